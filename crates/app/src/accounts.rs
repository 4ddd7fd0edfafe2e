//! Accounts: those who sign in to the console, how they prove who they are, and for how long
//! they are believed.
//!
//! An account is made with a link that works once; by it a passkey joins, or the account of an
//! OpenID provider. Of codes and sessions only hashes are kept, so what is kept lets nobody in. What
//! an account may do is its [`Role`], a named set of the API's scopes. Nothing here knows what a
//! passkey is: it keeps bytes, and makes sure that each code is good for one use.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;
mod links;
mod roles;
mod sessions;

use unhook_model::{PersonId, Timestamp};

pub use links::{Purpose, first_sign_in, hand_out};
pub use roles::Role;
pub use sessions::{Proof, Session};

const MINUTE: i64 = 60 * 1_000;
const HOUR: i64 = 60 * MINUTE;

/// How long a session lasts, whatever is done with it: a working day.
pub const SESSION_MS: i64 = 12 * HOUR;

/// How long a session lasts that nothing is done with: lunch, and no longer.
pub const IDLE_MS: i64 = HOUR;

/// For how long a passkey that was shown counts as shown just now, as approvals need.
pub const FRESH_MS: i64 = 5 * MINUTE;

/// How exactly it is known when a session was last used: each look would else be a write.
pub const SEEN_MS: i64 = MINUTE;

/// How long an invitation or a recovery is good for: until tomorrow.
pub const INVITATION_MS: i64 = 24 * HOUR;

/// How long a link is good for by which a program on this machine opens the console.
pub const ENTRY_MS: i64 = MINUTE;

/// The most accounts: far more than look at a console, and a list that fits on a page.
pub const MOST_ACCOUNTS: usize = 1_000;

/// The most passkeys of an account: every device of a person, and some lost ones.
pub const MOST_PASSKEYS: usize = 20;

/// The most sessions of an account; a further one ends the oldest.
pub const MOST_SESSIONS: usize = 20;

/// The most saved searches of an account: as many as one finds again by eye.
pub const MOST_SEARCHES: usize = 50;

/// The longest name of an account, a passkey, a browser or a search, in bytes.
pub const LONGEST_NAME: usize = 100;

/// The longest saved search, in bytes.
pub const LONGEST_SEARCH: usize = 2_000;

/// Why accounts cannot be looked up or changed.
#[derive(Debug, thiserror::Error)]
#[error("accounts and sessions are not available")]
pub struct AccountsError(#[from] pub crate::journal::Cause);

/// Somebody who signs in to the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account, as the journal and the audit trail name it.
    pub id: PersonId,
    /// Their name, as whoever invited them wrote it.
    pub name: String,
    /// What they are there for.
    pub role: Role,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was disabled, if it is.
    pub disabled_at: Option<Timestamp>,
    /// How many passkeys it has.
    pub passkeys: usize,
    /// Whether an account of the OpenID provider is bound to it.
    pub is_bound: bool,
}

/// A passkey of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its number, which no other passkey has or had.
    pub number: u64,
    /// What its owner calls it.
    pub label: String,
    /// The public half and its counter, as whoever verifies it writes them.
    pub credential: Vec<u8>,
    /// When it joined.
    pub made_at: Timestamp,
    /// When it was last shown.
    pub used_at: Option<Timestamp>,
}

/// A passkey that is to join.
#[derive(Clone, Copy, Debug)]
pub struct NewPasskey<'a> {
    /// What its authenticator calls it: no two passkeys have the same.
    pub handle: &'a [u8],
    /// What its owner calls it.
    pub label: &'a str,
    /// As in [`Passkey::credential`].
    pub credential: &'a [u8],
}

/// An account at an OpenID provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The provider, exactly as it calls itself.
    pub issuer: &'a str,
    /// What it calls the account.
    pub subject: &'a str,
}

/// What came of taking a passkey away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Done,
    /// The account has no other one, so it stays.
    IsLast,
    /// There is no such passkey.
    Unknown,
}

/// A search that somebody keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSearch {
    /// What they call it.
    pub name: String,
    /// What is searched for.
    pub query: String,
}

/// Those who sign in.
pub trait Accounts: Send + Sync {
    /// Makes an account that nobody can sign in to yet; `None` when there are
    /// [`MOST_ACCOUNTS`].
    ///
    /// # Errors
    /// When it cannot be kept.
    fn add(&self, name: &str, role: Role, at: Timestamp) -> Result<Option<Account>, AccountsError>;

    /// An account, disabled or not.
    ///
    /// # Errors
    /// When it cannot be looked up.
    fn account(&self, id: PersonId) -> Result<Option<Account>, AccountsError>;

    /// Every account, in the order in which they were made.
    ///
    /// # Errors
    /// When they cannot be read.
    fn accounts(&self) -> Result<Vec<Account>, AccountsError>;

    /// Gives an account another role, at once; says whether it did: not where there is no such
    /// account, nor where nobody enabled would be left to administer.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn set_role(&self, id: PersonId, role: Role) -> Result<bool, AccountsError>;

    /// Disables an account, or enables it again; says whether it did, as [`Accounts::set_role`].
    /// Being disabled ends its sessions and codes.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn set_disabled(&self, id: PersonId, at: Option<Timestamp>) -> Result<bool, AccountsError>;

    /// Makes a code for an account and returns it, the only time it is seen. Earlier ones for the
    /// same purpose are good for nothing from then on. `None` when the account is not there or
    /// is disabled.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn issue(
        &self,
        account: PersonId,
        purpose: Purpose,
        until: Timestamp,
    ) -> Result<Option<String>, AccountsError>;

    /// Whose a code is, if it is still good for a purpose. It stays good.
    ///
    /// # Errors
    /// When it cannot be looked up.
    fn behind(
        &self,
        code: &str,
        purpose: Purpose,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError>;

    /// Uses a code up; of all who try, one gets the account.
    ///
    /// # Errors
    /// When it cannot be kept; the code is not used then.
    fn redeem(
        &self,
        code: &str,
        purpose: Purpose,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError>;

    /// Lets a passkey join by a code, which is used up by it. `None`, and nothing happened, when
    /// the code is no good, the passkey is somebody's already, or the account has
    /// [`MOST_PASSKEYS`].
    ///
    /// # Errors
    /// When it cannot be kept; the code is not used then.
    fn join_passkey(
        &self,
        code: &str,
        passkey: NewPasskey<'_>,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError>;

    /// Binds the account of an OpenID provider by a code, which is used up by it. `None`, and
    /// nothing happened, when the code is no good or the subject is somebody else's.
    ///
    /// # Errors
    /// When it cannot be kept; the code is not used then.
    fn bind(
        &self,
        code: &str,
        subject: Subject<'_>,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError>;

    /// Makes an account for the subject of an OpenID provider, where provisioning is configured.
    /// `None` when it has one, or there are [`MOST_ACCOUNTS`].
    ///
    /// # Errors
    /// When it cannot be kept.
    fn provision(
        &self,
        subject: Subject<'_>,
        name: &str,
        role: Role,
        at: Timestamp,
    ) -> Result<Option<Account>, AccountsError>;

    /// The account that a subject of an OpenID provider is bound to, disabled or not.
    ///
    /// # Errors
    /// When it cannot be looked up.
    fn bound(&self, subject: Subject<'_>) -> Result<Option<Account>, AccountsError>;

    /// The passkeys of an account, in the order in which they joined.
    ///
    /// # Errors
    /// When they cannot be read.
    fn passkeys(&self, account: PersonId) -> Result<Vec<Passkey>, AccountsError>;

    /// Adds a passkey to an account; says whether it did, as in [`Accounts::join_passkey`].
    ///
    /// # Errors
    /// When it cannot be kept.
    fn add_passkey(
        &self,
        account: PersonId,
        passkey: NewPasskey<'_>,
        at: Timestamp,
    ) -> Result<bool, AccountsError>;

    /// Notes that a passkey was shown, and what it is from then on. Says whether it was still
    /// as it had been: of two who show the same state of it, one is right.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn show_passkey(
        &self,
        account: PersonId,
        before: &Passkey,
        credential: &[u8],
        at: Timestamp,
    ) -> Result<bool, AccountsError>;

    /// Calls a passkey something else; says whether there is such a one.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn name_passkey(
        &self,
        account: PersonId,
        number: u64,
        label: &str,
    ) -> Result<bool, AccountsError>;

    /// Takes a passkey away, but never the last.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn remove_passkey(&self, account: PersonId, number: u64) -> Result<Removal, AccountsError>;

    /// Takes every passkey of an account away, and what it is bound to at an OpenID provider, for
    /// somebody at the machine itself; says how many passkeys there were.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn clear_passkeys(&self, account: PersonId) -> Result<usize, AccountsError>;

    /// Begins a session and returns its secret, the only time it is seen. `None` when the account
    /// is not there or is disabled.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn begin(
        &self,
        account: PersonId,
        proof: Proof,
        browser: &str,
        at: Timestamp,
    ) -> Result<Option<(String, Session)>, AccountsError>;

    /// The session of a secret and whose it is, if it is live and the account not disabled.
    /// Looking keeps no session alive.
    ///
    /// # Errors
    /// When it cannot be looked up.
    fn session(
        &self,
        secret: &str,
        at: Timestamp,
    ) -> Result<Option<(Session, Account)>, AccountsError>;

    /// Notes that a session was used by somebody, and not only by a page that was left open.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn touch(&self, session: PersonId, at: Timestamp) -> Result<(), AccountsError>;

    /// The live sessions of an account, the one used last first.
    ///
    /// # Errors
    /// When they cannot be read.
    fn sessions(&self, account: PersonId, at: Timestamp) -> Result<Vec<Session>, AccountsError>;

    /// Notes that a passkey was shown in a session; says whether there is such a one.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn freshen(&self, session: PersonId, at: Timestamp) -> Result<bool, AccountsError>;

    /// Ends a session of an account, or all of them; says how many.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn end(&self, account: PersonId, session: Option<PersonId>) -> Result<usize, AccountsError>;

    /// The searches that somebody keeps, by name.
    ///
    /// # Errors
    /// When they cannot be read.
    fn searches(&self, account: PersonId) -> Result<Vec<SavedSearch>, AccountsError>;

    /// Keeps a search, in place of one of the same name. Says whether there was room: there are
    /// at most [`MOST_SEARCHES`].
    ///
    /// # Errors
    /// When it cannot be kept.
    fn keep_search(&self, account: PersonId, search: &SavedSearch) -> Result<bool, AccountsError>;

    /// Forgets a search; says whether there was one.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn forget_search(&self, account: PersonId, name: &str) -> Result<bool, AccountsError>;
}

/// A moment some milliseconds after another.
#[must_use]
pub fn later(at: Timestamp, milliseconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(at.unix_ms().saturating_add(milliseconds))
}

/// What somebody calls an account or a passkey; `None` for what is no name of a few words.
#[must_use]
pub fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let is_fit =
        !text.is_empty() && text.len() <= LONGEST_NAME && !text.chars().any(char::is_control);
    is_fit.then(|| text.to_owned())
}
