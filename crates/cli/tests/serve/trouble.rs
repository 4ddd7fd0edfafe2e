//! What goes wrong around the service while it runs: a lock, a full disk, a pager or a provider
//! that is down. People are told to come again, count once when they do, and those who are to be
//! told something are told later.

use std::fs;

use rusqlite::Connection;
use serde_json::json;

use crate::house::{Place, Serving, until};
use crate::http::Request;
use crate::receiver::Receiver;
use crate::reports::{ANN, LURE, report};
use crate::twilio::Text;

/// Nothing can be kept, so nobody is let in, by whichever way, and all are told to come again.
#[track_caller]
fn assert_turned_away(serving: &Serving, key: &str) {
    let answer = serving.ask(report(key)).expect(503);
    let after = answer.header("retry-after").and_then(|after| after.parse::<u32>().ok());
    assert!(after.is_some_and(|seconds| seconds > 0), "{answer:?}");
    assert_eq!(answer.json()["type"], "urn:unhook:problem:unavailable");
    assert!(!serving.is_ready());
    let text = Text { sid: "SMlocked", from: "+12015550123", body: LURE };
    let answer = serving.send(&text.call()).expect(503);
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    serving.send(&Request::get("/healthz")).expect(200);
}

/// Whoever was turned away comes again, and counts once; whatever was there still is.
#[track_caller]
fn assert_recovered(serving: &Serving, keys: [&str; 2]) {
    serving.wait_for_log("in order again");
    until("it is ready", || serving.is_ready());
    let ids = keys.map(|key| {
        let mut taken = None;
        until("it is taken", || {
            let answer = serving.ask(report(key));
            taken = matches!(answer.status, 200 | 202).then(|| answer.json()["id"].clone());
            taken.is_some()
        });
        taken.expect("it was taken")
    });
    serving.text("SMlocked", "+12015550123", LURE);
    let last = serving.report(LURE, "+12015550124");
    let after = last["position"].as_str().expect("it is durable");
    let reports = serving.list(&format!("/api/v1/reports?after={after}"));
    assert_eq!(reports.len(), keys.len() + 2, "{reports:?}");
    for id in ids {
        assert_eq!(reports.iter().filter(|report| report["id"] == id).count(), 1);
    }
}

#[test]
fn a_locked_journal_turns_people_away_until_it_is_let_go_of() {
    let place = Place::new();
    let serving = place.serve();
    serving.ask(report("before")).expect(202);
    let other = Connection::open(place.data("journal.db")).expect("it is a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("it can be locked");
    assert_turned_away(&serving, "locked");
    other.execute_batch("ROLLBACK").expect("it can be let go of");
    assert_recovered(&serving, ["before", "locked"]);
}

/// No file may grow beyond so many bytes; `None` takes that back.
#[cfg(target_os = "linux")]
fn limit(serving: &Serving, most: Option<u64>) {
    use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
    let maximum = getrlimit(Resource::Fsize).maximum;
    let limit = Rlimit { current: most.or(maximum), maximum };
    prlimit(Some(serving.pid()), Resource::Fsize, limit).expect("it is ours");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_turns_people_away_until_there_is_room() {
    let place = Place::new();
    let serving = place.serve_within_limits();
    serving.ask(report("before")).expect(202);
    let log = fs::metadata(place.data("journal.db-wal")).expect("it is there");
    limit(&serving, Some(log.len()));
    assert_turned_away(&serving, "full");
    limit(&serving, None);
    assert_recovered(&serving, ["before", "full"]);
    assert!(serving.stop().status.success());
}

/// What the journal has is taken, also while nobody can read it yet.
#[test]
fn locked_views_turn_away_only_those_who_read_what_is_not_there_yet() {
    let place = Place::new();
    let serving = place.serve();
    let other = Connection::open(place.data("views.db")).expect("it is a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("it can be locked");
    let taken = serving.ask(report("locked")).expect(202).json();
    serving.wait_for_log("out of order");
    assert!(!serving.is_ready());
    let position = taken["position"].as_str().expect("it is durable");
    let early = Request::get(&format!("/api/v1/reports?after={position}"));
    let early = serving.ask(early).expect(409);
    assert!(early.header("retry-after").is_some(), "{early:?}");
    assert_eq!(early.json()["type"], "urn:unhook:problem:not-yet");
    other.execute_batch("ROLLBACK").expect("it can be let go of");
    serving.wait_for_log("in order again");
    until("it is ready", || serving.is_ready());
    assert_eq!(serving.show_taken(&taken)["id"], taken["id"]);
    assert_eq!(serving.ask(report("locked")).expect(200).json()["id"], taken["id"]);
}

#[test]
fn what_is_to_be_told_waits_for_a_receiver_that_is_down() {
    let receiver = Receiver::down();
    let place = Place::calling(&receiver).knowing(ANN);
    let serving = place.serve();
    serving.report(LURE, ANN);
    receiver.wait_until_turned_away();
    assert!(serving.is_ready());
    assert_eq!(serving.deliveries(), ["waiting"]);
    serving.report("Lunch at twelve?", ANN);
    // What waits, waits over a restart.
    assert!(serving.stop().status.success());
    let serving = place.serve();
    receiver.comes_back();
    receiver.wait_for_one();
    until("it counts as told", || serving.deliveries() == ["delivered"]);
    assert!(serving.stop().status.success());
    assert_eq!(receiver.taken(), ["campaign-opened"]);
}

#[test]
fn a_correction_waits_for_a_provider_that_is_down_and_goes_out_once() {
    let provider = Receiver::down();
    let place = Place::texting(&provider).knowing(ANN);
    let serving = place.serve();
    let answer = serving.text("SM1", ANN, "The menu of today: cantina-menu.example");
    assert!(!answer.contains("scam"), "{answer}");
    let ruling = json!({ "name": "cantina-menu.example", "ruling": "malicious" });
    serving.ask(Request::json("/api/v1/rulings", &ruling)).expect(200);
    provider.wait_until_turned_away();
    assert!(serving.is_ready());
    assert_eq!(serving.deliveries(), ["waiting"]);
    provider.comes_back();
    provider.wait_for_one();
    until("it counts as told", || serving.deliveries() == ["delivered"]);
    assert!(serving.stop().status.success());
    let texts = provider.taken();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("To=%2B12015550123&"), "{texts:?}");
}
