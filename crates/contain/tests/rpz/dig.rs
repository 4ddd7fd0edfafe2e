//! `dig`, which checks signatures and shows every record.

use std::process::Command;

use tempfile::TempDir;
use unhook_contain::rpz::{How, RpzSettings};

use crate::docs::key;
use crate::ours::{Ours, ZONE, proven, settings};

/// A `dig` with this key at a server; `None` where there is none.
struct Dig {
    folder: TempDir,
    port: u16,
}

impl Dig {
    fn new(ours: &Ours, key: &str) -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        std::fs::write(folder.path().join("key"), key).expect("there is room");
        Self { folder, port: ours.address.port() }
    }

    async fn ask(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("dig");
        command.args(["@127.0.0.1", "-p", &self.port.to_string(), "+tries=1", "+time=5"]);
        command.arg("-k").arg(self.folder.path().join("key")).args(arguments);
        match tokio::task::spawn_blocking(move || command.output()).await.expect("it ran") {
            Ok(output) => Some(String::from_utf8(output.stdout).expect("dig writes text")),
            Err(error) => {
                assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "dig: {error}");
                None
            }
        }
    }
}

/// The records but those of signatures, as `dig` shows them.
fn records(said: &str) -> Vec<String> {
    let lines = said.lines().filter(|line| !line.starts_with(';') && !line.contains("TSIG"));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    lines.map(words).filter(|line| !line.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dig_sees_the_whole_and_what_is_new() {
    let ours = Ours::start(settings(&[])).await;
    let dig = Dig::new(&ours, &key());
    let Some(whole) = dig.ask(&["AXFR", ZONE]).await else { return };
    assert!(!whole.contains("verify"), "{whole}");
    let records_of_whole = records(&whole);
    let serial = ours.rpz.status().serial;
    let head = format!("{ZONE}. 5 IN SOA localhost. localhost. {serial} 10 5 1209600 5");
    let policy = |name: &str| {
        [format!("{name}.{ZONE}. 5 IN CNAME ."), format!("*.{name}.{ZONE}. 5 IN CNAME .")]
    };
    let ns = format!("{ZONE}. 5 IN NS localhost.");
    let mut expected = vec![head.clone(), ns];
    expected.extend(policy("listed.test"));
    expected.extend(policy("first.test"));
    expected.push(head.clone());
    let sorted = |mut records: Vec<String>| {
        records.sort();
        records
    };
    assert_eq!(sorted(records_of_whole.clone()), sorted(expected));
    assert_eq!((records_of_whole.first(), records_of_whole.last()), (Some(&head), Some(&head)));

    let ixfr = format!("IXFR={serial}");
    ours.block("new.test");
    ours.blocklist.change(vec![proven("newer.test")], &[crate::ours::host("new.test")]);
    let newer = loop {
        let said = dig.ask(&[&ixfr, ZONE]).await.unwrap();
        if said.contains("newer.test") {
            break records(&said);
        }
    };
    let now = format!("{ZONE}. 5 IN SOA localhost. localhost. {} ", ours.rpz.status().serial);
    assert_eq!(newer.len(), 6, "{newer:?}");
    assert!(newer[0].starts_with(&now) && newer[2].starts_with(&now) && newer[5].starts_with(&now));
    assert_eq!(newer[1], head);
    assert_eq!(newer[3..5], policy("newer.test"));

    // What is too old, or from another time, is the whole.
    let old = dig.ask(&["IXFR=7", ZONE]).await.unwrap();
    assert_eq!(records(&old).len(), 9, "{old}");
    let status = ours.rpz.status();
    assert_eq!(status.subscribers[0].how, Some(How::Whole));
    assert_eq!(status.subscribers[0].lag, Some(0));
    let serial = format!("IXFR={}", status.serial);
    assert_eq!(records(&dig.ask(&[&serial, ZONE]).await.unwrap()).len(), 1, "nothing is new");
    assert_eq!(records(&dig.ask(&["+notcp", &ixfr, ZONE]).await.unwrap()).len(), 1, "by TCP");
    assert_eq!(records(&dig.ask(&["SOA", ZONE]).await.unwrap()).len(), 1);
    assert_eq!(ours.rpz.status().subscribers[0].how, Some(How::Asked));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dig_sees_a_hundred_thousand_names_in_signed_messages() {
    let ours = Ours::start(settings(&[])).await;
    let names = (0..100_000).map(|n| proven(&format!("login-{n}.evil-campaign.test")));
    ours.blocklist.change(names.collect(), &[]);
    let dig = Dig::new(&ours, &key());
    let Some(whole) = dig.ask(&["AXFR", ZONE]).await else { return };
    assert!(whole.contains("XFR size: 200007 records"), "{}", &whole[whole.len() - 500..]);
    assert!(!whole.contains("verify"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dig_is_refused_without_the_key_and_elsewhere() {
    let ours = Ours::start(settings(&[])).await;
    let wrong = key().replace("uBm", "uBn");
    let unknown = key().replace("unhook", "stranger");
    let other = key().replace("hmac-sha256", "hmac-sha512");
    for (key, error) in [(wrong, "BADSIG"), (unknown, "BADKEY"), (other, "BADKEY")] {
        let dig = Dig::new(&ours, &key);
        for question in ["SOA", "AXFR"] {
            let Some(said) = dig.ask(&[question, ZONE]).await else { return };
            let is_refused = said.contains(error) || said.contains("Transfer failed");
            assert!(is_refused && records(&said).is_empty(), "{error}: {said}");
        }
        assert!(dig.ask(&["SOA", ZONE]).await.unwrap().contains(error));
    }
    let dig = Dig::new(&ours, &key());
    for question in [&["A", "evil.test"][..], &["AXFR", "acme.example"], &["ANY", ZONE]] {
        let said = dig.ask(question).await.unwrap();
        assert!(said.contains("REFUSED") || said.contains("Transfer failed"), "{said}");
    }
    let unsigned = RpzSettings { allow_transfer: Vec::new(), ..settings(&[]) };
    let ours = Ours::start(unsigned).await;
    let said = Dig::new(&ours, &self::key()).ask(&["SOA", ZONE]).await.unwrap();
    assert!(said.contains("REFUSED"), "nobody is let in who is not named: {said}");
}
