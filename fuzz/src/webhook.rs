//! Drives the reader of Twilio's webhook.
//!
//! Holds: a call is read only with the signature that belongs to it, so none is read under
//! another secret; what is read has a key and no more pictures than a message has; the status
//! of a text is read or refused, never half; the text is the one that stands in the form.

use unhook_messaging::Secret;
use unhook_messaging::twilio::TwilioWebhook;
use unhook_messaging::webhook::{LARGEST_BODY, ProviderError, WebhookCall};

const PATH: &str = "/intake/twilio";

/// The first line is the content type, the second the query, the third the signature, or
/// nothing to have the rest signed as Twilio would. The rest is the body.
pub fn run(data: &[u8]) {
    let mut lines = data.splitn(4, |b| *b == b'\n');
    let (Some(kind), Some(query), Some(signature), Some(body)) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return;
    };
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let (Some(kind), Some(query), Some(signature)) = (text(kind), text(query), text(signature))
    else {
        return;
    };
    let webhook = webhook("token");
    let query = Some(query).filter(|query| !query.is_empty());
    let path_and_query = query.map_or(PATH.to_owned(), |query| format!("{PATH}?{query}"));
    let pairs = decoded(body);
    let ours = webhook.sign(&path_and_query, &pairs_of(&pairs));
    let signature = if signature.is_empty() { &ours } else { signature };
    let headers = [("content-type", kind), ("x-twilio-signature", signature)];
    let call = WebhookCall { path: PATH, query, headers: &headers, body };
    let read = webhook.read_text(&call);
    if let Ok(read) = &read {
        assert!(body.len() <= LARGEST_BODY, "{} bytes were read", body.len());
        assert!(read.submission.key.as_ref().is_some_and(|key| !key.is_empty()));
        assert!(read.media.len() <= 10, "{} pictures", read.media.len());
        if kind.starts_with("application/x-www-form-urlencoded") {
            let found = pairs.iter().find(|(name, _)| name == "Body").map(|(_, body)| body);
            assert_eq!(Some(&read.submission.message.body), found, "the text in the form");
        }
    }
    assert!(self::webhook("another").read_text(&call).is_err(), "read under another secret");
    let unsigned = webhook.read_text(&WebhookCall { headers: &headers[..1], ..call });
    assert!(matches!(unsigned, Err(ProviderError::Signature(_))), "{unsigned:?}");
    drop(webhook.read_status(&call));
}

fn webhook(secret: &str) -> TwilioWebhook {
    TwilioWebhook::new(Secret::new(secret), "https://sms.acme.example").expect("settings are good")
}

/// A form by somebody else's reading of it, as far as it is one.
fn decoded(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

fn pairs_of(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
