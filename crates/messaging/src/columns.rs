//! By which names tables and objects call the fields of a message.

/// A field of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    Text,
    Sender,
    Recipient,
    Received,
    Channel,
}

/// What each field is called, folded as [`fold`] does. Where a row has several names of one
/// field, the one that stands first here counts: our own name stands first, and what means
/// the field only sometimes (`number`) stands last.
const NAMES: [(Field, &[&str]); 6] = [
    (Field::Id, &["id", "messageid", "msgid", "guid", "uuid"]),
    (
        Field::Text,
        &[
            "text",
            "body",
            "messagebody",
            "messagetext",
            "textmessage",
            "messagecontent",
            "message",
            "smstext",
            "smsbody",
            "sms",
            "content",
            "msg",
            "maintext",
            "rawtext",
            "mensaje",
            "texto",
            "nachricht",
            "v2",
        ],
    ),
    (
        Field::Sender,
        &[
            "sender",
            "senderid",
            "from",
            "fromnumber",
            "originator",
            "source",
            "sourceaddress",
            "address",
            "phonenumber",
            "phone",
            "number",
        ],
    ),
    (
        Field::Recipient,
        &["recipient", "to", "tonumber", "receiver", "destination", "destinationaddress"],
    ),
    (
        Field::Received,
        &["receivedat", "received", "receivedon", "timestamp", "datetime", "date", "time"],
    ),
    (Field::Channel, &["channel"]),
];

impl Field {
    /// The field that goes by this name, in whatever spelling, and how sure that name is:
    /// the lower the surer.
    pub(crate) fn of(name: &str) -> Option<(Self, usize)> {
        let name = fold(name);
        NAMES.iter().find_map(|(field, names)| {
            Some((*field, names.iter().position(|known| *known == name)?))
        })
    }

    /// Whether a field of this name holds the text.
    pub(crate) fn is_text(name: &str) -> bool {
        matches!(Self::of(name), Some((Self::Text, _)))
    }

    /// Which of these names is the surest for the field.
    pub(crate) fn position(self, names: &[impl AsRef<str>]) -> Option<usize> {
        let ranked = names.iter().enumerate().filter_map(|(at, name)| {
            let (field, rank) = Self::of(name.as_ref())?;
            (field == self).then_some((rank, at))
        });
        ranked.min().map(|(_, at)| at)
    }
}

/// A name without case, spaces, hyphens and underscores: `Message Body` is `message_body`.
fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        for name in ["text", "Message Body", "message_body", "messageBody", "SMS", " content "] {
            assert!(Field::is_text(name), "{name}");
        }
        assert_eq!(Field::of("text length"), None);
        assert_eq!(Field::of("Received-At"), Some((Field::Received, 0)));
    }

    #[test]
    fn the_surest_name_counts() {
        assert_eq!(Field::Text.position(&["message", "text"]), Some(1));
        assert_eq!(Field::Sender.position(&["number", "From"]), Some(1));
        assert_eq!(Field::Channel.position(&["text"]), None);
    }
}
