//! One call of Plivo's, checked and read.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use unhook_app::Probe;

use super::INTAKE_PATH;
use super::incoming::{self, PlivoText};
use super::signature;
use crate::webhook::{
    Example, FORM, Hmac, Kind, Parameters, Provider, ProviderError, WebhookCall, public_url,
};
use unhook_app::Secret;

const SIGNATURE: &str = "x-plivo-signature-v3";
const NONCE: &str = "x-plivo-signature-v3-nonce";
const CONTENT_TYPE: &str = "content-type";

/// What is needed to tell Plivo's calls from others'.
#[derive(Clone)]
pub struct PlivoWebhook {
    key: Arc<Hmac>,
    public_url: String,
    refused: Arc<AtomicU64>,
}

impl PlivoWebhook {
    /// With the auth token of the account or subaccount that owns the number, and the URL that
    /// Plivo calls, as far as the path begins that [`router`](super::router) serves.
    ///
    /// # Errors
    /// When the token is empty, or the URL is not one.
    pub fn new(token: &Secret, public_url: &str) -> Result<Self, ProviderError> {
        if token.expose().is_empty() {
            return Err(ProviderError::Setting("the auth token of Plivo is empty"));
        }
        let public_url = self::public_url(public_url)?;
        Ok(Self { key: Arc::new(Hmac::new(token)), public_url, refused: Arc::default() })
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

    /// Checks and reads a text that came in.
    ///
    /// # Errors
    /// Says what is wrong with the call; of a wrong signature nothing else is looked at.
    pub fn read(&self, call: &WebhookCall<'_>) -> Result<PlivoText, ProviderError> {
        let (signatures, nonce) = (call.signed_by(SIGNATURE)?, call.signed_by(NONCE)?);
        let body = call.bounded()?;
        if Kind::of(call.header(CONTENT_TYPE)) != Some(Kind::Form) {
            return Err(ProviderError::Unsupported);
        }
        let query = Parameters::from_form(call.query.unwrap_or_default().as_bytes())?;
        let parameters = Parameters::from_form(body)?;
        let signed = self.signed(call.path, &query, &parameters, nonce);
        signature::check(&self.key, &signed, signatures)?;
        incoming::read(&parameters)
    }

    /// The signature that Plivo would give a form with these parameters: for tests.
    #[must_use]
    pub fn sign(&self, path: &str, nonce: &str, parameters: &[(&str, &str)]) -> String {
        let parameters = parameters.iter().copied().collect();
        let signed = self.signed(path, &Parameters::default(), &parameters, nonce);
        signature::sign(&self.key, &signed)
    }

    fn signed(
        &self,
        path: &str,
        query: &Parameters,
        parameters: &Parameters,
        nonce: &str,
    ) -> String {
        signature::signed(&format!("{}{path}", self.public_url), query, parameters, nonce)
    }
}

impl Provider for PlivoWebhook {
    const NAME: &'static str = "Plivo";
    const HEADERS: &'static [&'static str] = &[SIGNATURE, NONCE, CONTENT_TYPE];

    fn refused(&self) -> &AtomicU64 {
        &self.refused
    }

    fn example(&self) -> Example {
        let parameters =
            [("MessageUUID", "0"), ("From", "12015550123"), ("To", "12015550199"), ("Text", "1")];
        Example {
            path: INTAKE_PATH,
            headers: vec![
                (SIGNATURE, self.sign(INTAKE_PATH, "0", &parameters)),
                (NONCE, "0".to_owned()),
                (CONTENT_TYPE, FORM.to_owned()),
            ],
            body: "MessageUUID=0&From=12015550123&To=12015550199&Text=1".to_owned(),
        }
    }

    fn look(&self, call: &WebhookCall<'_>) -> Result<(), ProviderError> {
        self.read(call).map(drop)
    }

    fn public_url(&self) -> Option<&str> {
        Some(&self.public_url)
    }
}

impl fmt::Debug for PlivoWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlivoWebhook")
            .field("public_url", &self.public_url)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}
