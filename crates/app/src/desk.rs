//! Where inputs become decisions that last.
//!
//! A [`Desk`] holds an engine and the journal it lives by. What comes in is decided about, the
//! decision is appended, and only once it is durable does it count, here and for whoever asked.
//! When somebody else was faster, the desk reads on and decides again; when the journal cannot be
//! written to, nothing happened as far as the asker knows, and the same input with the same
//! commit id can be given again.
//!
//! One decision waits for the one before it. It makes no ids, asks no clock, and tells nobody.

use std::num::NonZeroUsize;

use unhook_engine::{Engine, Event, Input, Refusal};

use crate::journal::{AppendError, Commit, CommitId, Journal, Partition, Position, ReadError};
use crate::wire::{self, WireError};

/// How often a decision is made again when others are faster, before the asker is told to
/// try later.
const MOST_TRIES: usize = 16;

/// Commits read at a time.
const AT_A_TIME: NonZeroUsize = NonZeroUsize::new(256).expect("it is not zero");

/// Why there is no decision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// What was asked for cannot be. The same again will be refused again.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Others were faster every time. Try again later.
    #[error("others decided faster {MOST_TRIES} times in a row")]
    Overtaken,
    /// The decision could not be appended; whether to try again, the journal's error says.
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

/// An engine and the journal it lives by.
#[derive(Debug)]
pub struct Desk<J> {
    journal: J,
    partition: Partition,
    engine: Engine,
    last: Option<Position>,
    /// Whether the journal may hold what the engine has not folded.
    is_behind: bool,
}

impl<J: Journal> Desk<J> {
    /// Reads all that a partition holds.
    ///
    /// # Errors
    /// When the journal cannot be read or holds what cannot be understood.
    pub async fn open(journal: J, partition: Partition) -> Result<Self, DeskError> {
        let (engine, last) = (Engine::default(), None);
        let mut desk = Self { journal, partition, engine, last, is_behind: true };
        desk.catch_up().await?;
        Ok(desk)
    }

    /// The engine as of the last decision that this desk knows of.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The journal it lives by.
    #[must_use]
    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// Decides about an input and returns what happened, once it is durable; nothing when
    /// nothing follows, as when the same report came before.
    ///
    /// # Errors
    /// When it is refused, or not kept: [`DeskError`] says which. Unless it was refused, the
    /// same input may be given again with the same id.
    pub async fn take(&mut self, id: CommitId, input: &Input) -> Result<Vec<Event>, DeskError> {
        for _ in 0..MOST_TRIES {
            if self.is_behind {
                self.catch_up().await?;
            }
            let events = self.engine.decide(input)?;
            if events.is_empty() {
                return Ok(events);
            }
            let commit = Commit { id, events: events.iter().map(wire::encode).collect() };
            // Until it is known to be appended, it may have been.
            self.is_behind = true;
            match self.journal.append(&self.partition, self.last, &commit).await {
                Ok(position) => {
                    self.fold(position, &events);
                    self.is_behind = false;
                    return Ok(events);
                }
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(DeskError::NotKept(error)),
            }
        }
        Err(DeskError::Overtaken)
    }

    /// Folds what others appended, or this desk without knowing.
    ///
    /// # Errors
    /// When the journal cannot be read or holds what cannot be understood. What was read before
    /// is folded, and the next call goes on from there.
    pub async fn catch_up(&mut self) -> Result<(), DeskError> {
        loop {
            let before = self.last;
            let read = self.journal.read(&self.partition, before, AT_A_TIME).await;
            for (position, commit) in read.map_err(DeskError::NotRead)? {
                let decode = |event| {
                    wire::decode(event)
                        .map_err(|cause| DeskError::NotUnderstood { position, cause })
                };
                let events: Vec<Event> =
                    commit.events.iter().map(decode).collect::<Result<_, _>>()?;
                self.fold(position, &events);
            }
            if self.last == before {
                self.is_behind = false;
                return Ok(());
            }
        }
    }

    fn fold(&mut self, position: Position, events: &[Event]) {
        self.engine.apply(position.to_raw(), events);
        self.last = self.last.max(Some(position));
    }
}
