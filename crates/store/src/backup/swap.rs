//! What was staged takes the place of what is there.
//!
//! One renaming is the point of no return: from there on the folder says that a restore has
//! not finished, and is refused until one has.

use std::fs;
use std::io;
use std::path::Path;

use super::{BackupError, entries, file_error};
use crate::folder;
use crate::vault::{self, erasure};

/// Where a backup is staged in the folder that it is put into.
pub(super) const STAGING: &str = "restore-staging";

/// What a backup takes the place of. Views and snapshot go too: those that were there are of
/// another journal, and are made again.
const REPLACED: [&str; 4] =
    [crate::journal::FILE, vault::FILE, crate::views::FILE, crate::snapshot::FILE];

/// What SQLite keeps beside a database.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

pub(super) fn swap(data: &Path, staging: &Path) -> Result<(), BackupError> {
    let restoring = data.join(vault::RESTORING);
    if restoring.exists() {
        replace(staging, &restoring)?;
    } else {
        rename(staging, &restoring)?;
    }
    sync(data)?;
    for name in REPLACED {
        for beside in BESIDE {
            remove(&data.join(format!("{name}{beside}")))?;
        }
    }
    remove(&data.join(crate::blobs::FOLDER))?;
    // Records are of the vault that goes, and no part of a backup.
    remove(&data.join(vault::safe::FOLDER))?;
    remove(&data.join(erasure::ERASURES))?;
    remove(&restoring.join(folder::LOCK))?;
    move_all(&restoring, data)?;
    fs::remove_dir(&restoring).map_err(|source| file_error(&restoring, source))?;
    sync(data)
}

/// An earlier restore stopped after the point of no return: what it left is dropped for what
/// was staged now. Its folder stays, and says that the restore has not finished.
fn replace(staging: &Path, restoring: &Path) -> Result<(), BackupError> {
    for entry in entries(restoring)? {
        // The list of erasures is written over by a longer one, and is never gone.
        if entry != erasure::ERASURES {
            remove(&restoring.join(entry))?;
        }
    }
    move_all(staging, restoring)?;
    fs::remove_dir(staging).map_err(|source| file_error(staging, source))
}

/// Moves everything in a folder into another, in the place of what has the same name.
fn move_all(from: &Path, to: &Path) -> Result<(), BackupError> {
    for name in entries(from)? {
        let (here, there) = (from.join(&name), to.join(&name));
        if here.is_dir() && there.is_dir() {
            move_all(&here, &there)?;
            fs::remove_dir(&here).map_err(|source| file_error(&here, source))?;
        } else {
            rename(&here, &there)?;
        }
    }
    sync(to)
}

/// Removes a file or a folder, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), BackupError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|source| file_error(path, source)),
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(|source| file_error(to, source))
}

fn sync(folder: &Path) -> Result<(), BackupError> {
    folder::sync(folder).map_err(|source| file_error(folder, source))
}
