//! What is done to people's accounts: how identity providers are, what is left to a person, and who has
//! to agree, by the API and at the console.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};
use unhook_app::identity::fake::{FakeAccount, FakeIdentityProvider};
use unhook_app::identity::{Ability, Device, IdentityError, Network, SignIn, SignInOutcome};
use unhook_app::ledger::{By, Observed, Touch, Via};
use unhook_app::{Role, Scope};
use unhook_engine::response::playbook::{Does, Limits, Mode, Playbook, Rule, Rung, When};
use unhook_engine::response::{ActionState, Asked};

use super::entry::browser::Browser;
use super::world::{Ask, World};
use crate::fakes::AT;
use crate::{Console, WebSettings};

const LURE: &str =
    "ALERT!! Your Acme schedule has been updated, tap acme-okta.example to view your changes.";
const ANA: &str = "ana@acme.example";

/// Whoever opened the lure is proposed to be locked out; a wide action is one of so many people.
fn playbook(second_person_from: usize) -> Playbook {
    let rule = Rule {
        id: "lock-out".to_owned(),
        when: When { exposure: Some(Rung::Visited), ..When::default() },
        does: Does::Evict { suspend: true },
        mode: Mode::Ask,
    };
    let limits = Limits { second_person_from, ..Limits::default() };
    Playbook { limits, rules: vec![rule], ..Playbook::careful() }
}

fn provider() -> Arc<FakeIdentityProvider> {
    let provider = FakeIdentityProvider::new();
    let login = ANA.to_owned();
    provider.add("u1", FakeAccount { login, sessions: 2, tokens: 1, ..FakeAccount::default() });
    Arc::new(provider)
}

/// A world in which it is asked whether Ana is to be locked out.
async fn world(second_person_from: usize, provider: &Arc<FakeIdentityProvider>) -> World {
    let console = Some(Arc::new(Console::new("Acme", "http://localhost:8081").unwrap()));
    let settings = WebSettings { console, ..WebSettings::default() };
    let providers = vec![Arc::clone(provider) as _];
    let world = World::acting(AT, settings, playbook(second_person_from), providers).await;
    world.report(LURE, ANA).await;
    let touch = Touch {
        name: "acme-okta.example".into(),
        by: By::Account(ANA.into()),
        at: AT,
        via: Via::Proxy,
    };
    world.running.service.take_logs(vec![Observed::Touched(touch)]).await.unwrap();
    world
}

fn asked(world: &World) -> Asked {
    let actions = world.running.service.actions(None, 9);
    assert_eq!(actions.len(), 1, "{actions:?}");
    actions[0].clone()
}

/// Waits for what the service does by itself.
async fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

fn is_suspended(provider: &FakeIdentityProvider) -> bool {
    provider.account("u1").unwrap().is_suspended
}

#[tokio::test]
async fn how_identity_providers_are_is_told() {
    assert_eq!(World::new().await.get("/api/v1/identity").await.body, json!([]));

    let provider = provider();
    provider.sign_in(SignIn {
        id: "1".to_owned(),
        account: None,
        login: ANA.to_owned(),
        at: AT,
        event: "sign-in".to_owned(),
        outcome: SignInOutcome::Success,
        address: None,
        network: Network::default(),
        device: Device::default(),
        session: None,
    });
    // What is told of it is neither whose account it is nor where it stands.
    let why = "idp.example answered 403".to_owned();
    provider.fail_next(IdentityError::Refused { why: why.clone() });
    let world =
        World::acting(AT, WebSettings::default(), playbook(9), vec![Arc::clone(&provider) as _])
            .await;
    let health = || world.running.service.identity_health().remove(0);
    until(|| health().sign_ins == 1).await;
    let shown = world.get("/api/v1/identity").await;
    let abilities = health().abilities;
    let names: Vec<&str> = abilities.iter().copied().map(Ability::name).collect();
    assert_eq!(
        shown.body,
        json!([{
            "name": "fake", "kind": health().kind.name(), "abilities": names, "reads_sign_ins": true,
            "sign_ins": 1, "newest_sign_in": "2022-07-20T22:49:00Z", "is_well": true,
            "is_paused": false, "succeeded_at": "2022-07-20T22:49:00Z",
            "failed_at": "2022-07-20T22:49:00Z", "failure": why,
        }])
    );
    for (ask, status) in [
        (Ask::get("/api/v1/identity"), 401),
        (Ask::get("/api/v1/identity").by(Scope::Approve), 403),
        (Ask::get("/api/v1/identity").by(Scope::Admin), 403),
        (Ask::get("/api/v1/identity?after=x").by(Scope::Read), 400),
        (Ask::get("/api/v1/identity?name=fake").by(Scope::Read), 400),
    ] {
        assert_eq!(world.send(ask).await.status, status);
    }
}

#[tokio::test]
async fn a_step_that_is_left_to_a_person_is_seen_to_once() {
    let provider = provider();
    let world = world(9, &provider).await;
    let id = asked(&world).action.id;
    let path = format!("/api/v1/actions/{id}/steps");
    let see = async |scope, step: &str| world.post(&path, scope, &json!({ "step": step })).await;
    let early = see(Scope::Approve, "mail-rules").await;
    assert_eq!((early.status.as_u16(), early.code()), (422, "invalid"), "nobody agreed yet");
    let approve = format!("/api/v1/actions/{id}/approve");
    assert_eq!(world.post(&approve, Scope::Approve, &json!({})).await.status, 200);
    until(|| asked(&world).is_for_a_person("mail-rules")).await;
    let show = async || world.get("/api/v1/actions").await.body["items"][0]["steps"].clone();
    let step = |steps: &Value, name: &str| {
        let steps = steps.as_array().unwrap();
        steps.iter().find(|step| step["step"] == name).cloned().unwrap_or_default()
    };
    let before = show().await;
    assert_eq!(step(&before, "mail-rules")["outcome"], "by-hand");
    assert_eq!(step(&before, "fake suspend")["outcome"], "done");

    for (scope, status) in [(Scope::Read, 403), (Scope::Rule, 403), (Scope::Admin, 403)] {
        assert_eq!(see(scope, "mail-rules").await.status, status, "{scope:?}");
    }
    for wrong in ["", "fake suspend", "no such step", "Mail-Rules", &"x".repeat(5_000)] {
        let answer = see(Scope::Approve, wrong).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "invalid"), "{wrong}");
    }
    for wrong in [json!({}), json!({ "step": 1 }), json!({ "step": "mail-rules", "by": "me" })] {
        let answer = world.post(&path, Scope::Approve, &wrong).await;
        assert!(answer.status.is_client_error(), "{wrong}: {answer:?}");
    }
    let nobody = "/api/v1/actions/01010101-0101-0101-0101-010101010101/steps";
    let given = json!({ "step": "mail-rules" });
    assert_eq!(world.post(nobody, Scope::Approve, &given).await.status, 404);
    assert_eq!(show().await, before, "nothing of that changed anything");

    let seen = see(Scope::Approve, "mail-rules").await;
    assert_eq!(seen.status, 200, "{seen:?}");
    world.settle(&seen.body["position"]).await;
    let after = show().await;
    let done = step(&after, "mail-rules");
    assert_eq!(done["outcome"], "done");
    assert!(done["by"].is_string(), "{done}");
    let again = see(Scope::Approve, "mail-rules").await;
    assert_eq!(again.status, 422, "{again:?}");
    assert_eq!(show().await, after);
    let trail = world.trail();
    assert_eq!(trail.iter().filter(|line| *line == "step-seen-to mail-rules").count(), 1);
}

#[tokio::test]
async fn whoever_lets_an_account_in_again_shows_a_passkey() {
    let provider = provider();
    let world = world(9, &provider).await;
    let (mut admin, mut key, _) = world.sign_in("Ada", Role::Admin).await;
    let id = asked(&world).action.id;
    admin.fill(&format!("/actions/{id}/approve"), "").await;
    until(|| is_suspended(&provider)).await;
    // Somebody else's hand on the keyboard, ten minutes later.
    world.surroundings.pass(10 * 60 * 1_000);
    let undo = format!("/actions/{id}/undo");
    let refused = admin.fill(&undo, "").await;
    assert!(Browser::leads(&refused).starts_with("/step-up"), "{refused:?}");
    assert_eq!(asked(&world).undone, None);
    assert!(is_suspended(&provider));
    // Nor is one who may not, whatever they show.
    let (mut viewer, mut own, _) = world.sign_in("Vi", Role::Viewer).await;
    viewer.show("/step-up", &mut own).await;
    assert_eq!(viewer.fill(&undo, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(asked(&world).undone, None);

    admin.show("/step-up", &mut key).await;
    let undone = admin.fill(&undo, "").await;
    assert_eq!(Browser::leads(&undone).split('?').next(), Some("/protection"), "{undone:?}");
    until(|| !is_suspended(&provider)).await;
    let again = admin.fill(&undo, "").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{again:?}");
}

#[tokio::test]
async fn a_wide_action_takes_two_people_at_the_console() {
    let provider = provider();
    let world = world(1, &provider).await;
    let (mut first, mut key, account) = world.sign_in("Ada", Role::Approver).await;
    let (mut second, ..) = world.sign_in("Bo", Role::Approver).await;
    assert_eq!(asked(&world).action.approvals, 2);
    let approve = format!("/actions/{}/approve", asked(&world).action.id);
    let agreed = first.fill(&approve, "").await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{agreed:?}");
    // The same person is no second one, not in another browser and with the passkey shown again either.
    let mut elsewhere = world.browser();
    elsewhere.show("/sign-in", &mut key).await;
    for browser in [&mut first, &mut elsewhere] {
        let again = browser.fill(&approve, "").await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{again:?}");
        assert!(again.text.contains("somebody else has to"), "{}", again.text);
    }
    assert_eq!(asked(&world).approved_by, [account.id].into());
    assert_eq!(asked(&world).state(), ActionState::Asked);
    assert!(!is_suspended(&provider));

    let agreed = second.fill(&approve, "").await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{agreed:?}");
    until(|| is_suspended(&provider)).await;
    assert_eq!(asked(&world).state(), ActionState::Approved);
}

#[tokio::test]
async fn a_person_ends_somebodys_sessions_whatever_the_playbook_says() {
    let provider = provider();
    let nothing = Playbook { rules: Vec::new(), ..playbook(2) };
    let console = Some(Arc::new(Console::new("Acme", "http://localhost:8081").unwrap()));
    let settings = WebSettings { console, ..WebSettings::default() };
    let world = World::acting(AT, settings, nothing, vec![Arc::clone(&provider) as _]).await;
    world.report(LURE, ANA).await;
    let campaign = world.get("/api/v1/campaigns").await.body["items"][0]["id"].clone();
    let campaign = campaign.as_str().unwrap().to_owned();
    let exposure = world.get(&format!("/api/v1/campaigns/{campaign}/exposure")).await.body;
    let ana = exposure["people"][0]["person"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/campaigns/{campaign}/evictions");
    let given = json!({ "person": ana, "reason": "she called" });
    for scope in [Scope::Read, Scope::Rule, Scope::Admin] {
        assert_eq!(world.post(&path, scope, &given).await.status, 403, "{scope:?}");
    }
    let nobody = json!({ "person": "01010101-0101-0101-0101-010101010101", "reason": "x" });
    assert_eq!(world.post(&path, Scope::Approve, &nobody).await.status, 404);
    for wrong in [json!({ "person": ana }), json!({ "person": ana, "reason": " " }), json!({})] {
        assert!(
            world.post(&path, Scope::Approve, &wrong).await.status.is_client_error(),
            "{wrong}"
        );
    }
    assert_eq!(world.running.service.actions(None, 9), []);

    assert_eq!(world.post(&path, Scope::Approve, &given).await.status, 200);
    until(|| provider.account("u1").unwrap().sessions == 0).await;
    assert!(!is_suspended(&provider));
    let (rule, state) = (asked(&world).action.rule.clone(), asked(&world).state());
    assert_eq!((rule, state), (None, ActionState::Approved));
    // A second one of a campaign is many here, at the console as well.
    let (mut ada, _, _) = world.sign_in("Ada", Role::Approver).await;
    let form = format!("person={ana}&reason=again&suspend=1");
    let page = format!("/campaigns/{campaign}/evict");
    assert_eq!(ada.fill(&page, &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.running.service.asked().len(), 1);
    assert_eq!(ada.fill(&page, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (mut bo, ..) = world.sign_in("Bo", Role::Approver).await;
    let id = world.running.service.asked()[0].action.id;
    bo.fill(&format!("/actions/{id}/approve"), "").await;
    until(|| is_suspended(&provider)).await;
    assert_eq!(world.trail().iter().filter(|line| line.starts_with("eviction-asked")).count(), 2);
}
