//! A parcel that is held, misaddressed or undeliverable.
//!
//! Somebody is always waiting for a parcel. It is the commonest pretext of all.
//!
//! *Example:* "your parcel is held, address incomplete".
//! *False alarms:* genuine missed deliveries, with the carrier's own link.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("delivery-problem"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(90),
    kinds: &[ScamKind::Delivery],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::DeliveryProblem, 2, "it says that a delivery has a problem")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "We were unable to deliver your item", "unable to deliver");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "The parcel came today, thanks");
    }
}
