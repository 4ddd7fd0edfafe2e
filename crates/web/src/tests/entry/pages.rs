//! The pages themselves: what browsers are told with them, and what they say where passkeys fail.

use axum::http::StatusCode;
use serde_json::json;
use unhook_app::Role;

use super::browser::{Browser, world, world_at};
use crate::tests::world::Ask;

#[tokio::test]
async fn every_page_goes_out_under_one_policy() {
    let world = world().await;
    let (mut browser, ..) = world.sign_in("Ana", Role::Admin).await;
    let (_, code) = world.invite("Bo", Role::Viewer);
    let join = format!("/join/{code}");
    for path in ["/", "/account", "/settings/team", &join, "/join/none", "/enter/none", "/nothing"]
    {
        let page = browser.get(path).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{path}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(page.headers[name], value, "{path}");
        }
        for inline in ["<style", "style=", "onclick", "onload", "javascript:"] {
            assert!(!page.text.contains(inline), "{path} {inline}");
        }
        let scripts = page.text.matches("<script").count();
        assert_eq!(scripts, page.text.matches("<script src=\"/assets/").count(), "{path}");
    }
}

#[tokio::test]
async fn where_no_passkey_works_the_page_says_what_to_do() {
    for (url, says) in [
        ("http://192.0.2.7:8081", "not for IP addresses"),
        ("http://unhook.acme.example", "over TLS"),
    ] {
        let world = world_at(url).await;
        let (_, code) = world.invite("Ana", Role::Admin);
        let mut browser = world.browser();
        for path in ["/sign-in".to_owned(), format!("/join/{code}")] {
            let page = browser.get(&path).await;
            assert!(page.text.contains(says), "{}", page.text);
            assert!(!page.text.contains("data-passkey"), "{}", page.text);
        }
        let answer = browser.post("/sign-in/start", &json!({})).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.body["detail"].as_str().unwrap().contains(says));
    }
}

#[tokio::test]
async fn the_number_of_this_machine_leads_to_its_name() {
    let world = world().await;
    let mut browser = world.browser();
    let ask = Ask::get("/sign-in?next=/campaigns");
    let page = browser.send_to("127.0.0.1:8081", ask).await;
    assert_eq!(Browser::leads(&page), "http://localhost:8081/sign-in?next=/campaigns");
}

#[tokio::test]
async fn one_address_cannot_try_codes_for_ever() {
    let world = world().await;
    let mut browser = world.browser();
    let mut tries = 0;
    loop {
        tries += 1;
        let ask = Ask::get("/join/none");
        let page = browser.send_from("203.0.113.7:9", ask).await;
        if page.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(page.headers.contains_key("retry-after"));
            break;
        }
        assert!(tries < 1_000);
    }
    let other = browser.send_from("203.0.113.8:9", Ask::get("/join/none")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn refusals_fill_no_trail() {
    let world = world().await;
    let mut browser = world.browser();
    for _ in 0..100 {
        browser.get("/enter/none").await;
    }
    let refused = world.trail().iter().filter(|line| line.starts_with("sign-in-refused")).count();
    assert_eq!(refused, 60);
}

#[tokio::test]
async fn the_pages_speak_as_the_browser_asks() {
    let world = world().await;
    let mut browser = world.browser();
    for (language, says) in [("de", "Mit einem Passkey anmelden"), ("es", "Entrar con una llave")] {
        let page = browser.send(Ask::get("/sign-in").with("accept-language", language)).await;
        assert!(page.text.contains(says), "{}", page.text);
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_a_page_for_people_and_data_for_scripts() {
    let world = world().await;
    let (mut admin, ..) = world.sign_in("Ada", Role::Admin).await;
    let (mut viewer, ..) = world.sign_in("Vi", Role::Viewer).await;
    let mut nobody = world.browser();
    for (answer, says) in [
        (admin.fill("/settings/team", "name=+&role=viewer").await, "write a name in a few words"),
        (admin.fill("/account/passkeys/99/remove", "").await, "no such passkey"),
        (viewer.get("/settings/team").await, "this is for admins"),
        (viewer.forge("/account/sessions/end").await, "You may not do this"),
        (viewer.forge("/check").await, "You may not do this"),
        (nobody.get("/join/none/oidc").await, "ask whoever sent it for another"),
        (nobody.forge("/sign-out").await, "You may not do this"),
    ] {
        assert!(answer.status.is_client_error(), "{answer:?}");
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8", "{answer:?}");
        assert!(answer.text.contains(says), "{says}: {}", answer.text);
    }
    let asks_for_data = Ask::get("/settings/team").with("accept", "application/json");
    for answer in [
        viewer.send(asks_for_data).await,
        viewer.forge("/account/passkeys/start").await,
        nobody.forge("/join/none/finish").await,
        nobody.post("/join/none/start", &json!({})).await,
    ] {
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{answer:?}");
    }
}

#[tokio::test]
async fn language_and_light_are_chosen_on_every_page() {
    let world = world().await;
    let (mut browser, ..) = world.sign_in("Ana", Role::Viewer).await;
    world.surroundings.pass(5 * 60 * 1_000);
    let (_, code) = world.invite("Bo", Role::Viewer);
    let mut nobody = world.browser();
    let pages = [
        nobody.get("/sign-in").await,
        nobody.get(&format!("/join/{code}")).await,
        browser.get("/step-up").await,
        browser.get("/account").await,
    ];
    for page in pages {
        let text = page.text.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
        for part in ["data-language=\"de\"", "data-language=\"es\"", "data-theme-next"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
