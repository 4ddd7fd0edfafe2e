//! Of whom logs told at all: without a line of theirs, that nothing was seen means nothing.
//!
//! The first and the last moment of each day are kept, so that what lies between two days is not taken for watched.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use unhook_model::{PersonId, Timestamp};

use super::Ledger;
use super::leases::Leases;
use crate::resolving::Client;

/// The most clients of which it is remembered when they looked names up: the others are taken for unobservable.
pub const MOST_SEEN: usize = 50_000;

const DAY_MS: i64 = 24 * 3_600_000;

/// Whom somebody could have seen in a span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Those of whom an address or a device looked names up or opened pages.
    pub visits: BTreeSet<PersonId>,
    /// Those who ever signed in, if a log of sign-ins tells of the span.
    pub sign_ins: BTreeSet<PersonId>,
    /// Those of whom an application ever told, if a log of one tells of the span.
    pub data: BTreeSet<PersonId>,
}

/// When something was seen: the first and the last moment of each day.
#[derive(Debug, Default)]
pub(super) struct Days(BTreeMap<i64, (Timestamp, Timestamp)>);

impl Days {
    pub(super) fn add(&mut self, at: Timestamp) {
        let (first, last) = self.0.entry(at.unix_ms().div_euclid(DAY_MS)).or_insert((at, at));
        (*first, *last) = (at.min(*first), at.max(*last));
    }

    /// Whether it surely was seen in a span.
    fn is_in(&self, from: Timestamp, to: Timestamp) -> bool {
        self.moments(from, to).next().is_some()
    }

    /// Moments in a span.
    fn moments(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Timestamp> {
        let moments = self.0.values().flat_map(|(first, last)| [*first, *last]);
        moments.filter(move |at| *at >= from && *at <= to)
    }

    pub(super) fn forget(&mut self, before: Timestamp) {
        self.0.retain(|_, (_, last)| *last >= before);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What logs told of at all.
#[derive(Debug, Default)]
pub(super) struct Seen {
    clients: HashMap<Client, Days>,
    sign_ins: Days,
    accesses: Days,
}

impl Seen {
    pub(super) fn touch(&mut self, client: &Client, at: Timestamp) {
        if let Some(days) = self.clients.get_mut(client) {
            days.add(at);
        } else if self.clients.len() < MOST_SEEN {
            self.clients.entry(client.clone()).or_default().add(at);
        }
    }

    pub(super) fn sign_in(&mut self, at: Timestamp) {
        self.sign_ins.add(at);
    }

    pub(super) fn access(&mut self, at: Timestamp) {
        self.accesses.add(at);
    }

    pub(super) fn forget(&mut self, before: Timestamp) {
        self.sign_ins.forget(before);
        self.accesses.forget(before);
        self.clients.retain(|_, days| {
            days.forget(before);
            !days.is_empty()
        });
    }

    /// Whose clients were seen.
    fn owners(&self, from: Timestamp, to: Timestamp, leases: &Leases) -> BTreeSet<PersonId> {
        let moments = self.clients.iter().flat_map(|(client, days)| {
            days.moments(from, to).filter_map(move |at| leases.person(client, at))
        });
        moments.collect()
    }
}

impl Ledger {
    /// Whom somebody could have seen between two moments.
    #[must_use]
    pub fn sight(&self, from: Timestamp, to: Timestamp) -> Sight {
        let mut visits = self.seen.owners(from, to, &self.leases);
        let (mut sign_ins, mut data) = (BTreeSet::new(), BTreeSet::new());
        for (person, known) in &self.people {
            if known.opened.is_in(from, to) {
                visits.insert(*person);
            }
            if known.signed_in.is_some() && self.seen.sign_ins.is_in(from, to) {
                sign_ins.insert(*person);
            }
            if known.audited.is_some() && self.seen.accesses.is_in(from, to) {
                data.insert(*person);
            }
        }
        Sight { visits, sign_ins, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_days_nothing_was_seen() {
        let at = |hour: i64| Timestamp::from_unix_ms(hour * 3_600_000);
        let mut days = Days::default();
        for hour in [1, 5, 90] {
            days.add(at(hour));
        }
        for (from, to, expected) in
            [(0, 2, true), (5, 5, true), (6, 89, false), (90, 100, true), (2, 4, false)]
        {
            assert_eq!(days.is_in(at(from), at(to)), expected, "{from} {to}");
        }
        days.forget(at(6));
        assert!(!days.is_in(at(0), at(6)) && days.is_in(at(0), at(90)));
    }

    #[test]
    fn clients_beyond_the_bound_are_not_remembered() {
        let mut seen = Seen::default();
        for n in 0..MOST_SEEN as u32 + 5 {
            let client = Client::Address(std::net::Ipv4Addr::from(n).into());
            seen.touch(&client, Timestamp::from_unix_ms(0));
        }
        assert_eq!(seen.clients.len(), MOST_SEEN);
        seen.forget(Timestamp::from_unix_ms(1));
        assert!(seen.clients.is_empty());
    }
}
