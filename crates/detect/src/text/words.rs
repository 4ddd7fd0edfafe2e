//! Words as the phrases and the text model see them: folded to lower case, without accents,
//! look-alikes, leet or spaces between letters, with links and numbers masked.
//!
//! Each word keeps the part of the original it came from.

use std::ops::Range;

use unhook_model::Span;
use unicode_normalization::char::is_combining_mark;

use super::clean::Clean;
use super::hashing::hash;
use super::links::Found;
use super::stem::hash_of_stem;
use super::{confusables, leet, letters, lexicon, masks};

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WordClass {
    /// Letters, perhaps with digits among them.
    Letters,
    /// A number, date, time, amount or masked digits.
    Number,
    /// A masked link.
    Link,
}

/// One word.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Hash of its folded form; see [`hash`].
    pub hash: u64,
    /// Hash of its stem, the same for all its forms and when inner letters change places;
    /// its hash where it has none.
    pub stem: u64,
    /// Where its folded form stands in [`Words::text`].
    pub start: u32,
    /// One past its end there.
    pub end: u32,
    /// Where it stands in the original.
    pub span: Span,
    /// What it is.
    pub class: WordClass,
    /// Whether its folded form has the letters of the original, each as long, so that a part
    /// of it can be found there.
    pub exact: bool,
    /// Whether at most one byte of the cleaned text parts it from the word before.
    pub near: bool,
}

/// The words of a text.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The folded words, separated by single spaces; a masked word is an upper-case tag.
    text: String,
    words: Vec<Word>,
    disguises: Disguises,
}

/// Disguises of words, each with the first place it was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disguises {
    /// Letters of another script among Latin ones.
    pub lookalike: Option<Span>,
    /// Digits or signs for letters.
    pub leet: Option<Span>,
    /// A word with its letters set apart.
    pub spaced: Option<Span>,
    /// A word with two of its letters in the wrong order.
    pub scrambled: Option<Span>,
    /// How many words have letters in the wrong order.
    pub scrambled_words: u8,
}

/// Folds a phrase or name as texts are folded, for matching against their words.
#[must_use]
pub fn fold(text: &str) -> String {
    Words::of(&Clean::of(text), &[]).text
}

impl Words {
    /// The words of a cleaned text whose links were found.
    #[must_use]
    pub fn of(clean: &Clean<'_>, links: &[Found]) -> Self {
        let mut folder = Folder::new(clean);
        let mut from = 0;
        for link in links {
            folder.fold(from..link.range.start);
            folder.push_mask(link.range.clone(), WordClass::Link, masks::link(link));
            from = link.range.end;
        }
        folder.fold(from..clean.text().len());
        folder.finish()
    }

    /// The words, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Word] {
        &self.words
    }

    /// The folded text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The folded form of a word.
    #[must_use]
    pub fn folded(&self, word: &Word) -> &str {
        &self.text[word.start as usize..word.end as usize]
    }

    /// What was undone.
    #[must_use]
    pub fn disguises(&self) -> Disguises {
        self.disguises
    }

    pub(super) fn with_disguises(disguises: Disguises) -> Self {
        Self { disguises, ..Self::default() }
    }

    pub(super) fn note_spaced(&mut self, span: Span) {
        self.disguises.spaced.get_or_insert(span);
    }

    pub(super) fn push_again(&mut self, words: &Self, word: &Word) {
        self.push(words.folded(word), word.span, word.class);
        if let Some(last) = self.words.last_mut() {
            (last.exact, last.near) = (word.exact, word.near);
        }
    }

    pub(super) fn push(&mut self, folded: &str, span: Span, class: WordClass) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len() as u32;
        self.text.push_str(folded);
        let end = self.text.len() as u32;
        let hash = hash(folded);
        let has_stem = class == WordClass::Letters && folded.is_ascii();
        let stem = if has_stem { hash_of_stem(folded) } else { hash };
        self.words.push(Word { hash, stem, start, end, span, class, exact: false, near: false });
    }
}

struct Folder<'c> {
    clean: &'c Clean<'c>,
    words: Words,
    mostly_latin: Option<bool>,
    /// Where the last word ended in the cleaned text.
    last_end: usize,
    /// The folded form of the word at hand.
    buffer: String,
}

impl<'c> Folder<'c> {
    fn new(clean: &'c Clean<'c>) -> Self {
        let length = clean.text().len();
        let words = Words {
            text: String::with_capacity(length + 16),
            words: Vec::with_capacity(length / 4 + 4),
            disguises: Disguises::default(),
        };
        Self { clean, words, mostly_latin: None, last_end: 0, buffer: String::new() }
    }

    /// Cuts a part of the cleaned text, between links, into words.
    fn fold(&mut self, range: Range<usize>) {
        let text = &self.clean.text()[range.clone()];
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let end = word_end(text, at);
            if end == at {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                continue;
            }
            self.push_word(range.start + at..range.start + end);
            at = end;
        }
    }

    fn push_word(&mut self, range: Range<usize>) {
        let word = &self.clean.text()[range.clone()];
        let word = word.trim_end_matches(['.', ',', ':', '-', '\'', '/', '!', '$', '%']);
        let range = range.start..range.start + word.len();
        if word.is_empty() || !word.contains(|c: char| letters::is_alphanumeric(c) || c == '*') {
            return;
        }
        if masks::is_number(word) {
            self.push_mask(range, WordClass::Number, masks::number(word));
            return;
        }
        let mut at = range.start;
        for part in split_parts(word) {
            self.push_letters(part, at..at + part.len());
            at += part.len() + 1;
        }
    }

    fn push_letters(&mut self, word: &str, range: Range<usize>) {
        if word.is_empty() {
            return;
        }
        let span = self.clean.span(range.start, range.end);
        self.buffer.clear();
        if word.is_ascii() {
            self.buffer
                .extend(word.chars().filter(|c| is_kept(*c)).map(|c| c.to_ascii_lowercase()));
        } else {
            self.fold_unicode(word, span);
        }
        if let Some(plain) = leet::read(&self.buffer) {
            self.words.disguises.leet.get_or_insert(span);
            self.buffer = plain;
        } else {
            self.buffer.retain(|c| !leet::SIGNS.contains(&c));
        }
        if self.buffer.bytes().all(|b| b.is_ascii_digit()) {
            if !self.buffer.is_empty() {
                self.push_mask(range, WordClass::Number, masks::number(word));
            }
            return;
        }
        if let Some(word) = lexicon::unscrambled(&self.buffer) {
            let disguises = &mut self.words.disguises;
            disguises.scrambled.get_or_insert(span);
            disguises.scrambled_words = disguises.scrambled_words.saturating_add(1);
            word.clone_into(&mut self.buffer);
        }
        self.words.push(&self.buffer, span, WordClass::Letters);
        if let Some(last) = self.words.words.last_mut() {
            last.exact =
                self.buffer.eq_ignore_ascii_case(word) && self.clean.is_verbatim(range.clone());
        }
        self.note_distance(range);
    }

    fn fold_unicode(&mut self, word: &str, span: Span) {
        let mostly_latin = *self
            .mostly_latin
            .get_or_insert_with(|| confusables::is_mostly_latin(self.clean.text()));
        let plain = confusables::fold_word(word, mostly_latin);
        if plain.is_some() {
            self.words.disguises.lookalike.get_or_insert(span);
        }
        let mut after_latin = false;
        for c in plain.as_deref().unwrap_or(word).chars() {
            if is_combining_mark(c) && after_latin {
                continue;
            }
            after_latin = letters::fold(c, &mut self.buffer);
        }
    }

    fn push_mask(&mut self, range: Range<usize>, class: WordClass, tag: &str) {
        let span = self.clean.span(range.start, range.end);
        self.words.push(tag, span, class);
        self.note_distance(range);
    }

    /// Notes of the word just pushed how far it stands from the one before.
    fn note_distance(&mut self, range: Range<usize>) {
        if let Some(last) = self.words.words.last_mut() {
            last.near = range.start <= self.last_end + 1;
        }
        self.last_end = range.end;
    }

    fn finish(self) -> Words {
        super::spacing::join(self.words)
    }
}

/// ASCII that a folded word keeps, before leet is read.
fn is_kept(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '\'' || leet::SIGNS.contains(&c)
}

/// Where the word that begins at `at` ends: letters, digits and marks, with signs that
/// hold a word or number together between them. Equal to `at` when no word begins there.
fn word_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = at;
    while end < bytes.len() {
        let byte = bytes[end];
        if byte.is_ascii_alphanumeric() || byte == b'*' || (byte == b'$' && end == at) {
            end += 1;
        } else if !byte.is_ascii() {
            let Some(c) = text[end..].chars().next() else { break };
            if !is_word_char(c) {
                break;
            }
            end += c.len_utf8();
        } else if end > at && (holds_together(bytes, end) || is_apostrophe(text, end)) {
            end += 1;
        } else {
            break;
        }
    }
    end
}

fn is_word_char(c: char) -> bool {
    letters::is_alphanumeric(c) || is_combining_mark(c) || c == '’'
}

/// Whether an apostrophe stands at `at`, between letters of any script.
fn is_apostrophe(text: &str, at: usize) -> bool {
    text.as_bytes()[at] == b'\''
        && text[..at].chars().next_back().is_some_and(letters::is_alphanumeric)
        && text[at + 1..].chars().next().is_some_and(letters::is_alphanumeric)
}

/// Whether the sign at `at` joins what stands on its sides: a leet sign between letters, a point, comma, colon, slash or hyphen between digits.
fn holds_together(bytes: &[u8], at: usize) -> bool {
    let (before, after) = (bytes[at - 1], bytes.get(at + 1).copied().unwrap_or(b' '));
    match bytes[at] {
        b'_' | b'@' | b'$' | b'|' => {
            before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric()
        }
        b'!' => before.is_ascii_alphabetic() && after.is_ascii_alphanumeric(),
        b'.' | b',' | b':' | b'/' | b'-' => {
            let digit = |b: u8| b.is_ascii_digit() || b == b'*';
            digit(before) && digit(after)
        }
        b'%' => before.is_ascii_digit(),
        _ => false,
    }
}

/// Parts of a word held together by an underscore.
fn split_parts(word: &str) -> impl Iterator<Item = &str> {
    word.split('_')
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;
    use proptest::prelude::*;

    fn check(input: &str, expected: &str) {
        assert_eq!(Text::read(input).words.text(), expected, "{input}");
    }

    #[test]
    fn words_are_folded() {
        check("Votre COLIS est retenu à l'entrepôt!", "votre colis est retenu a l'entrepot");
        check("Tài khoản của bạn đã bị khóa", "tai khoan cua ban da bi khoa");
        check("Don’t wait", "don't wait");
        check("зв'яжіться, зв’яжіться", "зв'яжіться зв'яжіться");
        check("Straße Łódź", "strasse lodz");
        check("ваш заказ", "ваш заказ");
        check("Ο ΚΩΔΙΚΟΣ σας, ο κωδικός", "ο κωδικοσ σασ ο κωδικοσ");
    }

    #[test]
    fn numbers_are_masked_by_shape() {
        check("pay 1,299.00 by 12/03 10:45 code 482913", "pay M by D T code N6");
        check("a/c XX1234 XXXX **99", "a c N6 N4 N4");
    }

    #[test]
    fn links_are_masked() {
        check("tap https://evil.example/x now", "tap L now");
    }

    #[test]
    fn disguised_words_read_plain() {
        check(
            "Your acc0unt is l0cked, ver1fy y0ur p@ckage",
            "your account is locked verify your package",
        );
        check("ᴀᴄᴄᴏᴜɴᴛ vеrіfу", "account verify");
        check("v e r i f y now", "verify now");
        check("V.E.R.I.F.Y now", "verify now");
        check("v\u{200b} e \u{200b}r \u{ad}i \u{2060}\u{200b}f y now", "verify now");
    }

    #[test]
    fn words_are_known_again() {
        check("c1ick to c0n74c7 us, 4lert", "click to contact us alert");
        check("your pakcage and acocunt", "your package and account");
    }

    #[test]
    fn honest_words_are_left_alone() {
        check("4G b2b mp3 AB12345 2nite i.e. a b", "4g b2b mp3 ab12345 2nite i e a b");
    }

    #[test]
    fn disguises_are_noted() {
        let words = Text::read("acc0unt").words;
        assert!(words.disguises().leet.is_some());
        assert!(Text::read("I have 2 tickets for 4pm").words.disguises() == Disguises::default());
    }

    proptest! {
        #[test]
        fn word_spans_lie_on_character_borders_in_order(text in any::<String>()) {
            let read = Text::read(&text);
            let mut last = 0;
            for word in read.words.as_slice() {
                prop_assert!(text.get(word.span.range()).is_some());
                prop_assert!(word.span.start >= last || word.span.end >= last);
                last = word.span.start;
            }
        }
    }
}
