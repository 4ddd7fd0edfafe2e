//! What people rule takes effect at once, and whoever was told otherwise hears it once.

use std::collections::BTreeSet;

use unhook_app::journal::fake::AppendFault;
use unhook_app::record::Record;
use unhook_app::service::{Regrouping, RulingRequest};
use unhook_app::views::NameRuling;
use unhook_app::{Service, ServiceError, Submission, Way};
use unhook_engine::{Event, Ruling, TieNumber};
use unhook_model::{CampaignId, ReportId, Verdict};

use crate::house::{
    ANN, House, LURE, MINUTE, NEAR_LURE, OTHER_LURE, SUPPLIER, insist, number, rounds, take, text,
    until,
};

/// What is told of a report now.
fn told(service: &Service, report: ReportId) -> Verdict {
    service.report(report).expect("it is there").expect("it is there").row.answered.verdict
}

fn campaign_of(service: &Service, report: ReportId) -> CampaignId {
    service
        .report(report)
        .expect("it is there")
        .expect("it is there")
        .campaign
        .expect("it is there")
}

async fn report(service: &Service, from: u32, body: &str) -> ReportId {
    take(service, from, &format!("{from} {body}"), body).await.report.expect("it is there")
}

fn numbers(house: &House<unhook_app::journal::fake::FakeJournal>) -> Vec<String> {
    let mut numbers: Vec<_> = house.phone.sent().into_iter().map(|(_, to, _)| to).collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test(start_paused = true)]
async fn a_ruling_corrects_everyone_told_otherwise_once() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    let service = &running.service;
    let first = report(service, 1, LURE).await;
    let second = report(service, 2, NEAR_LURE).await;
    // Whoever passed it on by the API is no telephone.
    let by_api = Submission { way: Way::Api, ..text(3, "api", LURE) };
    let third = service.take(by_api).await.unwrap().report.unwrap();
    let campaign = campaign_of(service, first);
    for _ in 0..2 {
        let request = RulingRequest::Campaign(campaign, Ruling::Benign);
        service.rule(request, ANN).await.unwrap();
    }
    rounds().await;
    assert_eq!(numbers(&house), [number(1).to_string(), number(2).to_string()]);
    assert!([first, second, third].iter().all(|r| told(service, *r) == Verdict::Benign));
    // Who comes later is told at once, and what says so is a person.
    let late = take(service, 3, "late", LURE).await;
    assert_eq!(late.verdict, Some(Verdict::Benign));
    assert!(service.report(late.report.unwrap()).unwrap().unwrap().row.answered.is_ruled);
    service.rule(RulingRequest::Report(second, Ruling::Malicious), ANN).await.unwrap();
    rounds().await;
    assert_eq!(house.phone.count(), 2 + 3);
    assert!([first, second, third].iter().all(|r| told(service, *r) == Verdict::Malicious));
}

#[tokio::test(start_paused = true)]
async fn rulings_at_the_same_time_correct_once() {
    let house = House::new();
    house.enroll_all(1..3);
    let running = house.start().await;
    let first = report(&running.service, 1, LURE).await;
    report(&running.service, 2, NEAR_LURE).await;
    let campaign = campaign_of(&running.service, first);
    let rule = || running.service.rule(RulingRequest::Campaign(campaign, Ruling::Benign), ANN);
    let all = tokio::join!(rule(), rule(), rule());
    assert!(all.0.is_ok() && all.1.is_ok() && all.2.is_ok());
    rounds().await;
    assert_eq!(house.phone.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_stop_left_undone_is_done_by_the_next_start() {
    let house = House::new();
    house.enroll_all(1..3);
    let running = house.start().await;
    let first = report(&running.service, 1, LURE).await;
    report(&running.service, 2, NEAR_LURE).await;
    let campaign = campaign_of(&running.service, first);
    // The ruling is kept; what would follow is not, and the process ends.
    house.journal.fail_append(2, AppendFault::Unavailable);
    (3..40).for_each(|nth| house.journal.fail_append(nth, AppendFault::Unavailable));
    let request = RulingRequest::Campaign(campaign, Ruling::Benign);
    let error = running.service.rule(request, ANN).await.unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error}");
    assert!(running.stop().await.is_err(), "it holds what was not kept");
    assert_eq!(house.phone.count(), 0);
    let running = loop {
        if let Ok(running) = house.try_start(unhook_engine::Engine::default()).await {
            break running;
        }
    };
    until("both hear of it", || house.phone.count() == 2).await;
    rounds().await;
    assert_eq!(house.phone.count(), 2);
    assert_eq!(told(&running.service, first), Verdict::Benign);
}

#[tokio::test(start_paused = true)]
async fn a_ruling_that_is_kept_though_nobody_heard_is_carried_out() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let first = report(&running.service, 1, LURE).await;
    let campaign = campaign_of(&running.service, first);
    rounds().await;
    house.journal.fail_append(1, AppendFault::AnswerLost);
    let request = RulingRequest::Campaign(campaign, Ruling::Benign);
    assert!(running.service.rule(request, ANN).await.is_err());
    until("they hear of it", || house.phone.count() == 1).await;
    assert_eq!(told(&running.service, first), Verdict::Benign);
}

#[tokio::test(start_paused = true)]
async fn a_name_ruled_malicious_judges_what_named_it_again() {
    // Also where what was ruled is a host, and the reports know its domain.
    for (name, is_covered) in [
        ("partner-rebates.example", true),
        ("www.partner-rebates.example", true),
        ("shop.partner-rebates.example", false),
    ] {
        let house = House::new();
        house.enroll_all(1..3);
        let running = house.start().await;
        let body = "Dear customer, the minutes of our last meeting are at \
            www.partner-rebates.example/minutes as always";
        let before = report(&running.service, 1, body).await;
        let verdict = told(&running.service, before);
        assert_ne!(verdict, Verdict::Malicious);
        let request = RulingRequest::Name(name.to_owned(), NameRuling::Malicious);
        running.service.rule(request.clone(), ANN).await.unwrap();
        let expected = if is_covered { Verdict::Malicious } else { verdict };
        assert_eq!(told(&running.service, before), expected, "{name}");
        running.service.rule(request, ANN).await.unwrap();
        rounds().await;
        assert_eq!(house.phone.count(), usize::from(is_covered));
        let after = report(&running.service, 2, body).await;
        let row = running.service.report(after).unwrap().unwrap().row;
        assert_eq!((row.answered.verdict, row.answered.is_ruled), (expected, is_covered));
        assert_eq!(row.judged.verdict, expected);
        running.stop().await.unwrap();
        // And it stays so.
        let running = house.start().await;
        assert_eq!(told(&running.service, report(&running.service, 2, body).await), expected);
        let request = RulingRequest::Name(name.to_owned(), NameRuling::Benign);
        running.service.rule(request, ANN).await.unwrap();
        let expected = if is_covered { Verdict::Benign } else { verdict };
        assert_eq!(told(&running.service, before), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn names_that_belong_to_somebody_known_or_to_everybody_cannot_be_ruled_malicious() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let names = [
        "acme.example",
        "portal.acme.example",
        "partner.example",
        "okta.com",
        "usps.com",
        "co.uk",
        "github.io",
        "bit.ly",
        "com",
        "not a name",
        "",
        "192.0.2.7",
    ];
    for name in names {
        let request = RulingRequest::Name(name.to_owned(), NameRuling::Malicious);
        let error = running.service.rule(request, ANN).await.unwrap_err();
        assert!(matches!(error, ServiceError::Invalid(_)), "{name}: {error}");
    }
    assert!(!house.records().iter().any(|record| matches!(record, Record::NameRuled { .. })));
    for name in ["lure.github.io", "acme-okta.example"] {
        let request = RulingRequest::Name(name.to_owned(), NameRuling::Malicious);
        running.service.rule(request, ANN).await.unwrap();
    }
    let supplier = report(&running.service, 1, SUPPLIER).await;
    assert_ne!(told(&running.service, supplier), Verdict::Malicious);
}

#[tokio::test(start_paused = true)]
async fn taking_apart_and_putting_together_corrects_again() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    let service = &running.service;
    let one = report(service, 1, LURE).await;
    let other = report(service, 2, OTHER_LURE).await;
    let (first, second) = (campaign_of(service, one), campaign_of(service, other));
    assert_ne!(first, second);
    service.rule(RulingRequest::Campaign(first, Ruling::Benign), ANN).await.unwrap();
    let now = || (told(service, one), told(service, other));
    assert_eq!(now(), (Verdict::Benign, Verdict::Malicious));
    service.regroup(Regrouping::Merge(first, second), ANN).await.unwrap();
    assert_eq!(now(), (Verdict::Benign, Verdict::Benign));
    service.regroup(Regrouping::Split(first, BTreeSet::from([other])), ANN).await.unwrap();
    assert_eq!(now(), (Verdict::Benign, Verdict::Malicious));
    service.regroup(Regrouping::Rejoin(0), ANN).await.unwrap();
    assert_eq!(now(), (Verdict::Benign, Verdict::Benign));
    let is_tie = |record: &Record| matches!(record, Record::Engine(Event::Tied { .. }));
    let ties = house.records().into_iter().filter(is_tie);
    // Those that a split adds have numbers too, and there are none before the first.
    assert_eq!(ties.count(), 1);
    let tie = TieNumber(0);
    service.regroup(Regrouping::Cut(tie), ANN).await.unwrap();
    assert_eq!(now(), (Verdict::Benign, Verdict::Malicious));
    service.regroup(Regrouping::Mend(tie), ANN).await.unwrap();
    assert_eq!(now(), (Verdict::Benign, Verdict::Benign));
    rounds().await;
    // The first once, the second each time.
    assert_eq!(house.phone.count(), 1 + 5);
}

#[tokio::test(start_paused = true)]
async fn whoever_becomes_part_of_what_was_ruled_is_corrected() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    let service = &running.service;
    let one = report(service, 1, LURE).await;
    let other = report(service, 2, OTHER_LURE).await;
    let ruled = RulingRequest::Campaign(campaign_of(service, one), Ruling::Benign);
    service.rule(ruled, ANN).await.unwrap();
    // This one says what the one says, and leads where the other led. It is kept, and nobody
    // hears of it before it comes again.
    let both = format!("{LURE} acme-wallet.example");
    rounds().await;
    house.journal.fail_append(1, AppendFault::AnswerLost);
    assert!(service.take(text(3, "both", &both)).await.is_err());
    let third = insist(service, text(3, "both", &both)).await.report.unwrap();
    until("it is there", || service.report(third).unwrap().is_some()).await;
    assert_eq!(campaign_of(service, other), campaign_of(service, third));
    until("the other hears of it", || told(service, other) == Verdict::Benign).await;
    house.surroundings.pass(MINUTE);
    rounds().await;
    assert_eq!(numbers(&house), [number(1).to_string(), number(2).to_string()]);
}

#[tokio::test(start_paused = true)]
async fn huge_campaigns_are_corrected_whole() {
    let house = House::new();
    house.enroll_all(0..450);
    let running = house.start().await;
    let mut reports = Vec::new();
    for from in 0..450 {
        let taken = insist(&running.service, text(from, &format!("{from}"), LURE)).await;
        reports.push(taken.report.unwrap());
    }
    let campaign = campaign_of(&running.service, reports[0]);
    let request = RulingRequest::Campaign(campaign, Ruling::Benign);
    running.service.rule(request, ANN).await.unwrap();
    let requested = house.records().into_iter().filter(|record| match record {
        Record::Requested(outgoing) => {
            matches!(outgoing.what, unhook_app::record::Telling::Correction { .. })
        }
        _ => false,
    });
    assert_eq!(requested.count(), 450);
    assert!(reports.iter().all(|report| told(&running.service, *report) == Verdict::Benign));
}

#[tokio::test(start_paused = true)]
async fn a_ruling_that_changes_nothing_is_none_the_worse_for_views_that_lag() {
    let views = std::sync::Arc::new(unhook_app::views::fake::FakeViews::new());
    let journal = unhook_app::journal::fake::FakeJournal::new(7);
    let house = House::with(
        journal,
        std::sync::Arc::clone(&views) as _,
        std::sync::Arc::<unhook_app::people::fake::FakePeople>::default(),
    );
    house.enroll(1);
    let running = house.start().await;
    views.set_stuck(true);
    let taken = running.service.take(text(1, "a", crate::house::HARMLESS)).await.unwrap();
    let request = RulingRequest::Report(taken.report.unwrap(), Ruling::Benign);
    let error = running.service.rule(request.clone(), ANN).await.unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error}");
    views.set_stuck(false);
    until("the views catch up", || running.service.position() == taken.position).await;
    running.service.rule(request, ANN).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_ruling_that_a_notice_is_harmless_covers_no_lure_that_is_worded_like_it() {
    let house = House::new();
    house.enroll_all(1..6);
    let running = house.start().await;
    let service = &running.service;
    let first = take(service, 1, "first", LURE).await;
    let request = RulingRequest::Report(first.report.expect("it is there"), Ruling::Benign);
    service.rule(request, ANN).await.expect("it is there");
    house.surroundings.pass(MINUTE);
    // The same, leading to the same, was seen.
    let same = take(service, 2, "same", LURE).await;
    assert_eq!(same.verdict, Some(Verdict::Benign));
    // A stranger says the same, leading elsewhere, and somebody gets a lure that leads there.
    let elsewhere = LURE.replace("acme-okta.example", "acme-okta-hr.example");
    assert_ne!(elsewhere, LURE);
    take(service, 50, "stranger", &elsewhere).await;
    let worded_alike = take(service, 3, "alike", &elsewhere).await;
    assert_eq!(worded_alike.verdict, Some(Verdict::Malicious));
    let answer = worded_alike.answer.expect("an answer");
    assert!(!answer.contains("security team looked"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn strangers_drag_nobodys_domain_into_a_campaign() {
    let house = House::new();
    house.enroll_all(1..6);
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "lure", LURE).await;
    let dragged = LURE.replace("acme-okta.example", "honest-caterer.example");
    for stranger in 50..54 {
        take(service, stranger, &format!("{stranger}"), &dragged).await;
    }
    let lunch = "Lunch order for Friday, choose yours at honest-caterer.example until noon";
    let honest = take(service, 2, "lunch", lunch).await;
    let report = service.report(honest.report.expect("it is there")).expect("read").expect("one");
    assert_eq!(report.campaign, None);
}
