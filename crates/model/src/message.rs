//! One text, as it reached somebody.

use crate::time::Timestamp;

/// How a message travelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// Short message service, the default.
    #[default]
    Sms,
    /// Multimedia message.
    Mms,
    /// Rich Communication Services.
    Rcs,
    /// WhatsApp.
    Whatsapp,
    /// A call or its transcript.
    Voice,
    /// Electronic mail.
    Email,
}

impl Channel {
    /// The channel of this lower-case name (`sms`, `mms`, `rcs`, `whatsapp`, `voice`, `email`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "sms" => Self::Sms,
            "mms" => Self::Mms,
            "rcs" => Self::Rcs,
            "whatsapp" => Self::Whatsapp,
            "voice" => Self::Voice,
            "email" => Self::Email,
            _ => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Mms => "mms",
            Self::Rcs => "rcs",
            Self::Whatsapp => "whatsapp",
            Self::Voice => "voice",
            Self::Email => "email",
        }
    }
}

/// One text: what it says, who sent it to whom, when and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// How it travelled.
    pub channel: Channel,
    /// Who it says it is from; forwarding loses it.
    pub sender: Option<Sender>,
    /// The number it was sent to.
    pub recipient: Option<PhoneNumber>,
    /// What it says, exactly as received.
    pub body: String,
    /// When it was received.
    pub received_at: Option<Timestamp>,
}

impl Message {
    /// A text message of which only the words are known.
    #[must_use]
    pub fn from_body(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }
}

/// Who a message says it is from. GSM lets the sender of a bulk text choose this freely,
/// so it is a claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A telephone number.
    Phone(PhoneNumber),
    /// A network short code: three to six digits.
    ShortCode(String),
    /// An alphanumeric sender id ("TP-OA", 3GPP TS 23.040): a name of at most eleven
    /// characters on the wire, longer in exports.
    Alphanumeric(String),
    /// An e-mail address (a mail-to-text gateway, or iMessage).
    Email(String),
}

/// The longest sender kept, in bytes; exports hold whole contact names.
const LONGEST_SENDER: usize = 120;

impl Sender {
    /// Reads what phones, exports and providers write in a sender field.
    ///
    /// Returns `None` for an empty field.
    ///
    /// ```
    /// use unhook_model::Sender;
    /// assert!(matches!(Sender::parse("+1 (201) 555-0123"), Some(Sender::Phone(_))));
    /// assert!(matches!(Sender::parse("28777"), Some(Sender::ShortCode(_))));
    /// assert!(matches!(Sender::parse("VM-MYBANK"), Some(Sender::Alphanumeric(_))));
    /// assert!(matches!(Sender::parse("alerts@example.com"), Some(Sender::Email(_))));
    /// assert!(Sender::parse("  ").is_none());
    /// ```
    #[must_use]
    pub fn parse(field: &str) -> Option<Self> {
        let field = field.trim();
        let mut end = field.len().min(LONGEST_SENDER);
        while !field.is_char_boundary(end) {
            end -= 1;
        }
        let field = field[..end].trim_end();
        if field.is_empty() {
            return None;
        }
        if let Some((local, domain)) = field.split_once('@')
            && !local.is_empty()
            && domain.contains('.')
        {
            return Some(Self::Email(field.to_ascii_lowercase()));
        }
        if let Some(number) = PhoneNumber::parse(field) {
            return Some(if !number.is_international() && number.digits().len() <= 6 {
                Self::ShortCode(number.digits().to_owned())
            } else {
                Self::Phone(number)
            });
        }
        Some(Self::Alphanumeric(field.to_owned()))
    }

    /// The sender as one string: digits with `+` where international, or the name or address.
    #[must_use]
    pub fn as_text(&self) -> String {
        match self {
            Self::Phone(number) => number.to_string(),
            Self::ShortCode(text) | Self::Alphanumeric(text) | Self::Email(text) => text.clone(),
        }
    }
}

/// A telephone number: digits, and whether they begin with a country code
/// (ITU-T E.164). Whether a network would route it is not checked here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    digits: String,
    international: bool,
}

impl PhoneNumber {
    /// The most digits E.164 allows, and two for a carrier's prefix.
    const MOST_DIGITS: usize = 17;

    /// Reads a number written with any of the usual separators; `00` and `+` mark an
    /// international one. `None` when it has letters, fewer than three digits or more
    /// than seventeen.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (international, rest) = match text.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut digits = String::with_capacity(16);
        for character in rest.chars() {
            match character {
                '0'..='9' => digits.push(character),
                ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{2011}' => {}
                _ => return None,
            }
            if digits.len() > Self::MOST_DIGITS {
                return None;
            }
        }
        if digits.len() < 3 {
            return None;
        }
        if !international && digits.len() > 10 && digits.starts_with("00") {
            digits.drain(..2);
            return Some(Self { digits, international: true });
        }
        Some(Self { digits, international })
    }

    /// The digits, country code first when [`is_international`](Self::is_international).
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Whether the digits begin with a country code.
    #[must_use]
    pub fn is_international(&self) -> bool {
        self.international
    }
}

impl std::fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plus = if self.international { "+" } else { "" };
        write!(f, "{plus}{}", self.digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn international_numbers_lose_their_dressing() {
        let number = PhoneNumber::parse("0044 20 7946 0018").unwrap();
        assert_eq!(number.to_string(), "+442079460018");
        assert_eq!(PhoneNumber::parse("+1 (201) 555-0123").unwrap().to_string(), "+12015550123");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "12", "call me", "1234567890123456789", "+"] {
            assert_eq!(PhoneNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        let Some(Sender::Alphanumeric(name)) = Sender::parse(&"ü".repeat(200)) else {
            panic!("a name is an alphanumeric sender");
        };
        assert_eq!(name.len(), LONGEST_SENDER);
    }

    #[test]
    fn what_was_read_reads_as_itself() {
        for field in
            [format!("{} {}", "a".repeat(119), "b"), format!("{}@example.com", "İ".repeat(50))]
        {
            let sender = Sender::parse(&field).unwrap();
            assert!(sender.as_text().len() <= LONGEST_SENDER, "{field}");
            assert_eq!(Sender::parse(&sender.as_text()), Some(sender), "{field}");
        }
    }
}
