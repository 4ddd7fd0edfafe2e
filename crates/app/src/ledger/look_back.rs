//! What was looked up before anybody knew that it mattered.
//!
//! Most of what people look up says nothing but what they do all day, and none of that is kept.
//! A lure's name is one that nobody here looked up before: so only names that were first seen a short while ago
//! are remembered, for [`LOOK_BACK`]. When a campaign claims one,
//! its look-ups become part of the ledger; otherwise they are forgotten.
//!
//! `written` makes bytes of it, which nobody keeps but sealed, and reads them again. Of names that are not worth
//! remembering those bytes have hashes, so that after a restart what everybody looks up every day is not taken for new.

mod written;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use unhook_detect::text::host::registrable;
use unhook_model::Timestamp;

use super::{By, Touch, Via};

pub use written::{Cursor, DamagedLookBack};

/// How long what nothing explains is remembered.
pub const LOOK_BACK: Duration = Duration::from_secs(72 * 60 * 60);

/// The most look-ups remembered: some fifty megabytes.
pub const MOST_LOOKED_BACK: usize = 400_000;

/// The most of one name: beyond, it is no rare one, or everybody was hit and that is known.
pub const MOST_OF_NAME: usize = 20_000;

/// The most names known not to be worth remembering: eight bytes each.
const MOST_KNOWN: usize = 2_000_000;

/// How far apart look-ups of one client or account are remembered, in milliseconds.
const APART: i64 = 60_000;

/// Look-ups of names seen for the first time.
#[derive(Debug, Default)]
pub struct LookBack {
    names: HashMap<Box<str>, Recent>,
    by_first: BTreeSet<(Timestamp, Box<str>)>,
    known: HashSet<u64>,
    hashes: Hashes,
    count: usize,
}

/// A keyed hash of names, the same for as long as its key is: nobody outside can make names that meet.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hashes(u64, u64);

impl Default for Hashes {
    fn default() -> Self {
        // The keys of a random state are the system's own random bytes.
        let random = RandomState::new();
        Self(random.hash_one(0), random.hash_one(1))
    }
}

impl std::fmt::Debug for Hashes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashes(…)")
    }
}

impl Hashes {
    fn of(self, name: &str) -> u64 {
        #[expect(
            deprecated,
            reason = "the one hasher of std that takes a key and is SipHash 2-4 for ever"
        )]
        let mut hasher = std::hash::SipHasher::new_with_keys(self.0, self.1);
        hasher.write(name.as_bytes());
        hasher.finish()
    }
}

#[derive(Debug, PartialEq)]
struct Recent {
    first: Timestamp,
    touches: BTreeMap<(By, Box<str>, Via, i64), Timestamp>,
}

impl LookBack {
    /// Remembers a look-up, unless its name is known. `is_common` says of a registrable name that
    /// it is one that many use, or nobody's lure.
    pub fn add(&mut self, touch: &Touch, is_common: impl FnOnce(&str) -> bool) {
        let Some(name) = registrable(&touch.name) else { return };
        let hash = self.hashes.of(name);
        if self.known.contains(&hash) {
            return;
        }
        if !self.names.contains_key(name) {
            if is_common(name) {
                self.learn(hash);
                return;
            }
            let recent = Recent { first: touch.at, touches: BTreeMap::new() };
            self.names.insert(name.into(), recent);
            self.by_first.insert((touch.at, name.into()));
        }
        let Some(recent) = self.names.get_mut(name) else { return };
        if touch.at.since(recent.first) > LOOK_BACK {
            self.forget(name);
            return;
        }
        let minute = touch.at.unix_ms().div_euclid(APART);
        let key = (touch.by.clone(), touch.name.clone(), touch.via, minute);
        if let Some(known) = recent.touches.get_mut(&key) {
            *known = touch.at.min(*known);
        } else if recent.touches.len() < MOST_OF_NAME {
            recent.touches.insert(key, touch.at);
            self.count += 1;
        }
        if touch.at < recent.first {
            self.by_first.remove(&(recent.first, name.into()));
            recent.first = touch.at;
            self.by_first.insert((touch.at, name.into()));
        }
        while self.count > MOST_LOOKED_BACK {
            let Some((_, oldest)) = self.by_first.first().cloned() else { return };
            self.forget(&oldest);
        }
    }

    /// Gives out what was looked up of a name and all below it, and keeps it: the ledger knows it
    /// when it comes twice.
    #[must_use]
    pub fn of(&self, name: &str) -> Vec<Touch> {
        let Some(recent) = registrable(name).and_then(|name| self.names.get(name)) else {
            return Vec::new();
        };
        let is_below = |full: &str| {
            full.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let touches = recent.touches.iter().filter(|((_, full, ..), _)| is_below(full));
        let touch = |((by, name, via, _), at): (&(By, Box<str>, Via, i64), &Timestamp)| Touch {
            name: name.clone(),
            by: by.clone(),
            at: *at,
            via: *via,
        };
        touches.map(touch).collect()
    }

    /// Whether a registrable name was looked up at least `age` before `now`.
    #[must_use]
    pub fn knew(&self, name: &str, now: Timestamp, age: Duration) -> bool {
        self.known.contains(&self.hashes.of(name))
            || self.names.get(name).is_some_and(|recent| now.since(recent.first) >= age)
    }

    /// Forgets what is over. A name is not new any more then, unless it `is_lure`: what an attack made
    /// people look up is no site of theirs.
    pub fn sweep(&mut self, now: Timestamp, is_lure: impl Fn(&str) -> bool) {
        while let Some((first, name)) = self.by_first.first().cloned() {
            if now.since(first) <= LOOK_BACK {
                return;
            }
            self.drop(&name);
            if !is_lure(&name) {
                self.learn(self.hashes.of(&name));
            }
        }
    }

    /// Forgets who looked up what, since somebody was erased and may have been one of them. Names are as new as
    /// before then.
    pub fn forget_everybody(&mut self) {
        self.names.clear();
        self.by_first.clear();
        self.count = 0;
    }

    /// How many look-ups are remembered.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets a name's look-ups, and does not begin again: it is not new any more.
    fn forget(&mut self, name: &str) {
        self.drop(name);
        self.learn(self.hashes.of(name));
    }

    fn drop(&mut self, name: &str) {
        let Some(recent) = self.names.remove(name) else { return };
        self.by_first.remove(&(recent.first, name.into()));
        self.count -= recent.touches.len();
    }

    fn learn(&mut self, hash: u64) {
        if self.known.len() >= MOST_KNOWN {
            // Names are new again then: remembered once more, perhaps held for a day, and no site that people
            // are known to go to.
            self.known.clear();
        }
        self.known.insert(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolving::Client;

    const HOUR: i64 = 3_600_000;

    fn touch(name: &str, hour: i64) -> Touch {
        let client = Client::Address([192, 0, 2, 1].into());
        let at = Timestamp::from_unix_ms(hour * HOUR);
        Touch { name: name.into(), by: By::Client(client), at, via: Via::Resolver }
    }

    fn names(look_back: &LookBack, name: &str) -> Vec<String> {
        look_back.of(name).iter().map(|touch| touch.name.to_string()).collect()
    }

    #[test]
    fn a_name_that_a_campaign_claims_later_was_looked_up_before() {
        let mut look_back = LookBack::default();
        for name in ["www.acme-okta.example", "acme-okta.example", "notacme-okta.example"] {
            look_back.add(&touch(name, 1), |_| false);
        }
        let found = names(&look_back, "acme-okta.example");
        assert_eq!(found, ["acme-okta.example", "www.acme-okta.example"]);
        assert_eq!(names(&look_back, "www.acme-okta.example"), ["www.acme-okta.example"]);
        assert_eq!(names(&look_back, "other.example"), [""; 0]);
    }

    #[test]
    fn what_was_opened_by_an_account_is_remembered_as_well() {
        let mut look_back = LookBack::default();
        let by = By::Account("ann".into());
        let opened = Touch { by, via: Via::Proxy, ..touch("www.acme-okta.example", 1) };
        look_back.add(&opened, |_| false);
        assert_eq!(look_back.of("acme-okta.example"), [opened]);
    }

    #[test]
    fn what_many_use_is_not_remembered() {
        let mut look_back = LookBack::default();
        look_back.add(&touch("www.news.example", 1), |name| name == "news.example");
        // It is not even asked again.
        look_back.add(&touch("news.example", 2), |_| false);
        assert!(look_back.is_empty());
    }

    #[test]
    fn what_nothing_explains_is_forgotten() {
        let mut look_back = LookBack::default();
        look_back.add(&touch("a.example", 1), |_| false);
        look_back.add(&touch("b.example", 40), |_| false);
        look_back.sweep(Timestamp::from_unix_ms(73 * HOUR), |_| false);
        assert_eq!(look_back.len(), 2);
        look_back.sweep(Timestamp::from_unix_ms(74 * HOUR), |_| false);
        assert_eq!((look_back.len(), names(&look_back, "b.example").len()), (1, 1));
        // A name that is known for longer is no lure's.
        look_back.add(&touch("a.example", 75), |_| false);
        look_back.add(&touch("b.example", 113), |_| false);
        assert!(look_back.is_empty());
    }
}
