//! What the organization's own resolver asks and tells: which names do not resolve, who asked for
//! them, and which are held for a day because they look like the organization and nobody here asked for
//! them before.
//!
//! Every look-up passes here, so nothing waits: a name that was seen before costs one look into a
//! set, and what cannot be passed on at once is dropped and counted.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;

use tokio::sync::mpsc;
use unhook_detect::text::host::registrable;
use unhook_engine::response::Deed;
use unhook_model::{Hostname, LookalikeLevel, Timestamp};

use super::Service;
use super::hits::{Hits, NameHits};
use super::responding::Responding;
use crate::ledger::{By, Observed, Touch, Via};
use crate::resolving::{Gate, Gating, LookedUp};

/// How many batches of look-ups wait to be joined; more are dropped.
pub(super) const MOST_WAITING: usize = 1_024;

/// How long a name is held.
pub const HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// The most names held at once: more than ever look like one organization in a day.
const MOST_HELD: usize = 10_000;

/// The most names that are known to have been seen: eight bytes each. Beyond, some are new again, which
/// costs a look.
const MOST_SEEN: usize = 2_000_000;

/// What look-ups of the organization's own resolver pass.
#[derive(Debug)]
pub(super) struct ServiceGate {
    responding: Arc<Responding>,
    holding: Option<Holding>,
    since: Timestamp,
    hits: Mutex<Hits>,
    would_hit: Mutex<Hits>,
    lookups: mpsc::Sender<Vec<Observed>>,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Holding {
    service: Weak<Service>,
    hashes: RandomState,
    seen: RwLock<HashSet<u64>>,
    held: RwLock<BTreeMap<Box<str>, Timestamp>>,
}

impl ServiceGate {
    pub(super) fn new(
        responding: Arc<Responding>,
        lookups: mpsc::Sender<Vec<Observed>>,
        holds: bool,
        since: Timestamp,
        service: Weak<Service>,
    ) -> Self {
        let holding = holds.then(|| Holding { service, ..Holding::default() });
        let (hits, would_hit, dropped) = (Mutex::default(), Mutex::default(), AtomicU64::new(0));
        Self { responding, holding, since, hits, would_hit, lookups, dropped }
    }

    /// What was counted for a name of which a block waits for somebody.
    pub(super) fn would_hit(&self, name: &Hostname) -> NameHits {
        lock(&self.would_hit).of(name.as_str())
    }

    /// Passes on what was seen; drops and counts it when too much waits.
    pub(super) fn tell(&self, observed: Vec<Observed>) {
        let count = observed.len() as u64;
        if self.lookups.try_send(observed).is_err() {
            self.dropped.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// The name that is held, of which a host is, or lies below.
    pub(super) fn held_at(&self, host: &str) -> Option<Box<str>> {
        let (holding, domain) = (self.holding.as_ref()?, registrable(host)?);
        holding.is_held(domain).then(|| domain.into())
    }

    fn count(&self, lookup: &LookedUp) {
        let blocklist = self.responding.blocklist();
        let Some(hit) = blocklist.find(&lookup.name) else { return };
        let is_blocked = |name: &str| blocklist.find(name).is_some();
        lock(&self.hits).count(&lookup.name[hit.start..], lookup, is_blocked);
    }

    /// Counts look-ups of names whose blocks wait for somebody.
    fn count_would_be<'l>(&self, passed: impl Iterator<Item = &'l LookedUp>) {
        let mut passed = passed.peekable();
        if passed.peek().is_none() {
            return;
        }
        let waiting: HashSet<Box<str>> = {
            let state = self.responding.state();
            let names = state.asked().filter_map(|asked| match &asked.action.deed {
                Deed::Block { name, .. } => Some(name.as_str().into()),
                Deed::Evict { .. } | Deed::Write(_) => None,
            });
            names.collect()
        };
        if waiting.is_empty() {
            return;
        }
        let waits = |name: &str| waiting.contains(name);
        let mut hits = lock(&self.would_hit);
        for lookup in passed {
            let dots = lookup.name.match_indices('.').map(|(dot, _)| dot + 1);
            let mut names = std::iter::once(0).chain(dots).map(|start| &lookup.name[start..]);
            if let Some(name) = names.find(|name| waits(name)) {
                hits.count(name, lookup, waits);
            }
        }
    }
}

impl Gate for ServiceGate {
    fn gating(&self, name: &str) -> Gating {
        if let Some(hit) = self.responding.blocklist().find(name) {
            return Gating::Block { start: hit.start };
        }
        match &self.holding {
            Some(holding) if holding.holds(name) => Gating::Hold,
            _ => Gating::Pass,
        }
    }

    fn looked_up(&self, lookups: Vec<LookedUp>) {
        lookups.iter().filter(|lookup| lookup.was_blocked).for_each(|lookup| self.count(lookup));
        self.count_would_be(lookups.iter().filter(|lookup| !lookup.was_blocked));
        self.tell(lookups.into_iter().map(touched).collect());
    }
}

fn lock(hits: &Mutex<Hits>) -> MutexGuard<'_, Hits> {
    hits.lock().unwrap_or_else(PoisonError::into_inner)
}

fn touched(lookup: LookedUp) -> Observed {
    let via = if lookup.was_blocked { Via::Blocked } else { Via::Resolver };
    let by = By::Client(lookup.client);
    Observed::Touched(Touch { name: (*lookup.name).into(), by, at: lookup.at, via })
}

impl Holding {
    /// Whether a name is held, or is from now on.
    fn holds(&self, name: &str) -> bool {
        let Some(domain) = registrable(name) else { return false };
        let hash = self.hashes.hash_one(domain);
        let is_seen = self.seen.read().unwrap_or_else(PoisonError::into_inner).contains(&hash);
        if is_seen {
            return self.is_held(domain);
        }
        {
            let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
            if seen.len() >= MOST_SEEN {
                seen.clear();
            }
            seen.insert(hash);
        }
        let Some(service) = self.service.upgrade() else { return false };
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let now = service.now();
        held.retain(|_, until| *until > now);
        if held.len() >= MOST_HELD || !looks_like_us(&service, name, domain) {
            return false;
        }
        tracing::info!(name = domain, "held for a day: it is new and looks like the organization");
        held.insert(domain.into(), now.plus(HOLD));
        true
    }

    fn is_held(&self, domain: &str) -> bool {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = held.get(domain) else { return false };
        self.service.upgrade().is_some_and(|service| service.now() < *until)
    }
}

/// Whether a name imitates a brand of the organization's own, and may be kept from resolving.
fn looks_like_us(service: &Service, name: &str, domain: &str) -> bool {
    let known = service.known();
    let knowledge = &known.knowledge;
    let Some(found) = knowledge.lookalikes().examine(name) else { return false };
    let own: BTreeSet<&str> =
        knowledge.organization().brands.iter().map(|brand| brand.name.as_str()).collect();
    let is_ours =
        found.level == LookalikeLevel::High && found.brand.is_some_and(|brand| own.contains(brand));
    is_ours
        && Hostname::parse(domain)
            .is_ok_and(|domain| service.responding.guard().permit(&domain).is_ok())
}

impl Service {
    /// What the organization's own resolver asks, and tells.
    #[must_use]
    pub fn gate(&self) -> Arc<dyn Gate> {
        Arc::clone(&self.gate) as Arc<dyn Gate>
    }

    /// How often a name that does not resolve was looked up, and by how many.
    #[must_use]
    pub fn hits(&self, name: &Hostname) -> NameHits {
        lock(&self.gate.hits).of(name.as_str())
    }

    /// Since when hits are counted: the start.
    #[must_use]
    pub fn hits_since(&self) -> Timestamp {
        self.gate.since
    }

    /// Names that are held because they are new and look like the organization, with until when.
    #[must_use]
    pub fn held(&self) -> Vec<(Box<str>, Timestamp)> {
        let Some(holding) = &self.gate.holding else { return Vec::new() };
        let (held, now) = (holding.held.read(), self.now());
        let held = held.unwrap_or_else(PoisonError::into_inner);
        let held = held.iter().filter(|(_, until)| **until > now);
        held.map(|(name, until)| (name.clone(), *until)).collect()
    }

    /// How many look-ups were dropped because too many came at once.
    #[must_use]
    pub fn dropped_lookups(&self) -> u64 {
        self.gate.dropped.load(Ordering::Relaxed)
    }
}
