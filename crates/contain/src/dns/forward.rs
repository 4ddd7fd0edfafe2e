//! Questions that upstreams answer.
//!
//! The same question that many ask at once is sent once. Upstreams are asked in the order in which
//! they are named, those that were silent lately last; each has a moment, all together a few
//! seconds. When none answers, an old answer is better than none, and where there is none it is
//! remembered for a while that nobody knows.

mod exchange;
mod source;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use self::source::{Source, Trouble};
use super::answer::Age;
use super::cache::{Cache, Key, Remembered, key};
use super::kept::Kept;
use super::name::AskedName;
use super::request::Request;
use super::settings::{DnsBounds, DnsSettings};
use super::status::UpstreamStatus;

/// Questions that upstreams are asked at once.
pub const MOST_FLIGHTS: usize = 4_096;

/// Clients that wait for the answer to one of them.
pub const MOST_SHARING: usize = 1_024;

/// How often each upstream is asked for one answer.
const ROUNDS: usize = 2;

/// Sends questions on.
pub(super) struct Forwarder {
    /// Zones with the upstreams that know them, the longest name first; the last has none.
    routes: Vec<(String, Vec<Arc<Source>>)>,
    cache: Arc<Cache>,
    flights: Mutex<HashMap<Key, Vec<oneshot::Sender<Arc<Kept>>>>>,
    bounds: DnsBounds,
    start: Instant,
}

/// Too many look-ups wait.
#[derive(Debug)]
pub(super) struct Busy;

impl Forwarder {
    pub(super) fn new(settings: &DnsSettings, cache: Arc<Cache>, start: Instant) -> Self {
        let mut sources: Vec<Arc<Source>> = Vec::new();
        let mut route = |name: &str, upstreams: &[super::settings::Upstream]| {
            let known = upstreams.iter().map(|upstream| {
                let source = Source::new(upstream.clone(), name, settings);
                sources.push(Arc::new(source));
                Arc::clone(sources.last().expect("it was put there"))
            });
            (name.to_owned(), known.collect::<Vec<_>>())
        };
        let mut routes: Vec<_> =
            settings.zones.iter().map(|z| route(&z.name, &z.upstreams)).collect();
        routes.push(route("", &settings.upstreams));
        routes.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self { routes, cache, flights: Mutex::default(), bounds: settings.bounds, start }
    }

    /// Seconds since the start.
    pub(super) fn now(&self) -> u32 {
        self.start.elapsed().as_secs() as u32
    }

    /// The answer to a question; one that nobody knows is answered with a failure.
    pub(super) async fn resolve(
        self: &Arc<Self>,
        request: &Request,
    ) -> Result<(Arc<Kept>, Age), Busy> {
        let key: Key = key(request).into();
        let old = match self.cache.find(&key, self.now()) {
            Remembered::Answer(kept, age) => return Ok((kept, age)),
            Remembered::Old(kept) => Some(kept),
            Remembered::Nothing => None,
        };
        let patience = match old {
            Some(_) => self.bounds.stale_patience,
            None => self.bounds.patience,
        };
        let landed = match self.join(&key, request) {
            Ok(landed) => timeout(patience, landed).await,
            Err(Busy) if old.is_some() => return Ok((old.expect("it is"), Age::Stale)),
            Err(Busy) => return Err(Busy),
        };
        Ok(match (landed, old) {
            (Ok(Ok(kept)), _) if !kept.is_failure() => (kept, Age::Fresh(0)),
            (_, Some(old)) => (old, Age::Stale),
            (Ok(Ok(failure)), None) => (failure, Age::Fresh(0)),
            (_, None) => (Arc::new(Kept::failure(None)), Age::Fresh(0)),
        })
    }

    /// Waits for the answer with those who asked the same, or sends the question.
    fn join(
        self: &Arc<Self>,
        key: &Key,
        request: &Request,
    ) -> Result<oneshot::Receiver<Arc<Kept>>, Busy> {
        let (sender, receiver) = oneshot::channel();
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = flights.get_mut(key) {
            // Who has gone away makes room.
            waiting.retain(|sender| !sender.is_closed());
            if waiting.len() >= MOST_SHARING {
                return Err(Busy);
            }
            waiting.push(sender);
            return Ok(receiver);
        }
        if flights.len() >= MOST_FLIGHTS {
            return Err(Busy);
        }
        flights.insert(Arc::clone(key), vec![sender]);
        drop(flights);
        let flight = Flight { forwarder: Arc::clone(self), key: Arc::clone(key) };
        let request = request.clone();
        tokio::spawn(async move { flight.fly(&request).await });
        Ok(receiver)
    }

    /// Asks those who should know until one says.
    async fn ask(&self, request: &Request) -> Result<Kept, Option<u16>> {
        let mut extended = None;
        let mut sources = self.route(&request.name);
        for _ in 0..ROUNDS {
            let mut silent = Vec::new();
            for source in sources {
                match source.ask(request).await {
                    Ok(kept) => return Ok(kept),
                    Err(Trouble::Silent) => silent.push(source),
                    Err(Trouble::Said(code)) => extended = extended.or(code),
                }
            }
            sources = silent;
        }
        Err(extended)
    }

    /// Who is asked for a name, and in which order.
    fn route(&self, name: &AskedName) -> Vec<&Source> {
        let route = self.routes.iter().find(|(zone, _)| name.is_within(zone));
        let sources = route.map_or(&[][..], |(_, sources)| sources);
        let (alive, silent): (Vec<_>, Vec<_>) =
            sources.iter().map(Arc::as_ref).partition(|source: &&Source| source.is_alive());
        alive.into_iter().chain(silent).collect()
    }

    /// Each upstream, as it is.
    pub(super) fn status(&self) -> Vec<UpstreamStatus> {
        self.routes.iter().flat_map(|(_, sources)| sources).map(|source| source.status()).collect()
    }
}

/// A question on its way. However it ends, nobody waits for it afterwards.
struct Flight {
    forwarder: Arc<Forwarder>,
    key: Key,
}

impl Flight {
    async fn fly(self, request: &Request) {
        let forwarder = &self.forwarder;
        let asked = timeout(forwarder.bounds.patience, forwarder.ask(request)).await;
        let key = Arc::clone(&self.key);
        let kept = match asked {
            Ok(Ok(kept)) => {
                let kept = Arc::new(kept);
                forwarder.cache.put(key, Arc::clone(&kept), forwarder.now());
                kept
            }
            Ok(Err(extended)) => self.fail(key, extended),
            Err(_) => self.fail(key, None),
        };
        for waiting in self.land() {
            let _ = waiting.send(Arc::clone(&kept));
        }
    }

    fn fail(&self, key: Key, extended: Option<u16>) -> Arc<Kept> {
        let failure = Arc::new(Kept::failure(extended));
        self.forwarder.cache.put_off(key, Arc::clone(&failure), self.forwarder.now());
        failure
    }

    fn land(&self) -> Vec<oneshot::Sender<Arc<Kept>>> {
        let flights = &self.forwarder.flights;
        let mut flights = flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.remove(&self.key).unwrap_or_default()
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        drop(self.land());
    }
}
