//! A new master key takes the place of the old one.
//!
//! The new key is written beside the old one; then, in one transaction, every key is wrapped
//! anew and the database says that the new key counts; then the new file takes the old one's
//! name. Whenever that stops, the database says which of the two files counts, and the next
//! opening finishes what was begun.

use std::fs::File;

use rusqlite::Connection;

use super::failure::Failure;
use super::master::Master;
use super::{Inner, index_name, lock, rows};
use crate::error::KeyError;
use crate::{folder, schema};

/// People whose keys are in memory at once.
const PAGE: i64 = 1_000;

impl Inner {
    pub(super) fn rotate(&self) -> Result<usize, Failure> {
        let _alone = self.lock_rotation()?;
        let next = Master::fresh(&self.random)?;
        // What an earlier rotation left half-way is finished first, or its key would be lost.
        let present = self.write(|transaction, _| Ok(super::master_id(transaction)?))?;
        self.key_file.finish(&present.unwrap_or_default())?;
        self.key_file.prepare(&next)?;
        let count = self.rewrap(&next)?;
        self.key_file.finish(&next.id)?;
        // The log may hold pages with keys under the old one. Whoever reads just now keeps
        // them there until the log is next emptied, which is no reason to fail.
        let _ = schema::empty_log(&lock(&self.writer));
        Ok(count)
    }

    /// Nobody else changes keys as long as this file is open.
    fn lock_rotation(&self) -> Result<File, KeyError> {
        let path = folder::above(self.key_file.path()).join("rotation.lock");
        let failed = |source| KeyError::File { file: path.clone(), source };
        let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(file)
    }

    /// Wraps every key with another master key, all or none.
    fn rewrap(&self, next: &Master) -> Result<usize, Failure> {
        self.write(|transaction, present| {
            let mut count = 0;
            let mut after = Vec::new();
            loop {
                let page = page(transaction, &after)?;
                let Some((last, _)) = page.last() else { break };
                after.clone_from(last);
                for (id, wrapped) in &page {
                    let wrapped = self.wrap_anew(present, next, id, wrapped)?;
                    let sql = "UPDATE people SET wrapped = ? WHERE id = ?";
                    transaction.prepare_cached(sql)?.execute((wrapped, id))?;
                }
                count += page.len();
            }
            self.rewrap_accounts(transaction, present, next)?;
            self.rewrap_records(transaction, present, next)?;
            self.rewrap_index(transaction, present, next)?;
            transaction.execute("UPDATE state SET master = ?", [&next.id])?;
            rows::begin_generation(transaction)?;
            Ok(count)
        })
    }

    fn rewrap_accounts(
        &self,
        connection: &Connection,
        present: &Master,
        next: &Master,
    ) -> Result<(), Failure> {
        let mut find = connection.prepare("SELECT id, wrapped FROM accounts")?;
        let keys = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let keys: Vec<(Vec<u8>, Vec<u8>)> = keys.collect::<rusqlite::Result<_>>()?;
        for (id, wrapped) in keys {
            let wrapped = self.wrap_anew(present, next, &id, &wrapped)?;
            connection.execute("UPDATE accounts SET wrapped = ? WHERE id = ?", (wrapped, id))?;
        }
        Ok(())
    }

    fn rewrap_index(
        &self,
        connection: &Connection,
        present: &Master,
        next: &Master,
    ) -> Result<(), Failure> {
        let mut find = connection.prepare("SELECT version, wrapped FROM index_keys")?;
        let keys = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let keys: Vec<(u8, Vec<u8>)> = keys.collect::<rusqlite::Result<_>>()?;
        for (version, wrapped) in keys {
            let wrapped = self.wrap_anew(present, next, &index_name(version), &wrapped)?;
            let sql = "UPDATE index_keys SET wrapped = ? WHERE version = ?";
            connection.execute(sql, (wrapped, version))?;
        }
        Ok(())
    }

    pub(super) fn wrap_anew(
        &self,
        present: &Master,
        next: &Master,
        name: &[u8],
        wrapped: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let key = present.key.unwrap(name, wrapped)?;
        next.key.wrap(&self.random, name, &key)
    }
}

/// The next people after an id, with their wrapped keys.
fn page(connection: &Connection, after: &[u8]) -> rusqlite::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let sql = "SELECT id, wrapped FROM people WHERE id > ? ORDER BY id LIMIT ?";
    let mut find = connection.prepare_cached(sql)?;
    let rows = find.query_map((after, PAGE), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use unhook_app::{Contact, People as _, Person, Sealed};
    use unhook_model::Timestamp;

    use super::super::SqliteVault;
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

    async fn vault() -> (tempfile::TempDir, SqliteVault, Person, Sealed) {
        let folder = tempfile::tempdir().unwrap();
        let vault = SqliteVault::open(folder.path()).unwrap();
        let person = vault.meet(&contact("one"), NOW).await.unwrap();
        let sealed = vault.seal(person.id, b"a text").unwrap().unwrap();
        (folder, vault, person, sealed)
    }

    fn contact(name: &str) -> Contact {
        Contact::Account(name.to_owned())
    }

    async fn check(vault: &SqliteVault, person: &Person, sealed: &Sealed, stranger: &str) {
        assert_eq!(vault.unseal(person.id, sealed).unwrap().unwrap(), b"a text");
        assert_eq!(vault.meet(&contact("one"), NOW).await.unwrap(), *person);
        let met = vault.meet(&contact(stranger), NOW).await.unwrap();
        assert!(vault.seal(met.id, b"").unwrap().is_some());
    }

    #[tokio::test]
    async fn a_stop_before_the_keys_are_wrapped_changes_nothing() {
        let (folder, vault, person, sealed) = vault().await;
        let next = Master::fresh(&vault.inner.random).unwrap();
        vault.inner.key_file.prepare(&next).unwrap();
        check(&vault, &person, &sealed, "a").await;
        drop(vault);
        let vault = SqliteVault::open(folder.path()).unwrap();
        check(&vault, &person, &sealed, "b").await;
        assert_eq!(vault.rotate_master_key().unwrap(), 3);
        check(&vault, &person, &sealed, "c").await;
    }

    #[tokio::test]
    async fn a_stop_before_the_file_is_renamed_is_finished_by_the_next_opening() {
        let (folder, vault, person, sealed) = vault().await;
        let next = Master::fresh(&vault.inner.random).unwrap();
        vault.inner.key_file.prepare(&next).unwrap();
        vault.inner.rewrap(&next).unwrap();
        // Whoever has it open goes on, and reads the new key where it is.
        check(&vault, &person, &sealed, "a").await;
        let other = SqliteVault::open(folder.path()).unwrap();
        assert!(!vault.inner.key_file.next().exists());
        check(&other, &person, &sealed, "b").await;
        drop((vault, other));
        check(&SqliteVault::open(folder.path()).unwrap(), &person, &sealed, "c").await;
    }

    #[tokio::test]
    async fn a_rotation_finishes_what_another_left() {
        let (folder, vault, person, sealed) = vault().await;
        let next = Master::fresh(&vault.inner.random).unwrap();
        vault.inner.key_file.prepare(&next).unwrap();
        vault.inner.rewrap(&next).unwrap();
        vault.rotate_master_key().unwrap();
        check(&vault, &person, &sealed, "a").await;
        drop(vault);
        check(&SqliteVault::open(folder.path()).unwrap(), &person, &sealed, "b").await;
    }

    /// A transaction that is not committed leaves the old key in force.
    #[tokio::test]
    async fn a_wrapping_that_fails_leaves_the_old_key() {
        let (folder, vault, person, sealed) = vault().await;
        lock(&vault.inner.writer)
            .execute_batch(
                "CREATE TEMP TRIGGER fails BEFORE UPDATE ON state \
                 BEGIN SELECT RAISE(ABORT, 'a test said so'); END",
            )
            .unwrap();
        assert!(vault.rotate_master_key().is_err());
        drop(vault);
        check(&SqliteVault::open(folder.path()).unwrap(), &person, &sealed, "a").await;
    }
}
