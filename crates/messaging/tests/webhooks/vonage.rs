//! Vonage: tokens that its SDK verifies are accepted with the body they belong to, and nothing
//! else is.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use reqwest::StatusCode;
use serde_json::{Value, json};
use unhook_app::ServiceError;
use unhook_app::submission::Intake;
use unhook_messaging::Secret;
use unhook_messaging::vonage::{INTAKE_PATH, VonageWebhook, router};
use unhook_messaging::webhook::{LARGEST_BODY, ProviderError, SignatureProblem, WebhookCall};

use crate::judges::Judge;
use crate::world::{NOW, Sender, Server, StandIn, nothing_else_is_accepted, still};

const JUDGE: Judge = Judge { name: "vonage", script: "webhooks/judge_vonage" };
const SECRET: &str = "Bt2Hs8wZk4Qp9Lm1Xc6Vn3Rj7Td5Yg0Fb";
const AUTHORIZATION: &str = "authorization";
const JSON: (&str, &str) = ("content-type", "application/json");

fn inbound(id: &str, text: &str) -> String {
    let message = json!({
        "channel": "sms", "message_uuid": id, "message_type": "text", "text": text,
        "from": "12015550123", "to": "12015550199", "timestamp": "2022-07-20T22:49:00Z",
        "usage": { "price": "0.0057", "currency": "EUR" },
    });
    message.to_string()
}

fn call(body: &str, change: impl Fn(&mut Value)) -> Value {
    let mut call = json!({ "secret": SECRET, "body": body, "claims": { "iat": NOW } });
    change(&mut call);
    call
}

/// Each token with `Bearer` before it, and whether the SDK verifies it.
fn asked(calls: &[Value]) -> Option<Vec<(String, bool)>> {
    let answer = JUDGE.ask(&json!({ "secret": SECRET, "calls": calls }))?;
    let answers = answer.as_array().expect("a list").iter().map(|answer| {
        let token = answer["token"].as_str().expect("text");
        (format!("Bearer {token}"), answer["verifies"].as_bool().expect("a truth value"))
    });
    Some(answers.collect())
}

fn webhook() -> VonageWebhook {
    VonageWebhook::new(&Secret::new(SECRET), still()).expect("settings")
}

#[test]
fn what_the_sdk_verifies_is_accepted_with_its_body() {
    let body = inbound("m1", "häuser 🎣 \"tap\" acme-okta.example");
    let calls = [
        call(&body, |_| {}),
        call(&body, |call| call["claims"]["iat"] = (NOW - 300).into()),
        call(&body, |call| call["secret"] = "another secret that is as long as it is".into()),
        call(&body, |call| call["algorithm"] = "HS512".into()),
        // These the SDK leaves to whoever asks it: the time, and the hash of the body.
        call(&body, |call| call["claims"]["iat"] = (NOW - 301).into()),
        call(&body, |call| call["claims"]["exp"] = 4_000_000_000_i64.into()),
        call(&body, |call| call["hashes"] = false.into()),
        call(&inbound("m2", "another"), |_| {}),
    ];
    let Some(answers) = asked(&calls) else { return };
    let verified: Vec<bool> = answers.iter().map(|(_, verifies)| *verifies).collect();
    assert_eq!(verified, [true, true, false, false, true, true, true, true]);
    let read = |token: &str| {
        let headers = [(AUTHORIZATION, token), JSON];
        let call = WebhookCall { headers: &headers, body: body.as_bytes(), ..Default::default() };
        webhook().read(&call)
    };
    let check = |number: usize, expected: SignatureProblem| match read(&answers[number].0) {
        Err(ProviderError::Signature(problem)) => assert_eq!(problem, expected, "{number}"),
        other => panic!("{number}: {other:?}"),
    };
    for number in [0, 1, 5] {
        let (token, _) = &answers[number];
        assert!(matches!(read(token), Ok(Some(_))), "{number}");
        let headers = [(AUTHORIZATION, token.as_str()), JSON];
        let call = WebhookCall { headers: &headers, body: body.as_bytes(), ..Default::default() };
        nothing_else_is_accepted(&call, AUTHORIZATION, |call| {
            matches!(webhook().read(call), Err(ProviderError::Signature(_)))
        });
    }
    check(2, SignatureProblem::Wrong);
    check(3, SignatureProblem::UnknownAlgorithm);
    check(4, SignatureProblem::Stale);
    check(6, SignatureProblem::NoDigest);
    check(7, SignatureProblem::Wrong);
    for token in ["Bearer ", "Bearer a.b", "Bearer a.b.c", "Basic abc", "Bearer", "..", "Bearer .."]
    {
        assert!(matches!(read(token), Err(ProviderError::Signature(_))), "{token}");
    }
    // {"alg":"none"}, whoever signed it.
    let none = format!("Bearer eyJhbGciOiJub25lIn0.{}.", &answers[0].0[27..]);
    assert!(matches!(read(&none), Err(ProviderError::Signature(_))));
}

#[tokio::test]
async fn a_message_is_taken_and_answered_once() {
    let (text, hush) = (inbound("m1", "tap"), inbound("m2", "hush"));
    let messenger = text.replace("sms", "messenger");
    let large = inbound("m3", &"a".repeat(LARGEST_BODY));
    let bodies = [&text, &hush, &messenger, &large, "{}"];
    let calls: Vec<Value> = bodies.iter().map(|body| call(body, |_| {})).collect();
    let answers = tokio::task::spawn_blocking(move || asked(&calls)).await.expect("a judge");
    let Some(answers) = answers else { return };

    let intake = Arc::new(StandIn::default());
    let (texter, mut sent) = Sender::pair();
    let webhook = webhook();
    let refused = webhook.refused();
    let taker = Arc::clone(&intake) as Arc<dyn Intake>;
    let server = Server::start(|_| router(webhook, taker, Some(texter), still())).await;
    let post = async |number: usize, body: &str| {
        let headers = [(AUTHORIZATION, answers[number].0.as_str()), JSON];
        server.post(INTAKE_PATH, &headers, body).await.status()
    };
    assert_eq!(post(0, &text).await, StatusCode::OK);
    let answer = ("+12015550123".to_owned(), "got \"tap\" & <that>".to_owned());
    assert_eq!(sent.recv().await, Some(answer));
    assert_eq!(post(0, &text).await, StatusCode::OK);
    assert_eq!(post(1, &hush).await, StatusCode::OK);
    assert_eq!(post(2, &messenger).await, StatusCode::OK);
    assert_eq!(intake.taken().len(), 3);
    assert_eq!(post(3, &large).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(4, "{}").await, StatusCode::BAD_REQUEST);
    assert_eq!(post(0, &hush).await, StatusCode::FORBIDDEN);
    // What Vonage could not sign, it signs when it comes again.
    let unsigned = server.post(INTAKE_PATH, &[JSON], text.as_str()).await;
    assert_eq!(unsigned.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.load(Ordering::Relaxed), 2);
    intake.fail_with(ServiceError::Unavailable("a full disk".into()));
    assert_eq!(post(1, &hush).await, StatusCode::SERVICE_UNAVAILABLE);
    drop(server);
    assert!(sent.try_recv().is_err(), "one text, one answer");
}
