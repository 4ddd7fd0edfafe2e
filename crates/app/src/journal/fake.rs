//! A journal in memory, for tests, that does on purpose what a journal may do: its positions
//! have gaps, its reads repeat themselves, and it can be told to fail. It does all that by a
//! seed, so that a test that fails, fails again.
//!
//! It deliberately keeps nothing: durability is the one promise it cannot make.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{AppendError, Cause, Commit, Journal, LARGEST_COMMIT, Partition, Position, ReadError};

/// The widest gap between two positions.
const WIDEST_GAP: u64 = 5;

/// One in how many reads repeats something.
const ONE_READ_IN: u64 = 3;

/// What an append can be told to do instead of appending.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendFault {
    /// Somebody else was faster by this commit: it is appended just before, to the same
    /// partition, so that the append finds a genuine conflict.
    Overtaken(Commit),
    /// Unavailable, and nothing was appended.
    Unavailable,
    /// Told to be unavailable, though the append succeeded: the answer got lost.
    AnswerLost,
}

/// A journal in memory that can be told to fail.
///
/// ```
/// # use unhook_app::journal::fake::{AppendFault, FakeJournal};
/// let journal = FakeJournal::new(7);
/// journal.fail_append(3, AppendFault::Unavailable); // the third append from now
/// ```
#[derive(Debug)]
pub struct FakeJournal(Mutex<State>);

#[derive(Debug)]
struct State {
    dice: Dice,
    partitions: BTreeMap<Partition, Vec<(Position, Commit)>>,
    last_given: u64,
    /// How many appends and reads there were.
    appends: u64,
    reads: u64,
    append_faults: BTreeMap<u64, AppendFault>,
    read_faults: BTreeSet<u64>,
    /// One in how many calls is unavailable by chance.
    one_call_in: Option<u64>,
}

impl FakeJournal {
    /// A journal that does not fail until it is told to.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(State {
            dice: Dice(seed),
            partitions: BTreeMap::new(),
            last_given: 0,
            appends: 0,
            reads: 0,
            append_faults: BTreeMap::new(),
            read_faults: BTreeSet::new(),
            one_call_in: None,
        }))
    }

    /// A journal that is also unavailable in about one call of `one_call_in`, be it that
    /// nothing happened or that only the answer got lost. Conflicts do not come by chance: what
    /// causes one is another commit.
    #[must_use]
    pub fn unreliable(seed: u64, one_call_in: u64) -> Self {
        let journal = Self::new(seed);
        journal.state().one_call_in = Some(one_call_in);
        journal
    }

    /// Makes an append fail: the `nth` from now, the next one being the first.
    pub fn fail_append(&self, nth: u64, fault: AppendFault) {
        let mut state = self.state();
        let call = state.appends + nth;
        state.append_faults.insert(call, fault);
    }

    /// Makes a read, or a look for the last position, unavailable: the `nth` from now, the
    /// next one being the first.
    pub fn fail_read(&self, nth: u64) {
        let mut state = self.state();
        let call = state.reads + nth;
        state.read_faults.insert(call);
    }

    /// What a partition holds, in order, each once, for a test to look at.
    #[must_use]
    pub fn contents(&self, partition: &Partition) -> Vec<(Position, Commit)> {
        self.state().commits(partition).to_vec()
    }

    /// A test that panicked elsewhere is no reason to panic here too.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for FakeJournal {
    async fn append(
        &self,
        partition: &Partition,
        expected_last: Option<Position>,
        commit: &Commit,
    ) -> Result<Position, AppendError> {
        let mut state = self.state();
        match state.next_append_fault() {
            Some(AppendFault::Unavailable) => return Err(AppendError::Unavailable(cause())),
            Some(AppendFault::AnswerLost) => {
                state.append(partition, expected_last, commit)?;
                return Err(AppendError::Unavailable(cause()));
            }
            Some(AppendFault::Overtaken(by)) => {
                state.push(partition, &by);
            }
            None => {}
        }
        state.append(partition, expected_last, commit)
    }

    async fn read(
        &self,
        partition: &Partition,
        after: Option<Position>,
        limit: NonZeroUsize,
    ) -> Result<Vec<(Position, Commit)>, ReadError> {
        let mut state = self.state();
        state.next_read()?;
        Ok(state.read(partition, after, limit.get()))
    }

    async fn last(&self, partition: &Partition) -> Result<Option<Position>, ReadError> {
        let mut state = self.state();
        state.next_read()?;
        Ok(state.last(partition))
    }
}

impl State {
    fn next_append_fault(&mut self) -> Option<AppendFault> {
        self.appends += 1;
        let told = self.append_faults.remove(&self.appends);
        told.or_else(|| self.is_unlucky().then(|| self.some_unavailability()))
    }

    fn some_unavailability(&mut self) -> AppendFault {
        if self.dice.one_in(2) { AppendFault::Unavailable } else { AppendFault::AnswerLost }
    }

    fn next_read(&mut self) -> Result<(), ReadError> {
        self.reads += 1;
        let told = self.read_faults.remove(&self.reads);
        if told || self.is_unlucky() { Err(ReadError::Unavailable(cause())) } else { Ok(()) }
    }

    fn is_unlucky(&mut self) -> bool {
        self.one_call_in.is_some_and(|one_in| self.dice.one_in(one_in))
    }

    fn append(
        &mut self,
        partition: &Partition,
        expected_last: Option<Position>,
        commit: &Commit,
    ) -> Result<Position, AppendError> {
        let size = commit.size();
        if size > LARGEST_COMMIT {
            return Err(AppendError::TooLarge { size });
        }
        let known = self.commits(partition).iter().find(|(_, known)| known.id == commit.id);
        match known {
            Some((position, known)) if known == commit => return Ok(*position),
            Some((position, _)) => return Err(AppendError::IdReused { position: *position }),
            None => {}
        }
        let last = self.last(partition);
        if last != expected_last {
            return Err(AppendError::Conflict { last });
        }
        Ok(self.push(partition, commit))
    }

    fn push(&mut self, partition: &Partition, commit: &Commit) -> Position {
        self.last_given += 1 + self.dice.below(WIDEST_GAP + 1);
        let position = Position::from_raw(self.last_given);
        let commits = self.partitions.entry(partition.clone()).or_default();
        commits.push((position, commit.clone()));
        position
    }

    /// What follows, with something repeated now and then: an entry read before, or one of
    /// this very answer.
    fn read(
        &mut self,
        partition: &Partition,
        after: Option<Position>,
        limit: usize,
    ) -> Vec<(Position, Commit)> {
        let repeat = limit > 1 && self.dice.one_in(ONE_READ_IN);
        let fresh = if repeat { limit - 1 } else { limit };
        let commits = self.partitions.get(partition).map_or(&[][..], Vec::as_slice);
        let begin = commits.partition_point(|(position, _)| Some(*position) <= after);
        let end = commits.len().min(begin.saturating_add(fresh));
        let mut answer = commits[begin..end].to_vec();
        if repeat && begin < end {
            let is_old = begin > 0 && self.dice.one_in(2);
            let again =
                if is_old { self.dice.pick(begin) } else { begin + self.dice.pick(end - begin) };
            // Behind the entry it repeats, or anywhere if that came in another answer.
            let first_place = (again + 1).saturating_sub(begin);
            let place = first_place + self.dice.pick(answer.len() + 1 - first_place);
            answer.insert(place, self.commits(partition)[again].clone());
        }
        answer
    }

    fn last(&self, partition: &Partition) -> Option<Position> {
        self.commits(partition).last().map(|(position, _)| *position)
    }

    fn commits(&self, partition: &Partition) -> &[(Position, Commit)] {
        self.partitions.get(partition).map_or(&[], Vec::as_slice)
    }
}

fn cause() -> Cause {
    "the fake journal was told to be unavailable".into()
}

/// Numbers that look random and are the same for the same seed: SplitMix64, by Steele, Lea
/// and Flood, "Fast splittable pseudorandom number generators" (2014).
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }

    fn pick(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).unwrap_or(0)
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{CommitId, EncodedEvent, EventKind, contract};

    const PAGE: NonZeroUsize = NonZeroUsize::new(4).unwrap();

    fn partition() -> Partition {
        Partition::parse("acme").unwrap()
    }

    fn commit(number: u8) -> Commit {
        let kind = EventKind::parse("seen").unwrap();
        let events = vec![EncodedEvent { kind, version: 1, payload: vec![number] }];
        Commit { id: CommitId::from_bytes([number; 16]), events }
    }

    async fn filled(journal: &FakeJournal, count: u8) -> Vec<Position> {
        let mut positions = Vec::new();
        for number in 1..=count {
            let last = positions.last().copied();
            positions.push(journal.append(&partition(), last, &commit(number)).await.unwrap());
        }
        positions
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        for seed in 0..50 {
            contract::run(&FakeJournal::new(seed)).await;
        }
    }

    #[tokio::test]
    async fn positions_have_gaps_and_reads_repeat_themselves() {
        let journal = FakeJournal::new(1);
        let positions = filled(&journal, 20).await;
        assert!(positions.windows(2).any(|two| two[1].to_raw() > two[0].to_raw() + 1));

        let (mut same_answer, mut earlier) = (false, false);
        for _ in 0..50 {
            let after = positions[9];
            let answer = journal.read(&partition(), Some(after), PAGE).await.unwrap();
            earlier |= answer.iter().any(|(position, _)| *position <= after);
            let firsts: Vec<_> = answer.iter().filter(|(p, _)| *p == positions[10]).collect();
            same_answer |= firsts.len() > 1;
        }
        assert!(same_answer && earlier);
    }

    #[tokio::test]
    async fn the_same_seed_does_the_same() {
        let (one, other) = (FakeJournal::unreliable(3, 4), FakeJournal::unreliable(3, 4));
        for number in 1..100 {
            let last = one.contents(&partition()).last().map(|(position, _)| *position);
            let first = one.append(&partition(), last, &commit(number)).await;
            let second = other.append(&partition(), last, &commit(number)).await;
            assert_eq!(format!("{first:?}"), format!("{second:?}"));
            let first = one.read(&partition(), None, PAGE).await;
            let second = other.read(&partition(), None, PAGE).await;
            assert_eq!(format!("{first:?}"), format!("{second:?}"));
        }
    }

    #[tokio::test]
    async fn chance_brings_both_kinds_of_unavailability() {
        let journal = FakeJournal::unreliable(5, 3);
        let (mut nothing, mut lost) = (false, false);
        for number in 1..100 {
            let before = journal.contents(&partition()).len();
            let last = journal.contents(&partition()).last().map(|(position, _)| *position);
            let result = journal.append(&partition(), last, &commit(number)).await;
            let appended = journal.contents(&partition()).len() > before;
            match result {
                Ok(_) => assert!(appended),
                Err(AppendError::Unavailable(_)) if appended => lost = true,
                Err(AppendError::Unavailable(_)) => nothing = true,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(nothing && lost);
    }

    #[tokio::test]
    async fn faults_come_when_told() {
        let journal = FakeJournal::new(2);
        journal.fail_append(2, AppendFault::Unavailable);
        journal.fail_append(3, AppendFault::AnswerLost);
        journal.fail_append(4, AppendFault::Overtaken(commit(9)));
        let first = journal.append(&partition(), None, &commit(1)).await.unwrap();
        let unavailable = journal.append(&partition(), Some(first), &commit(2)).await;
        assert!(matches!(unavailable, Err(AppendError::Unavailable(_))), "{unavailable:?}");
        assert_eq!(journal.contents(&partition()).len(), 1);
        let lost = journal.append(&partition(), Some(first), &commit(2)).await;
        assert!(matches!(lost, Err(AppendError::Unavailable(_))), "{lost:?}");
        assert_eq!(journal.contents(&partition()).len(), 2);
        let last = journal.last(&partition()).await.unwrap();
        let overtaken = journal.append(&partition(), last, &commit(3)).await;
        let Err(AppendError::Conflict { last }) = overtaken else { panic!("{overtaken:?}") };
        let contents = journal.contents(&partition());
        assert_eq!(contents.last(), Some(&(last.unwrap(), commit(9))));
        journal.append(&partition(), last, &commit(3)).await.unwrap();
    }

    #[tokio::test]
    async fn reads_fail_when_told() {
        let journal = FakeJournal::new(2);
        journal.fail_read(2);
        assert!(journal.read(&partition(), None, PAGE).await.is_ok());
        let read = journal.last(&partition()).await;
        assert!(matches!(read, Err(ReadError::Unavailable(_))), "{read:?}");
        assert!(journal.last(&partition()).await.is_ok());
    }
}
