//! Gambling bonuses and adult offers.
//!
//! In many countries unlawful bookmakers text whole number ranges; elsewhere it is advertising, which is
//! why the weight is small.
//!
//! *Example:* "free spins, deposit bonus".
//! *False alarms:* licensed bookmakers' advertising to customers.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("gambling-or-adult"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(70),
    kinds: &[ScamKind::Gambling],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::AdultOrGambling, 3, "it advertises gambling or adult content")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Get free spins tonight", "free spins");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "The wheel spins for free");
    }
}
