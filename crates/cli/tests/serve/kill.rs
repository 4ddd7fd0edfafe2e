//! `kill -9` at work. Nothing that was acknowledged is lost, nothing counts twice, and nobody is
//! texted twice.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use crate::house::{Place, Serving, until};
use crate::http::Request;
use crate::receiver::Receiver;
use crate::reports::{ANN, report};

/// How many report at once while the service is killed, how often it is, and after how many
/// acknowledgements.
const SENDERS: usize = 4;
const KILLS: usize = 3;
const ACKNOWLEDGED: usize = 15;

/// Passes texts on until nobody answers any more. Says what was acknowledged, and gives all keys
/// that it sent.
fn send_until_killed(
    to: SocketAddr,
    token: &str,
    sender: &str,
    acknowledged: &mpsc::Sender<(String, Value)>,
) -> Vec<String> {
    let mut keys = Vec::new();
    loop {
        let key = format!("{sender}-{}", keys.len());
        keys.push(key.clone());
        let Ok(answer) = report(&key).bearer(token).send(to) else { return keys };
        let taken = answer.expect(202).json();
        acknowledged.send((key, taken)).expect("the test listens until all have ended");
    }
}

/// Kills the service while it takes texts. Gives all keys that were sent, and what was
/// acknowledged.
fn kill_at_work(serving: Serving, round: usize) -> (Vec<String>, Vec<(String, Value)>) {
    let (say, heard) = mpsc::channel();
    let start = |sender: usize| {
        let (say, to, token) = (say.clone(), serving.address, serving.token.clone());
        let name = format!("{round}-{sender}");
        thread::spawn(move || send_until_killed(to, &token, &name, &say))
    };
    let senders: Vec<_> = (0..SENDERS).map(start).collect();
    drop(say);
    let mut acknowledged: Vec<_> = heard.iter().take(ACKNOWLEDGED).collect();
    serving.kill();
    acknowledged.extend(heard.iter());
    let sent = senders.into_iter().map(|sender| sender.join());
    let sent = sent.flat_map(|keys| keys.expect("every answer was an acknowledgement"));
    (sent.collect(), acknowledged)
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there_after_it_and_counts_once() {
    let place = Place::new();
    let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
    for round in 0..KILLS {
        let (keys, taken) = kill_at_work(place.serve(), round);
        assert!(taken.len() >= ACKNOWLEDGED);
        sent.extend(keys);
        acknowledged.extend(taken);
    }
    let serving = place.serve();
    for (key, taken) in &acknowledged {
        let again = serving.ask(report(key)).expect(200).json();
        assert_eq!((&again["id"], &serving.show_taken(taken)["id"]), (&taken["id"], &taken["id"]));
    }
    // Whoever heard nothing comes again, too.
    for key in &sent {
        let answer = serving.ask(report(key));
        assert!(matches!(answer.status, 200 | 202), "{answer:?}");
    }
    let last = serving.report("Lunch at twelve?", ANN);
    serving.show_taken(&last);
    let mut count = 0;
    let mut page = serving.show("/api/v1/reports?limit=200");
    loop {
        count += page["items"].as_array().map_or(0, Vec::len);
        let Some(next) = page["next"].as_str() else { break };
        page = serving.show(&format!("/api/v1/reports?limit=200&cursor={next}"));
    }
    assert_eq!(count, sent.len() + 1);
}

/// Whether a text went out that was being sent when the process died, nobody knows: it is not
/// sent again, and a person looks.
#[test]
fn a_text_that_was_being_sent_at_a_kill_is_not_sent_again() {
    let provider = Receiver::hanging();
    let place = Place::texting(&provider).knowing(ANN);
    let serving = place.serve();
    serving.text("SM1", ANN, "The menu of today: cantina-menu.example");
    let ruling = json!({ "name": "cantina-menu.example", "ruling": "malicious" });
    serving.ask(Request::json("/api/v1/rulings", &ruling)).expect(200);
    provider.wait_until_turned_away();
    serving.kill();
    provider.comes_back();
    let serving = place.serve();
    until("nobody knows", || serving.deliveries() == ["unknown"]);
    assert_eq!(serving.list("/api/v1/attention")[0]["matter"], "outcome-unknown");
    assert!(serving.stop().status.success());
    assert_eq!(provider.taken(), Vec::<String>::new());
}
