//! The forms in which brands stand in names.

use std::collections::HashMap;

use unhook_model::{Brand, Sector};

use super::company::{Frequency, frequency};
use super::fold::fold;
use super::near;
use super::trade::Trade;
use crate::knowledge::sector_of_domain;
use crate::text::host::suffix;

/// Words that end a company's name and that nobody says.
const LEGAL_FORMS: [&str; 17] = [
    "inc",
    "corp",
    "corporation",
    "ltd",
    "limited",
    "llc",
    "gmbh",
    "plc",
    "ag",
    "sa",
    "se",
    "nv",
    "bv",
    "spa",
    "ab",
    "co",
    "company",
];

/// The shortest part of a brand's name that may stand for all of it.
const SHORTEST_PART: usize = 4;

/// How a form stands for its brand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is a full name of it.
    Full,
    /// A short form that its owner named.
    Abbreviation,
    /// A part of the name ("mongo"), or its initials: our own guess.
    Part,
}

/// One way to write a brand in a name.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Lower-case letters and digits, with the name's own hyphens.
    pub(super) text: String,
    /// As an eye in a hurry sees it.
    pub(super) folded: Vec<u8>,
    /// The same with letters joined that read as one, where there are any.
    pub(super) joined: Option<Vec<u8>>,
    /// The brand, by number.
    pub(super) brand: usize,
    /// Whether it is an everyday word.
    pub(super) ordinary: bool,
    /// Whether it is some word, if no everyday one.
    pub(super) is_word: bool,
    pub(super) standing: Standing,
    /// The brand's trade, if its lures have words of their own; none for our own guesses,
    /// which need surer company.
    pub(super) trade: Option<Trade>,
}

impl Form {
    /// Whether it is as good as unique: neither an everyday word nor so short that it is
    /// part of many.
    pub(super) fn is_rare(&self) -> bool {
        !self.ordinary && self.text.len() >= near::SHORTEST
    }

    /// What slips are measured from: nothing for words too common to be mistyped names.
    pub(super) fn near_key(&self) -> &[u8] {
        if self.is_rare() && !self.is_word && self.standing == Standing::Full {
            &self.folded
        } else {
            b""
        }
    }

    /// What others may sound like.
    pub(super) fn sound(&self) -> &str {
        if self.is_rare() && !self.is_word && self.standing == Standing::Full {
            &self.text
        } else {
            ""
        }
    }
}

/// All forms of all brands.
#[derive(Debug, Default)]
pub(super) struct Forms {
    forms: Vec<Form>,
    exact: HashMap<Box<str>, u32>,
}

impl Forms {
    /// A brand's own name goes before what others are called too, full names before guesses,
    /// and of two brands the first.
    pub(super) fn of(brands: &[&Brand]) -> Self {
        let mut forms = Self::default();
        for (number, brand) in brands.iter().copied().enumerate() {
            for text in spellings(&brand.name) {
                forms.insert(number, text, brand, Standing::Full);
            }
        }
        for (number, brand) in brands.iter().copied().enumerate() {
            for text in names(brand).flat_map(spellings) {
                forms.insert(number, text, brand, Standing::Full);
            }
            for domain in &brand.domains {
                forms.insert(number, main_label(domain), brand, Standing::Full);
            }
        }
        for (number, brand) in brands.iter().enumerate() {
            for short in &brand.abbreviations {
                forms.insert(number, letters(short), brand, Standing::Abbreviation);
            }
        }
        for (number, brand) in brands.iter().enumerate() {
            for part in names(brand).flat_map(parts) {
                forms.insert(number, part, brand, Standing::Part);
            }
        }
        forms
    }

    fn insert(&mut self, number: usize, text: String, brand: &Brand, standing: Standing) {
        if text.is_empty() || self.exact.contains_key(text.as_str()) {
            return;
        }
        let frequency = frequency(&text);
        let said = brand.ordinary_word.filter(|_| text == letters(&brand.name));
        let (folded, joined) = fold(&text);
        self.exact.insert(text.as_str().into(), self.forms.len() as u32);
        self.forms.push(Form {
            text,
            folded,
            joined,
            brand: number,
            ordinary: said.unwrap_or(frequency == Frequency::Common),
            is_word: said.unwrap_or(frequency >= Frequency::Few),
            standing,
            trade: sector(brand).and_then(Trade::of).filter(|_| standing != Standing::Part),
        });
    }

    pub(super) fn get(&self, number: u32) -> Option<&Form> {
        self.forms.get(number as usize)
    }

    /// The number of the form that is exactly this text.
    pub(super) fn number(&self, text: &str) -> Option<u32> {
        self.exact.get(text).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Form> {
        self.forms.iter()
    }

    pub(super) fn len(&self) -> u32 {
        self.forms.len() as u32
    }
}

/// What a brand does: as its owner said, or as the catalogue knows of its domains.
fn sector(brand: &Brand) -> Option<Sector> {
    brand.sector.or_else(|| brand.domains.iter().find_map(|domain| sector_of_domain(domain)))
}

/// A brand's names: its own and its aliases, each also taken apart where two are written
/// as one ("Acme / Apex", "Acme (Apex)").
fn names(brand: &Brand) -> impl Iterator<Item = &str> {
    std::iter::once(&brand.name).chain(&brand.aliases).flat_map(|name| {
        let alternatives = name.split(['/', '|', '(', ')', ';']).filter(move |part| *part != name);
        std::iter::once(name.as_str()).chain(alternatives)
    })
}

/// A name joined, joined with hyphens, both without a legal form at its end; `&` read as
/// "and" and passed over.
fn spellings(name: &str) -> Vec<String> {
    let mut spellings = Vec::new();
    for name in [name.replace('&', " and "), name.replace('&', "")] {
        let words: Vec<String> = name
            .split([' ', '/', '-', '.', '+'])
            .map(letters)
            .filter(|word| !word.is_empty())
            .collect();
        let kept = match words.split_last() {
            Some((last, rest)) if LEGAL_FORMS.contains(&last.as_str()) && !rest.is_empty() => rest,
            _ => &words,
        };
        spellings.push(kept.concat());
        if kept.len() > 1 {
            spellings.push(kept.join("-"));
        }
        if !name.contains(" and ") {
            break;
        }
    }
    spellings
}

/// Parts of a name that may stand for it beside sign-in words: the first of its words
/// ("Mongo" of "MongoDB") and its initials.
fn parts(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in name.chars() {
        let begins = c.is_alphanumeric()
            && (!before.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()));
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.push(c);
        }
        before = c;
    }
    let words: Vec<String> =
        words.iter().map(|word| letters(word)).filter(|w| !w.is_empty()).collect();
    if words.len() < 2 {
        return Vec::new();
    }
    let mut parts = Vec::new();
    if words[0].len() >= SHORTEST_PART {
        parts.push(words[0].clone());
    }
    if words.len() >= 3 {
        parts.push(words.iter().filter_map(|word| word.chars().next()).collect());
    }
    parts
}

/// The lower-case ASCII letters and digits of a name, accents gone.
fn letters(name: &str) -> String {
    if name.is_ascii() {
        return name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
    }
    name.chars()
        .flat_map(char::to_lowercase)
        .flat_map(super::without_accent)
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

/// The label of a domain before its public suffix.
fn main_label(domain: &str) -> String {
    let domain = domain.to_lowercase();
    let rest = domain.strip_suffix(suffix(&domain)).unwrap_or(&domain).trim_end_matches('.');
    rest.rsplit('.').next().unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &[(&str, Standing)]) {
        let brand = Brand { name: name.to_owned(), ..Brand::default() };
        let forms = Forms::of(&[&brand]);
        let found: Vec<(&str, Standing)> =
            forms.iter().map(|form| (form.text.as_str(), form.standing)).collect();
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn names_are_spelled_as_names_spell_them() {
        use Standing::{Full, Part};
        check("Acmerockets", &[("acmerockets", Full)]);
        check(
            "Acme Rockets Inc",
            &[("acmerockets", Full), ("acme-rockets", Full), ("acme", Part), ("ari", Part)],
        );
        check("A&B", &[("aandb", Full), ("a-and-b", Full), ("ab", Full)]);
        check("Zürra", &[("zurra", Full)]);
        check("QuuxDB", &[("quuxdb", Full), ("quux", Part)]);
        check(
            "Quux / Zorg",
            &[("quuxzorg", Full), ("quux-zorg", Full), ("quux", Full), ("zorg", Full)],
        );
        check("Банк", &[]);
        check(" ", &[]);
    }
}
