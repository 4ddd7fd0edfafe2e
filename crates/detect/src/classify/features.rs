//! The features of a text: hashes of its words, word pairs and characters.

use crate::text::hashing::mix;
use crate::text::phrases::is_unspaced;
use crate::text::words::{WordClass, Words};

/// The words read, from the first on; more of a text tells no more.
pub(super) const MOST_WORDS: usize = 400;

/// The most characters of an unspaced run that are read.
const MOST_CHARACTERS: usize = 1200;

/// Calls `each` with every feature of a text and the word it belongs to.
pub(super) fn for_each(words: &Words, mut each: impl FnMut(u64, usize)) {
    let slice = &words.as_slice()[..words.as_slice().len().min(MOST_WORDS)];
    let mut before = BOUNDARY;
    let mut before_that = BOUNDARY;
    for (index, word) in slice.iter().enumerate() {
        let folded = words.folded(word);
        let form = word.stem;
        each(mix(form ^ WORD), index);
        each(mix(before.rotate_left(21) ^ form ^ PAIR), index);
        each(mix(before_that.rotate_left(42) ^ form ^ SKIP), index);
        if word.class == WordClass::Letters {
            characters(folded, |feature| each(feature, index));
        }
        before_that = before;
        before = form;
    }
    each(mix(before.rotate_left(21) ^ BOUNDARY ^ PAIR), slice.len().saturating_sub(1));
}

/// Calls `each` with the features that tell kinds of scam apart: words alone.
pub(super) fn for_each_word(words: &Words, mut each: impl FnMut(u64)) {
    for word in words.as_slice().iter().take(MOST_WORDS) {
        let folded = words.folded(word);
        each(mix(word.stem ^ WORD));
        if folded.chars().next().is_some_and(is_unspaced) {
            characters(folded, &mut each);
        }
    }
}

const WORD: u64 = 0x9e37_79b9_7f4a_7c15;
const PAIR: u64 = 0xbf58_476d_1ce4_e5b9;
const SKIP: u64 = 0x94d0_49bb_1331_11eb;
const GRAM: u64 = 0xd6e8_feb8_6659_fd93;
const BOUNDARY: u64 = 0x2545_f491_4f6c_dd1d;

/// Character n-grams within a word: four letters with its borders, or one to three where
/// words are written without spaces.
fn characters(word: &str, mut each: impl FnMut(u64)) {
    if word.is_ascii() {
        let bytes = word.as_bytes();
        if bytes.len() < 4 {
            return;
        }
        let mut window = u64::from(b'^');
        for (at, byte) in bytes.iter().chain(b"$").enumerate() {
            window = (window << 8 | u64::from(*byte)) & 0xffff_ffff;
            if at >= 2 {
                each(mix(window ^ GRAM));
            }
        }
        return;
    }
    let unspaced = word.chars().next().is_some_and(is_unspaced);
    let (mut one, mut two, mut three) = (1_u64, 1_u64, 1_u64);
    for c in word.chars().take(MOST_CHARACTERS) {
        let here = u64::from(u32::from(c));
        each(mix((two << 42 | one << 21 | here) ^ GRAM));
        if unspaced {
            each(mix((one << 21 | here) ^ PAIR ^ GRAM));
        } else {
            each(mix(mix(three << 42 | two << 21 | one) ^ here ^ GRAM));
        }
        (three, two, one) = (two, one, here);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn words_of(text: &str) -> Vec<u64> {
        let mut all = Vec::new();
        for_each_word(&Text::read(text).words, |feature| all.push(feature));
        all
    }

    #[test]
    fn swapped_letters_and_endings_change_no_word() {
        assert_eq!(words_of("your package"), words_of("your pakcage"));
        assert_eq!(words_of("is suspended"), words_of("be suspend"));
        assert_ne!(words_of("your package"), words_of("your parcel"));
    }

    #[test]
    fn obfuscation_changes_no_feature() {
        let features = |text: &str| {
            let mut all = Vec::new();
            for_each(&Text::read(text).words, |feature, _| all.push(feature));
            all
        };
        let plain = features("Verify your account");
        assert_eq!(plain, features("Ｖｅｒｉｆｙ ｙоur acc0unt"));
        assert_eq!(plain, features("Ver\u{200b}ify your a c c o u n t"));
    }
}
