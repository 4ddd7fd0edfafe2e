//! Telnyx: its SDK and we accept and refuse the same calls.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use reqwest::StatusCode;
use serde_json::{Value, json};
use unhook_app::submission::Intake;
use unhook_app::{OutgoingId, ServiceError};
use unhook_messaging::telnyx::{INTAKE_PATH, TelnyxEvent, TelnyxWebhook, router};
use unhook_messaging::webhook::{
    LARGEST_BODY, ProviderError, SignatureProblem, TextStage, WebhookCall,
};

use crate::judges::Judge;
use crate::world::{NOW, Sender, Server, StandIn, nothing_else_is_accepted, still};

const JUDGE: Judge = Judge { name: "telnyx", script: "webhooks/judge_telnyx" };
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const SIGNATURE: &str = "telnyx-signature-ed25519";
const TIMESTAMP: &str = "telnyx-timestamp";
const JSON: (&str, &str) = ("content-type", "application/json");

pub(crate) fn received(id: &str, text: &str) -> String {
    let event = json!({ "data": { "event_type": "message.received", "record_type": "event",
        "payload": {
            "id": id, "type": "SMS", "direction": "inbound",
            "from": { "phone_number": "+12015550123" },
            "to": [{ "phone_number": "+12015550199" }],
            "text": text, "media": [],
        },
    }});
    event.to_string()
}

/// Has the judge sign calls, each a time and a body, and asks it of each whether it verifies.
async fn asked(calls: &[(i64, &str)]) -> Option<(String, Vec<(String, bool)>)> {
    let calls: Vec<Value> = calls
        .iter()
        .map(|(time, body)| json!({ "timestamp": time.to_string(), "body": body }))
        .collect();
    let question = json!({ "seed": SEED, "now": NOW, "calls": calls });
    let answer = tokio::task::spawn_blocking(move || JUDGE.ask(&question)).await;
    let answer = answer.expect("a judge")?;
    let calls = answer["calls"].as_array().expect("a list").iter();
    let calls = calls
        .map(|call| {
            let signature = call["signature"].as_str().expect("text").to_owned();
            (signature, call["verifies"].as_bool().expect("a truth value"))
        })
        .collect();
    Some((answer["public"].as_str().expect("text").to_owned(), calls))
}

#[tokio::test]
async fn the_sdk_and_we_accept_the_same() {
    let body = received("m1", "häuser 🎣 \"tap\" acme-okta.example");
    let times = [0, -300, 300, -301, 301, -NOW];
    let calls: Vec<(i64, &str)> = times.iter().map(|at| (NOW + at, body.as_str())).collect();
    let Some((public, answers)) = asked(&calls).await else { return };
    let webhook = TelnyxWebhook::new(&public, still()).expect("a key");
    for ((time, _), (signature, verifies)) in calls.iter().zip(&answers) {
        let time = time.to_string();
        let headers = [(SIGNATURE, signature.as_str()), (TIMESTAMP, time.as_str()), JSON];
        let call = WebhookCall { headers: &headers, body: body.as_bytes(), ..Default::default() };
        let read = webhook.read(&call);
        assert_eq!(read.is_ok(), *verifies, "{time}: {read:?}");
        if *verifies {
            assert!(matches!(read, Ok(TelnyxEvent::Text(_))), "{read:?}");
            nothing_else_is_accepted(&call, SIGNATURE, |call| {
                matches!(webhook.read(call), Err(ProviderError::Signature(_)))
            });
        } else {
            let is_stale = matches!(read, Err(ProviderError::Signature(SignatureProblem::Stale)));
            assert!(is_stale, "{read:?}");
        }
    }
    assert_eq!(answers.iter().filter(|(_, verifies)| *verifies).count(), 3);
    // Another key: RFC 8032, section 7.1, test 2.
    let other = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
    let other = TelnyxWebhook::new(other, still()).expect("a key");
    let now = NOW.to_string();
    let headers = [(SIGNATURE, answers[0].0.as_str()), (TIMESTAMP, now.as_str()), JSON];
    let call = WebhookCall { headers: &headers, body: body.as_bytes(), ..Default::default() };
    let read = other.read(&call);
    assert!(matches!(read, Err(ProviderError::Signature(SignatureProblem::Wrong))), "{read:?}");
}

#[test]
fn a_key_that_is_none_is_refused() {
    for key in ["", "AAAA", "not base64!", "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0ZgwA"] {
        assert!(TelnyxWebhook::new(key, still()).is_err(), "{key}");
    }
}

#[tokio::test]
async fn a_text_is_taken_and_answered_once() {
    let now = NOW.to_string();
    let id = OutgoingId::from_bytes([9; 16]);
    let status = json!({ "data": { "event_type": "message.finalized", "payload": {
        "id": "m9", "to": [{ "status": "delivered" }], "tags": [id.to_string()] } } });
    let status = status.to_string();
    let other = json!({ "data": { "event_type": "call.hangup" } }).to_string();
    let (text, hush) = (received("m1", "tap"), received("m2", "hush"));
    let large = received("m3", &"a".repeat(LARGEST_BODY));
    let bodies = [&text, &hush, &status, &other, &large, "{}"];
    let calls: Vec<(i64, &str)> = bodies.iter().map(|body| (NOW, &**body)).collect();
    let Some((public, answers)) = asked(&calls).await else { return };

    let intake = Arc::new(StandIn::default());
    let (texter, mut sent) = Sender::pair();
    let statuses = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&statuses);
    let webhook = TelnyxWebhook::new(&public, still()).expect("a key");
    let webhook = webhook.on_status(move |status| kept.lock().expect("lock").push(status));
    let refused = webhook.refused();
    let taker = Arc::clone(&intake) as Arc<dyn Intake>;
    let server = Server::start(|_| router(webhook, taker, Some(texter), still())).await;
    let post = async |number: usize, body: &str| {
        let headers = [(SIGNATURE, answers[number].0.as_str()), (TIMESTAMP, &now), JSON];
        server.post(INTAKE_PATH, &headers, body).await.status()
    };
    assert_eq!(post(0, &text).await, StatusCode::OK);
    let answer = ("+12015550123".to_owned(), "got \"tap\" & <that>".to_owned());
    assert_eq!(sent.recv().await, Some(answer));
    // Again, and something with nothing to say: nobody hears anything.
    assert_eq!(post(0, &text).await, StatusCode::OK);
    assert_eq!(post(1, &hush).await, StatusCode::OK);
    assert_eq!(intake.taken().len(), 3);

    assert_eq!(post(2, &status).await, StatusCode::OK);
    assert_eq!(post(3, &other).await, StatusCode::OK);
    let stages: Vec<_> =
        statuses.lock().expect("lock").iter().map(|status| (status.id, status.stage)).collect();
    assert_eq!(stages, [(Some(id), TextStage::Delivered)]);

    assert_eq!(post(4, &large).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(5, "{}").await, StatusCode::BAD_REQUEST);
    assert_eq!(refused.load(Ordering::Relaxed), 0);
    assert_eq!(post(0, &hush).await, StatusCode::FORBIDDEN);
    let unsigned = server.post(INTAKE_PATH, &[JSON], text.as_str()).await;
    assert_eq!(unsigned.status(), StatusCode::FORBIDDEN);
    assert_eq!(refused.load(Ordering::Relaxed), 2);
    assert_eq!(intake.taken().len(), 3);

    intake.fail_with(ServiceError::Unavailable("a full disk".into()));
    assert_eq!(post(1, &hush).await, StatusCode::SERVICE_UNAVAILABLE);
    intake.fail_with(ServiceError::TooMany { seconds: 9 });
    assert_eq!(post(0, &text).await, StatusCode::OK);
    drop(server);
    assert!(sent.try_recv().is_err(), "one text, one answer");
}
