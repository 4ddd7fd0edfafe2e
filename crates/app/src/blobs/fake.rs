//! Blobs in memory.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use unhook_model::{PersonId, Timestamp};

use super::{BlobError, BlobId, Blobs, LARGEST_BLOB};
use crate::people::{People, Sealed};

/// Blobs in memory, sealed by whatever directory it is given.
pub struct FakeBlobs {
    people: Arc<dyn People>,
    kept: Mutex<BTreeMap<BlobId, Kept>>,
}

struct Kept {
    owner: PersonId,
    sealed: Sealed,
    until: Timestamp,
}

impl FakeBlobs {
    /// No blob yet.
    #[must_use]
    pub fn new(people: Arc<dyn People>) -> Self {
        Self { people, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<BlobId, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self, owner: PersonId, content: &[u8]) -> BlobId {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let mark = self.people.mark("blob", &format!("{owner} {:x}", hasher.finish()));
        BlobId(mark.0.as_bytes().try_into().expect("a mark has 32 digits"))
    }
}

impl Blobs for FakeBlobs {
    fn put(&self, owner: PersonId, content: &[u8], until: Timestamp) -> Result<BlobId, BlobError> {
        if content.len() > LARGEST_BLOB {
            return Err(BlobError::TooLarge { size: content.len() });
        }
        let sealed = self.people.seal(owner, content)?.ok_or(BlobError::Erased)?;
        let id = self.id(owner, content);
        let mut kept = self.kept();
        let until = kept.get(&id).map_or(until, |known| known.until.max(until));
        kept.insert(id, Kept { owner, sealed, until });
        Ok(id)
    }

    fn get(&self, owner: PersonId, id: BlobId) -> Result<Option<Vec<u8>>, BlobError> {
        match self.kept().get(&id).filter(|kept| kept.owner == owner) {
            Some(kept) => Ok(self.people.unseal(owner, &kept.sealed)?),
            None => Ok(None),
        }
    }

    fn sweep(&self, now: Timestamp) -> Result<usize, BlobError> {
        let mut kept = self.kept();
        let before = kept.len();
        let mut stays = BTreeMap::new();
        for (id, blob) in std::mem::take(&mut *kept) {
            if now < blob.until && self.people.person(blob.owner)?.is_some() {
                stays.insert(id, blob);
            }
        }
        *kept = stays;
        Ok(before - kept.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::fake::FakePeople;

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let people = Arc::new(FakePeople::new());
        let blobs = FakeBlobs::new(Arc::clone(&people) as Arc<dyn People>);
        super::super::contract::run(&blobs, &*people).await;
    }
}
