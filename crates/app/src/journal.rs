//! The journal: what was decided, once and for ever, in order. It is the truth; all else can
//! be made again from it.
//!
//! A journal has [`Partition`]s. To a partition [`Commit`]s are appended: the events of one
//! decision, all or none. Whoever decides says which position the decision was based on, and
//! if somebody else was faster, the append fails with [`AppendError::Conflict`]: read on,
//! decide again. An append that succeeds is durable: it outlives the process and the power.
//!
//! What the journal deliberately does not do: look inside events. They are bytes of versioned
//! wire types, known by kind and version; what they mean is the business of whoever wrote them.
//! Nor does it know a clock or make ids: a commit's id comes with it.
//!
//! Start reading at [`Journal`]. With the feature `fakes` there are also `fake`, a journal in
//! memory that does on purpose whatever a journal may do, and `contract`, what any journal
//! must do.

mod commit;
#[cfg(any(test, feature = "fakes"))]
pub mod contract;
mod error;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;
mod name;

use std::num::NonZeroUsize;

pub use commit::{Commit, CommitId, EncodedEvent, LARGEST_COMMIT};
pub use error::{AppendError, Cause, ReadError};
pub use name::{EventKind, LONGEST_NAME, NameError, Partition};

/// A place in a partition.
///
/// Later commits have greater positions, and that is all there is to know: positions may
/// have gaps, need not begin anywhere, and those of two partitions have nothing to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

impl Position {
    /// The position a journal, or a cursor made by [`Position::to_raw`], means by this number.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// A number to keep or pass on, and to do no arithmetic with.
    #[must_use]
    pub const fn to_raw(self) -> u64 {
        self.0
    }
}

/// Where commits are kept, in order, for ever.
///
/// Use cases are generic over this trait, and the one place that wires the program names the
/// journal it uses. So the methods can return plain futures: no allocation per append, and
/// the `Send` that a runtime with several threads needs is promised here once, where plain
/// `async fn` would leave it to each journal. The price is that there is no `dyn Journal`,
/// which nothing needs.
pub trait Journal: Send + Sync {
    /// Appends a commit to the end of a partition, and returns its position once it is
    /// durable. A partition begins to exist with its first commit.
    ///
    /// `expected_last` is the position the decision was based on, as [`Journal::last`] gives
    /// it: `None` is a partition without commits.
    ///
    /// A commit whose id the partition has already is not appended again: its position is
    /// returned, whatever was expected. So an append whose outcome is not known can simply be
    /// made again.
    ///
    /// A future that is dropped before it is done may or may not have appended.
    ///
    /// # Errors
    /// Says why the commit was not appended; [`AppendError`] has what to do about each. After
    /// [`AppendError::Unavailable`] and [`AppendError::Broken`] it may have been, all the same.
    fn append(
        &self,
        partition: &Partition,
        expected_last: Option<Position>,
        commit: &Commit,
    ) -> impl Future<Output = Result<Position, AppendError>> + Send;

    /// Reads commits of a partition after a position, at most `limit`.
    ///
    /// Reading is *at least once*: an entry may come again, in the same answer or a later
    /// one, also one at or before `after`, always with the same position. State drops duplicates by
    /// [`CommitId`]. Duplicates apart, entries come in order and without holes, and if there is
    /// anything after `after`, the answer has some of it: whoever reads on from the greatest
    /// position seen until the answer is empty has read everything. An answer may be shorter
    /// than the limit before that. Only what is durable is read.
    ///
    /// # Errors
    /// Says why nothing can be read; see [`ReadError`].
    fn read(
        &self,
        partition: &Partition,
        after: Option<Position>,
        limit: NonZeroUsize,
    ) -> impl Future<Output = Result<Vec<(Position, Commit)>, ReadError>> + Send;

    /// The position of a partition's last commit, `None` if it has none.
    ///
    /// # Errors
    /// Says why it cannot be found out; see [`ReadError`].
    fn last(
        &self,
        partition: &Partition,
    ) -> impl Future<Output = Result<Option<Position>, ReadError>> + Send;
}

/// A journal can be lent, and shared.
macro_rules! lend {
    ($($lent:ty),*) => { $(
        impl<J: Journal> Journal for $lent {
            fn append(
                &self,
                partition: &Partition,
                expected_last: Option<Position>,
                commit: &Commit,
            ) -> impl Future<Output = Result<Position, AppendError>> + Send {
                (**self).append(partition, expected_last, commit)
            }

            fn read(
                &self,
                partition: &Partition,
                after: Option<Position>,
                limit: NonZeroUsize,
            ) -> impl Future<Output = Result<Vec<(Position, Commit)>, ReadError>> + Send {
                (**self).read(partition, after, limit)
            }

            fn last(
                &self,
                partition: &Partition,
            ) -> impl Future<Output = Result<Option<Position>, ReadError>> + Send {
                (**self).last(partition)
            }
        }
    )* };
}

lend!(&J, std::sync::Arc<J>);
