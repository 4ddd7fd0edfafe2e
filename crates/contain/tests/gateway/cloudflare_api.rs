//! A stand-in of Cloudflare's API of Zero Trust lists, written from its published description: one list,
//! its entries in pages, and changes of it. Where the description is silent it is strict: it refuses
//! to add what is there and to remove what is not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;

pub(crate) const ACCOUNT: &str = "023e105f4ecef8ad9ca31a8372d0c353";
pub(crate) const LIST: &str = "f174e90a-fafe-4643-bbbc-4a0ed4fc8415";
pub(crate) const TOKEN: &str = "stand-in-token";

/// A name that it does not take.
pub(crate) const UNTAKEN: &str = "untaken.test";

/// The most entries of a page, whatever is asked for.
const PAGE: usize = 3;

pub(crate) struct Cloudflare {
    entries: Mutex<Vec<(String, Option<String>)>>,
    token: Mutex<String>,
    most: AtomicUsize,
    /// How many changes are taken before the next fail.
    changes_left: AtomicUsize,
    does_half: AtomicBool,
    claims_more: AtomicBool,
    requests: AtomicUsize,
    changed: watch::Sender<()>,
}

impl Default for Cloudflare {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
            token: Mutex::new(TOKEN.to_owned()),
            most: AtomicUsize::new(1_000),
            changes_left: AtomicUsize::new(usize::MAX),
            does_half: AtomicBool::new(false),
            claims_more: AtomicBool::new(false),
            requests: AtomicUsize::new(0),
            changed: watch::Sender::new(()),
        }
    }
}

impl Cloudflare {
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        const AT: &str = "/client/v4/accounts/{account}/gateway/lists/{list}";
        Router::new()
            .route(AT, get(details).patch(change))
            .route(&format!("{AT}/items"), get(items))
            .route_layer(axum::middleware::from_fn_with_state(Arc::clone(self), authorize))
            .with_state(Arc::clone(self))
    }

    pub(crate) fn entries(&self) -> MutexGuard<'_, Vec<(String, Option<String>)>> {
        self.entries.lock().expect("no test fails while it holds this")
    }

    /// What is in the list, by name.
    pub(crate) fn values(&self) -> Vec<String> {
        let mut values: Vec<String> = self.entries().iter().map(|entry| entry.0.clone()).collect();
        values.sort_unstable();
        values
    }

    /// By hand.
    pub(crate) fn put(&self, value: &str, description: Option<&str>) {
        self.entries().push((value.to_owned(), description.map(str::to_owned)));
    }

    pub(crate) fn take(&self, value: &str) {
        self.entries().retain(|entry| entry.0 != value);
    }

    pub(crate) fn accept(&self, token: &str) {
        token.clone_into(&mut self.token.lock().expect("no test fails while it holds this"));
    }

    pub(crate) fn hold_no_more_than(&self, most: usize) {
        self.most.store(most, Ordering::SeqCst);
    }

    pub(crate) fn refuse_changes_after(&self, count: usize) {
        self.changes_left.store(count, Ordering::SeqCst);
    }

    pub(crate) fn do_the_next_by_half(&self) {
        self.does_half.store(true, Ordering::SeqCst);
    }

    /// Says once that there is more than is told.
    pub(crate) fn claim_more(&self) {
        self.claims_more.store(true, Ordering::SeqCst);
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Waits until this is in the list.
    pub(crate) async fn becomes(&self, values: &[&str]) {
        let mut changed = self.changed.subscribe();
        while self.values() != values {
            changed.changed().await.expect("it lives as long as its test");
        }
    }
}

type Shared = State<Arc<Cloudflare>>;

fn error(status: StatusCode, code: u64, message: &str) -> Response {
    let body = json!({
        "success": false, "errors": [{ "code": code, "message": message }], "messages": [],
        "result": null,
    });
    (status, Json(body)).into_response()
}

async fn authorize(State(cloudflare): Shared, request: Request, next: Next) -> Response {
    cloudflare.requests.fetch_add(1, Ordering::SeqCst);
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let token = cloudflare.token.lock().expect("no test fails while it holds this").clone();
    if given != Some(format!("Bearer {token}")) {
        return error(StatusCode::FORBIDDEN, 10_000, "Authentication error");
    }
    let at = format!("/client/v4/accounts/{ACCOUNT}/gateway/lists/{LIST}");
    if !request.uri().path().starts_with(&at) {
        return error(StatusCode::NOT_FOUND, 2_011, "list not found");
    }
    next.run(request).await
}

fn entry((value, description): &(String, Option<String>)) -> Value {
    let mut entry = json!({ "value": value, "created_at": "2014-01-01T05:20:00.12345Z" });
    if let Some(description) = description {
        entry["description"] = description.as_str().into();
    }
    entry
}

fn head(cloudflare: &Cloudflare) -> Value {
    json!({
        "id": LIST, "name": "Unhook", "description": "", "type": "DOMAIN",
        "count": cloudflare.entries().len(), "created_at": "2014-01-01T05:20:00.12345Z",
        "updated_at": "2014-01-01T05:20:00.12345Z",
    })
}

fn success(result: Value) -> Response {
    Json(json!({ "success": true, "errors": [], "messages": [], "result": result })).into_response()
}

async fn details(State(cloudflare): Shared, Path(_): Path<(String, String)>) -> Response {
    success(head(&cloudflare))
}

async fn items(
    State(cloudflare): Shared,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let number = |key, usual| query.get(key).map_or(usual, |text| text.parse().expect("a number"));
    let (page, size) = (number("page", 1_usize), number("per_page", PAGE).clamp(1, PAGE));
    let entries = cloudflare.entries();
    let start = entries.len().min((page - 1) * size);
    let result: Vec<Value> = entries[start..].iter().take(size).map(entry).collect();
    let more = cloudflare.claims_more.load(Ordering::SeqCst);
    if result.is_empty() {
        cloudflare.claims_more.store(false, Ordering::SeqCst);
    }
    let body = json!({
        "success": true, "errors": [], "messages": [], "result": result,
        "result_info": {
            "count": result.len(), "page": page, "per_page": size,
            "total_count": entries.len() + usize::from(more),
        },
    });
    Json(body).into_response()
}

async fn change(State(cloudflare): Shared, Json(body): Json<Value>) -> Response {
    let left = cloudflare.changes_left.load(Ordering::SeqCst);
    if left == 0 {
        return error(StatusCode::SERVICE_UNAVAILABLE, 1_000, "away");
    }
    cloudflare.changes_left.store(left - 1, Ordering::SeqCst);
    let list = |key: &str| body[key].as_array().cloned().unwrap_or_default();
    let mut appended: Vec<(String, Option<String>)> = Vec::new();
    for item in list("append") {
        let value = item["value"].as_str().expect("it is a text").to_owned();
        appended.push((value, item["description"].as_str().map(str::to_owned)));
    }
    let removed: Vec<String> =
        list("remove").iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    let is_half = cloudflare.does_half.swap(false, Ordering::SeqCst);
    if is_half {
        appended.truncate(appended.len() / 2);
    }
    let result = apply(&cloudflare, appended, &removed);
    cloudflare.changed.send_replace(());
    match result {
        Err(message) => error(StatusCode::BAD_REQUEST, 2_001, message),
        Ok(()) if is_half => error(StatusCode::INTERNAL_SERVER_ERROR, 1_000, "internal error"),
        Ok(()) => success(head(&cloudflare)),
    }
}

fn apply(
    cloudflare: &Cloudflare,
    appended: Vec<(String, Option<String>)>,
    removed: &[String],
) -> Result<(), &'static str> {
    let mut entries = cloudflare.entries();
    let is_there = |value: &str| entries.iter().any(|entry| entry.0 == value);
    if appended.iter().any(|(value, _)| value == UNTAKEN) {
        return Err("invalid domain");
    }
    if appended.iter().any(|(value, _)| is_there(value)) {
        return Err("duplicate items");
    }
    if removed.iter().any(|value| !is_there(value)) {
        return Err("no such item");
    }
    if entries.len() + appended.len() - removed.len() > cloudflare.most.load(Ordering::SeqCst) {
        return Err("too many items");
    }
    entries.retain(|entry| !removed.contains(&entry.0));
    entries.extend(appended);
    Ok(())
}
