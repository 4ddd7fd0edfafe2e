//! A page on a service that publishes anybody's pages for nothing.
//!
//! Hosting that asks neither money nor a name takes most of a lure's cost away, and its own
//! good name passes filters.
//!
//! *Example:* "https://acme-login.pages.dev".
//! *False alarms:* small clubs and shops.
//! *Source:* list in `data/hosts/free-hosting.txt`.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::HostKind;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("free-hosting-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(90),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.host_kind_sight(
        HostKind::FreeHosting,
        "anybody can publish a page there within a minute, for nothing",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn lent_names_are_seen() {
        fires(&SIGNAL, "open https://acme-help.web.app/x", "https://acme-help.web.app/x");
    }

    #[test]
    fn other_names_are_silent() {
        silent(&SIGNAL, "open https://web.example.com/app");
    }
}
