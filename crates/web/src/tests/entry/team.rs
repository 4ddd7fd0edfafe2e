//! Accounts of everybody: who may look after them, and what not even admins may.

use axum::http::StatusCode;
use unhook_app::Role;
use unhook_app::accounts::{Accounts as _, ENTRY_MS, Purpose, later};

use super::authenticator::Authenticator;
use super::browser::{Browser, world, world_at};
use crate::tests::world::Ask;

/// Every route that changes something for admins, below the account's own.
const CHANGES: [&str; 5] = ["role", "disable", "enable", "invite", "sessions/end"];

#[tokio::test]
async fn an_admin_invites_changes_and_disables() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let page = admin.fill("/settings/team", "name=Bo&role=viewer").await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let link = page.text.split("value=\"http://localhost:8081/join/").nth(1).unwrap();
    let code = link.split('"').next().unwrap();
    let (mut bo, mut key) = (world.browser(), Authenticator::new());
    assert_eq!(bo.join(code, &mut key).await.status, StatusCode::OK);
    let account = world.accounts.accounts().unwrap().pop().unwrap();
    assert_eq!((account.name.as_str(), account.role), ("Bo", Role::Viewer));
    let at = format!("/settings/team/{}", account.id);
    assert_eq!(bo.get("/settings/team").await.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.fill(&format!("{at}/role"), "role=admin").await.status, StatusCode::SEE_OTHER);
    assert_eq!(bo.get("/settings/team").await.status, StatusCode::OK, "at once");
    assert_eq!(admin.fill(&format!("{at}/role"), "role=king").await.status.as_u16(), 422);
    let again = admin.fill(&format!("{at}/invite"), "").await;
    assert_eq!(again.status, StatusCode::CONFLICT, "no second way in from here");
    admin.fill(&format!("{at}/sessions/end"), "").await;
    assert!(!bo.is_in().await);
    bo.show("/sign-in", &mut key).await;
    assert!(bo.is_in().await);
    admin.fill(&format!("{at}/disable"), "").await;
    assert!(!bo.is_in().await);
    admin.fill(&format!("{at}/enable"), "").await;
    assert!(!bo.is_in().await);
    assert_eq!(bo.show("/sign-in", &mut key).await.status, StatusCode::OK);
    let trail = world.trail();
    for what in [
        "account-made viewer",
        "invitation-made",
        "role-changed admin",
        "sessions-ended",
        "account-disabled",
        "account-enabled",
    ] {
        assert!(trail.iter().any(|line| line == what), "{what}: {trail:?}");
    }
}

#[tokio::test]
async fn an_admin_cannot_take_their_own_rights() {
    let world = world().await;
    let (mut admin, _, account) = world.sign_in("Ada", Role::Admin).await;
    let at = format!("/settings/team/{}", account.id);
    let role = admin.fill(&format!("{at}/role"), "role=viewer").await;
    let disable = admin.fill(&format!("{at}/disable"), "").await;
    assert_eq!((role.status, disable.status), (StatusCode::CONFLICT, StatusCode::CONFLICT));
    assert_eq!(world.accounts.account(account.id).unwrap().unwrap().role, Role::Admin);
}

#[tokio::test]
async fn nobody_but_admins_reaches_what_is_theirs() {
    let world = world().await;
    let (_, _, target) = world.sign_in("Ada", Role::Admin).await;
    let before = world.accounts.accounts().unwrap();
    for (role, name) in Role::ALL.into_iter().filter(|(role, _)| *role != Role::Admin) {
        let (mut browser, ..) = world.sign_in(name, role).await;
        assert_eq!(browser.get("/settings/team").await.status, StatusCode::FORBIDDEN);
        let answer = browser.fill("/settings/team", "name=Mallory&role=admin").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        for change in CHANGES {
            let path = format!("/settings/team/{}/{change}", target.id);
            let answer = browser.fill(&path, "role=viewer").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name} {change}");
        }
    }
    let mut nobody = world.browser();
    for change in CHANGES {
        let path = format!("/settings/team/{}/{change}", target.id);
        assert_eq!(Browser::leads(&nobody.fill(&path, "role=viewer").await), "/sign-in");
    }
    assert_eq!(world.accounts.accounts().unwrap()[0], before[0]);
    assert!(world.accounts.accounts().unwrap().iter().all(|account| account.name != "Mallory"));
}

#[tokio::test]
async fn changes_need_a_passkey_shown_just_now() {
    let world = world().await;
    let (mut admin, mut key, _) = world.sign_in("Ada", Role::Admin).await;
    world.surroundings.pass(5 * 60 * 1_000);
    let answer = admin.fill("/settings/team", "name=Bo&role=viewer").await;
    assert!(Browser::leads(&answer).starts_with("/step-up?next="), "{answer:?}");
    assert_eq!(world.accounts.accounts().unwrap().len(), 1);
    assert_eq!(admin.show("/step-up", &mut key).await.status, StatusCode::OK);
    let answer = admin.fill("/settings/team", "name=Bo&role=viewer").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn no_other_site_makes_a_browser_change_anything() {
    let world = world().await;
    let (mut admin, _, account) = world.sign_in("Ada", Role::Admin).await;
    let (_, code) = world.invite("Bo", Role::Viewer);
    let number = world.accounts.passkeys(account.id).unwrap()[0].number;
    let session = world.accounts.sessions(account.id, world.running.service.now()).unwrap()[0].id;
    let mut paths = vec![
        "/settings/team".to_owned(),
        "/sign-out".to_owned(),
        "/sign-in/start".to_owned(),
        "/sign-in/finish".to_owned(),
        "/step-up/start".to_owned(),
        "/step-up/finish".to_owned(),
        "/account/passkeys/start".to_owned(),
        "/account/passkeys/finish".to_owned(),
        "/account/sessions/end".to_owned(),
        format!("/account/sessions/{session}/end"),
        format!("/account/passkeys/{number}/name"),
        format!("/account/passkeys/{number}/remove"),
        format!("/join/{code}/start"),
        format!("/join/{code}/finish"),
    ];
    paths.extend(CHANGES.map(|change| format!("/settings/team/{}/{change}", account.id)));
    for path in paths {
        let answer = admin.forge(&path).await;
        let is_refused = answer.status == StatusCode::FORBIDDEN
            // What is no JSON is not even looked at.
            || answer.status == StatusCode::UNSUPPORTED_MEDIA_TYPE;
        assert!(is_refused, "{path}: {answer:?}");
    }
    assert!(admin.is_in().await);
}

#[tokio::test]
async fn an_account_that_the_trail_does_not_know_of_is_disabled() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    world.tokens.set_unavailable(true);
    let answer = admin.fill("/settings/team", "name=Bo&role=admin").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let made = world.accounts.accounts().unwrap().pop().unwrap();
    assert!(made.name == "Bo" && made.disabled_at.is_some(), "{made:?}");
}

#[tokio::test]
async fn a_form_is_gone_back_to_behind_a_proxy_that_renames_us() {
    let world = world_at("https://unhook.acme.example").await;
    let (account, _) = world.invite("Ada", Role::Admin);
    let until = later(world.running.service.now(), ENTRY_MS);
    let code = world.accounts.issue(account.id, Purpose::Enter, until).unwrap().unwrap();
    let mut browser = world.browser();
    browser.get(&format!("/enter/{code}")).await;
    let form = Ask::post("/settings/team", "name=Bo&role=viewer")
        .with("content-type", "application/x-www-form-urlencoded")
        .with("sec-fetch-site", "same-origin")
        .with("referer", "https://unhook.acme.example/settings/team?said=done");
    let answer = browser.send_to("10.0.0.7:8081", form).await;
    assert_eq!(Browser::leads(&answer), "/step-up?next=/settings/team%3Fsaid%3Ddone");
}

#[tokio::test]
async fn tokens_say_who_made_them_and_outlive_nobody_unseen() {
    let world = world().await;
    let (mut ada, ..) = world.sign_in("Ada", Role::Admin).await;
    let (mut bo, _, account) = world.sign_in("Bo", Role::Admin).await;
    for (browser, name) in [(&mut ada, "gateway"), (&mut bo, "deputy")] {
        let made = browser.fill("/settings/tokens", &format!("name={name}&scope=admin")).await;
        assert_eq!(made.status, StatusCode::OK, "{made:?}");
    }
    // The token makes another, for which whoever made the first answers.
    let page = bo.fill("/settings/tokens", "name=root&scope=admin").await.text;
    let (_, rest) = page.split_once("<code id=\"token\">").expect("the token");
    let bearer = format!("Bearer {}", rest.split('<').next().expect("its end"));
    let body = r#"{"name": "grandchild", "scopes": ["read"]}"#;
    let ask = Ask::post("/api/v1/tokens", body).with("content-type", "application/json");
    let made = world.send(ask.with("authorization", &bearer)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let all = ada.get("/settings/tokens").await.text;
    for by in ["by Ada", "by Bo", "by root", "nobody knows"] {
        assert!(all.contains(by), "{by}: {all}");
    }
    let at = format!("/settings/team/{}", account.id);
    assert!(ada.get("/settings/team").await.text.contains("3 tokens of theirs"));
    let disabled = ada.fill(&format!("{at}/disable"), "").await;
    assert_eq!(Browser::leads(&disabled), format!("/settings/tokens?by={}", account.id));
    let theirs = ada.get(Browser::leads(&disabled)).await.text;
    assert!(theirs.contains("Tokens that Bo made") && theirs.contains("Revoke all 3"), "{theirs}");
    assert!(theirs.contains("grandchild") && !theirs.contains("gateway"), "{theirs}");
    let revoked = ada.fill("/settings/tokens/revoke-of", &format!("by={}", account.id)).await;
    assert_eq!(revoked.status, StatusCode::OK, "{revoked:?}");
    let live = |name: &str| {
        let grants = world.running.service.access().grants().unwrap();
        grants.iter().any(|grant| grant.name == name && grant.revoked_at.is_none())
    };
    assert!(live("gateway") && !live("deputy") && !live("root") && !live("grandchild"));
    assert_eq!(world.trail().iter().filter(|line| *line == "token-revoked").count(), 3);
    // Nothing is left to see to.
    ada.fill(&format!("{at}/enable"), "").await;
    let again = ada.fill(&format!("{at}/disable"), "").await;
    assert_eq!(Browser::leads(&again), "/settings/team?said=done");
    let wrong = ada.fill("/settings/tokens/revoke-of", "by=x").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}
