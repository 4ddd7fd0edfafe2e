//! The database file: how it is opened, which version of the schema it has, and how an older
//! one becomes the present one.
//!
//! A change of the schema is one more step in [`STEPS`]; steps that were released never change.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::OpenError;

/// What says that a database is a journal of Unhook's: "unhk", where SQLite keeps such a mark.
const APPLICATION: u32 = 0x756e_686b;

/// What leads from each version of the schema to the next, from the empty file on.
///
/// Positions are row numbers, ever greater and shared by all partitions. Commit ids are
/// ordered by time, so that index leads with the id: new entries of all partitions go to the same few
/// pages, and what a transaction costs is pages. The rows of a partition are found by its
/// own index, in which SQLite keeps row numbers in order.
const STEPS: &[&str] = &["
    CREATE TABLE partitions (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE commits (
        position INTEGER PRIMARY KEY,
        partition INTEGER NOT NULL,
        id BLOB NOT NULL,
        events BLOB NOT NULL
    ) STRICT;
    CREATE INDEX commits_of_partition ON commits (partition);
    CREATE UNIQUE INDEX commits_by_id ON commits (id, partition);
"];

/// How long to wait for a lock that another program holds: long enough for a look with
/// SQLite's shell, short enough for the sender of a report to be told to come again.
const PATIENCE: Duration = Duration::from_millis(250);

/// Opens the file for writing, and brings it to the present version.
///
/// What an earlier process wrote to the log and perhaps never synced is made durable here:
/// it looks written, so an append made again would be acknowledged without writing anything.
pub(crate) fn open_to_write(file: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(file, flags)?;
    check(&connection, file, STEPS)?;
    log_ahead(&connection)?;
    upgrade(&mut connection, STEPS)?;
    empty_log(&connection)?;
    Ok(connection)
}

/// From here on, what is written goes to a log that is synced at the end of each transaction.
///
/// The change itself still goes by SQLite's older way, a file that undoes what is half done.
/// That it is gone must be durable too (`extra`), or it comes back after a power cut and undoes all.
fn log_ahead(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "synchronous", "extra")?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")
}

/// Opens a file that [`open_to_write`] has opened before, for reading.
pub(crate) fn open_to_read(file: &Path) -> rusqlite::Result<Connection> {
    open(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn open(file: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Brings everything from the log into the database, both durable.
pub(crate) fn empty_log(connection: &Connection) -> rusqlite::Result<()> {
    let is_busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if !is_busy {
        return Ok(());
    }
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    let who = "another program is reading the database".to_owned();
    Err(rusqlite::Error::SqliteFailure(busy, Some(who)))
}

/// Whether the file is a journal, or still empty, and not too new. Changes nothing.
fn check(connection: &Connection, file: &Path, steps: &[&str]) -> Result<(), OpenError> {
    let application: u32 = connection.pragma_query_value(None, "application_id", |r| r.get(0))?;
    let tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION && (tables > 0 || application != 0) {
        return Err(OpenError::Foreign { file: file.to_owned() });
    }
    let (found, known) = (version(connection)?, known(steps));
    if found > known { Err(OpenError::Newer { found, known }) } else { Ok(()) }
}

/// Takes every step that the file has not taken yet, or none.
fn upgrade(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let found = version(connection)?;
    if found == known(steps) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in steps.iter().skip(found as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", known(steps))?;
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn known(steps: &[&str]) -> u32 {
    u32::try_from(steps.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_STEPS: [&str; 2] = ["CREATE TABLE a (b)", "ALTER TABLE a ADD COLUMN c"];

    fn database() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.db");
        (folder, file)
    }

    fn columns(connection: &Connection) -> u32 {
        let sql = "SELECT count(*) FROM pragma_table_info('a')";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn what_was_opened_is_as_durable_as_it_says() {
        let (_folder, file) = database();
        let connection = open_to_write(&file).unwrap();
        let value = |name: &str| -> String {
            let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            connection.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(value("journal_mode"), "wal");
        assert_eq!(value("synchronous"), "2");
        assert_eq!(version(&connection).unwrap(), known(STEPS));
    }

    #[test]
    fn an_older_file_takes_the_steps_it_lacks() {
        let (_folder, file) = database();
        let mut connection = Connection::open(&file).unwrap();
        upgrade(&mut connection, &TWO_STEPS[..1]).unwrap();
        connection.execute_batch("INSERT INTO a VALUES (1)").unwrap();
        check(&connection, &file, &TWO_STEPS).unwrap();
        upgrade(&mut connection, &TWO_STEPS).unwrap();
        assert_eq!((columns(&connection), version(&connection).unwrap()), (2, 2));
        upgrade(&mut connection, &TWO_STEPS).unwrap();
        let kept: u32 = connection.query_row("SELECT b FROM a", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 1);
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let (_folder, file) = database();
        let mut connection = Connection::open(&file).unwrap();
        upgrade(&mut connection, &TWO_STEPS[..1]).unwrap();
        let steps = [TWO_STEPS[0], TWO_STEPS[1], "ALTER TABLE nowhere ADD COLUMN d"];
        assert!(upgrade(&mut connection, &steps).is_err());
        assert_eq!((columns(&connection), version(&connection).unwrap()), (1, 1));
    }

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let (_folder, file) = database();
        let connection = open_to_write(&file).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let before = std::fs::read(&file).unwrap();
        let error = open_to_write(&file).unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 99, known: 1 }), "{error:?}");
        assert!(error.to_string().contains("newer version of Unhook"), "{error}");
        assert!(std::fs::read(&file).unwrap() == before);
    }

    #[test]
    fn a_foreign_database_is_refused_and_left_alone() {
        let (_folder, file) = database();
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch("CREATE TABLE somebodys (own)").unwrap();
        drop(connection);
        let before = std::fs::read(&file).unwrap();
        let error = open_to_write(&file).unwrap_err();
        assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
        assert!(std::fs::read(&file).unwrap() == before);
    }

    #[test]
    fn a_file_that_is_no_database_is_broken() {
        let (_folder, file) = database();
        std::fs::write(&file, "no database ".repeat(100)).unwrap();
        let error = open_to_write(&file).unwrap_err();
        assert!(matches!(error, OpenError::Broken(_)), "{error:?}");
    }
}
