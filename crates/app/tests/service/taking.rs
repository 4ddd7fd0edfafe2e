//! What is taken is kept, once, and answered.

use std::sync::Arc;

use unhook_app::journal::fake::{AppendFault, FakeJournal};
use unhook_app::people::fake::FakePeople;
use unhook_app::record::Record;
use unhook_app::views::ReportFilter;
use unhook_app::views::fake::FakeViews;
use unhook_app::{Service, ServiceError, Submission, Way};
use unhook_engine::Engine;
use unhook_model::Verdict;

use crate::house::{
    HARMLESS, House, LURE, MINUTE, NEAR_LURE, SUPPLIER, insist, number, rounds, take, text, until,
};

const ALL: ReportFilter = ReportFilter { verdict: None, before: None, limit: usize::MAX };

fn report_count(service: &Service) -> usize {
    service.reports(&ALL).expect("reports").len()
}

#[tokio::test(start_paused = true)]
async fn a_report_is_kept_before_it_is_answered() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let taken = take(&running.service, 1, "a", LURE).await;
    assert_eq!(taken.verdict, Some(Verdict::Malicious));
    assert!(taken.answer.is_some() && !taken.is_repeated);
    let kept = house
        .records()
        .into_iter()
        .any(|record| matches!(record, Record::Kept(kept) if Some(kept.report) == taken.report));
    assert!(kept, "it is in the journal");
    let report = running.service.report(taken.report.unwrap()).unwrap().unwrap();
    assert_eq!(report.content.unwrap().body, LURE);
    assert_eq!(report.row.answered.verdict, Verdict::Malicious);
    house.journal.fail_append(1, AppendFault::Unavailable);
    let error = running.service.take(text(1, "b", HARMLESS)).await.unwrap_err();
    assert!(matches!(error, ServiceError::Unavailable(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_comes_again_gets_the_same_answer_and_is_kept_once() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let first = take(&running.service, 1, "a", LURE).await;
    let again = take(&running.service, 1, "a", LURE).await;
    assert!(again.is_repeated);
    assert_eq!(
        (again.report, again.verdict, &again.answer),
        (first.report, first.verdict, &first.answer)
    );
    assert_eq!(house.records().iter().filter(|r| matches!(r, Record::Kept(_))).count(), 1);
    assert_ne!(take(&running.service, 1, "b", LURE).await.report, first.report);
    running.stop().await.unwrap();
    // Another process knows it from the views.
    let running = house.start().await;
    let again = take(&running.service, 1, "a", LURE).await;
    assert!(again.is_repeated);
    assert_eq!(
        (again.report, again.verdict, again.answer.is_some()),
        (first.report, first.verdict, true)
    );
    assert_eq!(report_count(&running.service), 2);
}

#[tokio::test(start_paused = true)]
async fn deliveries_that_race_are_one() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let takes = (0..10).map(|_| {
        let service = Arc::clone(&running.service);
        tokio::spawn(async move { service.take(text(1, "a", LURE)).await.unwrap() })
    });
    let takes: Vec<_> = takes.collect();
    let mut reports = std::collections::BTreeSet::new();
    for taken in takes {
        reports.insert(taken.await.unwrap().report);
    }
    assert_eq!(reports.len(), 1);
    assert_eq!(house.records().iter().filter(|r| matches!(r, Record::Kept(_))).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_kept_though_nobody_was_told_counts_once() {
    for fault in [AppendFault::AnswerLost, AppendFault::Unavailable] {
        let house = House::new();
        house.enroll(1);
        let running = house.start().await;
        house.journal.fail_append(1, fault);
        let error = running.service.take(text(1, "a", LURE)).await.unwrap_err();
        assert!(matches!(error, ServiceError::Unavailable(_)), "{error}");
        // The desk keeps it by itself; the provider comes again all the same.
        let taken = insist(&running.service, text(1, "a", LURE)).await;
        assert_eq!(taken.verdict, Some(Verdict::Malicious));
        assert!(taken.position.is_some());
        let kept = house.records().into_iter().filter_map(|record| match record {
            Record::Kept(kept) => Some(kept.report),
            _ => None,
        });
        assert_eq!(kept.collect::<Vec<_>>(), Vec::from_iter(taken.report));
    }
}

#[tokio::test(start_paused = true)]
async fn near_identical_texts_of_two_people_are_one_campaign() {
    let house = House::new();
    house.enroll_all(1..3);
    let running = house.start().await;
    take(&running.service, 1, "a", LURE).await;
    take(&running.service, 2, "b", NEAR_LURE).await;
    let campaigns = running.service.campaigns(None, None, 10).unwrap();
    assert_eq!(campaigns.len(), 1);
    assert_eq!((campaigns[0].message_count, campaigns[0].reporter_count), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_harmless_text_is_answered_and_calls_nobody() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let taken = take(&running.service, 1, "a", HARMLESS).await;
    assert_eq!(taken.verdict, Some(Verdict::Benign));
    assert!(taken.answer.is_some());
    rounds().await;
    assert_eq!(running.service.campaigns(None, None, 10).unwrap(), []);
    assert!(house.pager.alerts().is_empty() && running.service.attention().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn strangers_who_report_a_genuine_supplier_call_nobody() {
    let house = House::new();
    let running = house.start().await;
    for from in 0..50 {
        take(&running.service, from, &format!("{from}"), SUPPLIER).await;
    }
    rounds().await;
    assert_eq!(house.pager.kinds(), [""; 0]);
    assert!(running.service.attention().unwrap().len() <= 1);
    assert_eq!(report_count(&running.service), 50);
}

#[tokio::test(start_paused = true)]
async fn strangers_have_a_measure_each_and_one_together() {
    let mut house = House::new();
    (house.settings.stranger_hourly, house.settings.strangers_minutely) = (2, 5);
    house.enroll(9);
    let running = house.start().await;
    let give = |from: u32, key: &str| running.service.take(text(from, key, HARMLESS));
    assert!(give(1, "a").await.is_ok() && give(1, "b").await.is_ok());
    let error = give(1, "c").await.unwrap_err();
    assert!(matches!(error, ServiceError::TooMany { seconds } if seconds > 60), "{error}");
    // What was answered before costs nothing.
    assert!(give(1, "a").await.unwrap().is_repeated);
    for from in 2..5 {
        assert!(give(from, &format!("{from}")).await.is_ok());
    }
    let error = give(5, "f").await.unwrap_err();
    assert!(matches!(error, ServiceError::TooMany { seconds } if seconds <= 61), "{error}");
    // Nobody in particular counts among them.
    let anonymous = Submission { from: None, way: Way::Form, ..text(0, "g", HARMLESS) };
    let error = running.service.take(anonymous.clone()).await.unwrap_err();
    assert!(matches!(error, ServiceError::TooMany { .. }), "{error}");
    assert!(give(9, "h").await.is_ok(), "somebody enrolled has no measure");
    house.surroundings.pass(MINUTE);
    assert!(running.service.take(anonymous).await.is_ok());
    until("all are there", || report_count(&running.service) == 7).await;
}

#[tokio::test(start_paused = true)]
async fn a_text_to_a_trap_is_evidence_and_gets_no_answer() {
    let mut house = House::new();
    house.settings.traps = vec![number(99)];
    let running = house.start().await;
    let trapped = Submission { to: Some(number(99)), ..text(5, "a", LURE) };
    let taken = running.service.take(trapped).await.unwrap();
    assert_eq!((taken.answer, taken.verdict), (None, Some(Verdict::Malicious)));
    until("those on call hear of it", || house.pager.count("campaign-opened") == 1).await;
    let report = running.service.report(taken.report.unwrap()).unwrap().unwrap();
    assert_eq!(report.content.unwrap().sender, Some(number(5).to_string()));
    let campaigns = running.service.campaigns(None, None, 10).unwrap();
    assert_eq!((campaigns.len(), campaigns[0].reporter_count), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn odd_texts_are_taken_or_refused_and_nothing_else() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let nul = "\0".repeat(64 * 1024);
    let long = "Pay now ".repeat(8 * 1024);
    let quotes = "\"\\".repeat(32 * 1024);
    let too_long = "x".repeat(64 * 1024 + 1);
    let bodies = ["", " \n", "\0", "\u{202e}\u{200b}", &nul, &long, &quotes, &too_long, LURE];
    let mut number = 0;
    for (way, _) in Way::ALL {
        for body in bodies {
            number += 1;
            let given = Submission { way, ..text(1, &format!("{number}"), body) };
            match running.service.take(given).await {
                Ok(_) => {}
                Err(ServiceError::Invalid(why)) => assert!(!why.contains("xxx"), "{why}"),
                Err(error) => panic!("{way:?} of {} bytes: {error}", body.len()),
            }
            assert_eq!(running.service.health().troubles, [""; 0]);
        }
    }
    let taken = take(&running.service, 1, "last", LURE).await;
    assert_eq!(taken.verdict, Some(Verdict::Malicious));
}

#[tokio::test(start_paused = true)]
async fn nobody_in_particular_has_no_conversation() {
    // A text without a sender's number neither stops anybody nor belongs to the one before.
    let house = House::new();
    let running = house.start().await;
    let anonymous = |key: &str, body: &str| Submission { from: None, ..text(0, key, body) };
    let one = running.service.take(anonymous("a", LURE)).await.unwrap();
    let other = running.service.take(anonymous("b", HARMLESS)).await.unwrap();
    assert_ne!(one.report, other.report);
    running.service.take(anonymous("c", "STOP")).await.unwrap();
    let stopped = house.records().iter().any(|record| matches!(record, Record::Stopped { .. }));
    assert!(!stopped);
}

#[tokio::test(start_paused = true)]
async fn the_erased_leave_everything_but_their_words() {
    let house = House::new();
    house.enroll_all(1..3);
    let running = house.start().await;
    let taken = take(&running.service, 1, "a", LURE).await;
    take(&running.service, 2, "b", NEAR_LURE).await;
    let report = running.service.report(taken.report.unwrap()).unwrap().unwrap();
    let person = report.row.owner;
    assert!(running.service.people().erase(person, running.service.now()).unwrap());
    let after = running.service.report(report.row.report).unwrap().unwrap();
    assert_eq!(after.content, None);
    assert_eq!((after.row, after.campaign), (report.row, report.campaign));
    let campaign = running.service.campaign(report.campaign.unwrap()).unwrap().unwrap();
    assert_eq!((campaign.summary.message_count, campaign.summary.reporter_count), (2, 2));
    assert_eq!(campaign.domains, ["acme-okta.example"]);
    // Whoever writes again is somebody new.
    let again = take(&running.service, 1, "c", LURE).await;
    let again = running.service.report(again.report.unwrap()).unwrap().unwrap();
    assert_ne!(again.row.owner, person);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_goes_on_where_the_service_stopped() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    take(&running.service, 1, "a", LURE).await;
    let engine = running.stop().await.unwrap().engine;
    let snapshot = engine.snapshot();
    let running = house.try_start(Engine::from_snapshot(&snapshot).unwrap()).await.unwrap();
    take(&running.service, 2, "b", NEAR_LURE).await;
    take(&running.service, 3, "c", HARMLESS).await;
    let campaigns = running.service.campaigns(None, None, 10).unwrap();
    assert_eq!((campaigns.len(), campaigns[0].message_count), (1, 2));
    running.stop().await.unwrap();
    // One that is older than what the journal holds catches up.
    let running = house.try_start(Engine::from_snapshot(&snapshot).unwrap()).await.unwrap();
    assert_eq!(running.service.campaigns(None, None, 10).unwrap(), campaigns);
    running.stop().await.unwrap();
    assert_eq!(house.start().await.service.campaigns(None, None, 10).unwrap(), campaigns);
}

#[tokio::test(start_paused = true)]
async fn time_that_goes_back_stops_nothing() {
    let house = House::new();
    house.enroll_all(1..4);
    let running = house.start().await;
    take(&running.service, 1, "a", HARMLESS).await;
    house.surroundings.pass(-3 * 24 * 60 * MINUTE);
    let taken = take(&running.service, 2, "b", LURE).await;
    assert_eq!(taken.verdict, Some(Verdict::Malicious));
    take(&running.service, 7, "c", LURE).await;
    until("those on call hear of it", || house.pager.count("campaign-opened") == 1).await;
    assert_eq!(report_count(&running.service), 3);
}

#[tokio::test(start_paused = true)]
async fn what_comes_again_before_reads_see_it_is_kept_once() {
    let (views, people) = (Arc::new(FakeViews::new()), Arc::new(FakePeople::new()));
    let house = House::with(FakeJournal::new(7), Arc::clone(&views) as _, people);
    house.enroll(1);
    let running = house.start().await;
    views.set_stuck(true);
    house.journal.fail_append(1, AppendFault::AnswerLost);
    assert!(running.service.take(text(1, "a", LURE)).await.is_err());
    let taken = insist(&running.service, text(1, "a", LURE)).await;
    views.set_stuck(false);
    until("reads see it", || report_count(&running.service) > 0).await;
    rounds().await;
    let kept = house.records().into_iter().filter_map(|record| match record {
        Record::Kept(kept) => Some(kept.report),
        _ => None,
    });
    assert_eq!(kept.collect::<Vec<_>>(), Vec::from_iter(taken.report));
}

#[tokio::test(start_paused = true)]
async fn a_key_with_another_text_is_refused_and_not_taken_for_the_first() {
    let house = House::new();
    let running = house.start().await;
    let given = |body: &str| Submission { way: Way::Api, ..text(1, "key", body) };
    running.service.take(given(HARMLESS)).await.expect("it is taken");
    let again = running.service.take(given(HARMLESS)).await.expect("it is the same");
    assert!(again.is_repeated);
    let other = running.service.take(given(LURE)).await;
    assert!(matches!(other, Err(ServiceError::Invalid(_))), "{other:?}");
    running.stop().await.expect("it stops");
    let running = house.start().await;
    let other = running.service.take(given(LURE)).await;
    assert!(matches!(other, Err(ServiceError::Invalid(_))), "{other:?}");
}

#[tokio::test(start_paused = true)]
async fn a_mail_is_a_strangers_unless_its_sender_was_checked() {
    let mut house = House::new();
    house.enroll(1);
    let by_mail = |key: &str| Submission { way: Way::Mail, ..text(1, key, LURE) };
    let running = house.start().await;
    let taken = running.service.take(by_mail("a")).await.expect("it is taken");
    assert!(running.service.has_seen(taken.position.expect("kept")).await);
    let report = running.service.report(taken.report.expect("one")).expect("read").expect("one");
    assert_eq!(report.row.reporter, None);
    running.stop().await.expect("it stops");
    house.settings.mail_senders_checked = true;
    let running = house.start().await;
    let taken = running.service.take(by_mail("b")).await.expect("it is taken");
    assert!(running.service.has_seen(taken.position.expect("kept")).await);
    let report = running.service.report(taken.report.expect("one")).expect("read").expect("one");
    assert!(report.row.reporter.is_some());
}

#[tokio::test(start_paused = true)]
async fn what_somebody_gave_away_counts_whichever_way_they_say_it() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let said = Submission { way: Way::Api, ..text(1, "said", "I typed my password") };
    let taken = running.service.take(said).await.expect("it is taken");
    assert!(running.service.has_seen(taken.position.expect("kept")).await);
    assert_eq!(running.service.statements(10).expect("read").len(), 1);
}
