//! The gate before every page of the console: who comes in, by the cookie of their session.
//!
//! A browser sends cookies by itself, so what changes something must say that it comes from a page
//! of ours, beside the cookie's own `SameSite=Strict`.

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use unhook_app::Account;
use unhook_app::accounts::{FRESH_MS, Proof, Session};
use unhook_model::{PersonId, Timestamp};

use super::{from_here, next, session};
use crate::console::viewer::Viewer;
use crate::problem::{Kind, Problem};
use crate::web::Shared;

/// The session of whoever looks, for pages about sessions.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) session: PersonId,
    pub(crate) account: PersonId,
    proof: Proof,
    made_at: Timestamp,
}

impl Seat {
    fn of(session: &Session) -> Self {
        let Session { id, account, proof, made_at, .. } = *session;
        Self { session: id, account, proof, made_at }
    }

    /// Whether a passkey may be added to the account from here. Whoever took over a session must
    /// not add one of their own to it: one that is there is shown first. Who has none yet must
    /// have just come in.
    pub(super) fn may_add(&self, viewer: &Viewer, account: &Account, now: Timestamp) -> bool {
        let age = now.unix_ms() - self.made_at.unix_ms();
        let has_just_come = account.passkeys == 0 && self.proof != Proof::Passkey && age < FRESH_MS;
        viewer.is_fresh || has_just_come
    }
}

/// Lets those in who are signed in, as a [`Viewer`] and a [`Seat`] among the request's extensions.
pub(crate) async fn gate(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    if !is_safe(request.method())
        && let Err(problem) = from_here(&shared, request.headers())
    {
        return problem.into_response();
    }
    match session::of(&shared, request.headers()).await {
        Ok(Some((session, account))) => {
            // A page is a page without it.
            let waiting = shared.look_up(|service| service.attention()).await;
            let viewer = Viewer {
                by: account.id,
                name: account.name,
                scopes: account.role.scopes().to_vec(),
                is_fresh: session.is_fresh(shared.service().now()),
                waiting: waiting.map_or(0, |matters| matters.len()),
            };
            request.extensions_mut().insert(viewer);
            request.extensions_mut().insert(Seat::of(&session));
            next.run(request).await
        }
        Ok(None) => turned_away(&request),
        Err(problem) => problem.into_response(),
    }
}

/// Lets those pass who showed a passkey a moment ago; others show it first.
pub(crate) async fn fresh(
    Extension(viewer): Extension<Viewer>,
    request: Request,
    next: Next,
) -> Response {
    if viewer.is_fresh {
        return next.run(request).await;
    }
    let from = is_safe(request.method()).then(|| path(request.uri()).to_owned());
    passkey_first(request.headers(), from)
}

/// Has a passkey shown, and then leads back; to the page of a form unless said otherwise.
pub(crate) fn passkey_first(headers: &HeaderMap, from: Option<String>) -> Response {
    if wants_data(headers) {
        let how = "show your passkey at /step-up first";
        return Problem::because(Kind::Forbidden, how).into_response();
    }
    let from = from.or_else(|| came_from(headers)).unwrap_or_else(|| "/".to_owned());
    Redirect::to(&format!("/step-up?next={}", next::escaped(next::or_first(Some(&from)))))
        .into_response()
}

fn turned_away(request: &Request) -> Response {
    if wants_data(request.headers()) {
        let how = "the session has ended; sign in at /sign-in";
        return Problem::because(Kind::Unauthorized, how).into_response();
    }
    // Of what was sent in a form nothing is kept, so there is no going back to it.
    let path = if is_safe(request.method()) { path(request.uri()) } else { "/" };
    match next::local(path) {
        None | Some("/") => Redirect::to("/sign-in").into_response(),
        Some(path) => {
            Redirect::to(&format!("/sign-in?next={}", next::escaped(path))).into_response()
        }
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether what is said goes to a script: it asks for data, or the path is a ceremony's.
pub(crate) fn is_for_script(request: &Request) -> bool {
    let path = request.uri().path();
    wants_data(request.headers()) || path.ends_with("/start") || path.ends_with("/finish")
}

/// Whether a script asks, which can do nothing with a page to sign in at.
fn wants_data(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let is_data =
        |kind: &str| kind.contains("text/event-stream") || kind.contains("application/json");
    is_data(text(header::ACCEPT)) || text(header::CONTENT_TYPE).contains("application/json")
}

fn path(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |path| path.as_str())
}

/// The page that a form was sent from. The gate saw that it is one of ours, so whatever the host is
/// called on either side of a proxy, its path is.
fn came_from(headers: &HeaderMap) -> Option<String> {
    let from: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    Some(path(&from).to_owned())
}
