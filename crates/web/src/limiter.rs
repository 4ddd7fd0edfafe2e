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

/// How often one address may ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// How many times at once.
    pub(crate) burst: f64,
    /// How long it takes until it may once more.
    pub(crate) refill: Duration,
}

/// A family's evening.
const BURST: f64 = 5.0;
const REFILL: Duration = Duration::from_secs(30);

impl Default for Rate {
    fn default() -> Self {
        Self { burst: BURST, refill: REFILL }
    }
}

/// The most addresses remembered; about a megabyte.
const MOST_BUCKETS: usize = 10_000;

/// How often full buckets are looked for, so that a flood does not pay for it each time.
const SWEEP: Duration = Duration::from_secs(1);

/// Counts what comes from each address.
#[derive(Default)]
pub(crate) struct Limiter {
    rate: Rate,
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

impl Rate {
    fn full(self, now: Instant) -> Bucket {
        Bucket { tokens: self.burst, at: now }
    }
}

impl Bucket {
    fn tokens(&self, rate: Rate, now: Instant) -> f64 {
        let refilled = now.duration_since(self.at).as_secs_f64() / rate.refill.as_secs_f64();
        (self.tokens + refilled).min(rate.burst)
    }

    /// Takes one, or says in how many seconds there is one.
    fn take(&mut self, rate: Rate, now: Instant) -> Result<(), u64> {
        let tokens = self.tokens(rate, now);
        if tokens < 1.0 {
            let missing = rate.refill.mul_f64(1.0 - tokens);
            return Err(missing.as_secs() + 1);
        }
        *self = Self { tokens: tokens - 1.0, at: now };
        Ok(())
    }
}

impl Limiter {
    pub(crate) fn at(rate: Rate) -> Self {
        Self { rate, ..Self::default() }
    }

    /// Whether one more may come from an address; if not, after how many seconds it may.
    pub(crate) fn take(&self, address: IpAddr, now: Instant) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.bucket(household(address), self.rate, now).take(self.rate, now)
    }
}

impl Buckets {
    fn bucket(&mut self, address: IpAddr, rate: Rate, now: Instant) -> &mut Bucket {
        if !self.each.contains_key(&address) && self.each.len() >= MOST_BUCKETS {
            self.sweep(rate, now);
            if self.each.len() >= MOST_BUCKETS {
                return self.shared.get_or_insert_with(|| rate.full(now));
            }
        }
        self.each.entry(address).or_insert_with(|| rate.full(now))
    }

    /// Forgets full buckets, which say no more than none.
    fn sweep(&mut self, rate: Rate, now: Instant) {
        if self.swept_at.is_none_or(|at| now.duration_since(at) >= SWEEP) {
            self.each.retain(|_, bucket| bucket.tokens(rate, now) < rate.burst);
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
