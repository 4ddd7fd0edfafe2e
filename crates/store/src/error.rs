//! What can go wrong, and which failure of SQLite is which.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ErrorCode;
use unhook_app::journal::{AppendError, Cause, ReadError};

/// Why a journal, or the vault, cannot be opened.
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
        "a newer version of Unhook wrote this {what} (its format is {found}, this version \
         knows {known}). Use that version, or restore a backup from before"
    )]
    Newer {
        /// What kind of database it is.
        what: &'static str,
        /// The format of the file.
        found: u32,
        /// The newest format this version knows.
        known: u32,
    },
    /// The file is an SQLite database, but not this one of Unhook's. Nothing was changed in it.
    #[error("{} is a database, but no {what} of Unhook's", .file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What it should be.
        what: &'static str,
    },
    /// A restore stopped half-way, so the folder holds some of the old and some of the new.
    #[error(
        "a restore into {} did not finish. Run `unhook restore --replace` again",
        .folder.display()
    )]
    HalfRestored {
        /// The folder.
        folder: PathBuf,
    },
    /// The vault's master key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It cannot be opened at the moment: the disk is full, another program has the file locked.
    /// Try again later.
    #[error("the database cannot be opened at the moment")]
    Unavailable(#[source] Cause),
    /// The file is damaged, or no database at all.
    #[error("the database is broken")]
    Broken(#[source] Cause),
}

/// Why a master key cannot be used. What it would open is left alone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The vault has a key, and it is not where it should be.
    #[error(
        "the master key {} is missing, and without it nothing personal can be read. Put it \
         back from your copy",
        .file.display()
    )]
    Missing {
        /// Where it should be.
        file: PathBuf,
    },
    /// There is a key, but the vault was made with another.
    #[error(
        "{} is not this vault's master key. Put back the one that belongs to it (its id begins \
         with {expected})",
        .file.display()
    )]
    Wrong {
        /// The key's file.
        file: PathBuf,
        /// The id of the right one.
        expected: String,
    },
    /// Others than its owner can read it.
    #[error(
        "others can read the master key {}. Take that away with: chmod 600 {}",
        .file.display(),
        .file.display()
    )]
    Exposed {
        /// The key's file.
        file: PathBuf,
    },
    /// The file does not hold a key.
    #[error(
        "{} holds no master key: it has a line `{}` and a line of 64 hexadecimal digits",
        .file.display(),
        crate::vault::KEY_HEADING
    )]
    Malformed {
        /// The key's file.
        file: PathBuf,
    },
    /// It cannot be read or written.
    #[error("the master key {} cannot be read or written", .file.display())]
    File {
        /// The key's file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
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

/// Why something about the vault as a whole was not done: keys changed, everyone listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The master key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Not now: a full disk, a lock held by another program. The same again may succeed.
    #[error("the vault is not available at the moment")]
    Unavailable(#[source] Cause),
    /// Not at all, until somebody looks at it.
    #[error("the vault is broken")]
    Broken(#[source] Cause),
}

/// Why there is no answer from a thread of the journal's.
#[derive(Debug, thiserror::Error)]
#[error("the journal is closed")]
pub(crate) struct Closed;

/// Whether the cause of a failure lies outside the file and can go away by itself.
pub(crate) fn is_passing(error: &rusqlite::Error) -> bool {
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
