//! Up to when the sign-ins of each identity provider were read.

use rusqlite::OptionalExtension as _;
use unhook_app::identity::{BookmarkError, Bookmarks};
use unhook_model::Timestamp;

use super::SqliteVault;

impl Bookmarks for SqliteVault {
    fn read_until(&self, provider: &str) -> Result<Option<Timestamp>, BookmarkError> {
        let at = self.inner.look(
            |_| None,
            |reader| {
                let sql = "SELECT at FROM bookmarks WHERE source = ?";
                let mut find = reader.connection.prepare_cached(sql)?;
                let at: Option<i64> = find.query_row([provider], |row| row.get(0)).optional()?;
                Ok((at, []))
            },
        )?;
        Ok(at.map(Timestamp::from_unix_ms))
    }

    fn keep(&self, provider: &str, at: Timestamp) -> Result<(), BookmarkError> {
        self.inner.write(|transaction, _| {
            let sql = "INSERT INTO bookmarks (source, at) VALUES (?, ?) \
                       ON CONFLICT (source) DO UPDATE SET at = excluded.at";
            transaction.prepare_cached(sql)?.execute((provider, at.unix_ms()))?;
            Ok(())
        })?;
        Ok(())
    }
}
