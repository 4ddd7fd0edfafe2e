//! The data folder: the journal, the vault, the views and a snapshot of the engine, opened
//! together.
//!
//! The journal and the vault are the truth; views and snapshot are made of the journal, and
//! are thrown away where they do not fit it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tempfile::TempDir;
use unhook_app::journal::{Partition, Position};
use unhook_app::{Surroundings, desk};
use unhook_engine::Engine;
use unhook_store::{FileBlobs, SqliteJournal, SqliteVault, SqliteViews, SystemSurroundings};

use crate::data_folder::DataFolder;

/// The one partition that an organization has.
const PARTITION: &str = "organization";

/// From how many commits on a snapshot is kept that spares the next start folding them: some
/// tenths of a second's work.
const LONG_WAY: usize = 500;

/// What lies in a data folder.
pub(crate) struct House {
    pub(crate) journal: SqliteJournal,
    pub(crate) vault: Arc<SqliteVault>,
    pub(crate) views: Arc<SqliteViews>,
    pub(crate) blobs: Arc<FileBlobs>,
    pub(crate) surroundings: Arc<dyn Surroundings>,
    /// The engine as of a snapshot, or new.
    pub(crate) engine: Engine,
}

impl House {
    /// Opens a folder for this process alone, and makes it if it is not there.
    pub(crate) async fn open(data: &DataFolder) -> anyhow::Result<Self> {
        let folder = &data.data;
        let cannot = || format!("cannot open {}", folder.display());
        // The journal first: with it, the folder is ours.
        let journal = SqliteJournal::open(folder).with_context(cannot)?;
        let vault = Arc::new(data.open_or_make().with_context(cannot)?);
        let views = Arc::new(SqliteViews::open(folder).with_context(cannot)?);
        let blobs = Arc::new(FileBlobs::open(folder, vault.clone()).with_context(cannot)?);
        let engine = engine(&journal).await.with_context(cannot)?;
        let surroundings = Arc::new(SystemSurroundings::new());
        Ok(Self { journal, vault, views, blobs, surroundings, engine })
    }

    /// Opens a folder to look back over it. A backup stays as it is: what is opened is a copy
    /// of it, which is removed in the end.
    pub(crate) async fn look(data: &DataFolder) -> anyhow::Result<(Self, Option<TempDir>)> {
        if !unhook_store::backup::is_backup(&data.data) {
            return Ok((Self::open(data).await?, None));
        }
        let cannot = || format!("cannot copy {}", data.data.display());
        let copy = tempfile::tempdir().with_context(cannot)?;
        copy_folder(&data.data, copy.path()).with_context(cannot)?;
        let opened = DataFolder { data: copy.path().to_owned(), key: Some(data.key_file()) };
        Ok((Self::open(&opened).await?, Some(copy)))
    }

    /// Brings the engine up to date with the journal. After a long way it leaves a snapshot,
    /// so that a service that is killed again and again does not go it each time.
    pub(crate) async fn catch_up(&mut self) -> anyhow::Result<()> {
        let folded = desk::catch_up(&self.journal, &partition(), &mut self.engine).await?;
        if folded >= LONG_WAY {
            keep_snapshot(&self.journal, &self.engine).await;
        }
        Ok(())
    }
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let (entry, to) = (entry?, to.to_owned());
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir(&to)?;
            copy_folder(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}

/// Runs what has to wait, for a command that does nothing else.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

/// The partition of the journal that an organization has.
pub(crate) fn partition() -> Partition {
    Partition::parse(PARTITION).expect("it is a short name")
}

/// The engine as of the last snapshot of this journal, or a new one: then the journal is read from
/// its beginning.
async fn engine(journal: &SqliteJournal) -> anyhow::Result<Engine> {
    let Some(bytes) = journal.snapshot(&partition()).await? else { return Ok(Engine::default()) };
    Ok(Engine::from_snapshot(&bytes).unwrap_or_else(|error| {
        tracing::info!(%error, "the snapshot cannot be used; it is made anew");
        Engine::default()
    }))
}

/// Keeps a snapshot of an engine that has folded all that the journal holds. Without one, the
/// next start takes longer, and that is all.
pub(crate) async fn keep_snapshot(journal: &SqliteJournal, engine: &Engine) {
    let Some(position) = engine.state().position().map(Position::from_raw) else { return };
    let (partition, snapshot) = (partition(), engine.snapshot());
    if let Err(error) = journal.keep_snapshot(&partition, position, &snapshot).await {
        tracing::warn!(%error, "the snapshot cannot be kept");
    }
}
