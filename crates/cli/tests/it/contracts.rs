//! What other programs are written against: a golden request and answer for each stable
//! contract. Weights, probabilities and advice may change with the model; keys, types,
//! order, ids and spans may not.

use crate::common::{Run, golden, run, run_with};
use serde_json::{Value, json};

/// Every key of an object of `check --json`, in order.
const CHECK_KEYS: [&str; 10] = [
    "verdict",
    "probability",
    "kind",
    "score",
    "evidence",
    "links",
    "unavailable",
    "notes",
    "advice",
    "schema_version",
];

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Hundredths, as which weights add up exactly.
fn hundredths(number: &Value) -> i64 {
    let nats = number.as_f64().expect("a number");
    assert!(((nats * 100.0) - (nats * 100.0).round()).abs() < 1e-6, "{nats} has two decimals");
    (nats * 100.0).round() as i64
}

/// What holds for every assessment, whatever the model thinks.
fn check_assessment(object: &Value, body: &str) {
    let verdict = object["verdict"].as_str().expect("a verdict");
    assert!(["benign", "suspicious", "malicious"].contains(&verdict), "{verdict}");
    let probability = object["probability"].as_f64().expect("a probability");
    assert!((0.0..=1.0).contains(&probability));
    assert!(object["kind"].is_string() || object["kind"].is_null());
    let evidence = object["evidence"].as_array().expect("a list");
    let sum: i64 = evidence.iter().map(|evidence| hundredths(&evidence["weight"])).sum();
    assert_eq!(sum, hundredths(&object["score"]), "the weights add up to the score");
    for evidence in evidence {
        assert_eq!(keys(evidence), ["signal", "weight", "reason", "span"]);
        check_span(&evidence["span"], body);
    }
    for link in object["links"].as_array().expect("a list") {
        let expected = ["kind", "target", "host", "registrable", "span", "disguises", "imitates"];
        assert_eq!(keys(link), expected);
        check_span(&link["span"], body);
    }
    assert_eq!(object["schema_version"], 1);
}

/// A span is null or lies on character borders of the text.
fn check_span(span: &Value, body: &str) {
    if span.is_null() {
        return;
    }
    let at =
        |index: usize| usize::try_from(span[index].as_u64().expect("an offset")).expect("small");
    assert!(at(0) < at(1) && body.get(at(0)..at(1)).is_some(), "{span} of {body:?}");
}

#[test]
fn check_json() {
    for body in [
        "Acmecorp: your password has expired, sign in at acmecorp-sso.com today",
        "USPS：包裹 hëld 👨‍👩‍👧 päy at ｕｓｐｓ．ｃｏｍ-fee.example or usps[.]com-x.example nοw",
        "",
        "\u{202e}\u{0}\n\n",
    ] {
        // An argument cannot hold a NUL; a file can.
        let answer = run_with(&["check", "--json", "--org", "acme.toml"], body.as_bytes());
        let objects = answer.objects();
        assert_eq!(objects.len(), 1);
        assert_eq!(keys(&objects[0]), CHECK_KEYS);
        check_assessment(&objects[0], body);
    }
}

#[test]
fn check_json_names_what_a_link_imitates() {
    let answer = run(&[
        "check",
        "--json",
        "--org",
        "acme.toml",
        "Acmecorp: your password has expired, sign in at acmecorp-sso.com today",
    ]);
    let object = &answer.objects()[0];
    let link = &object["links"][0];
    assert_eq!(link["target"], "acmecorp-sso[.]com");
    assert_eq!(link["registrable"], "acmecorp-sso.com");
    assert_eq!(link["span"], json!([48, 64]));
    assert_eq!(link["imitates"]["brand"], "Acmecorp");
    assert_eq!(link["imitates"]["level"], "high");
}

/// The rows of `texts.jsonl`, by their ids.
fn check_scanned(answer: &Run) {
    assert_eq!(answer.status, 0, "{}", answer.err);
    let objects = answer.objects();
    let ids: Vec<&Value> = objects.iter().map(|object| &object["id"]).collect();
    assert_eq!(ids, [&json!("r-1"), &json!(2), &json!(3.5), &json!(5), &json!(6)]);
    assert!(answer.out.contains("{\"id\":3.50,"), "a number is written as it came");
    let lines: Vec<&Value> = objects.iter().map(|object| &object["line"]).collect();
    assert_eq!(lines, [1, 2, 4, 5, 6]);
    for (at, object) in objects.iter().enumerate() {
        for key in ["id", "verdict", "probability", "kind", "evidence"] {
            assert!(object.get(key).is_some(), "{key} in {object}");
        }
        let is_bad = at == 2 || at == 3;
        assert_eq!(object.get("error").is_some(), is_bad);
        assert_eq!(object["verdict"].is_null(), is_bad);
    }
    assert_eq!(objects[2]["evidence"], json!([]));
    assert_eq!(objects[2]["error"], "no text: expected a string under `text`");
    assert_eq!(
        objects[4]["notes"],
        json!([
            "passed over received_at `soon`: expected RFC 3339, a Unix time, or a plain date and time"
        ])
    );
}

#[test]
fn scan_jsonl() {
    let arguments = ["scan", "--format", "jsonl", "--org", "acme.toml"];
    let from_file = run(&[&arguments[..], &["texts.jsonl"]].concat());
    check_scanned(&from_file);
    let texts = std::fs::read(golden().join("texts.jsonl")).expect("a golden file");
    check_scanned(&run_with(&[&arguments[..], &["-"]].concat(), &texts));
    let good = &from_file.objects()[0];
    let expected = [&["id", "file", "line"][..], &CHECK_KEYS].concat();
    assert_eq!(keys(good), expected);
    let body =
        "Acmecorp: your password has expired, sign in at acmecorp-sso.com today or lose access";
    check_assessment(good, body);
    let bad = &from_file.objects()[3];
    let mut bad_keys = keys(bad);
    bad_keys.retain(|key| *key != "error");
    assert_eq!(bad_keys, expected, "a bad row has the keys of a good one");
    assert!(from_file.err.contains("texts.jsonl: line 4: no text"));
    assert!(from_file.err.contains("2 of 5 rows could not be read"));
}

#[test]
fn scan_csv() {
    let answer = run(&["scan", "--format", "csv", "texts.csv"]);
    let mut reader = csv::Reader::from_reader(answer.out.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let expected = [
        "id",
        "verdict",
        "probability",
        "kind",
        "score",
        "signals",
        "domains",
        "file",
        "line",
        "error",
    ];
    assert_eq!(header, expected[..]);
    let records: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(records.len(), 2);
    assert_eq!(&records[0][0], "'=1+1", "no id is a formula");
    assert!(["benign", "suspicious", "malicious"].contains(&&records[0][1]));
    assert!(records[0][2].parse::<f64>().is_ok() && records[0][4].parse::<f64>().is_ok());
    assert_eq!((&records[1][0], &records[1][1], &records[1][8]), ("4", "", "4"));
    assert_eq!(&records[1][9], "4 fields in 3 columns; quote a text that holds the delimiter");
}

/// A summary without what depends on the weights: the numbers of verdicts, and the kinds.
fn without_verdicts(summary: &str) -> String {
    let mut shown = String::new();
    let mut is_kinds = false;
    for line in summary.lines() {
        is_kinds = line == "kinds" || (is_kinds && line.starts_with("  "));
        let word = line.split_whitespace().next().unwrap_or("");
        match word {
            "malicious" | "suspicious" | "benign" => shown += &format!("  {word} …\n"),
            _ if is_kinds => {}
            _ => shown += &format!("{line}\n"),
        }
    }
    shown
}

#[test]
fn scan_summary() {
    let answer = run(&["scan", "--format", "summary", "--org", "acme.toml", "texts.jsonl"]);
    insta::assert_snapshot!(without_verdicts(&answer.out));
    let same = run(&["scan", "--org", "acme.toml", "texts.jsonl"]);
    assert_eq!(same.out, answer.out, "the summary is what one gets without asking");
}

#[test]
fn lookalikes_json() {
    let answer = run(&["lookalikes", "--org", "acme.toml", "--json", "names.txt"]);
    assert_eq!(answer.status, 0, "{}", answer.err);
    let hits = answer.objects();
    for hit in &hits {
        for key in ["name", "brand", "kind", "level", "score"] {
            assert!(hit.get(key).is_some(), "{key} in {hit}");
        }
        assert!(["high", "watch"].contains(&hit["level"].as_str().expect("a level")));
        assert!(hit["score"].as_u64().is_some_and(|score| score <= 100));
    }
    let found: Vec<(&str, &str)> = hits
        .iter()
        .map(|hit| (hit["name"].as_str().expect("a name"), hit["brand"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(
        found,
        [
            ("acmecorp-sso.com", "Acmecorp"),
            ("cloudpillar-helpdesk.net", "Cloudpillar"),
            ("acmecorp.com.evil-host.example", "Acmecorp"),
            ("cloudpilar.com", "Cloudpillar"),
        ]
    );
    let names = std::fs::read(golden().join("names.txt")).expect("a golden file");
    let piped = run_with(&["lookalikes", "--org", "acme.toml", "--json", "-"], &names);
    assert_eq!(piped.out, answer.out);
}

#[test]
fn every_key_of_the_configuration_is_in_the_golden_file() {
    let schema: Value = serde_json::from_str(&run(&["schema", "json"]).out).expect("a schema");
    let file = std::fs::read_to_string(golden().join("acme.toml")).expect("a golden file");
    for section in ["OrganizationSection", "BrandSection"] {
        for key in keys(&schema["$defs"][section]["properties"]) {
            let stands = file.contains(&format!("\n{key} = ")) || key == "brands";
            assert!(stands, "{key} of {section} is not in acme.toml");
        }
    }
    assert_eq!(run(&["check", "--org", "acme.toml", "--fail-on", "never", "hi"]).status, 0);
}
