//! An invitation to tap, click or follow.
//!
//! It says that the text lives by its link. Genuine texts have it too, so it means little alone.
//!
//! *Example:* "tap here".
//! *False alarms:* most texts with a link.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("tap-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(40),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::TapLink, 2, "it wants you to follow a link")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Please tap the link below", "Please tap");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "The tap leaks");
    }
}
