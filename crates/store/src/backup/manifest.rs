//! What a backup holds: a heading that says how many files, then a line for each, as
//! `sha256sum` writes them. `sha256sum --check manifest` in the folder checks it by other means.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Component, Path};

use super::{BackupError, file_error};
use crate::folder;
use crate::vault::write_private;

/// The file's name.
pub(super) const FILE: &str = "manifest";

/// What the heading begins and goes on with.
const HEADING: &str = "# unhook backup, version 1, files: ";

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Below the folder, with `/` between its parts.
    pub(super) path: String,
    /// In bytes.
    pub(super) size: u64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
}

/// Every file of a backup.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) records: Vec<Record>,
}

impl Manifest {
    /// Writes it, last of all: a folder without one is no whole backup.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let file = folder.join(FILE);
        let written = write_private(&file, self.to_text().as_bytes());
        let written = written.and_then(|()| folder::sync(folder));
        written.map_err(|source| file_error(&file, source))
    }

    pub(super) fn read(folder: &Path) -> Result<Self, BackupError> {
        let no_backup = |says| BackupError::NoBackup { folder: folder.to_owned(), says };
        let file = folder.join(FILE);
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(no_backup("it has no manifest"));
            }
            text => text.map_err(|source| file_error(&file, source))?,
        };
        let mut manifest = Self::parse(&text).map_err(no_backup)?;
        for record in &mut manifest.records {
            let file = folder.join(&record.path);
            let found = fs::metadata(&file).map_err(|source| file_error(&file, source))?;
            record.size = found.len();
        }
        Ok(manifest)
    }

    fn to_text(&self) -> String {
        let mut text = format!("{HEADING}{}\n", self.records.len());
        for Record { path, sha256, .. } in &self.records {
            let _ = writeln!(text, "{sha256}  {path}");
        }
        text
    }

    /// Sizes are not in it: they are the files'.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut lines = text.lines();
        let heading = lines.next().and_then(|line| line.strip_prefix(HEADING));
        let heading = heading.ok_or("its manifest is of another version, or none of Unhook's")?;
        let records: Option<Vec<Record>> = lines.map(record).collect();
        let records = records.ok_or("its manifest is damaged")?;
        if heading.parse() != Ok(records.len()) || !text.ends_with('\n') {
            return Err("its manifest is cut off");
        }
        Ok(Self { records })
    }
}

fn record(line: &str) -> Option<Record> {
    let (sha256, path) = line.split_once("  ")?;
    let is_digest = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
    // Nobody's backup writes outside the folder it is put into.
    let is_below = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let is_path = is_below && !path.is_empty() && !path.contains('\\');
    (is_digest && is_path).then(|| Record {
        path: path.to_owned(),
        size: 0,
        sha256: sha256.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let record =
            |path: &str| Record { path: path.to_owned(), size: 0, sha256: "0f".repeat(32) };
        Manifest { records: vec![record("journal.db"), record("blobs/ab/cd")] }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        assert_eq!(Manifest::parse(&manifest().to_text()), Ok(manifest()));
    }

    #[test]
    fn what_is_cut_off_or_leads_elsewhere_is_refused() {
        let text = manifest().to_text();
        for length in 0..text.len() {
            assert!(Manifest::parse(&text[..length]).is_err(), "{length}");
        }
        for path in ["/etc/passwd", "../outside", "blobs/../../outside", "", "a\\b"] {
            let text = text.replace("journal.db", path);
            assert_eq!(Manifest::parse(&text), Err("its manifest is damaged"), "{path}");
        }
    }
}
