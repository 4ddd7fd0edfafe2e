//! Look-ups that are told to the use cases, away from the path of answers.
//!
//! An answer never waits for whoever hears of it. Look-ups are gathered and handed over a few times
//! a second; when more come than there is room for, the rest is counted and forgotten.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use unhook_app::resolving::{Client, Gate, LookedUp};
use unhook_model::Timestamp;

use super::seen::Seen;
use super::status::Count;

/// Look-ups that wait to be handed over: as many as come in a tenth of a second of a flood.
pub const MOST_WAITING: usize = 16_384;

/// How often they are handed over.
pub(super) const EVERY: Duration = Duration::from_millis(100);

/// Look-ups on their way.
#[derive(Debug)]
pub(super) struct Telling {
    waiting: Mutex<Vec<LookedUp>>,
    seen: Seen,
    pub(super) told: Count,
    pub(super) lost: Count,
}

impl Telling {
    pub(super) fn new() -> Self {
        let waiting = Mutex::default();
        Self { waiting, seen: Seen::new(), told: Count::default(), lost: Count::default() }
    }

    /// A look-up of a name that did not resolve: always worth telling.
    pub(super) fn blocked(&self, name: &str, client: &Client, at: Timestamp) {
        self.offer(name, client, at, true);
    }

    /// A look-up of a name that did, `now` seconds after the start.
    pub(super) fn passed(&self, name: &str, client: &Client, now: u32, at: impl Fn() -> Timestamp) {
        if self.seen.is_news(name, client, now) {
            self.offer(name, client, at(), false);
        }
    }

    fn offer(&self, name: &str, client: &Client, at: Timestamp, was_blocked: bool) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST_WAITING {
            self.lost.one();
            return;
        }
        waiting.push(LookedUp { name: name.into(), client: client.clone(), at, was_blocked });
    }

    /// Hands over what waits.
    pub(super) fn hand_over(&self, gate: &dyn Gate) {
        let waiting = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        if waiting.is_empty() {
            return;
        }
        let count = waiting.len() as u64;
        match catch_unwind(AssertUnwindSafe(|| gate.looked_up(waiting))) {
            Ok(()) => self.told.add(count),
            Err(_) => {
                self.lost.add(count);
                tracing::error!(count, "look-ups could not be told; answers go on");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::TestGate;
    use super::*;

    #[test]
    fn what_is_blocked_is_always_told_and_a_flood_is_counted() {
        let (telling, gate) = (Telling::new(), TestGate::default());
        let client = Client::Address([192, 0, 2, 1].into());
        let at = Timestamp::from_unix_ms(5);
        (0..3).for_each(|_| telling.blocked("blocked.test", &client, at));
        (0..3).for_each(|_| telling.passed("other.test", &client, 1, || at));
        telling.hand_over(&gate);
        let heard = std::mem::take(&mut *gate.heard.lock().unwrap());
        assert_eq!(heard.iter().filter(|lookup| lookup.was_blocked).count(), 3);
        assert_eq!(heard.len(), 4, "the other once");
        (0..MOST_WAITING + 10).for_each(|_| telling.blocked("blocked.test", &client, at));
        assert_eq!(telling.lost.value(), 10);
        telling.hand_over(&gate);
        assert_eq!(gate.heard.lock().unwrap().len(), MOST_WAITING);
    }
}
