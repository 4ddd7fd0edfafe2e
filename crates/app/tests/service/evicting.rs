//! Whom it was agreed to evict is signed out everywhere, whatever breaks on the way.

use std::sync::{Arc, Mutex};

use unhook_app::identity::fake::{FakeAccount, FakeIdentityProvider};
use unhook_app::identity::{
    Ability, Additions, FoundAccount, IdentityError, IdentityProvider, Performed, ProviderKind,
    Step,
};
use unhook_app::journal::fake::FakeJournal;
use unhook_app::people::{Entry, Pending};
use unhook_app::record::Record;
use unhook_app::{Contact, Service, Standing};
use unhook_engine::response::{Action, Deed, Event, Outcome};
use unhook_model::{ActionId, PersonId, Timestamp};

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

/// A provider of which one call about one account fails, once.
struct Faulty {
    inner: FakeIdentityProvider,
    /// What still fails: a look at a login, or a step at an account.
    fails: Mutex<Option<&'static str>>,
}

impl Faulty {
    fn new(fails: &'static str) -> Arc<Self> {
        let inner = FakeIdentityProvider::new();
        inner.add("u1", account());
        inner.add("u2", FakeAccount { login: OTHER_LOGIN.to_owned(), ..account() });
        Arc::new(Self { inner, fails: Mutex::new(Some(fails)) })
    }

    fn fault<'a, T: Send + 'a>(&self, of: &str) -> Option<Pending<'a, Result<T, IdentityError>>> {
        let mut fails = self.fails.lock().expect("no test fails while it holds this");
        fails.take_if(|fails| *fails == of)?;
        let error = IdentityError::Later { why: "busy".to_owned(), after: None };
        Some(Box::pin(async move { Err(error) }))
    }
}

impl IdentityProvider for Faulty {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn kind(&self) -> ProviderKind {
        self.inner.kind()
    }

    fn abilities(&self) -> &'static [Ability] {
        self.inner.abilities()
    }

    fn find<'a>(
        &'a self,
        login: &'a str,
    ) -> Pending<'a, Result<Option<FoundAccount>, IdentityError>> {
        self.fault(login).unwrap_or_else(|| self.inner.find(login))
    }

    fn perform<'a>(
        &'a self,
        step: &'a Step,
        account: &'a str,
    ) -> Pending<'a, Result<Performed, IdentityError>> {
        self.fault(account).unwrap_or_else(|| self.inner.perform(step, account))
    }

    fn since<'a>(
        &'a self,
        account: &'a str,
        moment: Timestamp,
    ) -> Pending<'a, Result<Additions, IdentityError>> {
        self.inner.since(account, moment)
    }
}

const OTHER_LOGIN: &str = "one@acme.example";

#[tokio::test(start_paused = true)]
async fn of_several_accounts_none_is_passed_over_because_another_is_done() {
    for fails in ["1@acme.example", OTHER_LOGIN, "u1", "u2"] {
        let mut house = House::new();
        let login = |name: &str| Contact::Mail(name.to_owned());
        let entry = Entry {
            key: "staff 1".to_owned(),
            names: Vec::new(),
            standing: Standing::Staff,
            language: None,
            contacts: vec![phone(1), login("1@acme.example"), login(OTHER_LOGIN)],
        };
        house.people.import(&[entry], NOW).expect("import");
        let provider = Faulty::new(fails);
        house.identity_providers = vec![provider.clone()];
        decided(&house, eviction(person(&house), true)).await;
        let running = house.start().await;
        for _ in 0..10 {
            crate::house::pause(10_000).await;
            house.surroundings.pass(10 * 60 * 1_000);
        }
        assert_eq!(*provider.fails.lock().unwrap(), None, "it failed");
        for id in ["u1", "u2"] {
            let account = provider.inner.account(id).unwrap();
            assert_eq!((account.sessions, account.tokens), (0, 0), "{fails}: {id}");
            assert!(account.is_expired && account.is_suspended, "{fails}: {id}");
        }
        let asked = running.service.action(ActionId::from_bytes([5; 16])).expect("it was proposed");
        assert!(asked.settled_at.is_some(), "{fails}: nothing is open: {:?}", asked.steps);
    }
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

/// An eviction that was decided before this service began: by a person, or by a rule that ran itself.
async fn decided(house: &House<FakeJournal>, action: Action) {
    house.start().await.stop().await.expect("it goes as it should");
    let agreed = Event::Approved { action: action.id, by: ANN, at: NOW };
    let is_agreed = action.approvals > 0;
    let mut records = vec![Record::Response(Event::Proposed(action))];
    records.extend(is_agreed.then_some(Record::Response(agreed)));
    house.append_records(1, &records).await;
}

/// A factor from before the lure, and one of each kind from after it.
fn account_with_additions() -> FakeAccount {
    let (before, after) = (NOW.unix_ms() - 1, NOW.unix_ms());
    FakeAccount {
        factors: vec![("old".to_owned(), before), ("new".to_owned(), after)],
        devices: vec![("own".to_owned(), before), ("theirs".to_owned(), after)],
        app_passwords: vec![("mail".to_owned(), after), ("later".to_owned(), after + 60_000)],
        ..account()
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_surely_added_since_goes_once_a_person_approved() {
    let (house, provider) = house();
    provider.add("u1", account_with_additions());
    decided(&house, eviction(person(&house), false)).await;
    let running = house.start().await;
    let by_hand = Some(Outcome::ByHand);
    until("it is said", || step(&running.service, "fake app-passwords") == by_hand).await;
    let account = provider.account("u1").unwrap();
    assert_eq!(account.factors, [("old".to_owned(), NOW.unix_ms() - 1)]);
    assert_eq!(account.devices, [("own".to_owned(), NOW.unix_ms() - 1)]);
    // What came after somebody agreed may be the owner's own.
    assert_eq!(account.app_passwords, [("later".to_owned(), NOW.unix_ms() + 60_000)]);
    let steps = running.service.action(ActionId::from_bytes([5; 16])).unwrap().steps;
    assert_eq!(steps["fake factors"].0, Outcome::Done);
    assert_eq!(steps["fake factors"].1, "1 added since, and removed");
    assert_eq!(steps["fake app-passwords"].1, "1 added since: look at them; 1 more removed");
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_runs_itself_takes_no_factor_from_anybody() {
    let (house, provider) = house();
    provider.add("u1", account_with_additions());
    decided(&house, Action { approvals: 0, ..eviction(person(&house), false) }).await;
    let running = house.start().await;
    let by_hand = Some(Outcome::ByHand);
    until("it is said", || step(&running.service, "fake factors") == by_hand).await;
    let account = provider.account("u1").unwrap();
    assert_eq!((account.sessions, account.factors.len(), account.devices.len()), (0, 2, 2));
    let steps = running.service.action(ActionId::from_bytes([5; 16])).unwrap().steps;
    assert_eq!(steps["fake factors"].1, "1 added since (new): look at them");
    assert_eq!(steps["fake devices"].1, "1 added since: look at them", "people name devices");
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_fails_is_tried_again() {
    let (house, provider) = house();
    provider.add("u1", account_with_additions());
    decided(&house, eviction(person(&house), false)).await;
    let running = house.start().await;
    for _ in 0..2 {
        let why = "cut off".to_owned();
        provider.fail_next(IdentityError::Unknown { why });
    }
    for _ in 0..20 {
        crate::house::pause(10_000).await;
        house.surroundings.pass(10 * 60 * 1_000);
    }
    let account = provider.account("u1").unwrap();
    assert_eq!((account.factors.len(), account.devices.len()), (1, 1));
    assert_eq!(step(&running.service, "fake factors"), Some(Outcome::Done));
}

#[tokio::test(start_paused = true)]
async fn a_person_says_what_they_saw_to() {
    let (house, _provider) = house();
    decided(&house, eviction(person(&house), false)).await;
    let running = house.start().await;
    let (service, id) = (&running.service, ActionId::from_bytes([5; 16]));
    until("it is done", || step(service, "mail-rules") == Some(Outcome::ByHand)).await;
    assert!(service.see_to(id, "fake sessions", ANN).await.is_err(), "that is done");
    assert!(service.see_to(id, "no such step", ANN).await.is_err());
    let none = service.see_to(ActionId::from_bytes([6; 16]), "mail-rules", ANN).await.unwrap();
    assert_eq!(none, None);
    service.see_to(id, "mail-rules", ANN).await.unwrap().unwrap();
    assert_eq!(step(service, "mail-rules"), Some(Outcome::Done));
    assert_eq!(service.action(id).unwrap().seen_to["mail-rules"], ANN);
    assert!(service.see_to(id, "mail-rules", ANN).await.is_err(), "once is enough");
}

#[tokio::test(start_paused = true)]
async fn whoever_was_suspended_is_let_in_again() {
    let (house, provider) = house();
    decided(&house, eviction(person(&house), true)).await;
    let running = house.start().await;
    let (service, id) = (&running.service, ActionId::from_bytes([5; 16]));
    until("it is done", || step(service, "mail-rules").is_some()).await;
    assert!(provider.account("u1").unwrap().is_suspended);
    provider.fail_next(IdentityError::Later { why: "busy".to_owned(), after: None });
    service.undo(id, ANN).await.unwrap().unwrap();
    for _ in 0..5 {
        crate::house::pause(10_000).await;
        house.surroundings.pass(60_000);
    }
    until("the owner is in", || !provider.account("u1").unwrap().is_suspended).await;
    assert_eq!(step(service, "fake unsuspend"), Some(Outcome::Done));
    assert!(service.undo(id, ANN).await.is_err(), "once");
    // After a restart nobody is suspended again.
    running.stop().await.unwrap();
    let _again = house.start().await;
    crate::house::pause(60_000).await;
    assert!(!provider.account("u1").unwrap().is_suspended);
}

#[tokio::test(start_paused = true)]
async fn ended_sessions_cannot_be_brought_back() {
    let (house, _provider) = house();
    decided(&house, eviction(person(&house), false)).await;
    let running = house.start().await;
    let error = running.service.undo(ActionId::from_bytes([5; 16]), ANN).await.unwrap_err();
    assert!(error.to_string().contains("cannot be brought back"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn nobody_agrees_to_lock_out_a_break_glass_account() {
    let (mut house, provider) = house();
    house.settings.break_glass = vec![Contact::Mail("1@acme.example".to_owned())];
    house.start().await.stop().await.unwrap();
    let action = eviction(person(&house), true);
    house.append_records(1, &[Record::Response(Event::Proposed(action.clone()))]).await;
    let running = house.start().await;
    let error = running.service.approve(action.id, ANN).await.unwrap_err();
    assert!(error.to_string().contains("break-glass"), "{error}");
    crate::house::pause(60_000).await;
    assert_eq!(provider.account("u1"), Some(account()));
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
