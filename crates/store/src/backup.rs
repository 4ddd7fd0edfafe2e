//! Copies of a data folder, and how one is put back.
//!
//! A backup is a folder of plain files with a manifest: the databases, each as it was at one
//! moment, the blobs and the list of erasures, and the SHA-256 of each. It can be made while
//! the service runs. The journal is copied before the vault: whoever stands in the journal has
//! a key by then, so what is restored can be read.
//!
//! The master key is no part of it unless asked for: who has a backup alone can read nothing
//! personal. Views are no part of it either: they are made again from the journal; nor is what is kept sealed for a short
//! while ([`unhook_app::safe`]), which a backup would keep for as long as it lies there.
//!
//! Putting back is all or nothing: everything is copied beside what is there, held against the
//! manifest and opened, erasures are made again, and only then takes the place of what was
//! there. Start reading at [`backup`], then [`restore`].

mod manifest;

mod swap;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ring::digest;
use rusqlite::{Connection, OpenFlags};
use unhook_app::journal::Cause;
use unhook_model::PersonId;

use self::manifest::{Manifest, Record};
use crate::folder::Folder;
use crate::vault::{self, erasure, hex, write_private};
use crate::{OpenError, SqliteJournal, SqliteVault, blobs, folder};

/// The databases that a backup has.
const DATABASES: [&str; 2] = [crate::journal::FILE, vault::FILE];

/// Why a backup was not made or put back. What was there is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The folder to copy from has no data.
    #[error("there is nothing of Unhook's in {}", .folder.display())]
    NoData {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder to copy to has something in it.
    #[error("{} is not empty; name a new folder", .folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder to put back into has something in it.
    #[error("{} is not empty; --replace puts the backup in its place", .folder.display())]
    WouldReplace {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds no whole backup.
    #[error("{} holds no whole backup: {says}", .folder.display())]
    NoBackup {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with its manifest.
        says: &'static str,
    },
    /// A file of the backup is not what was backed up.
    #[error("{} is not as it was backed up; use another backup", .file.display())]
    Changed {
        /// The file.
        file: PathBuf,
    },
    /// A line of a list of erasures is no id.
    #[error("line {line} of {} is no id of a person", .file.display())]
    NoErasure {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The folder cannot be opened, or what was put back cannot.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A database cannot be copied.
    #[error("{} cannot be copied", .file.display())]
    Database {
        /// The database.
        file: PathBuf,
        /// What SQLite says.
        source: Cause,
    },
}

/// What a backup came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// How many files.
    pub files: usize,
    /// How many bytes.
    pub bytes: u64,
    /// How many people were erased again, of those the backup still knew.
    pub erased: usize,
}

/// How a backup is put back.
#[derive(Clone, Debug, Default)]
pub struct Restore {
    /// Whether it may take the place of what is there.
    pub may_replace: bool,
    /// A list of erasures from elsewhere, one id on a line.
    pub erasures: Option<PathBuf>,
    /// The master key, where neither the backup nor the folder has it.
    pub key: Option<PathBuf>,
}

/// Whether a folder is a backup: what is in it must stay as it is, or it cannot be put back.
#[must_use]
pub fn is_backup(folder: &Path) -> bool {
    folder.join(manifest::FILE).is_file()
}

/// Copies a data folder to a new folder, with the master key only if asked to. The service may
/// run meanwhile.
///
/// # Errors
/// Says why not; what was copied so far stays, and has no manifest.
pub fn backup(data: &Path, to: &Path, with_key: Option<&Path>) -> Result<Copied, BackupError> {
    if data.join(vault::RESTORING).exists() {
        return Err(OpenError::HalfRestored { folder: data.to_owned() }.into());
    }
    if !DATABASES.iter().any(|name| data.join(name).exists()) {
        return Err(BackupError::NoData { folder: data.to_owned() });
    }
    folder::create_private(to).map_err(|source| file_error(to, source))?;
    if !entries(to)?.is_empty() {
        return Err(BackupError::NotEmpty { folder: to.to_owned() });
    }
    let mut records = Vec::new();
    for name in DATABASES.iter().filter(|name| data.join(name).exists()) {
        copy_database(&data.join(name), &to.join(name))?;
        records.push(record_of(to, name)?);
    }
    records.extend(copy_blobs(data, to)?);
    if data.join(erasure::ERASURES).exists() {
        records.extend(copy(data, to, erasure::ERASURES)?);
    }
    if let Some(key) = with_key
        && to.join(vault::FILE).exists()
    {
        // The one that the copied vault is wrapped with: keys may just be changing.
        let text = vault::key_text(&to.join(vault::FILE), key)?;
        write_key(&text, to)?;
        records.push(record_of(to, vault::KEY_FILE)?);
    }
    let copied = Copied {
        files: records.len(),
        bytes: records.iter().map(|record| record.size).sum(),
        erased: 0,
    };
    Manifest { records }.write(to)?;
    Ok(copied)
}

/// Puts a backup into a folder, which nobody may be using. Erasures that the folder or a list
/// knows are made again.
///
/// # Errors
/// Says why not; the folder is as it was then, unless it stopped at the very end
/// ([`OpenError::HalfRestored`]), which another restore mends.
pub fn restore(from: &Path, data: &Path, options: &Restore) -> Result<Copied, BackupError> {
    let manifest = Manifest::read(from)?;
    let is_new = !data.exists() || entries(data)?.iter().all(|name| is_ours_to_make(name));
    if !is_new && !options.may_replace {
        return Err(BackupError::WouldReplace { folder: data.to_owned() });
    }
    let taken = Folder::take(data)?;
    let erased = known_erasures(data, options)?;
    let staging = data.join(swap::STAGING);
    swap::remove(&staging)?;
    let staged = stage(from, &staging, &manifest, options, &erased);
    let staged =
        staged.and_then(|copied| Ok(Copied { erased: try_out(data, &staging)?, ..copied }));
    if staged.is_err() {
        // Nothing was changed, and what was staged is of no use.
        let _ = swap::remove(&staging);
    }
    let copied = staged?;
    swap::swap(data, &staging)?;
    drop(taken);
    Ok(copied)
}

/// Every erasure that the folder or a list knows. A restore that stopped half-way may have
/// them in one of its own folders.
fn known_erasures(data: &Path, options: &Restore) -> Result<Vec<PersonId>, BackupError> {
    let mut erased = Vec::new();
    for folder in [data, &data.join(vault::RESTORING), &data.join(swap::STAGING)] {
        let file = folder.join(erasure::ERASURES);
        erased.extend(erasure::read(&file).map_err(|source| file_error(&file, source))?);
    }
    if let Some(list) = &options.erasures {
        erased.extend(read_list(list)?);
    }
    Ok(erased)
}

/// Copies everything to a folder beside what is there.
fn stage(
    from: &Path,
    staging: &Path,
    manifest: &Manifest,
    options: &Restore,
    erased: &[PersonId],
) -> Result<Copied, BackupError> {
    folder::create_private(staging).map_err(|source| file_error(staging, source))?;
    let mut copied = Copied::default();
    for record in &manifest.records {
        let found = copy(from, staging, &record.path)?;
        if found.as_ref() != Some(record) {
            return Err(BackupError::Changed { file: from.join(&record.path) });
        }
        copied.files += 1;
        copied.bytes += record.size;
    }
    let file = staging.join(erasure::ERASURES);
    erasure::append(&file, erased).map_err(|source| file_error(&file, source))?;
    if let Some(key) = &options.key {
        let own = staging.join(vault::KEY_FILE);
        swap::remove(&own)?;
        let text = fs::read(key).map_err(|source| file_error(key, source))?;
        write_key(&text, staging)?;
    }
    Ok(copied)
}

/// Opens what was staged, which makes erasures again; says how many people that took.
fn try_out(data: &Path, staging: &Path) -> Result<usize, BackupError> {
    let mut erased = 0;
    if staging.join(vault::FILE).exists() {
        let own = staging.join(vault::KEY_FILE);
        let key = if own.exists() {
            secure(&own)?;
            own
        } else {
            data.join(vault::KEY_FILE)
        };
        erased = SqliteVault::open_with_key(staging, &key)?.erased_on_opening();
    }
    if staging.join(crate::journal::FILE).exists() {
        drop(SqliteJournal::open(staging)?);
    }
    Ok(erased)
}

/// Gives a key that was copied the rights that a key must have.
#[cfg(unix)]
fn secure(key: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(key, fs::Permissions::from_mode(0o600))
        .map_err(|source| file_error(key, source))
}

/// Elsewhere the folder says who may read.
#[cfg(not(unix))]
fn secure(_: &Path) -> Result<(), BackupError> {
    Ok(())
}

/// A database as it is at one moment, whoever writes to it.
fn copy_database(from: &Path, to: &Path) -> Result<(), BackupError> {
    let copied = (|| {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(from, flags)?;
        connection.busy_timeout(vault::VAULT.patience)?;
        connection.execute("VACUUM INTO ?", [to.to_string_lossy()])
    })();
    copied.map_err(|source: rusqlite::Error| BackupError::Database {
        file: from.to_owned(),
        source: source.into(),
    })?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|source| file_error(to, source))
}

fn copy_blobs(data: &Path, to: &Path) -> Result<Vec<Record>, BackupError> {
    let shelves = data.join(blobs::FOLDER);
    if !shelves.exists() {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for file in blobs::files(&shelves).map_err(|source| file_error(&shelves, source))? {
        if blobs::is_unfinished(&file) {
            continue;
        }
        let path = file.strip_prefix(data).expect("it lies below");
        let path = path.to_str().ok_or_else(|| {
            let source = io::Error::from(io::ErrorKind::InvalidFilename);
            file_error(&file, source)
        })?;
        // One that was swept meanwhile is no part of the backup.
        records.extend(copy(data, to, &path.replace('\\', "/"))?);
    }
    Ok(records)
}

/// Writes a master key where a vault looks for it.
fn write_key(text: &[u8], to: &Path) -> Result<(), BackupError> {
    let to = to.join(vault::KEY_FILE);
    folder::create_private(folder::above(&to)).map_err(|source| file_error(&to, source))?;
    write_private(&to, text).map_err(|source| file_error(&to, source))
}

/// Copies a file durably and says what it is; `None` where there is none.
fn copy(from: &Path, to: &Path, path: &str) -> Result<Option<Record>, BackupError> {
    let source = match File::open(from.join(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        source => source.map_err(|source| file_error(&from.join(path), source))?,
    };
    let target = to.join(path);
    let copied = (|| {
        folder::create_private(folder::above(&target))?;
        let mut file = File::create_new(&target)?;
        let copied = digest(source, |bytes| file.write_all(bytes))?;
        file.sync_all()?;
        folder::sync(folder::above(&target))?;
        Ok(copied)
    })();
    let (size, sha256) = copied.map_err(|source| file_error(&target, source))?;
    Ok(Some(Record { path: path.to_owned(), size, sha256 }))
}

fn record_of(folder: &Path, path: &str) -> Result<Record, BackupError> {
    let file = folder.join(path);
    let read = File::open(&file).and_then(|source| digest(source, |_| Ok(())));
    let (size, sha256) = read.map_err(|source| file_error(&file, source))?;
    Ok(Record { path: path.to_owned(), size, sha256 })
}

/// Reads to the end, passing on what was read; says how much and its SHA-256.
fn digest(
    mut source: impl Read,
    mut pass_on: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<(u64, String)> {
    let mut context = digest::Context::new(&digest::SHA256);
    let (mut buffer, mut size) = (vec![0; 64 * 1024], 0);
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            return Ok((size, hex(context.finish().as_ref())));
        }
        context.update(&buffer[..read]);
        pass_on(&buffer[..read])?;
        size += read as u64;
    }
}

/// A list of erasures that somebody gave: a line that is no id is a mistake there.
fn read_list(file: &Path) -> Result<Vec<PersonId>, BackupError> {
    let text = fs::read_to_string(file).map_err(|source| file_error(file, source))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let ids = lines.map(|(line, text)| {
        let no_id = |_| BackupError::NoErasure { file: file.to_owned(), line };
        text.trim().parse().map_err(no_id)
    });
    ids.collect()
}

fn entries(folder: &Path) -> Result<Vec<OsString>, BackupError> {
    let entries = fs::read_dir(folder).map_err(|source| file_error(folder, source))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
    names.collect::<io::Result<_>>().map_err(|source| file_error(folder, source))
}

/// Whether a name is of what an earlier attempt to put a backup into an empty folder leaves.
fn is_ours_to_make(name: &OsStr) -> bool {
    name == folder::LOCK || name == swap::STAGING
}

fn file_error(path: &Path, source: io::Error) -> BackupError {
    BackupError::File { path: path.to_owned(), source }
}
