//! Drives the readers of the webhooks of Telnyx, Plivo, Vonage, Slack and Teams.
//!
//! Holds: a call is read only with the signature that belongs to it, so none is read without one
//! or under another secret; what is read has a key, and no more pictures than a message has; a
//! message of Slack's never grows by being made plain.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use ring::{digest, hmac};
use unhook_app::{Submission, Surroundings};
use unhook_messaging::Secret;
use unhook_messaging::chat::slack::{SlackWebhook, plain};
use unhook_messaging::chat::teams::TeamsWebhook;
use unhook_messaging::plivo::PlivoWebhook;
use unhook_messaging::telnyx::{TelnyxEvent, TelnyxWebhook};
use unhook_messaging::vonage::VonageWebhook;
use unhook_messaging::webhook::{IncomingText, LARGEST_BODY, ProviderError, WebhookCall};
use unhook_model::Timestamp;

/// The moment of every call, in seconds.
const NOW: &str = "1658357340";

/// The secret, which is Base64 as well, and another.
const SECRETS: [&str; 2] = ["c2l4dGVlbiBieXRlcyBhbmQgc29tZSBtb3Jl", "YW5vdGhlcg=="];

/// A moment that stands still.
struct Still;

impl Surroundings for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_658_357_340_000)
    }

    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
}

/// The first line is the provider, the second the signature, or nothing to have the rest signed as
/// that provider would. The rest is the body.
pub fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(plain(text).len() <= text.len(), "{text:?} grew");
    }
    let mut lines = data.splitn(3, |b| *b == b'\n');
    let (Some(provider), Some(signature), Some(body)) = (lines.next(), lines.next(), lines.next())
    else {
        return;
    };
    let Ok(signature) = std::str::from_utf8(signature) else { return };
    match provider {
        b"telnyx" => telnyx(signature, body),
        b"plivo" => plivo(signature, body),
        b"vonage" => vonage(signature, body),
        b"slack" => slack(signature, body),
        b"teams" => teams(signature, body),
        _ => {}
    }
}

/// What a call came to: what was passed on, and how many pictures came with it.
type Read = Result<Option<(Submission, usize)>, ProviderError>;

/// Reads a call as it is, without its signature, and under another secret.
fn check(
    signature: (&str, &str),
    others: &[(&str, &str)],
    body: &[u8],
    read: impl Fn(&str, &WebhookCall<'_>) -> Read,
) {
    let headers: Vec<(&str, &str)> =
        [signature].into_iter().chain(others.iter().copied()).collect();
    let call = WebhookCall { path: "/intake", query: None, headers: &headers, body };
    if let Ok(Some((submission, pictures))) = read(SECRETS[0], &call) {
        assert!(body.len() <= LARGEST_BODY, "{} bytes were read", body.len());
        assert!(submission.key.is_some_and(|key| !key.is_empty()));
        assert!(pictures <= 10, "{pictures} pictures");
    }
    assert!(read(SECRETS[1], &call).is_err(), "read under another secret");
    let unsigned = read(SECRETS[0], &WebhookCall { headers: others, ..call });
    assert!(matches!(unsigned, Err(ProviderError::Signature(_))), "{unsigned:?}");
}

fn texts(text: IncomingText) -> (Submission, usize) {
    (text.submission, text.media.len())
}

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn given<'s>(signature: &'s str, ours: &'s str) -> &'s str {
    if signature.is_empty() { ours } else { signature }
}

fn telnyx(signature: &str, body: &[u8]) {
    let pair = |secret: &str| {
        let seed = digest::digest(&digest::SHA256, secret.as_bytes());
        Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).expect("32 bytes are a seed")
    };
    let signed = [NOW.as_bytes(), b"|", body].concat();
    let ours = BASE64_STANDARD.encode(pair(SECRETS[0]).sign(&signed));
    let header = ("telnyx-signature-ed25519", given(signature, &ours));
    check(header, &[("telnyx-timestamp", NOW), JSON], body, |secret, call| {
        let key = BASE64_STANDARD.encode(pair(secret).public_key());
        let webhook = TelnyxWebhook::new(&key, Arc::new(Still)).expect("a key");
        Ok(match webhook.read(call)? {
            TelnyxEvent::Text(text) => Some(texts(*text)),
            _ => None,
        })
    });
}

fn plivo(signature: &str, body: &[u8]) {
    let webhook = |secret: &str| {
        PlivoWebhook::new(&Secret::new(secret), "https://sms.acme.example").expect("settings")
    };
    // By somebody else's reading of the form, as far as it is one.
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let ours = webhook(SECRETS[0]).sign("/intake", "7", &pairs);
    let header = ("x-plivo-signature-v3", given(signature, &ours));
    check(header, &[("x-plivo-signature-v3-nonce", "7"), FORM], body, |secret, call| {
        webhook(secret).read(call).map(|read| Some(texts(read.text)))
    });
}

fn vonage(signature: &str, body: &[u8]) {
    let hash = digest::digest(&digest::SHA256, body);
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let claims = format!(r#"{{"iat":{NOW},"payload_hash":"{hash}"}}"#);
    let [header, claims] =
        [r#"{"alg":"HS256"}"#, &claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    let signed = format!("{header}.{claims}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRETS[0].as_bytes());
    let tag = BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    let ours = format!("Bearer {signed}.{tag}");
    check(("authorization", given(signature, &ours)), &[JSON], body, |secret, call| {
        let webhook = VonageWebhook::new(&Secret::new(secret), Arc::new(Still));
        Ok(webhook.expect("a secret").read(call)?.map(texts))
    });
}

fn slack(signature: &str, body: &[u8]) {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRETS[0].as_bytes());
    let tag = hmac::sign(&key, &[b"v0:", NOW.as_bytes(), b":", body].concat());
    let tag: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let ours = format!("v0={tag}");
    let header = ("x-slack-signature", given(signature, &ours));
    check(header, &[("x-slack-request-timestamp", NOW), FORM], body, |secret, call| {
        let webhook = SlackWebhook::new(&Secret::new(secret), Arc::new(Still));
        Ok(webhook.expect("a secret").read(call)?.map(|report| (report.submission, 0)))
    });
}

fn teams(signature: &str, body: &[u8]) {
    let webhook =
        |secret: &str| TeamsWebhook::new(&Secret::new(secret), Arc::new(Still)).expect("a secret");
    let ours = webhook(SECRETS[0]).sign(body);
    check(("authorization", given(signature, &ours)), &[JSON], body, |secret, call| {
        Ok(webhook(secret).read(call)?.map(|submission| (submission, 0)))
    });
}
