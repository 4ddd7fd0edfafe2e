//! A request to pass on a one-time code.
//!
//! No genuine service and no honest friend needs the code it sent to somebody else.
//!
//! *Example:* "send me the code you just got".
//! *False alarms:* none known but jokes.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("code-request"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(200),
    kinds: &[ScamKind::CodeTheft],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::CodeRequest, 2, "it asks you to pass on a code")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Can you send me the code please", "send me the code");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "Your code is 482913");
        silent(&SIGNAL, "Never send the code to anybody, and don't forward the code");
    }
}
