//! What stands beside a brand in a name: sign-in words, filler, or something unknown.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold::LONGEST;
use super::trade::{self, Grades, Trade};

const WORDS: &str = include_str!("../../data/names/identity-words.txt");
const COMMON: &str = include_str!("../../data/names/common-tokens.txt");

/// How often a word is a token of registered names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    /// So seldom that the name it is in is most likely its own.
    Rare,
    /// Now and then.
    Few,
    /// As everyday words are.
    Common,
}

static COMMON_TOKENS: LazyLock<HashMap<&'static str, Frequency>> = LazyLock::new(|| {
    let lines = COMMON.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| match line.strip_suffix(" few") {
            Some(word) => (word, Frequency::Few),
            None => (line, Frequency::Common),
        })
        .collect()
});

/// How often a word is a token of registered names.
pub(super) fn frequency(word: &str) -> Frequency {
    COMMON_TOKENS.get(word).copied().unwrap_or(Frequency::Rare)
}

/// The longest part of a label that is taken apart: no list of words is longer.
const LONGEST_PART: usize = 48;

/// The longest word looked for at the end of a token.
const LONGEST_WORD: usize = 24;

/// How much a word says beside a brand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// Nothing ("my", a region).
    Filler,
    /// Little: honest names have it as often.
    Weak,
    /// Something: names of sign-in and help pages have it.
    Fair,
    /// An attack until shown otherwise.
    Strong,
}

impl Grade {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "filler" => Self::Filler,
            "weak" => Self::Weak,
            "fair" => Self::Fair,
            "strong" => Self::Strong,
            _ => return None,
        })
    }
}

/// What stands beside a brand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Company {
    /// The strongest known word; two fair ones make a strong one.
    pub(super) grade: Option<Grade>,
    /// Letters that belong to no known word.
    pub(super) unknown: usize,
    /// Whether a filler is among the words ("my").
    pub(super) filler: bool,
    /// Whether a telling word is among them that a brand does not show its customers.
    pub(super) inner: bool,
}

impl Company {
    fn add(&mut self, reading: Reading) {
        let both_fair = reading.grade == Grade::Fair && self.grade == Some(Grade::Fair);
        let grade = if both_fair { Grade::Strong } else { reading.grade };
        self.grade = self.grade.max(Some(grade));
        self.filler |= reading.filler;
        self.inner |= reading.inner;
    }

    /// Whether nothing is beside the brand.
    pub(super) fn is_none(self) -> bool {
        self.grade.is_none() && self.unknown == 0
    }
}

/// A part of a label, read as known words from end to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reading {
    grade: Grade,
    filler: bool,
    inner: bool,
    kit: bool,
    deed: bool,
}

/// A word of the vocabulary.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// What it says beside any brand; `None` for a word of some trades alone.
    grade: Option<Grade>,
    role: Role,
    /// Whether a brand shows it its customers, too, so that honest names hold it as often.
    public: bool,
    trades: Grades,
}

impl Word {
    const EMPTY: Self = Self { grade: None, role: Role::None, public: false, trades: [None; 6] };

    /// What it says beside a brand of a trade.
    fn beside(self, trade: Option<Trade>) -> Option<Grade> {
        self.grade.max(self.of_trade(trade))
    }

    fn of_trade(self, trade: Option<Trade>) -> Option<Grade> {
        trade.and_then(|trade| trade.grade(&self.trades))
    }

    /// Whether it tells of an attack and is nothing that customers are shown.
    fn is_inner(self, trade: Option<Trade>) -> bool {
        let telling = if self.public { self.of_trade(trade) } else { self.beside(trade) };
        telling >= Some(Grade::Fair)
    }
}

/// What part a word plays in the names of sign-in kits, which hold no brand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    None,
    /// It names the thing (`passkey`).
    Kit,
    /// It says what to do with it (`register`).
    Deed,
}

/// The vocabulary of sign-in pages, as a tree of letters.
#[derive(Debug)]
pub(super) struct IdentityWords {
    nodes: Vec<Node>,
    kits: Vec<Box<[u8]>>,
    /// How strong words begin and end.
    strong: Edges,
    /// How fair words end.
    fair: Edges,
}

#[derive(Clone, Debug)]
struct Node {
    /// The next node for each letter and digit; the root, which nothing leads to, for none.
    next: [u16; 36],
    word: Option<Word>,
}

impl Node {
    const EMPTY: Self = Self { next: [0; 36], word: None };
}

impl IdentityWords {
    /// The built-in vocabulary and an organization's own words, which are strong.
    pub(super) fn with(own: &[&str]) -> Self {
        let mut words = Self {
            nodes: vec![Node::EMPTY],
            kits: Vec::new(),
            strong: Edges::default(),
            fair: Edges::default(),
        };
        for (word, entry) in WORDS.lines().filter_map(entry) {
            words.insert(word.as_bytes(), entry);
        }
        for (word, grade, trade) in trade::words() {
            words.insert_of_trade(word.as_bytes(), grade, trade);
        }
        for word in own {
            let word: Vec<u8> =
                word.to_lowercase().bytes().filter(|b| slot(*b).is_some()).collect();
            words.insert(&word, Word { grade: Some(Grade::Strong), ..Word::EMPTY });
        }
        words
    }

    fn insert(&mut self, word: &[u8], entry: Word) {
        let Some(node) = self.node_of(word) else { return };
        let trades = self.nodes[node].word.map_or([None; 6], |word| word.trades);
        self.nodes[node].word = Some(Word { trades, ..entry });
        if entry.role == Role::Kit {
            self.kits.push(word.into());
        }
        match entry.grade {
            Some(Grade::Strong) => self.strong.insert(word),
            Some(Grade::Fair) => self.fair.insert(word),
            _ => {}
        }
    }

    fn insert_of_trade(&mut self, word: &[u8], grade: Grade, trade: Trade) {
        let Some(node) = self.node_of(word) else { return };
        let entry = self.nodes[node].word.get_or_insert(Word::EMPTY);
        entry.trades[trade as usize] = Some(grade);
    }

    /// The node of a word, made where there is none yet; `None` for what is too short or
    /// too long to be one.
    fn node_of(&mut self, word: &[u8]) -> Option<usize> {
        if word.len() < 2 || word.len() > LONGEST_PART {
            return None;
        }
        let mut node = 0;
        for slot in word.iter().filter_map(|b| slot(*b)) {
            if self.nodes[node].next[slot] == 0 {
                // No vocabulary comes near this many letters; what is beyond is left out.
                let number = u16::try_from(self.nodes.len()).ok()?;
                self.nodes[node].next[slot] = number;
                self.nodes.push(Node::EMPTY);
            }
            node = usize::from(self.nodes[node].next[slot]);
        }
        Some(node)
    }

    /// What the parts of a label left and right of a brand of a trade say together.
    pub(super) fn company(&self, left: &[u8], right: &[u8], trade: Option<Trade>) -> Company {
        let mut company = Company::default();
        let parts = left.split(|b| *b == b'-').chain(right.split(|b| *b == b'-'));
        for part in parts.filter(|part| !part.is_empty()) {
            match self.read(part, trade) {
                Some(reading) => company.add(reading),
                None => company.unknown += part.len(),
            }
        }
        company
    }

    /// The words that make up the whole part: of all ways to read it, the one that says most.
    fn read(&self, part: &[u8], trade: Option<Trade>) -> Option<Reading> {
        if part.len() > LONGEST_PART {
            return None;
        }
        let start =
            Reading { grade: Grade::Filler, filler: false, inner: false, kit: false, deed: false };
        let mut best: [Option<Reading>; LONGEST_PART + 1] = [None; LONGEST_PART + 1];
        best[0] = Some(start);
        for from in 0..part.len() {
            let Some(before) = best[from] else { continue };
            if part[from].is_ascii_digit() {
                best[from + 1] = best[from + 1].max(Some(Reading { filler: true, ..before }));
            }
            self.words_at(part, from, |to, word| {
                let Some(says) = word.beside(trade) else { return };
                let again = before.grade == Grade::Fair && says == Grade::Fair;
                let grade = if again { Grade::Strong } else { before.grade.max(says) };
                let reading = Reading {
                    grade,
                    filler: before.filler || says == Grade::Filler,
                    inner: before.inner || word.is_inner(trade),
                    kit: before.kit || word.role == Role::Kit,
                    deed: before.deed
                        || word.role == Role::Deed
                        || (before.kit && word.role == Role::Kit),
                };
                best[to] = best[to].max(Some(reading));
            });
        }
        best[part.len()]
    }

    /// Calls `each` with the end of every word that begins at `from`.
    fn words_at(&self, part: &[u8], from: usize, mut each: impl FnMut(usize, Word)) {
        let mut node = 0;
        for (at, byte) in part.iter().enumerate().skip(from) {
            let Some(slot) = slot(*byte) else { return };
            node = usize::from(self.nodes[node].next[slot]);
            if node == 0 {
                return;
            }
            if let Some(word) = self.nodes[node].word {
                each(at + 1, word);
            }
        }
    }

    /// Whether sign-in words at the ends of a token are reason enough to look at what they
    /// leave ([`Self::cores`]): a strong one, or a fair one after "my".
    #[inline]
    pub(super) fn has_core(&self, token: &[u8]) -> bool {
        (self.strong.may_begin(token) && self.begins_strong(token))
            || (self.strong.may_end(token) && self.ends_with(token, Grade::Strong))
            || (token.starts_with(b"my")
                && self.fair.may_end(token)
                && self.ends_with(token, Grade::Fair))
    }

    fn begins_strong(&self, token: &[u8]) -> bool {
        let mut found = false;
        self.words_at(token, 0, |_, word| found |= word.grade == Some(Grade::Strong));
        found
    }

    fn ends_with(&self, token: &[u8], grade: Grade) -> bool {
        let first = token.len().saturating_sub(LONGEST_WORD);
        (first..token.len()).any(|from| {
            let mut found = false;
            self.words_at(token, from, |to, word| {
                found |= to == token.len() && word.grade == Some(grade);
            });
            found
        })
    }

    /// Calls `each` with every part of a token that is left when known words are taken
    /// from its ends.
    pub(super) fn cores(&self, token: &[u8], mut each: impl FnMut(usize, usize)) {
        if token.len() > LONGEST_PART {
            return;
        }
        let mut heads = [false; LONGEST_PART + 1];
        heads[0] = true;
        for from in 0..token.len() {
            if heads[from] {
                self.words_at(token, from, |to, word| heads[to] |= word.grade.is_some());
            }
        }
        let mut tails = [false; LONGEST_PART + 1];
        tails[token.len()] = true;
        for from in (0..token.len()).rev() {
            let mut whole = false;
            self.words_at(token, from, |to, word| whole |= word.grade.is_some() && tails[to]);
            tails[from] = whole;
        }
        for start in (0..token.len()).filter(|start| heads[*start]) {
            for end in (start + 2..=token.len()).filter(|end| tails[*end]) {
                if end - start < token.len() {
                    each(start, end);
                }
            }
        }
    }

    /// Whether a label is made of sign-in words alone as the names of sign-in kits are: the
    /// thing and what to do with it (`registerpasskey`).
    pub(super) fn is_kit(&self, label: &[u8]) -> bool {
        let mut parts = label.split(|b| *b == b'-').filter(|part| !part.is_empty());
        let start = (true, false, false);
        let (known, kit, deed) = parts
            .try_fold(start, |(known, kit, deed), part| {
                let reading = self.read(part, None)?;
                let deed = deed || reading.deed || (kit && reading.kit);
                Some((known, kit || reading.kit, deed))
            })
            .unwrap_or((false, false, false));
        known && kit && deed
    }

    /// Whether the words in a label alone make it one of sign-in pages.
    pub(super) fn is_sign_in(&self, label: &[u8]) -> bool {
        let company = self.company(label, b"", None);
        company.unknown == 0 && company.grade == Some(Grade::Strong)
    }

    /// Words that make a kit's name, for a look before the closer one.
    pub(super) fn kit_words(&self) -> impl Iterator<Item = &[u8]> {
        self.kits.iter().map(|word| &**word)
    }
}

/// How words begin and end: the bits of their first and last letters.
#[derive(Debug)]
struct Edges {
    starts: Box<[u64; (1 << EDGE_BITS) / 64]>,
    ends: Box<[u64; (1 << EDGE_BITS) / 64]>,
}

/// Bits of a set of edges.
const EDGE_BITS: u32 = 15;

/// Letters of an edge; words of one letter less are their own.
const EDGE: usize = 4;

impl Default for Edges {
    fn default() -> Self {
        Self {
            starts: Box::new([0; (1 << EDGE_BITS) / 64]),
            ends: Box::new([0; (1 << EDGE_BITS) / 64]),
        }
    }
}

impl Edges {
    fn insert(&mut self, word: &[u8]) {
        if word.len() >= EDGE - 1 {
            let edge = EDGE.min(word.len());
            set(&mut self.starts, &word[..edge]);
            set(&mut self.ends, &word[word.len() - edge..]);
        }
    }

    #[inline]
    fn may_begin(&self, token: &[u8]) -> bool {
        [EDGE, EDGE - 1].iter().any(|edge| token.get(..*edge).is_some_and(|t| has(&self.starts, t)))
    }

    #[inline]
    fn may_end(&self, token: &[u8]) -> bool {
        let tail = |edge: usize| token.len().checked_sub(edge).map(|from| &token[from..]);
        [EDGE, EDGE - 1].iter().any(|edge| tail(*edge).is_some_and(|t| has(&self.ends, t)))
    }
}

fn set(bits: &mut [u64; (1 << EDGE_BITS) / 64], letters: &[u8]) {
    let bit = bit(letters);
    bits[bit / 64] |= 1 << (bit % 64);
}

#[inline]
fn has(bits: &[u64; (1 << EDGE_BITS) / 64], letters: &[u8]) -> bool {
    let bit = bit(letters);
    bits[bit / 64] >> (bit % 64) & 1 == 1
}

#[inline]
fn bit(letters: &[u8]) -> usize {
    let number = letters.iter().fold(1_u32, |number, byte| number << 7 ^ u32::from(*byte));
    (number.wrapping_mul(0x9e37_79b1) >> (32 - EDGE_BITS)) as usize
}

#[inline]
fn slot(byte: u8) -> Option<usize> {
    match byte {
        b'a'..=b'z' => Some(usize::from(byte - b'a')),
        b'0'..=b'9' => Some(usize::from(byte - b'0') + 26),
        _ => None,
    }
}

fn entry(line: &str) -> Option<(&str, Word)> {
    let mut fields = line.split_whitespace();
    let word = fields.next().filter(|word| !word.starts_with('#'))?;
    let grade = Some(Grade::from_name(fields.next()?)?);
    let mut entry = Word { grade, ..Word::EMPTY };
    for mark in fields {
        match mark {
            "kit" => entry.role = Role::Kit,
            "deed" => entry.role = Role::Deed,
            _ => entry.public = true,
        }
    }
    Some((word, entry))
}

const _: () = assert!(LONGEST_PART < LONGEST, "a part is no longer than a host");

#[cfg(test)]
mod tests {
    use super::*;

    fn check(left: &str, right: &str, grade: Option<Grade>, unknown: usize) {
        let words = IdentityWords::with(&[]);
        let company = words.company(left.as_bytes(), right.as_bytes(), None);
        assert_eq!((company.grade, company.unknown), (grade, unknown), "{left}|{right}");
    }

    #[test]
    fn company_is_read() {
        check("", "", None, 0);
        check("", "-sso", Some(Grade::Strong), 0);
        check("my", "sso", Some(Grade::Strong), 0);
        check("my", "", Some(Grade::Filler), 0);
        check("", "-help2", Some(Grade::Fair), 0);
        check("help-", "-login", Some(Grade::Strong), 0);
        check("", "-bakery", None, 6);
        check("bakery-", "-sso", Some(Grade::Strong), 6);
    }

    #[test]
    fn kits_say_what_to_do_with_what() {
        let words = IdentityWords::with(&[]);
        for kit in ["registerpasskey", "add-my-passkey", "addoktapasskey", "passkeysetup"] {
            assert!(words.is_kit(kit.as_bytes()), "{kit}");
        }
        for other in ["passkey", "passkeys", "lostpasskeyband", "passkeyglobal", "registernow"] {
            assert!(!words.is_kit(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn cores_are_what_known_words_leave() {
        let words = IdentityWords::with(&["Rampart"]);
        let cores = |token: &str| {
            let mut cores = Vec::new();
            words.cores(token.as_bytes(), |start, end| cores.push(token[start..end].to_owned()));
            cores
        };
        assert!(cores("myqxzsso").contains(&"qxz".to_owned()));
        assert!(cores("ramparttelq").contains(&"telq".to_owned()));
        assert!(cores("bakery").is_empty());
        assert!(words.has_core(b"qxzsso") && words.has_core(b"ssoqxz"));
        assert!(words.has_core(b"myqxzportal") && !words.has_core(b"qxzportal"));
    }
}
