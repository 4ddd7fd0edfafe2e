//! Phones that join a person by a code.
//!
//! Of a code its keyed hash is kept, with whose it is and until when; once used, the keyed hash of
//! the contact that used it stays beside it until then, so that the same text delivered again is
//! understood. Whose code is good for what is seen in the transaction that uses it up.

use ring::rand::SecureRandom as _;
use rusqlite::{Connection, OptionalExtension as _, Transaction};
use unhook_app::people::{Invited, JoinCode, MOST_INVITATIONS, MOST_JOINED};
use unhook_app::{Contact, Person};
use unhook_model::{PersonId, Timestamp};

use super::crypto::{Domain, IndexKey, Marked};
use super::failure::Failure;
use super::master::Master;
use super::ranges::EVER;
use super::rows::{self, PersonRow};
use super::{Inner, Snapshot};

/// A code that does something for a contact.
struct Good {
    row: PersonRow,
    is_used: bool,
    /// Who has the contact now, if that is somebody else: the number of the row.
    holder: Holder,
}

/// Who has a contact from now on.
enum Holder {
    Themselves,
    Nobody,
    /// Somebody whom it may leave, by the number of the row.
    Other(i64),
}

impl Inner {
    pub(super) fn invite(
        &self,
        person: PersonId,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JoinCode>, Failure> {
        let mut random = [0; 8];
        self.random.fill(&mut random)?;
        let code = JoinCode::from_random(random);
        self.write(|transaction, master| {
            let row = rows::person(transaction, master, person)?;
            if !row.is_some_and(|row| row.standing.is_enrolled()) {
                return Ok(None);
            }
            forget_past(transaction, at)?;
            let sql = "INSERT INTO invitations (mark, person, expires_at) VALUES (?, ?, ?)";
            let mark = mark(&self.index, &code);
            transaction.execute(sql, (mark, person.to_bytes(), until.unix_ms()))?;
            bound(transaction, person)?;
            Ok(Some(code))
        })
    }

    pub(super) fn invited(
        &self,
        code: &JoinCode,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<Option<Invited>, Failure> {
        let marks = self.marks(code, contact);
        self.look(
            |_| None,
            |snapshot| {
                let Snapshot { connection, master } = snapshot;
                let good = find(connection, master, marks, at)?;
                let invited = good.map(|good| Invited {
                    person: good.row.known().person.clone(),
                    is_used: good.is_used,
                });
                Ok((invited, []))
            },
        )
    }

    pub(super) fn join(
        &self,
        code: &JoinCode,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<Option<Person>, Failure> {
        let marks = self.marks(code, contact);
        self.write(|transaction, master| {
            let Some(good) = find(transaction, master, marks, at)? else { return Ok(None) };
            if !good.is_used {
                self.attach(transaction, &good, marks, contact, at)?;
            }
            Ok(Some(good.row.known().person.clone()))
        })
    }

    /// The keyed hashes of a code and of a contact.
    fn marks(&self, code: &JoinCode, contact: &Contact) -> (Marked, Marked) {
        (mark(&self.index, code), rows::contact_mark(&self.index, contact))
    }

    fn attach(
        &self,
        transaction: &Transaction<'_>,
        good: &Good,
        (code, contact_mark): (Marked, Marked),
        contact: &Contact,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let sql = "UPDATE invitations SET used_by = ? WHERE mark = ?";
        transaction.execute(sql, (contact_mark, code))?;
        if matches!(good.holder, Holder::Themselves) {
            return Ok(());
        }
        if let Holder::Other(number) = good.holder {
            rows::end_contact(transaction, number, at)?;
        }
        let from = rows::last_end(transaction, &contact_mark)?.map_or(at, |last| last.max(at));
        let what = (&contact_mark, contact);
        rows::add_contact(transaction, &self.random, &good.row, what, (from, EVER))?;
        let sql = "UPDATE contacts SET is_joined = 1 WHERE number = ?";
        transaction.execute(sql, [transaction.last_insert_rowid()])?;
        rows::begin_generation(transaction)?;
        Ok(())
    }
}

fn mark(index: &IndexKey, code: &JoinCode) -> Marked {
    index.mark(Domain::Invitation, "phone", code.as_str())
}

/// What stands behind a code, if it does something for a contact.
fn find(
    connection: &Connection,
    master: &Master,
    (code, contact): (Marked, Marked),
    at: Timestamp,
) -> Result<Option<Good>, Failure> {
    let sql = "SELECT person, used_by FROM invitations WHERE mark = ? AND expires_at > ?";
    let mut find = connection.prepare_cached(sql)?;
    let found = find.query_row((code, at.unix_ms()), |row| {
        Ok((PersonId::from_bytes(row.get(0)?), row.get::<_, Option<Marked>>(1)?))
    });
    let Some((person, used_by)) = found.optional()? else { return Ok(None) };
    let row = rows::person(connection, master, person)?;
    let Some(row) = row.filter(|row| row.standing.is_enrolled()) else { return Ok(None) };
    let Some(holder) = holder(connection, &contact, person)? else { return Ok(None) };
    let is_theirs = matches!(holder, Holder::Themselves);
    let is_good = match used_by {
        Some(user) => user == contact && is_theirs,
        None => is_theirs || joined(connection, person)? < MOST_JOINED,
    };
    Ok(is_good.then_some(Good { row, is_used: used_by.is_some(), holder }))
}

/// Who has a contact from now on; `None` when the directory gave it to somebody else.
fn holder(
    connection: &Connection,
    contact: &Marked,
    person: PersonId,
) -> rusqlite::Result<Option<Holder>> {
    let sql = "SELECT number, person, is_joined, \
               EXISTS (SELECT 1 FROM people WHERE id = person AND directory_mark IS NOT NULL) \
               FROM contacts WHERE mark = ? AND until_at IS NULL";
    let mut find = connection.prepare_cached(sql)?;
    let found = find.query_row([contact], |row| {
        let (is_joined, is_listed): (bool, bool) = (row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, PersonId::from_bytes(row.get(1)?), is_joined || !is_listed))
    });
    Ok(match found.optional()? {
        None => Some(Holder::Nobody),
        Some((_, holder, _)) if holder == person => Some(Holder::Themselves),
        Some((number, _, gives_way)) => gives_way.then_some(Holder::Other(number)),
    })
}

/// How many contacts of a person joined by a code and are theirs.
fn joined(connection: &Connection, person: PersonId) -> rusqlite::Result<u32> {
    let sql = "SELECT count(*) FROM contacts WHERE person = ? AND is_joined AND until_at IS NULL";
    let mut count = connection.prepare_cached(sql)?;
    count.query_row([person.to_bytes()], |row| row.get(0))
}

/// Forgets codes whose time is over.
fn forget_past(connection: &Connection, at: Timestamp) -> rusqlite::Result<()> {
    let sql = "DELETE FROM invitations WHERE expires_at <= ?";
    connection.prepare_cached(sql)?.execute([at.unix_ms()]).map(|_| ())
}

/// Forgets the oldest codes of a person that nobody used, beyond so many.
fn bound(connection: &Connection, person: PersonId) -> rusqlite::Result<()> {
    let sql = "DELETE FROM invitations WHERE number IN ( \
               SELECT number FROM invitations WHERE person = ? AND used_by IS NULL \
               ORDER BY number DESC LIMIT -1 OFFSET ?)";
    connection.prepare_cached(sql)?.execute((person.to_bytes(), MOST_INVITATIONS)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use unhook_app::people::Entry;
    use unhook_app::{People as _, Standing};
    use unhook_model::PhoneNumber;

    use super::super::{KEY_FILE, SqliteVault, VAULT};
    use super::*;
    use crate::schema::Schema;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);
    const LATER: Timestamp = Timestamp::from_unix_ms(1_658_443_740_000);

    fn phone(last: u32) -> Contact {
        Contact::Phone(PhoneNumber::parse(&format!("+1201555{last:04}")).unwrap())
    }

    #[tokio::test]
    async fn a_vault_from_before_codes_takes_them() {
        let folder = tempfile::tempdir().unwrap();
        let before = Schema { steps: &VAULT.steps[..1], ..VAULT };
        let key = folder.path().join(KEY_FILE);
        let old = SqliteVault::open_as(folder.path(), &key, &before).unwrap();
        let stranger = old.meet(&phone(101), NOW).await.unwrap();
        drop(old);
        let vault = SqliteVault::open(folder.path()).unwrap();
        assert_eq!(vault.meet(&phone(101), NOW).await.unwrap(), stranger);
        let entry = Entry {
            key: "1".to_owned(),
            names: Vec::new(),
            standing: Standing::Staff,
            language: None,
            contacts: vec![phone(102)],
        };
        vault.import(&[entry], NOW).unwrap();
        let person = vault.meet(&phone(102), NOW).await.unwrap();
        let code = vault.invite(person.id, NOW, LATER).unwrap().unwrap();
        assert_eq!(vault.join(&code, &phone(101), NOW).unwrap(), Some(person.clone()));
        drop(vault);
        let vault = SqliteVault::open(folder.path()).unwrap();
        assert_eq!(vault.meet(&phone(101), LATER).await.unwrap(), person);
    }

    /// What counts is what this process remembers of the contact: it is forgotten in time.
    #[tokio::test]
    async fn a_phone_that_joins_by_another_process_is_known_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (SqliteVault::open(folder.path()), SqliteVault::open(folder.path()));
        let (one, other) = (one.unwrap(), other.unwrap());
        let entry = Entry {
            key: "1".to_owned(),
            names: Vec::new(),
            standing: Standing::Family,
            language: None,
            contacts: vec![phone(102)],
        };
        one.import(&[entry], NOW).unwrap();
        let person = one.meet(&phone(102), NOW).await.unwrap();
        assert_eq!(one.meet(&phone(103), NOW).await.unwrap().standing, Standing::Stranger);
        let code = other.invite(person.id, NOW, LATER).unwrap().unwrap();
        assert_eq!(other.join(&code, &phone(103), NOW).unwrap(), Some(person.clone()));
        assert_eq!(one.meet(&phone(103), NOW).await.unwrap(), person);
        assert_eq!(one.join(&code, &phone(104), NOW).unwrap(), None);
    }

    #[test]
    fn no_code_stands_in_any_file() {
        let folder = tempfile::tempdir().unwrap();
        let vault = SqliteVault::open(folder.path()).unwrap();
        let entry = Entry {
            key: "1".to_owned(),
            names: Vec::new(),
            standing: Standing::Staff,
            language: None,
            contacts: vec![phone(102)],
        };
        vault.import(&[entry], NOW).unwrap();
        let person = vault.listed().unwrap()[0].person.id;
        let code = vault.invite(person, NOW, LATER).unwrap().unwrap();
        for name in ["vault.db", "vault.db-wal"] {
            let bytes = std::fs::read(folder.path().join(name)).unwrap();
            for written in [code.as_str().to_owned(), code.to_string()] {
                let is_there = bytes.windows(written.len()).any(|part| part == written.as_bytes());
                assert!(!is_there, "{name}");
            }
        }
    }
}
