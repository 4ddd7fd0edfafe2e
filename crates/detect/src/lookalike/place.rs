//! Where a brand stands in a host.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::company::{Company, IdentityWords};
use super::trade::Trade;
use crate::knowledge::is_tenant;
use crate::text::host::suffix;

/// Endings that read as sign-in or help, so that a brand before one is an attack.
const TELLING_SUFFIXES: [&str; 13] = [
    "support", "help", "services", "id", "work", "team", "login", "careers", "center", "network",
    "systems", "chat", "app",
];

/// Suffixes that are given to states, armies and schools alone.
const GUARDED_SUFFIXES: [&str; 11] =
    ["gov", "mil", "edu", "int", "ac", "gob", "gouv", "govt", "gub", "go.jp", "go.kr"];

const CHEAP_SUFFIXES: &str = include_str!("../../data/hosts/cheap-suffixes.txt");

/// A part of a host, and the borders around it.
pub(super) struct Place<'h> {
    host: &'h str,
    start: usize,
    end: usize,
    /// The label it stands in.
    label: (usize, usize),
    /// Where the public suffix begins.
    suffix: usize,
}

impl<'h> Place<'h> {
    /// `None` when the part lies across labels or in the public suffix.
    pub(super) fn of(host: &'h str, start: usize, end: usize) -> Option<Self> {
        let bytes = host.as_bytes();
        let label_start = bytes[..start].iter().rposition(|b| *b == b'.').map_or(0, |dot| dot + 1);
        let label_end = bytes[start..].iter().position(|b| *b == b'.')? + start;
        let suffix = host.len() - suffix(host).len();
        if label_end < end || end > suffix {
            return None;
        }
        Some(Self { host, start, end, label: (label_start, label_end), suffix })
    }

    /// The whole label before the public suffix.
    pub(super) fn of_registrable_label(host: &'h str) -> Option<Self> {
        let suffix = host.len() - suffix(host).len();
        let end = suffix.checked_sub(1)?;
        let start = host[..end].rfind('.').map_or(0, |dot| dot + 1);
        Some(Self { host, start, end, label: (start, end), suffix })
    }

    /// Its first and last byte.
    pub(super) fn part(&self) -> (usize, usize) {
        (self.start, self.end)
    }

    /// Whether its label is the registrable one.
    pub(super) fn is_registrable(&self) -> bool {
        self.label.1 + 1 >= self.suffix
    }

    /// Whether hyphens or borders of the label are on both its sides.
    pub(super) fn is_token(&self) -> bool {
        let bytes = self.host.as_bytes();
        (self.start == self.label.0 || bytes[self.start - 1] == b'-')
            && (self.end == self.label.1 || bytes[self.end] == b'-')
    }

    /// Whether it is a whole label.
    pub(super) fn is_label(&self) -> bool {
        (self.start, self.end) == self.label
    }

    /// What stands beside it in its label.
    pub(super) fn company(&self, words: &IdentityWords, trade: Option<Trade>) -> Company {
        let bytes = self.host.as_bytes();
        words.company(&bytes[self.label.0..self.start], &bytes[self.end..self.label.1], trade)
    }

    /// The label of the registrable domain.
    pub(super) fn registrable_label(&self) -> &'h [u8] {
        let rest = &self.host.as_bytes()[..self.suffix.saturating_sub(1)];
        rest.rsplit(|b| *b == b'.').next().unwrap_or(rest)
    }

    /// The host from the part on.
    pub(super) fn rest(&self) -> &'h str {
        &self.host[self.start..]
    }

    /// Whether what follows reads as the end of a domain (`acme.com-track.example`).
    pub(super) fn poses_as_domain(&self) -> bool {
        let rest = &self.host[self.end..];
        [".com-", ".com.", ".net-", ".org-", ".gov-", ".co.uk-"]
            .iter()
            .any(|end| rest.starts_with(end))
            && self.end + 4 < self.suffix
            || self.poses_as_country_domain()
    }

    /// Whether the registrable label goes on as the end of a country's domain would
    /// (`acme.ie-verify.example`).
    fn poses_as_country_domain(&self) -> bool {
        let label = self.registrable_label();
        let is_next = self.end + 1 + label.len() + 1 == self.suffix;
        is_next && label.get(2) == Some(&b'-') && label[..2].iter().all(u8::is_ascii_lowercase)
    }

    pub(super) fn has_telling_suffix(&self) -> bool {
        TELLING_SUFFIXES.contains(&&self.host[self.suffix..])
    }

    /// Whether it is under a suffix whose names cost next to nothing.
    pub(super) fn has_cheap_suffix(&self) -> bool {
        static CHEAP: LazyLock<HashSet<&str>> = LazyLock::new(|| CHEAP_SUFFIXES.lines().collect());
        CHEAP.contains(&self.host[self.suffix..])
    }

    /// Whether it begins or ends its label.
    pub(super) fn is_at_border(&self) -> bool {
        self.start == self.label.0 || self.end == self.label.1
    }

    /// Whether nobody but a state or a school can have the name.
    pub(super) fn is_guarded(&self) -> bool {
        let suffix = &self.host[self.suffix..];
        let (first, last) = suffix.split_once('.').unwrap_or((suffix, suffix));
        GUARDED_SUFFIXES.contains(&suffix)
            || (last.len() == 2 && first.len() > 1 && GUARDED_SUFFIXES.contains(&first))
    }

    /// Whether the host is a customer's at a service that names each after its brand.
    pub(super) fn is_at_tenant_host(&self) -> bool {
        is_tenant(self.host)
    }
}
