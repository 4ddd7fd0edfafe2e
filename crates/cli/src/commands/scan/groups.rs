//! Groups of near-identical texts, as they come by.

use std::collections::HashMap;

/// Groups kept; texts of later ones are counted as none.
const MOST_GROUPS: usize = 100_000;

/// Bits in which fingerprints of one group may differ.
const NEAR: u32 = 3;

/// With one band more than the bits that may differ, at least one band is the same in any two
/// fingerprints of a group.
const BANDS: u32 = NEAR + 1;

/// Groups looked at per band: no stream of texts makes a look long.
const MOST_LOOKS: usize = 64;

/// A group of texts, by the first of them.
pub(super) struct Group {
    fingerprint: u64,
    /// The line of the first.
    pub(super) line: u64,
    pub(super) count: u64,
}

/// The groups seen so far.
#[derive(Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    by_band: HashMap<(u32, u16), Vec<u32>>,
}

impl Groups {
    /// Puts a text into its group.
    pub(super) fn take(&mut self, fingerprint: u64, line: u64) {
        if let Some(at) = self.find(fingerprint) {
            self.groups[at].count += 1;
        } else if self.groups.len() < MOST_GROUPS {
            self.add(Group { fingerprint, line, count: 1 });
        }
    }

    fn find(&self, fingerprint: u64) -> Option<usize> {
        let near = |at: &u32| {
            let group = &self.groups[*at as usize];
            (group.fingerprint ^ fingerprint).count_ones() <= NEAR
        };
        let candidates = bands(fingerprint).filter_map(|band| self.by_band.get(&band));
        candidates.flatten().copied().find(near).map(|at| at as usize)
    }

    fn add(&mut self, group: Group) {
        let Ok(at) = u32::try_from(self.groups.len()) else { return };
        for band in bands(group.fingerprint) {
            let known = self.by_band.entry(band).or_default();
            if known.len() < MOST_LOOKS {
                known.push(at);
            }
        }
        self.groups.push(group);
    }

    /// Groups of more than one text, largest first.
    pub(super) fn largest(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.groups.iter().filter(|group| group.count > 1).collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.line));
        groups
    }
}

fn bands(fingerprint: u64) -> impl Iterator<Item = (u32, u16)> {
    const WIDTH: u32 = u64::BITS / BANDS;
    (0..BANDS).map(move |band| {
        let bits = fingerprint >> (band * WIDTH) & u64::from(u16::MAX);
        // Sixteen bits, just masked.
        (band, u16::try_from(bits).unwrap_or(u16::MAX))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_fingerprints_are_one_group() {
        let mut groups = Groups::default();
        let base = 0x0123_4567_89ab_cdef;
        for (line, flipped) in
            [0, 1 << 5, 1 << 20 | 1 << 40 | 1 << 63, 0xffff_0000_0000].iter().enumerate()
        {
            groups.take(base ^ flipped, line as u64);
        }
        let largest = groups.largest();
        assert_eq!((largest.len(), largest[0].count, largest[0].line), (1, 3, 0));
    }

    #[test]
    fn a_flood_of_groups_is_bounded() {
        let mut groups = Groups::default();
        (0..MOST_GROUPS as u64 + 10)
            .for_each(|n| groups.take(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n));
        assert!(groups.groups.len() <= MOST_GROUPS);
    }
}
