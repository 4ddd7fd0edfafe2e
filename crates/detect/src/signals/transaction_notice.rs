//! A payment, transfer or balance, reported.
//!
//! Banks report what happened, with figures and without a request.
//!
//! *Example:* "debited from a/c ending 1234, avl bal".
//! *False alarms:* lures that begin like one; they end with a link or a number.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("transaction-notice"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-90),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    if scene.has_sure_imitation() {
        return Sight::Nothing;
    }
    scene.phrase_sight(Category::TransactionNotice, 3, "it reports a payment as banks do")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Your card ending 1234 was used", "card ending 1234 was used");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "The balance of nature");
    }
}
