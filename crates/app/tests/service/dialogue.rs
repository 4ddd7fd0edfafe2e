//! What people send besides lures: that they typed their password, who sent the text before,
//! its second part, and STOP.

use unhook_app::record::Record;
use unhook_app::service::RulingRequest;
use unhook_app::{Severity, Submission};
use unhook_engine::Ruling;
use unhook_model::Verdict;

use crate::house::{ANN, HARMLESS, House, LURE, MINUTE, number, rounds, take, text, until};

const STATEMENT: &str = "I typed my password";

#[tokio::test(start_paused = true)]
async fn what_somebody_enrolled_gave_away_is_called_out() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let lure = take(&running.service, 1, "a", LURE).await;
    let stated = take(&running.service, 1, "b", STATEMENT).await;
    assert_eq!((stated.report, stated.verdict), (lure.report, None));
    assert!(stated.answer.is_some());
    until("it is called out", || house.pager.count("credentials-submitted") == 1).await;
    let alerts = house.pager.alerts();
    let alert = alerts.iter().find(|alert| alert.kind == "credentials-submitted").unwrap();
    assert_eq!(alert.severity, Severity::Critical);
    let statements = running.service.statements(10).unwrap();
    assert_eq!((statements.len(), statements[0].report), (1, lure.report));
}

#[tokio::test(start_paused = true)]
async fn what_strangers_say_they_gave_away_calls_nobody() {
    let house = House::new();
    let running = house.start().await;
    for from in 0..30 {
        let taken = take(&running.service, from, &format!("{from}"), STATEMENT).await;
        assert!(taken.answer.is_some());
    }
    rounds().await;
    let attention = running.service.attention().unwrap();
    let about: Vec<_> = attention.iter().map(|one| (one.matter.as_str(), one.count)).collect();
    assert_eq!(about, [("stranger-statements", 30)]);
    assert!(!house.records().iter().any(|record| matches!(record, Record::Stated { .. })));
    assert_eq!((running.service.statements(10).unwrap(), house.pager.kinds()), (vec![], vec![]));
    running.service.review("stranger-statements", ANN).await.unwrap();
    until("it is off the list", || running.service.attention().unwrap().is_empty()).await;
    assert!(running.service.review("stranger-statements", ANN).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_sender_of_the_text_before_becomes_part_of_it() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let lure = take(&running.service, 1, "a", LURE).await;
    let sender = take(&running.service, 1, "b", &number(777).to_string()).await;
    assert_eq!((sender.report, sender.verdict), (lure.report, Some(Verdict::Malicious)));
    let report = running.service.report(lure.report.unwrap()).unwrap().unwrap();
    let content = report.content.unwrap();
    assert_eq!((content.body.as_str(), content.sender), (LURE, Some(number(777).to_string())));
    // Given again, also to another process, it is the same.
    assert!(take(&running.service, 1, "b", &number(777).to_string()).await.is_repeated);
    running.stop().await.unwrap();
    let running = house.start().await;
    let again = take(&running.service, 1, "b", &number(777).to_string()).await;
    assert_eq!((again.report, again.is_repeated), (lure.report, true));
}

#[tokio::test(start_paused = true)]
async fn a_harmless_half_becomes_a_lure_with_the_other() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let (first, second) = LURE.split_at(LURE.find("acme-okta").unwrap());
    let long = format!("{}{first}", "Dear colleague of the Acme family of companies, ".repeat(3));
    let whole = running.service.take(text(1, "a", &long)).await.unwrap();
    house.surroundings.pass(500);
    let rest = take(&running.service, 1, "b", second).await;
    if rest.report == whole.report {
        assert_eq!(rest.verdict, Some(Verdict::Malicious));
        let report = running.service.report(whole.report.unwrap()).unwrap().unwrap();
        assert!(report.content.unwrap().body.ends_with(second));
        assert_eq!(report.row.judged.verdict, Verdict::Malicious);
        assert_eq!(report.row.answered.verdict, Verdict::Malicious);
    } else {
        panic!("the parts of one text are two reports");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_says_stop_is_not_texted_until_they_say_start() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let lure = take(&running.service, 1, "a", LURE).await;
    take(&running.service, 1, "b", "STOP").await;
    let rule =
        |ruling| running.service.rule(RulingRequest::Report(lure.report.unwrap(), ruling), ANN);
    rule(Ruling::Benign).await.unwrap();
    rounds().await;
    assert_eq!(house.phone.count(), 0);
    take(&running.service, 1, "c", "START").await;
    rule(Ruling::Malicious).await.unwrap();
    until("it goes out", || house.phone.count() == 1).await;
}

#[tokio::test(start_paused = true)]
async fn what_one_person_sends_has_nothing_to_do_with_another() {
    let house = House::new();
    house.enroll_all(1..3);
    let running = house.start().await;
    let lure = take(&running.service, 1, "a", LURE).await;
    let other = take(&running.service, 2, "b", STATEMENT).await;
    assert_eq!(other.report, None);
    house.surroundings.pass(11 * MINUTE);
    let late = take(&running.service, 1, "c", &number(777).to_string()).await;
    assert_ne!(late.report, lure.report, "the text before is long ago");
    assert_ne!(take(&running.service, 2, "d", HARMLESS).await.report, lure.report);
    let trapped = Submission { to: Some(number(99)), ..text(1, "e", HARMLESS) };
    assert!(running.service.take(trapped).await.unwrap().answer.is_some(), "no trap is set");
}
