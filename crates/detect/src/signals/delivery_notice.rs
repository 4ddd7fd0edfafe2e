//! A delivery on its way or made.
//!
//! Carriers say where the parcel is and ask for nothing.
//!
//! *Example:* "out for delivery today".
//! *False alarms:* lures that begin like one.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("delivery-notice"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-60),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    if scene.has_sure_imitation() {
        return Sight::Nothing;
    }
    scene.phrase_sight(Category::DeliveryNotice, 2, "it reports a delivery on its way")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Your order is out for delivery", "out for delivery");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "Delivery rooms are full");
    }
}
