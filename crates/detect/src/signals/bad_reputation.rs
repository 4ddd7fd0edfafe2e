//! Others call its host or sender hostile.
//!
//! Block lists, peers and carriers see more texts than one organization does.
//!
//! *Example:* a host on a block list.
//! *False alarms:* lists keep names long after they were cleaned.

use unhook_model::{LogOdds, Reputation, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("bad-reputation"),
    stage: Stage::Preview,
    weight: LogOdds::from_hundredths(250),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.reputation_sight(Reputation::Malicious, "others call it hostile")
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
        assert!(matches!(seen(Reputation::Malicious), Sight::Seen { .. }));
        assert_eq!(seen(Reputation::Good), Sight::Nothing);
    }

    #[test]
    fn what_was_not_looked_up_is_unavailable() {
        let look = |body| look_with(&SIGNAL, "", body, &Facts::default());
        assert_eq!(look("see https://a.example.com"), Sight::Unavailable);
        assert_eq!(look("see you"), Sight::Nothing);
    }
}
