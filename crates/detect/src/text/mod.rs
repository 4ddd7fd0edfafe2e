//! From the bytes of a message to what the signals look at.
//!
//! [`clean`] undoes Unicode disguises that change nothing for a reader; [`links`] finds
//! what the reader is asked to use; [`words`] folds the rest into words that look the same
//! however they were dressed; [`phrases`] finds known phrases in them. Every step keeps the
//! way back to the bytes of the original.
//!
//! Nothing here judges. Start at [`Text::read`].

pub mod clean;
pub mod confusables;
pub mod fingerprint;
pub mod hashing;
mod leet;
mod letters;
mod lexicon;
pub mod links;
mod masks;
pub mod phrases;
mod spacing;
mod stem;
pub mod words;

pub use fingerprint::fingerprint;
pub use links::host;

use unhook_model::{Note, Span};

use clean::Clean;
use links::Found;
use words::Words;

/// The longest text assessed, in bytes: more than twice a concatenated SMS of ten parts.
/// What follows is passed over, and the assessment says so.
pub const LONGEST_TEXT: usize = 4096;

/// The longest text read, in bytes, with the blanks and invisible characters that fill it.
pub const LONGEST_READ: usize = 64 * 1024;

/// How long a text may become when it is cleaned, in bytes: characters that stand for whole
/// words make it grow up to eleven times, and no honest text doubles.
const LONGEST_CLEAN: usize = 2 * LONGEST_TEXT;

/// A message's body, read.
#[derive(Debug)]
pub struct Text<'a> {
    /// Without Unicode disguises.
    pub clean: Clean<'a>,
    /// What it asks its reader to use.
    pub links: Vec<Found>,
    /// Its words, links and numbers masked.
    pub words: Words,
    /// What its reader should know about how it was read.
    pub notes: Vec<Note>,
}

impl<'a> Text<'a> {
    /// Reads a body of any length; bounded by [`LONGEST_TEXT`] and [`links::MOST_LINKS`].
    #[must_use]
    pub fn read(body: &'a str) -> Self {
        let mut notes = Vec::new();
        let (part, blanks) = bounded(body);
        let clean = Clean::within(part, LONGEST_CLEAN + blanks);
        let assessed = clean.original().len();
        if assessed < body.len() {
            notes.push(Note::Truncated { assessed, total: body.len() });
        }
        let (links, dropped) = links::find(&clean);
        if dropped {
            notes.push(Note::LinksDropped { kept: links.len() });
        }
        let words = Words::of(&clean, &links);
        Self { clean, links, words, notes }
    }

    /// The part of the original that the words from `first` up to and including `last`
    /// came from.
    #[must_use]
    pub fn span_of_words(&self, first: usize, last: usize) -> Span {
        let words = self.words.as_slice();
        Span { start: words[first].span.start, end: words[last].span.end }
    }
}

/// The longest prefix within [`LONGEST_TEXT`] that ends at a character border, and the bytes
/// in it that do not count: what a reader does not see (blanks after blanks, characters without
/// shape) must not push the rest of a text out of sight, up to [`LONGEST_READ`].
fn bounded(body: &str) -> (&str, usize) {
    if body.len() <= LONGEST_TEXT {
        return (body, 0);
    }
    let (mut blanks, mut after_blank) = (0, false);
    for (at, c) in body.char_indices() {
        let is_blank = c.is_whitespace() || clean::is_invisible(c);
        let end = at + c.len_utf8();
        if is_blank && after_blank {
            blanks += c.len_utf8();
        }
        after_blank = is_blank;
        if end - blanks > LONGEST_TEXT || end > LONGEST_READ {
            return (&body[..at], blanks);
        }
    }
    (body, blanks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Option<usize>) {
        let text = Text::read(body);
        let note = expected.map(|assessed| Note::Truncated { assessed, total: body.len() });
        assert_eq!(text.notes, Vec::from_iter(note));
        assert!(text.clean.text().trim().len() < LONGEST_CLEAN + 100);
    }

    #[test]
    fn what_is_too_long_is_cut_and_said_to_be() {
        check(&"a".repeat(LONGEST_TEXT), None);
        check(&"é".repeat(LONGEST_TEXT), Some(LONGEST_TEXT));
        check(&format!("a{}", "é".repeat(LONGEST_TEXT)), Some(LONGEST_TEXT - 1));
        check(&"\u{fdfa}".repeat(100), None);
        check(&format!("{}a", " \n".repeat(LONGEST_TEXT)), None);
        check(&format!("a{}a", "\u{200b}".repeat(LONGEST_TEXT)), None);
        check(&"\n".repeat(LONGEST_READ + 1), Some(LONGEST_READ));
        check(&"\u{fdfa}".repeat(LONGEST_TEXT / 3), Some(3 * (LONGEST_CLEAN / 33 + 2)));
    }
}
