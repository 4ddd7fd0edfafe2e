//! Texts out: `POST /2010-04-01/Accounts/{Sid}/Messages.json`.
//!
//! Twilio knows no key that makes a request count once. So what matters here is which errors
//! leave no doubt that nothing was sent, and may be tried again, and which do not:
//!
//! | what happened | what is said |
//! | --- | --- |
//! | 201 | sent, the receipt is Twilio's id |
//! | no connection; 408, 429, 503; 5xx with an error of the API's own | `Later` |
//! | 401: the credentials were changed | `Later`, until somebody sees to it |
//! | another 4xx | `Refused`, with the reason of its code |
//! | another 5xx, which something in between said | `Unknown` |
//! | the connection broke or nothing came after the request went out | `Unknown` |
//!
//! Where a status callback is set, it names our id: so one that is `Unknown` becomes known when
//! Twilio says what became of it ([`TextStatus`](super::TextStatus)).

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, header, redirect};
use serde::Deserialize;
use unhook_app::telling::Texter;
use unhook_app::{DeliveryError, OutgoingId, Pending, Receipt};
use unhook_model::PhoneNumber;

use super::refusals::{passes, reason};
use super::status::ID;
use super::{STATUS_PATH, TwilioError};
use crate::secret::Secret;

/// Where the API is.
const API: &str = "https://api.twilio.com";

/// How long a connection may take; a name, a handshake and TLS need a second on a bad day.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long all of it may take. Twilio answers within a second; beyond this nobody knows.
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
    /// A messaging service, which picks a number (`MG…`).
    Service(String),
}

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwilioAccount {
    /// `AC…`.
    pub sid: String,
    /// An API key (`SK…`), if one is used, whose secret can do less than the auth token and can
    /// be changed by itself.
    pub key: Option<String>,
    /// The API key's secret, or the account's auth token.
    pub secret: Secret,
}

/// Sends texts through Twilio.
#[derive(Clone, Debug)]
pub struct TwilioTexter {
    client: Client,
    account: TwilioAccount,
    from: TextFrom,
    api: String,
    public_url: Option<String>,
}

impl TwilioTexter {
    /// For this account, from this number or service.
    ///
    /// # Errors
    /// When the account's id is none.
    pub fn new(account: TwilioAccount, from: TextFrom) -> Result<Self, TwilioError> {
        // It becomes part of a path.
        if account.sid.is_empty() || !account.sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(TwilioError::Setting("the account's SID must look like AC and 32 digits"));
        }
        // Connections are not kept: the other side may close one at the moment it is used
        // again, and then nobody knows what became of the text.
        let client = Client::builder()
            .user_agent(concat!("unhook/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .pool_max_idle_per_host(0)
            .retry(reqwest::retry::never())
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| TwilioError::Client(error.into()))?;
        Ok(Self { client, account, from, api: API.to_owned(), public_url: None })
    }

    /// Another place where the API is: a regional one, or a stand-in.
    #[must_use]
    pub fn api(mut self, url: &str) -> Self {
        self.api = url.trim_end_matches('/').to_owned();
        self
    }

    /// Has Twilio say what becomes of each text, at the URL at which
    /// [`router`](super::router) is served.
    #[must_use]
    pub fn status_to(mut self, public_url: &str) -> Self {
        self.public_url = Some(public_url.trim_end_matches('/').to_owned());
        self
    }

    async fn send(
        &self,
        id: OutgoingId,
        to: &PhoneNumber,
        body: &str,
    ) -> Result<Receipt, DeliveryError> {
        if !to.is_international() {
            return Err(refused("the recipient's number has no country code"));
        }
        let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", self.api, self.account.sid);
        let user = self.account.key.as_ref().unwrap_or(&self.account.sid);
        let request = self
            .client
            .post(url)
            .basic_auth(user, Some(self.account.secret.expose()))
            .form(&self.parameters(id, to, body));
        let response = request.send().await.map_err(|error| unsent(&error))?;
        outcome(response).await
    }

    fn parameters(
        &self,
        id: OutgoingId,
        to: &PhoneNumber,
        body: &str,
    ) -> Vec<(&'static str, String)> {
        let mut parameters = vec![("To", to.to_string()), ("Body", body.to_owned())];
        parameters.push(match &self.from {
            TextFrom::Number(number) => ("From", number.to_string()),
            TextFrom::Service(sid) => ("MessagingServiceSid", sid.clone()),
        });
        if let Some(url) = &self.public_url {
            parameters.push(("StatusCallback", format!("{url}{STATUS_PATH}?{ID}={id}")));
        }
        parameters
    }
}

impl Texter for TwilioTexter {
    fn text<'a>(
        &'a self,
        id: OutgoingId,
        to: &'a PhoneNumber,
        body: &'a str,
    ) -> Pending<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.send(id, to, body))
    }
}

/// What of an answer is looked at: of a message its id and whether it failed at once, of an
/// error its code.
#[derive(Default, Deserialize)]
struct Answer {
    sid: Option<String>,
    status: Option<serde_json::Value>,
    error_code: Option<u32>,
    code: Option<u32>,
}

async fn outcome(response: Response) -> Result<Receipt, DeliveryError> {
    let status = response.status();
    let after = retry_after(&response);
    // The status is what counts: one whose body got lost has been said all the same.
    let answer = answer(response).await.unwrap_or_default();
    if status.is_success() {
        let has_failed =
            answer.status.as_ref().and_then(|status| status.as_str()) == Some("failed");
        if has_failed {
            return Err(refused(reason(status.as_u16(), answer.error_code)));
        }
        return Ok(Receipt(answer.sid.unwrap_or_default()));
    }
    let why = reason(status.as_u16(), answer.code);
    let is_apis_own = answer.code.is_some();
    if passes(status.as_u16(), answer.code)
        || status == StatusCode::SERVICE_UNAVAILABLE
        || (status.is_server_error() && is_apis_own)
    {
        return Err(DeliveryError::Later { why, after });
    }
    if status.is_server_error() {
        let why = format!("something before Twilio answered with status {}", status.as_u16());
        return Err(DeliveryError::Unknown { why });
    }
    Err(refused(why))
}

/// Reads an answer as far as it may be long; `None` when it is none.
async fn answer(mut response: Response) -> Option<Answer> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).ok()
}

/// How long to wait, where it is said in seconds.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds =
        response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// Why there was no answer. Errors of the client name the URL, which holds the account's id;
/// so nothing of them is passed on but their kind.
fn unsent(error: &reqwest::Error) -> DeliveryError {
    if error.is_builder() {
        return refused("the request cannot be made; is the API's URL right?");
    }
    if error.is_connect() {
        let why = "no connection to Twilio".to_owned();
        return DeliveryError::Later { why, after: None };
    }
    let why = if error.is_timeout() {
        "Twilio did not answer in time"
    } else {
        "the connection to Twilio broke before the answer"
    };
    DeliveryError::Unknown { why: why.to_owned() }
}

fn refused(why: impl Into<String>) -> DeliveryError {
    DeliveryError::Refused { why: why.into() }
}
