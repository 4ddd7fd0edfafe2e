//! The labelled cases of `corpus/cases`, each through [`assess`].
//!
//! A case is an inert text with what must come of it: a verdict, perhaps a kind, perhaps
//! signals that must be among the evidence. All that is wrong is told at once. A case that is
//! right is never bent to the detector.
#![expect(
    clippy::disallowed_methods,
    reason = "the cases are files, and this is no part of the crate"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use unhook_detect::{Knowledge, assess};
use unhook_model::{Assessment, Brand, Facts, Message, Organization, PhoneNumber, Sender, Verdict};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    text: String,
    sender: Option<String>,
    recipient: Option<String>,
    #[serde(default)]
    org: String,
    verdict: Expected,
    kind: Option<String>,
    #[serde(default)]
    signals: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Expected {
    Benign,
    /// Suspicious or malicious.
    NotBenign,
    Malicious,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus")
}

fn cases() -> Vec<Case> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(corpus().join("cases"))
        .expect("a folder of cases")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| -> File {
        let text = std::fs::read_to_string(path).expect("UTF-8");
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().flat_map(|path| read(path).case).collect()
}

/// What the cases need of an `unhook.toml`; the command line reads all of it.
fn organization(name: &str) -> Organization {
    if name.is_empty() {
        return Organization::default();
    }
    let path = corpus().join(format!("organizations/{name}.toml"));
    let text = std::fs::read_to_string(path).expect("an organization");
    let file: toml::Table = toml::from_str(&text).expect("TOML");
    let section = file["organization"].as_table().expect("a section");
    let brands = section["brands"].as_array().expect("brands");
    let brands = brands.iter().map(|brand| {
        let brand = brand.as_table().expect("a brand");
        Brand {
            name: brand["name"].as_str().expect("a name").to_owned(),
            aliases: texts(brand, "aliases"),
            domains: texts(brand, "domains"),
            senders: texts(brand, "senders"),
            ..Brand::default()
        }
    });
    Organization {
        name: section["name"].as_str().expect("a name").to_owned(),
        brands: brands.collect(),
        owned_domains: texts(section, "owned_domains"),
        vendor_tenants: texts(section, "vendor_tenants"),
        identity_providers: texts(section, "identity_providers"),
        senders: texts(section, "senders"),
        sign_in_words: texts(section, "sign_in_words"),
        partners: texts(section, "partners"),
        countries: texts(section, "countries"),
        ..Organization::default()
    }
}

fn texts(table: &toml::Table, key: &str) -> Vec<String> {
    let list = table.get(key).and_then(toml::Value::as_array);
    list.into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

fn message(case: &Case) -> Message {
    Message {
        sender: case.sender.as_deref().and_then(Sender::parse),
        recipient: case.recipient.as_deref().and_then(PhoneNumber::parse),
        ..Message::from_body(case.text.clone())
    }
}

/// What is wrong with an assessment; nothing when it is as it must be.
fn complaint(case: &Case, assessment: &Assessment) -> Option<String> {
    let is_right = match case.verdict {
        Expected::Benign => assessment.verdict == Verdict::Benign,
        Expected::NotBenign => assessment.verdict != Verdict::Benign,
        Expected::Malicious => assessment.verdict == Verdict::Malicious,
    };
    let kind = assessment.kind.map(|kind| kind.name());
    let is_of_kind = case.kind.is_none() || case.kind.as_deref() == kind;
    let seen = |id: &String| assessment.evidence.iter().any(|e| e.signal.as_str() == id);
    let unseen: Vec<&String> = case.signals.iter().filter(|id| !seen(id)).collect();
    if is_right && is_of_kind && unseen.is_empty() {
        return None;
    }
    let mut text = format!(
        "{}: {} {} {}, expected {:?} {}",
        case.id,
        assessment.verdict.name(),
        kind.unwrap_or("-"),
        assessment.score,
        case.verdict,
        case.kind.as_deref().unwrap_or("")
    );
    for id in unseen {
        let _ = write!(text, ", {id} not seen");
    }
    for evidence in &assessment.evidence {
        let _ = write!(text, "\n    {} {}", evidence.weight, evidence.signal.as_str());
    }
    Some(text)
}

#[test]
fn every_case_is_judged_as_it_must_be() {
    let mut cases = cases();
    let count = cases.len();
    cases.sort_by(|a, b| a.org.cmp(&b.org));
    let mut complaints = Vec::new();
    for group in cases.chunk_by(|a, b| a.org == b.org) {
        let knowledge = Knowledge::for_organization(&organization(&group[0].org));
        complaints.extend(group.iter().filter_map(|case| {
            complaint(case, &assess(&message(case), &Facts::default(), &knowledge))
        }));
    }
    let wrong = complaints.len();
    assert!(complaints.is_empty(), "{wrong} of {count} cases:\n{}", complaints.join("\n"));
}

#[test]
fn ids_are_unique_and_kinds_and_signals_exist() {
    let cases = cases();
    let mut ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    for case in &cases {
        let kind = case.kind.as_deref();
        assert!(
            kind.is_none_or(|kind| unhook_model::ScamKind::from_name(kind).is_some()),
            "{kind:?}"
        );
        for signal in &case.signals {
            let is_known =
                unhook_detect::signals::ALL.iter().any(|known| known.id.as_str() == signal);
            assert!(is_known, "{}: no signal {signal}", case.id);
        }
    }
}
