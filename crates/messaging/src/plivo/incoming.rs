//! A text that came in: the parameters of Plivo's message webhook as a submission.
//!
//! Source: Plivo, "Handling incoming SMS/MMS/WhatsApp".

use unhook_app::{Contact, Submission, Way};
use unhook_model::{Channel, Message};

use crate::webhook::{IncomingText, MOST_MEDIA, Media, Parameters, ProviderError, dialled, key};

/// A text that came in, and between whom it went, as Plivo writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlivoText {
    /// The text.
    pub text: IncomingText,
    /// Who wrote.
    pub from: String,
    /// Our number.
    pub to: String,
}

/// Reads a text that came in.
pub(super) fn read(parameters: &Parameters) -> Result<PlivoText, ProviderError> {
    let id = key("MessageUUID", parameters.required("MessageUUID")?)?;
    let address = |name| {
        let address = parameters.required(name)?.trim();
        if address.is_empty() { Err(ProviderError::Missing(name)) } else { Ok(address.to_owned()) }
    };
    let (from, to) = (address("From")?, address("To")?);
    let media = media(parameters)?;
    let channel = match parameters.value("Type")?.unwrap_or("sms") {
        "whatsapp" => Channel::Whatsapp,
        "mms" => Channel::Mms,
        _ if media.is_empty() => Channel::Sms,
        _ => Channel::Mms,
    };
    // The words of an SMS are its `Text`, those of anything else its `Body`.
    let body = match (parameters.value("Text")?, parameters.value("Body")?) {
        (Some(text), None) | (None, Some(text)) => text,
        (Some(text), Some(body)) => {
            if text.is_empty() {
                body
            } else {
                text
            }
        }
        (None, None) if !media.is_empty() => "",
        (None, None) => return Err(ProviderError::Missing("Text")),
    };
    let recipient = dialled(&to);
    let submission = Submission {
        key: Some(id),
        way: Way::Text,
        // A name instead of a number is nobody who can be known.
        from: dialled(&from).map(Contact::Phone),
        to: recipient.clone(),
        message: Message { channel, recipient, ..Message::from_body(body) },
        language: None,
        attachments: Vec::new(),
    };
    // Plivo's XML answers texts; a WhatsApp message takes its API.
    let is_answered = channel == Channel::Whatsapp;
    Ok(PlivoText { text: IncomingText { submission, media, is_answered }, from, to })
}

fn media(parameters: &Parameters) -> Result<Vec<Media>, ProviderError> {
    let count = parameters.value("MediaCount")?.unwrap_or("0");
    let count: usize = count.parse().map_err(|_| ProviderError::Unusable("MediaCount"))?;
    // Plivo's documents count from one, and its calls have been seen to count from nought.
    let media = (0..=count.min(MOST_MEDIA)).filter_map(|number| {
        let url = parameters.numbered("Media", number)?.to_owned();
        Some(Media { url, content_type: String::new() })
    });
    Ok(media.take(count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_model::PhoneNumber;

    const PLAIN: [(&str, &str); 4] = [
        ("MessageUUID", "d5b0a1e0-1ad9-11ee"),
        ("From", "12015550123"),
        ("To", "12015550199"),
        ("Text", "tap acme-okta.example"),
    ];

    fn parsed(pairs: &[(&'static str, &str)]) -> Result<PlivoText, ProviderError> {
        let plain = PLAIN.iter().filter(|(name, _)| pairs.iter().all(|(other, _)| other != name));
        read(&plain.chain(pairs).copied().collect())
    }

    #[test]
    fn a_text_is_a_submission() {
        let PlivoText { text, from, to } = parsed(&[]).unwrap();
        let number = |text| PhoneNumber::parse(text).unwrap();
        assert_eq!(text.submission.key.as_deref(), Some("d5b0a1e0-1ad9-11ee"));
        assert_eq!(text.submission.from, Some(Contact::Phone(number("+12015550123"))));
        assert_eq!(text.submission.to, Some(number("+12015550199")));
        assert_eq!(text.submission.message.body, "tap acme-okta.example");
        assert_eq!((from.as_str(), to.as_str()), ("12015550123", "12015550199"));
    }

    #[test]
    fn pictures_are_listed_and_their_words_are_the_body() {
        let check = |names: [&'static str; 2], count, expected| {
            let pairs = [("Type", "mms"), ("Text", ""), ("Body", "look"), ("MediaCount", count)];
            let pairs: Vec<_> =
                pairs.into_iter().chain(names.map(|name| (name, "https://x.example"))).collect();
            let text = parsed(&pairs).unwrap().text;
            assert_eq!(text.media.len(), expected, "{names:?}");
            assert_eq!(text.submission.message.body, "look");
            assert_eq!(text.submission.message.channel, Channel::Mms);
        };
        check(["Media1", "Media2"], "2", 2);
        check(["Media0", "Media1"], "2", 2);
        check(["Media1", "Media2"], "1", 1);
        check(["Media1", "Media2"], "99999", 2);
        assert!(parsed(&[("MediaCount", "many")]).is_err());
    }

    #[test]
    fn what_must_be_there_must_be_there() {
        for left_out in ["MessageUUID", "From", "To", "Text"] {
            let rest = PLAIN.iter().filter(|(name, _)| *name != left_out).copied().collect();
            let read = super::read(&rest);
            assert!(matches!(read, Err(ProviderError::Missing(name)) if name == left_out));
        }
        assert!(matches!(parsed(&[("To", " ")]), Err(ProviderError::Missing("To"))));
        assert!(parsed(&[("MessageUUID", "a/b")]).is_err());
    }
}
