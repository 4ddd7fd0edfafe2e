//! What all events add up to: which reports belong together, and what is known of each
//! campaign.
//!
//! [`State::fold`] is the only way to change it. It decides nothing: no text is compared, no
//! clock asked, and an event that makes no sense changes nothing. Start at [`Campaign`] for
//! what can be read.

use std::collections::{BTreeMap, BTreeSet};

use unhook_model::{CampaignId, PersonId, ReportId, Timestamp, Verdict};

use crate::event::{
    Cause, Event, Indicator, Reason, Received, Ruling, SplitNumber, Stage, TieNumber,
};
use crate::groups::{Group, Groups, Tie};
use crate::snapshot::encoding::fields;

/// People known who report a campaign from which it is active.
pub const ACTIVE_REPORTERS: usize = 3;

/// Days without a report after which a campaign is closed.
pub const QUIET_DAYS: i64 = 14;

/// Everything that was folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(crate) groups: Groups,
    stages: BTreeMap<CampaignId, Stage>,
    splits: Vec<Taken>,
    /// Ties that somebody cut by themselves, not by a split.
    cut: BTreeSet<TieNumber>,
    position: Option<u64>,
}

/// What a split did.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Taken {
    cut: Vec<TieNumber>,
    added: Vec<TieNumber>,
    sides: (ReportId, ReportId),
    stands: bool,
}

/// A campaign as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Campaign<'s> {
    state: &'s State,
    group: &'s Group,
    id: CampaignId,
}

impl State {
    /// Folds the events of one commit, and says whether it did: a commit that was folded
    /// before, or stands before one that was, changes nothing, since journals deliver at least
    /// once.
    pub fn fold(&mut self, position: u64, events: &[Event]) -> bool {
        if self.position.is_some_and(|last| position <= last) {
            return false;
        }
        self.position = Some(position);
        self.add(events);
        true
    }

    /// Adds events whose commit has no position yet.
    pub(crate) fn add(&mut self, events: &[Event]) {
        events.iter().for_each(|event| self.evolve(event));
    }

    /// What was added has this position.
    pub(crate) fn settle(&mut self, position: u64) {
        debug_assert!(self.position < Some(position), "positions ascend");
        self.position = self.position.max(Some(position));
    }

    /// The position of the last commit that was folded.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        self.position
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Received(received) => self.receive(received),
            Event::Observed { report, indicators } => self.groups.observe(*report, indicators),
            Event::Assessed { report, verdict } => self.groups.assess(*report, *verdict),
            Event::Opened { campaign, report, because } => {
                self.groups.name(*report, *campaign, Some(*because));
            }
            Event::Tied { one, other, because } => {
                self.groups.tie(*one, *other, because.clone());
            }
            Event::Cut { tie, fresh, .. } => self.cut(*tie, *fresh),
            Event::Mended { tie, .. } => self.mend(*tie),
            Event::Split { campaign, reports, fresh, .. } => self.split(*campaign, reports, *fresh),
            Event::Rejoined { split, .. } => self.rejoin(*split),
            Event::Ruled { campaign, ruling, at, .. } => {
                self.groups.rule(*campaign, *at, *ruling);
            }
            Event::Contained { campaign, at } => {
                self.groups.contain(*campaign, *at);
            }
            Event::Reopened { campaign, at } => {
                self.groups.reopen(*campaign, *at);
            }
            Event::StageReached { campaign, stage } => {
                self.stages.insert(*campaign, *stage);
            }
        }
    }

    fn receive(&mut self, received: &Received) {
        if self.groups.point(received.report).is_none() {
            self.groups.add(received.report, received.at, received.reporter);
            self.groups.observe(received.report, &received.indicators);
        }
    }

    fn cut(&mut self, number: TieNumber, fresh: CampaignId) {
        let Some(tie) = self.tie(number) else { return };
        let sides = (tie.one, tie.other);
        if !self.cut.insert(number) {
            return;
        }
        self.groups.cut(&[number]);
        self.groups.hold_apart(sides);
        self.name_parts(sides, fresh);
    }

    fn mend(&mut self, number: TieNumber) {
        let Some(tie) = self.tie(number) else { return };
        let sides = (tie.one, tie.other);
        if !self.cut.remove(&number) {
            return;
        }
        self.groups.mend(&[number]);
        self.groups.let_together(sides);
    }

    fn split(&mut self, campaign: CampaignId, reports: &[ReportId], fresh: CampaignId) {
        let number = SplitNumber(self.splits.len() as u32);
        let taken: BTreeSet<ReportId> = reports.iter().copied().collect();
        let Some(rest) = self.rest(campaign, &taken) else { return };
        let (Some(one), Some(other)) = (taken.first(), rest.first()) else { return };
        let sides = (*one, *other);
        let cut = self.groups.crossing(&taken);
        self.groups.cut(&cut);
        let first = self.groups.next_tie().0;
        self.hold_together(&taken, number);
        self.hold_together(&rest, number);
        let added = (first..self.groups.next_tie().0).map(TieNumber).collect();
        self.groups.hold_apart(sides);
        self.name_parts(sides, fresh);
        self.splits.push(Taken { cut, added, sides, stands: true });
    }

    /// The reports of a campaign but for these, all of which must be of it.
    fn rest(&self, campaign: CampaignId, taken: &BTreeSet<ReportId>) -> Option<BTreeSet<ReportId>> {
        let group = self.campaign(campaign)?.group;
        taken.is_subset(&group.reports).then(|| group.reports.difference(taken).copied().collect())
    }

    /// Ties reports of one side of a split to its first where nothing else does any more.
    fn hold_together(&mut self, reports: &BTreeSet<ReportId>, split: SplitNumber) {
        let Some(first) = reports.first() else { return };
        for report in reports {
            if self.groups.group_of(*report) != self.groups.group_of(*first) {
                self.groups.tie(*first, *report, Reason::Split(split));
            }
        }
    }

    fn rejoin(&mut self, number: SplitNumber) {
        let Some(taken) = self.splits.get_mut(number.0 as usize).filter(|taken| taken.stands)
        else {
            return;
        };
        taken.stands = false;
        let (cut, added, sides) = (taken.cut.clone(), taken.added.clone(), taken.sides);
        self.groups.mend(&cut);
        self.groups.cut(&added);
        self.groups.let_together(sides);
    }

    /// Names the part of a campaign that came off without a name.
    fn name_parts(&mut self, sides: (ReportId, ReportId), fresh: CampaignId) {
        let parts = [sides.0, sides.1].map(|report| {
            let group = self.groups.group(self.groups.group_of(report)?);
            Some((group.names.is_empty(), *group.reports.first()?))
        });
        if let [Some((true, unnamed)), Some((false, _))]
        | [Some((false, _)), Some((true, unnamed))] = parts
        {
            self.groups.name(unnamed, fresh, None);
        }
    }

    /// Whether a report is known.
    #[must_use]
    pub fn has_report(&self, report: ReportId) -> bool {
        self.groups.point(report).is_some()
    }

    /// Who reported it, if it is somebody known.
    #[must_use]
    pub fn reporter(&self, report: ReportId) -> Option<PersonId> {
        self.groups.point(report).and_then(|point| point.reporter)
    }

    /// When a report came in.
    #[must_use]
    pub fn received_at(&self, report: ReportId) -> Option<Timestamp> {
        self.groups.point(report).map(|point| point.at)
    }

    /// What the detector last said of a report.
    #[must_use]
    pub fn verdict(&self, report: ReportId) -> Option<Verdict> {
        self.groups.point(report)?.verdict
    }

    /// What a report is known to share with others of its making.
    #[must_use]
    pub fn indicators(&self, report: ReportId) -> &[Indicator] {
        self.groups.point(report).map_or(&[], |point| &point.indicators)
    }

    /// A tie by its number.
    #[must_use]
    pub fn tie(&self, number: TieNumber) -> Option<&Tie> {
        self.groups.ties().get(number.0 as usize)
    }

    /// Whether somebody cut this tie by itself.
    #[must_use]
    pub fn is_cut(&self, number: TieNumber) -> bool {
        self.cut.contains(&number)
    }

    /// Whether a split stands; `None` when there is none of that number.
    #[must_use]
    pub fn split_stands(&self, number: SplitNumber) -> Option<bool> {
        self.splits.get(number.0 as usize).map(|taken| taken.stands)
    }

    /// A report on each side of a split; `None` when there is none of that number.
    #[must_use]
    pub fn split_sides(&self, number: SplitNumber) -> Option<(ReportId, ReportId)> {
        self.splits.get(number.0 as usize).map(|taken| taken.sides)
    }

    /// The number that the next split gets.
    #[must_use]
    pub fn next_split(&self) -> SplitNumber {
        SplitNumber(self.splits.len() as u32)
    }

    /// A campaign by any name it ever had.
    #[must_use]
    pub fn campaign(&self, id: CampaignId) -> Option<Campaign<'_>> {
        self.campaign_of(self.groups.home(id)?.report)
    }

    /// The campaign that a report belongs to, if it belongs to one.
    #[must_use]
    pub fn campaign_of(&self, report: ReportId) -> Option<Campaign<'_>> {
        let group = self.groups.group(self.groups.group_of(report)?);
        Some(Campaign { state: self, group, id: *group.names.first()? })
    }

    /// All campaigns, the one with the newest report first. They are kept in that order: who
    /// wants the first few need not wait for all.
    pub fn campaigns(&self) -> impl Iterator<Item = Campaign<'_>> {
        let named = self.groups.named().filter_map(|group| Some((group, *group.names.first()?)));
        named.map(|(group, id)| Campaign { state: self, group, id })
    }

    /// The stage that was last noted for a campaign of this name.
    #[must_use]
    pub fn stage_reached(&self, id: CampaignId) -> Option<Stage> {
        self.stages.get(&id).copied()
    }
}

impl<'s> Campaign<'s> {
    /// Its name: of all it ever had, the first that was given.
    #[must_use]
    pub fn id(&self) -> CampaignId {
        self.id
    }

    /// All names it ever had, its own first: it answers to each.
    pub fn names(&self) -> impl Iterator<Item = CampaignId> + 's {
        self.group.names.iter().copied()
    }

    /// Why it began, by its own name; `None` when a person took it out of another.
    #[must_use]
    pub fn opened_because(&self) -> Option<Cause> {
        self.state.groups.home(self.id)?.because
    }

    /// The worst that the detector says of a report of it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.group.worst()
    }

    /// Its reports, oldest id first.
    pub fn reports(&self) -> impl DoubleEndedIterator<Item = ReportId> + 's {
        self.group.reports.iter().copied()
    }

    /// When each of them came in.
    pub fn times(&self) -> impl Iterator<Item = Timestamp> + 's {
        let state = self.state;
        self.reports().filter_map(|report| state.received_at(report))
    }

    /// How many texts it has.
    #[must_use]
    pub fn message_count(&self) -> usize {
        self.group.reports.len()
    }

    /// Whether a report is of it.
    #[must_use]
    pub fn has(&self, report: ReportId) -> bool {
        self.group.reports.contains(&report)
    }

    /// People known who reported it.
    pub fn reporters(&self) -> impl Iterator<Item = PersonId> + 's {
        self.group.reporters.iter().copied()
    }

    /// Ties between its reports, those that do not [stand](Tie::stands), too.
    pub fn ties(&self) -> impl Iterator<Item = (TieNumber, &'s Tie)> {
        let group = self.group;
        let all = self.touching().filter(|(report, (_, tie))| tie.one == *report);
        all.map(|(_, tie)| tie).filter(|(_, tie)| group.reports.contains(&tie.other))
    }

    /// Ties to reports of others, of which none stands: what to mend so that they are one again.
    pub fn severed_ties(&self) -> impl Iterator<Item = (TieNumber, &'s Tie)> {
        let group = self.group;
        let is_within =
            |tie: &Tie| [tie.one, tie.other].iter().all(|end| group.reports.contains(end));
        self.touching().map(|(_, tie)| tie).filter(move |(_, tie)| !is_within(tie))
    }

    /// Each report with the ties that touch it.
    fn touching(&self) -> impl Iterator<Item = (ReportId, (TieNumber, &'s Tie))> {
        let groups = &self.state.groups;
        let touching = |report| groups.touching(report).map(move |tie| (report, tie));
        self.reports().flat_map(touching)
    }

    /// When its first report came in.
    #[must_use]
    pub fn first_report_at(&self) -> Option<Timestamp> {
        self.group.first
    }

    /// When its last report came in.
    #[must_use]
    pub fn last_report_at(&self) -> Option<Timestamp> {
        self.group.last
    }

    /// What a person last ruled of it.
    #[must_use]
    pub fn ruling(&self) -> Option<Ruling> {
        self.group.ruling.map(|ruled| ruled.ruling)
    }

    /// When that was.
    #[must_use]
    pub fn ruled_at(&self) -> Option<Timestamp> {
        self.group.ruling.map(|ruled| ruled.at)
    }

    /// How far it is at a moment.
    #[must_use]
    pub fn stage(&self, now: Timestamp) -> Stage {
        self.standing().stage(now)
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing {
            reporters: self.group.reporters.len(),
            last: self.group.last,
            ruling: self.ruling(),
            contained: self.group.contained,
            reopened: self.group.reopened,
        }
    }
}

/// What the stage of a campaign follows from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) reporters: usize,
    pub(crate) last: Option<Timestamp>,
    pub(crate) ruling: Option<Ruling>,
    pub(crate) contained: Option<Timestamp>,
    pub(crate) reopened: Option<Timestamp>,
}

impl Standing {
    pub(crate) fn stage(self, now: Timestamp) -> Stage {
        let last = self.last.max(self.reopened);
        let is_quiet = last.is_none_or(|last| now.days_since(last) >= QUIET_DAYS);
        match self.ruling {
            Some(Ruling::Benign) => Stage::Closed,
            _ if is_quiet => Stage::Closed,
            _ if self.contained.is_some() && self.contained >= last => Stage::Contained,
            _ if self.reopened.is_some() => Stage::Active,
            Some(Ruling::Malicious) => Stage::Active,
            None if self.reporters >= ACTIVE_REPORTERS => Stage::Active,
            None => Stage::Emerging,
        }
    }
}

fields! { Taken { cut, added, sides, stands } }
fields! { State { groups, stages, splits, cut, position } }
