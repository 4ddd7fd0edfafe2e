//! The form for everybody.

use axum::http::header;

use super::world::{Ask, World};

fn post(body: &str) -> Ask<'_> {
    Ask::post("/report", body)
        .with("content-type", "application/x-www-form-urlencoded")
        .with("sec-fetch-site", "same-origin")
}

const LURE: &str =
    "text=Your+Acme+parcel+is+held%3A+%3Cb%3Eacme-okta.example%3C%2Fb%3E&sender=ACME";

#[tokio::test]
async fn a_text_is_pasted_and_answered_and_never_shown_again() {
    let world = World::open().await;
    let page = world.send(Ask::get("/report").with("accept-language", "fr")).await;
    assert_eq!(
        (page.status.as_u16(), &page.headers[header::CONTENT_LANGUAGE]),
        (200, &"fr".parse().unwrap())
    );
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
    let answer = world.send(post(LURE)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.text.contains("class=\"answer\""), "{}", answer.text);
    assert!(!answer.text.contains("acme-okta") && !answer.text.contains("<b>"), "{}", answer.text);
}

#[tokio::test]
async fn what_comes_from_elsewhere_is_not_taken() {
    let world = World::open().await;
    let answer = world.send(post(LURE).with("sec-fetch-site", "cross-site")).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("role=\"alert\""));
    let metrics = world.get("/api/v1/reports").await;
    assert_eq!(metrics.body["items"], serde_json::json!([]));
}

#[tokio::test]
async fn what_cannot_be_read_is_said_in_the_readers_language() {
    let world = World::open().await;
    let empty = world.send(post("text=+").with("accept-language", "de")).await;
    assert_eq!(empty.status, 422);
    assert!(empty.text.contains("Bitte fügen Sie die SMS ein."), "{}", empty.text);
    let long = format!("text={}", "a".repeat(300_000));
    assert_eq!(world.send(post(&long)).await.status, 413);
}
