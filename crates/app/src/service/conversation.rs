//! What a person has just passed on, so that the next text is understood: the sender of the
//! one before, its second part, or something of its own. And what was answered to whom, so
//! that a text delivered again gets the same answer.
//!
//! It is all in memory and short. After a restart a second text stands by itself, and a
//! delivery that comes again is found in the views.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use unhook_model::{PersonId, ReportId, Timestamp};

use crate::people::Mark;
use crate::submission::Taken;

/// How long the sender of a text may be given after it.
const WINDOW: Duration = Duration::from_secs(10 * 60);

/// The most people whose last text is remembered.
const MOST_PEOPLE: usize = 10_000;

/// The most answers remembered: what a provider delivers again, it does within minutes.
const MOST_ANSWERS: usize = 8_192;

/// How many people may be talking at the same time without waiting for each other. A turn lasts
/// until what was said is durable, and who shares one waits for the next commit; so there are
/// several times as many as there are connections. Each takes some forty bytes.
const TURNS: usize = 4_096;

/// The last text that somebody passed on.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    pub(super) report: ReportId,
    pub(super) at: Timestamp,
    /// Its parts so far.
    pub(super) parts: Vec<String>,
    pub(super) sender: Option<String>,
    pub(super) waits_for_sender: bool,
}

/// What is remembered of the last minutes.
#[derive(Debug)]
pub(super) struct Conversations {
    people: Mutex<HashMap<PersonId, Recent>>,
    answers: Mutex<Newest<Taken>>,
    /// Hashes of the texts that were answered.
    texts: Mutex<Newest<u64>>,
    /// Under which ids deliveries are kept, whether or not that succeeded.
    ids: Mutex<Newest<ReportId>>,
    turns: Vec<tokio::sync::Mutex<()>>,
}

/// The newest [`MOST_ANSWERS`] of something, by key.
#[derive(Debug)]
struct Newest<T> {
    by_key: HashMap<Mark, T>,
    order: VecDeque<Mark>,
}

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T: Clone> Newest<T> {
    fn keep(&mut self, key: Mark, value: T) {
        if self.by_key.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MOST_ANSWERS
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_key.remove(&oldest);
        }
    }
}

/// A hash of a text, to tell one from another within this process.
pub(super) fn hash_of(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// Which turn is somebody's. All of an id counts: one that is made of a mark has only digits.
fn turn(person: PersonId) -> usize {
    let mut hasher = DefaultHasher::new();
    person.to_bytes().hash(&mut hasher);
    (hasher.finish() % TURNS as u64) as usize
}

impl Default for Conversations {
    fn default() -> Self {
        let turns = (0..TURNS).map(|_| tokio::sync::Mutex::default()).collect();
        let (answers, texts, ids) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { people: Mutex::default(), answers, texts, ids, turns }
    }
}

impl Conversations {
    /// Waits until nothing else of this person is being taken.
    pub(super) async fn turn(&self, person: PersonId) -> tokio::sync::MutexGuard<'_, ()> {
        self.turns[turn(person)].lock().await
    }

    /// The last text of a person, if it is not long ago.
    pub(super) fn recent(&self, person: PersonId, now: Timestamp) -> Option<Recent> {
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = people.get(&person)?;
        (now <= recent.at.plus(WINDOW)).then(|| recent.clone())
    }

    pub(super) fn remember(&self, person: PersonId, recent: Recent) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= MOST_PEOPLE {
            let oldest = recent.at.minus(WINDOW);
            people.retain(|_, recent| recent.at > oldest);
            if people.len() >= MOST_PEOPLE {
                people.clear();
            }
        }
        people.insert(person, recent);
    }

    /// What was answered to something with this key.
    pub(super) fn answer(&self, key: &Mark) -> Option<Taken> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.by_key.get(key).cloned()
    }

    pub(super) fn keep_answer(&self, key: Mark, text: u64, taken: Taken) {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).keep(key.clone(), text);
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).keep(key, taken);
    }

    /// The hash of the text that had this key.
    pub(super) fn text(&self, key: &Mark) -> Option<u64> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).by_key.get(key).copied()
    }

    /// The id of a report with this key: the same each time that it comes, so that one which
    /// was kept although nobody was told is known when it comes again.
    pub(super) fn id_of(&self, key: Option<&Mark>, fresh: ReportId) -> ReportId {
        let Some(key) = key else { return fresh };
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = ids.by_key.get(key) {
            return *known;
        }
        ids.keep(key.clone(), fresh);
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_talks_at_the_same_time_rarely_shares_a_turn() {
        let digits = |number: u64| {
            let mark = format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            PersonId::from_bytes(mark.into_bytes().try_into().unwrap())
        };
        let turns: std::collections::BTreeSet<usize> =
            (0..64).map(|number| turn(digits(number))).collect();
        assert!(turns.len() > 60, "{}", turns.len());
    }
}
