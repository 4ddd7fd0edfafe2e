//! An appointment, booking or table.
//!
//! Clinics, schools and restaurants remind people of what they booked.
//!
//! *Example:* "your appointment is tomorrow at ten".
//! *False alarms:* lures about missed court dates; threats show them.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("appointment-notice"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(-80),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    if scene.has_sure_imitation() {
        return Sight::Nothing;
    }
    scene.phrase_sight(Category::AppointmentNotice, 2, "it reminds of an appointment")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Appointment reminder: dentist, ten o clock", "Appointment reminder");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "They were disappointed by the ministers");
    }
}
