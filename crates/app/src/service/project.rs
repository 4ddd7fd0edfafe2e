//! The projector: brings what is kept to the views, and says so to those who watch.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};
use unhook_engine::Event;

use super::decide::error_chain;
use super::{Notice, Trouble};
use crate::journal::Position;
use crate::record::Record;
use crate::views::{ViewError, Views};

/// What the trouble of the views is called.
const VIEWS: &str = "views";

/// The most commits brought in together.
const MOST_AT_ONCE: usize = 64;

/// How many commits may wait; the desk waits when as many do.
pub(super) const MOST_WAITING: usize = 1_024;

/// How long until what could not be brought in is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// What the projector works with.
pub(super) struct Projector {
    pub(super) views: Arc<dyn Views>,
    pub(super) seen: watch::Sender<Option<Position>>,
    pub(super) notices: broadcast::Sender<Notice>,
    /// Wakes the outbox.
    pub(super) outbox: watch::Sender<()>,
    pub(super) trouble: Arc<Trouble>,
}

/// Commits with their records, as they are brought in.
pub(super) type Commits = Arc<[(Position, Vec<Record>)]>;

impl Projector {
    /// Brings in what comes, until nothing can come any more.
    pub(super) async fn run(self, mut kept: mpsc::Receiver<(Position, Vec<Record>)>) {
        let mut commits = Vec::with_capacity(MOST_AT_ONCE);
        while kept.recv_many(&mut commits, MOST_AT_ONCE).await > 0 {
            let commits: Commits = commits.drain(..).collect();
            while let Err(error) = self.project(&commits).await {
                self.trouble.begin(VIEWS, error_chain(&error));
                if kept.is_closed() {
                    // They catch up from the journal at the next start.
                    return;
                }
                tokio::time::sleep(RETRY).await;
            }
            self.trouble.end(VIEWS);
        }
    }

    /// Brings commits in, and says so.
    pub(super) async fn project(&self, commits: &Commits) -> Result<(), ViewError> {
        let (views, all) = (Arc::clone(&self.views), Arc::clone(commits));
        // It may wait for a disk.
        let brought = tokio::task::spawn_blocking(move || views.project(&all)).await;
        brought.map_err(|stopped| ViewError(stopped.into()))??;
        // What a journal gives again is older than what came before.
        let last = commits.iter().map(|(position, _)| *position).max();
        self.seen.send_if_modified(|seen| {
            let is_news = *seen < last;
            *seen = last.max(*seen);
            is_news
        });
        self.tell(commits);
        Ok(())
    }

    fn tell(&self, commits: &Commits) {
        let all = commits.iter().flat_map(|(at, records)| records.iter().map(|r| (*at, r)));
        let mut is_to_be_told = false;
        for (position, record) in all {
            is_to_be_told |= matches!(record, Record::Requested(_));
            if let Some(notice) = notice(position, record) {
                // Nobody may be watching.
                let _ = self.notices.send(notice);
            }
        }
        if is_to_be_told {
            self.outbox.send_replace(());
        }
    }
}

/// What those who watch are told of a record, if anything.
fn notice(position: Position, record: &Record) -> Option<Notice> {
    let (kind, report, campaign) = match record {
        Record::Kept(kept) => ("report", Some(kept.report), None),
        Record::Judged { report, .. } => ("judged", Some(*report), None),
        Record::Stated { report, .. } => ("stated", *report, None),
        Record::Settled { .. } => ("told", None, None),
        Record::Engine(Event::Opened { campaign, report, .. }) => {
            ("campaign-opened", Some(*report), Some(*campaign))
        }
        Record::Engine(
            Event::StageReached { campaign, .. }
            | Event::Ruled { campaign, .. }
            | Event::Split { campaign, .. },
        )
        | Record::Acknowledged { campaign, .. } => ("campaign-changed", None, Some(*campaign)),
        _ => return None,
    };
    Some(Notice { position, kind, report, campaign })
}
