//! A request to install an app, profile or remote-access tool.
//!
//! Whoever controls the phone reads its codes. The lures of 2022 ended with a remote-access tool.
//!
//! *Example:* "install the app from this link; open AnyDesk".
//! *False alarms:* firms that promote their app, mostly by the store's link.

use unhook_model::{LogOdds, ScamKind, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::Category;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("install-request"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(180),
    kinds: &[ScamKind::Install],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.phrase_sight(Category::InstallRequest, 2, "it asks you to install something")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn fires_on_its_words() {
        fires(&SIGNAL, "Please install AnyDesk now and read me the number", "AnyDesk");
    }

    #[test]
    fn near_misses_are_silent() {
        silent(&SIGNAL, "The plumber will install the sink");
    }
}
