//! Others know its host, and nothing against it.
//!
//! Silent when anything said of the message is bad; a good name can be broken into, so it
//! speaks softly.
//!
//! *Example:* a link to a large shop.
//! *False alarms:* a genuine site that was broken into.

use unhook_model::{LogOdds, Reputation, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("good-reputation"),
    stage: Stage::Preview,
    weight: LogOdds::from_hundredths(-60),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.reputation_sight(Reputation::Good, "others know it, and nothing against it")
}

#[cfg(test)]
mod tests {
    use unhook_model::{Fact, Facts, HostFacts, Hostname, Timestamp};

    use super::super::testing::look_with;
    use super::{Reputation, SIGNAL, Sight};

    fn facts(reputation: Reputation) -> Facts {
        let reputation = Fact::Present { value: reputation, at: Timestamp::from_unix_ms(0) };
        let host = HostFacts { reputation: reputation.clone(), ..HostFacts::default() };
        Facts {
            hosts: vec![(Hostname::parse("a.example.com").unwrap(), host)],
            sender_reputation: reputation,
            ..Facts::default()
        }
    }

    #[test]
    fn what_others_say_is_seen() {
        let seen = |r| look_with(&SIGNAL, "+12015550123", "see https://a.example.com", &facts(r));
        assert!(matches!(seen(Reputation::Good), Sight::Seen { .. }));
        assert_eq!(seen(Reputation::Malicious), Sight::Nothing);
    }

    #[test]
    fn what_was_not_looked_up_is_unavailable() {
        let look = |body| look_with(&SIGNAL, "", body, &Facts::default());
        assert_eq!(look("see https://a.example.com"), Sight::Unavailable);
        assert_eq!(look("see you"), Sight::Nothing);
    }
}
