//! Credit for the asking.
//!
//! Advance-fee and data-harvesting apps offer it by text; so do banks, which makes it weak alone.
//!
//! *Example:* "instant loan approved, no credit check".
//! *False alarms:* banks' own advertising.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("loan"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(70),
    kinds: &[ScamKind::Loan],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::Loan, 2, "it offers easy credit")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "You got a pre approved loan", "pre approved loan");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "She lent it to the library");
    }
}
