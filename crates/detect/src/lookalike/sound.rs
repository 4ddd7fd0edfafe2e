//! Brands spelled otherwise and said the same (`craken` for "kraken", `publics` for
//! "publix"), by a key of what English and its neighbours make of the letters.
//!
//! It counts for words with at least [`SHORTEST_KEY`] sounds, and only beside sign-in words:
//! alone, too many honest words sound alike.

use std::collections::HashMap;

use crate::text::hashing::mix;

/// The fewest sounds compared: shorter keys are those of many words.
const SHORTEST_KEY: usize = 5;

/// The longest word heard, in letters.
const LONGEST: usize = 24;

/// Brands' forms by how they sound.
#[derive(Debug)]
pub(super) struct SoundIndex {
    forms: HashMap<u64, u32>,
    /// How forms begin: the keys of their first [`OPENING`] sounds, one bit each. Nearly
    /// every word begins otherwise and need not be heard to its end.
    openings: Box<[u64]>,
}

/// Sounds of an opening.
const OPENING: usize = SHORTEST_KEY - 1;

/// Bits of the set of openings.
const OPENING_BITS: u32 = 15;

impl SoundIndex {
    /// Compiles words; each keeps its place as its number. Empty ones match nothing.
    pub(super) fn compile<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut forms = HashMap::new();
        let mut openings = vec![0; 1 << (OPENING_BITS - 6)].into_boxed_slice();
        for (number, word) in (0..).zip(words) {
            let mut opens = |opening| {
                let bit = opening_bit(opening);
                openings[bit / 64] |= 1 << (bit % 64);
                true
            };
            if let Some(key) = key(word.as_bytes(), &mut opens) {
                forms.entry(key).or_insert(number);
            }
        }
        Self { forms, openings }
    }

    /// The number of a word that sounds like this one.
    pub(super) fn find(&self, word: &[u8]) -> Option<u32> {
        let mut opens = |opening| {
            let bit = opening_bit(opening);
            self.openings[bit / 64] >> (bit % 64) & 1 == 1
        };
        self.forms.get(&key(word, &mut opens)?).copied()
    }
}

fn opening_bit(opening: u64) -> usize {
    (opening >> (64 - OPENING_BITS)) as usize
}

/// How a word sounds, as one number; `None` when that says too little, or when `opens` says
/// no to the key of its opening.
#[inline]
fn key(word: &[u8], opens: &mut impl FnMut(u64) -> bool) -> Option<u64> {
    if word.len() > LONGEST {
        return None;
    }
    let mut key = 0_u64;
    let mut last = 0;
    let mut count = 0;
    let mut at = 0;
    while at < word.len() {
        let (sounds, taken) = sounds_at(word, at);
        for sound in sounds.iter().filter(|sound| **sound != 0) {
            if *sound != last {
                key = mix(key ^ u64::from(*sound));
                count += 1;
                last = *sound;
                if count == OPENING && !opens(key) {
                    return None;
                }
            }
        }
        at += taken;
    }
    (count >= SHORTEST_KEY).then_some(key)
}

/// One sound or two at a place in a word, and how many letters they take.
fn sounds_at(word: &[u8], at: usize) -> ([u8; 2], usize) {
    let next = word.get(at + 1).copied().unwrap_or(0);
    let soft = matches!(next, b'e' | b'i' | b'y');
    match (word[at], next) {
        (b'p', b'h') => (*b"f\0", 2),
        (b'c', b'k') | (b'c', b'q') => (*b"k\0", 2),
        (b'c' | b's', b'h') => (*b"x\0", 2),
        (b't', b'h') => (*b"t\0", 2),
        (b'w', b'h') => (*b"w\0", 2),
        (b'w', b'r') if at == 0 => (*b"r\0", 2),
        (b'k', b'n') if at == 0 => (*b"n\0", 2),
        (b'q', b'u') => (*b"kw", 2),
        (b'c', _) if soft => (*b"s\0", 1),
        (b'c' | b'k' | b'q', _) => (*b"k\0", 1),
        (b'x', _) => (*b"ks", 1),
        (b'z', _) => (*b"s\0", 1),
        (b'g', _) if soft => (*b"j\0", 1),
        (b'v', _) => (*b"f\0", 1),
        (b'e', b'a' | b'e' | b'y') | (b'i', b'e') => (*b"i\0", 2),
        (b'o', b'o' | b'u') => (*b"u\0", 2),
        (b'a', b'i' | b'y') | (b'e', b'i') => (*b"e\0", 2),
        (b'y', _) => (*b"i\0", 1),
        (other, _) => ([other, 0], 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(brand: &str, word: &str, expected: bool) {
        let index = SoundIndex::compile([brand].into_iter());
        assert_eq!(index.find(word.as_bytes()).is_some(), expected, "{brand} {word}");
    }

    #[test]
    fn spelled_otherwise_said_the_same() {
        check("kraken", "craken", true);
        check("publix", "publics", true);
        check("phreesia", "freezia", true);
        check("chequers", "checkers", false);
        check("phantom", "fandom", false);
        check("kraken", "broken", false);
        check("lyft", "lift", false);
    }

    #[test]
    fn short_and_endless_words_are_not_heard() {
        check("", "", false);
        check("ab", "ab", false);
        check(&"ab".repeat(40), &"ab".repeat(40), false);
    }
}
