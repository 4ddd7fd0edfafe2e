//! What becomes a campaign, and what people can make of it.

use std::collections::BTreeSet;

use unhook_detect::text::Text;
use unhook_engine::{
    Campaign, Cause, Engine, Event, Indicator, Input, Reason, Received, Refusal, Ruling,
    SplitNumber, Stage, TextSketch, TieNumber,
};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

const PARCEL: &str = "Your parcel 4711 is held at our depot, pay the fee of 1.99 today";
const PARCEL_AGAIN: &str = "Your parcel 90214 is h3ld at our depot, pay the fee of 2.49 today";
const SHIFTS: &str = "Acme schedule changed, please sign in to see your new shifts this week";
const LUNCH: &str = "Lunch menu of the canteen: soup, salad, and on Friday fish with potatoes";

/// An engine whose journal is nothing but a number.
#[derive(Default)]
struct Desk {
    engine: Engine,
    commits: u64,
    reports: u8,
    minutes: i64,
}

/// A report in the making.
struct Report<'t> {
    body: &'t str,
    verdict: Verdict,
    reporter: Option<u8>,
    domain: Option<&'t str>,
}

impl<'t> Report<'t> {
    fn lure(body: &'t str, reporter: u8) -> Self {
        Self { body, verdict: Verdict::Suspicious, reporter: Some(reporter), domain: None }
    }

    fn benign(body: &'t str, reporter: u8) -> Self {
        Self { verdict: Verdict::Benign, ..Self::lure(body, reporter) }
    }

    fn with(self, domain: &'t str) -> Self {
        Self { domain: Some(domain), ..self }
    }

    fn by_stranger(self) -> Self {
        Self { reporter: None, ..self }
    }
}

fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number; 16])
}

fn campaign(number: u8) -> CampaignId {
    CampaignId::from_bytes([number; 16])
}

fn report(number: u8) -> ReportId {
    ReportId::from_bytes([number; 16])
}

impl Desk {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.minutes * 60_000)
    }

    fn decide(&mut self, input: &Input) -> Result<Vec<Event>, Refusal> {
        let events = self.engine.decide(input)?;
        self.commits += 1;
        self.engine.apply(self.commits, &events);
        Ok(events)
    }

    /// A minute later, a report: the first is report 1, which may begin campaign 1.
    fn take(&mut self, text: &Report<'_>) -> Vec<Event> {
        let received = self.received(text);
        let (verdict, fresh) = (text.verdict, campaign(self.reports));
        self.decide(&Input::Report { received, verdict, fresh }).expect("reports are not refused")
    }

    fn received(&mut self, text: &Report<'_>) -> Received {
        self.reports += 1;
        self.minutes += 1;
        let domain = text.domain.map(|d| Indicator::Domain(Hostname::parse(d).expect("a host")));
        Received {
            report: report(self.reports),
            at: self.now(),
            reporter: text.reporter.map(person),
            sketch: TextSketch::of(&Text::read(text.body)),
            indicators: domain.into_iter().collect(),
        }
    }

    fn campaigns(&self) -> Vec<Campaign<'_>> {
        self.engine.state().campaigns().collect()
    }

    /// The reports of each campaign, by their numbers.
    fn shape(&self) -> BTreeSet<Vec<u8>> {
        let numbers =
            |campaign: &Campaign<'_>| campaign.reports().map(|r| r.to_bytes()[0]).collect();
        self.campaigns().iter().map(numbers).collect()
    }

    fn check(&self, expected: &[&[u8]]) {
        assert_eq!(self.shape(), expected.iter().map(|reports| reports.to_vec()).collect());
    }
}

#[test]
fn near_texts_are_one_campaign_and_the_tie_says_why() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1));
    let events = desk.take(&Report::lure(PARCEL_AGAIN, 2));
    assert!(events.iter().any(|event| matches!(
        event,
        Event::Tied { one, other, because: Reason::NearText(_) }
            if *one == report(2) && *other == report(1)
    )));
    desk.take(&Report::lure(SHIFTS, 3));
    desk.check(&[&[1, 2], &[3]]);
    assert_eq!(desk.engine.state().campaign_of(report(2)).expect("tied").id(), campaign(1));
}

#[test]
fn a_shared_domain_makes_two_campaigns_one() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1).with("lure.example"));
    desk.take(&Report::lure(SHIFTS, 2));
    desk.check(&[&[1], &[2]]);
    desk.take(&Report::lure(SHIFTS, 3).with("lure.example"));
    desk.check(&[&[1, 2, 3]]);
    let one = desk.engine.state().campaign(campaign(2)).expect("by any name");
    assert_eq!(one.id(), campaign(1));
}

#[test]
fn a_stranger_makes_no_two_campaigns_one() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1).with("lure.example"));
    desk.take(&Report::lure(SHIFTS, 2));
    desk.take(&Report::lure(SHIFTS, 0).with("lure.example").by_stranger());
    desk.check(&[&[1], &[2, 3]]);
    for _ in 0..50 {
        desk.take(&Report::lure(PARCEL, 0).by_stranger());
    }
    assert_eq!(desk.campaigns().len(), 2);
    assert!(desk.campaigns().iter().all(|campaign| campaign.stage(desk.now()) == Stage::Emerging));
}

#[test]
fn harmless_texts_are_no_campaign_unless_many_get_them_at_once() {
    let mut desk = Desk::default();
    desk.take(&Report::benign(LUNCH, 1));
    desk.take(&Report::benign(LUNCH, 1));
    desk.minutes += 60;
    desk.take(&Report::benign(LUNCH, 2));
    desk.take(&Report::benign(LUNCH, 3));
    desk.check(&[]);
    desk.take(&Report::benign(LUNCH, 4));
    desk.check(&[&[1, 2, 3, 4, 5]]);
}

#[test]
fn a_campaign_goes_its_way_and_comes_back() {
    let mut desk = Desk::default();
    let stage = |desk: &Desk| desk.campaigns()[0].stage(desk.now());
    desk.take(&Report::lure(PARCEL, 1));
    assert_eq!(stage(&desk), Stage::Emerging);
    desk.take(&Report::lure(PARCEL, 2));
    let events = desk.take(&Report::lure(PARCEL, 3));
    let active = Event::StageReached { campaign: campaign(1), stage: Stage::Active };
    assert!(events.contains(&active));
    let at = desk.now();
    desk.decide(&Input::Contain { campaign: campaign(1), at }).expect("it is there");
    assert_eq!(stage(&desk), Stage::Contained);
    desk.minutes += 14 * 24 * 60;
    let now = desk.now();
    let events = desk.decide(&Input::Tick { now }).expect("time passes");
    assert_eq!(events, [Event::StageReached { campaign: campaign(1), stage: Stage::Closed }]);
    assert_eq!(desk.decide(&Input::Tick { now }), Ok(Vec::new()));
    assert!(desk.take(&Report::lure(PARCEL, 1)).contains(&active));
}

#[test]
fn what_a_person_rules_counts_at_once() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1));
    for (ruling, stage) in [(Ruling::Malicious, Stage::Active), (Ruling::Benign, Stage::Closed)] {
        desk.minutes += 1;
        let (at, by) = (desk.now(), person(9));
        let events = desk.decide(&Input::Rule { campaign: campaign(1), ruling, at, by });
        assert!(
            events.expect("ruled").contains(&Event::StageReached { campaign: campaign(1), stage })
        );
    }
}

#[test]
fn what_a_person_takes_apart_stays_apart() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1).with("lure.example"));
    desk.take(&Report::lure(SHIFTS, 2).with("lure.example"));
    desk.check(&[&[1, 2]]);
    let cut = Input::Cut { tie: TieNumber(0), fresh: campaign(90), by: person(9) };
    desk.decide(&cut).expect("it stands");
    desk.check(&[&[1], &[2]]);
    desk.take(&Report::lure(SHIFTS, 3).with("lure.example"));
    desk.check(&[&[1], &[2, 3]]);
    assert_eq!(desk.decide(&cut), Err(Refusal::NoTie { tie: TieNumber(0) }));
    desk.decide(&Input::Mend { tie: TieNumber(0), by: person(9) }).expect("it was cut");
    desk.check(&[&[1, 2, 3]]);
}

#[test]
fn a_split_keeps_both_sides_whole_and_is_taken_back() {
    let mut desk = Desk::default();
    for reporter in 1..=5 {
        desk.take(&Report::lure(PARCEL, reporter));
    }
    // All hang on the first, which is taken out.
    let reports = BTreeSet::from([report(1), report(3)]);
    let (fresh, by) = (campaign(90), person(9));
    desk.decide(&Input::Split { campaign: campaign(1), reports, fresh, by }).expect("a split");
    desk.check(&[&[1, 3], &[2, 4, 5]]);
    assert_eq!(desk.engine.state().campaign_of(report(2)).expect("named").id(), fresh);
    desk.decide(&Input::Rejoin { split: SplitNumber(0), by }).expect("it stands");
    desk.check(&[&[1, 2, 3, 4, 5]]);
    let again = desk.decide(&Input::Rejoin { split: SplitNumber(0), by });
    assert_eq!(again, Err(Refusal::NoSplit { split: SplitNumber(0) }));
}

#[test]
fn two_campaigns_are_one_when_a_person_says_so() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1));
    desk.take(&Report::lure(SHIFTS, 2));
    let merge = Input::Merge { one: campaign(1), other: campaign(2), by: person(9) };
    desk.decide(&merge).expect("they are two");
    desk.check(&[&[1, 2]]);
    let (one, other) = (campaign(1), campaign(2));
    assert_eq!(desk.decide(&merge), Err(Refusal::OneAlready { one, other }));
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1));
    desk.take(&Report::lure(SHIFTS, 2));
    let (by, fresh, at) = (person(9), campaign(90), desk.now());
    let mut split = |reports: &[ReportId]| {
        let reports = reports.iter().copied().collect();
        desk.decide(&Input::Split { campaign: campaign(1), reports, fresh, by })
    };
    assert_eq!(split(&[]), Err(Refusal::OneSided));
    assert_eq!(split(&[report(1)]), Err(Refusal::OneSided));
    let elsewhere = Refusal::Elsewhere { report: report(2), campaign: campaign(1) };
    assert_eq!(split(&[report(2)]), Err(elsewhere));
    let unknown = desk.decide(&Input::Contain { campaign: campaign(77), at });
    assert_eq!(unknown, Err(Refusal::NoCampaign { campaign: campaign(77) }));
    let verdict = Verdict::Malicious;
    let unknown = desk.decide(&Input::Judged { report: report(77), verdict, fresh, at });
    assert_eq!(unknown, Err(Refusal::NoReport { report: report(77) }));
    let unknown = desk.decide(&learned(77, "lure.example", verdict));
    assert_eq!(unknown, Err(Refusal::NoReport { report: report(77) }));
}

#[test]
fn the_same_report_again_changes_nothing() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1));
    desk.reports -= 1;
    assert_eq!(desk.take(&Report::lure(PARCEL, 1)), []);
}

#[test]
fn what_is_learned_late_begins_a_campaign() {
    let mut desk = Desk::default();
    desk.take(&Report::benign(PARCEL, 1));
    desk.check(&[]);
    let (fresh, at) = (campaign(90), desk.now());
    let judged = Input::Judged { report: report(1), verdict: Verdict::Malicious, fresh, at };
    assert_eq!(desk.decide(&judged).expect("known").len(), 3);
    desk.check(&[&[1]]);
    assert_eq!(desk.decide(&judged), Ok(Vec::new()));
}

/// What is learned of a report: that it has a domain, and the verdict that comes with it.
fn learned(number: u8, domain: &str, verdict: Verdict) -> Input {
    Input::Learned {
        report: report(number),
        indicators: vec![Indicator::Domain(Hostname::parse(domain).expect("a host"))],
        verdict,
        fresh: campaign(90),
        at: Timestamp::from_unix_ms(0),
    }
}

#[test]
fn what_is_learned_late_ties_as_if_it_had_been_known() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1).with("lure.example"));
    desk.take(&Report::benign(SHIFTS, 2));
    let events = desk.decide(&learned(2, "lure.example", Verdict::Benign)).expect("known");
    let domain = Indicator::Domain(Hostname::parse("lure.example").expect("a host"));
    let expected = [
        Event::Observed { report: report(2), indicators: vec![domain.clone()] },
        Event::Tied { one: report(2), other: report(1), because: Reason::Shared(domain.clone()) },
    ];
    assert_eq!(events, expected);
    desk.check(&[&[1, 2]]);
    assert_eq!(desk.engine.state().indicators(report(2)), [domain]);
    assert_eq!(desk.decide(&learned(2, "lure.example", Verdict::Benign)), Ok(Vec::new()));
    // And others are tied to it by what was learned.
    desk.decide(&learned(2, "page.example", Verdict::Benign)).expect("known");
    desk.take(&Report::lure(LUNCH, 3).with("page.example"));
    desk.check(&[&[1, 2, 3]]);
}

#[test]
fn what_is_learned_late_may_begin_a_campaign_and_tie_at_once() {
    let mut desk = Desk::default();
    desk.take(&Report::benign(PARCEL, 1).with("lure.example"));
    desk.take(&Report::benign(SHIFTS, 2));
    desk.take(&Report::benign(LUNCH, 3));
    assert_eq!(desk.decide(&learned(3, "lure.example", Verdict::Benign)).map(|e| e.len()), Ok(1));
    desk.check(&[]);
    let events = desk.decide(&learned(2, "lure.example", Verdict::Malicious)).expect("known");
    let because = Cause::Verdict(Verdict::Malicious);
    assert!(events.contains(&Event::Opened { campaign: campaign(90), report: report(2), because }));
    let active = Event::StageReached { campaign: campaign(90), stage: Stage::Active };
    assert!(events.contains(&active), "three people reported it: {events:?}");
    desk.check(&[&[1, 2, 3]]);
}

#[test]
fn what_is_learned_of_a_strangers_report_ties_it_once_in_all() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1));
    desk.take(&Report::lure(SHIFTS, 2).with("lure.example"));
    desk.take(&Report::lure(PARCEL, 0).by_stranger());
    let events = desk.decide(&learned(3, "lure.example", Verdict::Suspicious)).expect("known");
    assert!(matches!(&events[..], [Event::Observed { .. }]), "{events:?}");
    desk.take(&Report::lure(LUNCH, 0).by_stranger());
    desk.take(&Report::lure(PARCEL, 3).with("other.example"));
    desk.decide(&learned(4, "lure.example", Verdict::Suspicious)).expect("known");
    desk.decide(&learned(4, "other.example", Verdict::Suspicious)).expect("known");
    desk.check(&[&[1, 3, 5], &[2, 4]]);
}

#[test]
fn what_is_learned_does_not_tie_what_a_person_took_apart() {
    let mut desk = Desk::default();
    desk.take(&Report::lure(PARCEL, 1).with("lure.example"));
    desk.take(&Report::lure(SHIFTS, 2).with("lure.example"));
    desk.decide(&Input::Cut { tie: TieNumber(0), fresh: campaign(91), by: person(9) })
        .expect("it stands");
    desk.take(&Report::lure(SHIFTS, 3));
    desk.decide(&learned(3, "lure.example", Verdict::Suspicious)).expect("known");
    desk.check(&[&[1], &[2, 3]]);
}

#[test]
fn of_a_report_only_so_much_is_learned() {
    let mut desk = Desk::default();
    for number in 1..=20 {
        desk.take(&Report::lure("", number).with(&format!("lure-{number}.example")));
    }
    desk.take(&Report::lure("", 30));
    for number in (1..=20).chain(100..200) {
        let domain = format!("lure-{number}.example");
        desk.decide(&learned(21, &domain, Verdict::Suspicious)).expect("known");
    }
    let one = desk.engine.state().campaign_of(report(21)).expect("it is a lure");
    assert_eq!(one.message_count(), 9, "eight ties");
    assert_eq!(desk.engine.state().indicators(report(21)).len(), 64);
}

#[test]
fn what_is_folded_ahead_counts_for_the_next_decision() {
    let mut desk = Desk::default();
    let mut lure = |body, reporter| Input::Report {
        received: desk.received(&Report::lure(body, reporter)),
        verdict: Verdict::Suspicious,
        fresh: campaign(reporter),
    };
    let (first, second) = (lure(PARCEL, 1), lure(PARCEL_AGAIN, 2));
    let (mut engine, mut commit) = (Engine::default(), Vec::new());
    for input in [&first, &first, &second, &learned(1, "lure.example", Verdict::Malicious)] {
        let events = engine.decide(input).expect("nothing is refused");
        engine.fold_ahead(&events);
        commit.push(events);
    }
    assert_eq!(commit.iter().map(Vec::len).collect::<Vec<_>>(), [4, 0, 3, 2]);
    assert_eq!((engine.state().position(), engine.is_ahead()), (None, true));
    engine.settle(7);
    assert!(!engine.is_ahead());
    let mut replayed = Engine::default();
    for _ in 0..2 {
        replayed.apply(7, &commit.concat());
        assert_eq!(engine.state(), replayed.state());
    }
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "settled before more is folded")]
fn nothing_is_applied_on_top_of_what_is_not_settled() {
    let mut desk = Desk::default();
    let events = desk.take(&Report::lure(PARCEL, 1));
    let mut engine = Engine::default();
    engine.fold_ahead(&events);
    engine.apply(8, &events);
}
