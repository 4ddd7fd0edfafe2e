//! What helps to decide: earlier texts by their wording, and by what they share.
//!
//! It is made of the same events as the state, but is no part of it: with a better index the
//! same journal still gives the same state.

use std::collections::BTreeMap;

use unhook_model::ReportId;

use crate::event::{Event, Indicator};
use crate::{Near, NearTexts, TextSketch};

/// Reports remembered for each indicator: enough that one is in each group that has it, after
/// what people take apart.
const MOST_SHARING: usize = 16;

#[derive(Clone, Debug)]
pub(crate) struct Index {
    near: NearTexts<ReportId>,
    sharing: BTreeMap<Indicator, Vec<ReportId>>,
}

impl Default for Index {
    fn default() -> Self {
        Self { near: NearTexts::new(), sharing: BTreeMap::new() }
    }
}

impl Index {
    pub(crate) fn learn(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Received(received) => {
                    if let Some(sketch) = received.sketch {
                        self.near.insert(received.report, sketch);
                    }
                    self.share(received.report, &received.indicators);
                }
                Event::Observed { report, indicators } => self.share(*report, indicators),
                _ => {}
            }
        }
    }

    fn share(&mut self, report: ReportId, indicators: &[Indicator]) {
        for indicator in indicators {
            let sharing = self.sharing.entry(indicator.clone()).or_default();
            if sharing.len() < MOST_SHARING && !sharing.contains(&report) {
                sharing.push(report);
            }
        }
    }

    /// The nearest earlier text.
    pub(crate) fn nearest(&self, sketch: &TextSketch) -> Option<Near<ReportId>> {
        self.near.nearest(sketch)
    }

    /// Earlier reports with an indicator, oldest first.
    pub(crate) fn sharing(&self, indicator: &Indicator) -> impl Iterator<Item = ReportId> {
        self.sharing.get(indicator).into_iter().flatten().copied()
    }
}
