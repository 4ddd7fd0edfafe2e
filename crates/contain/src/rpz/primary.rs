//! What a request is answered: bytes in, bytes or a transfer out, without a socket or a wait.
//!
//! In order, cheapest first: what is no request is dropped; who is not among the networks is
//! refused; a signature is checked, and missed where there must be one; then the one question must be
//! for this zone, and for its head (SOA, NS) or a transfer of it. An answer over UDP is never much
//! larger than its request, so that it is no lever for a flood.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::base::iana::{Class, Opcode, OptRcode, Rcode, Rtype, TsigRcode};
use domain::base::message_builder::{AdditionalBuilder, PushError};
use domain::base::{Message, MessageBuilder, Serial, ToName};
use domain::rdata::Soa;
use domain::rdata::tsig::Time48;
use domain::tsig::{Algorithm, Key, KeyStore, ServerError, ServerSequence, ServerTransaction};
use unhook_app::blocklist::Blocklist;
use unhook_app::surroundings::Surroundings;
use unhook_model::Timestamp;

use super::serials::Serials;
use super::settings::RpzSettings;
use super::subscribers::{How, RpzStatus, Subscribers};
use super::transfer::{Content, Transfer, add_opt, condense};

/// What a request over UDP may have, as told to who asks: more than any has.
pub(super) const OPT_SIZE: u16 = 1_232;

/// The bytes of a header.
const HEADER: usize = 12;

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A datagram: the sender's address proves nothing.
    Udp,
    /// A connection.
    Tcp,
}

/// What is done about a request.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing: it is none.
    Drop,
    /// This is answered.
    Reply(Vec<u8>),
    /// The zone or what is new in it is sent.
    Transfer(Box<Transfer>),
}

/// The primary server of the zone.
pub struct Primary {
    pub(super) settings: RpzSettings,
    pub(super) blocklist: Arc<Blocklist>,
    pub(super) surroundings: Arc<dyn Surroundings>,
    serials: Mutex<Serials>,
    pub(super) subscribers: Subscribers,
}

type Signer = Option<ServerTransaction<Arc<Key>>>;

impl Primary {
    /// Of a list of what is blocked.
    #[must_use]
    pub fn new(
        settings: RpzSettings,
        blocklist: Arc<Blocklist>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Self {
        let revision = *blocklist.watch().borrow();
        let serials = Mutex::new(Serials::new(revision, surroundings.now()));
        let subscribers = Subscribers::new(&settings.notify);
        Self { settings, blocklist, surroundings, serials, subscribers }
    }

    /// Begins anew, with a serial that no server before this one gave out, if as much time as lies
    /// between two serials went by since that ended.
    pub(super) fn begin(&self) {
        let revision = *self.blocklist.watch().borrow();
        *self.serials() = Serials::new(revision, self.surroundings.now());
    }

    /// Gives the latest change a serial, if it has none yet; the zone's serial.
    pub fn publish(&self) -> u32 {
        let mut serials = self.serials();
        let revision = *self.blocklist.watch().borrow();
        serials.give(revision, self.surroundings.now()).into_int()
    }

    /// Who has what.
    #[must_use]
    pub fn status(&self) -> RpzStatus {
        let serials = self.serials();
        let newest = *self.blocklist.watch().borrow();
        RpzStatus {
            zone: self.settings.zone.to_string(),
            serial: serials.latest().0.into_int(),
            subscribers: self.subscribers.snapshot(|serial| {
                serials.revision(Serial(serial)).map(|known| newest.0.saturating_sub(known.0))
            }),
        }
    }

    /// What to do about a request of somebody.
    pub fn answer(&self, request: &[u8], from: IpAddr, transport: Transport) -> Outcome {
        let Ok(request) = Message::from_octets(request.to_vec()) else { return Outcome::Drop };
        if request.header().qr() {
            return Outcome::Drop;
        }
        let reply = match self.judge(request, from, transport) {
            Ok(outcome) => return outcome,
            Err(reply) => reply,
        };
        reply.map_or(Outcome::Drop, Outcome::Reply)
    }

    /// What to do; or what is wrong, as an answer.
    fn judge(
        &self,
        mut request: Message<Vec<u8>>,
        from: IpAddr,
        transport: Transport,
    ) -> Result<Outcome, Option<Vec<u8>>> {
        if !self.settings.may_ask(from) {
            return Err(plain(&request, Rcode::REFUSED));
        }
        // More questions than one would be copied into the answer.
        if request.header_counts().qdcount() != 1 || request.sole_question().is_err() {
            return Err(plain(&request, Rcode::FORMERR));
        }
        let signer = self.signer(&mut request)?;
        if signer.is_none() && self.settings.must_sign(from) {
            return Err(plain(&request, Rcode::REFUSED));
        }
        let outcome = self.outcome(&request, from, transport, signer.clone());
        outcome.map_err(|rcode| match rcode {
            Failure::Rcode(rcode) => self.reply(&request, rcode, signer, |_| Ok(())),
            Failure::Version => self.bad_version(&request, signer),
        })
    }

    /// Who signs the answer: the key that signed the request.
    fn signer(&self, request: &mut Message<Vec<u8>>) -> Result<Signer, Option<Vec<u8>>> {
        let keys = Keys(self.settings.tsig.as_ref().map(|key| Arc::clone(key.key())));
        ServerTransaction::request(&keys, request, self.now()).map_err(|error| {
            tracing::warn!(%error, "a request for the zone was not signed with its key");
            badly_signed(request, error)
        })
    }

    fn outcome(
        &self,
        request: &Message<Vec<u8>>,
        from: IpAddr,
        transport: Transport,
        signer: Signer,
    ) -> Result<Outcome, Failure> {
        let question = request.sole_question().map_err(|_| Failure::Rcode(Rcode::FORMERR))?;
        if request.opt().is_some_and(|opt| opt.version() > 0) {
            return Err(Failure::Version);
        }
        let is_ours = question.qname().name_eq(self.settings.zone.name());
        let is_query = request.header().opcode() == Opcode::QUERY;
        if !is_ours || !is_query || question.qclass() != Class::IN {
            return Err(Failure::Rcode(Rcode::REFUSED));
        }
        let zone = &self.settings.zone;
        match (question.qtype(), transport) {
            (Rtype::SOA, _) => {
                self.subscribers.polled(from, self.surroundings.now());
                let head = zone.soa(self.serials().latest().0);
                Ok(self.answered(request, signer, |answer| answer.push(head)))
            }
            (Rtype::NS, _) => Ok(self.answered(request, signer, |answer| answer.push(zone.ns()))),
            (Rtype::AXFR, Transport::Tcp) => Ok(self.transfer(request, self.whole(), signer)),
            (Rtype::IXFR, Transport::Tcp) => {
                let known = self.known(request)?;
                Ok(self.transfer(request, self.since(known, from), signer))
            }
            (Rtype::IXFR, Transport::Udp) => {
                // The head says whether there is anything new, and to come by TCP (RFC 1995 §2).
                self.known(request)?;
                let head = zone.soa(self.serials().latest().0);
                Ok(self.answered(request, signer, |answer| answer.push(head)))
            }
            _ => Err(Failure::Rcode(Rcode::REFUSED)),
        }
    }

    /// The serial that whoever asks for a difference has (RFC 1995 §3).
    fn known(&self, request: &Message<Vec<u8>>) -> Result<Serial, Failure> {
        let malformed = || Failure::Rcode(Rcode::FORMERR);
        let authority = request.authority().map_err(|_| malformed())?;
        let head = authority.limit_to::<Soa<_>>().next().ok_or_else(malformed)?;
        let head = head.map_err(|_| malformed())?;
        let is_ours = head.owner().name_eq(self.settings.zone.name());
        is_ours.then(|| head.data().serial()).ok_or_else(malformed)
    }

    /// All of it, with its serial.
    fn whole(&self) -> (Content, Serial) {
        // A change that comes while it is read waits for its serial.
        let mut serials = self.serials();
        let whole = self.blocklist.whole();
        let serial = serials.give(whole.revision, self.surroundings.now());
        (Content::Whole(whole), serial)
    }

    /// What is new since a serial, or all of it when that is not known any more.
    fn since(&self, known: Serial, from: IpAddr) -> (Content, Serial) {
        let (serial, newest) = self.serials().latest();
        // Whoever is ahead hears what there is, and keeps what it has.
        if known >= serial {
            return (Content::Current, serial);
        }
        let revision = self.serials().revision(known);
        let changes = revision.and_then(|revision| self.blocklist.since(revision));
        let Some(mut changes) = changes else { return self.whole() };
        self.subscribers.has(from, known.into_int());
        changes.retain(|change| change.revision <= newest);
        let (removed, added) = condense(&changes);
        (Content::Difference { since: known, removed, added }, serial)
    }

    fn transfer(
        &self,
        request: &Message<Vec<u8>>,
        (content, serial): (Content, Serial),
        signer: Signer,
    ) -> Outcome {
        Outcome::Transfer(Box::new(Transfer {
            request: request.clone(),
            zone: self.settings.zone.clone(),
            content,
            serial,
            signer: signer.map(ServerSequence::from),
        }))
    }

    /// Somebody took a transfer to its end.
    pub(super) fn taken(&self, from: IpAddr, serial: u32, how: How) {
        self.subscribers.took(from, serial, how, self.surroundings.now());
    }

    fn answered(
        &self,
        request: &Message<Vec<u8>>,
        signer: Signer,
        write: impl FnOnce(&mut Answer) -> Result<(), PushError>,
    ) -> Outcome {
        self.reply(request, Rcode::NOERROR, signer, write).map_or(Outcome::Drop, Outcome::Reply)
    }

    fn reply(
        &self,
        request: &Message<Vec<u8>>,
        rcode: Rcode,
        signer: Signer,
        write: impl FnOnce(&mut Answer) -> Result<(), PushError>,
    ) -> Option<Vec<u8>> {
        let mut answer = MessageBuilder::new_vec().start_answer(request, rcode).ok()?;
        answer.header_mut().set_aa(rcode == Rcode::NOERROR);
        write(&mut answer).ok()?;
        let mut answer = answer.additional();
        add_opt(request, &mut answer).ok()?;
        self.signed(answer, signer)
    }

    /// We know no EDNS but version 0 (RFC 6891 §6.1.3).
    fn bad_version(&self, request: &Message<Vec<u8>>, signer: Signer) -> Option<Vec<u8>> {
        let answer = MessageBuilder::new_vec().start_answer(request, Rcode::NOERROR).ok()?;
        let mut answer = answer.additional();
        let version = answer.opt(|opt| {
            opt.set_udp_payload_size(OPT_SIZE);
            opt.set_rcode(OptRcode::BADVERS);
            Ok(())
        });
        version.ok()?;
        self.signed(answer, signer)
    }

    fn signed(&self, mut answer: AdditionalBuilder<Vec<u8>>, signer: Signer) -> Option<Vec<u8>> {
        if let Some(signer) = signer {
            signer.answer(&mut answer, self.now()).ok()?;
        }
        Some(answer.finish())
    }

    /// The time as signatures have it.
    pub(super) fn now(&self) -> Time48 {
        signed_at(self.surroundings.now())
    }

    fn serials(&self) -> MutexGuard<'_, Serials> {
        self.serials.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time as signatures have it: seconds since 1970 in 48 bits.
#[must_use]
pub fn signed_at(time: Timestamp) -> Time48 {
    const MOST: u64 = (1 << 48) - 1;
    Time48::from_u64(u64::try_from(time.unix_ms() / 1_000).unwrap_or_default() & MOST)
}

type Answer = domain::base::message_builder::AnswerBuilder<Vec<u8>>;

/// What is wrong with a request that is signed well.
enum Failure {
    Rcode(Rcode),
    Version,
}

/// An answer without anything, to one who may be anybody; of a question that cannot be read, with its
/// id alone.
fn plain(request: &Message<Vec<u8>>, rcode: Rcode) -> Option<Vec<u8>> {
    let question = request.sole_question().ok();
    if question.is_none() || request.header_counts().qdcount() != 1 {
        let mut answer = MessageBuilder::new_vec();
        let header = answer.header_mut();
        header.set_id(request.header().id());
        header.set_qr(true);
        header.set_opcode(request.header().opcode());
        header.set_rcode(rcode);
        return Some(answer.finish());
    }
    let answer = MessageBuilder::new_vec().start_answer(request, rcode).ok()?;
    let mut answer = answer.additional();
    add_opt(request, &mut answer).ok()?;
    Some(answer.finish())
}

/// The one key, if there is one.
struct Keys(Option<Arc<Key>>);

impl KeyStore for Keys {
    type Key = Arc<Key>;

    fn get_key<N: ToName>(&self, name: &N, algorithm: Algorithm) -> Option<Arc<Key>> {
        let key = self.0.as_ref()?;
        (key.name().name_eq(name) && key.algorithm() == algorithm).then(|| Arc::clone(key))
    }
}

/// The answer to a request whose signature is not good (RFC 8945 §5.2).
fn badly_signed(request: &Message<Vec<u8>>, error: ServerError<Arc<Key>>) -> Option<Vec<u8>> {
    /// A signature's error stands before the length of what else it says, which is none.
    const ERROR_FROM_END: usize = 4;
    let is_formal = error.error() == TsigRcode::FORMERR;
    let answer = error.build_message(request, MessageBuilder::new_vec()).ok()?;
    let is_unsigned = answer.header().rcode() == Rcode::NOTAUTH;
    let mut answer = answer.finish();
    // The library calls a wrong signature a wrong form.
    if is_formal && is_unsigned && answer.len() > HEADER + ERROR_FROM_END {
        let at = answer.len() - ERROR_FROM_END;
        answer[at..at + 2].copy_from_slice(&TsigRcode::BADSIG.to_int().to_be_bytes());
    }
    Some(answer)
}

#[cfg(test)]
mod tests;
