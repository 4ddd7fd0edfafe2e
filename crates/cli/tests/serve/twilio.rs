//! Texts as Twilio hands them over, signed.

use unhook_messaging::Secret;
use unhook_messaging::twilio::{INTAKE_PATH, TwilioWebhook};

use crate::http::Request;

/// What Twilio and the service share.
pub(crate) const AUTH_TOKEN: &str = "feedfacefeedfacefeedfacefeedface";

/// The account.
pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000000";

/// Where Twilio believes the service to be.
pub(crate) const PUBLIC_URL: &str = "https://sms.acmecorp.example";

/// The number that people pass texts on to.
const REPORTING_NUMBER: &str = "+12015550199";

/// A text to the reporting number.
pub(crate) struct Text<'t> {
    pub(crate) sid: &'t str,
    pub(crate) from: &'t str,
    pub(crate) body: &'t str,
}

impl Text<'_> {
    /// The call by which Twilio hands it over.
    pub(crate) fn call(&self) -> Request {
        let webhook = TwilioWebhook::new(Secret::new(AUTH_TOKEN), PUBLIC_URL);
        let webhook = webhook.expect("the URL is one");
        self.unsigned().header("x-twilio-signature", &webhook.sign(INTAKE_PATH, &self.parameters()))
    }

    /// The same from somebody who does not know the secret.
    pub(crate) fn forged(&self) -> Request {
        let webhook = TwilioWebhook::new(Secret::new("a guess"), PUBLIC_URL);
        let webhook = webhook.expect("the URL is one");
        self.unsigned().header("x-twilio-signature", &webhook.sign(INTAKE_PATH, &self.parameters()))
    }

    /// The same from somebody who does not even try.
    pub(crate) fn unsigned(&self) -> Request {
        let pairs = self.parameters().map(|(name, value)| format!("{name}={}", encoded(value)));
        Request::post(INTAKE_PATH, "application/x-www-form-urlencoded", pairs.join("&"))
    }

    fn parameters(&self) -> [(&str, &str); 7] {
        [
            ("AccountSid", ACCOUNT),
            ("Body", self.body),
            ("From", self.from),
            ("MessageSid", self.sid),
            ("NumMedia", "0"),
            ("NumSegments", "1"),
            ("To", REPORTING_NUMBER),
        ]
    }
}

/// As a form writes it.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
