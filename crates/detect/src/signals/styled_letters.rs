//! Latin letters in full-width, mathematical, circled or like forms.
//!
//! They read like letters and are others, so that a filter finds no word it knows.
//!
//! *Example:* "𝐯𝐞𝐫𝐢𝐟𝐲 ｎｏｗ".
//! *False alarms:* people who decorate; Chinese and Japanese texts write full-width as a matter of course, so only Latin texts count.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("styled-letters"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(80),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    Sight::at(
        scene.disguises().styled.filter(|_| scene.is_latin()),
        "letters in fancy forms pass filters and read the same",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn the_disguise_is_seen() {
        fires(&SIGNAL, "please 𝐯erify", "𝐯");
    }

    #[test]
    fn honest_text_is_silent() {
        silent(&SIGNAL, "ＡＴＭをご利用のお客様へのお知らせです");
    }
}
