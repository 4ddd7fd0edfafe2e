//! Whom it was agreed to evict is signed out everywhere, whatever breaks on the way.

use std::sync::Arc;

use unhook_app::identity::IdentityError;
use unhook_app::identity::fake::{FakeAccount, FakeIdentityProvider};
use unhook_app::journal::fake::FakeJournal;
use unhook_app::people::Entry;
use unhook_app::record::Record;
use unhook_app::{Contact, Service, Standing};
use unhook_engine::response::{Action, Deed, Event, Outcome};
use unhook_model::{ActionId, PersonId};

use crate::house::{ANN, House, NOW, phone, until};

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

fn house() -> (House<FakeJournal>, Arc<FakeIdentityProvider>) {
    let mut house = House::new();
    enrol(&house);
    let provider = Arc::new(FakeIdentityProvider::new());
    provider.add("u1", account());
    house.identity_providers = vec![provider.clone()];
    (house, provider)
}

/// Somebody with a telephone, who signs in by an address.
fn enrol(house: &House<FakeJournal>) {
    let entry = Entry {
        key: "staff 1".to_owned(),
        names: Vec::new(),
        standing: Standing::Staff,
        language: None,
        contacts: vec![phone(1), Contact::Mail("1@acme.example".to_owned())],
    };
    house.people.import(&[entry], NOW).expect("import");
}

fn account() -> FakeAccount {
    let login = "1@acme.example".to_owned();
    FakeAccount { login, sessions: 2, tokens: 1, ..FakeAccount::default() }
}

fn person(house: &House<FakeJournal>) -> PersonId {
    house.people.owner(&phone(1)).expect("a directory").expect("somebody")
}

fn eviction(person: PersonId, suspend: bool) -> Action {
    Action {
        id: ActionId::from_bytes([5; 16]),
        campaign: None,
        deed: Deed::Evict { person, suspend },
        rule: None,
        by: Some(ANN),
        reason: "a session from elsewhere".to_owned(),
        approvals: 1,
        would_run: false,
        at: NOW,
        lapses_at: NOW.plus(HOUR),
    }
}

fn step(service: &Service, name: &str) -> Option<Outcome> {
    let asked = service.action(ActionId::from_bytes([5; 16])).expect("it was proposed");
    asked.steps.get(name).map(|(outcome, ..)| *outcome)
}

#[tokio::test(start_paused = true)]
async fn nobody_is_evicted_before_somebody_agreed() {
    let (house, provider) = house();
    house.start().await.stop().await.unwrap();
    let action = eviction(person(&house), true);
    house.append_records(1, &[Record::Response(Event::Proposed(action.clone()))]).await;
    let running = house.start().await;
    crate::house::pause(60_000).await;
    assert_eq!(provider.account("u1"), Some(account()));
    running.service.approve(action.id, ANN).await.unwrap();
    until("nobody gets in", || provider.account("u1").unwrap().is_suspended).await;
    let name = "mail-rules";
    until("it is kept", || step(&running.service, name) == Some(Outcome::ByHand)).await;
    let account = provider.account("u1").unwrap();
    assert_eq!((account.sessions, account.tokens, account.is_expired), (0, 0, true));
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_again_until_it_is_done() {
    let (house, provider) = house();
    house.start().await.stop().await.unwrap();
    let action = eviction(person(&house), false);
    house.append_records(1, &[Record::Response(Event::Proposed(action.clone()))]).await;
    let running = house.start().await;
    for _ in 0..3 {
        let why = "busy".to_owned();
        provider.fail_next(IdentityError::Later { why: why.clone(), after: None });
        provider.fail_next(IdentityError::Unknown { why });
    }
    running.service.approve(action.id, ANN).await.unwrap();
    for _ in 0..20 {
        crate::house::pause(10_000).await;
        house.surroundings.pass(10 * 60 * 1_000);
    }
    let account = provider.account("u1").unwrap();
    assert_eq!((account.sessions, account.tokens, account.is_expired), (0, 0, true));
    assert!(!account.is_suspended, "nobody asked for that");
}

#[tokio::test(start_paused = true)]
async fn a_crash_before_the_end_loses_no_eviction() {
    let (house, provider) = house();
    house.start().await.stop().await.unwrap();
    let action = eviction(person(&house), false);
    let agreed = Event::Approved { action: action.id, by: ANN, at: NOW };
    let records = [Event::Proposed(action), agreed].map(Record::Response);
    house.append_records(1, &records).await;
    let _running = house.start().await;
    until("it is done", || provider.account("u1").unwrap().is_expired).await;
    assert_eq!(provider.account("u1").unwrap().sessions, 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_added_meanwhile_is_for_a_person_to_look_at() {
    let (house, provider) = house();
    let factors = vec![("old".to_owned(), NOW.unix_ms() - 1), ("new".to_owned(), NOW.unix_ms())];
    provider.add("u1", FakeAccount { factors, ..account() });
    house.start().await.stop().await.unwrap();
    let action = eviction(person(&house), false);
    let agreed = Event::Approved { action: action.id, by: ANN, at: NOW };
    let records = [Event::Proposed(action.clone()), agreed].map(Record::Response);
    house.append_records(1, &records).await;
    let running = house.start().await;
    let by_hand = Some(Outcome::ByHand);
    until("it is said", || step(&running.service, "fake factors") == by_hand).await;
    let steps = running.service.action(action.id).unwrap().steps;
    assert!(steps["fake factors"].1.starts_with("1 added since"), "{steps:?}");
    assert_eq!(steps["fake devices"].0, Outcome::Done, "none was");
    assert_eq!(provider.account("u1").unwrap().factors.len(), 2, "nobody knows whose it is");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_here_can_do_is_said() {
    let mut house = House::new();
    enrol(&house);
    house.identity_providers = Vec::new();
    house.start().await.stop().await.unwrap();
    let action = eviction(person(&house), false);
    let agreed = Event::Approved { action: action.id, by: ANN, at: NOW };
    let records = [Event::Proposed(action), agreed].map(Record::Response);
    house.append_records(1, &records).await;
    let running = house.start().await;
    let by_hand = Some(Outcome::ByHand);
    until("it is said", || step(&running.service, "accounts") == by_hand).await;
    assert_eq!(step(&running.service, "application-sessions"), by_hand);
}
