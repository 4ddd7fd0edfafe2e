//! A demand to call at once.
//!
//! A voice does what a page cannot: it answers doubts and stays on the line.
//!
//! *Example:* "call us immediately on this number".
//! *False alarms:* genuine fraud alerts; they name the number on the card.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("call-back"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(60),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::CallBack, 2, "it wants you to call")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Call us immediately if this was not you", "Call us immediately");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "I will call later");
    }
}
