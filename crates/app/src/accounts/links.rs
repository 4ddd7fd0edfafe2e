//! Links that work once: what they are good for, and who is handed one without asking.

use unhook_model::{PersonId, Timestamp};

use super::{Account, Accounts, AccountsError, ENTRY_MS, INVITATION_MS, Role, later};
use crate::access::{Access, AuditEntry};

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

#[cfg(test)]
mod tests {
    use super::super::{NewPasskey, fake};
    use super::*;

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
}
