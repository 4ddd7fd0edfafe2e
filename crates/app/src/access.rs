//! Access: bearer tokens, what they allow, and the record of what was done with them.
//!
//! A token is shown once, when it is made; what is kept is its hash. The audit trail is a
//! list that only grows: who did what, when, and the reason they gave. Nothing personal
//! stands in it but ids that say nothing by themselves.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;

use std::collections::BTreeMap;

use unhook_model::{PersonId, Timestamp};

/// Why access cannot be looked up or recorded.
#[derive(Debug, thiserror::Error)]
#[error("tokens and the audit trail are not available")]
pub struct AccessError(#[from] pub crate::journal::Cause);

/// One thing that a token may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Pass on texts.
    Intake,
    /// Pass on logs of resolvers and identity providers.
    Logs,
    /// See reports and campaigns, people by pseudonym.
    Read,
    /// See who a person is, with a reason that is recorded.
    ReadPeople,
    /// Say what a campaign or a name is; put campaigns together and apart.
    Rule,
    /// Approve what waits for a person.
    Approve,
    /// Make and revoke tokens, import people, erase.
    Admin,
    /// Read the audit trail.
    Audit,
}

impl Scope {
    /// Every scope with its name.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Intake, "intake"),
        (Self::Logs, "logs"),
        (Self::Read, "read"),
        (Self::ReadPeople, "read-people"),
        (Self::Rule, "rule"),
        (Self::Approve, "approve"),
        (Self::Admin, "admin"),
        (Self::Audit, "audit"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The scope of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(scope, _)| *scope)
    }
}

/// What a token allows, and in whose name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who acts: an id that each token has, which events and the audit trail name.
    pub by: PersonId,
    /// What the token is for, as whoever made it wrote.
    pub name: String,
    /// What it allows, ascending.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub made_at: Timestamp,
    /// From when on it is good for nothing.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Grant {
    /// Whether it allows this at a moment.
    #[must_use]
    pub fn allows(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Whether it is good for anything at a moment.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// One line of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: a token's id; `None` for somebody at the machine itself.
    pub by: Option<PersonId>,
    /// What was done, as a short name (`person-revealed`, `token-made`).
    pub action: String,
    /// To what: an id, or the name of a setting.
    pub subject: String,
    /// The reason that was given.
    pub reason: Option<String>,
}

/// Tokens and the audit trail.
pub trait Access: Send + Sync {
    /// What a bearer token allows; `None` for one that was never made here. Whether it is
    /// still live, the caller asks the grant.
    ///
    /// # Errors
    /// When it cannot be looked up.
    fn grant(&self, bearer: &str) -> Result<Option<Grant>, AccessError>;

    /// Makes a token and returns it, the only time it is seen.
    ///
    /// # Errors
    /// When it cannot be kept; there is no token then.
    fn make(
        &self,
        name: &str,
        scopes: &[Scope],
        at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Result<(String, Grant), AccessError>;

    /// Every token that was made, without what it is.
    ///
    /// # Errors
    /// When they cannot be read.
    fn grants(&self) -> Result<Vec<Grant>, AccessError>;

    /// Makes a token good for nothing, at once; says whether there was one that was not yet.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn revoke(&self, by: PersonId, at: Timestamp) -> Result<bool, AccessError>;

    /// Adds to the audit trail; durable when this returns.
    ///
    /// # Errors
    /// When it cannot be kept: what was to be done must not be done then.
    fn record(&self, entry: &AuditEntry) -> Result<(), AccessError>;

    /// The trail, newest first, before a number that an earlier answer gave; each with its number.
    ///
    /// # Errors
    /// When it cannot be read.
    fn trail(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, AuditEntry)>, AccessError>;

    /// Who made which token, as the trail says: the token's id, and that of whoever made it, an
    /// account or another token; `None` for somebody at the machine itself.
    ///
    /// # Errors
    /// When it cannot be read.
    fn makers(&self) -> Result<BTreeMap<PersonId, Option<PersonId>>, AccessError>;

    /// What the trail says about something: the lines whose subject is it, or names it among
    /// others, oldest first, at most [`MOST_ABOUT`].
    ///
    /// # Errors
    /// When it cannot be read.
    fn trail_about(&self, subject: &str) -> Result<Vec<AuditEntry>, AccessError>;
}

/// What the trail calls it that a token was made.
pub const TOKEN_MADE: &str = "token-made";

/// The most lines about one thing.
pub const MOST_ABOUT: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_stand_at_their_own_index() {
        for (scope, name) in Scope::ALL {
            assert_eq!(scope.name(), name);
            assert_eq!(Scope::from_name(name), Some(scope));
        }
    }
}
