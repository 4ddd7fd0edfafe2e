//! Shared signals: a receiver hears of an eviction by the stream that it made, whatever became of the
//! process or of the receiver meanwhile.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::house::{Place, Serving, until};
use crate::http::{Answer, Request};
use crate::judge;
use crate::receiver::Receiver;
use crate::reports::{ANN, LURE};

pub(crate) const BO: &str = "+12015550124";
const ISSUER: &str = "https://unhook.acme.example";
const AUDIENCE: &str = "https://receiver.example";
const TOKEN: &str = "the token of the receiver";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

/// A key of nobody.
const KEY: &str = include_str!("signals.pem");

/// Whoever got a text is proposed to be evicted, so that a test needs no more than a text.
const PLAYBOOK: &str = "name = \"acme\"\n[[rules]]\nid = \"evict\"\nmode = \"ask\"\n\
    action = \"evict\"\nwhen = { exposure = \"received\" }\n";

pub(crate) fn place() -> Place {
    let place = Place::new().and(&format!(
        "[playbook]\nfile = \"playbook.toml\"\n\
         [[identity]]\nkind = \"shared-signals\"\nissuer = \"{ISSUER}\"\nkey_id = \"k1\"\n\
         key_file = \"signals.pem\"\n\
         [[identity.receivers]]\nname = \"first\"\naudience = \"{AUDIENCE}\"\n\
         token_file = \"receiver-token\"\npush_hosts = [\"127.0.0.1\"]\n"
    ));
    place.write("playbook.toml", PLAYBOOK);
    place.write("signals.pem", KEY);
    place.write("receiver-token", TOKEN);
    let staff = format!(
        "key,name,phone,mail\n1,Ana Example,{ANN},ana@acme.example\n2,Bo Example,{BO},bo@acme.example\n"
    );
    let staff = place.write("staff.csv", &staff);
    place.out(&["people", "import", staff.to_str().expect("temporary paths are UTF-8")]);
    place
}

fn ask(serving: &Serving, path: &str, body: &Value) -> Answer {
    serving.send(&Request::json(path, body).bearer(TOKEN))
}

pub(crate) fn make_stream(serving: &Serving, delivery: &Value) {
    let asked = json!({ "delivery": delivery, "events_requested": [REVOKED] });
    ask(serving, "/ssf/streams", &asked).expect(201);
}

/// Two people get a text, and somebody agrees to evict them.
pub(crate) fn evict(place: &Place, serving: &Serving) {
    let taken = serving.report(LURE, ANN);
    let campaign = serving.show_taken(&taken)["campaign"].as_str().expect("a campaign").to_owned();
    let list = json!({ "phones": [ANN, BO], "at": "2022-07-20T22:49:00Z" });
    let recipients = format!("/api/v1/campaigns/{campaign}/recipients");
    let token = place.out(&["token", "create", "--scope", "logs"]);
    serving.send(&Request::json(&recipients, &list).bearer(token.trim_end())).expect(200);
    let mut asked = Vec::new();
    until("the playbook asks", || {
        asked = serving.list("/api/v1/actions");
        asked.len() == 2
    });
    for action in asked {
        let id = action["id"].as_str().expect("an id");
        let approve = format!("/api/v1/actions/{id}/approve");
        serving.ask(Request::json(&approve, &json!({}))).expect(200);
    }
}

fn poll(serving: &Serving, body: &Value) -> Value {
    ask(serving, "/ssf/poll", body).expect(200).json()["sets"].clone()
}

fn count(sets: &Value) -> usize {
    sets.as_object().expect("sets").len()
}

/// Whom the events are about that wait, in order.
pub(crate) fn subjects(serving: &Serving) -> Vec<String> {
    let sets = poll(serving, &json!({}));
    let sets = sets.as_object().expect("sets").values();
    let subject = |set: &Value| {
        let claims = set.as_str().expect("a token").split('.').nth(1).expect("three parts");
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("Base64");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        claims["sub_id"]["email"].as_str().expect("a mail address").to_owned()
    };
    let mut subjects: Vec<String> = sets.map(subject).collect();
    subjects.sort();
    subjects
}

/// What PyJWT finds in events that it believes. `None` when it is not installed.
fn judged(keys: &Value, sets: &Value) -> Option<Value> {
    let home = judge::folder().join("jwt");
    if !home.join("installed").exists() {
        judge::absent(&home);
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/serve/judge_signals.py");
    let mut command = Command::new(home.join("bin/python"));
    let child = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("the judge starts");
    let question = json!({ "keys": keys, "sets": sets, "audience": AUDIENCE, "issuer": ISSUER });
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(question.to_string().as_bytes()).expect("the judge listens");
    drop(stdin);
    let output = child.wait_with_output().expect("the judge ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Some(serde_json::from_slice(&output.stdout).expect("the judge answers in JSON"))
}

#[test]
fn a_receiver_polls_signed_events_of_an_eviction_even_after_a_crash() {
    let place = place();
    let serving = place.serve();
    let found = serving.send(&Request::get("/.well-known/ssf-configuration")).expect(200).json();
    assert_eq!(found["issuer"], ISSUER);
    assert_eq!(found["jwks_uri"], format!("{ISSUER}/ssf/jwks.json"));
    let strange = Request::json("/ssf/streams", &json!({})).bearer("the token of somebody else");
    serving.send(&strange).expect(401);
    // Nor by a token of ours: receivers have their own.
    serving.ask(Request::json("/ssf/poll", &json!({}))).expect(401);
    make_stream(&serving, &json!({ "method": "urn:ietf:rfc:8936" }));
    evict(&place, &serving);
    until("both wait", || count(&poll(&serving, &json!({}))) == 2);
    until("it stands in the checklists", || {
        serving.list("/api/v1/actions").iter().all(|action| {
            let steps = action["steps"].as_array().expect("steps");
            steps
                .iter()
                .any(|step| step["step"] == "shared-signals sessions" && step["outcome"] == "done")
        })
    });
    serving.kill();
    let serving = place.serve();
    let sets = poll(&serving, &json!({}));
    assert_eq!(count(&sets), 2, "what was not fetched outlives the process");
    let keys = serving.send(&Request::get("/ssf/jwks.json")).expect(200).json();
    if let Some(events) = judged(&keys, &sets) {
        let revoked = |who| json!(["session-revoked", who]);
        assert_eq!(events, json!([revoked("ana@acme.example"), revoked("bo@acme.example")]));
    }
    let taken: Vec<&String> = sets.as_object().expect("sets").keys().collect();
    assert_eq!(count(&poll(&serving, &json!({ "ack": taken }))), 0);
    assert!(serving.stop().status.success());
}

#[test]
fn what_a_receiver_does_not_take_now_is_pushed_once_it_is_back() {
    let (place, receiver) = (place(), Receiver::down());
    let serving = place.serve();
    let elsewhere =
        json!({ "method": "urn:ietf:rfc:8935", "endpoint_url": "http://192.0.2.1/events" });
    let asked = json!({ "delivery": elsewhere, "events_requested": [REVOKED] });
    ask(&serving, "/ssf/streams", &asked).expect(400);
    let url = receiver.url() + "/events";
    make_stream(&serving, &json!({ "method": "urn:ietf:rfc:8935", "endpoint_url": url }));
    evict(&place, &serving);
    receiver.wait_until_turned_away();
    assert!(serving.stop().status.success(), "one that takes nothing keeps nobody from the end");
    receiver.comes_back();
    let _serving = place.serve();
    until("both came", || receiver.taken().len() >= 2);
}

#[test]
fn settings_that_make_no_sense_are_refused_with_what_to_do() {
    let check = |lines: &str, expected: &str| {
        let place = Place::new().and(lines);
        place.write("signals.pem", KEY);
        place.write("receiver-token", "short");
        let run = place.run(&["serve", "--org", "unhook.toml", "--listen", "127.0.0.1:0"]);
        assert!(run.status != Some(0) && run.err.contains(expected), "{expected}: {}", run.err);
    };
    let own = "[[identity]]\nkind = \"shared-signals\"\nissuer = \"https://unhook.acme.example\"\n\
               key_id = \"k1\"\nkey_file = \"signals.pem\"\n";
    let receiver = "[[identity.receivers]]\nname = \"a\"\naudience = \"https://a.example\"\n";
    let token = "token_file = \"receiver-token\"\n";
    check(own, "[[identity.receivers]]");
    check(&format!("{own}{receiver}"), "needs `token_file`");
    check(&format!("{own}{receiver}{token}"), "20 characters");
    check(&format!("{own}{receiver}{token}{receiver}{token}"), "are called `a`");
    check(&format!("{own}{receiver}{token}dialect = \"caep\"\n"), "no dialect");
    let push = "endpoint = \"https://a.example/e\"\npush_hosts = [\"a.example\"]\n";
    check(&format!("{own}{receiver}{push}"), "leave one out");
    let two = format!("{own}{receiver}{token}{own}name = \"other\"\n{receiver}{token}");
    check(&two, "put all receivers into one");
}
