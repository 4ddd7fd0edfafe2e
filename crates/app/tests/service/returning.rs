//! After somebody was evicted the actor comes back: the campaign goes on, and those on call hear of it once.

use std::sync::Arc;

use unhook_app::identity::fake::{FakeAccount, FakeIdentityProvider};
use unhook_app::identity::{Device, Network, SignIn, SignInOutcome};
use unhook_app::journal::fake::FakeJournal;
use unhook_app::ledger::{By, Observed, Touch, Via};
use unhook_app::people::Entry;
use unhook_app::record::Record;
use unhook_app::service::Running;
use unhook_app::{Contact, Service, Standing};
use unhook_engine::Stage;
use unhook_engine::response::{Asked, Deed, Event, Rung};
use unhook_model::{CampaignId, Timestamp};

use crate::house::{ANN, House, LURE, MINUTE, NEAR_LURE, NOW, phone, take, until};

const LOGIN: &str = "1@acme.example";
const DAY: i64 = 24 * 60;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_ms(NOW.unix_ms() + minute * MINUTE)
}

/// A sign-in from an address, on a device, and whether anything is foreign about it.
fn sign_in(minute: i64, address: u8, device: &str, is_foreign: bool) -> SignIn {
    SignIn {
        id: format!("{minute} {address} {device}"),
        account: None,
        login: LOGIN.to_owned(),
        at: at(minute),
        event: "sign-in".to_owned(),
        outcome: SignInOutcome::Success,
        address: Some([192, 0, 2, address].into()),
        network: Network { is_anonymous: Some(is_foreign), ..Network::default() },
        device: Device {
            id: Some(device.to_owned()),
            is_new: Some(is_foreign),
            ..Device::default()
        },
        session: None,
    }
}

fn observed(sign_in: SignIn) -> Observed {
    Observed::SignedIn(Box::new(sign_in))
}

fn house() -> House<FakeJournal> {
    let mut house = House::new();
    let entry = Entry {
        key: "staff 1".to_owned(),
        names: Vec::new(),
        standing: Standing::Staff,
        language: None,
        contacts: vec![phone(1), Contact::Mail(LOGIN.to_owned())],
    };
    house.people.import(&[entry], NOW).expect("import");
    house.enroll(2);
    let provider = Arc::new(FakeIdentityProvider::new());
    let account = FakeAccount { login: LOGIN.to_owned(), sessions: 2, ..FakeAccount::default() };
    provider.add("u1", account);
    house.identity_providers = vec![provider];
    house
}

fn campaign(service: &Service) -> CampaignId {
    service.campaigns(None, None, 9).expect("campaigns")[0].id
}

fn stage(service: &Service) -> Stage {
    service.campaigns(None, None, 9).expect("campaigns")[0].stage
}

fn eviction(service: &Service) -> Option<Asked> {
    let mut all = service.actions(None, 99).into_iter();
    all.rfind(|asked| matches!(asked.action.deed, Deed::Evict { .. }))
}

fn returned(service: &Service) -> Option<(Timestamp, String)> {
    eviction(service)?.returned
}

/// Somebody opened the lure, somebody else signed in as them a minute later, at ten the eviction was done.
async fn evicted(house: &House<FakeJournal>) -> Running<Arc<FakeJournal>> {
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "a", LURE).await;
    take(service, 2, "b", NEAR_LURE).await;
    let name = "acme-okta.example".into();
    let touch = Touch { name, by: By::Account(LOGIN.into()), at: at(0), via: Via::Proxy };
    let seen = vec![Observed::Touched(touch), observed(sign_in(1, 66, "theirs", true))];
    service.take_logs(seen).await.expect("they are joined");
    let asked = eviction(service).expect("the playbook asks");
    house.surroundings.set(at(10));
    service.approve(asked.action.id, ANN).await.expect("it is agreed to");
    until("it is done", || eviction(service).is_some_and(|asked| asked.settled_at.is_some())).await;
    running
}

fn returns(house: &House<FakeJournal>) -> usize {
    let is_return = |record: &&Record| matches!(record, Record::Response(Event::Returned { .. }));
    house.records().iter().filter(is_return).count()
}

async fn check(seen: SignIn, is_back: bool) {
    let house = house();
    let running = evicted(&house).await;
    let what = format!("{seen:?}");
    house.surroundings.set(seen.at.max(at(10)));
    running.service.take_logs(vec![observed(seen)]).await.expect("it is joined");
    assert_eq!(returned(&running.service).is_some(), is_back, "{what}");
    assert_eq!(returns(&house), usize::from(is_back), "{what}");
}

#[tokio::test(start_paused = true)]
async fn what_is_the_actors_is_told_from_what_is_the_owners() {
    check(sign_in(60, 77, "another", true), true).await;
    // A device that he had added is no stranger to the provider any more, nor is his address.
    check(sign_in(60, 77, "theirs", false), true).await;
    check(sign_in(60, 66, "another", false), true).await;
    check(sign_in(13 * DAY, 66, "theirs", false), true).await;
    // The owner signs in again, from a network that hides who is behind it.
    let mut vpn = sign_in(60, 1, "own", false);
    check(vpn.clone(), false).await;
    vpn.network.is_anonymous = Some(true);
    check(vpn, false).await;
    let wrong = SignIn { outcome: SignInOutcome::WrongPassword, ..sign_in(60, 66, "theirs", true) };
    check(wrong, false).await;
    check(sign_in(9, 66, "theirs", true), false).await;
    check(sign_in(15 * DAY, 66, "theirs", true), false).await;
    // The owner refused the second factor: somebody knows the new password.
    let denied = SignInOutcome::SecondFactorDenied;
    check(SignIn { outcome: denied, ..sign_in(60, 99, "x", false) }, true).await;
}

#[tokio::test(start_paused = true)]
async fn the_campaign_goes_on_and_those_on_call_hear_of_it_once() {
    let house = house();
    let running = evicted(&house).await;
    let service = &running.service;
    let reopened = |house: &House<FakeJournal>| house.pager.count("actor-returned");
    house.surroundings.set(at(15 * DAY));
    service.take_logs(vec![observed(sign_in(3 * DAY, 77, "x", true))]).await.expect("joined");
    until("they hear of it", || reopened(&house) == 1).await;
    assert_eq!(stage(service), Stage::Active, "nothing was reported for two weeks");
    let people = service.exposure(campaign(service)).unwrap().unwrap().people;
    let back = people[0].seen.iter().find(|seen| seen.source == "after-eviction").expect("shown");
    assert_eq!((back.rung, back.at), (Rung::Session, at(3 * DAY)));
    // An earlier one, known later, is the same comeback; a later one is none of its own.
    let late = vec![
        observed(sign_in(2 * DAY, 78, "y", true)),
        observed(sign_in(4 * DAY, 79, "z", true)),
        observed(sign_in(3 * DAY, 77, "x", true)),
    ];
    service.take_logs(late).await.expect("joined");
    assert_eq!(returned(service).expect("it is known").0, at(2 * DAY));
    crate::house::rounds().await;
    assert_eq!(reopened(&house), 1);
    // The playbook asks for another eviction.
    let asked = service.asked();
    let again = asked.iter().filter(|asked| matches!(asked.action.deed, Deed::Evict { .. }));
    assert_eq!(again.count(), 1);
    // And all that outlives the service.
    let before = (returned(service), returns(&house));
    running.stop().await.unwrap();
    let running = house.start().await;
    running.service.take_logs(vec![observed(sign_in(3 * DAY, 77, "x", true))]).await.unwrap();
    crate::house::rounds().await;
    assert_eq!((returned(&running.service), returns(&house)), before);
    assert_eq!(reopened(&house), 1);
}

#[tokio::test(start_paused = true)]
async fn in_whatever_order_logs_come_it_is_the_same_comeback() {
    let seen = [
        sign_in(60, 1, "own", false),
        sign_in(70, 66, "own", false),
        sign_in(80, 77, "theirs", false),
        sign_in(90, 78, "another", true),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let house = house();
        let running = evicted(&house).await;
        house.surroundings.set(at(120));
        for nth in order {
            let one = vec![observed(seen[nth].clone())];
            running.service.take_logs(one).await.expect("it is joined");
        }
        let (when, evidence) = returned(&running.service).expect("they are back");
        assert_eq!(when, at(70), "{order:?}");
        assert!(evidence.starts_with("the password was right, from the address"), "{evidence}");
        crate::house::rounds().await;
        assert_eq!(house.pager.count("actor-returned"), 1, "{order:?}");
    }
}
