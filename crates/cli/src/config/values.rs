//! From the sections of `unhook.toml` to the model, each value checked.

use std::collections::HashSet;

use unhook_detect::text::host::registrable;
use unhook_model::{Brand, Hostname, Organization, Sector};

use super::keys::nearest;
use super::problem::Problem;
use super::{BrandSection, OrganizationSection, Text};

/// The organization of a file; without its section, one without properties.
pub(super) fn model(
    section: Option<OrganizationSection>,
    problems: &mut Vec<Problem>,
) -> Organization {
    section.map_or_else(Organization::default, |section| Checker { problems }.organization(section))
}

/// The longest name of an organization, in characters: it stands on every page.
const LONGEST_NAME: usize = 200;

/// Whether a name is one line that shows all of itself.
pub(crate) fn is_short_line(name: &str) -> bool {
    let is_hidden = |c: char| c.is_control() || unhook_detect::text::clean::is_invisible(c);
    name.chars().count() <= LONGEST_NAME && !name.trim().chars().any(is_hidden)
}

/// Collects what is wrong, and goes on.
struct Checker<'p> {
    problems: &'p mut Vec<Problem>,
}

impl Checker<'_> {
    fn organization(&mut self, section: OrganizationSection) -> Organization {
        let name = self.organization_name(&section);
        self.refuse_twins(&section.brands);
        Organization {
            name,
            brands: section.brands.into_iter().map(|brand| self.brand(brand)).collect(),
            owned_domains: self.each(section.owned_domains, domain),
            vendor_tenants: self.each(section.vendor_tenants, domain),
            identity_providers: self.each(section.identity_providers, domain),
            senders: self.each(section.senders, text),
            sign_in_words: self.each(section.sign_in_words, text),
            allow: self.each(section.allow, domain),
            partners: self.each(section.partners, domain),
            countries: self.each(section.countries, country),
        }
    }

    /// Its name; that of its first brand when it has none.
    fn organization_name(&mut self, section: &OrganizationSection) -> String {
        let first_brand = section.brands.first().and_then(|brand| brand.name.as_ref());
        match (&section.name, first_brand) {
            (Some(name), _) if name.get_ref().trim().is_empty() => {
                self.refuse(name, "`name` is empty; write how people call you".to_owned())
            }
            (Some(name), _) if !is_short_line(name.get_ref()) => {
                let how = format!("`name` is a line of at most {LONGEST_NAME} characters");
                self.refuse(name, how)
            }
            (Some(name), _) => name.get_ref().trim().to_owned(),
            (None, Some(brand)) => brand.get_ref().trim().to_owned(),
            (None, None) if section.brands.is_empty() => {
                let message = "`name` is missing; write name = \"…\" under [organization]";
                self.problems.push(Problem::of_file(message));
                String::new()
            }
            (None, None) => String::new(),
        }
    }

    fn refuse_twins(&mut self, brands: &[BrandSection]) {
        let mut seen = HashSet::new();
        for name in brands.iter().filter_map(|brand| brand.name.as_ref()) {
            if !seen.insert(name.get_ref().trim()) {
                let message = format!(
                    "the brand `{}` stands twice; put its domains and aliases into one entry",
                    name.get_ref()
                );
                self.refuse(name, message);
            }
        }
    }

    fn brand(&mut self, section: BrandSection) -> Brand {
        let name = match section.name {
            Some(name) if name.get_ref().trim().is_empty() => {
                self.refuse(&name, "a brand needs a `name`; this one is empty".to_owned())
            }
            Some(name) => name.into_inner().trim().to_owned(),
            None => {
                let message =
                    "a brand needs a `name`: write name = \"…\" under each [[organization.brands]]";
                let first = section.domains.first().or(section.aliases.first());
                self.problems
                    .push(Problem { span: first.map(Text::span), message: message.into() });
                String::new()
            }
        };
        Brand {
            name,
            aliases: self.each(section.aliases, text),
            abbreviations: self.each(section.abbreviations, text),
            sector: section.sector.and_then(|sector| self.one(&sector, parse_sector)),
            countries: self.each(section.countries, country),
            languages: self.each(section.languages, language),
            domains: self.each(section.domains, domain),
            senders: self.each(section.senders, text),
            ordinary_word: section.ordinary_word,
        }
    }

    fn each(
        &mut self,
        values: Vec<Text>,
        parse: impl Fn(&str) -> Result<String, String>,
    ) -> Vec<String> {
        values.iter().filter_map(|value| self.one(value, &parse)).collect()
    }

    fn one<T>(&mut self, value: &Text, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        parse(value.get_ref().trim())
            .map_err(|message| self.problems.push(Problem::at(value.span(), message)))
            .ok()
    }

    fn refuse(&mut self, value: &Text, message: String) -> String {
        self.problems.push(Problem::at(value.span(), message));
        String::new()
    }
}

fn text(value: &str) -> Result<String, String> {
    if value.is_empty() {
        return Err("this is empty; fill it in or leave it out".to_owned());
    }
    Ok(value.to_owned())
}

/// A domain, in ASCII. A public suffix is none: trusting it would trust everybody who has a
/// name below it.
pub(crate) fn domain(value: &str) -> Result<String, String> {
    let host = Hostname::parse(value).map_err(|error| match meant(value) {
        Some(host) => format!("`{value}` is no domain; write `{host}`"),
        None => format!("`{value}` is no domain: {error}"),
    })?;
    if registrable(host.as_str()).is_none() {
        return Err(format!(
            "`{value}` is a public suffix, below which anybody can have a name; write your own name below it"
        ));
    }
    Ok(host.as_str().to_owned())
}

/// The domain within a URL, an address or a wildcard, which covers what lies below it anyway.
fn meant(value: &str) -> Option<Hostname> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next()?;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let rest = rest.split(':').next()?;
    Hostname::parse(rest.trim_start_matches("*.").trim_start_matches('.')).ok()
}

/// ISO 3166-1 alpha-2.
fn country(value: &str) -> Result<String, String> {
    let code = value.to_ascii_uppercase();
    match code.as_str() {
        "UK" => Err("`UK` is no ISO 3166-1 code; write `GB`".to_owned()),
        _ if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(code),
        _ => Err(format!("`{value}` is no country: write the two letters of ISO 3166-1, as `US`")),
    }
}

/// A primary subtag of BCP 47.
fn language(value: &str) -> Result<String, String> {
    let code = value.to_ascii_lowercase();
    if matches!(code.len(), 2..=3) && code.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok(code);
    }
    Err(format!("`{value}` is no language: write its two or three letters, as `en`"))
}

fn parse_sector(value: &str) -> Result<Sector, String> {
    Sector::from_name(value).ok_or_else(|| {
        let names = || Sector::ALL.iter().map(|(_, name)| *name);
        match nearest(value, names()) {
            Some(name) => format!("unknown sector `{value}`; did you mean `{name}`?"),
            None => {
                let names: Vec<&str> = names().collect();
                format!("unknown sector `{value}`; known: {}", names.join(", "))
            }
        }
    })
}
