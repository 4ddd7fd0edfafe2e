//! The organization's own voice: every link is its own, a vendor's tenant of it, or its
//! identity provider's.
//!
//! Staff get genuine "your password expires" and "your schedule changed" texts. They lead
//! to names that the organization has said are its own.
//!
//! *Example:* "Your password expires in 5 days: https://sso.acme.example".
//! *False alarms:* a sign-in page of its own with an open redirect.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Owner;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("organization-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-250),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let own = |owner| matches!(owner, Some(Owner::Organization | Owner::Allowed));
    match scene.web_links().next() {
        Some(first) if scene.web_links().all(|link| own(link.owner)) => {
            Sight::seen(first.link.span, "its link is your organization's own")
        }
        _ => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn own_names_and_tenants_are_seen() {
        fires(&SIGNAL, "see https://sso.acme.example/p", "https://sso.acme.example/p");
        fires(&SIGNAL, "see https://acme.myworkday.com/p", "https://acme.myworkday.com/p");
    }

    #[test]
    fn others_are_silent() {
        silent(&SIGNAL, "see https://other.myworkday.com/p");
        silent(&SIGNAL, "see https://sso.acme.example/p or https://a.example.com");
    }
}
