//! Many names in little memory.
//!
//! A list of a million names is one block of bytes and a table of places in it: about thirty
//! bytes a name, no allocation for each, and a look-up touches two cache lines. It is built
//! once and never changed.

use std::num::NonZero;
use std::sync::{Arc, mpsc};
use std::thread;

use unhook_engine::Blockable;
use unhook_model::Hostname;

/// An empty place in the table.
const EMPTY: u32 = u32::MAX;

/// The most bytes of names, each with a byte for its length: places are 32 bits wide.
const MOST_BYTES: usize = EMPTY as usize - 256;

/// How many names a thread proves before it hands them over.
const PART: usize = 4_096;

/// A set of names, each proven to be blockable when it was put in.
#[derive(Debug, Default)]
pub struct NameSet {
    bytes: Vec<u8>,
    places: Vec<u32>,
    count: usize,
}

impl NameSet {
    /// Of these names, each counted once. What does not fit into four gigabytes is left out.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = Blockable>) -> Self {
        let mut set = Self::default();
        for name in names {
            set.insert(&name);
        }
        set.bytes.shrink_to_fit();
        set
    }

    /// Puts those of many names in that `prove` lets in, in their order. They are proven on all cores.
    pub fn add_proven<T: Sync>(
        &mut self,
        names: &[T],
        prove: impl Fn(&T) -> Option<Blockable> + Sync,
    ) {
        self.make_room_for(names.len());
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let prove = &prove;
        thread::scope(|scope| {
            let hand_over = |nth: usize| {
                let (proven, heard) = mpsc::sync_channel(2);
                scope.spawn(move || {
                    for part in names.chunks(PART).skip(nth).step_by(cores) {
                        let part: Vec<Blockable> = part.iter().filter_map(prove).collect();
                        // Whoever hears waits for all of them.
                        let _ = proven.send(part);
                    }
                });
                heard
            };
            let heard: Vec<_> = (0..cores).map(hand_over).collect();
            let parts = heard.iter().cycle().map_while(|heard| heard.recv().ok());
            parts.flatten().for_each(|name| self.insert(&name));
        });
    }

    /// Puts one more in.
    pub fn insert(&mut self, name: &Blockable) {
        let name = name.name().as_str();
        if self.bytes.len() + name.len() > MOST_BYTES || self.contains(name) {
            return;
        }
        self.make_room_for(1);
        let place = self.bytes.len() as u32;
        self.bytes.push(name.len() as u8);
        self.bytes.extend_from_slice(name.as_bytes());
        self.count += 1;
        self.put(place);
    }

    /// Never more than five in eight places are taken: with more, what is not there takes long to be
    /// missed.
    fn make_room_for(&mut self, more: usize) {
        let least = ((self.count + more) * 8).div_ceil(5);
        if least > self.places.len() {
            let size = least.next_power_of_two().max(16);
            let old = std::mem::replace(&mut self.places, vec![EMPTY; size]);
            old.into_iter().filter(|place| *place != EMPTY).for_each(|place| self.put(place));
        }
    }

    fn put(&mut self, place: u32) {
        let mask = self.places.len() - 1;
        let mut at = hash(self.at(place)) as usize & mask;
        while self.places[at] != EMPTY {
            at = (at + 1) & mask;
        }
        self.places[at] = place;
    }

    fn at(&self, place: u32) -> &[u8] {
        let start = place as usize + 1;
        &self.bytes[start..start + usize::from(self.bytes[place as usize])]
    }

    /// Whether this very name is there, in lower case.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        if self.places.is_empty() {
            return false;
        }
        let mask = self.places.len() - 1;
        let mut at = hash(name.as_bytes()) as usize & mask;
        while self.places[at] != EMPTY {
            if self.at(self.places[at]) == name.as_bytes() {
                return true;
            }
            at = (at + 1) & mask;
        }
        false
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut rest = &self.bytes[..];
        std::iter::from_fn(move || {
            let (length, after) = rest.split_first()?;
            let (name, after) = after.split_at(usize::from(*length));
            rest = after;
            Some(std::str::from_utf8(name).expect("names were text when they were put in"))
        })
    }
}

/// FNV-1a with a last mix (Fowler, Noll, Vo; the mix is the one of MurmurHash3): names are short. Who
/// may put names in could slow the table down, and may block what they like anyway.
fn hash(name: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ hash >> 33
}

/// Names that are of one list, with the list's name.
#[derive(Debug)]
pub struct NamedSet {
    /// What the list is called.
    pub name: Arc<str>,
    /// The names.
    pub names: NameSet,
}

impl NamedSet {
    /// Whether a name of the list is this one.
    #[must_use]
    pub fn contains(&self, name: &Hostname) -> bool {
        self.names.contains(name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use unhook_detect::Knowledge;
    use unhook_engine::Protected;

    use super::*;

    #[test]
    fn what_was_put_in_is_there_and_nothing_else() {
        let protected = Protected::new(Arc::new(Knowledge::builtin()), Arc::default());
        let name = |n: u32| Hostname::parse(&format!("name-{n}.test")).unwrap();
        let names = (0..5_000).chain(0..10).map(|n| protected.permit(&name(n)).unwrap());
        let set = NameSet::new(names);
        assert_eq!(set.len(), 5_000);
        assert_eq!(set.iter().count(), 5_000);
        for n in 0..5_000 {
            assert!(set.contains(name(n).as_str()), "{n}");
        }
        for n in 5_000..10_000 {
            assert!(!set.contains(name(n).as_str()), "{n}");
        }
        assert!(!NameSet::default().contains("name-0.test"));
    }

    #[test]
    fn many_are_proven_at_once_and_stay_in_order() {
        let protected = Protected::new(Arc::new(Knowledge::builtin()), Arc::default());
        let names: Vec<String> = (0..3 * PART + 7).map(|n| format!("name-{n}.test")).collect();
        let prove = |name: &String| {
            let is_even = name.as_bytes()[name.len() - 6].is_multiple_of(2);
            protected.permit(&Hostname::parse(name).ok().filter(|_| is_even)?).ok()
        };
        let (mut at_once, mut one_by_one) = (NameSet::default(), NameSet::default());
        at_once.add_proven(&names, prove);
        names.iter().filter_map(prove).for_each(|name| one_by_one.insert(&name));
        assert!(at_once.len() > PART && at_once.len() < names.len());
        assert!(at_once.iter().eq(one_by_one.iter()));
        at_once.add_proven(&[] as &[String], prove);
        assert_eq!(at_once.len(), one_by_one.len());
    }
}
