//! The webhook over HTTP, end to end: what is taken, what is answered, what is refused.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use unhook_app::submission::{Intake, Submission, Taken};
use unhook_app::{OutgoingId, Pending, ServiceError};
use unhook_messaging::Secret;
use unhook_messaging::twilio::{INTAKE_PATH, STATUS_PATH, TwilioWebhook, router};
use unhook_messaging::webhook::{LARGEST_BODY, TextStage, TextStatus};

use crate::BOTH;
use crate::signatures::encoded;

const TOKEN: &str = "fedcbafedcbafedcbafedcbafedcbaf0";
const FORM: &str = "application/x-www-form-urlencoded";

/// Takes what comes and answers what it was told to.
#[derive(Default)]
struct StandIn {
    taken: Mutex<Vec<Submission>>,
    outcome: Mutex<Option<ServiceError>>,
}

impl Intake for StandIn {
    fn take(&self, submission: Submission) -> Pending<'_, Result<Taken, ServiceError>> {
        let answer = format!("got \"{}\" & <that>", submission.message.body);
        self.taken.lock().expect("lock").push(submission);
        let failure = self.outcome.lock().expect("lock").take();
        Box::pin(async move {
            match failure {
                Some(error) => Err(error),
                None => Ok(Taken {
                    report: None,
                    verdict: None,
                    is_repeated: false,
                    answer: Some(answer).filter(|answer| !answer.contains("hush")),
                    position: None,
                }),
            }
        })
    }
}

/// A server on a free port of this machine.
struct Server {
    url: String,
    webhook: TwilioWebhook,
    intake: Arc<StandIn>,
    statuses: Arc<Mutex<Vec<TextStatus>>>,
    client: Client,
    _stop: oneshot::Sender<()>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let statuses = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&statuses);
        let webhook = TwilioWebhook::new(Secret::new(TOKEN), &url)
            .expect("settings")
            .on_status(move |status| kept.lock().expect("lock").push(status));
        let intake = Arc::new(StandIn::default());
        let app = router(webhook.clone(), Arc::clone(&intake) as Arc<dyn Intake>);
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let served = axum::serve(listener, app);
            served.with_graceful_shutdown(async { drop(stopped.await) }).await.expect("serves");
        });
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { url, webhook, intake, statuses, client, _stop: stop }
    }

    async fn post(
        &self,
        path: &str,
        kind: &str,
        signature: Option<&str>,
        body: String,
    ) -> Response {
        let url = if path.starts_with("http") { path.to_owned() } else { self.url.clone() + path };
        let mut request = self.client.post(url).header("content-type", kind).body(body);
        if let Some(signature) = signature {
            request = request.header("x-twilio-signature", signature);
        }
        request.send().await.expect("an answer")
    }

    /// Posts a form that is signed as it should be.
    async fn signed(&self, path: &str, pairs: &[(&str, &str)]) -> Response {
        let signature = self.webhook.sign(path, pairs);
        self.post(path, FORM, Some(&signature), encoded(pairs)).await
    }

    fn taken(&self) -> usize {
        self.intake.taken.lock().expect("lock").len()
    }

    fn refused(&self) -> u64 {
        self.webhook.refused().load(Ordering::Relaxed)
    }
}

fn text(body: &str) -> Vec<(&str, &str)> {
    let mut pairs = vec![("MessageSid", "SM01"), ("From", "+12015550123"), ("To", "+12015550199")];
    pairs.push(("Body", body));
    pairs
}

#[tokio::test]
async fn what_the_sdks_sign_is_taken_and_answered() {
    let server = Server::start().await;
    for judge in BOTH {
        let url = format!("{}{INTAKE_PATH}", server.url);
        let body = "tap <acme-okta.example> & häuser 🎣";
        let pairs = text(body);
        let in_json =
            json!({ "MessageSid": "SM02", "From": "+12015550123", "Body": body }).to_string();
        let question = json!({ "sign": [
            { "url": url, "token": TOKEN, "parameters": pairs },
            { "url": url, "token": TOKEN, "body": in_json },
        ]});
        let Some(answers) = judge.ask(&question) else { continue };
        let sent = [(FORM, encoded(&pairs)), ("application/json", in_json)];
        for (number, (kind, content)) in sent.into_iter().enumerate() {
            let of = |key: &str| answers[number][key].as_str().expect("text");
            let before = server.taken();
            let answer = server.post(of("url"), kind, Some(of("signature")), content.clone()).await;
            assert_eq!(answer.status(), StatusCode::OK, "{judge:?} {kind}");
            assert_eq!(answer.headers()["content-type"], "text/xml; charset=utf-8");
            let twiml = answer.text().await.expect("a body");
            let expected = "<Response><Message>got &quot;tap &lt;acme-okta.example&gt; &amp; \
                            häuser 🎣&quot; &amp; &lt;that&gt;</Message></Response>";
            assert!(twiml.ends_with(expected), "{twiml}");
            assert_eq!(server.taken(), before + 1);
            let refused =
                server.post(of("url"), kind, Some(of("signature")), content.replace("tap", "nip"));
            assert_eq!(refused.await.status(), StatusCode::FORBIDDEN, "{judge:?} {kind}");
            assert_eq!(server.taken(), before + 1);
        }
    }
}

#[tokio::test]
async fn what_is_not_signed_is_counted_and_not_kept() {
    let server = Server::start().await;
    let body = encoded(&text("hello"));
    for (number, signature) in [None, Some(""), Some("bm90IGl0"), Some("?")].into_iter().enumerate()
    {
        let answer = server.post(INTAKE_PATH, FORM, signature, body.clone()).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.expect("JSON");
        assert_eq!(problem["status"], 403);
        assert_eq!(server.refused(), number as u64 + 1);
    }
    let status = server.post(STATUS_PATH, FORM, None, body).await;
    assert_eq!(status.status(), StatusCode::FORBIDDEN);
    assert_eq!(server.taken(), 0);
}

#[tokio::test]
async fn what_cannot_be_read_says_why() {
    let server = Server::start().await;
    let answer = server.signed(INTAKE_PATH, &[("MessageSid", "SM01"), ("Body", "x")]).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(problem["detail"], "the parameter `From` is missing");

    let send =
        |kind: &'static str, body: String| server.post(INTAKE_PATH, kind, Some("AAAA"), body);
    assert_eq!(send(FORM, "a=%zz".to_owned()).await.status(), StatusCode::BAD_REQUEST);
    let kind = "application/x-www-form-urlencoded; charset=utf-16";
    assert_eq!(send(kind, "a=b".to_owned()).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = "a".repeat(LARGEST_BODY + 1);
    assert_eq!(send(FORM, large).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!((server.taken(), server.refused()), (0, 0));
    let get = server.client.get(server.url.clone() + INTAKE_PATH).send().await.expect("an answer");
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn each_outcome_is_told_so_that_twilio_does_the_right_thing() {
    let server = Server::start().await;
    let after = |error| {
        *server.intake.outcome.lock().expect("lock") = Some(error);
        server
            .signed(INTAKE_PATH, &[("MessageSid", "SM1"), ("From", "+12015550123"), ("Body", "x")])
    };
    for error in [
        ServiceError::Unavailable("a full disk".into()),
        ServiceError::Broken("a secret path".into()),
    ] {
        let answer = after(error).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key("retry-after"));
        assert!(!answer.text().await.expect("a body").contains("path"));
    }
    let answer = after(ServiceError::Invalid("+12015550123".to_owned())).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(!answer.text().await.expect("a body").contains("2015550123"));
    let answer = after(ServiceError::TooMany { seconds: 9 }).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.expect("a body").ends_with("<Response/>"));
    let answer = server.signed(INTAKE_PATH, &text("hush")).await;
    assert!(answer.text().await.expect("a body").ends_with("<Response/>"));
}

#[tokio::test]
async fn what_twilio_answered_itself_is_taken_and_not_answered() {
    let server = Server::start().await;
    let mut pairs = text("STOP");
    pairs.push(("OptOutType", "STOP"));
    let answer = server.signed(INTAKE_PATH, &pairs).await;
    assert!(answer.text().await.expect("a body").ends_with("<Response/>"));
    assert_eq!(server.taken(), 1);
}

#[tokio::test]
async fn the_status_of_a_text_is_handed_on() {
    let server = Server::start().await;
    let id = OutgoingId::from_bytes([9; 16]);
    let path = format!("{STATUS_PATH}?id={id}");
    let pairs = [("MessageSid", "SM9"), ("MessageStatus", "undelivered"), ("ErrorCode", "30003")];
    let answer = server.signed(&path, &pairs).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let expected = TextStatus {
        id: Some(id),
        receipt: "SM9".to_owned(),
        stage: TextStage::Failed,
        error_code: Some(30003),
    };
    assert_eq!(*server.statuses.lock().expect("lock"), [expected]);
    // The id in the URL is signed as well.
    let signature = server.webhook.sign(&path, &pairs);
    let other = format!("{STATUS_PATH}?id={}", OutgoingId::from_bytes([8; 16]));
    let answer = server.post(&other, FORM, Some(&signature), encoded(&pairs)).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}
