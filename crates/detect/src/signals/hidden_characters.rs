//! Characters without shape inside words, or controls that reorder what is read.
//!
//! A zero-width space in the middle of a word breaks it for a filter and for nobody else.
//!
//! *Example:* "ver\\u{200b}ify".
//! *False alarms:* emoji and right-to-left prose need such characters; they are not counted.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("hidden-characters"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(130),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    Sight::at(
        scene.disguises().invisible.or(scene.disguises().reordering),
        "characters that cannot be seen break its words for filters",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn the_disguise_is_seen() {
        fires(&SIGNAL, "please ver\u{200b}ify it", "\u{200b}");
    }

    #[test]
    fn honest_text_is_silent() {
        silent(&SIGNAL, "👩\u{200d}💻 is at work");
    }
}
