//! A number or address that has texted nobody here before.
//!
//! Firms text for years from the same name; lures burn a number in a day. Silent for
//! senders first seen more than a day before.
//!
//! *Example:* the first text ever from this number.
//! *False alarms:* everybody texts for the first time once.

use unhook_model::{Fact, LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("new-sender"),
    stage: Stage::Preview,
    weight: LogOdds::from_hundredths(30),
    kinds: &[],
    look,
};

/// A sender first seen longer ago than this is no stranger any more.
const A_DAY: i64 = 1;

fn look(scene: &Scene<'_>) -> Sight {
    if scene.message.sender.is_none() {
        return Sight::Nothing;
    }
    match &scene.facts.sender_first_seen {
        Fact::Unavailable => Sight::Unavailable,
        Fact::Present { value, at } if at.days_since(*value) >= A_DAY => Sight::Nothing,
        Fact::Present { .. } | Fact::Absent { .. } => {
            Sight::seen(None, "nobody here had a text from this sender before")
        }
    }
}

#[cfg(test)]
mod tests {
    use unhook_model::{Facts, Timestamp};

    use super::super::testing::look_with;
    use super::{Fact, SIGNAL, Sight};

    fn look(first_seen: Fact<Timestamp>) -> Sight {
        let facts = Facts { sender_first_seen: first_seen, ..Facts::default() };
        look_with(&SIGNAL, "+12015550123", "hello", &facts)
    }

    #[test]
    fn strangers_are_seen() {
        let day = Timestamp::from_unix_ms(24 * 60 * 60 * 1000);
        let first = Timestamp::from_unix_ms(0);
        assert!(matches!(look(Fact::Absent { at: day }), Sight::Seen { .. }));
        assert!(matches!(look(Fact::Present { value: day, at: day }), Sight::Seen { .. }));
        assert_eq!(look(Fact::Present { value: first, at: day }), Sight::Nothing);
        assert_eq!(look(Fact::Unavailable), Sight::Unavailable);
    }

    #[test]
    fn without_a_sender_there_is_nothing_to_look_at() {
        assert_eq!(look_with(&SIGNAL, "", "hello", &Facts::default()), Sight::Nothing);
    }
}
