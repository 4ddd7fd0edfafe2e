//! Processor time of other programs.

use std::fmt;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell;

/// How fast something went through its input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Speed {
    /// Things gone through, those of the start-up run not counted.
    pub(super) count: usize,
    /// Processor seconds they took.
    pub(super) seconds: f64,
}

impl Speed {
    pub(super) fn per_second(self) -> f64 {
        self.count as f64 / self.seconds
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}/s per core ({} in {:.2} s)", self.per_second(), self.count, self.seconds)
    }
}

/// Runs a program on one thing and on all, and charges it the difference, so that neither
/// reading rules nor compiling tables counts.
pub(super) fn speed(one: &mut Command, all: &mut Command, count: usize) -> Result<Speed> {
    let start_up = seconds(one)?;
    let whole = seconds(all)?;
    let seconds = (whole - start_up).max(SECONDS_PER_TICK);
    Ok(Speed { count: count.saturating_sub(1), seconds })
}

/// What Linux reports processor time in, everywhere it runs today (USER_HZ).
const SECONDS_PER_TICK: f64 = 0.01;

/// Processor seconds of a program and all it started, user and system.
fn seconds(command: &mut Command) -> Result<f64> {
    let before = children()?;
    // What it prints is its business; whether it fails is ours.
    shell::output(command)?;
    Ok(children()? - before)
}

/// Processor seconds of all programs we started that have ended (proc(5), fields 16 and 17).
fn children() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("measuring needs Linux")?;
    parse(&stat).context("/proc/self/stat has another shape")
}

fn parse(stat: &str) -> Option<f64> {
    // The name in brackets may hold spaces; what follows it does not.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(13).map(str::parse::<f64>);
    let (user, system) = (fields.next()?.ok()?, fields.next()?.ok()?);
    Some((user + system) * SECONDS_PER_TICK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_children_is_read() {
        let stat = "7 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 150 50 20 0";
        assert_eq!(parse(stat), Some(2.0));
        assert_eq!(parse("7 (a) S 1 2"), None);
    }

    #[test]
    fn speeds_read_as_rates() {
        let speed = Speed { count: 1000, seconds: 0.5 };
        assert_eq!(speed.to_string(), "2000/s per core (1000 in 0.50 s)");
    }
}
