//! Hosts that lend names to anybody, and suffixes that cost next to nothing.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// A service that lends names to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostKind {
    /// Short links that lead elsewhere.
    Shortener,
    /// Names that follow a changing address.
    DynamicDns,
    /// Pages published for nothing.
    FreeHosting,
}

const LISTS: [(HostKind, &str); 3] = [
    (HostKind::FreeHosting, include_str!("../../data/hosts/free-hosting.txt")),
    (HostKind::DynamicDns, include_str!("../../data/hosts/dynamic-dns.txt")),
    (HostKind::Shortener, include_str!("../../data/hosts/shorteners.txt")),
];
static TENANTS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| entries(include_str!("../../data/names/tenant-hosts.txt")).collect());
const CHEAP: &str = include_str!("../../data/hosts/cheap-suffixes.txt");
const LURE_WORDS: &str = include_str!("../../data/hosts/lure-words.txt");

/// More words of lures than this in one name say no more.
const MOST_LURE_WORDS: u8 = 3;

/// A word this long counts also where it is joined to others; shorter ones are part of many.
const JOINED: usize = 6;

/// Whether a domain is that of a service that names a host after each of its customers.
pub(crate) fn is_tenant_host(domain: &str) -> bool {
    TENANTS.contains(domain)
}

/// Whether a host is a customer's at such a service.
pub(crate) fn is_tenant(host: &str) -> bool {
    let mut rest = host;
    while let Some((_, above)) = rest.split_once('.') {
        if TENANTS.contains(above) {
            return true;
        }
        rest = above;
    }
    false
}

#[derive(Debug)]
pub(super) struct HostLists {
    kinds: HashMap<&'static str, HostKind>,
    cheap: HashSet<&'static str>,
    lure_words: HashSet<&'static str>,
}

impl HostLists {
    pub(super) fn builtin() -> Self {
        let kinds = LISTS.iter().flat_map(|(kind, list)| entries(list).map(|host| (host, *kind)));
        Self {
            kinds: kinds.collect(),
            cheap: entries(CHEAP).collect(),
            lure_words: entries(LURE_WORDS).collect(),
        }
    }

    /// Whether this very name is listed.
    pub(super) fn is_listed(&self, host: &str) -> bool {
        self.kinds.contains_key(host)
    }

    /// The kind of the longest listed name that the host lies within.
    pub(super) fn kind(&self, host: &str) -> Option<HostKind> {
        let mut rest = host;
        loop {
            if let Some(kind) = self.kinds.get(rest) {
                return Some(*kind);
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// How many words of lures stand in a name, whole between dots, hyphens and digits, or
    /// joined to others where they are long.
    pub(super) fn lure_words_in(&self, name: &str) -> u8 {
        let mut count = 0;
        for token in name.split(|c: char| !c.is_ascii_alphabetic()).filter(|t| !t.is_empty()) {
            let joined = || {
                let within = |word: &&str| word.len() >= JOINED && token.contains(*word);
                self.lure_words.iter().any(within)
            };
            count += u8::from(self.lure_words.contains(token) || token.len() > JOINED && joined());
            if count == MOST_LURE_WORDS {
                break;
            }
        }
        count
    }

    pub(super) fn is_cheap(&self, suffix: &str) -> bool {
        self.cheap.contains(suffix)
    }
}

/// The entries of a list, without comments.
fn entries(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}
