//! A charge or renewal that the reader never ordered, with a number to call.
//!
//! The call leads to a fake support desk and a remote-access tool.
//!
//! *Example:* "your subscription renews today, call to cancel".
//! *False alarms:* genuine renewals.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("subscription-charge"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(110),
    kinds: &[ScamKind::Subscription],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::SubscriptionCharge, 2, "it speaks of a charge you did not order")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Your subscription will auto renew today", "subscription");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "I renew my passport today");
    }
}
