//! Event hooks: Okta calls when something happens, so a sign-in is known within seconds.
//!
//! [`EventHook`] is pure: what a call says, and what to answer. [`router`] serves it, and gives what it
//! reads to the ledger. Okta proves itself by a header with a secret that was
//! chosen when the hook was made; once, before the first event, it asks for a challenge to be repeated.

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use unhook_app::Service;
use unhook_app::identity::SignIn;
use unhook_app::ledger::Observed;

use super::log::read_events;
use crate::identity::secret::is_same;
use crate::identity::{Secret, SettingsError};

/// The header in which the challenge comes.
pub const CHALLENGE_HEADER: &str = "x-okta-verification-challenge";

/// The largest call, in bytes; Okta sends at most a hundred events at once.
pub const LARGEST_CALL: usize = 2 * 1024 * 1024;

/// The longest challenge, in bytes; Okta's have some forty.
const LONGEST_CHALLENGE: usize = 1_024;

/// The shortest secret, in bytes: nobody guesses it.
const SHORTEST_SECRET: usize = 20;

/// Why a call is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventHookError {
    /// It has not the secret of this hook: answer 401.
    #[error("the call has not the secret of this event hook")]
    Secret,
    /// It is longer than Okta's are: answer 413.
    #[error("the call is longer than {LARGEST_CALL} bytes")]
    TooLong,
    /// It is none of Okta's: answer 400.
    #[error("the call is no list of events")]
    Unreadable,
}

/// One event hook.
#[derive(Debug)]
pub struct EventHook {
    secret: Secret,
}

#[derive(Deserialize)]
struct Call {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    events: Vec<Value>,
}

impl EventHook {
    /// With the secret that Okta was told, in the field `Authentication secret` of a hook whose
    /// `Authentication field` is `Authorization`.
    ///
    /// # Errors
    /// When it is so short that it can be guessed.
    pub fn new(secret: Secret) -> Result<Self, SettingsError> {
        if secret.expose().len() < SHORTEST_SECRET {
            let why = "the secret of an event hook needs 20 characters at least";
            return Err(SettingsError::Setting(why));
        }
        Ok(Self { secret })
    }

    /// What to answer the verification with: a `GET` with [`CHALLENGE_HEADER`], as JSON.
    ///
    /// # Errors
    /// When it has not the secret, or no challenge that Okta would send.
    pub fn verification(
        &self,
        authorization: Option<&str>,
        challenge: Option<&str>,
    ) -> Result<String, EventHookError> {
        self.check(authorization)?;
        let challenge = challenge.ok_or(EventHookError::Unreadable)?;
        if challenge.is_empty() || challenge.len() > LONGEST_CHALLENGE {
            return Err(EventHookError::Unreadable);
        }
        Ok(json!({ "verification": challenge }).to_string())
    }

    /// The sign-ins of a call, and how many could not be read. Okta calls again when it hears
    /// nothing, so the same may come twice.
    ///
    /// # Errors
    /// When it has not the secret, is too long, or no call of Okta's.
    pub fn read(
        &self,
        authorization: Option<&str>,
        body: &[u8],
    ) -> Result<(Vec<SignIn>, usize), EventHookError> {
        self.check(authorization)?;
        if body.len() > LARGEST_CALL {
            return Err(EventHookError::TooLong);
        }
        let call: Call = serde_json::from_slice(body).map_err(|_| EventHookError::Unreadable)?;
        Ok(read_events(&call.data.events))
    }

    fn check(&self, authorization: Option<&str>) -> Result<(), EventHookError> {
        let given = authorization.unwrap_or_default();
        if is_same(given, &self.secret) { Ok(()) } else { Err(EventHookError::Secret) }
    }
}

/// Where a hook is served, before what the settings call its provider.
pub const PATH: &str = "/hooks/okta";

struct Served {
    hook: EventHook,
    service: Arc<Service>,
}

/// Serves a hook at [`PATH`] and the provider's name. Whoever binds the listener bounds connections.
pub fn router(name: &str, hook: EventHook, service: Arc<Service>) -> Router {
    let served = Arc::new(Served { hook, service });
    Router::new().route(&format!("{PATH}/{name}"), get(verify).post(take)).with_state(served)
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn verify(State(served): State<Arc<Served>>, headers: HeaderMap) -> Response {
    let given = text(&headers, header::AUTHORIZATION);
    match served.hook.verification(given, text(&headers, CHALLENGE_HEADER)) {
        Ok(answer) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(error) => status(error).into_response(),
    }
}

async fn take(State(served): State<Arc<Served>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let given = text(&parts.headers, header::AUTHORIZATION);
    // Nobody without the secret has a long body read.
    if let Err(error) = served.hook.check(given) {
        return status(error).into_response();
    }
    let Ok(body) = to_bytes(body, LARGEST_CALL).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match served.hook.read(given, &body) {
        Ok((sign_ins, _)) => {
            let observed = sign_ins.into_iter().map(|one| Observed::SignedIn(Box::new(one)));
            match served.service.take_logs(observed.collect()).await {
                Ok(_) => StatusCode::NO_CONTENT.into_response(),
                // Okta calls once more; the System Log has it in any case.
                Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            }
        }
        Err(error) => status(error).into_response(),
    }
}

fn status(error: EventHookError) -> StatusCode {
    match error {
        EventHookError::Secret => StatusCode::UNAUTHORIZED,
        EventHookError::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        EventHookError::Unreadable => StatusCode::BAD_REQUEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "twenty bytes at least";

    fn hook() -> EventHook {
        EventHook::new(Secret::new(SECRET)).unwrap()
    }

    #[test]
    fn a_challenge_is_repeated_to_who_knows_the_secret() {
        let answer = hook().verification(Some(SECRET), Some("a\"b"));
        assert_eq!(answer.as_deref(), Ok(r#"{"verification":"a\"b"}"#));
        let check = |authorization, challenge, expected| {
            assert_eq!(hook().verification(authorization, challenge), Err(expected));
        };
        check(None, Some("a"), EventHookError::Secret);
        check(Some("twenty bytes at least "), Some("a"), EventHookError::Secret);
        check(Some(SECRET), None, EventHookError::Unreadable);
        check(Some(SECRET), Some(""), EventHookError::Unreadable);
        check(Some(SECRET), Some(&"x".repeat(2_000)), EventHookError::Unreadable);
        assert!(EventHook::new(Secret::new("short")).is_err());
    }

    #[test]
    fn events_are_read_and_others_passed_by() {
        let body = json!({"eventType": "com.okta.event_hook", "data": {"events": [
            {"uuid": "1", "eventType": "user.session.start", "published": "2022-07-20T22:52:00Z",
             "actor": {"id": "00u1", "type": "User", "alternateId": "sam@acme.example"},
             "outcome": {"result": "SUCCESS"}},
            {"uuid": "2", "eventType": "user.session.start"},
            {"uuid": "3", "eventType": "user.lifecycle.create"},
        ]}});
        let (sign_ins, passed_over) =
            hook().read(Some(SECRET), body.to_string().as_bytes()).unwrap();
        assert_eq!((sign_ins.len(), passed_over), (1, 1));
        assert_eq!(sign_ins[0].account.as_deref(), Some("00u1"));
    }

    #[test]
    fn what_is_no_call_is_refused() {
        let check = |body: &[u8], expected| {
            assert_eq!(hook().read(Some(SECRET), body).err(), Some(expected));
        };
        check(b"", EventHookError::Unreadable);
        check(br#"{"data":{"events":{}}}"#, EventHookError::Unreadable);
        check(&vec![b' '; LARGEST_CALL + 1], EventHookError::TooLong);
        assert_eq!(hook().read(None, b"{}").err(), Some(EventHookError::Secret));
    }
}
