//! What ends a command early, and its exit status.

use unhook_app::{AccessError, PeopleError};
use unhook_store::backup::BackupError;
use unhook_store::{OpenError, VaultError};

use crate::config::ConfigError;

/// Exit statuses for errors, as sysexits.h names them; verdicts take 0, 1 and 2.
pub(crate) mod exit {
    /// The command line is wrong.
    pub(crate) const USAGE: u8 = 64;
    /// The input is wrong.
    pub(crate) const DATA: u8 = 65;
    /// The input is not there or must not be read.
    pub(crate) const NO_INPUT: u8 = 66;
    /// We are wrong.
    pub(crate) const SOFTWARE: u8 = 70;
    /// The output cannot be made.
    pub(crate) const CANNOT_CREATE: u8 = 73;
    /// Reading or writing failed on the way.
    pub(crate) const IO: u8 = 74;
    /// Not now; the same may succeed later.
    pub(crate) const LATER: u8 = 75;
}

/// An error that knows its exit status; others are told by [`status_of`].
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    pub(crate) fn new(status: u8, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(exit::USAGE, message)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The exit status for an error.
pub(crate) fn status_of(error: &anyhow::Error) -> u8 {
    use std::io::ErrorKind;
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.status;
    }
    if error.is::<ConfigError>() {
        return exit::DATA;
    }
    if let Some(status) = status_of_kept(error) {
        return status;
    }
    match io_kind(error) {
        Some(ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::PermissionDenied) => {
            exit::NO_INPUT
        }
        Some(ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof) => {
            exit::DATA
        }
        Some(_) => exit::IO,
        None => exit::SOFTWARE,
    }
}

/// The exit status for what is wrong with a data folder.
fn status_of_kept(error: &anyhow::Error) -> Option<u8> {
    let of_open = |error: &OpenError| match error {
        OpenError::InUse { .. } | OpenError::Unavailable(_) => Some(exit::LATER),
        OpenError::Folder { .. } | OpenError::Key(_) => Some(exit::NO_INPUT),
        _ => Some(exit::DATA),
    };
    if let Some(error) = error.downcast_ref::<BackupError>() {
        return match error {
            BackupError::Open(error) => of_open(error),
            BackupError::NoData { .. } => Some(exit::NO_INPUT),
            BackupError::NotEmpty { .. } | BackupError::WouldReplace { .. } => {
                Some(exit::CANNOT_CREATE)
            }
            BackupError::File { .. } => None,
            _ => Some(exit::DATA),
        };
    }
    let is_passing = matches!(error.downcast_ref(), Some(PeopleError::Unavailable(_)))
        || matches!(error.downcast_ref(), Some(VaultError::Unavailable(_)))
        || error.is::<AccessError>();
    error.downcast_ref().map_or(is_passing.then_some(exit::LATER), of_open)
}

/// Whether whoever read our output has had enough: no error.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    io_kind(error) == Some(std::io::ErrorKind::BrokenPipe)
}

fn io_kind(error: &anyhow::Error) -> Option<std::io::ErrorKind> {
    error.chain().find_map(|cause| {
        let json =
            cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        json.or_else(|| cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind))
    })
}
