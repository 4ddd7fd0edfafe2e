//! The short names of partitions and of kinds of events.

use std::fmt;
use std::sync::Arc;

/// The most bytes in a short name: room for a few words. Long enough for an id in any
/// notation, short enough for one byte to hold its length.
pub const LONGEST_NAME: usize = 64;

/// Why a text is no short name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty or longer than [`LONGEST_NAME`].
    #[error("a name has 1 to {LONGEST_NAME} characters")]
    Length,
    /// It has a character that short names do not have, or begins with a mark.
    #[error("a name has letters a to z, digits, and after the first also `-`, `_` and `.`")]
    Character,
}

/// A part of the journal with an order of its own: decisions in two partitions never conflict.
///
/// A short name: 1 to 64 of `a` to `z`, digits, `-`, `_` and `.`, the first a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(Arc<str>);

/// What kind of event some bytes are, such as `campaign-opened`. Kinds are for ever.
///
/// A short name, as a [`Partition`] is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKind(Arc<str>);

impl Partition {
    /// Reads a partition's name.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    ///
    /// ```
    /// use unhook_app::journal::Partition;
    /// assert_eq!(Partition::parse("org.acme").unwrap().as_str(), "org.acme");
    /// assert!(Partition::parse("../acme").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, NameError> {
        check(text).map(|()| Self(text.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EventKind {
    /// Reads a kind's name.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        check(text).map(|()| Self(text.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(text: &str) -> Result<(), NameError> {
    if text.is_empty() || text.len() > LONGEST_NAME {
        return Err(NameError::Length);
    }
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_fit = |b: u8| is_plain(b) || matches!(b, b'-' | b'_' | b'.');
    let begins_plain = text.bytes().next().is_some_and(is_plain);
    if begins_plain && text.bytes().all(is_fit) { Ok(()) } else { Err(NameError::Character) }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Partition({})", self.0)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventKind({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        let check = |text: &str, expected: Result<(), NameError>| {
            assert_eq!(Partition::parse(text).map(|_| ()), expected, "{text}");
            assert_eq!(EventKind::parse(text).map(|_| ()), expected, "{text}");
        };
        check("a", Ok(()));
        check("0", Ok(()));
        check("campaign-opened", Ok(()));
        check("org.acme_2", Ok(()));
        check(&"a".repeat(LONGEST_NAME), Ok(()));
        check(&"a".repeat(LONGEST_NAME + 1), Err(NameError::Length));
        check("", Err(NameError::Length));
        check(".", Err(NameError::Character));
        check("-a", Err(NameError::Character));
        check("Acme", Err(NameError::Character));
        check("a b", Err(NameError::Character));
        check("a/b", Err(NameError::Character));
        check("a\0", Err(NameError::Character));
        check("é", Err(NameError::Character));
    }
}
