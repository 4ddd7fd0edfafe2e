//! A way to be left alone: "reply STOP".
//!
//! Bulk senders must offer it. Some lures copy it, so the weight is small.
//!
//! *Example:* "reply STOP to end".
//! *False alarms:* lures that copy it.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("opt-out"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-60),
    kinds: &[ScamKind::Promotion],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::OptOut, 1, "it offers a way to stop further texts")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Sale today. Reply STOP to end", "Reply STOP");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "Stop the car");
    }
}
