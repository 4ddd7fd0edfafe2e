//! The rows of passkeys.

use rusqlite::{Connection, OptionalExtension as _, Transaction};
use unhook_app::accounts::{MOST_PASSKEYS, NewPasskey, Passkey, Removal};
use unhook_model::{PersonId, Timestamp};

use super::super::Inner;
use super::super::crypto::{Key, Purpose, sha256};
use super::super::failure::Failure;
use super::{Found, find};

/// A passkey as it is kept.
struct Row {
    number: i64,
    made_at: i64,
    used_at: Option<i64>,
    label: Vec<u8>,
    credential: Vec<u8>,
}

const COLUMNS: &str = "number, made_at, used_at, label, credential";

impl Row {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            made_at: row.get(1)?,
            used_at: row.get(2)?,
            label: row.get(3)?,
            credential: row.get(4)?,
        })
    }

    fn open(self, key: &Key, account: PersonId) -> Result<Passkey, Failure> {
        Ok(Passkey {
            number: self.number.unsigned_abs(),
            label: super::open(key, account, &self.label)?,
            credential: key.open(Purpose::Account, account, &self.credential)?,
            made_at: Timestamp::from_unix_ms(self.made_at),
            used_at: self.used_at.map(Timestamp::from_unix_ms),
        })
    }
}

fn one(connection: &Connection, found: &Found, number: u64) -> Result<Option<Passkey>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM passkeys WHERE account = ? AND number = ?");
    let id = found.account.id;
    let mut select = connection.prepare_cached(&sql)?;
    let row = select.query_row((id.to_bytes(), whole(number)), Row::read).optional()?;
    row.map(|row| row.open(&found.key, id)).transpose()
}

/// A number as SQLite has it; one that is too large is nobody's.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

impl Inner {
    pub(super) fn list_passkeys(&self, account: PersonId) -> Result<Vec<Passkey>, Failure> {
        self.look(
            |_| None,
            |at| {
                let Some(found) = find(at.connection, &at.master, account)? else {
                    return Ok((Vec::new(), []));
                };
                let sql =
                    format!("SELECT {COLUMNS} FROM passkeys WHERE account = ? ORDER BY number");
                let mut select = at.connection.prepare_cached(&sql)?;
                let kept = select.query_map([account.to_bytes()], Row::read)?;
                let opened = kept.map(|row| row?.open(&found.key, account));
                Ok((opened.collect::<Result<Vec<_>, Failure>>()?, []))
            },
        )
    }

    pub(super) fn keep_passkey(
        &self,
        transaction: &Transaction<'_>,
        found: &Found,
        passkey: NewPasskey<'_>,
        at: Timestamp,
    ) -> Result<bool, Failure> {
        if found.account.passkeys >= MOST_PASSKEYS {
            return Ok(false);
        }
        let id = found.account.id;
        let seal = |bytes| found.key.seal(&self.random, Purpose::Account, id, bytes);
        let (label, credential) = (seal(passkey.label.as_bytes())?, seal(passkey.credential)?);
        let sql = "INSERT INTO passkeys (account, handle_hash, made_at, label, credential) \
                   VALUES (?, ?, ?, ?, ?) ON CONFLICT (handle_hash) DO NOTHING";
        let row = (id.to_bytes(), sha256(passkey.handle), at.unix_ms(), label, credential);
        Ok(transaction.execute(sql, row)? > 0)
    }

    pub(super) fn show_passkey(
        &self,
        account: PersonId,
        before: &Passkey,
        credential: &[u8],
        at: Timestamp,
    ) -> Result<bool, Failure> {
        self.write(|transaction, master| {
            let Some(found) = find(transaction, master, account)? else { return Ok(false) };
            let present = one(transaction, &found, before.number)?;
            let is_same = present.is_some_and(|present| {
                present.credential == before.credential && present.used_at == before.used_at
            });
            if !is_same {
                return Ok(false);
            }
            let sealed = found.key.seal(&self.random, Purpose::Account, account, credential)?;
            let sql = "UPDATE passkeys SET credential = ?, used_at = ? WHERE number = ?";
            transaction.execute(sql, (sealed, at.unix_ms(), whole(before.number)))?;
            Ok(true)
        })
    }

    pub(super) fn name_passkey(
        &self,
        account: PersonId,
        number: u64,
        label: &str,
    ) -> Result<bool, Failure> {
        self.write(|transaction, master| {
            let Some(found) = find(transaction, master, account)? else { return Ok(false) };
            let label =
                found.key.seal(&self.random, Purpose::Account, account, label.as_bytes())?;
            let sql = "UPDATE passkeys SET label = ? WHERE account = ? AND number = ?";
            Ok(transaction.execute(sql, (label, account.to_bytes(), whole(number)))? > 0)
        })
    }

    pub(super) fn remove_passkey(
        &self,
        account: PersonId,
        number: u64,
    ) -> Result<Removal, Failure> {
        self.write(|transaction, master| {
            let Some(found) = find(transaction, master, account)? else {
                return Ok(Removal::Unknown);
            };
            if one(transaction, &found, number)?.is_none() {
                return Ok(Removal::Unknown);
            }
            if found.account.passkeys < 2 {
                return Ok(Removal::IsLast);
            }
            transaction.execute("DELETE FROM passkeys WHERE number = ?", [whole(number)])?;
            Ok(Removal::Done)
        })
    }
}
