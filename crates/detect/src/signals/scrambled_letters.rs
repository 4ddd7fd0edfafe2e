//! Words with two of their letters in the wrong order, more than one of them.
//!
//! A filter does not know the word; people hardly see that anything is wrong.
//!
//! *Example:* "your pakcage and acocunt".
//! *False alarms:* hasty writers, and languages with words that look like jumbled ones.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("scrambled-letters"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(70),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let disguises = scene.words().disguises();
    match disguises.scrambled_words {
        // One is a slip of the thumb.
        0 | 1 => Sight::Nothing,
        words => Sight::steps(words - 1, disguises.scrambled, "letters of words are out of order"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn the_disguise_is_seen() {
        fires(&SIGNAL, "your pakcage and acocunt are here", "pakcage");
    }

    #[test]
    fn honest_text_is_silent() {
        silent(&SIGNAL, "your package and acocunt are here");
    }
}
