//! A number from a country that neither the brand it claims nor its reader lives in.
//!
//! A toll in Texas is not collected from the Philippines. Looked at only where a brand is
//! claimed or the reader's own number is known.
//!
//! *Example:* "E-ZPass: unpaid toll", from +63 9….
//! *False alarms:* travellers, and firms with a call centre abroad.
//! *Source:* `data/phones/calling-codes.txt` (ITU-T E.164).

use unhook_model::{LogOdds, Sender, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("foreign-sender"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(80),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let Some(Sender::Phone(number)) = &scene.message.sender else { return Sight::Nothing };
    let Some(from) = scene.knowledge.countries_of(number) else { return Sight::Nothing };
    if let Some(mention) = scene.mentions.iter().find(|mention| scene.is_claim(mention)) {
        let brand = scene.knowledge.brand(mention.brand);
        let serves = |country: &str| brand.countries.iter().any(|c| c == country || c == "*");
        if !brand.countries.is_empty() && !from.split(' ').any(serves) {
            let reason = format!(
                "it claims to be {}, and comes from a country that {} does not serve",
                brand.name, brand.name
            );
            return Sight::seen(mention.span, reason);
        }
    }
    let reader =
        scene.message.recipient.as_ref().and_then(|reader| scene.knowledge.countries_of(reader));
    match reader {
        Some(reader) if reader != from => {
            Sight::seen(None, "it comes from a country that is not yours")
        }
        _ => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use unhook_model::{Facts, Message, PhoneNumber};

    use super::super::testing::{ACME, look_with};
    use super::{SIGNAL, Scene, Sender, Sight};

    fn seen(sender: &str, body: &str) -> bool {
        matches!(look_with(&SIGNAL, sender, body, &Facts::default()), Sight::Seen { .. })
    }

    #[test]
    fn a_number_from_elsewhere_is_seen() {
        assert!(seen("+33639980123", "Royal Mail: your parcel is held"));
    }

    #[test]
    fn a_number_from_there_and_names_are_silent() {
        assert!(!seen("+447700900123", "Royal Mail: your parcel is held"));
        assert!(!seen("Royal Mail", "Royal Mail: your parcel is held"));
        assert!(!seen("+33639980123", "see you at six"));
    }

    #[test]
    fn the_readers_own_country_counts() {
        let text = |to: &str| Message {
            sender: Sender::parse("+33639980123"),
            recipient: PhoneNumber::parse(to),
            ..Message::from_body("see you at six")
        };
        let facts = Facts::default();
        let look = |message: &Message| (SIGNAL.look)(&Scene::read(message, &facts, &ACME));
        assert!(look(&text("+12015550123")) != Sight::Nothing);
        assert_eq!(look(&text("+33639980124")), Sight::Nothing);
    }
}
