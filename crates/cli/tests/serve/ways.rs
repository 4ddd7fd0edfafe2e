//! The ways in beside Twilio: each is served where it is set up, and nowhere else.

use serde_json::json;
use unhook_messaging::Secret;
use unhook_messaging::plivo::{INTAKE_PATH, PlivoWebhook};

use crate::house::Place;
use crate::http::Request;
use crate::reports::{ANN, LURE};
use crate::twilio::{PUBLIC_URL, encoded};

const TOKEN: &str = "MWNmNGYxYTZiZTA0ZTAxZjRiOWE4";
const KEY: &str = "abcdefghijklmnopqrst-_K";

/// Everything at once.
fn place() -> Place {
    let place = Place::new().and(&format!(
        "[intake.telnyx]\npublic_key = \"PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\"\n\
         [intake.plivo]\npublic_url = \"{PUBLIC_URL}{INTAKE_PATH}\"\nauth_token_file = \"plivo\"\n\
         [intake.vonage]\nsignature_secret_file = \"secret\"\n\
         [intake.slack]\nsigning_secret_file = \"secret\"\n\
         [intake.teams]\nsecurity_token_file = \"secret\"\n\
         [intake.ios]\nkeys_file = \"keys\"\napps = [\"A1B2C3D4E5.com.acme.filter\"]\n"
    ));
    place.write("plivo", TOKEN);
    place.write("secret", "c2l4dGVlbiBieXRlcyBhbmQgc29tZSBtb3Jl\n");
    place.write("keys", &format!("{KEY}\n"));
    place
}

/// A text as Plivo hands it over.
fn text(uuid: &str, body: &str) -> Request {
    let token = Secret::new(TOKEN);
    let webhook = PlivoWebhook::new(&token, PUBLIC_URL).expect("the URL is one");
    let from = ANN.trim_start_matches('+');
    let pairs = [
        ("From", from),
        ("MessageUUID", uuid),
        ("Text", body),
        ("To", "12015550199"),
        ("Type", "sms"),
    ];
    let form = pairs.map(|(name, value)| format!("{name}={}", encoded(value))).join("&");
    Request::post(INTAKE_PATH, "application/x-www-form-urlencoded", form)
        .header("x-plivo-signature-v3", &webhook.sign(INTAKE_PATH, "77", &pairs))
        .header("x-plivo-signature-v3-nonce", "77")
}

#[test]
fn a_text_through_plivo_becomes_a_report_and_is_answered() {
    let place = place().knowing(ANN);
    let serving = place.serve();
    let answer = serving.send(&text("one", LURE)).expect(200).body;
    assert!(answer.contains("<Message src=\"12015550199\" dst=\"12015550123\""), "{answer}");
    // Delivered again, it counts once and is answered alike.
    assert_eq!(serving.send(&text("one", LURE)).expect(200).body, answer);
    crate::house::until("it is in the list", || serving.list("/api/v1/reports").len() == 1);
    let report = &serving.list("/api/v1/reports")[0];
    assert_eq!((&report["way"], &report["verdict"]), (&json!("text"), &json!("malicious")));
}

#[test]
fn every_way_is_there_and_lets_nobody_in_unsigned() {
    let serving = place().serve();
    for (path, status) in [
        ("/intake/twilio", 403),
        ("/intake/telnyx", 403),
        ("/intake/plivo", 403),
        ("/intake/vonage", 503),
        ("/intake/slack", 403),
        ("/intake/teams", 403),
    ] {
        let request = Request::post(path, "application/json", "{}".to_owned());
        assert_eq!(serving.send(&request).status, status, "{path}");
    }
    let metrics = serving.send(&Request::get("/metrics")).expect(200).body;
    assert!(metrics.contains("unhook_webhooks_refused_total 6\n"), "{metrics}");

    let asked = json!({ "_version": 1, "app": { "version": "1.1" },
        "query": { "sender": "14085550001", "message": { "text": LURE } } });
    let answer = serving.send(&Request::json(&format!("/intake/ios/{KEY}"), &asked)).expect(200);
    assert_eq!(answer.json(), json!({ "action": "junk" }));
    let association = Request::get("/.well-known/apple-app-site-association");
    let association = serving.send(&association).expect(200).json();
    let apps = json!({ "apps": ["A1B2C3D4E5.com.acme.filter"] });
    assert_eq!(association, json!({ "messagefilter": apps }));
    assert!(serving.list("/api/v1/reports").is_empty());
    let log = serving.stop().log;
    assert!(!log.contains(KEY) && !log.contains("acmecorp-okta"), "{log}");
}

#[test]
fn without_its_section_a_way_is_not_there() {
    let serving = Place::new().serve();
    for path in ["/intake/telnyx", "/intake/plivo", "/intake/vonage", "/intake/slack"] {
        let request = Request::post(path, "application/json", "{}".to_owned());
        assert_eq!(serving.send(&request).status, 404, "{path}");
    }
}

#[test]
fn settings_that_make_no_sense_are_told_before_anything_begins() {
    let check = |lines: &str, expected: &str| {
        let place = Place::new().and(lines);
        place.write("short", "abc\n");
        let run = place.run(&["serve", "--org", "unhook.toml", "--listen", "127.0.0.1:0"]);
        assert_ne!(run.status, Some(0), "{lines}");
        assert!(run.err.contains(expected), "{lines}: {}", run.err);
    };
    check("[intake.telnyx]\n", "[intake.telnyx] needs `public_key`");
    check("[intake.telnyx]\npublic_key = \"abc\"\n", "44 characters of Base64");
    check("[intake.plivo]\n", "[intake.plivo] needs `public_url`");
    check("[intake.vonage]\n", "[intake.vonage] needs `signature_secret_file`, or the secret in");
    check("[intake.slack]\nsigning_secret = \"x\"\n", "signing_secret");
    check("[intake.teams]\nsecurity_token_file = \"short\"\n", "is Base64");
    check("[intake.ios]\nkeys_file = \"short\"\n", "at least 20 letters");
    check("[intake.signal]\n", "unknown key `signal`");
    let both = "account_sid = \"AC00\"\nfrom = \"+12015550199\"\n\
        [intake.telnyx]\npublic_key = \"x\"\nfrom = \"+12015550199\"\n";
    check(both, "texts go out through one provider");
}
