//! What somebody is there for.

use crate::access::Scope;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_stand_at_their_own_index() {
        for (role, name) in Role::ALL {
            assert_eq!((role.name(), Role::from_name(name)), (name, Some(role)));
            assert!(role.scopes().is_sorted(), "{name}");
        }
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
