//! What sending a text through any provider's API has in common: the client, and what of an
//! answer leaves no doubt.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, header, redirect};
use serde::de::DeserializeOwned;
use unhook_app::DeliveryError;
use unhook_model::PhoneNumber;

use crate::webhook::ProviderError;

/// How long a connection may take; a name, a handshake and TLS need a second on a bad day.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long all of it may take. Providers answer within a second; beyond this nobody knows.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The largest answer that is read, in bytes; a message is described in two KiB.
const LARGEST_ANSWER: usize = 64 << 10;

/// The longest time to wait that is taken from a `Retry-After`.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What texts are sent from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextFrom {
    /// A number of the account.
    Number(PhoneNumber),
    /// Something that picks a number: Twilio's messaging service (`MG…`), Telnyx's messaging
    /// profile.
    Service(String),
}

/// The client. Connections are not kept: the other side may close one at the moment it is used
/// again, and then nobody knows what became of the text.
pub(crate) fn client() -> Result<Client, ProviderError> {
    Client::builder()
        .user_agent(concat!("unhook/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| ProviderError::Client(error.into()))
}

/// Reads an answer as far as it may be long; what is none counts as an empty one. The status is what
/// counts: one whose body got lost has been said all the same.
pub(crate) async fn answer<T: DeserializeOwned + Default>(mut response: Response) -> T {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            return T::default();
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// How long to wait, where it is said in seconds.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds =
        response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// Why there was no answer. Errors of the client name the URL, which may hold the account's id;
/// so nothing of them is passed on but their kind.
pub(crate) fn unsent(provider: &str, error: &reqwest::Error) -> DeliveryError {
    if error.is_builder() {
        return refused("the request cannot be made; is the API's URL right?");
    }
    if error.is_connect() {
        return DeliveryError::Later { why: format!("no connection to {provider}"), after: None };
    }
    let why = if error.is_timeout() {
        format!("{provider} did not answer in time")
    } else {
        format!("the connection to {provider} broke before the answer")
    };
    DeliveryError::Unknown { why }
}

/// As [`unsent`], of a question that changes nothing: asking again is never wrong.
pub(crate) fn unanswered(provider: &str, error: &reqwest::Error) -> DeliveryError {
    match unsent(provider, error) {
        DeliveryError::Unknown { why } => DeliveryError::Later { why, after: None },
        other => other,
    }
}

/// What an answer to such a question says: it counts when it is the API's own.
pub(crate) fn checked(
    status: StatusCode,
    is_apis_own: bool,
    why: String,
    after: Option<Duration>,
) -> Result<(), DeliveryError> {
    match status.as_u16() {
        _ if status.is_success() && is_apis_own => Ok(()),
        200..400 => Err(refused("what answered is not the provider's API; is `api_url` right?")),
        408 | 429 | 500.. => Err(DeliveryError::Later { why, after }),
        _ => Err(refused(why)),
    }
}

pub(crate) fn refused(why: impl Into<String>) -> DeliveryError {
    DeliveryError::Refused { why: why.into() }
}
