//! Known phrases and names in the words of a text.
//!
//! All languages share one table: a phrase is a run of word hashes, found by a look-up on
//! its first one or two words, so the time depends on the text alone. Scripts that write
//! without spaces (Thai, Chinese, Japanese, Khmer, Lao, Burmese) are matched by substring
//! with an Aho-Corasick automaton, built when the first such text comes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use unhook_model::Span;

use super::words::{self, Word, Words};

/// What separates two pieces of a phrase that may stand up to [`WIDEST_GAP`] words apart.
const GAP: &str = " .. ";

/// The most words between two pieces of a phrase.
const WIDEST_GAP: usize = 5;

/// The most bytes between two pieces in scripts without spaces: about twenty characters.
const WIDEST_UNSPACED_GAP: usize = 60;

/// The most phrases reported for one text: far more than any honest one has.
const MOST_HITS: usize = 96;

/// A phrase found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<T> {
    /// What the table says of the phrase.
    pub meaning: T,
    /// Where it stands in the original.
    pub span: Span,
    /// Its first word, as an index.
    pub first: usize,
    /// Its last word, as an index.
    pub last: usize,
}

/// Phrases and their meanings, compiled for matching.
#[derive(Debug)]
pub struct PhraseTable<T> {
    patterns: Vec<Pattern<T>>,
    /// Patterns by the hash of their first word, or of their first two.
    starts: HashMap<u64, Vec<u32>, BuildHasherDefault<AlreadyHashed>>,
    /// Pieces in unspaced scripts: text, pattern.
    unspaced: Vec<(Vec<String>, T)>,
    automaton: OnceLock<Option<AhoCorasick>>,
}

#[derive(Debug)]
struct Pattern<T> {
    /// Hashes of the words; a zero stands for a gap.
    words: Vec<u64>,
    meaning: T,
}

/// Where a gap stands in a pattern. No word hashes to zero but the empty one.
const GAP_MARK: u64 = 0;

impl<T: Copy> PhraseTable<T> {
    /// Compiles phrases, folded as [`words::fold`] folds, pieces joined by ` .. `.
    #[must_use]
    pub fn compile<'p>(phrases: impl IntoIterator<Item = (&'p str, T)>) -> Self {
        let mut table = Self {
            patterns: Vec::new(),
            starts: HashMap::default(),
            unspaced: Vec::new(),
            automaton: OnceLock::new(),
        };
        for (phrase, meaning) in phrases {
            table.insert(phrase, meaning);
        }
        table
    }

    fn insert(&mut self, phrase: &str, meaning: T) {
        if phrase.chars().any(is_unspaced) {
            let pieces = phrase.split(GAP).map(|piece| piece.replace(' ', "")).collect();
            self.unspaced.push((pieces, meaning));
            return;
        }
        let mut hashes = Vec::new();
        for piece in phrase.split(GAP) {
            if !hashes.is_empty() {
                hashes.push(GAP_MARK);
            }
            hashes.extend(as_in_texts(piece).split_whitespace().map(words::hash));
        }
        let key = match *hashes.as_slice() {
            [] => return,
            [only] | [only, GAP_MARK, ..] => only,
            [first, second, ..] => pair(first, second),
        };
        self.starts.entry(key).or_default().push(self.patterns.len() as u32);
        self.patterns.push(Pattern { words: hashes, meaning });
    }

    /// The phrases in a text, by place.
    #[must_use]
    pub fn find(&self, words: &Words) -> Vec<Hit<T>> {
        let mut hits = Vec::new();
        let slice = words.as_slice();
        for (first, word) in slice.iter().enumerate() {
            self.matches_from(slice, first, word.hash, &mut hits);
            if let Some(next) = slice.get(first + 1) {
                self.matches_from(slice, first, pair(word.hash, next.hash), &mut hits);
            }
            if hits.len() >= MOST_HITS {
                hits.truncate(MOST_HITS);
                return hits;
            }
        }
        if words.text().chars().any(is_unspaced) {
            self.find_unspaced(words, &mut hits);
        }
        hits
    }

    fn matches_from(&self, words: &[Word], first: usize, key: u64, hits: &mut Vec<Hit<T>>) {
        for index in self.starts.get(&key).into_iter().flatten() {
            let pattern = &self.patterns[*index as usize];
            if let Some(last) = match_words(&pattern.words, words, first) {
                let span = Span { start: words[first].span.start, end: words[last].span.end };
                hits.push(Hit { meaning: pattern.meaning, span, first, last });
            }
        }
    }

    fn find_unspaced(&self, words: &Words, hits: &mut Vec<Hit<T>>) {
        let Some(automaton) = self.automaton.get_or_init(|| self.build_automaton()) else { return };
        let owners = self.piece_owners();
        let mut open: HashMap<usize, (usize, usize, usize)> = HashMap::new();
        for found in automaton.find_overlapping_iter(words.text()) {
            let (owner, piece) = owners[found.pattern().as_usize()];
            let (pieces, meaning) = &self.unspaced[owner];
            let begin = match (piece, open.get(&owner)) {
                (0, _) => found.start(),
                (_, Some((begin, before, end)))
                    if *before + 1 == piece
                        && found.start() >= *end
                        && found.start() - end <= WIDEST_UNSPACED_GAP =>
                {
                    *begin
                }
                _ => continue,
            };
            if piece + 1 < pieces.len() {
                open.insert(owner, (begin, piece, found.end()));
            } else if hits.len() < MOST_HITS {
                hits.push(hit_of_bytes(words, begin, found.end(), *meaning));
            }
        }
    }

    fn build_automaton(&self) -> Option<AhoCorasick> {
        AhoCorasick::new(self.unspaced.iter().flat_map(|(pieces, _)| pieces)).ok()
    }

    /// For each piece in the automaton, its phrase and its place in it.
    fn piece_owners(&self) -> Vec<(usize, usize)> {
        let places = |(owner, (pieces, _)): (usize, &(Vec<String>, T))| {
            (0..pieces.len()).map(move |piece| (owner, piece)).collect::<Vec<_>>()
        };
        self.unspaced.iter().enumerate().flat_map(places).collect()
    }
}

/// A piece of a phrase with its numbers masked, as the words of a text have them.
fn as_in_texts(piece: &str) -> Cow<'_, str> {
    if piece.bytes().all(|b| b.is_ascii_lowercase() || b == b' ' || b == b'\'') {
        Cow::Borrowed(piece)
    } else {
        Cow::Owned(words::fold(piece))
    }
}

/// The last word of a match of `pattern` that begins at `first`.
fn match_words(pattern: &[u64], words: &[Word], first: usize) -> Option<usize> {
    let mut at = first;
    let mut pieces = pattern.split(|hash| *hash == GAP_MARK);
    let starts_with = |piece: &[u64], at: usize| {
        words
            .get(at..at + piece.len())
            .is_some_and(|run| run.iter().zip(piece).all(|(w, h)| w.hash == *h))
    };
    let head = pieces.next()?;
    if !starts_with(head, at) {
        return None;
    }
    at += head.len();
    for piece in pieces {
        at = (at..=at + WIDEST_GAP).find(|at| starts_with(piece, *at))? + piece.len();
    }
    Some(at - 1)
}

fn pair(first: u64, second: u64) -> u64 {
    words::mix(first ^ second.rotate_left(23))
}

/// A hit from the bytes of the folded text: exact where folding kept the length of the
/// word it stands in, the whole word elsewhere.
fn hit_of_bytes<T>(words: &Words, start: usize, end: usize, meaning: T) -> Hit<T> {
    let slice = words.as_slice();
    let word_at =
        |at: usize| slice.partition_point(|word| word.start as usize <= at).saturating_sub(1);
    let (first, last) = (word_at(start), word_at(end.saturating_sub(1)));
    let kept = |word: &Word| word.end - word.start == word.span.end - word.span.start;
    let (one, other) = (&slice[first], &slice[last]);
    let begin =
        if kept(one) { one.span.start + (start as u32 - one.start) } else { one.span.start };
    let finish =
        if kept(other) { other.span.start + (end as u32 - other.start) } else { other.span.end };
    Hit { meaning, span: Span { start: begin, end: finish.max(begin) }, first, last }
}

/// A character of a script that writes its words without spaces between.
#[must_use]
pub fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// A hasher for keys that are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = words::mix(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    fn check(phrases: &[&str], text: &str, expected: &[&str]) {
        let table = PhraseTable::compile(phrases.iter().map(|p| (*p, ())));
        let read = Text::read(text);
        let found: Vec<&str> =
            table.find(&read.words).iter().map(|hit| &text[hit.span.range()]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn phrases_match_on_word_borders() {
        check(&["act now", "now"], "ACT  now, known", &["ACT  now", "now"]);
        check(&["pay"], "paypal pays", &[]);
    }

    #[test]
    fn pieces_may_stand_apart() {
        check(&["verify .. account"], "verify your bank account", &["verify your bank account"]);
        check(&["verify .. account"], "verify one two three four five six account", &[]);
    }

    #[test]
    fn unspaced_scripts_match_inside() {
        check(&["ยืนยันรหัส"], "กรุณายืนยันรหัสของคุณ", &["ยืนยันรหัส"]);
        check(&["点击 .. 链接"], "请点击下面的链接查看", &["点击下面的链接"]);
        check(&["点击 .. 链接"], "链接在下面请点击", &[]);
    }
}
