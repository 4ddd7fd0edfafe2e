//! An account, card or payment with a problem.
//!
//! The second commonest pretext: something is locked, limited or was used by a stranger.
//!
//! *Example:* "unusual sign-in, account locked".
//! *False alarms:* genuine alerts, which are as many; their links and words tell them apart.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("account-problem"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(70),
    kinds: &[ScamKind::Account, ScamKind::Bank],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::AccountProblem, 2, "it says that an account has a problem")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Your account has been locked", "account has been locked");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "On no account lock the door");
    }
}
