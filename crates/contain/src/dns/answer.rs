//! Answers, written byte by byte: a header, the question as it was put, at most one record of our
//! own or the records that upstream gave, and EDNS for those who speak it.
//!
//! The question is copied as it came, so that a client which mixes capitals into names to know
//! its answers again (0x20) finds them.

use std::net::{Ipv4Addr, Ipv6Addr};

use domain::base::iana::{OptRcode, Rcode, Rtype};
use domain::base::{Message, MessageBuilder};

use super::kept::Kept;
use super::request::{HEADER, LARGEST_DATAGRAM, Request};

/// How long others may remember that a name is blocked, in seconds. An undo is quick, and so is a
/// look-up.
pub const BLOCKED_TTL: u32 = 10;

/// How long an answer is remembered that was too old (RFC 8767, section 4), in seconds.
const STALE_TTL: u32 = 30;

/// How long others may remember that nobody is told everything (RFC 8482), in seconds.
const ANY_TTL: u32 = 3_600;

/// Codes of extended errors (RFC 8914, section 4).
const STALE: u16 = 3;
const BLOCKED: u16 = 15;
const CENSORED: u16 = 16;
const FILTERED: u16 = 17;
const NO_REACHABLE_AUTHORITY: u16 = 22;

/// What is said of a name that does not resolve, and of one that does not for now.
const BLOCKED_TEXT: &str = "blocked by your organization: reported as phishing";
const HELD_TEXT: &str = "held back by your organization: new, and looks like a name of its own";

/// Bits of a header's flags: an answer, what is asked for, what there is, and what was checked.
const QR: u16 = 0x8000;
const TC: u16 = 0x0200;
const RD: u16 = 0x0100;
const RA: u16 = 0x0080;
const AD: u16 = 0x0020;
const CD: u16 = 0x0010;

/// A name that begins where the question's does.
const THE_QUESTION: u16 = 0xc000 | HEADER as u16;

/// In whose name it is said that a name does not resolve (RFC 8914, section 4.16 to 4.18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeniedAs {
    /// By decision of who runs the resolver: 15.
    #[default]
    Blocked,
    /// By an order from outside: 16.
    Censored,
    /// As who asks wished it: 17.
    Filtered,
}

/// What is answered for a name that does not resolve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Denial {
    /// In whose name.
    pub denied_as: DeniedAs,
    /// The page that warns. Without an address of either family there is no such name.
    pub page: Option<Page>,
}

/// Where the page is that warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// By IPv4.
    pub v4: Option<Ipv4Addr>,
    /// By IPv6.
    pub v6: Option<Ipv6Addr>,
}

/// An extended error: its code and words.
#[derive(Clone, Copy, Debug)]
struct Extended(u16, &'static str);

/// How old what is remembered has become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// So many seconds.
    Fresh(u32),
    /// It would be asked for again, if anybody answered.
    Stale,
}

/// Says that a name does not resolve; `start` is where in its text the blocked one begins.
pub(super) fn deny(
    request: &Request,
    bytes: &[u8],
    start: usize,
    is_held: bool,
    denial: Denial,
    out: &mut Vec<u8>,
) {
    let code = match denial.denied_as {
        DeniedAs::Blocked => BLOCKED,
        DeniedAs::Censored => CENSORED,
        DeniedAs::Filtered => FILTERED,
    };
    let extended =
        if is_held { Extended(BLOCKED, HELD_TEXT) } else { Extended(code, BLOCKED_TEXT) };
    let (rcode, address) = match denial.page {
        None => (Rcode::NXDOMAIN, None),
        Some(page) => (Rcode::NOERROR, page.octets(request.rtype)),
    };
    let (answers, authorities) = if address.is_some() { (1, 0) } else { (0, 1) };
    head(request, bytes, rcode, 0, [answers, authorities], out);
    if let Some((octets, length)) = address {
        record(THE_QUESTION, request.rtype, BLOCKED_TTL, &octets[..length], out);
    } else {
        let before = request.name.wire().len() - request.name.wire_from(start).len();
        record(THE_QUESTION + before as u16, Rtype::SOA, BLOCKED_TTL, &soa(), out);
    }
    edns(request, Some(extended), out);
}

impl Page {
    fn octets(self, rtype: Rtype) -> Option<([u8; 16], usize)> {
        let mut octets = [0; 16];
        match rtype {
            Rtype::A => octets[..4].copy_from_slice(&self.v4?.octets()),
            Rtype::AAAA => octets = self.v6?.octets(),
            _ => return None,
        }
        Some((octets, if rtype == Rtype::A { 4 } else { 16 }))
    }
}

/// The start of authority that others take from how long there is no such name (RFC 2308, section
/// 5): `localhost.`, `nobody.invalid.`, and times.
fn soa() -> Vec<u8> {
    let mut soa = Vec::with_capacity(48);
    soa.extend_from_slice(b"\x09localhost\0\x06nobody\x07invalid\0");
    for number in [1, 3_600, 1_200, 604_800, BLOCKED_TTL] {
        soa.extend_from_slice(&number.to_be_bytes());
    }
    soa
}

/// Answers a question for everything with as little as there may be (RFC 8482, section 4.2).
pub(super) fn minimal_any(request: &Request, bytes: &[u8], out: &mut Vec<u8>) {
    head(request, bytes, Rcode::NOERROR, 0, [1, 0], out);
    record(THE_QUESTION, Rtype::HINFO, ANY_TTL, b"\x07RFC8482\0", out);
    edns(request, None, out);
}

/// Says that nobody knows; `extended` is what upstream said of it.
pub(super) fn fail(request: &Request, bytes: &[u8], extended: Option<u16>, out: &mut Vec<u8>) {
    head(request, bytes, Rcode::SERVFAIL, 0, [0, 0], out);
    edns(request, Some(Extended(extended.unwrap_or(NO_REACHABLE_AUTHORITY), "")), out);
}

/// Says: ask again by TCP.
pub(super) fn truncate(request: &Request, bytes: &[u8], out: &mut Vec<u8>) {
    head(request, bytes, Rcode::NOERROR, TC, [0, 0], out);
    edns(request, None, out);
}

/// What upstream answered, as this client asked for it, if that is no larger than `limit`;
/// otherwise what says that there is more, and `false`.
pub(super) fn pass_on(
    kept: &Kept,
    age: Age,
    request: &Request,
    bytes: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> bool {
    let more_to_come = if request.edns.is_some() { OPT + 6 } else { 0 };
    if kept.wire.len() + more_to_come > limit {
        truncate(request, bytes, out);
        return false;
    }
    let checked = request.wants_dnssec() || request.authentic_data;
    let flags = if kept.is_authentic && checked { AD } else { 0 };
    head(request, bytes, kept.rcode, flags, [kept.answers, kept.authorities], out);
    out[10..HEADER].copy_from_slice(&kept.additionals.to_be_bytes());
    let records = HEADER + request.question_length();
    out.extend_from_slice(&kept.wire[records..]);
    for place in &kept.ttls {
        let place = usize::from(*place);
        let bytes = &mut out[place..place + 4];
        let then = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let now = match age {
            Age::Fresh(seconds) => then.saturating_sub(seconds),
            Age::Stale => STALE_TTL,
        };
        bytes.copy_from_slice(&now.to_be_bytes());
    }
    let extended = match age {
        Age::Stale => Some(Extended(STALE, "")),
        Age::Fresh(_) => kept.extended.map(|code| Extended(code, "")),
    };
    edns(request, extended, out);
    true
}

/// The bytes of an OPT without options.
const OPT: usize = 11;

/// The header and the question.
fn head(
    request: &Request,
    bytes: &[u8],
    rcode: Rcode,
    flags: u16,
    [answers, authorities]: [u16; 2],
    out: &mut Vec<u8>,
) {
    out.clear();
    let mut flags = QR | RA | flags | u16::from(rcode.to_int());
    if request.wants_recursion {
        flags |= RD;
    }
    if request.checking_disabled {
        flags |= CD;
    }
    for number in [request.id, flags, 1, answers, authorities, 0] {
        out.extend_from_slice(&number.to_be_bytes());
    }
    out.extend_from_slice(request.question(bytes));
}

/// A record of the Internet class.
fn record(owner: u16, rtype: Rtype, ttl: u32, data: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&owner.to_be_bytes());
    out.extend_from_slice(&rtype.to_int().to_be_bytes());
    out.extend_from_slice(&1_u16.to_be_bytes());
    out.extend_from_slice(&ttl.to_be_bytes());
    out.extend_from_slice(&(data.len() as u16).to_be_bytes());
    out.extend_from_slice(data);
}

/// One more record, for who speaks EDNS.
fn edns(request: &Request, extended: Option<Extended>, out: &mut Vec<u8>) {
    let Some(edns) = request.edns else { return };
    let more = u16::from_be_bytes([out[10], out[11]]) + 1;
    out[10..HEADER].copy_from_slice(&more.to_be_bytes());
    let text = extended.map_or("", |Extended(_, text)| text).as_bytes();
    let length = if extended.is_some() { 6 + text.len() } else { 0 };
    out.push(0);
    out.extend_from_slice(&Rtype::OPT.to_int().to_be_bytes());
    out.extend_from_slice(&LARGEST_DATAGRAM.to_be_bytes());
    out.extend_from_slice(&[0, 0, if edns.wants_dnssec { 0x80 } else { 0 }, 0]);
    out.extend_from_slice(&(length as u16).to_be_bytes());
    if let Some(Extended(code, text)) = extended {
        const OPTION: u16 = 15;
        out.extend_from_slice(&OPTION.to_be_bytes());
        out.extend_from_slice(&((text.len() + 2) as u16).to_be_bytes());
        out.extend_from_slice(&code.to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    }
}

/// Refuses what is no question that is looked up.
pub(super) fn refuse(bytes: &[u8], rcode: OptRcode, out: &mut Vec<u8>) {
    out.clear();
    let Ok(message) = Message::from_slice(bytes) else { return };
    let mut builder = MessageBuilder::new_vec().start_error(message, rcode.rcode());
    builder.header_mut().set_ra(true);
    let mut builder = builder.additional();
    if message.opt().is_some() {
        let told = builder.opt(|opt| {
            opt.set_udp_payload_size(LARGEST_DATAGRAM);
            opt.set_rcode(rcode);
            Ok(())
        });
        told.expect("a question and an OPT fit anywhere");
    }
    *out = builder.finish();
}
