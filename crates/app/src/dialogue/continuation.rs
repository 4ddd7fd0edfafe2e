//! Which texts are parts of one.
//!
//! A long text that somebody forwards may arrive in pieces: phones and gateways cut it where a
//! segment is full (160 septets alone, 153 in a row, 70 and 67 in UTF-16), some at the word
//! before, and providers at 1600 characters. Apart, the pieces are judged apart, and the link
//! without its pretext, or the pretext without its link, looks like nothing.
//!
//! Two lures that somebody forwards one after the other must stay two, so length and haste are
//! not enough. Texts with consecutive marks ("1/2", "2/2") belong together. Without marks, the
//! earlier must be cut where a segment ends, and the seam must look torn:
//!
//! | the earlier ends | the later begins | they are one when the earlier is |
//! | --- | --- | --- |
//! | with a sentence | in any way | never |
//! | with a word | in lower case or with punctuation | about as long as full segments, or long |
//! | with a word | otherwise, and not with a name and a colon | exactly as long as full segments |
//! | with a link | like the rest of a link | about as long as full segments, or long |
//! | with a link | in lower case | exactly as long as full segments |
//! | with a link | otherwise | never |
//!
//! *Known mistakes:* a piece that happens to end with a sentence stays apart from the next; a
//! lure of exactly one segment that ends with its link takes another after it that begins in
//! lower case.

use super::{Utterance, understand};
use crate::segment::Alphabet;

/// How far apart two parts may come in. A phone sends them at once, and carriers take a few
/// seconds; a person who forwards two texts takes longer to find the second.
const LONGEST_PAUSE_MS: i64 = 20_000;

/// The fewest characters of a part that another follows: the least a phone cuts at is a segment
/// of UTF-16, at the word before.
const SHORTEST_PART: usize = 60;

/// From here a text is long enough to have been cut, wherever a gateway cuts.
const LONG: usize = 140;

/// How far before the end of a segment a phone cuts that does not cut words.
const WORD_BEFORE: usize = 12;

/// Where providers cut.
const PROVIDER_LIMIT: usize = 1600;

/// The most parts of one text that marks count.
const MOST_PARTS: u32 = 20;

/// Where a part is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Where a segment is full.
    Exact,
    /// A word before that, or beyond a length from which any gateway might.
    Near,
    /// Nowhere that would explain it.
    Nowhere,
}

/// How a part ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Sentence,
    Word,
    Link,
}

/// How a part begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// In the middle of something: in lower case, or with punctuation.
    Inside,
    /// Like the rest of a link.
    LinkRest,
    /// Like anything else.
    Fresh,
    /// Like a text of its own, with who it is from.
    Named,
}

/// Whether the later of two texts from the same person goes on where the earlier was cut;
/// the module says how that is told. Of more than two parts, the earlier is the last one.
#[must_use]
pub fn is_continuation(earlier: &str, earlier_ms: i64, later: &str, later_ms: i64) -> bool {
    let is_soon = (0..=LONGEST_PAUSE_MS).contains(&later_ms.saturating_sub(earlier_ms));
    if !is_soon || [earlier, later].iter().any(|part| understand(part, false) != Utterance::Text) {
        return false;
    }
    match (mark(earlier), mark(later)) {
        (Some((one, all)), Some((other, again))) => return one + 1 == other && all == again,
        (None, None) => {}
        _ => return false,
    }
    is_torn(cut(earlier, alphabet_of(&[earlier, later])), end(earlier), beginning(later))
}

fn is_torn(cut: Cut, end: End, beginning: Beginning) -> bool {
    match (end, beginning) {
        (End::Sentence, _) | (_, Beginning::Named) => false,
        (End::Word, Beginning::Inside | Beginning::LinkRest) | (End::Link, Beginning::LinkRest) => {
            cut != Cut::Nowhere
        }
        (End::Word, Beginning::Fresh) | (End::Link, Beginning::Inside) => cut == Cut::Exact,
        (End::Link, Beginning::Fresh) => false,
    }
}

/// The parts of a text as one: without their marks, and with a space at a seam where the cut
/// took one.
#[must_use]
pub fn join<S: AsRef<str>>(parts: &[S]) -> String {
    let mut text = String::new();
    let alphabet = alphabet_of(parts);
    let mut before: Option<&str> = None;
    for part in parts.iter().map(AsRef::as_ref) {
        let bare = unmarked(part);
        if before.is_some_and(|before| needs_space(before, bare, alphabet)) {
            text.push(' ');
        }
        text.push_str(bare);
        before = Some(bare);
    }
    text
}

fn needs_space(before: &str, after: &str, alphabet: Alphabet) -> bool {
    let is_spaced = before.ends_with(char::is_whitespace) || after.starts_with(char::is_whitespace);
    let is_inside_link = end(before) == End::Link && beginning(after) == Beginning::LinkRest;
    !is_spaced && !is_inside_link && cut(before, alphabet) != Cut::Exact
}

/// The alphabet that parts were cut in: that of the whole.
fn alphabet_of<S: AsRef<str>>(parts: &[S]) -> Alphabet {
    let is_gsm = parts.iter().all(|part| Alphabet::of(part.as_ref()) == Alphabet::Gsm);
    if is_gsm { Alphabet::Gsm } else { Alphabet::Unicode }
}

fn cut(part: &str, alphabet: Alphabet) -> Cut {
    let length = alphabet.length(part);
    let (alone, joined) = (alphabet.alone(), alphabet.joined());
    if part.chars().count() < SHORTEST_PART {
        Cut::Nowhere
    } else if length == alone || length.is_multiple_of(joined) || length == PROVIDER_LIMIT {
        Cut::Exact
    } else if length >= LONG
        || (length < alone && length + WORD_BEFORE >= joined)
        || joined - length % joined <= WORD_BEFORE
    {
        Cut::Near
    } else {
        Cut::Nowhere
    }
}

fn end(part: &str) -> End {
    let last = part.split_whitespace().next_back().unwrap_or_default();
    if is_link(last) {
        End::Link
    } else if last.ends_with(['.', '!', '?', '…', '。', '！', '？', ')', '"', '”', '»']) {
        End::Sentence
    } else {
        End::Word
    }
}

/// Whether a word is a link, or the beginning of one.
fn is_link(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.contains("://")
        || word.starts_with("www.")
        || word.trim_end_matches('.').split_once('.').is_some_and(|(host, rest)| {
            host.ends_with(char::is_alphanumeric) && rest.starts_with(char::is_alphabetic)
        })
}

fn beginning(part: &str) -> Beginning {
    let mut words = part.split_whitespace();
    let first = words.next().unwrap_or_default();
    let starts_plain = first.starts_with(|c: char| c.is_lowercase());
    if is_link_rest(first) {
        Beginning::LinkRest
    } else if starts_plain || first.starts_with([',', ';', ')', '-', '/', '&', '%', '=']) {
        Beginning::Inside
    } else if std::iter::once(first).chain(words.take(2)).any(|word| word.ends_with(':')) {
        Beginning::Named
    } else {
        Beginning::Fresh
    }
}

/// Whether a word can only be the rest of a link: signs of a path or query, or of a host, and no
/// scheme of its own.
fn is_link_rest(word: &str) -> bool {
    let is_whole = word.contains("://") || word.to_ascii_lowercase().starts_with("www.");
    let mixes = word.chars().any(|c| c.is_ascii_digit())
        && word.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && word.chars().any(|c| c.is_ascii_alphabetic());
    let is_joined = word
        .char_indices()
        .filter(|(_, c)| matches!(c, '/' | '?' | '=' | '&' | '.' | '%' | '_'))
        .any(|(at, c)| word[at + c.len_utf8()..].starts_with(|c: char| c.is_ascii_alphanumeric()));
    !is_whole && word.is_ascii() && (mixes || is_joined)
}

/// The mark of a part: which it is, and of how many.
fn mark(part: &str) -> Option<(u32, u32)> {
    [read_mark(first_word(part)), read_mark(last_word(part))].into_iter().flatten().next()
}

fn unmarked(part: &str) -> &str {
    let trimmed = part.trim();
    for (word, rest) in [
        (first_word(part), trimmed.strip_prefix(first_word(part))),
        (last_word(part), trimmed.strip_suffix(last_word(part))),
    ] {
        if let Some(rest) = rest.filter(|_| read_mark(word).is_some()) {
            return rest.trim();
        }
    }
    part
}

fn first_word(part: &str) -> &str {
    part.split_whitespace().next().unwrap_or_default()
}

fn last_word(part: &str) -> &str {
    part.split_whitespace().next_back().unwrap_or_default()
}

/// Reads `1/2`, `(1/2)`, `[1/2]`.
fn read_mark(word: &str) -> Option<(u32, u32)> {
    let bare = word.trim_matches(['(', ')', '[', ']', ':']);
    let (one, all) = bare.split_once('/')?;
    let (one, all) = (one.parse().ok()?, all.parse().ok()?);
    (1 <= one && one <= all && (2..=MOST_PARTS).contains(&all)).then_some((one, all))
}

#[cfg(test)]
mod tests;
