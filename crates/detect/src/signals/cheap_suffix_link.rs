//! A link under a suffix that lures use far beyond its share.
//!
//! Some suffixes are sold for next to nothing and ask no questions; whoever needs a fresh
//! name every day buys there.
//!
//! *Example:* "https://parcel-fee.top".
//! *False alarms:* honest firms that liked the price.
//! *Source:* list in `data/hosts/cheap-suffixes.txt`.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("cheap-suffix-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(90),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    match scene.foreign_hosts().find(|(_, host)| scene.knowledge.has_cheap_suffix(host)) {
        Some((link, _)) => {
            Sight::seen(link.link.span, "names with this ending cost next to nothing")
        }
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn cheap_endings_are_seen() {
        fires(&SIGNAL, "pay at parcel-fee.top/a", "parcel-fee.top/a");
    }

    #[test]
    fn other_endings_are_silent() {
        silent(&SIGNAL, "pay at https://top.example.com/a");
    }
}
