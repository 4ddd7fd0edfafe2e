//! It speaks of a brand, and its link is not the brand's.
//!
//! The heart of most lures: the text says who sent it and why you must act, the link says
//! otherwise. Looked at only where the brand is named as a sender names itself, in the
//! first words or before a colon or bracket; silent when any link belongs to a brand it
//! names. One step for the mismatch, two where it also gives a reason to act.
//!
//! *Example:* "Royal Mail: a fee is due, see https://parcel-fee.example".
//! *False alarms:* brands with more domains than the catalogue knows.

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
    match scene.mentions.iter().find(|mention| scene.is_claim(mention)) {
        Some(claim) => {
            let brand = &scene.knowledge.brand(claim.brand).name;
            Sight::steps(
                1 + u8::from(scene.pretexts() > 0),
                link.link.span,
                format!("it speaks as {brand}, and this link is not {brand}'s"),
            )
        }
        None => Sight::Nothing,
    }
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
