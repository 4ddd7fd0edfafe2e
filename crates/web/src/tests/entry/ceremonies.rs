//! Passkeys: joining, signing in, and every way in which that must not work.

use axum::http::StatusCode;
use serde_json::json;
use unhook_app::Role;
use unhook_app::accounts::{Accounts as _, ENTRY_MS, FRESH_MS, INVITATION_MS, Purpose, later};

use super::authenticator::Authenticator;
use super::browser::{Browser, world, world_at};
use crate::tests::world::Answer;

#[track_caller]
fn refused(answer: &Answer) {
    assert!(answer.status.is_client_error(), "{answer:?}");
    assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
}

#[tokio::test]
async fn an_invitation_lets_a_passkey_join_which_then_lets_in() {
    let world = world().await;
    let (account, code) = world.invite("Ana", Role::Analyst);
    let (mut browser, mut key) = (world.browser(), Authenticator::new());
    let page = browser.get(&format!("/join/{code}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Ana"), "{page:?}");
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    let joined = browser.join(&code, &mut key).await;
    assert_eq!((joined.status, &joined.body["to"]), (StatusCode::OK, &json!("/")));
    let cookie = joined.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(browser.is_in().await);
    assert_eq!(world.accounts.passkeys(account.id).unwrap().len(), 1);
    let mut other = world.browser();
    assert!(!other.is_in().await);
    let shown = other.show("/sign-in", &mut key).await;
    assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
    assert!(other.is_in().await);
    assert!(world.accounts.passkeys(account.id).unwrap()[0].used_at.is_some());
    let trail = world.trail();
    assert_eq!(trail, ["signed-in passkey", "signed-in passkey", "passkey-added invitation"]);
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_this_host_alone() {
    let world = world_at("https://unhook.acme.example").await;
    let (_, code) = world.invite("Ana", Role::Analyst);
    let (mut browser, mut key) = (world.browser(), Authenticator::new());
    key.origin = "https://unhook.acme.example".to_owned();
    key.host = "unhook.acme.example".to_owned();
    let joined = browser.join(&code, &mut key).await;
    let cookie = joined.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-unhook="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; Secure; SameSite=Strict"), "{cookie}");
}

#[tokio::test]
async fn an_invitation_is_good_once_and_for_a_day() {
    let world = world().await;
    let (account, code) = world.invite("Ana", Role::Analyst);
    let (mut one, mut other) = (world.browser(), world.browser());
    let at = format!("/join/{code}");
    let (ceremony, options) = other.start(&at).await;
    assert_eq!(one.join(&code, &mut Authenticator::new()).await.status, StatusCode::OK);
    let late = other.finish(&at, &ceremony, &Authenticator::new().make(&options)).await;
    refused(&late);
    assert_eq!(other.get(&at).await.status, StatusCode::NOT_FOUND);
    refused(&other.post(&format!("{at}/start"), &json!({})).await);
    assert_eq!(world.accounts.passkeys(account.id).unwrap().len(), 1);
    let (_, code) = world.invite("Bo", Role::Analyst);
    world.surroundings.pass(INVITATION_MS);
    assert_eq!(other.get(&format!("/join/{code}")).await.status, StatusCode::NOT_FOUND);
    refused(&other.post(&format!("/join/{code}/start"), &json!({})).await);
    assert!(world.trail().contains(&"sign-in-refused used-invitation".to_owned()));
}

#[tokio::test]
async fn a_ceremony_is_good_once_and_for_five_minutes() {
    let world = world().await;
    let (_, mut key, _) = world.sign_in("Ana", Role::Analyst).await;
    let mut browser = world.browser();
    let (ceremony, options) = browser.start("/sign-in").await;
    let shown = key.show(&options);
    assert_eq!(browser.finish("/sign-in", &ceremony, &shown).await.status, StatusCode::OK);
    refused(&world.browser().finish("/sign-in", &ceremony, &shown).await);
    let (another, _) = browser.start("/sign-in").await;
    refused(&world.browser().finish("/sign-in", &another, &shown).await);
    let (ceremony, options) = browser.start("/sign-in").await;
    world.surroundings.pass(5 * 60 * 1_000);
    refused(&world.browser().finish("/sign-in", &ceremony, &key.show(&options)).await);
    refused(&world.browser().finish("/sign-in", "nothing", &key.show(&options)).await);
}

#[tokio::test]
async fn a_ceremony_is_good_for_what_it_was_begun_for() {
    let world = world().await;
    let (mut ana, mut key, _) = world.sign_in("Ana", Role::Analyst).await;
    let (mut bo, mut other_key, bo_account) = world.sign_in("Bo", Role::Analyst).await;
    // Begun to sign in, ended as a step up, and the other way round.
    let (ceremony, options) = ana.start("/sign-in").await;
    refused(&ana.finish("/step-up", &ceremony, &key.show(&options)).await);
    let (ceremony, options) = ana.start("/step-up").await;
    refused(&world.browser().finish("/sign-in", &ceremony, &key.show(&options)).await);
    // Begun by one, ended by another.
    let (ceremony, options) = ana.start("/step-up").await;
    refused(&bo.finish("/step-up", &ceremony, &other_key.show(&options)).await);
    let (ceremony, options) = bo.start("/step-up").await;
    refused(&bo.finish("/step-up", &ceremony, &key.show(&options)).await);
    // Begun with one code, ended with another.
    let (_, one) = world.invite("Cy", Role::Viewer);
    let (_, two) = world.invite("Di", Role::Admin);
    let (ceremony, options) = ana.start(&format!("/join/{one}")).await;
    let made = Authenticator::new().make(&options);
    refused(&world.browser().finish(&format!("/join/{two}"), &ceremony, &made).await);
    // Begun to add to one account, ended in another's session.
    let (ceremony, options) = ana.start("/account/passkeys").await;
    let made = Authenticator::new().make(&options);
    refused(&bo.finish("/account/passkeys", &ceremony, &made).await);
    assert_eq!(world.accounts.passkeys(bo_account.id).unwrap().len(), 1);
}

#[tokio::test]
async fn a_passkey_of_a_copy_of_the_page_opens_nothing() {
    let world = world().await;
    let (_, mut key, _) = world.sign_in("Ana", Role::Analyst).await;
    let mut browser = world.browser();
    for (origin, host) in [
        ("https://localhost.evil.example", "localhost"),
        ("http://localhost:9999", "localhost"),
        ("https://localhost:8081", "localhost"),
        ("http://localhost:8081", "localhost.evil.example"),
    ] {
        key.origin = origin.to_owned();
        key.host = host.to_owned();
        refused(&browser.show("/sign-in", &mut key).await);
        let (_, code) = world.invite("Bo", Role::Viewer);
        let mut fresh = Authenticator::new();
        fresh.origin = origin.to_owned();
        fresh.host = host.to_owned();
        refused(&browser.join(&code, &mut fresh).await);
    }
    assert!(!browser.is_in().await);
    assert!(world.trail().iter().any(|line| line == "sign-in-refused wrong-passkey"));
}

#[tokio::test]
async fn a_passkey_that_did_not_verify_its_owner_opens_nothing() {
    let world = world().await;
    let (_, mut key, _) = world.sign_in("Ana", Role::Analyst).await;
    key.is_verified = false;
    refused(&world.browser().show("/sign-in", &mut key).await);
    let (_, code) = world.invite("Bo", Role::Viewer);
    let mut fresh = Authenticator::new();
    fresh.is_verified = false;
    refused(&world.browser().join(&code, &mut fresh).await);
}

#[tokio::test]
async fn a_copied_passkey_is_found_out_by_its_counter() {
    let world = world().await;
    let (_, mut key, _) = world.sign_in("Ana", Role::Analyst).await;
    key.counter = 10;
    assert_eq!(world.browser().show("/sign-in", &mut key).await.status, StatusCode::OK);
    for counter in [10, 4] {
        key.counter = counter;
        refused(&world.browser().show("/sign-in", &mut key).await);
    }
    assert_eq!(world.trail()[0], "sign-in-refused copied-passkey");
}

#[tokio::test]
async fn a_stranger_or_a_disabled_account_hears_the_same() {
    let world = world().await;
    let (_, mut key, account) = world.sign_in("Ana", Role::Analyst).await;
    let mut unknown = Authenticator::new();
    let (_, code) = world.invite("Bo", Role::Viewer);
    let mut browser = world.browser();
    let (_, options) = browser.start(&format!("/join/{code}")).await;
    unknown.make(&options);
    let stranger = browser.show("/sign-in", &mut unknown).await;
    world.accounts.set_disabled(account.id, Some(world.running.service.now())).unwrap();
    let disabled = browser.show("/sign-in", &mut key).await;
    refused(&stranger);
    refused(&disabled);
    assert_eq!(stranger.text, disabled.text);
}

#[tokio::test]
async fn a_step_up_lasts_five_minutes_and_adds_what_a_session_alone_may_not() {
    let world = world().await;
    let (mut browser, mut key, account) = world.sign_in("Ana", Role::Analyst).await;
    world.surroundings.pass(5 * 60 * 1_000);
    let refusal = browser.post("/account/passkeys/start", &json!({})).await;
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
    let page = browser.get("/account").await;
    assert!(page.text.contains("/step-up?next=/account") && !page.text.contains("data-passkey"));
    assert_eq!(browser.show("/step-up", &mut key).await.status, StatusCode::OK);
    let added = browser.make("/account/passkeys", &mut Authenticator::new()).await;
    assert_eq!(added.status, StatusCode::OK, "{added:?}");
    assert_eq!(world.accounts.passkeys(account.id).unwrap().len(), 2);
    assert_eq!(world.trail()[..2], ["passkey-added", "step-up"]);
}

#[tokio::test]
async fn where_to_go_on_is_a_path_of_ours() {
    let world = world().await;
    let (mut browser, mut key, _) = world.sign_in("Ana", Role::Analyst).await;
    for (next, expected) in [
        ("/campaigns?x=1", "/campaigns?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        let (ceremony, options) = browser.start("/sign-in").await;
        let credential = key.show(&options);
        let body = json!({ "ceremony": ceremony, "credential": credential, "next": next });
        let answer = browser.post("/sign-in/finish", &body).await;
        assert_eq!(answer.body["to"], expected);
        let page = browser.get(&format!("/sign-in?next={next}")).await;
        assert_eq!(Browser::leads(&page), expected);
        let page = world.browser().get(&format!("/sign-in?next={next}")).await;
        assert!(page.text.contains(&format!("data-next=\"{expected}\"")), "{}", page.text);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let world = world().await;
    let mut browser = world.browser();
    let huge = json!({ "ceremony": "a".repeat(300 << 10) });
    for body in [json!({}), json!({ "ceremony": 1 }), json!([]), json!(null), huge] {
        refused(&browser.post("/sign-in/finish", &body).await);
    }
    let (ceremony, _) = browser.start("/sign-in").await;
    for response in [json!({}), json!({ "clientDataJSON": "!", "authenticatorData": "" })] {
        let credential = json!({ "id": "a", "rawId": "YQ", "type": "x", "response": response });
        refused(&browser.finish("/sign-in", &ceremony, &credential).await);
    }
}

#[tokio::test]
async fn a_first_passkey_is_offered_where_it_can_be_added() {
    let world = world().await;
    let (account, _) = world.invite("Ana", Role::Analyst);
    let until = later(world.running.service.now(), ENTRY_MS);
    let code = world.accounts.issue(account.id, Purpose::Enter, until).unwrap().unwrap();
    let mut browser = world.browser();
    browser.get(&format!("/enter/{code}")).await;
    let needed = browser.get("/step-up?next=/settings").await;
    assert_eq!(Browser::leads(&needed), "/account?said=passkey-needed");
    let page = browser.get(Browser::leads(&needed)).await.text;
    assert!(page.contains("needs a passkey") && page.contains("data-passkey"), "{page}");
    assert!(page.contains("data-first=\"To add your first passkey, sign out"), "{page}");
    world.surroundings.pass(FRESH_MS);
    let page = browser.get("/account").await.text;
    assert!(!page.contains("data-passkey") && !page.contains("/step-up"), "{page}");
    assert!(page.contains("To add your first passkey, sign out and in again"), "{page}");
    let refusal = browser.post("/account/passkeys/start", &json!({})).await;
    assert_eq!(refusal.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_joins_whom_the_trail_does_not_know_of() {
    let world = world().await;
    let (account, code) = world.invite("Ana", Role::Analyst);
    let (mut browser, mut key) = (world.browser(), Authenticator::new());
    world.tokens.set_unavailable(true);
    assert_eq!(browser.join(&code, &mut key).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.accounts.passkeys(account.id).unwrap(), []);
    world.tokens.set_unavailable(false);
    assert_eq!(browser.join(&code, &mut key).await.status, StatusCode::OK, "the link is not used");
}
