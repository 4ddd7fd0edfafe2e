//! What a session says to each command, without a socket.

use crate::mail::LARGEST_MAIL;

/// The longest line of a command, in bytes with its end (RFC 5321, section 4.5.3.1.4, with room for
/// the parameters of extensions).
pub const LONGEST_LINE: usize = 1_024;

/// The most recipients of a mail that are taken.
pub const MOST_RECIPIENTS: usize = 20;

/// The most commands of a session: some fifty mails.
pub const MOST_COMMANDS: usize = 250;

/// The most mistakes of a session: whoever makes more is no mail server.
pub const MOST_MISTAKES: usize = 10;

/// The longest address (RFC 5321, section 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;

/// Who may be written to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients(Vec<String>);

impl Recipients {
    /// Addresses such as `report@acme.example`, and whole domains such as `@phish.acme.example`.
    ///
    /// # Errors
    /// Gives back what is neither.
    pub fn new(all: &[String]) -> Result<Self, String> {
        let is_good = |text: &str| {
            text.len() <= LONGEST_ADDRESS
                && text.is_ascii()
                && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>".contains(c))
                && text
                    .split_once('@')
                    .is_some_and(|(_, domain)| !domain.is_empty() && !domain.contains('@'))
        };
        match all.iter().find(|text| !is_good(text)) {
            Some(wrong) => Err(wrong.clone()),
            None => Ok(Self(all.iter().map(|text| text.to_ascii_lowercase()).collect())),
        }
    }

    fn takes(&self, address: &str) -> bool {
        let address = address.to_ascii_lowercase();
        let Some((local, _)) = address.split_once('@') else { return false };
        let domain = &address[local.len()..];
        !local.is_empty() && self.0.iter().any(|one| *one == address || one == domain)
    }
}

/// What follows from a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Say this and go on.
    Reply(String),
    /// Say this, and read a mail.
    Data(String),
    /// Say this, and begin TLS; what came before counts no more.
    StartTls(String),
    /// Say this and end it.
    Close(String),
}

/// A session: where it stands.
#[derive(Clone, Debug)]
pub struct Session {
    host: String,
    recipients: Recipients,
    offers_tls: bool,
    is_greeted: bool,
    has_sender: bool,
    recipient_count: usize,
    command_count: usize,
    mistake_count: usize,
}

fn reply(text: &str) -> Step {
    Step::Reply(text.to_owned())
}

impl Session {
    /// A session on a host of this name.
    #[must_use]
    pub fn new(host: &str, recipients: Recipients, offers_tls: bool) -> Self {
        Self {
            host: host.to_owned(),
            recipients,
            offers_tls,
            is_greeted: false,
            has_sender: false,
            recipient_count: 0,
            command_count: 0,
            mistake_count: 0,
        }
    }

    /// What is said first.
    #[must_use]
    pub fn greeting(&self) -> String {
        format!("220 {} ESMTP", self.host)
    }

    /// Takes a line without its end.
    pub fn line(&mut self, line: &[u8]) -> Step {
        self.command_count += 1;
        if self.command_count > MOST_COMMANDS {
            return Step::Close("421 4.7.0 too many commands; connect again".to_owned());
        }
        let step = match std::str::from_utf8(line) {
            Ok(line) if !line.contains(char::is_control) => self.command(line),
            _ => reply("500 5.5.2 this is no command"),
        };
        if matches!(&step, Step::Reply(text) if text.starts_with('5')) {
            self.mistake_count += 1;
            if self.mistake_count > MOST_MISTAKES {
                return Step::Close("421 4.7.0 too many mistakes".to_owned());
            }
        }
        step
    }

    /// A mail was read, or TLS began: what came before is over.
    pub fn reset(&mut self) {
        self.has_sender = false;
        self.recipient_count = 0;
    }

    /// TLS began: the session starts anew (RFC 3207, section 4.2).
    pub fn secured(&mut self) {
        self.reset();
        self.is_greeted = false;
        self.offers_tls = false;
    }

    fn command(&mut self, line: &str) -> Step {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" if !rest.trim().is_empty() => self.hello(),
            "HELO" if !rest.trim().is_empty() => {
                self.reset();
                self.is_greeted = true;
                Step::Reply(format!("250 {}", self.host))
            }
            "EHLO" | "HELO" => reply("501 5.5.4 say who you are"),
            "QUIT" => Step::Close("221 2.0.0 bye".to_owned()),
            "NOOP" => reply("250 2.0.0 ok"),
            "RSET" => {
                self.reset();
                reply("250 2.0.0 ok")
            }
            "STARTTLS" if !self.offers_tls => reply("502 5.5.1 there is no TLS here"),
            "STARTTLS" if !rest.is_empty() => reply("501 5.5.4 nothing follows STARTTLS"),
            "STARTTLS" => Step::StartTls("220 2.0.0 go on".to_owned()),
            "MAIL" | "RCPT" | "DATA" if !self.is_greeted => reply("503 5.5.1 say EHLO first"),
            "MAIL" => self.mail(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => self.data(rest),
            "VRFY" => reply("252 2.1.5 write to it and see"),
            "AUTH" | "EXPN" | "HELP" | "TURN" | "BDAT" => reply("502 5.5.1 this is not done here"),
            _ => reply("500 5.5.2 this is no command"),
        }
    }

    fn hello(&mut self) -> Step {
        self.reset();
        self.is_greeted = true;
        let mut text = format!(
            "250-{}\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n",
            self.host
        );
        if self.offers_tls {
            text.push_str("250-STARTTLS\r\n");
        }
        text.push_str(&format!("250 SIZE {LARGEST_MAIL}"));
        Step::Reply(text)
    }

    fn mail(&mut self, rest: &str) -> Step {
        if self.has_sender {
            return reply("503 5.5.1 a mail was begun; RSET first");
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            return reply("501 5.5.4 write MAIL FROM:<address>");
        };
        if !address.is_empty() && !is_address(address) {
            return reply("553 5.1.7 this is no address");
        }
        for parameter in parameters.split_ascii_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.to_ascii_uppercase().as_str() {
                "SIZE" => match value.parse::<u64>() {
                    Ok(size) if size > LARGEST_MAIL as u64 => {
                        return reply("552 5.3.4 larger than 8 MiB; send fewer pictures at once");
                    }
                    Ok(_) => {}
                    Err(_) => return reply("501 5.5.4 SIZE is a number"),
                },
                "BODY" if ["7BIT", "8BITMIME"].contains(&value.to_ascii_uppercase().as_str()) => {}
                _ => return reply("555 5.5.4 this parameter is not known here"),
            }
        }
        self.has_sender = true;
        reply("250 2.1.0 ok")
    }

    fn recipient(&mut self, rest: &str) -> Step {
        if !self.has_sender {
            return reply("503 5.5.1 MAIL first");
        }
        let Some((address, parameters)) = path(rest, "TO:") else {
            return reply("501 5.5.4 write RCPT TO:<address>");
        };
        if !parameters.trim().is_empty() {
            return reply("555 5.5.4 this parameter is not known here");
        }
        if !is_address(address) || !self.recipients.takes(address) {
            return reply("550 5.7.1 nobody of that address is here, and nothing is relayed");
        }
        if self.recipient_count >= MOST_RECIPIENTS {
            return reply("452 4.5.3 too many recipients");
        }
        self.recipient_count += 1;
        reply("250 2.1.5 ok")
    }

    fn data(&mut self, rest: &str) -> Step {
        if !rest.is_empty() {
            return reply("501 5.5.4 nothing follows DATA");
        }
        if self.recipient_count == 0 {
            return reply("503 5.5.1 RCPT first");
        }
        Step::Data("354 end with a dot on a line of its own".to_owned())
    }
}

/// The address between `<` and `>` behind a keyword, and what follows it.
fn path<'l>(rest: &'l str, keyword: &str) -> Option<(&'l str, &'l str)> {
    let head = rest.get(..keyword.len())?;
    let rest = head.eq_ignore_ascii_case(keyword).then(|| rest[keyword.len()..].trim_start())?;
    let (address, rest) = rest.strip_prefix('<')?.split_once('>')?;
    (rest.is_empty() || rest.starts_with(' ')).then_some((address, rest))
}

/// An address as mail servers write it: no route, no quotes, nothing else in it.
fn is_address(text: &str) -> bool {
    text.len() <= LONGEST_ADDRESS
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        })
        && !text.contains(|c: char| c.is_whitespace() || "<>:,;\"\\".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn session() -> Session {
        let all = ["report@acme.example".to_owned(), "@phish.acme.example".to_owned()];
        Session::new("unhook.acme.example", Recipients::new(&all).unwrap(), true)
    }

    #[track_caller]
    fn check(session: &mut Session, line: &str, code: &str) {
        let (Step::Reply(text) | Step::Data(text) | Step::StartTls(text) | Step::Close(text)) =
            session.line(line.as_bytes());
        assert!(text.starts_with(code), "{line}: {text}");
    }

    #[test]
    fn a_mail_is_handed_in() {
        let mut session = session();
        assert_eq!(session.greeting(), "220 unhook.acme.example ESMTP");
        let Step::Reply(hello) = session.line(b"EHLO mail.acme.example") else { panic!() };
        assert!(
            hello.contains("250-STARTTLS\r\n") && hello.ends_with("250 SIZE 8388608"),
            "{hello}"
        );
        check(&mut session, "mail from:<Kim@acme.example> size=1000 BODY=8BITMIME", "250");
        check(&mut session, "RCPT TO:<Report@ACME.example>", "250");
        check(&mut session, "RCPT TO:<anything@phish.acme.example>", "250");
        check(&mut session, "DATA", "354");
        session.reset();
        check(&mut session, "DATA", "503");
        check(&mut session, "MAIL FROM:<>", "250");
        check(&mut session, "QUIT", "221");
    }

    #[test]
    fn nothing_is_relayed() {
        for address in [
            "somebody@else.example",
            "report@acme.example.evil.example",
            "@acme.example:report@acme.example",
            "x@evil.phish.acme.example",
            "somebody%else.example@acme.example",
            "@phish.acme.example",
            "report",
            "",
        ] {
            let mut session = session();
            check(&mut session, "EHLO x", "250");
            check(&mut session, "MAIL FROM:<kim@acme.example>", "250");
            check(&mut session, &format!("RCPT TO:<{address}>"), "550");
            check(&mut session, "DATA", "503");
        }
    }

    #[test]
    fn what_is_out_of_order_or_malformed_is_refused() {
        let mut session = session();
        check(&mut session, "MAIL FROM:<a@b.example>", "503");
        check(&mut session, "EHLO", "501");
        check(&mut session, "EHLO x", "250");
        check(&mut session, "RCPT TO:<report@acme.example>", "503");
        check(&mut session, "MAIL FROM:a@b.example", "501");
        check(&mut session, "MAIL FROM:<a b@c.example>", "553");
        check(&mut session, "MAIL FROM:<a@b.example> SIZE=9000000", "552");
        check(&mut session, "MAIL FROM:<a@b.example> SIZE=x", "501");
        check(&mut session, "MAIL FROM:<a@b.example> SMTPUTF8", "555");
        check(&mut session, "AUTH PLAIN x", "502");
        check(&mut session, "HELO\tx", "500");
        check(&mut session, "\u{0}", "421");
    }

    #[test]
    fn a_session_has_an_end() {
        let mut session = session();
        for _ in 0..MOST_COMMANDS {
            check(&mut session, "NOOP", "250");
        }
        check(&mut session, "NOOP", "421");
    }

    #[test]
    fn so_many_recipients_and_no_more() {
        let mut session = session();
        check(&mut session, "EHLO x", "250");
        check(&mut session, "MAIL FROM:<>", "250");
        for _ in 0..MOST_RECIPIENTS {
            check(&mut session, "RCPT TO:<report@acme.example>", "250");
        }
        check(&mut session, "RCPT TO:<report@acme.example>", "452");
        check(&mut session, "DATA", "354");
    }

    #[test]
    fn what_was_said_before_tls_counts_no_more() {
        let mut session = session();
        check(&mut session, "EHLO x", "250");
        check(&mut session, "STARTTLS", "220");
        session.secured();
        check(&mut session, "MAIL FROM:<>", "503");
        let Step::Reply(hello) = session.line(b"EHLO x") else { panic!() };
        assert!(!hello.contains("STARTTLS"), "{hello}");
        check(&mut session, "STARTTLS", "502");
    }

    #[test]
    fn recipients_are_addresses_and_domains() {
        for wrong in ["acme.example", "report@", "a b@acme.example", "a@b@c", "<a@b.example>"] {
            assert_eq!(Recipients::new(&[wrong.to_owned()]), Err(wrong.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn any_line_gets_a_reply_of_its_own(lines in prop::collection::vec(".{0,40}", 0..20)) {
            let mut session = session();
            for line in lines {
                let (Step::Reply(text) | Step::Data(text) | Step::StartTls(text) | Step::Close(text)) =
                    session.line(line.as_bytes());
                prop_assert!(text.as_bytes()[..3].iter().all(u8::is_ascii_digit), "{}", text);
                prop_assert!(!text.ends_with('\n'));
            }
        }
    }
}
