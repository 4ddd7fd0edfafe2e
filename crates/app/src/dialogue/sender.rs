//! "It was from +1 201 555 0123": who had sent a text, in answer to the question.
//!
//! A number, a short code, an address or a sender id, alone or in words that frame it. A name
//! alone could be anything, so it counts only because it was asked for, only as short as a
//! sender id on the wire, and not where it is a word that people answer with.
//!
//! *Known mistakes:* a one-time code that is sent to us while we wait for a sender is taken for
//! a short code, and a word that no list knows for a name.

use unhook_model::Sender;

use super::words::{ALL, fold};

/// The most characters of an answer that names a sender.
const LONGEST_ANSWER: usize = 80;

/// The most characters of a sender id (3GPP TS 23.040, on address fields).
const LONGEST_ID: usize = 11;

/// The fewest characters of a name without a frame: "EE" is one, and so is "lo".
const SHORTEST_ID: usize = 3;

/// The digits of a number with its area or country code; E.164 allows fifteen.
const NUMBER: std::ops::RangeInclusive<usize> = 7..=15;

/// The digits of a short code.
const SHORT_CODE: std::ops::RangeInclusive<usize> = 3..=6;

/// The sender that an answer names.
pub(super) fn find(body: &str) -> Option<Sender> {
    if body.contains('?') || body.chars().count() > LONGEST_ANSWER {
        return None;
    }
    let words: Vec<&str> = body.split_whitespace().collect();
    let is_frame = |word: &&&str| {
        let folded = fold(word);
        !folded.is_empty() && folded.split(' ').all(|part| ALL.around_sender.contains(part))
    };
    let before = words.iter().take_while(is_frame).count();
    let after = words[before..].iter().rev().take_while(is_frame).count();
    let rest = words[before..words.len() - after].join(" ");
    let named = rest.trim_matches([' ', '.', ',', ':', ';', '!', '"', '\'']);
    match named.chars().all(|c| !c.is_alphabetic()) {
        true => number(named),
        false if named.contains('@') => address(named),
        false => id(named, before > 0),
    }
}

fn number(named: &str) -> Option<Sender> {
    let digits = named.bytes().filter(u8::is_ascii_digit).count();
    let is_bare = named.len() == digits;
    if is_date(named) || !(NUMBER.contains(&digits) || is_bare && SHORT_CODE.contains(&digits)) {
        return None;
    }
    let sender = Sender::parse(named)?;
    matches!(sender, Sender::Phone(_) | Sender::ShortCode(_)).then_some(sender)
}

/// Whether it is written as a day is: two numbers of at most two digits, and a year.
fn is_date(named: &str) -> bool {
    let parts: Vec<usize> = named.split(['.', '/', '-']).map(str::len).collect();
    matches!(parts[..], [1 | 2, 1 | 2, 2 | 4] | [4, 1 | 2, 1 | 2])
}

fn address(named: &str) -> Option<Sender> {
    let sender = Sender::parse(named).filter(|_| !named.contains(' '))?;
    matches!(sender, Sender::Email(_)).then_some(sender)
}

fn id(named: &str, is_framed: bool) -> Option<Sender> {
    let length = named.chars().count();
    let is_of_wire = |c: char| c.is_alphanumeric() || " ._-&'+".contains(c);
    if length > LONGEST_ID || !named.chars().all(is_of_wire) {
        return None;
    }
    let folded = fold(named);
    if folded.split(' ').any(|word| ALL.no_senders.contains(word)) {
        return None;
    }
    let is_name = |word: &str| word.starts_with(|c: char| c.is_uppercase() || c.is_numeric());
    let is_single = !named.contains(' ');
    let may_stand_alone = length >= SHORTEST_ID && (is_single || named.split(' ').all(is_name));
    (is_framed || may_stand_alone).then(|| Sender::Alphanumeric(named.to_owned()))
}
