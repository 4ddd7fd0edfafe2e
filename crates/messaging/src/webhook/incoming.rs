//! A text that came in, by whichever provider.

use unhook_app::Submission;
use unhook_model::PhoneNumber;

use super::ProviderError;

/// The most pictures one message has; Twilio and phones take ten.
pub(crate) const MOST_MEDIA: usize = 10;

/// The longest id of a message; Twilio's have 34 letters, UUIDs 36.
const LONGEST_ID: usize = 64;

/// The most digits of a short code; a number with its country code has more.
const LONGEST_SHORT_CODE: usize = 6;

/// A text that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingText {
    /// What was passed on. A message that is only pictures has an empty body.
    pub submission: Submission,
    /// Its pictures, where they have not been fetched.
    pub media: Vec<Media>,
    /// Whether the provider has already answered by itself, as Twilio does to STOP, START and
    /// HELP where its "Advanced Opt-Out" is on: a second answer would be one too many.
    pub is_answered: bool,
}

/// A picture, video or card that came with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Where the provider keeps it.
    pub url: String,
    /// What it says it is; empty where that is not said.
    pub content_type: String,
}

/// A provider's id of a message: letters and digits, perhaps with hyphens between them.
pub(crate) fn key(name: &'static str, id: &str) -> Result<String, ProviderError> {
    let is_id = (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_id { Ok(id.to_owned()) } else { Err(ProviderError::Unusable(name)) }
}

/// A number as providers write it that leave out the plus: `12015550123`. A short code and a name
/// stay what they are.
pub(crate) fn dialled(address: &str) -> Option<PhoneNumber> {
    let address = address.trim();
    let is_whole = address.len() > LONGEST_SHORT_CODE
        && address.bytes().all(|byte| byte.is_ascii_digit())
        && !address.starts_with('0');
    if is_whole { PhoneNumber::parse(&format!("+{address}")) } else { PhoneNumber::parse(address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_its_plus_gets_it() {
        let check = |address, expected: Option<&str>| {
            assert_eq!(dialled(address).map(|n| n.to_string()).as_deref(), expected, "{address}");
        };
        check("12015550123", Some("+12015550123"));
        check("+12015550123", Some("+12015550123"));
        check("28777", Some("28777"));
        check("MYBANK", None);
        check("", None);
    }

    #[test]
    fn an_id_is_short_and_plain() {
        assert_eq!(key("id", "7ee4241c-f127").unwrap(), "7ee4241c-f127");
        for id in ["", "a b", "ä", "a\n", &"a".repeat(65)] {
            assert!(matches!(key("id", id), Err(ProviderError::Unusable("id"))), "{id}");
        }
    }
}
