//! The employer's voice: schedule, password, payroll, policy, benefits, help desk.
//!
//! The texts of 2022 said that a schedule had changed or a password had expired. Silent when every
//! link is the organization's own or its vendors', which is how genuine notices look.
//!
//! *Example:* "your schedule has changed, tap the link".
//! *False alarms:* genuine notices of an employer who is not configured.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("workplace-lure"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(120),
    kinds: &[ScamKind::Workplace],
    look,
};

/// More of it than this says no more.
const MOST: u8 = 2;

const REASON: &str = "it speaks as your employer, and nothing in it is your employer's own";

fn look(scene: &Scene<'_>) -> Sight {
    let ours = scene.links.iter().any(|link| link.owner.is_some());
    let asks = scene.foreign_link().is_some()
        || scene.has(Category::CallBack)
        || scene.has(Category::ReplyHook);
    match scene.count(Category::Workplace) {
        Some((span, count)) if asks && !ours => Sight::steps(count.min(MOST), span, REASON),
        _ => Sight::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(
            &SIGNAL,
            "Notice: your schedule has changed, tap https://x.example.com",
            "your schedule has changed",
        );
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "ALERT your schedule has changed https://acme.example/s");
    }
}
