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

use unhook_model::{PersonId, Timestamp};

use crate::access::{Access, AuditEntry, Scope};

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

/// What somebody is there for: a named set of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees reports and campaigns, people by pseudonym.
    Viewer,
    /// Rules on campaigns and names, and sees who a person is, with a reason.
    Analyst,
    /// Approves what waits for a person, too.
    Approver,
    /// May do everything.
    Admin,
    /// Sees what is there and who did what, and changes nothing.
    Auditor,
}

impl Role {
    /// Every role with its name.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Viewer, "viewer"),
        (Self::Analyst, "analyst"),
        (Self::Approver, "approver"),
        (Self::Admin, "admin"),
        (Self::Auditor, "auditor"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The role of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
    }

    /// What it may do, ascending.
    #[must_use]
    pub fn scopes(self) -> &'static [Scope] {
        use Scope::{Admin, Approve, Audit, Intake, Logs, Read, ReadPeople, Rule};
        match self {
            Self::Viewer => &[Read],
            Self::Analyst => &[Intake, Read, ReadPeople, Rule],
            Self::Approver => &[Intake, Read, ReadPeople, Rule, Approve],
            Self::Admin => &[Intake, Logs, Read, ReadPeople, Rule, Approve, Admin, Audit],
            Self::Auditor => &[Read, Audit],
        }
    }
}

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

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A passkey, or the account of an OpenID provider, joins by it.
    Join,
    /// It begins a session at once.
    Enter,
}

impl Purpose {
    /// How it is written down.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Enter => "enter",
        }
    }
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

/// How a session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// With a passkey.
    Passkey,
    /// Through the OpenID provider.
    Oidc,
    /// By a link of a program on this machine.
    Link,
}

impl Proof {
    /// Every one with its name.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Passkey, "passkey"), (Self::Oidc, "oidc"), (Self::Link, "link")];

    /// How it is written down.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(proof, _)| *proof)
    }
}

/// A time during which a browser is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// By which lists and the audit trail name it; it opens nothing.
    pub id: PersonId,
    /// Whose.
    pub account: PersonId,
    /// How it began.
    pub proof: Proof,
    /// Which browser it is, as far as it says.
    pub browser: String,
    /// When it began.
    pub made_at: Timestamp,
    /// When it was last used, give or take [`SEEN_MS`].
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// When a passkey was last shown in it.
    pub shown_at: Option<Timestamp>,
}

impl Session {
    /// Whether it is still good at a moment.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at && now.unix_ms() - self.seen_at.unix_ms() < IDLE_MS
    }

    /// Whether its being used should be noted again.
    #[must_use]
    pub fn is_to_be_touched(&self, now: Timestamp) -> bool {
        now.unix_ms() - self.seen_at.unix_ms() >= SEEN_MS
    }

    /// Whether a passkey was shown a moment ago.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.shown_at.is_some_and(|at| (0..FRESH_MS).contains(&(now.unix_ms() - at.unix_ms())))
    }
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

/// The code by which the first admin comes in; `None` once anybody can.
///
/// Whoever starts the service sees it. A service that starts again hands out another one for the
/// same account, so that of all those that were printed the last is good.
///
/// # Errors
/// When accounts cannot be read or kept.
pub fn first_sign_in(
    accounts: &dyn Accounts,
    access: &dyn Access,
    at: Timestamp,
) -> Result<Option<String>, AccountsError> {
    let all = accounts.accounts()?;
    let is_way_in = |account: &Account| account.passkeys > 0 || account.is_bound;
    if all.iter().any(is_way_in) {
        return Ok(None);
    }
    let waiting = all
        .into_iter()
        .find(|account| account.role == Role::Admin && account.disabled_at.is_none());
    let account = match waiting {
        Some(account) => account,
        None => match accounts.add("Admin", Role::Admin, at)? {
            Some(account) => account,
            None => return Ok(None),
        },
    };
    hand_out(accounts, access, account.id, Purpose::Join, at)
}

/// Makes a code for an account and records that. For whoever is at the machine itself.
///
/// # Errors
/// When it cannot be recorded or kept; there is no code then.
pub fn hand_out(
    accounts: &dyn Accounts,
    access: &dyn Access,
    account: PersonId,
    purpose: Purpose,
    at: Timestamp,
) -> Result<Option<String>, AccountsError> {
    let (action, lifetime) = match purpose {
        Purpose::Join => ("invitation-made", INVITATION_MS),
        Purpose::Enter => ("entry-made", ENTRY_MS),
    };
    let entry = AuditEntry {
        at,
        by: None,
        action: action.to_owned(),
        subject: account.to_string(),
        reason: None,
    };
    access.record(&entry).map_err(|error| AccountsError(error.0))?;
    accounts.issue(account, purpose, later(at, lifetime))
}

/// A moment some milliseconds after another.
#[must_use]
pub fn later(at: Timestamp, milliseconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(at.unix_ms().saturating_add(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_proofs_stand_at_their_own_index() {
        for (role, name) in Role::ALL {
            assert_eq!((role.name(), Role::from_name(name)), (name, Some(role)));
            assert!(role.scopes().is_sorted(), "{name}");
        }
        for (proof, name) in Proof::ALL {
            assert_eq!((proof.name(), Proof::from_name(name)), (name, Some(proof)));
        }
    }

    #[test]
    fn the_first_comes_in_by_a_link_until_somebody_can_come_in() {
        let (accounts, access) =
            (fake::FakeAccounts::new(), crate::access::fake::FakeAccess::new());
        let now = Timestamp::from_unix_ms(1_000);
        let first = |at| first_sign_in(&accounts, &access, at).unwrap();
        let (one, two) = (first(now).unwrap(), first(now).unwrap());
        assert_eq!(accounts.accounts().unwrap().len(), 1, "it is the same account again");
        assert_eq!(accounts.behind(&one, Purpose::Join, now).unwrap(), None);
        let passkey = NewPasskey { handle: b"1", label: "", credential: b"" };
        let joined = accounts.join_passkey(&two, passkey, now).unwrap().unwrap();
        assert_eq!(joined.role, Role::Admin);
        assert_eq!(first(now), None);
        accounts.set_disabled(joined.id, Some(now)).unwrap();
        assert_eq!(first(now), None, "a disabled admin is no reason to let anybody in");
        let trail = access.trail(None, 9).unwrap();
        assert!(trail.len() == 2 && trail.iter().all(|(_, entry)| entry.by.is_none()), "{trail:?}");
    }

    #[test]
    fn nobody_but_an_admin_administers_and_auditors_change_nothing() {
        for (role, _) in Role::ALL {
            let may = |scope| role.scopes().contains(&scope);
            assert_eq!(may(Scope::Admin), role == Role::Admin);
            assert!(may(Scope::Read));
        }
        assert_eq!(Role::Auditor.scopes(), [Scope::Read, Scope::Audit]);
    }
}
