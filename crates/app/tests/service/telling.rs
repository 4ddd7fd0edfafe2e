//! What goes out, how often, and what never goes out twice.

use std::sync::Arc;
use std::time::Duration;

use unhook_app::journal::fake::{AppendFault, FakeJournal};
use unhook_app::journal::{Commit, CommitId};
use unhook_app::record::{OutgoingState, Record};
use unhook_app::service::{Audience, RulingRequest, Running};
use unhook_app::views::fake::FakeViews;
use unhook_app::{DeliveryError, Service, ServiceError};
use unhook_engine::Ruling;

use crate::house::{ANN, House, LURE, MINUTE, NOW, Next, number, rounds, take, until};

const DAY: i64 = 24 * 60 * MINUTE;

/// Somebody reports a lure, and it is ruled harmless: one correction is to go out.
async fn correct(service: &Service, from: u32) {
    let taken = take(service, from, &format!("lure of {from}"), LURE).await;
    let request = RulingRequest::Report(taken.report.expect("it is there"), Ruling::Malicious);
    service.rule(request, ANN).await.expect("it is there");
    let request = RulingRequest::Report(taken.report.expect("it is there"), Ruling::Benign);
    service.rule(request, ANN).await.expect("it is there");
}

/// The states of all texts, oldest first.
fn texts(service: &Service) -> Vec<(OutgoingState, u32, String)> {
    let mut rows = service.deliveries(None, 1000).expect("it is there");
    rows.reverse();
    rows.retain(|row| matches!(row.outgoing.to, unhook_app::record::Recipient::Person(_)));
    rows.into_iter().map(|row| (row.state, row.attempts, row.note)).collect()
}

fn states(service: &Service) -> Vec<OutgoingState> {
    texts(service).into_iter().map(|(state, ..)| state).collect()
}

fn later(why: &str) -> Next {
    Next::Fail(DeliveryError::Later { why: why.to_owned(), after: None })
}

fn unknown() -> Next {
    Next::Fail(DeliveryError::Unknown { why: "no answer".to_owned() })
}

#[tokio::test(start_paused = true)]
async fn a_correction_goes_to_the_number_of_whoever_reported() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    correct(&running.service, 1).await;
    until("it goes out", || states(&running.service) == [OutgoingState::Delivered]).await;
    let sent = house.phone.sent();
    assert_eq!((sent.len(), sent[0].1.as_str()), (1, number(1).to_string().as_str()));
    // An attempt stands in the journal before it is made.
    let order = house.records().into_iter().filter_map(|record| match record {
        Record::Attempted { outgoing, .. } => Some((outgoing, "attempted")),
        Record::Settled { outgoing, state: OutgoingState::Delivered, .. } => {
            Some((outgoing, "delivered"))
        }
        _ => None,
    });
    let order: Vec<_> = order.filter(|(id, _)| *id == sent[0].0).map(|(_, what)| what).collect();
    assert_eq!(order, ["attempted", "delivered"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_said_stop_gets_no_correction() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    let taken = take(&running.service, 1, "a", LURE).await;
    let person = running.service.report(taken.report.unwrap()).unwrap().unwrap().row.owner;
    let now = running.service.now();
    running.stop().await.unwrap();
    let stopped = Record::Stopped { person, is_stopped: true, at: now };
    house.append_records(1, &[stopped]).await;
    let running = house.start().await;
    correct(&running.service, 1).await;
    until("it is settled", || states(&running.service).contains(&OutgoingState::Failed)).await;
    rounds().await;
    assert_eq!(house.phone.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn strangers_are_texted_where_that_is_allowed() {
    let mut house = House::new();
    house.settings.texts.allowed_prefixes = vec!["+1201".to_owned()];
    let running = house.start().await;
    correct(&running.service, 1).await;
    until("it goes out", || house.phone.count() == 1).await;
    house.settings.texts.allowed_prefixes = vec!["+44".to_owned()];
    running.stop().await.unwrap();
    let running = house.start().await;
    correct(&running.service, 2).await;
    until("it is settled", || !states(&running.service).contains(&OutgoingState::Waiting)).await;
    assert!(states(&running.service).contains(&OutgoingState::Failed));
    assert_eq!(house.phone.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_day_has_so_many_texts_and_what_waits_goes_out_the_next() {
    let mut house = House::new();
    house.settings.texts.daily = 2;
    house.enroll_all(1..5);
    let running = house.start().await;
    for from in 1..5 {
        take(&running.service, from, &format!("{from}"), LURE).await;
    }
    let campaign = running.service.campaigns(None, None, 1).unwrap()[0].id;
    let request = RulingRequest::Campaign(campaign, Ruling::Benign);
    running.service.rule(request, ANN).await.unwrap();
    until("two go out", || house.phone.count() == 2).await;
    for _ in 0..40 {
        house.surroundings.pass(30 * MINUTE);
        rounds().await;
    }
    assert_eq!(house.phone.count(), 2);
    // Waiting costs nothing, and does not end in failure.
    let waiting = OutgoingState::Waiting;
    assert_eq!(states(&running.service).iter().filter(|state| **state == waiting).count(), 2);
    // Those on call are told all the same.
    assert!(house.pager.count("campaign-closed") == 1);
    house.surroundings.pass(DAY);
    until("the others go out", || house.phone.count() == 4).await;
    running.stop().await.unwrap();
    // What went out counts after a restart.
    let running = house.start().await;
    correct(&running.service, 1).await;
    rounds().await;
    assert_eq!(house.phone.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_failed_for_certain_is_sent_again() {
    let house = House::new();
    house.enroll(1);
    house.phone.then(later("busy"));
    house.phone.then(later("busy"));
    let running = house.start().await;
    correct(&running.service, 1).await;
    for _ in 0..20 {
        house.surroundings.pass(MINUTE);
        rounds().await;
    }
    let sent = house.phone.sent();
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|(id, ..)| *id == sent[0].0), "by one id");
    assert_eq!(texts(&running.service), [(OutgoingState::Delivered, 3, "a receipt".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_refused_is_not_sent_again() {
    let house = House::new();
    house.enroll(1);
    house.phone.then(Next::Fail(DeliveryError::Refused { why: "no such number".to_owned() }));
    let running = house.start().await;
    correct(&running.service, 1).await;
    for _ in 0..20 {
        house.surroundings.pass(MINUTE);
        rounds().await;
    }
    assert_eq!(house.phone.count(), 1);
    let expected = (OutgoingState::Failed, 1, "no such number".to_owned());
    assert_eq!(texts(&running.service), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_text_whose_answer_is_lost_is_never_sent_again() {
    let house = House::new();
    house.enroll(1);
    house.phone.then(unknown());
    let running = house.start().await;
    correct(&running.service, 1).await;
    for _ in 0..20 {
        house.surroundings.pass(20 * MINUTE);
        rounds().await;
    }
    assert_eq!(house.phone.count(), 1);
    assert_eq!(states(&running.service), [OutgoingState::Unknown]);
    let matters = running.service.attention().unwrap();
    assert!(matters.iter().any(|matter| matter.matter == "outcome-unknown"), "{matters:?}");
    running.stop().await.unwrap();
    let running = house.start().await;
    rounds().await;
    assert_eq!((house.phone.count(), states(&running.service)), (1, vec![OutgoingState::Unknown]));
}

#[test]
fn a_text_that_a_crash_interrupted_is_never_sent_again() {
    let house = House::new();
    house.enroll(1);
    house.phone.then(Next::Hang);
    // The process ends while the provider is being asked: its tasks are gone with the runtime.
    paused().block_on(async {
        let running = house.start().await;
        correct(&running.service, 1).await;
        until("the provider is asked", || house.phone.count() == 1).await;
        assert_eq!(states(&running.service), [OutgoingState::Waiting]);
    });
    paused().block_on(async {
        let running = house.start().await;
        until("it is settled", || states(&running.service) == [OutgoingState::Unknown]).await;
        rounds().await;
        assert_eq!(house.phone.count(), 1);
        let matters = running.service.attention().unwrap();
        assert_eq!(matters.iter().filter(|m| m.matter == "outcome-unknown").count(), 1);
    });
}

fn paused() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().expect("a runtime")
}

#[tokio::test(start_paused = true)]
async fn a_text_whose_end_cannot_be_written_down_is_not_sent_again() {
    let house = House::new();
    house.enroll(1);
    let running = house.start().await;
    rounds().await;
    let taken = take(&running.service, 1, "a", LURE).await;
    rounds().await;
    // The ruling, the correction and the attempt are kept; what came of it is not, for long.
    let request = RulingRequest::Report(taken.report.unwrap(), Ruling::Benign);
    (4..60).for_each(|nth| house.journal.fail_append(nth, AppendFault::Unavailable));
    running.service.rule(request, ANN).await.unwrap();
    until("it goes out", || house.phone.count() == 1).await;
    for _ in 0..20 {
        rounds().await;
    }
    until("it is written down", || states(&running.service) == [OutgoingState::Delivered]).await;
    assert_eq!(house.phone.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_cannot_be_written_down_is_not_made_and_made_later() {
    for fault in [AppendFault::Unavailable, AppendFault::AnswerLost] {
        let house = House::new();
        house.enroll(1);
        house.phone.then(later("busy"));
        let running = house.start().await;
        let taken = take(&running.service, 1, "a", LURE).await;
        rounds().await;
        let request = RulingRequest::Report(taken.report.unwrap(), Ruling::Benign);
        running.service.rule(request, ANN).await.unwrap();
        until("it is tried", || house.phone.count() == 1).await;
        until("and fails", || texts(&running.service)[0].1 == 1).await;
        rounds().await;
        // The next that is written down is that it is tried again.
        (1..5).for_each(|nth| house.journal.fail_append(nth, fault.clone()));
        house.surroundings.pass(20 * MINUTE);
        until("it goes out", || states(&running.service) == [OutgoingState::Delivered]).await;
        assert_eq!(house.phone.count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn views_that_lag_make_nothing_go_out_twice() {
    let views = Arc::new(FakeViews::new());
    let people = Arc::new(unhook_app::people::fake::FakePeople::new());
    let house = House::with(FakeJournal::new(7), Arc::clone(&views) as _, people);
    house.enroll(1);
    house.phone.then(later("busy"));
    let running = house.start().await;
    correct(&running.service, 1).await;
    until("it is tried", || texts(&running.service).first().is_some_and(|text| text.1 == 1)).await;
    views.set_stuck(true);
    house.surroundings.pass(20 * MINUTE);
    until("it goes out", || house.phone.count() == 2).await;
    for _ in 0..20 {
        house.surroundings.pass(20 * MINUTE);
        rounds().await;
    }
    assert_eq!((house.phone.count(), running.service.health().troubles.len()), (2, 1));
    views.set_stuck(false);
    until("it is settled", || states(&running.service) == [OutgoingState::Delivered]).await;
    rounds().await;
    assert_eq!((house.phone.count(), running.service.health().troubles.len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_pager_that_fails_is_tried_again_by_the_same_id_and_with_pauses() {
    let house = House::new();
    house.enroll(1);
    (0..3).for_each(|_| house.pager.then(later("busy")));
    house.pager.then(unknown());
    let running = house.start().await;
    take(&running.service, 1, "a", LURE).await;
    until("it is tried", || house.pager.alerts().len() == 1).await;
    rounds().await;
    assert_eq!(house.pager.alerts().len(), 1, "no time has passed");
    for _ in 0..60 {
        house.surroundings.pass(MINUTE);
        rounds().await;
    }
    let alerts = house.pager.alerts();
    let first: Vec<_> = alerts.iter().filter(|alert| alert.kind == "campaign-opened").collect();
    assert_eq!(first.len(), 5);
    assert!(first.iter().all(|alert| alert.id == first[0].id));
}

#[tokio::test(start_paused = true)]
async fn a_pager_that_hangs_holds_up_no_text_and_no_stop() {
    let house = House::new();
    house.enroll(1);
    house.pager.then(Next::Hang);
    let running = house.start().await;
    correct(&running.service, 1).await;
    until("the text goes out", || house.phone.count() == 1).await;
    let stopped = tokio::time::timeout(Duration::from_secs(60), running.stop()).await;
    stopped.expect("it stops").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_hundred_texts_that_cannot_go_out_hold_up_nobody_else() {
    let mut house = House::new();
    house.settings.texts.daily = 0;
    house.enroll_all(0..150);
    let running = house.start().await;
    for from in 0..150 {
        take(&running.service, from, &format!("{from}"), LURE).await;
    }
    let campaign = running.service.campaigns(None, None, 1).unwrap()[0].id;
    let request = RulingRequest::Campaign(campaign, Ruling::Benign);
    running.service.rule(request, ANN).await.unwrap();
    take(&running.service, 1, "another", crate::house::OTHER_LURE).await;
    until("those on call hear of it", || house.pager.count("campaign-opened") == 2).await;
    assert_eq!(house.phone.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_notice_goes_to_everyone_who_was_reached_whatever_its_length() {
    let mut house = House::new();
    house.settings.texts.daily = 10_000;
    house.enroll_all(0..603);
    let running = house.start().await;
    for from in 0..600 {
        take(&running.service, from, &format!("{from}"), LURE).await;
    }
    let campaign = running.service.campaigns(None, None, 1).unwrap()[0].id;
    let draft = running.service.draft_notice(campaign).unwrap();
    assert_eq!((draft.reporters, draft.everyone), (600, 603));
    let send = |text: String| running.service.send_notice(campaign, text, Audience::Reporters, ANN);
    for wrong in [String::new(), "x".repeat(919), "\u{1}".repeat(900), "see \u{202e}moc".into()] {
        assert!(matches!(send(wrong).await, Err(ServiceError::Invalid(_))));
    }
    let (_, people) = send("\"".repeat(918)).await.unwrap();
    assert_eq!(people, 600);
    let requested = house.records().into_iter().filter(|record| match record {
        Record::Requested(outgoing) => {
            matches!(outgoing.what, unhook_app::record::Telling::Notice { .. })
        }
        _ => false,
    });
    assert_eq!(requested.count(), 600);
    let everyone = running.service.send_notice(campaign, "Careful".into(), Audience::Everyone, ANN);
    assert_eq!(everyone.await.unwrap().1, 603);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_let_go_tells_nobody_any_more() {
    let house = House::new();
    house.enroll(1);
    let Running { service, .. } = house.start().await;
    tokio::task::yield_now().await;
    let error = service.take(crate::house::text(1, "a", LURE)).await;
    rounds().await;
    let told = house.pager.alerts().len() + house.phone.count();
    if error.is_err() {
        assert_eq!(told, 0);
    }
    for _ in 0..5 {
        house.surroundings.pass(20 * MINUTE);
        rounds().await;
    }
    assert_eq!(house.pager.alerts().len() + house.phone.count(), told);
    assert!(service.take(crate::house::text(1, "b", LURE)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_text_whose_end_is_lost_on_the_way_to_the_journal_is_not_sent_again() {
    let house = House::new();
    house.enroll(1);
    house.phone.then(later("busy"));
    let running = house.start().await;
    correct(&running.service, 1).await;
    until("it is tried", || texts(&running.service).first().is_some_and(|text| text.1 == 1)).await;
    rounds().await;
    // The attempt is kept. Others are faster each time that its end is to be.
    for number in 2..=17 {
        let reviewed = Record::Reviewed { matter: "none".to_owned(), by: ANN, at: NOW };
        let events = vec![unhook_app::wire::encode(&reviewed)];
        let commit = Commit { id: CommitId::from_bytes([number; 16]), events };
        house.journal.fail_append(u64::from(number), AppendFault::Overtaken(commit));
    }
    house.surroundings.pass(20 * MINUTE);
    until("it goes out", || house.phone.count() == 2).await;
    until("it is written down", || states(&running.service) == [OutgoingState::Delivered]).await;
    rounds().await;
    assert_eq!(house.phone.count(), 2);
}
