//! A time that stands still until a test moves it, and chance that repeats itself.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use unhook_model::Timestamp;

use super::Surroundings;

/// Surroundings that a test sets. The same seed gives the same bytes.
#[derive(Debug)]
pub struct TestSurroundings {
    now: AtomicI64,
    dice: AtomicU64,
}

impl TestSurroundings {
    /// From this time and seed on.
    #[must_use]
    pub const fn new(now: Timestamp, seed: u64) -> Self {
        Self { now: AtomicI64::new(now.unix_ms()), dice: AtomicU64::new(seed) }
    }

    /// Sets the time.
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.unix_ms(), Ordering::SeqCst);
    }

    /// Lets time pass, or go back.
    pub fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// SplitMix64: each step of the seed is mixed into a number of its own.
    fn number(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.dice.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

impl Surroundings for TestSurroundings {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.now.load(Ordering::SeqCst))
    }

    fn random(&self) -> [u8; 16] {
        let both = u128::from(self.number()) << 64 | u128::from(self.number());
        both.to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_what_it_was_set_to_and_chance_repeats_itself() {
        let start = Timestamp::from_unix_ms(1_000);
        let (one, same) = (TestSurroundings::new(start, 7), TestSurroundings::new(start, 7));
        assert_eq!(one.now(), start);
        one.pass(500);
        assert_eq!(one.now().unix_ms(), 1_500);
        let first = one.random();
        assert_eq!(first, same.random());
        assert_ne!(first, one.random());
    }

    #[test]
    fn fresh_ids_are_ordered_by_time() {
        let surroundings = TestSurroundings::new(Timestamp::from_unix_ms(1_658_357_340_000), 7);
        let first = surroundings.fresh_id();
        surroundings.pass(1);
        let second = surroundings.fresh_id();
        assert!(first < second);
        assert_eq!((first[6] >> 4, first[8] >> 6), (7, 2));
    }
}
