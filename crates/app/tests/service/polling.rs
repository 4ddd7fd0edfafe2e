//! Who signed in is read from identity providers, whatever breaks on the way, and how each of them is
//! is known.

use std::sync::Arc;
use std::time::Duration;

use unhook_app::identity::fake::FakeIdentityProvider;
use unhook_app::identity::{
    Ability, Bookmarks as _, Device, FoundAccount, IdentityError, IdentityProvider, Network, Page,
    Performed, ProviderHealth, ProviderKind, ReadFrom, SignIn, SignInOutcome, Step,
};
use unhook_app::journal::fake::FakeJournal;
use unhook_app::ledger::{By, Observed, Touch, Via};
use unhook_app::people::{Entry, Pending};
use unhook_app::{Contact, Service, Standing};
use unhook_engine::response::Rung;
use unhook_model::{CampaignId, Timestamp};

use crate::house::{House, LURE, MINUTE, NEAR_LURE, NOW, pause, phone, take, until};

const NAME: &str = "acme-okta.example";
const LOGIN: &str = "1@acme.example";

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_ms(NOW.unix_ms() + minute * MINUTE)
}

/// One from elsewhere, on a device never seen before.
fn sign_in(id: i64, minute: i64) -> SignIn {
    SignIn {
        id: id.to_string(),
        account: Some("u1".to_owned()),
        login: LOGIN.to_owned(),
        at: at(minute),
        event: "sign-in".to_owned(),
        outcome: SignInOutcome::Success,
        address: None,
        network: Network { is_anonymous: Some(true), ..Network::default() },
        device: Device { is_new: Some(true), ..Device::default() },
        session: None,
    }
}

fn house(providers: Vec<Arc<dyn IdentityProvider>>) -> House<FakeJournal> {
    let mut house = House::new();
    let contacts = vec![phone(1), Contact::Mail(LOGIN.to_owned())];
    let entry = Entry {
        key: "staff 1".to_owned(),
        names: Vec::new(),
        standing: Standing::Staff,
        language: None,
        contacts,
    };
    house.people.import(&[entry], NOW).expect("import");
    house.enroll(2);
    house.identity_providers = providers;
    house
}

/// A campaign, whose lure was opened by somebody.
async fn caught(service: &Service) -> CampaignId {
    let taken = take(service, 1, "a", LURE).await;
    take(service, 2, "b", NEAR_LURE).await;
    let by = By::Account(LOGIN.into());
    let touch = Touch { name: NAME.into(), by, at: at(0), via: Via::Proxy };
    service.take_logs(vec![Observed::Touched(touch)]).await.expect("it is joined");
    let report = taken.report.expect("it is a report");
    service.report(report).expect("reports").expect("it is there").campaign.expect("one")
}

fn sessions(service: &Service, campaign: CampaignId) -> usize {
    let ladder = service.exposure(campaign).expect("it is read").expect("it is there");
    ladder.rungs.iter().find(|(rung, _)| *rung == Rung::Session).expect("a rung").1
}

fn health(service: &Service) -> ProviderHealth {
    service.identity_health().remove(0)
}

#[tokio::test(start_paused = true)]
async fn sign_ins_are_read_page_by_page_into_the_ledger() {
    let provider = Arc::new(FakeIdentityProvider::new());
    (0..5).for_each(|id| provider.sign_in(sign_in(id, 3 - 200 * (4 - id))));
    let house = house(vec![provider.clone()]);
    let running = house.start().await;
    let campaign = caught(&running.service).await;
    until("the session is seen", || sessions(&running.service, campaign) == 1).await;
    assert_eq!(health(&running.service).sign_ins, 5, "all pages");
    // What comes while it runs, too.
    provider.sign_in(sign_in(9, 4));
    until("it is read", || health(&running.service).sign_ins == 6).await;
    let health = health(&running.service);
    assert!(health.is_well && health.reads_sign_ins && !health.is_paused(), "{health:?}");
    // No clock of another's is ahead of ours.
    assert_eq!(house.bookmarks.read_until("fake").unwrap(), Some(NOW));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_is_asked_again_until_nothing_is_missing() {
    let provider = Arc::new(FakeIdentityProvider::new());
    (0..5).for_each(|id| provider.sign_in(sign_in(id, 3)));
    for _ in 0..4 {
        let after = Some(Duration::from_secs(20));
        provider.fail_next(IdentityError::Later { why: "429".to_owned(), after });
    }
    let house = house(vec![provider.clone()]);
    let running = house.start().await;
    let campaign = caught(&running.service).await;
    until("it failed", || health(&running.service).failed.is_some()).await;
    assert!(!health(&running.service).is_well);
    until("all is read", || health(&running.service).sign_ins == 5).await;
    assert!(health(&running.service).is_well);
    assert_eq!(sessions(&running.service, campaign), 1);
}

#[tokio::test(start_paused = true)]
async fn a_place_that_the_provider_knows_no_more_is_left() {
    let provider = Arc::new(FakeIdentityProvider::new());
    provider.sign_in(sign_in(0, 3));
    let house = house(vec![provider.clone()]);
    let running = house.start().await;
    until("it is read", || health(&running.service).sign_ins == 1).await;
    provider.fail_next(IdentityError::Refused { why: "no such place".to_owned() });
    until("it is read again from the beginning", || health(&running.service).sign_ins == 2).await;
}

#[tokio::test(start_paused = true)]
async fn too_many_failures_pause_it_and_one_trial_ends_that() {
    let provider = Arc::new(FakeIdentityProvider::new());
    for _ in 0..6 {
        provider.fail_next(IdentityError::Unknown { why: "cut off".to_owned() });
    }
    let house = house(vec![provider.clone()]);
    let running = house.start().await;
    until("it pauses", || health(&running.service).is_paused()).await;
    for _ in 0..20 {
        house.surroundings.pass(60_000);
        pause(60_000).await;
    }
    let health = health(&running.service);
    assert!(!health.is_paused() && health.is_well, "{health:?}");
}

#[tokio::test(start_paused = true)]
async fn after_an_absence_reading_goes_on_where_it_ended() {
    let provider = Arc::new(FakeIdentityProvider::new());
    for (id, minute) in [(0, -6_000), (1, -4_000), (2, -1_000), (3, -1)] {
        provider.sign_in(sign_in(id, minute));
    }
    let mut house = house(vec![provider.clone()]);
    house.bookmarks.keep("fake", at(-4_030)).unwrap();
    let running = house.start().await;
    until("it is read", || health(&running.service).sign_ins == 3).await;
    running.stop().await.unwrap();
    // One that was never read begins a day ago.
    house.bookmarks = Arc::default();
    let running = house.start().await;
    until("it is read", || health(&running.service).sign_ins == 2).await;
    pause(60_000).await;
    assert_eq!(health(&running.service).sign_ins, 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_switched_off_is_not_read_and_looked_at_all_the_same() {
    let provider = Arc::new(FakeIdentityProvider::new());
    provider.sign_in(sign_in(0, 3));
    let mut house = house(vec![provider.clone()]);
    house.settings.unread_sign_ins.insert("fake".to_owned());
    let running = house.start().await;
    until("it is looked at", || health(&running.service).succeeded_at.is_some()).await;
    pause(600_000).await;
    let health = health(&running.service);
    assert_eq!((health.sign_ins, health.reads_sign_ins), (0, false));
}

#[tokio::test(start_paused = true)]
async fn a_dead_provider_keeps_no_other_waiting() {
    let provider = Arc::new(FakeIdentityProvider::new());
    provider.sign_in(sign_in(0, 3));
    let house = house(vec![Arc::new(Dead), provider]);
    let running = house.start().await;
    let campaign = caught(&running.service).await;
    until("the other is read", || sessions(&running.service, campaign) == 1).await;
    let health = running.service.identity_health();
    assert!(health[0].succeeded_at.is_none() && health[1].is_well);
    until("it is given up", || running.service.identity_health()[0].failed.is_some()).await;
    running.stop().await.unwrap();
}

/// It never answers.
struct Dead;

impl IdentityProvider for Dead {
    fn name(&self) -> &str {
        "dead"
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Okta
    }

    fn abilities(&self) -> &'static [Ability] {
        &[Ability::EndSessions, Ability::ReadSignIns]
    }

    fn find<'a>(&'a self, _: &'a str) -> Pending<'a, Result<Option<FoundAccount>, IdentityError>> {
        Box::pin(std::future::pending())
    }

    fn perform<'a>(
        &'a self,
        _: &'a Step,
        _: &'a str,
    ) -> Pending<'a, Result<Performed, IdentityError>> {
        Box::pin(std::future::pending())
    }

    fn sign_ins<'a>(&'a self, _: ReadFrom<'a>) -> Pending<'a, Result<Page, IdentityError>> {
        Box::pin(std::future::pending())
    }
}
