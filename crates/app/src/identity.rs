//! Identity providers: the port by which sessions end and the actor stays out, and by which is read
//! who signed in from where.
//!
//! Nothing behind this port decides. Whoever calls [`IdentityProvider::perform`] did, by the rules
//! of playbooks: a text, a form or a look-up is never enough to suspend, expire or revoke anyone,
//! and accounts on the break-glass list are never touched. Every step is safe to repeat, so one
//! whose outcome nobody knows is done again.
//!
//! Ending sessions is not all of it: [`eviction`] is the checklist of one person.

pub mod bookmarks;
#[cfg(any(test, feature = "fakes"))]
pub mod contract;
pub mod eviction;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;
pub mod health;
pub mod sign_in;

use std::time::Duration;

use unhook_model::Timestamp;

use crate::people::Pending;

pub use bookmarks::{BookmarkError, Bookmarks};
pub use eviction::Item;
pub use health::ProviderHealth;
pub use sign_in::{Cursor, Device, Network, Page, ReadFrom, SignIn, SignInOutcome};

/// What stands behind a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProviderKind {
    /// Okta.
    Okta,
    /// Microsoft Entra.
    Entra,
    /// Google Workspace.
    Google,
    /// Whatever speaks SCIM 2.0 (RFC 7644).
    Scim,
    /// Receivers of OpenID Shared Signals (SSF 1.0).
    SharedSignals,
}

impl ProviderKind {
    /// Its name in settings and outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Google => "google",
            Self::Scim => "scim",
            Self::SharedSignals => "shared-signals",
        }
    }
}

/// What a connector may be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Ability {
    /// End the sessions at the provider.
    EndSessions,
    /// Take back tokens that applications hold.
    RevokeTokens,
    /// Have the password changed before it is of use again.
    ExpirePassword,
    /// Let nobody in by the account.
    Suspend,
    /// Let its owner in again.
    Unsuspend,
    /// Take a second factor away.
    RemoveFactor,
    /// Take a device away.
    RemoveDevice,
    /// Take a password of one application away.
    RemoveAppPassword,
    /// List what was added ([`IdentityProvider::since`]).
    ListAdditions,
    /// Read sign-ins ([`IdentityProvider::sign_ins`]).
    ReadSignIns,
}

impl Ability {
    /// Its name in settings and outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EndSessions => "end-sessions",
            Self::RevokeTokens => "revoke-tokens",
            Self::ExpirePassword => "expire-password",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::RemoveFactor => "remove-factor",
            Self::RemoveDevice => "remove-device",
            Self::RemoveAppPassword => "remove-app-password",
            Self::ListAdditions => "list-additions",
            Self::ReadSignIns => "read-sign-ins",
        }
    }
}

/// One thing to do to one account. Doing it twice is doing it once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// End the sessions at the provider.
    EndSessions,
    /// Take back tokens that applications hold.
    RevokeTokens,
    /// Have the password changed before it is of use again.
    ExpirePassword,
    /// Let nobody in by the account.
    Suspend,
    /// Let its owner in again.
    Unsuspend,
    /// Take the second factor of this id away.
    RemoveFactor(String),
    /// Take the device of this id away.
    RemoveDevice(String),
    /// Take the application's password of this id away.
    RemoveAppPassword(String),
}

impl Step {
    /// What a connector must be able to do for it.
    #[must_use]
    pub const fn ability(&self) -> Ability {
        match self {
            Self::EndSessions => Ability::EndSessions,
            Self::RevokeTokens => Ability::RevokeTokens,
            Self::ExpirePassword => Ability::ExpirePassword,
            Self::Suspend => Ability::Suspend,
            Self::Unsuspend => Ability::Unsuspend,
            Self::RemoveFactor(_) => Ability::RemoveFactor,
            Self::RemoveDevice(_) => Ability::RemoveDevice,
            Self::RemoveAppPassword(_) => Ability::RemoveAppPassword,
        }
    }
}

/// How an account stands at its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AccountState {
    /// Its owner can sign in.
    Active,
    /// Its owner can sign in, and must change the password.
    PasswordExpired,
    /// Nobody can sign in, until it is let in again.
    Suspended,
    /// Nobody can sign in for another reason: not begun yet, locked, given up.
    Inactive,
    /// The provider does not say.
    Unknown,
}

/// An account as its provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAccount {
    /// The provider's id of it, by which everything is done.
    pub id: String,
    /// What its owner signs in as.
    pub login: String,
    /// How it stands.
    pub state: AccountState,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Performed {
    /// It is as the step says.
    Done,
    /// A receiver took the message, or it is kept until the receiver fetches it; what it makes of it
    /// cannot be seen from here.
    Told,
}

/// Something added to an account: a factor, a device, a password of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The provider's id of it, for the step that removes it.
    pub id: String,
    /// What it is, for a person: `push (Okta Verify)`.
    pub what: String,
    /// When it was added. Without, the provider does not tell: a person looks at it, since it
    /// may be years old.
    pub at: Option<Timestamp>,
}

/// What was added to an account since a moment, or at a time that nobody tells. `None` is what
/// this provider cannot show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Second factors.
    pub factors: Option<Vec<Added>>,
    /// Devices.
    pub devices: Option<Vec<Added>>,
    /// Passwords of single applications, which pass by the second factor.
    pub app_passwords: Option<Vec<Added>>,
}

/// Why something was not done or read, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// It certainly was not done, and the same again may succeed.
    #[error("not done for now: {why}")]
    Later {
        /// Why: never a secret.
        why: String,
        /// How long the provider asks to wait.
        after: Option<Duration>,
    },
    /// It certainly was not done, and never will be as it is.
    #[error("refused: {why}")]
    Refused {
        /// Why, and what to do instead.
        why: String,
    },
    /// Nobody knows whether it was done. Every step may be repeated, so do it again.
    #[error("nobody knows whether it was done: {why}")]
    Unknown {
        /// Why: never a secret.
        why: String,
    },
}

impl IdentityError {
    /// Why, without a secret and without anything personal.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Later { why, .. } | Self::Refused { why } | Self::Unknown { why } => why,
        }
    }

    /// How long the provider asks to wait.
    #[must_use]
    pub const fn after(&self) -> Option<Duration> {
        match self {
            Self::Later { after, .. } => *after,
            _ => None,
        }
    }

    /// An account that is not there, or not any more.
    #[must_use]
    pub fn no_account(provider: &str) -> Self {
        Self::Refused {
            why: format!("{provider} has no such account (any more); look the person up again"),
        }
    }

    /// A step that this connector cannot do.
    #[must_use]
    pub fn not_supported(provider: &str, ability: Ability) -> Self {
        Self::Refused { why: format!("{provider} cannot {}; do it by hand", ability.name()) }
    }
}

/// An identity provider.
pub trait IdentityProvider: Send + Sync {
    /// What the settings call it; the journal names it by this.
    fn name(&self) -> &str;

    /// What it is.
    fn kind(&self) -> ProviderKind;

    /// What it can do. A step beside these is refused.
    fn abilities(&self) -> &'static [Ability];

    /// The account that somebody signs in to by this name.
    ///
    /// # Errors
    /// When it cannot be looked up; that there is none is no error.
    fn find<'a>(
        &'a self,
        login: &'a str,
    ) -> Pending<'a, Result<Option<FoundAccount>, IdentityError>>;

    /// Does one step to the account of this id ([`FoundAccount::id`]), once.
    ///
    /// # Errors
    /// Says whether it may be done again. An account that is not there is refused; a factor, device
    /// or password that is not there is removed.
    fn perform<'a>(
        &'a self,
        step: &'a Step,
        account: &'a str,
    ) -> Pending<'a, Result<Performed, IdentityError>>;

    /// What was added to an account since a moment.
    ///
    /// # Errors
    /// When it cannot be looked up; an account that is not there is refused, and all of it where it
    /// has no [`Ability::ListAdditions`].
    fn since<'a>(
        &'a self,
        _account: &'a str,
        _moment: Timestamp,
    ) -> Pending<'a, Result<Additions, IdentityError>> {
        let refused = IdentityError::not_supported(self.name(), Ability::ListAdditions);
        Box::pin(async { Err(refused) })
    }

    /// Sign-ins, page by page. At least once: the same may come again, and drops by its id.
    ///
    /// # Errors
    /// When they cannot be read now, or the cursor is none of this provider's; always where it has no
    /// [`Ability::ReadSignIns`].
    fn sign_ins<'a>(&'a self, _from: ReadFrom<'a>) -> Pending<'a, Result<Page, IdentityError>> {
        let refused = IdentityError::not_supported(self.name(), Ability::ReadSignIns);
        Box::pin(async { Err(refused) })
    }
}
