//! What was done about campaigns, as it is now: who asks sees it in memory, and names stop resolving
//! the moment a decision is durable.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::Notify;
use unhook_detect::Knowledge;
use unhook_engine::response::{Event, State};
use unhook_engine::{Blockable, Popular, Protected};
use unhook_model::{Hostname, Timestamp};

use crate::blocklist::{Blocklist, NameSet, NamedSet};
use crate::record::Record;
use crate::views::{NameRuling, ViewError, Views};

use super::ServiceError;

/// What must go on resolving: what is protected, and what people ruled harmless or allowed.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    protected: Protected,
    harmless: BTreeSet<String>,
}

impl Guard {
    pub(crate) const fn new(protected: Protected) -> Self {
        Self { protected, harmless: BTreeSet::new() }
    }

    /// Proves that a name may be blocked.
    pub(crate) fn permit(&self, name: &Hostname) -> Result<Blockable, ServiceError> {
        if name.levels().any(|rest| self.harmless.contains(rest)) {
            let why =
                format!("somebody ruled `{name}` harmless or allowed; rule it otherwise first");
            return Err(ServiceError::Invalid(why));
        }
        self.protected.permit(name).map_err(|why| ServiceError::Invalid(why.to_string()))
    }

    pub(crate) fn rule(&mut self, name: &str, ruling: NameRuling) {
        match ruling {
            NameRuling::Malicious => _ = self.harmless.remove(name),
            NameRuling::Benign | NameRuling::Allow => _ = self.harmless.insert(name.to_owned()),
        }
    }
}

/// What was done, and what must not be.
#[derive(Debug)]
pub(super) struct Responding {
    state: RwLock<State>,
    blocklist: Arc<Blocklist>,
    popular: Arc<Popular>,
    guard: RwLock<Guard>,
    /// Whether what is known changed since all blocks were proven.
    is_to_be_proven: AtomicBool,
    /// Something changed that may end blocks.
    stirred: Notify,
    /// Somebody is to be evicted.
    agreed: Notify,
    /// A mail may go out.
    approved: Notify,
}

impl Responding {
    /// As the views say.
    pub(super) fn of(
        views: &dyn Views,
        knowledge: &Arc<Knowledge>,
        popular: Arc<Popular>,
    ) -> Result<Self, ViewError> {
        let mut state = State::default();
        views.responses()?.iter().for_each(|event| state.fold(event));
        let protected = Protected::new(Arc::clone(knowledge), Arc::clone(&popular));
        let mut guard = Guard::new(protected);
        views.names()?.iter().for_each(|row| guard.rule(&row.name, row.ruling));
        let blocklist = Arc::new(Blocklist::default());
        let mut blocks: Vec<_> = state.blocks().collect();
        blocks.sort_by_key(|block| block.at);
        let proven = blocks.iter().filter_map(|block| guard.permit(&block.name).ok());
        blocklist.change(proven.collect(), &[]);
        for (list, _) in state.lists() {
            blocklist.put_list(read_list(views, list, &guard)?);
        }
        let (state, guard) = (RwLock::new(state), RwLock::new(guard));
        // What was known when they were made may not be what is known now.
        let is_to_be_proven = AtomicBool::new(true);
        let (stirred, agreed, approved) = (Notify::new(), Notify::new(), Notify::new());
        // What a crash left undone is done first.
        agreed.notify_one();
        Ok(Self { state, blocklist, popular, guard, is_to_be_proven, stirred, agreed, approved })
    }

    /// What was done.
    pub(super) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names that do not resolve.
    pub(super) fn blocklist(&self) -> &Arc<Blocklist> {
        &self.blocklist
    }

    /// What must go on resolving, as is known now.
    pub(super) fn guard(&self) -> RwLockReadGuard<'_, Guard> {
        self.guard.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Protects what is known now.
    pub(super) fn know(&self, knowledge: &Arc<Knowledge>) {
        let protected = Protected::new(Arc::clone(knowledge), Arc::clone(&self.popular));
        self.guard.write().unwrap_or_else(PoisonError::into_inner).protected = protected;
        self.prove_again();
    }

    /// Has all blocks proven again.
    pub(super) fn prove_again(&self) {
        self.is_to_be_proven.store(true, Ordering::Release);
        self.stirred.notify_one();
    }

    /// Whether all blocks are to be proven again; whoever asks does it.
    pub(super) fn is_to_be_proven(&self) -> bool {
        self.is_to_be_proven.swap(false, Ordering::AcqRel)
    }

    /// Waits until somebody may have to be evicted.
    pub(super) async fn eviction_agreed(&self) {
        self.agreed.notified().await;
    }

    /// Waits until a mail may have been approved.
    pub(super) async fn letter_approved(&self) {
        self.approved.notified().await;
    }

    /// Waits until blocks may have to be lifted: the time of one is over, or something changed.
    pub(super) async fn is_due(&self, now: Timestamp) {
        let ends = {
            let state = self.state();
            let blocks = state.blocks().filter_map(|block| block.expires_at);
            blocks.chain(state.lists().filter_map(|(_, head)| head.expires_at)).min()
        };
        match ends {
            Some(end) => {
                let wait = tokio::time::sleep(end.since(now));
                tokio::select! {
                    () = wait => {}
                    () = self.stirred.notified() => {}
                }
            }
            None => self.stirred.notified().await,
        }
    }

    /// Learns from what was kept. A block that must not be has no effect; that it was kept stands
    /// in the journal, and the next look at all blocks takes it away.
    pub(super) fn learn(&self, records: &[Record]) {
        let events = records.iter().filter_map(|record| match record {
            Record::Response(event) => Some(event),
            _ => None,
        });
        if records.iter().any(changes_an_end) {
            self.stirred.notify_one();
        }
        for record in records {
            if let Record::NameRuled { name, ruling, .. } = record {
                self.guard.write().unwrap_or_else(PoisonError::into_inner).rule(name, *ruling);
                self.prove_again();
            }
        }
        for event in events {
            self.state.write().unwrap_or_else(PoisonError::into_inner).fold(event);
            match event {
                Event::Blocked(block) => match self.guard().permit(&block.name) {
                    Ok(proven) => self.blocklist.change(vec![proven], &[]),
                    Err(why) => tracing::warn!(%why, "a block has no effect"),
                },
                Event::Proposed(_) | Event::Approved { .. } | Event::Undone { .. } => {
                    self.agreed.notify_one();
                    self.approved.notify_one();
                }
                Event::Lifted { name, .. } => {
                    self.blocklist.change(Vec::new(), std::slice::from_ref(name));
                }
                _ => {}
            }
        }
    }

    /// Reads a list anew from the views and puts it into effect.
    pub(super) fn put_list(&self, views: &dyn Views, list: &str) -> Result<(), ViewError> {
        self.blocklist.put_list(read_list(views, list, &self.guard().clone())?);
        Ok(())
    }
}

/// Whether a record may bring the next end of a block nearer.
fn changes_an_end(record: &Record) -> bool {
    match record {
        Record::Response(Event::Blocked(block)) => block.expires_at.is_some(),
        Record::Response(Event::Listed(listing)) => listing.expires_at.is_some(),
        _ => false,
    }
}

/// How many names of a list are in memory twice while they are proven.
const PROVEN_AT_ONCE: usize = 65_536;

/// The names of a list that may be blocked, as is known now.
fn read_list(views: &dyn Views, list: &str, guard: &Guard) -> Result<NamedSet, ViewError> {
    let (mut names, mut some) = (NameSet::default(), Vec::new());
    let mut prove = |some: &mut Vec<Hostname>| {
        names.add_proven(some, |name| guard.permit(name).ok());
        some.clear();
    };
    views.listed(list, &mut |name| {
        some.push(name);
        if some.len() >= PROVEN_AT_ONCE {
            prove(&mut some);
        }
    })?;
    prove(&mut some);
    Ok(NamedSet { name: list.into(), names })
}
