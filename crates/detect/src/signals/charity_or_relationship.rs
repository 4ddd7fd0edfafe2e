//! An inheritance, a gift from a stranger, a plea, a soldier in need.
//!
//! The oldest fraud of all, now by text.
//!
//! *Example:* "I am the next of kin of your late relative".
//! *False alarms:* charities that one knows.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("charity-or-relationship"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(110),
    kinds: &[ScamKind::Charity],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(
        Category::CharityOrRelationship,
        2,
        "it offers or asks for money for a moving reason",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "You are the beneficiary of a will", "beneficiary");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "The concert is a benefit");
    }
}
