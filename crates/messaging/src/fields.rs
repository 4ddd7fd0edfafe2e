//! From the fields of a row to a message.

use unhook_model::{Channel, Message, PhoneNumber, Sender};

use crate::time::parse_time;

/// A field beside the text that could not be read, and was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which: `recipient`, `received_at` or `channel`, `id` or `sender`.
    pub field: &'static str,
    /// What stood there, shortened.
    pub value: String,
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let expected = match self.field {
            "received_at" => "RFC 3339, a Unix time, or a plain date and time",
            "recipient" => "a telephone number",
            "channel" => "sms, mms, rcs, whatsapp, voice or email",
            _ => "a string or a number",
        };
        write!(f, "passed over {} `{}`: expected {expected}", self.field, self.value)
    }
}

/// Characters of an unread value that are kept.
const MOST_SHOWN: usize = 40;

impl Unread {
    pub(crate) fn new(field: &'static str, value: &str) -> Self {
        Self { field, value: value.chars().take(MOST_SHOWN).collect() }
    }
}

/// The fields of a message as a file has them.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) sender: Option<String>,
    pub(crate) recipient: Option<String>,
    pub(crate) received: Option<String>,
    pub(crate) channel: Option<String>,
}

impl Fields {
    /// The message with this body, and what of the fields made no sense.
    pub(crate) fn message(self, body: String, unread: &mut Vec<Unread>) -> Message {
        let mut read = Reading { unread };
        Message {
            sender: self.sender.as_deref().and_then(Sender::parse),
            recipient: read.field("recipient", self.recipient, PhoneNumber::parse),
            received_at: read.field("received_at", self.received, parse_time),
            channel: read.field("channel", self.channel, channel).unwrap_or_default(),
            body,
        }
    }
}

fn channel(name: &str) -> Option<Channel> {
    Channel::from_name(&name.to_lowercase())
}

struct Reading<'a> {
    unread: &'a mut Vec<Unread>,
}

impl Reading<'_> {
    fn field<T>(
        &mut self,
        name: &'static str,
        value: Option<String>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = value?;
        let value = value.trim();
        let parsed = parse(value);
        if parsed.is_none() && !value.is_empty() {
            self.unread.push(Unread::new(name, value));
        }
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_passed_over_and_said_so() {
        let fields = Fields {
            sender: Some("  ".into()),
            recipient: Some("me".into()),
            received: Some("yesterday".into()),
            channel: Some("SMS".into()),
        };
        let mut unread = Vec::new();
        let message = fields.message("hi".into(), &mut unread);
        assert_eq!(message, Message::from_body("hi"));
        let unread: Vec<String> = unread.iter().map(ToString::to_string).collect();
        assert_eq!(
            unread,
            [
                "passed over recipient `me`: expected a telephone number",
                "passed over received_at `yesterday`: expected RFC 3339, a Unix time, or a plain date and time",
            ]
        );
    }
}
