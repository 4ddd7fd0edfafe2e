//! A moment.

use std::time::Duration;

/// A moment in UTC, in milliseconds since 1970-01-01T00:00:00Z. Parsing and printing
/// dates is the business of the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_ms(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// The moment so much later.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(milliseconds(time)))
    }

    /// The moment so much earlier.
    #[must_use]
    pub fn minus(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(milliseconds(time)))
    }

    /// How long ago `earlier` was at this moment; nothing when it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        let milliseconds = self.0.saturating_sub(earlier.0);
        Duration::from_millis(if milliseconds > 0 { milliseconds.unsigned_abs() } else { 0 })
    }

    /// Whole days from `earlier` to this moment; negative when `earlier` is later.
    #[must_use]
    pub const fn days_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(24 * 60 * 60 * 1000)
    }
}

/// A time of more than three hundred million years is as good as for ever.
fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_end_nowhere_beyond_time() {
        let minute = Duration::from_secs(60);
        let now = Timestamp::from_unix_ms(5);
        assert_eq!(now.plus(minute).minus(minute), now);
        assert_eq!(now.plus(Duration::MAX).unix_ms(), i64::MAX);
        assert_eq!(Timestamp::from_unix_ms(-7).minus(Duration::MAX).unix_ms(), i64::MIN);
    }
}
