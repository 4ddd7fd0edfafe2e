//! What a playbook has done and what it asks, and what people say of that.

use std::sync::Arc;

use unhook_app::journal::fake::FakeJournal;
use unhook_app::record::Record;
use unhook_app::service::RulingRequest;
use unhook_app::{Service, ServiceError};
use unhook_engine::Ruling;
use unhook_engine::response::playbook::{Does, Mode, Playbook, Rule, When};
use unhook_engine::response::{ActionState, Deed, Event, Lift, Rung};
use unhook_model::{ActionId, Hostname, PersonId};

use crate::house::{ANN, HARMLESS, House, LURE, MINUTE, NEAR_LURE, rounds, take, until};

const BEN: PersonId = PersonId::from_bytes([0xb; 16]);
const NAME: &str = "acme-okta.example";
const DAY: i64 = 24 * 60 * MINUTE;

/// A house whose playbook does not wait for fourteen days.
fn bold() -> House<FakeJournal> {
    let mut house = House::new();
    house.settings.playbook = Arc::new(Playbook { careful_days: Some(0), ..Playbook::careful() });
    house.enroll_all(1..6);
    house
}

fn careful() -> House<FakeJournal> {
    let house = House::new();
    house.enroll_all(1..6);
    house
}

fn is_blocked(service: &Service) -> bool {
    service.blocklist().find(NAME).is_some()
}

fn only_action(service: &Service) -> ActionId {
    let actions = service.actions(None, 9);
    assert_eq!(actions.len(), 1, "{actions:?}");
    actions[0].action.id
}

#[tokio::test(start_paused = true)]
async fn a_lure_that_two_people_reported_is_blocked_with_the_second_report() {
    let house = bold();
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "a", LURE).await;
    assert!(!is_blocked(service), "one person is not enough");
    take(service, 2, "b", NEAR_LURE).await;
    assert!(is_blocked(service));
    let records = house.records();
    let kept = records.iter().rposition(|record| matches!(record, Record::Kept(_)));
    let blocked = |record: &Record| matches!(record, Record::Response(Event::Blocked(_)));
    let blocked = records.iter().position(blocked);
    assert!(kept < blocked, "{kept:?} {blocked:?}");
}

#[tokio::test(start_paused = true)]
async fn strangers_block_nothing() {
    let house = bold();
    let running = house.start().await;
    for stranger in 900..910 {
        take(&running.service, stranger, &format!("s{stranger}"), LURE).await;
    }
    assert!(!is_blocked(&running.service));
    assert!(running.service.actions(None, 9).is_empty());
}

#[tokio::test(start_paused = true)]
async fn in_the_first_days_it_asks_and_somebody_agrees() {
    let house = careful();
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "a", LURE).await;
    take(service, 2, "b", NEAR_LURE).await;
    assert!(!is_blocked(service));
    let asked = service.asked();
    assert!(asked[0].action.would_run, "it says what it would have done");
    assert!(service.approve(asked[0].action.id, ANN).await.unwrap().is_some());
    assert!(is_blocked(service));
    let again = service.approve(asked[0].action.id, BEN).await.unwrap_err();
    assert!(matches!(again, ServiceError::Invalid(_)), "{again}");
    assert!(service.undo(asked[0].action.id, ANN).await.unwrap().is_some());
    assert!(!is_blocked(service));
    assert_eq!(service.lifted(9)[0].1, Lift::Undone);
    assert!(service.undo(asked[0].action.id, ANN).await.is_err(), "there is nothing left");
    // And what was undone is not done again by the next report.
    take(service, 3, "c", LURE).await;
    assert!(!is_blocked(service));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_declined_is_not_asked_again() {
    let house = careful();
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "a", LURE).await;
    take(service, 2, "b", NEAR_LURE).await;
    let id = only_action(service);
    assert!(service.decline(id, "", ANN).await.is_err(), "a reason is needed");
    service.decline(id, "our own campaign", ANN).await.unwrap();
    assert_eq!(service.action(id).unwrap().state(), ActionState::Declined);
    assert!(service.approve(id, BEN).await.is_err());
    take(service, 3, "c", LURE).await;
    assert_eq!(only_action(service), id);
}

#[tokio::test(start_paused = true)]
async fn after_the_first_days_it_does_what_it_would_have_done() {
    let of_somebody = Playbook { careful_days: Some(14), ..Playbook::careful() };
    for (playbook, runs) in [(of_somebody, true), (Playbook::careful(), false)] {
        let mut house = careful();
        house.settings.playbook = Arc::new(playbook);
        let running = house.start().await;
        take(&running.service, 1, "a", HARMLESS).await;
        running.stop().await.unwrap();
        house.surroundings.pass(14 * DAY);
        let running = house.start().await;
        take(&running.service, 1, "b", LURE).await;
        take(&running.service, 2, "c", NEAR_LURE).await;
        assert_eq!(is_blocked(&running.service), runs, "only if somebody wrote it down");
        assert_eq!(running.service.asked().is_empty(), runs);
    }
}

#[tokio::test(start_paused = true)]
async fn a_ruling_is_enough_and_takes_back_what_it_says_is_none() {
    let house = bold();
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "a", LURE).await;
    let campaign = service.campaigns(None, None, 9).unwrap()[0].id;
    service.rule(RulingRequest::Campaign(campaign, Ruling::Malicious), ANN).await.unwrap();
    assert!(is_blocked(service));
    let name = RulingRequest::Name(NAME.to_owned(), unhook_app::views::NameRuling::Benign);
    service.rule(name, ANN).await.unwrap();
    until("it resolves again", || !is_blocked(service)).await;
}

#[tokio::test(start_paused = true)]
async fn a_block_by_a_playbook_ends_and_begins_again_with_the_next_report() {
    let house = bold();
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "a", LURE).await;
    take(service, 2, "b", NEAR_LURE).await;
    house.surroundings.pass(7 * DAY);
    until("it is over", || !is_blocked(service)).await;
    take(service, 3, "c", LURE).await;
    take(service, 4, "d", LURE).await;
    assert!(is_blocked(service));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_decides_lapses() {
    let house = careful();
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "a", LURE).await;
    take(service, 2, "b", NEAR_LURE).await;
    let id = only_action(service);
    house.surroundings.pass(8 * DAY);
    assert!(service.approve(id, ANN).await.unwrap_err().to_string().contains("over"));
    until("it lapsed", || service.asked().is_empty()).await;
    assert_eq!(service.action(id).unwrap().state(), ActionState::Lapsed);
}

#[tokio::test(start_paused = true)]
async fn two_have_to_agree_where_two_have_to() {
    let house = careful();
    let running = house.start().await;
    let action = unhook_engine::response::Action {
        id: ActionId::from_bytes([7; 16]),
        campaign: None,
        deed: unhook_engine::response::Deed::Block {
            name: Hostname::parse(NAME).unwrap(),
            lasts: None,
        },
        rule: Some("wide".to_owned()),
        by: None,
        reason: "many".to_owned(),
        approvals: 2,
        would_run: false,
        at: crate::house::NOW,
        lapses_at: crate::house::NOW.plus(std::time::Duration::from_secs(3_600)),
    };
    running.stop().await.unwrap();
    house.append_records(1, &[Record::Response(Event::Proposed(action.clone()))]).await;
    let running = house.start().await;
    let service = &running.service;
    service.approve(action.id, ANN).await.unwrap();
    assert!(service.approve(action.id, ANN).await.is_err(), "nobody agrees twice");
    assert!(!is_blocked(service));
    service.approve(action.id, BEN).await.unwrap();
    assert!(is_blocked(service));
    rounds().await;
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_says_never_does_nothing() {
    let mut house = bold();
    let never = Rule {
        id: "never".to_owned(),
        when: When::default(),
        does: Does::Block { lasts: None },
        mode: Mode::Never,
    };
    let playbook = Playbook { careful_days: Some(0), rules: vec![never], ..Playbook::careful() };
    house.settings.playbook = Arc::new(playbook);
    let running = house.start().await;
    take(&running.service, 1, "a", LURE).await;
    take(&running.service, 2, "b", LURE).await;
    assert!(running.service.actions(None, 9).is_empty());
}

/// A house whose playbook asks about everybody with whom a campaign got so far.
fn asking(rung: Rung) -> House<FakeJournal> {
    let mut house = House::new();
    let rule = Rule {
        id: "ask".to_owned(),
        when: When { exposure: Some(rung), ..When::default() },
        does: Does::Evict { suspend: false },
        mode: Mode::Ask,
    };
    house.settings.playbook = Arc::new(Playbook { rules: vec![rule], ..Playbook::careful() });
    house.enroll_all(1..6);
    house
}

#[tokio::test(start_paused = true)]
async fn who_says_that_they_typed_something_in_has_a_rule_ask() {
    let running = asking(Rung::Submitted).start().await;
    let service = &running.service;
    take(service, 1, "a", LURE).await;
    assert!(service.actions(None, 9).is_empty(), "somebody got it, and no more");
    take(service, 1, "b", "I typed my password").await;
    let asked = service.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(matches!(asked[0].action.deed, Deed::Evict { suspend: false, .. }));
    let campaign = asked[0].action.campaign.expect("it is about one");
    let ladder = service.exposure(campaign).unwrap().expect("it is known");
    let submitted = ladder.people[0].seen.iter().filter(|seen| seen.rung == Rung::Submitted);
    assert_eq!(submitted.count(), 1, "it was said once");
}

#[tokio::test(start_paused = true)]
async fn who_reported_a_text_got_it() {
    let running = asking(Rung::Received).start().await;
    take(&running.service, 1, "a", LURE).await;
    take(&running.service, 2, "b", NEAR_LURE).await;
    assert_eq!(running.service.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_journal_says_what_another_playbook_would_have_done() {
    let house = careful();
    let running = house.start().await;
    take(&running.service, 1, "a", LURE).await;
    take(&running.service, 2, "b", NEAR_LURE).await;
    running.stop().await.unwrap();
    let play = async |playbook: &Playbook| {
        let partition = crate::house::partition();
        let (journal, popular) = (&*house.journal, Arc::default());
        let played =
            unhook_app::hindsight::play(journal, &partition, &house.knowledge, popular, playbook);
        let actions = played.await.unwrap();
        actions.iter().map(|action| (action.approvals, action.would_run)).collect::<Vec<_>>()
    };
    assert_eq!(play(&Playbook::careful()).await, [(1, true)]);
    let bold = Playbook { careful_days: Some(0), ..Playbook::careful() };
    assert_eq!(play(&bold).await, [(0, false)]);
    let nothing = Playbook { rules: Vec::new(), ..bold };
    assert_eq!(play(&nothing).await, []);
}
