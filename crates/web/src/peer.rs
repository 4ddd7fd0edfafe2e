//! Who is at the other end: the connection's peer, or who a proxy that is trusted says it is.
//!
//! Anybody can send `X-Forwarded-For`; it is believed only from the configured proxies, and only
//! as far back as each of them in turn is one.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;

use crate::WebError;

/// The address of a connection's other end, as the server puts it into each request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The most hops looked at: a chain of trusted proxies is never that long.
const MOST_HOPS: usize = 16;

/// A range of addresses, as `10.0.0.0/8`, `fd00::/8` or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u32,
}

impl Network {
    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let differing = base.to_bits() ^ address.to_bits();
                differing.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let differing = base.to_bits() ^ address.to_bits();
                differing.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = WebError;

    fn from_str(text: &str) -> Result<Self, WebError> {
        let error = || WebError::Network { text: text.to_owned() };
        let (base, prefix) = match text.split_once('/') {
            Some((base, prefix)) => (base, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().map_err(|_| error())?;
        let widest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| error())?,
            None => widest,
        };
        if prefix > widest {
            return Err(error());
        }
        Ok(Self { base, prefix })
    }
}

/// Who a request comes from, as far as it can be believed; `None` without a connection.
pub(crate) fn client(
    peer: Option<Peer>,
    headers: &HeaderMap,
    trusted: &[Network],
) -> Option<IpAddr> {
    let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
    let mut client = peer?.0.ip().to_canonical();
    for hop in hops(headers).take(MOST_HOPS) {
        if !is_trusted(client) {
            break;
        }
        // What a trusted proxy wrote and is no address leaves the proxy as the client.
        let Some(before) = hop else { break };
        client = before;
    }
    Some(client)
}

/// Whether a request comes from this very machine, through no proxy.
pub(crate) fn is_local(peer: Option<Peer>, headers: &HeaderMap) -> bool {
    let is_forwarded = ["forwarded", FORWARDED_FOR, "x-real-ip", "via"]
        .iter()
        .any(|name| headers.contains_key(*name));
    !is_forwarded && peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
}

/// The addresses that proxies added, the last one first.
fn hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
    lines.into_iter().rev().flat_map(|line| line.to_str().unwrap_or("").rsplit(',').map(address))
}

/// An address as proxies write it, perhaps with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse().ok().or_else(with_port).or_else(bracketed).map(|a: IpAddr| a.to_canonical())
}

/// What counts as one address when requests are counted: a subscriber has 2⁶⁴ of IPv6.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_end_where_they_say() {
        let check = |text, inside: &[&str], outside: &[&str]| {
            for address in inside {
                assert!(network(text).contains(ip(address)), "{text} {address}");
            }
            for address in outside {
                assert!(!network(text).contains(ip(address)), "{text} {address}");
            }
        };
        check("192.0.2.0/25", &["192.0.2.0", "192.0.2.127", "::ffff:192.0.2.1"], &["192.0.2.128"]);
        check("192.0.2.7", &["192.0.2.7"], &["192.0.2.6", "2001:db8::7"]);
        check("0.0.0.0/0", &["203.0.113.9"], &["2001:db8::1"]);
        check("2001:db8::/33", &["2001:db8:7fff::1"], &["2001:db8:8000::1"]);
        check("::/0", &["2001:db8::1"], &["192.0.2.1"]);
    }

    #[test]
    fn what_is_no_network_is_refused_with_what_to_write() {
        for text in ["", "x", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/-1", "192.0.2.0/8/8"] {
            let error = text.parse::<Network>().unwrap_err().to_string();
            assert!(error.contains("such as 10.0.0.0/8"), "{error}");
        }
    }

    #[track_caller]
    fn check(peer: &str, lines: &[&str], trusted: &[&str], expected: &str) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|text| network(text)).collect();
        let peer = Peer(SocketAddr::new(ip(peer), 4711));
        assert_eq!(client(Some(peer), &headers, &trusted), Some(ip(expected)));
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        check("198.51.100.1", &["203.0.113.5"], &[], "198.51.100.1");
        check("198.51.100.1", &["203.0.113.5"], &["192.0.2.0/24"], "198.51.100.1");
        check("192.0.2.1", &["203.0.113.5"], &["192.0.2.0/24"], "203.0.113.5");
        check("192.0.2.1", &[], &["192.0.2.0/24"], "192.0.2.1");
    }

    #[test]
    fn what_a_client_wrote_itself_is_never_reached() {
        let trusted = ["192.0.2.0/24"];
        check("192.0.2.1", &["10.9.9.9, 203.0.113.5"], &trusted, "203.0.113.5");
        check("192.0.2.1", &["10.9.9.9", "203.0.113.5, 192.0.2.2"], &trusted, "203.0.113.5");
        check("192.0.2.1", &["203.0.113.5, rubbish"], &trusted, "192.0.2.1");
    }

    #[test]
    fn ports_and_brackets_are_taken_off() {
        let trusted = ["192.0.2.1"];
        check("192.0.2.1", &["203.0.113.5:1234"], &trusted, "203.0.113.5");
        check("::ffff:192.0.2.1", &["[2001:db8::1]:80"], &trusted, "2001:db8::1");
        check("192.0.2.1", &["[2001:db8::1]"], &trusted, "2001:db8::1");
    }

    #[test]
    fn a_request_that_a_proxy_passed_on_is_not_local() {
        let peer = |text: &str| Some(Peer(SocketAddr::new(ip(text), 1)));
        let mut headers = HeaderMap::new();
        assert!(is_local(peer("127.0.0.1"), &headers));
        assert!(is_local(peer("::1"), &headers));
        assert!(!is_local(peer("192.0.2.1"), &headers));
        assert!(!is_local(None, &headers));
        headers.insert(FORWARDED_FOR, "127.0.0.1".parse().unwrap());
        assert!(!is_local(peer("127.0.0.1"), &headers));
    }

    #[test]
    fn a_household_shares_its_first_half() {
        assert_eq!(household(ip("2001:db8::1")), household(ip("2001:db8::2")));
        assert_ne!(household(ip("2001:db8:0:1::1")), household(ip("2001:db8::1")));
        assert_ne!(household(ip("192.0.2.1")), household(ip("192.0.2.2")));
    }
}
