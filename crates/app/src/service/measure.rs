//! So many in a time, and no more.

use std::time::Duration;

use unhook_model::Timestamp;

/// What was used of a measure since a moment. A clock that was put back begins it anew.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    since: Timestamp,
    count: u64,
}

impl Default for Measure {
    fn default() -> Self {
        Self { since: Timestamp::from_unix_ms(i64::MIN), count: 0 }
    }
}

impl Measure {
    /// Counts one more, or says from when on that will be possible.
    pub(super) fn count(
        &mut self,
        now: Timestamp,
        most: u64,
        period: Duration,
    ) -> Result<(), Timestamp> {
        if self.is_over(now, period) {
            *self = Self { since: now, count: 0 };
        }
        if self.count >= most {
            return Err(self.since.plus(period));
        }
        self.count += 1;
        Ok(())
    }

    /// Whether it begins anew with whoever comes next.
    pub(super) fn is_over(&self, now: Timestamp, period: Duration) -> bool {
        now >= self.since.plus(period) || now < self.since
    }
}
