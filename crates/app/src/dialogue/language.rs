//! What the owner of a number probably reads, until they say.

use unhook_model::PhoneNumber;

use crate::people::Language;

/// Calling codes of countries where most people read one of the languages that answers are
/// written in; longer codes stand before those they begin with. Countries with several
/// (Belgium, Switzerland) are left out.
const CODES: [(&str, &str); 46] = [
    ("1787", "es"),
    ("1939", "es"),
    ("1809", "es"),
    ("1829", "es"),
    ("1849", "es"),
    ("1", "en"),
    ("44", "en"),
    ("353", "en"),
    ("61", "en"),
    ("64", "en"),
    ("33", "fr"),
    ("262", "fr"),
    ("377", "fr"),
    ("590", "fr"),
    ("594", "fr"),
    ("596", "fr"),
    ("687", "fr"),
    ("689", "fr"),
    ("49", "de"),
    ("43", "de"),
    ("423", "de"),
    ("34", "es"),
    ("51", "es"),
    ("52", "es"),
    ("53", "es"),
    ("54", "es"),
    ("56", "es"),
    ("57", "es"),
    ("58", "es"),
    ("502", "es"),
    ("503", "es"),
    ("504", "es"),
    ("505", "es"),
    ("506", "es"),
    ("507", "es"),
    ("591", "es"),
    ("593", "es"),
    ("595", "es"),
    ("598", "es"),
    ("351", "pt"),
    ("55", "pt"),
    ("238", "pt"),
    ("239", "pt"),
    ("244", "pt"),
    ("245", "pt"),
    ("258", "pt"),
];

/// The language most people read where a number is from; `None` where that is not clear, and
/// for national numbers.
#[must_use]
pub fn language_of_number(number: &PhoneNumber) -> Option<Language> {
    let digits = number.is_international().then(|| number.digits())?;
    let (_, language) = CODES.iter().find(|(code, _)| digits.starts_with(code))?;
    Language::parse(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_what_most_people_read_there() {
        let check = |code: &str, expected: Option<&str>| {
            let number = PhoneNumber::parse(&format!("{code}5550123")).unwrap();
            let language = language_of_number(&number);
            assert_eq!(language.as_ref().map(Language::as_str), expected, "{number}");
        };
        check("+1201", Some("en"));
        check("+1787", Some("es"));
        check("+4477", Some("en"));
        check("+4930", Some("de"));
        check("+331", Some("fr"));
        check("+5255", Some("es"));
        check("+5511", Some("pt"));
        check("+4144", None);
        check("201", None);
    }

    #[test]
    fn a_longer_code_stands_before_the_one_it_begins_with() {
        for (at, (code, _)) in CODES.iter().enumerate() {
            assert!(!CODES[..at].iter().any(|(before, _)| code.starts_with(before)), "{code}");
        }
    }
}
