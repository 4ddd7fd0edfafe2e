//! Hardly a word but a link that nobody known vouches for.
//!
//! Curiosity is the lure: "is this you?", "look".
//!
//! *Example:* "look https://a.example".
//! *False alarms:* friends share links just so.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("bare-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(30),
    kinds: &[],
    look,
};

/// As many words, the link among them, say nothing of why to tap.
const FEW: usize = 6;

fn look(scene: &Scene<'_>) -> Sight {
    match scene.foreign_link() {
        Some(link) if scene.words().as_slice().len() <= FEW => {
            Sight::seen(link.link.span, "it is hardly more than a link")
        }
        _ => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn a_link_alone_is_seen() {
        fires(&SIGNAL, "look https://a.example.com/x", "https://a.example.com/x");
    }

    #[test]
    fn a_link_among_words_is_silent() {
        silent(&SIGNAL, "the photos of last night's dinner are at https://a.example.com/x");
        silent(&SIGNAL, "look https://www.royalmail.com");
    }
}
