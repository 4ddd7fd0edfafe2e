//! What the organization's own resolver asks and tells: which names do not resolve, or are held
//! (`holding.rs`), and who asked for them.
//!
//! Every look-up passes here, so nothing waits: a name that was seen before costs one look into a
//! set, and what cannot be passed on at once is dropped and counted.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use unhook_engine::response::Deed;
use unhook_model::{Hostname, Timestamp};

use super::Service;
use super::hits::{Hits, NameHits};
use super::holding::Holding;
use super::responding::Responding;
use crate::ledger::{By, Observed, Touch, Via};
use crate::resolving::{Gate, Gating, LookedUp};

/// How many batches of look-ups wait to be joined; more are dropped.
pub(super) const MOST_WAITING: usize = 1_024;

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

impl ServiceGate {
    pub(super) fn new(
        responding: Arc<Responding>,
        lookups: mpsc::Sender<Vec<Observed>>,
        holding: Option<Holding>,
        since: Timestamp,
    ) -> Self {
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
        self.holding.as_ref()?.held_at(host)
    }

    /// What is held, where anything may be.
    pub(super) fn holding(&self) -> Option<&Holding> {
        self.holding.as_ref()
    }

    /// Counts a look-up for the blocked or the held name that it was of.
    fn count(&self, lookup: &LookedUp) {
        let (blocklist, holding) = (self.responding.blocklist(), self.holding.as_ref());
        let is_kept = |name: &str| {
            blocklist.find(name).is_some() || holding.is_some_and(|holding| holding.knows(name))
        };
        if let Some(hit) = blocklist.find(&lookup.name) {
            lock(&self.hits).count(&lookup.name[hit.start..], lookup, is_kept);
        } else if let Some(name) = holding.and_then(|holding| holding.name_of(&lookup.name)) {
            lock(&self.hits).count(&name, lookup, is_kept);
        }
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

    /// How many look-ups were dropped because too many came at once.
    #[must_use]
    pub fn dropped_lookups(&self) -> u64 {
        self.gate.dropped.load(Ordering::Relaxed)
    }
}
