//! The desk behind a webhook's path: who is let in, and what each outcome is to the provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use unhook_app::submission::{Intake, Submission};
use unhook_app::{ServiceError, Taken};

use super::{Example, IncomingText, LARGEST_BODY, ProviderError, SignatureProblem, WebhookCall};
use crate::problem::problem;

/// When to try again what could not be kept, in seconds. Twilio gives up after fifteen.
const RETRY_AFTER: &str = "2";

/// How long a body may take to arrive: providers send it at once, and wait fifteen seconds in all.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Somebody who hands texts over by calling us.
pub(crate) trait Provider: Send + Sync + 'static {
    /// What it is called, in the log and in answers.
    const NAME: &'static str;

    /// The headers that are looked at, in lower case, first the one without which a call is not
    /// signed: then its body is not worth reading.
    const HEADERS: &'static [&'static str];

    /// Whether somebody beside the provider can sign: not where that takes a key of its own.
    const CAN_BE_SIGNED: bool = true;

    /// How many calls had no signature or a wrong one.
    fn refused(&self) -> &AtomicU64;

    /// A call as the provider would make it now, to try whether it would be let in.
    fn example(&self) -> Example;

    /// Checks and reads a call, and drops what was read.
    fn look(&self, call: &WebhookCall<'_>) -> Result<(), ProviderError>;

    /// The URL that the provider calls, where its signatures cover that.
    fn public_url(&self) -> Option<&str> {
        None
    }

    /// What a call is told that is not let in.
    fn told(_: SignatureProblem) -> StatusCode {
        StatusCode::FORBIDDEN
    }
}

/// A provider and where its texts go.
pub(crate) struct Desk<P> {
    pub(crate) provider: Arc<P>,
    intake: Arc<dyn Intake>,
}

impl<P> Clone for Desk<P> {
    fn clone(&self) -> Self {
        Self { provider: Arc::clone(&self.provider), intake: Arc::clone(&self.intake) }
    }
}

impl<P: Provider> Desk<P> {
    pub(crate) fn new(provider: P, intake: Arc<dyn Intake>) -> Self {
        Self { provider: Arc::new(provider), intake }
    }

    /// Reads a call that came to this path; an error is what to answer it with.
    pub(crate) async fn read<T>(
        &self,
        path: &str,
        request: Request,
        read: impl Fn(&P, &WebhookCall<'_>) -> Result<T, ProviderError>,
    ) -> Result<T, Response> {
        let (parts, body) = request.into_parts();
        let names = P::HEADERS.iter();
        let headers: Vec<(&str, &str)> =
            names.filter_map(|name| Some((*name, text(&parts.headers, name)?))).collect();
        let is_signed = headers.first().is_some_and(|(name, _)| Some(name) == P::HEADERS.first());
        let body = match is_signed {
            true => whole(body).await.map_err(|error| self.refusal(&error))?,
            false => Vec::new(),
        };
        let call = WebhookCall { path, query: parts.uri.query(), headers: &headers, body: &body };
        read(&self.provider, &call).map_err(|error| self.refusal(&error))
    }

    /// Hands a text in, and says what became of it; nothing where too many came. An error is
    /// what to answer the provider.
    pub(crate) async fn take(&self, text: IncomingText) -> Result<Option<Taken>, Response> {
        if !text.media.is_empty() {
            let count = text.media.len();
            tracing::info!(count, "a text came with pictures, which are not fetched");
        }
        self.hand_in(text.submission).await
    }

    /// Hands in what was passed on.
    pub(crate) async fn hand_in(&self, submission: Submission) -> Result<Option<Taken>, Response> {
        match self.intake.take(submission).await {
            Ok(taken) => Ok(Some(taken)),
            Err(ServiceError::TooMany { .. }) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Counts and logs a call that is not let in. Nothing of what it said is logged.
    fn refusal(&self, error: &ProviderError) -> Response {
        let provider = P::NAME;
        let status = match error {
            ProviderError::Signature(problem) => {
                self.provider.refused().fetch_add(1, Ordering::Relaxed);
                tracing::warn!(provider, %problem, "a call of a webhook was refused");
                // What exactly is wrong is for the log: a stranger is told nothing.
                return self::problem(P::told(*problem), &format!("not signed by {provider}"));
            }
            ProviderError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ProviderError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            ProviderError::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        };
        tracing::warn!(provider, %error, "a call of a webhook cannot be read");
        problem(status, &error.to_string())
    }
}

/// A body in whole. One that trickles in holds a connection that somebody else needs.
async fn whole(body: Body) -> Result<Vec<u8>, ProviderError> {
    let read = tokio::time::timeout(BODY_TIME, to_bytes(body, LARGEST_BODY)).await;
    let read = read.map_err(|_| ProviderError::TooSlow)?;
    // A connection that breaks off gets no answer anyway, so it may be called too large.
    read.map(Vec::from).map_err(|_| ProviderError::TooLarge)
}

/// A header's value, when there is exactly one that can be read.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

fn failed(error: &ServiceError) -> Response {
    if let ServiceError::Invalid(_) | ServiceError::Refused(_) = error {
        tracing::warn!("a text was refused");
        return problem(StatusCode::BAD_REQUEST, "this text cannot be taken");
    }
    // What is not durable was not taken, whatever the reason.
    tracing::error!(%error, "a text could not be taken");
    let after = HeaderValue::from_static(RETRY_AFTER);
    let body = problem(StatusCode::SERVICE_UNAVAILABLE, "not available for now; try again");
    ([(header::RETRY_AFTER, after)], body).into_response()
}
