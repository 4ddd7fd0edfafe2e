//! Screenshots handed in: a text that somebody passes on as a picture.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode};
use unhook_app::submission::Attachment;
use unhook_app::{Contact, Submission, Way};
use unhook_model::Message;

use super::message;
use super::reports::{TakenBody, submit};
use crate::gate::Caller;
use crate::given::{bad_request, bytes, one_media_type};
use crate::problem::Problem;
use crate::settings::LARGEST_PICTURE;
use crate::web::Shared;

/// Where screenshots are handed in.
pub(crate) const PATH: &str = "/api/v1/intake/screenshot";

/// The kinds that are read. What a picture is, its bytes say; this is what it is kept as.
const KINDS: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// The header that says who passes it on: an address in a URL would end up in logs.
const REPORTER: &str = "unhook-reporter";

/// Hand a screenshot in.
///
/// The text that it shows is judged and kept, and so is the picture, as evidence. The same again
/// with the same `Idempotency-Key` counts once. Answered 422 with the reason where nothing can be
/// read, also where no reader of pictures is installed.
#[utoipa::path(post, path = PATH, tag = "intake", operation_id = "take_screenshot",
    request_body(description = "The picture, of at most 8 MiB and 16 million points", content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"),
    )),
    params(
        ("Unhook-Reporter" = Option<String>, Header, max_length = 254,
            description = "Who passes it on: a telephone number with its country code, or a mail \
                address; left out, nobody in particular does"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "What makes this the same when it is sent again; a UUID is a good one",
            min_length = 1, max_length = 255, pattern = "^[!-~]+$"),
    ),
    responses(
        (status = 202, description = "Taken", body = TakenBody),
        (status = 200, description = "It had come before", body = TakenBody),
    ))]
pub(crate) async fn take(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<(StatusCode, Json<TakenBody>), Problem> {
    let kind = one_media_type(request.headers(), &KINDS)?;
    let key = message::idempotency_key(request.headers())?;
    let from = reporter(request.headers())?;
    let picture = bytes(request, LARGEST_PICTURE, shared.settings().bounds.body_time).await?;
    let attachment =
        Attachment { name: String::new(), content_type: kind.to_owned(), bytes: picture };
    let submission = Submission {
        key: key.map(|key| format!("{}:{key}", caller.by)),
        way: Way::Api,
        from,
        to: None,
        message: Message::from_body(""),
        language: None,
        attachments: vec![attachment],
    };
    submit(&shared, submission).await
}

fn reporter(headers: &HeaderMap) -> Result<Option<Contact>, Problem> {
    let mut given = headers.get_all(REPORTER).iter();
    let Some(first) = given.next() else { return Ok(None) };
    let text = first.to_str().unwrap_or_default().trim();
    let read = match text.contains('@') {
        true => message::mail("", text),
        false => message::phone("", text),
    };
    let one = read.ok().filter(|_| given.next().is_none());
    one.map(Some).ok_or_else(|| {
        bad_request(
            "`Unhook-Reporter` is one telephone number with its country code, such as \
             +12015550123, or one mail address",
        )
    })
}
