//! How the zone is served.

use std::net::{IpAddr, SocketAddr};

use super::key_file::TsigKey;
use super::zone::Zone;
use crate::network::Network;

/// The zone, and who may have it.
#[derive(Clone, Debug)]
pub struct RpzSettings {
    /// What the zone is called, as `rpz.acme.example`.
    pub zone: Zone,
    /// Who may ask and transfer; nobody where none is named.
    pub allow_transfer: Vec<Network>,
    /// Who of them may do so unsigned although there is a key: resolvers that know no TSIG, as
    /// Unbound's.
    pub allow_unsigned: Vec<Network>,
    /// Who is told of changes.
    pub notify: Vec<SocketAddr>,
    /// The key by which both sides sign.
    pub tsig: Option<TsigKey>,
}

impl RpzSettings {
    /// Of a zone that nobody may have yet.
    #[must_use]
    pub const fn new(zone: Zone) -> Self {
        Self {
            zone,
            allow_transfer: Vec::new(),
            allow_unsigned: Vec::new(),
            notify: Vec::new(),
            tsig: None,
        }
    }

    pub(super) fn may_ask(&self, address: IpAddr) -> bool {
        self.allow_transfer.iter().any(|network| network.contains(address))
    }

    /// Whether what goes to and comes from an address is signed.
    pub(super) fn must_sign(&self, address: IpAddr) -> bool {
        let unsigned = self.allow_unsigned.iter().any(|network| network.contains(address));
        self.tsig.is_some() && !unsigned
    }
}
