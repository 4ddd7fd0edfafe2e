//! A demand to pay: a small fee, an open balance, gift cards, a transfer.
//!
//! The sum is small so that nobody hesitates; the card number is the prize.
//!
//! *Example:* "pay the redelivery fee of 1.99".
//! *False alarms:* genuine bills, mostly with the firm's own link.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("payment-request"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(60),
    kinds: &[ScamKind::Payment],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::PaymentRequest, 2, "it asks you to pay")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "There is a customs fee on your item", "customs fee");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "My customs declaration is done");
    }
}
