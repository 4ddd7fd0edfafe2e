//! What is counted since the start, for metrics. Nothing personal is a label.

use std::sync::atomic::{AtomicU64, Ordering};

use unhook_model::Verdict;

use super::{Counter, Counts, Service};
use crate::submission::Way;

/// Counters, each by way and verdict or by itself.
#[derive(Debug, Default)]
pub(super) struct Tally {
    reports: [[AtomicU64; 3]; Way::ALL.len()],
    pub(super) repeated: AtomicU64,
    pub(super) commands: AtomicU64,
    pub(super) statements: AtomicU64,
    pub(super) joined: AtomicU64,
    pub(super) turned_away: AtomicU64,
    pub(super) trapped: AtomicU64,
    pub(super) delivered: AtomicU64,
    pub(super) undelivered: AtomicU64,
    /// How often what was looked up could not be kept, or not be read.
    pub(super) look_back_failures: AtomicU64,
    /// How often which names are held could not be kept, or not be read.
    pub(super) hold_failures: AtomicU64,
}

const VERDICTS: [Verdict; 3] = [Verdict::Benign, Verdict::Suspicious, Verdict::Malicious];

impl Tally {
    pub(super) fn report(&self, way: Way, verdict: Verdict) {
        one_more(&self.reports[way as usize][verdict as usize]);
    }
}

pub(super) fn one_more(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Service {
    /// Counts since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let reports = Way::ALL.iter().flat_map(|(way, _)| {
            VERDICTS.iter().map(move |verdict| {
                let labels =
                    vec![("way", way.name().to_owned()), ("verdict", verdict.name().to_owned())];
                let value = count(&self.tally.reports[*way as usize][*verdict as usize]);
                Counter { name: "reports_total", labels, value }
            })
        });
        let plain = [
            ("repeated_deliveries_total", &self.tally.repeated),
            ("commands_total", &self.tally.commands),
            ("statements_total", &self.tally.statements),
            ("joined_texts_total", &self.tally.joined),
            ("turned_away_total", &self.tally.turned_away),
            ("trapped_texts_total", &self.tally.trapped),
            ("delivered_total", &self.tally.delivered),
            ("undelivered_total", &self.tally.undelivered),
            ("look_back_failures_total", &self.tally.look_back_failures),
            ("hold_failures_total", &self.tally.hold_failures),
        ];
        let plain = plain.map(|(name, counter)| Counter {
            name,
            labels: Vec::new(),
            value: count(counter),
        });
        let dropped = Counter {
            name: "lookups_dropped_total",
            labels: Vec::new(),
            value: self.dropped_lookups(),
        };
        let waiting = self.jobs.max_capacity() - self.jobs.capacity();
        let campaigns = self.engine().state().campaigns().count();
        let gauges = vec![
            ("campaigns", campaigns as f64),
            ("decisions_waiting", waiting as f64),
            ("ready", f64::from(u8::from(self.health().troubles.is_empty()))),
        ];
        Counts { counters: reports.chain(plain).chain([dropped]).collect(), gauges }
    }
}
