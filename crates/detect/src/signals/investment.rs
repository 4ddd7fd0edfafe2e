//! Riches in crypto, stocks or trading.
//!
//! The gains on the screen are invented, the money that went in is not.
//!
//! *Example:* "guaranteed returns, join our signal group".
//! *False alarms:* genuine exchanges' notices, without promises.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("investment"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(120),
    kinds: &[ScamKind::Investment],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::Investment, 3, "it promises gains from an investment")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "We offer guaranteed returns every week", "guaranteed returns");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "He returns on monday");
    }
}
