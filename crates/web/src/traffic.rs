//! Traffic: what was asked and how that went, counted for metrics and written to the log.
//!
//! Nothing personal is in either: a route is named by its template, and no query, body or
//! address is looked at. What a handler breaks on ends here as an answer.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::problem::{Kind, Problem};
use crate::web::Shared;

/// Upper ends of the histogram's buckets, in seconds: a judgement, a write, trouble.
pub(crate) const BUCKETS: [f64; 6] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5];

/// How requests of one route with one method and status went.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series {
    pub(crate) count: u64,
    pub(crate) seconds: f64,
    /// How many took up to the end of each bucket and longer than the one before.
    pub(crate) buckets: [u64; BUCKETS.len()],
}

/// A route, a method and a status. Routes and methods are ours, so there are few.
pub(crate) type Label = (String, &'static str, u16);

/// How requests went since the start.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    series: Mutex<BTreeMap<Label, Series>>,
}

impl Traffic {
    fn count(&self, label: Label, took: Duration) {
        let mut all = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let series = all.entry(label).or_default();
        let seconds = took.as_secs_f64();
        series.count += 1;
        series.seconds += seconds;
        if let Some(at) = BUCKETS.iter().position(|end| seconds <= *end) {
            series.buckets[at] += 1;
        }
    }

    /// All of it, in order.
    pub(crate) fn series(&self) -> Vec<(Label, Series)> {
        let all = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(label, series)| (label.clone(), series.clone())).collect()
    }
}

/// Counts and logs a request.
pub(crate) async fn observe(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    // What matched no route is counted as one, or strangers would make labels.
    let route = matched.map_or("(none)", MatchedPath::as_str).to_owned();
    let method = method_name(request.method());
    let start = Instant::now();
    let response = unbroken(next.run(request), &route).await;
    let took = start.elapsed();
    let status = response.status().as_u16();
    tracing::info!(target: "unhook::access", method, route, status, micros = took.as_micros() as u64);
    shared.traffic().count((route, method, status), took);
    response
}

/// An answer whatever happens: what a handler panics on is a fault of ours, and logged as one.
async fn unbroken(answer: impl Future<Output = Response>, route: &str) -> Response {
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(route, "a request broke its handler");
            Problem::new(Kind::Broken).into_response()
        }
    }
}

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_counts_in_one_bucket() {
        let traffic = Traffic::default();
        let label = || ("/x".to_owned(), "GET", 200);
        for milliseconds in [1, 2, 5, 6, 60_000] {
            traffic.count(label(), Duration::from_millis(milliseconds));
        }
        let series = &traffic.series()[0].1;
        assert_eq!((series.count, series.buckets), (5, [1, 2, 1, 0, 0, 0]));
    }

    #[tokio::test]
    async fn a_broken_handler_is_an_answer() {
        let response = unbroken(async { panic!("on purpose") }, "/x").await;
        assert_eq!(response.status(), 500);
    }

    #[test]
    fn strange_methods_make_no_labels() {
        assert_eq!(method_name(&Method::from_bytes(b"BREW").unwrap()), "other");
    }
}
