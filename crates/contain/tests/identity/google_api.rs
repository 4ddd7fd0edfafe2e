//! A stand-in of Google's Admin SDK, written from its discovery documents: users, sign-out, tokens,
//! passwords of applications, login reports, and tokens for a service account.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Form, Json, Router};
use serde_json::{Value, json};
use unhook_app::identity::Step;

use crate::matrix::{LURE, SAM, SIGN_INS, StandIn};
use crate::oauth::{self, Issuer, KEY};
use crate::written;

pub(crate) const SAM_ID: &str = "114511147312345678901";
pub(crate) const ACCOUNT: &str = "unhook@acme.iam.example";

#[derive(Default)]
struct User {
    login: &'static str,
    is_suspended: bool,
    must_change: bool,
    sessions: usize,
    tokens: Vec<&'static str>,
    /// Id, name, when.
    passwords: Vec<(i64, &'static str, i64)>,
}

#[derive(Default)]
pub(crate) struct Google {
    users: Mutex<BTreeMap<&'static str, User>>,
    logs: Vec<Value>,
    pub(crate) issuer: Issuer,
}

impl Google {
    pub(crate) fn new() -> Arc<Self> {
        let google = Self { logs: (0..SIGN_INS).map(activity).collect(), ..Self::default() };
        google.reset();
        Arc::new(google)
    }

    fn users(&self) -> MutexGuard<'_, BTreeMap<&'static str, User>> {
        self.users.lock().expect("no test fails while it holds this")
    }

    pub(crate) fn router(self: &Arc<Self>, base: &str) -> Router {
        let api = Router::new()
            .route("/users/{id}", get(user).patch(patch))
            .route("/users/{id}/signOut", post(sign_out))
            .route("/users/{id}/tokens", get(tokens))
            .route("/users/{id}/tokens/{client}", delete(remove_token))
            .route("/users/{id}/asps", get(passwords))
            .route("/users/{id}/asps/{code}", delete(remove_password));
        let reports = "/admin/reports/v1/activity/users/all/applications/login";
        let api = Router::new()
            .nest("/admin/directory/v1", api)
            .route(reports, get(activities))
            .route_layer(axum::middleware::from_fn_with_state(Arc::clone(self), authorize));
        let url = format!("{base}/token");
        let token = post(|State(google): Shared, Form(form): Form<oauth::Form>| async move {
            // Google's own client names Google's address, wherever it asks.
            let audiences = [url.as_str(), "https://oauth2.googleapis.com/token"];
            google.issuer.by_assertion(&form, ACCOUNT, &audiences)
        });
        Router::new().route("/token", token).merge(api).with_state(Arc::clone(self))
    }
}

/// The file that Google hands out for a service account.
pub(crate) fn key_file(base: &str) -> String {
    json!({
        "type": "service_account", "project_id": "acme", "private_key_id": "k1",
        "private_key": KEY, "client_email": ACCOUNT, "client_id": "1",
        "token_uri": format!("{base}/token"),
    })
    .to_string()
}

impl StandIn for Google {
    fn reset(&self) {
        let sam = User {
            login: SAM,
            sessions: 2,
            tokens: vec!["mail.apps.example", "drive.apps.example", "calendar.apps.example"],
            passwords: vec![(1, "printer", LURE - 3_600_000), (2, "mail", LURE + 600_000)],
            ..User::default()
        };
        *self.users() = BTreeMap::from([(SAM_ID, sam)]);
    }

    fn holds(&self, step: &Step) -> bool {
        let users = self.users();
        let sam = &users[SAM_ID];
        match step {
            Step::EndSessions => sam.sessions == 0,
            Step::RevokeTokens => sam.tokens.is_empty(),
            Step::ExpirePassword => sam.must_change,
            Step::Suspend => sam.is_suspended,
            Step::Unsuspend => !sam.is_suspended,
            Step::RemoveAppPassword(id) => sam.passwords.iter().all(|own| own.0.to_string() != *id),
            _ => false,
        }
    }

    fn expire_tokens(&self) {
        self.issuer.expire();
    }

    fn additions(&self) -> Vec<Step> {
        vec![Step::RemoveAppPassword("2".to_owned())]
    }
}

type Shared = State<Arc<Google>>;

async fn authorize(
    State(google): Shared,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.is_some_and(|given| google.issuer.knows(given)) {
        return next.run(request).await;
    }
    error(StatusCode::UNAUTHORIZED, "authError", "UNAUTHENTICATED")
}

fn error(status: StatusCode, reason: &str, name: &str) -> Response {
    let message = "Resource Not Found: userKey sam@acme.example";
    let errors = json!([{ "message": message, "domain": "global", "reason": reason }]);
    let error = json!({
        "code": status.as_u16(), "message": message, "errors": errors, "status": name,
    });
    (status, Json(json!({ "error": error }))).into_response()
}

fn with(google: &Google, id: &str, act: impl FnOnce(&str, &mut User) -> Response) -> Response {
    let mut users = google.users();
    let found = users.iter_mut().find(|(own, user)| **own == id || user.login == id);
    match found {
        Some((id, user)) => act(id, user),
        None => error(StatusCode::NOT_FOUND, "notFound", "NOT_FOUND"),
    }
}

fn show(id: &str, user: &User) -> Response {
    Json(json!({
        "kind": "admin#directory#user", "id": id, "primaryEmail": user.login,
        "suspended": user.is_suspended, "archived": false,
        "changePasswordAtNextLogin": user.must_change,
    }))
    .into_response()
}

async fn user(State(google): Shared, Path(id): Path<String>) -> Response {
    with(&google, &id, |id, user| show(id, user))
}

async fn patch(State(google): Shared, Path(id): Path<String>, Json(body): Json<Value>) -> Response {
    with(&google, &id, |id, user| {
        user.is_suspended = body["suspended"].as_bool().unwrap_or(user.is_suspended);
        user.must_change = body["changePasswordAtNextLogin"].as_bool().unwrap_or(user.must_change);
        show(id, user)
    })
}

async fn sign_out(State(google): Shared, Path(id): Path<String>) -> Response {
    with(&google, &id, |_, user| {
        user.sessions = 0;
        StatusCode::NO_CONTENT.into_response()
    })
}

async fn tokens(State(google): Shared, Path(id): Path<String>) -> Response {
    with(&google, &id, |id, user| {
        let mut body = json!({ "kind": "admin#directory#tokenList" });
        let items: Vec<Value> = user
            .tokens
            .iter()
            .map(|client| {
                json!({
                    "kind": "admin#directory#token", "clientId": client, "displayText": client,
                    "scopes": ["https://mail.example/"], "userKey": id,
                })
            })
            .collect();
        // Google leaves an empty list away.
        if !items.is_empty() {
            body["items"] = items.into();
        }
        Json(body).into_response()
    })
}

async fn remove_token(
    State(google): Shared,
    Path((id, client)): Path<(String, String)>,
) -> Response {
    with(&google, &id, |_, user| {
        let before = user.tokens.len();
        user.tokens.retain(|own| *own != client);
        gone(before, user.tokens.len())
    })
}

fn gone(before: usize, after: usize) -> Response {
    if after == before {
        return error(StatusCode::NOT_FOUND, "notFound", "NOT_FOUND");
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn passwords(State(google): Shared, Path(id): Path<String>) -> Response {
    with(&google, &id, |id, user| {
        let items: Vec<Value> = user
            .passwords
            .iter()
            .map(|(code, name, at)| {
                json!({
                    "kind": "admin#directory#asp", "codeId": code, "name": name, "userKey": id,
                    "creationTime": (at / 1000).to_string(), "lastTimeUsed": "0",
                })
            })
            .collect();
        Json(json!({ "kind": "admin#directory#aspList", "items": items })).into_response()
    })
}

async fn remove_password(State(google): Shared, Path((id, code)): Path<(String, i64)>) -> Response {
    with(&google, &id, |_, user| {
        let before = user.passwords.len();
        user.passwords.retain(|(own, ..)| *own != code);
        gone(before, user.passwords.len())
    })
}

/// Newest first, two a page.
async fn activities(State(google): Shared, query: Query<BTreeMap<String, String>>) -> Response {
    const PAGE: usize = 2;
    let from = query.get("startTime").map_or("", String::as_str);
    let start = query.get("pageToken").map_or(Ok(0), |token| token.parse());
    let Ok(start) = start else {
        return error(StatusCode::BAD_REQUEST, "invalid", "INVALID_ARGUMENT");
    };
    let late = google
        .logs
        .iter()
        .rev()
        .filter(|log| *log["id"]["time"].as_str().expect("a text") >= *from);
    let all: Vec<&Value> = late.collect();
    let items: Vec<&Value> = all.iter().skip(start).take(PAGE).copied().collect();
    let end = start + items.len();
    let mut body = json!({ "kind": "admin#reports#activities", "items": items });
    if end < all.len() {
        body["nextPageToken"] = end.to_string().into();
    }
    Json(body).into_response()
}

fn activity(index: usize) -> Value {
    let at = written(&(LURE + 180_000 + i64::try_from(index).expect("there are few") * 1_000));
    let parameter = |name: &str, value: &str| json!([{ "name": name, "value": value }]);
    let status = "login_challenge_status";
    let (name, parameters) = match index {
        0 => ("login_failure", parameter("login_failure_type", "login_failure_invalid_password")),
        1 => ("login_challenge", parameter(status, "Challenge Failed")),
        2 => ("suspicious_login", parameter("affected_email_address", SAM)),
        3 => ("login_verification", parameter(status, "Challenge Passed")),
        _ => ("login_success", parameter("login_type", "google_password")),
    };
    json!({
        "kind": "admin#reports#activity",
        "id": {
            "time": at, "uniqueQualifier": format!("-7351{index}"), "applicationName": "login",
            "customerId": "C1",
        },
        "actor": { "email": SAM, "profileId": SAM_ID },
        "ipAddress": "198.51.100.7",
        "networkInfo": { "ipAsn": [64_500], "regionCode": "ZZ", "subdivisionCode": "" },
        "events": [{ "type": "login", "name": name, "parameters": parameters }],
    })
}
