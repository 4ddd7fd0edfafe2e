//! People whom nobody knows: they call nobody out, whatever they say and however many they
//! are, and somebody looks once at what they brought up.

use serde_json::{Value, json};

use crate::house::{Place, Serving};
use crate::http::Request;
use crate::receiver::Receiver;
use crate::reports::LURE;

/// A text of a genuine supplier.
const GENUINE: &str =
    "Widgetworks: invoice 4711 is ready at widgetworks.example/invoices, please pay by Friday";

/// The number of the only one who is enrolled.
const KNOWN: &str = "+12015550199";

const REPORTS: usize = 50;
const STATEMENTS: usize = 30;

/// A number that nobody enrolled has, another for each.
fn number(count: usize) -> String {
    format!("+1201555{:04}", 100 + count)
}

/// What waits for somebody to look at it, without its times and ids.
fn attention(serving: &Serving) -> Vec<(String, u64)> {
    let matter = |item: &Value| {
        let matter = item["matter"].as_str().expect("a short name");
        (matter.to_owned(), item["count"].as_u64().expect("a count"))
    };
    serving.list("/api/v1/attention").iter().map(matter).collect()
}

#[test]
fn strangers_call_nobody_out() {
    let receiver = Receiver::new();
    let place = Place::calling(&receiver).knowing(KNOWN);
    let serving = place.serve();
    for count in 0..REPORTS {
        let answer = serving.text(&format!("SMreport{count}"), &number(count), GENUINE);
        assert!(answer.contains("<Message>"), "{answer}");
    }
    for count in 0..STATEMENTS {
        let from = number(REPORTS + count);
        serving.text(&format!("SMstatement{count}"), &from, "I typed my password");
    }
    let json = json!({ "text": "Lunch at twelve?", "reporter": { "phone": KNOWN } });
    let last = serving.ask(Request::json("/api/v1/reports", &json)).expect(202);
    let after = format!("?after={}", last.json()["position"].as_str().expect("it is durable"));
    assert_eq!(serving.list(&format!("/api/v1/reports{after}&limit=200")).len(), REPORTS + 1);
    let statements = ("stranger-statements".to_owned(), STATEMENTS as u64);
    assert_eq!(attention(&serving), [statements]);
    assert_eq!(serving.list("/api/v1/statements"), Vec::<Value>::new());
    assert_eq!(serving.list("/api/v1/deliveries"), Vec::<Value>::new());
    assert_eq!(serving.list("/api/v1/campaigns"), Vec::<Value>::new());

    // Somebody who is known says so: that is called out, and it is the first thing that is.
    serving.text("SMknown", KNOWN, "I typed my password");
    receiver.wait_for_one();
    assert_eq!(serving.list("/api/v1/statements").len(), 1);
    let ended = serving.stop();
    assert!(ended.status.success(), "{}", ended.log);
    assert_eq!(receiver.taken(), ["credentials-submitted"]);
}

#[test]
fn what_strangers_alone_bring_up_is_noted_once() {
    let receiver = Receiver::new();
    let place = Place::calling(&receiver);
    let serving = place.serve();
    for count in 0..10 {
        serving.text(&format!("SM{count}"), &number(count), LURE);
    }
    let last = serving.report("Lunch at twelve?", &number(90));
    let after = format!("?after={}", last["position"].as_str().expect("it is durable"));
    let campaigns = serving.list(&format!("/api/v1/campaigns{after}"));
    assert_eq!(campaigns.len(), 1);
    assert_eq!(
        (&campaigns[0]["message_count"], &campaigns[0]["stage"]),
        (&json!(10), &json!("emerging"))
    );
    assert_eq!(attention(&serving), [("stranger-campaign".to_owned(), 1)]);
    assert!(serving.stop().status.success());
    assert_eq!(receiver.taken(), Vec::<String>::new());
}
