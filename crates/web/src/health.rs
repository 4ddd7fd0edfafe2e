//! What operators and their machines look at: whether it lives, whether it can take texts, and
//! what it has done so far.
//!
//! On a listener of its own, `/metrics` asks for nothing. Without one it stands on the public
//! listener, for those on this very machine and for whoever holds a token with `read`.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use unhook_app::Scope;
use unhook_app::coverage::Coverage;

use crate::peer::{Peer, is_local};
use crate::problem::{Kind, Problem};
use crate::web::Shared;
use crate::{exposition, gate};

/// How it is, for machines that look often.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Status {
    /// `ok`.
    status: &'static str,
}

const OK: Status = Status { status: "ok" };

/// It answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", security(()),
    responses((status = 200, description = "It lives", body = Status)))]
pub(crate) async fn healthz() -> Json<Status> {
    Json(OK)
}

/// It can take texts.
///
/// What troubles it, only the admin listener says.
#[utoipa::path(get, path = "/readyz", tag = "operation", security(()),
    responses((status = 200, description = "It can take texts", body = Status)))]
pub(crate) async fn readyz(State(shared): State<Shared>) -> Result<Json<Status>, Problem> {
    if shared.service().health().troubles.is_empty() {
        return Ok(Json(OK));
    }
    Err(Problem::because(Kind::Unavailable, "not ready; the admin listener and the log say why"))
}

/// [`readyz`] with what is wrong, for those who are to mend it.
pub(crate) async fn readyz_with_troubles(State(shared): State<Shared>) -> Response {
    let troubles = shared.service().health().troubles;
    let status = if troubles.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if troubles.is_empty() { OK.status } else { "not ready" };
    (status, Json(serde_json::json!({ "status": word, "troubles": troubles }))).into_response()
}

/// Counts since the start, in Prometheus' text format.
pub(crate) async fn metrics(State(shared): State<Shared>) -> Response {
    let mut text = exposition::write(&shared.service().counts(), &shared.traffic().series());
    if let Some(status) = shared.settings().coverage.as_deref().and_then(Coverage::resolver) {
        text += &exposition::resolver(&status);
    }
    text += &exposition::process();
    if let Some(extra) = &shared.settings().extra_metrics {
        text += &extra();
    }
    ([(header::CONTENT_TYPE, exposition::CONTENT_TYPE)], text).into_response()
}

/// Counts since the start, in Prometheus' text format.
///
/// For those on this very machine, and for a token with `read`; not here at all where the
/// operator has set an admin listener.
#[utoipa::path(get, path = "/metrics", tag = "operation", security((), ("bearer" = ["read"])),
    responses((status = 200, description = "The metrics", content_type = "text/plain",
        body = String)))]
pub(crate) async fn public_metrics(
    State(shared): State<Shared>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !is_local(peer.map(|Extension(peer)| peer), &headers) {
        gate::enter(&shared, &headers, Scope::Read)?;
    }
    Ok(metrics(State(shared)).await)
}
