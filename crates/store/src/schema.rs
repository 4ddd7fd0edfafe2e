//! A database file: how it is opened, which version of its schema it has, and how an older
//! one becomes the present one. Shared by every database there is.
//!
//! A change of a schema is one more step in its [`Schema::steps`]; steps that were released
//! never change. A file of a newer version is refused and left alone.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::OpenError;

/// What a database is and how it came to be so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema {
    /// What to call it in an error.
    pub(crate) what: &'static str,
    /// What says whose database it is, where SQLite keeps such a mark.
    pub(crate) application: u32,
    /// What leads from each version to the next, from the empty file on.
    pub(crate) steps: &'static [&'static str],
    /// How long to wait for a lock that another program holds.
    pub(crate) patience: Duration,
    /// Whether one process has the file to itself. Others only wait for each other.
    pub(crate) is_exclusive: bool,
}

/// The journal's database; the mark is "unhk".
///
/// Positions are row numbers, ever greater and shared by all partitions. Commit ids are
/// ordered by time, so that index leads with the id: new entries of all partitions go to the same few
/// pages, and what a transaction costs is pages. The rows of a partition are found by its
/// own index, in which SQLite keeps row numbers in order.
///
/// Its patience is long enough for a look with SQLite's shell, short enough for the sender of
/// a report to be told to come again.
pub(crate) const JOURNAL: Schema = Schema {
    what: "journal",
    application: 0x756e_686b,
    steps: &["
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
"],
    patience: Duration::from_millis(250),
    is_exclusive: true,
};

/// Opens the file for writing, and brings it to the present version.
///
/// What an earlier process wrote to the log and perhaps never synced is made durable here:
/// it looks written, so an append made again would be acknowledged without writing anything.
pub(crate) fn open_to_write(file: &Path, schema: &Schema) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(file, flags, schema)?;
    check(&connection, file, schema)?;
    log_ahead(&connection)?;
    upgrade(&mut connection, schema)?;
    if schema.is_exclusive {
        empty_log(&connection)?;
    } else {
        sync_log(&connection)?;
    }
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
pub(crate) fn open_to_read(file: &Path, schema: &Schema) -> rusqlite::Result<Connection> {
    open(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX, schema)
}

fn open(file: &Path, flags: OpenFlags, schema: &Schema) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(schema.patience)?;
    // What is deleted is written over: free pages tell nothing.
    connection.pragma_update_and_check(None, "secure_delete", "on", |_| Ok(()))?;
    Ok(connection)
}

/// Makes what is in the log durable, and brings as much of it into the database as others let.
fn sync_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
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

/// Whether the file is such a database, or still empty, and not too new. Changes nothing.
fn check(connection: &Connection, file: &Path, schema: &Schema) -> Result<(), OpenError> {
    let application: u32 = connection.pragma_query_value(None, "application_id", |r| r.get(0))?;
    let tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let what = schema.what;
    if application != schema.application && (tables > 0 || application != 0) {
        return Err(OpenError::Foreign { file: file.to_owned(), what });
    }
    let (found, known) = (version(connection)?, known(schema));
    if found > known { Err(OpenError::Newer { what, found, known }) } else { Ok(()) }
}

/// Takes every step that the file has not taken yet, or none.
fn upgrade(connection: &mut Connection, schema: &Schema) -> rusqlite::Result<()> {
    if version(connection)? == known(schema) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Looked at again, since another process may have been faster.
    let found = version(&transaction)?;
    for step in schema.steps.iter().skip(found as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", schema.application)?;
    transaction.pragma_update(None, "user_version", known(schema))?;
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn known(schema: &Schema) -> u32 {
    u32::try_from(schema.steps.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    static STEPS: [&str; 3] =
        ["CREATE TABLE a (b)", "ALTER TABLE a ADD COLUMN c", "ALTER TABLE nowhere ADD COLUMN d"];

    fn first_steps(count: usize) -> Schema {
        Schema { steps: &STEPS[..count], ..JOURNAL }
    }

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
        let connection = open_to_write(&file, &JOURNAL).unwrap();
        let value = |name: &str| -> String {
            let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            connection.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(value("journal_mode"), "wal");
        assert_eq!(value("synchronous"), "2");
        assert_eq!(version(&connection).unwrap(), known(&JOURNAL));
    }

    #[test]
    fn an_older_file_takes_the_steps_it_lacks() {
        let (_folder, file) = database();
        let mut connection = Connection::open(&file).unwrap();
        upgrade(&mut connection, &first_steps(1)).unwrap();
        connection.execute_batch("INSERT INTO a VALUES (1)").unwrap();
        check(&connection, &file, &first_steps(2)).unwrap();
        upgrade(&mut connection, &first_steps(2)).unwrap();
        assert_eq!((columns(&connection), version(&connection).unwrap()), (2, 2));
        upgrade(&mut connection, &first_steps(2)).unwrap();
        let kept: u32 = connection.query_row("SELECT b FROM a", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 1);
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let (_folder, file) = database();
        let mut connection = Connection::open(&file).unwrap();
        upgrade(&mut connection, &first_steps(1)).unwrap();
        assert!(upgrade(&mut connection, &first_steps(3)).is_err());
        assert_eq!((columns(&connection), version(&connection).unwrap()), (1, 1));
    }

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let (_folder, file) = database();
        let connection = open_to_write(&file, &JOURNAL).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let before = std::fs::read(&file).unwrap();
        let error = open_to_write(&file, &JOURNAL).unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 99, known: 1, .. }), "{error:?}");
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
        let error = open_to_write(&file, &JOURNAL).unwrap_err();
        assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
        assert!(std::fs::read(&file).unwrap() == before);
    }

    #[test]
    fn a_file_that_is_no_database_is_broken() {
        let (_folder, file) = database();
        std::fs::write(&file, "no database ".repeat(100)).unwrap();
        let error = open_to_write(&file, &JOURNAL).unwrap_err();
        assert!(matches!(error, OpenError::Broken(_)), "{error:?}");
    }
}
