//! Lists that others publish of what must go on resolving: the names that most people use (Tranco), names
//! that are no sign of an attack (MISP's warning lists), and the Public Suffix List.
//!
//! Nothing is blocked by any of them; they only protect more ([`unhook_engine::Popular`]). What comes from
//! the network is hostile until it was read: [`fetch`] bounds it, [`content`] says whether it is the list that it
//! should be, and only then [`shelf`] puts it in the place of the one before. Start reading at [`List`].

pub mod content;
pub mod fetch;
pub mod shelf;

pub use content::{Content, ContentError, MOST_RANKED};
pub use fetch::{FetchError, Fetcher};
pub use shelf::{Kept, Shelf, ShelfError};

use crate::Address;

/// Where the Tranco list is published, the newest.
pub const TRANCO: &str = "https://tranco-list.eu/top-1m.csv.zip";

/// Below which address MISP's warning lists are published, each as `NAME/list.json`.
pub const WARNING_LISTS: &str =
    "https://raw.githubusercontent.com/MISP/misp-warninglists/main/lists/";

/// Where the Public Suffix List is published.
pub const PUBLIC_SUFFIXES: &str = "https://publicsuffix.org/list/public_suffix_list.dat";

/// Those of MISP's warning lists that count: names that devices look up all day, that tell a revoked
/// certificate and a network's sign-in page, and banks. Others do not, on purpose: anybody gets onto a list of
/// public resolvers or short links, and below names of dynamic DNS and hosting each is somebody's.
pub const COUNTING: [&str; 4] =
    ["cisco_top1000", "crl-hostname", "captive-portals", "bank-website"];

/// One of the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum List {
    /// The names that most people use, by rank.
    Tranco,
    /// One of MISP's warning lists.
    Warning(WarningName),
    /// Below which names everybody can have one.
    PublicSuffixes,
}

impl List {
    /// What it is called, and its file.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Tranco => "tranco".to_owned(),
            Self::Warning(name) => format!("warning-{}", name.0),
            Self::PublicSuffixes => "public-suffixes".to_owned(),
        }
    }

    /// What the published file is called, as somebody may have brought it: the first that is there.
    #[must_use]
    pub fn published_as(&self) -> Vec<String> {
        match self {
            Self::Tranco => vec!["top-1m.csv.zip".to_owned(), "top-1m.csv".to_owned()],
            Self::Warning(WarningName(name)) => {
                vec![
                    format!("{name}.json"),
                    format!("{name}/list.json"),
                    format!("lists/{name}/list.json"),
                ]
            }
            Self::PublicSuffixes => vec!["public_suffix_list.dat".to_owned()],
        }
    }
}

/// The name of a warning list, as its folder is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningName(String);

impl WarningName {
    /// Where it is published, if the lists are below this address.
    #[must_use]
    pub fn below(&self, lists: &Address) -> Address {
        lists.below(&[&self.0, "list.json"])
    }
}

impl std::str::FromStr for WarningName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        /// Those that there are have up to fifty.
        const LONGEST: usize = 80;
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_name = (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_known);
        is_name.then(|| Self(text.to_owned())).ok_or(())
    }
}

impl std::fmt::Display for WarningName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_at_an_address() {
        for text in [TRANCO, WARNING_LISTS, PUBLIC_SUFFIXES] {
            assert!(Address::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_warning_list_lies_below_its_address_and_nowhere_else() {
        for base in ["https://lists.example/misp", "https://lists.example/misp/"] {
            let base = Address::parse(base).unwrap();
            let place = "bank-website".parse::<WarningName>().unwrap().below(&base).to_string();
            assert_eq!(place, "https://lists.example/misp/bank-website/list.json");
        }
        for name in ["", "..", "a/b", "a b", "%2e"] {
            assert!(name.parse::<WarningName>().is_err(), "{name}");
        }
    }
}
