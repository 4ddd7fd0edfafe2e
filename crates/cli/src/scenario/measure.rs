//! Times and counts of what was seen: a stopwatch for each stage that there was.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::expect::{Chosen, Finding, findings, is_closed};
use super::observed::{Observed, SeenBlock, SeenText, SeenVisit};
use super::plan::Scenario;
use super::receivers::ToldAlert;

/// The version of [`Measurements`] as JSON; keys may come, none changes or goes.
const SCHEMA_VERSION: u32 = 1;

/// What a scenario came to.
#[derive(Serialize)]
pub(crate) struct Measurements {
    pub(crate) scenario: String,
    pub(crate) people: usize,
    pub(crate) texts: usize,
    pub(crate) took_ms: f64,
    pub(crate) answers: Answers,
    pub(crate) stages: Stages,
    pub(crate) reactions: Reactions,
    /// How many laptops got an address of a name of the attack before anybody reported it, how many
    /// after, and how many got none.
    pub(crate) visits: Visits,
    /// How many people were seen at each rung of the ladder.
    pub(crate) ladder: BTreeMap<String, u64>,
    /// How many reports of the attack are in the campaign that most of them are in.
    pub(crate) members: usize,
    pub(crate) campaigns: usize,
    /// Texts of which nothing was found and which are in no campaign.
    pub(crate) closed: usize,
    /// Texts that are no part of the attack.
    pub(crate) everyday: usize,
    pub(crate) attack: usize,
    pub(crate) alerts: usize,
    pub(crate) corrections: usize,
    /// What came from the service without a right signature.
    pub(crate) unsigned: u64,
    pub(crate) expectations: Vec<Finding>,
    pub(crate) held: bool,
    schema_version: u32,
}

/// How long answers took.
#[derive(Serialize)]
pub(crate) struct Answers {
    pub(crate) median_ms: f64,
    pub(crate) slowest_ms: f64,
}

/// How long after what brought it about something was done, in milliseconds; null where nothing was.
#[derive(Serialize)]
pub(crate) struct Reactions {
    /// From the report or ruling that led to it until the name did not resolve.
    pub(crate) blocked_ms: Option<f64>,
    /// From a foreign sign-in until its session was over: the slowest.
    pub(crate) revoked_ms: Option<f64>,
}

/// How laptops' look-ups went.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Visits {
    pub(crate) before_reports: usize,
    pub(crate) after: usize,
    pub(crate) stopped: usize,
}

/// A stopwatch for each stage, in milliseconds; null where there was no such stage.
#[derive(Serialize)]
pub(crate) struct Stages {
    /// From the first report of the attack to its answer.
    pub(crate) answered_ms: Option<f64>,
    /// From the report that opened a campaign to those on call being told.
    pub(crate) opened_ms: Option<f64>,
    /// From the report that showed that it spreads to those on call being told.
    pub(crate) spread_ms: Option<f64>,
    /// From "I typed my password" to those on call being told.
    pub(crate) submitted_ms: Option<f64>,
    /// From the first report of the attack until a name of it did not resolve, by the scenario's clock.
    pub(crate) blocked_ms: Option<f64>,
    /// From the first report of the attack until every foreign session was over, by the scenario's clock.
    pub(crate) revoked_ms: Option<f64>,
    /// From the ruling to the last of those who were told otherwise.
    pub(crate) corrected_ms: Option<f64>,
}

/// What a scenario came to, and whether what was chosen held.
pub(crate) fn measurements(
    scenario: &Scenario,
    observed: &Observed,
    chosen: &Chosen,
) -> Measurements {
    let expectations = findings(scenario, observed);
    let (attack, everyday): (Vec<_>, Vec<_>) = observed.forwards().partition(|text| text.is_attack);
    Measurements {
        scenario: scenario.title.clone(),
        people: scenario.people.len(),
        texts: observed.texts.len(),
        took_ms: milliseconds(observed.took),
        answers: answers(observed),
        stages: stages(observed),
        reactions: reactions(observed),
        visits: visits(observed),
        ladder: observed.ladder.clone(),
        members: members(&attack),
        campaigns: observed.campaigns.len(),
        closed: everyday.iter().filter(|text| is_closed(text)).count(),
        everyday: everyday.len(),
        attack: attack.len(),
        alerts: observed.alerts.len(),
        corrections: observed.corrections.len(),
        unsigned: observed.unsigned,
        held: chosen.held(&expectations) && observed.unsigned == 0,
        expectations,
        schema_version: SCHEMA_VERSION,
    }
}

/// How many of some texts are in the campaign that most of them are in.
fn members(texts: &[&SeenText]) -> usize {
    let mut counts = BTreeMap::<&str, usize>::new();
    let campaigns = texts.iter().filter_map(|text| text.report.as_ref()?.campaign.as_deref());
    campaigns.for_each(|campaign| *counts.entry(campaign).or_default() += 1);
    counts.into_values().max().unwrap_or_default()
}

/// How long answers took: the median and the slowest, 0 when there was none.
pub(super) fn answers(observed: &Observed) -> Answers {
    let answered = observed.texts.iter().filter(|text| text.answer.is_some());
    let mut took: Vec<Duration> = answered.map(|text| text.took).collect();
    took.sort_unstable();
    let at = |place: usize| took.get(place).copied().map_or(0.0, milliseconds);
    Answers { median_ms: at(took.len() / 2), slowest_ms: at(took.len().saturating_sub(1)) }
}

fn stages(observed: &Observed) -> Stages {
    let first = observed.first_report();
    let alert = |kind| {
        let alert = observed.alerts.iter().find(|alert| alert.kind == kind)?;
        latency_of(observed, alert)
    };
    let ruled = observed.rulings.iter().find(|ruling| ruling.campaign.is_some());
    let corrected = ruled.and_then(|ruling| {
        let times = observed.corrections.iter().map(|text| text.received);
        times.filter(|at| *at >= ruling.said).max().map(|last| since(ruling.said, last))
    });
    let by_clock = |at_ms: u64, took| Some(since_first(first?, at_ms) + milliseconds(took));
    Stages {
        answered_ms: first.and_then(answered).map(milliseconds),
        opened_ms: alert("campaign-opened"),
        spread_ms: alert("campaign-active"),
        submitted_ms: alert("credentials-submitted"),
        blocked_ms: first_block(observed).and_then(|block| by_clock(block.at_ms, block.took)),
        revoked_ms: revoked(observed, by_clock),
        corrected_ms: corrected.map(milliseconds),
    }
}

/// How long after the first report something happened, by the scenario's clock, in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "a scenario has at most two days")]
fn since_first(first: &SeenText, at_ms: u64) -> f64 {
    at_ms.saturating_sub(first.at_ms) as f64
}

fn first_block(observed: &Observed) -> Option<&SeenBlock> {
    observed.blocked.values().min_by_key(|block| (block.at_ms, block.took))
}

/// When the last of all foreign sessions was over; `None` while any is not.
fn revoked(observed: &Observed, by_clock: impl Fn(u64, Duration) -> Option<f64>) -> Option<f64> {
    let over = observed.takeovers.iter().map(|seen| by_clock(seen.at_ms, seen.took?));
    let over = over.collect::<Option<Vec<f64>>>()?;
    over.into_iter().reduce(f64::max)
}

fn reactions(observed: &Observed) -> Reactions {
    let revoked = observed.takeovers.iter().filter_map(|seen| seen.took).max();
    Reactions {
        blocked_ms: first_block(observed).map(|block| milliseconds(block.took)),
        revoked_ms: revoked.map(milliseconds),
    }
}

fn visits(observed: &Observed) -> Visits {
    let count =
        |is_it: fn(&SeenVisit) -> bool| observed.visits.iter().filter(|visit| is_it(visit)).count();
    Visits {
        before_reports: count(|visit| visit.was_there && visit.was_before_reports),
        after: count(|visit| visit.was_there && !visit.was_before_reports),
        stopped: count(|visit| !visit.was_there),
    }
}

fn answered(text: &SeenText) -> Option<Duration> {
    text.answer.is_some().then_some(text.took)
}

/// How long after the text that caused it those on call heard of something, in milliseconds.
pub(super) fn latency_of(observed: &Observed, alert: &ToldAlert) -> Option<f64> {
    let cause = observed.text_at(alert.at_ms)?;
    Some(milliseconds(since(observed.texts[cause].sent, alert.received)))
}

fn since(begin: Instant, end: Instant) -> Duration {
    end.saturating_duration_since(begin)
}

/// A time in milliseconds, to the tenth.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e4).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::observed::tests::{report, text};

    #[test]
    fn only_what_is_in_one_campaign_counts_as_one() {
        let mut observed = Observed::new();
        observed.texts = vec![text("lure", (1, 2)), text("lure", (3, 4)), text("lure", (5, 6))];
        observed.learn(&[
            report("1970-01-01T00:00:00.001Z", "malicious", Some("a")),
            report("1970-01-01T00:00:00.003Z", "malicious", Some("b")),
            report("1970-01-01T00:00:00.005Z", "malicious", Some("b")),
        ]);
        assert_eq!(members(&observed.forwards().collect::<Vec<_>>()), 2);
        assert_eq!(members(&[]), 0);
    }

    #[test]
    fn times_are_the_median_and_the_slowest_of_what_was_answered() {
        let mut observed = Observed::new();
        observed.texts = vec![text("lure", (0, 9)), text("lure", (10, 11)), text("lure", (20, 25))];
        let Answers { median_ms, slowest_ms } = answers(&observed);
        assert_eq!((median_ms.round(), slowest_ms.round()), (5.0, 9.0));
        observed.texts[0].answer = None;
        assert_eq!(answers(&observed).slowest_ms.round(), 5.0);
        observed.texts.clear();
        assert_eq!(answers(&observed).slowest_ms.round(), 0.0);
    }
}
