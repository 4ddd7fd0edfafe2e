//! It speaks of a brand, and its link is not the brand's.
//!
//! The heart of most lures: the text says who sent it, the link says otherwise. A brand
//! named within the first words, or in the brackets and colons that senders put before
//! their texts, counts twice. Silent when any link belongs to the brand it names.
//!
//! *Example:* "Royal Mail: a fee is due, see https://parcel-fee.example".
//! *False alarms:* shops that name the courier or the bank they work with.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("brand-link-mismatch"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(70),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    let Some(link) = scene.foreign_link() else { return Sight::Nothing };
    if scene.links_to_named_brand() {
        return Sight::Nothing;
    }
    let Some(mention) = scene.mentions.first() else { return Sight::Nothing };
    let steps = if scene.is_claim(mention) { 2 } else { 1 };
    let brand = &scene.knowledge.brand(mention.brand).name;
    Sight::steps(
        steps,
        link.link.span,
        format!("it speaks of {brand}, and this link is not {brand}'s"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn a_foreign_link_is_seen() {
        fires(
            &SIGNAL,
            "Royal Mail: a fee is due, see https://fee.example.com/x",
            "https://fee.example.com/x",
        );
    }

    #[test]
    fn the_brands_own_link_is_silent() {
        silent(&SIGNAL, "Royal Mail: track it at https://www.royalmail.com/track");
        silent(&SIGNAL, "a fee is due, see https://fee.example.com/x");
    }
}
