//! A text that came in: the parameters of Twilio's messaging webhook as a submission.
//!
//! Source: Twilio, "Receive messages", parameters of the request to your application.

use unhook_app::{Contact, Submission, Way};
use unhook_model::{Channel, Message, PhoneNumber};

use crate::webhook::{IncomingText, MOST_MEDIA, Media, Parameters, ProviderError, key};

/// Reads a text that came in.
pub(super) fn read(parameters: &Parameters) -> Result<IncomingText, ProviderError> {
    let id = key("MessageSid", parameters.required("MessageSid")?)?;
    let from = parameters.required("From")?;
    if from.trim().is_empty() {
        return Err(ProviderError::Missing("From"));
    }
    let body = parameters.required("Body")?;
    let media = media(parameters)?;
    let (channel, from) = address(from, !media.is_empty());
    let to = parameters.value("To")?.and_then(|to| PhoneNumber::parse(address(to, false).1));
    let submission = Submission {
        key: Some(id),
        way: Way::Text,
        // A name instead of a number (an alphanumeric sender) is nobody who can be known.
        from: PhoneNumber::parse(from).map(Contact::Phone),
        to: to.clone(),
        message: Message { channel, recipient: to, ..Message::from_body(body) },
        language: None,
        attachments: Vec::new(),
    };
    let is_answered = parameters.value("OptOutType")?.is_some_and(|kind| !kind.is_empty());
    Ok(IncomingText { submission, media, is_answered })
}

/// Which channel an address belongs to, and the address itself.
fn address(address: &str, has_media: bool) -> (Channel, &str) {
    let address = address.trim();
    match address.split_once(':') {
        Some(("whatsapp", rest)) => (Channel::Whatsapp, rest),
        Some(("rcs", rest)) => (Channel::Rcs, rest),
        _ if has_media => (Channel::Mms, address),
        _ => (Channel::Sms, address),
    }
}

fn media(parameters: &Parameters) -> Result<Vec<Media>, ProviderError> {
    let count = parameters.value("NumMedia")?.unwrap_or("0");
    let count: usize = count.parse().map_err(|_| ProviderError::Unusable("NumMedia"))?;
    let media = (0..count.min(MOST_MEDIA)).filter_map(|number| {
        let url = parameters.numbered("MediaUrl", number)?.to_owned();
        let kind = parameters.numbered("MediaContentType", number).unwrap_or_default();
        Some(Media { url, content_type: kind.to_owned() })
    });
    Ok(media.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: [(&str, &str); 4] = [
        ("MessageSid", "SM0123"),
        ("From", "+12015550123"),
        ("To", "+12015550199"),
        ("Body", "tap acme-okta.example"),
    ];

    fn parsed(pairs: &[(&'static str, &str)]) -> Result<IncomingText, ProviderError> {
        let plain = PLAIN.iter().filter(|(name, _)| pairs.iter().all(|(other, _)| other != name));
        read(&plain.chain(pairs).copied().collect())
    }

    #[test]
    fn a_text_is_a_submission() {
        let text = parsed(&[]).unwrap();
        let number = |text| PhoneNumber::parse(text).unwrap();
        assert_eq!(text.submission.key.as_deref(), Some("SM0123"));
        assert_eq!(text.submission.way, Way::Text);
        assert_eq!(text.submission.from, Some(Contact::Phone(number("+12015550123"))));
        assert_eq!(text.submission.to, Some(number("+12015550199")));
        assert_eq!(text.submission.message.body, "tap acme-okta.example");
        assert_eq!(text.submission.message.sender, None, "forwarding loses it");
        assert!(text.media.is_empty() && !text.is_answered);
    }

    #[test]
    fn the_channel_is_in_the_address() {
        let check = |from, expected, has_number| {
            let submission = parsed(&[("From", from)]).unwrap().submission;
            assert_eq!(submission.message.channel, expected, "{from}");
            assert_eq!(submission.from.is_some(), has_number, "{from}");
        };
        check("whatsapp:+12015550123", Channel::Whatsapp, true);
        check("rcs:+12015550123", Channel::Rcs, true);
        check("28777", Channel::Sms, true);
        check("MYBANK", Channel::Sms, false);
    }

    #[test]
    fn pictures_are_listed() {
        let text = parsed(&[
            ("Body", ""),
            ("NumMedia", "2"),
            ("MediaUrl0", "https://api.twilio.com/one"),
            ("MediaContentType0", "image/png"),
            ("MediaUrl1", "https://api.twilio.com/two"),
        ]);
        let text = text.unwrap();
        assert_eq!(text.submission.message.channel, Channel::Mms);
        let kinds: Vec<_> = text.media.iter().map(|media| &*media.content_type).collect();
        assert_eq!(kinds, ["image/png", ""]);
        assert_eq!(parsed(&[("NumMedia", "99999999999")]).unwrap().media, []);
        assert!(parsed(&[("NumMedia", "some")]).is_err());
    }

    #[test]
    fn what_twilio_answered_is_answered() {
        assert!(parsed(&[("OptOutType", "STOP")]).unwrap().is_answered);
        assert!(!parsed(&[("OptOutType", "")]).unwrap().is_answered);
    }

    #[test]
    fn what_must_be_there_must_be_there() {
        for left_out in ["MessageSid", "From", "Body"] {
            let rest = PLAIN.iter().filter(|(name, _)| *name != left_out).copied().collect();
            let read = super::read(&rest);
            assert!(matches!(read, Err(ProviderError::Missing(name)) if name == left_out));
        }
        assert!(matches!(parsed(&[("From", " ")]), Err(ProviderError::Missing("From"))));
        for id in ["", "a b", "ä", &"a".repeat(65)] {
            assert!(parsed(&[("MessageSid", id)]).is_err(), "{id}");
        }
    }
}
