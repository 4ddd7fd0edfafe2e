//! The threads that read, each by its own connection: SQLite's log lets them read while the
//! writer writes, and what they see is durable.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Row};
use tokio::sync::{mpsc, oneshot};
use unhook_app::journal::{Commit, CommitId, Partition, Position, ReadError};

use crate::encoding;
use crate::error::read_error;
use crate::writer::position;

/// The bytes from which on a page takes no more commits, whatever the limit: sixteen of the
/// largest commits, so that a reader with a generous limit needs no generous memory.
const LARGE_PAGE: usize = 8 * 1024 * 1024;

/// The queue that all readers share.
pub(crate) type Queue = Arc<Mutex<mpsc::Receiver<Question>>>;

pub(crate) type Page = Vec<(Position, Commit)>;

/// What can be asked of a reader.
#[derive(Debug)]
pub(crate) enum Question {
    Page {
        partition: Partition,
        after: Option<Position>,
        limit: NonZeroUsize,
        answer: oneshot::Sender<Result<Page, ReadError>>,
    },
    Last {
        partition: Partition,
        answer: oneshot::Sender<Result<Option<Position>, ReadError>>,
    },
}

/// Answers questions until none can come any more.
pub(crate) fn run(connection: &Connection, queue: &Queue) {
    while let Some(question) = next(queue) {
        // Who does not wait any more is passed over.
        match question {
            Question::Page { partition, after, limit, answer } => {
                let _ = answer.send(page(connection, &partition, after, limit));
            }
            Question::Last { partition, answer } => {
                let _ = answer.send(last(connection, &partition).map_err(read_error));
            }
        }
    }
}

/// The next question. One idle reader waits for it, the others wait for that one.
fn next(queue: &Queue) -> Option<Question> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
}

fn page(
    connection: &Connection,
    partition: &Partition,
    after: Option<Position>,
    limit: NonZeroUsize,
) -> Result<Page, ReadError> {
    let sql = "SELECT position, id, events FROM commits \
               WHERE partition = (SELECT number FROM partitions WHERE name = ?) \
               AND position > ? ORDER BY position LIMIT ?";
    let mut find = connection.prepare_cached(sql).map_err(read_error)?;
    let limit = i64::try_from(limit.get()).unwrap_or(i64::MAX);
    let after = after.map_or(0, row_number);
    let mut rows = find.query((partition.as_str(), after, limit)).map_err(read_error)?;
    let (mut page, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next().map_err(read_error)? {
        let (entry, size) = entry(row)?;
        page.push(entry);
        bytes += size;
        if bytes >= LARGE_PAGE {
            break;
        }
    }
    Ok(page)
}

/// A commit and how many bytes its events have.
fn entry(row: &Row<'_>) -> Result<((Position, Commit), usize), ReadError> {
    let bytes = row.get_ref(2).map_err(read_error)?.as_blob();
    let bytes = bytes.map_err(|error| ReadError::Broken(error.into()))?;
    let events = encoding::decode(bytes).map_err(|error| ReadError::Broken(error.into()))?;
    let position = position(row.get(0).map_err(read_error)?);
    let id = CommitId::from_bytes(row.get(1).map_err(read_error)?);
    Ok(((position, Commit { id, events }), bytes.len()))
}

fn last(connection: &Connection, partition: &Partition) -> rusqlite::Result<Option<Position>> {
    let sql = "SELECT max(position) FROM commits \
               WHERE partition = (SELECT number FROM partitions WHERE name = ?)";
    let mut find = connection.prepare_cached(sql)?;
    let last: Option<i64> = find.query_row([partition.as_str()], |row| row.get(0))?;
    Ok(last.map(position))
}

/// The row at a position. There are none beyond the last number SQLite has.
fn row_number(position: Position) -> i64 {
    i64::try_from(position.to_raw()).unwrap_or(i64::MAX)
}
