//! A short link of a public shortener: it says nothing of where it leads.
//!
//! Shorteners stand in three of ten reported lures, because they hide the name that would
//! give the lure away. Honest firms use them too, mostly through services of their own,
//! which belong to them in the catalogue and do not count here.
//!
//! *Example:* "Parcel held, see bit.ly/…".
//! *False alarms:* advertising and small firms; the weight is small alone.
//! *Source:* list in `data/hosts/shorteners.txt`.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::HostKind;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("url-shortener"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(40),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.host_kind_sight(HostKind::Shortener, "a short link hides where it leads")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn short_links_are_seen() {
        fires(&SIGNAL, "see https://bit.ly/3xyz now", "https://bit.ly/3xyz");
    }

    #[test]
    fn other_links_are_silent() {
        silent(&SIGNAL, "see https://bit.example.com/3xyz now");
    }
}
