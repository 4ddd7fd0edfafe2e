//! Signed webhooks, verified by the specification's own library for Python where it can be
//! installed, and by the example of the specification in any case (beside the code).

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use unhook_app::{DeliveryError, Receipt, Severity};
use unhook_messaging::notify::{Kind, NotifySettings};

use crate::alerts::{NOW, hostile, made, ordinary};
use crate::receiver::{Arrived, Receiver};

/// The judge: it reads secrets and requests, and verifies each with each, at the time given.
const JUDGE: &str = r#"
import datetime, json, sys
from standardwebhooks import webhooks

asked = json.load(sys.stdin)

class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(asked["now"], tz=tz)

webhooks.datetime = Clock
for secret in asked["secrets"]:
    try:
        webhooks.Webhook(secret).verify(asked["body"], asked["headers"])
        print("genuine")
    except webhooks.WebhookVerificationError as error:
        print(error)
"#;

fn secret(seed: u8) -> String {
    format!("whsec_{}", STANDARD.encode([seed; 32]))
}

fn settings(receiver: &Receiver, secrets: &str) -> NotifySettings {
    let mut settings = NotifySettings::new(Kind::Webhook, "soc", Severity::Warning);
    settings.url = Some(receiver.url("/unhook?team=1"));
    settings.secret_file = Some(receiver.file("secret", secrets));
    settings
}

#[tokio::test]
async fn a_request_is_signed_and_has_the_documented_shape() {
    let receiver = Receiver::answering(200, &[], "").await;
    let way = made(settings(&receiver, &secret(1)));
    let alert = ordinary();
    assert!(way.may_repeat());
    assert_eq!(way.notify(&alert).await, Ok(Receipt(alert.id.to_string())));
    let arrived = receiver.only();
    assert_eq!((arrived.method.as_str(), arrived.path.as_str()), ("POST", "/unhook?team=1"));
    assert_eq!(arrived.header("webhook-id"), alert.id.to_string());
    assert_eq!(arrived.header("webhook-timestamp"), (NOW.unix_ms() / 1000).to_string());
    assert_eq!(arrived.header("content-type"), "application/json");
    insta::with_settings!({snapshot_path => "../golden/notify", prepend_module_to_snapshot => false}, {
        insta::assert_json_snapshot!("webhook", arrived.json());
    });
}

#[tokio::test]
async fn a_repetition_has_the_same_id_and_the_same_body() {
    let receiver = Receiver::answering(503, &[("retry-after", "7")], "busy").await;
    let way = made(settings(&receiver, &secret(1)));
    for _ in 0..2 {
        let error = way.notify(&ordinary()).await.expect_err("503");
        assert!(matches!(error, DeliveryError::Later { after: Some(_), .. }), "{error}");
    }
    let arrived = receiver.arrived();
    assert_eq!(arrived[0].header("webhook-id"), arrived[1].header("webhook-id"));
    assert_eq!(arrived[0].body, arrived[1].body);
}

#[tokio::test]
async fn a_hostile_alert_is_bounded() {
    let receiver = Receiver::answering(200, &[], "").await;
    let way = made(settings(&receiver, &secret(1)));
    way.notify(&hostile()).await.expect("200");
    let arrived = receiver.only();
    assert!(arrived.body.len() < 28_000, "{}", arrived.body.len());
    let data = &arrived.json()["data"];
    assert_eq!(data["title"].as_str().expect("a title").chars().count(), 200);
    assert_eq!(data["matter"].as_str().expect("a matter").len(), 64);
    assert!(!arrived.body.contains('\u{202e}') && !arrived.body.contains("\\u0000"));
}

#[tokio::test]
async fn the_specification_s_library_verifies_what_arrives() {
    let Some(python) = python() else {
        eprintln!("standardwebhooks cannot be installed here: only the example was verified");
        return;
    };
    let receiver = Receiver::answering(204, &[], "").await;
    let way = made(settings(&receiver, &format!("{}\n{}\n", secret(1), secret(2))));
    way.notify(&hostile()).await.expect("204");
    let arrived = receiver.only();
    let secrets = [secret(1), secret(2), secret(3)];
    let now = NOW.unix_ms() / 1000;
    let no = "No matching signature found";
    assert_eq!(judged(&python, &arrived, &secrets, now), ["genuine", "genuine", no]);
    let late = judged(&python, &arrived, &secrets, now + 3600);
    assert_eq!(late, ["Message timestamp too old"; 3]);
    let mut changed = arrived;
    changed.body = changed.body.replace("campaign-opened", "campaign-closed");
    assert_eq!(judged(&python, &changed, &secrets, now), [no; 3]);
}

fn judged(python: &Path, arrived: &Arrived, secrets: &[String], now: i64) -> Vec<String> {
    let headers: serde_json::Map<_, _> = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        .map(|name| (name.to_owned(), arrived.header(name).into()))
        .into_iter()
        .collect();
    let asked = serde_json::json!({
        "secrets": secrets, "body": arrived.body, "headers": headers, "now": now,
    });
    let mut judge = Command::new(python)
        .args(["-c", JUDGE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = judge.stdin.take().expect("it is piped");
    input.write_all(asked.to_string().as_bytes()).expect("the judge reads");
    drop(input);
    let output = judge.wait_with_output().expect("the judge ends");
    assert!(output.status.success(), "the judge fails");
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// A Python that has the library, in an environment made on first use; `None` when that
/// fails, for want of Python or of a network.
fn python() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("standardwebhooks");
    let python = home.join("bin").join("python");
    if home.join("installed").exists() {
        return Some(python);
    }
    let done = |command: &mut Command| command.status().is_ok_and(|status| status.success());
    let is_made = done(Command::new("python3").args(["-m", "venv"]).arg(&home))
        && done(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "standardwebhooks",
        ]));
    is_made.then(|| {
        std::fs::write(home.join("installed"), "").expect("the folder is ours");
        python
    })
}
