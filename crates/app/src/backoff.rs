//! When to try again, and when not to try at all: pure, so that a test can say what time it
//! is and what the dice show.
//!
//! [`next_attempt`] spreads attempts of one thing out over time, by chance, so that many that
//! failed together do not come back together. A [`Breaker`] is for a receiver as a whole: after a
//! few failures in a row nothing is tried for a while, and then one attempt finds out for all.
//!
//! Neither says how often to try in all; that is for whoever knows what is at stake.

use std::time::Duration;

use unhook_model::Timestamp;

/// The longest wait after a first failure, doubled with every further one.
pub const FIRST_WAIT: Duration = Duration::from_secs(2);
/// The longest wait there is by itself: an alert of an hour ago is still worth telling.
pub const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// The shortest wait: chance may say none at all, and that would be a second attempt in vain.
pub const SHORTEST_WAIT: Duration = Duration::from_millis(250);
/// The longest a receiver may ask for: beyond it, it says never rather than later.
pub const LONGEST_ASKED: Duration = Duration::from_secs(60 * 60);

/// How long to wait after so many failed attempts (from 1), if the receiver asked for this.
///
/// Exponential with full jitter: anything up to a bound that doubles with each attempt, all
/// equally likely. What a receiver asks for is a lower bound, and jitter comes on top of it: it may
/// have told many the same.
#[must_use]
pub fn next_attempt(attempts: u32, asked: Option<Duration>, jitter: [u8; 16]) -> Duration {
    let by_chance = part_of(bound(attempts), jitter).max(SHORTEST_WAIT);
    match asked {
        Some(asked) => asked.min(LONGEST_ASKED) + by_chance,
        None => by_chance,
    }
}

/// The longest wait after so many failures.
fn bound(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(31);
    FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT)
}

/// A part of it, from nothing to nearly all.
fn part_of(whole: Duration, chance: [u8; 16]) -> Duration {
    let [.., a, b, c, d, e, f, g, h] = chance;
    let chance = u128::from(u64::from_be_bytes([a, b, c, d, e, f, g, h]));
    let nanoseconds = (whole.as_nanos() * chance) >> u64::BITS;
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// How many failures in a row open a breaker: one or two are an accident.
pub const FAILURES_TO_OPEN: u32 = 5;
/// How long a breaker stays open at first, doubled each time that its trial fails.
pub const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// The longest a breaker stays open.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);
/// How long a trial may take. One that has said nothing by then, since whoever made it was
/// stopped, has failed.
pub const LONGEST_TRIAL: Duration = Duration::from_secs(60);

/// Whether a receiver is worth trying, from how it went so far.
///
/// ```
/// use unhook_app::backoff::{Breaker, FAILURES_TO_OPEN};
/// use unhook_model::Timestamp;
///
/// let now = Timestamp::from_unix_ms(0);
/// let mut breaker = Breaker::default();
/// for _ in 0..FAILURES_TO_OPEN {
///     assert!(breaker.may_try(now));
///     breaker.failed(now);
/// }
/// assert!(!breaker.may_try(now));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    standing: Standing,
    /// How many pauses there were since the last success.
    pauses: u32,
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everything is tried; so many have failed in a row.
    Closed {
        /// How many.
        failures: u32,
    },
    /// Nothing is tried before this time.
    Open {
        /// The time.
        until: Timestamp,
    },
    /// One is being tried since this time, and nothing else.
    HalfOpen {
        /// The time.
        since: Timestamp,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self { standing: Standing::Closed { failures: 0 }, pauses: 0 }
    }
}

impl Breaker {
    /// Where it stands.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Whether to try now. Who is told yes tries, and says how it went by
    /// [`succeeded`](Self::succeeded) or [`failed`](Self::failed): after a pause, only the
    /// first who asks is told yes.
    pub fn may_try(&mut self, now: Timestamp) -> bool {
        match self.standing {
            Standing::Closed { .. } => true,
            Standing::Open { until } => {
                let is_over = now >= until;
                if is_over {
                    self.standing = Standing::HalfOpen { since: now };
                }
                is_over
            }
            Standing::HalfOpen { since } => {
                if now >= since.plus(LONGEST_TRIAL) {
                    self.pause(now);
                }
                false
            }
        }
    }

    /// The earliest time at which it is worth asking again, if that is not now.
    #[must_use]
    pub fn not_before(&self) -> Option<Timestamp> {
        match self.standing {
            Standing::Closed { .. } => None,
            Standing::Open { until } => Some(until),
            Standing::HalfOpen { since } => Some(since.plus(LONGEST_TRIAL)),
        }
    }

    /// The receiver answered, be it with a no: it is there.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The receiver could not be reached, or was too busy.
    pub fn failed(&mut self, now: Timestamp) {
        match self.standing {
            Standing::Closed { failures } if failures + 1 < FAILURES_TO_OPEN => {
                self.standing = Standing::Closed { failures: failures + 1 };
            }
            Standing::Closed { .. } | Standing::HalfOpen { .. } => self.pause(now),
            // An attempt from before the pause: it says nothing new.
            Standing::Open { .. } => {}
        }
    }

    fn pause(&mut self, now: Timestamp) {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.pauses.min(31)).min(LONGEST_PAUSE);
        self.standing = Standing::Open { until: now.plus(pause) };
        self.pauses = self.pauses.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(milliseconds)
    }

    #[test]
    fn the_bound_doubles_up_to_a_longest() {
        let most = |attempts| next_attempt(attempts, None, [0xff; 16]).as_secs_f64().round();
        assert_eq!([1, 2, 3, 4].map(most), [2.0, 4.0, 8.0, 16.0]);
        assert_eq!(most(10), LONGEST_WAIT.as_secs_f64());
        assert_eq!(next_attempt(10, None, [0; 16]), SHORTEST_WAIT);
    }

    #[test]
    fn a_breaker_opens_tries_once_and_closes() {
        let mut breaker = opened(0);
        let end = FIRST_PAUSE.as_millis() as i64;
        assert!(!breaker.may_try(at(end - 1)));
        assert!(breaker.may_try(at(end)), "the trial");
        assert!(!breaker.may_try(at(end)), "only one");
        breaker.succeeded();
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn a_trial_that_fails_pauses_twice_as_long() {
        let mut breaker = opened(0);
        let end = FIRST_PAUSE.as_millis() as i64;
        assert!(breaker.may_try(at(end)));
        breaker.failed(at(end));
        assert_eq!(breaker.not_before(), Some(at(end + 2 * end)));
    }

    #[test]
    fn a_trial_that_nobody_ends_is_over_in_the_end() {
        let mut breaker = opened(0);
        let end = FIRST_PAUSE.as_millis() as i64;
        assert!(breaker.may_try(at(end)));
        let lost = breaker.not_before().expect("a trial ends");
        assert!(!breaker.may_try(lost));
        let again = breaker.not_before().expect("a pause ends");
        assert!(again > lost && breaker.may_try(again));
    }

    fn opened(now: i64) -> Breaker {
        let mut breaker = Breaker::default();
        (0..FAILURES_TO_OPEN).for_each(|_| breaker.failed(at(now)));
        breaker
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Ask,
        Succeed,
        Fail,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![5 => Just(Step::Ask), 1 => Just(Step::Succeed), 5 => Just(Step::Fail)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_wait_stays_within_its_bounds(
            attempts: u32, asked in proptest::option::of(any::<Duration>()), jitter: [u8; 16],
        ) {
            let wait = next_attempt(attempts, asked, jitter);
            let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
            prop_assert!(wait >= asked + SHORTEST_WAIT);
            prop_assert!(wait <= asked + bound(attempts).max(SHORTEST_WAIT));
            prop_assert!(wait <= LONGEST_ASKED + LONGEST_WAIT);
        }

        #[test]
        fn more_failures_never_shorten_a_wait(attempts in 0..u32::MAX, jitter: [u8; 16]) {
            let wait = next_attempt(attempts, None, jitter);
            prop_assert!(next_attempt(attempts + 1, None, jitter) >= wait);
        }

        #[test]
        fn more_chance_is_more_wait(attempts: u32, one: [u8; 16], other: [u8; 16]) {
            let order = |chance: [u8; 16]| (chance[8..].to_vec(), next_attempt(attempts, None, chance));
            let (less, more) = if order(one).0 <= order(other).0 { (one, other) } else { (other, one) };
            prop_assert!(order(less).1 <= order(more).1);
        }

        /// Whatever happens when: while it is open nothing is tried, while one is tried nothing
        /// else is, and it never stays away from a receiver for ever.
        #[test]
        fn a_breaker_keeps_its_word(steps in prop::collection::vec((step(), 0..200_000_i64), 0..200)) {
            let mut breaker = Breaker::default();
            let mut now = 0;
            for (step, passed) in steps {
                now += passed;
                let before = breaker.standing();
                match step {
                    Step::Ask => {
                        let may = breaker.may_try(at(now));
                        let expected = match before {
                            Standing::Closed { .. } => true,
                            Standing::Open { until } => at(now) >= until,
                            Standing::HalfOpen { .. } => false,
                        };
                        prop_assert_eq!(may, expected);
                    }
                    Step::Succeed => {
                        breaker.succeeded();
                        prop_assert!(breaker.may_try(at(now)));
                    }
                    Step::Fail => {
                        breaker.failed(at(now));
                        let is_closed = matches!(breaker.standing(), Standing::Closed { .. });
                        let was_few = matches!(
                            before, Standing::Closed { failures } if failures + 1 < FAILURES_TO_OPEN
                        );
                        prop_assert_eq!(is_closed, was_few);
                    }
                }
                let longest = LONGEST_PAUSE.max(LONGEST_TRIAL);
                let not_before = breaker.not_before().unwrap_or(at(now));
                prop_assert!(not_before <= at(now).plus(longest));
            }
            // At most a trial that nobody ends and a pause, and it is tried again.
            for _ in 0..3 {
                let next = breaker.not_before().unwrap_or(at(now));
                if breaker.may_try(next) {
                    return Ok(());
                }
            }
            prop_assert!(false, "nobody is told yes: {breaker:?}");
        }

        #[test]
        fn times_at_the_end_of_time_do_no_harm(now: i64) {
            let mut breaker = opened(now);
            breaker.may_try(at(i64::MAX));
            breaker.failed(at(i64::MAX));
            prop_assert!(breaker.not_before() <= Some(at(i64::MAX)));
        }
    }
}
