//! A one-time code, delivered.
//!
//! The commonest business text there is. It asks for nothing but not to be shared.
//!
//! *Example:* "482913 is your verification code".
//! *False alarms:* lures that pretend to deliver a code; they need a link or a number, which other signals see.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("one-time-code"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-120),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    if scene.has_sure_imitation() {
        return Sight::Nothing;
    }
    scene.phrase_sight(Category::OneTimeCode, 2, "it delivers a one-time code")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "482913 is your verification code", "is your verification code");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "The code of honour");
    }
}
