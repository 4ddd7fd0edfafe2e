//! Words with their letters set apart (`v e r i f y`, `V.E.R.I.F.Y`), put together again.

use unhook_model::Span;

use super::words::{Word, WordClass, Words};

/// The fewest single letters in a row that are taken for a word set apart: "a b c" is a
/// list, "p a y" too short to tell.
const FEWEST_LETTERS: usize = 4;

/// Joins runs of single letters. Other words stay as they are.
pub(super) fn join(words: Words) -> Words {
    let single = words.as_slice().iter().filter(|word| is_single(&words, word)).count();
    if single < FEWEST_LETTERS {
        return words;
    }
    let mut joined = Words::with_disguises(words.disguises());
    let slice = words.as_slice();
    let mut at = 0;
    while at < slice.len() {
        let run = run_length(&words, &slice[at..]);
        if run >= FEWEST_LETTERS {
            let letters: String = slice[at..at + run].iter().map(|w| words.folded(w)).collect();
            let span = Span { start: slice[at].span.start, end: slice[at + run - 1].span.end };
            joined.note_spaced(span);
            joined.push(&letters, span, WordClass::Letters);
            at += run;
        } else {
            let word = &slice[at];
            joined.push_again(&words, word);
            at += 1;
        }
    }
    joined
}

/// How many single letters follow each other, each one separator from the next.
fn run_length(words: &Words, slice: &[Word]) -> usize {
    let mut length = 0;
    for (index, word) in slice.iter().enumerate() {
        if !(index == 0 || word.near) || !is_single(words, word) {
            break;
        }
        length += 1;
    }
    length
}

/// A word of one letter, in a script that writes its words with spaces.
fn is_single(words: &Words, word: &Word) -> bool {
    let text = words.folded(word);
    word.class == WordClass::Letters && text.len() <= 2 && text.chars().count() == 1
}
