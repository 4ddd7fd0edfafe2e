//! A stand-in of Twilio's Messages API, written from its published description (OpenAPI,
//! `twilio_api_v2010`, operation `CreateMessage`): what is required, what comes back, and how
//! errors look. The number a text goes to picks the outcome.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use tokio::net::TcpListener;

pub(crate) const SID: &str = "ACfedcbafedcbafedcbafedcbafedcbaf0";
pub(crate) const TOKEN: &str = "correct-horse";
pub(crate) const FROM: &str = "+12015550199";

pub(crate) const CREATED: &str = "+12015550100";
pub(crate) const TOO_MANY: &str = "+12015550101";
pub(crate) const STOPPED: &str = "+12015550102";
pub(crate) const LOST: &str = "+12015550103";
pub(crate) const BROKEN: &str = "+12015550104";
pub(crate) const GATEWAY: &str = "+12015550105";
pub(crate) const FAILED_AT_ONCE: &str = "+12015550106";
pub(crate) const GARBLED: &str = "+12015550107";
pub(crate) const MOVED: &str = "+12015550108";
pub(crate) const DOWN: &str = "+12015550109";

type Parameters = Vec<(String, String)>;

/// What was asked for, in order.
#[derive(Clone, Default)]
pub(crate) struct Api {
    asked: Arc<Mutex<Vec<Parameters>>>,
}

impl Api {
    /// Starts one on a free port of this machine, which serves as long as the runtime lives.
    pub(crate) async fn start() -> (Self, String) {
        let api = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = Router::new()
            .route("/2010-04-01/Accounts/{account}", get(account))
            .route("/2010-04-01/Accounts/{sid}/{messages}", post(create))
            .with_state(api.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        (api, url)
    }

    /// What was asked for, and nothing from now on.
    pub(crate) fn take(&self) -> Vec<Parameters> {
        std::mem::take(&mut self.asked.lock().expect("lock"))
    }
}

fn is_let_in(headers: &HeaderMap) -> bool {
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{SID}:{TOKEN}")));
    headers.get("authorization").is_some_and(|value| value == expected.as_str())
}

/// The account itself (operation `FetchAccount`).
async fn account(Path(account): Path<String>, headers: HeaderMap) -> Response {
    if !is_let_in(&headers) {
        return error(StatusCode::UNAUTHORIZED, 20003, "Authenticate");
    }
    if account != format!("{SID}.json") {
        return error(StatusCode::NOT_FOUND, 20404, "not found");
    }
    let answer = json!({
        "auth_token": TOKEN, "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
        "friendly_name": "Acme of Ana", "owner_account_sid": SID, "sid": SID,
        "status": "active", "subresource_uris": {}, "type": "Full",
    });
    (StatusCode::OK, Json(answer)).into_response()
}

async fn create(
    State(api): State<Api>,
    Path((sid, messages)): Path<(String, String)>,
    headers: HeaderMap,
    Form(parameters): Form<Parameters>,
) -> Response {
    if !is_let_in(&headers) {
        return error(StatusCode::UNAUTHORIZED, 20003, "Authenticate");
    }
    if sid != SID || messages != "Messages.json" {
        return error(StatusCode::NOT_FOUND, 20404, "not found");
    }
    let of = |name: &str| {
        parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let to = of("To").unwrap_or_default();
    let body = of("Body").unwrap_or_default();
    let (from, service) = (of("From"), of("MessagingServiceSid"));
    api.asked.lock().expect("lock").push(parameters.clone());
    if to.is_empty() {
        return error(StatusCode::BAD_REQUEST, 21604, "A 'To' phone number is required.");
    }
    if from.is_none() && service.is_none() {
        return error(StatusCode::BAD_REQUEST, 21603, "A 'From' phone number is required.");
    }
    if body.is_empty() {
        return error(StatusCode::BAD_REQUEST, 21602, "Message body is required.");
    }
    if body.chars().count() > 1600 {
        return error(StatusCode::BAD_REQUEST, 21617, "The message body exceeds the limit.");
    }
    let message = |status: &str, code: Option<u32>| {
        let sid = format!("SM{:032x}", 7);
        let uri = format!("/2010-04-01/Accounts/{SID}/Messages/{sid}.json");
        let answer = json!({
            "account_sid": SID, "api_version": "2010-04-01", "body": body,
            "date_created": "Thu, 24 Aug 2023 05:01:45 +0000", "date_sent": null,
            "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000", "direction": "outbound-api",
            "error_code": code, "error_message": null, "from": from, "num_media": "0",
            "num_segments": "1", "price": null, "price_unit": null,
            "messaging_service_sid": service, "sid": sid, "status": status,
            "subresource_uris": {}, "to": to, "uri": uri,
        });
        (StatusCode::CREATED, Json(answer)).into_response()
    };
    match to.as_str() {
        TOO_MANY => {
            let answer = error(StatusCode::TOO_MANY_REQUESTS, 20429, "Too Many Requests");
            ([("retry-after", "7")], answer).into_response()
        }
        STOPPED => {
            let text = format!("Attempt to send to unsubscribed recipient {to}");
            error(StatusCode::BAD_REQUEST, 21610, &text)
        }
        // The handler dies, and with it the connection: the text was taken, the answer is lost.
        LOST => panic!("this answer gets lost on purpose"),
        BROKEN => error(StatusCode::INTERNAL_SERVER_ERROR, 20500, "Internal Server Error"),
        GATEWAY => (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>").into_response(),
        FAILED_AT_ONCE => message("failed", Some(30034)),
        GARBLED => (StatusCode::CREATED, "{").into_response(),
        MOVED => (StatusCode::FOUND, [("location", "/elsewhere")]).into_response(),
        DOWN => (StatusCode::SERVICE_UNAVAILABLE, "down").into_response(),
        _ => message("queued", None),
    }
}

fn error(status: StatusCode, code: u32, message: &str) -> Response {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({
        "code": code, "message": message, "more_info": more, "status": status.as_u16(),
    });
    (status, Json(body)).into_response()
}
