//! A refund, rebate or compensation to claim.
//!
//! Money owed is as good a bait as money due. Tax offices do not refund by text.
//!
//! *Example:* "you are eligible for a tax refund".
//! *False alarms:* shops that announce a refund already made.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("refund"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(90),
    kinds: &[ScamKind::Refund],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::Refund, 2, "it offers money back")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "You are due a tax refund", "tax refund");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "I paid my tax");
    }
}
