//! Pictures that came with a text: fetched from Twilio, for those who ask for it.
//!
//! A call says where its pictures lie. They are only fetched of a call that was signed, and only from
//! the account's own place at Twilio's API; whatever else stands there is left alone. Twilio sends
//! on to where it keeps files: there, nothing of ours is said but that we ask.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, Url, header};
use unhook_app::submission::Attachment;

use super::TwilioAccount;
use super::texter::API;
use crate::screenshot::LARGEST_PICTURE;
use crate::texting::client;
use crate::webhook::{Media, ProviderError};

/// The most pictures that are fetched of one text: what is read of a report.
const MOST_FETCHED: usize = 3;

/// How long fetching may take in all: Twilio waits fifteen seconds for an answer, and a picture is
/// still to be read.
const TIME: Duration = Duration::from_secs(6);

/// How often it may be sent on.
const MOST_HOPS: usize = 2;

/// Fetches pictures of an account's texts.
#[derive(Clone, Debug)]
pub struct TwilioMedia {
    client: Client,
    account: TwilioAccount,
    api: String,
}

impl TwilioMedia {
    /// Of this account.
    ///
    /// # Errors
    /// When there can be no client.
    pub fn new(account: TwilioAccount) -> Result<Self, ProviderError> {
        Ok(Self { client: client()?, account, api: API.to_owned() })
    }

    /// Another place where the API is: a regional one, or a stand-in.
    #[must_use]
    pub fn api(mut self, url: &str) -> Self {
        self.api = url.trim_end_matches('/').to_owned();
        self
    }

    /// Those of a text's pictures that can be had in time, in their order. One that cannot is left
    /// out: what else there is of the text counts all the same.
    pub async fn fetch(&self, media: &[Media]) -> Vec<Attachment> {
        let mut fetched = Vec::new();
        let all = async {
            let pictures = media.iter().filter(|one| one.content_type.starts_with("image/"));
            for picture in pictures.take(MOST_FETCHED) {
                match self.one(picture).await {
                    Ok(attachment) => fetched.push(attachment),
                    Err(why) => tracing::warn!(why, "a picture of a text could not be fetched"),
                }
            }
        };
        if tokio::time::timeout(TIME, all).await.is_err() {
            tracing::warn!("pictures of a text took too long");
        }
        fetched
    }

    async fn one(&self, media: &Media) -> Result<Attachment, &'static str> {
        let ours = format!("{}/2010-04-01/Accounts/{}/", self.api, self.account.sid);
        let url = Url::parse(&media.url).map_err(|_| "its address is none")?;
        if !url.as_str().starts_with(&ours) {
            return Err("it does not lie with the account at Twilio's API");
        }
        let user = self.account.key.as_ref().unwrap_or(&self.account.sid);
        let first = self.client.get(url).basic_auth(user, Some(self.account.secret.expose()));
        let mut response = sent(first).await?;
        for _ in 0..MOST_HOPS {
            let Some(next) = self.sent_on(&response)? else { break };
            response = sent(self.client.get(next)).await?;
        }
        if !response.status().is_success() {
            return Err("Twilio does not give it out");
        }
        let (name, content_type) = (String::new(), media.content_type.clone());
        Ok(Attachment { name, content_type, bytes: whole(response).await? })
    }

    /// Where an answer sends on to: over TLS, or to the API itself.
    fn sent_on(&self, response: &Response) -> Result<Option<Url>, &'static str> {
        if !response.status().is_redirection() {
            return Ok(None);
        }
        let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
        let to = to.and_then(|to| response.url().join(to).ok()).ok_or("it is sent nowhere")?;
        let is_api = Url::parse(&self.api).is_ok_and(|api| api.origin() == to.origin());
        if to.scheme() == "https" || is_api { Ok(Some(to)) } else { Err("it lies in the clear") }
    }
}

/// Errors of the client name the address, so of them only that there was one is said.
async fn sent(request: RequestBuilder) -> Result<Response, &'static str> {
    request.send().await.map_err(|_| "Twilio cannot be reached")
}

async fn whole(mut response: Response) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| "it broke off")? {
        if bytes.len() + chunk.len() > LARGEST_PICTURE {
            return Err("it is too large");
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
