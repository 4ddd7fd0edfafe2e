//! Up to when sign-ins of a provider were read, so that a service that was away reads on from there.
//!
//! A moment and no cursor: what the ledger was given is memory and is read again after a start, so
//! reading begins earlier than here anyway, and the same sign-in changes nothing when it comes twice.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;

use unhook_model::Timestamp;

use crate::journal::Cause;

/// Why a bookmark cannot be read or kept.
#[derive(Debug, thiserror::Error)]
#[error("bookmarks are not available")]
pub struct BookmarkError(#[from] pub Cause);

/// One moment for each provider, by what the settings call it.
pub trait Bookmarks: Send + Sync {
    /// Up to when a provider's sign-ins were read; `None` when they never were.
    ///
    /// # Errors
    /// When it cannot be looked up.
    fn read_until(&self, provider: &str) -> Result<Option<Timestamp>, BookmarkError>;

    /// Says up to when they were; durable when this returns.
    ///
    /// # Errors
    /// When it cannot be kept; what was kept before is as it was.
    fn keep(&self, provider: &str, at: Timestamp) -> Result<(), BookmarkError>;
}
