//! A warning about scams.
//!
//! Banks and governments explain what they never ask. A lure may do so too, so it counts only where the
//! text has no link that nobody known vouches for.
//!
//! *Example:* "we will never ask for your password".
//! *False alarms:* none that matter: with a foreign link it is silent.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("scam-warning"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-100),
    kinds: &[],
    look,
};

/// More of it than this says no more.
const MOST: u8 = 2;

const REASON: &str = "it warns of scams";

fn look(scene: &Scene<'_>) -> Sight {
    match scene.count(Category::ScamWarning) {
        Some((span, count)) if scene.foreign_link().is_none() => {
            Sight::steps(count.min(MOST), span, REASON)
        }
        _ => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "We will never ask for your password", "will never ask");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "We will never ask for your password https://evil.example.com/x");
    }
}
