//! The desk at work: what callers ask for is decided in batches, and each hears once it is kept.
//!
//! When the journal cannot be written to, those who wait are turned away, so that nobody
//! takes silence for an acknowledgement; what was decided is tried again until it is kept, and
//! until then nobody new is let in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::calling::Paged;
use super::notifying::Notifying;
use super::responding::Responding;
use super::ruling::Corrections;
use super::{Service, ServiceError, Trouble};
use crate::desk::{Decision, Desk, Draft, Kept};
use crate::journal::{CommitId, Journal, Position};
use crate::record::Record;
use crate::surroundings::Surroundings;

/// What the journal's trouble is called.
pub(super) const JOURNAL: &str = "journal";

/// The most decisions in one commit, so that the first does not wait long for the last.
const MOST_AT_ONCE: usize = 256;

/// How many may wait for the desk; whoever comes when as many wait, waits to wait.
pub(super) const MOST_WAITING: usize = 2_048;

/// How long somebody waits for a decision to be kept: short enough that a provider, who waits
/// fifteen seconds, hears that it should come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long until what could not be kept is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// A decision somebody asked for, and how they hear of it.
pub(super) struct Asked {
    decide: Box<dyn FnMut(&mut Draft<'_>) + Send>,
    kept: oneshot::Sender<Option<Position>>,
}

impl Decision for Asked {
    fn decide(&mut self, draft: &mut Draft<'_>) {
        (self.decide)(draft);
    }
}

impl Service {
    /// Has something decided, and returns what that came to once it is durable, with its
    /// position; without one when nothing happened.
    pub(super) async fn decide<T: Send + 'static>(
        &self,
        mut decide: impl FnMut(&mut Draft<'_>) -> T + Send + 'static,
    ) -> Result<(T, Option<Position>), ServiceError> {
        self.refuse_in_trouble()?;
        let outcome = Arc::new(Mutex::new(None));
        let (kept, heard) = oneshot::channel();
        let slot = Arc::clone(&outcome);
        let player = self.player();
        let decide = Box::new(move |draft: &mut Draft<'_>| {
            let before = draft.records().len();
            let decided = decide(draft);
            player.play(draft, before);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(decided);
        });
        let turned_away = || ServiceError::Unavailable("the decision could not be kept".into());
        let answered = async {
            self.jobs.send(Asked { decide, kept }).await.ok()?;
            heard.await.ok()
        };
        let in_time = tokio::time::timeout(PATIENCE, answered).await;
        let position = in_time.ok().flatten().ok_or_else(turned_away)?;
        let decided = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        decided.map(|decided| (decided, position)).ok_or_else(turned_away)
    }

    /// Turns somebody away at once as long as nothing can be kept.
    pub(super) fn refuse_in_trouble(&self) -> Result<(), ServiceError> {
        if self.trouble.has(JOURNAL) {
            return Err(ServiceError::Unavailable("the journal cannot be written to".into()));
        }
        Ok(())
    }
}

/// Decides until it is told to stop and all that was asked before is decided; returns the desk.
pub(super) async fn run<J: Journal>(
    mut desk: Desk<J>,
    mut jobs: mpsc::Receiver<Asked>,
    mut stop: oneshot::Receiver<()>,
    learners: Learners,
    surroundings: Arc<dyn Surroundings>,
    trouble: Arc<Trouble>,
) -> Desk<J> {
    let mut waiting = Vec::with_capacity(MOST_AT_ONCE);
    loop {
        if waiting.is_empty() && !desk.is_pending() {
            tokio::select! {
                _ = &mut stop, if !jobs.is_closed() => {
                    jobs.close();
                    continue;
                }
                came = jobs.recv_many(&mut waiting, MOST_AT_ONCE) => {
                    if came == 0 {
                        return desk;
                    }
                }
            }
        }
        let id = CommitId::from_bytes(surroundings.fresh_id());
        match desk.take(id, &mut waiting).await {
            Ok(new) => {
                trouble.end(JOURNAL);
                learners.hand_out(new, &mut waiting, &desk).await;
            }
            Err(error) => {
                trouble.begin(JOURNAL, error_chain(&error));
                waiting.clear();
                while jobs.try_recv().is_ok() {}
                if jobs.is_closed() || stop.try_recv().is_ok() {
                    return desk;
                }
                tokio::time::sleep(RETRY).await;
                if !desk.is_pending() {
                    // Nothing is left to try again; only somebody new can find out.
                    trouble.end(JOURNAL);
                }
            }
        }
    }
}

/// Those who learn from everything that is kept, whatever happens to whoever asked for it.
pub(super) struct Learners {
    /// To the views.
    pub(super) kept: mpsc::Sender<(Position, Vec<Record>)>,
    pub(super) paged: Arc<Paged>,
    pub(super) corrections: Arc<Corrections>,
    pub(super) responding: Arc<Responding>,
    pub(super) notifying: Arc<Notifying>,
}

impl Learners {
    /// Says what was kept, or that nothing had to be, to all who must hear of it.
    async fn hand_out<J: Journal>(
        &self,
        new: Option<Kept>,
        waiting: &mut Vec<Asked>,
        desk: &Desk<J>,
    ) {
        let (position, decided) = match new {
            Some(new) => {
                self.paged.keep(&new.records);
                self.responding.learn(&new.records);
                self.notifying.learn(new.position, &new.records);
                self.corrections.learn(&new.records, &desk.engine());
                let published = self.kept.send((new.position, new.records)).await;
                published.expect("the projector outlives the desk");
                (Some(new.position), new.decided)
            }
            None => (None, waiting.len()),
        };
        for asked in waiting.drain(..decided) {
            // Whoever went away hears nothing.
            let _ = asked.kept.send(position);
        }
    }
}

/// An error and what is behind it, in a line.
pub(super) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut behind = error.source();
    while let Some(cause) = behind {
        line = format!("{line}: {cause}");
        behind = cause.source();
    }
    line
}
