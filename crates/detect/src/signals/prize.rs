//! A prize, gift or reward.
//!
//! Nobody wins a draw they did not enter.
//!
//! *Example:* "congratulations, you have won".
//! *False alarms:* genuine loyalty schemes.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("prize"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(130),
    kinds: &[ScamKind::Prize],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::Prize, 3, "it says that you won something")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Congratulations, you have won a phone", "Congratulations, you");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "We won the match");
    }
}
