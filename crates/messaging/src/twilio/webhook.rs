//! One call of Twilio's, checked and read; no HTTP here, so that a fuzzer can drive it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::form::Parameters;
use super::incoming::IncomingText;
use super::signature::{self, Algorithm};
use super::status::TextStatus;
use super::{SignatureProblem, TwilioError};
use crate::secret::Secret;

/// The largest body that is read, in bytes. A text of ten parts has a few KiB with all that
/// Twilio says about it.
pub const LARGEST_BODY: usize = 64 << 10;

/// The most parameters a call may have; Twilio sends about thirty and three for each picture.
pub const MOST_PARAMETERS: usize = 256;

/// What is done with the status of a text that went out.
type StatusListener = Arc<dyn Fn(TextStatus) + Send + Sync>;

/// What is needed to tell Twilio's calls from others'.
#[derive(Clone)]
pub struct TwilioWebhook {
    secret: Secret,
    public_url: String,
    refused: Arc<AtomicU64>,
    pub(super) on_status: StatusListener,
}

/// A call, as it came.
#[derive(Clone, Copy, Debug, Default)]
pub struct TwilioCall<'a> {
    /// The path below the public URL, with its first `/`.
    pub path: &'a str,
    /// The query as it came, nothing decoded.
    pub query: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `X-Twilio-Signature`.
    pub signature: Option<&'a str>,
    /// `X-Twilio-Webhooks-Signature-Settings`.
    pub signature_settings: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

impl TwilioWebhook {
    /// With the secret that calls are signed with (the account's auth token, or a shared key)
    /// and the URL that Twilio calls, as far as the path begins that [`router`](super::router)
    /// serves: `https://sms.acme.example`, or `https://acme.example/unhook` behind a proxy that
    /// takes `/unhook` away.
    ///
    /// # Errors
    /// When the secret is empty, or the URL is not one.
    pub fn new(secret: Secret, public_url: &str) -> Result<Self, TwilioError> {
        let public_url = public_url.trim().trim_end_matches('/');
        let host = public_url
            .strip_prefix("https://")
            .or_else(|| public_url.strip_prefix("http://"))
            .filter(|rest| !rest.is_empty() && !rest.starts_with('/'));
        if host.is_none() || public_url.contains(['?', '#', ' ']) {
            return Err(TwilioError::Setting(
                "the public URL must look like https://sms.acme.example, without ? and #",
            ));
        }
        if secret.expose().is_empty() {
            return Err(TwilioError::Setting("the secret that Twilio signs with is empty"));
        }
        let refused = Arc::default();
        let on_status: StatusListener = Arc::new(|_| {});
        Ok(Self { secret, public_url: public_url.to_owned(), refused, on_status })
    }

    /// Hands the status of texts that went out to somebody. Called within the request, so it
    /// must not block.
    #[must_use]
    pub fn on_status(mut self, listener: impl Fn(TextStatus) + Send + Sync + 'static) -> Self {
        self.on_status = Arc::new(listener);
        self
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
    pub fn read_text(&self, call: &TwilioCall<'_>) -> Result<IncomingText, TwilioError> {
        IncomingText::read(&self.checked(call)?)
    }

    /// Checks and reads the status of a text that went out.
    ///
    /// # Errors
    /// As [`TwilioWebhook::read_text`].
    pub fn read_status(&self, call: &TwilioCall<'_>) -> Result<TextStatus, TwilioError> {
        TextStatus::read(&self.checked(call)?, call.query)
    }

    /// The signature that Twilio would give a form with these parameters: for tests and demos.
    #[must_use]
    pub fn sign(&self, path_and_query: &str, parameters: &[(&str, &str)]) -> String {
        let parameters = parameters.iter().copied().collect();
        signature::sign(&self.secret, Algorithm::Sha1, &self.url(path_and_query), &parameters)
    }

    /// The parameters, of which it is certain that Twilio sent them.
    fn checked(&self, call: &TwilioCall<'_>) -> Result<Parameters, TwilioError> {
        let signature = call.signature.filter(|signature| !signature.is_empty());
        let signature = signature.ok_or(TwilioError::Signature(SignatureProblem::Missing))?;
        let algorithm =
            Algorithm::from_settings(call.signature_settings).map_err(TwilioError::Signature)?;
        if call.body.len() > LARGEST_BODY {
            return Err(TwilioError::TooLarge);
        }
        let url = match call.query {
            Some(query) => format!("{}{}?{query}", self.public_url, call.path),
            None => format!("{}{}", self.public_url, call.path),
        };
        let check = |parameters: &Parameters| {
            signature::check(&self.secret, algorithm, &url, parameters, signature)
                .map_err(TwilioError::Signature)
        };
        match Kind::of(call.content_type).ok_or(TwilioError::Unsupported)? {
            Kind::Form => {
                let parameters = Parameters::from_form(call.body)?;
                check(&parameters)?;
                Ok(parameters)
            }
            Kind::Json => {
                check(&Parameters::default())?;
                signature::check_digest(call.query.unwrap_or_default(), call.body)
                    .map_err(TwilioError::Signature)?;
                Parameters::from_json(call.body)
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

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Form,
    Json,
}

impl Kind {
    /// By the content type, which may state UTF-8 and no other charset.
    fn of(content_type: Option<&str>) -> Option<Self> {
        let mut parts = content_type?.split(';').map(str::trim);
        let kind = match parts.next()?.to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            "application/json" => Self::Json,
            _ => return None,
        };
        let is_utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
            let value = value.trim().trim_matches('"');
            !name.trim().eq_ignore_ascii_case("charset")
                || ["utf-8", "utf8", "us-ascii"]
                    .iter()
                    .any(|known| value.eq_ignore_ascii_case(known))
        });
        is_utf8.then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_forms_or_json_in_utf_8() {
        let check = |content_type, expected| {
            assert_eq!(Kind::of(content_type), expected, "{content_type:?}");
        };
        check(Some("application/x-www-form-urlencoded"), Some(Kind::Form));
        check(Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8"), Some(Kind::Form));
        check(Some("application/json;charset=\"utf-8\""), Some(Kind::Json));
        check(Some("application/x-www-form-urlencoded; charset=iso-8859-1"), None);
        check(Some("multipart/form-data; boundary=x"), None);
        check(Some(""), None);
        check(None, None);
    }

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
        let call = TwilioCall {
            path: "/intake/twilio",
            query: Some("x=1"),
            content_type: Some("application/x-www-form-urlencoded"),
            signature: Some(&signature),
            signature_settings: None,
            body: b"MessageSid=SM1&From=%2B12015550123&Body=hello",
        };
        assert_eq!(webhook.read_text(&call).unwrap().submission.message.body, "hello");
        let wrong = |call: TwilioCall<'_>| {
            assert!(matches!(webhook.read_text(&call), Err(TwilioError::Signature(_))), "{call:?}");
        };
        wrong(TwilioCall { query: None, ..call });
        wrong(TwilioCall { path: "/intake/twilio/status", ..call });
        wrong(TwilioCall { signature: None, ..call });
        wrong(TwilioCall { signature: Some("AAAA"), ..call });
        wrong(TwilioCall { signature_settings: Some("algorithm=HMAC_SHA256"), ..call });
        wrong(TwilioCall { signature_settings: Some("algorithm=NONE"), ..call });
        wrong(TwilioCall { content_type: Some("application/json"), ..call });
        let body = [b'a'; LARGEST_BODY + 1];
        let large = TwilioCall { body: &body, ..call };
        assert!(matches!(webhook.read_text(&large), Err(TwilioError::TooLarge)));
    }
}
