//! Texts out through Telnyx, against a stand-in of its API.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use unhook_app::probe::{TexterProbe, contract};
use unhook_app::telling::Texter as _;
use unhook_app::{DeliveryError, OutgoingId, Receipt};
use unhook_messaging::telnyx::{TelnyxAccount, TelnyxTexter};
use unhook_messaging::{Secret, TextFrom};
use unhook_model::PhoneNumber;

use crate::world::Server;

const ID: OutgoingId = OutgoingId::from_bytes([3; 16]);

type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// What becomes of a text goes by its words.
async fn message(State(asked): State<Asked>, headers: HeaderMap, body: String) -> Response {
    let given: Value = serde_json::from_str(&body).expect("JSON");
    let text = given["text"].as_str().expect("a text").to_owned();
    let authorization = headers["authorization"].to_str().expect("ASCII").to_owned();
    let is_known = authorization == "Bearer KEY1";
    asked.lock().expect("lock").push((authorization, given));
    let errors = |status: u16, code: &str| {
        let body = json!({ "errors": [{ "code": code, "detail": "+12015550123 is blocked" }] });
        (StatusCode::from_u16(status).expect("a status"), body.to_string()).into_response()
    };
    match text.as_str() {
        _ if !is_known => errors(401, "10009"),
        "garbled" => "}".into_response(),
        "too many" => ([("retry-after", "7")], errors(429, "10011")).into_response(),
        "stopped" => errors(400, "40300"),
        "broken" => errors(500, "10007"),
        "gateway" => (StatusCode::BAD_GATEWAY, "<html>").into_response(),
        "moved" => (StatusCode::FOUND, [("location", "/elsewhere")]).into_response(),
        _ => json!({ "data": { "id": "m7", "to": [{ "status": "queued" }] } })
            .to_string()
            .into_response(),
    }
}

/// The profiles that texts go out by, for whoever has the key.
async fn profiles(headers: HeaderMap) -> Response {
    if headers["authorization"] != "Bearer KEY1" {
        let body = json!({ "errors": [{ "code": "10009", "title": "Authentication failed" }] });
        return (StatusCode::UNAUTHORIZED, body.to_string()).into_response();
    }
    json!({ "data": [{ "id": "profile", "name": "Ana's" }], "meta": { "total_results": 1 } })
        .to_string()
        .into_response()
}

async fn api() -> (Server, Asked) {
    let asked = Asked::default();
    let kept = Arc::clone(&asked);
    let app = Router::new()
        .route("/v2/messages", post(message))
        .route("/v2/messaging_profiles", get(profiles))
        .with_state(kept);
    (Server::start(|_| app).await, asked)
}

fn texter(url: &str, key: &str, from: TextFrom) -> TelnyxTexter {
    let account = TelnyxAccount { key: Secret::new(key), from };
    TelnyxTexter::new(account).expect("settings").api(url)
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

fn from() -> TextFrom {
    TextFrom::Number(number("+12015550199"))
}

async fn send(url: &str, body: &str) -> Result<Receipt, DeliveryError> {
    texter(url, "KEY1", from()).text(ID, &number("+12015550123"), body).await
}

#[tokio::test]
async fn a_text_that_was_taken_has_a_receipt() {
    let (server, asked) = api().await;
    assert_eq!(send(&server.url, "häuser 🎣").await, Ok(Receipt("m7".to_owned())));
    // Taken is taken, whatever became of the rest of the answer.
    assert_eq!(send(&server.url, "garbled").await, Ok(Receipt::default()));
    let profile = texter(&server.url, "KEY1", TextFrom::Service("profile".to_owned()));
    profile.text(ID, &number("+12015550123"), "x").await.expect("sent");
    let asked = asked.lock().expect("lock");
    let expected = json!({ "from": "+12015550199", "to": "+12015550123", "text": "häuser 🎣",
        "tags": [ID.to_string()] });
    assert_eq!(asked[0], ("Bearer KEY1".to_owned(), expected));
    assert_eq!(asked[2].1["messaging_profile_id"], "profile");
    assert_eq!(asked[2].1["from"], Value::Null);
}

#[tokio::test]
async fn what_may_be_sent_again_is_told_from_what_may_not() {
    let (server, _) = api().await;
    let later = |why: &str, after| DeliveryError::Later { why: why.to_owned(), after };
    let refused = |why: &str| DeliveryError::Refused { why: why.to_owned() };
    let check = async |body: &str, expected| {
        let answer = send(&server.url, body).await;
        assert_eq!(answer, Err(expected), "{body}");
    };
    let after = Some(Duration::from_secs(7));
    check("too many", later("Telnyx refused it (10011)", after)).await;
    check("broken", later("Telnyx refused it (10007)", None)).await;
    check("stopped", refused("the recipient replied STOP (40300)")).await;
    check("moved", refused("Telnyx refused it (status 302)")).await;
    let why = "something before Telnyx answered with status 502".to_owned();
    check("gateway", DeliveryError::Unknown { why }).await;

    let wrong = texter(&server.url, "KEY2", from()).text(ID, &number("+12015550123"), "x").await;
    assert_eq!(wrong, Err(later("the API key is not accepted (10009)", None)));
    let short = texter(&server.url, "KEY1", from()).text(ID, &number("28777"), "x").await;
    assert_eq!(short, Err(refused("the recipient's number has no country code")));
    let url = server.url.clone();
    drop(server);
    let nowhere = send("no url", "x").await;
    assert!(matches!(nowhere, Err(DeliveryError::Refused { .. })), "{nowhere:?}");
    assert!(!format!("{:?}", texter(&url, "KEY1", from())).contains("KEY1"));
}

#[tokio::test]
async fn a_key_is_tried_without_a_text() {
    let (server, asked) = api().await;
    let found = async |key: &str| {
        let probe = TexterProbe(Arc::new(texter(&server.url, key, from())));
        contract::run(&probe).await.map_err(|error| error.to_string())
    };
    let well = found("KEY1").await.expect("let in");
    assert!(well.contains("accepts the credentials") && !well.contains("Ana"), "{well}");
    let why = found("KEY2").await.expect_err("not let in");
    assert!(why.contains("the API key is not accepted (10009); compare"), "{why}");
    assert!(asked.lock().expect("lock").is_empty());
}
