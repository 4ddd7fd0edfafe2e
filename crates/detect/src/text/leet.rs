//! Digits and signs that stand for letters (`acc0unt`, `p@ckage`).

use super::lexicon;

/// Signs that leet writes for letters.
pub(super) const SIGNS: [char; 4] = ['@', '$', '!', '|'];

/// The letters that digits and signs stand for in a leet word, or `None` when it is not
/// one. A word is leet when something that is no letter stands between letters, all that
/// are no letters have a reading, and letters are not outnumbered: `acc0unt`, `p@ckage`,
/// but not `4G`, `AB12345` or `2nite`; or when its reading is a known word: `c1ick`,
/// `4lert`, `c0n74c7`.
pub(super) fn read(word: &str) -> Option<String> {
    if !word.is_ascii() || word.len() < 3 || word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let bytes = word.as_bytes();
    let letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if letters < 2 {
        return None;
    }
    let with = |one| word.chars().map(|c| letter(c, one)).collect::<Option<String>>();
    let plain = with('i')?;
    if plain.len() >= FEWEST_LETTERS
        && let Some(known) = [plain.clone(), with('l')?].into_iter().find(|w| lexicon::is_known(w))
    {
        return Some(known);
    }
    let between = bytes.windows(3).any(|w| {
        w[0].is_ascii_alphabetic()
            && !w[1].is_ascii_alphabetic()
            && w[1] != b'\''
            && w[2].is_ascii_alphabetic()
    });
    ((between || bytes[0] == b'$') && letters * 2 >= bytes.len()).then_some(plain)
}

/// The letters of the shortest known word that any mix of letters and digits is read as.
const FEWEST_LETTERS: usize = 4;

/// The letter that a digit or sign is read as; `one` is what a `1` is.
fn letter(c: char, one: char) -> Option<char> {
    Some(match c {
        'a'..='z' | '\'' => c,
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(read(word).as_deref(), expected, "{word}");
    }

    #[test]
    fn letters_are_read() {
        check("acc0unt", Some("account"));
        check("xy0zz", Some("xyozz"));
        check("$ervice", Some("service"));
    }

    #[test]
    fn a_known_word_is_read_from_any_mix() {
        check("c1ick", Some("click"));
        check("4lert", Some("alert"));
        check("c0n74c7", Some("contact"));
    }

    #[test]
    fn other_words_are_none() {
        for word in ["account", "4g", "ab12345", "2nite", "x1", "70457", "5days", ""] {
            check(word, None);
        }
    }
}
