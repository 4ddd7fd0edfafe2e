//! What is blocked as files that devices fetch: firewalls, Pi-holes, scripts.
//!
//! A device that has the file already is told so (`ETag`, RFC 9110 §8.8.3), however it is asked.

use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use futures_util::stream;
use unhook_app::ServiceError;
use unhook_app::blocklist::forms::{self, Form};
use unhook_app::blocklist::{Blocklist, Revision};

use crate::given::{Params, bad_request};
use crate::problem::Problem;
use crate::routes::AfterQuery;
use crate::web::Shared;

/// Files by the name they are fetched by.
const FILES: [(&str, Form); 3] =
    [("blocked.txt", Form::Names), ("hosts", Form::Hosts), ("blocked.json", Form::Json)];

/// The tags of each form's last revision: making one walks all names.
#[derive(Debug, Default)]
pub(crate) struct Tags(Mutex<Option<(Revision, [String; FILES.len()])>>);

impl Tags {
    fn of(&self, blocklist: &Blocklist, nth: usize) -> String {
        let revision = *blocklist.watch().borrow();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|(at, _)| *at != revision) {
            let whole = blocklist.whole();
            *last = Some((whole.revision, FILES.map(|(_, form)| forms::etag(form, &whole))));
        }
        last.as_ref().map(|(_, tags)| tags[nth].clone()).unwrap_or_default()
    }
}

/// What is blocked, as a file.
///
/// `blocked.txt` has a name a line, `hosts` is a hosts file, `blocked.json` an object.
#[utoipa::path(get, path = "/api/v1/lists/{file}", tag = "blocks", operation_id = "fetch_list",
    params(("file" = String, Path, description = "`blocked.txt`, `hosts` or `blocked.json`"), AfterQuery),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/plain"),
        (status = 304, description = "It is as it was"),
    ))]
pub(crate) async fn fetch(
    State(shared): State<Shared>,
    axum::extract::Path(file): axum::extract::Path<String>,
    Params(_): Params<AfterQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = FILES.iter().position(|(name, _)| *name == file);
    let nth =
        found.ok_or_else(|| Problem::not_found("file but blocked.txt, hosts, blocked.json"))?;
    let form = FILES[nth].1;
    let tags = shared.clone();
    let (tag, whole) = shared
        .look_up(move |service| {
            let tag = tags.tags().of(service.blocklist(), nth);
            Ok::<_, ServiceError>((tag, service.blocklist().whole()))
        })
        .await?;
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
    let response = Response::builder().header(header::ETAG, &tag);
    let made = if is_known {
        response.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        let pieces: Vec<_> = form.pieces(&whole).map(Ok::<_, std::io::Error>).collect();
        response
            .header(header::CONTENT_TYPE, form.media_type())
            .body(Body::from_stream(stream::iter(pieces)))
    };
    made.map_err(|_| bad_request("this file cannot be sent"))
}
