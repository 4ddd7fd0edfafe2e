//! The request URL as HTTP; what each outcome is to Slack, [`webhook`](crate::webhook) says.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use unhook_app::submission::Intake;

use super::SlackWebhook;
use super::reply::Replies;
use crate::webhook::{Desk, ProviderError};

/// Where shortcuts come in.
pub const INTAKE_PATH: &str = "/intake/slack";

/// Serves [`INTAKE_PATH`].
///
/// # Errors
/// When no HTTP client can be made for answers.
pub fn router(webhook: SlackWebhook, intake: Arc<dyn Intake>) -> Result<Router, ProviderError> {
    let replies = Replies::new(webhook.surroundings())?;
    let state = (Desk::new(webhook, intake), replies);
    Ok(Router::new().route(INTAKE_PATH, post(take)).with_state(state))
}

async fn take(
    State((desk, replies)): State<(Desk<SlackWebhook>, Replies)>,
    request: Request,
) -> Response {
    let report = match desk.read(INTAKE_PATH, request, SlackWebhook::read).await {
        Ok(Some(report)) => report,
        Ok(None) => return StatusCode::OK.into_response(),
        Err(refusal) => return refusal,
    };
    match desk.hand_in(report.submission).await {
        Ok(taken) => {
            let answer = taken.and_then(|taken| taken.answer);
            if let (Some(url), Some(answer)) = (report.response_url, answer) {
                replies.send(&url, &answer);
            }
            // Slack shows nothing of the response, and a body would be taken for something.
            StatusCode::OK.into_response()
        }
        Err(refusal) => refusal,
    }
}
