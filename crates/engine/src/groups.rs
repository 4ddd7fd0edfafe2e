//! Reports and the ties between them; a group is what hangs together.
//!
//! A tie stands unless it is cut, and may be cut more than once: by itself and by splits.
//! So taking changes back needs no order, and the groups follow from the ties that stand.

use std::collections::{BTreeMap, BTreeSet};

use unhook_model::{CampaignId, PersonId, ReportId, Timestamp, Verdict};

use crate::event::{Indicator, Reason, TieNumber};
use crate::snapshot::encoding::{Bytes, Encode, fields};

/// What of a report its group adds up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) at: Timestamp,
    pub(crate) reporter: Option<PersonId>,
    /// What it shares with others of its making, each once.
    pub(crate) indicators: Vec<Indicator>,
    /// What the detector last said of it.
    pub(crate) verdict: Option<Verdict>,
    /// Campaigns that began with this report.
    pub(crate) names: BTreeSet<CampaignId>,
    /// How many ties were found for it, and not made by a person.
    pub(crate) found: u32,
    pub(crate) group: GroupNumber,
    ties: Vec<TieNumber>,
}

/// Why two reports belong together, and whether that still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// One report.
    pub one: ReportId,
    /// The other.
    pub other: ReportId,
    /// Why they belong together.
    pub because: Reason,
    /// How many changes that stand say it does not hold.
    pub cuts: u32,
}

/// What hangs together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) reports: BTreeSet<ReportId>,
    /// Its campaign's name is the first; without one it is no campaign.
    pub(crate) names: BTreeSet<CampaignId>,
    /// People known who reported it.
    pub(crate) reporters: BTreeSet<PersonId>,
    /// When the last report came in.
    pub(crate) last: Option<Timestamp>,
}

/// A group, for as long as nothing changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupNumber(u64);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups {
    points: BTreeMap<ReportId, Point>,
    ties: Vec<Tie>,
    groups: BTreeMap<GroupNumber, Group>,
    next: u64,
}

impl Point {
    fn new(at: Timestamp, reporter: Option<PersonId>, group: GroupNumber) -> Self {
        let (indicators, names, ties) = (Vec::new(), BTreeSet::new(), Vec::new());
        Self { at, reporter, indicators, verdict: None, names, found: 0, group, ties }
    }

    /// Those of some indicators that it is not known to have, each once.
    pub(crate) fn unknown<'i>(
        &self,
        indicators: &'i [Indicator],
    ) -> impl Iterator<Item = &'i Indicator> {
        let fresh = indicators.iter().enumerate().filter(|(at, indicator)| {
            !self.indicators.contains(indicator) && !indicators[..*at].contains(indicator)
        });
        fresh.map(|(_, indicator)| indicator)
    }
}

impl Group {
    fn take(&mut self, report: ReportId, point: &Point) {
        self.reports.insert(report);
        self.names.extend(&point.names);
        self.reporters.extend(point.reporter);
        self.last = self.last.max(Some(point.at));
    }
}

impl Groups {
    /// Adds a report, in a group of its own.
    pub(crate) fn add(&mut self, report: ReportId, at: Timestamp, reporter: Option<PersonId>) {
        let group = GroupNumber(self.next);
        let point = Point::new(at, reporter, group);
        self.points.insert(report, point);
        self.form(BTreeSet::from([report]));
    }

    /// Adds what a report that is known shares with others.
    pub(crate) fn observe(&mut self, report: ReportId, indicators: &[Indicator]) {
        if let Some(point) = self.points.get_mut(&report) {
            let unknown: Vec<Indicator> = point.unknown(indicators).cloned().collect();
            point.indicators.extend(unknown);
        }
    }

    pub(crate) fn point(&self, report: ReportId) -> Option<&Point> {
        self.points.get(&report)
    }

    /// Notes what the detector says of a report that is known.
    pub(crate) fn assess(&mut self, report: ReportId, verdict: Verdict) {
        if let Some(point) = self.points.get_mut(&report) {
            point.verdict = Some(verdict);
        }
    }

    pub(crate) fn group_of(&self, report: ReportId) -> Option<GroupNumber> {
        self.points.get(&report).map(|point| point.group)
    }

    pub(crate) fn group(&self, number: GroupNumber) -> &Group {
        &self.groups[&number]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    pub(crate) fn ties(&self) -> &[Tie] {
        &self.ties
    }

    /// The number that the next tie gets.
    pub(crate) fn next_tie(&self) -> TieNumber {
        TieNumber(self.ties.len() as u32)
    }

    /// Ties that stand and touch a report.
    fn standing(&self, report: ReportId) -> impl Iterator<Item = (TieNumber, &Tie)> {
        let ties = self.points.get(&report).into_iter().flat_map(|point| &point.ties);
        let ties = ties.map(|number| (*number, &self.ties[number.0 as usize]));
        ties.filter(|(_, tie)| tie.cuts == 0)
    }

    /// Gives a campaign's name to a report.
    pub(crate) fn name(&mut self, report: ReportId, campaign: CampaignId) {
        if let Some(point) = self.points.get_mut(&report) {
            point.names.insert(campaign);
            if let Some(group) = self.groups.get_mut(&point.group) {
                group.names.insert(campaign);
            }
        }
    }

    /// Ties two reports that are known.
    pub(crate) fn tie(&mut self, one: ReportId, other: ReportId, because: Reason) {
        self.note(Tie { one, other, because, cuts: 0 });
        self.unite(one, other);
    }

    fn note(&mut self, tie: Tie) {
        let number = self.next_tie();
        if let (Some(point), true) = (self.points.get_mut(&tie.one), tie.because.is_found()) {
            point.found += 1;
        }
        for report in [tie.one, tie.other] {
            if let Some(point) = self.points.get_mut(&report) {
                point.ties.push(number);
            }
        }
        self.ties.push(tie);
    }

    /// Notes with each report which ties touch it. All are put in order first: that is many
    /// times faster than to look each report up.
    fn note_all(&mut self) {
        let ends = |(number, tie): (u32, &Tie)| {
            let is_found = tie.because.is_found();
            [(tie.one, TieNumber(number), is_found), (tie.other, TieNumber(number), false)]
        };
        let mut ends: Vec<_> = (0..).zip(&self.ties).flat_map(ends).collect();
        ends.sort_unstable();
        let mut ends = ends.into_iter().peekable();
        for (report, point) in &mut self.points {
            while ends.next_if(|(end, ..)| end < report).is_some() {}
            while let Some((_, number, is_found)) = ends.next_if(|(end, ..)| end == report) {
                point.ties.push(number);
                point.found += u32::from(is_found);
            }
        }
    }

    /// Forms the groups that the reports say they are of; `None` when there can be no such.
    fn form_all(&mut self) -> Option<()> {
        let mut members: Vec<(&ReportId, &Point)> = self.points.iter().collect();
        members.sort_by_key(|(_, point)| point.group);
        let form = |members: &[(&ReportId, &Point)]| {
            let mut group = Group::default();
            members.iter().for_each(|(report, point)| group.take(**report, point));
            let (_, point) = members.first()?;
            (point.group.0 < self.next).then_some((point.group, group))
        };
        let parts = members.chunk_by(|one, other| one.1.group == other.1.group);
        self.groups = parts.map(form).collect::<Option<_>>()?;
        Some(())
    }

    /// Says that ties do not hold, once more.
    pub(crate) fn cut(&mut self, ties: &[TieNumber]) {
        let mut touched = BTreeSet::new();
        for number in ties {
            let Some(tie) = self.ties.get_mut(number.0 as usize) else { continue };
            tie.cuts += 1;
            let one = tie.one;
            touched.extend(self.group_of(one));
        }
        touched.into_iter().for_each(|group| self.form_again(group));
    }

    /// Takes one cut of each back.
    pub(crate) fn mend(&mut self, ties: &[TieNumber]) {
        for number in ties {
            let Some(tie) = self.ties.get_mut(number.0 as usize) else { continue };
            tie.cuts = tie.cuts.saturating_sub(1);
            let (one, other, stands) = (tie.one, tie.other, tie.cuts == 0);
            if stands {
                self.unite(one, other);
            }
        }
    }

    /// Ties that stand between some reports and others.
    pub(crate) fn crossing(&self, reports: &BTreeSet<ReportId>) -> Vec<TieNumber> {
        let of_all = reports.iter().flat_map(|report| self.standing(*report));
        let crosses = |tie: &Tie| reports.contains(&tie.one) != reports.contains(&tie.other);
        of_all.filter(|(_, tie)| crosses(tie)).map(|(number, _)| number).collect()
    }

    /// What a report hangs together with now.
    fn reachable(&self, from: ReportId) -> BTreeSet<ReportId> {
        let (mut found, mut open) = (BTreeSet::from([from]), vec![from]);
        while let Some(report) = open.pop() {
            for (_, tie) in self.standing(report) {
                let other = if tie.one == report { tie.other } else { tie.one };
                if found.insert(other) {
                    open.push(other);
                }
            }
        }
        found
    }

    /// Makes one group of two, the smaller going into the larger.
    fn unite(&mut self, one: ReportId, other: ReportId) {
        let (Some(one), Some(other)) = (self.group_of(one), self.group_of(other)) else { return };
        if one == other {
            return;
        }
        let size = |number: GroupNumber| self.groups[&number].reports.len();
        let (from, into) = if size(one) < size(other) { (one, other) } else { (other, one) };
        let Some(smaller) = self.groups.remove(&from) else { return };
        for report in smaller.reports {
            if let (Some(point), Some(group)) =
                (self.points.get_mut(&report), self.groups.get_mut(&into))
            {
                point.group = into;
                group.take(report, point);
            }
        }
    }

    /// Makes a group anew: as many as there are now parts that hang together.
    fn form_again(&mut self, number: GroupNumber) {
        let Some(mut whole) = self.groups.remove(&number) else { return };
        while let Some(report) = whole.reports.first() {
            let part = self.reachable(*report);
            whole.reports.retain(|report| !part.contains(report));
            self.form(part);
        }
    }

    fn form(&mut self, reports: BTreeSet<ReportId>) {
        let number = GroupNumber(self.next);
        self.next += 1;
        let mut group = Group::default();
        for report in reports {
            if let Some(point) = self.points.get_mut(&report) {
                point.group = number;
                group.take(report, point);
            }
        }
        self.groups.insert(number, group);
    }
}

fields! { GroupNumber { 0 } }
fields! { Tie { one, other, because, cuts } }

/// Points and ties say the rest, but for names: see [`State`](crate::State).
impl Encode for Groups {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.next.write(bytes);
        self.points.write(bytes);
        self.ties.write(bytes);
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let (next, points) = (u64::read(bytes)?, BTreeMap::read(bytes)?);
        let ties: Vec<Tie> = Vec::read(bytes)?;
        let mut groups = Self { points, ties, groups: BTreeMap::new(), next };
        groups.note_all();
        groups.form_all()?;
        Some(groups)
    }
}

impl Encode for Point {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.at.write(bytes);
        self.reporter.write(bytes);
        self.group.write(bytes);
        self.verdict.write(bytes);
        self.indicators.write(bytes);
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mut point = Self::new(Encode::read(bytes)?, Encode::read(bytes)?, Encode::read(bytes)?);
        point.verdict = Encode::read(bytes)?;
        point.indicators = Encode::read(bytes)?;
        Some(point)
    }
}
