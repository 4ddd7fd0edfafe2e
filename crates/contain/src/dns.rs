//! A resolver that answers for the organization, and does not find the names that are blocked.
//!
//! It forwards what it may to the upstreams that the organization uses anyway, remembers what they
//! say, and asks the [`Gate`](unhook_app::resolving::Gate) about every name on its way: the one
//! that was asked for, and those which it is another name for. It looks nothing up at the roots,
//! and checks no signatures: whoever wants that has an upstream that does, and is given what it said.
//!
//! [`consider`] and [`Kept::read`] are what strangers' bytes pass, with no socket near: requests
//! there, answers of upstreams here. Around them are the cache, the forwarder, and the ways in.

mod answer;
mod asking;
mod cache;
mod consider;
mod core;
mod devices;
mod forward;
mod https;
mod kept;
mod limiter;
mod name;
mod profile;
mod request;
mod seen;
mod server;
mod settings;
mod status;
mod stream;
mod telling;
mod udp;

pub use answer::{BLOCKED_TTL, Denial, DeniedAs, Page};
pub use cache::{RETRY_AFTER, STALE_FOR};
pub use consider::{Ruling, Step, consider};
pub use devices::Devices;
pub use forward::{MOST_FLIGHTS, MOST_SHARING};
pub use https::LARGEST_BODY;
pub use kept::{Kept, LONGEST_CHAIN, MOST_NEGATIVE_TTL, MOST_RECORDS, MOST_TTL, Sent, Unusable};
pub use limiter::{BURST, RATE};
pub use name::AskedName;
pub use profile::{DeviceDns, android_private_dns, ios_profile};
pub use request::{Edns, LARGEST_DATAGRAM, Request, Unfit, query};
pub use seen::{MOST_TOLD, NEW_FOR, TOLD_FOR};
pub use server::DnsFirewall;
pub use settings::{
    ATTEMPT, CACHE_BYTES, DnsBounds, DnsSettings, IDLE, MESSAGE_TIME, MOST_CONNECTIONS,
    MOST_OF_ONE, PATIENCE, STALE_PATIENCE, Upstream, UpstreamError, Zone,
};
pub use status::{DnsStatus, Dropped, UpstreamStatus};
pub use stream::MOST_PIPELINED;
pub use telling::MOST_WAITING as MOST_UNTOLD;
pub use udp::{MOST_WAITING, bind_udp};

#[cfg(test)]
mod tests;
