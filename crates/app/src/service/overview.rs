//! What those see who look at the whole: how much comes in and how fast it is answered, and which
//! campaigns are most urgent.

use std::cmp::Reverse;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use unhook_engine::{Campaign, Ruling, Stage};
use unhook_model::{CampaignId, ReportId, Timestamp};

use super::reading::summary;
use super::{CampaignSummary, Service, ServiceError};
use crate::submission::Way;
use crate::views::Passed;

/// How many days the trend has, today among them.
pub const TREND_DAYS: usize = 14;

/// For how long an overview is as good as a new one: many look at it, and each look goes through
/// all that came in within days.
const FRESH: Duration = Duration::from_secs(1);

/// The most reports looked at for the trend: what a busy organization gets in that time. Beyond it
/// the oldest days are left out.
const MOST_LOOKED_AT: usize = 200_000;

/// In how many equal parts a campaign's time is cut for its shape.
pub const SHAPE_PARTS: usize = 24;

/// How many of a campaign's newest reports are looked at to say what it is.
const MOST_SAMPLED: usize = 10;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// What came in, and how fast it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The last 24 hours, oldest first: texts by verdict, benign first.
    pub hours: [[u32; 3]; 24],
    /// The last days, oldest first, the last 24 hours at the end.
    pub days: [Day; TREND_DAYS],
    /// The ways by which something came in within these days, and when last.
    pub ways: Vec<(Way, Timestamp)>,
    /// Campaigns that are not closed.
    pub open_campaigns: usize,
}

/// One day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// How many texts came in.
    pub texts: u32,
    /// The time from a report to its answer that half of them took at most; `None` without any.
    pub median: Option<Duration>,
}

/// A campaign as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignHead {
    /// In short.
    pub summary: CampaignSummary,
    /// What kind of scam its newest texts are, by its name in outputs.
    pub kind: Option<String>,
    /// Registrable domains that its newest texts name.
    pub domains: Vec<String>,
    /// Its texts over the time from its first to its last, in equal parts.
    pub shape: [u32; SHAPE_PARTS],
}

impl Service {
    /// What came in lately, and how fast it was answered.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn overview(&self) -> Result<Arc<Overview>, ServiceError> {
        let now = self.now();
        let mut last = self.overview.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, overview)) = &*last
            && now.since(*at) < FRESH
        {
            return Ok(Arc::clone(overview));
        }
        let overview = Arc::new(self.look_over(now)?);
        *last = Some((now, Arc::clone(&overview)));
        Ok(overview)
    }

    fn look_over(&self, now: Timestamp) -> Result<Overview, ServiceError> {
        let since = now.minus(DAY * TREND_DAYS as u32);
        let passed = self.ports.views.passed(since, MOST_LOOKED_AT)?;
        let open_campaigns = {
            let engine = self.engine();
            engine.state().campaigns().filter(|c| c.stage(now) != Stage::Closed).count()
        };
        Ok(Overview {
            hours: hours(&passed, now),
            days: days(&passed, now),
            ways: ways(&passed),
            open_campaigns,
        })
    }

    /// Campaigns that are not closed, the most urgent first: the worst and those that nobody has
    /// seen yet before others, the busiest hour before older ones.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn urgent_campaigns(&self, limit: usize) -> Result<Vec<CampaignHead>, ServiceError> {
        let mut open = self.campaigns(None, None, usize::MAX)?;
        open.retain(|campaign| campaign.stage != Stage::Closed);
        open.sort_by_key(|campaign| {
            let is_ruled_benign = campaign.ruling == Some(Ruling::Benign);
            let is_seen = campaign.acknowledged_at.is_some() || campaign.ruling.is_some();
            (is_ruled_benign, is_seen, Reverse(campaign.verdict), Reverse(campaign.last_at))
        });
        open.truncate(limit);
        open.into_iter().map(|campaign| self.head(campaign)).collect()
    }

    /// What a list shows of campaigns.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn campaign_heads(
        &self,
        stage: Option<Stage>,
        before: Option<(Timestamp, CampaignId)>,
        limit: usize,
    ) -> Result<Vec<CampaignHead>, ServiceError> {
        let campaigns = self.campaigns(stage, before, limit)?;
        campaigns.into_iter().map(|campaign| self.head(campaign)).collect()
    }

    /// What a list shows of one campaign, by any name it ever had.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn campaign_head(&self, id: CampaignId) -> Result<Option<CampaignHead>, ServiceError> {
        let now = self.now();
        let found = self.engine().state().campaign(id).map(|campaign| summary(&campaign, now));
        found.map(|summary| self.head(summary)).transpose()
    }

    fn head(&self, summary: CampaignSummary) -> Result<CampaignHead, ServiceError> {
        let (shape, newest) = {
            let engine = self.engine();
            let campaign = engine.state().campaign(summary.id);
            let shape = shape(campaign.iter().flat_map(Campaign::times), &summary);
            (shape, campaign.map(newest).unwrap_or_default())
        };
        let domains = self.ports.views.domains_of(&newest)?;
        Ok(CampaignHead { kind: self.kind_of(&newest)?, summary, domains, shape })
    }

    /// The kind of scam that the first of some reports has that has one.
    fn kind_of(&self, reports: &[ReportId]) -> Result<Option<String>, ServiceError> {
        for report in reports {
            let row = self.ports.views.report(*report)?;
            if let Some(kind) = row.and_then(|row| row.judged.kind) {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }
}

fn newest(campaign: Campaign<'_>) -> Vec<ReportId> {
    campaign.reports().rev().take(MOST_SAMPLED).collect()
}

fn shape(times: impl Iterator<Item = Timestamp>, summary: &CampaignSummary) -> [u32; SHAPE_PARTS] {
    let (first, last) = (summary.first_at.unix_ms(), summary.last_at.unix_ms());
    let span = (last - first).max(1) + 1;
    let mut shape = [0; SHAPE_PARTS];
    for time in times {
        let part = (time.unix_ms() - first).clamp(0, span - 1) * SHAPE_PARTS as i64 / span;
        shape[part as usize] += 1;
    }
    shape
}

/// How many whole spans of time something lies back.
fn back(at: Timestamp, now: Timestamp, span: Duration) -> usize {
    (now.since(at).as_millis() / span.as_millis()) as usize
}

fn hours(passed: &[Passed], now: Timestamp) -> [[u32; 3]; 24] {
    let mut hours = [[0; 3]; 24];
    for text in passed {
        if let Some(hour) = 23_usize.checked_sub(back(text.at, now, HOUR)) {
            hours[hour][text.verdict as usize] += 1;
        }
    }
    hours
}

fn days(passed: &[Passed], now: Timestamp) -> [Day; TREND_DAYS] {
    let mut waits: [Vec<Duration>; TREND_DAYS] = Default::default();
    let mut days = [Day::default(); TREND_DAYS];
    for text in passed {
        let Some(day) = (TREND_DAYS - 1).checked_sub(back(text.at, now, DAY)) else { continue };
        days[day].texts += 1;
        waits[day].extend(text.took);
    }
    for (day, waits) in days.iter_mut().zip(&mut waits) {
        day.median = median(waits);
    }
    days
}

fn median(values: &mut [Duration]) -> Option<Duration> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable(middle).1)
}

fn ways(passed: &[Passed]) -> Vec<(Way, Timestamp)> {
    let last = |way| passed.iter().filter(|text| text.way == way).map(|text| text.at).max();
    Way::ALL.iter().filter_map(|(way, _)| Some((*way, last(*way)?))).collect()
}

#[cfg(test)]
mod tests {
    use unhook_model::Verdict;

    use super::*;

    fn passed(minutes_ago: i64, verdict: Verdict, wait: Option<u64>) -> Passed {
        let at = Timestamp::from_unix_ms(1_000_000_000 - minutes_ago * 60_000);
        Passed { at, way: Way::Text, verdict, took: wait.map(Duration::from_millis) }
    }

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000_000);

    #[test]
    fn hours_and_days_end_now() {
        let all = [
            passed(0, Verdict::Malicious, Some(5)),
            passed(59, Verdict::Benign, Some(7)),
            passed(60, Verdict::Benign, None),
            passed(24 * 60, Verdict::Suspicious, Some(900)),
            passed(14 * 24 * 60, Verdict::Benign, Some(1)),
        ];
        let hours = hours(&all, NOW);
        assert_eq!((hours[23], hours[22], hours[0]), ([1, 0, 1], [1, 0, 0], [0; 3]));
        let days = days(&all, NOW);
        assert_eq!(days[13], Day { texts: 3, median: Some(Duration::from_millis(5)) });
        assert_eq!(days[12], Day { texts: 1, median: Some(Duration::from_millis(900)) });
        assert_eq!(days.iter().map(|day| day.texts).sum::<u32>(), 4);
        assert_eq!(ways(&all), [(Way::Text, NOW)]);
        assert_eq!(ways(&[]), []);
    }

    #[test]
    fn a_median_is_one_of_its_values() {
        let median = |values: &[u64]| {
            median(&mut values.iter().copied().map(Duration::from_secs).collect::<Vec<_>>())
        };
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3]), Some(Duration::from_secs(3)));
        assert_eq!(median(&[9, 1, 5, 7]), Some(Duration::from_secs(5)));
    }
}
