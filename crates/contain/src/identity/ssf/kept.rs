//! Streams on disk, so that what a receiver was not told yet outlives a restart.
//!
//! One small file, written whole beside itself and then put in its place. It holds what receivers
//! want to see as `Authorization`, so nobody but its owner reads it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::streams::Streams;

/// The largest file that is read, in bytes: every stream full.
const LARGEST_FILE: u64 = 128 * 1024 * 1024;

/// What was kept; nothing, where there is no file yet.
pub(super) fn load(path: &Path) -> io::Result<Streams> {
    let bytes = match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Streams::default()),
        Err(error) => return Err(error),
        Ok(file) if file.len() > LARGEST_FILE => {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "too long for streams"));
        }
        Ok(_) => std::fs::read(path)?,
    };
    serde_json::from_slice(&bytes).map_err(io::Error::from)
}

/// Keeps them, so that they are there after a loss of power.
pub(super) fn save(path: &Path, streams: &Streams) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(&serde_json::to_vec(streams)?)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
