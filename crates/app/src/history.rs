//! What a partition holds, page by page, as records.

use std::num::NonZeroUsize;

use crate::desk::DeskError;
use crate::journal::{Commit, Journal, Partition, Position};
use crate::record::Record;
use crate::wire;

/// Commits read at a time.
const AT_A_TIME: NonZeroUsize = NonZeroUsize::new(256).expect("it is not zero");

/// Reads on through a partition. A journal may give a commit again; here each comes once.
#[derive(Debug)]
pub struct History<'j, J> {
    journal: &'j J,
    partition: &'j Partition,
    after: Option<Position>,
}

impl<'j, J: Journal> History<'j, J> {
    /// Begins behind a position, or at the beginning.
    #[must_use]
    pub fn after(journal: &'j J, partition: &'j Partition, after: Option<Position>) -> Self {
        Self { journal, partition, after }
    }

    /// The next commits, in order; none at the end.
    ///
    /// # Errors
    /// When the journal cannot be read or holds what cannot be understood.
    pub async fn next(&mut self) -> Result<Vec<(Position, Vec<Record>)>, DeskError> {
        let read = self.journal.read(self.partition, self.after, AT_A_TIME).await;
        let mut page = Vec::new();
        for (position, commit) in read.map_err(DeskError::NotRead)? {
            if Some(position) > self.after {
                page.push((position, records(position, &commit)?));
                self.after = Some(position);
            }
        }
        Ok(page)
    }
}

/// The records of a commit.
///
/// # Errors
/// When one cannot be understood.
pub fn records(position: Position, commit: &Commit) -> Result<Vec<Record>, DeskError> {
    let decode =
        |event| wire::decode(event).map_err(|cause| DeskError::NotUnderstood { position, cause });
    commit.events.iter().map(decode).collect()
}
