//! How many answers by datagram one network gets, so that nobody is flooded by whoever asks in
//! their name.
//!
//! The address of a datagram can be a lie; that of a connection cannot. So a network that gets
//! too many answers gets none for every other one, and for the rest one of the question's size
//! that says: ask by TCP. Whoever really asked does.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Answers to one network of 256 addresses (or, with IPv6, a site: 56 bits) in a second: an
/// office in the morning, ten times over.
pub const RATE: u32 = 2_000;

/// Answers that may be given at once.
pub const BURST: u32 = 4_000;

/// Networks that are told apart; more share what they may.
const BUCKETS: usize = 16_384;

/// How many bits of a bucket say what is left; the others say when, in milliseconds, for some thirty years.
const LEFT_BITS: u32 = 24;

/// The most that may be left.
const MOST_LEFT: u64 = (1 << LEFT_BITS) - 1;

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Send,
    Slip,
    Drop,
}

/// What each network may still get.
#[derive(Debug)]
pub(super) struct Limiter {
    /// The milliseconds when it was last refilled, and answers left in its lowest [`LEFT_BITS`].
    buckets: Box<[AtomicU64]>,
    hasher: RandomState,
    rate: u32,
    burst: u32,
}

impl Limiter {
    pub(super) fn new(rate: u32, burst: u32) -> Self {
        let burst = burst.min(MOST_LEFT as u32);
        let full = u64::from(burst);
        let buckets = (0..BUCKETS).map(|_| AtomicU64::new(full)).collect();
        Self { buckets, hasher: RandomState::new(), rate, burst }
    }

    /// Whether one more answer goes there, `now` milliseconds after the start. Loopback has no
    /// limit: nobody outside asks in its name.
    pub(super) fn check(&self, to: IpAddr, now: u64) -> Limit {
        let to = to.to_canonical();
        if to.is_loopback() {
            return Limit::Send;
        }
        let bucket = &self.buckets[self.hasher.hash_one(prefix(to)) as usize % BUCKETS];
        let mut limit = Limit::Send;
        let take = |state: u64| {
            let (then, left) = (state >> LEFT_BITS, state & MOST_LEFT);
            let earned = now.saturating_sub(then) * u64::from(self.rate) / 1_000;
            let left = (left + earned).min(u64::from(self.burst));
            // What earned nothing yet is not taken for passed.
            let then = if earned > 0 { now } else { then };
            limit = match left {
                0 if now.is_multiple_of(2) => Limit::Slip,
                0 => Limit::Drop,
                _ => Limit::Send,
            };
            Some(then << LEFT_BITS | left.saturating_sub(1))
        };
        let _ = bucket.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        limit
    }
}

/// What an address begins with.
fn prefix(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits() >> 8),
        IpAddr::V6(address) => address.to_bits() >> 72 | 1 << 127,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_gets_its_burst_and_then_its_rate() {
        let limiter = Limiter::new(100, 10);
        let to = |last: u8| IpAddr::from([192, 0, 2, last]);
        let sent = |now| (0..=100).filter(|n| limiter.check(to(*n), now) == Limit::Send).count();
        assert_eq!(sent(0), 10);
        assert_eq!(sent(9), 0, "nothing earned yet");
        assert_eq!(sent(10), 1, "nine milliseconds count");
        assert_eq!(sent(1_000_000), 10, "no more than a burst");
        assert_eq!(limiter.check([198, 51, 100, 1].into(), 10), Limit::Send, "another network");
        assert_eq!(limiter.check(to(1), 1_000_000), Limit::Slip);
        assert_eq!(limiter.check(to(1), 1_000_001), Limit::Drop);
    }

    #[test]
    fn a_limit_holds_however_long_it_runs() {
        const DAY: u64 = 24 * 60 * 60 * 1_000;
        for days in [1, 49, 50, 51, 99, 100, 3_650] {
            let limiter = Limiter::new(100, 10);
            let now = days * DAY;
            let sent = |now| {
                (0..100)
                    .filter(|_| limiter.check([192, 0, 2, 1].into(), now) == Limit::Send)
                    .count()
            };
            assert_eq!((sent(now), sent(now + 10)), (10, 1), "after {days} days");
        }
    }

    #[test]
    fn loopback_has_no_limit() {
        let limiter = Limiter::new(1, 1);
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.9"] {
            let address: IpAddr = address.parse().unwrap();
            assert!((0..100).all(|_| limiter.check(address, 0) == Limit::Send));
        }
    }
}
