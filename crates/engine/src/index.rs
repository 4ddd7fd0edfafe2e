//! What helps to decide: earlier texts by their wording, and by what they share.
//!
//! It is made of the same events as the state, but is no part of it: with a better index the
//! same journal still gives the same state. It remembers what came last and no more: the
//! [`WINDOW`](crate::near::WINDOW) newest texts and as many indicators. A text that comes back
//! after so many others begins a new campaign, unless it shares an indicator that did not have
//! to go.

use std::collections::BTreeMap;
use std::sync::Arc;

use unhook_model::ReportId;

use crate::event::{Event, Indicator};
use crate::snapshot::encoding::{Bytes, Encode, fields};
use crate::{Near, NearTexts, TextSketch};

/// Reports remembered for each indicator: enough that one is in each group that has it, after
/// what people take apart.
const MOST_SHARING: usize = 16;

/// Indicators remembered: those that came last.
const MOST_INDICATORS: usize = 131_072;

#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    near: NearTexts<ReportId>,
    shared: Shared,
}

/// Which reports have an indicator, for those that came last.
#[derive(Clone, Debug)]
struct Shared {
    most: usize,
    reports: BTreeMap<Arc<Indicator>, Sharing>,
    /// All indicators, by when they came last.
    by_age: BTreeMap<u64, Arc<Indicator>>,
}

#[derive(Clone, Debug, Default)]
struct Sharing {
    /// Oldest first.
    reports: Vec<ReportId>,
    came: u64,
}

impl Index {
    pub(crate) fn learn(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Received(received) => {
                    if let Some(sketch) = received.sketch {
                        self.near.insert(received.report, sketch);
                    }
                    // A crowd of strangers must not take the places of those whose word counts.
                    if received.reporter.is_some() {
                        self.share(received.report, &received.indicators);
                    }
                }
                Event::Observed { report, indicators } => self.share(*report, indicators),
                _ => {}
            }
        }
    }

    fn share(&mut self, report: ReportId, indicators: &[Indicator]) {
        indicators.iter().for_each(|indicator| self.shared.add(report, indicator));
    }

    /// The nearest earlier text.
    pub(crate) fn nearest(&self, sketch: &TextSketch) -> Option<Near<ReportId>> {
        self.near.nearest(sketch)
    }

    /// Earlier reports with an indicator, oldest first.
    pub(crate) fn sharing(&self, indicator: &Indicator) -> impl Iterator<Item = ReportId> {
        self.shared.reports.get(indicator).into_iter().flat_map(|sharing| &sharing.reports).copied()
    }
}

impl Default for Shared {
    fn default() -> Self {
        let (reports, by_age) = (BTreeMap::new(), BTreeMap::new());
        Self { most: MOST_INDICATORS, reports, by_age }
    }
}

impl Shared {
    fn add(&mut self, report: ReportId, indicator: &Indicator) {
        let now = self.by_age.last_key_value().map_or(0, |(last, _)| last + 1);
        let before = self.reports.get(indicator).and_then(|known| self.by_age.remove(&known.came));
        let indicator = before.unwrap_or_else(|| Arc::new(indicator.clone()));
        let sharing = self.reports.entry(indicator.clone()).or_default();
        sharing.came = now;
        if sharing.reports.len() < MOST_SHARING && !sharing.reports.contains(&report) {
            sharing.reports.push(report);
        }
        self.by_age.insert(now, indicator);
        if self.by_age.len() > self.most
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.reports.remove(&oldest);
        }
    }
}

fields! { Index { near, shared } }

impl Encode for Shared {
    /// Oldest first.
    fn write(&self, bytes: &mut Vec<u8>) {
        (self.by_age.len() as u64).write(bytes);
        for indicator in self.by_age.values() {
            indicator.write(bytes);
            self.reports[indicator].reports.write(bytes);
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mut shared = Self::default();
        let count = u64::read(bytes)?;
        if count > shared.most as u64 {
            return None;
        }
        for came in 0..count {
            let (indicator, reports) = (Arc::new(Encode::read(bytes)?), Encode::read(bytes)?);
            shared.by_age.insert(came, Arc::clone(&indicator));
            shared.reports.insert(indicator, Sharing { reports, came });
        }
        Some(shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_indicators_that_came_last_are_remembered() {
        let sender = |number: usize| Indicator::Sender(format!("sender {number}"));
        let report = |number: usize| ReportId::from_bytes((number as u128).to_be_bytes());
        let mut index =
            Index { shared: Shared { most: 4, ..Shared::default() }, ..Index::default() };
        let found = |index: &Index, number| index.sharing(&sender(number)).collect::<Vec<_>>();
        for number in 0..100 {
            index.share(report(number), &[sender(number), sender(1_000), sender(1_000)]);
            assert_eq!(found(&index, number), [report(number)]);
            assert!(index.shared.reports.len() <= 4 && index.shared.by_age.len() <= 4);
        }
        assert_eq!(found(&index, 1_000), (0..MOST_SHARING).map(report).collect::<Vec<_>>());
        assert_eq!(found(&index, 97), [report(97)]);
        assert_eq!(found(&index, 96), []);
    }
}
