//! What can go wrong, and which failure of SQLite is which.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ErrorCode;
use unhook_app::journal::{AppendError, Cause, ReadError};

/// Why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder cannot be made, read or locked.
    #[error("the folder {} cannot be used", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody else has the folder open.
    #[error(
        "the folder {} is in use: another Unhook has it open. Stop that one, or name another folder",
        .folder.display()
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// A newer version of Unhook wrote the file. Nothing was changed in it.
    #[error(
        "a newer version of Unhook wrote this journal (its format is {found}, this version \
         knows {known}). Use that version, or restore a backup from before"
    )]
    Newer {
        /// The format of the file.
        found: u32,
        /// The newest format this version knows.
        known: u32,
    },
    /// The file is an SQLite database, but no journal. Nothing was changed in it.
    #[error("{} is a database, but no journal of Unhook's", .file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// It cannot be opened at the moment: the disk is full, another program has the file locked.
    /// Try again later.
    #[error("the journal cannot be opened at the moment")]
    Unavailable(#[source] Cause),
    /// The file is damaged, or no database at all.
    #[error("the journal is broken")]
    Broken(#[source] Cause),
}

/// Why a journal did not close cleanly. Whatever was acknowledged is durable all the same.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// What was written could not be brought from the log into the database; the next opening
    /// does that.
    #[error("the journal's log could not be emptied; the next opening does that")]
    Log(#[source] Cause),
    /// A thread of the journal's had stopped early: a defect of Unhook's.
    #[error("a thread of the journal's had stopped early")]
    Thread,
}

/// Why there is no answer from a thread of the journal's.
#[derive(Debug, thiserror::Error)]
#[error("the journal is closed")]
pub(crate) struct Closed;

/// Whether the cause of a failure lies outside the file and can go away by itself.
fn is_passing(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
        )
    )
}

/// What all appends of a group are told when the group failed.
pub(crate) fn append_error(error: &Arc<rusqlite::Error>) -> AppendError {
    let cause: Cause = Box::new(Arc::clone(error));
    if is_passing(error) { AppendError::Unavailable(cause) } else { AppendError::Broken(cause) }
}

pub(crate) fn read_error(error: rusqlite::Error) -> ReadError {
    if is_passing(&error) {
        ReadError::Unavailable(error.into())
    } else {
        ReadError::Broken(error.into())
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        if is_passing(&error) {
            Self::Unavailable(error.into())
        } else {
            Self::Broken(error.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn what_can_go_away_is_unavailable_and_the_rest_is_broken() {
        let check = |code, expected: bool| {
            let error = || rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let append = append_error(&Arc::new(error()));
            assert_eq!(matches!(append, AppendError::Unavailable(_)), expected, "{append:?}");
            let read = read_error(error());
            assert_eq!(matches!(read, ReadError::Unavailable(_)), expected, "{read:?}");
            let open = OpenError::from(error());
            assert_eq!(matches!(open, OpenError::Unavailable(_)), expected, "{open:?}");
        };
        check(ffi::SQLITE_FULL, true);
        check(ffi::SQLITE_IOERR, true);
        check(ffi::SQLITE_IOERR_FSYNC, true);
        check(ffi::SQLITE_BUSY, true);
        check(ffi::SQLITE_BUSY_SNAPSHOT, true);
        check(ffi::SQLITE_LOCKED, true);
        check(ffi::SQLITE_CANTOPEN, true);
        check(ffi::SQLITE_CORRUPT, false);
        check(ffi::SQLITE_NOTADB, false);
        check(ffi::SQLITE_READONLY, false);
        check(ffi::SQLITE_MISUSE, false);
    }
}
