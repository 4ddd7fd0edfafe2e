//! The thread that writes: what waits becomes one transaction.
//!
//! Making a transaction durable costs a sync of the disk, however much is in it. While one
//! sync runs, more appends come to wait, and the next transaction takes them all: the more
//! there is to do, the cheaper each append. Nobody waits for company.
//!
//! Within a transaction each append is looked at by itself, in the order they came, and one
//! that conflicts takes no other down. Nobody is answered before all is durable.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};
use unhook_app::journal::{AppendError, CommitId, Partition, Position};

use crate::error::append_error;
use crate::schema;

/// The most appends in one transaction. With more, the first ones would wait long for the
/// last, and a sync is spread thin enough.
const MOST_IN_GROUP: usize = 1_024;

/// The bytes from which on a group takes no more: a few hundredths of a second's writing for
/// an ordinary disk.
const LARGE_GROUP: usize = 8 * 1024 * 1024;

/// An append that waits to be written.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) partition: Partition,
    pub(crate) expected_last: Option<Position>,
    pub(crate) id: CommitId,
    /// As `encoding` writes them.
    pub(crate) events: Vec<u8>,
    pub(crate) answer: oneshot::Sender<Answer>,
}

pub(crate) type Answer = Result<Position, AppendError>;

/// Writes what comes until nothing can come any more, then empties the log and closes.
pub(crate) fn run(
    mut connection: Connection,
    mut queue: mpsc::Receiver<Append>,
) -> rusqlite::Result<()> {
    while let Some(first) = queue.blocking_recv() {
        let group = gather(first, &mut queue);
        write(&mut connection, group);
    }
    schema::empty_log(&connection)?;
    connection.close().map_err(|(_, error)| error)
}

/// The first append and all that wait already, within bounds.
fn gather(first: Append, queue: &mut mpsc::Receiver<Append>) -> Vec<Append> {
    let mut bytes = first.events.len();
    let mut group = vec![first];
    while group.len() < MOST_IN_GROUP && bytes < LARGE_GROUP {
        let Ok(next) = queue.try_recv() else { break };
        bytes += next.events.len();
        group.push(next);
    }
    group
}

/// Writes a group and answers everyone in it. Who does not wait any more is passed over.
fn write(connection: &mut Connection, group: Vec<Append>) {
    match append_all(connection, &group) {
        Ok(answers) => {
            for (append, answer) in group.into_iter().zip(answers) {
                let _ = append.answer.send(answer);
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for append in group {
                let _ = append.answer.send(Err(append_error(&error)));
            }
        }
    }
}

/// Appends a group in one transaction, durable when this returns; on failure it is rolled
/// back, and the next group begins anew.
fn append_all(connection: &mut Connection, group: &[Append]) -> rusqlite::Result<Vec<Answer>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answers =
        group.iter().map(|a| append_one(&transaction, a)).collect::<rusqlite::Result<_>>()?;
    transaction.commit()?;
    Ok(answers)
}

/// Appends one commit, or says why not; an error is one of the whole transaction.
fn append_one(transaction: &Transaction<'_>, append: &Append) -> rusqlite::Result<Answer> {
    let partition = partition(transaction, &append.partition)?;
    if let Some(partition) = partition
        && let Some(known) = known(transaction, partition, append)?
    {
        return Ok(known);
    }
    let last = partition.map(|partition| last(transaction, partition)).transpose()?.flatten();
    if last != append.expected_last {
        return Ok(Err(AppendError::Conflict { last }));
    }
    let partition = match partition {
        Some(partition) => partition,
        None => begin_partition(transaction, &append.partition)?,
    };
    insert(transaction, partition, append).map(Ok)
}

/// The number of a partition that has begun.
fn partition(connection: &Connection, name: &Partition) -> rusqlite::Result<Option<i64>> {
    let mut find = connection.prepare_cached("SELECT number FROM partitions WHERE name = ?")?;
    find.query_row([name.as_str()], |row| row.get(0)).optional()
}

fn begin_partition(connection: &Connection, name: &Partition) -> rusqlite::Result<i64> {
    connection.prepare_cached("INSERT INTO partitions (name) VALUES (?)")?.insert([name.as_str()])
}

/// What an append is answered if the partition has a commit of its id.
fn known(
    connection: &Connection,
    partition: i64,
    append: &Append,
) -> rusqlite::Result<Option<Answer>> {
    let sql = "SELECT position, events = ? FROM commits WHERE partition = ? AND id = ?";
    let mut find = connection.prepare_cached(sql)?;
    let parameters = (&append.events, partition, append.id.as_bytes());
    let found = find.query_row(parameters, |row| Ok((position(row.get(0)?), row.get(1)?)));
    Ok(found.optional()?.map(|(position, is_same)| match is_same {
        true => Ok(position),
        false => Err(AppendError::IdReused { position }),
    }))
}

fn last(connection: &Connection, partition: i64) -> rusqlite::Result<Option<Position>> {
    let sql = "SELECT max(position) FROM commits WHERE partition = ?";
    let last: Option<i64> =
        connection.prepare_cached(sql)?.query_row([partition], |row| row.get(0))?;
    Ok(last.map(position))
}

fn insert(connection: &Connection, partition: i64, append: &Append) -> rusqlite::Result<Position> {
    let sql = "INSERT INTO commits (partition, id, events) VALUES (?, ?, ?)";
    let mut insert = connection.prepare_cached(sql)?;
    insert.insert((partition, append.id.as_bytes(), &append.events)).map(position)
}

/// Row numbers begin at one and never are negative.
pub(crate) fn position(row: i64) -> Position {
    Position::from_raw(row.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Waiting = oneshot::Receiver<Answer>;

    fn connection() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let connection = schema::open_to_write(&folder.path().join("journal.db"), &schema::JOURNAL);
        let connection = connection.unwrap();
        (folder, connection)
    }

    fn append(name: &str, number: u8, expected_last: Option<u64>) -> (Append, Waiting) {
        let (answer, answered) = oneshot::channel();
        let append = Append {
            partition: Partition::parse(name).unwrap(),
            expected_last: expected_last.map(Position::from_raw),
            id: CommitId::from_bytes([number; 16]),
            events: vec![number],
            answer,
        };
        (append, answered)
    }

    fn answers(waiting: Vec<Waiting>) -> Vec<String> {
        let answer = |mut one: Waiting| match one.try_recv().unwrap() {
            Ok(position) => position.to_raw().to_string(),
            Err(AppendError::Conflict { last }) => {
                format!("conflict {}", last.map_or(0, Position::to_raw))
            }
            Err(AppendError::Unavailable(_)) => "unavailable".to_owned(),
            Err(other) => panic!("{other:?}"),
        };
        waiting.into_iter().map(answer).collect()
    }

    #[test]
    fn an_append_that_fails_takes_no_other_of_its_group_down() {
        let (_folder, mut connection) = connection();
        let (group, waiting): (Vec<_>, Vec<_>) = [
            append("a", 1, None),
            append("b", 1, Some(7)), // expects what is not there
            append("a", 2, None),    // was overtaken within the group
            append("a", 1, None),    // is made again within the group
            append("a", 3, Some(1)), // builds on the first
            append("b", 2, None),
        ]
        .into_iter()
        .unzip();
        write(&mut connection, group);
        assert_eq!(answers(waiting), ["1", "conflict 0", "conflict 1", "1", "2", "3"]);
    }

    #[test]
    fn a_group_that_fails_leaves_nothing_and_the_next_one_works() {
        let (folder, mut connection) = connection();
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        let other = Connection::open(folder.path().join("journal.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let group = || -> (Vec<_>, Vec<_>) {
            [append("a", 1, None), append("a", 2, Some(1))].into_iter().unzip()
        };
        let (appends, waiting) = group();
        write(&mut connection, appends);
        assert_eq!(answers(waiting), ["unavailable", "unavailable"]);
        other.execute_batch("ROLLBACK").unwrap();
        let (appends, waiting) = group();
        write(&mut connection, appends);
        assert_eq!(answers(waiting), ["1", "2"]);
    }

    #[test]
    fn a_group_takes_what_waits_within_bounds() {
        let (sender, mut queue) = mpsc::channel(2 * MOST_IN_GROUP);
        for _ in 0..MOST_IN_GROUP + 1 {
            sender.try_send(append("a", 1, None).0).unwrap();
        }
        let first = append("a", 1, None).0;
        assert_eq!(gather(first, &mut queue).len(), MOST_IN_GROUP);
        let mut large = append("a", 1, None).0;
        large.events = vec![0; LARGE_GROUP];
        assert_eq!(gather(large, &mut queue).len(), 1);
        let first = append("a", 1, None).0;
        assert_eq!(gather(first, &mut queue).len(), 3);
        assert!(queue.is_empty());
    }
}
