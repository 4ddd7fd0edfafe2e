//! One look at one host: everything in it that may be a brand is brought before the judge,
//! and the surest finding is kept.

use super::fold::{Folded, Respelt};
use super::judge::{self, Likeness};
use super::{Lookalike, LookalikeIndex, find, near};

/// The longest form that is looked up as a whole word instead of searched for.
const LONGEST_SHORT: usize = find::SHORTEST - 1;

/// The shortest brand that a whole label is compared with for slips: with nothing beside
/// it, a shorter one would not be reported.
const LEAST_ALONE: usize = 7;

/// What stands beside a word in its host.
#[derive(Clone, Copy, PartialEq)]
enum Company {
    /// Other words in its label.
    Words,
    /// Other labels alone: it is a whole one.
    Labels,
    /// Nothing but the suffix.
    None,
}

pub(super) struct Search<'a, 'h> {
    index: &'a LookalikeIndex,
    host: &'h [u8],
    folded: &'h Folded,
    /// Where the last label begins: what is from there on names nobody.
    limit: usize,
    best: Option<Lookalike<'a>>,
    /// Whether a word of sign-in kits was seen.
    kit: bool,
}

impl<'a, 'h> Search<'a, 'h> {
    /// What `host` imitates; its own letters and its folded ones are the same in number.
    pub(super) fn run(
        index: &'a LookalikeIndex,
        host: &'h [u8],
        folded: &'h Folded,
    ) -> Option<Lookalike<'a>> {
        let limit = host.iter().rposition(|b| *b == b'.')?;
        let mut search = Self { index, host, folded, limit, best: None, kit: false };
        search.forms();
        search.labels();
        match search.kit {
            true => stronger(search.best, judge::kit(index, std::str::from_utf8(host).ok()?)),
            false => search.best,
        }
    }

    fn bytes(&self) -> &'h [u8] {
        &self.host[..self.limit]
    }

    /// Forms anywhere in the host, exactly or in letters that look alike.
    fn forms(&mut self) {
        let (index, folded, limit) = (self.index, self.folded, self.limit);
        index.finder.find(folded, limit, |number, start, end| {
            self.sight(number, Likeness::Looks, start, end);
        });
        if folded.has_pairs() {
            let respelt = Respelt::with_pairs_joined(self.bytes(), folded);
            index.finder.find(
                &respelt.folded,
                respelt.folded.bytes().len(),
                |number, start, end| {
                    let (start, end) = respelt.original(start, end);
                    self.sight(number, Likeness::Looks, start, end);
                },
            );
        }
    }

    fn labels(&mut self) {
        let mut start = 0;
        for label in self.bytes().split(|b| *b == b'.') {
            if self.folded.has_hyphens() && label.contains(&b'-') {
                self.tokens(start, label);
            } else {
                let is_alone = label.len() == self.limit;
                self.word(start, label, if is_alone { Company::None } else { Company::Labels });
                if self.index.words.has_core(label) {
                    self.cores(start, label);
                }
            }
            start += label.len() + 1;
        }
        if self.folded.has_hyphens() {
            self.hyphenated();
        }
    }

    /// The words of a label between its hyphens.
    fn tokens(&mut self, start: usize, label: &[u8]) {
        let words = &self.index.words;
        let tokens = || label.split(|b| *b == b'-');
        let has_cores = tokens().any(|token| words.has_core(token));
        let mut at = start;
        for token in tokens() {
            self.word(at, token, Company::Words);
            if has_cores {
                self.cores(at, token);
            }
            at += token.len() + 1;
        }
    }

    /// What is left of a word when sign-in words are taken from its ends.
    fn cores(&mut self, start: usize, word: &[u8]) {
        self.index.words.cores(word, |from, to| {
            self.word(start + from, &word[from..to], Company::Words);
        });
    }

    /// A word by itself: a short form, a slip, or what sounds like a brand.
    fn word(&mut self, start: usize, word: &[u8], company: Company) {
        let index = self.index;
        let end = start + word.len();
        if word.len() <= LONGEST_SHORT {
            if company != Company::None
                && let Some(number) = index.short(word)
            {
                self.sight(number, Likeness::Exact, start, end);
            }
            return;
        }
        let least = if company == Company::Words { near::SHORTEST } else { LEAST_ALONE };
        index.near.find(self.folded, start, end, least, |number| {
            self.sight(number, Likeness::Slip, start, end);
        });
        if company == Company::Words
            && let Some(number) = index.sounds.find(word)
        {
            self.sight(number, Likeness::Sounds, start, end);
        }
    }

    /// Brands with hyphens set into them (`ac-me`).
    fn hyphenated(&mut self) {
        let index = self.index;
        let bytes = self.bytes();
        let respelt = Respelt::without_hyphens(bytes, self.folded);
        index.finder.find(&respelt.folded, respelt.folded.bytes().len(), |number, start, end| {
            let (start, end) = respelt.original(start, end);
            let begins = start == 0 || matches!(bytes[start - 1], b'-' | b'.');
            let ends = end == bytes.len() || matches!(bytes[end], b'-' | b'.');
            if begins && ends && bytes[start..end].contains(&b'-') {
                self.sight(number, Likeness::Hyphens, start, end);
            }
        });
    }

    fn sight(&mut self, number: u32, likeness: Likeness, start: usize, end: usize) {
        let index = self.index;
        let Some(form) = index.forms.get(number) else {
            self.kit = true;
            return;
        };
        let Ok(host) = std::str::from_utf8(self.host) else { return };
        let found = judge::sighting(index, host, form, likeness, (start, end));
        self.best = stronger(self.best.take(), found);
    }
}

fn stronger<'a>(one: Option<Lookalike<'a>>, other: Option<Lookalike<'a>>) -> Option<Lookalike<'a>> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let rank =
                |found: &Lookalike<'_>| (found.level, found.score, found.part.1 - found.part.0);
            Some(if rank(&other) > rank(&one) { other } else { one })
        }
        (one, other) => one.or(other),
    }
}
