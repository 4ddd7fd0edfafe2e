//! How fast a scenario is played.

use std::time::{Duration, Instant};

/// How long it takes where nothing is said: short enough to be watched to the end.
const PLEASANT: Duration = Duration::from_secs(10);

/// How fast a scenario is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// So that all of it takes about ten seconds.
    Pleasant,
    /// So many times as fast as it was.
    Times(f64),
    /// Without any wait.
    Max,
}

/// Reads it from the command line.
pub(crate) fn parse(text: &str) -> Result<Speed, &'static str> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    match text.parse() {
        Ok(times) if (0.001..=1e9).contains(&times) => Ok(Speed::Times(times)),
        _ => Err("write a number, such as 1 for as fast as it was, or `max`"),
    }
}

impl Speed {
    /// How long after the beginning something happens, of a scenario that lasts so long.
    #[expect(clippy::cast_precision_loss, reason = "a scenario has at most two days")]
    fn delay(self, at_ms: u64, last_ms: u64) -> Duration {
        let at = at_ms as f64 / 1000.0;
        match self {
            Self::Max => Duration::ZERO,
            Self::Times(times) => Duration::from_secs_f64(at / times),
            Self::Pleasant => {
                let last = (last_ms as f64 / 1000.0).max(PLEASANT.as_secs_f64());
                Duration::from_secs_f64(at * PLEASANT.as_secs_f64() / last)
            }
        }
    }

    /// Waits until something is to happen.
    pub(super) async fn wait(self, begun: Instant, at_ms: u64, last_ms: u64) {
        let due = begun + self.delay(at_ms, last_ms);
        tokio::time::sleep_until(due.into()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_read() {
        assert_eq!(parse("max"), Ok(Speed::Max));
        assert_eq!(parse("1"), Ok(Speed::Times(1.0)));
        assert_eq!(parse("0.5"), Ok(Speed::Times(0.5)));
        for wrong in ["", "0", "-1", "fast", "NaN", "inf"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_long_scenario_is_shortened_and_a_short_one_is_not_stretched() {
        let check = |speed: Speed, at, last, expected| {
            assert_eq!(speed.delay(at, last).as_millis(), expected);
        };
        check(Speed::Pleasant, 90_000, 180_000, 5_000);
        check(Speed::Pleasant, 2_000, 4_000, 2_000);
        check(Speed::Times(2.0), 3_000, 4_000, 1_500);
        check(Speed::Max, 3_000, 4_000, 0);
    }
}
