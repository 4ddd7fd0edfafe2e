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
//! Twilio says what became of it ([`TextStatus`](crate::webhook::TextStatus)).

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use unhook_app::telling::Texter;
use unhook_app::{DeliveryError, OutgoingId, Pending, Receipt};
use unhook_model::PhoneNumber;

use super::STATUS_PATH;
use super::refusals::{passes, reason};
use super::status::ID;
use crate::texting::{TextFrom, answer, checked, client, refused, retry_after, unanswered, unsent};
use crate::webhook::ProviderError;
use unhook_app::Secret;

/// Where the API is.
pub(super) const API: &str = "https://api.twilio.com";

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
    pub fn new(account: TwilioAccount, from: TextFrom) -> Result<Self, ProviderError> {
        // It becomes part of a path.
        if account.sid.is_empty() || !account.sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(ProviderError::Setting(
                "the account's SID must look like AC and 32 digits",
            ));
        }
        let client = client()?;
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
        let request = self.signed_in(self.client.post(url)).form(&self.parameters(id, to, body));
        let response = request.send().await.map_err(|error| unsent("Twilio", &error))?;
        outcome(response).await
    }

    /// Looks at the account, as anybody may who is let in.
    async fn account(&self) -> Result<Receipt, DeliveryError> {
        let url = format!("{}/2010-04-01/Accounts/{}.json", self.api, self.account.sid);
        let response = self.signed_in(self.client.get(url)).send().await;
        let response = response.map_err(|error| unanswered("Twilio", &error))?;
        let (status, after) = (response.status(), retry_after(&response));
        let answer: Answer = answer(response).await;
        let state = answer.status.as_ref().and_then(|status| status.as_str());
        if status.is_success() && matches!(state, Some("suspended" | "closed")) {
            return Err(refused("the account is suspended or closed"));
        }
        let why = reason(status.as_u16(), answer.code);
        checked(status, answer.sid.is_some(), why, after)?;
        Ok(Receipt("the account".to_owned()))
    }

    fn signed_in(&self, request: RequestBuilder) -> RequestBuilder {
        let user = self.account.key.as_ref().unwrap_or(&self.account.sid);
        request.basic_auth(user, Some(self.account.secret.expose()))
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

    fn check(&self) -> Pending<'_, Result<Receipt, DeliveryError>> {
        Box::pin(self.account())
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
    let answer: Answer = answer(response).await;
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
