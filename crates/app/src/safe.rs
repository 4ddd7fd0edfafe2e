//! The safe: the few records that outlive the process and are no events of the journal, sealed.
//!
//! Each record is kept whole, in the place of the one before, under a key of its own that the master key guards. In
//! some stands what somebody did whom nobody can name any more ([`Item::LookBack`]): whoever is erased may be
//! in it, so the erasure of anybody destroys the key of the whole record. In the others, what is somebody's is sealed once
//! more, under that person's key, and goes with it.
//!
//! A record that does not open is never taken for none: whoever asks is told, and says so.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;

use std::path::PathBuf;

use crate::journal::Cause;

/// The largest record, in bytes: streams of shared signals of which every one is full.
pub const LARGEST_RECORD: usize = 256 << 20;

/// What is kept. The names are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Streams of shared signals, and what waits in them.
    SignalStreams,
    /// What was looked up and nothing explains yet.
    LookBack,
    /// Names that are held, and were.
    Holds,
}

impl Item {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::SignalStreams, Self::LookBack, Self::Holds];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignalStreams => "signal-streams",
            Self::LookBack => "look-back",
            Self::Holds => "holds",
        }
    }

    /// Whether it stays when somebody is erased: what is theirs in it is sealed under their own key then.
    #[must_use]
    pub const fn outlives_erasures(self) -> bool {
        match self {
            // Names are nobody's.
            Self::SignalStreams | Self::Holds => true,
            Self::LookBack => false,
        }
    }
}

/// Why a record is not read or not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SafeError {
    /// Somebody was erased since it was loaded, and may be in it. What the caller holds must begin anew:
    /// it is loaded again, which gives nothing, and then kept.
    #[error("somebody was erased since, and may be in it")]
    Erased,
    /// It is larger than [`LARGEST_RECORD`].
    #[error("a record of {size} bytes is too large; the largest has {LARGEST_RECORD}")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// What is there is not what was kept.
    #[error(
        "{} does not open with its key: it is damaged, or of another vault. Put back the file that was there, or move \
         it away to begin anew without what it holds",
        .file.display()
    )]
    Damaged {
        /// Where it lies.
        file: PathBuf,
    },
    /// It cannot be read or written now.
    #[error("what is kept sealed is not available")]
    Unavailable(#[source] Cause),
}

/// Where such records are kept.
pub trait Safe: Send + Sync {
    /// What was kept last; `None` when nothing was, or somebody was erased since who may be in it.
    ///
    /// # Errors
    /// Says why it cannot be read; what is there is left as it is.
    fn load(&self, item: Item) -> Result<Option<Vec<u8>>, SafeError>;

    /// Keeps a record in the place of the one before, whole or not at all. Durable when this returns. It must have been
    /// loaded before, so that an erasure in between is noticed.
    ///
    /// # Errors
    /// Says why not; what was kept before is as it was.
    fn keep(&self, item: Item, content: &[u8]) -> Result<(), SafeError>;
}
