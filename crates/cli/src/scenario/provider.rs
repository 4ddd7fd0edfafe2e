//! A stand-in for the identity provider: as much of Okta's management API as ending sessions takes,
//! and its System Log of what scenarios have happen there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

/// One person's account.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    /// Sessions that are open: what each began with.
    sessions: Vec<Session>,
    /// Whether the password has to be changed before it is of use again.
    is_expired: bool,
    /// Foreign sessions that were ended, each by when it began and when it was over.
    pub(super) ended: Vec<(Instant, Instant)>,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    began: Instant,
    is_foreign: bool,
}

impl Account {
    /// Whether whoever has the old password is out, and stays out.
    pub(super) fn is_safe_again(&self) -> bool {
        !self.ended.is_empty() && self.is_expired && self.sessions.is_empty()
    }
}

#[derive(Debug)]
struct Shared {
    /// Who may ask.
    authorization: String,
    accounts: Mutex<BTreeMap<String, Account>>,
    sign_ins: AtomicU64,
}

/// The provider.
#[derive(Clone, Debug)]
pub(super) struct Provider(Arc<Shared>);

impl Provider {
    /// One where these have accounts.
    pub(super) fn new(token: &str, logins: impl Iterator<Item = String>) -> Self {
        let accounts = logins.map(|login| (login, Account::default())).collect();
        let shared = Shared {
            authorization: format!("SSWS {token}"),
            accounts: Mutex::new(accounts),
            sign_ins: AtomicU64::new(0),
        };
        Self(Arc::new(shared))
    }

    /// How every account stands.
    pub(super) fn accounts(&self) -> MutexGuard<'_, BTreeMap<String, Account>> {
        self.0.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody signs in with a person's password; what the System Log says of it.
    pub(super) fn sign_in(&self, login: &str, is_foreign: bool) -> Value {
        let session = Session { began: Instant::now(), is_foreign };
        self.accounts().entry(login.to_owned()).or_default().sessions.push(session);
        log_event(login, self.0.sign_ins.fetch_add(1, Ordering::Relaxed), is_foreign)
    }

    /// Its routes.
    pub(super) fn router(&self) -> axum::Router {
        axum::Router::new()
            .route("/api/v1/users/{user}", get(user))
            .route("/api/v1/users/{user}/sessions", delete(end_sessions))
            .route("/api/v1/users/{user}/lifecycle/expire_password", post(expire_password))
            .route("/api/v1/users/{user}/factors", get(nothing_of))
            .route("/api/v1/users/{user}/devices", get(nothing_of))
            .route("/api/v1/logs", get(nothing))
            .layer(from_fn_with_state(self.clone(), check))
            .with_state(self.clone())
    }
}

/// An entry of the System Log, as Okta writes it.
fn log_event(login: &str, number: u64, is_foreign: bool) -> Value {
    let new_device = if is_foreign { "POSITIVE" } else { "NEGATIVE" };
    let address = if is_foreign { "203.0.113.77" } else { "198.51.100.20" };
    json!({
        "uuid": format!("session-{number}"),
        "published": jiff::Timestamp::now().to_string(),
        "eventType": "user.session.start",
        "outcome": { "result": "SUCCESS" },
        "actor": { "id": login, "type": "User", "alternateId": login },
        "client": { "ipAddress": address },
        "securityContext": { "isProxy": is_foreign },
        "debugContext": { "debugData": { "behaviors": format!("{{New Device={new_device}}}") } },
        "authenticationContext": { "externalSessionId": format!("session-{number}") },
    })
}

/// Nobody asks without the token.
async fn check(State(provider): State<Provider>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    if given.is_none_or(|given| given != provider.0.authorization.as_str()) {
        return error(StatusCode::UNAUTHORIZED, "E0000011");
    }
    next.run(request).await
}

async fn user(State(provider): State<Provider>, Path(user): Path<String>) -> Response {
    let accounts = provider.accounts();
    let Some(account) = accounts.get(&user) else { return not_found() };
    let status = if account.is_expired { "PASSWORD_EXPIRED" } else { "ACTIVE" };
    Json(json!({ "id": user, "status": status, "profile": { "login": user } })).into_response()
}

async fn end_sessions(State(provider): State<Provider>, Path(user): Path<String>) -> Response {
    let now = Instant::now();
    provider.change(&user, |account| {
        let foreign = account.sessions.drain(..).filter(|session| session.is_foreign);
        account.ended.extend(foreign.map(|session| (session.began, now)));
        StatusCode::NO_CONTENT.into_response()
    })
}

async fn expire_password(State(provider): State<Provider>, Path(user): Path<String>) -> Response {
    provider.change(&user, |account| {
        account.is_expired = true;
        Json(json!({ "id": user, "status": "PASSWORD_EXPIRED" })).into_response()
    })
}

async fn nothing_of(State(provider): State<Provider>, Path(user): Path<String>) -> Response {
    provider.change(&user, |_| Json(json!([])).into_response())
}

async fn nothing() -> Json<Value> {
    Json(json!([]))
}

impl Provider {
    fn change(&self, user: &str, change: impl FnOnce(&mut Account) -> Response) -> Response {
        self.accounts().get_mut(user).map_or_else(not_found, change)
    }
}

fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, "E0000007")
}

fn error(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({ "errorCode": code }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_log_says_is_read_as_a_foreign_session() {
        let provider = Provider::new("t", ["ann@acme.example".to_owned()].into_iter());
        let events =
            [true, false].map(|is_foreign| provider.sign_in("ann@acme.example", is_foreign));
        let log = serde_json::to_vec(&events).unwrap();
        let (read, unread) = unhook_contain::identity::okta::read_log(&log).unwrap();
        assert_eq!(unread, 0);
        let marks: Vec<_> = read
            .iter()
            .map(|sign_in| (sign_in.device.is_new, sign_in.network.is_anonymous))
            .collect();
        assert_eq!(marks, [(Some(true), Some(true)), (Some(false), Some(false))]);
        assert_ne!(read[0].id, read[1].id);
        assert!(!provider.accounts()["ann@acme.example"].is_safe_again());
    }
}
