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

use crate::event::{Cause, Event, Indicator, Reason, Received, Stage};
use crate::groups::{Group, GroupNumber, latest};
use crate::index::Index;
use crate::input::{Input, Refusal};
use crate::state::{ACTIVE_REPORTERS, Campaign, Standing, State};

/// People known who get nearly the same text within [`BURST_MINUTES`] from which it is a
/// campaign whatever it says.
pub const BURST_REPORTERS: usize = 3;

/// How long a burst takes at most.
pub const BURST_MINUTES: i64 = 10;

/// The most ties that one report gets.
const MOST_TIES: usize = 8;

/// The most indicators of one report, from which on nothing more is learned of it: far more
/// than an honest one has.
const MOST_INDICATORS: usize = 64;

/// How many of a group's newest reports are looked at for a burst.
const NEWEST: usize = 64;

/// The state, and what helps to decide.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    pub(crate) state: State,
    pub(crate) index: Index,
    is_ahead: bool,
}

impl Engine {
    pub(crate) fn of(state: State, index: Index) -> Self {
        Self { state, index, is_ahead: false }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Folds the events of one commit, which must be durable by now. One that was folded
    /// before changes nothing.
    ///
    /// While the engine [is ahead](Self::is_ahead) there is no commit to fold but the one that
    /// [`settle`](Self::settle) stands for; calling this is a mistake of the caller, which a
    /// debug build panics on.
    pub fn apply(&mut self, position: u64, events: &[Event]) {
        debug_assert!(!self.is_ahead, "what was folded ahead is settled before more is folded");
        if self.state.fold(position, events) {
            self.index.learn(events);
        }
    }

    /// Folds events that are decided and not durable yet, so that more can be decided on top of
    /// them and all of it appended as one commit. [`settle`](Self::settle) says that it was.
    ///
    /// When that commit cannot be appended, or others were faster, this engine knows what never
    /// happened: throw it away, and make it again from the journal.
    ///
    /// ```
    /// use unhook_engine::{Engine, Event, Input};
    ///
    /// fn take_all(engine: &mut Engine, inputs: &[Input], append: impl Fn(&[Event]) -> u64) {
    ///     let mut commit = Vec::new();
    ///     for input in inputs {
    ///         // One that is refused changes nothing and stops nobody else.
    ///         let Ok(events) = engine.decide(input) else { continue };
    ///         engine.fold_ahead(&events);
    ///         commit.extend(events);
    ///     }
    ///     if engine.is_ahead() {
    ///         engine.settle(append(&commit));
    ///     }
    /// }
    /// ```
    pub fn fold_ahead(&mut self, events: &[Event]) {
        self.is_ahead |= !events.is_empty();
        self.state.add(events);
        self.index.learn(events);
    }

    /// Says that the commit that holds all that was folded ahead, and nothing else, is durable
    /// at this position. The state is the same as if it had been [applied](Self::apply).
    ///
    /// Nothing folded ahead, or a position that is not after the last, is a mistake of the
    /// caller, which a debug build panics on.
    pub fn settle(&mut self, position: u64) {
        debug_assert!(self.is_ahead, "only what was folded ahead can be settled");
        self.is_ahead = false;
        self.state.settle(position);
    }

    /// Whether it has folded what is not known to be durable.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        self.is_ahead
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
                self.learned(*report, &[], *verdict, *fresh, *at)
            }
            Input::Learned { report, indicators, verdict, fresh, at } => {
                self.learned(*report, indicators, *verdict, *fresh, *at)
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
            Input::Reopen { campaign, at } => {
                let known = self.campaign(*campaign)?;
                let reopened = Event::Reopened { campaign: known.id(), at: *at };
                let standing = known.standing();
                // What says so may come late.
                let reopened_at = standing.reopened.max(Some(*at));
                let standing = Standing { reopened: reopened_at, ..standing };
                Ok([reopened].into_iter().chain(self.reached(known.id(), standing, *at)).collect())
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
        let joined = self.joined(received, verdict);
        let cause = match verdict {
            _ if self.name(&joined).is_some() => None,
            Verdict::Benign => self.is_burst(received, &joined.groups).then_some(Cause::Burst),
            verdict => Some(Cause::Verdict(verdict)),
        };
        let mut events =
            vec![Event::Received(received.clone()), Event::Assessed { report, verdict }];
        events.extend(joined.tied(report));
        events.extend(cause.map(|because| Event::Opened { campaign: fresh, report, because }));
        if let Some(campaign) = self.name(&joined).or(cause.map(|_| fresh)) {
            let standing = self.standing(&joined, Some(received));
            events.extend(self.reached(campaign, standing, received.at));
        }
        events
    }

    /// What a new report belongs to.
    fn joined(&self, received: &Received, verdict: Verdict) -> Joined {
        let most = most_ties(received.reporter);
        let mut joined = Joined { ties: Vec::new(), groups: BTreeSet::new(), most };
        if let Some(near) = received.sketch.as_ref().and_then(|sketch| self.index.nearest(sketch)) {
            joined.ties.push((near.id, Reason::NearText(near.similarity)));
            joined.groups.extend(self.state.groups.group_of(near.id));
        }
        self.share(&mut joined, &received.indicators, verdict);
        joined
    }

    /// Ties a report to others by what it shares with them.
    fn share(&self, joined: &mut Joined, indicators: &[Indicator], verdict: Verdict) {
        for indicator in indicators {
            for other in self.index.sharing(indicator) {
                // What only strangers name ties nothing: they would drag in whom they like.
                if self.state.reporter(other).is_none() {
                    continue;
                }
                let Some(group) = self.state.groups.group_of(other) else { continue };
                let is_bad =
                    verdict > Verdict::Benign || !self.state.groups.group(group).names.is_empty();
                let is_free =
                    joined.groups.iter().all(|tied| !self.state.groups.are_apart(*tied, group));
                let has_room = joined.ties.len() < joined.most;
                if has_room && is_bad && is_free && joined.groups.insert(group) {
                    joined.ties.push((other, Reason::Shared(indicator.clone())));
                }
            }
        }
    }

    fn learned(
        &self,
        report: ReportId,
        indicators: &[Indicator],
        verdict: Verdict,
        fresh: CampaignId,
        at: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        let Some(point) = self.state.groups.point(report) else {
            return Err(Refusal::NoReport { report });
        };
        let room = MOST_INDICATORS.saturating_sub(point.indicators.len());
        let indicators: Vec<Indicator> = point.unknown(indicators).take(room).cloned().collect();
        let most = most_ties(point.reporter).saturating_sub(point.found as usize);
        let mut joined = Joined { ties: Vec::new(), groups: BTreeSet::from([point.group]), most };
        self.share(&mut joined, &indicators, verdict);
        let mut events = Vec::new();
        if !indicators.is_empty() {
            events.push(Event::Observed { report, indicators });
        }
        if self.state.verdict(report) != Some(verdict) {
            events.push(Event::Assessed { report, verdict });
        }
        events.extend(joined.tied(report));
        let is_begun = verdict > Verdict::Benign && self.name(&joined).is_none();
        if is_begun {
            let because = Cause::Verdict(verdict);
            events.push(Event::Opened { campaign: fresh, report, because });
        }
        if is_begun || !joined.ties.is_empty() {
            let campaign = self.name(&joined).unwrap_or(fresh);
            events.extend(self.reached(campaign, self.standing(&joined, None), at));
        }
        Ok(events)
    }

    /// The name of what becomes one, if any part of it has a name.
    fn name(&self, joined: &Joined) -> Option<CampaignId> {
        self.groups(joined).filter_map(|group| group.names.first()).min().copied()
    }

    fn groups(&self, joined: &Joined) -> impl Iterator<Item = &Group> {
        joined.groups.iter().map(|group| self.state.groups.group(*group))
    }

    /// How what becomes one stands, with a report that comes to it.
    fn standing(&self, joined: &Joined, newcomer: Option<&Received>) -> Standing {
        // More people than make it active change nothing.
        let known = self.groups(joined).flat_map(|g| g.reporters.iter().take(ACTIVE_REPORTERS));
        let people = known.copied().chain(newcomer.and_then(|received| received.reporter));
        let times = self.groups(joined).filter_map(|group| group.last);
        Standing {
            reporters: people.collect::<BTreeSet<_>>().len(),
            last: times.chain(newcomer.map(|received| received.at)).max(),
            ruling: latest(self.groups(joined).filter_map(|group| group.ruling))
                .map(|ruled| ruled.ruling),
            contained: self.groups(joined).filter_map(|group| group.contained).max(),
            reopened: self.groups(joined).filter_map(|group| group.reopened).max(),
        }
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

/// What a report is tied to and why, and the groups that become one by it.
struct Joined {
    ties: Vec<(ReportId, Reason)>,
    groups: BTreeSet<GroupNumber>,
    /// How many ties it may get.
    most: usize,
}

impl Joined {
    fn tied(&self, one: ReportId) -> impl Iterator<Item = Event> {
        let ties = self.ties.iter().cloned();
        ties.map(move |(other, because)| Event::Tied { one, other, because })
    }
}

/// How many ties a report gets. A stranger's one must not make two campaigns one.
fn most_ties(reporter: Option<PersonId>) -> usize {
    if reporter.is_some() { MOST_TIES } else { 1 }
}
