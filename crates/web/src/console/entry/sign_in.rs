//! The pages by which people come in and go: sign-in, an invitation, a link of this machine, showing
//! a passkey again, signing out.

use axum::Json;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use serde::{Deserialize, Serialize};
use unhook_app::accounts::{Proof, Purpose};

use super::cookie::Cookie;
use super::pages::{self, Join, SignIn, StepUp};
use super::{Seat, audit, browser, from_here, next, passkeys, session, within_rate};
use crate::console::frame::{self, Frame};
use crate::console::viewer::Viewer;
use crate::peer::Peer;
use crate::problem::{Kind, Problem};
use crate::web::Shared;

/// Where to go afterwards.
#[derive(Deserialize)]
pub(super) struct Wish {
    pub(super) next: Option<String>,
}

pub(super) async fn show(
    State(shared): State<Shared>,
    Query(wish): Query<Wish>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let next = next::or_first(wish.next.as_deref());
    if let Some(away) = elsewhere(&shared, &uri, &headers) {
        return Ok(away);
    }
    if session::of(&shared, &headers).await?.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    let console = shared.console();
    let f = Frame::new(&shared, &headers);
    let title = &f.w.entry.sign_in;
    let f = f.titled(title);
    let provider = console.provider.as_ref().map(|provider| {
        let begin = format!("/sign-in/oidc?next={}", next::escaped(next));
        (provider.name().to_owned(), begin)
    });
    let trouble = console.trouble().map(|trouble| trouble.to_string());
    Ok(frame::ok(&SignIn { f, next: next.to_owned(), trouble, provider }))
}

/// Whoever wrote this machine's number is sent to its name, to which their passkey belongs.
fn elsewhere(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let address = &shared.console().address;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let to = format!("{}{path}", address.origin());
    address.is_meant_by(host).then(|| Redirect::temporary(&to).into_response())
}

#[derive(Serialize)]
pub(super) struct SignedIn {
    signed_in: bool,
}

/// Whether whoever asks is signed in: a page that was opened from another site comes without a
/// cookie, what its script asks for does not.
pub(super) async fn state(
    State(shared): State<Shared>,
    headers: HeaderMap,
) -> Result<Json<SignedIn>, Problem> {
    let signed_in = session::of(&shared, &headers).await?.is_some();
    Ok(Json(SignedIn { signed_in }))
}

pub(super) async fn step_up(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Extension(seat): Extension<Seat>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let next = next::or_first(wish.next.as_deref()).to_owned();
    if viewer.is_fresh {
        return Ok(Redirect::to(&next).into_response());
    }
    let own = shared.look_up(move |service| service.accounts().passkeys(seat.account));
    if own.await?.is_empty() {
        return Ok(Redirect::to("/account?said=passkey-needed").into_response());
    }
    let f = Frame::new(&shared, &headers);
    let title = &f.w.entry.step_up;
    let f = f.titled(title);
    Ok(frame::ok(&StepUp { f, next }))
}

pub(super) async fn sign_out(
    State(shared): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    from_here(&shared, &headers)?;
    if let Some((session, account)) = session::of(&shared, &headers).await? {
        let (id, whose) = (session.id, account.id);
        shared.look_up(move |service| service.accounts().end(whose, Some(id))).await?;
        audit::record(&shared, whose, "session-ended", id, Some("signed out".to_owned())).await?;
    }
    let gone = Cookie::Session.clear(shared.console().address.is_secure());
    Ok((AppendHeaders([(header::SET_COOKIE, gone)]), Redirect::to("/sign-in")).into_response())
}

pub(super) async fn join(
    State(shared): State<Shared>,
    Path(code): Path<String>,
    peer: Option<Extension<Peer>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(away) = elsewhere(&shared, &uri, &headers) {
        return Ok(away);
    }
    if let Err(problem) = within_rate(&shared, &shared.console().codes, peer, &headers) {
        return Ok(too_many(&shared, &headers, &problem));
    }
    let Some(account) = passkeys::behind(&shared, &code).await? else {
        return Ok(gone(&shared, &headers));
    };
    let console = shared.console();
    let f = Frame::new(&shared, &headers);
    let title = &f.w.entry.welcome;
    let f = f.titled(title);
    let page = Join {
        name: account.name,
        role: pages::role_name(f.w, account.role).to_string(),
        browser: browser::name(&headers),
        trouble: console.trouble().map(|trouble| trouble.to_string()),
        provider: console.provider.as_ref().map(|provider| provider.name().to_owned()),
        code,
        f,
    };
    Ok(pages::hidden(frame::ok(&page)))
}

pub(super) async fn enter(
    State(shared): State<Shared>,
    Path(code): Path<String>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Err(problem) = within_rate(&shared, &shared.console().codes, peer, &headers) {
        return Ok(too_many(&shared, &headers, &problem));
    }
    let redeemed = shared
        .look_up(move |service| service.accounts().redeem(&code, Purpose::Enter, service.now()))
        .await?;
    let Some(account) = redeemed else {
        audit::refused(&shared, None, "used-link").await;
        return Ok(gone(&shared, &headers));
    };
    let cookie = session::begin(&shared, &headers, account.id, Proof::Link).await?;
    let page = pages::arrived(&shared, &headers, "/");
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), page).into_response())
}

/// A link that opens nothing, or nothing any more.
pub(super) fn gone(shared: &Shared, headers: &HeaderMap) -> Response {
    pages::message(shared, headers, StatusCode::NOT_FOUND, |w| (&w.entry.gone, &w.entry.gone_how))
}

fn too_many(shared: &Shared, headers: &HeaderMap, problem: &Problem) -> Response {
    let status = Kind::TooMany.status();
    let mut response =
        pages::message(shared, headers, status, |w| (&w.entry.wait, &w.entry.wait_how));
    if let Some(seconds) = problem.retry_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
