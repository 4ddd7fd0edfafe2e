//! What an upstream answered, read, held against what it was asked, and made ready to be given
//! to many.
//!
//! An answer is remembered for the question that it was asked for and for nothing else: whatever
//! else a server tells is passed on to who asked, and never becomes the answer to another
//! question. So no upstream says anything of names that it was not asked for.

use domain::base::iana::{Class, Opcode, Rcode, Rtype};
use domain::base::name::ParsedName;
use domain::base::opt::Opt;
use domain::base::rdata::UnknownRecordData;
use domain::base::{Message, ParsedRecord, RecordSection};
use domain::dep::octseq::Parser;
use domain::rdata::{Cname, Soa};

use super::name::AskedName;
use super::request::HEADER;

/// The longest that an answer is remembered, in seconds: a day (RFC 8767, section 4, says a week
/// is the most that makes sense).
pub const MOST_TTL: u32 = 86_400;

/// The longest that is remembered that there is no such name, or none of a kind, in seconds (RFC
/// 2308, section 5, says up to three hours work well).
pub const MOST_NEGATIVE_TTL: u32 = 3_600;

/// How long is remembered that no upstream had an answer (RFC 9520, section 3.2), in seconds.
pub(super) const FAILURE_TTL: u32 = 5;

/// The most names that lead from the one that was asked for to the data.
pub const LONGEST_CHAIN: usize = 16;

/// The most records of an answer: far more than an honest one has, and each is looked at.
pub const MOST_RECORDS: usize = 2_000;

/// An upstream's answer.
#[derive(Debug)]
pub struct Kept {
    /// The whole message, without EDNS, which is between neighbours.
    pub(super) wire: Box<[u8]>,
    /// Where in it times to live are.
    pub(super) ttls: Box<[u16]>,
    /// How long it counts, in seconds.
    pub(super) ttl: u32,
    pub(super) rcode: Rcode,
    pub(super) answers: u16,
    pub(super) authorities: u16,
    pub(super) additionals: u16,
    /// Whether upstream says that signatures are right.
    pub(super) is_authentic: bool,
    /// Names that the one which was asked for is another for.
    pub(super) others: Box<[Box<str>]>,
    /// The code of what upstream had to say beyond the code.
    pub(super) extended: Option<u16>,
}

/// What was sent, by which its answer is known.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its id.
    pub id: u16,
    /// Its question, as it was written.
    pub question: Vec<u8>,
    /// The name in it, in lower case.
    pub name: AskedName,
    /// The kind in it.
    pub rtype: Rtype,
}

/// Why bytes are not the answer to a question, or none that is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// They answer something else, or are nothing.
    Stranger,
    /// The name has lost its capitals: perhaps an old server, perhaps somebody who guessed.
    OtherCase,
    /// There is more by TCP.
    Truncated,
    /// The server does not say. With the code of what it says beyond that.
    Failed(Option<u16>),
    /// It cannot be read, names lead in circles, or it is of names that nobody asked for.
    Malformed,
}

impl Kept {
    /// Reads what came for what was sent.
    ///
    /// # Errors
    /// When it is not the answer, or cannot be used.
    pub fn read(sent: &Sent, bytes: &[u8]) -> Result<Self, Unusable> {
        let message = Message::from_slice(bytes).map_err(|_| Unusable::Stranger)?;
        belongs(sent, message, bytes)?;
        let header = message.header();
        if header.tc() {
            return Err(Unusable::Truncated);
        }
        let malformed = |_| Unusable::Malformed;
        let mut reading = Reading::default();
        let mut section = message.answer().map_err(malformed)?;
        let answers = reading.section(&mut section, bytes, 0)?;
        let mut section = section.next_section().map_err(malformed)?.ok_or(Unusable::Malformed)?;
        let authorities = reading.section(&mut section, bytes, 1)?;
        let mut section = section.next_section().map_err(malformed)?.ok_or(Unusable::Malformed)?;
        let additionals = reading.section(&mut section, bytes, 2)?;
        let rcode = header.rcode();
        if rcode != Rcode::NOERROR && rcode != Rcode::NXDOMAIN || reading.has_wide_code {
            return Err(Unusable::Failed(reading.extended));
        }
        let mut others = reading.chain(sent)?;
        let ttl = reading.ttl(sent, rcode, others.last());
        others.append(&mut reading.services);
        let mut wire: Box<[u8]> = bytes[..reading.end.unwrap_or(section.pos())].into();
        reading.ttls.iter().for_each(|place| bound_ttl(&mut wire, usize::from(*place)));
        Ok(Self {
            wire,
            ttls: reading.ttls.into(),
            ttl,
            rcode,
            answers,
            authorities,
            additionals,
            is_authentic: header.ad(),
            others: others.into_iter().map(|name| name.text().into()).collect(),
            extended: reading.extended,
        })
    }

    /// That nobody knows.
    pub(super) fn failure(extended: Option<u16>) -> Self {
        Self {
            wire: Box::default(),
            ttls: Box::default(),
            ttl: FAILURE_TTL,
            rcode: Rcode::SERVFAIL,
            answers: 0,
            authorities: 0,
            additionals: 0,
            is_authentic: false,
            others: Box::default(),
            extended,
        }
    }

    /// Whether it is only that nobody knows.
    pub(super) fn is_failure(&self) -> bool {
        self.rcode == Rcode::SERVFAIL
    }

    /// How long it counts, in seconds.
    #[must_use]
    pub const fn ttl(&self) -> u32 {
        self.ttl
    }

    /// Names that the one which was asked for is another for, in the order in which they lead on.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(AsRef::as_ref)
    }

    /// What it takes in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        let others: usize = self.others.iter().map(|name| name.len() + 16).sum();
        size_of::<Self>() + self.wire.len() + 2 * self.ttls.len() + others
    }
}

/// Whether a message is the answer to what was sent (RFC 5452, section 9.1).
fn belongs(sent: &Sent, message: &Message<[u8]>, bytes: &[u8]) -> Result<(), Unusable> {
    let header = message.header();
    let is_ours = header.id() == sent.id && header.qr() && header.opcode() == Opcode::QUERY;
    if !is_ours {
        return Err(Unusable::Stranger);
    }
    if message.header_counts().qdcount() == 0 && header.rcode() != Rcode::NOERROR {
        // Some that cannot read a question do not repeat it.
        return Err(Unusable::Failed(None));
    }
    let question = bytes.get(HEADER..HEADER + sent.question.len()).ok_or(Unusable::Stranger)?;
    if message.header_counts().qdcount() != 1 || !question.eq_ignore_ascii_case(&sent.question) {
        return Err(Unusable::Stranger);
    }
    if question != sent.question {
        return Err(Unusable::OtherCase);
    }
    Ok(())
}

/// What is gathered on the way through the records.
#[derive(Default)]
struct Reading {
    ttls: Vec<u16>,
    /// Owner, kind and time to live of what answers.
    answers: Vec<(AskedName, Rtype, u32)>,
    /// From one name to another.
    leads: Vec<(AskedName, AskedName)>,
    /// Where services are.
    services: Vec<AskedName>,
    /// How long there is nothing, as the start of authority says.
    negative: Option<u32>,
    /// Where EDNS begins; what comes behind it is left out.
    end: Option<usize>,
    extended: Option<u16>,
    has_wide_code: bool,
    records: usize,
}

impl Reading {
    /// Goes through a section; how many of its records are kept.
    fn section(
        &mut self,
        section: &mut RecordSection<'_, [u8]>,
        bytes: &[u8],
        number: usize,
    ) -> Result<u16, Unusable> {
        let mut kept = 0;
        loop {
            let start = section.pos();
            let Some(record) = section.next() else { return Ok(kept) };
            let record = record.map_err(|_| Unusable::Malformed)?;
            self.records += 1;
            if self.records > MOST_RECORDS {
                return Err(Unusable::Malformed);
            }
            if record.rtype() == Rtype::OPT {
                if number != 2 || self.end.is_some() {
                    return Err(Unusable::Malformed);
                }
                self.end = Some(start);
                self.edns(&record);
            } else if self.end.is_none() {
                self.ttls.push(place_of_ttl(bytes, start)?);
                self.record(&record, number)?;
                kept += 1;
            }
        }
    }

    fn record(&mut self, record: &ParsedRecord<'_, [u8]>, number: usize) -> Result<(), Unusable> {
        let malformed = |_| Unusable::Malformed;
        let ttl = bounded(record.ttl().as_secs());
        if number == 1 && record.rtype() == Rtype::SOA {
            let soa = record.to_record::<Soa<ParsedName<_>>>().map_err(malformed)?;
            let soa = soa.ok_or(Unusable::Malformed)?;
            self.negative = Some(ttl.min(bounded(soa.data().minimum().as_secs())));
        }
        if number != 0 || record.class() != Class::IN {
            return Ok(());
        }
        let owner = AskedName::new(&record.owner());
        match record.rtype() {
            Rtype::CNAME => {
                let cname = record.to_record::<Cname<ParsedName<_>>>().map_err(malformed)?;
                let cname = cname.ok_or(Unusable::Malformed)?;
                self.leads.push((owner.clone(), AskedName::new(cname.data().cname())));
            }
            Rtype::HTTPS | Rtype::SVCB => self.service(record)?,
            _ => {}
        }
        self.answers.push((owner, record.rtype(), ttl));
        Ok(())
    }

    /// A service may be at another name (RFC 9460, section 2.4.2): one more that a lure hides behind.
    fn service(&mut self, record: &ParsedRecord<'_, [u8]>) -> Result<(), Unusable> {
        let malformed = |_| Unusable::Malformed;
        let data = record.to_record::<UnknownRecordData<&[u8]>>().map_err(malformed)?;
        let data = data.ok_or(Unusable::Malformed)?;
        let name = data.data().data().get(2..).ok_or(Unusable::Malformed)?;
        let name = ParsedName::parse_ref(&mut Parser::from_ref(name)).map_err(malformed)?;
        if !name.is_root() {
            self.services.push(AskedName::new(&name));
        }
        Ok(())
    }

    fn edns(&mut self, record: &ParsedRecord<'_, [u8]>) {
        let [wide, ..] = record.ttl().as_secs().to_be_bytes();
        self.has_wide_code = wide != 0;
        let Ok(Some(record)) = record.to_record::<Opt<&[u8]>>() else { return };
        self.extended = record.data().extended_error().map(|error| error.code().to_int());
    }

    /// The names that lead from the one that was asked for to the data. Every record that answers
    /// is of one of them, or of one above (RFC 6672).
    fn chain(&self, sent: &Sent) -> Result<Vec<AskedName>, Unusable> {
        let mut chain: Vec<AskedName> = Vec::new();
        loop {
            let last = chain.last().unwrap_or(&sent.name);
            let Some((_, next)) = self.leads.iter().find(|(owner, _)| owner == last) else { break };
            if *next == sent.name || chain.contains(next) || chain.len() == LONGEST_CHAIN {
                return Err(Unusable::Malformed);
            }
            chain.push(next.clone());
        }
        let is_known = |owner: &AskedName| {
            let mut names = chain.iter().chain([&sent.name]);
            names.any(|name| name.is_within(owner.text()))
        };
        if self.answers.iter().all(|(owner, _, _)| is_known(owner)) {
            Ok(chain)
        } else {
            Err(Unusable::Malformed)
        }
    }

    /// How long the answer counts: as long as its shortest record, and when there is none of what
    /// was asked for, as the start of authority says (RFC 2308, section 5). Without one it does not.
    fn ttl(&self, sent: &Sent, rcode: Rcode, last: Option<&AskedName>) -> u32 {
        let name = last.unwrap_or(&sent.name);
        let has_data = self.answers.iter().any(|(owner, rtype, _)| {
            owner == name && (*rtype == sent.rtype || sent.rtype == Rtype::ANY)
        });
        let shortest = self.answers.iter().map(|(_, _, ttl)| *ttl).min();
        if has_data && rcode == Rcode::NOERROR {
            return shortest.unwrap_or(0);
        }
        let negative = self.negative.unwrap_or(0).min(MOST_NEGATIVE_TTL);
        shortest.map_or(negative, |shortest| shortest.min(negative))
    }
}

/// As long as may be; with the highest bit set it is none (RFC 2181, section 8).
fn bounded(ttl: u32) -> u32 {
    if ttl >> 31 == 1 { 0 } else { ttl.min(MOST_TTL) }
}

/// No record is said to count for longer than it may.
fn bound_ttl(wire: &mut [u8], place: usize) {
    let bytes = &mut wire[place..place + 4];
    let ttl = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    bytes.copy_from_slice(&bounded(ttl).to_be_bytes());
}

/// Where the time to live of the record is that begins at `start`.
fn place_of_ttl(bytes: &[u8], start: usize) -> Result<u16, Unusable> {
    let mut parser = Parser::from_ref(bytes);
    parser.seek(start).map_err(|_| Unusable::Malformed)?;
    ParsedName::skip(&mut parser).map_err(|_| Unusable::Malformed)?;
    u16::try_from(parser.pos() + 4).map_err(|_| Unusable::Malformed)
}
