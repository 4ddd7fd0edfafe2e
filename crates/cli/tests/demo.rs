//! `unhook demo` and `unhook replay`, as a person runs them: the whole service, over HTTP, on
//! this machine. What comes of it is checked, and never how long it takes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A scenario with three people, who get the same lure.
const SMALL: &str = r#"
title = "Three people"
reporting_number = "+12065550100"
attack = ["lure"]

[unhook.organization]
name = "Acme"
[[unhook.organization.brands]]
name = "Acme"
domains = ["acme.example"]

[[people]]
group = "staff"
count = 3
numbers_from = "+12015550100"

[texts]
lure = ["ALERT!! Your Acme schedule has been updated, Please tap acme-okta.example to view your changes."]

[[events]]
at = 0
by = "staff"
count = 3
forward = "lure"

[expect]
answered = true
campaigns = 1
"#;

/// The binary with a folder for what it throws away.
fn unhook(arguments: &[&str], temporary: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unhook"));
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_BACKTRACE"] {
        command.env_remove(variable);
    }
    command.args(arguments).env("TMPDIR", temporary).stdin(Stdio::null());
    command
}

/// Runs to the end, and makes sure that nothing is left behind.
fn run(arguments: &[&str]) -> Output {
    let temporary = folder();
    let output = unhook(arguments, temporary.path()).output().expect("the binary runs");
    assert_empty(&temporary);
    output
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn assert_empty(folder: &TempDir) {
    let left = std::fs::read_dir(folder.path()).expect("it is still there");
    assert_eq!(left.count(), 0, "something was left behind");
}

/// Writes a scenario and plays it.
fn replay(scenario: &str, arguments: &[&str]) -> Output {
    let folder = folder();
    let file = folder.path().join("scenario.toml");
    std::fs::write(&file, scenario).expect("it can be written");
    let file = file.to_str().expect("UTF-8");
    run(&[&["replay", file, "--speed", "max"], arguments].concat())
}

#[track_caller]
fn told(output: &Output, status: i32, expected: &str) {
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{out}\n{err}");
    assert!(out.contains(expected) || err.contains(expected), "{out}\n{err}");
}

#[test]
fn the_demo_goes_as_it_should() {
    let output = run(&["demo", "--speed", "max", "--json"]);
    told(&output, 0, "\"held\": true");
    let measured: Value = serde_json::from_slice(&output.stdout).expect("one object");
    for expectation in measured["expectations"].as_array().expect("a list") {
        let is_time = expectation["name"] == "answers_within_ms";
        assert!(is_time || expectation["held"] == true, "{expectation}");
    }
    let stages = measured["stages"].as_object().expect("an object");
    for (stage, took) in stages {
        assert!(took.as_f64().is_some_and(|took| took > 0.0), "{stage} was not reached");
    }
    assert_eq!(stages.len(), 7);
    let of = |part: &str, key: &str| measured[part][key].as_f64().expect("a number");
    assert!(of("reactions", "blocked_ms") > 0.0 && of("reactions", "revoked_ms") > 0.0);
    assert_eq!(of("visits", "before_reports"), 6.0);
    assert_eq!(of("visits", "after") + of("visits", "stopped"), 19.0);
    assert_eq!(of("ladder", "session"), 3.0);
    let count = |key: &str| measured[key].as_u64().expect("a number");
    assert_eq!((count("attack"), count("members"), count("campaigns")), (100, 100, 1));
    assert_eq!((count("everyday"), count("closed")), (40, 40));
    assert_eq!((count("corrections"), count("alerts"), count("unsigned")), (12, 3, 0));
}

#[test]
fn what_is_shown_is_plain_where_nobody_looks_and_fits_a_terminal() {
    let output = run(&["demo", "--speed", "max"]);
    told(&output, 0, "expectations held.");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!out.contains('\u{1b}'), "{out}");
    for line in out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for stage in ["verdict as an answer", "I typed my password", "told otherwise", "no answer on"] {
        assert!(out.contains(stage), "{stage} is not in\n{out}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_behind() {
    let temporary = folder();
    let mut command = unhook(&["demo", "--speed", "1"], temporary.path());
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
    let mut first = String::new();
    // Something is shown once the service runs. Whoever stops reading would end it as well.
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut first).expect("it says something");
    assert!(first.contains("Harbourly"), "{first}");
    let pid = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
    assert!(killed.success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("it ends");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert_empty(&temporary);
}

#[test]
fn an_expectation_that_fails_is_named_and_decides() {
    let wrong = SMALL.replace("campaigns = 1", "campaigns = 7");
    told(&replay(&wrong, &[]), 1, "FAILED campaigns: expected 7, found 1");
    told(&replay(&wrong, &["--expect", "answered"]), 0, "missed campaigns: expected 7, found 1");
}

#[test]
fn a_scenario_that_holds_says_what_held() {
    told(&replay(SMALL, &[]), 0, "held   answered: 3 of 3 answered");
}

#[test]
fn mistakes_are_told_where_they_stand() {
    let misspelt = SMALL.replace("forward", "forwrad");
    told(&replay(&misspelt, &[]), 65, "unknown key `forwrad`; did you mean `forward`?");
    let unknown = SMALL.replace("by = \"staff\"", "by = \"stuff\"");
    told(&replay(&unknown, &[]), 65, "scenario.toml:22:6: there are no people `stuff`");
    told(&replay(SMALL, &["--expect", "campaign"]), 64, "there are all, answered, verdicts");
    told(&run(&["replay", "not-there.toml"]), 66, "not-there.toml");
    told(&run(&["replay"]), 64, "july-2022 for the one built in");
    told(&run(&["demo", "--speed", "fast"]), 64, "write a number");
}
