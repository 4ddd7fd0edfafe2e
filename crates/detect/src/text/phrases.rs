//! Known phrases and names in the words of a text.
//!
//! All languages share one table: a phrase is a run of hashes of stems, found by a look-up on
//! its first one or two words, so the time depends on the text alone. Names are matched as
//! they are written, phrases in any form of their words. Scripts that write
//! without spaces (Thai, Chinese, Japanese, Khmer, Lao, Burmese) are matched by substring
//! with an Aho-Corasick automaton, built when the first such text comes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use unhook_model::Span;

use super::hashing::{hash, mix};
use super::stem::hash_of_stem;
use super::words::{self, Word, Words};

/// What separates two pieces of a phrase that may stand up to [`WIDEST_GAP`] words apart.
pub(crate) const GAP: &str = " .. ";

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

/// How the words of a text must be those of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// The same words: names.
    Exact,
    /// Forms of the same words.
    Stems,
}

/// What is to be found: the phrase, what the table says of it, how it is matched.
pub type Entry<'p, T> = (&'p str, T, Matching);

/// Phrases and their meanings, compiled for matching.
///
/// Those in other scripts than Latin, the larger part, are compiled when the first text
/// with a letter of another script comes.
#[derive(Debug)]
pub struct PhraseTable<T> {
    latin: Runs<T>,
    foreign: Vec<(Box<str>, T, Matching)>,
    foreign_runs: OnceLock<Runs<T>>,
    /// Those in scripts without spaces.
    unspaced: Vec<(Box<str>, T)>,
    matcher: OnceLock<Option<Matcher>>,
}

/// What finds the pieces of unspaced phrases.
#[derive(Debug)]
struct Matcher {
    automaton: AhoCorasick,
    /// For each piece in the automaton, its phrase and its place in it.
    owners: Vec<(usize, usize)>,
}

/// Where a gap stands in a pattern. No word hashes to zero but the empty one.
const GAP_MARK: u64 = 0;

impl<T: Copy> PhraseTable<T> {
    /// Compiles phrases, pieces joined by ` .. `. Names are folded as texts are; phrases that
    /// match by their stems must be so already, but for their numbers.
    #[must_use]
    pub fn compile<'p>(phrases: impl IntoIterator<Item = Entry<'p, T>>) -> Self {
        let mut latin = RunsBuilder::default();
        let (mut foreign, mut unspaced) = (Vec::new(), Vec::new());
        for (phrase, meaning, matching) in phrases {
            if phrase.is_ascii() || !phrase.chars().any(is_foreign) {
                latin.insert(phrase, meaning, matching);
            } else if phrase.chars().any(is_unspaced) {
                unspaced.push((phrase.into(), meaning));
            } else {
                foreign.push((phrase.into(), meaning, matching));
            }
        }
        Self {
            latin: latin.build(),
            foreign,
            foreign_runs: OnceLock::new(),
            unspaced,
            matcher: OnceLock::new(),
        }
    }

    /// The phrases in a text, by place.
    #[must_use]
    pub fn find(&self, words: &Words) -> Vec<Hit<T>> {
        let mut hits = Vec::new();
        let is_foreign = !words.text().is_ascii() && words.text().chars().any(is_foreign);
        let foreign = is_foreign.then(|| self.foreign_runs());
        let slice = words.as_slice();
        for (first, word) in slice.iter().enumerate() {
            let second = slice.get(first + 1).map(|next| pair(word.stem, next.stem));
            for key in std::iter::once(word.stem).chain(second) {
                for runs in std::iter::once(&self.latin).chain(foreign) {
                    runs.matches_from(slice, first, key, &mut hits);
                }
            }
            if hits.len() >= MOST_HITS {
                hits.truncate(MOST_HITS);
                return hits;
            }
        }
        if is_foreign && words.text().chars().any(is_unspaced) {
            self.find_unspaced(words, &mut hits);
        }
        hits
    }

    fn foreign_runs(&self) -> &Runs<T> {
        self.foreign_runs.get_or_init(|| {
            let mut runs = RunsBuilder::default();
            for (phrase, meaning, matching) in &self.foreign {
                runs.insert(phrase, *meaning, *matching);
            }
            runs.build()
        })
    }

    fn find_unspaced(&self, words: &Words, hits: &mut Vec<Hit<T>>) {
        let Some(matcher) = self.matcher.get_or_init(|| self.build_matcher()) else { return };
        let mut open: HashMap<usize, (usize, usize, usize)> = HashMap::new();
        for found in matcher.automaton.find_overlapping_iter(words.text()) {
            let (owner, piece) = matcher.owners[found.pattern().as_usize()];
            let (phrase, meaning) = &self.unspaced[owner];
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
            if piece < phrase.matches(GAP).count() {
                open.insert(owner, (begin, piece, found.end()));
            } else if hits.len() < MOST_HITS {
                hits.push(hit_of_bytes(words, begin, found.end(), *meaning));
            }
        }
    }

    fn build_matcher(&self) -> Option<Matcher> {
        let pieces = self.unspaced.iter().flat_map(|(phrase, _)| phrase.split(GAP));
        let pieces = pieces.map(|piece| as_in_texts(piece, Matching::Stems).replace(' ', ""));
        let places = |(owner, (phrase, _)): (usize, &(Box<str>, T))| {
            (0..=phrase.matches(GAP).count()).map(move |piece| (owner, piece))
        };
        let owners = self.unspaced.iter().enumerate().flat_map(places).collect();
        Some(Matcher { automaton: AhoCorasick::new(pieces).ok()?, owners })
    }
}

/// Phrases as runs of hashes, by the stem of their first word or of their first two.
#[derive(Debug)]
struct Runs<T> {
    /// The hashes of the words or stems of all phrases, one after another; a zero stands for
    /// a gap.
    hashes: Vec<u64>,
    /// Sorted by bucket.
    patterns: Vec<Pattern<T>>,
    /// Where each bucket's patterns begin, and where the last ends.
    buckets: Box<[u32]>,
}

/// Buckets of a [`Runs`]: about one for each phrase.
const BUCKET_BITS: u32 = 14;

#[derive(Clone, Copy, Debug)]
struct Pattern<T> {
    key: u64,
    /// Its part of the hashes.
    start: u32,
    end: u32,
    meaning: T,
    matching: Matching,
}

impl<T> Pattern<T> {
    fn bucket(&self) -> usize {
        bucket(self.key)
    }
}

fn bucket(key: u64) -> usize {
    (key >> (64 - BUCKET_BITS)) as usize
}

impl<T: Copy> Runs<T> {
    fn matches_from(&self, words: &[Word], first: usize, key: u64, hits: &mut Vec<Hit<T>>) {
        let bucket = bucket(key);
        let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
        for pattern in self.patterns[range].iter().filter(|pattern| pattern.key == key) {
            let run = &self.hashes[pattern.start as usize..pattern.end as usize];
            if let Some(last) = match_words(run, words, first, pattern.matching) {
                let span = Span { start: words[first].span.start, end: words[last].span.end };
                hits.push(Hit { meaning: pattern.meaning, span, first, last });
            }
        }
    }
}

#[derive(Debug)]
struct RunsBuilder<T> {
    hashes: Vec<u64>,
    patterns: Vec<Pattern<T>>,
}

impl<T> Default for RunsBuilder<T> {
    fn default() -> Self {
        Self { hashes: Vec::new(), patterns: Vec::new() }
    }
}

impl<T> RunsBuilder<T> {
    fn insert(&mut self, phrase: &str, meaning: T, matching: Matching) {
        let start = self.hashes.len();
        let mut stems = [None; 2];
        for piece in phrase.split(GAP) {
            if self.hashes.len() > start {
                self.hashes.push(GAP_MARK);
                // Words before a gap are no pair with those behind it.
                stems[1] = stems[1].or(stems[0].map(|_| GAP_MARK));
            }
            for (hash, stem) in as_in_texts(piece, matching).split_ascii_whitespace().map(hashes) {
                if let Some(free) = stems.iter_mut().find(|stem| stem.is_none()) {
                    *free = Some(stem);
                }
                self.hashes.push(if matching == Matching::Exact { hash } else { stem });
            }
        }
        let key = match stems {
            [None, _] => return,
            [Some(only), None | Some(GAP_MARK)] => only,
            [Some(first), Some(second)] => pair(first, second),
        };
        let (start, end) = (start as u32, self.hashes.len() as u32);
        self.patterns.push(Pattern { key, start, end, meaning, matching });
    }

    fn build(mut self) -> Runs<T> {
        self.patterns.sort_by_key(Pattern::bucket);
        let mut buckets = vec![0; (1 << BUCKET_BITS) + 1].into_boxed_slice();
        for pattern in &self.patterns {
            buckets[pattern.bucket() + 1] += 1;
        }
        for bucket in 1..buckets.len() {
            buckets[bucket] += buckets[bucket - 1];
        }
        Runs { hashes: self.hashes, patterns: self.patterns, buckets }
    }
}

/// The hashes of a folded word and of its stem, as [`Word`] has them.
fn hashes(word: &str) -> (u64, u64) {
    let hash = hash(word);
    let has_stem = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'\'');
    (hash, if has_stem { hash_of_stem(word) } else { hash })
}

/// A piece of a phrase, or a name, as the words of a text have it: folded, its numbers
/// masked. Phrases are written folded but for their numbers.
fn as_in_texts(piece: &str, matching: Matching) -> Cow<'_, str> {
    if (matching == Matching::Stems && !needs_folding(piece))
        || piece.bytes().all(|b| b.is_ascii_lowercase() || b == b' ' || b == b'\'')
    {
        return Cow::Borrowed(piece);
    }
    // Single letters may be a word spelled out, which folding joins.
    if piece.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ')
        && piece.split(' ').all(|word| word.len() > 1)
    {
        return Cow::Owned(piece.to_ascii_lowercase());
    }
    Cow::Owned(words::fold(piece))
}

/// Whether a piece of a phrase has numbers, which are masked.
pub(crate) fn needs_folding(piece: &str) -> bool {
    piece.bytes().any(|b| b.is_ascii_digit())
}

/// A letter of another script than Latin.
fn is_foreign(c: char) -> bool {
    !matches!(c, ..'\u{370}' | '\u{1e00}'..='\u{1eff}' | '\u{2000}'..='\u{2bff}')
}

/// The last word of a match of `pattern` that begins at `first`.
fn match_words(pattern: &[u64], words: &[Word], first: usize, matching: Matching) -> Option<usize> {
    let mut at = first;
    let hash_of = |word: &Word| match matching {
        Matching::Exact => word.hash,
        Matching::Stems => word.stem,
    };
    let mut pieces = pattern.split(|hash| *hash == GAP_MARK);
    let starts_with = |piece: &[u64], at: usize| {
        words
            .get(at..at + piece.len())
            .is_some_and(|run| run.iter().zip(piece).all(|(word, hash)| hash_of(word) == *hash))
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
    mix(first ^ second.rotate_left(23))
}

/// A hit from the bytes of the folded text: exact where folding kept the letters of the
/// word it stands in, the whole word elsewhere.
fn hit_of_bytes<T>(words: &Words, start: usize, end: usize, meaning: T) -> Hit<T> {
    let slice = words.as_slice();
    let word_at =
        |at: usize| slice.partition_point(|word| word.start as usize <= at).saturating_sub(1);
    let (first, last) = (word_at(start), word_at(end.saturating_sub(1)));
    let (one, other) = (&slice[first], &slice[last]);
    let begin =
        if one.exact { one.span.start + (start as u32 - one.start) } else { one.span.start };
    let finish =
        if other.exact { other.span.start + (end as u32 - other.start) } else { other.span.end };
    Hit { meaning, span: Span { start: begin, end: finish.max(begin) }, first, last }
}

/// A character of a script that writes its words without spaces between.
#[must_use]
pub fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    fn check(phrases: &[&str], text: &str, expected: &[&str]) {
        let table = PhraseTable::compile(phrases.iter().map(|p| (*p, (), Matching::Stems)));
        let read = Text::read(text);
        let found: Vec<&str> =
            table.find(&read.words).iter().map(|hit| &text[hit.span.range()]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn phrases_match_on_word_borders() {
        check(&["act now", "now"], "ACT  now, known", &["ACT  now", "now"]);
        check(&["pay"], "paypal pay", &["pay"]);
    }

    #[test]
    fn phrases_match_in_any_form_and_names_as_they_are() {
        check(&["is suspended"], "they were Suspending it", &["were Suspending"]);
        let table = PhraseTable::compile([("Correos", (), Matching::Exact)]);
        assert_eq!(table.find(&Text::read("su correo").words), []);
        assert_eq!(table.find(&Text::read("de Correos").words).len(), 1);
    }

    #[test]
    fn pieces_may_stand_apart() {
        check(&["verify .. account"], "verify your bank account", &["verify your bank account"]);
        check(&["verify .. account"], "verify one two three four five six account", &[]);
    }

    #[test]
    fn names_and_other_scripts_are_folded_as_texts_are() {
        for (name, text) in [("Acme Post", "from ACME post"), ("Почта Acme", "это почта acme")]
        {
            let table = PhraseTable::compile([(name, (), Matching::Exact)]);
            assert_eq!(table.find(&Text::read(text).words).len(), 1, "{name}");
        }
        check(&["3 .. acme", "почта"], "acme почта", &["почта"]);
    }

    #[test]
    fn unspaced_scripts_match_inside() {
        check(&["ยืนยันรหัส"], "กรุณายืนยันรหัสของคุณ", &["ยืนยันรหัส"]);
        check(&["点击 .. 链接"], "请点击下面的链接查看", &["点击下面的链接"]);
        check(&["点击 .. 链接"], "链接在下面请点击", &[]);
        check(&["点击"], "ＶＩＰ请点击", &["ＶＩＰ请点击"]);
        // What cleaning adds and what folding takes away are as many bytes.
        check(&["点击"], "ำ点击\u{ad}İ", &["ำ点击\u{ad}İ"]);
    }
}
