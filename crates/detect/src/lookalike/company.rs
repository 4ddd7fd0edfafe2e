//! What stands beside a brand in a name: sign-in words, filler, or something unknown.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

const WORDS: &str = include_str!("../../data/names/identity-words.txt");
const COMMON: &str = include_str!("../../data/names/common-tokens.txt");

/// Words seen in many registered names.
pub(super) static COMMON_TOKENS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| COMMON.lines().filter(|line| !line.starts_with('#')).collect());

/// How much the words beside a brand say, from nothing to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Company {
    /// A word nobody knows.
    Unknown,
    /// An unknown word, and a weak sign-in word.
    UnknownAndWeak,
    /// An unknown word, and a strong sign-in word.
    UnknownAndStrong,
    /// Nothing beside it.
    Alone,
    /// Filler alone ("my", a region).
    Filler,
    /// Weak sign-in words and filler.
    Weak,
    /// A strong sign-in word, and only known words beside it.
    Strong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Filler,
    Weak,
    Strong,
}

/// The vocabulary of sign-in pages.
#[derive(Debug)]
pub(super) struct IdentityWords {
    words: HashMap<Box<[u8]>, (Strength, bool)>,
    longest: usize,
}

impl IdentityWords {
    /// The built-in vocabulary and an organization's own words, which are strong.
    pub(super) fn with(own: &[String]) -> Self {
        let mut words: HashMap<Box<[u8]>, (Strength, bool)> =
            WORDS.lines().filter_map(entry).collect();
        words.extend(own.iter().map(|word| (key(&word.to_lowercase()), (Strength::Strong, false))));
        let longest = words.keys().map(|word| word.len()).max().unwrap_or(0);
        Self { words, longest }
    }

    /// What the parts of a label left and right of a brand say together.
    pub(super) fn company(&self, left: &[u8], right: &[u8]) -> Company {
        let mut best: Option<Strength> = None;
        let mut unknown = false;
        let parts = left.split(|b| *b == b'-').chain(right.split(|b| *b == b'-'));
        for part in parts.map(<[u8]>::trim_ascii).filter(|part| !part.is_empty()) {
            match self.split(part) {
                Some(strength) => best = best.max(Some(strength)),
                None => unknown = true,
            }
        }
        match (unknown, best) {
            (true, Some(Strength::Strong)) => Company::UnknownAndStrong,
            (true, Some(Strength::Weak)) => Company::UnknownAndWeak,
            (true, _) => Company::Unknown,
            (false, None) => Company::Alone,
            (false, Some(Strength::Filler)) => Company::Filler,
            (false, Some(Strength::Weak)) => Company::Weak,
            (false, Some(Strength::Strong)) => Company::Strong,
        }
    }

    /// The strongest word when the whole part is made of known words and digits.
    fn split(&self, part: &[u8]) -> Option<Strength> {
        if part.len() > super::fold::LONGEST {
            return None;
        }
        // The strongest way to spell the first `n` bytes, by dynamic programming.
        let mut best: [Option<Strength>; super::fold::LONGEST + 1] =
            [None; super::fold::LONGEST + 1];
        best[0] = Some(Strength::Filler);
        for end in 1..=part.len() {
            for length in 1..=self.longest.min(end) {
                let Some(before) = best[end - length] else { continue };
                let word = &part[end - length..end];
                let strength = match self.words.get(word) {
                    Some((strength, _)) => *strength,
                    None if length == 1 && word[0].is_ascii_digit() => Strength::Filler,
                    None => continue,
                };
                best[end] = best[end].max(Some(before.max(strength)));
            }
        }
        best[part.len()]
    }

    /// Whether a label is made of sign-in words alone, a kit's among them, as the names of
    /// sign-in kits are (`registerpasskey`).
    pub(super) fn is_kit(&self, label: &[u8]) -> bool {
        let kit = self.words.iter().any(|(word, (_, kit))| {
            *kit && label.len() > word.len()
                && label.windows(word.len()).any(|window| window == &**word)
        });
        kit && label.split(|b| *b == b'-').all(|part| part.is_empty() || self.split(part).is_some())
    }

    /// Words that make a kit's name, for a look before the closer one.
    pub(super) fn kit_words(&self) -> impl Iterator<Item = &[u8]> {
        self.words.iter().filter(|(_, (_, kit))| *kit).map(|(word, _)| &**word)
    }
}

fn entry(line: &str) -> Option<(Box<[u8]>, (Strength, bool))> {
    let mut fields = line.split_whitespace();
    let word = fields.next().filter(|word| !word.starts_with('#'))?;
    let strength = match fields.next()? {
        "strong" => Strength::Strong,
        "weak" => Strength::Weak,
        _ => Strength::Filler,
    };
    Some((key(word), (strength, fields.next() == Some("kit"))))
}

fn key(word: &str) -> Box<[u8]> {
    word.as_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(left: &str, right: &str, expected: Company) {
        let words = IdentityWords::with(&[]);
        assert_eq!(words.company(left.as_bytes(), right.as_bytes()), expected, "{left}|{right}");
    }

    #[test]
    fn company_is_read() {
        check("", "", Company::Alone);
        check("", "-sso", Company::Strong);
        check("my", "sso", Company::Strong);
        check("my", "", Company::Filler);
        check("", "-help2", Company::Weak);
        check("", "-bakery", Company::Unknown);
        check("bakery-", "-sso", Company::UnknownAndStrong);
    }

    #[test]
    fn kits_are_words_of_their_own() {
        let words = IdentityWords::with(&[]);
        assert!(words.is_kit(b"registerpasskey"));
        assert!(words.is_kit(b"add-my-passkey"));
        assert!(!words.is_kit(b"passkey"), "the word itself is nobody's kit");
        assert!(!words.is_kit(b"lostpasskeyband"));
    }
}
