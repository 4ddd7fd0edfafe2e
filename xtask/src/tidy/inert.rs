//! That every name, address and number in an example is inert: nobody who tries it reaches
//! a criminal or a stranger.
//!
//! A host in a test, a corpus case or a document must be reserved (RFC 2606, RFC 6761,
//! RFC 5737), belong to a brand or service of the detector's data, or stand on the list
//! [`NAMES`] with what it is.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};

use super::hosts::{self, Prose};
use super::{phones, rust_text};
use crate::project::Project;

/// Names that are neither reserved nor in the detector's data, and why they may be used.
const NAMES: &str = "xtask/inert-names.txt";

/// Files that other tests compare with, and what they are given.
const FIXTURES: [&str; 6] = ["snap", "json", "jsonl", "csv", "tsv", "xml"];

pub(super) fn problems(project: &Project) -> Result<Vec<String>> {
    let known = Known::read(project)?;
    let mut problems = Vec::new();
    for (path, text, prose) in examples(project)? {
        let hosts = hosts::find(&text, prose).into_iter().filter(|host| !known.is_inert(host));
        problems.extend(named(&path, "may be live", hosts.collect()));
        problems.extend(named(&path, "may be somebody's number", phones::live(&text)));
    }
    if !problems.is_empty() {
        problems.push(format!(
            "(Use reserved names and numbers: evil.example, example.com, 203.0.113.7, 555-0100 to \
             555-0199, 07700 900xxx. A name that is plainly invented or long dead goes to {NAMES}, \
             with what it is.)"
        ));
    }
    Ok(problems)
}

/// One sentence about all that was found in a file.
fn named(path: &str, what: &str, mut found: Vec<String>) -> Option<String> {
    found.sort();
    found.dedup();
    (!found.is_empty()).then(|| format!("{path}: {what}: {}", found.join(", ")))
}

/// Every text that shows an example, with its path.
fn examples(project: &Project) -> Result<Vec<(String, String, Prose)>> {
    let mut examples = Vec::new();
    for source in project.sources("", "rs")? {
        let strings = rust_text::strings(rust_text::tests(&source.path, &source.text));
        let documentation = rust_text::documentation(&source.text);
        examples.push((source.path.clone(), documentation, Prose::Documentation));
        if !source.path.starts_with("xtask/") {
            examples.push((source.path, strings, Prose::Message));
        }
    }
    for source in project.sources("corpus", "toml")? {
        let table: toml::Table =
            toml::from_str(&source.text).with_context(|| format!("cannot read {}", source.path))?;
        let mut text = String::new();
        gather(&toml::Value::Table(table), &mut text);
        examples.push((source.path, text, Prose::Message));
    }
    for source in project.sources("", "md")? {
        examples.push((source.path, source.text, Prose::Documentation));
    }
    for kind in FIXTURES {
        for source in project.sources("crates", kind)? {
            examples.push((source.path, source.text, Prose::Documentation));
        }
    }
    Ok(examples)
}

/// Every string in a TOML value, one a line.
fn gather(value: &toml::Value, text: &mut String) {
    match value {
        toml::Value::String(string) => {
            text.push_str(string);
            text.push('\n');
        }
        toml::Value::Array(items) => items.iter().for_each(|item| gather(item, text)),
        toml::Value::Table(table) => table.values().for_each(|item| gather(item, text)),
        _ => {}
    }
}

/// Names that may be used.
#[derive(Default)]
struct Known {
    /// Domains; what lies below one is known too.
    domains: BTreeSet<String>,
    /// Words, any host with one of which is plainly invented.
    words: Vec<String>,
}

impl Known {
    fn read(project: &Project) -> Result<Self> {
        let mut known = Self::default();
        known.add_list(&project.read(NAMES)?);
        for source in project.sources("crates/detect/data/hosts", "txt")? {
            known.add_list(&source.text);
        }
        for source in project.sources("crates/detect/data/brands", "toml")? {
            known.add_brands(&source.text).with_context(|| format!("in {}", source.path))?;
        }
        Ok(known)
    }

    /// A list of names, one a line, each followed by what it is; `*word*` for any host with
    /// that word in it.
    fn add_list(&mut self, text: &str) {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for name in lines.filter_map(|line| line.split_whitespace().next()) {
            match name.strip_prefix('*').and_then(|rest| rest.strip_suffix('*')) {
                Some(word) => self.words.push(word.to_owned()),
                None => drop(self.domains.insert(name.to_lowercase())),
            }
        }
    }

    fn add_brands(&mut self, text: &str) -> Result<()> {
        let file: toml::Table = toml::from_str(text)?;
        let brands = file.get("brand").and_then(toml::Value::as_array).into_iter().flatten();
        let domains = brands.filter_map(|brand| brand.get("domains")?.as_array()).flatten();
        self.domains.extend(domains.filter_map(toml::Value::as_str).map(str::to_lowercase));
        Ok(())
    }

    fn is_inert(&self, host: &str) -> bool {
        is_reserved(host)
            || parents(host).any(|name| self.domains.contains(name))
            || self.words.iter().any(|word| host.contains(word.as_str()))
    }
}

/// A host and every domain it lies below, longest first.
fn parents(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |name| name.split_once('.').map(|(_, rest)| rest))
}

/// Names of RFC 2606 and RFC 6761; addresses of RFC 5737, RFC 1918 and of this machine.
fn is_reserved(host: &str) -> bool {
    const ENDINGS: [&str; 4] = ["example", "test", "invalid", "localhost"];
    const DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];
    const ADDRESSES: [&str; 7] =
        ["192.0.2.", "198.51.100.", "203.0.113.", "127.", "10.", "192.168.", "0.0.0.0"];
    let ending = host.rsplit('.').next().unwrap_or(host);
    let is_address = ending.bytes().all(|b| b.is_ascii_digit());
    ENDINGS.contains(&ending)
        || parents(host).any(|name| DOMAINS.contains(&name))
        || (is_address && ADDRESSES.iter().any(|start| host.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inert_names_are_told_from_live_ones() {
        let mut known = Known::default();
        known.add_list("# why\nold-lure.com  2022, long dead\n*madeup*  invented\n");
        known.add_brands("[[brand]]\nname = 'A'\ndomains = ['Brand.com']\n").unwrap();
        let check = |host: &str, expected| assert_eq!(known.is_inert(host), expected, "{host}");
        check("evil.example", true);
        check("a.b.example.com", true);
        check("notexample.com", false);
        check("203.0.113.9", true);
        check("8.8.8.8", false);
        check("www.old-lure.com", true);
        check("sso-madeup.net", true);
        check("pay.brand.com", true);
        check("brand.com-pay.top", false);
    }

    #[test]
    fn every_string_of_a_case_is_looked_at() {
        let table: toml::Table =
            toml::from_str("[[case]]\ntext = 'a'\nlinks = ['b', { host = 'c' }]\n").unwrap();
        let mut text = String::new();
        gather(&toml::Value::Table(table), &mut text);
        assert_eq!(text, "b\nc\na\n", "in order of keys");
    }
}
