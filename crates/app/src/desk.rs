//! Where inputs become decisions that last.
//!
//! A [`Desk`] holds an engine and the journal it lives by. It takes many decisions at a time:
//! each is made on top of those before it, all go into one commit, and only once that is durable
//! does any of them count for whoever asked. So one sync of the disk carries hundreds of
//! reports.
//!
//! When the journal cannot be written to, the commit that could not be kept waits and goes
//! first the next time: nobody was told that it counts, and since what was decided knows
//! itself again, whoever asks again gets the same. When somebody else was faster, the desk reads
//! everything anew and decides again; until it has, readers see the engine as it was.
//!
//! It makes no ids, asks no clock, and tells nobody.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use unhook_engine::{Engine, Event, Input, Refusal};

use crate::history::History;
use crate::journal::{
    AppendError, Commit, CommitId, EncodedEvent, Journal, LARGEST_COMMIT, Partition, Position,
    ReadError,
};
use crate::record::Record;
use crate::wire::{self, WireError};

/// How often decisions are made again when others are faster, before the asker is told to
/// try later.
const MOST_TRIES: usize = 16;

/// From this many bytes on, a commit takes no further decision: half of what it may have, so
/// that the last one always fits.
const FULL_COMMIT: usize = LARGEST_COMMIT / 2;

/// Why there is no decision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// Others were faster every time. Try again later.
    #[error("others decided faster {MOST_TRIES} times in a row")]
    Overtaken,
    /// What was decided last could not be kept yet.
    #[error("what was decided last could not be kept yet")]
    Pending,
    /// The decisions could not be appended; whether to try again, the journal's error says.
    #[error("the decision could not be kept")]
    NotKept(#[source] AppendError),
    /// The journal could not be read.
    #[error("the journal could not be read")]
    NotRead(#[source] ReadError),
    /// The journal holds what cannot be understood.
    #[error("the commit at position {position} cannot be understood", position = .position.to_raw())]
    NotUnderstood {
        /// Where.
        position: Position,
        /// Why.
        #[source]
        cause: WireError,
    },
}

/// Something to decide about.
pub trait Decision: Send {
    /// Decides. Called again, after somebody else was faster, it starts anew.
    fn decide(&mut self, draft: &mut Draft<'_>);
}

impl<F: FnMut(&mut Draft<'_>) + Send> Decision for F {
    fn decide(&mut self, draft: &mut Draft<'_>) {
        self(draft);
    }
}

/// A commit as it is being decided, with the engine as if it were kept already.
#[derive(Debug)]
pub struct Draft<'d> {
    engine: &'d mut Engine,
    records: &'d mut Vec<Record>,
    encoded: &'d mut Vec<EncodedEvent>,
}

impl Draft<'_> {
    /// The engine, with all that was decided before.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        self.engine
    }

    /// What was decided so far and goes into the same commit.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        self.records
    }

    /// Lets the engine decide, and says what follows.
    ///
    /// # Errors
    /// When it refuses; nothing has happened then.
    pub fn decide(&mut self, input: &Input) -> Result<Vec<Event>, Refusal> {
        self.decide_some(input, usize::MAX)
    }

    /// The same, but lets only the first `most` events happen: for an input whose events have
    /// nothing to do with each other, so that they fit into a commit. Give it again for the rest.
    ///
    /// # Errors
    /// When the engine refuses; nothing has happened then.
    pub fn decide_some(&mut self, input: &Input, most: usize) -> Result<Vec<Event>, Refusal> {
        let mut events = self.engine.decide(input)?;
        events.truncate(most);
        self.engine.fold_ahead(&events);
        events.iter().cloned().map(Record::Engine).for_each(|record| self.push(record));
        Ok(events)
    }

    /// Adds a record that is not the engine's.
    pub fn record(&mut self, record: Record) {
        debug_assert!(!matches!(record, Record::Engine(_)), "the engine decides its own");
        self.push(record);
    }

    fn push(&mut self, record: Record) {
        self.encoded.push(wire::encode(&record));
        self.records.push(record);
    }
}

/// What became durable together.
#[derive(Debug)]
pub struct Kept {
    /// Where it stands.
    pub position: Position,
    /// What happened, in order.
    pub records: Vec<Record>,
    /// How many of the decisions it holds, from the first: a commit has its limits.
    pub decided: usize,
}

/// An engine and the journal it lives by.
#[derive(Debug)]
pub struct Desk<J> {
    journal: J,
    partition: Partition,
    engine: Arc<RwLock<Engine>>,
    last: Option<Position>,
    /// What was decided and could not be kept yet.
    pending: Option<(Commit, Vec<Record>)>,
    /// Whether the engine has folded what never happened.
    is_stale: bool,
}

impl<J: Journal> Desk<J> {
    /// Reads what a partition holds beyond what an engine has folded: one from a snapshot, or
    /// a new one.
    ///
    /// # Errors
    /// When the journal cannot be read or holds what cannot be understood.
    pub async fn open(
        journal: J,
        partition: Partition,
        mut engine: Engine,
    ) -> Result<Self, DeskError> {
        catch_up(&journal, &partition, &mut engine).await?;
        let last = engine.state().position().map(Position::from_raw);
        let engine = Arc::new(RwLock::new(engine));
        Ok(Self { journal, partition, engine, last, pending: None, is_stale: false })
    }

    /// The engine as of the last decision.
    pub fn engine(&self) -> RwLockReadGuard<'_, Engine> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine, to be read while the desk goes on.
    #[must_use]
    pub fn shared_engine(&self) -> Arc<RwLock<Engine>> {
        Arc::clone(&self.engine)
    }

    /// The engine and the journal, taken from the desk at the end of its work.
    ///
    /// # Errors
    /// When the engine has folded what the journal may not have.
    pub fn into_parts(self) -> Result<(Engine, J), DeskError> {
        if self.is_pending() {
            return Err(DeskError::Pending);
        }
        let engine = std::mem::take(&mut *self.write());
        Ok((engine, self.journal))
    }

    /// The journal it lives by.
    #[must_use]
    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// The position of the last commit that is durable.
    #[must_use]
    pub fn last(&self) -> Option<Position> {
        self.last
    }

    /// Takes decisions, in order, and keeps what they come to. It may take only the first
    /// of them when they come to much, and none when something still had to be kept that was
    /// decided before: [`Kept::decided`] says how many. `None` when they come to nothing.
    ///
    /// # Errors
    /// When they are not kept: [`DeskError`] says which. What was decided is tried again
    /// before anything else, so it may count all the same.
    pub async fn take(
        &mut self,
        id: CommitId,
        decisions: &mut [impl Decision],
    ) -> Result<Option<Kept>, DeskError> {
        if self.is_pending() {
            return self.retry().await;
        }
        for _ in 0..MOST_TRIES {
            let (decided, commit, records) = self.draft(id, decisions);
            if records.is_empty() {
                return Ok(None);
            }
            match self.keep(commit, records).await {
                Ok((position, records)) => return Ok(Some(Kept { position, records, decided })),
                Err(DeskError::NotKept(AppendError::Conflict { .. })) => self.start_anew().await?,
                Err(error) => return Err(error),
            }
        }
        Err(DeskError::Overtaken)
    }

    /// Keeps what could not be kept before, and says what that was; or reads what could not be
    /// read.
    ///
    /// # Errors
    /// When it still cannot be.
    pub async fn retry(&mut self) -> Result<Option<Kept>, DeskError> {
        if self.is_stale {
            return self.start_anew().await.map(|()| None);
        }
        let Some((commit, records)) = self.pending.take() else { return Ok(None) };
        match self.keep(commit, records).await {
            Ok((position, records)) => Ok(Some(Kept { position, records, decided: 0 })),
            Err(DeskError::NotKept(AppendError::Conflict { .. })) => {
                self.start_anew().await.map(|()| None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether something goes before any new decision: what was decided could not be kept yet,
    /// or what others decided could not be read.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.is_some() || self.is_stale
    }

    fn draft(&self, id: CommitId, decisions: &mut [impl Decision]) -> (usize, Commit, Vec<Record>) {
        let (mut records, mut encoded, mut decided) = (Vec::new(), Vec::new(), 0);
        let mut size = 0;
        for decision in decisions {
            let known = encoded.len();
            // Taken anew for each, so that readers come in between.
            let mut engine = self.write();
            let mut draft =
                Draft { engine: &mut engine, records: &mut records, encoded: &mut encoded };
            decision.decide(&mut draft);
            decided += 1;
            size += encoded[known..].iter().map(EncodedEvent::size).sum::<usize>();
            if size >= FULL_COMMIT {
                break;
            }
        }
        (decided, Commit { id, events: encoded }, records)
    }

    async fn keep(
        &mut self,
        commit: Commit,
        records: Vec<Record>,
    ) -> Result<(Position, Vec<Record>), DeskError> {
        // A future that is dropped here must not lose what the engine has folded already.
        let (commit, records) = self.pending.insert((commit, records));
        let appended = self.journal.append(&self.partition, self.last, commit).await;
        match appended {
            Ok(position) => {
                let records = std::mem::take(records);
                self.pending = None;
                let mut engine = self.write();
                if engine.is_ahead() {
                    engine.settle(position.to_raw());
                } else {
                    // What was kept was none of the engine's; it has come this far all the same.
                    engine.apply(position.to_raw(), &[]);
                }
                drop(engine);
                self.last = self.last.max(Some(position));
                Ok((position, records))
            }
            Err(error) => {
                if !matches!(error, AppendError::Unavailable(_) | AppendError::Broken(_)) {
                    // It was not appended, and never will be as it is.
                    (self.pending, self.is_stale) = (None, true);
                }
                Err(DeskError::NotKept(error))
            }
        }
    }

    /// Forgets what was decided and not kept, and reads everything again.
    async fn start_anew(&mut self) -> Result<(), DeskError> {
        let mut engine = Engine::default();
        catch_up(&self.journal, &self.partition, &mut engine).await?;
        let last = engine.state().position().map(Position::from_raw);
        *self.write() = engine;
        (self.last, self.is_stale) = (last, false);
        Ok(())
    }

    fn write(&self) -> RwLockWriteGuard<'_, Engine> {
        self.engine.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Folds what a journal holds beyond what an engine has folded, and says how many commits that
/// was.
///
/// # Errors
/// When the journal cannot be read or holds what cannot be understood.
pub async fn catch_up<J: Journal>(
    journal: &J,
    partition: &Partition,
    engine: &mut Engine,
) -> Result<usize, DeskError> {
    let after = engine.state().position().map(Position::from_raw);
    let (mut history, mut folded) = (History::after(journal, partition, after), 0);
    loop {
        let page = history.next().await?;
        if page.is_empty() {
            return Ok(folded);
        }
        folded += page.len();
        for (position, records) in page {
            let events: Vec<_> = records.into_iter().filter_map(Record::into_event).collect();
            engine.apply(position.to_raw(), &events);
        }
    }
}
