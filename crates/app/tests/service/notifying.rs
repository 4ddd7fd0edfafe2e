//! Whom a campaign makes it necessary to tell: from an audit log to a list with times and words.

use std::time::Duration;

use unhook_app::access::Access as _;
use unhook_app::identity::{Device, Network, SignIn, SignInOutcome};
use unhook_app::journal::fake::FakeJournal;
use unhook_app::ledger::{Access, By, Holder, Lease, Observed, Touch, Via};
use unhook_app::people::Entry;
use unhook_app::record::Record;
use unhook_app::resolving::Client;
use unhook_app::service::{MOST_SETTLED, Notifications};
use unhook_app::{Contact, Service, ServiceError, Standing};
use unhook_engine::notification::{Status, Whom};
use unhook_engine::response::Rung;
use unhook_model::{CampaignId, PersonId, Timestamp};

use crate::house::{House, LURE, MINUTE, NOW, phone, take};

const BY: PersonId = PersonId::from_bytes([9; 16]);

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_ms(NOW.unix_ms() + minute * MINUTE)
}

fn account() -> Contact {
    Contact::Account("ann@acme.example".to_owned())
}

/// A house where Ann is enrolled, who will be caught, and Bob, who reports.
fn house() -> House<FakeJournal> {
    let house = House::new();
    let entry = |key: &str, contacts| Entry {
        key: key.to_owned(),
        names: vec![format!("Name {key}")],
        standing: Standing::Staff,
        language: None,
        contacts,
    };
    let entries = [entry("1", vec![phone(1), account()]), entry("2", vec![phone(2)])];
    house.people.import(&entries, NOW).expect("they are enrolled");
    house
}

fn touched(object: &str, minute: i64) -> Observed {
    Observed::Accessed(Access {
        account: "ann@acme.example".into(),
        at: at(minute),
        address: None,
        session: Some("s1".into()),
        application: "console".into(),
        object: Some(object.into()),
    })
}

/// Ann visits, and somebody else signs in as her.
fn attack() -> Vec<Observed> {
    let client = || Client::Address([192, 0, 2, 1].into());
    let holder = Holder::Account("ann@acme.example".into());
    let (from, until) = (at(-60), Some(at(600)));
    vec![
        Observed::Leased(Lease { client: client(), holder, from, until, key: None }),
        Observed::Touched(Touch {
            name: "acme-okta.example".into(),
            by: By::Client(client()),
            at: at(1),
            via: Via::Resolver,
        }),
        Observed::SignedIn(Box::new(SignIn {
            id: "1".to_owned(),
            account: None,
            login: "ann@acme.example".to_owned(),
            at: at(3),
            event: "sign-in".to_owned(),
            outcome: SignInOutcome::Success,
            address: None,
            network: Network { is_anonymous: Some(true), ..Network::default() },
            device: Device { is_new: Some(true), ..Device::default() },
            session: Some("s1".to_owned()),
        })),
    ]
}

fn campaign(service: &Service) -> CampaignId {
    service.campaigns(None, None, 9).expect("campaigns")[0].id
}

fn list(service: &Service) -> Notifications {
    service.notifications(campaign(service)).expect("there is one")
}

fn names(service: &Service) -> Vec<(String, String)> {
    let names = service.customer_names(campaign(service), "ticket 42", BY).expect("a reason");
    let mut names: Vec<_> = names.expect("a list").customers.into_values().collect();
    names.sort();
    names
}

fn kept(house: &House<FakeJournal>) -> usize {
    let is_one = |record: &&Record| matches!(record, Record::Notification(_));
    house.records().iter().filter(is_one).count()
}

async fn caught(house: &House<FakeJournal>, service: &Service) {
    take(service, 2, "1", LURE).await;
    let mut logs = attack();
    logs.extend([touched("Customer A", 9), touched("customer a", 10), touched("Customer A", 4)]);
    service.take_logs(logs).await.expect("they are taken");
    assert_eq!(kept(house), 3, "data was seen, and two customers");
}

#[tokio::test(start_paused = true)]
async fn what_a_session_touched_becomes_a_list_without_names() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    caught(&house, service).await;
    let found = list(service);
    assert_eq!((found.customers.len(), found.open_count), (2, 2));
    assert_eq!(found.aware_at, Some(service.now()));
    let first: Vec<_> = found.customers.values().flat_map(|c| c.touches.values()).collect();
    assert_eq!(first.iter().map(|touched| touched.at).min(), Some(at(4)));
    assert!(found.customers.values().all(|customer| found.stands(customer)));
    let ann = service.people().owner(&phone(1)).expect("a directory").expect("somebody");
    assert!(found.evidence[&ann].iter().any(|exposure| exposure.rung == Rung::Data));
    // Nothing of a customer's name is in the journal.
    let journal = format!("{:?}", house.records()).to_lowercase();
    assert!(!journal.contains("customer a") && journal.contains("console"));
    let expected = ["Customer A", "customer a"].map(|name| ("console".to_owned(), name.to_owned()));
    assert_eq!(names(service), expected);
}

#[tokio::test(start_paused = true)]
async fn the_same_logs_again_change_nothing_after_a_restart_either() {
    let house = house();
    let running = house.start().await;
    caught(&house, &running.service).await;
    let (before, logs) = (list(&running.service), || {
        let mut logs = attack();
        logs.extend([touched("Customer A", 4), touched("customer a", 10)]);
        logs
    });
    running.service.take_logs(logs()).await.expect("they are taken");
    assert_eq!(kept(&house), 3);
    running.stop().await.expect("it ends well");
    let running = house.start().await;
    assert_eq!(list(&running.service), before, "it is in the journal");
    running.service.take_logs(logs()).await.expect("they are taken");
    assert_eq!(kept(&house), 3);
    let earlier = vec![touched("Customer A", 3)];
    running.service.take_logs(earlier).await.expect("they are taken");
    assert_eq!(kept(&house), 4, "an earlier time is news");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_foreign_touched_is_on_no_list() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    take(service, 2, "1", LURE).await;
    service.take_logs(vec![touched("Customer A", 4)]).await.expect("they are taken");
    let found = list(service);
    assert!(found.customers.is_empty() && found.aware_at.is_none());
    assert!(found.deadlines.iter().all(|deadline| deadline.due_at.is_none()));
    assert_eq!(kept(&house), 0);
}

#[tokio::test(start_paused = true)]
async fn times_run_from_when_somebody_says_that_the_organization_knew() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    caught(&house, service).await;
    let due = |name: &str| {
        let found = list(service);
        found.deadlines.iter().find(|d| d.regime.name == name).expect("a rule").due_at
    };
    let hours = |from: Timestamp, hours: u64| Some(from.plus(Duration::from_secs(3_600 * hours)));
    assert_eq!(due("GDPR, authority"), hours(service.now(), 72));
    assert_eq!(due("GDPR, people"), None);
    let first = list(service).deadlines[0].due_at;
    assert_eq!(first, hours(service.now(), 24), "the nearest stands first");
    let id = campaign(service);
    let aware = service.became_aware(id, at(-30), "the on-call engineer saw it", BY).await;
    aware.expect("it is kept").expect("there is one");
    assert_eq!(due("GDPR, authority"), hours(at(-30), 72));
    for (moment, reason) in [(at(60 * 24 * 365), "x"), (at(-1), " ")] {
        let refused = service.became_aware(id, moment, reason, BY).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    }
    let nowhere = CampaignId::from_bytes([7; 16]);
    assert_eq!(service.became_aware(nowhere, at(0), "x", BY).await.expect("no trouble"), None);
}

#[tokio::test(start_paused = true)]
async fn who_was_told_and_who_sees_to_it_is_said_of_those_on_the_list_alone() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    caught(&house, service).await;
    let id = campaign(service);
    let customers: Vec<PersonId> = list(service).customers.into_keys().collect();
    let whom = |all: &[PersonId]| all.iter().copied().map(Whom::Customer).collect::<Vec<_>>();
    let informed = |at| Status::Informed { at, how: " by mail ".to_owned() };
    let settled =
        service.settle_notifications(id, whom(&customers[..1]), informed(at(-1)), BY).await;
    settled.expect("it is kept").expect("there is one");
    service.assign_customers(id, customers.clone(), Some(&phone(2)), BY).await.expect("kept");
    let regime = vec![Whom::Regime("GDPR, authority".to_owned())];
    let not_needed = || Status::NotNeeded { why: "no risk".to_owned() };
    service.settle_notifications(id, regime, not_needed(), BY).await.expect("kept");
    let found = list(service);
    let told = &found.customers[&customers[0]];
    let status = &told.status.as_ref().expect("somebody said").what;
    assert_eq!(*status, Status::Informed { at: at(-1), how: "by mail".to_owned() });
    let bob = service.people().owner(&phone(2)).expect("a directory");
    assert_eq!(told.owner.as_ref().expect("somebody said").what, bob);
    assert_eq!(found.open_count, 1);
    let gdpr = found.deadlines.iter().find(|d| d.regime.name == "GDPR, authority");
    assert_eq!(gdpr.and_then(|d| d.status.as_ref()).map(|said| &said.what), Some(&not_needed()));
    let before = kept(&house);
    let stranger = [BY];
    for (whom, status) in [
        (whom(&stranger), not_needed()),
        (whom(&[]), not_needed()),
        (whom(&vec![customers[0]; MOST_SETTLED + 1]), not_needed()),
        (whom(&customers), Status::NotNeeded { why: "  ".to_owned() }),
        (whom(&customers), informed(at(60 * 24 * 365))),
        (vec![Whom::Regime("no such rule".to_owned())], not_needed()),
    ] {
        let refused = service.settle_notifications(id, whom, status, BY).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    }
    let nobody = service.assign_customers(id, customers, Some(&phone(77)), BY).await;
    assert!(matches!(nobody, Err(ServiceError::Invalid(_))), "{nobody:?}");
    assert_eq!(kept(&house), before);
}

#[tokio::test(start_paused = true)]
async fn names_are_seen_for_a_recorded_reason_and_not_after_an_erasure() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    caught(&house, service).await;
    let id = campaign(service);
    assert!(service.customer_names(id, "  ", BY).is_err());
    assert_eq!(names(service).len(), 2);
    let trail = house.access.trail(None, 9).expect("a trail");
    let shown = trail.iter().filter(|(_, entry)| entry.action == "customers-revealed");
    let reasons: Vec<_> = shown.map(|(_, entry)| entry.reason.clone()).collect();
    assert_eq!(reasons, [Some("ticket 42".to_owned())]);
    let customer = *list(service).customers.keys().next().expect("a customer");
    assert!(service.people().erase(customer, service.now()).expect("erased"));
    assert_eq!(names(service).len(), 1);
    assert_eq!(list(service).customers.len(), 2, "that there was somebody stays");
}

#[tokio::test(start_paused = true)]
async fn a_list_rests_upon_nothing_once_the_evidence_is_withdrawn() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    caught(&house, service).await;
    // Bob had the address as well: nobody can say who visited.
    let client = Client::Address([192, 0, 2, 1].into());
    let holder = Holder::Account("bob@acme.example".into());
    let bob = Contact::Account("bob@acme.example".to_owned());
    let entry = Entry {
        key: "3".to_owned(),
        names: Vec::new(),
        standing: Standing::Staff,
        language: None,
        contacts: vec![bob],
    };
    house.people.import(&[entry], NOW).expect("he is enrolled");
    let lease = Lease { client, holder, from: at(-60), until: Some(at(600)), key: None };
    service.take_logs(vec![Observed::Leased(lease)]).await.expect("they are taken");
    let found = list(service);
    assert_eq!(found.customers.len(), 2);
    assert!(!found.customers.values().any(|customer| found.stands(customer)), "{found:?}");
}
