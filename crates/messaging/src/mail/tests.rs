//! Mails as programs write them, and as nobody should.

use super::*;

fn body(mail: &str) -> String {
    read_mail(mail.as_bytes()).unwrap().submission.message.body
}

#[test]
fn a_shared_text_is_a_submission() {
    let mail = "From: \"Kim\" <Kim@Acme.Example>\r\nTo: phish@acme.example\r\n\
                Message-ID: <abc@acme.example>\r\nSubject: Fwd: look\r\n\r\n\
                ACME: your schedule changed, tap acme-okta.example\r\n\r\nSent from my phone\r\n";
    let MailIn { submission, pictures } = read_mail(mail.as_bytes()).unwrap();
    let expected = Submission {
        key: Some("abc@acme.example".to_owned()),
        way: Way::Mail,
        from: Some(Contact::Mail("kim@acme.example".to_owned())),
        to: None,
        message: Message::from_body("ACME: your schedule changed, tap acme-okta.example"),
        language: None,
        attachments: Vec::new(),
    };
    assert_eq!((submission, pictures), (expected, Vec::new()));
}

#[test]
fn what_was_forwarded_has_its_own_sender_and_channel() {
    let check = |from: &str, channel| {
        let mail = format!("From: kim@acme.example\n\nFrom: {from}\nDate: today\n\nhello\n");
        let message = read_mail(mail.as_bytes()).unwrap().submission.message;
        assert_eq!((message.sender, message.channel), (Sender::parse(from), channel), "{from}");
        assert_eq!(message.body, "hello");
    };
    check("+1 201 555 0123", Channel::Sms);
    check("MYBANK", Channel::Sms);
    check("desk@acme-okta.example", Channel::Email);
}

#[test]
fn plain_text_goes_before_html() {
    let mail = "From: a@a.example\nContent-Type: multipart/alternative; boundary=b\n\n\
                --b\nContent-Type: text/html\n\n<b>bold</b>\n\
                --b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
                =C3=A4 plain=\n text\n--b--\n";
    assert_eq!(body(mail), "ä plain text");
    let html = "From: a@a.example\nContent-Type: text/html; charset=iso-8859-1\n\
                Content-Transfer-Encoding: base64\n\nPGI+5DwvYj4gPGEgaHJlZj0iaHR0cHM6Ly9hLmV4YW1wbGUvIj54PC9hPg==\n";
    assert_eq!(body(html), "ä x\nhttps://a.example/");
}

#[test]
fn charsets_are_decoded() {
    let check = |charset: &str, base64: &str, expected: &str| {
        let mail = format!(
            "From: a@a.example\nContent-Type: text/plain; charset={charset}\n\
             Content-Transfer-Encoding: base64\n\n{base64}\n"
        );
        assert_eq!(body(&mail), expected, "{charset}");
    };
    check("utf-8", "8J+OoyBow6k=", "🎣 hé");
    check("windows-1252", "gCAx", "€ 1");
    check("gb18030", "teO79w==", "点击");
    check("shift_jis", "k/qWew==", "日本");
    check("no-such", "8J+Oow==", "🎣");
}

#[test]
fn an_attached_mail_is_what_was_passed_on() {
    let mail = "From: kim@acme.example\nMessage-ID: <1@acme.example>\n\
                Content-Type: multipart/mixed; boundary=b\n\n\
                --b\nContent-Type: text/plain\n\nis this real?\n\
                --b\nContent-Type: message/rfc822\n\n\
                From: Desk <desk@acme-okta.example>\nMessage-ID: <2@x.example>\n\nSign in now\n--b--\n";
    let read = read_mail(mail.as_bytes()).unwrap().submission;
    assert_eq!(read.message.body, "Sign in now");
    assert_eq!(read.message.sender, Sender::parse("desk@acme-okta.example"));
    assert_eq!(read.message.channel, Channel::Email);
    assert_eq!(read.key.as_deref(), Some("1@acme.example"));
    assert_eq!(read.from, Some(Contact::Mail("kim@acme.example".to_owned())));
}

#[test]
fn pictures_are_handed_over() {
    let part = "--b\nContent-Type: IMAGE/PNG; name=\"s.png\"\nContent-Transfer-Encoding: base64\n\
                Content-Disposition: attachment; filename=\"screen.png\"\n\niVBORw0KGgo=\n";
    let mail = |parts: usize| {
        let parts = part.repeat(parts);
        format!("From: a@a.example\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
    };
    let read = read_mail(mail(1).as_bytes()).unwrap();
    let expected = Picture {
        name: "screen.png".to_owned(),
        content_type: "image/png".to_owned(),
        bytes: b"\x89PNG\r\n\x1a\n".to_vec(),
    };
    assert_eq!(read.pictures, [expected]);
    assert_eq!(read.submission.message.body, "");
    assert_eq!(read_mail(mail(12).as_bytes()).unwrap().pictures.len(), MOST_PICTURES);
}

#[test]
fn a_text_in_the_subject_counts_when_there_is_no_other() {
    assert_eq!(
        body("From: a@a.example\nSubject: Fwd: WG: tap =?utf-8?q?h=C3=A9re?=\n\n\n"),
        "tap hére"
    );
}

#[test]
fn who_wrote_is_one_address_or_nobody() {
    let check = |headers: &str, expected: Option<&str>| {
        let mail = format!("{headers}Subject: x\n\nhello\n");
        let from = read_mail(mail.as_bytes()).unwrap().submission.from;
        assert_eq!(from, expected.map(|one| Contact::Mail(one.to_owned())), "{headers}");
    };
    check("From: A@B.example\n", Some("a@b.example"));
    check("From: Team: a@b.example;\n", Some("a@b.example"));
    check("From: a@b.example, c@d.example\n", None);
    check("From: a@b.example\nFrom: c@d.example\n", None);
    check("From: nobody\n", None);
    check("", None);
}

#[test]
fn what_is_no_mail_is_refused() {
    assert!(matches!(read_mail(b""), Err(MailError::NoMail)));
    assert!(matches!(read_mail(b"no header at all\n\n"), Err(MailError::NoMail)));
    assert!(matches!(read_mail(b"From: a@a.example\n\n \n"), Err(MailError::Empty)));
    assert!(matches!(read_mail(&vec![b'a'; LARGEST_MAIL + 1]), Err(MailError::TooLarge)));
    assert!(matches!(read_mail(&vec![b'\n'; MOST_LINES + 1]), Err(MailError::TooManyLines)));
    let nested = "Con tent-TYPE: message/rfc822\n\n".repeat(MOST_PARTS + 1);
    assert!(matches!(read_mail(nested.as_bytes()), Err(MailError::TooManyParts)));
}

#[test]
fn a_mail_within_base64_is_never_opened() {
    // "From: x@x.example\n\nhidden\n"
    let mail = "From: a@a.example\nContent-Type: multipart/mixed; boundary=b\n\n\
                --b\n\nhello\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n\
                RnJvbTogeEB4LmV4YW1wbGUKCmhpZGRlbgo=\n--b--\n";
    assert!(!body(mail).contains("hidden"));
}

#[test]
fn the_deepest_nesting_is_read() {
    let levels = "Content-Type: message/rfc822\n\n".repeat(MOST_PARTS);
    assert_eq!(body(&format!("{levels}From: a@a.example\n\nhello\n")), "hello");
}
