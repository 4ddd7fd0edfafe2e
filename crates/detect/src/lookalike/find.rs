//! Where brands stand in a folded host, all of them in one pass.
//!
//! Each place is asked by a bitmap that fits the first-level cache whether any pattern
//! begins with the four letters there. Nearly always the answer is no; else the few
//! patterns that do are compared eight letters at a time. Compiling is one sort, so the
//! whole catalogue is ready in a few milliseconds, where an automaton takes a hundred.

use super::fold::Folded;

/// The shortest pattern; shorter ones are whole words or nothing.
pub(super) const SHORTEST: usize = 4;

/// Bits of the filter: 16 KiB.
const FILTER_BITS: u32 = 17;

/// Buckets that patterns are sorted into by their first four letters.
const BUCKET_BITS: u32 = 14;

/// The most patterns reported for one host: far more than any honest one has.
const MOST_FOUND: usize = 32;

#[derive(Debug)]
pub(super) struct Finder {
    filter: Box<[u64; 1 << (FILTER_BITS - 6)]>,
    /// Where each bucket's entries begin, and where the last ends.
    buckets: Box<[u32]>,
    entries: Box<[Entry]>,
    /// The patterns' letters, one after another.
    letters: Box<[u8]>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The first letters, as [`Folded::window`] reads them.
    head: u64,
    /// Which bytes of the window count.
    mask: u64,
    /// Where the letters begin.
    start: u32,
    length: u16,
    number: u32,
}

impl Finder {
    /// Compiles folded patterns, each with a number; those that are too short are left out.
    pub(super) fn compile<'p>(patterns: impl Iterator<Item = (&'p [u8], u32)>) -> Self {
        let mut letters = Vec::new();
        let mut entries = Vec::new();
        for (pattern, number) in patterns.filter(|(pattern, _)| pattern.len() >= SHORTEST) {
            entries.push(Entry::of(pattern, letters.len(), number));
            letters.extend_from_slice(pattern);
        }
        entries.sort_by_key(Entry::bucket);
        let mut filter = Box::new([0; 1 << (FILTER_BITS - 6)]);
        let mut buckets = vec![0; (1 << BUCKET_BITS) + 1].into_boxed_slice();
        for entry in &entries {
            let bit = hash(entry.head as u32) >> (32 - FILTER_BITS);
            filter[bit as usize / 64] |= 1 << (bit % 64);
            buckets[entry.bucket() + 1] += 1;
        }
        for bucket in 1..buckets.len() {
            buckets[bucket] += buckets[bucket - 1];
        }
        Self { filter, buckets, entries: entries.into(), letters: letters.into() }
    }

    /// Calls `each` with the number, the start and the end of every pattern that stands
    /// before `limit`.
    #[inline]
    pub(super) fn find(
        &self,
        host: &Folded,
        limit: usize,
        mut each: impl FnMut(u32, usize, usize),
    ) {
        let mut left = MOST_FOUND;
        for (at, four) in host.bytes()[..limit].windows(SHORTEST).enumerate() {
            let hash = hash(u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
            let bit = hash >> (32 - FILTER_BITS);
            if self.filter[bit as usize / 64] >> (bit % 64) & 1 == 0 {
                continue;
            }
            let bucket = (hash >> (32 - BUCKET_BITS)) as usize;
            let window = host.window(at);
            let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
            for entry in &self.entries[range] {
                let end = at + usize::from(entry.length);
                if window & entry.mask == entry.head && end <= limit && self.is_at(entry, host, at)
                {
                    each(entry.number, at, end);
                    left -= 1;
                    if left == 0 {
                        return;
                    }
                }
            }
        }
    }

    /// Whether the letters past the window are there too.
    fn is_at(&self, entry: &Entry, host: &Folded, at: usize) -> bool {
        let length = usize::from(entry.length);
        length <= 8
            || host.bytes()[at..at + length]
                == self.letters[entry.start as usize..entry.start as usize + length]
    }
}

impl Entry {
    fn of(pattern: &[u8], start: usize, number: u32) -> Self {
        let mut head = [0; 8];
        let mut mask = [0; 8];
        for (at, letter) in pattern.iter().take(8).enumerate() {
            head[at] = *letter;
            mask[at] = 0xff;
        }
        Self {
            head: u64::from_le_bytes(head),
            mask: u64::from_le_bytes(mask),
            start: start as u32,
            length: pattern.len().min(usize::from(u16::MAX)) as u16,
            number,
        }
    }

    fn bucket(&self) -> usize {
        (hash(self.head as u32) >> (32 - BUCKET_BITS)) as usize
    }
}

/// Spreads four letters over all bits (Knuth's multiplicative hash).
#[inline]
fn hash(letters: u32) -> u32 {
    letters.wrapping_mul(0x9e37_79b1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(patterns: &[&str], host: &str) -> Vec<(u32, usize, usize)> {
        let finder = Finder::compile((0..).zip(patterns).map(|(n, p)| (p.as_bytes(), n)));
        let mut found = Vec::new();
        let mut folded = Folded::empty();
        assert!(folded.fill(host.as_bytes()));
        finder.find(&folded, host.len(), |number, start, end| found.push((number, start, end)));
        found
    }

    #[test]
    fn patterns_overlap_and_end_where_they_end() {
        let patterns = ["acme", "acmerocket", "rocket", "acmerockets"];
        assert_eq!(found(&patterns, "myacmerocket"), [(0, 2, 6), (1, 2, 12), (2, 6, 12)]);
        assert_eq!(found(&patterns, "acm"), []);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(
            patterns in prop::collection::vec("[a-c]{4,12}", 1..20),
            host in "[a-c.-]{0,40}",
        ) {
            let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
            let mut ours = found(&patterns, &host);
            let mut plain = Vec::new();
            for (number, pattern) in (0..).zip(&patterns) {
                for at in 0..host.len() {
                    if host[at..].starts_with(pattern) {
                        plain.push((number, at, at + pattern.len()));
                    }
                }
            }
            ours.sort_unstable();
            plain.sort_unstable();
            prop_assume!(plain.len() < MOST_FOUND);
            prop_assert_eq!(ours, plain);
        }
    }
}
