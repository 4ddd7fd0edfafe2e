//! What is blocked as a Response Policy Zone, for those who keep their resolver: a small
//! authoritative primary for this one zone, from which Unbound, BIND, PowerDNS and others transfer.
//!
//! For each name there are two records below the zone, it and `*.` before it, `CNAME .`: neither it
//! nor anything below it exists any more. A change is told at once (NOTIFY, RFC 1996) and fetched as
//! a difference (IXFR, RFC 1995); who is too far behind gets the whole (AXFR, RFC 5936), a message
//! at a time. It answers nobody but the networks that are named, signed (TSIG, RFC 8945) where
//! there is a key, and nothing but this zone: it resolves nothing for anybody.
//!
//! Start at [`Primary`], which says what a request is answered without a socket or a wait, so that
//! it can be tried with any bytes. [`Rpz`] is the sockets below it, bounded in all that costs.

mod key_file;
mod notify;
mod primary;
mod serials;
mod server;
mod settings;
mod subscribers;
mod transfer;
mod zone;
mod zone_file;

pub use key_file::{KeyFileError, TsigKey};
pub use primary::{Outcome, Primary, Transport, signed_at};
pub use serials::SPACING;
pub use server::{IDLE_TIME, LARGEST_REQUEST, MOST_CONNECTIONS, Rpz, TRANSFER_TIME, WRITE_TIME};
pub use settings::RpzSettings;
pub use subscribers::{How, MOST_SUBSCRIBERS, RpzStatus, Subscriber};
pub use transfer::Transfer;
pub use zone::{TTL, Zone, ZoneError};
pub use zone_file::write_zone_file;
