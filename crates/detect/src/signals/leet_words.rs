//! Digits and signs in place of letters.
//!
//! Filters know the word; people read over the digit.
//!
//! *Example:* "acc0unt", "ver1fy".
//! *False alarms:* gamers, and product names.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("leet-words"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(70),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    Sight::at(scene.words().disguises().leet, "digits stand in for letters")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn the_disguise_is_seen() {
        fires(&SIGNAL, "your acc0unt is here", "acc0unt");
    }

    #[test]
    fn honest_text_is_silent() {
        silent(&SIGNAL, "your mp3 and the 4G plan, AB12345");
    }
}
