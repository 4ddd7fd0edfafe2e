//! Words that hurry the reader: "act now", "within 24 hours", "last reminder".
//!
//! Haste keeps people from looking twice, so nearly every lure has some. It means little
//! alone: bills, deliveries and sales hurry people too. Counted up to three times.
//!
//! *Example:* "FINAL NOTICE: pay within 12 hours".
//! *False alarms:* genuine due dates and sales; the weight is small for that reason.
//! *Source:* Cialdini's scarcity; the incident texts of 2022 ("expires today").

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("urgency"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(25),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::Urgency, 3, "it hurries you")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn haste_is_seen() {
        fires(&SIGNAL, "Act now or lose it", "Act now");
    }

    #[test]
    fn calm_is_silent() {
        silent(&SIGNAL, "The act was now complete in the theatre");
    }
}
