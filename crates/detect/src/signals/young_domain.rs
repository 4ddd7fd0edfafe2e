//! A link to a domain registered a short while ago.
//!
//! The name of 2022 was 36 minutes old when the first text came. One step below ninety
//! days, two below thirty, four below three.
//!
//! *Example:* "cloudflare-okta.com", 36 minutes old.
//! *False alarms:* new shops and campaigns.
//! *Source:* registration date by RDAP (RFC 9083).

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("young-domain"),
    stage: Stage::Preview,
    weight: LogOdds::from_hundredths(60),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.age_sight(
        |facts| &facts.registered_at,
        "its domain was registered only a short while before",
    )
}

#[cfg(test)]
mod tests {
    use unhook_model::{Fact, Facts, HostFacts, Hostname, Timestamp};

    use super::super::testing::look_with;
    use super::{SIGNAL, Sight};

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn steps(days: i64) -> Option<u8> {
        let host = HostFacts {
            registered_at: Fact::Present {
                value: Timestamp::from_unix_ms(0),
                at: Timestamp::from_unix_ms(days * DAY),
            },
            ..HostFacts::default()
        };
        let hosts = vec![(Hostname::parse("a.example.com").unwrap(), host)];
        let facts = Facts { hosts, ..Facts::default() };
        match look_with(&SIGNAL, "", "see https://a.example.com", &facts) {
            Sight::Seen { steps, .. } => Some(steps),
            _ => None,
        }
    }

    #[test]
    fn the_younger_the_more() {
        assert_eq!([0, 10, 60, 400].map(steps), [Some(4), Some(2), Some(1), None]);
        assert_eq!(steps(-5), Some(4), "a date in the future is younger than any");
    }

    #[test]
    fn what_was_not_looked_up_is_unavailable() {
        let none = Facts::default();
        assert_eq!(look_with(&SIGNAL, "", "see https://a.example.com", &none), Sight::Unavailable);
        assert_eq!(look_with(&SIGNAL, "", "see you", &none), Sight::Nothing);
    }
}
