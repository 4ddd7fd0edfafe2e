//! Asking what the detector says of a text, without reporting it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use utoipa::ToSchema;

use super::message::{Parts, channel_schema};
use crate::given::Given;
use crate::problem::Problem;
use crate::report::AssessmentReport;
use crate::web::Shared;

/// A text to judge.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckRequest {
    /// What it says.
    #[schema(
        max_length = 16384,
        example = "USPS: your parcel is held, see usps.com-track.example"
    )]
    text: String,
    /// Who it says it is from: a number, short code, sender id or mail address.
    #[schema(max_length = 256, pattern = r"\S")]
    sender: Option<String>,
    /// The number it was sent to.
    #[schema(pattern = r"^\+?[0-9]{3,15}$", example = "+12015550123")]
    recipient: Option<String>,
    /// When it was received (RFC 3339).
    #[schema(format = "date-time")]
    received_at: Option<String>,
    /// How it travelled; `sms` if nothing is said.
    #[schema(schema_with = channel_schema)]
    channel: Option<String>,
}

/// Judge a text.
///
/// Nothing is kept of it. The answer is what `unhook check --json` prints.
#[utoipa::path(post, path = "/api/v1/check", tag = "intake", request_body = CheckRequest,
    responses((status = 200, description = "What the detector says", body = AssessmentReport)))]
pub(crate) async fn check(
    State(shared): State<Shared>,
    Given(given): Given<CheckRequest>,
) -> Result<Response, Problem> {
    let CheckRequest { text, sender, recipient, received_at, channel } = given;
    let message = Parts { text, sender, recipient, received_at, channel }.read()?;
    let assessment = shared.look_up(move |service| service.check(&message)).await?;
    Ok(Json(AssessmentReport::of(&assessment)).into_response())
}
