//! What is appended: the events of one decision.

use std::fmt;

use unhook_model::Timestamp;

use super::EventKind;

/// The most bytes in a commit, as [`Commit::size`] counts them. A decision about one report
/// has a few KiB; the bound keeps a commit within what any store can write as one, and what
/// waits to be written within memory.
pub const LARGEST_COMMIT: usize = 512 * 1024;

/// The id of a commit, by which a second delivery is known.
///
/// Sixteen bytes, made by whoever decides and never given twice. Later ids should be greater,
/// as those of UUID version 7 are (RFC 9562 §5.7): stores keep ordered keys many times faster
/// than random ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId([u8; 16]);

impl CommitId {
    /// The id with these bytes, the most significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes, the most significant first.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// All events of one decision: appended together or not at all, and read together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// By which it is known.
    pub id: CommitId,
    /// What was decided, in order.
    pub events: Vec<EncodedEvent>,
}

/// One event as the bytes of a versioned wire type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedEvent {
    /// What kind of event it is.
    pub kind: EventKind,
    /// The version of the kind's wire type.
    pub version: u16,
    /// The wire type's bytes, which the journal never looks into.
    pub payload: Vec<u8>,
}

impl Commit {
    /// Its size in bytes, at most [`LARGEST_COMMIT`] for a commit that can be appended.
    #[must_use]
    pub fn size(&self) -> usize {
        let events = self.events.iter().map(EncodedEvent::size);
        events.fold(size_of::<CommitId>(), usize::saturating_add)
    }
}

impl EncodedEvent {
    /// Kind, version and payload, with a byte and four for the lengths of the two.
    #[must_use]
    pub fn size(&self) -> usize {
        1 + self.kind.as_str().len() + size_of::<u16>() + size_of::<u32>() + self.payload.len()
    }
}

impl CommitId {
    /// When it was made: the first 48 bits of a UUID of version 7 (RFC 9562, section 5.7).
    #[must_use]
    pub fn made_at(self) -> Timestamp {
        let milliseconds = self.0[..6].iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte));
        Timestamp::from_unix_ms(milliseconds)
    }
}

/// As UUIDs are written.
impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let hyphen = if matches!(place, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{hyphen}{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_a_uuid_and_ordered_by_its_bytes() {
        let low = CommitId::from_bytes(*b"\x01\x93\0\0\0\0\x70\0\x80\0\0\0\0\0\0\xff");
        let high = CommitId::from_bytes(*b"\x01\x94\0\0\0\0\x70\0\x80\0\0\0\0\0\0\0");
        assert_eq!(low.to_string(), "01930000-0000-7000-8000-0000000000ff");
        assert!(low < high);
    }

    #[test]
    fn the_size_counts_everything_that_must_be_written() {
        let event = |payload: &[u8]| EncodedEvent {
            kind: EventKind::parse("seen").unwrap(),
            version: 1,
            payload: payload.to_vec(),
        };
        let mut commit = Commit { id: CommitId::from_bytes([0; 16]), events: vec![] };
        assert_eq!(commit.size(), 16);
        commit.events = vec![event(b""), event(b"abc")];
        assert_eq!(commit.size(), 16 + 11 + 14);
    }
}
