//! It claims to be from a brand, and comes from a private number or an e-mail address.
//!
//! Banks, parcels and offices text from short codes and registered names. A brand in the
//! first words with an ordinary number behind it is a borrowed name. Silent when the sender
//! is known to be the brand's, and when every link is.
//!
//! *Example:* "USPS: your parcel is held", from +63 9…
//! *False alarms:* couriers and branches that text from their own phones.

use unhook_model::{LogOdds, Sender, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("brand-sender-mismatch"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(80),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let private = matches!(scene.message.sender, Some(Sender::Phone(_) | Sender::Email(_)));
    if !private || scene.sender_owner.is_some() || scene.links_to_named_brand() {
        return Sight::Nothing;
    }
    match scene.mentions.iter().find(|mention| scene.is_claim(mention)) {
        Some(mention) => {
            let brand = &scene.knowledge.brand(mention.brand).name;
            Sight::seen(
                mention.span,
                format!("it claims to be {brand}, and comes from a private number or address"),
            )
        }
        None => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use unhook_model::Facts;

    use super::super::testing::look_with;
    use super::{SIGNAL, Sight};

    fn seen(sender: &str, body: &str) -> bool {
        matches!(look_with(&SIGNAL, sender, body, &Facts::default()), Sight::Seen { .. })
    }

    #[test]
    fn private_numbers_and_addresses_are_seen() {
        assert!(seen("+12015550123", "Royal Mail: your parcel is held"));
        assert!(seen("x91@example.com", "Royal Mail: your parcel is held"));
    }

    #[test]
    fn registered_names_and_unknown_senders_are_silent() {
        assert!(!seen("Royal Mail", "Royal Mail: your parcel is held"));
        assert!(!seen("", "Royal Mail: your parcel is held"));
        assert!(!seen(
            "+12015550123",
            "I sent it by post, could you ask at the counter of Royal Mail?"
        ));
        assert!(!seen("+12015550123", "Royal Mail: see https://www.royalmail.com/t"));
    }
}
