//! One call of Telnyx's, checked and read.
//!
//! What is signed is `telnyx-timestamp`, a bar and the body; the signature, in
//! `telnyx-signature-ed25519`, is one of Ed25519 (RFC 8032) in Base64. A time further than five
//! minutes from ours is refused.
//!
//! Source: Telnyx, "Webhook fundamentals", and the verification of Telnyx's own SDK, which the
//! tests ask for its opinion.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::signature::{ED25519, UnparsedPublicKey};
use unhook_app::{Probe, Surroundings};

use super::INTAKE_PATH;
use super::event::{self, TelnyxEvent};
use crate::webhook::{
    Example, JSON, Kind, Provider, ProviderError, SignatureProblem, StatusListener, TextStatus,
    WebhookCall, check_time, seconds,
};

const SIGNATURE: &str = "telnyx-signature-ed25519";
const TIMESTAMP: &str = "telnyx-timestamp";
const CONTENT_TYPE: &str = "content-type";

/// How many bytes a public key of Ed25519 has.
const KEY_BYTES: usize = 32;

/// What is needed to tell Telnyx's calls from others'.
#[derive(Clone)]
pub struct TelnyxWebhook {
    key: [u8; KEY_BYTES],
    surroundings: Arc<dyn Surroundings>,
    refused: Arc<AtomicU64>,
    pub(super) on_status: StatusListener,
}

impl TelnyxWebhook {
    /// With the public key that Telnyx's portal shows, in Base64.
    ///
    /// # Errors
    /// When that is no such key.
    pub fn new(
        public_key: &str,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, ProviderError> {
        let key = BASE64_STANDARD.decode(public_key.trim()).ok();
        let key = key.and_then(|key| <[u8; KEY_BYTES]>::try_from(key).ok());
        let key = key.ok_or(ProviderError::Setting(
            "Telnyx's public key is 44 characters of Base64; copy it from the portal's page of keys",
        ))?;
        Ok(Self { key, surroundings, refused: Arc::default(), on_status: Arc::new(|_| {}) })
    }

    /// Hands the status of texts that went out to somebody. Called within the request, so it
    /// must not block.
    #[must_use]
    pub fn on_status(mut self, listener: impl Fn(TextStatus) + Send + Sync + 'static) -> Self {
        self.on_status = Arc::new(listener);
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

    /// Checks and reads a call.
    ///
    /// # Errors
    /// Says what is wrong with the call; of a wrong signature nothing else is looked at.
    pub fn read(&self, call: &WebhookCall<'_>) -> Result<TelnyxEvent, ProviderError> {
        let wrong = || ProviderError::Signature(SignatureProblem::Wrong);
        let signature = call.signed_by(SIGNATURE)?;
        let timestamp = call.signed_by(TIMESTAMP)?;
        check_time(seconds(timestamp)?, self.surroundings.now())?;
        let body = call.bounded()?;
        let signature = BASE64_STANDARD.decode(signature).map_err(|_| wrong())?;
        let signed = [timestamp.as_bytes(), b"|", body].concat();
        let key = UnparsedPublicKey::new(&ED25519, &self.key);
        key.verify(&signed, &signature).map_err(|_| wrong())?;
        if Kind::of(call.header(CONTENT_TYPE)) != Some(Kind::Json) {
            return Err(ProviderError::Unsupported);
        }
        event::read(body)
    }
}

impl Provider for TelnyxWebhook {
    const NAME: &'static str = "Telnyx";
    const HEADERS: &'static [&'static str] = &[SIGNATURE, TIMESTAMP, CONTENT_TYPE];
    const CAN_BE_SIGNED: bool = false;

    fn refused(&self) -> &AtomicU64 {
        &self.refused
    }

    /// Signed by nobody: the key that would is Telnyx's.
    fn example(&self) -> Example {
        let at = self.surroundings.now().unix_ms().div_euclid(1000);
        Example {
            path: INTAKE_PATH,
            headers: vec![
                (SIGNATURE, BASE64_STANDARD.encode([0; 64])),
                (TIMESTAMP, at.to_string()),
                (CONTENT_TYPE, JSON.to_owned()),
            ],
            body: "{}".to_owned(),
        }
    }

    fn look(&self, call: &WebhookCall<'_>) -> Result<(), ProviderError> {
        self.read(call).map(drop)
    }
}

impl fmt::Debug for TelnyxWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelnyxWebhook").field("refused", &self.refused).finish_non_exhaustive()
    }
}
