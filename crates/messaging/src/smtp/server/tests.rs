//! The server over real sockets, against a client that misbehaves and against Python's own.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use unhook_app::ServiceError;

use super::*;
use crate::mailbox::tests::FakeIntake;
use crate::smtp::SmtpProbe;

struct Running {
    address: SocketAddr,
    intake: Arc<FakeIntake>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

fn settings() -> SmtpSettings {
    SmtpSettings {
        host: "unhook.acme.example".to_owned(),
        recipients: Recipients::new(&["report@acme.example".to_owned()]).unwrap(),
        clients: Vec::new(),
        tls: None,
    }
}

impl Running {
    async fn new(settings: SmtpSettings) -> Self {
        let intake = Arc::new(FakeIntake::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = SmtpServer::new(settings, Arc::clone(&intake) as Arc<dyn Intake>);
        let server = tokio::spawn(server.serve(listener, async {
            let _ = stopped.await;
        }));
        Self { address, intake, stop, server }
    }

    async fn client(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let mut client = Client(BufReader::new(stream));
        assert!(client.hear().await.starts_with("220"));
        client
    }

    async fn stop(self) -> Arc<FakeIntake> {
        self.stop.send(()).unwrap();
        self.server.await.unwrap();
        self.intake
    }
}

/// A client that says what a test wants it to.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn say(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.unwrap();
    }

    /// The last line of an answer; nothing once the server has closed.
    async fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).await.unwrap_or(0) == 0 || line.as_bytes()[3] == b' ' {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn ask(&mut self, line: &str, code: &str) {
        self.say(format!("{line}\r\n").as_bytes()).await;
        let answer = self.hear().await;
        assert!(answer.starts_with(code), "{line}: {answer}");
    }

    async fn begin_mail(&mut self) {
        self.ask("EHLO mail.acme.example", "250").await;
        self.ask("MAIL FROM:<kim@acme.example>", "250").await;
        self.ask("RCPT TO:<report@acme.example>", "250").await;
        self.ask("DATA", "354").await;
    }
}

const MAIL: &str =
    "From: kim@acme.example\r\nMessage-ID: <1@acme.example>\r\n\r\ntap acme-okta.example\r\n.\r\n";

#[tokio::test]
async fn a_mail_is_answered_once_it_is_taken() {
    let running = Running::new(settings()).await;
    let mut client = running.client().await;
    client.begin_mail().await;
    client.say(MAIL.as_bytes()).await;
    assert!(client.hear().await.starts_with("250"));
    assert_eq!(running.intake.bodies(), ["tap acme-okta.example"]);
    for (error, code) in [
        (ServiceError::Unavailable("a test".into()), "451"),
        (ServiceError::TooMany { seconds: 9 }, "451"),
        (ServiceError::Invalid("no text\nin it é".to_owned()), "554"),
    ] {
        running.intake.fail_next(error);
        client.begin_mail().await;
        client.say(MAIL.as_bytes()).await;
        let answer = client.hear().await;
        assert!(answer.starts_with(code), "{answer}");
    }
    client.ask("QUIT", "221").await;
    assert_eq!(client.hear().await, "");
    running.stop().await;
}

#[tokio::test]
async fn commands_may_come_all_at_once() {
    let running = Running::new(settings()).await;
    let mut client = running.client().await;
    let all = format!(
        "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<report@acme.example>\r\nRCPT TO:<x@else.example>\r\nDATA\r\n{MAIL}QUIT\r\n"
    );
    client.say(all.as_bytes()).await;
    for code in ["250", "250", "250", "550", "354", "250", "221"] {
        let answer = client.hear().await;
        assert!(answer.starts_with(code), "{answer}");
    }
    assert_eq!(running.stop().await.bodies(), ["tap acme-okta.example"]);
}

#[tokio::test]
async fn smuggled_mails_are_refused_with_the_one_around_them() {
    let running = Running::new(settings()).await;
    let mut client = running.client().await;
    client.begin_mail().await;
    let smuggled = "From: kim@acme.example\r\n\r\nhello\n.\r\nMAIL FROM:<ceo@acme.example>\r\n\
        RCPT TO:<report@acme.example>\r\nDATA\r\nFrom: ceo@acme.example\r\n\r\nbye\r\n.\r\n";
    client.say(smuggled.as_bytes()).await;
    let answer = client.hear().await;
    assert!(answer.starts_with("554"), "{answer}");
    client.ask("NOOP", "250").await;
    assert!(running.intake.bodies().is_empty());
    client.say(b"NOOP\n").await;
    assert!(client.hear().await.starts_with("500"));
    assert_eq!(client.hear().await, "", "a line that ends otherwise ends the session");
    running.stop().await;
}

#[tokio::test]
async fn too_much_of_anything_is_refused() {
    let running = Running::new(settings()).await;
    let mut client = running.client().await;
    client.begin_mail().await;
    let line = [&[b'x'; 998][..], b"\r\n"].concat();
    for _ in 0..=LARGEST_MAIL / line.len() {
        client.say(&line).await;
    }
    client.say(b".\r\n").await;
    assert!(client.hear().await.starts_with("552"));
    client.say(&[b'x'; LONGEST_LINE + 1]).await;
    assert!(client.hear().await.starts_with("500"));
    assert_eq!(client.hear().await, "");
    running.stop().await;
}

#[tokio::test]
async fn only_those_named_are_let_in() {
    let clients = vec!["192.0.2.7".parse().unwrap()];
    let running = Running::new(SmtpSettings { clients, ..settings() }).await;
    let stream = TcpStream::connect(running.address).await.unwrap();
    let mut client = Client(BufReader::new(stream));
    assert!(client.hear().await.starts_with("554"));
    assert_eq!(client.hear().await, "");
    running.stop().await;
}

#[tokio::test]
async fn sessions_end_with_the_server() {
    let running = Running::new(settings()).await;
    let mut client = running.client().await;
    client.ask("EHLO x", "250").await;
    let intake = running.stop().await;
    assert!(client.hear().await.starts_with("421"));
    assert!(intake.bodies().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_says_nothing_is_let_go() {
    let running = Running::new(settings()).await;
    let mut client = running.client().await;
    assert!(client.hear().await.starts_with("421"));
    let mut slow = running.client().await;
    slow.begin_mail().await;
    slow.say(b"From: kim@acme.example\r\n").await;
    assert!(slow.hear().await.starts_with("421"));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_keeps_a_place_with_nothing_to_say_is_let_go() {
    let running = Running::new(settings()).await;
    let mut client = running.client().await;
    let mut said = 0;
    loop {
        tokio::time::sleep(COMMAND_TIME / 2).await;
        client.say(b"NOOP\r\n").await;
        if client.hear().await.starts_with("421") {
            break;
        }
        said += 1;
        assert!(said < 40, "it could go on for ever");
    }
    assert!(said > 10, "{said}");
    running.stop().await;
}

fn tls() -> (TlsAcceptor, String) {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let private =
        rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), key.cert.pem())
}

#[tokio::test]
async fn what_is_sent_along_with_starttls_ends_the_session() {
    let running = Running::new(SmtpSettings { tls: Some(tls().0), ..settings() }).await;
    let mut client = running.client().await;
    client.ask("EHLO x", "250").await;
    client.say(b"STARTTLS\r\nMAIL FROM:<>\r\n").await;
    assert!(client.hear().await.starts_with("503"));
    assert_eq!(client.hear().await, "");
    running.stop().await;
}

/// Runs somebody else's client, if it is installed.
async fn judge(program: &str, arguments: Vec<String>) -> Option<bool> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    match tokio::task::spawn_blocking(move || command.status()).await.unwrap() {
        Ok(status) => Some(status.success()),
        Err(error) => {
            assert!(std::env::var_os("UNHOOK_JUDGES").is_none(), "{program}: {error}");
            None
        }
    }
}

const SMTPLIB: &str = "
import smtplib, ssl, sys
from email.message import EmailMessage
host, port, ca = 'localhost', int(sys.argv[1]), sys.argv[2]
mail = EmailMessage()
mail['From'] = 'Kim <kim@acme.example>'
mail['To'] = 'report@acme.example'
mail['Message-ID'] = '<smtplib@acme.example>'
mail.set_content('.tap the link\\n.\\nZahlen Sie die Gebühr', cte='8bit')
mail.add_attachment(b'\\x89PNG', maintype='image', subtype='png', filename='a.png')
with smtplib.SMTP(host, port) as server:
    server.starttls(context=ssl.create_default_context(cafile=ca))
    server.send_message(mail)
    try:
        server.sendmail('a@b.example', ['x@else.example'], 'x')
        sys.exit(1)
    except smtplib.SMTPRecipientsRefused:
        pass
    try:
        server.sendmail('a@b.example', ['report@acme.example'], 'no mail at all')
        sys.exit(2)
    except smtplib.SMTPDataError as error:
        assert error.smtp_code == 554, error
";

#[tokio::test]
async fn pythons_smtplib_hands_mails_in_over_tls() {
    let (acceptor, pem) = tls();
    let running = Running::new(SmtpSettings { tls: Some(acceptor), ..settings() }).await;
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, pem).unwrap();
    let port = running.address.port().to_string();
    let arguments = vec!["-c".to_owned(), SMTPLIB.to_owned(), port, ca.display().to_string()];
    if let Some(is_content) = judge("python3", arguments).await {
        assert!(is_content);
        let taken = running.intake.taken.lock().unwrap();
        assert_eq!(taken[0].message.body, ".tap the link\n.\nZahlen Sie die Gebühr");
        assert_eq!(taken[0].attachments.len(), 2);
        assert_eq!(taken.len(), 1);
    }
    running.stop().await;
}

#[tokio::test]
async fn a_listener_is_tried_without_a_mail() {
    let running = Running::new(settings()).await;
    let found = async |address| {
        let found = unhook_app::probe::contract::run(&SmtpProbe(address)).await;
        found.map_err(|error| error.to_string())
    };
    let well = found(running.address).await.unwrap();
    assert!(well.contains("greets"), "{well}");
    let everywhere = SocketAddr::new([0, 0, 0, 0].into(), running.address.port());
    assert!(found(everywhere).await.unwrap().contains("greets"));
    let away = running.address;
    assert!(running.stop().await.bodies().is_empty());
    let why = found(away).await.unwrap_err();
    assert!(why.contains("cannot be reached") && why.contains("restart"), "{why}");

    let closed = SmtpSettings { clients: vec![[192, 0, 2, 25].into()], ..settings() };
    let running = Running::new(closed).await;
    let turned_away = found(running.address).await.unwrap();
    assert!(turned_away.contains("`clients`"), "{turned_away}");
    running.stop().await;

    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = other.local_addr().unwrap();
    let answers = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut stream, _) = other.accept().await.unwrap();
            stream.write_all(&b"HTTP/1.1 200 OK ".repeat(100)).await.unwrap();
        }
    });
    let why = found(address).await.unwrap_err();
    assert!(why.contains("something else"), "{why}");
    answers.await.unwrap();
}
