//! The webhook as HTTP; what each outcome is to Plivo, [`webhook`](crate::webhook) says.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use unhook_app::submission::Intake;

use super::{PlivoText, PlivoWebhook};
use crate::webhook::{Desk, response};

/// Where texts come in.
pub const INTAKE_PATH: &str = "/intake/plivo";

/// Serves [`INTAKE_PATH`].
pub fn router(webhook: PlivoWebhook, intake: Arc<dyn Intake>) -> Router {
    Router::new().route(INTAKE_PATH, post(take)).with_state(Desk::new(webhook, intake))
}

async fn take(State(desk): State<Desk<PlivoWebhook>>, request: Request) -> Response {
    let PlivoText { text, from, to } =
        match desk.read(INTAKE_PATH, request, PlivoWebhook::read).await {
            Ok(text) => text,
            Err(refusal) => return refusal,
        };
    let is_answered = text.is_answered;
    match desk.take(text).await {
        Ok(taken) => {
            let answer = taken.and_then(|taken| taken.answer).filter(|_| !is_answered);
            // What came to our number goes back from it.
            let attributes = [("src", &*to), ("dst", &*from), ("type", "sms")];
            let xml = response(answer.as_deref(), &attributes);
            let kind = HeaderValue::from_static("application/xml; charset=utf-8");
            ([(header::CONTENT_TYPE, kind)], xml).into_response()
        }
        Err(refusal) => refusal,
    }
}
