//! The transmitter as HTTP (SSF 1.0, sections 7 and 8; RFC 8936). Whoever binds the listener bounds
//! connections; bodies are bounded here.

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::streams::{METHODS, MOST_POLLED, StreamError};
use super::transmitter::{Subscriber, Transmitter};

/// The largest body, in bytes: what acknowledges a few thousand events.
const LARGEST_BODY: usize = 256 * 1024;

/// The longest text that a verification repeats, in bytes.
const LONGEST_STATE: usize = 1_024;

type Shared = State<Arc<Transmitter>>;

/// Serves `/.well-known/ssf-configuration` and what lies below `/ssf/`, at the issuer's address.
pub fn router(transmitter: Arc<Transmitter>) -> Router {
    let streams = get(read).post(create).patch(update).put(replace).delete(remove);
    Router::new()
        .route("/.well-known/ssf-configuration", get(configuration))
        .route("/ssf/jwks.json", get(jwks))
        .route("/ssf/streams", streams)
        .route("/ssf/status", get(read_status).post(set_status))
        .route("/ssf/verify", post(verify))
        .route("/ssf/poll", post(poll))
        .with_state(transmitter)
}

async fn configuration(State(transmitter): Shared) -> Response {
    let issuer = &transmitter.issuer.url;
    let body = json!({
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/ssf/jwks.json"),
        "delivery_methods_supported": METHODS,
        "configuration_endpoint": format!("{issuer}/ssf/streams"),
        "status_endpoint": format!("{issuer}/ssf/status"),
        "verification_endpoint": format!("{issuer}/ssf/verify"),
        "authorization_schemes": [{ "spec_urn": "urn:ietf:rfc:6750" }],
        "default_subjects": "ALL",
    });
    axum::Json(body).into_response()
}

async fn jwks(State(transmitter): Shared) -> Response {
    // A new key is to be known within the hour.
    let age = [(header::CACHE_CONTROL, "max-age=3600")];
    (age, axum::Json(transmitter.issuer.jwks())).into_response()
}

/// Names a stream in a query.
#[derive(Default, Deserialize)]
struct Named {
    stream_id: Option<String>,
}

async fn read(
    State(transmitter): Shared,
    headers: HeaderMap,
    Query(named): Query<Named>,
) -> Response {
    let Some(own) = known(&transmitter, &headers) else { return unknown() };
    let shown = show(&transmitter, own).await;
    match (named.stream_id, shown) {
        (None, shown) => axum::Json(Value::from_iter(shown)).into_response(),
        (Some(id), Some(shown)) if shown["stream_id"] == id => axum::Json(shown).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn show(transmitter: &Transmitter, own: &Subscriber) -> Option<Value> {
    let issuer = &transmitter.issuer.url;
    let look = |streams: &super::streams::Streams| {
        streams.of(&own.name).map(|stream| stream.show(issuer, &own.audience))
    };
    transmitter.look(look).await
}

async fn create(State(transmitter): Shared, request: Request) -> Response {
    let Some(own) = known(&transmitter, request.headers()) else { return unknown() };
    let body = match json_of(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let id = transmitter.fresh_id();
    let made = transmitter.change(|all| all.create(&own.name, id, &body, &own.push_hosts)).await;
    changed(&transmitter, own, made, StatusCode::CREATED).await
}

async fn update(state: Shared, request: Request) -> Response {
    change(state, request, false).await
}

async fn replace(state: Shared, request: Request) -> Response {
    change(state, request, true).await
}

async fn change(State(transmitter): Shared, request: Request, is_whole: bool) -> Response {
    let Some(own) = known(&transmitter, request.headers()) else { return unknown() };
    let body = match json_of(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let hosts = &own.push_hosts;
    let made = transmitter.change(|all| all.change(&own.name, &body, hosts, is_whole)).await;
    changed(&transmitter, own, made, StatusCode::OK).await
}

async fn changed(
    transmitter: &Transmitter,
    own: &Subscriber,
    made: std::io::Result<Result<(), StreamError>>,
    status: StatusCode,
) -> Response {
    match outcome(made) {
        Ok(()) => (status, axum::Json(show(transmitter, own).await)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn remove(
    State(transmitter): Shared,
    headers: HeaderMap,
    Query(named): Query<Named>,
) -> Response {
    let Some(own) = known(&transmitter, &headers) else { return unknown() };
    let id = named.stream_id.unwrap_or_default();
    match outcome(transmitter.change(|all| all.delete(&own.name, &id)).await) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn read_status(
    State(transmitter): Shared,
    headers: HeaderMap,
    Query(named): Query<Named>,
) -> Response {
    let Some(own) = known(&transmitter, &headers) else { return unknown() };
    let status = transmitter.look(|all| {
        let stream = all.of(&own.name).filter(|own| Some(&own.id) == named.stream_id.as_ref())?;
        Some(json!({ "stream_id": stream.id, "status": stream.status.name() }))
    });
    match status.await {
        Some(status) => axum::Json(status).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn set_status(State(transmitter): Shared, request: Request) -> Response {
    let Some(own) = known(&transmitter, request.headers()) else { return unknown() };
    let body = match json_of(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    match outcome(transmitter.change(|all| all.set_status(&own.name, &body)).await) {
        Ok(()) => {
            let status = json!({ "stream_id": body["stream_id"], "status": body["status"] });
            axum::Json(status).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn verify(State(transmitter): Shared, request: Request) -> Response {
    let Some(own) = known(&transmitter, request.headers()) else { return unknown() };
    let body = match json_of(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let is_own = transmitter
        .look(|all| all.of(&own.name).is_some_and(|stream| body["stream_id"] == *stream.id));
    if !is_own.await {
        return StatusCode::NOT_FOUND.into_response();
    }
    let state = body["state"].as_str().map(str::to_owned);
    if state.as_ref().is_some_and(|state| state.len() > LONGEST_STATE) {
        return malformed("state").into_response();
    }
    match outcome(transmitter.verify(own, state).await) {
        Ok(()) => {
            // What comes of it, the receiver sees: that is what it asked for.
            let pushing = Arc::clone(&transmitter);
            tokio::spawn(async move {
                if let Err(error) = pushing.flush().await {
                    tracing::info!(%error, "a receiver that asked for a verification took none");
                }
            });
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// Answers at once, also where nothing waits; a receiver asks again (RFC 8936, section 2.4).
async fn poll(State(transmitter): Shared, request: Request) -> Response {
    let Some(own) = known(&transmitter, request.headers()) else { return unknown() };
    let body = match json_of(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    // What a receiver cannot read it says so, and it would not the next time either.
    let wrong = body["setErrs"].as_object();
    for (id, error) in wrong.into_iter().flatten() {
        let code = error["err"].as_str().unwrap_or_default().escape_debug().to_string();
        tracing::warn!(receiver = own.name, ?id, code, "a receiver cannot read an event");
    }
    let taken = body["ack"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let ids: Vec<&str> = taken.chain(wrong.into_iter().flatten().map(|(id, _)| &**id)).collect();
    if !ids.is_empty() {
        let kept = transmitter.change(|all| {
            all.remove(&own.name, &ids);
            Ok(())
        });
        if let Err(refusal) = outcome(kept.await) {
            return refusal.into_response();
        }
    }
    let most = body["maxEvents"]
        .as_u64()
        .map_or(MOST_POLLED, |most| usize::try_from(most).unwrap_or(usize::MAX));
    let (sets, has_more) = transmitter.poll(own, most).await;
    axum::Json(json!({ "sets": sets, "moreAvailable": has_more })).into_response()
}

/// Who asks (RFC 6750).
fn known<'a>(transmitter: &'a Transmitter, headers: &HeaderMap) -> Option<&'a Subscriber> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = given.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    transmitter.subscriber(token.trim())
}

fn unknown() -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response()
}

/// Why something is not done: a status, and what was wrong with the request.
struct Refusal(StatusCode, Option<&'static str>);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Some(what) = self.1 else { return self.0.into_response() };
        let body = json!({ "err": "invalid_request", "description": what });
        (self.0, axum::Json(body)).into_response()
    }
}

async fn json_of(request: Request) -> Result<Value, Refusal> {
    let body = to_bytes(request.into_body(), LARGEST_BODY).await;
    let body = body.map_err(|_| Refusal(StatusCode::PAYLOAD_TOO_LARGE, None))?;
    serde_json::from_slice(&body).map_err(|_| malformed("the body is no JSON"))
}

const fn malformed(what: &'static str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, Some(what))
}

fn outcome(result: std::io::Result<Result<(), StreamError>>) -> Result<(), Refusal> {
    let error = match result {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(error) => {
            tracing::error!(%error, "streams of shared signals cannot be kept");
            return Err(Refusal(StatusCode::SERVICE_UNAVAILABLE, None));
        }
    };
    Err(match error {
        StreamError::Malformed(what) => malformed(what),
        StreamError::NotFound => Refusal(StatusCode::NOT_FOUND, None),
        StreamError::Exists => Refusal(StatusCode::CONFLICT, None),
        StreamError::Full => Refusal(StatusCode::TOO_MANY_REQUESTS, None),
    })
}
