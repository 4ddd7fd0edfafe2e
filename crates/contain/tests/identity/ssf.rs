//! Shared signals: PyJWT and jose believe our tokens, a receiver finds its way by the published
//! configuration alone, and no stream is lost, mixed up or led elsewhere.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use unhook_app::identity::{IdentityError, IdentityProvider as _, Performed, Step};
use unhook_app::people::Entry;
use unhook_app::people::fake::FakePeople;
use unhook_app::safe::fake::FakeSafe;
use unhook_app::safe::{Item, Safe as _};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_app::{Contact, People as _, Standing};
use unhook_contain::identity::ssf::{
    Dialect, Issuer, Keeper, ReceiverSettings, SsfReceiver, Subscriber, Transmitter,
    TransmitterSettings, router,
};
use unhook_contain::identity::{Secret, SettingsError};
use unhook_model::{PersonId, Timestamp};

use crate::judges;
use crate::matrix::{LURE, SAM};
use crate::server::{Fault, Server};

const TOKEN: &str = "the token of the first receiver";
const OTHER: &str = "the token of another receiver";
const AUDIENCE: &str = "https://receiver.example";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const CHANGED: &str = "https://schemas.openid.net/secevent/caep/event-type/credential-change";

fn surroundings() -> Arc<TestSurroundings> {
    Arc::new(TestSurroundings::new(Timestamp::from_unix_ms(LURE), 7))
}

fn key() -> Secret {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    Secret::new(pair.serialize_pem())
}

fn issuer(url: &str) -> Arc<Issuer> {
    Arc::new(Issuer::new(url, "k1", &key()).expect("the issuer is sound"))
}

fn transmitter(kept: &Kept, issuer: Arc<Issuer>) -> Arc<Transmitter> {
    Arc::new(try_transmitter(kept, issuer).expect("the settings are sound"))
}

fn try_transmitter(kept: &Kept, issuer: Arc<Issuer>) -> Result<Transmitter, SettingsError> {
    let subscriber = |name: &str, token: &str| Subscriber {
        name: name.to_owned(),
        token: Secret::new(token),
        audience: AUDIENCE.to_owned(),
        push_hosts: vec!["127.0.0.1".to_owned()],
        dialect: Dialect::Standard,
    };
    let settings = TransmitterSettings {
        name: "signals".to_owned(),
        subscribers: vec![subscriber("first", TOKEN), subscriber("other", OTHER)],
        authorities: None,
    };
    let keeper = Keeper { safe: kept.safe.clone(), people: kept.people.clone() };
    Transmitter::new(settings, issuer, keeper, surroundings())
}

/// What outlives a transmitter.
#[derive(Default)]
struct Kept {
    safe: Arc<FakeSafe>,
    people: Arc<FakePeople>,
}

struct World {
    server: Server,
    transmitter: Arc<Transmitter>,
    issuer: Arc<Issuer>,
    kept: Kept,
}

async fn world() -> World {
    let kept = Kept::default();
    let mut made = None;
    let server = Server::new(|base| {
        let issuer = issuer(base);
        let transmitter = transmitter(&kept, Arc::clone(&issuer));
        made = Some((Arc::clone(&transmitter), issuer));
        router(transmitter)
    })
    .await;
    let (transmitter, issuer) = made.expect("it was made");
    World { server, transmitter, issuer, kept }
}

impl World {
    async fn ask(&self, method: &str, path: &str, token: &str, body: Value) -> (u16, Value) {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let url = format!("{}{path}", self.server.http);
        let mut request =
            client.request(method.parse().expect("it is well-formed"), url).bearer_auth(token);
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    async fn make(&self, token: &str, delivery: Value) -> String {
        let asked = json!({ "delivery": delivery, "events_requested": [REVOKED, CHANGED] });
        let (status, stream) = self.ask("POST", "/ssf/streams", token, asked).await;
        assert_eq!(status, 201, "{stream}");
        stream["stream_id"].as_str().expect("a text").to_owned()
    }

    async fn poll(&self, token: &str, body: Value) -> Value {
        self.ask("POST", "/ssf/poll", token, body).await.1
    }
}

fn by_poll() -> Value {
    json!({ "method": "urn:ietf:rfc:8936" })
}

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).expect("Base64")).expect("JSON")
}

/// What a receiver got, and what it is to answer.
type Inbox = Arc<Mutex<(Vec<(Option<String>, String)>, StatusCode)>>;

async fn inbox() -> (Inbox, Server) {
    async fn take(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> Response {
        assert_eq!(headers["content-type"], "application/secevent+jwt");
        let who = headers
            .get("authorization")
            .map(|value| value.to_str().expect("headers are ASCII").to_owned());
        let mut inbox = inbox.lock().expect("no test fails while it holds this");
        if inbox.1 == StatusCode::ACCEPTED {
            inbox.0.push((who, String::from_utf8(body.to_vec()).expect("it is text")));
            return StatusCode::ACCEPTED.into_response();
        }
        (inbox.1, Json(json!({ "err": "invalid_key", "description": "x" }))).into_response()
    }
    let inbox: Inbox = Arc::new(Mutex::new((Vec::new(), StatusCode::ACCEPTED)));
    let routes = Router::new().route("/security/api/v1/security-events", post(take));
    let server = Server::new(|_| routes.with_state(Arc::clone(&inbox))).await;
    (inbox, server)
}

fn receiver(server: &Server, issuer: &Arc<Issuer>) -> SsfReceiver {
    let settings = ReceiverSettings {
        name: "okta-signals".to_owned(),
        endpoint: format!("{}/security/api/v1/security-events", server.http),
        audience: "https://acme.okta.example".to_owned(),
        authorization: None,
        dialect: Dialect::Okta,
        authorities: None,
    };
    SsfReceiver::new(settings, Arc::clone(issuer), surroundings()).expect("the settings are sound")
}

#[tokio::test]
async fn a_receiver_keeps_the_contract_and_is_told() {
    let (inbox, server) = inbox().await;
    let issuer = issuer("https://unhook.acme.example");
    let receiver = receiver(&server, &issuer);
    unhook_app::identity::contract::run(&receiver, SAM, 0).await;
    inbox.lock().expect("no test fails while it holds this").0.clear();
    assert_eq!(receiver.perform(&Step::EndSessions, SAM).await, Ok(Performed::Told));
    let token = inbox.lock().expect("no test fails while it holds this").0.pop().unwrap().1;
    let claims = claims(&token);
    assert_eq!(claims["aud"], "https://acme.okta.example");
    let event = &claims["events"][REVOKED];
    let sam = json!({ "format": "email", "email": SAM });
    assert_eq!(event["subject"], json!({ "user": sam }));
    assert_eq!(event["event_timestamp"], LURE / 1000);
    assert_eq!(claims["sub_id"], sam);
    let question = json!({
        "token": token, "jwks": issuer.jwks(), "issuer": "https://unhook.acme.example",
        "audience": "https://acme.okta.example", "now": LURE,
    });
    let Some(said) = judges::ask("jose", "judge_jose", question).await else { return };
    assert_eq!(said["payload"], claims);
    assert_eq!(said["header"]["kid"], "k1");
}

#[tokio::test]
async fn what_goes_wrong_with_a_push_is_told_apart() {
    let (inbox, server) = inbox().await;
    let receiver = receiver(&server, &issuer("https://unhook.acme.example"));
    for fault in [Fault::Busy, Fault::HalfDone, Fault::Lost] {
        server.plan(false, fault);
        let told = receiver.perform(&Step::EndSessions, SAM).await;
        match fault {
            Fault::Busy => assert!(matches!(told, Err(IdentityError::Later { .. })), "{told:?}"),
            _ => assert!(matches!(told, Err(IdentityError::Unknown { .. })), "{told:?}"),
        }
    }
    inbox.lock().expect("no test fails while it holds this").1 = StatusCode::BAD_REQUEST;
    let told = receiver.perform(&Step::EndSessions, SAM).await.unwrap_err();
    assert!(matches!(told, IdentityError::Refused { .. }), "{told}");
    assert!(told.to_string().contains("invalid_key"), "{told}");
}

#[tokio::test]
async fn a_receiver_finds_its_way_and_believes_what_it_reads() {
    let world = world().await;
    let question = |make| json!({ "issuer": world.server.http, "token": TOKEN, "make": make });
    let Some(said) = judges::ask("jwt", "judge_set", question(true)).await else { return };
    assert_eq!(said["events"][0][0], "verification");
    assert_eq!(said["events"][0][2], json!({ "state": "s1" }));
    assert_eq!(said["stranger"], 401);
    for step in [Step::EndSessions, Step::ExpirePassword, Step::EndSessions] {
        world.transmitter.perform(&step, SAM).await.unwrap();
    }
    world.transmitter.perform(&Step::EndSessions, "kim@acme.example").await.unwrap();
    let said = judges::ask("jwt", "judge_set", question(false)).await.expect("it is installed");
    let names: Vec<&Value> =
        said["events"].as_array().unwrap().iter().map(|event| &event[0]).collect();
    assert_eq!(names, ["session-revoked", "credential-change", "session-revoked"]);
    assert_eq!(said["events"][1][2]["credential_type"], "password");
    assert_eq!(said["events"][2][1]["email"], "kim@acme.example");
    let said = judges::ask("jwt", "judge_set", question(false)).await.expect("it is installed");
    assert_eq!(said["events"], json!([]), "what was acknowledged is gone");
}

#[tokio::test]
async fn the_transmitter_keeps_the_contract() {
    let world = world().await;
    let nobody = world.transmitter.perform(&Step::EndSessions, SAM).await;
    assert!(matches!(nobody, Err(IdentityError::Refused { .. })), "{nobody:?}");
    world.make(TOKEN, by_poll()).await;
    unhook_app::identity::contract::run(&*world.transmitter, SAM, 0).await;
}

#[tokio::test]
async fn what_was_not_fetched_outlives_a_restart() {
    let world = world().await;
    world.make(TOKEN, by_poll()).await;
    world.transmitter.perform(&Step::EndSessions, SAM).await.unwrap();
    let before = world.poll(TOKEN, json!({})).await;
    let again = transmitter(&world.kept, Arc::clone(&world.issuer));
    let server = Server::new(|_| router(again)).await;
    let world = World { server, ..world };
    let after = world.poll(TOKEN, json!({})).await;
    let ids = |page: &Value| page["sets"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(&before), ids(&after));
    assert_eq!(ids(&after).len(), 1);
    // What is acknowledged by a receiver that reads it, and what by one that cannot.
    let id = &ids(&after)[0];
    let wrong = json!({ "setErrs": { id: { "err": "invalid_key" } } });
    assert_eq!(ids(&world.poll(TOKEN, wrong).await), [] as [String; 0]);
}

impl World {
    /// Sam is in the directory, and an event about Sam and one about somebody unknown wait.
    async fn tell_of_sam(&self) -> PersonId {
        let sam = Entry {
            key: "1".to_owned(),
            names: Vec::new(),
            standing: Standing::Staff,
            language: None,
            contacts: vec![Contact::Mail(SAM.to_owned())],
        };
        let at = Timestamp::from_unix_ms(LURE);
        self.kept.people.import(&[sam], at).expect("import");
        self.make(TOKEN, by_poll()).await;
        for who in [SAM, "kim@acme.example"] {
            self.transmitter.perform(&Step::EndSessions, who).await.expect("they wait");
        }
        let sam = self.kept.people.owner(&Contact::Mail(SAM.to_owned())).expect("owner");
        sam.expect("Sam is known")
    }

    async fn subjects(&self) -> Vec<String> {
        let page = self.poll(TOKEN, json!({})).await;
        let sets = page["sets"].as_object().expect("sets").values();
        let email = |set: &Value| claims(set.as_str().expect("a token"))["sub_id"]["email"].clone();
        let mut subjects: Vec<String> =
            sets.map(|set| email(set).as_str().expect("a text").to_owned()).collect();
        subjects.sort();
        subjects
    }
}

#[tokio::test]
async fn what_is_about_somebody_goes_when_they_are_erased() {
    let world = world().await;
    let sam = world.tell_of_sam().await;
    let kept = world.kept.safe.content(Item::SignalStreams).expect("it is kept");
    let kept = String::from_utf8(kept).expect("JSON");
    assert!(!kept.contains("acme.example"), "whom it is about is sealed once more: {kept}");
    assert_eq!(world.subjects().await, ["kim@acme.example", SAM]);
    assert!(world.kept.people.erase(sam, Timestamp::from_unix_ms(LURE)).expect("erase"));
    world.kept.safe.erase();
    // Whether the process goes on, or another begins.
    assert_eq!(world.subjects().await, ["kim@acme.example"]);
    world.kept.safe.keep(Item::SignalStreams, kept.as_bytes()).expect("as it was before");
    let again = transmitter(&world.kept, Arc::clone(&world.issuer));
    let server = Server::new(|_| router(again)).await;
    let world = World { server, ..world };
    assert_eq!(world.subjects().await, ["kim@acme.example"]);
}

#[tokio::test]
async fn streams_that_cannot_be_read_are_left_as_they_are_and_nobody_begins_without_them() {
    let world = world().await;
    world.tell_of_sam().await;
    let before = world.kept.safe.content(Item::SignalStreams);
    world.kept.safe.damage();
    let error = try_transmitter(&world.kept, Arc::clone(&world.issuer)).expect_err("damaged");
    let source = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(source.contains("signal-streams") && source.contains("move it away"), "{source}");
    assert_eq!(world.kept.safe.content(Item::SignalStreams), before);
    world.kept.safe.keep(Item::SignalStreams, b"{\"first\":{}}").expect("it is kept");
    let error = try_transmitter(&world.kept, Arc::clone(&world.issuer)).expect_err("no streams");
    assert!(matches!(error, SettingsError::Streams(_)), "{error:?}");
}

#[tokio::test]
async fn what_cannot_be_kept_is_tried_again_and_not_told() {
    let world = world().await;
    world.tell_of_sam().await;
    world.kept.safe.set_unavailable(true);
    let told = world.transmitter.perform(&Step::ExpirePassword, SAM).await;
    assert!(matches!(told, Err(IdentityError::Later { .. })), "{told:?}");
    world.kept.safe.set_unavailable(false);
    assert_eq!(world.transmitter.perform(&Step::ExpirePassword, SAM).await, Ok(Performed::Told));
}

#[tokio::test]
async fn events_are_pushed_until_they_are_taken() {
    let world = world().await;
    let (inbox, server) = inbox().await;
    let delivery = json!({
        "method": "urn:ietf:rfc:8935",
        "endpoint_url": format!("{}/security/api/v1/security-events", server.http),
        "authorization_header": "Bearer theirs",
    });
    world.make(TOKEN, delivery).await;
    inbox.lock().expect("no test fails while it holds this").1 = StatusCode::SERVICE_UNAVAILABLE;
    let told = world.transmitter.perform(&Step::EndSessions, SAM).await;
    assert!(matches!(told, Err(IdentityError::Later { .. })), "{told:?}");
    inbox.lock().expect("no test fails while it holds this").1 = StatusCode::ACCEPTED;
    server.plan(false, Fault::Lost);
    let told = world.transmitter.perform(&Step::EndSessions, SAM).await;
    assert!(matches!(told, Err(IdentityError::Unknown { .. })), "{told:?}");
    assert_eq!(world.transmitter.perform(&Step::EndSessions, SAM).await, Ok(Performed::Told));
    world.transmitter.flush().await.unwrap();
    let taken = inbox.lock().expect("no test fails while it holds this").0.clone();
    assert_eq!(taken.len(), 2, "once more than was known");
    assert_eq!(taken[0].0.as_deref(), Some("Bearer theirs"));
    // The same id, so the receiver drops the second.
    assert_eq!(claims(&taken[0].1)["jti"], claims(&taken[1].1)["jti"]);
}

#[tokio::test]
async fn what_a_receiver_refuses_does_not_come_again() {
    let world = world().await;
    let (inbox, server) = inbox().await;
    let url = format!("{}/security/api/v1/security-events", server.http);
    world.make(TOKEN, json!({ "method": "urn:ietf:rfc:8935", "endpoint_url": url })).await;
    inbox.lock().expect("no test fails while it holds this").1 = StatusCode::BAD_REQUEST;
    let told = world.transmitter.perform(&Step::EndSessions, SAM).await;
    assert!(matches!(told, Err(IdentityError::Refused { .. })), "{told:?}");
    assert_eq!(world.transmitter.flush().await, Ok(()));
}

#[tokio::test]
async fn streams_live_as_they_should() {
    let world = world().await;
    let id = world.make(TOKEN, by_poll()).await;
    let check = async |method: &str, path: &str, token: &str, body: Value, expected: u16| {
        let (status, answer) = world.ask(method, path, token, body.clone()).await;
        assert_eq!(status, expected, "{method} {path} {body}: {answer}");
        answer
    };
    let mine = format!("/ssf/streams?stream_id={id}");
    check("POST", "/ssf/streams", TOKEN, json!({ "delivery": by_poll() }), 409).await;
    let shown = check("GET", &mine, TOKEN, Value::Null, 200).await;
    assert_eq!(shown["events_delivered"], json!([REVOKED, CHANGED]));
    // Another receiver does not see it, nor change it.
    check("GET", &mine, OTHER, Value::Null, 404).await;
    check("DELETE", &mine, OTHER, Value::Null, 404).await;
    check("PATCH", "/ssf/streams", OTHER, json!({ "stream_id": id }), 404).await;
    check("POST", "/ssf/verify", OTHER, json!({ "stream_id": id }), 404).await;
    assert_eq!(check("GET", "/ssf/streams", OTHER, Value::Null, 200).await, json!([]));
    // Fewer events, then paused, then disabled.
    let fewer = json!({ "stream_id": id, "events_requested": [REVOKED, "x"] });
    let shown = check("PATCH", "/ssf/streams", TOKEN, fewer, 200).await;
    assert_eq!(shown["events_delivered"], json!([REVOKED]));
    for step in [Step::EndSessions, Step::ExpirePassword] {
        world.transmitter.perform(&step, SAM).await.unwrap();
    }
    let count = async || {
        let page = world.poll(TOKEN, json!({})).await;
        page["sets"].as_object().unwrap().len()
    };
    assert_eq!(count().await, 1);
    let status = |status: &str| json!({ "stream_id": id, "status": status });
    check("POST", "/ssf/status", TOKEN, status("paused"), 200).await;
    assert_eq!(count().await, 0);
    check("POST", "/ssf/status", TOKEN, status("enabled"), 200).await;
    assert_eq!(count().await, 1);
    check("POST", "/ssf/status", TOKEN, status("on"), 400).await;
    check("POST", "/ssf/status", TOKEN, status("disabled"), 200).await;
    let read = format!("/ssf/status?stream_id={id}");
    assert_eq!(check("GET", &read, TOKEN, Value::Null, 200).await, status("disabled"));
    check("POST", "/ssf/status", TOKEN, status("enabled"), 200).await;
    assert_eq!(count().await, 0, "what was disabled dropped what waited");
    check("DELETE", &mine, TOKEN, Value::Null, 204).await;
    check("GET", &mine, TOKEN, Value::Null, 404).await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = world().await;
    let check = async |body: Value| {
        let (status, answer) = world.ask("POST", "/ssf/streams", TOKEN, body.clone()).await;
        assert_eq!(status, 400, "{body}: {answer}");
    };
    let push = |url: &str| json!({ "method": "urn:ietf:rfc:8935", "endpoint_url": url });
    // Nowhere but where the settings say.
    for url in ["https://evil.example/x", "http://10.0.0.1/", "http://192.0.2.1/", "file:///x"] {
        check(json!({ "delivery": push(url) })).await;
    }
    let mut delivery = push("http://127.0.0.1:1/");
    delivery["authorization_header"] = "a\r\nb: c".into();
    check(json!({ "delivery": delivery })).await;
    check(json!({ "delivery": { "method": "smtp" } })).await;
    check(json!({ "delivery": by_poll(), "description": "x".repeat(5_000) })).await;
    check(json!({ "events_requested": "all" })).await;
    check(json!([])).await;
    let (status, _) =
        world.ask("POST", "/ssf/poll", TOKEN, json!({ "x": "y".repeat(300_000) })).await;
    assert_eq!(status, 413);
    for token in ["", "x", TOKEN.trim_end_matches('r')] {
        assert_eq!(world.ask("POST", "/ssf/poll", token, json!({})).await.0, 401, "{token:?}");
        assert_eq!(world.ask("GET", "/ssf/streams", token, Value::Null).await.0, 401);
    }
}

#[tokio::test]
async fn only_people_with_an_address_are_told_of() {
    let world = world().await;
    world.make(TOKEN, by_poll()).await;
    for strange in ["", "sam", "@acme.example", "sam@", "a b@acme.example"] {
        assert_eq!(world.transmitter.find(strange).await, Ok(None), "{strange:?}");
        let told = world.transmitter.perform(&Step::EndSessions, strange).await;
        assert!(matches!(told, Err(IdentityError::Refused { .. })), "{strange:?}: {told:?}");
    }
}

#[test]
fn an_issuer_is_a_host_and_a_key() {
    let good = key();
    assert!(Issuer::new("https://unhook.acme.example/", "k1", &good).is_ok());
    for (url, id) in [
        ("https://unhook.acme.example/path", "k1"),
        ("http://unhook.acme.example", "k1"),
        ("https://unhook.acme.example", ""),
        ("https://unhook.acme.example", "k 1"),
    ] {
        assert!(Issuer::new(url, id, &good).is_err(), "{url} {id}");
    }
    let error = Issuer::new("https://a.example", "k1", &Secret::new("x")).unwrap_err();
    assert!(error.to_string().contains("BEGIN PRIVATE KEY"), "{error}");
    let shown = format!("{:?}", Issuer::new("https://a.example", "k1", &good).unwrap());
    assert!(shown.contains("Key(…)"), "{shown}");
}
