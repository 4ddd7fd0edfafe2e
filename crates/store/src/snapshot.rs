//! Snapshots beside the journal: what a partition adds up to at a position, as bytes that this
//! crate does not look into.
//!
//! A snapshot is a cache. It says of which commit it is, so that one of another journal, or of
//! one that was there before a backup was put back, is never taken for this one's, however far
//! the journal has come since.

use std::io::{self, Write as _};
use std::num::NonZeroUsize;

use unhook_app::journal::{Journal as _, Partition, Position};

use crate::SqliteJournal;

/// The file in the journal's folder.
pub(crate) const FILE: &str = "engine.snapshot";

/// What the file begins with, and the version of what follows.
const BEGINNING: &[u8; 8] = b"unhksnp\x01";

/// Beginning, position, the id of the commit there.
const HEADER_LENGTH: usize = 8 + 8 + 16;

impl SqliteJournal {
    /// Keeps a snapshot of what a partition adds up to at a position, whole or not at all, in
    /// the place of the one before.
    ///
    /// # Errors
    /// When there is no commit at the position, or the file cannot be written.
    pub async fn keep_snapshot(
        &self,
        partition: &Partition,
        position: Position,
        snapshot: &[u8],
    ) -> io::Result<()> {
        let id = self.commit_at(partition, position).await?;
        let id = id.ok_or_else(|| io::Error::other("there is no commit at that position"))?;
        let fresh = self.folder().file(&format!("{FILE}.new"));
        let mut out = std::fs::File::create(&fresh)?;
        out.write_all(BEGINNING)?;
        out.write_all(&position.to_raw().to_le_bytes())?;
        out.write_all(&id)?;
        out.write_all(snapshot)?;
        out.sync_all()?;
        std::fs::rename(fresh, self.folder().file(FILE))
    }

    /// The snapshot that was kept last, if it is one of this very journal.
    ///
    /// # Errors
    /// When the journal cannot be read. A file that cannot be is as good as none.
    pub async fn snapshot(&self, partition: &Partition) -> io::Result<Option<Vec<u8>>> {
        let Ok(mut bytes) = std::fs::read(self.folder().file(FILE)) else { return Ok(None) };
        let Some((position, id)) = header(&bytes) else { return Ok(None) };
        if self.commit_at(partition, position).await? != Some(id) {
            return Ok(None);
        }
        Ok(Some(bytes.split_off(HEADER_LENGTH)))
    }

    /// The id of the commit at a position. Positions are row numbers here.
    async fn commit_at(
        &self,
        partition: &Partition,
        position: Position,
    ) -> io::Result<Option<[u8; 16]>> {
        let before = position.to_raw().checked_sub(1).map(Position::from_raw);
        let read = self.read(partition, before, NonZeroUsize::MIN).await;
        let commits = read.map_err(io::Error::other)?;
        let found = commits.into_iter().find(|(at, _)| *at == position);
        Ok(found.map(|(_, commit)| *commit.id.as_bytes()))
    }
}

fn header(bytes: &[u8]) -> Option<(Position, [u8; 16])> {
    let rest = bytes.strip_prefix(BEGINNING)?;
    let (position, rest) = rest.split_first_chunk::<8>()?;
    let (id, _) = rest.split_first_chunk::<16>()?;
    Some((Position::from_raw(u64::from_le_bytes(*position)), *id))
}
