//! Names stop resolving and resolve again, and nothing protected ever does not, whichever door it
//! comes by.

use std::sync::Arc;

use unhook_app::record::Record;
use unhook_app::service::{BlockRequest, Known, ListRequest, RulingRequest};
use unhook_app::views::NameRuling;
use unhook_app::{Service, ServiceError};
use unhook_detect::Knowledge;
use unhook_engine::response::{Block, Event, Lift, Listing};
use unhook_model::{Hostname, Organization, Timestamp};

use crate::house::{ANN, House, MINUTE, NOW, rounds, until};

fn host(name: &str) -> Hostname {
    Hostname::parse(name).expect("a host")
}

fn request(name: &str) -> BlockRequest {
    BlockRequest {
        name: name.to_owned(),
        reason: "it imitates our sign-in".to_owned(),
        campaign: None,
        expires_at: None,
    }
}

fn list(names: &[&str]) -> ListRequest {
    ListRequest {
        list: "feed".to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        reason: "a feed".to_owned(),
        expires_at: None,
    }
}

fn is_blocked(service: &Service, name: &str) -> bool {
    service.blocklist().find(name).is_some()
}

/// A block as a journal may hold it, whoever wrote that.
fn written(name: &str) -> Record {
    Record::Response(Event::Blocked(Block {
        name: host(name),
        reason: "somebody wrote it".to_owned(),
        campaign: None,
        action: None,
        by: None,
        at: NOW,
        expires_at: None,
    }))
}

const PROTECTED: [&str; 7] = [
    "acme.example",
    "sso.acme.example",
    "okta.com",
    "partner.example",
    "pages.dev",
    "co.uk",
    "google.com",
];

#[tokio::test(start_paused = true)]
async fn a_name_stops_resolving_until_somebody_lifts_it() {
    let house = House::new();
    let running = house.start().await;
    let service = &running.service;
    service.block(request("Acme-Okta[.]example"), ANN).await.unwrap();
    assert!(is_blocked(service, "www.acme-okta.example"));
    assert!(!is_blocked(service, "okta.example"));
    assert_eq!(service.lift(&host("www.acme-okta.example"), ANN).await.unwrap(), None);
    assert!(service.lift(&host("acme-okta.example"), ANN).await.unwrap().is_some());
    assert!(!is_blocked(service, "acme-okta.example"));
    assert_eq!(service.lifted(9)[0].1, Lift::Undone);
}

#[tokio::test(start_paused = true)]
async fn what_is_blocked_is_blocked_after_a_restart() {
    let house = House::new();
    let running = house.start().await;
    running.service.block(request("acme-okta.example"), ANN).await.unwrap();
    running.service.import_list(list(&["listed.example"]), ANN).await.unwrap();
    running.stop().await.unwrap();
    let running = house.start().await;
    assert!(is_blocked(&running.service, "acme-okta.example"));
    assert!(is_blocked(&running.service, "listed.example"));
}

#[tokio::test(start_paused = true)]
async fn a_block_ends_when_its_time_is_over() {
    let house = House::new();
    let running = house.start().await;
    let expires_at = Some(Timestamp::from_unix_ms(NOW.unix_ms() + MINUTE));
    let request = BlockRequest { expires_at, ..request("acme-okta.example") };
    running.service.block(request.clone(), ANN).await.unwrap();
    house.surroundings.pass(MINUTE);
    until("it is over", || !is_blocked(&running.service, "acme-okta.example")).await;
    assert_eq!(running.service.lifted(9)[0].1, Lift::Expired);
    let error = running.service.block(request, ANN).await.unwrap_err();
    assert!(error.to_string().contains("past"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn nothing_protected_is_blocked_by_asking() {
    let house = House::new();
    let running = house.start().await;
    for name in PROTECTED.into_iter().chain(["10.0.0.1", "localhost", "", "a b.example"]) {
        let error = running.service.block(request(name), ANN).await.unwrap_err();
        assert!(matches!(error, ServiceError::Invalid(_)), "{name}: {error}");
    }
    assert!(running.service.blocks().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_protected_is_blocked_by_a_list() {
    let house = House::new();
    let running = house.start().await;
    let names = [&PROTECTED[..], &["listed.example", "no name", "listed.example"]].concat();
    let import = running.service.import_list(list(&names), ANN).await.unwrap();
    assert_eq!((import.added, import.count, import.refused), (1, 1, PROTECTED.len() + 1));
    assert!(import.refusals.iter().any(|(name, why)| name == "no name" && why.contains("letters")));
    assert!(PROTECTED.iter().all(|name| !is_blocked(&running.service, name)));
}

#[tokio::test(start_paused = true)]
async fn nothing_protected_is_blocked_by_what_a_journal_says() {
    let house = House::new();
    house.start().await.stop().await.unwrap();
    let mut records: Vec<Record> = PROTECTED.map(written).into();
    records.push(written("acme-okta.example"));
    records.push(Record::Response(Event::Listed(Listing {
        list: "feed".to_owned(),
        added: PROTECTED.map(host).into(),
        removed: Vec::new(),
        count: PROTECTED.len() as u64,
        reason: "a feed".to_owned(),
        by: None,
        at: NOW,
        expires_at: None,
    })));
    house.append_records(1, &records).await;
    let running = house.start().await;
    let service = &running.service;
    assert!(PROTECTED.iter().all(|name| !is_blocked(service, name)));
    assert!(is_blocked(service, "acme-okta.example"));
    // And they are not left standing.
    until("they are lifted", || service.blocks().len() == 1).await;
    assert!(service.lifted(99).iter().all(|(_, why, _)| *why == Lift::Protected));
}

#[tokio::test(start_paused = true)]
async fn what_comes_to_be_known_proves_every_block_again() {
    let house = House::new();
    let running = house.start().await;
    let service = &running.service;
    for name in ["supplier.example", "acme-okta.example", "fine.example"] {
        service.block(request(name), ANN).await.unwrap();
    }
    service.import_list(list(&["portal.supplier.example", "evil.example"]), ANN).await.unwrap();
    let organization = Organization {
        partners: vec!["supplier.example".to_owned()],
        ..house.knowledge.organization().clone()
    };
    service.know(Known {
        knowledge: Arc::new(Knowledge::for_organization(&organization)),
        judge: "another".to_owned(),
        organization: "Acme".to_owned(),
    });
    until("it is lifted", || !is_blocked(service, "portal.supplier.example")).await;
    assert!(!is_blocked(service, "supplier.example"));
    service
        .rule(RulingRequest::Name("fine.example".to_owned(), NameRuling::Allow), ANN)
        .await
        .unwrap();
    until("what is allowed is lifted", || !is_blocked(service, "fine.example")).await;
    assert!(is_blocked(service, "acme-okta.example") && is_blocked(service, "evil.example"));
    let error = service.block(request("www.fine.example"), ANN).await.unwrap_err();
    assert!(error.to_string().contains("ruled"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_list_becomes_what_is_brought_in() {
    let house = House::new();
    let running = house.start().await;
    let service = &running.service;
    let many: Vec<String> = (0..12_000).map(|n| format!("listed-{n}.example")).collect();
    let big = ListRequest { names: many, ..list(&[]) };
    assert_eq!(service.import_list(big.clone(), ANN).await.unwrap().added, 12_000);
    let again = service.import_list(big, ANN).await.unwrap();
    assert_eq!((again.added, again.removed, again.count), (0, 0, 12_000));
    let fewer = service.import_list(list(&["listed-7.example", "new.example"]), ANN).await.unwrap();
    assert_eq!((fewer.added, fewer.removed, fewer.count), (1, 11_999, 2));
    assert!(is_blocked(service, "listed-7.example") && !is_blocked(service, "listed-8.example"));
    service.import_list(list(&[]), ANN).await.unwrap();
    assert!(service.block_lists().is_empty() && service.blocklist().whole().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_list_ends_when_its_time_is_over() {
    let house = House::new();
    let running = house.start().await;
    let expires_at = Some(Timestamp::from_unix_ms(NOW.unix_ms() + MINUTE));
    let request = ListRequest { expires_at, ..list(&["listed.example"]) };
    running.service.import_list(request, ANN).await.unwrap();
    rounds().await;
    house.surroundings.pass(MINUTE);
    until("it is over", || running.service.block_lists().is_empty()).await;
    assert!(!is_blocked(&running.service, "listed.example"));
}

#[tokio::test(start_paused = true)]
async fn what_a_list_is_called_and_why_is_said_within_bounds() {
    let house = House::new();
    let running = house.start().await;
    for name in ["", "a/b", "a b", &"a".repeat(65)] {
        let request = ListRequest { list: name.to_owned(), ..list(&["listed.example"]) };
        assert!(running.service.import_list(request, ANN).await.is_err(), "{name}");
    }
    for reason in ["", "  ", &"a".repeat(501)] {
        let request = BlockRequest { reason: reason.to_owned(), ..request("acme-okta.example") };
        assert!(running.service.block(request, ANN).await.is_err(), "{reason}");
    }
}
