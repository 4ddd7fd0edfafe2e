//! Names that are new and look like the organization do not resolve for a day, unless somebody says otherwise.

use std::sync::Arc;

use unhook_app::Service;
use unhook_app::journal::fake::FakeJournal;
use unhook_app::ledger::{By, Observed, Touch, Via};
use unhook_app::resolving::{Client, Gating, LookedUp};
use unhook_app::safe::fake::FakeSafe;
use unhook_app::safe::{Item, Safe};
use unhook_app::service::{Known, RulingRequest, Settings};
use unhook_app::views::NameRuling;
use unhook_detect::Knowledge;
use unhook_model::{Hostname, Organization, Timestamp};

use crate::house::{ANN, House, MINUTE, pause};

const NAME: &str = "acme-okta.example";

const HOUR: i64 = 60 * MINUTE;

/// A house that holds names, with what it keeps.
fn house() -> (House<FakeJournal>, Arc<FakeSafe>) {
    let (mut house, safe) = (House::new(), Arc::new(FakeSafe::default()));
    house.settings = Settings { hold: true, ..house.settings };
    house.safe = safe.clone();
    (house, safe)
}

fn held(service: &Service) -> Vec<String> {
    service.held().iter().map(|hold| hold.name.to_string()).collect()
}

fn name(text: &str) -> Hostname {
    Hostname::parse(text).expect("a name")
}

fn lookup(service: &Service, name: &str, n: u8, was_blocked: bool) -> LookedUp {
    let client = Client::Address([192, 0, 2, n].into());
    LookedUp { name: name.into(), client, at: service.now(), was_blocked }
}

/// As a log says it that is handed in.
async fn was_looked_up(service: &Service, name: &str, at: Timestamp) {
    let by = By::Client(Client::Address([192, 0, 2, 1].into()));
    let touch = Touch { name: name.into(), by, at, via: Via::Resolver };
    service.take_logs(vec![Observed::Touched(touch)]).await.expect("it is taken");
}

#[tokio::test(start_paused = true)]
async fn a_new_name_that_looks_like_us_is_held_for_a_day_if_that_is_set() {
    let (house, _) = house();
    let running = house.start().await;
    let (service, gate) = (&running.service, running.service.gate());
    assert_eq!(gate.gating("sso.acme-okta.example"), Gating::Hold);
    assert_eq!(gate.gating(NAME), Gating::Hold, "with all below it");
    let all = service.held();
    let [hold] = &all[..] else { panic!("{all:?}") };
    assert_eq!((&*hold.name, &*hold.host), (NAME, "sso.acme-okta.example"));
    assert_eq!((&*hold.brand, hold.since), ("Acme", service.now()));
    assert_eq!(hold.until.unix_ms() - hold.since.unix_ms(), 24 * HOUR);
    for name in ["acme.example", "www.acme.example", "news.example", "okta.com", "partner.example"]
    {
        assert_eq!(gate.gating(name), Gating::Pass, "{name}");
    }
    gate.looked_up(vec![lookup(service, "sso.acme-okta.example", 4, true)]);
    gate.looked_up(vec![lookup(service, NAME, 5, true), lookup(service, "news.example", 5, true)]);
    let hits = service.hits(&name(NAME));
    assert_eq!((hits.count, hits.clients), (2, 2), "as of one that is blocked");
    house.surroundings.pass(25 * HOUR);
    assert_eq!(gate.gating(NAME), Gating::Pass);
    assert_eq!(held(service), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_somebody_releases_resolves_and_is_not_held_again() {
    let (house, _) = house();
    let running = house.start().await;
    let gate = running.service.gate();
    assert!(!running.service.release(&name(NAME)).await, "nothing is held");
    assert_eq!(gate.gating(NAME), Gating::Hold);
    assert!(!running.service.release(&name("news.example")).await);
    assert!(running.service.release(&name(NAME)).await);
    assert!(!running.service.release(&name(NAME)).await, "it is not held any more");
    for name in [NAME, "login.acme-okta.example"] {
        assert_eq!(gate.gating(name), Gating::Pass, "{name}");
    }
    assert_eq!(held(&running.service), [""; 0]);
    // A crash: nothing is stopped.
    let again = house.start().await;
    assert_eq!(again.service.gate().gating(NAME), Gating::Pass, "it is kept at once");
    drop(running);
}

#[tokio::test(start_paused = true)]
async fn what_is_ruled_or_known_otherwise_meanwhile_resolves_at_once() {
    let (house, _) = house();
    let running = house.start().await;
    let (service, gate) = (&running.service, running.service.gate());
    let names = ["acme-okta.example", "acme-sso.example", "acme-login.example"];
    names.iter().for_each(|name| assert_eq!(gate.gating(name), Gating::Hold, "{name}"));
    let harmless = RulingRequest::Name(names[0].to_owned(), NameRuling::Benign);
    service.rule(harmless, ANN).await.expect("it is ruled");
    assert_eq!(gate.gating(names[0]), Gating::Pass, "somebody ruled it harmless");
    let organization = Organization {
        partners: vec![names[1].to_owned()],
        ..house.knowledge.organization().clone()
    };
    let known = |organization: &Organization| Known {
        knowledge: Arc::new(Knowledge::for_organization(organization)),
        judge: "test".to_owned(),
        organization: "Acme".to_owned(),
    };
    service.know(known(&organization));
    assert_eq!(gate.gating(names[1]), Gating::Pass, "it is a partner's");
    assert_eq!(held(service), [names[2]]);
    service.know(known(&Organization { brands: Vec::new(), ..organization }));
    assert_eq!(gate.gating(names[2]), Gating::Pass, "it imitates nobody of ours any more");
    assert_eq!(held(service), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_looks_like_us_below_a_name_that_does_not_is_held_too() {
    let (house, _) = house();
    let running = house.start().await;
    let (service, gate) = (&running.service, running.service.gate());
    assert_eq!(gate.gating("www.evil.test"), Gating::Pass);
    assert_eq!(gate.gating("login.acme.example.evil.test"), Gating::Hold, "whatever came before");
    assert_eq!(held(service), ["evil.test"], "it is all new");
    was_looked_up(service, "www.vendor.test", service.now()).await;
    house.surroundings.pass(25 * HOUR);
    assert_eq!(gate.gating("login.acme.example.vendor.test"), Gating::Hold);
    assert_eq!(gate.gating("a.login.acme.example.vendor.test"), Gating::Hold);
    assert_eq!(gate.gating("www.vendor.test"), Gating::Pass, "what is known resolves");
    assert_eq!(gate.gating("acme.vendor.test"), Gating::Pass, "as customers of somebody's have it");
    assert_eq!(held(service), ["login.acme.example.vendor.test"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_looked_up_before_a_restart_is_not_new_after_it() {
    let (house, _) = house();
    let running = house.start().await;
    was_looked_up(&running.service, NAME, running.service.now()).await;
    running.stop().await.expect("it ends");
    house.surroundings.pass(25 * HOUR);
    let running = house.start().await;
    assert_eq!(running.service.gate().gating(NAME), Gating::Pass);
    assert_eq!(running.service.gate().gating("acme-sso.example"), Gating::Hold);
    running.stop().await.expect("it ends");
    house.surroundings.pass(HOUR);
    let running = house.start().await;
    assert_eq!(held(&running.service), ["acme-sso.example"], "a restart lets nothing go");
    house.surroundings.pass(24 * HOUR);
    assert_eq!(running.service.gate().gating("acme-sso.example"), Gating::Pass, "nor is it longer");
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_kept_now_and_then_and_when_it_cannot_be_read_that_is_said() {
    let (house, safe) = house();
    let crashed = house.start().await;
    assert_eq!(crashed.service.gate().gating(NAME), Gating::Hold);
    assert_eq!(safe.content(Item::Holds), None);
    pause(6 * 60 * 1_000).await;
    let kept = safe.content(Item::Holds).expect("it is kept");
    let running = house.start().await;
    assert_eq!(held(&running.service), [NAME]);
    drop(running);
    safe.keep(Item::Holds, &kept[..kept.len() / 2]).expect("it is kept");
    let running = house.start().await;
    assert_eq!(held(&running.service), [""; 0]);
    let counts = running.service.counts();
    let failures = counts.counters.iter().find(|counter| counter.name == "hold_failures_total");
    assert_eq!(failures.expect("it is counted").value, 1);
    drop(crashed);
}
