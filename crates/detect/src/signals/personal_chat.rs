//! Words of people who know each other.
//!
//! Family and friends write without links, in lower case, about nothing. Not counted with a foreign
//! link.
//!
//! *Example:* "on my way, see you soon".
//! *False alarms:* lures that open like a friend; they have signals of their own.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("personal-chat"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-70),
    kinds: &[],
    look,
};

/// More of it than this says no more.
const MOST: u8 = 3;

const REASON: &str = "it reads like talk between people who know each other";

/// Strangers who open like a friend have signals of their own.
const STRANGERS: [Category; 3] =
    [Category::WrongNumber, Category::JobOffer, Category::FamilyImpersonation];

fn look(scene: &Scene<'_>) -> Sight {
    let strange = STRANGERS.iter().any(|category| scene.has(*category));
    match scene.count(Category::PersonalChat) {
        Some((span, count)) if !strange && scene.foreign_link().is_none() => {
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
        fires(&SIGNAL, "On my way, see you soon", "On my way");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "Sorry, is this Anna? On my way, see you soon");
        silent(&SIGNAL, "Way to go");
    }
}
