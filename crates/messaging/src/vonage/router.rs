//! The webhook as HTTP; what each outcome is to Vonage, [`webhook`](crate::webhook) says.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use unhook_app::submission::Intake;
use unhook_app::{Surroundings, Texter};

use super::VonageWebhook;
use crate::webhook::{Answering, Desk, number_of};

/// Where messages come in.
pub const INTAKE_PATH: &str = "/intake/vonage";

/// Serves [`INTAKE_PATH`]. Answers go out through the texter, if there is one.
pub fn router(
    webhook: VonageWebhook,
    intake: Arc<dyn Intake>,
    texter: Option<Arc<dyn Texter>>,
    surroundings: Arc<dyn Surroundings>,
) -> Router {
    let answering = Answering::new(texter, surroundings);
    Router::new().route(INTAKE_PATH, post(take)).with_state((Desk::new(webhook, intake), answering))
}

async fn take(
    State((desk, answering)): State<(Desk<VonageWebhook>, Answering)>,
    request: Request,
) -> Response {
    let text = match desk.read(INTAKE_PATH, request, VonageWebhook::read).await {
        Ok(Some(text)) => text,
        Ok(None) => return StatusCode::OK.into_response(),
        Err(refusal) => return refusal,
    };
    let to = number_of(&text.submission);
    match desk.take(text).await {
        Ok(taken) => {
            answering.send(to, taken);
            StatusCode::OK.into_response()
        }
        Err(refusal) => refusal,
    }
}
