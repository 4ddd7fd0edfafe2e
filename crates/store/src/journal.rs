//! The journal on SQLite: the port on one side, the threads that write and read on the other.
//!
//! The file is in WAL mode with `synchronous=FULL`: a transaction is appended to a log, and
//! the log is synced before anyone is answered. What is not yet in the database file is
//! brought there from the log now and then, when the journal closes and when it opens.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};
use unhook_app::journal::{
    AppendError, Commit, Journal, LARGEST_COMMIT, Partition, Position, ReadError,
};

use crate::error::Closed;
use crate::folder::Folder;
use crate::reader::{self, Page, Question};
use crate::writer::{self, Append};
use crate::{CloseError, OpenError, encoding, schema, vault};

/// The journal's file in its folder. SQLite keeps the log beside it.
pub(crate) const FILE: &str = "journal.db";

/// Appends that wait for the writer; whoever comes when as many wait, waits to wait. Twice
/// what fits in one transaction, so that the next one is always ready.
const WAITING_APPENDS: usize = 2_048;

/// Questions that wait for a reader: far more than there are who ask.
const WAITING_QUESTIONS: usize = 256;

/// Threads that read: one that replays a long past does not hold up the next.
const READERS: usize = 2;

/// A journal in an SQLite file, in a folder that this process has to itself.
///
/// Appends that wait at the same time are made durable together. One partition's appends each
/// wait for the one before, since each names the position before it; many partitions, or
/// much in one commit, are what makes a journal fast.
///
/// Dropping the journal closes it, as [`SqliteJournal::close`] does.
///
/// ```
/// use unhook_app::journal::{Commit, CommitId, EncodedEvent, EventKind, Journal, Partition};
/// use unhook_store::SqliteJournal;
///
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path();
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let journal = SqliteJournal::open(folder)?;
/// let partition = Partition::parse("acme")?;
/// let commit = Commit {
///     id: CommitId::from_bytes(*b"\x01\x93\x6b\x1e\x5a\x00\x7a\x00\x80\0\0\0\0\0\0\x01"),
///     events: vec![EncodedEvent {
///         kind: EventKind::parse("received")?,
///         version: 1,
///         payload: b"{}".to_vec(),
///     }],
/// };
/// let position = journal.append(&partition, None, &commit).await?;
/// assert_eq!(journal.last(&partition).await?, Some(position));
/// journal.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteJournal {
    /// `None` once closed, as the threads are.
    queues: Option<Queues>,
    readers: Vec<JoinHandle<()>>,
    writer: Option<JoinHandle<rusqlite::Result<()>>>,
    /// The last to go, when no thread uses the folder any more.
    folder: Folder,
}

#[derive(Debug)]
struct Queues {
    appends: mpsc::Sender<Append>,
    questions: mpsc::Sender<Question>,
}

impl SqliteJournal {
    /// Opens the journal in a folder, and makes both if they are not there. What an older
    /// version wrote is brought to the present format. Blocks while it reads the log that an
    /// unclean end left.
    ///
    /// # Errors
    /// Says why it cannot be opened; see [`OpenError`].
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { folder: folder.to_owned(), source };
        if folder.join(vault::RESTORING).exists() {
            return Err(OpenError::HalfRestored { folder: folder.to_owned() });
        }
        let folder = Folder::take(folder)?;
        let file = folder.file(FILE);
        let connection = schema::open_to_write(&file, &schema::JOURNAL)?;
        folder.sync()?;
        let (appends, waiting_appends) = mpsc::channel(WAITING_APPENDS);
        let (questions, waiting_questions) = mpsc::channel(WAITING_QUESTIONS);
        let waiting_questions = Arc::new(Mutex::new(waiting_questions));
        // Made first, so that what is begun below also ends when beginning fails half-way.
        let mut journal = Self {
            queues: Some(Queues { appends, questions }),
            readers: Vec::new(),
            writer: None,
            folder,
        };
        journal.writer = Some(
            begin("journal-writer", || writer::run(connection, waiting_appends)).map_err(failed)?,
        );
        for _ in 0..READERS {
            let connection = schema::open_to_read(&file, &schema::JOURNAL)?;
            let queue = Arc::clone(&waiting_questions);
            let reader = begin("journal-reader", move || reader::run(&connection, &queue));
            journal.readers.push(reader.map_err(failed)?);
        }
        Ok(journal)
    }

    /// Writes what waits, brings everything from the log into the database, and lets go of the
    /// folder. Blocks until that is done.
    ///
    /// # Errors
    /// Says what did not go well; see [`CloseError`]. The journal is closed all the same.
    pub fn close(mut self) -> Result<(), CloseError> {
        self.stop()
    }

    /// The writer stops last, since only the last connection can empty the log.
    fn stop(&mut self) -> Result<(), CloseError> {
        self.queues = None;
        let readers: Vec<_> = self.readers.drain(..).map(JoinHandle::join).collect();
        if let Some(writer) = self.writer.take() {
            let result = writer.join().map_err(|_| CloseError::Thread)?;
            result.map_err(|error| CloseError::Log(error.into()))?;
        }
        if readers.iter().any(Result::is_err) { Err(CloseError::Thread) } else { Ok(()) }
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    async fn ask<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<Result<T, ReadError>>) -> Question,
    ) -> Result<T, ReadError> {
        let closed = || ReadError::Broken(Closed.into());
        let (answer, answered) = oneshot::channel();
        let queues = self.queues.as_ref().ok_or_else(closed)?;
        queues.questions.send(question(answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        // There is nobody to tell; `close` is there for those who want to know.
        let _ = self.stop();
    }
}

impl Journal for SqliteJournal {
    async fn append(
        &self,
        partition: &Partition,
        expected_last: Option<Position>,
        commit: &Commit,
    ) -> Result<Position, AppendError> {
        let size = commit.size();
        if size > LARGEST_COMMIT {
            return Err(AppendError::TooLarge { size });
        }
        let closed = || AppendError::Broken(Closed.into());
        let (answer, answered) = oneshot::channel();
        let append = Append {
            partition: partition.clone(),
            expected_last,
            id: commit.id,
            events: encoding::encode(&commit.events),
            answer,
        };
        let queues = self.queues.as_ref().ok_or_else(closed)?;
        queues.appends.send(append).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    async fn read(
        &self,
        partition: &Partition,
        after: Option<Position>,
        limit: NonZeroUsize,
    ) -> Result<Page, ReadError> {
        let partition = partition.clone();
        self.ask(|answer| Question::Page { partition, after, limit, answer }).await
    }

    async fn last(&self, partition: &Partition) -> Result<Option<Position>, ReadError> {
        let partition = partition.clone();
        self.ask(|answer| Question::Last { partition, answer }).await
    }
}

fn begin<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.to_owned()).spawn(run)
}
