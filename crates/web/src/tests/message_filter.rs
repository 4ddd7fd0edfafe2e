//! What phones' message filters ask.

use axum::Extension;
use axum::body::Body;
use axum::http::{Request, header};
use tower::ServiceExt as _;

use super::world::{Ask, World};
use crate::peer::Peer;
use crate::{MessageFilter, WebSettings};

const KEY: &str = "abcdefghijklmnopqrst-_K";
const APP: &str = "A1B2C3D4E5.com.acme.unhook.filter";
const LURE: &str = "Your Acme schedule changed, sign in at https://acme-okta.example/login now";

async fn world(apps: &[&str]) -> World {
    let apps = apps.iter().map(|app| (*app).to_owned()).collect();
    let message_filter = Some(MessageFilter::new(KEY, apps).unwrap());
    World::with(WebSettings { message_filter, ..WebSettings::default() }).await
}

/// As iOS writes it.
fn asked(sender: &str, text: &str) -> String {
    serde_json::json!({
        "_version": 1, "query": { "sender": sender, "message": { "text": text } },
        "app": { "version": "1.1" },
    })
    .to_string()
}

fn post<'a>(path: &'a str, body: &'a str) -> Ask<'a> {
    Ask::post(path, body).with("content-type", "application/json; charset=utf-8")
}

#[tokio::test]
async fn a_lure_is_junk_and_all_else_is_left_to_the_phone() {
    let world = world(&[APP]).await;
    let path = format!("/intake/ios/{KEY}");
    let lure = world.send(post(&path, &asked("14085550001", LURE))).await;
    assert_eq!((lure.status.as_u16(), lure.text.as_str()), (200, r#"{"action":"junk"}"#));
    for text in ["see you at eight", "", &"a".repeat(20_000)] {
        let answer = world.send(post(&path, &asked("Ana", text))).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, r#"{"action":"none"}"#));
    }
    // Nothing is kept of any.
    assert_eq!(world.get("/api/v1/reports").await.body["items"], serde_json::json!([]));
}

#[tokio::test]
async fn without_the_key_there_is_nothing() {
    let world = world(&[]).await;
    for key in ["abcdefghijklmnopqrst-_k", "x", "abcdefghijklmnopqrst-_K%20", "%ff"] {
        let answer = world.send(post(&format!("/intake/ios/{key}"), &asked("1", LURE))).await;
        assert!([404, 400].contains(&answer.status.as_u16()), "{key} {answer:?}");
        assert!(!answer.text.contains("junk"));
    }
    let none = World::new().await;
    let answer = none.send(post(&format!("/intake/ios/{KEY}"), &asked("1", LURE))).await;
    assert_eq!(answer.status, 404);
    let association = "/.well-known/apple-app-site-association";
    assert_eq!(none.send(Ask::get(association)).await.status, 404);
    assert_eq!(world.send(Ask::get(association)).await.status, 404, "no apps are known");
}

#[tokio::test]
async fn what_is_not_what_ios_sends_is_refused() {
    let world = world(&[APP]).await;
    let path = format!("/intake/ios/{KEY}");
    let send = async |body: &str| world.send(post(&path, body)).await.status.as_u16();
    assert_eq!(send("{").await, 400);
    assert_eq!(send("{}").await, 422);
    assert_eq!(send(&asked("1", LURE).replace("\"_version\":1", "\"_version\":2")).await, 422);
    assert_eq!(send(&asked("1", &"a".repeat(300_000))).await, 413);
    assert_eq!(send(&asked("1", "x").replace("\"x\"", "7")).await, 422);
    let form = Ask::post(&path, "a=b").with("content-type", "application/x-www-form-urlencoded");
    assert_eq!(world.send(form).await.status, 415);
    assert_eq!(world.send(Ask::get(&path)).await.status, 405);
}

#[tokio::test]
async fn apple_is_told_which_apps_may_ask() {
    let world = world(&[APP]).await;
    let answer = world.send(Ask::get("/.well-known/apple-app-site-association")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(answer.body, serde_json::json!({ "messagefilter": { "apps": [APP] } }));
}

#[tokio::test(start_paused = true)]
async fn one_address_asks_so_often() {
    let world = world(&[APP]).await;
    let router = world.api.clone().layer(Extension(Peer("192.0.2.7:40000".parse().unwrap())));
    let ask = async |key: &str| {
        let request = Request::post(format!("/intake/ios/{key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(asked("1", "see you")))
            .unwrap();
        router.clone().oneshot(request).await.unwrap()
    };
    // Wrong keys count as well, so that nobody tries out many.
    for _ in 0..60 {
        assert_eq!(ask(KEY).await.status(), 200);
        assert_eq!(ask("a-key-that-somebody-guessed").await.status(), 404);
    }
    let refused = ask(KEY).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    tokio::time::advance(crate::message_filter::RATE.refill).await;
    assert_eq!(ask(KEY).await.status(), 200);
}
