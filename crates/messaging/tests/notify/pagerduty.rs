//! PagerDuty, by the published schema of its Events API v2.

use serde_json::Value;
use unhook_app::{DeliveryError, Receipt, Severity};
use unhook_messaging::notify::{Kind, NotifySettings};

use crate::alerts::{hostile, made, ordinary, resolved};
use crate::receiver::{Arrived, Receiver};

const KEY: &str = "abcdefabcdefabcdefabcdefabcdef01";
const YES: &str = r#"{"status":"success","message":"Event processed","dedup_key":"x"}"#;

fn settings(receiver: &Receiver) -> NotifySettings {
    let mut settings = NotifySettings::new(Kind::PagerDuty, "pager", Severity::Critical);
    settings.url = Some(receiver.url(""));
    settings.routing_key_file = Some(receiver.file("key", &format!("{KEY}\n")));
    settings
}

/// What the schema and the limits of its text ask for, and nothing beyond what it names.
fn check(arrived: &Arrived) -> Value {
    assert_eq!((arrived.method.as_str(), arrived.path.as_str()), ("POST", "/v2/enqueue"));
    let event = arrived.json();
    assert_eq!(event["routing_key"], KEY);
    let action = text(&event, "event_action", 16);
    assert!(["trigger", "acknowledge", "resolve"].contains(&action), "{action}");
    text(&event, "dedup_key", 255);
    text(&event, "client", 255);
    let known = ["routing_key", "event_action", "dedup_key", "client", "payload"];
    assert!(event.as_object().expect("an object").keys().all(|key| known.contains(&&**key)));
    check_payload(&event["payload"]);
    assert!(arrived.body.len() < 512 * 1024);
    event
}

fn check_payload(payload: &Value) {
    text(payload, "summary", 1_024);
    text(payload, "source", 255);
    let severity = text(payload, "severity", 16);
    assert!(["critical", "error", "warning", "info"].contains(&severity), "{severity}");
    let time: jiff::Timestamp = text(payload, "timestamp", 40).parse().expect("a date-time");
    assert_eq!(time.as_millisecond(), crate::alerts::AT.unix_ms());
    assert!(payload["custom_details"].is_object());
}

fn text<'a>(object: &'a Value, key: &str, most: usize) -> &'a str {
    let text = object[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text"));
    assert!((1..=most).contains(&text.chars().count()), "{key}: {text}");
    text
}

#[tokio::test]
async fn a_matter_is_triggered_and_resolved_under_one_key() {
    let receiver = Receiver::answering(202, &[], YES).await;
    let way = made(settings(&receiver));
    assert!(way.may_repeat());
    assert_eq!(way.notify(&ordinary()).await, Ok(Receipt(ordinary().matter)));
    way.notify(&resolved()).await.expect("202");
    let arrived = receiver.arrived();
    let (first, second) = (check(&arrived[0]), check(&arrived[1]));
    assert_eq!(first["event_action"], "trigger");
    assert_eq!(second["event_action"], "resolve");
    assert_eq!(first["dedup_key"], second["dedup_key"]);
    insta::with_settings!({snapshot_path => "../golden/notify", prepend_module_to_snapshot => false}, {
        insta::assert_json_snapshot!("pagerduty", first);
    });
}

#[tokio::test]
async fn a_hostile_alert_is_a_valid_event() {
    let receiver = Receiver::answering(202, &[], YES).await;
    made(settings(&receiver)).notify(&hostile()).await.expect("202");
    check(&receiver.only());
}

#[tokio::test]
async fn a_no_is_refused_and_a_flood_is_later() {
    let no = r#"{"status":"invalid event","message":"Event object is invalid","errors":["bad"]}"#;
    let receiver = Receiver::answering(400, &[], no).await;
    let error = made(settings(&receiver)).notify(&ordinary()).await.expect_err("400");
    let DeliveryError::Refused { why } = error else { panic!("{error}") };
    assert!(why.contains("Event object is invalid"), "{why}");
    let receiver = Receiver::answering(429, &[], "").await;
    let error = made(settings(&receiver)).notify(&ordinary()).await.expect_err("429");
    assert!(matches!(error, DeliveryError::Later { after: None, .. }), "{error}");
}

#[tokio::test]
async fn no_error_repeats_the_key() {
    let no = "abcdefabcdefabcdefabcdefabcdef01 is no key";
    let receiver = Receiver::answering(400, &[], no).await;
    let error = made(settings(&receiver)).notify(&ordinary()).await.expect_err("400");
    assert!(!format!("{error:?}").contains(KEY), "{error}");
}
