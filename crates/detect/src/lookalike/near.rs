//! Brands one slip of the finger away: a letter more, less, other or swapped.
//!
//! One slip leaves either the first half of a brand untouched or its second half, when one
//! letter in the middle belongs to neither (a swap may touch two letters). So the halves
//! are kept by hash behind a bitmap, and a word asks six times instead of once for each of
//! its letters; what a half finds is compared in full.

use super::fold::Folded;

/// The shortest brand that is matched with slips: below, every word is near another.
pub(super) const SHORTEST: usize = 5;

/// The longest brand matched, in bytes.
const LONGEST: usize = 32;

/// Bits of the filter: 16 KiB.
const FILTER_BITS: u32 = 17;

/// Buckets that halves are sorted into.
const BUCKET_BITS: u32 = 15;

#[derive(Debug)]
pub(super) struct NearIndex {
    filter: Box<[u64; 1 << (FILTER_BITS - 6)]>,
    /// Where each bucket's entries begin, and where the last ends.
    buckets: Box<[u32]>,
    entries: Box<[Entry]>,
    words: Vec<Box<[u8]>>,
}

/// One half of a word.
#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u32,
    /// The letters of the whole word.
    letters: u32,
    /// The word's number.
    number: u32,
}

/// Which half of a word.
#[derive(Clone, Copy)]
enum Half {
    First,
    Second,
}

impl NearIndex {
    /// Compiles folded words; each keeps its place as its number. Empty ones match nothing.
    pub(super) fn compile<'w>(words: impl Iterator<Item = &'w [u8]>) -> Self {
        let words: Vec<Box<[u8]>> = words.map(Into::into).collect();
        let mut entries: Vec<Entry> = Vec::with_capacity(2 * words.len());
        for (number, word) in (0..).zip(&words) {
            let mut folded = Folded::empty();
            if !is_measured(word.len()) || !folded.fill(word) {
                continue;
            }
            for half in [Half::First, Half::Second] {
                let key = key(&folded, 0, word.len(), word.len(), half);
                entries.push(Entry { key, letters: letters(word), number });
            }
        }
        entries.sort_by_key(|entry| entry.key >> (32 - BUCKET_BITS));
        let mut filter = Box::new([0; 1 << (FILTER_BITS - 6)]);
        let mut buckets = vec![0; (1 << BUCKET_BITS) + 1].into_boxed_slice();
        for Entry { key, .. } in &entries {
            let bit = key >> (32 - FILTER_BITS);
            filter[bit as usize / 64] |= 1 << (bit % 64);
            buckets[(key >> (32 - BUCKET_BITS)) as usize + 1] += 1;
        }
        for bucket in 1..buckets.len() {
            buckets[bucket] += buckets[bucket - 1];
        }
        Self { filter, buckets, entries: entries.into(), words }
    }

    /// Calls `each` with the number of every word of at least `least` letters exactly one slip
    /// from the part of a host; twice with one whose both halves show it.
    #[inline]
    pub(super) fn find(
        &self,
        host: &Folded,
        start: usize,
        end: usize,
        least: usize,
        mut each: impl FnMut(u32),
    ) {
        let length = end - start;
        for measured in [length, length + 1, length.wrapping_sub(1)] {
            if measured < least || !is_measured(measured) {
                continue;
            }
            for half in [Half::First, Half::Second] {
                let key = key(host, start, end, measured, half);
                let bit = key >> (32 - FILTER_BITS);
                if self.filter[bit as usize / 64] >> (bit % 64) & 1 == 1 {
                    self.compare(key, &host.bytes()[start..end], &mut each);
                }
            }
        }
    }

    fn compare(&self, key: u32, word: &[u8], each: &mut impl FnMut(u32)) {
        let bucket = (key >> (32 - BUCKET_BITS)) as usize;
        let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
        let letters = letters(word);
        for entry in self.entries[range].iter().filter(|entry| entry.key == key) {
            // One slip takes a letter away, brings another, or both.
            if (entry.letters ^ letters).count_ones() <= 2
                && is_one_slip(&self.words[entry.number as usize], word)
            {
                each(entry.number);
            }
        }
    }
}

fn is_measured(length: usize) -> bool {
    (SHORTEST..=LONGEST).contains(&length)
}

/// The key of one half of a word that has `length` letters before the slip; all that is
/// sure of a half is read from the word's own end, at most eight letters.
#[inline]
fn key(host: &Folded, start: usize, end: usize, length: usize, half: Half) -> u32 {
    let first = (length - 1) / 2;
    let (letters, salt) = match half {
        Half::First => (host.window(start) & mask(first), length as u64),
        Half::Second => {
            let second = (length - 1 - first).min(8);
            (host.window(end - second) & mask(second), length as u64 | 0x40)
        }
    };
    ((letters ^ salt << 57).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// Which letters a word has, one bit each; other bytes share bits.
fn letters(word: &[u8]) -> u32 {
    word.iter().fold(0, |letters, byte| letters | 1 << (byte & 31))
}

/// Covers the first letters of a window.
#[inline]
fn mask(letters: usize) -> u64 {
    u64::MAX >> (64 - 8 * letters.clamp(1, 8))
}

/// Whether one insertion, deletion, replacement or swap of neighbours turns one word into
/// the other.
pub(super) fn is_one_slip(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = differing(one, other);
    match long.len() - short.len() {
        0 if short.is_empty() => false,
        0 => short[1..] == long[1..] || is_swap(short, long),
        1 => *short == long[1..],
        _ => false,
    }
}

/// Whether a slip is one that fingers, memory chips or a forger make: a letter more, less
/// or swapped, or one replaced by its neighbour on the keyboard, by one that looks like it,
/// or by one that a flipped bit makes of it.
pub(super) fn is_likely(brand: &[u8], word: &[u8]) -> bool {
    let (short, long) = differing(brand, word);
    if short.len() != long.len() || short.is_empty() || is_swap(short, long) {
        return true;
    }
    let (one, other) = (short[0], long[0]);
    (one ^ other).is_power_of_two()
        || KEYBOARD_NEIGHBOURS.iter().any(|pair| pair.contains(&one) && pair.contains(&other))
        || LOOK_ALIKE_LETTERS.iter().any(|pair| pair.contains(&one) && pair.contains(&other))
}

/// Letters side by side on a QWERTY keyboard.
const KEYBOARD_NEIGHBOURS: [&[u8; 2]; 34] = [
    b"qw", b"we", b"er", b"rt", b"ty", b"yu", b"ui", b"io", b"op", b"as", b"sd", b"df", b"fg",
    b"gh", b"hj", b"jk", b"kl", b"zx", b"xc", b"cv", b"vb", b"bn", b"nm", b"qa", b"ws", b"ed",
    b"rf", b"tg", b"yh", b"uj", b"ik", b"ol", b"az", b"sx",
];

/// Letters that look alike at a glance, beyond those that are folded into one.
const LOOK_ALIKE_LETTERS: [&[u8; 2]; 10] =
    [b"uv", b"vy", b"ce", b"oc", b"nm", b"hn", b"fl", b"ft", b"ij", b"ao"];

/// What is left of two words, the shorter first, once their common beginning is gone.
fn differing<'w>(one: &'w [u8], other: &'w [u8]) -> (&'w [u8], &'w [u8]) {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let start = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    (&short[start..], &long[start..])
}

fn is_swap(one: &[u8], other: &[u8]) -> bool {
    one.len() > 1 && one[0] == other[1] && one[1] == other[0] && one[2..] == other[2..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn find(words: &[&str], word: &str) -> Option<u32> {
        let index = NearIndex::compile(words.iter().map(|word| word.as_bytes()));
        let mut folded = Folded::empty();
        assert!(folded.fill(word.as_bytes()));
        let mut found = None;
        index.find(&folded, 0, word.len(), SHORTEST, |number| found = found.or(Some(number)));
        found
    }

    #[test]
    fn every_word_one_slip_away_is_found() {
        let index =
            NearIndex::compile([&b"doudflare"[..], b"doudflair", b"acmerocket"].into_iter());
        let mut folded = Folded::empty();
        assert!(folded.fill(b"doudflar"));
        let mut found = Vec::new();
        index.find(&folded, 0, 8, SHORTEST, |number| found.push(number));
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, [0, 1]);
    }

    #[test]
    fn one_slip_is_found_and_two_are_not() {
        let words = ["doudflare", "acme"];
        for word in ["doudflre", "doudfllare", "doudfkare", "duodflare", "doudlfare"] {
            assert_eq!(find(&words, word), Some(0), "{word}");
        }
        for word in ["doudflare", "doudfxxre", "acne", "doud", "", "a"] {
            assert_eq!(find(&words, word), None, "{word}");
        }
    }

    proptest! {
        #[test]
        fn every_slip_is_found(
            word in "[abdefgh]{5,20}", at in 0_usize..20, letter in "[wxyz]", trick in 0..4,
        ) {
            let at = at % word.len();
            let mut slipped = word.clone().into_bytes();
            match trick {
                0 => drop(slipped.remove(at)),
                1 => slipped.insert(at, letter.as_bytes()[0]),
                2 => slipped[at] = letter.as_bytes()[0],
                _ => slipped.swap(at, (at + 1) % word.len().max(1)),
            }
            let slipped = String::from_utf8(slipped).unwrap();
            prop_assume!(slipped != word && (trick != 3 || at + 1 < word.len()));
            prop_assert_eq!(find(&[&word], &slipped), Some(0));
        }
    }
}
