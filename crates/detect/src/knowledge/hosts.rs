//! Hosts that lend names to anybody, and suffixes that cost next to nothing.

use std::collections::HashMap;
use std::collections::HashSet;

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
const CHEAP: &str = include_str!("../../data/hosts/cheap-suffixes.txt");

#[derive(Debug)]
pub(super) struct HostLists {
    kinds: HashMap<&'static str, HostKind>,
    cheap: HashSet<&'static str>,
}

impl HostLists {
    pub(super) fn builtin() -> Self {
        let kinds = LISTS.iter().flat_map(|(kind, list)| entries(list).map(|host| (host, *kind)));
        Self { kinds: kinds.collect(), cheap: entries(CHEAP).collect() }
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

    pub(super) fn is_cheap(&self, suffix: &str) -> bool {
        self.cheap.contains(suffix)
    }
}

/// The entries of a list, without comments.
fn entries(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}
