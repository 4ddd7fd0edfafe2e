//! The code by which somebody's own phone joins them: twelve letters and digits that are easily
//! read out and typed, and cannot be guessed.
//!
//! The alphabet is Crockford's Base32, without letters that look like digits: whoever types an
//! `O` for a nought is understood all the same. A code never shows itself in a log.

use std::fmt;

/// Five bits a character.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a code: sixty bits, of which at most a few hundred thousand are ever live.
pub(crate) const LENGTH: usize = 12;

/// Characters that stand together when it is written.
const GROUP: usize = 4;

/// A one-time code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct JoinCode([u8; LENGTH]);

impl JoinCode {
    /// One of random bytes; the first sixty bits count.
    #[must_use]
    pub fn from_random(random: [u8; 8]) -> Self {
        let bits = u64::from_be_bytes(random);
        let mut characters = [0; LENGTH];
        for (place, character) in characters.iter_mut().enumerate() {
            let five = (bits >> (59 - 5 * place)) & 0x1f;
            *character = ALPHABET[usize::try_from(five).expect("five bits")];
        }
        Self(characters)
    }

    /// Reads one as people type it: small letters, spaces and hyphens anywhere, and letters that
    /// look like digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut characters = [0; LENGTH];
        let mut places = characters.iter_mut();
        for character in text.chars().filter(|character| !is_between(*character)) {
            *places.next()? = plain(character)?;
        }
        places.next().is_none().then_some(Self(characters))
    }

    /// Its characters without anything between them, the same however it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }
}

/// What may stand between the characters of a code.
pub(crate) fn is_between(character: char) -> bool {
    character.is_whitespace() || "-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}".contains(character)
}

/// The character of the alphabet that somebody meant.
fn plain(character: char) -> Option<u8> {
    let meant = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        character => character,
    };
    let byte = u8::try_from(meant).ok()?;
    ALPHABET.contains(&byte).then_some(byte)
}

/// In groups, as it is read out: `7K3M-Q9TX-2BHV`.
impl fmt::Display for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, character) in self.as_str().char_indices() {
            if place > 0 && place % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{character}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = JoinCode::parse("7K3M-Q9TX-10HV").unwrap();
        assert_eq!((code.to_string().as_str(), code.as_str()), ("7K3M-Q9TX-10HV", "7K3MQ9TX10HV"));
        for typed in ["7k3mq9tx10hv", " 7K3M Q9TX  IOHV", "7k3m–q9tx–lohv", "7-k-3 mq9tx10hv"] {
            assert_eq!(JoinCode::parse(typed), Some(code), "{typed}");
        }
        for wrong in ["", "7K3M-Q9TX-10H", "7K3M-Q9TX-10HVV", "7K3M-Q9TX-10HU", "7K3M.Q9TX.10HV"] {
            assert_eq!(JoinCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_never_shows_itself() {
        let code = JoinCode::from_random([0xff; 8]);
        assert_eq!(format!("{code:?}"), "JoinCode(…)");
        assert_eq!(code.to_string(), "ZZZZ-ZZZZ-ZZZZ");
    }

    proptest! {
        #[test]
        fn sixty_bits_make_different_codes(one: u64, other: u64) {
            let code = |bits: u64| JoinCode::from_random(bits.to_be_bytes());
            prop_assert_eq!(code(one) == code(other), one >> 4 == other >> 4);
            prop_assert_eq!(JoinCode::parse(&code(one).to_string()), Some(code(one)));
        }

        #[test]
        fn any_text_is_a_code_or_none(text: String) {
            if let Some(code) = JoinCode::parse(&text) {
                prop_assert_eq!(JoinCode::parse(code.as_str()), Some(code));
            }
        }
    }
}
