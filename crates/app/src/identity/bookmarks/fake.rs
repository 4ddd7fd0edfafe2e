//! Bookmarks for tests, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use unhook_model::Timestamp;

use super::{BookmarkError, Bookmarks};

/// They last as long as it does.
#[derive(Debug, Default)]
pub struct FakeBookmarks(Mutex<BTreeMap<String, Timestamp>>);

impl Bookmarks for FakeBookmarks {
    fn read_until(&self, provider: &str) -> Result<Option<Timestamp>, BookmarkError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.get(provider).copied())
    }

    fn keep(&self, provider: &str, at: Timestamp) -> Result<(), BookmarkError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(provider.to_owned(), at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        super::super::contract::run(&FakeBookmarks::default());
    }
}
