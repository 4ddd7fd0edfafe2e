//! Texts out: `POST /v2/messages`.
//!
//! As with Twilio, no key makes a request count once, so errors that leave no doubt that nothing
//! was sent are kept apart from those that do:
//!
//! | what happened | what is said |
//! | --- | --- |
//! | 2xx | sent, the receipt is Telnyx's id |
//! | no connection; 408, 429, 503; 5xx with an error of the API's own | `Later` |
//! | 401: the key was changed | `Later`, until somebody sees to it |
//! | another 4xx | `Refused`, with the reason of its code |
//! | another 5xx, which something in between said | `Unknown` |
//! | the connection broke or nothing came after the request went out | `Unknown` |
//!
//! Our id goes along as a tag, and comes back with the status. Telnyx's own words repeat numbers,
//! so none of them is passed on.
//!
//! Source: Telnyx, "Send a message" and "Messaging error codes".

use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use unhook_app::telling::Texter;
use unhook_app::{DeliveryError, OutgoingId, Pending, Receipt};
use unhook_model::PhoneNumber;

use crate::texting::{TextFrom, answer, checked, client, refused, retry_after, unanswered, unsent};
use crate::webhook::ProviderError;
use unhook_app::Secret;

/// Where the API is.
const API: &str = "https://api.telnyx.com";

/// Who pays, and what texts go out from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelnyxAccount {
    /// The API key (`KEY…`).
    pub key: Secret,
    /// A number of the account, or the id of a messaging profile.
    pub from: TextFrom,
}

/// Sends texts through Telnyx.
#[derive(Clone, Debug)]
pub struct TelnyxTexter {
    client: Client,
    account: TelnyxAccount,
    api: String,
}

impl TelnyxTexter {
    /// For this account.
    ///
    /// # Errors
    /// When the key is empty, or no client can be made.
    pub fn new(account: TelnyxAccount) -> Result<Self, ProviderError> {
        if account.key.expose().is_empty() {
            return Err(ProviderError::Setting("the API key of Telnyx is empty"));
        }
        Ok(Self { client: client()?, account, api: API.to_owned() })
    }

    /// Another place where the API is, such as a stand-in.
    #[must_use]
    pub fn api(mut self, url: &str) -> Self {
        self.api = url.trim_end_matches('/').to_owned();
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
        let request = self
            .client
            .post(format!("{}/v2/messages", self.api))
            .bearer_auth(self.account.key.expose())
            .json(&self.message(id, to, body));
        outcome(request.send().await.map_err(|error| unsent("Telnyx", &error))?).await
    }

    /// Looks at the profiles of which texts go out, as any key may.
    async fn profiles(&self) -> Result<Receipt, DeliveryError> {
        let url = format!("{}/v2/messaging_profiles?page[size]=1", self.api);
        let request = self.client.get(url).bearer_auth(self.account.key.expose());
        let response = request.send().await.map_err(|error| unanswered("Telnyx", &error))?;
        let (status, after) = (response.status(), retry_after(&response));
        let answer: Profiles = answer(response).await;
        let why = reason(status.as_u16(), code(answer.errors));
        checked(status, answer.data.is_some(), why, after)?;
        Ok(Receipt("the API key".to_owned()))
    }

    fn message(&self, id: OutgoingId, to: &PhoneNumber, body: &str) -> Value {
        let (name, from) = match &self.account.from {
            TextFrom::Number(number) => ("from", number.to_string()),
            TextFrom::Service(profile) => ("messaging_profile_id", profile.clone()),
        };
        json!({ name: from, "to": to.to_string(), "text": body, "tags": [id.to_string()] })
    }
}

impl Texter for TelnyxTexter {
    fn text<'a>(
        &'a self,
        id: OutgoingId,
        to: &'a PhoneNumber,
        body: &'a str,
    ) -> Pending<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.send(id, to, body))
    }

    fn check(&self) -> Pending<'_, Result<Receipt, DeliveryError>> {
        Box::pin(self.profiles())
    }
}

/// What of an answer is looked at: of a message its id, of an error its code.
#[derive(Default, Deserialize)]
struct Answer {
    data: Option<Sent>,
    errors: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
struct Sent {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    code: Option<String>,
}

/// What of a list is looked at: that it is one.
#[derive(Default, Deserialize)]
struct Profiles {
    data: Option<Vec<serde::de::IgnoredAny>>,
    errors: Option<Vec<Failure>>,
}

/// A number, and nothing else that somebody may have written there.
fn code(errors: Option<Vec<Failure>>) -> Option<u32> {
    let code = errors.unwrap_or_default().into_iter().find_map(|error| error.code);
    code.and_then(|code| code.parse().ok())
}

async fn outcome(response: Response) -> Result<Receipt, DeliveryError> {
    let status = response.status();
    let after = retry_after(&response);
    let answer: Answer = answer(response).await;
    if status.is_success() {
        return Ok(Receipt(answer.data.and_then(|sent| sent.id).unwrap_or_default()));
    }
    let code = code(answer.errors);
    let why = reason(status.as_u16(), code);
    let passes = matches!(status.as_u16(), 401 | 408 | 429 | 503);
    if passes || (status.is_server_error() && code.is_some()) {
        return Err(DeliveryError::Later { why, after });
    }
    if status.is_server_error() {
        let why = format!("something before Telnyx answered with status {}", status.as_u16());
        return Err(DeliveryError::Unknown { why });
    }
    Err(refused(why))
}

/// Why a text was refused, in words that hold no number and no text.
fn reason(status: u16, code: Option<u32>) -> String {
    let words = match (status, code) {
        (401, _) => "the API key is not accepted",
        (_, Some(40300)) => "the recipient replied STOP",
        (_, Some(40305 | 40013)) => "the number it is sent from is not the account's",
        (_, Some(40310 | 40001)) => "the recipient's number is not one that can get texts",
        (_, Some(40309)) => "texts to this country are not permitted for the account",
        (_, Some(40010)) => {
            "the number it is sent from is not registered with the carriers (A2P 10DLC)"
        }
        _ => "Telnyx refused it",
    };
    match code {
        Some(code) => format!("{words} ({code})"),
        None => format!("{words} (status {status})"),
    }
}
