//! One call of Slack's, checked and read.
//!
//! Source: Slack, "Verifying requests from Slack" and "Shortcuts payloads", and the verifier of
//! Slack's own SDK, which the tests ask for its opinion.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use serde::Deserialize;
use unhook_app::{Probe, Submission, Surroundings};

use super::super::{is_id, submission};
use super::INTAKE_PATH;
use super::text::plain;
use crate::webhook::{
    Example, FORM, Hmac, Kind, Parameters, Provider, ProviderError, SignatureProblem, WebhookCall,
    check_time, hexadecimal, hexadecimal_of, seconds,
};
use unhook_app::Secret;

const SIGNATURE: &str = "x-slack-signature";
const TIMESTAMP: &str = "x-slack-request-timestamp";
const CONTENT_TYPE: &str = "content-type";

/// Where Slack takes answers.
const REPLIES: &str = "https://hooks.slack.com/";

/// What is needed to tell Slack's calls from others'.
#[derive(Clone)]
pub struct SlackWebhook {
    key: Arc<Hmac>,
    surroundings: Arc<dyn Surroundings>,
    replies: String,
    refused: Arc<AtomicU64>,
}

/// A message that somebody passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackReport {
    /// What was passed on.
    pub submission: Submission,
    /// Where an answer goes, if it lies at Slack.
    pub response_url: Option<String>,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: String,
    team: Option<Named>,
    channel: Option<Named>,
    user: Option<Named>,
    message: Option<Passed>,
    response_url: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Passed {
    ts: String,
    text: Option<String>,
    edited: Option<Edited>,
}

#[derive(Deserialize)]
struct Edited {
    ts: String,
}

impl SlackWebhook {
    /// With the app's signing secret.
    ///
    /// # Errors
    /// When the secret is empty.
    pub fn new(
        secret: &Secret,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, ProviderError> {
        if secret.expose().is_empty() {
            return Err(ProviderError::Setting("the signing secret of Slack is empty"));
        }
        let (key, replies) = (Arc::new(Hmac::new(secret)), REPLIES.to_owned());
        Ok(Self { key, surroundings, replies, refused: Arc::default() })
    }

    /// Another place where Slack takes answers, such as a stand-in: how their URLs begin.
    #[must_use]
    pub fn replies_at(mut self, begin: &str) -> Self {
        self.replies = format!("{}/", begin.trim_end_matches('/'));
        self
    }

    /// What tries whether calls are let in.
    #[must_use]
    pub fn probe(&self) -> Arc<dyn Probe> {
        crate::webhook::probe(self)
    }

    /// How many calls had no signature or a wrong one, since the start.
    #[must_use]
    pub fn refused(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.refused)
    }

    pub(super) fn surroundings(&self) -> Arc<dyn Surroundings> {
        Arc::clone(&self.surroundings)
    }

    /// Checks and reads a call; nothing where it is another interaction than a message's shortcut.
    ///
    /// # Errors
    /// Says what is wrong with the call; of a wrong signature nothing else is looked at.
    pub fn read(&self, call: &WebhookCall<'_>) -> Result<Option<SlackReport>, ProviderError> {
        let (signature, timestamp) = (call.signed_by(SIGNATURE)?, call.signed_by(TIMESTAMP)?);
        check_time(seconds(timestamp)?, self.surroundings.now())?;
        let body = call.bounded()?;
        let tag = signature.strip_prefix("v0=").and_then(hexadecimal);
        let tag = tag.ok_or(ProviderError::Signature(SignatureProblem::Wrong))?;
        let signed = [b"v0:", timestamp.as_bytes(), b":", body].concat();
        self.key.check(&signed, &tag)?;
        if Kind::of(call.header(CONTENT_TYPE)) != Some(Kind::Form) {
            return Err(ProviderError::Unsupported);
        }
        let parameters = Parameters::from_form(body)?;
        let payload: Payload = serde_json::from_str(parameters.required("payload")?)
            .map_err(|_| ProviderError::Malformed("no payload as Slack writes them"))?;
        if payload.kind != "message_action" {
            return Ok(None);
        }
        self.report(payload).map(Some)
    }

    /// The same message counts once for each person who passes it on, and again once it was
    /// edited.
    fn report(&self, payload: Payload) -> Result<SlackReport, ProviderError> {
        let message = payload.message.ok_or(ProviderError::Missing("message"))?;
        let id = |named: Option<Named>, name| {
            let named = named.ok_or(ProviderError::Missing(name))?;
            if is_id(&named.id) { Ok(named.id) } else { Err(ProviderError::Unusable(name)) }
        };
        let team = id(payload.team, "team")?;
        let (channel, user) = (id(payload.channel, "channel")?, id(payload.user, "user")?);
        let edited = message.edited.map_or_else(|| "0".to_owned(), |edited| edited.ts);
        if !is_id(&message.ts) || !is_id(&edited) {
            return Err(ProviderError::Unusable("ts"));
        }
        let ids = [&*team, &*channel, &*message.ts, &*edited, &*user];
        let text = plain(&message.text.unwrap_or_default());
        let response_url = payload.response_url.filter(|url| url.starts_with(&self.replies));
        Ok(SlackReport { submission: submission("slack", &ids, text), response_url })
    }
}

impl Provider for SlackWebhook {
    const NAME: &'static str = "Slack";
    const HEADERS: &'static [&'static str] = &[SIGNATURE, TIMESTAMP, CONTENT_TYPE];

    fn refused(&self) -> &AtomicU64 {
        &self.refused
    }

    fn example(&self) -> Example {
        let body = "payload=%7B%22type%22%3A%22shortcut%22%7D";
        let at = self.surroundings.now().unix_ms().div_euclid(1000).to_string();
        let signed = [b"v0:", at.as_bytes(), b":", body.as_bytes()].concat();
        let signature = format!("v0={}", hexadecimal_of(&self.key.sign(&signed)));
        Example {
            path: INTAKE_PATH,
            headers: vec![(SIGNATURE, signature), (TIMESTAMP, at), (CONTENT_TYPE, FORM.to_owned())],
            body: body.to_owned(),
        }
    }

    fn look(&self, call: &WebhookCall<'_>) -> Result<(), ProviderError> {
        self.read(call).map(drop)
    }
}

impl fmt::Debug for SlackWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackWebhook").field("refused", &self.refused).finish_non_exhaustive()
    }
}
