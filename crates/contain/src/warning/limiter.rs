//! How much one address, and all of them, may say: nobody fills the ledger or the team's list.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use unhook_model::Timestamp;

/// Visits of one address, at once and then one in so many milliseconds. The ledger keeps one a minute.
pub const VISITS: (u32, i64) = (20, 10_000);

/// The same of what is said: a family behind one address.
pub const STATEMENTS: (u32, i64) = (6, 60_000);

/// What all addresses together may say: an attack on everybody, in an hour of it.
const ALL_STATEMENTS: (u32, i64) = (600, 1_000);

/// The most addresses told apart; those beyond share one.
pub const MOST_BUCKETS: usize = 10_000;

/// What each may still do.
#[derive(Debug, Default)]
pub(super) struct Limiter(Mutex<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    visits: HashMap<Option<u128>, Bucket>,
    statements: HashMap<Option<u128>, Bucket>,
    all: Option<Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: u32,
    as_of: i64,
}

impl Limiter {
    pub(super) fn visits(&self, address: IpAddr, now: Timestamp) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bucket(&mut buckets.visits, address, VISITS, now).take(VISITS, now)
    }

    pub(super) fn statements(&self, address: IpAddr, now: Timestamp) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_own = bucket(&mut buckets.statements, address, STATEMENTS, now);
        if !is_own.take(STATEMENTS, now) {
            return false;
        }
        let all = buckets.all.get_or_insert(Bucket::full(ALL_STATEMENTS, now));
        all.take(ALL_STATEMENTS, now)
    }
}

fn bucket(
    buckets: &mut HashMap<Option<u128>, Bucket>,
    address: IpAddr,
    limit: (u32, i64),
    now: Timestamp,
) -> &mut Bucket {
    if buckets.len() >= MOST_BUCKETS {
        // Those who could do everything again are as if they had never come.
        buckets.retain(|_, bucket| bucket.refilled(limit, now).left < limit.0);
    }
    let own = Some(network(address));
    let is_known = buckets.contains_key(&own) || buckets.len() < MOST_BUCKETS;
    let key = if is_known { own } else { None };
    buckets.entry(key).or_insert(Bucket::full(limit, now))
}

impl Bucket {
    fn full((burst, _): (u32, i64), now: Timestamp) -> Self {
        Self { left: burst, as_of: now.unix_ms() }
    }

    fn refilled(self, (burst, every): (u32, i64), now: Timestamp) -> Self {
        let earned = (now.unix_ms() - self.as_of).max(0) / every;
        let left = u32::try_from(earned).unwrap_or(burst).saturating_add(self.left);
        Self { left: left.min(burst), as_of: self.as_of + earned * every }
    }

    fn take(&mut self, limit: (u32, i64), now: Timestamp) -> bool {
        *self = self.refilled(limit, now);
        let is_left = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_left
    }
}

/// An address, or of IPv6 the network that one line has.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits() >> 64 | 1 << 127,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1_000)
    }

    #[test]
    fn an_address_says_a_few_things_and_then_one_a_minute() {
        let limiter = Limiter::default();
        let says = |last: u8, second| limiter.statements([192, 0, 2, last].into(), at(second));
        assert_eq!((0..20).filter(|_| says(1, 0)).count(), 6);
        assert!(says(2, 0), "another's words are their own");
        assert!(!says(1, 59) && says(1, 60) && !says(1, 61));
    }

    #[test]
    fn all_together_say_no_more_than_somebody_reads() {
        let limiter = Limiter::default();
        let taken = |second| {
            let all = (0..2_000_u32).map(|n| IpAddr::from((n + (10 << 24)).to_be_bytes()));
            all.filter(|address| limiter.statements(*address, at(second))).count()
        };
        assert_eq!(taken(0), 600);
        assert_eq!(taken(10), 10);
    }

    #[test]
    fn addresses_beyond_the_bound_share_one_bucket() {
        let limiter = Limiter::default();
        let visits = |n: u32| limiter.visits((n + (10 << 24)).to_be_bytes().into(), at(0));
        assert!((0..MOST_BUCKETS as u32).all(visits));
        let beyond = (0..100).filter(|n| visits(MOST_BUCKETS as u32 + n)).count();
        assert_eq!(beyond, 20);
        assert!(limiter.0.lock().unwrap().visits.len() <= MOST_BUCKETS + 1);
        let later = limiter.visits([192, 0, 2, 1].into(), at(3_600));
        assert!(later && limiter.0.lock().unwrap().visits.len() == 1);
    }
}
