//! What the service reaches out to, on loopback: those on call, who check every signature, and
//! the provider that texts go out through.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::Value;
use unhook_app::Surroundings as _;
use unhook_store::SystemSurroundings;

/// Where those on call are told.
pub(super) const ON_CALL_PATH: &str = "/on-call";

/// The account at the provider.
pub(super) const ACCOUNT: &str = "ACunhook";

/// How far the time of a signed request may be off, in seconds, by the specification.
const TOLERANCE: i64 = 300;

/// Bytes of a secret, as many as a digest has.
const SECRET_BYTES: usize = 32;

/// Bytes of a token: nobody guesses as many.
const TOKEN_BYTES: usize = 16;

/// Something that those on call were told.
#[derive(Clone, Debug)]
pub(super) struct ToldAlert {
    pub(super) kind: String,
    pub(super) severity: String,
    pub(super) title: String,
    /// When it came up, in milliseconds since 1970.
    pub(super) at_ms: i64,
    pub(super) received: Instant,
}

/// A text that went out.
#[derive(Clone, Debug)]
pub(super) struct SentText {
    pub(super) to: String,
    pub(super) body: String,
    pub(super) received: Instant,
}

/// All that was received.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) alerts: Vec<ToldAlert>,
    pub(super) texts: Vec<SentText>,
    /// How many requests had no right signature or password.
    pub(super) refused: u64,
    /// Ids that came; what comes again counts once.
    seen: Vec<String>,
}

/// The secrets that each side is given.
pub(super) struct Secrets {
    pub(super) webhook: String,
    pub(super) twilio: String,
    pub(super) provider: String,
    key: hmac::Key,
}

impl Secrets {
    /// Fresh ones.
    pub(super) fn fresh() -> anyhow::Result<Self> {
        let webhook = fresh::<SECRET_BYTES>()?;
        Ok(Self {
            webhook: format!("whsec_{}", STANDARD.encode(webhook)),
            twilio: token()?,
            provider: token()?,
            key: hmac::Key::new(hmac::HMAC_SHA256, &webhook),
        })
    }
}

fn fresh<const BYTES: usize>() -> anyhow::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| anyhow::anyhow!("the system gives no random bytes"))?;
    Ok(bytes)
}

/// Something that nobody guesses, in small letters and digits.
pub(super) fn token() -> anyhow::Result<String> {
    Ok(fresh::<TOKEN_BYTES>()?.map(|byte| format!("{byte:02x}")).concat())
}

/// The receivers, all in one.
#[derive(Clone)]
pub(super) struct Receivers {
    secrets: Arc<Secrets>,
    received: Arc<Mutex<Received>>,
}

impl Receivers {
    pub(super) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, received: Arc::default() }
    }

    /// What was received so far.
    pub(super) fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Their routes.
    pub(super) fn router(&self) -> axum::Router {
        let messages = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
        axum::Router::new()
            .route(ON_CALL_PATH, post(take_alert))
            .route(&messages, post(take_text))
            .with_state(self.clone())
    }

    fn refuse(&self) -> Response {
        self.received().refused += 1;
        StatusCode::UNAUTHORIZED.into_response()
    }

    /// Whether a request is signed as Standard Webhooks 1.0 has it.
    fn is_signed(&self, headers: &HeaderMap, body: &str) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(id), Some(time), Some(signatures)) =
            (text("webhook-id"), text("webhook-timestamp"), text("webhook-signature"))
        else {
            return false;
        };
        let now = SystemSurroundings::new().now().unix_ms() / 1000;
        let is_fresh =
            time.parse().is_ok_and(|time: i64| now.abs_diff(time) <= TOLERANCE.unsigned_abs());
        let signed = format!("{id}.{time}.{body}");
        let tags = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
        let mut tags = tags.filter_map(|tag| STANDARD.decode(tag).ok());
        is_fresh && tags.any(|tag| hmac::verify(&self.secrets.key, signed.as_bytes(), &tag).is_ok())
    }
}

async fn take_alert(
    State(receivers): State<Receivers>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let received = Instant::now();
    if !receivers.is_signed(&headers, &body) {
        return receivers.refuse();
    }
    let Ok(body) = serde_json::from_str::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let at: Option<jiff::Timestamp> = body["timestamp"].as_str().and_then(|at| at.parse().ok());
    let alert = ToldAlert {
        kind: text(&body["type"]),
        severity: text(&body["data"]["severity"]),
        title: text(&body["data"]["title"]),
        at_ms: at.map_or(0, jiff::Timestamp::as_millisecond),
        received,
    };
    let id = text(&body["data"]["id"]);
    let mut all = receivers.received();
    if !all.seen.contains(&id) {
        all.seen.push(id);
        all.alerts.push(alert);
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn take_text(
    State(receivers): State<Receivers>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let received = Instant::now();
    let expected = STANDARD.encode(format!("{ACCOUNT}:{}", receivers.secrets.twilio));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|given| given.strip_prefix("Basic ")) != Some(&expected) {
        return receivers.refuse();
    }
    let field = |name| form.get(name).cloned().unwrap_or_default();
    let mut all = receivers.received();
    all.texts.push(SentText { to: field("To"), body: field("Body"), received });
    let sid = format!("SM{:032x}", all.texts.len());
    let answer = Json(serde_json::json!({ "sid": sid, "status": "queued" }));
    (StatusCode::CREATED, answer).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(receivers: &Receivers, id: &str, time: i64, body: &str) -> HeaderMap {
        let tag = hmac::sign(&receivers.secrets.key, format!("{id}.{time}.{body}").as_bytes());
        let pairs = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", time.to_string()),
            ("webhook-signature", format!("v1,{}", STANDARD.encode(tag))),
        ];
        pairs
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_what_is_signed_and_fresh_is_believed() {
        let receivers = Receivers::new(Arc::new(Secrets::fresh().unwrap()));
        let now = SystemSurroundings::new().now().unix_ms() / 1000;
        let right = headers(&receivers, "1", now, "{}");
        assert!(receivers.is_signed(&right, "{}"));
        assert!(!receivers.is_signed(&right, "{ }"));
        assert!(!receivers.is_signed(&headers(&receivers, "1", now - 3_600, "{}"), "{}"));
        assert!(!receivers.is_signed(&HeaderMap::new(), "{}"));
        let other = Receivers::new(Arc::new(Secrets::fresh().unwrap()));
        assert!(!other.is_signed(&right, "{}"));
    }
}
