//! A message that came in: the body of the Messages API's inbound webhook as a submission.
//!
//! Source: Vonage, "Messages API reference", inbound message webhook (v1).

use serde::Deserialize;
use unhook_app::{Contact, Submission, Way};
use unhook_model::{Channel, Message};

use crate::webhook::{IncomingText, Media, ProviderError, dialled, key};

#[derive(Deserialize)]
struct Inbound {
    channel: String,
    message_uuid: String,
    from: String,
    to: Option<String>,
    text: Option<String>,
    image: Option<Attached>,
    video: Option<Attached>,
    audio: Option<Attached>,
    file: Option<Attached>,
    vcard: Option<Attached>,
}

#[derive(Deserialize)]
struct Attached {
    url: Option<String>,
    caption: Option<String>,
}

/// Reads a body, of which it is certain that Vonage sent it; nothing where it came by a channel
/// that has no numbers, such as Messenger.
pub(super) fn read(body: &[u8]) -> Result<Option<IncomingText>, ProviderError> {
    let inbound: Inbound = serde_json::from_slice(body)
        .map_err(|_| ProviderError::Malformed("no message as Vonage writes them"))?;
    let channel = match inbound.channel.as_str() {
        "sms" => Channel::Sms,
        "mms" => Channel::Mms,
        "rcs" => Channel::Rcs,
        "whatsapp" => Channel::Whatsapp,
        _ => return Ok(None),
    };
    if inbound.from.trim().is_empty() {
        return Err(ProviderError::Missing("from"));
    }
    let attached = [inbound.image, inbound.video, inbound.audio, inbound.file, inbound.vcard];
    let (media, captions): (Vec<_>, Vec<_>) =
        attached.into_iter().flatten().map(|attached| (attached.url, attached.caption)).unzip();
    let media = media.into_iter().flatten().map(|url| Media { url, content_type: String::new() });
    let body = inbound.text.or_else(|| captions.into_iter().flatten().next()).unwrap_or_default();
    let to = inbound.to.as_deref().and_then(dialled);
    let submission = Submission {
        key: Some(key("message_uuid", &inbound.message_uuid)?),
        way: Way::Text,
        // A name instead of a number is nobody who can be known.
        from: dialled(&inbound.from).map(Contact::Phone),
        to: to.clone(),
        message: Message { channel, recipient: to, ..Message::from_body(body) },
        language: None,
        attachments: Vec::new(),
    };
    Ok(Some(IncomingText { submission, media: media.collect(), is_answered: false }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use unhook_model::PhoneNumber;

    fn parsed(change: impl Fn(&mut Value)) -> Result<Option<IncomingText>, ProviderError> {
        let mut inbound = json!({
            "channel": "sms", "message_uuid": "aaaaaaaa-bbbb-cccc", "message_type": "text",
            "from": "12015550123", "to": "12015550199", "text": "tap acme-okta.example",
            "sms": { "num_messages": "1" },
        });
        change(&mut inbound);
        read(inbound.to_string().as_bytes())
    }

    #[test]
    fn a_message_is_a_submission() {
        let text = parsed(|_| {}).unwrap().unwrap();
        let number = |text| PhoneNumber::parse(text).unwrap();
        assert_eq!(text.submission.key.as_deref(), Some("aaaaaaaa-bbbb-cccc"));
        assert_eq!(text.submission.from, Some(Contact::Phone(number("+12015550123"))));
        assert_eq!(text.submission.to, Some(number("+12015550199")));
        assert_eq!(text.submission.message.body, "tap acme-okta.example");
        assert_eq!(text.submission.message.channel, Channel::Sms);
    }

    #[test]
    fn channels_with_numbers_are_taken() {
        let channel = |name: &str| {
            let read = parsed(|inbound| inbound["channel"] = name.into()).unwrap();
            read.map(|text| text.submission.message.channel)
        };
        assert_eq!(channel("mms"), Some(Channel::Mms));
        assert_eq!(channel("rcs"), Some(Channel::Rcs));
        assert_eq!(channel("whatsapp"), Some(Channel::Whatsapp));
        assert_eq!(channel("messenger"), None);
    }

    #[test]
    fn pictures_are_listed_and_their_caption_is_the_text() {
        let text = parsed(|inbound| {
            inbound["text"] = Value::Null;
            inbound["image"] = json!({ "url": "https://media.example/1", "caption": "look" });
        });
        let text = text.unwrap().unwrap();
        assert_eq!(text.media.len(), 1);
        assert_eq!(text.submission.message.body, "look");
    }

    #[test]
    fn what_must_be_there_must_be_there() {
        for name in ["channel", "message_uuid", "from"] {
            let read = parsed(|inbound| inbound[name] = Value::Null);
            assert!(matches!(read, Err(ProviderError::Malformed(_))), "{name}");
        }
        let blank = parsed(|inbound| inbound["from"] = " ".into());
        assert!(matches!(blank, Err(ProviderError::Missing("from"))));
        assert!(parsed(|inbound| inbound["message_uuid"] = "a b".into()).is_err());
    }
}
