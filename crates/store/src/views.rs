//! The views on SQLite.
//!
//! They are made of the journal and can be made again from it, so the file needs neither
//! migration nor backup: one that another release made, or that is damaged, is thrown away,
//! and a power cut may take the newest of it. One thread writes; readers have connections of
//! their own and never wait for it.

mod project;
mod read;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use unhook_app::journal::Position;
use unhook_app::people::Mark;
use unhook_app::record::Record;
use unhook_app::telling::OutgoingId;
use unhook_app::views::{
    Attention, CalledRow, NameRow, OutgoingRow, Passed, ReportFilter, ReportRow, StatementRow,
    ViewError, Views,
};
use unhook_engine::{notification, response};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp};

/// The file in its folder.
pub(crate) const FILE: &str = "views.db";

/// The form of the tables. Another number means: make them anew.
const FORM: u32 = 4;

/// Connections for readers: more than there are cores to answer with.
const READERS: usize = 4;

/// How long a reader waits when the file is being made anew.
const PATIENCE: Duration = Duration::from_secs(2);

/// Prepared statements kept by each connection: all there are.
const STATEMENTS: usize = 64;

const TABLES: &str = "
    CREATE TABLE progress (position INTEGER) STRICT;
    INSERT INTO progress VALUES (NULL);
    CREATE TABLE reports (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        way TEXT NOT NULL,
        channel TEXT NOT NULL,
        owner BLOB NOT NULL,
        reporter BLOB,
        language TEXT NOT NULL,
        verdict INTEGER NOT NULL,
        score INTEGER NOT NULL,
        kind TEXT,
        signals TEXT NOT NULL,
        judge TEXT NOT NULL,
        told INTEGER NOT NULL,
        told_ruled INTEGER NOT NULL,
        told_at INTEGER NOT NULL,
        took INTEGER,
        content BLOB NOT NULL
    ) STRICT;
    CREATE INDEX reports_by_time ON reports (at, id, way, verdict, took);
    CREATE INDEX reports_of_owner ON reports (owner);
    CREATE TABLE keys (key TEXT PRIMARY KEY, report BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE named (
        domain TEXT NOT NULL,
        report BLOB NOT NULL,
        PRIMARY KEY (domain, report)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX named_by ON named (report);
    CREATE TABLE outgoing (
        id BLOB PRIMARY KEY,
        what BLOB NOT NULL,
        is_text INTEGER NOT NULL,
        campaign BLOB,
        alert TEXT,
        at INTEGER NOT NULL,
        state TEXT NOT NULL,
        attempting INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        last_at INTEGER,
        note TEXT NOT NULL DEFAULT ''
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX outgoing_waiting ON outgoing (id) WHERE state = 'waiting';
    CREATE INDEX outgoing_texts ON outgoing (last_at) WHERE is_text = 1;
    CREATE INDEX outgoing_calls ON outgoing (at) WHERE campaign IS NOT NULL AND alert IS NOT NULL;
    CREATE TABLE statements (
        number INTEGER PRIMARY KEY,
        person BLOB NOT NULL,
        report BLOB,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE attention (
        matter TEXT PRIMARY KEY,
        since INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        count INTEGER NOT NULL,
        report BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rulings (
        name TEXT PRIMARY KEY,
        ruling TEXT NOT NULL,
        at INTEGER NOT NULL,
        by BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE stopped (person BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE acknowledged (
        campaign BLOB PRIMARY KEY,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE responses (
        number INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        payload BLOB NOT NULL
    ) STRICT;
    CREATE TABLE notifications (
        number INTEGER PRIMARY KEY,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        payload BLOB NOT NULL
    ) STRICT;
    CREATE TABLE listed (
        list TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (list, name)
    ) STRICT, WITHOUT ROWID;
";

/// The views in an SQLite file.
#[derive(Debug)]
pub struct SqliteViews {
    writer: Mutex<Connection>,
    readers: Vec<Mutex<Connection>>,
}

impl SqliteViews {
    /// Opens the views in a folder, made anew where they cannot be used as they are. Whoever
    /// opens them has the folder to itself, as the journal sees to.
    ///
    /// # Errors
    /// When the file can be neither used nor made.
    pub fn open(folder: &Path) -> Result<Self, ViewError> {
        let file = folder.join(FILE);
        let writer = match open_to_write(&file) {
            Ok(Some(writer)) => writer,
            Ok(None) | Err(_) => {
                remove(&file).map_err(failed)?;
                let made = open_to_write(&file).map_err(failed)?;
                made.ok_or_else(|| ViewError("the new file is not as it was made".into()))?
            }
        };
        let readers = (0..READERS).map(|_| open_to_read(&file).map(Mutex::new));
        let readers = readers.collect::<Result<_, _>>().map_err(failed)?;
        Ok(Self { writer: Mutex::new(writer), readers })
    }

    /// Opens views that are there for a look beside the service that keeps them; `None` when
    /// there are none, or none of this form. Nothing can be written through these.
    ///
    /// # Errors
    /// When they are there and cannot be opened.
    pub fn look(folder: &Path) -> Result<Option<Self>, ViewError> {
        let file = folder.join(FILE);
        if !file.exists() {
            return Ok(None);
        }
        let connection = open_to_read(&file).map_err(failed)?;
        let form: u32 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(failed)?;
        let reader = open_to_read(&file).map_err(failed)?;
        let views = Self { writer: Mutex::new(connection), readers: vec![Mutex::new(reader)] };
        Ok((form == FORM).then_some(views))
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that nobody reads with at the moment, or the first that becomes free.
    fn reader(&self) -> MutexGuard<'_, Connection> {
        let free = self.readers.iter().find_map(|reader| reader.try_lock().ok());
        free.unwrap_or_else(|| self.readers[0].lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ViewError> {
        read(&self.reader()).map_err(failed)
    }
}

/// `None` for a file that must be made anew.
fn open_to_write(file: &Path) -> rusqlite::Result<Option<Connection>> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    let form: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        make(&connection)?;
        return Ok(Some(connection));
    }
    Ok((form == FORM).then_some(connection))
}

fn make(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {FORM}; COMMIT;"))
}

fn open_to_read(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Removes the file and what SQLite keeps beside it.
fn remove(file: &Path) -> std::io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> ViewError {
    ViewError(Box::new(error))
}

impl Views for SqliteViews {
    fn position(&self) -> Result<Option<Position>, ViewError> {
        self.read(read::position)
    }

    fn project(&self, commits: &[(Position, Vec<Record>)]) -> Result<(), ViewError> {
        let mut writer = self.writer();
        let transaction = writer.transaction().map_err(failed)?;
        project::commits(&transaction, commits).map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    fn clear(&self) -> Result<(), ViewError> {
        let writer = self.writer();
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        let drop_all = || -> rusqlite::Result<()> {
            let mut statement = writer.prepare(names)?;
            let names: Vec<String> =
                statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let drops: String = names.iter().map(|name| format!("DROP TABLE {name};")).collect();
            writer.execute_batch(&format!("BEGIN; {drops} {TABLES} COMMIT;"))
        };
        drop_all().map_err(failed)
    }

    fn report(&self, id: ReportId) -> Result<Option<ReportRow>, ViewError> {
        self.read(|connection| read::report(connection, id))
    }

    fn report_of_key(&self, key: &Mark) -> Result<Option<ReportId>, ViewError> {
        self.read(|connection| read::report_of_key(connection, key))
    }

    fn reports(&self, filter: &ReportFilter) -> Result<Vec<ReportRow>, ViewError> {
        self.read(|connection| read::reports(connection, filter))
    }

    fn passed(&self, since: Timestamp, limit: usize) -> Result<Vec<Passed>, ViewError> {
        self.read(|connection| read::passed(connection, since, limit))
    }

    fn reports_of(&self, owner: PersonId) -> Result<Vec<ReportRow>, ViewError> {
        self.read(|connection| read::reports_of(connection, owner))
    }

    fn domains_of(&self, reports: &[ReportId]) -> Result<Vec<String>, ViewError> {
        self.read(|connection| read::domains_of(connection, reports))
    }

    fn reports_naming(&self, domain: &str, limit: usize) -> Result<Vec<ReportId>, ViewError> {
        self.read(|connection| read::reports_naming(connection, domain, limit))
    }

    fn called(&self, since: Timestamp) -> Result<Vec<CalledRow>, ViewError> {
        self.read(|connection| read::called(connection, since))
    }

    fn waiting(
        &self,
        after: Option<OutgoingId>,
        limit: usize,
    ) -> Result<Vec<OutgoingRow>, ViewError> {
        self.read(|connection| read::waiting(connection, after, limit))
    }

    fn outgoing(&self, id: OutgoingId) -> Result<Option<OutgoingRow>, ViewError> {
        self.read(|connection| read::outgoing(connection, id))
    }

    fn deliveries(
        &self,
        before: Option<OutgoingId>,
        limit: usize,
    ) -> Result<Vec<OutgoingRow>, ViewError> {
        self.read(|connection| read::deliveries(connection, before, limit))
    }

    fn texts_since(&self, since: Timestamp) -> Result<u64, ViewError> {
        self.read(|connection| read::texts_since(connection, since))
    }

    fn attention(&self) -> Result<Vec<Attention>, ViewError> {
        self.read(read::attention)
    }

    fn statements(&self, limit: usize) -> Result<Vec<StatementRow>, ViewError> {
        self.read(|connection| read::statements(connection, limit))
    }

    fn names(&self) -> Result<Vec<NameRow>, ViewError> {
        self.read(read::names)
    }

    fn responses(&self) -> Result<Vec<response::Event>, ViewError> {
        self.read(read::responses)
    }

    fn notifications(&self) -> Result<Vec<(Position, notification::Event)>, ViewError> {
        self.read(read::notifications)
    }

    fn listed(&self, list: &str, each: &mut dyn FnMut(Hostname)) -> Result<(), ViewError> {
        self.read(|connection| read::listed(connection, list, each))
    }

    fn is_stopped(&self, person: PersonId) -> Result<bool, ViewError> {
        self.read(|connection| read::is_stopped(connection, person))
    }

    fn acknowledged(&self, campaign: CampaignId) -> Result<Option<Timestamp>, ViewError> {
        self.read(|connection| read::acknowledged(connection, campaign))
    }
}
