//! What every way in has in common: a request, the policy, what is remembered, and upstream.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::base::iana::Rtype;
use tokio::time::Instant;
use unhook_app::resolving::{Client, Gate, Gating};
use unhook_app::surroundings::Surroundings;
use unhook_model::Timestamp;

use super::answer::{self, Age};
use super::asking::Asking;
use super::cache::{Cache, Remembered, key};
use super::consider::{Ruling, Step, ask, consider};
use super::forward::{Busy, Forwarder};
use super::kept::Kept;
use super::request::Request;
use super::settings::DnsSettings;
use super::status::{Counts, DnsStatus, Dropped};
use super::telling::Telling;

/// How often it is said that the policy failed, in seconds: at once, and then not at every look-up.
const SAID_EVERY: u64 = 30;

/// Who asks, and how much they can be told at once.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) client: Client,
    pub(super) way: Way,
}

/// How an answer goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Datagram,
    Stream,
}

/// What became of a request so far.
#[derive(Debug)]
pub(super) enum Begun {
    /// Nothing is said.
    Silent,
    /// The answer is written.
    Answered,
    /// Upstream has to be asked.
    Later(Request),
}

/// The resolver without its ways in.
pub(super) struct Core {
    pub(super) settings: DnsSettings,
    pub(super) counts: Counts,
    pub(super) telling: Telling,
    asking: Asking,
    pub(super) gate: Arc<dyn Gate>,
    surroundings: Arc<dyn Surroundings>,
    cache: Arc<Cache>,
    forwarder: Arc<Forwarder>,
    start: Instant,
    fails_open: AtomicBool,
    said: AtomicU64,
}

impl Core {
    pub(super) fn new(
        settings: DnsSettings,
        gate: Arc<dyn Gate>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Self {
        let start = Instant::now();
        let cache = Arc::new(Cache::new(settings.bounds.cache_bytes));
        let forwarder = Forwarder::new(&settings, Arc::clone(&cache), start);
        Self {
            settings,
            counts: Counts::default(),
            telling: Telling::new(),
            asking: Asking::new(),
            gate,
            surroundings,
            cache,
            forwarder: Arc::new(forwarder),
            start,
            fails_open: AtomicBool::new(false),
            said: AtomicU64::new(0),
        }
    }

    /// Milliseconds since the start.
    pub(super) fn elapsed_ms(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }

    fn at(&self) -> Timestamp {
        self.surroundings.now()
    }

    /// As far as it goes without waiting.
    pub(super) fn begin(&self, bytes: &[u8], asker: &Asker, out: &mut Vec<u8>) -> Begun {
        let denial = self.settings.denial;
        let step = consider(bytes, &*self.gate, denial, |ruling| self.heard(ruling), out);
        if let Step::Drop(why) = step {
            self.counts.dropped(why);
            return Begun::Silent;
        }
        self.counts.queries.one();
        let now = self.forwarder.now();
        self.asking.asked(&asker.client, now);
        match step {
            Step::Refused => self.counts.refused.one(),
            Step::Denied { request, is_held } => {
                self.denied(request.name.text(), is_held, request.rtype, &asker.client);
            }
            Step::Ask(request) => {
                return match self.cache.find(&key(&request), now) {
                    Remembered::Answer(kept, age) => {
                        self.counts.from_cache.one();
                        self.give(&kept, age, &request, bytes, asker, out);
                        Begun::Answered
                    }
                    Remembered::Old(_) | Remembered::Nothing => Begun::Later(request),
                };
            }
            Step::Drop(_) | Step::Answered => {}
        }
        Begun::Answered
    }

    /// What upstream knows; whether there is anything to say.
    pub(super) async fn finish(
        &self,
        request: &Request,
        bytes: &[u8],
        asker: &Asker,
        out: &mut Vec<u8>,
    ) -> bool {
        match self.forwarder.resolve(request).await {
            Ok((kept, age)) => self.give(&kept, age, request, bytes, asker, out),
            Err(Busy) => {
                self.counts.dropped(Dropped::Busy);
                return false;
            }
        }
        true
    }

    /// Gives an answer on, unless it leads to a name that does not resolve.
    fn give(
        &self,
        kept: &Kept,
        age: Age,
        request: &Request,
        bytes: &[u8],
        asker: &Asker,
        out: &mut Vec<u8>,
    ) {
        for other in kept.others() {
            let ruling = ask(&*self.gate, other);
            self.heard(&ruling);
            let is_held = match ruling {
                Ruling::Said(Gating::Block { .. }) => false,
                Ruling::Said(Gating::Hold) => true,
                _ => continue,
            };
            self.denied(other, is_held, request.rtype, &asker.client);
            answer::deny(request, bytes, 0, is_held, self.settings.denial, out);
            return;
        }
        if leads_to_page(request.rtype) {
            let (name, now) = (request.name.text(), self.forwarder.now());
            self.telling.passed(name, &asker.client, now, || self.at());
        }
        if kept.is_failure() {
            self.counts.failed.one();
            answer::fail(request, bytes, kept.extended, out);
            return;
        }
        if age == Age::Stale {
            self.counts.stale.one();
        }
        let limit = match asker.way {
            Way::Datagram => request.datagram(),
            Way::Stream => u16::MAX,
        };
        if !answer::pass_on(kept, age, request, bytes, usize::from(limit), out) {
            self.counts.truncated.one();
        }
    }

    fn denied(&self, name: &str, is_held: bool, rtype: Rtype, client: &Client) {
        let count = if is_held { &self.counts.held } else { &self.counts.blocked };
        count.one();
        if leads_to_page(rtype) {
            self.telling.blocked(name, client, self.at());
        }
    }

    /// Remembers whether the policy says anything, and says loudly when it does not.
    fn heard(&self, ruling: &Ruling) {
        if *ruling != Ruling::Lost {
            if self.fails_open.load(Ordering::Relaxed) {
                self.fails_open.store(false, Ordering::Relaxed);
                tracing::warn!("the policy answers again; what is blocked does not resolve");
            }
            return;
        }
        self.counts.without_policy.one();
        let was_open = self.fails_open.swap(true, Ordering::Relaxed);
        let now = self.elapsed_ms() / 1_000;
        let due = !was_open || now >= self.said.load(Ordering::Relaxed) + SAID_EVERY;
        if due && self.said.swap(now, Ordering::Relaxed) <= now {
            let count = self.counts.without_policy.value();
            tracing::error!(count, "the policy failed: NAMES THAT ARE BLOCKED RESOLVE");
        }
    }

    pub(super) fn status(&self) -> DnsStatus {
        let (counts, now) = (&self.counts, self.forwarder.now());
        DnsStatus {
            queries: counts.queries.value(),
            blocked: counts.blocked.value(),
            held: counts.held.value(),
            refused: counts.refused.value(),
            from_cache: counts.from_cache.value(),
            stale: counts.stale.value(),
            failed: counts.failed.value(),
            truncated: counts.truncated.value(),
            slipped: counts.slipped.value(),
            without_policy: counts.without_policy.value(),
            fails_open: self.fails_open.load(Ordering::Relaxed),
            dropped: counts.all_dropped(),
            upstreams: self.forwarder.status(),
            cached: self.cache.size(),
            told: (self.telling.told.value(), self.telling.lost.value()),
            devices: self.asking.devices(now),
            addresses: self.asking.addresses(now),
        }
    }
}

/// Whether whoever asks for this is about to open something: only that is anybody's visit. Mail servers
/// ask for MX and TXT of whatever a mail names.
fn leads_to_page(rtype: Rtype) -> bool {
    matches!(rtype, Rtype::A | Rtype::AAAA | Rtype::HTTPS)
}
