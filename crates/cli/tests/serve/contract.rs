//! What programs may rely on, with goldens of what goes over the wire.
//!
//! A golden that changes is a contract that changes: keys may come, and none may go.

use serde_json::{Value, json};

use crate::golden::Redaction;
use crate::house::{Place, Serving, until};
use crate::http::{Answer, Request};
use crate::reports::LURE;
use crate::twilio::{PUBLIC_URL, Text};

/// A program's conversation with the service, in goldens.
struct Conversation<'s> {
    serving: &'s Serving,
    redaction: Redaction,
}

impl Conversation<'_> {
    /// Asks with the token, and holds what went over the wire against its golden.
    #[track_caller]
    fn ask(&mut self, name: &str, request: Request) -> Answer {
        self.send(name, request.bearer(&self.serving.token))
    }

    #[track_caller]
    fn send(&mut self, name: &str, request: Request) -> Answer {
        let answer = self.serving.send(&request);
        let exchange = self.redaction.exchange(&request, &answer);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, exchange);
        });
        answer
    }
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string"))
}

#[test]
fn a_token_is_printed_alone_before_the_service_ever_ran_and_while_it_does() {
    let place = Place::new();
    let before = place.out(&["token", "create", "--scope", "read"]);
    let serving = place.serve();
    let during = place.out(&["token", "create", "--scope", "read", "--scope", "intake"]);
    for token in [&before, &during] {
        assert!(token.starts_with("unhook_") && token.len() == 51 && token.ends_with('\n'));
        let list = Request::get("/api/v1/campaigns").bearer(token.trim_end());
        serving.send(&list).expect(200);
    }
    let report = Request::json("/api/v1/reports", &json!({ "text": LURE }));
    serving.send(&report.clone().bearer(before.trim_end())).expect(403);
    serving.send(&report.bearer(during.trim_end())).expect(202);
    let id = place.out(&["token", "list"]);
    let id = id.lines().find(|line| line.contains("\tread\t")).and_then(|l| l.split('\t').next());
    place.out(&["token", "revoke", id.expect("it is listed")]);
    let list = Request::get("/api/v1/campaigns").bearer(before.trim_end());
    serving.send(&list).expect(401);
}

#[test]
fn the_api_is_as_it_was() {
    let place = Place::new();
    let serving = place.serve();
    let first = serving.report("Lunch at twelve?", "+12015550124");
    // From here on, there is a position.
    serving.show(&format!("/api/v1/reports?after={}", string(&first["position"])));
    let mut conversation = Conversation { serving: &serving, redaction: Redaction::default() };
    conversation.send("no-token", Request::json("/api/v1/check", &json!({ "text": LURE })));
    conversation.ask("check", Request::json("/api/v1/check", &json!({ "text": LURE })));
    let report = json!({ "text": LURE, "reporter": { "phone": "+12015550123" } });
    let report = Request::json("/api/v1/reports", &report)
        .header("idempotency-key", "7f9c24e8-3b12-4c1d-8a57-0d8f5a0b6c11");
    let taken = conversation.ask("report", report.clone()).expect(202).json();
    let again = conversation.ask("report-again", report).expect(200).json();
    assert_eq!(again["id"], taken["id"]);
    let after = format!("?after={}", string(&taken["position"]));
    let path = format!("/api/v1/reports/{}{after}", string(&taken["id"]));
    conversation.ask("report-shown", Request::get(&path)).expect(200);
    let campaigns = conversation.ask("campaigns", Request::get("/api/v1/campaigns"));
    let campaigns = campaigns.expect(200).json();
    assert_eq!(campaigns["items"][0]["message_count"], 1);
    let campaign = string(&campaigns["items"][0]["id"]).to_owned();
    conversation.ask("campaign", Request::get(&format!("/api/v1/campaigns/{campaign}")));
    let ruling = json!({ "campaign": campaign, "ruling": "malicious", "reason": "ticket 17" });
    let ruled = conversation.ask("ruling", Request::json("/api/v1/rulings", &ruling));
    let ruled = ruled.expect(200).json();
    let path = format!("/api/v1/campaigns/{campaign}?after={}", string(&ruled["position"]));
    let campaign = serving.show(&path);
    assert_eq!(campaign["ruling"], "malicious");
    conversation
        .ask("not-found", Request::get("/api/v1/reports/00112233-4455-6677-8899-aabbccddeeff"));
    conversation.ask("mistake", Request::json("/api/v1/check", &json!({ "txet": LURE })));
    conversation.send("healthz", Request::get("/healthz")).expect(200);
    conversation.send("readyz", Request::get("/readyz")).expect(200);
}

#[test]
fn the_metrics_have_the_names_they_had() {
    let place = Place::new();
    let serving = place.serve();
    let metrics = serving.send(&Request::get("/metrics")).expect(200);
    let types = metrics.body.lines().filter(|line| line.starts_with("# TYPE "));
    let types: Vec<&str> = types.collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("metrics", types.join("\n"));
    });
}

#[test]
fn the_description_is_the_one_in_the_docs() {
    let place = Place::new();
    let serving = place.serve();
    let served = serving.send(&Request::get("/openapi.json")).expect(200);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let documented = std::fs::read_to_string(path).expect("it is in the repository");
    let documented: Value = serde_json::from_str(&documented).expect("it is JSON");
    assert!(served.json() == documented, "docs/openapi.json is not what is served");
}

#[test]
fn a_text_through_twilio_counts_once_and_only_when_it_is_signed() {
    let place = Place::new();
    let serving = place.serve();
    let mut conversation = Conversation { serving: &serving, redaction: Redaction::default() };
    let text = Text { sid: "SM00000000000000000000000000000001", from: "+12015550123", body: LURE };
    let forged = Text { sid: "SM00000000000000000000000000000002", from: "+12015550130", ..text };
    conversation.send("text-forged", forged.forged()).expect(403);
    serving.send(&forged.unsigned()).expect(403);
    let answer = conversation.send("text", text.call()).expect(200);
    let again = serving.send(&text.call()).expect(200);
    assert_eq!(again.body, answer.body);
    // What a later position shows, shows everything before it.
    let later = serving.report("Lunch at twelve?", "+12015550124");
    let reports = format!("/api/v1/reports?after={}", string(&later["position"]));
    let ways =
        serving.list(&reports).iter().map(|r| string(&r["way"]).to_owned()).collect::<Vec<_>>();
    assert_eq!(ways, ["api", "text"]);
    let metrics = serving.send(&Request::get("/metrics")).body;
    assert!(metrics.contains("\nunhook_webhooks_refused_total 2\n"), "{metrics}");
    let whom = ["export-person", "--reason", "a test", "--phone"];
    place.out(&[&whom[..], &[text.from]].concat());
    let nobody = place.run(&[&whom[..], &[forged.from]].concat());
    assert_eq!(nobody.status, Some(65), "{}{}", nobody.out, nobody.err);
}

#[test]
fn the_public_url_is_written_with_or_without_the_path_of_the_webhook() {
    for url in [format!("{PUBLIC_URL}/intake/twilio"), format!("{PUBLIC_URL}/")] {
        let place = Place::called_at(&url);
        let serving = place.serve();
        let text = Text { sid: "SM1", from: "+12015550123", body: LURE };
        serving.send(&text.call()).expect(200);
        until("the text is shown", || serving.list("/api/v1/reports").len() == 1);
    }
}
