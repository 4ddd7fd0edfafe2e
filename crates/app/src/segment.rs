//! How a text travels: in which alphabet, and in how many segments.
//!
//! A text whose every character is in the default alphabet of GSM (3GPP TS 23.038, section
//! 6.2.1) travels in septets, any other in UTF-16. What does not fit one segment goes in
//! several, each a little shorter for the header that joins them (TS 23.040, section 9.2.3.24.1).
//! One letter outside the alphabet halves the room, so [`in_gsm`] spells such letters with
//! those of the alphabet, as people do in texts.

/// The characters of the default alphabet, one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
    ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The characters of its extension table, two septets each.
const EXTENSION: &str = "^{}\\[~]|€";

/// Letters outside the alphabet, and how they are spelled in it.
const SPELLINGS: [(&str, &str); 24] = [
    ("áâãąăā", "a"),
    ("ÁÀÂÃĄ", "A"),
    ("çćč", "c"),
    ("ĆČ", "C"),
    ("ďđ", "d"),
    ("êëęěē", "e"),
    ("ÈÊËĘ", "E"),
    ("íîïī", "i"),
    ("ÍÌÎÏ", "I"),
    ("ł", "l"),
    ("Ł", "L"),
    ("ńň", "n"),
    ("Ń", "N"),
    ("óôõőō", "o"),
    ("ÓÒÔÕ", "O"),
    ("œ", "oe"),
    ("Œ", "Oe"),
    ("śšş", "s"),
    ("ŚŠ", "S"),
    ("úûűū", "u"),
    ("ÚÙÛ", "U"),
    ("źżž", "z"),
    ("ŹŻŽ", "Z"),
    ("’‘", "'"),
];

/// The alphabet that a text travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// The default alphabet of GSM, in septets.
    Gsm,
    /// UTF-16.
    Unicode,
}

impl Alphabet {
    /// The alphabet that this text needs.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.chars().all(|c| septets(c).is_some()) { Self::Gsm } else { Self::Unicode }
    }

    /// The room in a text that goes alone.
    #[must_use]
    pub const fn alone(self) -> usize {
        match self {
            Self::Gsm => 160,
            Self::Unicode => 70,
        }
    }

    /// The room in each segment of a longer one.
    #[must_use]
    pub const fn joined(self) -> usize {
        match self {
            Self::Gsm => 153,
            Self::Unicode => 67,
        }
    }

    /// How long a text is in this alphabet: septets, or units of UTF-16.
    #[must_use]
    pub fn length(self, text: &str) -> usize {
        match self {
            Self::Gsm => text.chars().map(|c| septets(c).unwrap_or(1)).sum(),
            Self::Unicode => text.encode_utf16().count(),
        }
    }
}

/// In how many segments a text travels.
///
/// ```
/// use unhook_app::segment::segments;
/// assert_eq!(segments(&"a".repeat(160)), 1);
/// assert_eq!(segments(&"a".repeat(161)), 2);
/// assert_eq!(segments(&"ê".repeat(71)), 2);
/// ```
#[must_use]
pub fn segments(text: &str) -> usize {
    let alphabet = Alphabet::of(text);
    let length = alphabet.length(text);
    if length <= alphabet.alone() { 1 } else { length.div_ceil(alphabet.joined()) }
}

/// A text with its letters spelled in the alphabet of GSM; as it is where that does not bring
/// all of it there, because then nothing is won.
#[must_use]
pub fn in_gsm(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    for c in text.chars() {
        match SPELLINGS.iter().find(|(letters, _)| !c.is_ascii() && letters.contains(c)) {
            Some((_, plain)) => spelled.push_str(plain),
            None => spelled.push(c),
        }
    }
    if Alphabet::of(&spelled) == Alphabet::Gsm { spelled } else { text.to_owned() }
}

fn septets(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || c == ' ' || BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_its_characters() {
        // 128 places, without the escape.
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(Alphabet::of("Grüße à 5 €"), Alphabet::Gsm);
        assert_eq!(Alphabet::of("ç"), Alphabet::Unicode);
    }

    #[test]
    fn segments_are_counted_in_the_alphabet_of_the_text() {
        assert_eq!(segments(""), 1);
        assert_eq!(segments(&"a".repeat(306)), 2);
        assert_eq!(segments(&"a".repeat(307)), 3);
        assert_eq!(segments(&"€".repeat(80)), 1);
        assert_eq!(segments(&"€".repeat(81)), 2);
        assert_eq!(segments(&"ł".repeat(70)), 1);
        assert_eq!(segments(&"\u{1f600}".repeat(36)), 2);
    }

    #[test]
    fn letters_are_spelled_only_where_that_is_enough() {
        assert_eq!(in_gsm("não há ninguém"), "nao ha ninguém");
        assert_eq!(in_gsm("żółw"), "zolw");
        assert_eq!(in_gsm("não 日本"), "não 日本");
    }

    #[test]
    fn no_spelling_is_of_a_letter_that_needs_none() {
        for (letters, plain) in SPELLINGS {
            assert!(letters.chars().all(|c| septets(c).is_none()), "{letters}");
            assert_eq!(Alphabet::of(plain), Alphabet::Gsm);
        }
    }
}
