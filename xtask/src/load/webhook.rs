//! Texts as Twilio sends them, each from somebody enrolled, signed as Twilio documents it
//! ("Webhooks security"): HMAC-SHA1, by the account's auth token, over the URL followed by each
//! parameter's name and value in order of names. Written anew here rather than taken from the
//! service, so that the two check each other.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;

use super::texts::text;

/// The auth token of a server that is started for this.
pub(super) const AUTH_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Where Twilio would reach it.
pub(super) const PUBLIC_URL: &str = "https://sms.acme.example";

/// How many people are enrolled: more than send a text in the ten minutes in which a second one
/// would be looked at beside the first, at 50 a second.
pub(super) const PEOPLE: u64 = 30_000;

const PATH: &str = "/intake/twilio";

/// Somebody's number: 555-0100 to 555-0199 are nobody's, in each area.
pub(crate) fn phone(person: u64) -> String {
    format!("+1{}55501{:02}", 201 + person / 100 % 799, person % 100)
}

/// The call of this number.
pub(super) fn request(number: u64) -> Vec<u8> {
    let (sid, from, body) = (format!("SM{number:032x}"), phone(number % PEOPLE), text(number));
    let parameters = [
        ("AccountSid", "AC00000000000000000000000000000000"),
        ("Body", &body),
        ("From", &from),
        ("MessageSid", &sid),
        ("NumMedia", "0"),
        ("To", "+12005550199"),
    ];
    let signature = sign(&parameters);
    let form = form(&parameters);
    let length = form.len();
    format!(
        "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nX-Twilio-Signature: {signature}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

fn sign(parameters: &[(&str, &str)]) -> String {
    debug_assert!(parameters.is_sorted());
    let mut signed = format!("{PUBLIC_URL}{PATH}");
    for (name, value) in parameters {
        signed.push_str(name);
        signed.push_str(value);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, AUTH_TOKEN.as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

fn form(parameters: &[(&str, &str)]) -> String {
    let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// As a form has it.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_number_of_their_own() {
        let numbers: std::collections::BTreeSet<String> = (0..PEOPLE).map(phone).collect();
        assert_eq!(numbers.len() as u64, PEOPLE);
        assert!(numbers.iter().all(|number| number.len() == 12));
    }

    #[test]
    fn a_form_is_encoded() {
        assert_eq!(form(&[("Body", "a b&c"), ("From", "+1")]), "Body=a%20b%26c&From=%2B1");
    }
}
