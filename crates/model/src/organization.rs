//! Who is protected.

use crate::brand::Brand;

/// The organization whose people are protected, as its `unhook.toml` describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// Its brands; the first is the organization's own.
    pub brands: Vec<Brand>,
    /// Domains it owns beyond those of its brands.
    pub owned_domains: Vec<String>,
    /// Hosts at vendors that genuinely serve it (`acme.myworkday.com`).
    pub vendor_tenants: Vec<String>,
    /// Identity providers its people sign in with, as domains (`okta.com`).
    pub identity_providers: Vec<String>,
    /// Sender ids and short codes that genuinely text its people.
    pub senders: Vec<String>,
    /// Words of its own sign-in pages and tools, beside the built-in vocabulary.
    pub sign_in_words: Vec<String>,
    /// Domains never to be flagged.
    pub allow: Vec<String>,
    /// Domains of partners: never flagged, and never blocked without a person.
    pub partners: Vec<String>,
    /// ISO 3166-1 alpha-2 codes of the countries its people live in.
    pub countries: Vec<String>,
}
