//! A person is forgotten: no byte of theirs is left in the clear, and nobody else loses
//! anything.

use std::path::PathBuf;

use serde_json::Value;

use crate::house::{Place, Serving, until};
use crate::http::Request;

const STAFF: &str = "key,name,phone,mail,account\n\
    17,Wilhelmina Quackenbush,+12015550123,wilhelmina.q@acmecorp.example,quackenbush@sso\n\
    18,Thaddeus Brockelbank,+12015550125,thaddeus.b@acmecorp.example,brockelbank@sso\n";

/// The one who is forgotten, and a stranger who is, too.
const HERS: &str = "+12015550123";
const STRANGERS: &str = "+12015550144";
const HIS: &str = "+12015550125";

/// What is hers or the stranger's.
const THEIRS: [&str; 15] = [
    "2015550123",
    "201-555-0123",
    "201.555.0123",
    "201 555 0123",
    "(201) 555",
    "2015550144",
    "201-555-0144",
    "quackenbush",
    "wilhelmina",
    "flugelhorn",
    "zanzibar",
    "marzipan",
    "kettledrum",
    "glockenspiel",
    "typed my password",
];

/// What is his: he is still known, and it is nowhere in the clear all the same.
const HIS_OWN: [&str; 4] = ["2015550125", "brockelbank", "thaddeus", "harpsichord"];

/// The domain that her lure leads to: nobody's data, and kept for ever.
const DOMAIN: &str = "acmecorp-okta.example";

/// What three people report; the second names the first's number as the sender.
struct Reported {
    hers: String,
    his: String,
    strangers: String,
}

fn report(serving: &Serving) -> Reported {
    let lure = format!("Acmecorp: your flugelhorn schedule changed, see {DOMAIN} for zanzibar");
    serving.text("SMhers1", HERS, &lure);
    serving.text("SMhers2", HERS, "I typed my password");
    let mail = format!(
        "From: Wilhelmina Quackenbush <wilhelmina.q@acmecorp.example>\r\n\
         To: report@acmecorp.example\r\nMessage-ID: <1@acmecorp.example>\r\n\
         Subject: a text\r\n\r\nAcmecorp: claim your marzipan at {DOMAIN} today\r\n"
    );
    let mail = Request::post("/api/v1/intake/mail", "message/rfc822", mail);
    let sent_to_her = serde_json::json!({
        "text": "Acmecorp: Wilhelmina, your glockenspiel is held",
        "sender": STRANGERS,
        "recipient": HERS,
        "reporter": { "phone": HERS },
    });
    let sent_to_her = Request::json("/api/v1/reports", &sent_to_her);
    serving.ask(sent_to_her.header("idempotency-key", "ticket-of-2015550123")).expect(202);
    let hers = serving.ask(mail).expect(202).json();
    let his = serde_json::json!({
        "text": "Acmecorp: your harpsichord is held, see acmecorp-parcel.example to release it",
        "sender": HERS,
        "reporter": { "phone": HIS },
    });
    let his = serving.ask(Request::json("/api/v1/reports", &his)).expect(202).json();
    let strangers = "Acmecorp: your kettledrum is held, see acmecorp-fees.example to pay";
    let strangers = serving.report(strangers, STRANGERS);
    let after = format!("?after={}", strangers["position"].as_str().expect("it is durable"));
    assert_eq!(serving.list(&format!("/api/v1/reports{after}")).len(), 5);
    let id = |taken: &Value| taken["id"].as_str().expect("a report").to_owned();
    Reported { hers: id(&hers), his: id(&his), strangers: id(&strangers) }
}

fn content(serving: &Serving, report: &str) -> Value {
    serving.show(&format!("/api/v1/reports/{report}"))["content"].clone()
}

fn campaigns(serving: &Serving) -> Vec<String> {
    let items = serving.list("/api/v1/campaigns");
    items.iter().map(|item| format!("{} {}", item["id"], item["message_count"])).collect()
}

/// Where something stands in files, whatever the case of its letters.
fn places(files: &[(PathBuf, Vec<u8>)], what: &str) -> Vec<PathBuf> {
    let holds = |bytes: &Vec<u8>| {
        bytes.windows(what.len()).any(|window| window.eq_ignore_ascii_case(what.as_bytes()))
    };
    files.iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path.clone()).collect()
}

#[track_caller]
fn assert_forgotten(place: &Place, log: &str) {
    let mut files = place.files();
    files.push(("the log".into(), log.as_bytes().to_vec()));
    // The search finds what is there.
    assert!(places(&files, DOMAIN).iter().any(|path| path.ends_with("journal.db")));
    for what in THEIRS.iter().chain(&HIS_OWN) {
        assert_eq!(places(&files, what), Vec::<PathBuf>::new(), "{what}");
    }
}

/// Her number as the *sender* of what somebody else was sent is part of what he reported: it is
/// sealed under his key, he and his security team still read it, and it goes when he is
/// forgotten.
#[test]
fn who_is_erased_while_the_service_runs_is_in_no_file_and_others_lose_nothing() {
    let place = Place::new();
    let staff = place.write("staff.csv", STAFF);
    place.out(&["people", "import", staff.to_str().expect("UTF-8")]);
    let serving = place.serve();
    let Reported { hers, his, strangers } = report(&serving);
    assert!(content(&serving, &hers)["text"].as_str().is_some_and(|t| t.contains("marzipan")));
    let before = campaigns(&serving);
    for number in [HERS, STRANGERS] {
        place.out(&["erase", "--phone", number, "--reason", "request 17"]);
    }
    assert_eq!(content(&serving, &hers), Value::Null);
    assert_eq!(content(&serving, &strangers), Value::Null);
    let kept = content(&serving, &his);
    assert!(kept["text"].as_str().is_some_and(|text| text.contains("harpsichord")));
    assert_eq!(kept["sender"], HERS);
    assert_eq!(campaigns(&serving), before);
    let ended = serving.stop();
    assert!(ended.status.success(), "{}", ended.log);
    assert_forgotten(&place, &ended.log);

    // What is made of the journal alone is the same, and tells as little.
    for made in ["engine.snapshot", "views.db"] {
        std::fs::remove_file(place.data(made)).expect("it was kept");
    }
    let serving = place.serve();
    until("the views are made again", || serving.list("/api/v1/reports").len() == 5);
    assert_eq!(campaigns(&serving), before);
    assert_eq!(content(&serving, &hers), Value::Null);
    assert_eq!(content(&serving, &his), kept);
    let ended = serving.stop();
    assert_forgotten(&place, &ended.log);
    let people = place.out(&["people", "list", "--reason", "a test"]);
    assert!(people.contains("Brockelbank") && !people.contains("Quackenbush"), "{people}");
}
