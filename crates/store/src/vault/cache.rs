//! What the vault remembers, so that a person met a moment ago costs no look into a file.
//!
//! Everything remembered belongs to one generation of the database. When that has moved on
//! (somebody was erased, a directory was imported, a token revoked; here or in another
//! process), all is forgotten before anything else is said.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use unhook_app::{Grant, Person};
use unhook_model::{PersonId, Timestamp};

use super::crypto::{Key, Marked};

/// The most contacts, and the most people, remembered: all of a large organization. Each takes
/// a few hundred bytes.
const MOST_REMEMBERED: usize = 100_000;

/// The most tokens remembered: far more than there are programs that ask.
const MOST_GRANTS: usize = 1_000;

/// A person with the key that seals what is theirs.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) person: Person,
    pub(crate) key: Key,
}

/// Whose a contact is, from and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) person: PersonId,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Held {
    pub(crate) fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// What is remembered of one generation.
#[derive(Debug)]
pub(crate) struct Cache {
    generation: i64,
    contacts: Memory<Marked, Held>,
    people: Memory<PersonId, Arc<Known>>,
    months: Memory<i64, PersonId>,
    grants: Memory<[u8; 32], Grant>,
}

impl Cache {
    pub(crate) fn new(generation: i64) -> Self {
        Self {
            generation,
            contacts: Memory::new(MOST_REMEMBERED),
            people: Memory::new(MOST_REMEMBERED),
            months: Memory::new(MOST_GRANTS),
            grants: Memory::new(MOST_GRANTS),
        }
    }

    /// Forgets everything if the database is at another generation.
    pub(crate) fn move_to(&mut self, generation: i64) {
        if generation != self.generation {
            *self = Self::new(generation);
        }
    }

    pub(crate) fn met(&mut self, mark: &Marked, at: Timestamp) -> Option<Arc<Known>> {
        let held = self.contacts.get(mark).filter(|held| held.covers(at))?;
        self.people.get(&held.person)
    }

    pub(crate) fn person(&mut self, id: PersonId) -> Option<Arc<Known>> {
        self.people.get(&id)
    }

    pub(crate) fn month(&mut self, month: i64) -> Option<PersonId> {
        self.months.get(&month)
    }

    pub(crate) fn grant(&mut self, hash: &[u8; 32]) -> Option<Grant> {
        self.grants.get(hash)
    }

    /// Remembers what was read in a generation, unless that is past.
    pub(crate) fn remember(&mut self, generation: i64, what: Remembered) {
        if generation != self.generation {
            return;
        }
        match what {
            Remembered::Contact(mark, held) => self.contacts.put(mark, held),
            Remembered::Person(known) => self.people.put(known.person.id, known),
            Remembered::Month(month, person) => self.months.put(month, person),
            Remembered::Grant(hash, grant) => self.grants.put(hash, grant),
        }
    }
}

/// One thing to remember.
#[derive(Debug)]
pub(crate) enum Remembered {
    Contact(Marked, Held),
    Person(Arc<Known>),
    Month(i64, PersonId),
    Grant([u8; 32], Grant),
}

/// A bounded map that keeps what is asked for. When its young half is full, the old half is
/// forgotten and the young one grows old; what is found in the old half is young again.
#[derive(Debug)]
struct Memory<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Memory<K, V> {
    fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half: most / 2 }
    }

    fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.put(key, value.clone());
        Some(value)
    }

    fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_is_bounded_and_keeps_what_is_asked_for() {
        let mut memory = Memory::new(20);
        for number in 0..1_000 {
            memory.put(number, number);
            assert_eq!(memory.get(&0), Some(0), "after {number}");
            assert!(memory.young.len() + memory.old.len() <= 20);
        }
        assert_eq!(memory.get(&999), Some(999));
        assert_eq!(memory.get(&500), None);
    }

    #[test]
    fn what_was_read_in_a_past_generation_is_not_remembered() {
        let mut cache = Cache::new(1);
        let person = PersonId::from_bytes([1; 16]);
        cache.remember(1, Remembered::Month(5, person));
        assert_eq!(cache.month(5), Some(person));
        cache.move_to(2);
        assert_eq!(cache.month(5), None);
        cache.remember(1, Remembered::Month(5, person));
        assert_eq!(cache.month(5), None);
    }
}
