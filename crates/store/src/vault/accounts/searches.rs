//! The rows of saved searches: few for each account, so a name is found by opening them all.

use rusqlite::Connection;
use unhook_app::accounts::{MOST_SEARCHES, SavedSearch};
use unhook_model::PersonId;

use super::super::crypto::Purpose;
use super::super::failure::Failure;
use super::super::{Inner, rows};
use super::{Found, find};

fn all(connection: &Connection, found: &Found) -> Result<Vec<(i64, SavedSearch)>, Failure> {
    let id = found.account.id;
    let mut select =
        connection.prepare_cached("SELECT number, sealed FROM searches WHERE account = ?")?;
    let kept = select.query_map([id.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut opened = Vec::new();
    for row in kept {
        let (number, sealed): (i64, Vec<u8>) = row?;
        let texts = rows::unpack(&found.key.open(Purpose::Account, id, &sealed)?);
        let [name, query] =
            texts.and_then(|texts| texts.try_into().ok()).ok_or(Failure::Damaged("a search"))?;
        opened.push((number, SavedSearch { name, query }));
    }
    opened.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    Ok(opened)
}

impl Inner {
    pub(super) fn list_searches(&self, account: PersonId) -> Result<Vec<SavedSearch>, Failure> {
        self.look(
            |_| None,
            |at| {
                let Some(found) = find(at.connection, &at.master, account)? else {
                    return Ok((Vec::new(), []));
                };
                let all = all(at.connection, &found)?;
                Ok((all.into_iter().map(|(_, search)| search).collect(), []))
            },
        )
    }

    pub(super) fn keep_search(
        &self,
        account: PersonId,
        search: &SavedSearch,
    ) -> Result<bool, Failure> {
        self.write(|transaction, master| {
            let Some(found) = find(transaction, master, account)? else { return Ok(false) };
            let kept = all(transaction, &found)?;
            let same = kept.iter().find(|(_, known)| known.name == search.name);
            if same.is_none() && kept.len() >= MOST_SEARCHES {
                return Ok(false);
            }
            if let Some((number, _)) = same {
                transaction.execute("DELETE FROM searches WHERE number = ?", [number])?;
            }
            let texts = rows::pack([search.name.as_str(), search.query.as_str()]);
            let sealed = found.key.seal(&self.random, Purpose::Account, account, &texts)?;
            let sql = "INSERT INTO searches (account, sealed) VALUES (?, ?)";
            transaction.execute(sql, (account.to_bytes(), sealed))?;
            Ok(true)
        })
    }

    pub(super) fn forget_search(&self, account: PersonId, name: &str) -> Result<bool, Failure> {
        self.write(|transaction, master| {
            let Some(found) = find(transaction, master, account)? else { return Ok(false) };
            let kept = all(transaction, &found)?;
            let same = kept.iter().find(|(_, known)| known.name == name);
            let Some((number, _)) = same else { return Ok(false) };
            Ok(transaction.execute("DELETE FROM searches WHERE number = ?", [number])? > 0)
        })
    }
}
