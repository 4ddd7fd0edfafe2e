//! How much strangers may pass on: each a few texts an hour, all of them together so many a
//! minute. Memory is bounded; who is forgotten starts with a full measure.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use unhook_model::{PersonId, Timestamp};

use super::measure::Measure;

/// The most strangers remembered.
const MOST_REMEMBERED: usize = 10_000;

const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

/// What strangers have used up.
#[derive(Debug)]
pub(super) struct Limits {
    each_hourly: u32,
    all_minutely: u32,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    each: HashMap<PersonId, Measure>,
    all: Measure,
}

impl Limits {
    pub(super) fn new(each_hourly: u32, all_minutely: u32) -> Self {
        Self { each_hourly, all_minutely, used: Mutex::default() }
    }

    /// Lets a stranger, or nobody in particular, pass something on, or says in how many seconds
    /// they may.
    pub(super) fn admit(&self, person: Option<PersonId>, now: Timestamp) -> Result<(), u64> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.each.len() >= MOST_REMEMBERED {
            used.each.retain(|_, measure| !measure.is_over(now, HOUR));
            if used.each.len() >= MOST_REMEMBERED {
                used.each.clear();
            }
        }
        let seconds = |end: Timestamp| {
            let left = end.unix_ms().saturating_sub(now.unix_ms());
            u64::try_from(left / 1000).unwrap_or_default() + 1
        };
        if let Some(person) = person {
            let measure = used.each.entry(person).or_default();
            measure.count(now, u64::from(self.each_hourly), HOUR).map_err(seconds)?;
        }
        used.all.count(now, u64::from(self.all_minutely), MINUTE).map_err(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 60 * 60 * 1000;
    const MINUTE_MS: i64 = 60 * 1000;

    fn person(number: u8) -> Option<PersonId> {
        Some(PersonId::from_bytes([number; 16]))
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    #[test]
    fn each_has_a_measure_an_hour() {
        let limits = Limits::new(2, 100);
        assert_eq!(limits.admit(person(1), at(HOUR_MS)), Ok(()));
        assert_eq!(limits.admit(person(1), at(HOUR_MS + 1)), Ok(()));
        assert_eq!(limits.admit(person(1), at(HOUR_MS + 1000)), Err(3600));
        assert_eq!(limits.admit(person(2), at(HOUR_MS + 1000)), Ok(()));
        assert_eq!(limits.admit(person(1), at(2 * HOUR_MS)), Ok(()));
    }

    #[test]
    fn all_together_have_one_a_minute() {
        let limits = Limits::new(10, 3);
        let admitted = (0..9).filter(|n| limits.admit(person(*n), at(MINUTE_MS)).is_ok()).count();
        assert_eq!(admitted, 3);
        assert!(limits.admit(None, at(MINUTE_MS)).is_err());
        assert_eq!(limits.admit(person(9), at(2 * MINUTE_MS)), Ok(()));
        assert_eq!(limits.admit(None, at(2 * MINUTE_MS)), Ok(()));
    }
}
