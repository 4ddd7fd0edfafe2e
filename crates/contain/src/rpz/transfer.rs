//! The zone as a row of messages, each built when the one before it is on its way: a million names
//! are never in memory as records.
//!
//! A difference is told as one step, from what the resolver has to what there is (RFC 1995
//! §5 allows it to be condensed): what was blocked and lifted between is of no matter.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::base::iana::Rcode;
use domain::base::message_builder::{AdditionalBuilder, AnswerBuilder, PushError};
use domain::base::{Message, MessageBuilder, Serial};
use domain::rdata::tsig::Time48;
use domain::tsig::{Key, ServerSequence};
use unhook_app::blocklist::{Change, Whole};
use unhook_model::Hostname;

use super::primary::OPT_SIZE;
use super::subscribers::How;
use super::zone::{Policy, Zone};

/// The largest message, with room for OPT and a signature: 65,535 are what a length can say.
const LARGEST_MESSAGE: usize = u16::MAX as usize - 512;

/// The zone, or what is new in it, on its way to one who asked.
#[derive(Debug)]
pub struct Transfer {
    pub(super) request: Message<Vec<u8>>,
    pub(super) zone: Zone,
    pub(super) content: Content,
    /// The serial that whoever takes it has then.
    pub(super) serial: Serial,
    pub(super) signer: Option<ServerSequence<Arc<Key>>>,
}

/// What is in it.
#[derive(Debug)]
pub(super) enum Content {
    /// Nothing new: the zone's head alone.
    Current,
    /// All of it.
    Whole(Whole),
    /// What changed since a serial.
    Difference { since: Serial, removed: Vec<Hostname>, added: Vec<Hostname> },
}

/// One step of what is told, which is a record or two.
enum Told<'a> {
    Head(Serial),
    NameServer,
    Name(&'a str),
}

/// One record.
#[derive(Clone, Copy)]
enum Line<'a> {
    Head(Serial),
    NameServer,
    Policy(Policy<'a>),
}

impl Transfer {
    /// How it is told.
    #[must_use]
    pub const fn how(&self) -> How {
        match self.content {
            Content::Current => How::Current,
            Content::Whole(_) => How::Whole,
            Content::Difference { .. } => How::Difference,
        }
    }

    /// The serial that whoever takes it has then.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        self.serial.0
    }

    /// The messages, in order; each is signed with the time that `now` then says, in seconds
    /// since 1970.
    pub fn messages<'a>(&'a mut self, now: impl Fn() -> Time48 + Send + 'a) -> Messages<'a> {
        let Self { request, zone, content, serial, signer } = self;
        Messages {
            request,
            zone,
            lines: lines(zone, content, *serial),
            held: None,
            signer: signer.as_mut(),
            now: Box::new(now),
        }
    }
}

fn lines<'a>(
    zone: &'a Zone,
    content: &'a Content,
    serial: Serial,
) -> Box<dyn Iterator<Item = Line<'a>> + Send + 'a> {
    let head = |serial| std::iter::once(Told::Head(serial));
    let told: Box<dyn Iterator<Item = Told<'a>> + Send + 'a> = match content {
        Content::Current => Box::new(head(serial)),
        Content::Whole(whole) => {
            let names = zone.held(whole.distinct()).map(Told::Name);
            let begin = head(serial).chain(std::iter::once(Told::NameServer));
            Box::new(begin.chain(names).chain(head(serial)))
        }
        Content::Difference { since, removed, added } => {
            let names = |names: &'a [Hostname]| {
                zone.held(names.iter().map(Hostname::as_str)).map(Told::Name)
            };
            let old = head(*since).chain(names(removed));
            let new = head(serial).chain(names(added));
            Box::new(head(serial).chain(old).chain(new).chain(head(serial)))
        }
    };
    Box::new(told.flat_map(|told| {
        let (first, second) = match told {
            Told::Head(serial) => (Line::Head(serial), None),
            Told::NameServer => (Line::NameServer, None),
            Told::Name(name) => {
                let policy = |below| Line::Policy(Policy { name, below });
                (policy(false), Some(policy(true)))
            }
        };
        std::iter::once(first).chain(second)
    }))
}

/// The messages of a transfer.
pub struct Messages<'a> {
    request: &'a Message<Vec<u8>>,
    zone: &'a Zone,
    lines: Box<dyn Iterator<Item = Line<'a>> + Send + 'a>,
    /// What did not fit into the message before.
    held: Option<Line<'a>>,
    signer: Option<&'a mut ServerSequence<Arc<Key>>>,
    now: Box<dyn Fn() -> Time48 + Send + 'a>,
}

impl Iterator for Messages<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let first = self.held.take().or_else(|| self.lines.next())?;
        Some(self.message(first).expect("a record and a signature fit into a message"))
    }
}

impl Messages<'_> {
    fn message(&mut self, first: Line<'_>) -> Result<Vec<u8>, PushError> {
        let mut builder = MessageBuilder::new_vec();
        builder.set_push_limit(LARGEST_MESSAGE);
        let mut answer = builder.start_answer(self.request, Rcode::NOERROR)?;
        answer.header_mut().set_aa(true);
        self.write(&mut answer, first)?;
        while let Some(line) = self.lines.next() {
            if self.write(&mut answer, line).is_err() {
                self.held = Some(line);
                break;
            }
        }
        let mut message = answer.additional();
        message.clear_push_limit();
        add_opt(self.request, &mut message)?;
        if let Some(signer) = &mut self.signer {
            signer.answer(&mut message, (self.now)())?;
        }
        Ok(message.finish())
    }

    fn write(&self, answer: &mut AnswerBuilder<Vec<u8>>, line: Line<'_>) -> Result<(), PushError> {
        match line {
            Line::Head(serial) => answer.push(self.zone.soa(serial)),
            Line::NameServer => answer.push(self.zone.ns()),
            Line::Policy(policy) => answer.push(policy),
        }
    }
}

/// Says what we take over UDP, to who said so (RFC 6891 §6.1.1).
pub(super) fn add_opt(
    request: &Message<Vec<u8>>,
    answer: &mut AdditionalBuilder<Vec<u8>>,
) -> Result<(), PushError> {
    if request.opt().is_none() {
        return Ok(());
    }
    answer.opt(|opt| {
        opt.set_udp_payload_size(OPT_SIZE);
        Ok(())
    })
}

/// What several changes come to: names that are no longer blocked, and names that are now.
pub(super) fn condense(changes: &[Change]) -> (Vec<Hostname>, Vec<Hostname>) {
    // For each name whether it was blocked before the first change to it and after the last.
    let mut names = BTreeMap::<&Hostname, (bool, bool)>::new();
    for change in changes {
        let removed = change.removed.iter().map(|name| (name, false));
        for (name, is_blocked) in removed.chain(change.added.iter().map(|name| (name, true))) {
            names.entry(name).or_insert((!is_blocked, is_blocked)).1 = is_blocked;
        }
    }
    let of = |kind| {
        let names = names.iter().filter(move |(_, states)| **states == kind);
        names.map(|(name, _)| (*name).clone()).collect()
    };
    (of((true, false)), of((false, true)))
}

#[cfg(test)]
mod tests {
    use unhook_app::blocklist::Revision;

    use super::*;

    #[test]
    fn what_came_and_went_is_not_told() {
        let host = |name: &&str| Hostname::parse(name).unwrap();
        let change = |added: &[&str], removed: &[&str]| Change {
            revision: Revision(1),
            added: added.iter().map(host).collect(),
            removed: removed.iter().map(host).collect(),
        };
        let changes = [
            change(&["new.test", "brief.test"], &["gone.test", "lifted.test"]),
            change(&["lifted.test"], &["brief.test"]),
            change(&[], &["lifted.test"]),
            change(&["late.test"], &["old.test"]),
            change(&["old.test"], &[]),
        ];
        let (removed, added) = condense(&changes);
        assert_eq!(removed, [host(&"gone.test"), host(&"lifted.test")]);
        assert_eq!(added, [host(&"late.test"), host(&"new.test")]);
    }
}
