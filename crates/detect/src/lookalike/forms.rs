//! The forms in which brands stand in names.

use std::collections::HashMap;

use unhook_model::Brand;

use super::company::COMMON_TOKENS;
use super::fold::fold;
use crate::text::host::suffix;

/// The shortest form compiled: single letters are in every name.
const SHORTEST: usize = 2;

/// One way to write a brand in a name.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Lower-case letters and digits.
    pub(super) text: String,
    /// As an eye in a hurry sees it.
    pub(super) folded: String,
    /// The brand, by number.
    pub(super) brand: usize,
    /// Whether it is an everyday word, or so short that it is part of many.
    pub(super) ordinary: bool,
    /// Whether it counts only beside sign-in words.
    pub(super) abbreviation: bool,
}

impl Form {
    /// What slips are measured from: nothing for words too common to be mistyped names.
    pub(super) fn near_key(&self) -> &str {
        if self.ordinary || self.abbreviation { "" } else { &self.text }
    }
}

/// All forms of all brands.
#[derive(Debug, Default)]
pub(super) struct Forms {
    forms: Vec<Form>,
    exact: HashMap<String, usize>,
}

impl Forms {
    pub(super) fn of(brands: &[Brand]) -> Self {
        let mut forms = Self::default();
        for (number, brand) in brands.iter().enumerate() {
            let names = std::iter::once(&brand.name).chain(&brand.aliases);
            let texts = names.flat_map(|name| spellings(name));
            let labels = brand.domains.iter().map(|domain| main_label(domain));
            for text in texts.chain(labels) {
                forms.insert(number, text, brand, false);
            }
            for short in &brand.abbreviations {
                forms.insert(number, letters(short), brand, true);
            }
        }
        forms
    }

    fn insert(&mut self, number: usize, text: String, brand: &Brand, abbreviation: bool) {
        if text.len() < SHORTEST || self.exact.contains_key(&text) {
            return;
        }
        let is_name = text == letters(&brand.name);
        let said = brand.ordinary_word.filter(|_| is_name);
        let ordinary =
            said.unwrap_or_else(|| text.len() <= 4 || COMMON_TOKENS.contains(text.as_str()));
        self.exact.insert(text.clone(), self.forms.len());
        self.forms.push(Form { folded: fold(&text), text, brand: number, ordinary, abbreviation });
    }

    pub(super) fn get(&self, number: usize) -> Option<&Form> {
        self.forms.get(number)
    }

    /// The form that is exactly this text.
    pub(super) fn exact(&self, text: &str) -> Option<&Form> {
        self.exact.get(text).map(|number| &self.forms[*number])
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Form> {
        self.forms.iter()
    }
}

/// A name joined, joined with hyphens, and without a legal form at its end.
fn spellings(name: &str) -> Vec<String> {
    let words: Vec<String> =
        name.split([' ', '/', '-', '.']).map(letters).filter(|word| !word.is_empty()).collect();
    let mut kept = words.as_slice();
    if let Some((last, rest)) = words.split_last()
        && ["inc", "corp", "ltd", "llc", "gmbh", "plc", "ag", "sa", "co"].contains(&last.as_str())
        && !rest.is_empty()
    {
        kept = rest;
    }
    let mut spellings = vec![kept.concat()];
    if kept.len() > 1 {
        spellings.push(kept.join("-"));
    }
    spellings
}

/// The lower-case ASCII letters and digits of a name, accents gone.
fn letters(name: &str) -> String {
    name.to_lowercase()
        .replace('&', "and")
        .chars()
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
