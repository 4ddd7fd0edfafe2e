//! Fillers: names in braces that stand for something else in each text.

use std::collections::BTreeMap;

use crate::config::nearest;

/// Fillers that there always are.
const ALWAYS: [&str; 4] = ["given", "name", "number", "organization"];

/// The most letters of a text, as many as a provider of texts delivers in one.
pub(super) const LONGEST_TEXT: usize = 1_600;

/// What fillers stand for in one text.
pub(super) struct Fill<'a> {
    pub(super) lists: &'a BTreeMap<String, Vec<String>>,
    pub(super) organization: &'a str,
    pub(super) given: &'a str,
    pub(super) name: &'a str,
    /// The how-many-th text of its event it is, from 0.
    pub(super) number: usize,
}

/// A part of a text.
enum Part<'t> {
    Words(&'t str),
    Filler(&'t str),
}

/// The parts of a text, or what is wrong with its braces.
fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let closed = after.split_once('}').filter(|(name, _)| !name.contains('{'));
        let (name, after) = closed.ok_or("a `{` without its `}`; fillers are written `{name}`")?;
        parts.extend([Part::Words(before), Part::Filler(name)]);
        rest = after;
    }
    parts.push(Part::Words(rest));
    Ok(parts)
}

/// Says what is wrong with a text, if anything is.
pub(super) fn check(text: &str, lists: &BTreeMap<String, Vec<String>>) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("this text is empty".to_owned());
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(format!("this text is longer than {LONGEST_TEXT} letters"));
    }
    for part in parts(text)? {
        let Part::Filler(name) = part else { continue };
        let known = lists.keys().map(String::as_str).chain(ALWAYS);
        if known.clone().any(|known| known == name) {
            continue;
        }
        return Err(match nearest(name, known.clone()) {
            Some(near) => format!("`{{{name}}}` is not known; did you mean `{{{near}}}`?"),
            None => {
                let known: Vec<&str> = known.collect();
                format!(
                    "`{{{name}}}` is not known; known are {}, and [fill] adds more",
                    known.join(", ")
                )
            }
        });
    }
    Ok(())
}

impl Fill<'_> {
    /// A text with all that its fillers stand for. What [`check`] refuses stays as it is.
    pub(super) fn fill(&self, text: &str) -> String {
        let Ok(parts) = parts(text) else { return text.to_owned() };
        let filled = parts.into_iter().map(|part| match part {
            Part::Words(words) => words.to_owned(),
            Part::Filler(name) => self.value(name),
        });
        filled.collect()
    }

    fn value(&self, name: &str) -> String {
        if let Some(list) = self.lists.get(name).filter(|list| !list.is_empty()) {
            return list[self.number % list.len()].clone();
        }
        match name {
            "given" => self.given.to_owned(),
            "name" => self.name.to_owned(),
            "number" => (self.number + 1).to_string(),
            "organization" => self.organization.to_owned(),
            _ => String::new(),
        }
    }
}
