//! A stand-in of Microsoft Graph, version 1.0, written from its published reference: users, authentication
//! methods, registered devices, sign-in logs, and client credentials.

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

pub(crate) const SAM_ID: &str = "87d349ed-44d7-43e1-9a83-5f2406dee5bd";
pub(crate) const TENANT: &str = "acme.example";
pub(crate) const CLIENT: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const SECRET: &str = "a client's secret";

#[derive(Default)]
struct User {
    login: &'static str,
    is_enabled: bool,
    must_change: bool,
    sessions: usize,
    /// Kind, collection, id, when if Graph tells.
    methods: Vec<(&'static str, &'static str, &'static str, Option<i64>)>,
    /// Id, name, when.
    devices: Vec<(&'static str, &'static str, i64)>,
}

#[derive(Default)]
pub(crate) struct Entra {
    users: Mutex<BTreeMap<&'static str, User>>,
    logs: Vec<Value>,
    pub(crate) issuer: Issuer,
    /// Where pages are said to go on, if elsewhere.
    pub(crate) elsewhere: Mutex<Option<String>>,
}

impl Entra {
    pub(crate) fn new() -> Arc<Self> {
        let entra = Self { logs: (0..SIGN_INS).map(entry).collect(), ..Self::default() };
        entra.reset();
        Arc::new(entra)
    }

    fn users(&self) -> MutexGuard<'_, BTreeMap<&'static str, User>> {
        self.users.lock().expect("no test fails while it holds this")
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        let api = Router::new()
            .route("/v1.0/users/{id}", get(user).patch(patch))
            .route("/v1.0/users/{id}/revokeSignInSessions", post(revoke))
            .route("/v1.0/users/{id}/authentication/methods", get(methods))
            .route("/v1.0/users/{id}/authentication/{collection}/{method}", delete(remove_method))
            .route("/v1.0/users/{id}/registeredDevices", get(devices))
            .route("/v1.0/devices/{device}", delete(remove_device))
            .route("/v1.0/auditLogs/signIns", get(sign_ins))
            .route_layer(axum::middleware::from_fn_with_state(Arc::clone(self), authorize));
        let token = post(|State(entra): Shared, Form(form): Form<oauth::Form>| async move {
            entra.issuer.by_secret(&form, CLIENT, SECRET)
        });
        let path = format!("/{TENANT}/oauth2/v2.0/token");
        Router::new().route(&path, token).merge(api).with_state(Arc::clone(self))
    }
}

impl StandIn for Entra {
    fn reset(&self) {
        let sam = User {
            login: SAM,
            is_enabled: true,
            sessions: 2,
            methods: vec![
                ("password", "passwordMethods", "28c10230-6103-485e-b985-444c60001490", None),
                ("phone", "phoneMethods", "3179e48a-750b-4051-897c-87b9720928f7", None),
                ("fido2", "fido2Methods", "old-key", Some(LURE - 3_600_000)),
                (
                    "microsoftAuthenticator",
                    "microsoftAuthenticatorMethods",
                    "new-app",
                    Some(LURE + 600_000),
                ),
            ],
            devices: vec![
                ("dev-old", "Sam's laptop", LURE - 3_600_000),
                ("dev-new", "a laptop", LURE + 600_000),
            ],
            ..User::default()
        };
        let kim = User { login: "kim@acme.example", is_enabled: true, ..User::default() };
        *self.users() = BTreeMap::from([(SAM_ID, sam), ("kim", kim)]);
    }

    fn holds(&self, step: &Step) -> bool {
        let users = self.users();
        let sam = &users[SAM_ID];
        match step {
            Step::EndSessions | Step::RevokeTokens => sam.sessions == 0,
            Step::ExpirePassword => sam.must_change,
            Step::Suspend => !sam.is_enabled,
            Step::Unsuspend => sam.is_enabled,
            Step::RemoveFactor(id) => {
                sam.methods.iter().all(|method| format!("{}/{}", method.1, method.2) != *id)
            }
            Step::RemoveDevice(id) => sam.devices.iter().all(|device| device.0 != id),
            _ => false,
        }
    }

    fn expire_tokens(&self) {
        self.issuer.expire();
    }

    fn additions(&self) -> Vec<Step> {
        vec![
            Step::RemoveFactor("microsoftAuthenticatorMethods/new-app".to_owned()),
            Step::RemoveDevice("dev-new".to_owned()),
        ]
    }
}

type Shared = State<Arc<Entra>>;

async fn authorize(
    State(entra): Shared,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.is_some_and(|given| entra.issuer.knows(given)) {
        return next.run(request).await;
    }
    error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken")
}

fn error(status: StatusCode, code: &str) -> Response {
    let inner =
        json!({ "date": "2022-07-20T22:52:00", "request-id": "1", "client-request-id": "1" });
    let error = json!({ "code": code, "message": "for sam@acme.example", "innerError": inner });
    (status, Json(json!({ "error": error }))).into_response()
}

fn with(entra: &Entra, id: &str, act: impl FnOnce(&str, &mut User) -> Response) -> Response {
    let mut users = entra.users();
    let found = users.iter_mut().find(|(own, user)| **own == id || user.login == id);
    match found {
        Some((id, user)) => act(id, user),
        None => error(StatusCode::NOT_FOUND, "Request_ResourceNotFound"),
    }
}

async fn user(State(entra): Shared, Path(id): Path<String>) -> Response {
    with(&entra, &id, |id, user| {
        Json(json!({
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
            "id": id, "userPrincipalName": user.login, "accountEnabled": user.is_enabled,
        }))
        .into_response()
    })
}

async fn patch(State(entra): Shared, Path(id): Path<String>, Json(body): Json<Value>) -> Response {
    with(&entra, &id, |_, user| {
        if let Some(is_enabled) = body["accountEnabled"].as_bool() {
            user.is_enabled = is_enabled;
        }
        if body["passwordProfile"]["forceChangePasswordNextSignIn"] == true {
            user.must_change = true;
        }
        StatusCode::NO_CONTENT.into_response()
    })
}

async fn revoke(State(entra): Shared, Path(id): Path<String>) -> Response {
    with(&entra, &id, |_, user| {
        user.sessions = 0;
        Json(json!({ "value": true })).into_response()
    })
}

async fn methods(
    State(entra): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    query: Query<BTreeMap<String, String>>,
) -> Response {
    with(&entra, &id, |id, user| {
        let list = user
            .methods
            .iter()
            .map(|(kind, _, id, at)| {
                json!({
                    "@odata.type": format!("#microsoft.graph.{kind}AuthenticationMethod"),
                    "id": id, "createdDateTime": at.as_ref().map(written),
                })
            })
            .collect();
        page(list, &format!("/v1.0/users/{id}/authentication/methods"), &headers, &query, None)
    })
}

async fn remove_method(
    State(entra): Shared,
    Path((id, collection, method)): Path<(String, String, String)>,
) -> Response {
    with(&entra, &id, |_, user| {
        let before = user.methods.len();
        user.methods.retain(|own| (own.1, own.2) != (collection.as_str(), method.as_str()));
        if user.methods.len() == before {
            return error(StatusCode::NOT_FOUND, "resourceNotFound");
        }
        StatusCode::NO_CONTENT.into_response()
    })
}

async fn devices(
    State(entra): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    query: Query<BTreeMap<String, String>>,
) -> Response {
    with(&entra, &id, |id, user| {
        let list = user
            .devices
            .iter()
            .map(|(id, name, at)| {
                json!({
                    "@odata.type": "#microsoft.graph.device",
                    "id": id, "displayName": name, "registrationDateTime": written(at),
                })
            })
            .collect();
        page(list, &format!("/v1.0/users/{id}/registeredDevices"), &headers, &query, None)
    })
}

async fn remove_device(State(entra): Shared, Path(device): Path<String>) -> Response {
    let mut users = entra.users();
    for user in users.values_mut() {
        let before = user.devices.len();
        user.devices.retain(|(id, ..)| *id != device);
        if user.devices.len() < before {
            return StatusCode::NO_CONTENT.into_response();
        }
    }
    error(StatusCode::NOT_FOUND, "Request_ResourceNotFound")
}

/// Newest first, as Graph has them.
async fn sign_ins(
    State(entra): Shared,
    headers: HeaderMap,
    query: Query<BTreeMap<String, String>>,
) -> Response {
    let filter = query.get("$filter").map_or("", String::as_str);
    let from = filter.strip_prefix("createdDateTime ge ").unwrap_or("");
    let late = entra
        .logs
        .iter()
        .rev()
        .filter(|log| *log["createdDateTime"].as_str().expect("a text") >= *from);
    let elsewhere = entra.elsewhere.lock().expect("no test fails while it holds this").clone();
    page(late.cloned().collect(), "/v1.0/auditLogs/signIns", &headers, &query, elsewhere)
}

/// Two entries, and where the next two are.
fn page(
    all: Vec<Value>,
    path: &str,
    headers: &HeaderMap,
    query: &BTreeMap<String, String>,
    elsewhere: Option<String>,
) -> Response {
    const PAGE: usize = 2;
    let start = query.get("$skiptoken").map_or(Ok(0), |token| token.parse());
    let Ok(start) = start else { return error(StatusCode::BAD_REQUEST, "BadRequest") };
    let value: Vec<&Value> = all.iter().skip(start).take(PAGE).collect();
    let end = start + value.len();
    let mut body = json!({ "@odata.context": "x", "value": value });
    if end < all.len() {
        let host = headers[header::HOST].to_str().expect("headers are ASCII");
        let base = elsewhere.unwrap_or_else(|| format!("http://{host}"));
        let filter = query.get("$filter").map_or("", String::as_str).replace(' ', "%20");
        body["@odata.nextLink"] = format!("{base}{path}?$filter={filter}&$skiptoken={end}").into();
    }
    Json(body).into_response()
}

fn entry(index: usize) -> Value {
    let at = written(&(LURE + 180_000 + i64::try_from(index).expect("there are few") * 1_000));
    let (code, details) = match index {
        0 => (50_126, ""),
        1 => (50_074, ""),
        2 => (500_121, "MFA denied; user declined the authentication"),
        3 => (53_003, ""),
        _ => (0, "MFA completed in Azure AD"),
    };
    json!({
        "id": format!("66ea54eb-6301-4ee5-be62-ff5a759b010{index}"), "createdDateTime": at,
        "userDisplayName": "Sam", "userPrincipalName": SAM, "userId": SAM_ID,
        "appId": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "appDisplayName": "Portal",
        "ipAddress": "198.51.100.7", "clientAppUsed": "Browser", "correlationId": "c1",
        "conditionalAccessStatus": "notApplied", "isInteractive": true,
        "riskDetail": "none", "riskLevelAggregated": "none", "riskLevelDuringSignIn": "none",
        "riskState": "none", "riskEventTypes_v2": ["anonymizedIPAddress"],
        "status": { "errorCode": code, "failureReason": "x", "additionalDetails": details },
        "deviceDetail": {
            "deviceId": "", "displayName": "", "operatingSystem": "Linux", "browser": "Firefox",
            "isCompliant": false, "isManaged": false, "trustType": "",
        },
        "location": { "city": "X", "state": "Y", "countryOrRegion": "ZZ" },
    })
}
