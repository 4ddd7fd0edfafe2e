//! From what is blocked to what is in the list: the difference, written in bounded steps, and when to
//! try again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use unhook_app::backoff::{Breaker, SHORTEST_WAIT, next_attempt};
use unhook_app::blocklist::{Blocklist, Whole};
use unhook_app::coverage::GatewayStatus;
use unhook_app::surroundings::Surroundings;
use unhook_model::Timestamp;

use super::lists::{Items, List, MOST_CHANGED, Trouble};
use super::settings::{GatewayError, GatewaySettings};

/// How often the list is read although nothing went wrong: people change it by hand.
pub const LOOK_AGAIN: Duration = Duration::from_secs(60 * 60);

/// The most names that may be refused, one at a time. When more are, it is no fault of the names.
pub const MOST_REFUSED: usize = 20;

/// When to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// When something changes; the list is as it should be.
    Change,
    /// After this time.
    After(Duration),
}

/// Keeps one list.
pub struct Gateway {
    settings: GatewaySettings,
    list: List,
    blocklist: Arc<Blocklist>,
    surroundings: Arc<dyn Surroundings>,
    /// What is in the list, unless that has to be read.
    known: Option<Known>,
    /// When the list was read last.
    looked: Option<Timestamp>,
    refused: BTreeSet<String>,
    /// Whether the list is to be read although all that could be done was.
    is_doubtful: bool,
    failures: u32,
    breaker: Breaker,
    status: Arc<Mutex<GatewayStatus>>,
}

/// What is in the list.
#[derive(Debug, Default)]
struct Known {
    /// What is ours to remove: by name, how it stands there.
    present: BTreeMap<String, String>,
    /// What stays, since it is somebody else's.
    foreign: BTreeSet<String>,
}

/// How a list is, for whoever asks.
#[derive(Clone, Debug)]
pub struct GatewayReading(Arc<Mutex<GatewayStatus>>);

impl GatewayReading {
    /// As it is now.
    #[must_use]
    pub fn now(&self) -> GatewayStatus {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Gateway {
    /// Of a list of what is blocked.
    ///
    /// # Errors
    /// When the token cannot be read, or is none.
    pub fn new(
        settings: GatewaySettings,
        blocklist: Arc<Blocklist>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, GatewayError> {
        let list = List::new(&settings, Arc::clone(&surroundings))?;
        let status = GatewayStatus {
            name: settings.name.clone(),
            behind_since: Some(surroundings.now()),
            ..GatewayStatus::default()
        };
        Ok(Self {
            settings,
            list,
            blocklist,
            surroundings,
            known: None,
            looked: None,
            refused: BTreeSet::new(),
            is_doubtful: false,
            failures: 0,
            breaker: Breaker::default(),
            status: Arc::new(Mutex::new(status)),
        })
    }

    /// What says how it is.
    #[must_use]
    pub fn reading(&self) -> GatewayReading {
        GatewayReading(Arc::clone(&self.status))
    }

    /// Keeps the list, until `stop`.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = stop => {}
            () = self.keep() => {}
        }
    }

    async fn keep(&mut self) {
        let mut changes = self.blocklist.watch();
        loop {
            changes.mark_unchanged();
            let changed = match self.attempt().await {
                Next::Change => tokio::time::timeout(LOOK_AGAIN, changes.changed()).await,
                Next::After(wait) => {
                    tokio::time::sleep(wait).await;
                    continue;
                }
            };
            if matches!(changed, Ok(Err(_))) {
                return;
            }
        }
    }

    /// Makes the list as it should be, if it is time for that and the gateway lets us; when to come
    /// back.
    pub async fn attempt(&mut self) -> Next {
        let now = self.surroundings.now();
        if !self.breaker.may_try(now) {
            return Next::After(self.pause(now));
        }
        if self.looked.is_none_or(|looked| now >= looked.plus(LOOK_AGAIN)) {
            self.known = None;
            self.refused.clear();
        }
        match self.bring_up().await {
            Ok(()) => {
                self.breaker.succeeded();
                self.failures = 0;
                self.tell(None, now);
                if std::mem::take(&mut self.is_doubtful) {
                    self.known = None;
                    return Next::After(SHORTEST_WAIT);
                }
                Next::Change
            }
            Err(trouble) => self.failed(trouble, now),
        }
    }

    fn failed(&mut self, trouble: Trouble, begun: Timestamp) -> Next {
        // Nobody knows what was done.
        self.known = None;
        self.failures = self.failures.saturating_add(1);
        let now = self.surroundings.now();
        let (why, asked) = match trouble {
            Trouble::Away { why, after } => {
                self.breaker.failed(now);
                (why, after)
            }
            Trouble::Content(why) | Trouble::Refused(why) => {
                self.breaker.succeeded();
                (why, None)
            }
        };
        let wait = next_attempt(self.failures, asked, self.surroundings.random());
        let wait = wait.max(self.pause(now));
        tracing::warn!(gateway = %self.settings.name, why, ?wait, "the gateway's list is behind");
        self.tell(Some(why), begun);
        Next::After(wait)
    }

    /// How long nothing is tried.
    fn pause(&self, now: Timestamp) -> Duration {
        let left = self.breaker.not_before().map_or(0, |at| at.unix_ms() - now.unix_ms());
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
    }

    async fn bring_up(&mut self) -> Result<(), Trouble> {
        if self.known.is_none() {
            let items = self.list.items().await?;
            let known = self.judge(items)?;
            self.looked = Some(self.surroundings.now());
            self.refused.retain(|name| !known.present.contains_key(name));
            self.known = Some(known);
        }
        let known = self.known.as_ref().expect("it was read");
        let whole = self.blocklist.whole();
        let wanted = self.wanted(&whole, known);
        self.say_what_has_no_room(&whole, known, &wanted);
        let is_missing = |name: &&String| !known.present.contains_key(*name);
        let missing: Vec<String> = wanted.iter().filter(is_missing).cloned().collect();
        let is_over = |name: &&String| !wanted.contains(*name);
        let over: Vec<String> = known.present.keys().filter(is_over).cloned().collect();
        let filled = known.present.len() + known.foreign.len() + missing.len();
        // A block waits for nothing, unless there is no room for it yet.
        if filled <= self.settings.most_items {
            self.append(missing).await?;
            self.remove(over).await
        } else {
            self.remove(over).await?;
            self.append(missing).await
        }
    }

    /// What of a list is ours.
    fn judge(&self, items: Items) -> Result<Known, Trouble> {
        let is_marked = items.values().any(|item| item.is_ours);
        let mut known = Known::default();
        for (name, item) in items {
            let is_blocked = || self.blocklist.find(&name).is_some_and(|hit| hit.start == 0);
            if item.is_ours || self.settings.takes_over || is_blocked() {
                known.present.insert(name, item.value);
            } else {
                known.foreign.insert(name);
            }
        }
        let count = known.foreign.len();
        if count > 0 && !is_marked && self.looked.is_none() {
            return Err(Trouble::Refused(format!(
                "the list has {count} entries that are not Unhook's and none that is, so nothing is \
                 written to it: give Unhook a list of its own, or say `takes_over = true`, and they \
                 are removed"
            )));
        }
        Ok(known)
    }

    /// What should be in it: the newest names that were blocked by themselves first, as far as there is room.
    fn wanted(&self, whole: &Whole, known: &Known) -> BTreeSet<String> {
        let room = self.settings.most_items.saturating_sub(known.foreign.len());
        let mut wanted = BTreeSet::new();
        for name in whole.names() {
            if wanted.len() >= room {
                break;
            }
            if !self.refused.contains(name) && !known.foreign.contains(name) {
                wanted.insert(name.to_owned());
            }
        }
        wanted
    }

    fn say_what_has_no_room(&self, whole: &Whole, known: &Known, wanted: &BTreeSet<String>) {
        let left_out = if whole.len() > wanted.len() {
            let is_in = |name: &str| {
                wanted.contains(name) || known.foreign.contains(name) || self.refused.contains(name)
            };
            whole.distinct().filter(|name| !is_in(name)).count()
        } else {
            0
        };
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        if left_out > 0 && left_out != status.left_out {
            tracing::error!(
                gateway = %self.settings.name, left_out, most_items = self.settings.most_items,
                "the gateway's list has no room for all that is blocked"
            );
        }
        status.left_out = left_out;
    }

    /// Adds names. Those that are not taken are found by halves, so that the others are.
    async fn append(&mut self, names: Vec<String>) -> Result<(), Trouble> {
        let mut batches: Vec<Vec<String>> =
            names.chunks(MOST_CHANGED).rev().map(<[String]>::to_vec).collect();
        let mut were_refused = false;
        while let Some(mut batch) = batches.pop() {
            match self.list.append(&batch).await {
                Ok(()) => {
                    let known = self.known.as_mut().expect("it was read");
                    known.present.extend(batch.into_iter().map(|name| (name.clone(), name)));
                }
                Err(Trouble::Content(_)) if batch.len() > 1 => {
                    let rest = batch.split_off(batch.len() / 2);
                    batches.extend([rest, batch]);
                }
                Err(Trouble::Content(why)) if self.refused.len() < MOST_REFUSED => {
                    tracing::error!(gateway = %self.settings.name, name = batch[0], why,
                        "the gateway does not take a name that is blocked");
                    self.refused.extend(batch);
                    were_refused = true;
                }
                Err(trouble) => return Err(trouble),
            }
        }
        // Perhaps they were there already.
        self.is_doubtful |= were_refused;
        Ok(())
    }

    async fn remove(&mut self, names: Vec<String>) -> Result<(), Trouble> {
        for batch in names.chunks(MOST_CHANGED) {
            let known = self.known.as_mut().expect("it was read");
            let values: Vec<String> =
                batch.iter().filter_map(|name| known.present.get(name).cloned()).collect();
            self.list.remove(&values).await?;
            known.present.retain(|name, _| !batch.contains(name));
        }
        Ok(())
    }

    fn tell(&self, error: Option<String>, since: Timestamp) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.refused = self.refused.len();
        if let Some(known) = &self.known {
            (status.items, status.foreign) = (known.present.len(), known.foreign.len());
        }
        match error {
            None => (status.behind_since, status.error) = (None, None),
            Some(_) => {
                status.behind_since.get_or_insert(since);
                status.error = error;
            }
        }
    }
}
