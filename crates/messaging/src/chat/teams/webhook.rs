//! One call of Teams', checked and read.
//!
//! Source: Microsoft, "Create Outgoing Webhooks", and the Bot Framework's "Activity" schema.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use unhook_app::{Probe, Submission, Surroundings};

use super::super::{is_id, submission};
use super::INTAKE_PATH;
use crate::mail::html;
use crate::webhook::{
    Example, Hmac, JSON, Kind, Provider, ProviderError, SignatureProblem, WebhookCall, check_time,
};
use unhook_app::Secret;

const AUTHORIZATION: &str = "authorization";
const CONTENT_TYPE: &str = "content-type";

/// What is needed to tell Teams' calls from others'.
#[derive(Clone)]
pub struct TeamsWebhook {
    key: Arc<Hmac>,
    surroundings: Arc<dyn Surroundings>,
    refused: Arc<AtomicU64>,
}

#[derive(Deserialize)]
struct Activity {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    timestamp: String,
    text: Option<String>,
    conversation: Conversation,
}

#[derive(Deserialize)]
struct Conversation {
    id: String,
}

impl TeamsWebhook {
    /// With the security token that Teams showed when the webhook was made, in Base64.
    ///
    /// # Errors
    /// When that is no such token.
    pub fn new(token: &Secret, surroundings: Arc<dyn Surroundings>) -> Result<Self, ProviderError> {
        let key = BASE64_STANDARD.decode(token.expose().trim()).ok().filter(|key| !key.is_empty());
        let key = key.ok_or(ProviderError::Setting(
            "the security token of Teams is Base64, as Teams showed it when the webhook was made",
        ))?;
        Ok(Self { key: Arc::new(Hmac::of_bytes(&key)), surroundings, refused: Arc::default() })
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

    /// Checks and reads a call; nothing where it is no message.
    ///
    /// # Errors
    /// Says what is wrong with the call; of a wrong signature nothing else is looked at.
    pub fn read(&self, call: &WebhookCall<'_>) -> Result<Option<Submission>, ProviderError> {
        let wrong = || ProviderError::Signature(SignatureProblem::Wrong);
        let signature = call.signed_by(AUTHORIZATION)?.strip_prefix("HMAC ");
        let signature = signature.ok_or(ProviderError::Signature(SignatureProblem::Missing))?;
        let body = call.bounded()?;
        let tag = BASE64_STANDARD.decode(signature.trim()).map_err(|_| wrong())?;
        self.key.check(body, &tag)?;
        if Kind::of(call.header(CONTENT_TYPE)) != Some(Kind::Json) {
            return Err(ProviderError::Unsupported);
        }
        let activity: Activity = serde_json::from_slice(body)
            .map_err(|_| ProviderError::Malformed("no activity as Teams writes them"))?;
        let time: jiff::Timestamp =
            activity.timestamp.parse().map_err(|_| ProviderError::Unusable("timestamp"))?;
        check_time(time.as_second(), self.surroundings.now())?;
        if activity.kind != "message" {
            return Ok(None);
        }
        let ids = [&*activity.conversation.id, &*activity.id];
        if !ids.iter().all(|id| is_id(id)) {
            return Err(ProviderError::Unusable("id"));
        }
        let text = html::text(&without_mentions(&activity.text.unwrap_or_default()));
        Ok(Some(submission("teams", &ids, text.trim().to_owned())))
    }

    /// The header that Teams would give this body: for tests.
    #[must_use]
    pub fn sign(&self, body: &[u8]) -> String {
        format!("HMAC {}", BASE64_STANDARD.encode(self.key.sign(body)))
    }
}

/// HTML without the names that were called, ours among them.
fn without_mentions(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, behind)) = rest.split_once("<at>") {
        text.push_str(before);
        match behind.split_once("</at>") {
            Some((_, behind)) => rest = behind,
            // Then none of those that follow ends, either: they are not looked for one by one.
            None => return text + &behind.replace("<at>", ""),
        }
    }
    text.push_str(rest);
    text
}

impl Provider for TeamsWebhook {
    const NAME: &'static str = "Teams";
    const HEADERS: &'static [&'static str] = &[AUTHORIZATION, CONTENT_TYPE];

    fn refused(&self) -> &AtomicU64 {
        &self.refused
    }

    fn example(&self) -> Example {
        let now = jiff::Timestamp::from_millisecond(self.surroundings.now().unix_ms());
        let body = serde_json::json!({
            "type": "message", "id": "0", "text": "1", "conversation": { "id": "0" },
            "timestamp": now.unwrap_or_default().to_string(),
        });
        let body = body.to_string();
        let signature = self.sign(body.as_bytes());
        Example {
            path: INTAKE_PATH,
            headers: vec![(AUTHORIZATION, signature), (CONTENT_TYPE, JSON.to_owned())],
            body,
        }
    }

    fn look(&self, call: &WebhookCall<'_>) -> Result<(), ProviderError> {
        self.read(call).map(drop)
    }
}

impl fmt::Debug for TeamsWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TeamsWebhook").field("refused", &self.refused).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_called_are_no_text() {
        let check = |html, expected| assert_eq!(without_mentions(html), expected, "{html}");
        check("<at>Unhook</at> tap <at>Ana</at>this", " tap this");
        check("<at>never closed", "never closed");
        check("<at></at>", "");
        check("<at>a</at>b<at>c<at>d", "bcd");
        check(&"<at>".repeat(20_000), "");
    }
}
