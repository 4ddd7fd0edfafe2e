//! Letters of other scripts that stand in for Latin ones (UTS #39).
//!
//! Only words are folded, and only where the disguise is plain: a word that mixes Latin
//! with look-alikes, or one made of look-alikes alone in a text that is otherwise Latin.
//! Russian, Greek or Armenian prose is left as it is.

use unicode_security::confusable_detection::skeleton;

use super::letters::{self, Alphabet};

/// The plain Latin letter or digit that `c` looks like; `None` for ASCII and for what looks
/// like nothing Latin.
#[must_use]
pub fn latin_twin(c: char) -> Option<char> {
    if c.is_ascii() || letters::alphabet(c).is_none() {
        return None;
    }
    if let Some(plain) = small_capital(c) {
        return Some(plain);
    }
    let mut buffer = [0; 4];
    let mut prototype = skeleton(c.encode_utf8(&mut buffer));
    let twin = prototype.next()?;
    if prototype.next().is_some() || !twin.is_ascii_alphanumeric() {
        return None;
    }
    // UTS #39 folds capital I into l; in a word, a capital stands for i.
    Some(if twin == 'l' && c.is_uppercase() { 'i' } else { twin.to_ascii_lowercase() })
}

/// Phonetic small capitals, which UTS #39 does not count as confusable and lures write
/// whole words in.
fn small_capital(c: char) -> Option<char> {
    const SMALL: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ";
    let index = SMALL.chars().position(|small| small == c)?;
    char::from_u32('a' as u32 + index as u32)
}

/// Whether the letters of a text are mostly Latin.
#[must_use]
pub fn is_mostly_latin(text: &str) -> bool {
    let (mut latin, mut other) = (0_usize, 0_usize);
    for c in text.chars() {
        if c.is_ascii_alphabetic() {
            latin += 1;
        } else if !c.is_ascii() {
            match letters::alphabet(c) {
                Some(Alphabet::Latin) => latin += 1,
                Some(_) => other += 1,
                None => {}
            }
        }
    }
    latin > other
}

/// A word with its look-alike letters replaced, or `None` when it holds no disguise.
///
/// `mostly_latin` says what the text around it is.
#[must_use]
pub fn fold_word(word: &str, mostly_latin: bool) -> Option<String> {
    let mut latin = false;
    let mut twins = 0;
    let mut strangers = 0;
    for c in word.chars().filter(|c| !c.is_ascii()) {
        if is_foreign(c) {
            match latin_twin(c) {
                Some(_) => twins += 1,
                None => strangers += 1,
            }
        } else {
            latin |= letters::alphabet(c).is_some();
        }
    }
    latin |= word.bytes().any(|b| b.is_ascii_alphabetic());
    let disguised = twins > 0 && (latin || (mostly_latin && strangers == 0));
    disguised.then(|| word.chars().map(|c| stand_in(c).unwrap_or(c)).collect())
}

fn stand_in(c: char) -> Option<char> {
    if is_foreign(c) { latin_twin(c) } else { None }
}

/// A letter that does not belong to the ordinary Latin alphabet: another script's that may
/// look Latin, or one of Latin's phonetic and small-capital oddities.
fn is_foreign(c: char) -> bool {
    match letters::alphabet(c) {
        _ if c.is_ascii() => false,
        None | Some(Alphabet::Eastern) => false,
        Some(Alphabet::Other) => true,
        Some(Alphabet::Latin) => {
            matches!(c, '\u{180}'..='\u{19f}' | '\u{1a2}'..='\u{1ae}' | '\u{1b1}'..='\u{1cc}' | '\u{221}' | '\u{234}'..='\u{2af}' | '\u{1d00}'..='\u{1dbf}' | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab6f}')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(fold_word(word, true).as_deref(), expected, "{word}");
    }

    #[test]
    fn mixed_words_are_folded() {
        check("pаypаl", Some("paypal"));
        check("аррӏе", Some("apple"));
        check("vеrіfy", Some("verify"));
        check("ᴠᴇʀɪꜰʏ", Some("verify"));
        check("ɡοοgle", Some("google"));
    }

    #[test]
    fn honest_words_stay() {
        check("café", None);
        check("Straße", None);
        check("việt", None);
        check("привет", None);
        check("银行", None);
        assert_eq!(fold_word("сор", false), None, "Russian prose");
    }
}
