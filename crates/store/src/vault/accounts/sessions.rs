//! The rows of sessions.

use rusqlite::{OptionalExtension as _, Row};
use unhook_app::Account;
use unhook_app::accounts::{IDLE_MS, MOST_SESSIONS, Proof, SESSION_MS, Session, later};
use unhook_model::{PersonId, Timestamp};

use super::super::crypto::{Key, Purpose, sha256};
use super::super::failure::Failure;
use super::super::{Inner, rows};
use super::{find, find_enabled};

/// The columns of a session, in the order [`Sealed::read`] reads them.
const COLUMNS: &str = "id, account, proof, made_at, seen_at, expires_at, shown_at, browser";

/// A session as it is kept.
struct Sealed {
    session: Session,
    proof: String,
    browser: Vec<u8>,
}

impl Sealed {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let moment = |at: i64| Timestamp::from_unix_ms(at);
        let session = Session {
            id: PersonId::from_bytes(row.get(0)?),
            account: PersonId::from_bytes(row.get(1)?),
            proof: Proof::Link,
            browser: String::new(),
            made_at: moment(row.get(3)?),
            seen_at: moment(row.get(4)?),
            expires_at: moment(row.get(5)?),
            shown_at: row.get::<_, Option<i64>>(6)?.map(moment),
        };
        Ok(Self { session, proof: row.get(2)?, browser: row.get(7)? })
    }

    fn open(self, key: &Key) -> Result<Session, Failure> {
        let proof = Proof::from_name(&self.proof).ok_or(Failure::Damaged("a session"))?;
        let browser = super::open(key, self.session.account, &self.browser)?;
        Ok(Session { proof, browser, ..self.session })
    }
}

impl Inner {
    pub(super) fn begin_session(
        &self,
        account: PersonId,
        proof: Proof,
        browser: &str,
        at: Timestamp,
    ) -> Result<Option<(String, Session)>, Failure> {
        let secret = self.secret()?;
        let session = Session {
            id: rows::fresh_id(&self.random, at)?,
            account,
            proof,
            browser: browser.to_owned(),
            made_at: at,
            seen_at: at,
            expires_at: later(at, SESSION_MS),
            shown_at: (proof == Proof::Passkey).then_some(at),
        };
        self.write(|transaction, master| {
            let Some(found) = find_enabled(transaction, master, account)? else {
                return Ok(None);
            };
            let browser = browser.as_bytes();
            let browser = found.key.seal(&self.random, Purpose::Account, account, browser)?;
            // Those that have ended, whoever's they were, say nothing any more.
            let sql = "DELETE FROM sessions WHERE expires_at <= ?1 OR seen_at <= ?1 - ?2";
            transaction.execute(sql, (at.unix_ms(), IDLE_MS))?;
            let sql = "INSERT INTO sessions (id, hash, account, proof, made_at, seen_at, \
                       expires_at, shown_at, browser) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
            transaction.execute(
                sql,
                (
                    session.id.to_bytes(),
                    sha256(secret.as_bytes()),
                    account.to_bytes(),
                    proof.name(),
                    at.unix_ms(),
                    at.unix_ms(),
                    session.expires_at.unix_ms(),
                    session.shown_at.map(Timestamp::unix_ms),
                    browser,
                ),
            )?;
            let sql = "DELETE FROM sessions WHERE account = ?1 AND rowid NOT IN \
                       (SELECT rowid FROM sessions WHERE account = ?1 ORDER BY rowid DESC LIMIT ?2)";
            transaction.execute(sql, (account.to_bytes(), MOST_SESSIONS as u32))?;
            Ok(Some((secret, session)))
        })
    }

    pub(super) fn find_session(
        &self,
        secret: &str,
        at: Timestamp,
    ) -> Result<Option<(Session, Account)>, Failure> {
        let hash = sha256(secret.as_bytes());
        self.look(
            |_| None,
            |snapshot| {
                let sql = format!("SELECT {COLUMNS} FROM sessions WHERE hash = ?");
                let mut select = snapshot.connection.prepare_cached(&sql)?;
                let sealed = select.query_row([hash], Sealed::read).optional()?;
                let Some(sealed) = sealed.filter(|sealed| sealed.session.is_live(at)) else {
                    return Ok((None, []));
                };
                let whose = sealed.session.account;
                let found = find_enabled(snapshot.connection, &snapshot.master, whose)?;
                let Some(found) = found else { return Ok((None, [])) };
                Ok((Some((sealed.open(&found.key)?, found.account)), []))
            },
        )
    }

    pub(super) fn touch_session(&self, session: PersonId, at: Timestamp) -> Result<(), Failure> {
        self.write(|transaction, _| {
            let sql = "UPDATE sessions SET seen_at = max(seen_at, ?) WHERE id = ?";
            transaction.execute(sql, (at.unix_ms(), session.to_bytes()))?;
            Ok(())
        })
    }

    pub(super) fn list_sessions(
        &self,
        account: PersonId,
        at: Timestamp,
    ) -> Result<Vec<Session>, Failure> {
        self.look(
            |_| None,
            |snapshot| {
                let Some(found) = find(snapshot.connection, &snapshot.master, account)? else {
                    return Ok((Vec::new(), []));
                };
                let sql = format!(
                    "SELECT {COLUMNS} FROM sessions WHERE account = ? \
                     ORDER BY seen_at DESC, rowid DESC"
                );
                let mut select = snapshot.connection.prepare_cached(&sql)?;
                let sealed = select.query_map([account.to_bytes()], Sealed::read)?;
                let opened = sealed.map(|sealed| sealed?.open(&found.key));
                let all = opened.collect::<Result<Vec<_>, Failure>>()?;
                Ok((all.into_iter().filter(|session| session.is_live(at)).collect(), []))
            },
        )
    }
}
