//! A link written so that filters pass over it and people do not.
//!
//! Set apart with spaces, spelled out, in brackets, in full-width letters: nobody writes a
//! link that way who wants it to be tapped, unless something stands between that should not
//! see it.
//!
//! *Example:* "parcel-fee . example . com", "evil(dot)example(dot)com".
//! *False alarms:* texts about links, and senders whose own filter objects.

use unhook_model::{Disguise, LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("disguised-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(90),
    kinds: &[],
    look,
};

const DISGUISES: [Disguise; 4] =
    [Disguise::Defanged, Disguise::Spaced, Disguise::Spelled, Disguise::Unicode];

fn look(scene: &Scene<'_>) -> Sight {
    let disguised = |link: &&super::LinkStanding| {
        link.is_foreign() && DISGUISES.iter().any(|d| link.link.disguises.contains(d))
    };
    match scene.links.iter().find(disguised) {
        Some(found) => Sight::seen(found.link.span, "this link is written to pass filters"),
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn disguises_are_seen() {
        fires(&SIGNAL, "go to evil(dot)example(dot)com now", "evil(dot)example(dot)com");
        fires(&SIGNAL, "go to evil-fee . com now", "evil-fee . com");
    }

    #[test]
    fn plain_links_are_silent() {
        silent(&SIGNAL, "go to https://fee.example.com now");
        silent(&SIGNAL, "deals at www .royalmail .com");
    }
}
