//! The folder that one process has to itself.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::OpenError;

/// The file whose lock says that the folder is in use. The system lets go of the lock when
/// the process ends, however it ends, so the file itself can stay.
pub(crate) const LOCK: &str = "unhook.lock";

/// A folder that nobody else opens as long as this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, and takes it.
    pub(crate) fn take(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { folder: path.to_owned(), source };
        create(path).map_err(failed)?;
        let lock = File::options().create(true).append(true).open(path.join(LOCK));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { folder: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes durable which files are in the folder.
    pub(crate) fn sync(&self) -> Result<(), OpenError> {
        sync(&self.path).map_err(|source| OpenError::Folder { folder: self.path.clone(), source })
    }
}

/// Makes a folder and those above it, each durable in its own: a file is of no use after a
/// crash if the folder it lies in is gone.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = above(path);
    create(above)?;
    match make(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync(above)
}

/// The folder that something lies in.
pub(crate) fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a folder that only its owner can look into.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    create(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Makes durable which files are in a folder.
#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    // What is in it is nobody else's business, sealed or not.
    fs::DirBuilder::new().mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)
}

#[cfg(unix)]
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere the file system does so by itself, and folders cannot be opened.
#[cfg(not(unix))]
pub(crate) fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_and_taken_once() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("one/two");
        let folder = Folder::take(&path).unwrap();
        folder.sync().unwrap();
        let error = Folder::take(&path).unwrap_err();
        assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
        assert!(error.to_string().contains("another Unhook has it open"), "{error}");
        drop(folder);
        Folder::take(&path).unwrap();
    }

    #[test]
    fn a_file_is_no_folder() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("file");
        fs::write(&path, "").unwrap();
        let error = Folder::take(&path).unwrap_err();
        assert!(matches!(error, OpenError::Folder { .. }), "{error:?}");
    }
}
