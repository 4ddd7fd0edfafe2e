//! What Telnyx says happened: `message.received` is a text, `message.sent` and
//! `message.finalized` are what became of one that went out; of anything else nothing is kept.
//!
//! Source: Telnyx, "Receiving webhooks for messaging".

use serde::Deserialize;
use unhook_app::{Contact, OutgoingId, Submission, Way};
use unhook_model::{Channel, Message, PhoneNumber};

use crate::webhook::{IncomingText, MOST_MEDIA, Media, ProviderError, TextStage, TextStatus, key};

/// What a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TelnyxEvent {
    /// A text came in.
    Text(Box<IncomingText>),
    /// A text that went out went on.
    Status(TextStatus),
    /// Something else, which is none of our business.
    Other,
}

#[derive(Deserialize)]
struct Envelope {
    data: Event,
}

#[derive(Deserialize)]
struct Event {
    event_type: String,
    #[serde(default)]
    payload: Payload,
}

#[derive(Default, Deserialize)]
struct Payload {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    from: Option<Party>,
    to: Option<Vec<Party>>,
    text: Option<String>,
    media: Option<Vec<Medium>>,
    tags: Option<Vec<String>>,
    errors: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
struct Party {
    phone_number: Option<String>,
    status: Option<String>,
}

#[derive(Deserialize)]
struct Medium {
    url: Option<String>,
    content_type: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    code: Option<String>,
}

/// Reads a body, of which it is certain that Telnyx sent it.
pub(super) fn read(body: &[u8]) -> Result<TelnyxEvent, ProviderError> {
    let envelope: Envelope = serde_json::from_slice(body)
        .map_err(|_| ProviderError::Malformed("no event as Telnyx writes them"))?;
    let Event { event_type, payload } = envelope.data;
    match event_type.as_str() {
        "message.received" => text(payload).map(|text| TelnyxEvent::Text(Box::new(text))),
        "message.sent" | "message.finalized" => status(payload).map(TelnyxEvent::Status),
        _ => Ok(TelnyxEvent::Other),
    }
}

fn text(payload: Payload) -> Result<IncomingText, ProviderError> {
    let id = payload.id.ok_or(ProviderError::Missing("id"))?;
    let from = payload.from.and_then(|from| from.phone_number);
    let from = from.filter(|from| !from.trim().is_empty()).ok_or(ProviderError::Missing("from"))?;
    let to = payload.to.and_then(|to| to.into_iter().next()).and_then(|to| to.phone_number);
    let to = to.and_then(|to| PhoneNumber::parse(&to));
    let media = payload.media.unwrap_or_default().into_iter().take(MOST_MEDIA);
    let media: Vec<Media> = media
        .filter_map(|medium| {
            let content_type = medium.content_type.unwrap_or_default();
            Some(Media { url: medium.url?, content_type })
        })
        .collect();
    let is_mms = payload.kind.is_some_and(|kind| kind.eq_ignore_ascii_case("mms"));
    let channel = if is_mms || !media.is_empty() { Channel::Mms } else { Channel::Sms };
    let body = payload.text.unwrap_or_default();
    let submission = Submission {
        key: Some(key("id", &id)?),
        way: Way::Text,
        // A name instead of a number is nobody who can be known.
        from: PhoneNumber::parse(&from).map(Contact::Phone),
        to: to.clone(),
        message: Message { channel, recipient: to, ..Message::from_body(body) },
        language: None,
        attachments: Vec::new(),
    };
    Ok(IncomingText { submission, media, is_answered: false })
}

/// What became of a text; our id of it is its tag.
fn status(payload: Payload) -> Result<TextStatus, ProviderError> {
    let tags = payload.tags.unwrap_or_default();
    let id = tags.iter().find_map(|tag| tag.parse::<OutgoingId>().ok());
    let to = payload.to.and_then(|to| to.into_iter().next()).and_then(|to| to.status);
    let code = payload.errors.unwrap_or_default().into_iter().find_map(|error| error.code);
    Ok(TextStatus {
        id,
        receipt: key("id", &payload.id.ok_or(ProviderError::Missing("id"))?)?,
        stage: stage(&to.ok_or(ProviderError::Missing("to"))?),
        error_code: code.and_then(|code| code.parse().ok()),
    })
}

fn stage(name: &str) -> TextStage {
    match name {
        "queued" | "sending" => TextStage::Waiting,
        "sent" => TextStage::Sent,
        "delivered" => TextStage::Delivered,
        "sending_failed" | "delivery_failed" | "expired" => TextStage::Failed,
        // Among them `delivery_unconfirmed`: nobody will ever know.
        _ => TextStage::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn received(change: impl Fn(&mut Value)) -> Result<TelnyxEvent, ProviderError> {
        let mut payload = json!({
            "id": "7ee4241c-f127-47e5-9c34-3aac291f8058", "type": "SMS",
            "from": { "phone_number": "+12015550123", "carrier": "x" },
            "to": [{ "phone_number": "+12015550199", "status": "delivered" }],
            "text": "tap acme-okta.example", "media": [],
        });
        change(&mut payload);
        let event = json!({ "data": { "event_type": "message.received", "payload": payload } });
        read(event.to_string().as_bytes())
    }

    fn text(event: Result<TelnyxEvent, ProviderError>) -> IncomingText {
        match event {
            Ok(TelnyxEvent::Text(text)) => *text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_text_is_a_submission() {
        let text = text(received(|_| {}));
        let number = |text| PhoneNumber::parse(text).unwrap();
        let submission = text.submission;
        assert_eq!(submission.key.as_deref(), Some("7ee4241c-f127-47e5-9c34-3aac291f8058"));
        assert_eq!(submission.from, Some(Contact::Phone(number("+12015550123"))));
        assert_eq!(submission.to, Some(number("+12015550199")));
        assert_eq!(submission.message.body, "tap acme-okta.example");
        assert_eq!((submission.message.channel, text.media), (Channel::Sms, Vec::new()));
    }

    #[test]
    fn pictures_are_listed_and_bounded() {
        let picture = json!({ "url": "https://media.example/1", "content_type": "image/png" });
        let mms = |count| {
            text(received(|payload| {
                payload["text"] = Value::Null;
                payload["media"] = vec![picture.clone(); count].into();
            }))
        };
        let one = mms(1);
        assert_eq!(one.media[0].content_type, "image/png");
        assert_eq!(one.submission.message.channel, Channel::Mms);
        assert_eq!(one.submission.message.body, "");
        assert_eq!(mms(30).media.len(), MOST_MEDIA);
    }

    #[test]
    fn what_must_be_there_must_be_there() {
        for name in ["id", "from"] {
            let read = received(|payload| payload[name] = Value::Null);
            assert!(matches!(read, Err(ProviderError::Missing(missing)) if missing == name));
        }
        assert!(received(|payload| payload["id"] = "a b".into()).is_err());
        assert!(received(|payload| payload["text"] = 7.into()).is_err());
        for body in ["", "[]", "{}", "{\"data\":{}}", "{\"data\":{\"event_type\":1}}"] {
            assert!(matches!(read(body.as_bytes()), Err(ProviderError::Malformed(_))), "{body}");
        }
    }

    #[test]
    fn a_status_names_what_was_sent() {
        let id = OutgoingId::from_bytes([7; 16]);
        let event = json!({ "data": { "event_type": "message.finalized", "payload": {
            "id": "m1", "to": [{ "status": "delivery_failed" }], "tags": ["x", id.to_string()],
            "errors": [{ "code": "40001", "title": "Landline" }],
        } } });
        let expected = TextStatus {
            id: Some(id),
            receipt: "m1".to_owned(),
            stage: TextStage::Failed,
            error_code: Some(40001),
        };
        assert_eq!(read(event.to_string().as_bytes()).unwrap(), TelnyxEvent::Status(expected));
        let other = br#"{"data":{"event_type":"call.initiated","payload":{}}}"#;
        assert_eq!(read(other).unwrap(), TelnyxEvent::Other);
    }

    #[test]
    fn stages_are_known_by_name() {
        let check = |name, expected| assert_eq!(stage(name), expected, "{name}");
        check("queued", TextStage::Waiting);
        check("sent", TextStage::Sent);
        check("delivered", TextStage::Delivered);
        check("sending_failed", TextStage::Failed);
        check("delivery_unconfirmed", TextStage::Other);
    }
}
