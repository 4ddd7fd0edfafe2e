//! Forgetting people: their key is destroyed, their rows go, and no byte of them is left.
//!
//! Three things must happen, and a process can stop between any two: the rows go (one
//! transaction, after which nobody can read what was sealed), the id is appended to a plain
//! file, and the database is written anew and its log emptied, so that neither holds an old page. An erasure is settled when
//! all three are done; what is not settled, the next opening settles.
//!
//! The plain file outlives the database: whoever puts an older database back finds the
//! erasures in the file made again at the next opening.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use unhook_model::{PersonId, Timestamp};

use super::failure::Failure;
use super::{Inner, lock, rows, safe};
use crate::{folder, schema};

/// The plain file of ids that were erased, one on a line.
pub(crate) const ERASURES: &str = "erasures";

impl Inner {
    pub(super) fn erase(&self, id: PersonId, at: Timestamp) -> Result<bool, Failure> {
        let is_new = self.write(|transaction, _| {
            if !is_known(transaction, id)? && is_settled(transaction, id)? != Some(false) {
                return Ok(false);
            }
            forget(transaction, id, at)?;
            Ok(true)
        })?;
        if is_new {
            self.settle(&[id])?;
        }
        Ok(is_new)
    }

    /// Makes every erasure that is known here and not settled, be it that it was not finished
    /// or that the database is older than the file; says of how many people something was left.
    pub(super) fn settle_all(&self) -> Result<usize, Failure> {
        let in_file = read(&self.folder.join(ERASURES))?;
        let (open, count) = self.write(|transaction, _| {
            let mut open = unsettled(transaction)?;
            for id in in_file {
                if is_settled(transaction, id)? != Some(true) {
                    open.insert(id);
                }
            }
            let mut count = 0;
            for id in &open {
                count += usize::from(is_known(transaction, *id)?);
                // When it was first erased, only the database that was replaced knew.
                forget(transaction, *id, Timestamp::from_unix_ms(0))?;
            }
            Ok((open, count))
        })?;
        if !open.is_empty() {
            self.settle(&Vec::from_iter(open))?;
        }
        Ok(count)
    }

    fn settle(&self, ids: &[PersonId]) -> Result<(), Failure> {
        append(&self.folder.join(ERASURES), ids)?;
        let writer = lock(&self.writer);
        // SQLite overwrites what is deleted, but not the copies that stay behind in a page when
        // rows move to another. Only writing the whole file anew leaves none.
        writer.execute_batch("VACUUM")?;
        schema::empty_log(&writer)?;
        let mut settle = writer.prepare_cached("UPDATE erased SET is_settled = 1 WHERE id = ?")?;
        for id in ids {
            settle.execute([id.to_bytes()])?;
        }
        Ok(())
    }
}

/// Takes a person out of every table, and keeps the id alone. Records that they may be in go as a whole.
fn forget(connection: &Connection, id: PersonId, at: Timestamp) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM contacts WHERE person = ?",
        "DELETE FROM invitations WHERE person = ?",
        "DELETE FROM months WHERE person = ?",
        "DELETE FROM people WHERE id = ?",
    ] {
        connection.prepare_cached(sql)?.execute([id.to_bytes()])?;
    }
    safe::forget(connection)?;
    let sql = "INSERT INTO erased (id, at, is_settled) VALUES (?, ?, 0) \
               ON CONFLICT (id) DO UPDATE SET is_settled = 0";
    connection.prepare_cached(sql)?.execute((id.to_bytes(), at.unix_ms()))?;
    rows::begin_generation(connection)
}

fn is_known(connection: &Connection, id: PersonId) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM people WHERE id = ?")?.exists([id.to_bytes()])
}

/// `None` for one who was never erased.
fn is_settled(connection: &Connection, id: PersonId) -> rusqlite::Result<Option<bool>> {
    let mut find = connection.prepare_cached("SELECT is_settled FROM erased WHERE id = ?")?;
    find.query_row([id.to_bytes()], |row| row.get(0)).optional()
}

fn unsettled(connection: &Connection) -> rusqlite::Result<BTreeSet<PersonId>> {
    let mut find = connection.prepare("SELECT id FROM erased WHERE is_settled = 0")?;
    let ids = find.query_map([], |row| Ok(PersonId::from_bytes(row.get(0)?)))?;
    ids.collect()
}

/// The ids in a file of erasures; none where there is no file. A line that is no id is what a
/// power cut left of one, and was never settled.
pub(crate) fn read(file: &Path) -> io::Result<Vec<PersonId>> {
    match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        bytes => {
            let text = String::from_utf8_lossy(&bytes?).into_owned();
            Ok(text.lines().filter_map(|line| line.trim().parse().ok()).collect())
        }
    }
}

/// Appends ids to a file of erasures, durably, those that are not there yet.
pub(crate) fn append(file: &Path, ids: &[PersonId]) -> io::Result<()> {
    let there: BTreeSet<PersonId> = read(file)?.into_iter().collect();
    let mut lines: String =
        ids.iter().filter(|id| !there.contains(id)).map(|id| format!("{id}\n")).collect();
    let mut options = OpenOptions::new();
    let mut opened = options.create(true).read(true).append(true).open(file)?;
    if !ends_with_line(&mut opened)? {
        lines.insert(0, '\n');
    }
    opened.write_all(lines.as_bytes())?;
    opened.sync_all()?;
    folder::sync(folder::above(file))
}

/// Whether nothing half-written stands at a file's end.
fn ends_with_line(file: &mut fs::File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_power_cut_left_of_a_line_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(ERASURES);
        let (one, other) = (PersonId::from_bytes([1; 16]), PersonId::from_bytes([2; 16]));
        append(&file, &[one]).unwrap();
        fs::write(&file, format!("{one}\n0202")).unwrap();
        append(&file, &[one, other]).unwrap();
        assert_eq!(read(&file).unwrap(), [one, other]);
        assert_eq!(read(&folder.path().join("none")).unwrap(), []);
    }
}
