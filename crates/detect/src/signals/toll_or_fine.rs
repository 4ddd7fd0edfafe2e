//! An unpaid toll, parking charge or fine.
//!
//! Since 2024 the commonest pretext in North America; the same text goes to people without a car.
//!
//! *Example:* "you have an unpaid toll".
//! *False alarms:* toll operators' own notices to account holders.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("toll-or-fine"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(110),
    kinds: &[ScamKind::Toll],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::TollOrFine, 2, "it speaks of an unpaid toll or fine")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "You have an unpaid toll", "unpaid toll");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "I am fine, thanks");
    }
}
