//! Those who sign in to the console.
//!
//! An account has a data key of its own, wrapped as a person's is; its name, its passkeys, which
//! browsers it used and what it searches for are sealed under it. Of codes and sessions the hashes
//! are kept, as of tokens, and of what is bound at an OpenID provider a keyed hash. Nothing is
//! remembered here: what another process disables or ends counts for the very next look.
//!
//! Whether a code is good is seen in the transaction that uses it up.

mod passkeys;
mod searches;
mod sessions;

use ring::rand::SecureRandom as _;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};
use unhook_app::accounts::{
    MOST_ACCOUNTS, NewPasskey, Passkey, Proof, Purpose as CodePurpose, Removal, SavedSearch,
    Session, Subject,
};
use unhook_app::{Account, Accounts, AccountsError, Role};
use unhook_model::{PersonId, Timestamp};

use super::crypto::{Domain, Key, Marked, Purpose, sha256};
use super::failure::Failure;
use super::master::Master;
use super::{Inner, SqliteVault, rows, tokens};

/// The columns of an account, in the order [`Found::read`] reads them.
const COLUMNS: &str = "id, wrapped, role, made_at, disabled_at, name, subject_mark IS NOT NULL, \
    (SELECT count(*) FROM passkeys WHERE account = accounts.id)";

/// An account's row, opened.
struct Found {
    account: Account,
    key: Key,
}

/// An account's row as it is kept.
struct Sealed {
    id: PersonId,
    wrapped: Vec<u8>,
    role: String,
    made_at: i64,
    disabled_at: Option<i64>,
    name: Vec<u8>,
    is_bound: bool,
    passkeys: i64,
}

impl Sealed {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: PersonId::from_bytes(row.get(0)?),
            wrapped: row.get(1)?,
            role: row.get(2)?,
            made_at: row.get(3)?,
            disabled_at: row.get(4)?,
            name: row.get(5)?,
            is_bound: row.get(6)?,
            passkeys: row.get(7)?,
        })
    }

    fn open(self, master: &Master) -> Result<Found, Failure> {
        let key = master.key.unwrap(&self.id.to_bytes(), &self.wrapped)?;
        let account = Account {
            id: self.id,
            name: open(&key, self.id, &self.name)?,
            role: Role::from_name(&self.role).ok_or(Failure::Damaged("a role"))?,
            made_at: Timestamp::from_unix_ms(self.made_at),
            disabled_at: self.disabled_at.map(Timestamp::from_unix_ms),
            passkeys: usize::try_from(self.passkeys).unwrap_or(0),
            is_bound: self.is_bound,
        };
        Ok(Found { account, key })
    }
}

/// A text that is sealed under an account's key.
fn open(key: &Key, id: PersonId, sealed: &[u8]) -> Result<String, Failure> {
    let bytes = key.open(Purpose::Account, id, sealed)?;
    String::from_utf8(bytes).map_err(|_| Failure::Damaged("an account"))
}

/// An account; `None` for one that was never made.
fn find(connection: &Connection, master: &Master, id: PersonId) -> Result<Option<Found>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM accounts WHERE id = ?");
    let mut find = connection.prepare_cached(&sql)?;
    let found = find.query_row([id.to_bytes()], Sealed::read).optional()?;
    found.map(|sealed| sealed.open(master)).transpose()
}

/// An account that is not disabled.
fn find_enabled(
    connection: &Connection,
    master: &Master,
    id: PersonId,
) -> Result<Option<Found>, Failure> {
    let found = find(connection, master, id)?;
    Ok(found.filter(|found| found.account.disabled_at.is_none()))
}

fn find_behind(
    connection: &Connection,
    master: &Master,
    (code, purpose): (&str, CodePurpose),
    at: Timestamp,
) -> Result<Option<Found>, Failure> {
    let sql = "SELECT account FROM codes WHERE hash = ? AND purpose = ? AND expires_at > ?";
    let mut select = connection.prepare_cached(sql)?;
    let hash = sha256(code.as_bytes());
    let id = select.query_row((hash, purpose.name(), at.unix_ms()), |row| row.get(0));
    match id.optional()? {
        Some(id) => find_enabled(connection, master, PersonId::from_bytes(id)),
        None => Ok(None),
    }
}

fn find_bound(
    connection: &Connection,
    master: &Master,
    mark: &Marked,
) -> Result<Option<Found>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM accounts WHERE subject_mark = ?");
    let mut select = connection.prepare_cached(&sql)?;
    let found = select.query_row([mark], Sealed::read).optional()?;
    found.map(|sealed| sealed.open(master)).transpose()
}

fn use_up(transaction: &Transaction<'_>, code: &str) -> Result<(), Failure> {
    transaction.execute("DELETE FROM codes WHERE hash = ?", [sha256(code.as_bytes())])?;
    Ok(())
}

impl Inner {
    /// 32 random bytes as text: nothing there is to guess in them, so their plain hash is kept.
    fn secret(&self) -> Result<String, Failure> {
        let mut secret = [0; 32];
        self.random.fill(&mut secret)?;
        Ok(tokens::base64url(&secret))
    }

    fn add_account(
        &self,
        transaction: &Transaction<'_>,
        master: &Master,
        (name, role): (&str, Role),
        at: Timestamp,
    ) -> Result<Option<PersonId>, Failure> {
        let count: u32 =
            transaction.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0))?;
        if count as usize >= MOST_ACCOUNTS {
            return Ok(None);
        }
        let id = rows::fresh_id(&self.random, at)?;
        let key = Key::fresh(&self.random)?;
        let wrapped = master.key.wrap(&self.random, &id.to_bytes(), &key)?;
        let name = key.seal(&self.random, Purpose::Account, id, name.as_bytes())?;
        let sql = "INSERT INTO accounts (id, wrapped, role, made_at, name) VALUES (?, ?, ?, ?, ?)";
        transaction.execute(sql, (id.to_bytes(), wrapped, role.name(), at.unix_ms(), name))?;
        Ok(Some(id))
    }

    fn subject_mark(&self, subject: Subject<'_>) -> Marked {
        self.index.mark(Domain::Subject, subject.issuer, subject.subject)
    }

    fn look_account(
        &self,
        find: impl FnOnce(&Connection, &Master) -> Result<Option<Found>, Failure>,
    ) -> Result<Option<Account>, AccountsError> {
        let found = self.look(|_| None, |at| Ok((find(at.connection, &at.master)?, [])))?;
        Ok(found.map(|found| found.account))
    }
}

/// Whether somebody enabled administers beside an account, or it does not itself: two admins
/// who take each other's rights at once must not leave none.
fn has_another_admin(connection: &Connection, id: PersonId) -> rusqlite::Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM accounts WHERE id = ?1 AND role = ?2 \
               AND disabled_at IS NULL) OR EXISTS (SELECT 1 FROM accounts WHERE id <> ?1 \
               AND role = ?2 AND disabled_at IS NULL)";
    connection.query_row(sql, (id.to_bytes(), Role::Admin.name()), |row| row.get(0))
}

impl Accounts for SqliteVault {
    fn add(&self, name: &str, role: Role, at: Timestamp) -> Result<Option<Account>, AccountsError> {
        Ok(self.inner.write(|transaction, master| {
            let added = self.inner.add_account(transaction, master, (name, role), at)?;
            let Some(id) = added else { return Ok(None) };
            Ok(find(transaction, master, id)?.map(|found| found.account))
        })?)
    }

    fn account(&self, id: PersonId) -> Result<Option<Account>, AccountsError> {
        self.inner.look_account(|connection, master| find(connection, master, id))
    }

    fn accounts(&self) -> Result<Vec<Account>, AccountsError> {
        Ok(self.inner.look(
            |_| None,
            |at| {
                let sql = format!("SELECT {COLUMNS} FROM accounts ORDER BY made_at, rowid");
                let mut select = at.connection.prepare_cached(&sql)?;
                let sealed = select.query_map([], Sealed::read)?;
                let opened = sealed.map(|sealed| Ok(sealed?.open(&at.master)?.account));
                Ok((opened.collect::<Result<Vec<_>, Failure>>()?, []))
            },
        )?)
    }

    fn set_role(&self, id: PersonId, role: Role) -> Result<bool, AccountsError> {
        Ok(self.inner.write(|transaction, _| {
            if role != Role::Admin && !has_another_admin(transaction, id)? {
                return Ok(false);
            }
            let sql = "UPDATE accounts SET role = ? WHERE id = ?";
            Ok(transaction.execute(sql, (role.name(), id.to_bytes()))? > 0)
        })?)
    }

    fn set_disabled(&self, id: PersonId, at: Option<Timestamp>) -> Result<bool, AccountsError> {
        Ok(self.inner.write(|transaction, _| {
            if at.is_some() && !has_another_admin(transaction, id)? {
                return Ok(false);
            }
            if at.is_some() {
                transaction.execute("DELETE FROM sessions WHERE account = ?", [id.to_bytes()])?;
                transaction.execute("DELETE FROM codes WHERE account = ?", [id.to_bytes()])?;
            }
            let sql = "UPDATE accounts SET disabled_at = ? WHERE id = ?";
            Ok(transaction.execute(sql, (at.map(Timestamp::unix_ms), id.to_bytes()))? > 0)
        })?)
    }

    fn issue(
        &self,
        account: PersonId,
        purpose: CodePurpose,
        until: Timestamp,
    ) -> Result<Option<String>, AccountsError> {
        let code = self.inner.secret()?;
        Ok(self.inner.write(|transaction, master| {
            if find_enabled(transaction, master, account)?.is_none() {
                return Ok(None);
            }
            let whose = (account.to_bytes(), purpose.name());
            transaction.execute("DELETE FROM codes WHERE account = ? AND purpose = ?", whose)?;
            let sql = "INSERT INTO codes (hash, account, purpose, expires_at) VALUES (?, ?, ?, ?)";
            let hash = sha256(code.as_bytes());
            let row = (hash, account.to_bytes(), purpose.name(), until.unix_ms());
            transaction.execute(sql, row)?;
            Ok(Some(code))
        })?)
    }

    fn behind(
        &self,
        code: &str,
        purpose: CodePurpose,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        self.inner
            .look_account(|connection, master| find_behind(connection, master, (code, purpose), at))
    }

    fn redeem(
        &self,
        code: &str,
        purpose: CodePurpose,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        Ok(self.inner.write(|transaction, master| {
            let Some(found) = find_behind(transaction, master, (code, purpose), at)? else {
                return Ok(None);
            };
            use_up(transaction, code)?;
            Ok(Some(found.account))
        })?)
    }

    fn join_passkey(
        &self,
        code: &str,
        passkey: NewPasskey<'_>,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        Ok(self.inner.write(|transaction, master| {
            let whose = (code, CodePurpose::Join);
            let Some(found) = find_behind(transaction, master, whose, at)? else {
                return Ok(None);
            };
            if !self.inner.keep_passkey(transaction, &found, passkey, at)? {
                return Ok(None);
            }
            use_up(transaction, code)?;
            let joined = find(transaction, master, found.account.id)?;
            Ok(joined.map(|found| found.account))
        })?)
    }

    fn bind(
        &self,
        code: &str,
        subject: Subject<'_>,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        let mark = self.inner.subject_mark(subject);
        Ok(self.inner.write(|transaction, master| {
            let whose = (code, CodePurpose::Join);
            let Some(found) = find_behind(transaction, master, whose, at)? else {
                return Ok(None);
            };
            let id = found.account.id;
            let holder = find_bound(transaction, master, &mark)?;
            if holder.is_some_and(|holder| holder.account.id != id) {
                return Ok(None);
            }
            let sql = "UPDATE accounts SET subject_mark = ? WHERE id = ?";
            transaction.execute(sql, (mark, id.to_bytes()))?;
            use_up(transaction, code)?;
            Ok(find(transaction, master, id)?.map(|found| found.account))
        })?)
    }

    fn provision(
        &self,
        subject: Subject<'_>,
        name: &str,
        role: Role,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError> {
        let mark = self.inner.subject_mark(subject);
        Ok(self.inner.write(|transaction, master| {
            if find_bound(transaction, master, &mark)?.is_some() {
                return Ok(None);
            }
            let added = self.inner.add_account(transaction, master, (name, role), at)?;
            let Some(id) = added else { return Ok(None) };
            let sql = "UPDATE accounts SET subject_mark = ? WHERE id = ?";
            transaction.execute(sql, (mark, id.to_bytes()))?;
            Ok(find(transaction, master, id)?.map(|found| found.account))
        })?)
    }

    fn bound(&self, subject: Subject<'_>) -> Result<Option<Account>, AccountsError> {
        let mark = self.inner.subject_mark(subject);
        self.inner.look_account(|connection, master| find_bound(connection, master, &mark))
    }

    fn passkeys(&self, account: PersonId) -> Result<Vec<Passkey>, AccountsError> {
        Ok(self.inner.list_passkeys(account)?)
    }

    fn add_passkey(
        &self,
        account: PersonId,
        passkey: NewPasskey<'_>,
        at: Timestamp,
    ) -> Result<bool, AccountsError> {
        Ok(self.inner.write(|transaction, master| {
            match find_enabled(transaction, master, account)? {
                Some(found) => self.inner.keep_passkey(transaction, &found, passkey, at),
                None => Ok(false),
            }
        })?)
    }

    fn show_passkey(
        &self,
        account: PersonId,
        before: &Passkey,
        credential: &[u8],
        at: Timestamp,
    ) -> Result<bool, AccountsError> {
        Ok(self.inner.show_passkey(account, before, credential, at)?)
    }

    fn name_passkey(
        &self,
        account: PersonId,
        number: u64,
        label: &str,
    ) -> Result<bool, AccountsError> {
        Ok(self.inner.name_passkey(account, number, label)?)
    }

    fn remove_passkey(&self, account: PersonId, number: u64) -> Result<Removal, AccountsError> {
        Ok(self.inner.remove_passkey(account, number)?)
    }

    fn clear_passkeys(&self, account: PersonId) -> Result<usize, AccountsError> {
        Ok(self.inner.write(|transaction, _| {
            let id = account.to_bytes();
            let sql = "UPDATE accounts SET subject_mark = NULL WHERE id = ?";
            transaction.execute(sql, [id])?;
            Ok(transaction.execute("DELETE FROM passkeys WHERE account = ?", [id])?)
        })?)
    }

    fn begin(
        &self,
        account: PersonId,
        proof: Proof,
        browser: &str,
        at: Timestamp,
    ) -> Result<Option<(String, Session)>, AccountsError> {
        Ok(self.inner.begin_session(account, proof, browser, at)?)
    }

    fn session(
        &self,
        secret: &str,
        at: Timestamp,
    ) -> Result<Option<(Session, Account)>, AccountsError> {
        Ok(self.inner.find_session(secret, at)?)
    }

    fn touch(&self, session: PersonId, at: Timestamp) -> Result<(), AccountsError> {
        Ok(self.inner.touch_session(session, at)?)
    }

    fn sessions(&self, account: PersonId, at: Timestamp) -> Result<Vec<Session>, AccountsError> {
        Ok(self.inner.list_sessions(account, at)?)
    }

    fn freshen(&self, session: PersonId, at: Timestamp) -> Result<bool, AccountsError> {
        Ok(self.inner.write(|transaction, _| {
            let sql = "UPDATE sessions SET shown_at = ? WHERE id = ?";
            Ok(transaction.execute(sql, (at.unix_ms(), session.to_bytes()))? > 0)
        })?)
    }

    fn end(&self, account: PersonId, session: Option<PersonId>) -> Result<usize, AccountsError> {
        Ok(self.inner.write(|transaction, _| {
            let sql = "DELETE FROM sessions WHERE account = ?1 AND (?2 IS NULL OR id = ?2)";
            let session = session.map(PersonId::to_bytes);
            Ok(transaction.execute(sql, (account.to_bytes(), session))?)
        })?)
    }

    fn searches(&self, account: PersonId) -> Result<Vec<SavedSearch>, AccountsError> {
        Ok(self.inner.list_searches(account)?)
    }

    fn keep_search(&self, account: PersonId, search: &SavedSearch) -> Result<bool, AccountsError> {
        Ok(self.inner.keep_search(account, search)?)
    }

    fn forget_search(&self, account: PersonId, name: &str) -> Result<bool, AccountsError> {
        Ok(self.inner.forget_search(account, name)?)
    }
}
