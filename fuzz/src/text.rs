//! Drives [`Text::read`], the way of every message from bytes to words.
//!
//! Holds: cleaning twice changes nothing; every character and word of the result leads back
//! to whole characters of the original, in order; a text is truncated only when it is too
//! long, or grows too long, and says so; a text that was cleaned before has the same words.

use unhook_detect::text::clean::Clean;
use unhook_detect::text::hashing::hash;
use unhook_detect::text::words::Words;
use unhook_detect::text::{LONGEST_READ, LONGEST_TEXT, Text};
use unhook_model::Note;

use crate::marked;

/// The input is the body of a message.
pub fn run(data: &[u8]) {
    let body = String::from_utf8_lossy(data);
    let text = Text::read(&body);
    check_cleaning(&body);
    check_words(&text.words, &body);
    check_bound(&text, &body);
    check_clean_text_reads_the_same(&text);
}

fn check_cleaning(body: &str) {
    let clean = Clean::of(body);
    assert_eq!(Clean::of(clean.text()).text(), clean.text(), "cleaning {body:?} twice");
    let mut last = 0;
    for (at, c) in clean.text().char_indices() {
        let span = clean.span(at, at + c.len_utf8());
        marked(body, span);
        assert!(span.start >= last, "{c:?} leads back before the character before it");
        last = span.start;
    }
    let disguises = clean.disguises();
    for span in [disguises.invisible, disguises.reordering, disguises.styled].into_iter().flatten()
    {
        assert!(!marked(body, span).is_empty(), "a disguise that nobody can see");
    }
}

fn check_words(words: &Words, body: &str) {
    let (mut start, mut end) = (0, 0);
    for word in words.as_slice() {
        marked(body, word.span);
        assert!(word.span.start >= start && word.span.end >= end, "words out of order");
        (start, end) = (word.span.start, word.span.end);
        let folded = words.folded(word);
        assert!(!folded.is_empty() && !folded.contains(char::is_whitespace), "{folded:?}");
        assert_eq!(word.hash, hash(folded));
    }
    let joined: Vec<&str> = words.as_slice().iter().map(|word| words.folded(word)).collect();
    assert_eq!(words.text(), joined.join(" "));
    let disguises = words.disguises();
    for span in [disguises.lookalike, disguises.leet, disguises.spaced, disguises.scrambled]
        .into_iter()
        .flatten()
    {
        marked(body, span);
    }
}

fn check_bound(text: &Text<'_>, body: &str) {
    let truncated = text.notes.iter().find_map(|note| match note {
        Note::Truncated { assessed, total } => Some((*assessed, *total)),
        _ => None,
    });
    match truncated {
        None => assert!(body.len() <= LONGEST_READ, "{} bytes read", body.len()),
        Some((assessed, total)) => {
            assert_eq!(total, body.len());
            assert!(assessed < total && assessed <= LONGEST_READ);
            // Less than fits is read only of a text that grows when it is cleaned.
            assert!(assessed + 3 >= LONGEST_TEXT || Clean::of(body).text().len() > LONGEST_TEXT);
            let last = text.words.as_slice().last().map_or(0, |word| word.span.end);
            assert!(last as usize <= assessed, "a word was read behind the bound");
        }
    }
}

fn check_clean_text_reads_the_same(text: &Text<'_>) {
    if text.clean.text().len() <= LONGEST_TEXT {
        let again = Text::read(text.clean.text());
        assert_eq!(again.words.text(), text.words.text(), "read {:?}", text.clean.text());
    }
}
