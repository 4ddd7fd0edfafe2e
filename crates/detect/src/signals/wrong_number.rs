//! An opening to somebody else: a name, an invitation, a mistaken number.
//!
//! Long frauds begin with a friendly mistake and no link at all. The first text is written to be
//! answered with "you have the wrong number".
//!
//! *Example:* "Hi Anna, are we still on for golf on Sunday?".
//! *False alarms:* real wrong numbers.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("wrong-number"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(150),
    kinds: &[ScamKind::WrongNumber],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(
        Category::WrongNumber,
        2,
        "it reads like the friendly mistake that long frauds begin with",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Sorry, is this Anna?", "is this Anna");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "Anna is at the golf course");
    }
}
