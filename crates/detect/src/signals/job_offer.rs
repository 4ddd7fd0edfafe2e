//! Work from home, for an hour a day and wonderful pay.
//!
//! The task is to rate, like or order; the victim soon pays to be paid.
//!
//! *Example:* "part time remote job, earn 300 a day".
//! *False alarms:* recruiters, who know one's name and trade.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("job-offer"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(140),
    kinds: &[ScamKind::Job],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::JobOffer, 3, "it offers easy work for good pay")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "We have a part time job for you", "part time job");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "My job is fine");
    }
}
