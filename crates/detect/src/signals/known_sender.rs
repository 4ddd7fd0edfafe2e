//! A sender id that belongs to a brand of the catalogue or to the organization.
//!
//! Anybody can write any name into a sender id in many countries, so this speaks softly,
//! and only where no link leads elsewhere.
//!
//! *Example:* a one-time code from the bank's own short code.
//! *False alarms:* forged sender ids; they slip into the genuine thread on the phone.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("known-sender"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-60),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    if scene.sender_owner.is_some() && scene.foreign_link().is_none() {
        return Sight::seen(None, "its sender id is one that the sender really uses");
    }
    Sight::Nothing
}

#[cfg(test)]
mod tests {
    use unhook_model::Facts;

    use super::super::testing::look_with;
    use super::{SIGNAL, Sight};

    #[test]
    fn known_names_count_without_a_foreign_link() {
        let seen =
            |sender, body| look_with(&SIGNAL, sender, body, &Facts::default()) != Sight::Nothing;
        assert!(seen("ACME-IT", "your code is 123456"));
        assert!(!seen("ACME-IT", "your code is at https://a.example.com"));
        assert!(!seen("OTHER", "your code is 123456"));
    }
}
