//! A stand-in of Okta's management API, written from its published description (`management-minimal`):
//! users, sessions, life cycle, factors, devices, the System Log, and tokens for a service app.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Form, Json, Router};
use serde_json::{Value, json};
use unhook_app::identity::Step;

use crate::matrix::{LURE, SAM, SIGN_INS, StandIn};
use crate::oauth::{self, Issuer};
use crate::written;

pub(crate) const SAM_ID: &str = "00u1sam0000000000d1x";
pub(crate) const TOKEN: &str = "00stand-in-token";
pub(crate) const CLIENT: &str = "0oa1unhook0000000d1x";

#[derive(Default)]
pub(crate) struct User {
    login: String,
    status: &'static str,
    sessions: usize,
    tokens: usize,
    /// Id, kind, provider, when.
    factors: Vec<(&'static str, &'static str, &'static str, i64)>,
    /// Id, name, when, whether it is active.
    devices: Vec<(&'static str, &'static str, i64, bool)>,
}

#[derive(Default)]
pub(crate) struct Okta {
    users: Mutex<BTreeMap<&'static str, User>>,
    logs: Vec<Value>,
    pub(crate) issuer: Issuer,
    /// Where pages are said to go on, if elsewhere.
    pub(crate) elsewhere: Mutex<Option<String>>,
}

impl Okta {
    pub(crate) fn new() -> Arc<Self> {
        let logs = (0..SIGN_INS).map(log_event).collect();
        let okta = Self { logs, ..Self::default() };
        okta.reset();
        Arc::new(okta)
    }

    pub(crate) fn users(&self) -> MutexGuard<'_, BTreeMap<&'static str, User>> {
        self.users.lock().expect("no test fails while it holds this")
    }

    pub(crate) fn router(self: &Arc<Self>, base: &str) -> Router {
        let base = base.to_owned();
        let api = Router::new()
            .route("/api/v1/users/{id}", get(user))
            .route("/api/v1/users/{id}/sessions", delete(end_sessions))
            .route("/api/v1/users/{id}/lifecycle/{verb}", post(lifecycle))
            .route("/api/v1/users/{id}/factors", get(factors))
            .route("/api/v1/users/{id}/factors/{factor}", delete(remove_factor))
            .route("/api/v1/users/{id}/devices", get(devices))
            .route("/api/v1/devices/{device}/lifecycle/deactivate", post(deactivate))
            .route("/api/v1/logs", get(logs))
            .route_layer(axum::middleware::from_fn_with_state(Arc::clone(self), authorize));
        let token_url = format!("{base}/oauth2/v1/token");
        let token =
            post(move |State(okta): State<Arc<Self>>, Form(form): Form<oauth::Form>| async move {
                okta.issuer.by_assertion(&form, CLIENT, &[&token_url])
            });
        Router::new().route("/oauth2/v1/token", token).merge(api).with_state(Arc::clone(self))
    }
}

impl StandIn for Okta {
    fn reset(&self) {
        let sam = User {
            login: SAM.to_owned(),
            status: "ACTIVE",
            sessions: 2,
            tokens: 3,
            factors: vec![
                ("opf1old0000000000d1x", "push", "OKTA", LURE - 3_600_000),
                ("opf2new0000000000d1x", "token:software:totp", "GOOGLE", LURE + 600_000),
            ],
            devices: vec![
                ("guo1old0000000000d1x", "Sam's phone", LURE - 3_600_000, true),
                ("guo2new0000000000d1x", "a phone", LURE + 600_000, true),
            ],
        };
        let kim =
            User { login: "kim@acme.example".to_owned(), status: "ACTIVE", ..User::default() };
        *self.users() = BTreeMap::from([(SAM_ID, sam), ("00u2kim0000000000d1x", kim)]);
    }

    fn holds(&self, step: &Step) -> bool {
        let users = self.users();
        let sam = &users[SAM_ID];
        match step {
            Step::EndSessions => sam.sessions == 0,
            Step::RevokeTokens => sam.tokens == 0,
            Step::ExpirePassword => sam.status == "PASSWORD_EXPIRED",
            Step::Suspend => sam.status == "SUSPENDED",
            Step::Unsuspend => sam.status == "ACTIVE",
            Step::RemoveFactor(id) => sam.factors.iter().all(|factor| factor.0 != id),
            Step::RemoveDevice(id) => sam.devices.iter().any(|d| d.0 == id && !d.3),
            _ => false,
        }
    }

    fn expire_tokens(&self) {
        self.issuer.expire();
    }

    fn additions(&self) -> Vec<Step> {
        vec![
            Step::RemoveFactor("opf2new0000000000d1x".to_owned()),
            Step::RemoveDevice("guo2new0000000000d1x".to_owned()),
        ]
    }
}

type Shared = State<Arc<Okta>>;

async fn authorize(
    State(okta): Shared,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_known = given.is_some_and(|given| {
        // Okta's own SDK leaves the blank out.
        given.strip_prefix("SSWS").is_some_and(|token| token.trim_start() == TOKEN)
            || okta.issuer.knows(given)
    });
    if is_known {
        return next.run(request).await;
    }
    error(StatusCode::UNAUTHORIZED, "E0000011", "Invalid token provided")
}

fn error(status: StatusCode, code: &str, summary: &str) -> Response {
    let body = json!({
        "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae1",
        "errorCauses": [],
    });
    (status, Json(body)).into_response()
}

fn not_found(id: &str) -> Response {
    let summary = format!("Not found: Resource not found: {id} (User)");
    error(StatusCode::NOT_FOUND, "E0000007", &summary)
}

/// Does something to a user, by id or login as Okta takes them.
fn with(okta: &Okta, id: &str, act: impl FnOnce(&str, &mut User) -> Response) -> Response {
    let mut users = okta.users();
    let found = users.iter_mut().find(|(own, user)| **own == id || user.login == id);
    match found {
        Some((id, user)) => act(id, user),
        None => not_found(id),
    }
}

fn show(id: &str, user: &User) -> Response {
    let body = json!({
        "id": id, "status": user.status, "created": written(&(LURE - 86_400_000)),
        "profile": { "login": user.login, "email": user.login, "firstName": "S", "lastName": "A" },
        "credentials": { "provider": { "type": "OKTA", "name": "OKTA" } },
    });
    Json(body).into_response()
}

async fn user(State(okta): Shared, Path(id): Path<String>) -> Response {
    with(&okta, &id, |id, user| show(id, user))
}

async fn end_sessions(
    State(okta): Shared,
    Path(id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    with(&okta, &id, |_, user| {
        user.sessions = 0;
        if query.get("oauthTokens").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            user.tokens = 0;
        }
        StatusCode::NO_CONTENT.into_response()
    })
}

async fn lifecycle(State(okta): Shared, Path((id, verb)): Path<(String, String)>) -> Response {
    with(&okta, &id, |id, user| match (verb.as_str(), user.status) {
        ("expire_password", "ACTIVE" | "PASSWORD_EXPIRED") => {
            user.status = "PASSWORD_EXPIRED";
            show(id, user)
        }
        ("suspend", "ACTIVE") => {
            user.status = "SUSPENDED";
            Json(json!({})).into_response()
        }
        ("unsuspend", "SUSPENDED") => {
            user.status = "ACTIVE";
            Json(json!({})).into_response()
        }
        ("suspend", _) => error(
            StatusCode::BAD_REQUEST,
            "E0000001",
            "Api validation failed: Cannot suspend a user that is not active",
        ),
        ("unsuspend", _) => error(
            StatusCode::BAD_REQUEST,
            "E0000001",
            "Api validation failed: Cannot unsuspend a user that is not suspended",
        ),
        _ => error(
            StatusCode::FORBIDDEN,
            "E0000038",
            "This operation is not allowed in the user's current status.",
        ),
    })
}

async fn factors(State(okta): Shared, Path(id): Path<String>) -> Response {
    with(&okta, &id, |_, user| {
        let list: Vec<Value> = user
            .factors
            .iter()
            .map(|(id, kind, provider, at)| {
                json!({
                    "id": id, "factorType": kind, "provider": provider, "vendorName": provider,
                    "status": "ACTIVE", "created": written(at), "lastUpdated": written(at),
                    "profile": { "credentialId": user.login },
                })
            })
            .collect();
        Json(list).into_response()
    })
}

async fn remove_factor(
    State(okta): Shared,
    Path((id, factor)): Path<(String, String)>,
) -> Response {
    with(&okta, &id, |_, user| {
        let before = user.factors.len();
        user.factors.retain(|(id, ..)| *id != factor);
        if user.factors.len() == before {
            let summary = format!("Not found: Resource not found: {factor} (UserFactor)");
            return error(StatusCode::NOT_FOUND, "E0000007", &summary);
        }
        StatusCode::NO_CONTENT.into_response()
    })
}

async fn devices(State(okta): Shared, Path(id): Path<String>) -> Response {
    with(&okta, &id, |_, user| {
        // A deactivated device has no users any more.
        let active = user.devices.iter().filter(|device| device.3);
        let list: Vec<Value> = active
            .map(|(id, name, at, _)| {
                json!({
                    "created": written(at), "deviceUserId": "du1",
                    "device": {
                        "id": id, "status": "ACTIVE", "created": written(at),
                        "lastUpdated": written(at),
                        "profile": { "displayName": name, "platform": "IOS", "registered": true },
                        "resourceType": "UDDevice", "resourceId": id,
                    },
                })
            })
            .collect();
        Json(list).into_response()
    })
}

async fn deactivate(State(okta): Shared, Path(device): Path<String>) -> Response {
    let mut users = okta.users();
    let mut all = users.values_mut().flat_map(|user| &mut user.devices);
    match all.find(|(id, ..)| *id == device) {
        None => error(StatusCode::NOT_FOUND, "E0000007", "Not found: Resource not found (Device)"),
        Some(device) => {
            device.3 = false;
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

/// Two entries a page, and always a link to the next, as for whoever polls.
async fn logs(
    State(okta): Shared,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    const PAGE: usize = 2;
    let since = query.get("since").map_or("", String::as_str);
    let start = match query.get("after").map(|after| after.parse()) {
        Some(Ok(start)) => start,
        Some(Err(_)) => return error(StatusCode::BAD_REQUEST, "E0000001", "after"),
        None => okta
            .logs
            .iter()
            .take_while(|log| *log["published"].as_str().expect("a text") < *since)
            .count(),
    };
    let page: Vec<&Value> = okta.logs.iter().skip(start).take(PAGE).collect();
    let host = headers[header::HOST].to_str().expect("headers are ASCII");
    let base = okta
        .elsewhere
        .lock()
        .expect("no test fails while it holds this")
        .clone()
        .unwrap_or(format!("http://{host}"));
    let own = format!("<{base}/api/v1/logs?since={since}>; rel=\"self\"");
    let next =
        format!("<{base}/api/v1/logs?since={since}&after={}>; rel=\"next\"", start + page.len());
    let mut response = Json(&page).into_response();
    // A poll always has a next page, and each link a header of its own. A bounded query ends; its links
    // come in one header (RFC 9110, section 5.3), and Okta's SDK reads only such.
    if !query.contains_key("until") {
        response.headers_mut().append(header::LINK, own.parse().expect("it is well-formed"));
        response.headers_mut().append(header::LINK, next.parse().expect("it is well-formed"));
    } else if start + page.len() < okta.logs.len() {
        let both = format!("{own}, {next}");
        response.headers_mut().append(header::LINK, both.parse().expect("it is well-formed"));
    }
    response
}

/// One of its log.
pub(crate) fn log_event(index: usize) -> Value {
    let at = written(&(LURE + 180_000 + i64::try_from(index).expect("there are few") * 1_000));
    let (kind, result, reason) = match index {
        0 => ("user.session.start", "FAILURE", Some("INVALID_CREDENTIALS")),
        1 => ("user.authentication.auth_via_mfa", "FAILURE", Some("INVALID_CREDENTIALS")),
        2 => ("user.mfa.okta_verify.deny_push", "FAILURE", Some("User rejected Okta push verify")),
        3 => ("user.authentication.auth_via_mfa", "SUCCESS", None),
        _ => ("user.session.start", "SUCCESS", None),
    };
    json!({
        "actor": { "id": SAM_ID, "type": "User", "alternateId": SAM, "displayName": "Sam" },
        "client": {
            "userAgent": {
                "rawUserAgent": "Mozilla/5.0 (X11; Linux x86_64)", "os": "Linux", "browser": "FIREFOX",
            },
            "zone": "null", "device": "Computer", "id": null, "ipAddress": "198.51.100.7",
            "geographicalContext": {
                "city": "X", "state": "Y", "country": "Elsewhere", "postalCode": "1",
                "geolocation": { "lat": 1.0, "lon": 2.0 },
            },
        },
        "device": null,
        "authenticationContext": {
            "authenticationStep": 0, "externalSessionId": format!("idx{index}"),
        },
        "displayMessage": "User login to Okta", "eventType": kind,
        "outcome": { "result": result, "reason": reason },
        "published": at,
        "securityContext": {
            "asNumber": 64_500, "asOrg": "Example Hosting", "isp": "Example Hosting",
            "domain": "vpn.example", "isProxy": true,
        },
        "severity": "INFO",
        "debugContext": { "debugData": { "behaviors": "{New Device=POSITIVE, New IP=POSITIVE}" } },
        "legacyEventType": "core.user_auth.login_success",
        "transaction": { "type": "WEB", "id": "t1", "detail": {} },
        "uuid": format!("dc9fd3c0-598c-11ef-8478-00000000000{index}"), "version": "0",
        "request": { "ipChain": [{ "ip": "198.51.100.7", "version": "V4" }] },
        "target": null,
    })
}
