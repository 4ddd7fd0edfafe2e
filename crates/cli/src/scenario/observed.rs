//! What was seen from outside while a scenario was played.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::receivers::{SentText, ToldAlert};

/// A text that was handed in, and what became of it.
#[derive(Clone, Debug)]
pub(super) struct SeenText {
    /// Which texts it is one of.
    pub(super) list: String,
    pub(super) is_forward: bool,
    pub(super) is_attack: bool,
    pub(super) sent: Instant,
    /// From when until when it was on its way, in milliseconds since 1970. Texts go one after
    /// the other, so no two share a moment, and by its moment each report finds its text.
    pub(super) between_ms: (i64, i64),
    pub(super) took: Duration,
    pub(super) answer: Option<String>,
    pub(super) report: Option<SeenReport>,
}

/// The report that a text became, as the API shows it.
#[derive(Clone, Debug)]
pub(super) struct SeenReport {
    /// What its reporter was told first.
    pub(super) first: String,
    /// What its reporter was told last.
    pub(super) last: String,
    pub(super) campaign: Option<String>,
}

/// What an analyst ruled.
#[derive(Clone, Debug)]
pub(super) struct SeenRuling {
    pub(super) said: Instant,
    /// `None` when there was no campaign to rule.
    pub(super) campaign: Option<String>,
}

/// All that was seen.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(super) begun: Instant,
    pub(super) took: Duration,
    pub(super) texts: Vec<SeenText>,
    pub(super) rulings: Vec<SeenRuling>,
    pub(super) alerts: Vec<ToldAlert>,
    /// Texts beside answers: people were told otherwise.
    pub(super) corrections: Vec<SentText>,
    /// How many texts each campaign has.
    pub(super) campaigns: Vec<u64>,
    /// Requests of the service's own that were not signed as they should be.
    pub(super) unsigned: u64,
    /// How much still waits to be told.
    pub(super) waiting: usize,
}

impl Observed {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            took: Duration::ZERO,
            texts: Vec::new(),
            rulings: Vec::new(),
            alerts: Vec::new(),
            corrections: Vec::new(),
            campaigns: Vec::new(),
            unsigned: 0,
            waiting: 0,
        }
    }

    /// Learns what became of the texts from the list of reports.
    pub(super) fn learn(&mut self, reports: &[Value]) {
        for report in reports {
            let at: Option<jiff::Timestamp> = report["at"].as_str().and_then(|at| at.parse().ok());
            let Some(at) = at.map(jiff::Timestamp::as_millisecond) else { continue };
            let Some(text) = self.text_at(at) else { continue };
            let text = &mut self.texts[text];
            let told = report["answered"]["verdict"].as_str().unwrap_or_default().to_owned();
            let campaign = report["campaign"].as_str().map(str::to_owned);
            let first = text.report.take().map_or_else(|| told.clone(), |known| known.first);
            text.report = Some(SeenReport { first, last: told, campaign });
        }
    }

    /// The text that was on its way at a moment.
    pub(super) fn text_at(&self, at_ms: i64) -> Option<usize> {
        let after = self.texts.partition_point(|text| text.between_ms.0 <= at_ms);
        let text = after.checked_sub(1)?;
        (at_ms <= self.texts[text].between_ms.1).then_some(text)
    }

    /// Those that were passed on.
    pub(super) fn forwards(&self) -> impl Iterator<Item = &SeenText> {
        self.texts.iter().filter(|text| text.is_forward)
    }

    /// The campaign that most of some texts are in.
    pub(super) fn campaign_of(&self, list: &str) -> Option<String> {
        let of_list = self.forwards().filter(|text| text.list == list);
        let campaigns = of_list.filter_map(|text| text.report.as_ref()?.campaign.as_deref());
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        campaigns.for_each(|campaign| *counts.entry(campaign).or_default() += 1);
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A text that was on its way between two moments.
    pub(in crate::scenario) fn text(list: &str, between_ms: (i64, i64)) -> SeenText {
        let took = Duration::from_millis(between_ms.1.abs_diff(between_ms.0));
        SeenText {
            list: list.to_owned(),
            is_forward: true,
            is_attack: list == "lure",
            sent: Instant::now(),
            between_ms,
            took,
            answer: Some("This is a scam.".to_owned()),
            report: None,
        }
    }

    /// A report as the API lists it.
    pub(in crate::scenario) fn report(at: &str, told: &str, campaign: Option<&str>) -> Value {
        serde_json::json!({ "at": at, "answered": { "verdict": told }, "campaign": campaign })
    }

    #[test]
    fn reports_find_their_texts_by_their_moments() {
        let mut observed = Observed::new();
        observed.texts = vec![text("lure", (10, 20)), text("everyday", (21, 30))];
        let between = [(9, None), (10, Some(0)), (20, Some(0)), (21, Some(1)), (31, None)];
        for (at, expected) in between {
            assert_eq!(observed.text_at(at), expected, "{at}");
        }
        observed.learn(&[
            report("1970-01-01T00:00:00.022Z", "benign", None),
            report("1970-01-01T00:00:00.01Z", "suspicious", Some("a")),
        ]);
        observed.learn(&[report("1970-01-01T00:00:00.01Z", "malicious", Some("b"))]);
        let lure = observed.texts[0].report.clone().unwrap();
        assert_eq!((lure.first.as_str(), lure.last.as_str()), ("suspicious", "malicious"));
        assert_eq!(observed.campaign_of("lure").as_deref(), Some("b"));
        assert_eq!(observed.campaign_of("everyday"), None);
        assert_eq!(observed.texts[1].report.clone().unwrap().first, "benign");
    }
}
