//! Threats: suspension, fines, court, arrest, exposure.
//!
//! Fear makes people act before they think. Genuine offices announce consequences by letter and in
//! calmer words; lures put them into the first line.
//!
//! *Example:* "your account will be suspended".
//! *False alarms:* genuine last reminders of a bill.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("threat"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(60),
    kinds: &[ScamKind::Extortion],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::Threat, 3, "it threatens you")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Your line will be disconnected today", "will be disconnected");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "The line was connected");
    }
}
