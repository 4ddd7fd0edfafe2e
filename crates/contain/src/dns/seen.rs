//! Which names were seen lately, so that only look-ups of rare and new ones are told.
//!
//! What everybody looks up all day says nothing about anybody; who looked up a lure that nobody
//! knew yesterday is what an investigation asks first. Names and askers are kept as keyed
//! hashes, in memory, for as long as there is room.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use unhook_app::resolving::Client;

/// For how long after it was first seen a name is new, in seconds: a campaign is over in hours, and
/// told within a day.
pub const NEW_FOR: u32 = 24 * 3_600;

/// How many look-ups of a new name are told; what is asked for more often is no longer rare.
pub const MOST_TOLD: u32 = 2_000;

/// For how long a second look-up by the same asker is not told, in seconds: devices ask again
/// whenever an answer is out of date.
pub const TOLD_FOR: u32 = 600;

/// Names, and askers of them, that are remembered of one age; there are two. A few megabytes.
const MOST: usize = 131_072;

/// Parts with a lock each.
const SHARDS: usize = 16;

/// What was seen lately.
#[derive(Debug)]
pub(super) struct Seen {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Shard {
    names: Ages<Name>,
    askers: Ages<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    first: u32,
    told: u32,
}

/// A table that forgets: when it is full it becomes the old one, and what is looked for there moves
/// to the new.
#[derive(Debug)]
struct Ages<T> {
    new: HashMap<u64, T>,
    old: HashMap<u64, T>,
}

impl<T> Default for Ages<T> {
    fn default() -> Self {
        Self { new: HashMap::new(), old: HashMap::new() }
    }
}

impl<T: Copy> Ages<T> {
    fn entry(&mut self, key: u64, otherwise: T) -> &mut T {
        if self.new.len() >= MOST / SHARDS && !self.new.contains_key(&key) {
            self.old = std::mem::take(&mut self.new);
        }
        let old = &self.old;
        self.new.entry(key).or_insert_with(|| old.get(&key).copied().unwrap_or(otherwise))
    }
}

impl Seen {
    pub(super) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new() }
    }

    /// Whether a look-up is worth telling, `now` seconds after the start.
    pub(super) fn is_news(&self, name: &str, client: &Client, now: u32) -> bool {
        let key = self.hasher.hash_one(name);
        let shard = &self.shards[key as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = shard.names.entry(key, Name { first: now, told: 0 });
        if now.saturating_sub(seen.first) >= NEW_FOR || seen.told >= MOST_TOLD {
            return false;
        }
        seen.told += 1;
        let asker = shard.askers.entry(self.hasher.hash_one((key, client)), u32::MAX);
        let was_told = *asker != u32::MAX && now.saturating_sub(*asker) < TOLD_FOR;
        if !was_told {
            *asker = now;
        }
        !was_told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Client {
        Client::Address([192, 0, 2, last].into())
    }

    #[test]
    fn a_new_name_is_told_of_each_asker_until_it_is_old() {
        let seen = Seen::new();
        assert!(seen.is_news("new.test", &client(1), 0));
        assert!(seen.is_news("new.test", &client(2), 1));
        assert!(!seen.is_news("new.test", &client(1), TOLD_FOR - 1));
        assert!(seen.is_news("new.test", &client(1), TOLD_FOR));
        assert!(seen.is_news("new.test", &client(3), NEW_FOR - 1));
        assert!(!seen.is_news("new.test", &client(4), NEW_FOR));
    }

    #[test]
    fn what_everybody_looks_up_is_not_told() {
        let seen = Seen::new();
        let device = |n: u32| Client::Device(format!("device {n}").into());
        let told = (0..3 * MOST_TOLD).filter(|n| seen.is_news("common.test", &device(*n), 1));
        assert_eq!(told.count(), MOST_TOLD as usize);
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_is_remembered() {
        let seen = Seen::new();
        assert!(seen.is_news("known.test", &client(1), 0));
        for n in 0..(3 * MOST) {
            seen.is_news(&format!("n{n}.test"), &client(1), 10);
            if n % 1_000 == 0 {
                assert!(!seen.is_news("known.test", &client(1), NEW_FOR), "{n}");
            }
        }
        let kept: usize =
            seen.shards.iter().map(|shard| shard.lock().unwrap().names.new.len()).sum();
        assert!(kept <= MOST, "{kept}");
    }
}
