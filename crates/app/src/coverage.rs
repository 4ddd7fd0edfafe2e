//! What those say who cut campaigns off: who follows the zone, how the DNS firewall is, what gateways
//! have.

use unhook_model::Timestamp;

/// A resolver that follows the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follower {
    /// Its address.
    pub address: String,
    /// When it was last seen; never, if it is only to be told of changes.
    pub seen: Option<Timestamp>,
    /// How many changes it is behind; `None` when that is not known.
    pub lag: Option<u64>,
}

/// The zone, and who follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneStatus {
    /// The zone's name.
    pub zone: String,
    /// Its serial.
    pub serial: u32,
    /// Who follows, by address.
    pub followers: Vec<Follower>,
}

/// The DNS firewall, since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResolverStatus {
    /// How many names were looked up.
    pub queries: u64,
    /// How many of them did not resolve because they are blocked.
    pub blocked: u64,
    /// How many passed although nobody could say whether they are blocked.
    pub without_policy: u64,
}

/// A list at somebody's gateway that is kept as what is blocked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayStatus {
    /// What the settings call it.
    pub name: String,
    /// How many blocked names are in it, as far as is known.
    pub items: usize,
    /// How many blocked names have no room in it.
    pub left_out: usize,
    /// How many names the gateway does not take.
    pub refused: usize,
    /// How many entries are in it that are not ours.
    pub foreign: usize,
    /// Since when it is not as it should be, if it is not.
    pub behind_since: Option<Timestamp>,
    /// What went wrong last, if it is not as it should be. Never a secret.
    pub error: Option<String>,
}

/// Whoever can say how far protection reaches.
pub trait Coverage: Send + Sync {
    /// The zone, where there is one.
    fn zone(&self) -> Option<ZoneStatus>;

    /// The DNS firewall, where there is one.
    fn resolver(&self) -> Option<ResolverStatus>;

    /// The gateways that are pushed to.
    fn gateways(&self) -> Vec<GatewayStatus> {
        Vec::new()
    }
}
