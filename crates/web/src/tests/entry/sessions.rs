//! Sessions: how they end, and who may end them.

use axum::http::StatusCode;
use unhook_app::Role;
use unhook_app::accounts::{Accounts as _, ENTRY_MS, IDLE_MS, Purpose, SESSION_MS, later};

use super::browser::{Browser, world};
use crate::tests::world::Ask;

#[tokio::test]
async fn a_session_ends_after_an_hour_without_use() {
    let world = world().await;
    let (mut browser, ..) = world.sign_in("Ana", Role::Viewer).await;
    world.surroundings.pass(IDLE_MS - 1);
    assert!(browser.is_in().await);
    world.surroundings.pass(IDLE_MS - 1);
    assert!(browser.is_in().await);
    world.surroundings.pass(IDLE_MS);
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_page_that_was_left_open_keeps_no_session_alive() {
    let world = world().await;
    let (mut browser, ..) = world.sign_in("Ana", Role::Viewer).await;
    world.surroundings.pass(IDLE_MS / 2);
    let live = browser.send(Ask::get("/account").with("accept", "text/event-stream")).await;
    assert_eq!(live.status, StatusCode::OK);
    world.surroundings.pass(IDLE_MS / 2);
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_however_busy() {
    let world = world().await;
    let (mut browser, ..) = world.sign_in("Ana", Role::Viewer).await;
    for _ in 0..SESSION_MS / (IDLE_MS / 2) - 1 {
        world.surroundings.pass(IDLE_MS / 2);
        assert!(browser.is_in().await);
    }
    world.surroundings.pass(IDLE_MS / 2);
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let world = world().await;
    let (mut laptop, mut key, account) = world.sign_in("Ana", Role::Viewer).await;
    let (mut other, ..) = world.sign_in("Bo", Role::Viewer).await;
    let mut phone = world.browser();
    phone.show("/sign-in", &mut key).await;
    let sessions = world.accounts.sessions(account.id, world.running.service.now()).unwrap();
    assert_eq!(sessions.len(), 2);
    let end = format!("/account/sessions/{}/end", sessions[0].id);
    assert_eq!(other.fill(&end, "").await.status, StatusCode::NOT_FOUND);
    assert!(phone.is_in().await);
    assert!(laptop.get("/account").await.text.contains(&sessions[0].id.to_string()));
    assert_eq!(laptop.fill(&end, "").await.status, StatusCode::SEE_OTHER);
    assert!(!phone.is_in().await && laptop.is_in().await);
    phone.show("/sign-in", &mut key).await;
    laptop.fill("/account/sessions/end", "").await;
    assert!(!phone.is_in().await && laptop.is_in().await);
    let stolen = laptop.cookies.clone();
    let out = laptop.fill("/sign-out", "").await;
    assert_eq!(Browser::leads(&out), "/sign-in");
    assert!(laptop.cookies.is_empty());
    laptop.cookies = stolen;
    assert!(!laptop.is_in().await, "what was signed out is over, whoever kept the cookie");
}

#[tokio::test]
async fn whoever_is_not_in_is_sent_to_sign_in_and_scripts_are_told() {
    let world = world().await;
    let mut browser = world.browser();
    let page = browser.get("/account?tab=1").await;
    assert_eq!(Browser::leads(&page), "/sign-in?next=/account%3Ftab%3D1");
    assert_eq!(Browser::leads(&browser.get("/").await), "/sign-in");
    let form = browser.fill("/account/sessions/end", "").await;
    assert_eq!(Browser::leads(&form), "/sign-in");
    for kind in ["text/event-stream", "application/json"] {
        let answer = browser.send(Ask::get("/").with("accept", kind)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    for wrong in ["", "a", &"a".repeat(10_000)] {
        browser.cookies = vec![("unhook".to_owned(), wrong.to_owned())];
        assert!(!browser.is_in().await);
    }
}

#[tokio::test]
async fn a_link_of_this_machine_opens_the_console_once_and_at_once() {
    let world = world().await;
    let (account, _) = world.invite("Demo", Role::Admin);
    let now = world.running.service.now();
    let issue = || {
        let until = later(world.running.service.now(), ENTRY_MS);
        world.accounts.issue(account.id, Purpose::Enter, until).unwrap().unwrap()
    };
    let code = issue();
    let mut browser = world.browser();
    let page = browser.get(&format!("/enter/{code}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("content=\"0;url=/\""), "{}", page.text);
    assert!(browser.is_in().await);
    let sessions = world.accounts.sessions(account.id, now).unwrap();
    assert!(!sessions[0].is_fresh(now), "it proves nothing that an approval would need");
    assert_eq!(world.browser().get(&format!("/enter/{code}")).await.status, StatusCode::NOT_FOUND);
    let code = issue();
    world.surroundings.pass(ENTRY_MS);
    assert_eq!(world.browser().get(&format!("/enter/{code}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.trail()[1..], ["sign-in-refused used-link", "signed-in link"]);
}

#[tokio::test]
async fn the_last_passkey_stays_and_names_are_shown_as_they_are() {
    let world = world().await;
    let (mut browser, _, account) = world.sign_in("<b>Ana</b>", Role::Viewer).await;
    let number = world.accounts.passkeys(account.id).unwrap()[0].number;
    let named = browser
        .fill(
            &format!("/account/passkeys/{number}/name"),
            "label=%3Cscript%3Ealert(1)%3C/script%3E",
        )
        .await;
    assert_eq!(named.status, StatusCode::SEE_OTHER, "{named:?}");
    let removed = browser.fill(&format!("/account/passkeys/{number}/remove"), "").await;
    assert_eq!(Browser::leads(&removed), "/account?said=passkey-last");
    assert_eq!(world.accounts.passkeys(account.id).unwrap().len(), 1);
    let page = browser.get("/account").await.text;
    assert!(!page.contains("<script>alert") && !page.contains("<b>Ana"), "{page}");
    for wrong in ["label=", &format!("label={}", "a".repeat(101)), "label=a%0Ab", "x=y"] {
        let answer = browser.fill(&format!("/account/passkeys/{number}/name"), wrong).await;
        assert!(answer.status.is_client_error(), "{wrong}");
    }
    let huge = format!("label={}", "a".repeat(300 << 10));
    let answer = browser.fill(&format!("/account/passkeys/{number}/name"), &huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
