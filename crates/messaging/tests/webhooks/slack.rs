//! Slack: its SDK and we accept and refuse the same calls, and an answer goes to where Slack says.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use unhook_app::submission::Intake;
use unhook_app::{ServiceError, Way};
use unhook_messaging::Secret;
use unhook_messaging::chat::slack::{INTAKE_PATH, SlackWebhook, router};
use unhook_messaging::webhook::{LARGEST_BODY, ProviderError, SignatureProblem, WebhookCall};

use crate::judges::Judge;
use crate::world::{NOW, Server, StandIn, encoded, nothing_else_is_accepted, still};

const JUDGE: Judge = Judge { name: "slack", script: "webhooks/judge_slack" };
const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const SIGNATURE: &str = "x-slack-signature";
const TIMESTAMP: &str = "x-slack-request-timestamp";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn shortcut(text: &str, response_url: &str) -> Value {
    json!({
        "type": "message_action", "callback_id": "report", "trigger_id": "1.2.3",
        "team": { "id": "T01", "domain": "acme" }, "channel": { "id": "C01", "name": "general" },
        "user": { "id": "U01", "name": "ana" },
        "message": { "type": "message", "user": "U02", "ts": "1658357340.000100", "text": text },
        "response_url": response_url,
    })
}

fn body(payload: &Value) -> String {
    encoded(&[("payload", &payload.to_string())])
}

fn asked(calls: &[(i64, &str)]) -> Option<Vec<(String, bool)>> {
    let calls: Vec<Value> = calls
        .iter()
        .map(|(time, body)| json!({ "timestamp": time.to_string(), "body": body }))
        .collect();
    let answer = JUDGE.ask(&json!({ "secret": SECRET, "now": NOW, "calls": calls }))?;
    let answers = answer.as_array().expect("a list").iter().map(|answer| {
        let signature = answer["signature"].as_str().expect("text").to_owned();
        (signature, answer["verifies"].as_bool().expect("a truth value"))
    });
    Some(answers.collect())
}

fn webhook(secret: &str) -> SlackWebhook {
    SlackWebhook::new(&Secret::new(secret), still()).expect("settings")
}

#[test]
fn the_sdk_and_we_accept_the_same() {
    let body = body(&shortcut("häuser 🎣 &amp; tap", "https://hooks.slack.com/app/T01/1/x"));
    let times = [0, -300, 300, -301, 301];
    let calls: Vec<(i64, &str)> = times.iter().map(|at| (NOW + at, body.as_str())).collect();
    let Some(answers) = asked(&calls) else { return };
    let verified: Vec<bool> = answers.iter().map(|(_, verifies)| *verifies).collect();
    assert_eq!(verified, [true, true, true, false, false]);
    for ((time, _), (signature, verifies)) in calls.iter().zip(&answers) {
        let time = time.to_string();
        let headers = [(SIGNATURE, signature.as_str()), (TIMESTAMP, time.as_str()), FORM];
        let call = WebhookCall { headers: &headers, body: body.as_bytes(), ..Default::default() };
        let read = webhook(SECRET).read(&call);
        let other = webhook("another").read(&call);
        assert!(matches!(other, Err(ProviderError::Signature(_))));
        if !verifies {
            let is_stale = matches!(read, Err(ProviderError::Signature(SignatureProblem::Stale)));
            assert!(is_stale, "{time}: {read:?}");
            continue;
        }
        let report = read.expect("it is signed").expect("it is a shortcut");
        assert_eq!(report.submission.message.body, "häuser 🎣 & tap");
        assert_eq!((report.submission.way, report.submission.from), (Way::Chat, None));
        assert!(report.response_url.is_some());
        nothing_else_is_accepted(&call, SIGNATURE, |call| {
            matches!(webhook(SECRET).read(call), Err(ProviderError::Signature(_)))
        });
    }
}

/// Where answers go, as Slack would take them.
async fn slack() -> (Server, mpsc::UnboundedReceiver<Value>) {
    async fn take(State(heard): State<mpsc::UnboundedSender<Value>>, body: String) -> &'static str {
        heard.send(serde_json::from_str(&body).expect("JSON")).expect("somebody listens");
        "ok"
    }
    let (heard, answers) = mpsc::unbounded_channel();
    let app = Router::new().route("/app/T01/1/x", post(take)).with_state(heard);
    (Server::start(|_| app).await, answers)
}

#[tokio::test]
async fn a_shortcut_is_taken_and_answered_where_slack_says() {
    let (there, mut answers) = slack().await;
    let url = format!("{}/app/T01/1/x", there.url);
    let reported = body(&shortcut("tap <http://lure.example|acme.example>", &url));
    let elsewhere = url.replace("127.0.0.1", "localhost");
    let elsewhere = body(&shortcut("hello", &elsewhere));
    let mut edited = shortcut("tap", &url);
    edited["message"]["edited"] = json!({ "user": "U02", "ts": "1658357341.000000" });
    let mut other = edited.clone();
    other["type"] = "block_actions".into();
    let mut incomplete = edited.clone();
    incomplete["user"] = Value::Null;
    let (edited, other, incomplete) = (body(&edited), body(&other), body(&incomplete));
    let large = body(&shortcut(&"a".repeat(LARGEST_BODY), &url));
    let calls = [
        (NOW, reported.as_str()),
        (NOW, &elsewhere),
        (NOW, &edited),
        (NOW, &other),
        (NOW, &incomplete),
        (NOW, &large),
        (NOW, "payload=x"),
    ];
    let Some(signed) = asked(&calls) else { return };

    let intake = Arc::new(StandIn::default());
    let webhook = webhook(SECRET).replies_at(&there.url);
    let refused = webhook.refused();
    let taker = Arc::clone(&intake) as Arc<dyn Intake>;
    let server = Server::start(|_| router(webhook, taker).expect("a client")).await;
    let now = NOW.to_string();
    let send = async |number: usize| {
        let headers = [(SIGNATURE, signed[number].0.as_str()), (TIMESTAMP, &now), FORM];
        let answer = server.post(INTAKE_PATH, &headers, calls[number].1).await;
        (answer.status(), answer.text().await.expect("a body"))
    };
    assert_eq!(send(0).await, (StatusCode::OK, String::new()));
    let answer = answers.recv().await.expect("an answer");
    let text = "got \"tap acme.example (http://lure.example)\" &amp; &lt;that&gt;";
    let expected = json!({ "response_type": "ephemeral", "replace_original": false, "text": text });
    assert_eq!(answer, expected);
    // An address that is not Slack's gets nothing.
    assert_eq!(send(1).await.0, StatusCode::OK);
    assert_eq!(send(2).await.0, StatusCode::OK);
    assert_eq!(answers.recv().await.expect("an answer")["text"], "got \"tap\" &amp; &lt;that&gt;");
    let keys: Vec<_> =
        intake.taken().into_iter().map(|submission| submission.key.expect("a key")).collect();
    assert_eq!(keys[0], "slack/T01/C01/1658357340.000100/0/U01");
    assert_eq!(keys[2], "slack/T01/C01/1658357340.000100/1658357341.000000/U01");

    assert_eq!(send(3).await, (StatusCode::OK, String::new()));
    assert_eq!(send(4).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(send(5).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(send(6).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(server.post(INTAKE_PATH, &[FORM], reported.as_str()).await.status(), 403);
    assert_eq!((intake.taken().len(), refused.load(Ordering::Relaxed)), (3, 1));
    intake.fail_with(ServiceError::Broken("a secret path".into()));
    let (status, told) = send(0).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!told.contains("path"));
    drop((server, there));
    assert!(answers.try_recv().is_err());
}
