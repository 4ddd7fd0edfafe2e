//! Brands one slip of the finger away: a letter more, less, other or swapped.
//!
//! Two words within one slip share a form with one letter deleted (Mor and Fraenkel 1982),
//! so each brand's forms with a letter gone are kept by hash, behind a bitmap that answers
//! nearly every "no" from the cache.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::text::phrases::AlreadyHashed;
use crate::text::words::mix;

/// The shortest brand that is matched with slips: below, every word is near another.
pub(super) const SHORTEST: usize = 5;

/// The longest word looked at, in bytes.
const LONGEST: usize = 32;

/// Bits of the filter: two mebibits fit the second-level cache.
const FILTER_BITS: usize = 1 << 21;

#[derive(Debug)]
pub(super) struct NearIndex {
    filter: Vec<u64>,
    forms: HashMap<u64, Vec<u32>, BuildHasherDefault<AlreadyHashed>>,
    words: Vec<Box<[u8]>>,
}

impl NearIndex {
    /// Compiles words; each keeps its place as its number.
    pub(super) fn compile<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut index = Self {
            filter: vec![0; FILTER_BITS / 64],
            forms: HashMap::default(),
            words: Vec::new(),
        };
        for word in words {
            let number = index.words.len() as u32;
            index.words.push(word.as_bytes().into());
            if (SHORTEST..=LONGEST).contains(&word.len()) {
                for_each_form(word.as_bytes(), |form| {
                    index.filter[form as usize % FILTER_BITS / 64] |= 1 << (form % 64);
                    index.forms.entry(form).or_default().push(number);
                });
            }
        }
        index
    }

    /// The number of a word exactly one slip from this one, itself not among the words.
    pub(super) fn find(&self, word: &[u8]) -> Option<u32> {
        if !(SHORTEST - 1..=LONGEST + 1).contains(&word.len()) {
            return None;
        }
        let mut found = None;
        for_each_form(word, |form| {
            if found.is_none()
                && self.filter[form as usize % FILTER_BITS / 64] >> (form % 64) & 1 == 1
            {
                let numbers = self.forms.get(&form).into_iter().flatten();
                found = numbers
                    .copied()
                    .find(|number| is_one_slip(&self.words[*number as usize], word));
            }
        });
        found
    }
}

/// Calls `each` with the hash of a word and of each form of it with one letter gone. The
/// hash adds up over letters and places, so each form costs a few additions.
fn for_each_form(word: &[u8], mut each: impl FnMut(u64)) {
    let letter = |byte: u8, place: usize| mix(u64::from(byte) << 8 | place as u64);
    let (mut before, mut after, mut whole) = (0_u64, 0_u64, 0_u64);
    for (place, byte) in word.iter().enumerate() {
        whole = whole.wrapping_add(letter(*byte, place));
        if place > 0 {
            after = after.wrapping_add(letter(*byte, place - 1));
        }
    }
    each(mix(whole ^ word.len() as u64));
    for (place, byte) in word.iter().enumerate() {
        each(mix(before.wrapping_add(after) ^ (word.len() as u64 - 1)));
        before = before.wrapping_add(letter(*byte, place));
        if let Some(next) = word.get(place + 1) {
            after = after.wrapping_sub(letter(*next, place));
        }
    }
}

/// Whether one insertion, deletion, replacement or swap of neighbours turns one word into
/// the other.
fn is_one_slip(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let start = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short, long) = (&short[start..], &long[start..]);
    match long.len() - short.len() {
        0 if short.is_empty() => false,
        0 => {
            let swapped = short.len() > 1
                && short[0] == long[1]
                && short[1] == long[0]
                && short[2..] == long[2..];
            short[1..] == long[1..] || swapped
        }
        1 => *short == long[1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_slip_is_found_and_two_are_not() {
        let index = NearIndex::compile(["cloudflare", "acme"].into_iter());
        for word in ["cloudflre", "cloudfllare", "cloudfkare", "cluodflare"] {
            assert_eq!(index.find(word.as_bytes()), Some(0), "{word}");
        }
        for word in ["cloudflare", "cloudfxxre", "acne", "cloud"] {
            assert_eq!(index.find(word.as_bytes()), None, "{word}");
        }
    }

    proptest! {
        #[test]
        fn a_letter_gone_is_always_found(word in "[a-z]{6,20}", at in 0_usize..20) {
            let mut slipped = word.clone();
            slipped.remove(at % word.len());
            let index = NearIndex::compile([word.as_str()].into_iter());
            prop_assert_eq!(index.find(slipped.as_bytes()), Some(0));
        }
    }
}
