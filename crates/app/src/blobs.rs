//! Blobs: pictures, raw mails and evidence, by what they hold.
//!
//! A blob's id is a keyed hash of its owner and content, so the same picture of the same
//! person is kept once, and nobody can test from outside whether a known file is there.
//! Content is sealed under its owner's key like everything personal, and each blob has a
//! time from which it may be removed.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;

use unhook_model::{PersonId, Timestamp};

use crate::people::PeopleError;

/// The largest blob, in bytes: a photograph of a screen, or a mail with a few.
pub const LARGEST_BLOB: usize = 16 << 20;

/// The id of a blob: 32 bytes that say nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 32]);

/// As 64 hexadecimal digits.
impl std::fmt::Display for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why a blob cannot be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// It is larger than [`LARGEST_BLOB`].
    #[error("a blob of {size} bytes is too large; the largest has {LARGEST_BLOB}")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// Its owner was erased.
    #[error("its owner was erased")]
    Erased,
    /// Its owner's key cannot be read.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// What is kept is not what was put.
    #[error("a blob is damaged")]
    Broken(#[source] crate::journal::Cause),
    /// The place where blobs are kept cannot be written to or read.
    #[error("blobs are not available")]
    Unavailable(#[source] crate::journal::Cause),
}

/// Where blobs are kept.
pub trait Blobs: Send + Sync {
    /// Keeps a blob until a moment at least; one that is there already is kept until the later.
    /// Durable when this returns.
    ///
    /// # Errors
    /// Says why it was not kept.
    fn put(&self, owner: PersonId, content: &[u8], until: Timestamp) -> Result<BlobId, BlobError>;

    /// What a blob holds; `None` when it was removed, or its owner erased.
    ///
    /// # Errors
    /// Says why it cannot be read.
    fn get(&self, owner: PersonId, id: BlobId) -> Result<Option<Vec<u8>>, BlobError>;

    /// Removes what may be removed by now, and says how many blobs that was.
    ///
    /// # Errors
    /// Says why it cannot be done.
    fn sweep(&self, now: Timestamp) -> Result<usize, BlobError>;
}
