//! Logs come in, and the ledger says how far a campaign got with whom.

use std::net::IpAddr;
use std::sync::Arc;

use unhook_app::identity::{Device, Network, SignIn, SignInOutcome};
use unhook_app::journal::fake::FakeJournal;
use unhook_app::ledger::{By, Holder, Lease, Observed, Touch, Via};
use unhook_app::people::Entry;
use unhook_app::record::Record;
use unhook_app::resolving::{Client, Gating, LookedUp};
use unhook_app::safe::fake::FakeSafe;
use unhook_app::safe::{Item, Safe};
use unhook_app::service::{Ladder, Sighting};
use unhook_app::warning::{Said, Visit, Warnings as _};
use unhook_app::{Contact, Service, Standing};
use unhook_engine::response::playbook::{Does, Mode, Playbook, Rule, When};
use unhook_engine::response::{Event, Exposed, Rung};
use unhook_model::{CampaignId, PersonId, Timestamp};

use crate::house::{
    HARMLESS, House, LURE, MINUTE, NEAR_LURE, NOW, OTHER_LURE, pause, phone, take, until,
};

const NAME: &str = "acme-okta.example";

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_ms(NOW.unix_ms() + minute * MINUTE)
}

fn address(n: u8) -> IpAddr {
    [192, 0, 2, n].into()
}

fn looked_up(name: &str, n: u8, minute: i64) -> Observed {
    let by = By::Client(Client::Address(address(n)));
    Observed::Touched(Touch { name: name.into(), by, at: at(minute), via: Via::Resolver })
}

fn leased(n: u8, account: &str) -> Observed {
    let client = Client::Address(address(n));
    let holder = Holder::Account(account.into());
    let (from, until) = (at(-60), Some(at(600)));
    Observed::Leased(Lease { client, holder, from, until, key: None })
}

fn signed_in(login: &str, minute: i64) -> Observed {
    Observed::SignedIn(Box::new(SignIn {
        id: "1".to_owned(),
        account: None,
        login: login.to_owned(),
        at: at(minute),
        event: "sign-in".to_owned(),
        outcome: SignInOutcome::Success,
        address: None,
        network: Network { is_anonymous: Some(true), ..Network::default() },
        device: Device { is_new: Some(true), ..Device::default() },
        session: None,
    }))
}

/// A house where two are enrolled: Ann by her account, Bob by his phone alone.
fn house() -> House<FakeJournal> {
    let house = House::new();
    let entry = |key: &str, contacts| Entry {
        key: key.to_owned(),
        names: Vec::new(),
        standing: Standing::Staff,
        language: None,
        contacts,
    };
    let ann = vec![phone(1), Contact::Account("ann@acme.example".to_owned())];
    let entries = [entry("1", ann), entry("2", vec![phone(2)]), entry("3", vec![phone(3)])];
    house.people.import(&entries, NOW).expect("they are enrolled");
    house
}

fn person(service: &Service, contact: &Contact) -> PersonId {
    service.people().owner(contact).expect("a directory").expect("somebody")
}

fn campaign(service: &Service) -> CampaignId {
    service.campaigns(None, None, 9).expect("campaigns")[0].id
}

fn exposure(service: &Service) -> Ladder {
    service.exposure(campaign(service)).expect("it is readable").expect("there is one")
}

fn on(ladder: &Ladder, rung: Rung) -> usize {
    ladder.rungs.iter().find(|(known, _)| *known == rung).expect("a rung").1
}

fn events(house: &House<FakeJournal>) -> usize {
    let is_exposure = |record: &&Record| {
        matches!(record, Record::Response(Event::Exposed(_) | Event::Withdrawn { .. }))
    };
    house.records().iter().filter(is_exposure).count()
}

#[tokio::test(start_paused = true)]
async fn logs_say_how_far_a_campaign_got() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    take(service, 2, "1", LURE).await;
    let logs = vec![
        leased(1, "Ann@acme.example"),
        looked_up("www.acme-okta.example", 1, 1),
        looked_up("news.example", 1, 1),
        signed_in("ann@acme.example", 3),
        looked_up(NAME, 9, 2),
    ];
    let joined = service.take_logs(logs.clone()).await.expect("they are taken");
    assert_eq!((joined.joined, joined.exposed, joined.withdrawn), (3, 3, 0));
    let ladder = exposure(service);
    assert_eq!(ladder.count, 2, "{ladder:?}");
    let all = [Rung::Received, Rung::Visited, Rung::Submitted, Rung::Session, Rung::Data];
    assert_eq!(all.map(|rung| on(&ladder, rung)), [1, 1, 0, 1, 0]);
    assert_eq!(ladder.unknown.len(), 1);
    let ann = &ladder.people[0];
    assert_eq!(ann.person, person(service, &phone(1)));
    // Taken again, nothing is kept that stands there already.
    let before = events(&house);
    let again = service.take_logs(logs).await.expect("they are taken");
    assert_eq!((again.exposed, again.withdrawn, events(&house)), (0, 0, before));
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_seen_is_not_taken_for_nothing() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "1", LURE).await;
    take(service, 2, "2", NEAR_LURE).await;
    let sighting = |contact, rung: Rung| {
        let ladder = exposure(service);
        let who = person(service, &phone(contact));
        let climb = ladder.people.iter().find(|climb| climb.person == who).expect("they are in it");
        climb.rungs.iter().find(|(known, _)| *known == rung).expect("a rung").1
    };
    assert_eq!(sighting(1, Rung::Received), Sighting::Seen);
    assert_eq!(sighting(1, Rung::Visited), Sighting::NotObservable);
    house.surroundings.pass(5 * MINUTE);
    let give = async |logs: Vec<Observed>| _ = service.take_logs(logs).await.expect("taken");
    // Hers is a device, and nobody knows with which address; another's looks names up.
    let device = Client::Device("laptop".into());
    let owned = match leased(1, "ann@acme.example") {
        Observed::Leased(lease) => Observed::Leased(Lease { client: device, ..lease }),
        other => other,
    };
    give(vec![owned, looked_up("news.example", 9, 1)]).await;
    assert_eq!(sighting(1, Rung::Visited), Sighting::NotObservable, "hers looks nothing up here");
    give(vec![leased(1, "ann@acme.example"), looked_up("news.example", 1, -200)]).await;
    assert_eq!(sighting(1, Rung::Visited), Sighting::NotObservable, "that was before");
    give(vec![looked_up("news.example", 1, 1)]).await;
    assert_eq!(sighting(1, Rung::Visited), Sighting::NothingSeen);
    assert_eq!(sighting(2, Rung::Visited), Sighting::NotObservable, "his phone is his own");
    give(vec![signed_in("somebody@else.example", 1)]).await;
    assert_eq!(sighting(1, Rung::Session), Sighting::NotObservable, "nobody tells of her");
    give(vec![signed_in("ann@acme.example", -200)]).await;
    assert_eq!(sighting(1, Rung::Session), Sighting::NothingSeen);
    assert_eq!(sighting(2, Rung::Session), Sighting::NotObservable, "he has no account");
    assert_eq!(sighting(1, Rung::Data), Sighting::NotObservable, "no application tells anything");
}

#[tokio::test(start_paused = true)]
async fn what_an_account_opened_before_the_first_report_counts() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    let by = By::Account("ann@acme.example".into());
    let (name, at) = (NAME.into(), at(-30));
    let opened = Observed::Touched(Touch { name, by, at, via: Via::Proxy });
    service.take_logs(vec![opened]).await.expect("they are taken");
    take(service, 2, "1", LURE).await;
    service.take_logs(Vec::new()).await.expect("they are taken");
    assert_eq!(on(&exposure(service), Rung::Visited), 1);
}

#[tokio::test(start_paused = true)]
async fn a_line_of_the_future_ends_nothing() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    take(service, 2, "1", LURE).await;
    let ahead = looked_up(NAME, 9, 60 * 24 * 400);
    service.take_logs(vec![ahead]).await.expect("they are taken");
    let logs = vec![leased(1, "ann@acme.example"), looked_up(NAME, 1, 1)];
    service.take_logs(logs).await.expect("they are taken");
    let ladder = exposure(service);
    assert_eq!((on(&ladder, Rung::Visited), ladder.unknown.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn what_was_looked_up_before_the_first_report_counts() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    service.take_logs(vec![looked_up(NAME, 9, -30)]).await.expect("it is taken");
    assert_eq!(events(&house), 0, "nothing of it is kept");
    take(service, 2, "1", LURE).await;
    until("the look-up is in the ledger", || exposure(service).unknown.len() == 1).await;
    assert_eq!(exposure(service).unknown[0].at, at(-30));
}

/// How long it takes until what was looked up is kept, in milliseconds.
const KEPT_BY_NOW: u64 = 6 * 60 * 1000;

/// A house with this safe, in which something was looked up and the service ended.
async fn looked_up_before(safe: &Arc<FakeSafe>) -> House<FakeJournal> {
    let mut house = house();
    house.safe = Arc::clone(safe) as Arc<dyn Safe>;
    let running = house.start().await;
    running.service.take_logs(vec![looked_up(NAME, 9, -30)]).await.expect("it is taken");
    running.stop().await.expect("it ends");
    house
}

fn failures(service: &Service) -> u64 {
    let counts = service.counts();
    let mut named = counts.counters.iter();
    named.find(|counter| counter.name == "look_back_failures_total").expect("it is counted").value
}

#[tokio::test(start_paused = true)]
async fn what_was_looked_up_before_a_restart_counts() {
    let house = looked_up_before(&Arc::default()).await;
    assert_eq!(events(&house), 0, "nothing of it is in the journal");
    let running = house.start().await;
    take(&running.service, 2, "1", LURE).await;
    until("it is in the ledger", || exposure(&running.service).unknown.len() == 1).await;
    assert_eq!(exposure(&running.service).unknown[0].at, at(-30));
    assert_eq!(failures(&running.service), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_looked_up_before_a_crash_counts_as_far_as_it_was_kept() {
    let mut house = house();
    let safe = Arc::new(FakeSafe::default());
    house.safe = safe.clone();
    let crashed = house.start().await;
    crashed.service.take_logs(vec![looked_up(NAME, 9, -30)]).await.expect("it is taken");
    assert_eq!(safe.content(Item::LookBack), None);
    pause(KEPT_BY_NOW).await;
    assert!(safe.content(Item::LookBack).is_some_and(|kept| kept.len() > 50), "it is kept");
    // The first is not stopped.
    let running = house.start().await;
    take(&running.service, 2, "1", LURE).await;
    until("it is in the ledger", || exposure(&running.service).unknown.len() == 1).await;
    drop(crashed);
}

#[tokio::test(start_paused = true)]
async fn what_was_looked_up_is_forgotten_after_three_days_whoever_was_away() {
    let safe = Arc::new(FakeSafe::default());
    let house = looked_up_before(&safe).await;
    let is_kept = || {
        let kept = safe.content(Item::LookBack).expect("it is there");
        kept.windows(NAME.len()).any(|part| part == NAME.as_bytes())
    };
    assert!(is_kept());
    house.surroundings.pass(72 * 60 * MINUTE);
    house.start().await.stop().await.expect("it ends");
    assert!(!is_kept(), "it is forgotten at the start");
    let running = house.start().await;
    take(&running.service, 2, "1", LURE).await;
    pause(5_000).await;
    assert_eq!(exposure(&running.service).unknown, []);
}

#[tokio::test(start_paused = true)]
async fn a_look_back_that_cannot_be_read_is_said_and_keeps_nobody_from_the_start() {
    for is_damaged in [true, false] {
        let safe = Arc::new(FakeSafe::default());
        let house = looked_up_before(&safe).await;
        if is_damaged {
            safe.damage();
        } else {
            safe.keep(Item::LookBack, b"\x01not a look-back").expect("it is kept");
        }
        let running = house.start().await;
        assert_eq!(failures(&running.service), 1);
        take(&running.service, 2, "1", LURE).await;
        pause(5_000).await;
        assert_eq!(exposure(&running.service).unknown, []);
        running
            .service
            .take_logs(vec![looked_up("acme-wallet.example", 9, -5)])
            .await
            .expect("taken");
        running.stop().await.expect("it ends");
        let running = house.start().await;
        take(&running.service, 3, "2", OTHER_LURE).await;
        let seen = || running.service.campaigns(None, None, 9).expect("campaigns").len() == 2;
        until("there are two", seen).await;
        let all = running.service.campaigns(None, None, 9).expect("campaigns");
        let unknown = |id| running.service.exposure(id).expect("readable").expect("one").unknown;
        until("it begins anew", || all.iter().any(|own| unknown(own.id).len() == 1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_is_said_and_holds_up_nobody() {
    let mut house = house();
    let safe = Arc::new(FakeSafe::default());
    house.safe = safe.clone();
    let running = house.start().await;
    safe.set_unavailable(true);
    running.service.take_logs(vec![looked_up(NAME, 9, -30)]).await.expect("it is taken");
    pause(KEPT_BY_NOW).await;
    assert!(failures(&running.service) > 0, "it was tried");
    take(&running.service, 2, "1", LURE).await;
    until("it is in the ledger", || exposure(&running.service).unknown.len() == 1).await;
    running.stop().await.expect("it ends");
    assert_eq!(safe.content(Item::LookBack), None);
}

#[tokio::test(start_paused = true)]
async fn after_an_erasure_nobody_is_remembered_and_what_comes_after_is() {
    let mut house = house();
    let safe = Arc::new(FakeSafe::default());
    house.safe = safe.clone();
    let running = house.start().await;
    running.service.take_logs(vec![looked_up(NAME, 9, -30)]).await.expect("it is taken");
    pause(KEPT_BY_NOW).await;
    assert!(safe.content(Item::LookBack).is_some_and(|kept| kept.len() > 50), "it is kept");
    safe.erase();
    pause(KEPT_BY_NOW).await;
    let kept = safe.content(Item::LookBack).expect("it is there");
    assert!(!kept.windows(NAME.len()).any(|part| part == NAME.as_bytes()));
    running.service.take_logs(vec![looked_up(NAME, 8, -3)]).await.expect("it is taken");
    running.stop().await.expect("it ends");
    let running = house.start().await;
    take(&running.service, 2, "1", LURE).await;
    until("it is in the ledger", || exposure(&running.service).unknown.len() == 1).await;
    assert_eq!(exposure(&running.service).unknown[0].at, at(-3), "what came before is forgotten");
    assert_eq!(failures(&running.service), 0);
}

#[tokio::test(start_paused = true)]
async fn who_was_sent_the_text_received_it() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    take(service, 2, "1", LURE).await;
    let list = [(phone(1), at(0)), (phone(3), at(0)), (phone(77), at(0))];
    let recipients = service.recipients(campaign(service), &list).await.expect("it is taken");
    let recipients = recipients.expect("there is a campaign");
    assert_eq!((recipients.known, recipients.unknown), (2, 1));
    assert_eq!(on(&exposure(service), Rung::Received), 3);
    let none = CampaignId::from_bytes([9; 16]);
    assert_eq!(service.recipients(none, &list).await.expect("it is taken"), None);
    assert_eq!(service.exposure(none).expect("it is readable"), None);
}

#[tokio::test(start_paused = true)]
async fn the_ledger_outlives_the_service() {
    let house = house();
    let running = house.start().await;
    take(&running.service, 2, "1", LURE).await;
    running.service.take_logs(vec![looked_up(NAME, 9, 2)]).await.expect("it is taken");
    let before = exposure(&running.service);
    running.stop().await.expect("it ends");
    let running = house.start().await;
    assert_eq!(exposure(&running.service).unknown, before.unknown);
    let again = running.service.take_logs(vec![looked_up(NAME, 9, 2)]).await;
    assert_eq!(again.expect("it is taken").exposed, 0);
}

#[tokio::test(start_paused = true)]
async fn our_own_resolver_tells_who_asked() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    take(service, 2, "1", LURE).await;
    let gate = service.gate();
    assert_eq!(gate.gating(NAME), Gating::Pass);
    let lookup = |n| LookedUp {
        name: "www.acme-okta.example".into(),
        client: Client::Address(address(n)),
        at: at(1),
        was_blocked: true,
    };
    let request = unhook_app::service::BlockRequest {
        name: NAME.to_owned(),
        reason: "it imitates our sign-in".to_owned(),
        campaign: None,
        expires_at: None,
    };
    service.block(request, crate::house::ANN).await.expect("it is blocked");
    assert_eq!(gate.gating("www.acme-okta.example"), Gating::Block { start: 4 });
    gate.looked_up(vec![lookup(4), lookup(4), lookup(5)]);
    until("they are in the ledger", || exposure(service).unknown.len() == 2).await;
    let seen = &exposure(service).unknown[0];
    assert!(matches!(seen.who, Exposed::Unknown(_)));
    assert!(seen.evidence.ends_with("which did not resolve"), "{seen:?}");
    let hits = service.hits(&unhook_model::Hostname::parse(NAME).expect("a name"));
    assert_eq!((hits.count, hits.clients, hits.hours.len()), (3, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_block_that_waits_would_have_stopped_is_counted() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    take(service, 2, "1", LURE).await;
    take(service, 3, "2", LURE).await;
    let asked = service.asked();
    assert_eq!(asked.len(), 1, "the careful playbook asks: {asked:?}");
    let before = service.would_hit(&asked[0]).expect("a block");
    assert_eq!((before.hits.count, before.reports, before.staff), (0, 2, 2));
    let lookup = |name: &str, n| LookedUp {
        name: name.into(),
        client: Client::Address(address(n)),
        at: at(1),
        was_blocked: false,
    };
    service.take_logs(vec![leased(1, "ann@acme.example")]).await.expect("it is taken");
    let names = ["www.acme-okta.example", NAME, "not-acme-okta.example", "news.example"];
    service.gate().looked_up(names.iter().map(|name| lookup(name, 1)).collect());
    service.gate().looked_up(vec![lookup(NAME, 9)]);
    until("Ann's look-up is in the ledger", || on(&exposure(service), Rung::Visited) == 1).await;
    let would = service.would_hit(&asked[0]).expect("a block");
    assert_eq!((would.hits.count, would.hits.clients), (3, 2), "{would:?}");
    assert_eq!((would.reports, would.staff), (2, 3), "two who reported, and Ann");
    service.approve(asked[0].action.id, crate::house::ANN).await.expect("it is agreed to");
    service.gate().looked_up(vec![lookup(NAME, 9)]);
    assert_eq!(service.would_hit(&asked[0]).expect("a block").hits.count, 3, "nothing waits");
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_nothing_is_held() {
    let house = house();
    let running = house.start().await;
    assert_eq!(running.service.gate().gating(NAME), Gating::Pass);
    take(&running.service, 2, "1", OTHER_LURE).await;
    assert_eq!(exposure(&running.service).unknown, []);
}

/// A playbook that evicts whoever got as far as it can be told to, without asking.
fn rash() -> Playbook {
    let when = When { exposure: Some(Rung::Visited), ..When::default() };
    let does = Does::Evict { suspend: true };
    let evict = Rule { id: "evict".to_owned(), when, does, mode: Mode::Auto };
    Playbook { careful_days: Some(0), rules: vec![evict], ..Playbook::careful() }
}

async fn block(service: &Service, name: &str) {
    let request = unhook_app::service::BlockRequest {
        name: name.to_owned(),
        reason: "it imitates our sign-in".to_owned(),
        campaign: None,
        expires_at: None,
    };
    service.block(request, crate::house::ANN).await.expect("it is blocked");
}

fn visit(service: &Service, host: &str, n: u8, minute: i64) -> Option<Visit> {
    let stopped = service.stopped(host)?;
    Some(Visit { host: host.into(), stopped, address: address(n), at: at(minute) })
}

#[tokio::test(start_paused = true)]
async fn what_people_do_at_the_page_that_warns_is_in_the_ledger_and_evicts_nobody() {
    let mut house = house();
    house.settings.playbook = std::sync::Arc::new(rash());
    let running = house.start().await;
    let service = &running.service;
    take(service, 2, "1", LURE).await;
    block(service, NAME).await;
    assert_eq!(visit(service, "news.example", 1, 1), None);
    let here = |n, minute| visit(service, "www.acme-okta.example", n, minute).expect("blocked");
    service.visited(here(1, 1));
    service.said(here(1, 2), Said::Typed).await.expect("it is kept");
    service.said(here(9, 2), Said::Typed).await.expect("it is kept");
    until("the visit is kept", || exposure(service).unknown.len() == 3).await;
    assert_eq!(on(&exposure(service), Rung::Submitted), 0, "nobody is known to have been there");
    // The log of who had which address comes later, and one address was nobody's.
    service.take_logs(vec![leased(1, "ann@acme.example")]).await.expect("it is taken");
    let ladder = exposure(service);
    assert_eq!([Rung::Visited, Rung::Submitted].map(|rung| on(&ladder, rung)), [1, 1]);
    let ann = ladder.people.iter().find(|climb| climb.person == person(service, &phone(1)));
    let seen: Vec<_> = ann.expect("Ann").seen.iter().map(|seen| &*seen.source).collect();
    assert_eq!(seen, ["warning-page", "statement"]);
    assert_eq!((ladder.unknown.len(), ladder.unknown[0].rung), (1, Rung::Submitted));
    // Neither is ever enough: somebody is asked.
    let actions = service.actions(None, 9);
    assert!(actions.iter().all(|asked| asked.missing() > 0), "{actions:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_said_at_the_page_that_warns_comes_up_for_the_team() {
    let house = house();
    let running = house.start().await;
    let service = &running.service;
    block(service, "lure.example").await;
    let here = visit(service, "login.lure.example", 1, 1).expect("it is blocked");
    service.said(here.clone(), Said::Mistake).await.expect("it is kept");
    service.said(here, Said::Typed).await.expect("no campaign knows the name, and it is kept");
    let waits = || {
        let waits = service.attention().expect("it is readable").into_iter();
        waits.map(|waits| waits.matter).collect::<Vec<_>>()
    };
    until("both came up", || waits().len() == 2).await;
    let mut waits = waits();
    waits.sort();
    assert_eq!(waits, ["warning-mistake:lure.example", "warning-typed:lure.example"]);
}

#[tokio::test(start_paused = true)]
async fn of_one_page_of_a_log_everybody_and_every_campaign_is_looked_at() {
    const MANY: u8 = 45;
    let mut house = House::new();
    let (mut rash, account) = (rash(), |n: u8| format!("p{n}@acme.example"));
    rash.rules[0].mode = Mode::Ask;
    house.settings.playbook = std::sync::Arc::new(rash);
    let entries: Vec<Entry> = (1..=MANY)
        .map(|n| Entry {
            key: n.to_string(),
            names: Vec::new(),
            standing: Standing::Staff,
            language: None,
            contacts: vec![phone(n.into()), Contact::Account(account(n))],
        })
        .collect();
    house.people.import(&entries, NOW).expect("they are enrolled");
    let running = house.start().await;
    let service = &running.service;
    take(service, 1, "1", LURE).await;
    take(service, 2, "2", OTHER_LURE).await;
    let opened = |n: u8, name: &str| {
        let by = By::Account(account(n).into());
        Observed::Touched(Touch { name: name.into(), by, at: at(1), via: Via::Proxy })
    };
    let mut page: Vec<Observed> = (1..MANY).map(|n| opened(n, NAME)).collect();
    page.push(opened(MANY, "acme-wallet.example"));
    service.take_logs(page).await.expect("they are taken in");
    assert_eq!(service.asked().len(), usize::from(MANY));
    assert!(service.asked().iter().all(|asked| asked.action.approvals <= 2));
}

#[tokio::test(start_paused = true)]
async fn about_a_site_that_people_went_to_days_before_it_asks() {
    for (days, is_asked) in [(2, true), (0, false)] {
        let mut house = house();
        let bold = Playbook { careful_days: Some(0), ..Playbook::careful() };
        house.settings.playbook = std::sync::Arc::new(bold);
        let running = house.start().await;
        let service = &running.service;
        let before = looked_up(NAME, 1, -days * 24 * 60 - 1);
        service.take_logs(vec![before]).await.expect("it is taken in");
        take(service, 1, "1", LURE).await;
        take(service, 2, "2", NEAR_LURE).await;
        assert_eq!(service.blocklist().find(NAME).is_none(), is_asked, "{days}");
        assert_eq!(service.asked().len(), usize::from(is_asked), "{days}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lure_does_not_become_a_site_of_ours_by_being_looked_up() {
    let mut house = house();
    let bold = Playbook { careful_days: Some(0), ..Playbook::careful() };
    house.settings.playbook = std::sync::Arc::new(bold);
    let running = house.start().await;
    let service = &running.service;
    service.take_logs(vec![looked_up(NAME, 1, -60)]).await.expect("it is taken in");
    take(service, 1, "1", LURE).await;
    until("it is in the ledger", || exposure(service).unknown.len() == 1).await;
    house.surroundings.pass(73 * 60 * MINUTE);
    service.take_logs(vec![looked_up("news.example", 2, 73 * 60)]).await.expect("taken in");
    take(service, 3, "2", HARMLESS).await;
    pause(1_000).await;
    take(service, 2, "3", NEAR_LURE).await;
    assert!(service.blocklist().find(NAME).is_some());
}
