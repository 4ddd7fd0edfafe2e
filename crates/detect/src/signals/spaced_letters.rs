//! Words with spaces or dots between their letters.
//!
//! A filter sees single letters; people see the word.
//!
//! *Example:* "v e r i f y".
//! *False alarms:* headings that are spaced for looks.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("spaced-letters"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(90),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    Sight::at(scene.words().disguises().spaced, "words are spaced out to pass filters")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn the_disguise_is_seen() {
        fires(&SIGNAL, "please v e r i f y now", "v e r i f y");
    }

    #[test]
    fn honest_text_is_silent() {
        silent(&SIGNAL, "a b or c, your pick");
    }
}
