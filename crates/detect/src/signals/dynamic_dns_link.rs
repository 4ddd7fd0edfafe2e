//! A name that follows a changing address.
//!
//! Dynamic DNS gives anybody a name for a machine at home within a minute, without paying or
//! saying who they are.
//!
//! *Example:* "http://parcel.duckdns.org".
//! *False alarms:* people who run a server at home.
//! *Source:* list in `data/hosts/dynamic-dns.txt`.

use unhook_model::{LogOdds, SignalId};

use super::{Scene, Sight, Signal, Stage};
use crate::knowledge::HostKind;

pub(super) static SIGNAL: Signal = Signal {
    id: SignalId::new("dynamic-dns-link"),
    stage: Stage::Stable,
    weight: LogOdds::from_hundredths(120),
    kinds: &[],
    look,
};

fn look(scene: &Scene<'_>) -> Sight {
    scene.host_kind_sight(
        HostKind::DynamicDns,
        "its name is lent to anybody, for a machine whose address changes",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, silent};
    use super::SIGNAL;

    #[test]
    fn lent_names_are_seen() {
        fires(&SIGNAL, "open https://parcel.duckdns.org/x", "https://parcel.duckdns.org/x");
    }

    #[test]
    fn other_names_are_silent() {
        silent(&SIGNAL, "open https://duck.example.com/x");
    }
}
