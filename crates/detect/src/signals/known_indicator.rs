//! A link or sender that is known to be hostile.
//!
//! What an analyst has ruled, what a peer has shared, what an earlier campaign used.
//!
//! *Example:* a second text of a campaign that is known already.
//! *False alarms:* an indicator that should have expired.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("known-indicator"),
    stage: Stage::Preview,
    weight: LogOdds::from_hundredths(400),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let known = |value: &str| scene.knowledge.is_indicator(value);
    if let Some((link, _)) = scene.hosts().find(|(_, host)| known(host.as_str())) {
        return Sight::seen(link.link.span, "it leads to a name known to be hostile");
    }
    match &scene.message.sender {
        Some(sender) if known(&sender.as_text().to_lowercase()) => {
            Sight::seen(None, "its sender is known to be hostile")
        }
        _ => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use unhook_model::{Facts, Message, Sender};

    use super::super::testing::silent;
    use super::{SIGNAL, Scene, Sight};
    use crate::Knowledge;

    #[test]
    fn indicators_are_seen_in_links_and_senders() {
        let knowledge = Knowledge::builtin().with_indicators(["evil.example.net", "+12015550123"]);
        let facts = Facts::default();
        let look = |sender: &str, body: &str| {
            let message = Message { sender: Sender::parse(sender), ..Message::from_body(body) };
            (SIGNAL.look)(&Scene::read(&message, &facts, &knowledge))
        };
        assert!(look("", "see https://evil.example.net/x") != Sight::Nothing);
        assert!(look("+1 201 555 0123", "hello") != Sight::Nothing);
        assert_eq!(look("+1 201 555 0124", "see https://good.example.net/x"), Sight::Nothing);
    }

    #[test]
    fn without_indicators_it_is_silent() {
        silent(&SIGNAL, "see https://evil.example.net/x");
    }
}
