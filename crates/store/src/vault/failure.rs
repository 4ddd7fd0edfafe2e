//! What goes wrong inside the vault, before it is told in the words of a port.

use std::io;

use unhook_app::identity::BookmarkError;
use unhook_app::{AccessError, AccountsError, PeopleError, SafeError};

use crate::error::{KeyError, is_passing};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A plain file beside the database cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// What was sealed or wrapped does not open, or does not read as it was written.
    #[error("{0} does not open with the key that it was sealed with")]
    Damaged(&'static str),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Chance,
}

impl Failure {
    /// Whether the same may succeed later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => is_passing(error),
            Self::File(_) | Self::Key(KeyError::File { .. }) | Self::Chance => true,
            Self::Key(_) | Self::Damaged(_) => false,
        }
    }
}

impl From<ring::error::Unspecified> for Failure {
    fn from(_: ring::error::Unspecified) -> Self {
        Self::Chance
    }
}

impl From<Failure> for PeopleError {
    fn from(failure: Failure) -> Self {
        if failure.is_passing() {
            Self::Unavailable(failure.into())
        } else {
            Self::Broken(failure.into())
        }
    }
}

impl From<Failure> for AccessError {
    fn from(failure: Failure) -> Self {
        Self(failure.into())
    }
}

impl From<Failure> for BookmarkError {
    fn from(failure: Failure) -> Self {
        Self(failure.into())
    }
}

impl From<Failure> for SafeError {
    fn from(failure: Failure) -> Self {
        Self::Unavailable(failure.into())
    }
}

impl From<Failure> for AccountsError {
    fn from(failure: Failure) -> Self {
        Self(failure.into())
    }
}

impl From<Failure> for crate::OpenError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => error.into(),
            Failure::Key(error) => error.into(),
            failure if failure.is_passing() => Self::Unavailable(failure.into()),
            failure => Self::Broken(failure.into()),
        }
    }
}

/// For operations that are no port's: rotation, lists.
impl From<Failure> for crate::VaultError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Key(error) => Self::Key(error),
            failure if failure.is_passing() => Self::Unavailable(failure.into()),
            failure => Self::Broken(failure.into()),
        }
    }
}
