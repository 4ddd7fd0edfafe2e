//! Whoever writes something wrong is told what to write.

use std::sync::Arc;

use tempfile::TempDir;
use unhook_app::Severity;
use unhook_messaging::notify::{Kind, NotifySettings, notifier};

use crate::alerts::Still;

/// What is said of these settings, with every file they may name.
fn said(kind: Kind, change: impl FnOnce(&mut NotifySettings, &TempDir)) -> String {
    let folder = TempDir::new().expect("a folder");
    let mut settings = NotifySettings::new(kind, "soc", Severity::Info);
    change(&mut settings, &folder);
    let Err(error) = notifier(settings, Arc::new(Still)) else { return "fine".to_owned() };
    assert_eq!(error.name, "soc");
    assert_eq!(error.to_string(), "notify `soc`");
    error.problem.to_string()
}

fn check(kind: Kind, change: impl FnOnce(&mut NotifySettings, &TempDir), expected: &str) {
    let said = said(kind, change);
    assert!(said.contains(expected), "said: {said}\nexpected: {expected}");
}

fn file(folder: &TempDir, text: &str) -> Option<std::path::PathBuf> {
    let path = folder.path().join("file");
    std::fs::write(&path, text).expect("the folder can be written to");
    Some(path)
}

#[test]
fn what_is_missing_is_named_with_what_to_write() {
    check(Kind::Webhook, |_, _| {}, "`url` is missing: write where to");
    let url = Some("https://soc.example/unhook".to_owned());
    check(Kind::Webhook, |it, _| it.url = url, "`secret_file` is missing: write the path");
    check(Kind::Slack, |_, _| {}, "`url_file` is missing: write the path");
    check(Kind::Teams, |_, _| {}, "`url_file` is missing: write the path");
    check(Kind::PagerDuty, |_, _| {}, "`routing_key_file` is missing: write the path");
    check(Kind::Syslog, |_, _| {}, "`address` is missing: write where to");
}

#[test]
fn what_means_nothing_is_refused() {
    let url = || Some("https://hooks.example/services/T0".to_owned());
    check(Kind::Slack, |it, _| it.url = url(), "slack takes no `url`; it takes url_file, ca_file");
    check(Kind::Syslog, |it, _| it.url = url(), "syslog takes no `url`");
    let address = Some("udp://log.example".to_owned());
    check(Kind::Teams, |it, _| it.address = address, "teams takes no `address`");
}

#[test]
fn both_ways_to_say_where_are_one_too_many() {
    let both = |it: &mut NotifySettings, folder: &TempDir| {
        it.url = Some("https://soc.example/".to_owned());
        it.url_file = file(folder, "https://soc.example/");
    };
    check(Kind::Webhook, both, "`url` and `url_file` are both there: keep one");
}

#[test]
fn addresses_that_cannot_be_used_say_why() {
    let url = |text: &str| Some(text.to_owned());
    check(Kind::Webhook, |it, _| it.url = url("http://soc.example/"), "plain http");
    check(Kind::Webhook, |it, _| it.url = url("soc.example"), "not an https address");
    check(Kind::Syslog, |it, _| it.address = url("log.example:514"), "none of udp://");
    check(Kind::Syslog, |it, _| it.address = url("udp://log.example/x"), "just a host and a port");
    let facility = |it: &mut NotifySettings, _: &TempDir| {
        it.address = url("udp://log.example");
        it.facility = url("local9");
    };
    check(Kind::Syslog, facility, "`facility` does not hold what it should: write auth,");
    let authorities = |it: &mut NotifySettings, folder: &TempDir| {
        it.address = url("tcp://log.example");
        it.ca_file = file(folder, "");
    };
    check(Kind::Syslog, authorities, "write a tls:// `address`, or no `ca_file`");
}

#[test]
fn secrets_that_are_none_are_refused_and_not_repeated() {
    let webhook = |text: &str| {
        said(Kind::Webhook, |it, folder| {
            it.url = Some("https://soc.example/".to_owned());
            it.secret_file = file(folder, text);
        })
    };
    let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(webhook(&format!("{good}\n{good}\n")), "fine");
    for bad in ["", "hunter2", "whsec_c2hvcnQ=", &format!("{good}\n{good}\n{good}\n")] {
        let said = webhook(bad);
        assert!(said.contains("`secret_file` does not hold what it should"), "{said}");
        assert!(!said.contains("hunter2") && !said.contains("c2hvcnQ"), "{said}");
    }
    let key = |it: &mut NotifySettings, folder: &TempDir| {
        it.routing_key_file = file(folder, "hunter2");
    };
    check(Kind::PagerDuty, key, "write the path of a file that holds the integration key");
    let slack =
        said(Kind::Slack, |it, folder| it.url_file = file(folder, "http://x.example/hunter2"));
    assert!(slack.contains("`url_file`: it is plain http"), "{slack}");
    assert!(!slack.contains("hunter2"), "{slack}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    check(
        Kind::Slack,
        |it, folder| it.url_file = Some(folder.path().join("nowhere")),
        "nowhere cannot be read",
    );
}

#[test]
fn names_are_short_and_plain() {
    let named = |name: &str| {
        let settings = NotifySettings::new(Kind::Syslog, name, Severity::Info);
        notifier(settings, Arc::new(Still)).err().map(|error| error.problem.to_string())
    };
    for name in ["", "a b", "a\n", &"n".repeat(65)] {
        assert!(named(name).is_some_and(|said| said.contains("`name` must have")), "{name}");
    }
    assert!(named("soc-1_west.").is_some_and(|said| said.contains("`address` is missing")));
}

#[test]
fn kinds_have_names() {
    for (kind, name) in Kind::ALL {
        assert_eq!((kind.name(), Kind::from_name(name)), (name, Some(kind)));
    }
}
