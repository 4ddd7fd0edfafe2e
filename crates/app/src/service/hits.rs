//! Who looked up what does not resolve, and what would not by now: counts for each name, by the hour.
//!
//! They are kept in memory alone and begin anew with the service: what people looked up is theirs, and
//! what a campaign explains of it is in the ledger. Nothing here says who it was.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use unhook_model::{Hostname, PersonId, Timestamp};

use unhook_engine::Indicator;
use unhook_engine::response::{Asked, Deed, Exposed, Rung};

use super::Service;
use crate::resolving::LookedUp;

/// The most names whose hits are counted.
const MOST_COUNTED: usize = 10_000;

/// The most clients told apart of one name, and of all together: eight bytes each.
const MOST_CLIENTS: usize = 10_000;
const MOST_CLIENTS_IN_ALL: usize = 1_000_000;

/// For how many hours hits are told apart.
pub const MOST_HOURS: usize = 72;

/// How many of a campaign's newest reports say who reported a name.
const MOST_LOOKED_AT: usize = 500;

pub(super) const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Who looked up a name, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameHits {
    /// How often it, or one below it, was looked up since the start.
    pub count: u64,
    /// By how many clients: addresses and devices.
    pub clients: usize,
    /// How often in each hour in which it was, by when that began; the last 72 of those.
    pub hours: Vec<(Timestamp, u64)>,
}

/// What a block that nobody agreed to yet would have stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WouldHit {
    /// Look-ups of the name since the start, while it waited.
    pub hits: NameHits,
    /// Reports of its campaign, the newest 500, that lead to this very name.
    pub reports: usize,
    /// Members of staff who reported it or, as the ledger knows, looked it up.
    pub staff: usize,
}

/// The counts of many names.
#[derive(Debug, Default)]
pub(super) struct Hits {
    names: HashMap<Box<str>, OfName>,
    clients: usize,
    hashes: RandomState,
}

#[derive(Debug, Default)]
struct OfName {
    count: u64,
    clients: HashSet<u64>,
    hours: BTreeMap<i64, u64>,
}

impl Hits {
    /// Counts a look-up for a name. When there is no room, names that `is_kept` says nothing of go;
    /// when there is still none, the look-up is not counted.
    pub(super) fn count(&mut self, name: &str, lookup: &LookedUp, is_kept: impl Fn(&str) -> bool) {
        if self.names.len() >= MOST_COUNTED && !self.names.contains_key(name) {
            self.names.retain(|name, _| is_kept(name));
            self.clients = self.names.values().map(|of| of.clients.len()).sum();
            if self.names.len() >= MOST_COUNTED {
                return;
            }
        }
        if !self.names.contains_key(name) {
            self.names.insert(name.into(), OfName::default());
        }
        let Some(of) = self.names.get_mut(name) else { return };
        of.count += 1;
        if of.clients.len() < MOST_CLIENTS && self.clients < MOST_CLIENTS_IN_ALL {
            let is_new = of.clients.insert(self.hashes.hash_one(&lookup.client));
            self.clients += usize::from(is_new);
        }
        *of.hours.entry(lookup.at.unix_ms().div_euclid(HOUR_MS)).or_default() += 1;
        if of.hours.len() > MOST_HOURS {
            of.hours.pop_first();
        }
    }

    /// What was counted for a name.
    pub(super) fn of(&self, name: &str) -> NameHits {
        let Some(of) = self.names.get(name) else { return NameHits::default() };
        let hour = |(hour, count): (&i64, &u64)| {
            (Timestamp::from_unix_ms(hour.saturating_mul(HOUR_MS)), *count)
        };
        NameHits {
            count: of.count,
            clients: of.clients.len(),
            hours: of.hours.iter().map(hour).collect(),
        }
    }
}

impl Service {
    /// What a proposed block would have stopped; `None` of what is no block.
    #[must_use]
    pub fn would_hit(&self, asked: &Asked) -> Option<WouldHit> {
        let Deed::Block { name, .. } = &asked.action.deed else { return None };
        let hits = self.gate.would_hit(name);
        let Some(id) = asked.action.campaign else {
            return Some(WouldHit { hits, ..WouldHit::default() });
        };
        let (mut reports, mut staff, mut names) = (0, HashSet::<PersonId>::new(), vec![id]);
        {
            let engine = self.engine();
            let state = engine.state();
            if let Some(campaign) = state.campaign(id) {
                names = campaign.names().collect();
                for report in campaign.reports().rev().take(MOST_LOOKED_AT) {
                    let leads = |found: &Indicator| *found == Indicator::Domain(name.clone());
                    if state.indicators(report).iter().any(leads) {
                        reports += 1;
                        staff.extend(state.reporter(report));
                    }
                }
            }
        }
        let known = self.responding.state();
        let visits = known.exposures(&names).filter(|seen| seen.rung == Rung::Visited);
        staff.extend(visits.filter_map(|seen| match seen.who {
            Exposed::Person(person) if is_about(&seen.evidence, name) => Some(person),
            _ => None,
        }));
        Some(WouldHit { hits, reports, staff: staff.len() })
    }
}

/// Whether what was seen of somebody was seen of this name, or one below it.
fn is_about(evidence: &str, name: &Hostname) -> bool {
    let mut words = evidence.split([' ', ',']);
    words.any(|word| {
        let before = word.strip_suffix(name.as_str());
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolving::Client;

    fn lookup(client: u32, hour: i64) -> LookedUp {
        LookedUp {
            name: "www.lure.example".into(),
            client: Client::Address(std::net::Ipv4Addr::from(client).into()),
            at: Timestamp::from_unix_ms(hour * HOUR_MS + 5),
            was_blocked: true,
        }
    }

    #[test]
    fn look_ups_and_clients_are_counted_and_the_last_72_hours_kept() {
        let mut hits = Hits::default();
        assert_eq!(hits.of("lure.example"), NameHits::default());
        for hour in 0..100 {
            hits.count("lure.example", &lookup(1, hour), |_| true);
            hits.count("lure.example", &lookup(2, hour), |_| true);
        }
        let found = hits.of("lure.example");
        assert_eq!((found.count, found.clients, found.hours.len()), (200, 2, MOST_HOURS));
        assert_eq!(found.hours[0], (Timestamp::from_unix_ms(28 * HOUR_MS), 2));
        assert_eq!(hits.of("www.lure.example").count, 0, "they are the blocked name's");
    }

    #[test]
    fn a_flood_of_names_and_clients_takes_no_more_room() {
        let mut hits = Hits::default();
        for n in 0..MOST_CLIENTS as u32 + 10 {
            hits.count("a.example", &lookup(n, 1), |_| true);
        }
        assert_eq!(hits.of("a.example").clients, MOST_CLIENTS);
        for n in 0..MOST_COUNTED {
            hits.count(&format!("n{n}.example"), &lookup(1, 1), |_| true);
        }
        assert_eq!(hits.names.len(), MOST_COUNTED);
        hits.count("late.example", &lookup(1, 1), |_| true);
        assert_eq!(hits.of("late.example").count, 0);
        hits.count("late.example", &lookup(1, 1), |name| name == "a.example");
        assert_eq!((hits.of("late.example").count, hits.names.len()), (1, 2));
        assert_eq!(hits.clients, MOST_CLIENTS + 1, "those of names that went are free again");
    }

    #[test]
    fn evidence_is_of_a_name_or_one_below_it() {
        let name = Hostname::parse("lure.example").unwrap();
        for about in ["looked up lure.example", "looked up www.lure.example, which did not resolve"]
        {
            assert!(is_about(about, &name), "{about}");
        }
        for other in ["looked up alure.example", "looked up lure.example.net", "reported it", ""] {
            assert!(!is_about(other, &name), "{other}");
        }
    }
}
