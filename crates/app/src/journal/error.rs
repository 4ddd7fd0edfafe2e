//! What can go wrong with a journal, split by what the caller can do about it.

use std::error::Error;

use super::{LARGEST_COMMIT, Position};

/// What lies behind a failure; which type it is depends on the journal.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why a commit was not appended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The partition's last commit is not the one expected. Read on, decide again.
    #[error("the partition has another last commit than the decision was based on")]
    Conflict {
        /// The last there is.
        last: Option<Position>,
    },
    /// The commit has more than [`LARGEST_COMMIT`] bytes. Decide about less at a time.
    #[error("a commit of {size} bytes is too large; the most is {LARGEST_COMMIT}")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// The id was given to other events before: a mistake of the caller's, found before it
    /// could lose anything.
    #[error("the id of the commit is that of another one")]
    IdReused {
        /// The position of the commit that has the id.
        position: Position,
    },
    /// The journal cannot be written to at the moment: the disk is full, the file is locked.
    /// Try again later, with the same commit: it may or may not have been appended.
    #[error("the journal cannot be written to at the moment")]
    Unavailable(#[source] Cause),
    /// The journal is damaged or closed. Trying again will not help.
    #[error("the journal is broken")]
    Broken(#[source] Cause),
}

/// Why a journal could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be read at the moment. Try again later.
    #[error("the journal cannot be read at the moment")]
    Unavailable(#[source] Cause),
    /// It is damaged or closed. Trying again will not help.
    #[error("the journal is broken")]
    Broken(#[source] Cause),
}
