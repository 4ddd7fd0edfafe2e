//! One call of Twilio's, checked and read; no HTTP here, so that a fuzzer can drive it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::INTAKE_PATH;
use super::media::TwilioMedia;
use super::signature::{self, Algorithm};
use super::{incoming, status};
use unhook_app::Probe;

use crate::webhook::{
    Example, FORM, IncomingText, Kind, Parameters, Provider, ProviderError, StatusListener,
    TextStatus, WebhookCall, public_url,
};
use unhook_app::Secret;

/// Says who sent a call and what is in it.
const SIGNATURE: &str = "x-twilio-signature";

/// Says how that is made, where it is not by the account's auth token.
const SETTINGS: &str = "x-twilio-webhooks-signature-settings";

const CONTENT_TYPE: &str = "content-type";

/// What is needed to tell Twilio's calls from others'.
#[derive(Clone)]
pub struct TwilioWebhook {
    secret: Secret,
    public_url: String,
    refused: Arc<AtomicU64>,
    pub(super) on_status: StatusListener,
    pub(super) media: Option<TwilioMedia>,
}

impl TwilioWebhook {
    /// With the secret that calls are signed with (the account's auth token, or a shared key)
    /// and the URL that Twilio calls, as far as the path begins that [`router`](super::router)
    /// serves: `https://sms.acme.example`, or `https://acme.example/unhook` behind a proxy that
    /// takes `/unhook` away.
    ///
    /// # Errors
    /// When the secret is empty, or the URL is not one.
    pub fn new(secret: Secret, public_url: &str) -> Result<Self, ProviderError> {
        let public_url = self::public_url(public_url)?;
        if secret.expose().is_empty() {
            return Err(ProviderError::Setting("the secret that Twilio signs with is empty"));
        }
        let refused = Arc::default();
        let on_status: StatusListener = Arc::new(|_| {});
        Ok(Self { secret, public_url, refused, on_status, media: None })
    }

    /// Hands the status of texts that went out to somebody. Called within the request, so it
    /// must not block.
    #[must_use]
    pub fn on_status(mut self, listener: impl Fn(TextStatus) + Send + Sync + 'static) -> Self {
        self.on_status = Arc::new(listener);
        self
    }

    /// Has the pictures of texts fetched, so that they are read where a text has no words.
    #[must_use]
    pub fn with_media(mut self, media: TwilioMedia) -> Self {
        self.media = Some(media);
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

    /// The URL at which a path is called, for `StatusCallback`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// Checks and reads a text that came in.
    ///
    /// # Errors
    /// Says what is wrong with the call; of a wrong signature nothing else is looked at.
    pub fn read_text(&self, call: &WebhookCall<'_>) -> Result<IncomingText, ProviderError> {
        incoming::read(&self.checked(call)?)
    }

    /// Checks and reads the status of a text that went out.
    ///
    /// # Errors
    /// As [`TwilioWebhook::read_text`].
    pub fn read_status(&self, call: &WebhookCall<'_>) -> Result<TextStatus, ProviderError> {
        status::read(&self.checked(call)?, call.query)
    }

    /// The signature that Twilio would give a form with these parameters: for tests and demos.
    #[must_use]
    pub fn sign(&self, path_and_query: &str, parameters: &[(&str, &str)]) -> String {
        let parameters = parameters.iter().copied().collect();
        signature::sign(&self.secret, Algorithm::Sha1, &self.url(path_and_query), &parameters)
    }

    /// The parameters, of which it is certain that Twilio sent them.
    fn checked(&self, call: &WebhookCall<'_>) -> Result<Parameters, ProviderError> {
        let signature = call.signed_by(SIGNATURE)?;
        let algorithm = Algorithm::from_settings(call.header(SETTINGS));
        let algorithm = algorithm.map_err(ProviderError::Signature)?;
        let body = call.bounded()?;
        let url = match call.query {
            Some(query) => format!("{}{}?{query}", self.public_url, call.path),
            None => format!("{}{}", self.public_url, call.path),
        };
        let check = |parameters: &Parameters| {
            signature::check(&self.secret, algorithm, &url, parameters, signature)
                .map_err(ProviderError::Signature)
        };
        match Kind::of(call.header(CONTENT_TYPE)).ok_or(ProviderError::Unsupported)? {
            Kind::Form => {
                let parameters = Parameters::from_form(body)?;
                check(&parameters)?;
                Ok(parameters)
            }
            Kind::Json => {
                check(&Parameters::default())?;
                signature::check_digest(call.query.unwrap_or_default(), body)
                    .map_err(ProviderError::Signature)?;
                Parameters::from_json(body)
            }
        }
    }
}

impl fmt::Debug for TwilioWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioWebhook")
            .field("secret", &self.secret)
            .field("public_url", &self.public_url)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

impl Provider for TwilioWebhook {
    const NAME: &'static str = "Twilio";
    const HEADERS: &'static [&'static str] = &[SIGNATURE, SETTINGS, CONTENT_TYPE];

    fn refused(&self) -> &AtomicU64 {
        &self.refused
    }

    fn example(&self) -> Example {
        let signature = self
            .sign(INTAKE_PATH, &[("MessageSid", "SM0"), ("From", "+12015550123"), ("Body", "1")]);
        Example {
            path: INTAKE_PATH,
            headers: vec![(SIGNATURE, signature), (CONTENT_TYPE, FORM.to_owned())],
            body: "MessageSid=SM0&From=%2B12015550123&Body=1".to_owned(),
        }
    }

    fn look(&self, call: &WebhookCall<'_>) -> Result<(), ProviderError> {
        self.read_text(call).map(drop)
    }

    fn public_url(&self) -> Option<&str> {
        Some(&self.public_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::LARGEST_BODY;

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let made = |secret: &str, url: &str| TwilioWebhook::new(Secret::new(secret), url).is_ok();
        assert!(made("token", "https://sms.acme.example/"));
        assert!(made("token", "http://127.0.0.1:8080/unhook"));
        for url in ["", "sms.acme.example", "https://", "https:///x", "ftp://a.example"] {
            assert!(!made("token", url), "{url}");
        }
        assert!(!made("token", "https://a.example?x"));
        assert!(!made("", "https://a.example"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let webhook =
            TwilioWebhook::new(Secret::new("correct-horse"), "https://a.example").unwrap();
        assert!(!format!("{webhook:?}").contains("horse"));
    }

    #[test]
    fn only_what_is_signed_is_read() {
        let webhook = TwilioWebhook::new(Secret::new("token"), "https://a.example").unwrap();
        let pairs = [("MessageSid", "SM1"), ("From", "+12015550123"), ("Body", "hello")];
        let signature = webhook.sign("/intake/twilio?x=1", &pairs);
        let form = (CONTENT_TYPE, "application/x-www-form-urlencoded");
        let signed = (SIGNATURE, signature.as_str());
        let call = WebhookCall {
            path: "/intake/twilio",
            query: Some("x=1"),
            headers: &[form, signed],
            body: b"MessageSid=SM1&From=%2B12015550123&Body=hello",
        };
        assert_eq!(webhook.read_text(&call).unwrap().submission.message.body, "hello");
        let wrong = |call: WebhookCall<'_>| {
            assert!(
                matches!(webhook.read_text(&call), Err(ProviderError::Signature(_))),
                "{call:?}"
            );
        };
        wrong(WebhookCall { query: None, ..call });
        wrong(WebhookCall { path: "/intake/twilio/status", ..call });
        wrong(WebhookCall { headers: &[form], ..call });
        wrong(WebhookCall { headers: &[form, (SIGNATURE, "AAAA")], ..call });
        for settings in ["algorithm=HMAC_SHA256", "algorithm=NONE"] {
            wrong(WebhookCall { headers: &[form, signed, (SETTINGS, settings)], ..call });
        }
        wrong(WebhookCall { headers: &[(CONTENT_TYPE, "application/json"), signed], ..call });
        let body = [b'a'; LARGEST_BODY + 1];
        let large = WebhookCall { body: &body, ..call };
        assert!(matches!(webhook.read_text(&large), Err(ProviderError::TooLarge)));
    }
}
