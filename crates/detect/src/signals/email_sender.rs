//! A text from an e-mail address.
//!
//! Mail-to-text gateways and messaging accounts cost nothing and are made by the thousand.
//!
//! *Example:* a parcel notice from "qx83@example.com".
//! *False alarms:* people who write from a tablet; alerts that gateways pass on.

use unhook_model::{Channel, LogOdds, Sender, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("email-sender"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(70),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let mail = matches!(scene.message.sender, Some(Sender::Email(_)));
    if mail && scene.message.channel != Channel::Email && scene.sender_owner.is_none() {
        return Sight::seen(None, "a text that comes from an e-mail address");
    }
    Sight::Nothing
}

#[cfg(test)]
mod tests {
    use unhook_model::Facts;

    use super::super::testing::look_with;
    use super::{SIGNAL, Sight};

    #[test]
    fn addresses_are_seen_and_numbers_are_not() {
        let seen =
            |sender| look_with(&SIGNAL, sender, "hello", &Facts::default()) != Sight::Nothing;
        assert!(seen("qx83@example.com"));
        assert!(!seen("+12015550123"));
        assert!(!seen(""));
    }
}
