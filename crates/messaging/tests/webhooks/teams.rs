//! Teams: calls signed as Microsoft describes it are taken and answered in the response.
//!
//! No SDK verifies outgoing webhooks; the signatures here are made by other code than ours reads.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::StatusCode;
use ring::hmac;
use serde_json::{Value, json};
use unhook_app::submission::Intake;
use unhook_app::{ServiceError, Way};
use unhook_messaging::Secret;
use unhook_messaging::chat::teams::{INTAKE_PATH, TeamsWebhook, router};
use unhook_messaging::webhook::{LARGEST_BODY, ProviderError, SignatureProblem, WebhookCall};

use crate::world::{Server, StandIn, nothing_else_is_accepted, still};

const TOKEN: &str = "c2l4dGVlbiBieXRlcyBhbmQgc29tZSBtb3JlIG9mIHRoZW0=";
const AUTHORIZATION: &str = "authorization";
const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

fn activity(text: &str) -> Value {
    json!({
        "type": "message", "id": "1658357340000", "timestamp": "2022-07-20T22:49:00.123Z",
        "channelId": "msteams", "text": text, "textFormat": "plain",
        "from": { "id": "29:1x", "name": "Ana", "aadObjectId": "7f1e" },
        "conversation": { "id": "19:abc@thread.tacv2;messageid=1658357340000" },
    })
}

fn signature(body: &str) -> String {
    let key = BASE64_STANDARD.decode(TOKEN).expect("Base64");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    format!("HMAC {}", BASE64_STANDARD.encode(hmac::sign(&key, body.as_bytes())))
}

fn webhook(token: &str) -> TeamsWebhook {
    TeamsWebhook::new(&Secret::new(token), still()).expect("settings")
}

#[test]
fn what_is_signed_is_read_and_nothing_else() {
    let html = "<at>Unhook</at>&nbsp;tap <a href=\"https://lure.example/x\">acme.example</a> &amp;";
    let body = activity(html).to_string();
    let signature = signature(&body);
    let headers = [(AUTHORIZATION, signature.as_str()), JSON];
    let call = WebhookCall { headers: &headers, body: body.as_bytes(), ..Default::default() };
    let submission = webhook(TOKEN).read(&call).expect("it is signed").expect("it is a message");
    assert_eq!(submission.message.body, "tap acme.example &\nhttps://lure.example/x");
    let key = "teams/19:abc@thread.tacv2;messageid=1658357340000/1658357340000";
    assert_eq!(submission.key.as_deref(), Some(key));
    assert_eq!((submission.way, submission.from), (Way::Chat, None));
    assert_eq!(webhook(TOKEN).sign(body.as_bytes()), signature);
    nothing_else_is_accepted(&call, AUTHORIZATION, |call| {
        matches!(webhook(TOKEN).read(call), Err(ProviderError::Signature(_)))
    });
    let other = webhook("YW5vdGhlcg==").read(&call);
    assert!(matches!(other, Err(ProviderError::Signature(SignatureProblem::Wrong))));
    for token in ["", "not base64!", "===="] {
        assert!(TeamsWebhook::new(&Secret::new(token), still()).is_err(), "{token}");
    }
}

#[tokio::test]
async fn a_message_is_taken_and_answered_in_the_response() {
    let intake = Arc::new(StandIn::default());
    let webhook = webhook(TOKEN);
    let refused = webhook.refused();
    let taker = Arc::clone(&intake) as Arc<dyn Intake>;
    let server = Server::start(|_| router(webhook, taker)).await;
    let send = async |body: String| {
        let headers = [(AUTHORIZATION, signature(&body)), (JSON.0, JSON.1.to_owned())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        server.post(INTAKE_PATH, &headers, body).await
    };
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut activity = activity("tap");
        change(&mut activity);
        activity.to_string()
    };
    let answer = send(activity("<at>Unhook</at> tap").to_string()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.expect("JSON");
    let expected = json!({ "type": "message", "text": "got \"tap\" &amp; &lt;that&gt;" });
    assert_eq!(answer, expected);
    let silent = send(activity("hush").to_string()).await;
    assert_eq!(
        (silent.status(), silent.text().await.expect("a body").as_str()),
        (StatusCode::OK, "")
    );
    let other = changed(&|activity| activity["type"] = "conversationUpdate".into());
    assert_eq!(send(other).await.status(), StatusCode::OK);
    assert_eq!(intake.taken().len(), 2);

    let stale = changed(&|activity| activity["timestamp"] = "2022-07-20T22:40:00Z".into());
    assert_eq!(send(stale).await.status(), StatusCode::FORBIDDEN);
    for (name, value) in [("timestamp", "noon"), ("id", ""), ("id", "a b")] {
        let odd = changed(&|activity| activity[name] = value.into());
        assert_eq!(send(odd).await.status(), StatusCode::BAD_REQUEST, "{name} {value}");
    }
    assert_eq!(send("[]".to_owned()).await.status(), StatusCode::BAD_REQUEST);
    let large = activity(&"a".repeat(LARGEST_BODY)).to_string();
    assert_eq!(send(large).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let unsigned = server.post(INTAKE_PATH, &[JSON], activity("tap").to_string()).await;
    assert_eq!(unsigned.status(), StatusCode::FORBIDDEN);
    assert_eq!((intake.taken().len(), refused.load(Ordering::Relaxed)), (2, 2));
    intake.fail_with(ServiceError::Unavailable("a full disk".into()));
    assert_eq!(send(activity("tap").to_string()).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}
