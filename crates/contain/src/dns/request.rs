//! A request, read from bytes that anybody may have sent.
//!
//! What is no query at all gets no answer, above all what calls itself an answer: two servers that
//! answer each other's answers never end. What is a query of a kind that nobody needs gets the
//! code that says so.

use std::str::FromStr as _;

use domain::base::iana::{Class, Opcode, Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Name, Question};

use super::name::AskedName;
use super::status::Dropped;

/// The bytes of a header (RFC 1035, section 4.1.1).
pub(super) const HEADER: usize = 12;

/// The most records that may come along with a question: an OPT, a signature, and room.
const MOST_RECORDS: u16 = 4;

/// Where somebody who speaks no EDNS stops reading a datagram (RFC 1035, section 2.3.4).
const PLAIN_DATAGRAM: u16 = 512;

/// The largest datagram that is sent, so that none is cut into fragments on its way (DNS Flag Day
/// 2020).
pub const LARGEST_DATAGRAM: u16 = 1_232;

/// What a client says of itself by EDNS (RFC 6891).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edns {
    /// The largest datagram that it takes.
    pub datagram: u16,
    /// Whether it wants signatures.
    pub wants_dnssec: bool,
}

/// A question, and how it was put.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it is called by who asked.
    pub id: u16,
    /// What it asks for.
    pub name: AskedName,
    /// Of which kind.
    pub rtype: Rtype,
    /// Whether an upstream may look further, which is echoed.
    pub wants_recursion: bool,
    /// Whether signatures are not to be checked upstream.
    pub checking_disabled: bool,
    /// Whether it understands the bit that says they were (RFC 6840, section 5.7).
    pub authentic_data: bool,
    /// EDNS, if it speaks that.
    pub edns: Option<Edns>,
}

/// Why a request is no question that could be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It gets no answer.
    Drop(Dropped),
    /// It gets this code.
    Refuse(Rcode),
    /// It speaks a version of EDNS that nobody knows yet.
    BadVersion,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// When it is none, or one that is not looked up.
    pub fn read(bytes: &[u8]) -> Result<Self, Unfit> {
        let message = Message::from_slice(bytes).map_err(|_| Unfit::Drop(Dropped::Malformed))?;
        let header = message.header();
        if header.qr() {
            return Err(Unfit::Drop(Dropped::Answer));
        }
        if header.opcode() != Opcode::QUERY {
            return Err(Unfit::Refuse(Rcode::NOTIMP));
        }
        let counts = message.header_counts();
        if counts.qdcount() != 1 || counts.ancount() != 0 || counts.nscount() != 0 {
            return Err(Unfit::Refuse(Rcode::FORMERR));
        }
        if counts.arcount() > MOST_RECORDS || header.tc() {
            return Err(Unfit::Refuse(Rcode::FORMERR));
        }
        let question = message.sole_question().map_err(|_| Unfit::Refuse(Rcode::FORMERR))?;
        let name = AskedName::new(question.qname());
        // There is no name before it that it could point to, only a header.
        let written = bytes.get(HEADER..HEADER + name.wire().len()).unwrap_or(&[]);
        if !written.eq_ignore_ascii_case(name.wire()) {
            return Err(Unfit::Refuse(Rcode::FORMERR));
        }
        let edns = edns(message)?;
        if question.qclass() != Class::IN || is_of_a_zone(question.qtype()) {
            return Err(Unfit::Refuse(Rcode::REFUSED));
        }
        Ok(Self {
            id: header.id(),
            name,
            rtype: question.qtype(),
            wants_recursion: header.rd(),
            checking_disabled: header.cd(),
            authentic_data: header.ad(),
            edns,
        })
    }

    /// How large an answer by a datagram may be.
    #[must_use]
    pub fn datagram(&self) -> u16 {
        self.edns
            .map_or(PLAIN_DATAGRAM, |edns| edns.datagram.clamp(PLAIN_DATAGRAM, LARGEST_DATAGRAM))
    }

    /// Whether it asks for signatures.
    #[must_use]
    pub fn wants_dnssec(&self) -> bool {
        self.edns.is_some_and(|edns| edns.wants_dnssec)
    }

    /// The bytes of its question.
    pub(super) fn question_length(&self) -> usize {
        self.name.wire().len() + 4
    }

    /// Its question as it was put, in the bytes that it was read from.
    pub(super) fn question<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[HEADER..HEADER + self.question_length()]
    }
}

/// Kinds that are about a whole zone, or no data at all.
fn is_of_a_zone(rtype: Rtype) -> bool {
    matches!(rtype, Rtype::AXFR | Rtype::IXFR | Rtype::MAILA | Rtype::MAILB | Rtype::OPT)
}

/// The EDNS of a request; there may be one record of it, for the root.
fn edns(message: &Message<[u8]>) -> Result<Option<Edns>, Unfit> {
    let malformed = |_| Unfit::Refuse(Rcode::FORMERR);
    let mut found = None;
    for record in message.additional().map_err(malformed)? {
        let record = record.map_err(malformed)?;
        if record.rtype() != Rtype::OPT {
            continue;
        }
        if found.is_some() || !record.owner().is_root() {
            return Err(Unfit::Refuse(Rcode::FORMERR));
        }
        // Its class is a size, its time to live a version and flags (RFC 6891, section 6.1.3).
        let [_, version, flags, _] = record.ttl().as_secs().to_be_bytes();
        if version != 0 {
            return Err(Unfit::BadVersion);
        }
        let datagram = record.class().to_int();
        found = Some(Edns { datagram, wants_dnssec: flags & 0x80 != 0 });
    }
    Ok(found)
}

/// A question as it is sent on, for tests and benchmarks.
#[must_use]
pub fn query(id: u16, name: &str, rtype: Rtype, edns: Option<Edns>) -> Option<Vec<u8>> {
    let name = Name::<Vec<u8>>::from_str(name).ok()?;
    let mut builder = MessageBuilder::new_vec();
    builder.header_mut().set_id(id);
    builder.header_mut().set_rd(true);
    let mut builder = builder.question();
    builder.push(Question::new_in(name, rtype)).ok()?;
    let mut builder = builder.additional();
    if let Some(edns) = edns {
        let told = builder.opt(|opt| {
            opt.set_udp_payload_size(edns.datagram);
            opt.set_dnssec_ok(edns.wants_dnssec);
            Ok(())
        });
        told.ok()?;
    }
    Some(builder.finish())
}
