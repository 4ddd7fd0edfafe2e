//! What those say who cut campaigns off: who follows the zone, how the DNS firewall is, which devices it
//! reaches and what they are set up with, what gateways have.

use std::sync::Arc;

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

/// A resolver that the DNS firewall asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamState {
    /// Where it is.
    pub address: String,
    /// The zone that it is asked for; all that no other is, where there is none.
    pub zone: Option<String>,
    /// Whether it answered when it was asked last.
    pub is_alive: bool,
    /// How many questions were sent to it.
    pub asked: u64,
    /// How many of those it did not answer, or not so that it could be used.
    pub failed: u64,
}

/// The DNS firewall, since it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolverStatus {
    /// How many names were looked up.
    pub queries: u64,
    /// How many of them did not resolve because they are blocked.
    pub blocked: u64,
    /// How many passed although nobody could say whether they are blocked.
    pub without_policy: u64,
    /// Whether the policy failed when it was asked last: what is blocked resolves.
    pub fails_open: bool,
    /// How many did not resolve because they are held.
    pub held: u64,
    /// How many were answered with what was too old, since no upstream answered.
    pub stale: u64,
    /// How many no upstream answered.
    pub failed: u64,
    /// How many got no answer, by reason.
    pub dropped: Vec<(&'static str, u64)>,
    /// How many were told to nobody, since too many came at once.
    pub untold: u64,
    /// Those that it asks.
    pub upstreams: Vec<UpstreamState>,
    /// About how many addresses asked in the last seven days.
    pub addresses: u64,
    /// Devices that are answered wherever they are, where there are some.
    pub devices: Option<DeviceShare>,
}

/// How many of the devices that could ask do. The others ask somewhere else, or are off: they are not
/// covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceShare {
    /// How many have a token.
    pub configured: usize,
    /// How many of them asked in the last seven days.
    pub asked: usize,
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

/// For which device a profile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileKind {
    /// Apple's: a configuration profile.
    Ios,
    /// Android's: the name that its private DNS asks for.
    Android,
}

/// Whoever can say what a device is set up with, so that it asks here wherever it is.
pub trait Devices: Send + Sync {
    /// The devices that have a token, in the order of their names.
    fn names(&self) -> Vec<Arc<str>>;

    /// What one is set up with; `None` when there is no such device. Its token is in it: whoever has it
    /// is the device.
    fn profile(&self, device: &str, kind: ProfileKind) -> Option<Vec<u8>>;
}
