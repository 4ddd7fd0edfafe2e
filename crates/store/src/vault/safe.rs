//! Records that are no events, each in a file of its own in the folder `safe`, sealed under a key that stands wrapped in the
//! database.
//!
//! A file is written beside itself and takes its name in one step. When the row with its key is gone, since somebody was
//! erased who may be in it, the file is noise, whoever has which copy of it; the next look removes it and makes another key.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _};
use unhook_app::safe::{Item, LARGEST_RECORD, Safe, SafeError};

use super::crypto::Key;
use super::failure::Failure;
use super::master::{Master, write_private};
use super::{Inner, SqliteVault, lock};
use crate::folder;

/// The folder of records in the data folder.
pub(crate) const FOLDER: &str = "safe";

/// What every file begins with, and the version of what follows.
const BEGINNING: &[u8; 8] = b"unhksaf\x01";

/// What beginning and sealing add to a record, at most.
const AROUND: usize = 64;

/// The ending of what is being written.
const UNFINISHED: &str = "part";

impl Safe for SqliteVault {
    fn load(&self, item: Item) -> Result<Option<Vec<u8>>, SafeError> {
        let damaged = || SafeError::Damaged { file: self.inner.record(item) };
        let Some(key) = self.inner.record_key(item)? else {
            self.inner.begin_record(item)?;
            return Ok(None);
        };
        let Some(bytes) = self.inner.read_record(item)? else { return Ok(None) };
        let sealed = bytes.strip_prefix(BEGINNING).ok_or_else(damaged)?;
        key.open_record(item.name(), sealed).map(Some).map_err(|_| damaged())
    }

    fn keep(&self, item: Item, content: &[u8]) -> Result<(), SafeError> {
        if content.len() > LARGEST_RECORD {
            return Err(SafeError::TooLarge { size: content.len() });
        }
        // One after the other: they share the name of what is not finished.
        let _turn = lock(&self.inner.records);
        let key = self.inner.record_key(item)?.ok_or(SafeError::Erased)?;
        let sealed = key.seal_record(&self.inner.random, item.name(), content)?;
        Ok(self.inner.write_record(item, &sealed).map_err(Failure::from)?)
    }
}

impl Inner {
    /// Where a record lies.
    fn record(&self, item: Item) -> PathBuf {
        self.folder.join(FOLDER).join(item.name())
    }

    /// The key of a record; `None` when it has none, or none any more.
    fn record_key(&self, item: Item) -> Result<Option<Key>, Failure> {
        self.look(
            |_| None,
            |at| {
                let sql = "SELECT wrapped FROM records WHERE item = ?";
                let mut find = at.connection.prepare_cached(sql)?;
                let wrapped = find.query_row([item.name()], |row| row.get::<_, Vec<u8>>(0));
                let unwrap = |wrapped: Vec<u8>| at.master.key.unwrap(&name(item.name()), &wrapped);
                Ok((wrapped.optional()?.map(unwrap).transpose()?, []))
            },
        )
    }

    /// Makes a key for a record, and takes away what was sealed with one that is gone.
    fn begin_record(&self, item: Item) -> Result<(), Failure> {
        match fs::remove_file(self.record(item)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        self.write(|transaction, master| {
            let wrapped =
                master.key.wrap(&self.random, &name(item.name()), &Key::fresh(&self.random)?)?;
            // Another process may have been faster.
            let sql = "INSERT OR IGNORE INTO records (item, wrapped) VALUES (?, ?)";
            transaction.prepare_cached(sql)?.execute((item.name(), wrapped))?;
            Ok(())
        })
    }

    fn read_record(&self, item: Item) -> Result<Option<Vec<u8>>, Failure> {
        let file = match File::open(self.record(item)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        // What is cut off here does not open.
        file.take((LARGEST_RECORD + AROUND) as u64).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn write_record(&self, item: Item, sealed: &[u8]) -> io::Result<()> {
        let file = self.record(item);
        let folder = folder::above(&file);
        folder::create_private(folder)?;
        let unfinished = file.with_extension(UNFINISHED);
        match fs::remove_file(&unfinished) {
            // A process was killed while it wrote.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let written = write_private(&unfinished, &[BEGINNING, sealed].concat())
            .and_then(|()| fs::rename(&unfinished, &file));
        if written.is_err() {
            // Half a file of a full disk is in the way.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        folder::sync(folder)
    }

    /// Wraps the keys of records with another master key.
    pub(super) fn rewrap_records(
        &self,
        connection: &Connection,
        present: &Master,
        next: &Master,
    ) -> Result<(), Failure> {
        let mut find = connection.prepare("SELECT item, wrapped FROM records")?;
        let keys = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let keys: Vec<(String, Vec<u8>)> = keys.collect::<rusqlite::Result<_>>()?;
        for (item, wrapped) in keys {
            let wrapped = self.wrap_anew(present, next, &name(&item), &wrapped)?;
            connection.execute("UPDATE records SET wrapped = ? WHERE item = ?", (wrapped, item))?;
        }
        Ok(())
    }
}

/// Destroys the keys of the records in which somebody who is erased may be.
pub(super) fn forget(connection: &Connection) -> rusqlite::Result<()> {
    for item in Item::ALL.iter().filter(|item| !item.outlives_erasures()) {
        let sql = "DELETE FROM records WHERE item = ?";
        connection.prepare_cached(sql)?.execute([item.name()])?;
    }
    Ok(())
}

/// By which the key of a record is wrapped.
fn name(item: &str) -> Vec<u8> {
    [b"record ".as_slice(), item.as_bytes()].concat()
}
