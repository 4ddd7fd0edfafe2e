//! The built-in brands and phrases, from the tables that `build.rs` made of `data/`.

use std::collections::HashMap;
use std::sync::LazyLock;

use unhook_model::{Brand, Sector};

use super::Category;
use crate::text::phrases::{Entry, Matching};

const BRANDS: &str = include_str!(concat!(env!("OUT_DIR"), "/brands.tsv"));
const PHRASES: &str = include_str!(concat!(env!("OUT_DIR"), "/phrases.tsv"));

/// The built-in brands.
pub(super) fn brands() -> impl Iterator<Item = Brand> {
    BRANDS.lines().map(brand)
}

/// The built-in phrases, ready for the table: after an equals sign as they are written,
/// else in all forms of their words.
pub(super) fn phrases() -> impl Iterator<Item = Entry<'static, Category>> {
    PHRASES.lines().flat_map(|line| {
        let mut phrases = line.split('\t');
        let category = phrases.next().and_then(Category::from_name);
        category.into_iter().flat_map(move |category| {
            phrases.clone().map(move |phrase| match phrase.strip_prefix('=') {
                Some(phrase) => (phrase, category, Matching::Exact),
                None => (phrase, category, Matching::Stems),
            })
        })
    })
}

/// What the brand does that owns exactly this domain.
pub(crate) fn sector_of_domain(domain: &str) -> Option<Sector> {
    static SECTORS: LazyLock<HashMap<&str, Sector>> = LazyLock::new(|| {
        let of_line = |line: &'static str| {
            let mut fields = line.split('\t');
            let sector = fields.nth(1).and_then(Sector::from_name)?;
            Some(fields.nth(DOMAINS_AFTER_SECTOR)?.split('|').map(move |domain| (domain, sector)))
        };
        BRANDS.lines().filter_map(of_line).flatten().collect()
    });
    SECTORS.get(domain.to_lowercase().as_str()).copied()
}

/// Fields between a brand's sector and its domains.
const DOMAINS_AFTER_SECTOR: usize = 4;

/// One line of the table, as `build.rs` writes it.
fn brand(line: &str) -> Brand {
    let mut fields = line.split('\t');
    let mut field = || fields.next().unwrap_or_default();
    let (name, sector) = (field().to_owned(), field());
    let mut list = || -> Vec<String> {
        field().split('|').filter(|item| !item.is_empty()).map(str::to_owned).collect()
    };
    Brand {
        name,
        sector: Sector::from_name(sector),
        aliases: list(),
        abbreviations: list(),
        countries: list(),
        languages: list(),
        domains: list(),
        senders: list(),
        ordinary_word: Some(!field().is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use unhook_model::Hostname;

    use super::*;
    use crate::text::host::registrable;
    use crate::text::phrases::{GAP, needs_folding};
    use crate::text::words::fold;

    /// Labels below which only a state or its health service gives out names: the suffix is
    /// its domain.
    const OFFICIAL: [&str; 12] =
        ["nhs", "police", "awsapps", "gov", "gob", "gouv", "govt", "go", "gc", "gub", "mil", "gv"];

    #[test]
    fn the_catalogue_is_wide_and_sane() {
        let brands: Vec<Brand> = brands().collect();
        let countries: BTreeSet<&str> =
            brands.iter().flat_map(|b| &b.countries).map(String::as_str).collect();
        assert!(
            brands.len() >= 120 && countries.len() > 20,
            "{} {}",
            brands.len(),
            countries.len()
        );
        let mut owner_of = HashMap::new();
        let mut suffixes = Vec::new();
        for brand in &brands {
            assert!(brand.sector.is_some(), "{}: unknown sector", brand.name);
            assert!(!brand.languages.is_empty(), "{}: no language", brand.name);
            for domain in &brand.domains {
                let host = Hostname::parse(domain).unwrap_or_else(|e| panic!("{domain}: {e}"));
                assert_eq!(host.as_str(), domain, "{}: not in plain form", brand.name);
                let official = domain.split('.').any(|label| OFFICIAL.contains(&label));
                if !official && registrable(domain).is_none() {
                    suffixes.push(domain.as_str());
                }
                if let Some(other) = owner_of.insert(domain, &brand.name) {
                    panic!("{domain} belongs to both {other} and {}", brand.name);
                }
            }
        }
        assert!(suffixes.is_empty(), "anybody can have a name below these: {suffixes:?}");
    }

    #[test]
    fn every_phrase_has_a_known_category_and_is_folded() {
        for line in PHRASES.lines() {
            let category = line.split('\t').next().unwrap();
            assert!(Category::from_name(category).is_some(), "unknown category {category}");
        }
        let mut unfolded = Vec::new();
        for (phrase, category, _) in phrases() {
            assert!(!phrase.trim().is_empty() && phrase.len() < 120, "{category:?}: {phrase:?}");
            let pieces = phrase.split(GAP).filter(|piece| !needs_folding(piece));
            unfolded.extend(pieces.filter(|piece| fold(piece) != *piece));
        }
        assert!(unfolded.is_empty(), "not as folding leaves them: {unfolded:?}");
    }
}
