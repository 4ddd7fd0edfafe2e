//! Names that are held: they look like the organization and are new here, so they do not resolve for a day, or until
//! somebody releases them.
//!
//! Whether a name is new, the look-back knows, which outlives the process. A host that looks like the organization below a name
//! that is known here is held by itself, the first time. What was held once is not held again: that is kept in the safe, with the
//! names alone and nobody who asked for them. Whether a name may be held is asked at every look-up of it, so a ruling or a new
//! partner lets it resolve at once.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use unhook_detect::text::host::registrable;
use unhook_model::{Hostname, LookalikeLevel, Timestamp};

use super::Service;
use super::exposure::on_a_thread;
use super::tally::{Tally, one_more};
use crate::journal::Cause;
use crate::safe::{Item, Safe};

/// How long a name is held.
pub const HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// The most names held, or known to have been: more than ever look like one organization in a day.
const MOST_HELD: usize = 10_000;

/// The most names that are known not to look like the organization: eight bytes each. Beyond, some are looked at again.
const MOST_EXAMINED: usize = 2_000_000;

/// The version of what is kept.
const VERSION: u8 = 1;

/// A name that is held, with all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The name.
    pub name: Box<str>,
    /// What was looked up and looks like the organization: the name, or a host below it.
    pub host: Box<str>,
    /// The brand that it imitates.
    pub brand: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when, if nobody releases it.
    pub until: Timestamp,
}

/// Names that are held, and were.
#[derive(Debug)]
pub(super) struct Holding {
    service: Weak<Service>,
    hashes: RandomState,
    examined: RwLock<HashSet<u64>>,
    names: RwLock<HashMap<Box<str>, Held>>,
    is_changed: AtomicBool,
    /// Kept one after the other, so that nothing older takes the place of what is newer.
    keeping: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    host: Box<str>,
    brand: String,
    since: Timestamp,
    until: Timestamp,
    is_released: bool,
}

impl Held {
    fn is_over(&self, now: Timestamp) -> bool {
        self.is_released || self.until <= now
    }
}

impl Holding {
    /// With what was kept.
    pub(super) fn load(safe: &dyn Safe, service: Weak<Service>, tally: &Tally) -> Self {
        let read = safe.load(Item::Holds).map_err(Cause::from);
        let read = read.and_then(|bytes| bytes.map_or(Ok(HashMap::new()), |bytes| decode(&bytes)));
        let names = read.unwrap_or_else(|error| {
            one_more(&tally.hold_failures);
            tracing::error!(%error, "which names were held is forgotten: some may be held again");
            HashMap::new()
        });
        Self {
            service,
            hashes: RandomState::new(),
            examined: RwLock::default(),
            names: RwLock::new(names),
            is_changed: AtomicBool::new(false),
            keeping: tokio::sync::Mutex::default(),
        }
    }

    /// Whether a name is held, or is from now on.
    pub(super) fn holds(&self, name: &str) -> bool {
        let Some(service) = self.service.upgrade() else { return false };
        if let Some((held_name, held)) = self.find(name) {
            return is_held(&service, &held_name, &held);
        }
        let hash = self.hashes.hash_one(name);
        if self.examined.read().unwrap_or_else(PoisonError::into_inner).contains(&hash) {
            return false;
        }
        if let Some((name, held)) = new_hold(&service, name) {
            return self.hold(name, held);
        }
        let mut examined = self.examined.write().unwrap_or_else(PoisonError::into_inner);
        if examined.len() >= MOST_EXAMINED {
            examined.clear();
        }
        examined.insert(hash);
        false
    }

    /// Looks at names again: what looks like the organization, and what may be held, is known otherwise now.
    pub(super) fn look_again(&self) {
        self.examined.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The name that is held, of which a host is, or lies below.
    pub(super) fn held_at(&self, host: &str) -> Option<Box<str>> {
        let (service, (name, held)) = (self.service.upgrade()?, self.find(host)?);
        is_held(&service, &name, &held).then_some(name)
    }

    /// The name that was held when a look-up of this host was answered so.
    pub(super) fn name_of(&self, host: &str) -> Option<Box<str>> {
        self.find(host).map(|(name, _)| name)
    }

    /// Whether this very name is held, or was.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.names().contains_key(name)
    }

    /// All that are held, by name.
    fn all(&self) -> Vec<Hold> {
        let Some(service) = self.service.upgrade() else { return Vec::new() };
        let now = service.now();
        let not_over: Vec<_> = {
            let names = self.names();
            let held = names.iter().filter(|(_, held)| !held.is_over(now));
            held.map(|(name, held)| (name.clone(), held.clone())).collect()
        };
        let held = not_over.into_iter().filter(|(name, held)| is_held(&service, name, held));
        let mut all: Vec<_> = held
            .map(|(name, held)| {
                let Held { host, brand, since, until, .. } = held;
                Hold { name, host, brand, since, until }
            })
            .collect();
        all.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// Lets a name resolve for good; whether it was held.
    fn release(&self, name: &str, now: Timestamp) -> bool {
        let mut names = self.names_mut();
        let Some(held) = names.get_mut(name).filter(|held| !held.is_over(now)) else {
            return false;
        };
        held.is_released = true;
        self.is_changed.store(true, Ordering::Release);
        true
    }

    fn hold(&self, name: Box<str>, held: Held) -> bool {
        let mut names = self.names_mut();
        if names.len() >= MOST_HELD {
            names.retain(|_, other| other.until > held.since);
        }
        if names.len() >= MOST_HELD {
            return false;
        }
        // Another look-up may have been faster, and somebody too who released it.
        let held = names.entry(name).or_insert_with_key(|name| {
            tracing::info!(%name, host = %held.host, brand = held.brand, "held for a day: it is new and looks like us");
            self.is_changed.store(true, Ordering::Release);
            held
        });
        !held.is_released
    }

    /// What is known of a name, or the nearest that it lies below.
    fn find(&self, name: &str) -> Option<(Box<str>, Held)> {
        let names = self.names();
        if names.is_empty() {
            return None;
        }
        let mut levels = std::iter::successors(Some(name), |name| Some(name.split_once('.')?.1));
        levels.find_map(|level| {
            let (name, held) = names.get_key_value(level)?;
            Some((name.clone(), held.clone()))
        })
    }

    fn names(&self) -> RwLockReadGuard<'_, HashMap<Box<str>, Held>> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn names_mut(&self) -> RwLockWriteGuard<'_, HashMap<Box<str>, Held>> {
        self.names.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether what was held is held still, as things are known now.
fn is_held(service: &Service, name: &str, held: &Held) -> bool {
    !held.is_over(service.now())
        && imitated(service, &held.host).is_some()
        && may_be_held(service, name)
}

/// The hold that a first look-up of a name begins, if it looks like the organization and is new.
fn new_hold(service: &Service, host: &str) -> Option<(Box<str>, Held)> {
    let (brand, domain, now) = (imitated(service, host)?, registrable(host)?, service.now());
    let name = if !service.exposing.knew(domain, now, HOLD) {
        domain
    } else if imitated(service, domain).is_none() {
        host
    } else {
        return None;
    };
    let (since, until, host) = (now, now.plus(HOLD), host.into());
    let held = Held { host, brand, since, until, is_released: false };
    may_be_held(service, name).then(|| (name.into(), held))
}

/// The brand of the organization's own that a name clearly imitates.
fn imitated(service: &Service, name: &str) -> Option<String> {
    let known = service.known();
    let knowledge = &known.knowledge;
    let found = knowledge.lookalikes().examine(name)?;
    let brand = found.brand.filter(|_| found.level == LookalikeLevel::High)?;
    let is_own = knowledge.organization().brands.iter().any(|own| own.name == brand);
    is_own.then(|| brand.to_owned())
}

fn may_be_held(service: &Service, name: &str) -> bool {
    Hostname::parse(name).is_ok_and(|name| service.responding.guard().permit(&name).is_ok())
}

impl Service {
    /// Names that are held because they are new and look like the organization, by name.
    #[must_use]
    pub fn held(&self) -> Vec<Hold> {
        self.gate.holding().map(Holding::all).unwrap_or_default()
    }

    /// Lets a name that is held resolve, with all below it, and not be held again; whether it was held.
    pub async fn release(&self, name: &Hostname) -> bool {
        let now = self.now();
        let is_released =
            self.gate.holding().is_some_and(|holding| holding.release(name.as_str(), now));
        if is_released {
            self.keep_holds().await;
        }
        is_released
    }

    /// Keeps what is held, and was, if that changed.
    pub(super) async fn keep_holds(&self) {
        let Some(holding) = self.gate.holding() else { return };
        let _turn = holding.keeping.lock().await;
        if !holding.is_changed.swap(false, Ordering::AcqRel) {
            return;
        }
        let (safe, bytes) = (Arc::clone(&self.ports.safe), encode(&holding.names()));
        let kept = on_a_thread(move || safe.keep(Item::Holds, &bytes)).await;
        if let Err(error) = kept {
            holding.is_changed.store(true, Ordering::Release);
            one_more(&self.tally.hold_failures);
            tracing::warn!(%error, "which names are held is not kept for now; a restart forgets it");
        }
    }
}

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u8,
    names: Vec<KeptName>,
}

#[derive(Serialize, Deserialize)]
struct KeptName {
    name: Box<str>,
    host: Box<str>,
    brand: String,
    since: i64,
    until: i64,
    is_released: bool,
}

fn encode(names: &HashMap<Box<str>, Held>) -> Vec<u8> {
    let kept = |name: &str, held: &Held| KeptName {
        name: name.into(),
        host: held.host.clone(),
        brand: held.brand.clone(),
        since: held.since.unix_ms(),
        until: held.until.unix_ms(),
        is_released: held.is_released,
    };
    let kept = Kept {
        version: VERSION,
        names: names.iter().map(|(name, held)| kept(name, held)).collect(),
    };
    serde_json::to_vec(&kept).expect("texts and numbers are JSON")
}

fn decode(bytes: &[u8]) -> Result<HashMap<Box<str>, Held>, Cause> {
    let kept: Kept = serde_json::from_slice(bytes)?;
    if kept.version != VERSION {
        return Err(format!("it is of version {}; this reads {VERSION}", kept.version).into());
    }
    let held = |kept: KeptName| {
        let held = Held {
            host: kept.host,
            brand: kept.brand,
            since: Timestamp::from_unix_ms(kept.since),
            until: Timestamp::from_unix_ms(kept.until),
            is_released: kept.is_released,
        };
        (kept.name, held)
    };
    Ok(kept.names.into_iter().take(MOST_HELD).map(held).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_nothing_else_is() {
        let at = Timestamp::from_unix_ms;
        let held = Held {
            host: "login.acme.example.evil.test".into(),
            brand: "Acme".to_owned(),
            since: at(5),
            until: at(9),
            is_released: true,
        };
        let names = HashMap::from([("evil.test".into(), held)]);
        let bytes = encode(&names);
        assert_eq!(decode(&bytes).unwrap(), names);
        for wrong in [&b""[..], b"{}", b"\xff", br#"{"version":2,"names":[]}"#, &bytes[1..]] {
            assert!(decode(wrong).is_err(), "{wrong:?}");
        }
    }
}
