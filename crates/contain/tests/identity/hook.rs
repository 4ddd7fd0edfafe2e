//! Okta's event hook as Okta calls it: whoever has not the secret gets nowhere, and what is called in is
//! in the ledger once, however often and by whichever way it comes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use unhook_app::journal::fake::FakeJournal;
use unhook_app::service::Running;
use unhook_contain::identity::Secret;
use unhook_contain::identity::okta::hook::{self, CHALLENGE_HEADER, EventHook, LARGEST_CALL};
use unhook_contain::identity::okta::{Okta, OktaSettings};

use crate::house::{House, caught, ladder, pass, sessions, sign_ins, until};
use crate::matrix::SIGN_INS;
use crate::okta::by_token;
use crate::okta_api::{self, log_event};
use crate::server::Server;

const SECRET: &str = "twenty bytes at least";
const PLACE: &str = "/hooks/okta/acme";

struct World {
    house: House,
    running: Running<Arc<FakeJournal>>,
    router: Router,
}

impl World {
    async fn new() -> Self {
        let house = House::new();
        let running = house.start(Vec::new()).await;
        let router = served(&running);
        Self { house, running, router }
    }

    async fn call(&self, secret: Option<&str>, body: impl Into<Body>) -> StatusCode {
        call(&self.router, secret, body).await
    }
}

fn served(running: &Running<Arc<FakeJournal>>) -> Router {
    let hook = EventHook::new(Secret::new(SECRET)).expect("it is long enough");
    hook::router("acme", hook, Arc::clone(&running.service))
}

async fn call(router: &Router, secret: Option<&str>, body: impl Into<Body>) -> StatusCode {
    let mut request = Request::post(PLACE).header(header::CONTENT_TYPE, "application/json");
    if let Some(secret) = secret {
        request = request.header(header::AUTHORIZATION, secret);
    }
    let request = request.body(body.into()).expect("it is whole");
    router.clone().oneshot(request).await.expect("a router always answers").status()
}

/// What Okta sends: some of its log, in an envelope.
fn batch(events: impl IntoIterator<Item = Value>) -> String {
    let events: Vec<Value> = events.into_iter().collect();
    json!({
        "eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1",
        "source": "https://acme.okta.com/api/v1/eventHooks/who1", "contentType": "application/json",
        "eventId": "b5a188b9", "eventTime": "2022-07-20T22:53:00Z",
        "data": { "events": events },
    })
    .to_string()
}

#[tokio::test]
async fn okta_is_answered_its_challenge_and_nobody_else() {
    let world = World::new().await;
    let ask = async |secret: Option<&str>, challenge: Option<&str>| {
        let mut request = Request::get(PLACE);
        for (name, value) in
            [(header::AUTHORIZATION.as_str(), secret), (CHALLENGE_HEADER, challenge)]
        {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let request = request.body(Body::empty()).expect("it is whole");
        let response = world.router.clone().oneshot(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        let body = to_bytes(body, LARGEST_CALL).await.expect("it is whole");
        (head.status, serde_json::from_slice::<Value>(&body).unwrap_or_default())
    };
    let (status, said) = ask(Some(SECRET), Some("a challenge")).await;
    assert_eq!((status, said), (StatusCode::OK, json!({ "verification": "a challenge" })));
    let refused = |status| (status, Value::Null);
    assert_eq!(ask(None, Some("x")).await, refused(StatusCode::UNAUTHORIZED));
    assert_eq!(ask(Some("another secret, as long"), Some("x")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(Some(SECRET), None).await, refused(StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn what_comes_without_the_secret_changes_nothing() {
    let world = World::new().await;
    let campaign = caught(&world.running.service).await;
    let before = world.house.commits();
    let all = batch((0..SIGN_INS).map(log_event));
    for secret in
        [None, Some(""), Some("another secret, as long"), Some("Bearer twenty bytes at least")]
    {
        assert_eq!(world.call(secret, all.clone()).await, StatusCode::UNAUTHORIZED, "{secret:?}");
    }
    assert_eq!(sessions(&world.running.service, campaign), 0);
    assert_eq!(world.house.commits(), before);
}

#[tokio::test]
async fn a_batch_is_in_the_ledger_once_however_often_it_comes() {
    let world = World::new().await;
    let service = &world.running.service;
    let campaign = caught(service).await;
    let all = batch((0..SIGN_INS).map(log_event));
    assert_eq!(world.call(Some(SECRET), all.clone()).await, StatusCode::NO_CONTENT);
    assert_eq!(sessions(service, campaign), 1);
    let (once, commits) = (ladder(service, campaign), world.house.commits());
    let backwards = batch((0..SIGN_INS).rev().map(log_event));
    let twice = batch((0..SIGN_INS).chain(0..SIGN_INS).map(log_event));
    for again in [all, backwards, twice] {
        assert_eq!(world.call(Some(SECRET), again).await, StatusCode::NO_CONTENT);
        assert_eq!(ladder(service, campaign), once);
        assert_eq!(world.house.commits(), commits, "nothing is kept that was known");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_called_in_is_no_news_when_the_log_has_it_too() {
    let house = House::new();
    let stand_in = okta_api::Okta::new();
    let server = Server::new(|base| stand_in.router(base)).await;
    let (name, url) = ("okta".to_owned(), server.http.clone());
    let settings = OktaSettings { name, url, credential: by_token(), authorities: None };
    let okta = Okta::new(settings, house.surroundings.clone()).expect("the settings are sound");
    let running = house.start(Vec::new()).await;
    let campaign = caught(&running.service).await;
    let all = batch((0..SIGN_INS).map(log_event));
    assert_eq!(call(&served(&running), Some(SECRET), all).await, StatusCode::NO_CONTENT);
    let (once, commits) = (ladder(&running.service, campaign), house.commits());
    running.stop().await.expect("it ends");
    let running = house.start(vec![Arc::new(okta)]).await;
    until("the log is read", || sign_ins(&running.service) == SIGN_INS).await;
    pass(Duration::from_secs(60)).await;
    assert_eq!(ladder(&running.service, campaign), once);
    assert_eq!(house.commits(), commits);
    running.stop().await.expect("it ends");
}

#[tokio::test]
async fn what_is_too_long_or_no_call_is_refused_and_nothing_of_it_kept() {
    let world = World::new().await;
    let service = &world.running.service;
    let campaign = caught(service).await;
    let before = (ladder(service, campaign), world.house.commits());
    let all = batch((0..SIGN_INS).map(log_event));
    let check = async |body: String, expected: StatusCode| {
        let start = body.chars().take(40).collect::<String>();
        assert_eq!(world.call(Some(SECRET), body).await, expected, "{start}");
    };
    let long = format!("{all}{}", " ".repeat(LARGEST_CALL));
    check(long.clone(), StatusCode::PAYLOAD_TOO_LARGE).await;
    // Of who has no secret, nobody looks how long it is.
    assert_eq!(world.call(None, long).await, StatusCode::UNAUTHORIZED);
    check(all[..all.len() - 1].to_owned(), StatusCode::BAD_REQUEST).await;
    check(String::new(), StatusCode::BAD_REQUEST).await;
    check("{}".to_owned(), StatusCode::BAD_REQUEST).await;
    check("[".repeat(LARGEST_CALL), StatusCode::BAD_REQUEST).await;
    check(r#"{"data":{"events":{"0":1}}}"#.to_owned(), StatusCode::BAD_REQUEST).await;
    // Events of other kinds, and such as make no sense, are no reason to call again.
    let mut strange: Vec<Value> = (0..SIGN_INS).map(log_event).collect();
    for event in &mut strange {
        event["published"] = json!("yesterday");
    }
    strange.extend([json!(null), json!("user.session.start"), json!({ "eventType": 7 })]);
    check(batch(strange), StatusCode::NO_CONTENT).await;
    assert_eq!((ladder(service, campaign), world.house.commits()), before);
}
