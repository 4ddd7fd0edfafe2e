//! The webhook as HTTP; what each outcome is to Teams, [`webhook`](crate::webhook) says.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;
use unhook_app::submission::Intake;

use super::super::escaped;
use super::TeamsWebhook;
use crate::webhook::Desk;

/// Where messages come in.
pub const INTAKE_PATH: &str = "/intake/teams";

/// Serves [`INTAKE_PATH`].
pub fn router(webhook: TeamsWebhook, intake: Arc<dyn Intake>) -> Router {
    Router::new().route(INTAKE_PATH, post(take)).with_state(Desk::new(webhook, intake))
}

async fn take(State(desk): State<Desk<TeamsWebhook>>, request: Request) -> Response {
    let submission = match desk.read(INTAKE_PATH, request, TeamsWebhook::read).await {
        Ok(Some(submission)) => submission,
        Ok(None) => return StatusCode::OK.into_response(),
        Err(refusal) => return refusal,
    };
    match desk.hand_in(submission).await {
        Ok(taken) => match taken.and_then(|taken| taken.answer) {
            Some(answer) => {
                Json(json!({ "type": "message", "text": escaped(&answer) })).into_response()
            }
            None => StatusCode::OK.into_response(),
        },
        Err(refusal) => refusal,
    }
}
