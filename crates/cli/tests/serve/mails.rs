//! Mails by SMTP and from a maildir, one of them a screenshot, and what becomes of them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use base64::Engine as _;

use crate::house::{Place, Serving, until};

/// What the picture shows.
const WORDS: &str = "Your schedule was updated, tap acme-okta.example/login to see it";
const PICTURE: &[u8] = include_bytes!("../../../messaging/src/screenshot/tesseract/words.png");

fn place() -> Place {
    let place = Place::new().and(
        "[intake.smtp]\nlisten = \"127.0.0.1:0\"\nrecipients = [\"report@acme.example\"]\n\
         [intake.maildir]\nfolder = \"mails\"\n",
    );
    for part in ["mails", "mails/new", "mails/cur"] {
        std::fs::create_dir(place.path(part)).expect("there is room");
    }
    place
}

fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    let status = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_there = status.is_ok();
    assert!(is_there || std::env::var_os("UNHOOK_JUDGES").is_none(), "{program} is not installed");
    is_there
}

fn texts(serving: &Serving) -> Vec<String> {
    let texts = serving.list("/api/v1/reports").into_iter().map(|report| {
        let id = report["id"].as_str().expect("an id").to_owned();
        let shown = serving.show(&format!("/api/v1/reports/{id}"));
        assert_eq!(shown["way"], "mail");
        shown["content"]["text"].as_str().expect("a text").to_owned()
    });
    texts.collect()
}

#[test]
fn a_mail_by_smtp_is_a_report_when_it_is_answered() {
    let place = place();
    let mut serving = place.serve();
    let line = serving.read_line();
    let address = line.trim_end().strip_prefix("mail on smtp://").expect(&line).to_owned();
    let mut stream = BufReader::new(TcpStream::connect(&address).expect("it listens"));
    let mail = "From: ana@acme.example\r\nMessage-ID: <1@acme.example>\r\n\r\n\
        Your parcel is held, see usps.com-track.example\r\n.\r\n";
    let all = format!(
        "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<report@acme.example>\r\nDATA\r\n{mail}QUIT\r\n"
    );
    stream.get_mut().write_all(all.as_bytes()).expect("it listens");
    let last = stream.lines().map_while(Result::ok).nth(9).expect("it answers everything");
    assert!(last.starts_with("250 2.0.0 taken"), "{last}");
    serving.kill();
    let serving = place.serve();
    assert_eq!(texts(&serving), ["Your parcel is held, see usps.com-track.example"]);
}

#[test]
fn a_screenshot_in_the_maildir_is_read_judged_and_moved() {
    if !is_there("tesseract") {
        return;
    }
    let place = place();
    let picture = base64::engine::general_purpose::STANDARD.encode(PICTURE);
    let mail = format!(
        "From: ana@acme.example\nSubject: is this real?\nMessage-ID: <2@acme.example>\n\
         MIME-Version: 1.0\nContent-Type: image/png; name=\"IMG_0042.png\"\n\
         Content-Transfer-Encoding: base64\n\n{picture}\n"
    );
    place.write("mails/new/1.a", &mail);
    place.write("mails/new/2.b", "no mail");
    let serving = place.serve();
    until("it is picked up", || place.path("mails/cur/1.a:2,S").exists());
    until("what is no mail is put aside", || place.path("mails/refused/2.b").exists());
    assert_eq!(texts(&serving), [WORDS]);
    assert!(!serving.log().contains("acme-okta"), "{}", serving.log());
    let ended = serving.stop();
    assert!(ended.status.success(), "{}", ended.log);
}
