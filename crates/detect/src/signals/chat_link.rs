//! A link that opens a chat with a stranger.
//!
//! Job, investment and relationship frauds move to a chat at once, where no filter reads
//! along.
//!
//! *Example:* "message me at wa.me/…".
//! *False alarms:* small shops that take orders by chat.

use unhook_model::{LinkKind, LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("chat-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(60),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let is_chat = |link: &&super::LinkStanding| link.link.kind == LinkKind::ChatHandle;
    match scene.links.iter().find(is_chat) {
        Some(found) => Sight::seen(found.link.span, "it moves you to a chat"),
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn chats_are_seen() {
        fires(&SIGNAL, "message https://wa.me/12015550123 today", "https://wa.me/12015550123");
    }

    #[test]
    fn other_links_are_silent() {
        silent(&SIGNAL, "message https://example.com/12015550123 today");
    }
}
