//! What follows from what comes in.
//!
//! [`Engine::decide`] looks at the state and an [`Input`] and says which events happen; it
//! changes nothing. [`Engine::apply`] folds them once they are durable. All time and every
//! id comes in on the input, so a decision can be made again and is the same.
//!
//! A report is tied to the nearest text, whatever it says; by what it shares with others
//! only where it, or they, are worse than benign. A stranger's report is tied once at most,
//! so nobody unknown can make two campaigns one.

use std::collections::BTreeSet;

use unhook_model::{CampaignId, PersonId, ReportId, Timestamp, Verdict};

use crate::event::{Cause, Event, Reason, Received, Ruling, SplitNumber, Stage, TieNumber};
use crate::groups::GroupNumber;
use crate::index::Index;
use crate::state::{ACTIVE_REPORTERS, Campaign, Standing, State};

/// People known who get nearly the same text within [`BURST_MINUTES`] from which it is a
/// campaign whatever it says.
pub const BURST_REPORTERS: usize = 3;

/// How long a burst takes at most.
pub const BURST_MINUTES: i64 = 10;

/// The most ties that one report gets.
const MOST_TIES: usize = 8;

/// How many of a group's newest reports are looked at for a burst.
const NEWEST: usize = 64;

/// Something to decide about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// A text came in and was judged.
    Report {
        /// What came in.
        received: Received,
        /// What the detector says of it.
        verdict: Verdict,
        /// The name of the campaign that it begins, if it begins one.
        fresh: CampaignId,
    },
    /// A report was judged again, after something was learned.
    Judged {
        /// Which report.
        report: ReportId,
        /// What the detector says now.
        verdict: Verdict,
        /// The name of the campaign that it begins, if it begins one.
        fresh: CampaignId,
        /// When.
        at: Timestamp,
    },
    /// Somebody says what a campaign is.
    Rule {
        /// Which campaign.
        campaign: CampaignId,
        /// What it is.
        ruling: Ruling,
        /// When.
        at: Timestamp,
        /// Who says so.
        by: PersonId,
    },
    /// Somebody says that two campaigns are one.
    Merge {
        /// One campaign.
        one: CampaignId,
        /// The other.
        other: CampaignId,
        /// Who says so.
        by: PersonId,
    },
    /// Somebody says that two reports do not belong together for the reason given.
    Cut {
        /// The tie between them.
        tie: TieNumber,
        /// The name of the part that has none, if one comes off.
        fresh: CampaignId,
        /// Who says so.
        by: PersonId,
    },
    /// Somebody takes a cut back.
    Mend {
        /// The tie that was cut.
        tie: TieNumber,
        /// Who does.
        by: PersonId,
    },
    /// Somebody takes reports out of a campaign.
    Split {
        /// Which campaign.
        campaign: CampaignId,
        /// Which of its reports.
        reports: BTreeSet<ReportId>,
        /// The name of the part that has none.
        fresh: CampaignId,
        /// Who does.
        by: PersonId,
    },
    /// Somebody takes a split back.
    Rejoin {
        /// Which split.
        split: SplitNumber,
        /// Who does.
        by: PersonId,
    },
    /// All that was to be done about a campaign is done.
    Contain {
        /// Which campaign.
        campaign: CampaignId,
        /// When.
        at: Timestamp,
    },
    /// Time has passed.
    Tick {
        /// The time now.
        now: Timestamp,
    },
}

/// Why something that a person asked for cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such campaign.
    #[error("there is no campaign {campaign}")]
    NoCampaign {
        /// The name that was given.
        campaign: CampaignId,
    },
    /// There is no such report.
    #[error("there is no report {report}")]
    NoReport {
        /// The id that was given.
        report: ReportId,
    },
    /// The report belongs elsewhere.
    #[error("report {report} does not belong to campaign {campaign}")]
    Elsewhere {
        /// The report.
        report: ReportId,
        /// The campaign that was given.
        campaign: CampaignId,
    },
    /// A split must leave something on either side.
    #[error("a split takes some reports of a campaign, and leaves some: name fewer or more")]
    OneSided,
    /// Both names are of one campaign.
    #[error("{one} and {other} are one campaign already")]
    OneAlready {
        /// One name.
        one: CampaignId,
        /// The other.
        other: CampaignId,
    },
    /// There is no such tie, or it is not as it would have to be.
    #[error("tie {} is not there to be cut or mended", tie.0)]
    NoTie {
        /// The number that was given.
        tie: TieNumber,
    },
    /// There is no such split, or it was taken back.
    #[error("split {} is not there to be taken back", split.0)]
    NoSplit {
        /// The number that was given.
        split: SplitNumber,
    },
}

/// The state, and what helps to decide.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    state: State,
    index: Index,
}

impl Engine {
    /// The state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Folds the events of one commit, which must be durable by now. One that was folded
    /// before changes nothing.
    pub fn apply(&mut self, position: u64, events: &[Event]) {
        if self.state.fold(position, events) {
            self.index.learn(events);
        }
    }

    /// What follows. Nothing for a report that is known already.
    ///
    /// # Errors
    /// When a person asked for what cannot be; the state is as it was, and so is the world.
    pub fn decide(&self, input: &Input) -> Result<Vec<Event>, Refusal> {
        match input {
            Input::Report { received, verdict, fresh } => {
                Ok(self.report(received, *verdict, *fresh))
            }
            Input::Judged { report, verdict, fresh, at } => {
                self.judged(*report, *verdict, *fresh, *at)
            }
            Input::Rule { campaign, ruling, at, by } => {
                let known = self.campaign(*campaign)?;
                let ruled =
                    Event::Ruled { campaign: known.id(), ruling: *ruling, at: *at, by: *by };
                let standing = Standing { ruling: Some(*ruling), ..known.standing() };
                Ok([ruled].into_iter().chain(self.reached(known.id(), standing, *at)).collect())
            }
            Input::Contain { campaign, at } => {
                let known = self.campaign(*campaign)?;
                let contained = Event::Contained { campaign: known.id(), at: *at };
                let standing = Standing { contained: Some(*at), ..known.standing() };
                Ok([contained].into_iter().chain(self.reached(known.id(), standing, *at)).collect())
            }
            Input::Merge { one, other, by } => self.merge(*one, *other, *by),
            Input::Cut { tie, fresh, by } => match self.state.tie(*tie) {
                Some(known) if known.cuts == 0 => {
                    Ok(vec![Event::Cut { tie: *tie, fresh: *fresh, by: *by }])
                }
                _ => Err(Refusal::NoTie { tie: *tie }),
            },
            Input::Mend { tie, by } if self.state.is_cut(*tie) => {
                Ok(vec![Event::Mended { tie: *tie, by: *by }])
            }
            Input::Mend { tie, .. } => Err(Refusal::NoTie { tie: *tie }),
            Input::Split { campaign, reports, fresh, by } => {
                self.split(*campaign, reports, *fresh, *by)
            }
            Input::Rejoin { split, by } => match self.state.split_stands(*split) {
                Some(true) => Ok(vec![Event::Rejoined { split: *split, by: *by }]),
                _ => Err(Refusal::NoSplit { split: *split }),
            },
            Input::Tick { now } => Ok(self.tick(*now)),
        }
    }

    fn report(&self, received: &Received, verdict: Verdict, fresh: CampaignId) -> Vec<Event> {
        if self.state.has_report(received.report) {
            return Vec::new();
        }
        let report = received.report;
        let mut events =
            vec![Event::Received(received.clone()), Event::Assessed { report, verdict }];
        let (ties, groups) = self.ties(received, verdict);
        events.extend(ties.into_iter().map(|(other, because)| Event::Tied {
            one: report,
            other,
            because,
        }));
        let names = || groups.iter().flat_map(|group| &self.state.groups.group(*group).names);
        let cause = match verdict {
            _ if names().next().is_some() => None,
            Verdict::Benign => self.is_burst(received, &groups).then_some(Cause::Burst),
            verdict => Some(Cause::Verdict(verdict)),
        };
        events.extend(cause.map(|because| Event::Opened { campaign: fresh, report, because }));
        if let Some(campaign) = names().min().copied().or(cause.map(|_| fresh)) {
            let standing = Standing {
                reporters: self.reporters(received, &groups),
                last: groups
                    .iter()
                    .filter_map(|group| self.state.groups.group(*group).last)
                    .chain([received.at])
                    .max(),
                ruling: self.state.ruling(names()),
                contained: self.state.contained(names()),
            };
            events.extend(self.reached(campaign, standing, received.at));
        }
        events
    }

    /// What a report is to be tied to and why, and the groups that become one by it.
    fn ties(
        &self,
        received: &Received,
        verdict: Verdict,
    ) -> (Vec<(ReportId, Reason)>, BTreeSet<GroupNumber>) {
        let most = if received.reporter.is_some() { MOST_TIES } else { 1 };
        let (mut ties, mut groups) = (Vec::new(), BTreeSet::new());
        if let Some(near) = received.sketch.as_ref().and_then(|sketch| self.index.nearest(sketch)) {
            ties.push((near.id, Reason::NearText(near.similarity)));
            groups.extend(self.state.groups.group_of(near.id));
        }
        for indicator in &received.indicators {
            for other in self.index.sharing(indicator) {
                let Some(group) = self.state.groups.group_of(other) else { continue };
                let is_bad =
                    verdict > Verdict::Benign || !self.state.groups.group(group).names.is_empty();
                let is_free = groups.iter().all(|tied| !self.state.are_apart(*tied, group));
                if ties.len() < most && is_bad && is_free && groups.insert(group) {
                    ties.push((other, Reason::Shared(indicator.clone())));
                }
            }
        }
        (ties, groups)
    }

    /// Whether several people got this text within minutes.
    fn is_burst(&self, received: &Received, groups: &BTreeSet<GroupNumber>) -> bool {
        let since = received.at.unix_ms() - BURST_MINUTES * 60_000;
        let newest = groups
            .iter()
            .flat_map(|group| self.state.groups.group(*group).reports.iter().rev().take(NEWEST));
        let points = newest.filter_map(|report| self.state.groups.point(*report));
        let recent = points.filter(|point| point.at.unix_ms() >= since);
        let people: BTreeSet<PersonId> =
            recent.filter_map(|point| point.reporter).chain(received.reporter).collect();
        people.len() >= BURST_REPORTERS
    }

    /// How many people reported what becomes one, up to what makes it active.
    fn reporters(&self, received: &Received, groups: &BTreeSet<GroupNumber>) -> usize {
        let known = groups.iter().flat_map(|group| {
            self.state.groups.group(*group).reporters.iter().take(ACTIVE_REPORTERS).copied()
        });
        known.chain(received.reporter).collect::<BTreeSet<_>>().len()
    }

    fn judged(
        &self,
        report: ReportId,
        verdict: Verdict,
        fresh: CampaignId,
        at: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        if !self.state.has_report(report) {
            return Err(Refusal::NoReport { report });
        }
        if self.state.verdict(report) == Some(verdict) {
            return Ok(Vec::new());
        }
        let mut events = vec![Event::Assessed { report, verdict }];
        if verdict > Verdict::Benign && self.state.campaign_of(report).is_none() {
            let because = Cause::Verdict(verdict);
            events.push(Event::Opened { campaign: fresh, report, because });
            if let Some(number) = self.state.groups.group_of(report) {
                let group = self.state.groups.group(number);
                let (reporters, last) = (group.reporters.len(), group.last);
                let standing = Standing { reporters, last, ruling: None, contained: None };
                events.extend(self.reached(fresh, standing, at));
            }
        }
        Ok(events)
    }

    fn merge(
        &self,
        one: CampaignId,
        other: CampaignId,
        by: PersonId,
    ) -> Result<Vec<Event>, Refusal> {
        let (first, second) = (self.campaign(one)?, self.campaign(other)?);
        if first.id() == second.id() {
            return Err(Refusal::OneAlready { one, other });
        }
        let ends = first.reports().next().zip(second.reports().next());
        Ok(ends
            .map(|(one, other)| Event::Tied { one, other, because: Reason::Ruled(by) })
            .into_iter()
            .collect())
    }

    fn split(
        &self,
        campaign: CampaignId,
        reports: &BTreeSet<ReportId>,
        fresh: CampaignId,
        by: PersonId,
    ) -> Result<Vec<Event>, Refusal> {
        let known = self.campaign(campaign)?;
        if let Some(report) = reports.iter().find(|report| !known.has(**report)) {
            return Err(Refusal::Elsewhere { report: *report, campaign });
        }
        if reports.is_empty() || reports.len() == known.message_count() {
            return Err(Refusal::OneSided);
        }
        let reports = reports.iter().copied().collect();
        Ok(vec![Event::Split { campaign: known.id(), reports, fresh, by }])
    }

    fn tick(&self, now: Timestamp) -> Vec<Event> {
        let all = self.state.campaigns();
        all.flat_map(|campaign| self.reached(campaign.id(), campaign.standing(), now)).collect()
    }

    fn campaign(&self, campaign: CampaignId) -> Result<Campaign<'_>, Refusal> {
        self.state.campaign(campaign).ok_or(Refusal::NoCampaign { campaign })
    }

    /// That a campaign reached a stage, if it is not the one that was noted last.
    fn reached(&self, campaign: CampaignId, standing: Standing, now: Timestamp) -> Option<Event> {
        let stage: Stage = standing.stage(now);
        let is_new = self.state.stage_reached(campaign) != Some(stage);
        is_new.then_some(Event::StageReached { campaign, stage })
    }
}
