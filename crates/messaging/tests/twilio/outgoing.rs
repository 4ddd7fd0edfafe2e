//! Texts out, against a stand-in of the API that Twilio's own SDK is content with.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use unhook_app::probe::{TexterProbe, contract};
use unhook_app::telling::Texter as _;
use unhook_app::{DeliveryError, OutgoingId, Receipt};
use unhook_messaging::twilio::{TwilioAccount, TwilioTexter};
use unhook_messaging::{Secret, TextFrom};
use unhook_model::PhoneNumber;

use crate::PYTHON;
use crate::api::{
    Api, BROKEN, CREATED, DOWN, FAILED_AT_ONCE, FROM, GARBLED, GATEWAY, LOST, MOVED, SID, STOPPED,
    TOKEN, TOO_MANY,
};

const ID: OutgoingId = OutgoingId::from_bytes([3; 16]);

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

fn account() -> TwilioAccount {
    TwilioAccount { sid: SID.to_owned(), key: None, secret: Secret::new(TOKEN) }
}

fn texter(api: &str) -> TwilioTexter {
    TwilioTexter::new(account(), TextFrom::Number(number(FROM))).expect("settings").api(api)
}

async fn send(api: &str, to: &str) -> Result<Receipt, DeliveryError> {
    texter(api).text(ID, &number(to), "nothing found: häuser 🎣").await
}

/// The SDK waits for the stand-in, so it runs on another thread than that.
async fn asked(question: Value) -> Option<Value> {
    tokio::task::spawn_blocking(move || PYTHON.ask(&question)).await.expect("a judge")
}

#[tokio::test]
async fn the_stand_in_is_what_the_sdk_expects() {
    let (api, url) = Api::start().await;
    let text = |to: &str| json!({ "to": to, "from_": FROM, "body": "häuser 🎣" });
    let texts = [CREATED, TOO_MANY, STOPPED, LOST].map(text);
    let question = json!({ "send": { "sid": SID, "token": TOKEN, "api": url, "texts": texts } });
    let Some(answers) = asked(question).await else { return };
    let sid = format!("SM{:032x}", 7);
    assert_eq!(answers[0], json!({ "sid": sid, "status": "queued" }));
    assert_eq!(answers[1], json!({ "status": 429, "code": 20429 }));
    assert_eq!(answers[2], json!({ "status": 400, "code": 21610 }));
    assert_eq!(answers[3], json!({ "broken": "ConnectionError" }));

    // And our texter asks for what the SDK asks for.
    let of_sdk = api.take();
    texter(&url).text(ID, &number(CREATED), "häuser 🎣").await.expect("sent");
    let sorted = |mut parameters: Vec<(String, String)>| {
        parameters.sort();
        parameters
    };
    let ours = api.take().remove(0);
    assert_eq!(sorted(ours), sorted(of_sdk[0].clone()));
}

#[tokio::test]
async fn a_text_that_was_taken_has_a_receipt() {
    let (api, url) = Api::start().await;
    assert_eq!(send(&url, CREATED).await, Ok(Receipt(format!("SM{:032x}", 7))));
    // Created is created, whatever became of the rest of the answer.
    assert_eq!(send(&url, GARBLED).await, Ok(Receipt::default()));
    api.take();
    let service = TextFrom::Service("MG01".to_owned());
    let texter = TwilioTexter::new(account(), service).expect("settings").api(&url);
    let texter = texter.status_to("https://sms.acme.example/");
    texter.text(ID, &number(CREATED), "x").await.expect("sent");
    let asked = api.take().remove(0);
    let of = |name: &str| asked.iter().find(|(known, _)| known == name).map(|(_, value)| &**value);
    assert_eq!(of("MessagingServiceSid"), Some("MG01"));
    assert_eq!(of("From"), None);
    let callback = format!("https://sms.acme.example/intake/twilio/status?id={ID}");
    assert_eq!(of("StatusCallback"), Some(callback.as_str()));
}

#[tokio::test]
async fn what_may_be_sent_again_is_told_from_what_may_not() {
    let (_api, url) = Api::start().await;
    let later = |why: &str, after| DeliveryError::Later { why: why.to_owned(), after };
    let refused = |why: &str| DeliveryError::Refused { why: why.to_owned() };
    let unknown = |why: &str| DeliveryError::Unknown { why: why.to_owned() };
    let after = Some(Duration::from_secs(7));
    let check = async |to: &str, expected| assert_eq!(send(&url, to).await, Err(expected), "{to}");
    check(TOO_MANY, later("Twilio refused it (20429)", after)).await;
    check(BROKEN, later("Twilio refused it (20500)", None)).await;
    check(DOWN, later("Twilio refused it (status 503)", None)).await;
    check(STOPPED, refused("the recipient replied STOP (21610)")).await;
    check(MOVED, refused("Twilio refused it (status 302)")).await;
    let unregistered = "the number it is sent from is not registered with the carriers (A2P 10DLC)";
    check(FAILED_AT_ONCE, refused(&format!("{unregistered} (30034)"))).await;
    check(GATEWAY, unknown("something before Twilio answered with status 502")).await;
    check(LOST, unknown("the connection to Twilio broke before the answer")).await;
    check("28777", refused("the recipient's number has no country code")).await;

    let wrong = TwilioAccount { secret: Secret::new("wrong"), ..account() };
    let texter = TwilioTexter::new(wrong, TextFrom::Number(number(FROM))).expect("settings");
    let answer = texter.api(&url).text(ID, &number(CREATED), "x").await;
    assert_eq!(answer, Err(later("the account's credentials are not accepted (20003)", None)));
}

/// What a test of an account finds.
async fn found(texter: TwilioTexter) -> Result<String, String> {
    let found = contract::run(&TexterProbe(Arc::new(texter))).await;
    let found = found.map_err(|error| error.to_string());
    let (Ok(line) | Err(line)) = &found;
    assert!(!line.contains(SID) && !line.contains("Ana") && !line.contains(TOKEN), "{line}");
    found
}

#[tokio::test]
async fn an_account_is_tried_without_a_text() {
    let (api, url) = Api::start().await;
    let well = found(texter(&url)).await.expect("let in");
    assert!(well.contains("accepts the credentials"), "{well}");
    let other = |account: TwilioAccount| {
        let from = TextFrom::Number(number(FROM));
        TwilioTexter::new(account, from).expect("settings").api(&url)
    };
    let wrong = other(TwilioAccount { secret: Secret::new("wrong"), ..account() });
    let why = found(wrong).await.expect_err("not let in");
    assert!(why.contains("credentials are not accepted (20003); compare"), "{why}");
    let stranger = other(TwilioAccount { sid: SID.replace('0', "1"), ..account() });
    let why = found(stranger).await.expect_err("not let in");
    assert!(why.contains("credentials are not accepted"), "{why}");
    assert!(api.take().is_empty());
}

#[tokio::test]
async fn what_answers_in_the_place_of_the_api_does_not_count() {
    let page = axum::Router::new().fallback(async || "<html>sign in to the hotel's network</html>");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let served = tokio::spawn(async move { axum::serve(listener, page).await });
    let why = found(texter(&url)).await.expect_err("no API");
    assert!(why.contains("not the provider's API"), "{why}");
    served.abort();
    let _ = served.await;
    let why = found(texter(&url)).await.expect_err("nobody there");
    assert!(why.contains("no connection to Twilio; try again"), "{why}");
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let answer = send(&url, CREATED).await;
    assert!(matches!(answer, Err(DeliveryError::Later { .. })), "{answer:?}");
    let answer = send("no url", CREATED).await;
    assert!(matches!(answer, Err(DeliveryError::Refused { .. })), "{answer:?}");
}

#[tokio::test]
async fn nothing_secret_or_personal_is_told() {
    let (_api, url) = Api::start().await;
    let texter = texter(&url);
    assert!(!format!("{texter:?}").contains(TOKEN));
    for to in [TOO_MANY, STOPPED, LOST, BROKEN, GATEWAY, MOVED] {
        let why = send(&url, to).await.expect_err("an error").to_string();
        assert!(!why.contains(&to[1..]) && !why.contains(SID) && !why.contains("häuser"), "{why}");
    }
    assert!(
        TwilioTexter::new(
            TwilioAccount { sid: "AC/../x".to_owned(), ..account() },
            TextFrom::Number(number(FROM))
        )
        .is_err()
    );
}
