//! Devices that ask over HTTPS (RFC 8484), each by a path of its own.
//!
//! The path is the key: who has it is answered wherever they are, and their look-ups are the
//! device's. Whoever has none finds nothing there.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use unhook_app::resolving::Client;

use super::core::{Asker, Begun, Core, Way};
use super::devices::Devices;

/// The largest request: a name, and padding that hides which.
pub const LARGEST_BODY: usize = 4_096;

const MEDIA_TYPE: &str = "application/dns-message";

#[derive(Clone)]
struct Https {
    core: Arc<Core>,
    devices: Arc<dyn Devices>,
}

/// Routes that answer.
pub(super) fn router(core: Arc<Core>, devices: Arc<dyn Devices>) -> Router {
    Router::new()
        .route("/dns-query/{token}", get(by_get).post(by_post))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(Https { core, devices })
}

#[derive(serde::Deserialize)]
struct Question {
    dns: Option<String>,
}

async fn by_get(
    State(https): State<Https>,
    Path(token): Path<String>,
    Query(question): Query<Question>,
) -> Response {
    let Some(device) = https.devices.device(&token) else { return not_found() };
    let bytes = question.dns.filter(|text| text.len() <= 2 * LARGEST_BODY);
    match bytes.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) {
        Some(bytes) => https.answer(&bytes, device).await,
        None => refuse(StatusCode::BAD_REQUEST, "`dns` is a DNS message in base64url"),
    }
}

async fn by_post(
    State(https): State<Https>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(device) = https.devices.device(&token) else { return not_found() };
    if headers.get(CONTENT_TYPE).is_none_or(|given| given != MEDIA_TYPE) {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/dns-message");
    }
    https.answer(&body, device).await
}

impl Https {
    async fn answer(&self, bytes: &[u8], device: Arc<str>) -> Response {
        let asker = Asker { client: Client::Device(device), way: Way::Stream };
        let mut out = Vec::new();
        match self.core.begin(bytes, &asker, &mut out) {
            Begun::Silent => return refuse(StatusCode::BAD_REQUEST, "that is no DNS query"),
            Begun::Answered => {}
            Begun::Later(request) => {
                if !self.core.finish(&request, bytes, &asker, &mut out).await {
                    let busy = StatusCode::SERVICE_UNAVAILABLE;
                    return refuse(busy, "too many look-ups wait; ask again");
                }
            }
        }
        // What a name is answered with may change at any moment, and devices remember by TTL.
        ([(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")], out).into_response()
    }
}

fn not_found() -> Response {
    refuse(StatusCode::NOT_FOUND, "no device has this path")
}

fn refuse(status: StatusCode, why: &'static str) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], why).into_response()
}
