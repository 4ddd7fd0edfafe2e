//! A link with another name before an `@`, where browsers ignore it and people do not.
//!
//! *Example:* "www.fedex.com@evil.example".
//! *False alarms:* none known.
//! *Source:* RFC 3986, section 7.6, warns of it.

use unhook_model::{Disguise, LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("userinfo-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(250),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    match scene.links.iter().find(|link| link.link.disguises.contains(&Disguise::Userinfo)) {
        Some(found) => {
            Sight::seen(found.link.span, "it shows one name and leads to the one behind the @")
        }
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn a_name_before_the_host_is_seen() {
        fires(
            &SIGNAL,
            "go to http://usps.com@evil.example.net/x",
            "http://usps.com@evil.example.net/x",
        );
    }

    #[test]
    fn addresses_of_people_are_silent() {
        silent(&SIGNAL, "write to help@example.com");
    }
}
