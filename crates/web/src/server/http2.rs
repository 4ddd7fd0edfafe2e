//! HTTP/2 (RFC 9113): many requests at once on one connection, and what a stranger can hold by that.
//!
//! A connection may have so many requests, so many bytes of heads among them, and windows so small
//! that what is on its way in either direction is bounded. It ends when the other end has nothing
//! asked, or leaves what it asked for lying, for too long: gracefully first, and then by force. A
//! request that never becomes whole counts for nothing there, so a trickle of it holds nothing open.
//! An other end that has gone without a word is noticed by a ping.
//!
//! Behind this, a request looks as it would have come by HTTP/1.1: its path, and whom it asks in
//! `Host`. So whoever compares a host has one place to look at. There is no server push and no
//! tunnel through `CONNECT`.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};

use super::turns::{Dealt, Turns};
use super::{ConnectionBounds, LONGEST_HEAD, MOST_HEADERS, Stopping};

/// The most requests at once on a connection, as many as DNS questions over TLS: a phone has all of
/// its questions on one.
const MOST_STREAMS: u32 = 64;

/// The most bytes of heads of all requests at once on a connection: a browser that has all its
/// requests under way stays below it, and a stranger holds no more by many requests than by few.
const MOST_OF_HEADS: usize = 4 * LONGEST_HEAD;

/// How much of a body may come before it is read, in bytes: what the protocol begins with. A mail of
/// 8 MiB comes through it within the time of a body unless a fifth of a second lies between.
const WINDOW: u32 = (64 << 10) - 1;

/// How much of all bodies of a connection may, so that one that nobody reads does not hold up others.
const WINDOW_OF_ALL: u32 = 2 * WINDOW;

/// How much of an answer may wait to be sent, and how much is sent at once, in bytes: a frame, as
/// long as every other end takes it (RFC 9113, section 4.2).
const PIECE: u32 = 16 << 10;

/// The most requests that are taken back before they were looked at: who sends more of them, asks
/// in order to make work (CVE-2023-44487).
const MOST_TAKEN_BACK: usize = 20;

/// The most requests refused for breaking the protocol on a connection; a client that keeps to it has
/// none.
const MOST_BROKEN: usize = 256;

/// How long a connection may be silent before it is asked whether it is still there: live pages
/// are silent for long.
const PING_AFTER: Duration = Duration::from_secs(60);

/// Answers the requests of a connection until it ends.
pub(super) async fn serve<S>(
    stream: S,
    router: Router,
    bounds: &ConnectionBounds,
    stopping: &Stopping,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let turns = Turns::new();
    let router = router.layer(from_fn_with_state(turns.clone(), answer));
    let service = TowerToHyperService::new(router.into_service::<Incoming>());
    let connection = builder(bounds).serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = turns.silent(bounds.head_time) => None,
        () = stopping.begun() => None,
    };
    if ended.is_none() {
        // What is under way may end; a slow end takes its answer meanwhile.
        connection.as_mut().graceful_shutdown();
        ended = tokio::select! {
            ended = connection => Some(ended),
            () = turns.silent(bounds.head_time + bounds.write_time) => None,
        };
    }
    match ended {
        Some(Ok(())) => {}
        Some(Err(error)) => tracing::debug!(%error, "a connection ended early"),
        None => tracing::debug!("a connection was silent for too long"),
    }
}

fn builder(bounds: &ConnectionBounds) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_header_list_size(LONGEST_HEAD as u32)
        .max_concurrent_streams(MOST_STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW_OF_ALL)
        .max_frame_size(PIECE)
        .max_send_buf_size(PIECE as usize)
        .max_pending_accept_reset_streams(MOST_TAKEN_BACK)
        .max_local_error_reset_streams(MOST_BROKEN)
        .keep_alive_interval(PING_AFTER)
        // The ping stands behind what was sent before it, on however slow a line.
        .keep_alive_timeout(bounds.write_time);
    builder
}

async fn answer(State(turns): State<Turns>, request: Request, next: Next) -> Response {
    let has_few = request.headers().len() <= MOST_HEADERS;
    let turn = turns.begin(length(&request), MOST_OF_HEADS).filter(|_| has_few);
    let Some(turn) = turn else {
        return StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response();
    };
    let response = next.run(as_by_http1(request)).await;
    response.map(|answer| Body::new(Dealt::new(answer, PIECE as usize, turn)))
}

/// How long a head is, about.
fn length(request: &Request) -> usize {
    let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let headers = request.headers().iter();
    path + headers.map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
}

/// With whom it asks in `Host` and nowhere else. What stands in `:authority` goes before what may
/// stand in `Host` beside it (RFC 9113, section 8.3.1).
fn as_by_http1(mut request: Request) -> Request {
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    let host = parts.authority.as_ref().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().insert(header::HOST, host);
    }
    let path = parts.path_and_query.take();
    *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
    request
}

#[cfg(test)]
mod tests;
