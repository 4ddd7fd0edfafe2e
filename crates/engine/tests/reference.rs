//! Histories of reports, merges, splits and what takes them back, one by one or in batches, with
//! crashes and events delivered twice, give what a model says that does everything the slow and plain way.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use unhook_detect::text::Text;
use unhook_engine::{
    Campaign, Cause, Engine, Event, Indicator, Input, Reason, Received, Ruling, SplitNumber,
    TextSketch, Tie, TieNumber,
};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

/// Texts that are near each other in pairs, and one that is near none.
const TEXTS: [&str; 5] = [
    "Your parcel 4711 is held at our depot, pay the fee of 1.99 at depot-fee.example today",
    "Your parcel 9024 is held at our depot, pay the fee of 2.49 at fee-depot.example today",
    "Acme schedule changed, tap acme-sso.example to sign in and see your new shifts",
    "Acme schedule changed, tap acme-shifts.example to sign in and see your new shifts",
    "Shall we meet at the station at six, I will bring the tickets and something to eat",
];

/// One step of a history; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Step {
    Report {
        text: usize,
        domain: usize,
        sender: usize,
        reporter: usize,
        verdict: u8,
    },
    Judge {
        report: usize,
        verdict: u8,
    },
    Learn {
        report: usize,
        domain: usize,
        page: usize,
        verdict: u8,
    },
    Merge {
        one: usize,
        other: usize,
    },
    Cut {
        tie: usize,
    },
    Mend {
        tie: usize,
    },
    Split {
        campaign: usize,
        every: usize,
    },
    Rejoin {
        split: usize,
    },
    Rule {
        campaign: usize,
        malicious: bool,
    },
    Contain {
        campaign: usize,
    },
    /// Whoever is behind it came back, so many days ago: what says so may come late.
    Reopen {
        campaign: usize,
        days_ago: i64,
    },
    Wait {
        days: i64,
    },
    /// The newest commits come again.
    Again {
        commits: usize,
    },
    /// Everything in memory is lost, and made again from the journal.
    Crash,
    /// It is lost again, and made of a snapshot.
    Restore,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let any = 0_usize..100;
    let step = prop_oneof![
        8 => (0..TEXTS.len(), 0_usize..4, 0_usize..4, 0_usize..5, 0_u8..3).prop_map(
            |(text, domain, sender, reporter, verdict)| Step::Report { text, domain, sender, reporter, verdict }),
        1 => (any.clone(), 0_u8..3).prop_map(|(report, verdict)| Step::Judge { report, verdict }),
        3 => (any.clone(), 0_usize..4, 0_usize..4, 0_u8..3).prop_map(
            |(report, domain, page, verdict)| Step::Learn { report, domain, page, verdict }),
        2 => (any.clone(), any.clone()).prop_map(|(one, other)| Step::Merge { one, other }),
        3 => any.clone().prop_map(|tie| Step::Cut { tie }),
        2 => any.clone().prop_map(|tie| Step::Mend { tie }),
        2 => (any.clone(), 1_usize..4).prop_map(|(campaign, every)| Step::Split { campaign, every }),
        2 => (0_usize..6).prop_map(|split| Step::Rejoin { split }),
        1 => (any.clone(), prop::bool::ANY).prop_map(|(campaign, malicious)| Step::Rule { campaign, malicious }),
        1 => any.clone().prop_map(|campaign| Step::Contain { campaign }),
        2 => (any, 0_i64..4).prop_map(|(campaign, days_ago)| Step::Reopen { campaign, days_ago }),
        1 => (0_i64..20).prop_map(|days| Step::Wait { days }),
        1 => (1_usize..5).prop_map(|commits| Step::Again { commits }),
        1 => Just(Step::Crash),
        1 => Just(Step::Restore),
    ];
    prop::collection::vec(step, 1..60)
}

/// An engine, its journal, and the plain model beside it.
#[derive(Default)]
struct History {
    engine: Engine,
    journal: Vec<(u64, Vec<Event>)>,
    plain: Plain,
    /// Decisions that become one commit; each is one by itself when this is zero.
    in_batch: usize,
    /// What is folded ahead.
    batch: Vec<Event>,
    decided: usize,
    now: i64,
    ids: u8,
}

impl History {
    fn take(&mut self, step: &Step) {
        self.now += 1;
        match step {
            Step::Again { commits } => {
                self.settle();
                for (position, events) in self.journal.iter().rev().take(*commits).rev() {
                    self.engine.apply(*position, events);
                }
            }
            Step::Crash => {
                self.settle();
                let lost = std::mem::take(&mut self.engine);
                for (position, events) in &self.journal {
                    self.engine.apply(*position, events);
                }
                assert_eq!(self.engine.state(), lost.state());
                assert_eq!(self.engine.snapshot(), lost.snapshot());
            }
            Step::Restore => {
                self.settle();
                let restored = Engine::from_snapshot(&self.engine.snapshot());
                let lost = std::mem::replace(&mut self.engine, restored.expect("it is whole"));
                assert_eq!(self.engine.state(), lost.state());
                assert_eq!(self.engine.state().to_bytes(), lost.state().to_bytes());
            }
            Step::Wait { days } => {
                self.now += days * 24 * 60 * 60 * 1000;
                self.decide(&Input::Tick { now: self.at() });
            }
            step => {
                if let Some(input) = self.input(step) {
                    self.decide(&input);
                }
            }
        }
    }

    fn decide(&mut self, input: &Input) {
        let Ok(events) = self.engine.decide(input) else { return };
        for event in &events {
            self.plain.check(event);
            self.plain.take(event);
        }
        self.fold(events);
        if let Input::Reopen { campaign, at } = input {
            let known = self.engine.state().campaign(*campaign).expect("it was reopened");
            let reached = self.engine.state().stage_reached(known.id());
            assert_eq!(reached, Some(known.stage(*at)), "what was said is how it stands");
        }
    }

    fn fold(&mut self, events: Vec<Event>) {
        if self.in_batch == 0 {
            let position = self.next_position();
            self.engine.apply(position, &events);
            self.journal.push((position, events));
            return;
        }
        self.engine.fold_ahead(&events);
        self.batch.extend(events);
        self.decided += 1;
        if self.decided.is_multiple_of(self.in_batch) {
            self.settle();
        }
    }

    /// Positions have gaps, as those of real journals.
    fn next_position(&self) -> u64 {
        self.journal.last().map_or(3, |(last, _)| last + 1 + last % 3)
    }

    /// Appends what was folded ahead.
    fn settle(&mut self) {
        assert_eq!(self.engine.is_ahead(), !self.batch.is_empty());
        if self.engine.is_ahead() {
            let position = self.next_position();
            self.engine.settle(position);
            self.journal.push((position, std::mem::take(&mut self.batch)));
        }
    }

    fn input(&mut self, step: &Step) -> Option<Input> {
        let at = self.at();
        let by = PersonId::from_bytes([9; 16]);
        let fresh = CampaignId::from_bytes(self.id(2));
        Some(match step {
            Step::Report { text, domain, sender, reporter, verdict } => Input::Report {
                received: self.received(*text, *domain, *sender, *reporter),
                verdict: verdict_of(*verdict),
                fresh,
            },
            Step::Judge { report, verdict } => Input::Judged {
                report: pick(self.plain.reports.keys(), *report)?,
                verdict: verdict_of(*verdict),
                fresh,
                at,
            },
            Step::Learn { report, domain, page, verdict } => Input::Learned {
                report: pick(self.plain.reports.keys(), *report)?,
                indicators: indicators(*domain, ("page", *page)),
                verdict: verdict_of(*verdict),
                fresh,
                at,
            },
            Step::Merge { one, other } => Input::Merge {
                one: pick(self.plain.homes.keys(), *one)?,
                other: pick(self.plain.homes.keys(), *other)?,
                by,
            },
            Step::Cut { tie } => Input::Cut { tie: self.tie(*tie)?, fresh, by },
            Step::Mend { tie } => Input::Mend { tie: self.tie(*tie)?, by },
            Step::Split { campaign, every } => {
                let campaign = pick(self.plain.homes.keys(), *campaign)?;
                let all = self.plain.reachable(self.plain.homes[&campaign]);
                let reports = all.into_iter().step_by(*every).collect();
                Input::Split { campaign, reports, fresh, by }
            }
            Step::Rejoin { split } => Input::Rejoin { split: SplitNumber(*split as u32), by },
            Step::Rule { campaign, malicious } => Input::Rule {
                campaign: pick(self.plain.homes.keys(), *campaign)?,
                ruling: if *malicious { Ruling::Malicious } else { Ruling::Benign },
                at,
                by,
            },
            Step::Contain { campaign } => {
                Input::Contain { campaign: pick(self.plain.homes.keys(), *campaign)?, at }
            }
            Step::Reopen { campaign, days_ago } => Input::Reopen {
                campaign: pick(self.plain.homes.keys(), *campaign)?,
                at: Timestamp::from_unix_ms(self.now - days_ago * 24 * 60 * 60 * 1000),
            },
            Step::Wait { .. } | Step::Again { .. } | Step::Crash | Step::Restore => return None,
        })
    }

    fn received(&mut self, text: usize, domain: usize, sender: usize, reporter: usize) -> Received {
        Received {
            report: ReportId::from_bytes(self.id(1)),
            at: self.at(),
            reporter: (reporter > 0).then(|| PersonId::from_bytes([reporter as u8; 16])),
            sketch: TextSketch::of(&Text::read(TEXTS[text])),
            indicators: indicators(domain, ("sender", sender)),
        }
    }

    fn tie(&self, number: usize) -> Option<TieNumber> {
        (!self.plain.ties.is_empty()).then(|| TieNumber((number % self.plain.ties.len()) as u32))
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.now)
    }

    fn id(&mut self, of: u8) -> [u8; 16] {
        self.ids += 1;
        let mut bytes = [0; 16];
        (bytes[0], bytes[15]) = (self.ids, of);
        bytes
    }

    fn check(&self) {
        let state = self.engine.state();
        let mut campaigns = BTreeMap::new();
        for campaign in state.campaigns() {
            campaigns.insert(campaign.id(), campaign.reports().collect::<BTreeSet<_>>());
            self.check_facts(campaign);
            assert_eq!(campaign.stage(self.at()), self.plain.stage(campaign.id(), self.now));
        }
        assert_eq!(campaigns, self.plain.campaigns());
        let newest = state.campaigns().map(|campaign| campaign.last_report_at());
        assert!(newest.is_sorted_by(|one, other| one >= other));
        for (report, known) in &self.plain.indicators {
            assert_eq!(state.indicators(*report).iter().cloned().collect::<BTreeSet<_>>(), *known);
        }
        for home in self.plain.homes.keys() {
            assert!(state.campaign(*home).is_some(), "{home} has lost its name");
        }
    }
}

impl History {
    /// What a campaign says of itself is what its reports and ties add up to.
    fn check_facts(&self, campaign: Campaign<'_>) {
        let reports: BTreeSet<ReportId> = campaign.reports().collect();
        let times = || reports.iter().map(|report| self.plain.reports[report].0);
        assert_eq!(campaign.first_report_at().map(Timestamp::unix_ms), times().min());
        assert_eq!(campaign.last_report_at().map(Timestamp::unix_ms), times().max());
        let verdicts = reports.iter().map(|report| self.plain.verdicts[report]);
        assert_eq!(Some(campaign.verdict()), verdicts.max());
        let homes = self.plain.homes.iter().filter(|(_, home)| reports.contains(home));
        assert!(campaign.names().eq(homes.map(|(name, _)| *name)));
        assert_eq!(campaign.opened_because(), self.plain.causes.get(&campaign.id()).copied());
        let with_ends_within = |count: usize| {
            let numbered = (0..).zip(&self.plain.ties);
            let ends = |one, other| [one, other].iter().filter(|end| reports.contains(end)).count();
            let found = numbered.filter(move |(_, (one, other, _))| ends(*one, *other) == count);
            found.map(|(number, (.., cuts))| (TieNumber(number), *cuts == 0)).collect()
        };
        let all = |ties: &mut dyn Iterator<Item = (TieNumber, &Tie)>| {
            ties.map(|(number, tie)| (number, tie.stands())).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(all(&mut campaign.ties()), with_ends_within(2));
        assert_eq!(all(&mut campaign.severed_ties()), with_ends_within(1));
    }
}

/// A domain and something else, unless they are of number zero.
fn indicators(domain: usize, other: (&str, usize)) -> Vec<Indicator> {
    let named = |number| format!("lure-{number}.example");
    let host = |number| Hostname::parse(&named(number)).expect("a host");
    let other = match other {
        (_, 0) => None,
        ("page", number) => Some(Indicator::Page(format!("page {number}"))),
        (_, number) => Some(Indicator::Sender(format!("sender {number}"))),
    };
    (domain > 0).then(|| Indicator::Domain(host(domain))).into_iter().chain(other).collect()
}

fn verdict_of(number: u8) -> Verdict {
    [Verdict::Benign, Verdict::Suspicious, Verdict::Malicious][usize::from(number)]
}

fn pick<'a, T: Copy + 'a>(all: impl ExactSizeIterator<Item = &'a T>, number: usize) -> Option<T> {
    let count = all.len();
    let mut all = all;
    if count == 0 { None } else { all.nth(number % count).copied() }
}

/// Everything again, with lists and loops.
#[derive(Default)]
struct Plain {
    reports: BTreeMap<ReportId, (i64, Option<PersonId>)>,
    indicators: BTreeMap<ReportId, BTreeSet<Indicator>>,
    /// How many ties were found for a report.
    found: BTreeMap<ReportId, usize>,
    /// Pairs that people took apart, as often as they did.
    apart: Vec<(ReportId, ReportId)>,
    /// Two reports, and how often they are cut.
    ties: Vec<(ReportId, ReportId, i32)>,
    verdicts: BTreeMap<ReportId, Verdict>,
    homes: BTreeMap<CampaignId, ReportId>,
    causes: BTreeMap<CampaignId, Cause>,
    /// Ties cut and ties added.
    splits: Vec<(Vec<usize>, Vec<usize>)>,
    /// The ends of each split.
    sides: Vec<(ReportId, ReportId)>,
    rulings: Vec<(CampaignId, i64, Ruling)>,
    contained: Vec<(CampaignId, i64)>,
    reopened: Vec<(CampaignId, i64)>,
}

impl Plain {
    /// Whether an event may be decided on.
    fn check(&self, event: &Event) {
        match event {
            Event::Observed { report, indicators } => {
                assert!(!indicators.is_empty());
                let known = &self.indicators[report];
                assert!(indicators.iter().all(|indicator| !known.contains(indicator)));
            }
            Event::Tied { one, other, because: Reason::NearText(_) | Reason::Shared(_) } => {
                let is_stranger = self.reports[one].1.is_none();
                let found = self.found.get(one).copied().unwrap_or_default();
                assert!(found < if is_stranger { 1 } else { 8 }, "{one} has {found} ties");
                let sides = [self.reachable(*one), self.reachable(*other)];
                let divides = |pair: &(ReportId, ReportId)| {
                    sides[0].contains(&pair.0) && sides[1].contains(&pair.1)
                        || sides[1].contains(&pair.0) && sides[0].contains(&pair.1)
                };
                assert!(!self.apart.iter().any(divides), "{one} and {other} are apart");
            }
            _ => {}
        }
        if let Event::Tied { one, other, because: Reason::Shared(shared) } = event {
            assert!([one, other].iter().all(|report| self.indicators[report].contains(shared)));
        }
    }

    fn let_together(&mut self, pair: (ReportId, ReportId)) {
        let at = self.apart.iter().position(|apart| *apart == pair).expect("it was taken apart");
        self.apart.remove(at);
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::Received(received) => {
                self.reports.insert(received.report, (received.at.unix_ms(), received.reporter));
                let indicators = received.indicators.iter().cloned().collect();
                self.indicators.insert(received.report, indicators);
            }
            Event::Observed { report, indicators } => {
                self.indicators.entry(*report).or_default().extend(indicators.iter().cloned());
            }
            Event::Assessed { report, verdict } => {
                self.verdicts.insert(*report, *verdict);
            }
            Event::Opened { campaign, report, because } => {
                self.homes.insert(*campaign, *report);
                self.causes.insert(*campaign, *because);
            }
            Event::Tied { one, other, because } => {
                self.ties.push((*one, *other, 0));
                if !matches!(because, Reason::Ruled(_)) {
                    *self.found.entry(*one).or_default() += 1;
                }
            }
            Event::Cut { tie, fresh, .. } => {
                let (one, other, cuts) = &mut self.ties[tie.0 as usize];
                *cuts += 1;
                let ends = [*one, *other];
                self.apart.push((ends[0], ends[1]));
                self.name(ends, *fresh);
            }
            Event::Mended { tie, .. } => {
                let (one, other, cuts) = &mut self.ties[tie.0 as usize];
                *cuts -= 1;
                let pair = (*one, *other);
                self.let_together(pair);
            }
            Event::Split { campaign, reports, fresh, .. } => {
                let taken: BTreeSet<ReportId> = reports.iter().copied().collect();
                let all = self.reachable(self.homes[campaign]);
                let rest: BTreeSet<ReportId> = all.difference(&taken).copied().collect();
                let mut cut = Vec::new();
                for (number, (one, other, cuts)) in self.ties.iter_mut().enumerate() {
                    if *cuts == 0 && taken.contains(one) != taken.contains(other) {
                        *cuts += 1;
                        cut.push(number);
                    }
                }
                let first = self.ties.len();
                for side in [&taken, &rest] {
                    let anchor = *side.first().expect("neither side is empty");
                    for report in side {
                        if !self.reachable(anchor).contains(report) {
                            self.ties.push((anchor, *report, 0));
                        }
                    }
                }
                self.splits.push((cut, (first..self.ties.len()).collect()));
                let ends =
                    [&taken, &rest].map(|side| *side.first().expect("neither side is empty"));
                self.apart.push((ends[0], ends[1]));
                self.sides.push((ends[0], ends[1]));
                self.name(ends, *fresh);
            }
            Event::Rejoined { split, .. } => {
                let (cut, added) = self.splits[split.0 as usize].clone();
                cut.iter().for_each(|tie| self.ties[*tie].2 -= 1);
                added.iter().for_each(|tie| self.ties[*tie].2 += 1);
                self.let_together(self.sides[split.0 as usize]);
            }
            Event::Ruled { campaign, ruling, at, .. } => {
                self.rulings.push((*campaign, at.unix_ms(), *ruling));
            }
            Event::Contained { campaign, at } => self.contained.push((*campaign, at.unix_ms())),
            Event::Reopened { campaign, at } => self.reopened.push((*campaign, at.unix_ms())),
            _ => {}
        }
    }

    fn name(&mut self, ends: [ReportId; 2], fresh: CampaignId) {
        let parts = ends.map(|end| self.reachable(end));
        let named =
            parts.each_ref().map(|part| self.homes.values().any(|home| part.contains(home)));
        for (part, is_unnamed) in parts.iter().zip([[true, false], [false, true]]) {
            if named == is_unnamed.map(|unnamed| !unnamed) {
                self.homes.insert(fresh, *part.first().expect("a part has its end"));
            }
        }
    }

    fn reachable(&self, from: ReportId) -> BTreeSet<ReportId> {
        let mut found = BTreeSet::from([from]);
        loop {
            let before = found.len();
            for (one, other, cuts) in &self.ties {
                if *cuts == 0 && (found.contains(one) || found.contains(other)) {
                    found.extend([*one, *other]);
                }
            }
            if found.len() == before {
                return found;
            }
        }
    }

    fn campaigns(&self) -> BTreeMap<CampaignId, BTreeSet<ReportId>> {
        let mut campaigns: BTreeMap<CampaignId, BTreeSet<ReportId>> = BTreeMap::new();
        for (name, home) in &self.homes {
            let reports = self.reachable(*home);
            if !campaigns.values().any(|known| *known == reports) {
                campaigns.insert(*name, reports);
            }
        }
        campaigns
    }

    fn stage(&self, campaign: CampaignId, now: i64) -> unhook_engine::Stage {
        use unhook_engine::Stage::{Active, Closed, Contained, Emerging};
        let reports = self.reachable(self.homes[&campaign]);
        let is_of = |name: &CampaignId| reports.contains(&self.homes[name]);
        let last = reports.iter().map(|report| self.reports[report].0).max().expect("a report");
        let people: BTreeSet<PersonId> =
            reports.iter().filter_map(|report| self.reports[report].1).collect();
        let ruling = self.rulings.iter().filter(|(name, ..)| is_of(name)).max_by_key(|r| r.1);
        let contained = self.contained.iter().filter(|(name, _)| is_of(name)).map(|c| c.1).max();
        let reopened = self.reopened.iter().filter(|(name, _)| is_of(name)).map(|c| c.1).max();
        let last = reopened.map_or(last, |at| at.max(last));
        match ruling.map(|(.., ruling)| *ruling) {
            Some(Ruling::Benign) => Closed,
            _ if (now - last) / (24 * 60 * 60 * 1000) >= 14 => Closed,
            _ if contained.is_some_and(|at| at >= last) => Contained,
            _ if reopened.is_some() => Active,
            Some(Ruling::Malicious) => Active,
            None if people.len() >= 3 => Active,
            None => Emerging,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_what_the_plain_model_says(steps in steps(), in_batch in 0_usize..6) {
        let mut history = History { in_batch, ..History::default() };
        for step in &steps {
            history.take(step);
            history.check();
        }
        history.take(&Step::Crash);
        history.check();
    }
}
