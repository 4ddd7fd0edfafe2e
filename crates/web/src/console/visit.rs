//! What a page's handler is given: who looks, in which words, and a way to what they look at.

use axum::extract::{FromRequest as _, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use unhook_app::Scope;
use unhook_app::journal::Position;
use unhook_model::PersonId;

use super::entry;
use super::frame::{Frame, Here};
use super::viewer::Viewer;
use super::words::{self, Words};
use crate::given::{bytes, media_type};
use crate::problem::{Kind, Problem};
use crate::settings::LONGEST_BODY;
use crate::web::Shared;

/// The most fields of a form: two hundred reports are picked at most.
const MOST_FIELDS: usize = 256;

/// Somebody at a page.
pub(crate) struct Visit {
    pub(crate) shared: Shared,
    pub(crate) viewer: Viewer,
    pub(crate) words: &'static Words,
    headers: HeaderMap,
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        // The gate lets nobody past without one.
        let viewer = parts.extensions.get::<Viewer>().cloned();
        let viewer = viewer.ok_or_else(|| Problem::new(Kind::Unauthorized))?;
        let headers = parts.headers.clone();
        Ok(Self { shared: shared.clone(), viewer, words: words::choose(&headers), headers })
    }
}

impl Visit {
    pub(crate) fn by(&self) -> PersonId {
        self.viewer.by
    }

    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.viewer.may(scope)
    }

    /// What stands around a page.
    pub(crate) fn frame(&self, here: Here, title: impl ToString) -> Frame {
        Frame::of(&self.shared, &self.headers, self.viewer.clone(), here).titled(title)
    }

    /// What somebody is answered who has to show their passkey first, if they have to.
    pub(crate) fn passkey_first(&self) -> Option<Response> {
        (!self.viewer.is_fresh).then(|| entry::passkey_first(&self.headers, None))
    }

    /// Goes on to a page that shows what was just done.
    pub(crate) async fn on_to(&self, path: &str, position: Position) -> Response {
        // A page that does not show it yet is only early.
        self.shared.service().has_seen(position).await;
        Redirect::to(path).into_response()
    }
}

/// The fields of a form, in their order.
pub(crate) struct Filled(Vec<(String, String)>);

impl axum::extract::FromRequest<Shared> for Filled {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Problem> {
        media_type(request.headers(), "application/x-www-form-urlencoded")?;
        let time = shared.settings().bounds.body_time;
        let body = bytes(request, LONGEST_BODY, time).await?;
        let form = header::HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut whole = Request::new(axum::body::Body::from(body));
        *whole.method_mut() = axum::http::Method::POST;
        whole.headers_mut().insert(header::CONTENT_TYPE, form);
        match axum::Form::<Vec<(String, String)>>::from_request(whole, &()).await {
            Ok(axum::Form(fields)) if fields.len() <= MOST_FIELDS => Ok(Self(fields)),
            _ => Err(Problem::new(Kind::BadRequest)),
        }
    }
}

impl Filled {
    /// One field without blanks around it; empty when it is not there.
    pub(crate) fn text<'f>(&'f self, name: &'f str) -> &'f str {
        self.all(name).next().unwrap_or("")
    }

    /// All fields of a name.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// The lines of a field, without empty ones.
    pub(crate) fn lines<'f>(&'f self, name: &'f str) -> Vec<String> {
        let lines = self.text(name).lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    }
}

/// One file of a form, with the name that its sender gave it.
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What a form says around its file, in bytes.
const AROUND: usize = 16 << 10;

/// Reads the one file of a form, of at most so many bytes.
pub(crate) async fn upload(
    shared: &Shared,
    request: Request,
    longest: usize,
) -> Result<Upload, Problem> {
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    let time = shared.settings().bounds.body_time;
    let body = bytes(Request::from_parts(parts, body), longest + AROUND, time).await?;
    let whole = Request::from_parts(head, axum::body::Body::from(body));
    let broken =
        |_| Problem::because(Kind::BadRequest, "the file could not be read; choose it again");
    let mut form =
        Multipart::from_request(whole, &()).await.map_err(|_| Problem::new(Kind::MediaType))?;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let Some(name) = field.file_name().map(str::to_owned) else { continue };
        let bytes = field.bytes().await.map_err(broken)?.to_vec();
        if bytes.is_empty() {
            break;
        }
        return Ok(Upload { name, bytes });
    }
    Err(Problem::because(Kind::Invalid, "choose a file first"))
}
