//! Mails handed in by a mail server: a text that somebody forwarded.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;

use super::reports::{TakenBody, submit};
use crate::given::{bytes, media_type};
use crate::problem::Problem;
use crate::settings::LONGEST_MAIL;
use crate::web::Shared;

/// Where mails are handed in.
pub(crate) const PATH: &str = "/api/v1/intake/mail";

/// Hand a mail in.
///
/// Its `Message-ID` makes it the same when it comes again. Not here where the operator has not
/// set a reporting address.
#[utoipa::path(post, path = PATH, tag = "intake", operation_id = "take_mail",
    request_body(content = String, content_type = "message/rfc822",
        description = "The mail as it came, of at most 8 MiB"),
    responses(
        (status = 202, description = "Taken", body = TakenBody),
        (status = 200, description = "It had come before", body = TakenBody),
    ))]
pub(crate) async fn take(
    State(shared): State<Shared>,
    request: Request,
) -> Result<(StatusCode, Json<TakenBody>), Problem> {
    media_type(request.headers(), "message/rfc822")?;
    let Some(reader) = shared.settings().read_mail.clone() else {
        return Err(Problem::not_found("reporting address"));
    };
    let mail = bytes(request, LONGEST_MAIL, shared.settings().bounds.body_time).await?;
    let read = shared.look_up(move |_| reader(&mail).map_err(|why| Problem::value("", why))).await;
    submit(&shared, read?).await
}
