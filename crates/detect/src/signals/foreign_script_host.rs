//! A host in letters of another script than it seems.
//!
//! Browsers show some such names as they are meant to look. A name of letters that all
//! have a Latin twin is made to be taken for a Latin one.
//!
//! *Example:* "pаypal.example" with a Cyrillic а.
//! *False alarms:* genuine names in other scripts have letters without a twin.
//! *Source:* UTS #39, confusable detection.

use unhook_model::{Disguise, LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::text::confusables;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("foreign-script-host"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(200),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let twins = |host: &str| {
        let (shown, _) = idna::domain_to_unicode(host);
        shown.is_ascii()
            || shown.chars().filter(|c| !c.is_ascii()).all(|c| confusables::latin_twin(c).is_some())
    };
    let found = scene.foreign_hosts().find(|(link, host)| {
        link.link.disguises.contains(&Disguise::Punycode) && twins(host.as_str())
    });
    match found {
        Some((link, _)) => {
            Sight::seen(link.link.span, "its name is written in letters that only look Latin")
        }
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn twins_are_seen() {
        fires(&SIGNAL, "see pаypal.com now", "pаypal.com");
    }

    #[test]
    fn names_in_their_own_script_are_silent() {
        silent(&SIGNAL, "see https://bücher.example/x and https://пример.example/x");
    }
}
