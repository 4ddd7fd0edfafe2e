//! `JOIN` and a code, and nothing else.
//!
//! A text of twelve letters and digits after the word is no lure that anybody passes on: it has no
//! link, no number and nothing to say. One that is a character short or long and has digits in it
//! is a code that was mistyped, and its sender is told so.

use crate::people::JoinCode;
use crate::people::join_code::{LENGTH, is_between};

use super::words;

/// By how many characters a code may be too short or too long to be known as one.
const MOST_SLIPS: usize = 2;

/// Digits that something mistyped must have to be a code and no words.
const LEAST_DIGITS: usize = 2;

/// The code after a word that says `join`: `None` when it is no such text, and no code within when
/// it is one that was mistyped.
pub(super) fn find(body: &str) -> Option<Option<JoinCode>> {
    let body = body.trim_matches(|character: char| !character.is_alphanumeric());
    let end = body.find(|character: char| !character.is_alphabetic())?;
    let (word, rest) = body.split_at(end);
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    if !words::is_join(word) {
        return None;
    }
    match JoinCode::parse(rest) {
        None if is_mistyped(rest) => Some(None),
        code => code.map(Some),
    }
}

fn is_mistyped(rest: &str) -> bool {
    let characters = || rest.chars().filter(|character| !is_between(*character));
    let digits = characters().filter(char::is_ascii_digit).count();
    characters().all(|character| character.is_ascii_alphanumeric())
        && characters().count().abs_diff(LENGTH) <= MOST_SLIPS
        && digits >= LEAST_DIGITS
}
