//! The text without the Unicode disguises that change nothing for a reader.
//!
//! Invisible and bidirectional controls go, and what is left is brought to NFKC
//! (UAX #15): full-width, mathematical and circled letters become plain ones. Characters
//! of other scripts that merely look alike stay, because in a link they are another
//! address; [`confusables`](super::confusables) folds them in words.

use std::borrow::Cow;
use std::ops::Range;

use unhook_model::Span;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// A cleaned text and the way back to the original.
#[derive(Clone, Debug)]
pub struct Clean<'a> {
    original: &'a str,
    text: Cow<'a, str>,
    /// For each byte of `text` and its end, the offset in the original of the character it
    /// came from; `None` when nothing changed.
    offsets: Option<Vec<u32>>,
    disguises: Disguises,
}

/// The disguises that cleaning took away, each with the first place it was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disguises {
    /// An invisible character inside a Latin word.
    pub invisible: Option<Span>,
    /// A control that reorders text (UAX #9) in a text without right-to-left letters.
    pub reordering: Option<Span>,
    /// Latin letters in full-width, mathematical, circled or like forms.
    pub styled: Option<Span>,
}

impl<'a> Clean<'a> {
    /// Cleans a text. Doing it twice changes nothing.
    #[must_use]
    pub fn of(original: &'a str) -> Self {
        Self::within(original, usize::MAX)
    }

    /// Cleans the beginning of a text, up to about so many bytes of the result.
    pub(super) fn within(original: &'a str, most: usize) -> Self {
        if original.is_ascii() {
            return Self {
                original,
                text: Cow::Borrowed(original),
                offsets: None,
                disguises: Disguises::default(),
            };
        }
        let mut cleaner = Cleaner::new(original);
        cleaner.run(most);
        cleaner.finish()
    }

    /// The part of the original that was cleaned.
    #[must_use]
    pub fn original(&self) -> &'a str {
        self.original
    }

    /// The cleaned text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was taken away.
    #[must_use]
    pub fn disguises(&self) -> Disguises {
        self.disguises
    }

    /// The part of the original that these bytes of the cleaned text came from.
    ///
    /// # Panics
    /// When `end` lies past the end of the cleaned text.
    #[must_use]
    pub fn span(&self, start: usize, end: usize) -> Span {
        match &self.offsets {
            None => Span::new(start, end),
            Some(offsets) => Span { start: offsets[start], end: offsets[end].max(offsets[start]) },
        }
    }

    /// Whether a part of the cleaned text is what stands in the original.
    pub(super) fn is_verbatim(&self, range: Range<usize>) -> bool {
        let span = self.span(range.start, range.end);
        self.original.get(span.range()) == self.text.get(range)
    }
}

/// Characters without shape, between which nothing can be seen: zero-width spaces and
/// joiners, soft hyphens, fillers, variation selectors, tags.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Embeddings, overrides and isolates of UAX #9. The plain marks (LRM, RLM, ALM) are
/// common in honest text.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a letter is written right to left, coarsely: the blocks from Hebrew to Arabic
/// Extended, and their presentation forms.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Letters on black discs and squares, which NFKC leaves alone.
fn on_black(c: char) -> Option<char> {
    let index = match c {
        '\u{1f150}'..='\u{1f169}' => c as u32 - 0x1_f150,
        '\u{1f170}'..='\u{1f189}' => c as u32 - 0x1_f170,
        _ => return None,
    };
    char::from_u32('a' as u32 + index)
}

struct Cleaner<'a> {
    original: &'a str,
    text: String,
    offsets: Vec<u32>,
    /// Characters that may still combine with each other, and where the first began.
    chunk: String,
    chunk_start: usize,
    disguises: Disguises,
    right_to_left: bool,
}

impl<'a> Cleaner<'a> {
    fn new(original: &'a str) -> Self {
        Self {
            original,
            text: String::with_capacity(original.len()),
            offsets: Vec::with_capacity(original.len() + 1),
            chunk: String::new(),
            chunk_start: 0,
            disguises: Disguises::default(),
            right_to_left: false,
        }
    }

    fn run(&mut self, most: usize) {
        for (at, c) in self.original.char_indices() {
            if self.text.len() > most {
                self.original = &self.original[..at];
                break;
            }
            if c.is_ascii() {
                self.flush();
                self.chunk.push(c);
                self.chunk_start = at;
            } else if is_invisible(c) {
                self.note_invisible(at, c);
            } else {
                self.right_to_left |= is_right_to_left(c);
                let c = on_black(c).inspect(|_| self.note_styled(at, c)).unwrap_or(c);
                if !continues(c) || self.chunk.is_empty() {
                    self.flush();
                    self.chunk_start = at;
                }
                self.chunk.push(c);
            }
        }
        self.flush();
    }

    /// Normalises the pending chunk; all it becomes points back to where it began.
    fn flush(&mut self) {
        let Some(first) = self.chunk.chars().next() else { return };
        let before = self.text.len();
        if first.is_ascii() && self.chunk.len() == 1 {
            self.text.push(first);
        } else {
            self.text.extend(self.chunk.nfkc().filter(|c| !is_invisible(*c)));
            if !first.is_ascii()
                && self.text[before..].starts_with(|c: char| c.is_ascii_alphabetic())
            {
                self.note_styled(self.chunk_start, first);
            }
        }
        let offset = self.chunk_start as u32;
        self.offsets.extend(std::iter::repeat_n(offset, self.text.len() - before));
        self.chunk.clear();
    }

    fn note_styled(&mut self, at: usize, c: char) {
        self.disguises.styled.get_or_insert(Span::new(at, at + c.len_utf8()));
    }

    fn note_invisible(&mut self, at: usize, c: char) {
        let span = Span::new(at, at + c.len_utf8());
        if reorders(c) {
            self.disguises.reordering.get_or_insert(span);
        }
        let before = self.original[..at].chars().next_back();
        let after = self.original[at + c.len_utf8()..].chars().next();
        let in_word =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || is_invisible(c));
        if in_word(before) && in_word(after) {
            self.disguises.invisible.get_or_insert(span);
        }
    }

    fn finish(mut self) -> Clean<'a> {
        if self.right_to_left {
            self.disguises.reordering = None;
        }
        self.offsets.push(self.original.len() as u32);
        Clean {
            original: self.original,
            text: Cow::Owned(self.text),
            offsets: Some(self.offsets),
            disguises: self.disguises,
        }
    }
}

/// Whether a character can combine with the one before it, so that both must be
/// normalised together.
fn continues(c: char) -> bool {
    let may_combine = |c| is_combining_mark(c) || quick(c) == IsNormalized::Maybe;
    may_combine(c) || (quick(c) == IsNormalized::No && may_combine(first_part(c)))
}

fn quick(c: char) -> IsNormalized {
    is_nfkc_quick(std::iter::once(c))
}

/// What a character becomes first: half-width voicing marks and vowels combine only as the
/// full-width ones that they stand for.
fn first_part(c: char) -> char {
    let mut first = None;
    decompose_compatible(c, |part| {
        first.get_or_insert(part);
    });
    first.unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(input: &str, expected: &str) {
        assert_eq!(Clean::of(input).text(), expected);
    }

    #[test]
    fn disguises_are_taken_away() {
        check("ＵＳＰＳ：ｐａｒｃｅｌ", "USPS:parcel");
        check("𝐯𝐞𝐫𝐢𝐟𝐲", "verify");
        check("ver\u{200b}i\u{ad}fy", "verify");
        check("🅥🅔🅡", "ver");
        check("e\u{301}cole", "école");
        check("plain text", "plain text");
    }

    #[test]
    fn other_scripts_stay() {
        check("раураl", "раураl");
        check("ธนาคาร กรุงไทย", "ธนาคาร กรุงไทย".nfkc().collect::<String>().as_str());
        check("\u{1112}\u{1161}\u{11ab}", "한");
    }

    #[test]
    fn half_width_letters_combine_as_the_full_width_ones() {
        check("ﾊﾟｽﾜｰﾄﾞ", "パスワード");
        check("\u{ffa1}\u{ffc2}", "가");
        check("ㄱㅏ", "가");
    }

    #[test]
    fn spans_lead_back() {
        let original = "ａb\u{200b}c";
        let clean = Clean::of(original);
        assert_eq!(clean.text(), "abc");
        assert_eq!(&original[clean.span(0, 1).range()], "ａ");
        assert_eq!(&original[clean.span(2, 3).range()], "c");
        assert_eq!(&original[clean.span(0, 3).range()], original);
    }

    #[test]
    fn disguises_are_noted_where_they_stand() {
        let disguises = |text| Clean::of(text).disguises();
        assert!(disguises("ver\u{200b}ify").invisible.is_some());
        assert!(disguises("👩\u{200d}💻 ok").invisible.is_none());
        assert!(disguises("a\u{202e}moc.live").reordering.is_some());
        assert!(disguises("שלום \u{202a}abc").reordering.is_none());
        assert!(disguises("Ｐａｙ").styled.is_some());
        assert!(disguises("naïve café").styled.is_none());
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in any::<String>()) {
            let once = Clean::of(&text).text().to_owned();
            let twice = Clean::of(&once).text().to_owned();
            prop_assert_eq!(twice, once);
        }

        #[test]
        fn spans_lie_on_character_borders(text in any::<String>()) {
            let clean = Clean::of(&text);
            for (at, c) in clean.text().char_indices() {
                let span = clean.span(at, at + c.len_utf8());
                prop_assert!(text.get(span.range()).is_some());
            }
        }
    }
}
