//! Answers that are remembered, in bounded memory.
//!
//! Each is of one question, and of whether its asker wanted signatures and their checking. What is
//! out of date stays for a while: when no upstream answers, an old answer is better than none
//! (RFC 8767). When memory is short, what nobody asked for since it was last looked at goes first.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use super::answer::Age;
use super::kept::Kept;
use super::request::Request;

/// How long an answer stays when it is out of date, in seconds: a day and a half outlasts what
/// an upstream may be away (RFC 8767, section 5, has one to three days).
pub const STALE_FOR: u32 = 36 * 3_600;

/// How long no upstream is asked for what none could say, while there is an old answer, in seconds
/// (RFC 8767, section 5).
pub const RETRY_AFTER: u32 = 30;

/// Parts with a lock each, so that threads seldom wait for one another.
const SHARDS: usize = 64;

/// What an entry takes beside its answer and its key: places in the table and in the queue.
const OVERHEAD: usize = 160;

/// What an answer is remembered under: name, kind, and what of signatures was wanted.
pub(super) type Key = Arc<[u8]>;

/// The bytes of a question's key.
pub(super) fn key(request: &Request) -> Vec<u8> {
    let wire = request.name.wire();
    let mut key = Vec::with_capacity(wire.len() + 3);
    key.extend_from_slice(wire);
    key.extend_from_slice(&request.rtype.to_int().to_be_bytes());
    key.push(u8::from(request.wants_dnssec()) | u8::from(request.checking_disabled) << 1);
    key
}

/// What is remembered of a question.
#[derive(Clone, Debug)]
pub(super) enum Remembered {
    /// It is answered with this.
    Answer(Arc<Kept>, Age),
    /// It is asked again; this is what is left if nobody answers.
    Old(Arc<Kept>),
    /// Nothing.
    Nothing,
}

/// Answers that are remembered.
#[derive(Debug)]
pub(super) struct Cache {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Shard {
    entries: HashMap<Key, Entry>,
    /// Every key once, those that were put in or looked at longest ago first.
    queue: VecDeque<Key>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    kept: Arc<Kept>,
    since: u32,
    retry_at: u32,
    was_used: bool,
}

impl Cache {
    /// Of no more than so many bytes.
    pub(super) fn new(most_bytes: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), most_bytes: most_bytes / SHARDS }
    }

    /// What is remembered of a question, `now` seconds after the start.
    pub(super) fn find(&self, key: &[u8], now: u32) -> Remembered {
        let mut shard = self.shard(key);
        let Some(entry) = shard.entries.get_mut(key) else { return Remembered::Nothing };
        entry.was_used = true;
        let age = now.saturating_sub(entry.since);
        if age < entry.kept.ttl {
            Remembered::Answer(Arc::clone(&entry.kept), Age::Fresh(age))
        } else if entry.kept.is_failure() || age >= entry.kept.ttl + STALE_FOR {
            Remembered::Nothing
        } else if now < entry.retry_at {
            Remembered::Answer(Arc::clone(&entry.kept), Age::Stale)
        } else {
            Remembered::Old(Arc::clone(&entry.kept))
        }
    }

    /// Remembers an answer.
    pub(super) fn put(&self, key: Key, kept: Arc<Kept>, now: u32) {
        let mut shard = self.shard(&key);
        shard.bytes += size(&key, &kept);
        let entry = Entry { kept, since: now, retry_at: 0, was_used: false };
        match shard.entries.insert(Arc::clone(&key), entry) {
            Some(old) => shard.bytes -= size(&key, &old.kept),
            None => shard.queue.push_back(key),
        }
        shard.evict(self.most_bytes);
    }

    /// No upstream could say: what is old counts for a while, and where there is nothing, that
    /// nobody knows.
    pub(super) fn put_off(&self, key: Key, failure: Arc<Kept>, now: u32) {
        if let Some(entry) = self.shard(&key).entries.get_mut(&key)
            && !entry.kept.is_failure()
            && now < entry.since.saturating_add(entry.kept.ttl + STALE_FOR)
        {
            entry.retry_at = now + RETRY_AFTER;
            return;
        }
        self.put(key, failure, now);
    }

    /// How many answers there are, and their bytes.
    pub(super) fn size(&self) -> (usize, usize) {
        self.shards.iter().fold((0, 0), |(count, bytes), shard| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            (count + shard.entries.len(), bytes + shard.bytes)
        })
    }

    fn shard(&self, key: &[u8]) -> std::sync::MutexGuard<'_, Shard> {
        let number = self.hasher.hash_one(key) as usize % SHARDS;
        self.shards[number].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn evict(&mut self, most_bytes: usize) {
        while self.bytes > most_bytes {
            let Some(key) = self.queue.pop_front() else { return };
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            if std::mem::take(&mut entry.was_used) {
                self.queue.push_back(key);
                continue;
            }
            self.bytes -= size(&key, &entry.kept);
            self.entries.remove(&key);
        }
    }
}

fn size(key: &[u8], kept: &Kept) -> usize {
    key.len() + kept.size() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::base::iana::Rtype;

    use super::super::request::{Edns, query};

    fn request(name: &str, edns: Option<Edns>) -> Request {
        Request::read(&query(7, name, Rtype::A, edns).unwrap()).unwrap()
    }

    fn kept(ttl: u32) -> Arc<Kept> {
        let mut kept = Kept::failure(None);
        kept.wire = [0; 400].into();
        kept.ttl = ttl;
        kept.rcode = domain::base::iana::Rcode::NOERROR;
        Arc::new(kept)
    }

    fn is(found: &Remembered) -> &'static str {
        match found {
            Remembered::Answer(_, Age::Fresh(_)) => "fresh",
            Remembered::Answer(_, Age::Stale) => "stale",
            Remembered::Old(_) => "old",
            Remembered::Nothing => "nothing",
        }
    }

    #[test]
    fn an_answer_grows_old_and_goes() {
        let cache = Cache::new(1 << 20);
        let key: Key = key(&request("www.other.test", None)).into();
        cache.put(Arc::clone(&key), kept(60), 100);
        let gone = 100 + 60 + STALE_FOR;
        for (now, expected) in
            [(100, "fresh"), (159, "fresh"), (160, "old"), (gone - 1, "old"), (gone, "nothing")]
        {
            assert_eq!(is(&cache.find(&key, now)), expected, "{now}");
        }
        let failure = || Arc::new(Kept::failure(None));
        cache.put_off(Arc::clone(&key), failure(), 200);
        assert_eq!(is(&cache.find(&key, 200)), "stale");
        assert_eq!(is(&cache.find(&key, 200 + RETRY_AFTER)), "old");
        cache.put_off(Arc::clone(&key), failure(), gone);
        assert_eq!(is(&cache.find(&key, gone)), "fresh", "that nobody knows");
        assert_eq!(is(&cache.find(&key, gone + 5)), "nothing", "not for long");
    }

    #[test]
    fn questions_of_other_kinds_are_other_questions() {
        let edns = |wants_dnssec| Some(Edns { datagram: 1_232, wants_dnssec });
        let plain = key(&request("www.other.test", None));
        assert_eq!(key(&request("WWW.other.test", edns(false))), plain);
        assert_ne!(key(&request("www.other.test", edns(true))), plain);
        let mut other = request("www.other.test", None);
        other.checking_disabled = true;
        assert_ne!(key(&other), plain);
        other.checking_disabled = false;
        other.rtype = Rtype::AAAA;
        assert_ne!(key(&other), plain);
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays() {
        let most = 1 << 20;
        let cache = Cache::new(most);
        let name = |n: u32| -> Key { key(&request(&format!("n{n}.test"), None)).into() };
        let loved = name(0);
        cache.put(Arc::clone(&loved), kept(600), 0);
        for n in 1..20_000 {
            cache.put(name(n), kept(600), 0);
            assert_eq!(is(&cache.find(&loved, 0)), "fresh", "{n}");
        }
        let (count, bytes) = cache.size();
        assert!(bytes <= most, "{bytes}");
        assert!(count > 500, "{count}");
        assert_eq!(is(&cache.find(&name(1), 0)), "nothing");
    }
}
