//! Letters of another script among Latin ones.
//!
//! A Cyrillic о looks like a Latin one and is none; words that mix scripts are made for
//! filters.
//!
//! *Example:* "vеrіfу" with Cyrillic letters.
//! *False alarms:* names of brands that play with letters.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("lookalike-letters"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(150),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    Sight::at(
        scene.words().disguises().lookalike,
        "letters of another script stand in for Latin ones",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn the_disguise_is_seen() {
        fires(&SIGNAL, "please vеrіfу now", "vеrіfу");
    }

    #[test]
    fn honest_text_is_silent() {
        silent(&SIGNAL, "пожалуйста, подтвердите заказ");
    }
}
