//! What each test stands in: a moment, somebody who takes texts, somebody who sends them, a server.

use std::sync::{Arc, Mutex};

use axum::Router;
use reqwest::{Client, Response};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use unhook_app::submission::{Intake, Submission, Taken};
use unhook_app::{DeliveryError, OutgoingId, Pending, Receipt, ServiceError, Surroundings, Texter};
use unhook_messaging::webhook::WebhookCall;
use unhook_model::{PhoneNumber, Timestamp};

/// The moment of all tests, in seconds.
pub(crate) const NOW: i64 = 1_658_357_340;

/// A moment that stands still.
pub(crate) struct Still;

impl Surroundings for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(NOW * 1000 + 999)
    }

    fn random(&self) -> [u8; 16] {
        [5; 16]
    }
}

pub(crate) fn still() -> Arc<dyn Surroundings> {
    Arc::new(Still)
}

/// Takes what comes and answers what it was told to; what came before, by its key, is repeated.
#[derive(Default)]
pub(crate) struct StandIn {
    taken: Mutex<Vec<Submission>>,
    outcome: Mutex<Option<ServiceError>>,
}

impl StandIn {
    pub(crate) fn fail_with(&self, error: ServiceError) {
        *self.outcome.lock().expect("lock") = Some(error);
    }

    pub(crate) fn taken(&self) -> Vec<Submission> {
        self.taken.lock().expect("lock").clone()
    }
}

impl Intake for StandIn {
    fn take(&self, submission: Submission) -> Pending<'_, Result<Taken, ServiceError>> {
        let answer = format!("got \"{}\" & <that>", submission.message.body);
        let is_repeated = self.taken().iter().any(|known| known.key == submission.key);
        self.taken.lock().expect("lock").push(submission);
        let failure = self.outcome.lock().expect("lock").take();
        Box::pin(async move {
            match failure {
                Some(error) => Err(error),
                None => Ok(Taken {
                    report: None,
                    verdict: None,
                    is_repeated,
                    answer: Some(answer).filter(|answer| !answer.contains("hush")),
                    position: None,
                }),
            }
        })
    }
}

/// Somebody who sends texts: says what it was given.
pub(crate) struct Sender(mpsc::UnboundedSender<(String, String)>);

impl Sender {
    pub(crate) fn pair() -> (Arc<dyn Texter>, mpsc::UnboundedReceiver<(String, String)>) {
        let (sender, sent) = mpsc::unbounded_channel();
        (Arc::new(Self(sender)), sent)
    }
}

impl Texter for Sender {
    fn text<'a>(
        &'a self,
        _: OutgoingId,
        to: &'a PhoneNumber,
        body: &'a str,
    ) -> Pending<'a, Result<Receipt, DeliveryError>> {
        self.0.send((to.to_string(), body.to_owned())).expect("somebody listens");
        Box::pin(async { Ok(Receipt::default()) })
    }

    fn check(&self) -> Pending<'_, Result<Receipt, DeliveryError>> {
        Box::pin(async { Ok(Receipt::default()) })
    }
}

/// A server on a free port of this machine.
pub(crate) struct Server {
    pub(crate) url: String,
    client: Client,
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub(crate) async fn start(app: impl FnOnce(&str) -> Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = app(&url);
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let served = axum::serve(listener, app);
            served.with_graceful_shutdown(async { drop(stopped.await) }).await.expect("serves");
        });
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { url, client, _stop: stop }
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Response {
        let mut request = self.client.post(format!("{}{path}", self.url)).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }
}

/// A form, everything but letters and digits escaped.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        let escape = |byte: u8| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        };
        text.bytes().map(escape).collect::<String>()
    };
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Every letter and digit of the body and of a header made another one, one at a time, and the
/// body made longer and none: `is_refused` must say so of each.
#[track_caller]
pub(crate) fn nothing_else_is_accepted(
    call: &WebhookCall<'_>,
    signature: &str,
    is_refused: impl Fn(&WebhookCall<'_>) -> bool,
) {
    let other = |byte: u8| if byte == b'1' { b'2' } else { b'1' };
    let mut bodies = vec![[call.body, b"1"].concat(), Vec::new()];
    for (at, byte) in call.body.iter().enumerate().filter(|(_, b)| b.is_ascii_alphanumeric()) {
        let mut body = call.body.to_vec();
        body[at] = other(*byte);
        bodies.push(body);
    }
    for body in bodies {
        let call = WebhookCall { body: &body, ..*call };
        assert!(is_refused(&call), "{}", String::from_utf8_lossy(&body));
    }
    for (number, (name, value)) in call.headers.iter().enumerate() {
        if *name == "content-type" {
            continue;
        }
        let without: Vec<_> = call.headers.iter().filter(|(n, _)| n != name).copied().collect();
        assert!(is_refused(&WebhookCall { headers: &without, ..*call }), "without {name}");
        for (at, byte) in value.bytes().enumerate().filter(|(_, b)| b.is_ascii_alphanumeric()) {
            // The last letter of Base64 may hold bits that mean nothing.
            if *name == signature && value.trim_end_matches('=').len() == at + 1 {
                continue;
            }
            let mut changed = value.as_bytes().to_vec();
            changed[at] = other(byte);
            let changed = String::from_utf8(changed).expect("ASCII");
            let mut headers = call.headers.to_vec();
            headers[number].1 = &changed;
            let call = WebhookCall { headers: &headers, ..*call };
            assert!(is_refused(&call), "{name}: {changed}");
        }
    }
}
