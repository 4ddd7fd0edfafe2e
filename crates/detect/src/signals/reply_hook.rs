//! A request to answer with a letter or number, or to copy a link into the browser.
//!
//! Phones keep links from unknown senders dead until the reader answers; lures ask for just that
//! answer, and an answer proves that the number is read.
//!
//! *Example:* "reply Y, then reopen the message to activate the link".
//! *False alarms:* polls, appointments and subscriptions that take a Y.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("reply-hook"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(90),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(
        Category::ReplyHook,
        2,
        "it wants an answer so that its link works or your number is confirmed",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Reply Y then reopen this message", "Reply Y");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "My reply was late");
    }
}
