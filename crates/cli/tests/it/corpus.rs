//! The labelled cases of `corpus/cases`, as one file through `unhook scan`.
//!
//! The same cases run through the detector itself in `crates/detect/tests/corpus.rs`, which
//! says of each what is wrong with it. Here it is shown that the command line neither loses
//! nor changes anything on the way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::common::run_with;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus")
}

/// Every case, by the organization it is for.
fn cases() -> BTreeMap<String, Vec<toml::Table>> {
    let mut cases: BTreeMap<String, Vec<toml::Table>> = BTreeMap::new();
    for entry in std::fs::read_dir(corpus().join("cases")).expect("a folder") {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("UTF-8");
        let file: toml::Table = toml::from_str(&text).expect("TOML");
        for case in file["case"].as_array().expect("cases") {
            let case = case.as_table().expect("a table").clone();
            let organization = case.get("org").and_then(toml::Value::as_str).unwrap_or("");
            cases.entry(organization.to_owned()).or_default().push(case);
        }
    }
    cases
}

fn scan(organization: &str, cases: &[toml::Table]) -> Vec<Value> {
    let field = |case: &toml::Table, key: &str| {
        case.get(key).and_then(toml::Value::as_str).map(str::to_owned)
    };
    let rows = cases.iter().map(|case| {
        let [id, text, sender, recipient] =
            ["id", "text", "sender", "recipient"].map(|key| field(case, key));
        json!({ "id": id, "text": text, "sender": sender, "recipient": recipient }).to_string()
            + "\n"
    });
    let path = corpus().join(format!("organizations/{organization}.toml"));
    let path = path.to_str().expect("plain");
    let mut arguments = vec!["scan", "--format", "jsonl", "-"];
    if !organization.is_empty() {
        arguments.extend(["--org", path]);
    }
    let answer = run_with(&arguments, rows.collect::<String>().as_bytes());
    assert_eq!(answer.status, 0, "{}", answer.err);
    answer.objects()
}

#[test]
fn every_case_has_its_answer_in_order() {
    for (organization, cases) in cases() {
        let objects = scan(&organization, &cases);
        assert_eq!(objects.len(), cases.len());
        for (case, object) in cases.iter().zip(&objects) {
            assert_eq!(object["id"].as_str(), case["id"].as_str());
            assert!(object["verdict"].is_string() && object.get("error").is_none(), "{object}");
            assert!(object["notes"].as_array().is_some_and(Vec::is_empty), "{object}");
        }
    }
}

#[test]
fn the_verdicts_are_those_of_the_cases() {
    let mut wrong = Vec::new();
    for (organization, cases) in cases() {
        for (case, object) in cases.iter().zip(scan(&organization, &cases)) {
            let verdict = object["verdict"].as_str().unwrap_or_default();
            let expected = case["verdict"].as_str().unwrap_or_default();
            if verdict != expected && (expected != "not-benign" || verdict == "benign") {
                wrong.push(format!("{}: {verdict}, not {expected}", case["id"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases are judged wrong:\n{}", wrong.len(), wrong.join("\n"));
}
