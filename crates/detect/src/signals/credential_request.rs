//! A request to sign in, confirm, validate or update details.
//!
//! It is what a phishing page needs: a reason to type a password. Genuine notices say what happened
//! and leave the way to the account to the reader.
//!
//! *Example:* "verify your account".
//! *False alarms:* genuine sign-up confirmations.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("credential-request"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(100),
    kinds: &[ScamKind::Account],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(
        Category::CredentialRequest,
        3,
        "it asks for your sign-in or personal details",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Please verify your account today", "verify your account");
        fires(&SIGNAL, "If you do not verify your account it is closed", "verify your account");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "My account of the trip");
    }
}
