//! The brands that names are searched for, and look-alikes of them that were really used.
//!
//! The real ones are those of `domains/sso_lookalikes.csv`, whose names were aimed at
//! employees' sign-in; without data there are two made-up brands and no look-alikes.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

/// What names are searched for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Brands {
    pub(super) brands: Vec<Brand>,
    pub(super) lookalikes: Vec<String>,
}

/// One domain and the names people know it by.
#[derive(Debug, PartialEq)]
pub(super) struct Brand {
    names: Vec<String>,
    pub(super) domain: String,
}

/// An `unhook.toml`.
#[derive(Serialize)]
struct Configuration<'a> {
    organization: Organization<'a>,
}

#[derive(Serialize)]
struct Organization<'a> {
    name: &'a str,
    brands: Vec<Table<'a>>,
}

#[derive(Serialize)]
struct Table<'a> {
    name: &'a str,
    aliases: &'a [String],
    domains: [&'a str; 1],
}

impl Brands {
    pub(super) fn read(data: &Path) -> Result<Self> {
        let path = data.join("domains/sso_lookalikes.csv");
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        parse(&text).with_context(|| format!("{} has another shape", path.display()))
    }

    pub(super) fn made_up() -> Self {
        let mut brands = Self::default();
        brands.add("Cloudpillar", "cloudpillar.example");
        brands.add("Acme Rockets", "acmerockets.example");
        brands
    }

    /// An `unhook.toml` with all of them.
    pub(super) fn configuration(&self) -> Result<String> {
        let brands = self.brands.iter().filter_map(|brand| {
            let (name, aliases) = brand.names.split_first()?;
            Some(Table { name, aliases, domains: [&brand.domain] })
        });
        let organization = Organization { name: "Acme", brands: brands.collect() };
        Ok(toml::to_string(&Configuration { organization })?)
    }

    /// The first labels of the domains, for tools that look for letters wherever they stand.
    /// Shorter ones are left out, since they stand in too many names.
    pub(super) fn keywords(&self) -> Vec<&str> {
        let labels = self.brands.iter().filter_map(|brand| brand.domain.split('.').next());
        labels.filter(|label| label.len() >= SHORTEST_KEYWORD).collect()
    }

    fn add(&mut self, name: &str, domain: &str) {
        let brand = match self.brands.iter_mut().find(|brand| brand.domain == domain) {
            Some(brand) => brand,
            None => {
                self.brands.push(Brand { names: Vec::new(), domain: domain.to_owned() });
                self.brands.last_mut().expect("one was just added")
            }
        };
        if !brand.names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            brand.names.push(name.to_owned());
        }
    }
}

/// In letters.
const SHORTEST_KEYWORD: usize = 3;

/// Reads the table; no field of it is quoted.
fn parse(table: &str) -> Option<Brands> {
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = rows.next()?;
    let column = |name| head.iter().position(|column| *column == name);
    let (name, brand, domain) = (column("name")?, column("brand")?, column("brand_domain")?);
    let mut brands = Brands::default();
    for row in rows {
        brands.lookalikes.push((*row.get(name)?).to_owned());
        brands.add(without_doubts(row.get(brand)?), row.get(domain)?);
    }
    Some(brands)
}

/// A brand is inferred from the look-alike: a second guess follows after a sign.
fn without_doubts(brand: &str) -> &str {
    brand.split(['/', '?', '(']).next().unwrap_or(brand).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "name,brand,brand_domain,form\n\
        acme-sso.example,Acme,acme.example,hyphen\n\
        rockets-hr.example,Rockets / Acme,acme.example,hyphen\n\
        acme-hr.example,acme,acme.example,hyphen\n\
        qq-hr.example,QQ? (new),qq.example,hyphen\n";

    #[test]
    fn names_of_a_domain_are_one_brand() {
        let read = parse(TABLE).unwrap();
        assert_eq!(read.lookalikes.len(), 4);
        assert_eq!(read.brands.len(), 2);
        assert_eq!(read.brands[0].names, ["Acme", "Rockets"]);
        assert_eq!(read.brands[1].names, ["QQ"]);
        assert_eq!(read.keywords(), ["acme"]);
        assert_eq!(parse("brand,brand_domain\n"), None);
    }

    #[test]
    fn brands_make_a_configuration() {
        let text = Brands::made_up().configuration().unwrap();
        let read: toml::Table = toml::from_str(&text).unwrap();
        let brands = read["organization"]["brands"].as_array().unwrap();
        assert_eq!(brands.len(), 2);
        assert_eq!(brands[1]["name"].as_str(), Some("Acme Rockets"));
    }
}
