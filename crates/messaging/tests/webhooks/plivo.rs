//! Plivo: what its SDK signs is accepted, what we sign it validates, and nothing else is taken.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use reqwest::StatusCode;
use serde_json::{Value, json};
use unhook_app::ServiceError;
use unhook_app::submission::Intake;
use unhook_messaging::Secret;
use unhook_messaging::plivo::{INTAKE_PATH, PlivoWebhook, router};
use unhook_messaging::webhook::{LARGEST_BODY, ProviderError, WebhookCall};

use crate::judges::Judge;
use crate::world::{Server, StandIn, encoded, nothing_else_is_accepted};

const JUDGE: Judge = Judge { name: "plivo", script: "webhooks/judge_plivo" };
const TOKEN: &str = "MWNmNGYxYTZiZTA0ZTAxZjRiOWE4";
const SIGNATURE: &str = "x-plivo-signature-v3";
const NONCE: &str = "x-plivo-signature-v3-nonce";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn text<'t>(body: &'t str, extra: &[(&'t str, &'t str)]) -> Vec<(&'t str, &'t str)> {
    let mut pairs = vec![("From", "12015550123"), ("To", "12015550199")];
    pairs.extend([("MessageUUID", "d5b0a1e0-1ad9-11ee"), ("Type", "sms"), ("Text", body)]);
    pairs.extend(extra);
    pairs
}

/// Public URL, query, parameters.
type Case = (&'static str, Option<&'static str>, Vec<(&'static str, &'static str)>);

fn cases() -> Vec<Case> {
    let plain = "https://sms.acme.example";
    vec![
        (plain, None, text("tap acme-okta.example", &[])),
        (plain, None, text("häuser 🎣 &=+%20;\r\n\t", &[("Empty", ""), ("text", "lower")])),
        (plain, None, text("x", &[("Tag", "b"), ("Tag", "a"), ("Tag", "b"), ("Tag", "ä")])),
        (plain, Some("org=acme&b=2&a=%20y+z&a=1"), text("x", &[])),
        ("https://sms.acme.example:8443/unhook", None, text("x", &[])),
    ]
}

fn webhook(token: &str, url: &str) -> PlivoWebhook {
    PlivoWebhook::new(&Secret::new(token), url).expect("settings")
}

#[test]
fn what_the_sdk_signs_is_accepted_and_nothing_else() {
    let cases = cases();
    let questions: Vec<Value> = cases
        .iter()
        .map(|(public, query, pairs)| {
            let query = query.map(|query| format!("?{query}")).unwrap_or_default();
            json!({ "url": format!("{public}{INTAKE_PATH}{query}"), "token": TOKEN,
                "nonce": "05429567804466091622", "parameters": pairs })
        })
        .collect();
    let Some(answers) = JUDGE.ask(&json!({ "calls": questions })) else { return };
    for ((public, query, pairs), answer) in cases.iter().zip(answers["calls"].as_array().unwrap()) {
        assert_eq!(answer["validates"], true, "the SDK refuses its own signature");
        let signature = answer["signature"].as_str().expect("text");
        let headers = [(SIGNATURE, signature), (NONCE, "05429567804466091622"), FORM];
        let body = encoded(pairs);
        let (path, query) = (INTAKE_PATH, *query);
        let call = WebhookCall { path, query, headers: &headers, body: body.as_bytes() };
        let read = webhook(TOKEN, public).read(&call);
        assert!(read.is_ok(), "{public} {query:?} {body}: {read:?}");
        let is_refused = |call: &WebhookCall<'_>| {
            let read = webhook(TOKEN, public).read(call);
            matches!(read, Err(ProviderError::Signature(_) | ProviderError::Malformed(_)))
        };
        nothing_else_is_accepted(&call, SIGNATURE, is_refused);
        assert!(is_refused(&WebhookCall { query: Some("org=other"), ..call }));
        assert!(is_refused(&WebhookCall { path: "/intake/other", ..call }));
        let other = webhook("another", public).read(&call);
        assert!(matches!(other, Err(ProviderError::Signature(_))));
        // While a token is changed, one of two is right.
        let both = format!("AAAA,{signature}");
        let headers = [(SIGNATURE, both.as_str()), headers[1], FORM];
        assert!(webhook(TOKEN, public).read(&WebhookCall { headers: &headers, ..call }).is_ok());
    }
}

#[test]
fn what_we_sign_the_sdk_validates() {
    let public = "https://sms.acme.example";
    let pairs = text("häuser 🎣 &=+", &[]);
    let signature = webhook(TOKEN, public).sign(INTAKE_PATH, "12345", &pairs);
    let call = |nonce: &str| {
        json!({ "url": format!("{public}{INTAKE_PATH}"), "token": TOKEN, "nonce": nonce,
            "parameters": pairs, "signature": signature })
    };
    let Some(answers) = JUDGE.ask(&json!({ "calls": [call("12345"), call("12346")] })) else {
        return;
    };
    assert_eq!(answers["calls"][0]["validates"], true);
    assert_eq!(answers["calls"][1]["validates"], false);
}

#[tokio::test]
async fn a_text_is_taken_and_answered_in_xml() {
    let intake = Arc::new(StandIn::default());
    let taker = Arc::clone(&intake) as Arc<dyn Intake>;
    let mut kept = None;
    let server = Server::start(|url| {
        let webhook = webhook(TOKEN, url);
        kept = Some(webhook.clone());
        router(webhook, taker)
    })
    .await;
    let webhook = kept.expect("it was made");
    let post = async |pairs: &[(&str, &str)]| {
        let signature = webhook.sign(INTAKE_PATH, "1", pairs);
        let headers = [(SIGNATURE, signature.as_str()), (NONCE, "1"), FORM];
        server.post(INTAKE_PATH, &headers, encoded(pairs)).await
    };
    let answer = post(&text("tap <acme-okta.example> & häuser 🎣", &[])).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/xml; charset=utf-8");
    let xml = answer.text().await.expect("a body");
    let expected = "got \"tap <acme-okta.example> & häuser 🎣\" & <that>";
    let message = json!({ "text": expected, "src": "12015550199", "dst": "12015550123" });
    let question = json!({ "answers": [message] });
    let judged = tokio::task::spawn_blocking(move || JUDGE.ask(&question)).await.expect("a judge");
    if let Some(judged) = judged {
        assert_eq!(elements(&xml), elements(judged["answers"][0].as_str().expect("text")));
    }
    let silent = post(&text("hush", &[])).await.text().await.expect("a body");
    assert!(silent.ends_with("<Response/>"), "{silent}");
    let pairs = [("From", "1"), ("To", "2"), ("MessageUUID", "w1"), ("Body", "x")];
    let whatsapp = post(&[&pairs[..], &[("Type", "whatsapp")]].concat()).await;
    assert!(whatsapp.text().await.expect("a body").ends_with("<Response/>"));
    assert_eq!(intake.taken().len(), 3);

    assert_eq!(post(&text("x", &[("To", "another")])).await.status(), StatusCode::BAD_REQUEST);
    intake.fail_with(ServiceError::Unavailable("a full disk".into()));
    let answer = post(&text("x", &[])).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    let taken = intake.taken().len();
    let refused = |headers: &'static [(&'static str, &'static str)]| {
        server.post(INTAKE_PATH, headers, encoded(&text("x", &[])))
    };
    assert_eq!(refused(&[FORM]).await.status(), StatusCode::FORBIDDEN);
    let wrong = refused(&[(SIGNATURE, "AAAA"), (NONCE, "1"), FORM]).await;
    assert_eq!(wrong.status(), StatusCode::FORBIDDEN);
    let json = refused(&[(SIGNATURE, "AAAA"), (NONCE, "1"), ("content-type", "text/xml")]).await;
    assert_eq!(json.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = "a".repeat(LARGEST_BODY + 1);
    let large = server.post(INTAKE_PATH, &[(SIGNATURE, "AAAA"), (NONCE, "1"), FORM], large).await;
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!((intake.taken().len(), webhook.refused().load(Ordering::Relaxed)), (taken, 2));
}

/// What a reader of XML makes of it: names, attributes and texts in their order.
fn elements(xml: &str) -> Vec<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut found: Vec<String> = Vec::new();
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(tag) => {
                found.push(String::from_utf8_lossy(tag.name().as_ref()).into_owned());
                let mut attributes: Vec<String> = tag
                    .attributes()
                    .map(|attribute| {
                        let attribute = attribute.expect("an attribute");
                        let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                        format!("{name}={}", attribute.unescape_value().expect("a value"))
                    })
                    .collect();
                attributes.sort();
                found.extend(attributes);
                found.push(String::new());
            }
            Event::Text(text) => {
                found.last_mut().expect("an element").push_str(&text.decode().expect("text"));
            }
            Event::GeneralRef(reference) => {
                let name = reference.decode().expect("a name");
                let text = quick_xml::escape::resolve_predefined_entity(&name).expect("known");
                found.last_mut().expect("an element").push_str(text);
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}
