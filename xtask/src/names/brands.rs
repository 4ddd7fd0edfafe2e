//! Sets of brands, each an `unhook.toml`.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::data::Imitation;
use crate::project::Project;

/// What somebody writes of a brand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Brand {
    name: String,
    domains: Vec<String>,
}

#[derive(Serialize)]
struct File<'b> {
    organization: Organization<'b>,
}

#[derive(Serialize)]
struct Organization<'b> {
    name: &'b str,
    brands: &'b [Brand],
}

#[derive(Deserialize)]
struct Catalogue {
    brand: Vec<Brand>,
}

/// All brands of the catalogue, in the order of its files.
pub(super) fn catalogue(project: &Project) -> Result<Vec<Brand>> {
    let mut brands = Vec::new();
    for source in project.sources("crates/detect/data/brands", "toml")? {
        let file: Catalogue = toml::from_str(&source.text)?;
        brands.extend(file.brand.into_iter().map(Brand::without_suffixes));
    }
    Ok(brands)
}

/// The brands that known imitations imitate, by name.
pub(super) fn of_imitations(imitations: &[Imitation]) -> Vec<Brand> {
    let mut domains: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in imitations {
        let known = domains.entry(&row.brand).or_default();
        if !row.brand_domain.is_empty() && !known.contains(&row.brand_domain) {
            known.push(row.brand_domain.clone());
        }
    }
    let brand = |(name, domains): (&str, Vec<String>)| Brand { name: name.to_owned(), domains };
    domains.into_iter().map(brand).map(Brand::without_suffixes).collect()
}

/// `count` brands that hash and seed choose: for one seed always the same.
pub(super) fn draw(brands: &[Brand], seed: u64, count: usize) -> Vec<Brand> {
    let mut drawn: Vec<&Brand> = brands.iter().collect();
    drawn.sort_by_key(|brand| hash(seed, &brand.name));
    drawn.into_iter().take(count).cloned().collect()
}

/// The brand that a theme is named after, among other things (`acme_parcel`).
pub(super) fn of_theme<'t>(theme: &'t str, catalogue: &[Brand]) -> Option<&'t str> {
    let is_brand = |part: &&str| catalogue.iter().any(|brand| brand.name.to_lowercase() == **part);
    theme.split('_').find(is_brand)
}

/// An `unhook.toml` of these brands.
pub(super) fn organization(brands: &[Brand]) -> Result<String> {
    Ok(toml::to_string(&File { organization: Organization { name: "Measured", brands } })?)
}

impl Brand {
    /// Without public suffixes, which an organization cannot claim.
    fn without_suffixes(mut self) -> Self {
        self.domains.retain(|domain| psl::domain_str(domain).is_some());
        self
    }
}

/// Brands in two halves, so that a rule made by looking at one is seen on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    First,
    Second,
}

impl Half {
    pub(super) fn of(brand: &str) -> Self {
        if hash(0, &brand.to_lowercase()).is_multiple_of(2) { Self::First } else { Self::Second }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::First => "first half of the brands",
            Self::Second => "second half of the brands",
        }
    }
}

/// FNV-1a, with the last step of MurmurHash3 so that every bit is as good.
fn hash(seed: u64, text: &str) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(text.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brand(name: &str) -> Brand {
        Brand { name: name.to_owned(), domains: vec![format!("{name}.example")] }
    }

    #[test]
    fn a_seed_draws_the_same_and_another_others() {
        let brands: Vec<Brand> = (0..200).map(|number| brand(&format!("b{number}"))).collect();
        assert_eq!(draw(&brands, 1, 50), draw(&brands, 1, 50));
        assert_ne!(draw(&brands, 1, 50), draw(&brands, 2, 50));
        assert_eq!(draw(&brands, 1, 500).len(), 200);
    }

    #[test]
    fn the_order_of_the_catalogue_decides_nothing() {
        let brands: Vec<Brand> = (0..20).map(|number| brand(&format!("b{number}"))).collect();
        let turned: Vec<Brand> = brands.iter().rev().cloned().collect();
        assert_eq!(draw(&brands, 3, 5), draw(&turned, 3, 5));
    }

    #[test]
    fn halves_are_halves() {
        let first = (0..1000).filter(|number| Half::of(&format!("b{number}")) == Half::First);
        assert!((400..600).contains(&first.count()));
        assert_eq!(Half::of("Acme"), Half::of("ACME"));
    }

    #[test]
    fn a_theme_may_name_a_brand() {
        let brands = [Brand { name: "ACME".to_owned(), domains: Vec::new() }];
        assert_eq!(of_theme("xx_acme_parcel", &brands), Some("acme"));
        assert_eq!(of_theme("parcel_generic", &brands), None);
    }

    #[test]
    fn an_organization_claims_no_public_suffix() {
        let mut brand = brand("acme");
        brand.domains.push("gov.uk".to_owned());
        let text = organization(&[brand.without_suffixes()]).unwrap();
        assert!(text.contains("acme.example") && !text.contains("gov.uk"), "{text}");
    }
}
