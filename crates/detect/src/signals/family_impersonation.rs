//! A relative whose phone broke and who writes from a new number.
//!
//! The next text asks for money to be sent at once. It needs no link, so filters of links miss it.
//!
//! *Example:* "Hi mum, my phone broke, this is my new number".
//! *False alarms:* children whose phone broke; they can be called.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("family-impersonation"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(200),
    kinds: &[ScamKind::Family],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(
        Category::FamilyImpersonation,
        3,
        "it claims to be a relative with a new number",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Hi mum, I dropped my phone in the sink", "Hi mum");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "Mum says hi to everybody");
    }
}
