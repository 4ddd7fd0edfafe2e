//! Drives a session of the SMTP listener, and the reader of a mail's bytes.
//!
//! Holds: any line gets one answer with a code; nobody is a recipient who is not named, however it
//! is written; a mail ends in one place only, wherever it is cut, and is never larger than it may be.

use unhook_messaging::smtp::{Body, BodyEnd, LONGEST_LINE, Recipients, Session, Step};

/// The most bytes of the mail here.
const MOST: usize = 1_000;

/// Lines are commands; all of it is a mail as well.
pub fn run(data: &[u8]) {
    session(data);
    let whole = body(&[data]);
    let middle = data.len() / 2;
    assert_eq!(whole, body(&[&data[..middle], &data[middle..]]), "it depends on where it is cut");
    if let Some((BodyEnd::Whole(bytes), end)) = whole {
        assert!(bytes.len() <= MOST.min(end));
        assert!(data[..end].ends_with(b".\r\n"));
        assert!(!bytes.windows(2).any(|two| two[1] == b'\n' && two[0] != b'\r'));
    }
}

fn session(data: &[u8]) {
    let recipients = Recipients::new(&["report@acme.example".to_owned()]).expect("an address");
    let mut session = Session::new("unhook", recipients, true);
    for line in data.split(|byte| *byte == b'\n').filter(|line| line.len() < LONGEST_LINE) {
        let step = session.line(line);
        let is_recipient = line.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"rcpt"));
        let (Step::Reply(text) | Step::Data(text) | Step::StartTls(text) | Step::Close(text)) =
            &step;
        assert!(text.len() > 3 && text.as_bytes()[..3].iter().all(u8::is_ascii_digit), "{text}");
        if is_recipient && text.starts_with("250") {
            let line = String::from_utf8_lossy(line).to_ascii_lowercase();
            assert!(line.contains("<report@acme.example>"), "{line}");
        }
        match step {
            Step::Close(_) => return,
            Step::Data(_) => session.reset(),
            Step::StartTls(_) => session.secured(),
            Step::Reply(_) => {}
        }
    }
}

fn body(chunks: &[&[u8]]) -> Option<(BodyEnd, usize)> {
    let mut body = Body::new(MOST);
    let mut before = 0;
    for chunk in chunks {
        if let Some(end) = body.take(chunk) {
            return Some((body.end(), before + end));
        }
        before += chunk.len();
    }
    None
}
