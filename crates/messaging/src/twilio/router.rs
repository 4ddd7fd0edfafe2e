//! The webhook as HTTP: who is let in, and what each outcome is to Twilio.
//!
//! | outcome | answer | why |
//! | --- | --- | --- |
//! | taken | 200, TwiML | the answer to the person is in it |
//! | too many from one sender | 200, empty TwiML | a flood learns nothing and costs nothing |
//! | not from Twilio | 403 | counted, logged, nothing kept |
//! | cannot be read | 400, 413 or 415 | the same again would be no better |
//! | not durable | 503, `Retry-After` | Twilio tries again, then its fallback |

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use unhook_app::submission::Intake;
use unhook_app::{ServiceError, Taken};

use super::{LARGEST_BODY, TwilioCall, TwilioError, TwilioWebhook, twiml};
use crate::problem::problem;

/// Where texts come in.
pub const INTAKE_PATH: &str = "/intake/twilio";

/// Where Twilio says what became of a text that went out.
pub const STATUS_PATH: &str = "/intake/twilio/status";

/// When to try again what could not be kept, in seconds. Twilio gives up after fifteen.
const RETRY_AFTER: &str = "2";

/// How long a body may take to arrive: Twilio sends it at once, and waits fifteen seconds in all.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Serves [`INTAKE_PATH`] and [`STATUS_PATH`].
pub fn router(webhook: TwilioWebhook, intake: Arc<dyn Intake>) -> Router {
    Router::new()
        .route(INTAKE_PATH, post(take_text))
        .route(STATUS_PATH, post(take_status))
        .with_state(Desk { webhook: Arc::new(webhook), intake })
}

#[derive(Clone)]
struct Desk {
    webhook: Arc<TwilioWebhook>,
    intake: Arc<dyn Intake>,
}

async fn take_text(State(desk): State<Desk>, request: Request) -> Response {
    let read = desk.read(INTAKE_PATH, request, TwilioWebhook::read_text).await;
    let text = match read {
        Ok(text) => text,
        Err(refusal) => return refusal,
    };
    if !text.media.is_empty() {
        tracing::info!(
            count = text.media.len(),
            "a text came with pictures, which are not fetched"
        );
    }
    match desk.intake.take(text.submission).await {
        Ok(Taken { answer, .. }) => answered(answer.filter(|_| !text.is_answered).as_deref()),
        Err(error) => failed(&error),
    }
}

async fn take_status(State(desk): State<Desk>, request: Request) -> Response {
    match desk.read(STATUS_PATH, request, TwilioWebhook::read_status).await {
        Ok(status) => {
            let (stage, error_code) = (status.stage.name(), status.error_code);
            tracing::debug!(sid = status.message_sid, stage, error_code, "a text went on");
            (desk.webhook.on_status)(status);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refusal,
    }
}

impl Desk {
    async fn read<T>(
        &self,
        path: &str,
        request: Request,
        read: impl Fn(&TwilioWebhook, &TwilioCall<'_>) -> Result<T, TwilioError>,
    ) -> Result<T, Response> {
        let (parts, body) = request.into_parts();
        // Without a signature, the body is not worth reading.
        let body = match text(&parts.headers, "x-twilio-signature") {
            Some(_) => whole(body).await.map_err(|error| self.refusal(&error))?,
            None => Vec::new(),
        };
        let call = TwilioCall {
            path,
            query: parts.uri.query(),
            content_type: text(&parts.headers, header::CONTENT_TYPE.as_str()),
            signature: text(&parts.headers, "x-twilio-signature"),
            signature_settings: text(&parts.headers, "x-twilio-webhooks-signature-settings"),
            body: &body,
        };
        read(&self.webhook, &call).map_err(|error| self.refusal(&error))
    }

    /// Counts and logs a call that is not let in. Nothing of what it said is logged.
    fn refusal(&self, error: &TwilioError) -> Response {
        let status = match error {
            TwilioError::Signature(problem) => {
                self.webhook.refused().fetch_add(1, Ordering::Relaxed);
                tracing::warn!(%problem, "a call of the Twilio webhook was refused");
                // What exactly is wrong is for the log: a stranger is told nothing.
                return self::problem(StatusCode::FORBIDDEN, "not signed by Twilio");
            }
            TwilioError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            TwilioError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            TwilioError::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        };
        tracing::warn!(%error, "a call of the Twilio webhook cannot be read");
        problem(status, &error.to_string())
    }
}

/// A body in whole. One that trickles in holds a connection that somebody else needs.
async fn whole(body: Body) -> Result<Vec<u8>, TwilioError> {
    let read = tokio::time::timeout(BODY_TIME, to_bytes(body, LARGEST_BODY)).await;
    let read = read.map_err(|_| TwilioError::TooSlow)?;
    // A connection that breaks off gets no answer anyway, so it may be called too large.
    read.map(Vec::from).map_err(|_| TwilioError::TooLarge)
}

/// A header's value, when there is exactly one that can be read.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

fn answered(answer: Option<&str>) -> Response {
    let kind = HeaderValue::from_static("text/xml; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], twiml::response(answer)).into_response()
}

fn failed(error: &ServiceError) -> Response {
    match error {
        ServiceError::TooMany { .. } => answered(None),
        ServiceError::Invalid(_) | ServiceError::Refused(_) => {
            tracing::warn!("a text was refused");
            problem(StatusCode::BAD_REQUEST, "this text cannot be taken")
        }
        // What is not durable was not taken, whatever the reason.
        error => {
            tracing::error!(%error, "a text could not be taken");
            let after = HeaderValue::from_static(RETRY_AFTER);
            let body = problem(StatusCode::SERVICE_UNAVAILABLE, "not available for now; try again");
            ([(header::RETRY_AFTER, after)], body).into_response()
        }
    }
}
