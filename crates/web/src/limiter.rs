//! How often strangers may ask: a bucket of tokens for each address, and a bound on buckets.
//!
//! When more addresses ask than are remembered, those that come last share one bucket: a flood
//! from everywhere slows newcomers down, and grows no memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::peer::household;

/// How many an address may send at once: a family's evening.
const BURST: f64 = 5.0;

/// How long it takes until one more may be sent.
const REFILL: Duration = Duration::from_secs(30);

/// The most addresses remembered; about a megabyte.
const MOST_BUCKETS: usize = 10_000;

/// How often full buckets are looked for, so that a flood does not pay for it each time.
const SWEEP: Duration = Duration::from_secs(1);

/// Counts what comes from each address.
#[derive(Default)]
pub(crate) struct Limiter {
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    each: HashMap<IpAddr, Bucket>,
    shared: Option<Bucket>,
    swept_at: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn full(now: Instant) -> Self {
        Self { tokens: BURST, at: now }
    }

    fn tokens(&self, now: Instant) -> f64 {
        let refilled = now.duration_since(self.at).as_secs_f64() / REFILL.as_secs_f64();
        (self.tokens + refilled).min(BURST)
    }

    /// Takes one, or says in how many seconds there is one.
    fn take(&mut self, now: Instant) -> Result<(), u64> {
        let tokens = self.tokens(now);
        if tokens < 1.0 {
            let missing = REFILL.mul_f64(1.0 - tokens);
            return Err(missing.as_secs() + 1);
        }
        *self = Self { tokens: tokens - 1.0, at: now };
        Ok(())
    }
}

impl Limiter {
    /// Whether one more may come from an address; if not, after how many seconds it may.
    pub(crate) fn take(&self, address: IpAddr, now: Instant) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.bucket(household(address), now).take(now)
    }
}

impl Buckets {
    fn bucket(&mut self, address: IpAddr, now: Instant) -> &mut Bucket {
        if !self.each.contains_key(&address) && self.each.len() >= MOST_BUCKETS {
            self.sweep(now);
            if self.each.len() >= MOST_BUCKETS {
                return self.shared.get_or_insert_with(|| Bucket::full(now));
            }
        }
        self.each.entry(address).or_insert_with(|| Bucket::full(now))
    }

    /// Forgets full buckets, which say no more than none.
    fn sweep(&mut self, now: Instant) {
        if self.swept_at.is_none_or(|at| now.duration_since(at) >= SWEEP) {
            self.each.retain(|_, bucket| bucket.tokens(now) < BURST);
            self.swept_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(number))
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_let_through_and_then_one_at_a_time() {
        let limiter = Limiter::default();
        let now = Instant::now();
        for _ in 0..BURST as usize {
            assert_eq!(limiter.take(address(1), now), Ok(()));
        }
        let seconds = limiter.take(address(1), now).unwrap_err();
        assert_eq!(limiter.take(address(2), now), Ok(()), "others are not held up");
        assert!(limiter.take(address(1), now + Duration::from_secs(seconds - 2)).is_err());
        assert_eq!(limiter.take(address(1), now + Duration::from_secs(seconds)), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_addresses_grows_no_memory() {
        let limiter = Limiter::default();
        let now = Instant::now();
        let taken = (0..20_000).filter(|n| limiter.take(address(*n), now).is_ok()).count();
        assert_eq!(taken, MOST_BUCKETS + BURST as usize);
        assert_eq!(limiter.buckets.lock().unwrap().each.len(), MOST_BUCKETS);
        let later = now + REFILL;
        assert_eq!(limiter.take(address(99_999), later), Ok(()));
        assert_eq!(limiter.buckets.lock().unwrap().each.len(), 1, "full ones are forgotten");
    }
}
