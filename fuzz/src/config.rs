//! Drives the reader of `unhook.toml`.
//!
//! Holds: whatever is refused is refused in words that can be shown; what is accepted has
//! domains in their plain form and brands with names, can be compiled for matching, and is
//! never flagged itself.
//!
//! The reader belongs to the binary, which has no library for others to use: the file's
//! contract is the program's, and no crate should depend on it. So its files are taken in
//! here as modules of our own, at the root of the crate because they expect to be there;
//! they need nothing else of the binary.

use std::path::Path;

use unhook_detect::lookalike::LookalikeIndex;
use unhook_model::{Hostname, Organization};

use crate::cli::config::{self as file, ConfigError};

/// The input is the text of the file.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match file::parse(&text) {
        Ok(settings) => check(&settings.organization),
        Err(problems) => {
            let shown = ConfigError::new(Path::new("unhook.toml"), &text, problems).to_string();
            assert!(shown.starts_with("unhook.toml:"), "{shown}");
        }
    }
}

fn check(organization: &Organization) {
    let index = LookalikeIndex::builder().organization(organization).build();
    for brand in &organization.brands {
        assert!(!brand.name.trim().is_empty());
    }
    let lists = [
        &organization.owned_domains,
        &organization.vendor_tenants,
        &organization.identity_providers,
        &organization.allow,
        &organization.partners,
    ];
    let brands = organization.brands.iter().map(|brand| &brand.domains);
    for domain in lists.into_iter().chain(brands).flatten() {
        let host = Hostname::parse(domain).expect("a domain that was accepted is one");
        assert_eq!(host.as_str(), domain);
        assert_eq!(index.examine(domain), None, "{domain} is the organization's own");
    }
}
