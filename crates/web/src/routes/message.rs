//! A text as it is given in a request, read into a [`Message`].

use unhook_app::{Contact, Language};
use unhook_model::{Channel, Message, PhoneNumber, Sender};

use crate::problem::Problem;
use crate::settings::LONGEST_TEXT;
use crate::words::{CHANNELS, channel_named, listed};
use crate::{time, words};

/// The longest sender, in characters; the model keeps the first 120 bytes.
pub(crate) const LONGEST_SENDER: usize = 256;

/// The longest mail address (RFC 5321, section 4.5.3.1.3).
const LONGEST_MAIL_ADDRESS: usize = 254;

/// The parts of a message, as they were given.
pub(crate) struct Parts {
    pub(crate) text: String,
    pub(crate) sender: Option<String>,
    pub(crate) recipient: Option<String>,
    pub(crate) received_at: Option<String>,
    pub(crate) channel: Option<String>,
}

impl Parts {
    /// The message, or what is wrong with which part.
    pub(crate) fn read(self) -> Result<Message, Problem> {
        if self.text.chars().count() > LONGEST_TEXT {
            let detail = format!("at most {LONGEST_TEXT} characters are read; send the first");
            return Err(Problem::value("/text", detail));
        }
        Ok(Message {
            channel: self.channel.as_deref().map(channel).transpose()?.unwrap_or_default(),
            sender: self.sender.as_deref().map(sender).transpose()?,
            recipient: self.recipient.as_deref().map(recipient).transpose()?,
            body: self.text,
            received_at: self.received_at.as_deref().map(received_at).transpose()?,
        })
    }
}

fn channel(name: &str) -> Result<Channel, Problem> {
    channel_named(name).ok_or_else(|| {
        Problem::value("/channel", format!("one of {}", listed(CHANNELS.map(|(_, name)| name))))
    })
}

fn sender(text: &str) -> Result<Sender, Problem> {
    let is_too_long = text.chars().count() > LONGEST_SENDER;
    Sender::parse(text).filter(|_| !is_too_long).ok_or_else(|| {
        let how = "a number, short code, sender id or mail address of at most 256 characters; \
            leave it out when it is not known";
        Problem::value("/sender", how)
    })
}

fn recipient(text: &str) -> Result<PhoneNumber, Problem> {
    let is_plain = (3..=15).contains(&text.strip_prefix('+').unwrap_or(text).len());
    number(text)
        .filter(|_| is_plain)
        .ok_or_else(|| Problem::value("/recipient", "a telephone number such as +12015550123"))
}

/// A number of digits, perhaps with a plus before them.
fn number(text: &str) -> Option<PhoneNumber> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| PhoneNumber::parse(text)).flatten()
}

fn received_at(text: &str) -> Result<unhook_model::Timestamp, Problem> {
    time::read(text)
        .ok_or_else(|| Problem::value("/received_at", "a time such as 2022-07-20T22:49:00Z"))
}

/// A person's telephone number, with its country code.
pub(crate) fn phone(pointer: &str, text: &str) -> Result<Contact, Problem> {
    let is_international =
        (8..=16).contains(&text.len()) && text.starts_with('+') && !text.starts_with("+0");
    number(text).filter(|_| is_international).map(Contact::Phone).ok_or_else(|| {
        Problem::value(pointer, "a telephone number with its country code, such as +12015550123")
    })
}

/// A person's mail address.
pub(crate) fn mail(pointer: &str, text: &str) -> Result<Contact, Problem> {
    let is_address = text.len() <= LONGEST_MAIL_ADDRESS
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    if is_address {
        return Ok(Contact::Mail(text.to_lowercase()));
    }
    Err(Problem::value(pointer, "a mail address such as ana@acme.example"))
}

/// A language by its tag.
pub(crate) fn language(text: &str) -> Result<Language, Problem> {
    let is_tag = text.len() <= 35
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    Language::parse(text)
        .filter(|_| is_tag)
        .ok_or_else(|| Problem::value("/language", "a language such as `en` or `pt-BR`"))
}

/// The key by which the same request counts once.
pub(crate) fn idempotency_key(headers: &axum::http::HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all("idempotency-key").iter();
    let Some(first) = given.next() else { return Ok(None) };
    let key = first.to_str().unwrap_or_default();
    let is_good = (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if !is_good || given.next().is_some() {
        return Err(crate::given::bad_request(
            "`Idempotency-Key` is one line of 1 to 255 ASCII characters without spaces, such as a UUID",
        ));
    }
    Ok(Some(key.to_owned()))
}

/// The parts of a message as the description of the API lists them are in each request that has
/// them; what they share is the channel's list of words.
pub(crate) fn channel_schema() -> utoipa::openapi::schema::Object {
    words::optional_channel()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Parts {
        Parts {
            text: text.to_owned(),
            sender: None,
            recipient: None,
            received_at: None,
            channel: None,
        }
    }

    #[track_caller]
    fn refused(parts: Parts, expected: &str) {
        let problem = parts.read().unwrap_err();
        let detail = problem.detail().unwrap_or_default();
        assert!(detail.starts_with(expected), "{detail}");
    }

    #[test]
    fn a_message_is_read() {
        let message = Parts {
            sender: Some("ACME".to_owned()),
            recipient: Some("+12015550123".to_owned()),
            received_at: Some("2022-07-20T22:49:00Z".to_owned()),
            channel: Some("rcs".to_owned()),
            ..parts("hello")
        };
        let message = message.read().unwrap();
        assert_eq!(message.channel, Channel::Rcs);
        assert_eq!(message.sender, Some(Sender::Alphanumeric("ACME".to_owned())));
        assert_eq!(message.received_at.map(time::write).as_deref(), Some("2022-07-20T22:49:00Z"));
        assert_eq!(message.body, "hello");
    }

    #[test]
    fn each_part_says_what_it_should_be() {
        let some = |text: &str| Some(text.to_owned());
        for blank in ["", " ", &"x".repeat(257)] {
            refused(Parts { sender: some(blank), ..parts("") }, "`sender`: a number, short code");
        }
        for wrong in ["", "12", "call me", "+1 201 555 0123", "1234567890123456", "++123"] {
            let expected = "`recipient`: a telephone number such as +12015550123";
            refused(Parts { recipient: some(wrong), ..parts("") }, expected);
        }
        refused(Parts { received_at: some("noon"), ..parts("") }, "`received_at`: a time such as");
        refused(Parts { channel: some("SMS"), ..parts("") }, "`channel`: one of `sms`, `mms`");
        refused(parts(&"ä".repeat(LONGEST_TEXT + 1)), "`text`: at most 16384 characters");
        assert!(parts(&"ä".repeat(LONGEST_TEXT)).read().is_ok());
    }

    #[test]
    fn people_are_named_by_a_number_or_an_address() {
        assert!(phone("/p", "+12015550123").is_ok());
        let leading_zero = ["+0", "2015550123"].concat();
        for wrong in ["12015550123", "+1", &leading_zero, "+1201555012345678", "+1x015550123"] {
            assert!(phone("/p", wrong).is_err(), "{wrong}");
        }
        let ana = Contact::Mail("ana@acme.example".to_owned());
        assert_eq!(mail("/m", "Ana@ACME.example").unwrap(), ana);
        for wrong in ["ana", "@acme.example", "ana@", "a@b@c", "a b@acme.example", "a@b\n.example"]
        {
            assert!(mail("/m", wrong).is_err(), "{wrong}");
        }
        assert_eq!(language("pt-BR").unwrap().as_str(), "pt");
        assert!(language("english").is_err());
        assert!(language("en-<b>").is_err());
    }

    #[test]
    fn an_idempotency_key_is_one_short_line() {
        let read = |lines: &[&str]| {
            let mut headers = axum::http::HeaderMap::new();
            for line in lines {
                headers.append("idempotency-key", line.parse().unwrap());
            }
            idempotency_key(&headers)
        };
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&["a-1"]).unwrap().as_deref(), Some("a-1"));
        for lines in [&[""][..], &["a b"], &["a", "b"], &[&"k".repeat(256)]] {
            assert!(read(lines).is_err(), "{lines:?}");
        }
    }
}
