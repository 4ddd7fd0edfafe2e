//! One call of Vonage's, checked and read.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::http::StatusCode;
use unhook_app::{Probe, Surroundings};

use super::{INTAKE_PATH, incoming, token};
use crate::webhook::{
    Example, Hmac, IncomingText, JSON, Kind, Provider, ProviderError, SignatureProblem, WebhookCall,
};
use unhook_app::Secret;

const AUTHORIZATION: &str = "authorization";
const CONTENT_TYPE: &str = "content-type";

/// What is needed to tell Vonage's calls from others'.
#[derive(Clone)]
pub struct VonageWebhook {
    key: Arc<Hmac>,
    surroundings: Arc<dyn Surroundings>,
    refused: Arc<AtomicU64>,
}

impl VonageWebhook {
    /// With the account's signature secret.
    ///
    /// # Errors
    /// When the secret is empty.
    pub fn new(
        secret: &Secret,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, ProviderError> {
        if secret.expose().is_empty() {
            return Err(ProviderError::Setting("the signature secret of Vonage is empty"));
        }
        Ok(Self { key: Arc::new(Hmac::new(secret)), surroundings, refused: Arc::default() })
    }

    /// What tries whether calls are let in.
    #[must_use]
    pub fn probe(&self) -> Arc<dyn Probe> {
        crate::webhook::probe(self)
    }

    /// How many calls had no token or a wrong one, since the start.
    #[must_use]
    pub fn refused(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.refused)
    }

    /// Checks and reads a message that came in; nothing where it came by a channel that has no
    /// numbers.
    ///
    /// # Errors
    /// Says what is wrong with the call; of a wrong token nothing else is looked at.
    pub fn read(&self, call: &WebhookCall<'_>) -> Result<Option<IncomingText>, ProviderError> {
        let missing = ProviderError::Signature(SignatureProblem::Missing);
        let (scheme, token) = call.signed_by(AUTHORIZATION)?.split_once(' ').ok_or(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(ProviderError::Signature(SignatureProblem::Missing));
        }
        let body = call.bounded()?;
        token::check(&self.key, token.trim(), body, self.surroundings.now())?;
        if Kind::of(call.header(CONTENT_TYPE)) != Some(Kind::Json) {
            return Err(ProviderError::Unsupported);
        }
        incoming::read(body)
    }
}

impl Provider for VonageWebhook {
    const NAME: &'static str = "Vonage";
    const HEADERS: &'static [&'static str] = &[AUTHORIZATION, CONTENT_TYPE];

    fn refused(&self) -> &AtomicU64 {
        &self.refused
    }

    fn example(&self) -> Example {
        let body = r#"{"channel":"sms","message_uuid":"0","from":"12015550123","text":"1"}"#;
        let token = token::sign(&self.key, body.as_bytes(), self.surroundings.now());
        Example {
            path: INTAKE_PATH,
            headers: vec![
                (AUTHORIZATION, format!("Bearer {token}")),
                (CONTENT_TYPE, JSON.to_owned()),
            ],
            body: body.to_owned(),
        }
    }

    fn look(&self, call: &WebhookCall<'_>) -> Result<(), ProviderError> {
        self.read(call).map(drop)
    }

    /// Vonage says that it sends an unsigned call where it has trouble of its own, and a signed one
    /// later to whoever answers that with a fault.
    fn told(problem: SignatureProblem) -> StatusCode {
        match problem {
            SignatureProblem::Missing => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        }
    }
}

impl fmt::Debug for VonageWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VonageWebhook").field("refused", &self.refused).finish_non_exhaustive()
    }
}
