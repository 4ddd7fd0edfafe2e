//! Processor time of other programs.

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::shell::{self, Written};

/// How fast something went through its input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Speed {
    /// Things gone through, those of the start-up run not counted.
    count: usize,
    /// Processor seconds they took.
    seconds: f64,
}

impl Speed {
    /// # Errors
    ///
    /// When the time is too short to say anything.
    pub(super) fn new(count: usize, seconds: f64) -> Result<Self> {
        ensure!(seconds >= SHORTEST, "{count} took {seconds:.2} s, too short to be measured");
        Ok(Self { count, seconds })
    }

    pub(super) fn per_second(self) -> f64 {
        self.count as f64 / self.seconds
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}/s ({} in {:.2} s)", self.per_second(), self.count, self.seconds)
    }
}

/// Runs a program on one thing and on `count` things, and charges it the difference, so that
/// neither reading rules nor compiling tables counts.
///
/// # Errors
///
/// When it fails, or when by its own output, as `gone_through` reads it, it did not go
/// through all.
pub(super) fn speed(
    program: impl Fn(usize) -> Result<Command>,
    count: usize,
    gone_through: fn(&Written) -> Option<usize>,
) -> Result<Speed> {
    let run = |count| {
        let mut command = program(count)?;
        least(|| {
            let (seconds, written) = seconds(&mut command)?;
            let done = gone_through(&written).unwrap_or(0);
            ensure!(done == count, "it went through {done} of {count}");
            Ok(seconds)
        })
    };
    let start_up = run(1)?;
    Speed::new(count.saturating_sub(1), run(count)? - start_up)
}

/// The least of several measurements in seconds: what else runs on the machine can only add
/// to them. A run should take a second to a few whatever the tool, since short ones meet with
/// a quiet moment more easily.
pub(super) fn least(mut measure: impl FnMut() -> Result<f64>) -> Result<f64> {
    let (mut least, mut sum, mut runs) = (f64::INFINITY, 0.0, 0);
    while runs < FEWEST_RUNS || (runs < MOST_RUNS && sum < ENOUGH) {
        let seconds = measure()?;
        least = least.min(seconds);
        sum += seconds;
        runs += 1;
    }
    Ok(least)
}

/// Processor seconds of a program and all it started, user and system, and what it wrote.
pub(super) fn seconds(command: &mut Command) -> Result<(f64, Written)> {
    let ended = || ticks("self", ENDED_CHILDREN);
    let before = ended()?;
    let written = shell::written(command)?;
    Ok((ended()? - before, written))
}

/// Processor seconds so far of a program that runs and of those it started that run.
pub(super) fn seconds_so_far(id: u32) -> Result<f64> {
    let list = format!("/proc/{id}/task/{id}/children");
    let children = fs::read_to_string(&list).with_context(|| format!("cannot read {list}"))?;
    let ids = children.split_whitespace().map(str::to_owned).chain([id.to_string()]);
    ids.map(|id| ticks(&id, ITS_OWN)).sum()
}

/// Processor seconds so far of a program itself, without those it started.
pub(crate) fn own_seconds_so_far(id: u32) -> Result<f64> {
    ticks(&id.to_string(), ITS_OWN)
}

const FEWEST_RUNS: usize = 3;

const MOST_RUNS: usize = 10;

/// Processor seconds after which no further run is made.
const ENOUGH: f64 = 10.0;

/// Ten times the grain of the clock, in seconds.
const SHORTEST: f64 = 10.0 * SECONDS_PER_TICK;

/// What Linux reports processor time in, everywhere it runs today (USER_HZ).
const SECONDS_PER_TICK: f64 = 0.01;

/// Fields of `/proc/<id>/stat` that follow the name in brackets, before a pair of user and
/// system time: proc(5), fields 14 and 15.
const ITS_OWN: usize = 11;

/// The same of children that have ended and were waited for: fields 16 and 17.
const ENDED_CHILDREN: usize = 13;

fn ticks(process: &str, skipped: usize) -> Result<f64> {
    let path = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&path).context("measuring needs Linux")?;
    parse(&stat, skipped).with_context(|| format!("{path} has another shape"))
}

fn parse(stat: &str, skipped: usize) -> Option<f64> {
    // The name in brackets may hold spaces; what follows it does not.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(skipped).map(str::parse::<f64>);
    let (user, system) = (fields.next()?.ok()?, fields.next()?.ok()?);
    Some((user + system) * SECONDS_PER_TICK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let stat = "7 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 300 100 150 50 20 0";
        assert_eq!(parse(stat, ITS_OWN), Some(4.0));
        assert_eq!(parse(stat, ENDED_CHILDREN), Some(2.0));
        assert_eq!(parse("7 (a) S 1 2", ITS_OWN), None);
    }

    #[test]
    fn short_runs_are_repeated_more_often() {
        let runs_of = |seconds| {
            let mut runs = 0;
            let measure = || {
                runs += 1;
                Ok(seconds)
            };
            least(measure).unwrap();
            runs
        };
        assert_eq!([0.1, 2.5, 4.0, 50.0].map(runs_of), [10, 4, 3, 3]);
    }

    #[test]
    fn the_least_run_counts() {
        let mut seconds = [5.0, 4.0, 6.0].into_iter();
        let measure = || seconds.next().context("there are three");
        assert_eq!(least(measure).unwrap(), 4.0);
    }

    #[test]
    fn what_runs_has_a_time() {
        assert!(seconds_so_far(std::process::id()).unwrap() >= 0.0);
    }

    #[test]
    fn speeds_read_as_rates() {
        let speed = Speed::new(1000, 0.5).unwrap();
        assert_eq!(speed.to_string(), "2000/s (1000 in 0.50 s)");
        assert!(Speed::new(1000, 0.01).is_err());
    }

    #[test]
    fn a_program_that_passes_things_over_has_no_speed() {
        let echo = |count: usize| {
            let mut command = Command::new("echo");
            command.arg(count.min(5).to_string());
            Ok(command)
        };
        let error = speed(echo, 7, |written| written.out.trim().parse().ok()).unwrap_err();
        assert_eq!(error.to_string(), "it went through 5 of 7");
    }

    #[test]
    fn a_program_that_fails_says_why() {
        let mut command = Command::new("sh");
        let error = seconds(command.args(["-c", "echo no rules >&2; exit 3"])).map(drop);
        let error = format!("{:#}", error.unwrap_err());
        assert!(error.starts_with("no rules: ") && error.contains("exit status: 3"), "{error}");
    }
}
