//! It uses its reader's real name, and has a link that nobody known vouches for.
//!
//! A lure that knows the name of the person it reaches comes from a leaked directory. A
//! name alone is how any shop writes.
//!
//! *Example:* "Jordan, your Acme schedule has changed, see …".
//! *False alarms:* shops whose domain is not in the catalogue.

use unhook_model::{Fact, LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("recipient-name"),
    stage: Stage::Preview,
    weight: LogOdds::from_hundredths(60),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    if scene.foreign_link().is_none() {
        return Sight::Nothing;
    }
    match &scene.facts.recipient_names {
        Fact::Unavailable => Sight::Unavailable,
        Fact::Absent { .. } => Sight::Nothing,
        Fact::Present { value: names, .. } => match scene.find_name(names) {
            Some(span) => {
                Sight::seen(span, "it knows your name, and its link leads to nobody known")
            }
            None => Sight::Nothing,
        },
    }
}

#[cfg(test)]
mod tests {
    use unhook_model::{Facts, Timestamp};

    use super::super::testing::look_with;
    use super::{Fact, SIGNAL, Sight};

    fn facts(names: &[&str]) -> Facts {
        let value = names.iter().map(|name| (*name).to_owned()).collect();
        let recipient_names = Fact::Present { value, at: Timestamp::from_unix_ms(0) };
        Facts { recipient_names, ..Facts::default() }
    }

    #[test]
    fn the_name_with_a_foreign_link_is_seen() {
        let look =
            |names: &[&str], body| look_with(&SIGNAL, "", body, &facts(names)) != Sight::Nothing;
        assert!(look(&["Jordan Doe", "Jordan"], "JORDAN, see https://a.example.com"));
        assert!(!look(&["Jordan"], "Jordanian food, see https://a.example.com"));
        assert!(!look(&["Jordan", ""], "Jordan, see you"));
    }

    #[test]
    fn what_was_not_looked_up_is_unavailable() {
        let look = |body| look_with(&SIGNAL, "", body, &Facts::default());
        assert_eq!(look("see https://a.example.com"), Sight::Unavailable);
        assert_eq!(look("see you"), Sight::Nothing);
    }
}
