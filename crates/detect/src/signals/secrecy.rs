//! A plea to tell nobody, least of all the bank or the boss.
//!
//! Whoever asks for silence fears the one call that would end the fraud.
//!
//! *Example:* "keep this between us".
//! *False alarms:* surprise parties.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("secrecy"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(120),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::Secrecy, 2, "it asks you to keep it secret")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Please keep this confidential until friday", "keep this confidential");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "The confidential report is here");
    }
}
