//! "I typed my password": who says what they have done with a lure.
//!
//! A confession is in the first person and in the past; a lure speaks to its reader ("if you
//! entered your password", "you typed a wrong code"), and a genuine notice of things
//! ("a password was entered"). So patterns name the person ("I", "j'ai", a verb that ends in
//! "-ei"), the deed and mostly the object, with a few words between. What was negated or almost
//! done, or done to nothing, does not count, and neither does what speaks of the reader's account or asks the
//! reader for something, because some lures confess too ("I sent a code to your number by
//! mistake").
//!
//! Words in the data match in any dress but as they are inflected. One with an accent matches
//! only with it: Spanish "pulsé" is "I tapped", and "pulse" is what a lure asks for.
//!
//! *Known mistakes:* a confession with a link in it, or of more than two hundred characters, is
//! a text; so is one in words that no pattern knows. "I entered the code at the door" is taken
//! for a confession.

use std::collections::BTreeMap;

use unhook_detect::text::Text;
use unhook_detect::text::words::WordClass;
use unhook_model::LinkKind;

use super::words::{ALL, StatementFile, fold};

/// What somebody says that they have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stated {
    /// Opened the link, called, replied.
    Followed,
    /// Gave something away: a password, a code, a card, money, access.
    Gave,
}

/// The most words between two pieces of a pattern: "I went to that page and entered".
const WIDEST_GAP: usize = 6;

/// How many words before a pattern a negation may stand: "I don't think that I typed".
const NEGATION_REACH: usize = 4;

/// The most lead-in words skipped at the beginning of a clause: "oh no sorry I think".
const MOST_LEADS: usize = 6;

/// How the statements of one language look.
pub(super) struct Grammar {
    patterns: Vec<(Pattern, Stated)>,
    leads: Vec<Phrase>,
    negations: Vec<Phrase>,
    nothing: Vec<Phrase>,
    behind_nothing: Vec<Phrase>,
    unless: Vec<Phrase>,
}

/// One or more words.
type Phrase = Vec<String>;

/// Pieces in order, the first at the beginning of a clause or anywhere.
struct Pattern {
    begins_clause: bool,
    pieces: Vec<Piece>,
}

/// One of several phrases, close behind the piece before or a few words on.
struct Piece {
    may_follow_gap: bool,
    phrases: Vec<Phrase>,
}

/// A word of a text.
struct Said<'t> {
    folded: &'t str,
    /// As it was written, in lower case.
    written: String,
    begins_clause: bool,
    begins_sentence: bool,
}

/// What a text states, the graver where it states two things.
pub(super) fn find(body: &str, text: &Text<'_>) -> Option<Stated> {
    let has_link = text
        .links
        .iter()
        .any(|found| !matches!(found.link.kind, LinkKind::Phone | LinkKind::Email));
    if has_link {
        return None;
    }
    let said = read(body, text);
    ALL.grammars.iter().filter_map(|grammar| grammar.find(&said)).max()
}

/// The words of a text with the borders between its clauses.
fn read<'t>(body: &str, text: &'t Text<'_>) -> Vec<Said<'t>> {
    let mut end_before = 0;
    let mut said = Vec::new();
    for word in text.words.as_slice() {
        let between = body.get(end_before..word.span.range().start).unwrap_or_default();
        let is_first = said.is_empty();
        said.push(Said {
            folded: text.words.folded(word),
            written: match word.class {
                WordClass::Letters => body[word.span.range()].to_lowercase(),
                WordClass::Number | WordClass::Link => String::new(),
            },
            begins_clause: is_first || between.contains(is_clause_border),
            begins_sentence: is_first || between.contains(is_sentence_border),
        });
        end_before = word.span.range().end;
    }
    said
}

fn is_sentence_border(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '\n')
}

fn is_clause_border(c: char) -> bool {
    is_sentence_border(c) || matches!(c, ',' | ';' | ':' | '(' | '-' | '–' | '—')
}

impl Grammar {
    /// What the data of a language says.
    ///
    /// # Panics
    /// When a pattern names a list of words that is not there; a test reads every file.
    pub(super) fn of(file: &StatementFile) -> Self {
        let patterns = |written: &[String], stated: Stated| {
            let pattern = |pattern: &String| (Pattern::of(pattern, &file.words), stated);
            written.iter().map(pattern).collect::<Vec<_>>()
        };
        let mut all = patterns(&file.gave, Stated::Gave);
        all.extend(patterns(&file.followed, Stated::Followed));
        Self {
            patterns: all,
            leads: phrases(&file.leads),
            negations: phrases(&file.negations),
            nothing: phrases(&file.nothing),
            behind_nothing: phrases(&file.behind_nothing),
            unless: phrases(&file.unless),
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    fn find(&self, said: &[Said<'_>]) -> Option<Stated> {
        let stands_anywhere =
            |phrase: &Phrase| (0..said.len()).any(|at| stands_at(phrase, said, at));
        if self.unless.iter().any(stands_anywhere) {
            return None;
        }
        let holds = |pattern: &Pattern| (0..said.len()).any(|at| self.holds_at(pattern, said, at));
        self.patterns.iter().filter(|(pattern, _)| holds(pattern)).map(|(_, stated)| *stated).max()
    }

    fn holds_at(&self, pattern: &Pattern, said: &[Said<'_>], first: usize) -> bool {
        if pattern.begins_clause && !self.is_clause_start(said, first) {
            return false;
        }
        let end = end_of(&pattern.pieces, said, first, true);
        end.is_some_and(|end| !self.is_negated(said, first, end) && !self.says_nothing(said, end))
    }

    /// Whether a word begins a clause, but for lead-in words.
    fn is_clause_start(&self, said: &[Said<'_>], at: usize) -> bool {
        let mut at = at;
        for _ in 0..=MOST_LEADS {
            if said[at].begins_clause {
                return true;
            }
            let lead = self.leads.iter().find(|lead| {
                at.checked_sub(lead.len()).is_some_and(|start| stands_at(lead, said, start))
            });
            let Some(lead) = lead else { return false };
            at -= lead.len();
        }
        false
    }

    /// Whether the words from `first` to `end`, or those shortly before in the same clause, take
    /// back what they say.
    fn is_negated(&self, said: &[Said<'_>], first: usize, end: usize) -> bool {
        let mut from = first;
        while from > 0 && first - from < NEGATION_REACH && !said[from].begins_clause {
            from -= 1;
        }
        (from..end).any(|at| self.negations.iter().any(|phrase| stands_at(phrase, said, at)))
    }

    /// Whether "nothing" stands here as what something was done to. It must end the clause, or be
    /// followed by a word that goes on with it ("nothing there"): in "I typed my password nothing
    /// happened" it begins another.
    fn says_nothing(&self, said: &[Said<'_>], at: usize) -> bool {
        if said.get(at).is_none_or(|word| word.begins_clause) {
            return false;
        }
        self.nothing.iter().filter(|phrase| stands_at(phrase, said, at)).any(|phrase| {
            let behind = at + phrase.len();
            said.get(behind).is_none_or(|word| word.begins_clause)
                || self.behind_nothing.iter().any(|phrase| stands_at(phrase, said, behind))
        })
    }
}

/// Where pieces end whose first begins at `from`, or a gap later; the nearest of several. What
/// follows the first piece of a pattern is in the same sentence.
fn end_of(pieces: &[Piece], said: &[Said<'_>], from: usize, is_first: bool) -> Option<usize> {
    let Some((piece, rest)) = pieces.split_first() else { return Some(from) };
    let widest = if piece.may_follow_gap { WIDEST_GAP } else { 0 };
    for at in from..=from + widest {
        if !is_first && said.get(at)?.begins_sentence {
            return None;
        }
        let starts = piece.phrases.iter().filter(|phrase| stands_at(phrase, said, at));
        let ends = starts.filter_map(|phrase| end_of(rest, said, at + phrase.len(), false));
        if let Some(end) = ends.min() {
            return Some(end);
        }
    }
    None
}

fn stands_at(phrase: &[String], said: &[Said<'_>], at: usize) -> bool {
    said.get(at..at + phrase.len())
        .is_some_and(|run| run.iter().zip(phrase).all(|(word, wanted)| is_word(word, wanted)))
}

/// Whether a word is the one wanted, in any dress; one wanted with an accent must have it.
fn is_word(word: &Said<'_>, wanted: &str) -> bool {
    word.folded == wanted || (!wanted.is_ascii() && word.written == wanted)
}

fn phrases(written: &[String]) -> Vec<Phrase> {
    written.iter().map(|phrase| phrase.split(' ').map(as_in_texts).collect()).collect()
}

/// A word of the data as [`is_word`] compares it: folded as texts are, unless it has an accent
/// that counts.
fn as_in_texts(word: &str) -> String {
    if word.is_ascii() { fold(word) } else { word.to_owned() }
}

impl Pattern {
    /// `^` begins a clause, `..` is a gap, `{name}` one of a list, `{name|other}` of either, all else itself.
    fn of(written: &str, lists: &BTreeMap<String, Vec<String>>) -> Self {
        let mut pattern = Self { begins_clause: false, pieces: Vec::new() };
        let mut may_follow_gap = false;
        for token in written.split(' ') {
            match token {
                "^" => pattern.begins_clause = true,
                ".." => may_follow_gap = true,
                _ => {
                    let name = token.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
                    let list =
                        |name| lists.get(name).expect("a pattern names lists of its own file");
                    let phrases = name.map_or_else(
                        || vec![vec![as_in_texts(token)]],
                        |names| names.split('|').flat_map(|name| phrases(list(name))).collect(),
                    );
                    pattern.pieces.push(Piece { may_follow_gap, phrases });
                    may_follow_gap = false;
                }
            }
        }
        pattern
    }
}
