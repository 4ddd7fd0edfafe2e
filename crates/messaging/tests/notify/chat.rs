//! Slack and Teams, as their incoming webhooks take messages.

use serde_json::Value;
use unhook_app::{DeliveryError, Receipt, Severity};
use unhook_messaging::notify::{Kind, NotifySettings};

use crate::alerts::{hostile, made, ordinary, resolved};
use crate::receiver::Receiver;

fn settings(receiver: &Receiver, kind: Kind) -> NotifySettings {
    let mut settings = NotifySettings::new(kind, "security", Severity::Warning);
    let url = receiver.url("/services/T0/B0/token?sig=secret");
    settings.url_file = Some(receiver.file("url", &format!("{url}\n")));
    settings
}

/// Every text in a body, wherever it stands.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// What Slack checks of a message with blocks, by its reference of blocks.
fn check_slack(body: &Value) {
    assert!(!body["text"].as_str().expect("a fallback").is_empty());
    assert_eq!((&body["unfurl_links"], &body["unfurl_media"]), (&false.into(), &false.into()));
    let blocks = body["blocks"].as_array().expect("blocks");
    assert!(blocks.len() <= 50);
    for block in blocks {
        let (inside, longest) = match &block["fields"] {
            Value::Array(fields) => (fields.iter().collect(), 2_000),
            _ => match &block["elements"] {
                Value::Array(elements) => (elements.iter().collect(), 3_000),
                _ => (vec![&block["text"]], 3_000),
            },
        };
        assert!((1..=10).contains(&inside.len()));
        inside.into_iter().for_each(|text| check_slack_text(text, longest));
    }
}

fn check_slack_text(text: &Value, longest: usize) {
    assert_eq!((&text["type"], &text["verbatim"]), (&"mrkdwn".into(), &true.into()));
    let text = text["text"].as_str().expect("a text");
    assert!((1..=longest).contains(&text.chars().count()), "{text}");
    assert!(!text.contains(['<', '>']), "{text}");
    let is_entity = |rest: &str| ["amp;", "lt;", "gt;"].iter().any(|name| rest.starts_with(name));
    assert!(text.split('&').skip(1).all(is_entity), "{text}");
}

#[tokio::test]
async fn slack_shows_blocks() {
    let receiver = Receiver::answering(200, &[], "ok").await;
    let way = made(settings(&receiver, Kind::Slack));
    assert!(!way.may_repeat());
    assert_eq!(way.notify(&ordinary()).await, Ok(Receipt::default()));
    let arrived = receiver.only();
    assert_eq!(arrived.path, "/services/T0/B0/token?sig=secret");
    check_slack(&arrived.json());
    insta::with_settings!({snapshot_path => "../golden/notify", prepend_module_to_snapshot => false}, {
        insta::assert_json_snapshot!("slack", arrived.json());
    });
}

#[tokio::test]
async fn slack_takes_a_hostile_alert() {
    let receiver = Receiver::answering(200, &[], "ok").await;
    made(settings(&receiver, Kind::Slack)).notify(&hostile()).await.expect("ok");
    let body = receiver.only().json();
    check_slack(&body);
    // Beyond some 13,000 characters in all, Slack refuses what is fine block by block.
    let mut found = Vec::new();
    texts(&body["blocks"], &mut found);
    assert!(found.iter().map(|text| text.chars().count()).sum::<usize>() < 13_000);
}

#[tokio::test]
async fn slack_says_no_in_its_ways() {
    let receiver = Receiver::answering(403, &[], "invalid_token").await;
    let error = made(settings(&receiver, Kind::Slack)).notify(&ordinary()).await.expect_err("403");
    let why = "127.0.0.1 answered 403: invalid_token".to_owned();
    assert_eq!(error, DeliveryError::Refused { why });
    let receiver = Receiver::answering(429, &[("retry-after", "30")], "rate_limited").await;
    let error = made(settings(&receiver, Kind::Slack)).notify(&ordinary()).await.expect_err("429");
    let DeliveryError::Later { after, .. } = error else { panic!("{error}") };
    assert_eq!(after.map(|wait| wait.as_secs()), Some(30));
}

#[tokio::test]
async fn what_does_not_answer_as_slack_does_is_not_trusted() {
    let receiver = Receiver::answering(200, &[], "<html>Please sign in</html>").await;
    let error = made(settings(&receiver, Kind::Slack)).notify(&ordinary()).await.expect_err("html");
    assert!(matches!(error, DeliveryError::Unknown { .. }), "{error}");
}

/// Texts of a card stand in runs, which read no markup, and nothing in it can be followed.
fn check_card(body: &Value) {
    assert_eq!(body["type"], "message");
    let attachments = body["attachments"].as_array().expect("attachments");
    assert_eq!(attachments.len(), 1);
    assert_eq!(attachments[0]["contentType"], "application/vnd.microsoft.card.adaptive");
    let card = &attachments[0]["content"];
    assert_eq!((&card["type"], &card["version"]), (&"AdaptiveCard".into(), &"1.4".into()));
    for row in card["body"].as_array().expect("a body") {
        assert_eq!(row["type"], "RichTextBlock");
        let runs = row["inlines"].as_array().expect("runs");
        assert!(!runs.is_empty());
        for run in runs {
            assert_eq!(run["type"], "TextRun");
            assert!(run.get("selectAction").is_none());
            assert!(!run["text"].as_str().expect("a text").contains('\n'));
        }
    }
}

#[tokio::test]
async fn teams_shows_a_card() {
    let receiver = Receiver::answering(202, &[], "").await;
    let way = made(settings(&receiver, Kind::Teams));
    assert!(!way.may_repeat());
    assert_eq!(way.notify(&resolved()).await, Ok(Receipt::default()));
    let body = receiver.only().json();
    check_card(&body);
    insta::with_settings!({snapshot_path => "../golden/notify", prepend_module_to_snapshot => false}, {
        insta::assert_json_snapshot!("teams", body);
    });
}

#[tokio::test]
async fn teams_takes_a_hostile_alert() {
    let receiver = Receiver::answering(202, &[], "").await;
    made(settings(&receiver, Kind::Teams)).notify(&hostile()).await.expect("202");
    let arrived = receiver.only();
    check_card(&arrived.json());
    assert!(arrived.body.len() < 28 * 1024, "{}", arrived.body.len());
}

#[tokio::test]
async fn no_error_repeats_the_address() {
    for kind in [Kind::Slack, Kind::Teams] {
        let receiver = Receiver::answering(400, &[], "no such /services/T0/B0/token").await;
        let error = made(settings(&receiver, kind)).notify(&ordinary()).await.expect_err("400");
        assert!(!format!("{error:?}").contains("token"), "{error}");
    }
}
