//! Files that a person named.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context as _;

/// Opens a file to read, with its name in the error.
pub(crate) fn open(path: &Path) -> anyhow::Result<File> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let error = std::io::Error::from(std::io::ErrorKind::IsADirectory);
        return Err(error).with_context(|| format!("cannot read {}", path.display()));
    }
    Ok(file)
}

/// Reads at most `limit` bytes; whether there were more comes with them.
pub(crate) fn read_bounded(source: impl Read, limit: usize) -> std::io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    source.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    let is_longer = bytes.len() > limit;
    bytes.truncate(limit);
    Ok((bytes, is_longer))
}
