//! Somebody else's server judges what goes out: TLS, signing in, the mail itself.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use unhook_app::mailing::contract;
use unhook_app::{DeliveryError, Mailer as _, Secret};
use unhook_messaging::{MailSettings, MailTls, SmtpMailer};

use super::{mailer, settings};

/// Set by `cargo xtask test`: the folder the judges were installed in. With it, none may be missing.
const FOLDER: &str = "UNHOOK_JUDGES";

struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    port: u16,
    authority: Vec<u8>,
    _folder: TempDir,
}

impl Server {
    /// `None` when it is not installed and need not be.
    fn start() -> Option<Self> {
        let python = python()?;
        let folder = tempfile::tempdir().expect("it goes as it should");
        let names = vec!["localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("it goes as it should");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::File::create(&path)
                .expect("it goes as it should")
                .write_all(text.as_bytes())
                .expect("it goes as it should");
            path
        };
        let authority = made.cert.pem();
        let certificate = write("cert.pem", &authority);
        let key = write("key.pem", &made.signing_key.serialize_pem());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mailer/server.py");
        let mut child = Command::new(python)
            .args([&script, &certificate, &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().expect("it goes as it should"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it goes as it should");
        let port = line.trim().parse().expect("it says its port");
        let authority = authority.into_bytes();
        Some(Self { child, stdin, stdout, port, authority, _folder: folder })
    }

    fn mailer(&self, password: &str) -> SmtpMailer {
        mailer(MailSettings {
            host: "localhost".to_owned(),
            tls: MailTls::StartTls,
            account: Some(("unhook".to_owned(), Secret::new(password))),
            authorities: Some(self.authority.clone()),
            ..settings(self.port)
        })
    }

    /// The next mail that it took.
    fn took(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it goes as it should");
        serde_json::from_str(&line).expect("a mail")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

fn python() -> Option<PathBuf> {
    let told = std::env::var_os(FOLDER).map(PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/judges");
    let is_told = told.is_some();
    let home = told.unwrap_or(usual).join("aiosmtpd");
    let is_there = home.join("installed").exists();
    assert!(is_there || !is_told, "{} is missing; run `cargo xtask test`", home.display());
    is_there.then(|| home.join("bin/python"))
}

#[tokio::test]
async fn another_server_reads_what_was_written() {
    let Some(mut server) = Server::start() else { return };
    let mailer = server.mailer("right");
    contract::run(&mailer, "abuse@registrar.example", "nobody@registrar.example").await;
    let sent = contract::mail(1, "abuse@registrar.example");
    let took = server.took();
    assert_eq!(took["from"], "security@acme.example");
    assert_eq!(took["to"], serde_json::json!(["abuse@registrar.example"]));
    assert_eq!(took["header_to"], "abuse@registrar.example");
    assert_eq!(took["subject"], sent.subject.as_str());
    assert_eq!(took["id"], format!("<{}@acme.example>", sent.id));
    let body = took["body"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(body.trim_end(), sent.body.trim_end());
    assert_eq!(took["names"], serde_json::json!(["xarf.json"]));
    assert_eq!(took["kinds"], serde_json::json!(["application/json"]));
    assert_eq!(took["evidence"][0], sent.evidence.unwrap());
    assert_eq!((&took["encrypted"], &took["ascii"]), (&true.into(), &true.into()));
    assert_eq!(server.took()["names"], serde_json::json!([]));
}

#[tokio::test]
async fn a_greylisted_mail_goes_out_the_second_time() {
    let Some(mut server) = Server::start() else { return };
    let mailer = server.mailer("right");
    let mail = contract::mail(4, "grey@registrar.example");
    let first = mailer.send(&mail).await;
    assert!(matches!(first, Err(DeliveryError::Later { .. })), "{first:?}");
    mailer.send(&mail).await.expect("it is taken");
    assert_eq!(server.took()["to"], serde_json::json!(["grey@registrar.example"]));
}

#[tokio::test]
async fn whoever_is_not_trusted_gets_nothing() {
    let Some(server) = Server::start() else { return };
    let mail = contract::mail(5, "abuse@registrar.example");
    let wrong = server.mailer("wrong").send(&mail).await.expect_err("the password is wrong");
    assert!(matches!(wrong, DeliveryError::Later { .. }), "{wrong}");
    assert!(!wrong.to_string().contains("wrong"), "{wrong}");
    let stranger = MailSettings {
        host: "localhost".to_owned(),
        tls: MailTls::StartTls,
        ..settings(server.port)
    };
    let stranger = mailer(stranger).send(&mail).await.expect_err("the certificate is unknown");
    assert!(matches!(stranger, DeliveryError::Later { .. }), "{stranger}");
}
