//! The command line as a new user, a script and an attacker meet it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use crate::common::{finish, run, run_with, unhook};

const LURE: &str =
    "Acmecorp: your password has expired, sign in at acmecorp-sso.com today or lose access";

#[test]
fn errors_are_64_and_up() {
    for (arguments, status, says) in [
        (&["nope"][..], 64, "unrecognized subcommand"),
        (&["chekc", "x"], 64, "check"),
        (&[], 64, "Usage"),
        (&["check", "--jsno", "x"], 64, "--json"),
        (&["check", "--recipient", "nobody", "x"], 64, "+12015550123"),
        (&["check", "--received-at", "soon", "x"], 64, "2022-07-20T22:49:00Z"),
        (&["check", "--file", "texts.csv", "x"], 64, "cannot be used with"),
        (&["check", "--file", "no-such-file"], 66, "no-such-file"),
        (&["check", "--file", "."], 66, "directory"),
        (&["check", "--org", "no-such-file", "x"], 66, "no-such-file"),
        (&["check", "--org", "texts.csv", "x"], 65, "texts.csv:1:"),
        (&["scan"], 64, "FILE"),
        (&["scan", "no-such-file"], 66, "no-such-file"),
        (&["scan", "."], 66, "directory"),
        (
            &["scan", "--text-column", "nope", "texts.csv"],
            64,
            "the columns are: id, from, Message Body",
        ),
        (&["scan", "--jobs", "0", "texts.csv"], 64, "--jobs"),
        (&["scan", "--strict", "texts.jsonl"], 65, "line 4"),
        (&["scan", "--output", "no/such/folder", "texts.csv"], 73, "no/such/folder"),
        (&["scan", "--output", "texts.csv", "texts.csv"], 64, "written over"),
        (&["scan", "--input", "jsonl", "texts.csv"], 65, "could not be read"),
        (&["lookalikes", "--explain", "not a host"], 64, "`not a host` is no host name"),
        (&["eval", "texts.jsonl"], 65, "line 1"),
        (&["init", "--name", "A", "--domain", "co.uk", "-o", "-"], 64, "public suffix"),
        (&["init", "--name", "A", "--domain", "a.example", "-o", "acme.toml"], 73, "--force"),
    ] {
        let answer = run(arguments);
        assert_eq!(answer.status, status, "{arguments:?}: {}", answer.err);
        assert!(answer.err.contains(says), "{arguments:?}: {}", answer.err);
        assert!(answer.out.is_empty() || arguments[0] == "scan", "{arguments:?}");
    }
}

#[test]
fn help_is_no_error() {
    for arguments in [&["--help"][..], &["--version"], &["check", "--help"], &["help", "scan"]] {
        let answer = run(arguments);
        assert!(answer.status == 0 && !answer.out.is_empty() && answer.err.is_empty());
    }
    assert!(run(&["check", "--help"]).out.contains("0 nothing found, 1 suspicious, 2 malicious"));
}

#[test]
fn the_status_tells_the_verdict() {
    let verdict =
        |answer: &crate::common::Run| answer.objects()[0]["verdict"].as_str().map(str::to_owned);
    for body in [LURE, "See you at the station at six, love Ana"] {
        let answer = run(&["check", "--json", "--org", "acme.toml", body]);
        let expected = match verdict(&answer).as_deref() {
            Some("benign") => 0,
            Some("suspicious") => 1,
            Some("malicious") => 2,
            other => panic!("{other:?}"),
        };
        assert_eq!(answer.status, expected);
        assert_eq!(run(&["check", "--fail-on", "never", "--org", "acme.toml", body]).status, 0);
        let malicious = run(&["check", "--fail-on", "malicious", "--org", "acme.toml", body]);
        assert_eq!(malicious.status, if expected == 2 { 2 } else { 0 });
    }
    assert_ne!(run(&["check", "--org", "acme.toml", LURE]).status, 0);
    assert_eq!(run(&["check", "See you at the station at six, love Ana"]).status, 0);
}

#[test]
fn the_weights_shown_add_up_to_the_score_shown() {
    let hundredths = |text: &str| text.replace('.', "").parse::<i64>().expect("a weight");
    let answer = run(&["check", "--org", "acme.toml", LURE]);
    let weights = answer.out.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        words.next()?.parse::<u32>().ok()?;
        words.next().filter(|weight| weight.starts_with(['+', '-']))
    });
    let sum: i64 = weights.map(hundredths).sum();
    let score = answer.out.lines().find(|line| line.contains("score: the sum")).expect("a score");
    assert_eq!(sum, hundredths(score.split_whitespace().next().expect("a number")));
}

#[test]
fn nothing_found_is_never_called_safe() {
    let answer = run(&["check", "See you at the station at six, love Ana"]);
    assert!(answer.out.starts_with("nothing found"), "{}", answer.out);
    assert!(!answer.out.to_lowercase().contains("safe"));
}

#[test]
fn a_text_comes_in_by_every_door() {
    let expected = run(&["check", "--json", LURE]).out;
    let line = format!("{LURE}\r\n");
    assert_eq!(run_with(&["check", "--json"], line.as_bytes()).out, expected);
    assert_eq!(run_with(&["check", "--json", "-"], LURE.as_bytes()).out, expected);
    assert_eq!(run_with(&["check", "--json", "--file", "-"], LURE.as_bytes()).out, expected);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("text.txt");
    std::fs::write(&path, format!("\u{feff}{LURE}\n")).expect("written");
    let path = path.to_str().expect("plain");
    assert_eq!(run(&["check", "--json", "--file", path]).out, expected);
}

#[test]
fn colours_only_where_they_are_wanted() {
    let coloured = |variables: &[(&str, &str)]| {
        let answer = finish(unhook(&["check", LURE]).envs(variables.iter().copied()));
        answer.out.contains('\u{1b}')
    };
    assert!(!coloured(&[]), "a pipe gets none");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]), "no-color.org: when not empty");
}

#[test]
fn the_width_is_kept() {
    let text = LURE.repeat(3);
    for columns in ["60", "80", "100"] {
        let answer =
            finish(unhook(&["check", "--org", "acme.toml", &text]).env("COLUMNS", columns));
        let widest = answer.out.lines().map(|line| line.trim_end().chars().count()).max();
        let limit: usize = columns.parse().expect("a number");
        assert!(widest <= Some(limit), "{widest:?} of {columns}\n{}", answer.out);
    }
}

#[test]
fn nothing_in_a_text_or_a_file_moves_the_terminal() {
    let hostile = "tap \u{1b}]0;x\u{7}\u{9b}2J\u{202e}\u{200b}\u{feff} http://x.example/\u{1b}[2J";
    let answer = run_with(&["check", "--sender", "\u{1b}[31m"], hostile.as_bytes());
    assert!(!answer.out.contains(|c: char| c.is_control() && c != '\n'), "{:?}", answer.out);
    assert!(!answer.out.contains(['\u{202e}', '\u{200b}', '\u{feff}']));
    for (arguments, input) in [
        (&["scan", "-"][..], "{\"text\": \"\u{1b}[2J"),
        (&["scan", "--input", "csv", "-"], "a\u{1b}[2J,b\u{202e}\n1,2\n"),
        (&["scan", "--input", "xml", "-"], "<\u{1b}[2J>"),
        (&["check", "--org", "/dev/stdin", "x"], "\"\u{1b}[2J\" = "),
    ] {
        let answer = run_with(arguments, input.as_bytes());
        let said = answer.err + &answer.out;
        assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{arguments:?} {said:?}");
        assert!(!said.contains('\u{202e}'), "{arguments:?} {said:?}");
    }
}

#[test]
fn any_bytes_are_a_text() {
    let noise: Vec<u8> =
        (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for input in [&b""[..], b"\n", b"\xff\xfe\xfd", b"\0\0", &noise, &[b'a'; 3 << 20]] {
        let answer = run_with(&["check", "--json"], input);
        assert!(answer.status <= 2, "{} {}", answer.status, answer.err);
        assert_eq!(answer.objects().len(), 1);
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let rows: String =
        (0..50_000).map(|n| format!("{{\"id\": {n}, \"text\": \"row {n}\"}}\n")).collect();
    let mut command = unhook(&["scan", "--format", "jsonl", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    let mut stdin = child.stdin.take().expect("piped");
    let feeder = std::thread::spawn(move || {
        // It is closed on us as soon as nobody wants more.
        let _ = stdin.write_all(rows.as_bytes());
    });
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a first line");
    assert!(line.starts_with("{\"id\":0,"));
    drop(out);
    feeder.join().expect("feeding does not panic");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_live_stream_is_answered_row_by_row() {
    let mut command = unhook(&["scan", "--format", "jsonl", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    let mut stdin = child.stdin.take().expect("piped");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    for n in 0..3 {
        writeln!(stdin, "{{\"id\": {n}, \"text\": \"row\"}}").expect("written");
        let mut line = String::new();
        out.read_line(&mut line).expect("an answer before the next row");
        assert!(line.starts_with(&format!("{{\"id\":{n},")), "{line}");
    }
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_hundred_thousand_rows_keep_their_order() {
    const ROWS: usize = 100_000;
    let rows: String = (0..ROWS)
        .map(|n| {
            if n % 9973 == 7 {
                "{}\n".to_owned()
            } else {
                format!("{{\"id\":{n},\"text\":\"ok {n}\"}}\n")
            }
        })
        .collect();
    let answer = run_with(&["scan", "--format", "jsonl", "--jobs", "5", "-"], rows.as_bytes());
    assert_eq!(answer.out.lines().count(), ROWS);
    for (n, line) in answer.out.lines().enumerate() {
        let id = if n % 9973 == 7 { n + 1 } else { n };
        assert!(line.starts_with(&format!("{{\"id\":{id},")), "row {n}: {line}");
    }
    assert!(answer.err.contains(&format!("11 of {ROWS} rows could not be read")), "{}", answer.err);
}

#[test]
fn every_format_gives_the_same_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "Your parcel is held, pay 1.99 at parcel-fee.example";
    let xml = format!(
        "<?xml version='1.0'?><smses count=\"1\"><sms address=\"28777\" type=\"1\" body=\"{text}\" /></smses>"
    );
    let mut verdicts = Vec::new();
    for (name, content) in [
        ("a.jsonl", format!("{{\"text\": \"{text}\", \"sender\": \"28777\"}}")),
        ("a.csv", format!("sender;message\n28777;\"{text}\"\n")),
        ("a.tsv", format!("From\tText\n28777\t{text}\n")),
        ("a.xml", xml),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let answer = run(&["scan", "--format", "jsonl", path.to_str().expect("plain")]);
        let mut object = answer.objects().pop().expect("one row");
        for place in ["id", "file", "line"] {
            object.as_object_mut().expect("an object").remove(place);
        }
        verdicts.push(object);
    }
    assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "{verdicts:#?}");
}

#[test]
fn an_archive_that_breaks_off_is_told_and_what_came_before_is_judged() {
    let packed = {
        use flate2::{Compression, write::GzEncoder};
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"one\ntwo\nthree\n").expect("memory");
        packed.finish().expect("memory")
    };
    let answer = run_with(&["scan", "--format", "jsonl", "-"], &packed[..packed.len() - 6]);
    assert_eq!(answer.status, 65, "{}", answer.err);
    let objects = answer.objects();
    assert!(objects.len() > 1 && objects.last().expect("a row")["error"].is_string());
    assert!(answer.err.contains("breaks off here"), "{}", answer.err);
}

#[test]
fn a_file_that_is_missing_does_not_keep_the_others_from_it() {
    let answer = run(&["scan", "--format", "jsonl", "no-such-file", "texts.csv"]);
    assert_eq!((answer.status, answer.objects().len()), (66, 2));
    let strict = run(&["scan", "--strict", "--format", "jsonl", "no-such-file", "texts.csv"]);
    assert_eq!((strict.status, strict.out.as_str()), (66, ""));
}

#[test]
fn what_init_writes_is_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("unhook.toml");
    let path = path.to_str().expect("plain");
    let begin = [
        "init",
        "--name",
        "Cloudpillar \"AG\"",
        "--brand",
        "Cloudpillar",
        "--domain",
        "cloudpillar.example",
    ];
    let answer = run(&[&begin[..], &["--output", path]].concat());
    assert_eq!(answer.status, 0, "{}", answer.err);
    let hits =
        run(&["lookalikes", "--org", path, "--json", "cloudpillar-sso.com", "cloudpillar.example"]);
    assert_eq!(hits.objects().len(), 1, "{}{}", hits.out, hits.err);
    assert_eq!(run(&[&begin[..], &["--output", path]].concat()).status, 73);
    assert_eq!(run(&[&begin[..], &["--output", path, "--force"]].concat()).status, 0);
    let printed = run(&[&begin[..], &["--output", "-"]].concat()).out;
    assert_eq!(printed, std::fs::read_to_string(path).expect("written"));
}

#[test]
fn mistakes_in_the_configuration_are_all_shown_where_they_stand() {
    let text = "[organization]\nname = 'Acme'\nallow = ['https://x.example/', 'co.uk']\n\n[[organization.brands]]\nname = 'Acme'\ndomain = []\n\n[watch]\ntoken = 'hunter2'\n";
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("unhook.toml"), text).expect("written");
    let mut command = unhook(&["check", "--org", "unhook.toml", "hi"]);
    let answer = finish(command.current_dir(folder.path()));
    assert_eq!(answer.status, 65);
    insta::assert_snapshot!(answer.err);
}

#[test]
fn a_device_gets_its_own_profile_and_nobody_else_s() {
    let folder = tempfile::tempdir().expect("a folder");
    let org = folder.path().join("unhook.toml");
    let text = "[organization]\nname = \"Acme\"\n[[organization.brands]]\nname = \"Acme\"\n\
                domains = [\"acme.example\"]\n[dns]\nlisten = \"127.0.0.1:5353\"\n\
                upstreams = [\"192.0.2.53\"]\ndevices_file = \"devices\"\n";
    std::fs::write(&org, text).expect("it is written");
    let devices = "0a1b2c3d4e5f60718293 Ana's phone\nffffffffffffffffffff Bo's phone\n";
    std::fs::write(folder.path().join("devices"), devices).expect("it is written");
    let org = org.to_str().expect("temporary paths are UTF-8");
    let profile = |device: &str, host: &str, kind: &str| {
        let of = ["dns", "profile", "--org", org, "--device", device];
        run(&[&of[..], &["--host", host, "--kind", kind]].concat())
    };
    let ios = profile("Ana's phone", "dns.acme.example:8443", "ios");
    let url = "https://dns.acme.example:8443/dns-query/0a1b2c3d4e5f60718293<";
    assert!(ios.status == 0 && ios.out.contains(url) && !ios.out.contains("ffff"), "{}", ios.out);
    let android = profile("Bo's phone", "dns.acme.example", "android");
    assert!(android.out.ends_with("\nffffffffffffffffffff.dns.acme.example\n"), "{}", android.out);
    let nobody = profile("Cy's phone", "dns.acme.example", "ios");
    assert!(nobody.status == 65 && nobody.err.contains("no device is called"), "{}", nobody.err);
    assert_eq!(profile("Bo's phone", "https://dns.acme.example/", "ios").status, 64);
}
