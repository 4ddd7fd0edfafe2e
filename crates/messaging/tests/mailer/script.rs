//! A server that says what a test wants it to.

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use unhook_app::mailing::contract::mail;
use unhook_app::{DeliveryError, Mailer as _, Receipt};
use unhook_messaging::{MailSettings, MailTls};

use super::{mailer, settings};

/// What the server says to each line that begins so, once; otherwise it is glad.
type Script = &'static [(&'static str, &'static str)];

/// What ends the connection.
const CUT: &str = "cut";

async fn serve(stream: TcpStream, script: Script) {
    let mut stream = BufReader::new(stream);
    let answer = |line: &str| {
        let said = script.iter().find(|(begin, _)| line.starts_with(begin)).map(|(_, said)| *said);
        said.unwrap_or(match line {
            "greeting" => "220 mail.example ESMTP",
            "DATA" => "354 go on",
            _ if line.starts_with("EHLO") => "250 mail.example",
            _ => "250 2.0.0 fine",
        })
    };
    let mut next = "greeting".to_owned();
    loop {
        let said = answer(&next);
        if said == CUT {
            return;
        }
        stream
            .get_mut()
            .write_all(format!("{said}\r\n").as_bytes())
            .await
            .expect("it goes as it should");
        let mut line = String::new();
        if said.starts_with("354") {
            while line != ".\r\n" {
                line.clear();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            next = "mail".to_owned();
            continue;
        }
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        next = line.trim_end().to_owned();
    }
}

/// How one mail went, over a server with this script.
async fn sent(script: Script) -> Result<Receipt, DeliveryError> {
    sent_with(script, |settings| settings).await
}

async fn sent_with(
    script: Script,
    change: impl FnOnce(MailSettings) -> MailSettings,
) -> Result<Receipt, DeliveryError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("it goes as it should");
    let port = listener.local_addr().expect("it goes as it should").port();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("it goes as it should");
        serve(stream, script).await;
    });
    let sent = mailer(change(settings(port))).send(&mail(1, "abuse@registrar.example")).await;
    server.await.expect("it goes as it should");
    sent
}

#[track_caller]
fn is_later(sent: &Result<Receipt, DeliveryError>) {
    assert!(matches!(sent, Err(DeliveryError::Later { .. })), "{sent:?}");
}

#[track_caller]
fn is_refused(sent: &Result<Receipt, DeliveryError>) {
    assert!(matches!(sent, Err(DeliveryError::Refused { .. })), "{sent:?}");
}

#[tokio::test]
async fn one_that_is_taken_is_delivered() {
    assert_eq!(sent(&[]).await, Ok(Receipt("the server took it (250)".to_owned())));
}

#[tokio::test]
async fn what_is_refused_is_not_tried_again() {
    is_refused(&sent(&[("RCPT", "550 5.1.1 no such mailbox: abuse@registrar.example")]).await);
    is_refused(&sent(&[("MAIL", "553 not from here")]).await);
    is_refused(&sent(&[("DATA", "554 no")]).await);
    is_refused(&sent(&[("mail", "554 5.7.1 it looks like phishing")]).await);
}

#[tokio::test]
async fn of_an_answer_only_its_code_is_repeated() {
    let error = sent(&[("RCPT", "550 5.1.1 no such mailbox: abuse@registrar.example")]).await;
    assert_eq!(error.unwrap_err().to_string(), "refused: the server answered RCPT TO with 550");
}

#[tokio::test]
async fn greylisting_is_tried_again() {
    is_later(&sent(&[("RCPT", "451 4.7.1 greylisted, come back in five minutes")]).await);
    is_later(&sent(&[("greeting", "421 busy")]).await);
    is_later(&sent(&[("MAIL", "452 full")]).await);
    is_later(&sent(&[("mail", "451 4.3.0 the scanner is away")]).await);
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_mail_was_handed_over_is_tried_again() {
    for script in [&[("greeting", CUT)], &[("EHLO", CUT)], &[("RCPT", CUT)], &[("DATA", CUT)]] {
        is_later(&sent(script).await);
    }
}

#[tokio::test]
async fn nobody_knows_what_became_of_one_whose_connection_broke_behind_it() {
    let sent = sent(&[("mail", CUT)]).await;
    assert!(matches!(sent, Err(DeliveryError::Unknown { .. })), "{sent:?}");
}

#[tokio::test]
async fn an_answer_that_is_none_leaves_it_unknown() {
    let sent = sent(&[("mail", "what?")]).await;
    assert!(matches!(sent, Err(DeliveryError::Unknown { .. })), "{sent:?}");
}

#[tokio::test]
async fn without_a_server_it_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    is_later(&mailer(settings(port)).send(&mail(1, "abuse@registrar.example")).await);
}

#[tokio::test]
async fn a_server_that_takes_the_encryption_away_gets_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mail.example ESMTP\r\n").await.unwrap();
        let mut heard = vec![0; 1_024];
        let count = stream.read(&mut heard).await.unwrap();
        stream.write_all(b"250-mail.example\r\n250 AUTH PLAIN\r\n").await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        heard.truncate(count);
        (heard, rest)
    });
    let account = Some(("unhook".to_owned(), unhook_app::Secret::new("a password")));
    let settings = MailSettings { tls: MailTls::StartTls, account, ..settings(port) };
    let sent = mailer(settings).send(&mail(1, "abuse@registrar.example")).await;
    let why = sent.expect_err("it is not sent").to_string();
    assert!(why.contains("STARTTLS"), "{why}");
    let (heard, rest) = server.await.unwrap();
    let all = [heard, rest].concat();
    let all = String::from_utf8_lossy(&all);
    assert!(!all.contains("AUTH") && !all.contains("registrar"), "{all}");
}
