//! The webhook as HTTP; what each outcome is to Telnyx, [`webhook`](crate::webhook) says.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use unhook_app::submission::Intake;
use unhook_app::{Surroundings, Texter};

use super::{TelnyxEvent, TelnyxWebhook};
use crate::webhook::{Answering, Desk, hand_on, number_of};

/// Where everything comes in.
pub const INTAKE_PATH: &str = "/intake/telnyx";

/// Serves [`INTAKE_PATH`]. Answers go out through the texter, if there is one.
pub fn router(
    webhook: TelnyxWebhook,
    intake: Arc<dyn Intake>,
    texter: Option<Arc<dyn Texter>>,
    surroundings: Arc<dyn Surroundings>,
) -> Router {
    let answering = Answering::new(texter, surroundings);
    Router::new().route(INTAKE_PATH, post(take)).with_state((Desk::new(webhook, intake), answering))
}

async fn take(
    State((desk, answering)): State<(Desk<TelnyxWebhook>, Answering)>,
    request: Request,
) -> Response {
    let text = match desk.read(INTAKE_PATH, request, TelnyxWebhook::read).await {
        Ok(TelnyxEvent::Text(text)) => text,
        Ok(TelnyxEvent::Status(status)) => {
            hand_on(status, &desk.provider.on_status);
            return StatusCode::OK.into_response();
        }
        Ok(TelnyxEvent::Other) => return StatusCode::OK.into_response(),
        Err(refusal) => return refusal,
    };
    let to = number_of(&text.submission);
    match desk.take(*text).await {
        Ok(taken) => {
            answering.send(to, taken);
            StatusCode::OK.into_response()
        }
        Err(refusal) => refusal,
    }
}
