//! What was seen from outside while a scenario was played.

use std::collections::BTreeMap;
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
    /// When it came, by the scenario's clock.
    pub(super) at_ms: u64,
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

/// A laptop looked a name up.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeenVisit {
    /// Whether it got an address.
    pub(super) was_there: bool,
    /// Whether nobody had reported anything yet.
    pub(super) was_before_reports: bool,
}

/// A name no longer resolves.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeenBlock {
    /// When what brought it about happened, by the scenario's clock.
    pub(super) at_ms: u64,
    /// How long after that it was seen.
    pub(super) took: Duration,
}

/// Somebody else signed in with a person's password.
#[derive(Clone, Debug)]
pub(super) struct SeenTakeover {
    pub(super) login: String,
    /// When, by the scenario's clock.
    pub(super) at_ms: u64,
    /// How long after that the sessions were ended.
    pub(super) took: Option<Duration>,
}

/// All that was seen.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(super) begun: Instant,
    pub(super) took: Duration,
    pub(super) texts: Vec<SeenText>,
    pub(super) rulings: Vec<SeenRuling>,
    pub(super) visits: Vec<SeenVisit>,
    pub(super) blocked: BTreeMap<String, SeenBlock>,
    pub(super) takeovers: Vec<SeenTakeover>,
    /// How many people were seen at each rung of the ladder.
    pub(super) ladder: BTreeMap<String, u64>,
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
            visits: Vec::new(),
            blocked: BTreeMap::new(),
            takeovers: Vec::new(),
            ladder: BTreeMap::new(),
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

    /// The first report of the attack.
    pub(super) fn first_report(&self) -> Option<&SeenText> {
        self.texts.iter().find(|text| text.is_attack)
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
            at_ms: 0,
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
