//! Signed webhooks, as the Standard Webhooks specification 1.0 has them: anybody who holds the
//! secret can tell that a request comes from us, is whole, and is not an old one sent again.
//!
//! The id is the alert's, the same at every attempt, so receivers drop repetitions by it; the
//! time is that of the attempt. While a secret is replaced, every request is signed with the
//! new one and the old one. The body is [`Body`], whose shape is documented in
//! `docs/notify.md`: it gains keys and never loses or changes one, or else `version` rises.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use reqwest::header::{HeaderMap, HeaderValue};
use ring::hmac;
use serde::Serialize;
use unhook_app::{DeliveryError, Pending, Receipt, Surroundings};

use super::Channel;
use super::http::{Client, Endpoint, Post};
use super::told::Told;

/// The version of [`Body`].
const VERSION: u32 = 1;
/// Most secrets at once: the new one and the one it replaces.
pub(super) const MOST_KEYS: usize = 2;
/// How long a secret may be, in bytes, by the specification.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// A secret to sign with.
pub(super) struct Key(hmac::Key);

impl Key {
    /// Reads `whsec_` and the Base64 of 24 to 64 bytes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX)?.trim_end_matches('=');
        let bytes = STANDARD_NO_PAD.decode(encoded).ok()?;
        KEY_LENGTHS.contains(&bytes.len()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

/// A receiver of signed webhooks.
pub(super) struct Webhook {
    pub(super) client: Client,
    pub(super) endpoint: Endpoint,
    /// One, or two while they are rotated.
    pub(super) keys: Vec<Key>,
    pub(super) surroundings: Arc<dyn Surroundings>,
}

#[derive(Serialize)]
struct Body<'a> {
    version: u32,
    r#type: &'static str,
    timestamp: &'a str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    id: &'a str,
    severity: &'static str,
    matter: &'a str,
    resolved: bool,
    title: &'a str,
    text: &'a str,
    facts: Vec<Fact<'a>>,
    campaign: Option<&'a str>,
    organization: &'a str,
}

#[derive(Serialize)]
struct Fact<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> From<&'a Told> for Body<'a> {
    fn from(told: &'a Told) -> Self {
        let facts = told.facts.iter().map(|(name, value)| Fact { name, value }).collect();
        let data = Data {
            id: &told.id,
            severity: told.severity.name(),
            matter: &told.matter,
            resolved: told.is_resolved,
            title: &told.title,
            text: &told.text,
            facts,
            campaign: told.campaign.as_deref(),
            organization: &told.organization,
        };
        Self { version: VERSION, r#type: told.kind, timestamp: &told.at, data }
    }
}

impl Webhook {
    async fn post(&self, told: &Told) -> Result<Receipt, DeliveryError> {
        let body = serde_json::to_string(&Body::from(told)).map_err(unwritable)?;
        let seconds = self.surroundings.now().unix_ms().div_euclid(1000);
        let headers = self.headers(&told.id, seconds, &body)?;
        self.client.post(Post { to: &self.endpoint, headers, body, hidden: &[] }).await?;
        Ok(Receipt(told.id.clone()))
    }

    fn headers(&self, id: &str, seconds: i64, body: &str) -> Result<HeaderMap, DeliveryError> {
        let signatures: Vec<String> =
            self.keys.iter().map(|key| key.sign(id, seconds, body)).collect();
        let pairs = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ];
        let pair =
            |(name, value): (&'static str, String)| Ok((name, HeaderValue::try_from(value)?));
        let headers: Result<Vec<_>, reqwest::header::InvalidHeaderValue> =
            pairs.into_iter().map(pair).collect();
        let headers = headers.map_err(unwritable)?;
        Ok(headers
            .into_iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value))
            .collect())
    }
}

fn unwritable(error: impl std::fmt::Display) -> DeliveryError {
    DeliveryError::Refused { why: format!("it cannot be written: {error}") }
}

impl Channel for Webhook {
    /// Receivers drop what has a `webhook-id` they know.
    const MAY_REPEAT: bool = true;

    fn tell<'a>(&'a self, told: &'a Told) -> Pending<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.post(told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_as_the_specification_has_it() {
        let key = Key::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let signature =
            key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_have_a_prefix_and_a_length() {
        let check =
            |text: &str, expected| assert_eq!(Key::parse(text).is_some(), expected, "{text}");
        check(&format!("whsec_{}", STANDARD.encode([1; 24])), true);
        check(&format!("whsec_{}", STANDARD.encode([1; 25])), true);
        check(&format!("whsec_{}", STANDARD.encode([1; 64])), true);
        check(&format!("whsec_{}", STANDARD.encode([1; 23])), false);
        check(&format!("whsec_{}", STANDARD.encode([1; 65])), false);
        check(&STANDARD.encode([1; 24]), false);
        check("whsec_not base64 at all, but long enough", false);
    }
}
