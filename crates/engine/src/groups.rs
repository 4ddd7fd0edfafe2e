//! Reports and the ties between them; a group is what hangs together.
//!
//! A tie stands unless it is cut, and may be cut more than once: by itself and by splits.
//! So taking changes back needs no order, and the groups follow from the ties that stand.

use std::collections::{BTreeMap, BTreeSet};

use unhook_model::{CampaignId, PersonId, ReportId, Timestamp, Verdict};

use crate::event::{Cause, Indicator, Reason, Ruling, TieNumber};
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
    /// When the first report came in.
    pub(crate) first: Option<Timestamp>,
    /// When the last report came in.
    pub(crate) last: Option<Timestamp>,
    /// What a person last ruled of any of its names.
    pub(crate) ruling: Option<Ruled>,
    /// When any of its names was last contained.
    pub(crate) contained: Option<Timestamp>,
    /// When the actor of any of its names last came back.
    pub(crate) reopened: Option<Timestamp>,
    /// How many reports are judged so: benign, suspicious, malicious.
    verdicts: [u32; 3],
    /// Those of its reports that a person took apart from others.
    apart: BTreeSet<ReportId>,
}

/// A ruling, when it was made, and the name of the campaign that it was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ruled {
    pub(crate) at: Timestamp,
    campaign: CampaignId,
    pub(crate) ruling: Ruling,
}

/// What a campaign began with, and what was said of it by this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) report: ReportId,
    /// `None` for what a person took out of another.
    pub(crate) because: Option<Cause>,
    ruling: Option<(Timestamp, Ruling)>,
    contained: Option<Timestamp>,
    reopened: Option<Timestamp>,
}

/// What people and decisions say of reports and campaigns by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    named: BTreeMap<CampaignId, Named>,
    /// Reports that are not tied but by a person, each with the others, and how many changes
    /// say so.
    apart: BTreeMap<ReportId, BTreeMap<ReportId, u32>>,
}

/// A group, for as long as nothing changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupNumber(u64);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups {
    points: BTreeMap<ReportId, Point>,
    ties: Vec<Tie>,
    known: Known,
    groups: BTreeMap<GroupNumber, Group>,
    /// Groups that have a name, by when their last report came in.
    recent: BTreeSet<(Option<Timestamp>, GroupNumber)>,
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

impl Tie {
    /// Whether it holds.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.cuts == 0
    }
}

impl Group {
    /// The worst that the detector says of a report of it.
    pub(crate) fn worst(&self) -> Verdict {
        match self.verdicts {
            [_, 0, 0] => Verdict::Benign,
            [_, _, 0] => Verdict::Suspicious,
            _ => Verdict::Malicious,
        }
    }

    fn take(&mut self, report: ReportId, point: &Point, known: &Known) {
        self.reports.insert(report);
        self.reporters.extend(point.reporter);
        self.first = self.first.into_iter().chain([point.at]).min();
        self.last = self.last.max(Some(point.at));
        point.verdict.iter().for_each(|verdict| self.verdicts[*verdict as usize] += 1);
        self.names.extend(&point.names);
        self.hear(known, point.names.iter().copied());
        if known.apart.contains_key(&report) {
            self.apart.insert(report);
        }
    }

    /// Takes note of what was said of campaigns of these names.
    fn hear(&mut self, known: &Known, names: impl Iterator<Item = CampaignId>) {
        for name in names {
            let Some(named) = known.named.get(&name) else { continue };
            let ruled = named.ruling.map(|(at, ruling)| Ruled { at, campaign: name, ruling });
            self.ruling = latest(self.ruling.into_iter().chain(ruled));
            self.contained = self.contained.max(named.contained);
            self.reopened = self.reopened.max(named.reopened);
        }
    }

    /// Takes note of all that was said once more, after something of it changed.
    fn hear_again(&mut self, known: &Known) {
        (self.ruling, self.contained, self.reopened) = (None, None, None);
        let names = self.names.clone();
        self.hear(known, names.into_iter());
    }
}

/// The ruling that counts.
pub(crate) fn latest(rulings: impl Iterator<Item = Ruled>) -> Option<Ruled> {
    rulings.max_by_key(|ruled| (ruled.at, ruled.campaign))
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
        let Some(point) = self.points.get_mut(&report) else { return };
        let before = point.verdict.replace(verdict);
        if let Some(group) = self.groups.get_mut(&point.group) {
            before.iter().for_each(|before| group.verdicts[*before as usize] -= 1);
            group.verdicts[verdict as usize] += 1;
        }
    }

    pub(crate) fn group_of(&self, report: ReportId) -> Option<GroupNumber> {
        self.points.get(&report).map(|point| point.group)
    }

    pub(crate) fn group(&self, number: GroupNumber) -> &Group {
        &self.groups[&number]
    }

    /// Groups that have a name, the one with the newest report first.
    pub(crate) fn named(&self) -> impl Iterator<Item = &Group> {
        self.recent.iter().rev().map(|(_, number)| self.group(*number))
    }

    /// What a campaign of this name began with.
    pub(crate) fn home(&self, campaign: CampaignId) -> Option<&Named> {
        self.known.named.get(&campaign)
    }

    pub(crate) fn ties(&self) -> &[Tie] {
        &self.ties
    }

    /// The number that the next tie gets.
    pub(crate) fn next_tie(&self) -> TieNumber {
        TieNumber(self.ties.len() as u32)
    }

    /// Ties that touch a report.
    pub(crate) fn touching(&self, report: ReportId) -> impl Iterator<Item = (TieNumber, &Tie)> {
        let ties = self.points.get(&report).into_iter().flat_map(|point| &point.ties);
        ties.map(|number| (*number, &self.ties[number.0 as usize]))
    }

    /// Ties that stand and touch a report.
    fn standing(&self, report: ReportId) -> impl Iterator<Item = (TieNumber, &Tie)> {
        self.touching(report).filter(|(_, tie)| tie.stands())
    }

    /// Gives a campaign's name to a report that is known, unless a campaign has it already.
    pub(crate) fn name(&mut self, report: ReportId, campaign: CampaignId, because: Option<Cause>) {
        let Some(point) = self.points.get_mut(&report) else { return };
        if self.known.named.contains_key(&campaign) {
            return;
        }
        let named = Named { report, because, ruling: None, contained: None, reopened: None };
        self.known.named.insert(campaign, named);
        point.names.insert(campaign);
        let number = point.group;
        if let Some(group) = self.groups.get_mut(&number) {
            group.names.insert(campaign);
        }
        self.file(number);
    }

    /// Notes what a person says a campaign is.
    pub(crate) fn rule(&mut self, campaign: CampaignId, at: Timestamp, ruling: Ruling) {
        self.say(campaign, |named| named.ruling = Some((at, ruling)));
    }

    /// Notes that all was done about a campaign.
    pub(crate) fn contain(&mut self, campaign: CampaignId, at: Timestamp) {
        self.say(campaign, |named| named.contained = Some(at));
    }

    /// Notes that its actor came back.
    pub(crate) fn reopen(&mut self, campaign: CampaignId, at: Timestamp) {
        self.say(campaign, |named| named.reopened = named.reopened.max(Some(at)));
    }

    fn say(&mut self, campaign: CampaignId, change: impl FnOnce(&mut Named)) {
        let Some(named) = self.known.named.get_mut(&campaign) else { return };
        change(named);
        let point = self.points.get(&named.report);
        if let Some(group) = point.and_then(|point| self.groups.get_mut(&point.group)) {
            group.hear_again(&self.known);
        }
    }

    /// Says once more that two reports do not belong together.
    pub(crate) fn hold_apart(&mut self, (one, other): (ReportId, ReportId)) {
        for (report, from) in [(one, other), (other, one)] {
            *self.known.apart.entry(report).or_default().entry(from).or_default() += 1;
            let number = self.group_of(report);
            if let Some(group) = number.and_then(|number| self.groups.get_mut(&number)) {
                group.apart.insert(report);
            }
        }
    }

    /// Takes that back once.
    pub(crate) fn let_together(&mut self, (one, other): (ReportId, ReportId)) {
        for (report, from) in [(one, other), (other, one)] {
            let Some(others) = self.known.apart.get_mut(&report) else { continue };
            let is_last = others.get_mut(&from).is_some_and(|count| {
                *count = count.saturating_sub(1);
                *count == 0
            });
            if is_last {
                others.remove(&from);
            }
            if others.is_empty() {
                self.known.apart.remove(&report);
                let number = self.group_of(report);
                if let Some(group) = number.and_then(|number| self.groups.get_mut(&number)) {
                    group.apart.remove(&report);
                }
            }
        }
    }

    /// Whether somebody said that two groups do not belong together. It takes as long as that
    /// was said of the one of which it was said less often.
    pub(crate) fn are_apart(&self, one: GroupNumber, other: GroupNumber) -> bool {
        let count = |number| self.group(number).apart.len();
        let (few, many) = if count(one) < count(other) { (one, other) } else { (other, one) };
        let others = |report| self.known.apart.get(report).into_iter().flat_map(BTreeMap::keys);
        let mut from = self.group(few).apart.iter().flat_map(others);
        from.any(|report| self.group_of(*report) == Some(many))
    }

    /// Files a group that has a name by its last report.
    fn file(&mut self, number: GroupNumber) {
        let group = self.groups.get(&number).filter(|group| !group.names.is_empty());
        self.recent.extend(group.map(|group| (group.last, number)));
    }

    fn take_off_file(&mut self, number: GroupNumber) {
        if let Some(group) = self.groups.get(&number) {
            self.recent.remove(&(group.last, number));
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

    /// Gives the reports that campaigns began with their names.
    fn name_all(&mut self) {
        for (name, named) in &self.known.named {
            if let Some(point) = self.points.get_mut(&named.report) {
                point.names.insert(*name);
            }
        }
    }

    /// Forms the groups that the reports say they are of; `None` when there can be no such.
    fn form_all(&mut self) -> Option<()> {
        let mut members: Vec<(&ReportId, &Point)> = self.points.iter().collect();
        members.sort_by_key(|(_, point)| point.group);
        let form = |members: &[(&ReportId, &Point)]| {
            let mut group = Group::default();
            members.iter().for_each(|(report, point)| group.take(**report, point, &self.known));
            let (_, point) = members.first()?;
            (point.group.0 < self.next).then_some((point.group, group))
        };
        let parts = members.chunk_by(|one, other| one.1.group == other.1.group);
        self.groups = parts.map(form).collect::<Option<_>>()?;
        let named = self.groups.iter().filter(|(_, group)| !group.names.is_empty());
        self.recent = named.map(|(number, group)| (group.last, *number)).collect();
        Some(())
    }

    /// Says that ties do not hold, once more.
    pub(crate) fn cut(&mut self, ties: &[TieNumber]) {
        let mut touched = BTreeSet::new();
        for number in ties {
            let Some(tie) = self.ties.get_mut(number.0 as usize) else { continue };
            tie.cuts = tie.cuts.saturating_add(1);
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
        [from, into].into_iter().for_each(|number| self.take_off_file(number));
        let Some(smaller) = self.groups.remove(&from) else { return };
        for report in smaller.reports {
            if let (Some(point), Some(group)) =
                (self.points.get_mut(&report), self.groups.get_mut(&into))
            {
                point.group = into;
                group.take(report, point, &self.known);
            }
        }
        self.file(into);
    }

    /// Makes a group anew: as many as there are now parts that hang together.
    fn form_again(&mut self, number: GroupNumber) {
        self.take_off_file(number);
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
                group.take(report, point, &self.known);
            }
        }
        self.groups.insert(number, group);
        self.file(number);
    }
}

fields! { GroupNumber { 0 } }
fields! { Known { named, apart } }
fields! { Named { report, because, ruling, contained, reopened } }
fields! { Tie { one, other, because, cuts } }

/// Points and ties, and what is said of them; the rest follows.
impl Encode for Groups {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.next.write(bytes);
        self.points.write(bytes);
        self.ties.write(bytes);
        self.known.write(bytes);
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mut groups = Self { next: u64::read(bytes)?, ..Self::default() };
        groups.points = Encode::read(bytes)?;
        groups.ties = Encode::read(bytes)?;
        groups.known = Encode::read(bytes)?;
        groups.note_all();
        groups.name_all();
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
