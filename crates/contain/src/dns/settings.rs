//! What the resolver is told when it starts.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::answer::Denial;
use super::limiter::{BURST, RATE};
use crate::Network;

/// Answers that are remembered, in bytes: those of some hundred thousand names.
pub const CACHE_BYTES: usize = 64 << 20;

/// How long one upstream has for an answer, until another is asked.
pub const ATTEMPT: Duration = Duration::from_millis(1_200);

/// How long a client waits at most. Those that come with systems ask again after five seconds.
pub const PATIENCE: Duration = Duration::from_millis(4_800);

/// How long a client waits when there is an old answer (RFC 8767, section 5).
pub const STALE_PATIENCE: Duration = Duration::from_millis(1_800);

/// How long a connection may be silent (RFC 7766, section 6.2.3, says a few seconds).
pub const IDLE: Duration = Duration::from_secs(10);

/// How long a message may take to come in or to be taken, once it has begun.
pub const MESSAGE_TIME: Duration = Duration::from_secs(5);

/// The most connections at once. Each is a buffer or two.
pub const MOST_CONNECTIONS: usize = 1_024;

/// The most of one address: an office behind one has some tens.
pub const MOST_OF_ONE: usize = 64;

/// The port of DNS, and of DNS over TLS.
const PORT: u16 = 53;
const TLS_PORT: u16 = 853;

/// A server that knows, or asks on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Where it is.
    pub address: SocketAddr,
    /// The name in its certificate, when it is asked over TLS.
    pub tls_name: Option<String>,
}

/// A zone that other upstreams know than the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name, in lower case and without a dot at its end. All below it is of it, too.
    pub name: String,
    /// Who is asked, the first first.
    pub upstreams: Vec<Upstream>,
}

/// All that the resolver is told.
#[derive(Clone)]
pub struct DnsSettings {
    /// Who is answered besides this machine itself. Devices that have a token are wherever they are.
    pub networks: Vec<Network>,
    /// Who is asked, the first first.
    pub upstreams: Vec<Upstream>,
    /// Zones that others are asked for.
    pub zones: Vec<Zone>,
    /// What is said of a name that does not resolve.
    pub denial: Denial,
    /// Whom upstreams over TLS are trusted by; the roots of Mozilla where it is not said.
    pub upstream_tls: Option<Arc<rustls::ClientConfig>>,
    /// Bounds, which tests make small.
    pub bounds: DnsBounds,
}

/// What bounds the work and the memory.
#[derive(Clone, Copy, Debug)]
pub struct DnsBounds {
    /// [`CACHE_BYTES`].
    pub cache_bytes: usize,
    /// [`ATTEMPT`].
    pub attempt: Duration,
    /// [`PATIENCE`].
    pub patience: Duration,
    /// [`STALE_PATIENCE`].
    pub stale_patience: Duration,
    /// [`IDLE`].
    pub idle: Duration,
    /// [`MESSAGE_TIME`].
    pub message_time: Duration,
    /// [`MOST_CONNECTIONS`].
    pub most_connections: usize,
    /// [`MOST_OF_ONE`].
    pub most_of_one: usize,
    /// [`RATE`].
    pub rate: u32,
    /// [`BURST`].
    pub burst: u32,
}

impl Default for DnsBounds {
    fn default() -> Self {
        Self {
            cache_bytes: CACHE_BYTES,
            attempt: ATTEMPT,
            patience: PATIENCE,
            stale_patience: STALE_PATIENCE,
            idle: IDLE,
            message_time: MESSAGE_TIME,
            most_connections: MOST_CONNECTIONS,
            most_of_one: MOST_OF_ONE,
            rate: RATE,
            burst: BURST,
        }
    }
}

impl DnsSettings {
    /// That asks these upstreams, for this machine alone.
    #[must_use]
    pub fn new(upstreams: Vec<Upstream>) -> Self {
        Self {
            networks: Vec::new(),
            upstreams,
            zones: Vec::new(),
            denial: Denial::default(),
            upstream_tls: None,
            bounds: DnsBounds::default(),
        }
    }

    /// Whether somebody at this address is answered.
    #[must_use]
    pub fn answers(&self, address: IpAddr) -> bool {
        let is_own = address.to_canonical().is_loopback();
        is_own || self.networks.iter().any(|network| network.contains(address))
    }
}

/// An upstream that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no upstream; write an address, with a port if it is not 53 (192.0.2.53:5353), or for \
     TLS also the name in its certificate (tls://192.0.2.53#dns.example)"
)]
pub struct UpstreamError(String);

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(text: &str) -> Result<Self, UpstreamError> {
        let error = || UpstreamError(text.to_owned());
        let (address, tls_name) = match text.strip_prefix("tls://") {
            None => (text, None),
            Some(rest) => {
                let (address, name) = rest.split_once('#').ok_or_else(error)?;
                rustls::pki_types::ServerName::try_from(name).map_err(|_| error())?;
                (address, Some(name.to_owned()))
            }
        };
        let port = if tls_name.is_some() { TLS_PORT } else { PORT };
        let alone = || address.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, port));
        let address = address.parse().or_else(|_| alone()).map_err(|_| error())?;
        Ok(Self { address, tls_name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_are_read() {
        for (text, address, tls_name) in [
            ("192.0.2.53", "192.0.2.53:53", None),
            ("192.0.2.53:5353", "192.0.2.53:5353", None),
            ("2001:db8::1", "[2001:db8::1]:53", None),
            ("[2001:db8::1]:5353", "[2001:db8::1]:5353", None),
            ("tls://192.0.2.53#dns.example", "192.0.2.53:853", Some("dns.example")),
            ("tls://192.0.2.53:8853#dns.example", "192.0.2.53:8853", Some("dns.example")),
        ] {
            let upstream: Upstream = text.parse().unwrap();
            assert_eq!(upstream.address.to_string(), address);
            assert_eq!(upstream.tls_name.as_deref(), tls_name);
        }
        for text in ["", "dns.example", "tls://192.0.2.53", "tls://192.0.2.53#", "192.0.2.53:x"] {
            assert!(text.parse::<Upstream>().is_err(), "{text}");
        }
    }

    #[test]
    fn this_machine_and_its_networks_are_answered() {
        let mut settings = DnsSettings::new(Vec::new());
        let answers = |settings: &DnsSettings, text: &str| settings.answers(text.parse().unwrap());
        assert!(answers(&settings, "127.0.0.1") && answers(&settings, "::1"));
        assert!(!answers(&settings, "10.0.0.1"));
        settings.networks.push("10.0.0.0/8".parse().unwrap());
        assert!(answers(&settings, "10.0.0.1") && answers(&settings, "::ffff:10.0.0.1"));
        assert!(!answers(&settings, "192.0.2.1"));
    }
}
