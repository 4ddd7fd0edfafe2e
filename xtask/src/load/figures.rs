//! Figures of a run, as lines to read and to write down.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::drive::Driven;
use super::server::Memory;

/// What a run cost the server.
pub(super) struct Cost {
    pub(super) server_seconds: f64,
    pub(super) memory_at_rest: Memory,
    pub(super) memory: Memory,
    /// In bytes.
    pub(super) folder: u64,
}

/// A run in a few lines.
pub(super) fn of(driven: &Driven, cost: Option<&Cost>) -> Result<String> {
    let acknowledged = driven.acknowledged();
    let mut times: Vec<Duration> =
        driven.sent.iter().filter(|sent| sent.is_acknowledged()).map(|sent| sent.took).collect();
    times.sort_unstable();
    let at = |share| milliseconds(&times, share);
    let statuses: Vec<String> =
        driven.statuses().iter().map(|(status, count)| format!("{count} × {status}")).collect();
    let (seconds, each) = (driven.took.as_secs_f64(), 1e6 / acknowledged.max(1) as f64);
    let mut lines = vec![
        format!(
            "{:.0} acknowledged a second ({acknowledged} in {seconds:.2} s; load average {})",
            acknowledged as f64 / seconds,
            load_average()?,
        ),
        format!(
            "milliseconds: half under {}, 90 % {}, 99 % {}, all {}",
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0)
        ),
        format!("answers: {}; without one: {}", statuses.join(", "), driven.lost),
        format!("processor: {:.0} µs each for sending", driven.own_seconds * each),
    ];
    if let Some(cost) = cost {
        lines.push(format!(
            "processor: {:.0} µs each for the server; folder: {:.0} bytes each",
            cost.server_seconds * each,
            cost.folder as f64 / acknowledged.max(1) as f64,
        ));
        lines.push(format!(
            "memory: {} MB at rest, {} MB after, {} MB at most",
            cost.memory_at_rest.now >> 20,
            cost.memory.now >> 20,
            cost.memory.most >> 20
        ));
    }
    Ok(lines.join("\n"))
}

/// The time under which a share of sorted times lie.
fn milliseconds(sorted: &[Duration], share: f64) -> String {
    let last = sorted.len().saturating_sub(1);
    let at = (sorted.len() as f64 * share).ceil() as usize;
    let time = sorted.get(at.saturating_sub(1).min(last));
    time.map_or("–".to_owned(), |time| format!("{:.1}", time.as_secs_f64() * 1e3))
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// How many programs wait for a processor: that of the last minute, as Linux says.
pub(crate) fn load_average() -> Result<String> {
    let text = std::fs::read_to_string("/proc/loadavg").context("measuring needs Linux")?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_times_are_found() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(milliseconds(&times, 0.5), "100.0");
        assert_eq!(milliseconds(&times, 0.99), "198.0");
        assert_eq!(milliseconds(&times, 1.0), "200.0");
        assert_eq!(milliseconds(&times[..1], 0.5), "1.0");
        assert_eq!(milliseconds(&[], 0.5), "–");
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
    }
}
