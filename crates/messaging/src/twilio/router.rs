//! The webhook as HTTP; what each outcome is to Twilio, [`webhook`](crate::webhook) says.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use unhook_app::submission::Intake;

use super::TwilioWebhook;
use crate::webhook::{Desk, hand_on, response};

/// Where texts come in.
pub const INTAKE_PATH: &str = "/intake/twilio";

/// Where Twilio says what became of a text that went out.
pub const STATUS_PATH: &str = "/intake/twilio/status";

/// Serves [`INTAKE_PATH`] and [`STATUS_PATH`].
pub fn router(webhook: TwilioWebhook, intake: Arc<dyn Intake>) -> Router {
    Router::new()
        .route(INTAKE_PATH, post(take_text))
        .route(STATUS_PATH, post(take_status))
        .with_state(Desk::new(webhook, intake))
}

async fn take_text(State(desk): State<Desk<TwilioWebhook>>, request: Request) -> Response {
    let mut text = match desk.read(INTAKE_PATH, request, TwilioWebhook::read_text).await {
        Ok(text) => text,
        Err(refusal) => return refusal,
    };
    let is_answered = text.is_answered;
    if let Some(media) = &desk.provider.media {
        text.submission.attachments = media.fetch(&text.media).await;
        text.media.clear();
    }
    match desk.take(text).await {
        Ok(taken) => {
            let answer = taken.and_then(|taken| taken.answer).filter(|_| !is_answered);
            answered(answer.as_deref())
        }
        Err(refusal) => refusal,
    }
}

async fn take_status(State(desk): State<Desk<TwilioWebhook>>, request: Request) -> Response {
    match desk.read(STATUS_PATH, request, TwilioWebhook::read_status).await {
        Ok(status) => {
            hand_on(status, &desk.provider.on_status);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refusal,
    }
}

fn answered(answer: Option<&str>) -> Response {
    let kind = HeaderValue::from_static("text/xml; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], response(answer, &[])).into_response()
}
