//! Tokens and the audit trail.
//!
//! A token is 32 random bytes; what is kept is their hash, so the database lets nobody in. No
//! salt and no slow hash: there is nothing to guess in 32 random bytes.

use std::collections::BTreeMap;

use ring::rand::SecureRandom as _;
use rusqlite::{OptionalExtension as _, Row};
use unhook_app::access::{MOST_ABOUT, TOKEN_MADE};
use unhook_app::{Access, AccessError, AuditEntry, Grant, Scope};
use unhook_model::{PersonId, Timestamp};

use super::cache::Remembered;
use super::crypto::sha256;
use super::failure::Failure;
use super::{Inner, SqliteVault, rows};

/// What every token begins with, so that one who finds it knows what it is.
const BEGINNING: &str = "unhook_";

/// The columns of a grant, in the order [`grant`] reads them.
const COLUMNS: &str = "id, name, scopes, made_at, expires_at, revoked_at";

impl Access for SqliteVault {
    fn grant(&self, bearer: &str) -> Result<Option<Grant>, AccessError> {
        Ok(self.inner.find_grant(&sha256(bearer.as_bytes()))?)
    }

    fn make(
        &self,
        name: &str,
        scopes: &[Scope],
        at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Result<(String, Grant), AccessError> {
        Ok(self.inner.make_token(name, scopes, at, expires_at)?)
    }

    fn grants(&self) -> Result<Vec<Grant>, AccessError> {
        let grants = self.inner.look(
            |_| None,
            |at| {
                let sql = format!("SELECT {COLUMNS} FROM tokens ORDER BY id");
                let mut find = at.connection.prepare_cached(&sql)?;
                let grants = find.query_map([], grant)?;
                Ok((grants.collect::<rusqlite::Result<Vec<_>>>()?, []))
            },
        )?;
        Ok(grants)
    }

    fn revoke(&self, by: PersonId, at: Timestamp) -> Result<bool, AccessError> {
        let is_revoked = self.inner.write(|transaction, _| {
            let sql = "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
            let changed = transaction.execute(sql, (at.unix_ms(), by.to_bytes()))?;
            rows::begin_generation(transaction)?;
            Ok(changed > 0)
        })?;
        Ok(is_revoked)
    }

    fn record(&self, entry: &AuditEntry) -> Result<(), AccessError> {
        self.inner.write(|transaction, _| {
            let sql = "INSERT INTO trail (at, by, action, subject, reason) VALUES (?, ?, ?, ?, ?)";
            let by = entry.by.map(PersonId::to_bytes);
            let AuditEntry { at, action, subject, reason, .. } = entry;
            transaction.prepare_cached(sql)?.execute((
                at.unix_ms(),
                by,
                action,
                subject,
                reason,
            ))?;
            Ok(())
        })?;
        Ok(())
    }

    fn makers(&self) -> Result<BTreeMap<PersonId, Option<PersonId>>, AccessError> {
        let makers = self.inner.look(
            |_| None,
            |at| {
                let sql = "SELECT number, at, by, action, subject, reason FROM trail \
                           WHERE action = ? ORDER BY number";
                let mut find = at.connection.prepare_cached(sql)?;
                let lines = find.query_map([TOKEN_MADE], entry)?;
                Ok((lines.collect::<rusqlite::Result<Vec<_>>>()?, []))
            },
        )?;
        let made = makers
            .into_iter()
            .filter_map(|(_, AuditEntry { subject, by, .. })| Some((subject.parse().ok()?, by)));
        Ok(made.collect())
    }

    fn trail_about(&self, subject: &str) -> Result<Vec<AuditEntry>, AccessError> {
        let entries = self.inner.look(
            |_| None,
            |at| {
                // Subjects are ids and short names with a blank between them.
                let sql = "SELECT number, at, by, action, subject, reason FROM trail \
                           WHERE instr(' ' || subject || ' ', ' ' || ?1 || ' ') > 0 \
                           ORDER BY number LIMIT ?2";
                let mut find = at.connection.prepare_cached(sql)?;
                let entries = find.query_map((subject, MOST_ABOUT as i64), entry)?;
                Ok((entries.collect::<rusqlite::Result<Vec<_>>>()?, []))
            },
        )?;
        Ok(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    fn trail(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, AuditEntry)>, AccessError> {
        let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let entries = self.inner.look(
            |_| None,
            |at| {
                let sql = "SELECT number, at, by, action, subject, reason FROM trail \
                           WHERE number < ? ORDER BY number DESC LIMIT ?";
                let mut find = at.connection.prepare_cached(sql)?;
                let entries = find.query_map((before, limit), entry)?;
                Ok((entries.collect::<rusqlite::Result<Vec<_>>>()?, []))
            },
        )?;
        Ok(entries)
    }
}

impl Inner {
    fn find_grant(&self, hash: &[u8; 32]) -> Result<Option<Grant>, Failure> {
        self.look(
            |cache| cache.grant(hash).map(Some),
            |at| {
                let sql = format!("SELECT {COLUMNS} FROM tokens WHERE hash = ?");
                let mut find = at.connection.prepare_cached(&sql)?;
                let found = find.query_row([hash], grant).optional()?;
                Ok((found.clone(), found.map(|grant| Remembered::Grant(*hash, grant))))
            },
        )
    }

    fn make_token(
        &self,
        name: &str,
        scopes: &[Scope],
        at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Result<(String, Grant), Failure> {
        let mut secret = [0; 32];
        self.random.fill(&mut secret)?;
        let bearer = format!("{BEGINNING}{}", base64url(&secret));
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let by = rows::fresh_id(&self.random, at)?;
        let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
        self.write(|transaction, _| {
            let sql = "INSERT INTO tokens (id, hash, name, scopes, made_at, expires_at) \
                       VALUES (?, ?, ?, ?, ?, ?)";
            let expires_at = expires_at.map(Timestamp::unix_ms);
            let hash = sha256(bearer.as_bytes());
            let row = (by.to_bytes(), hash, name, names.join(" "), at.unix_ms(), expires_at);
            transaction.execute(sql, row)?;
            Ok(())
        })?;
        let name = name.to_owned();
        Ok((bearer, Grant { by, name, scopes, made_at: at, expires_at, revoked_at: None }))
    }
}

/// A scope that only a newer version knows allows nothing here.
fn grant(row: &Row<'_>) -> rusqlite::Result<Grant> {
    let scopes: String = row.get(2)?;
    let moment = |at: Option<i64>| at.map(Timestamp::from_unix_ms);
    Ok(Grant {
        by: PersonId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        scopes: scopes.split(' ').filter_map(Scope::from_name).collect(),
        made_at: Timestamp::from_unix_ms(row.get(3)?),
        expires_at: moment(row.get(4)?),
        revoked_at: moment(row.get(5)?),
    })
}

fn entry(row: &Row<'_>) -> rusqlite::Result<(u64, AuditEntry)> {
    let by: Option<[u8; 16]> = row.get(2)?;
    let entry = AuditEntry {
        at: Timestamp::from_unix_ms(row.get(1)?),
        by: by.map(PersonId::from_bytes),
        action: row.get(3)?,
        subject: row.get(4)?,
        reason: row.get(5)?,
    };
    Ok((row.get::<_, i64>(0)?.unsigned_abs(), entry))
}

/// Bytes in the alphabet of RFC 4648, section 5, without padding.
pub(super) fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let three = chunk.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        let three = three << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let six = (three >> (18 - 6 * place)) & 0x3f;
            text.push(char::from(ALPHABET[six as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }
}
