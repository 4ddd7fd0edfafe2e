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
