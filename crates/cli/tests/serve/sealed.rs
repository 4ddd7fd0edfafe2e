//! What outlives the process beside the journal is sealed: look-ups that nothing explains yet, and whom
//! receivers of shared signals are still to hear of.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::house::{Place, Serving, until};
use crate::http::Request;
use crate::reports::{ANN, LURE};
use crate::signals;

/// Where the lure leads.
const NAME: &str = "acmecorp-okta.example";

/// Who looked it up.
const CLIENT: &str = "2001:db8:1234:5678:9abc:def0:1357:2468";
const CLIENT_BYTES: &[u8] = b"\x20\x01\x0d\xb8\x12\x34\x56\x78\x9a\xbc\xde\xf0\x13\x57\x24\x68";

/// Somebody looked the name up a minute ago, as a resolver's log has it.
fn look_up(place: &Place, serving: &Serving, name: &str, client: &str) {
    let token = place.out(&["token", "create", "--scope", "logs"]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
    let line = format!("[{}] unbound[7:0] info: {client} {name}. A IN\n", now - 60);
    let log = Request::post("/api/v1/logs/unbound", "text/plain", line);
    serving.send(&log.bearer(token.trim_end())).expect(200);
}

/// What the ledger has of clients that nobody is known to have.
fn unknown(serving: &Serving, campaign: &str) -> usize {
    let ladder = serving.show(&format!("/api/v1/campaigns/{campaign}/exposure"));
    ladder["unknown"].as_array().expect("a list").len()
}

#[track_caller]
fn assert_nowhere(place: &Place, log: &str, parts: &[&[u8]]) {
    let mut files = place.files();
    assert!(files.iter().any(|(path, _)| path.ends_with("vault.db")));
    files.push(("the log".into(), log.as_bytes().to_vec()));
    for part in parts {
        for (path, bytes) in &files {
            let is_there = bytes.windows(part.len()).any(|own| own.eq_ignore_ascii_case(part));
            assert!(!is_there, "{} is in {}", part.escape_ascii(), path.display());
        }
    }
}

#[test]
fn a_look_up_before_a_restart_is_in_the_ledger_and_was_in_no_file() {
    let place = Place::new();
    let serving = place.serve();
    look_up(&place, &serving, &format!("www.{NAME}"), CLIENT);
    let ended = serving.stop();
    assert!(ended.status.success(), "{}", ended.log);
    assert!(place.data("safe/look-back").exists());
    assert_nowhere(&place, &ended.log, &[NAME.as_bytes(), CLIENT.as_bytes(), CLIENT_BYTES]);
    let serving = place.serve();
    let taken = serving.report(LURE, ANN);
    let campaign = serving.show_taken(&taken)["campaign"].as_str().expect("a campaign").to_owned();
    until("it is in the ledger", || unknown(&serving, &campaign) == 1);
    let ended = serving.stop();
    assert_nowhere(&place, &ended.log, &[CLIENT.as_bytes(), CLIENT_BYTES]);
}

#[test]
fn a_look_up_is_forgotten_when_somebody_is_erased_and_another_master_key_changes_nothing() {
    for is_erased in [true, false] {
        let place = Place::new();
        let staff = place.write("staff.csv", &format!("key,phone\n1,{ANN}\n2,+12015550124\n"));
        place.out(&["people", "import", staff.to_str().expect("temporary paths are UTF-8")]);
        let serving = place.serve();
        look_up(&place, &serving, NAME, CLIENT);
        assert!(serving.stop().status.success());
        place.out(&["keys", "rotate"]);
        if is_erased {
            place.out(&["erase", "--phone", "+12015550124", "--reason", "request 17"]);
        }
        let serving = place.serve();
        assert!(!serving.log().contains("forgotten"), "it is no failure: {}", serving.log());
        let taken = serving.report(LURE, ANN);
        let campaign = serving.show_taken(&taken)["campaign"].as_str().expect("one").to_owned();
        // What comes now shows that what came before was joined, if there was any.
        look_up(&place, &serving, NAME, "192.0.2.77");
        let expected = if is_erased { 1 } else { 2 };
        until("it is in the ledger", || unknown(&serving, &campaign) >= expected);
        assert_eq!(unknown(&serving, &campaign), expected, "the one before, if it is known");
    }
}

#[test]
fn a_damaged_look_back_is_said_and_the_service_begins() {
    let place = Place::new();
    let serving = place.serve();
    look_up(&place, &serving, NAME, CLIENT);
    serving.stop();
    place.damage("safe/look-back");
    let serving = place.serve();
    serving.wait_for_log("what was looked up before the start is forgotten");
    assert!(serving.is_ready());
}

#[test]
fn whom_a_receiver_is_to_hear_of_is_in_no_file_and_goes_when_they_are_erased() {
    let place = signals::place();
    let serving = place.serve();
    signals::make_stream(&serving, &json!({ "method": "urn:ietf:rfc:8936" }));
    signals::evict(&place, &serving);
    until("both wait", || signals::subjects(&serving).len() == 2);
    serving.kill();
    let theirs: [&[u8]; 3] = [b"ana@acme.example", b"bo@acme.example", b"session-revoked"];
    assert_nowhere(&place, "", &theirs);
    place.out(&["keys", "rotate"]);
    let serving = place.serve();
    assert_eq!(signals::subjects(&serving), ["ana@acme.example", "bo@acme.example"]);
    place.out(&["erase", "--phone", signals::BO, "--reason", "request 17"]);
    until("it is dropped", || signals::subjects(&serving) == ["ana@acme.example"]);
    let ended = serving.stop();
    assert_nowhere(&place, &ended.log, &theirs);
    place.out(&["erase", "--phone", ANN, "--reason", "request 18"]);
    let serving = place.serve();
    assert_eq!(signals::subjects(&serving), [] as [String; 0]);
    serving.kill();

    place.damage("safe/signal-streams");
    let run = place.run(&["serve", "--org", "unhook.toml", "--listen", "127.0.0.1:0"]);
    assert_ne!(run.status, Some(0));
    for part in ["safe/signal-streams", "move it away", "does not open"] {
        assert!(run.err.contains(part), "{part}: {}", run.err);
    }
    let doctor = place.run(&["doctor", "--org", "unhook.toml"]);
    assert!(doctor.out.contains("safe/signal-streams"), "{}", doctor.out);
    std::fs::rename(place.data("safe/signal-streams"), place.path("away")).expect("it is there");
    place.serve();
}
