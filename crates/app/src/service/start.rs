//! How the service begins and ends.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle as Task;
use unhook_detect::Knowledge;
use unhook_engine::{Engine, Input};
use unhook_model::Timestamp;

use super::calling::Paged;
use super::conversation::Conversations;
use super::exposure::{self, Exposing};
use super::gating::{self, ServiceGate};
use super::holding::Holding;
use super::known::{Known, Shelved};
use super::limits::Limits;
use super::notifying::Notifying;
use super::overlay::Overlay;
use super::project::Projector;
use super::replies::Replies;
use super::responding::Responding;
use super::ruling::Corrections;
use super::tally::Tally;
use super::{
    Ports, Service, ServiceError, Settings, Trouble, decide, evicting, outbox, polling, posting,
    project,
};
use crate::desk::{Desk, DeskError};
use crate::history::History;
use crate::identity::health::Vitals;
use crate::journal::{Journal, Partition, Position};
use crate::ledger::Observed;
use crate::record::Record;
use crate::views::ViewError;

/// How often time is said to have passed.
const TICK: Duration = Duration::from_secs(60);

/// How many campaigns reach a stage in one decision, so that it fits into a commit.
pub(super) const MOST_PASSED: usize = 50;

/// How long the end waits for what is being told.
const LONGEST_FAREWELL: Duration = Duration::from_secs(15);

/// How many notices a slow watcher may be behind.
const NOTICES: usize = 1_024;

/// Why the service does not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The journal cannot be read, or holds what cannot be understood.
    #[error("the journal cannot be read")]
    Desk(#[from] DeskError),
    /// The views cannot be brought up to date.
    #[error("the views cannot be brought up to date")]
    Views(#[from] ViewError),
}

/// A service at work, and what it takes to end it.
pub struct Running<J> {
    /// The use cases.
    pub service: Arc<Service>,
    stop_outbox: watch::Sender<bool>,
    stop_desk: oneshot::Sender<()>,
    desk: Task<Desk<J>>,
    outbox: Task<()>,
    evictor: Task<()>,
    poller: Task<()>,
    post: Task<()>,
    clock: Task<()>,
    keeper: Task<()>,
    projector: Task<()>,
}

/// What goes on by itself, and what it hears.
struct Work<J> {
    desk: Desk<J>,
    projector: Projector,
    learners: decide::Learners,
    asked: mpsc::Receiver<decide::Asked>,
    waiting: mpsc::Receiver<(Position, Vec<Record>)>,
    woken: watch::Receiver<()>,
    looked_up: mpsc::Receiver<Vec<Observed>>,
}

impl Service {
    /// Reads what was decided before, and begins. `engine` is one from a snapshot, or a new one.
    ///
    /// # Errors
    /// Says what cannot be read.
    pub async fn start<J: Journal + 'static>(
        journal: J,
        partition: Partition,
        engine: Engine,
        ports: Ports,
        settings: Settings,
        knowledge: Arc<Knowledge>,
        judge: String,
    ) -> Result<Running<J>, StartError> {
        let organization = settings.organization.clone();
        let known = Known { knowledge, judge, organization };
        let begun_at = begun_at(&journal, &partition).await?.unwrap_or(ports.surroundings.now());
        let desk = Desk::open(journal, partition.clone(), engine).await?;
        let trouble = Arc::new(Trouble::default());
        let (wake, woken) = watch::channel(());
        let (notices, _) = broadcast::channel(NOTICES);
        if ports.views.position()? > desk.last() {
            // They are of another journal, or of one that was there before a restore.
            ports.views.clear()?;
        }
        let (seen_sender, seen) = watch::channel(ports.views.position()?);
        let projector = Projector {
            views: Arc::clone(&ports.views),
            seen: seen_sender,
            notices: notices.clone(),
            outbox: wake,
            trouble: Arc::clone(&trouble),
        };
        catch_up(desk.journal(), &partition, &projector).await?;
        let (jobs, asked) = mpsc::channel(decide::MOST_WAITING);
        let (kept, waiting) = mpsc::channel(project::MOST_WAITING);
        let paged = Arc::new(Paged::of(&ports.views.called(Timestamp::from_unix_ms(i64::MIN))?));
        let corrections = Arc::new(Corrections::default());
        let popular = Arc::clone(&settings.popular);
        let responding = Responding::of(&*ports.views, &known.knowledge, popular)?;
        let responding = Arc::new(responding);
        let notifying = Arc::new(Notifying::of(&*ports.views)?);
        let tally = Tally::default();
        let overlay = Overlay::of(ports.views.names()?);
        let look_back = exposure::load(&*ports.safe, ports.surroundings.now(), &tally);
        let (lookups, looked_up) = mpsc::channel(gating::MOST_WAITING);
        let service = Arc::new_cyclic(|service| Self {
            exposing: Arc::new(Exposing::new(look_back)),
            notifying: Arc::clone(&notifying),
            gate: Arc::new(ServiceGate::new(
                Arc::clone(&responding),
                lookups,
                settings.hold.then(|| Holding::load(&*ports.safe, service.clone(), &tally)),
                ports.surroundings.now(),
            )),
            engine: desk.shared_engine(),
            overlay: RwLock::new(overlay),
            limits: Limits::new(settings.stranger_hourly, settings.strangers_minutely),
            paged: Arc::clone(&paged),
            replies: Replies::default(),
            joining: Arc::default(),
            vitals: ports.identity_providers.iter().map(|_| Vitals::default()).collect(),
            conversations: Conversations::default(),
            corrections: Arc::clone(&corrections),
            responding: Arc::clone(&responding),
            begun_at,
            importing: tokio::sync::Mutex::default(),
            trouble: Arc::clone(&trouble),
            tally,
            jobs,
            ports,
            settings,
            known: Shelved::new(known),
            shelf: Mutex::default(),
            overview: Mutex::default(),
            notices,
            seen,
        });
        let learners = decide::Learners { kept, paged, corrections, responding, notifying };
        Ok(service.work(Work { desk, projector, learners, asked, waiting, woken, looked_up }))
    }

    /// Begins everything that goes on by itself.
    fn work<J: Journal + 'static>(self: Arc<Self>, work: Work<J>) -> Running<J> {
        let Work { desk, projector, learners, asked, waiting, woken, looked_up } = work;
        let this = || Arc::clone(&self);
        let projector = tokio::spawn(projector.run(waiting));
        let (stop_desk, stop) = oneshot::channel();
        let (surroundings, trouble) = (Arc::clone(&self.ports.surroundings), &self.trouble);
        let desk = decide::run(desk, asked, stop, learners, surroundings, Arc::clone(trouble));
        let desk = tokio::spawn(desk);
        let (stop_outbox, stop) = watch::channel(false);
        let evictor = tokio::spawn(evicting::run(this(), stop.clone()));
        let poller = tokio::spawn(polling::run(this(), stop.clone()));
        let post = tokio::spawn(posting::run(this(), stop.clone()));
        let outbox = tokio::spawn(outbox::run(this(), woken, stop));
        if let Err(error) = self.leave_what_a_crash_left() {
            tracing::warn!(%error, "somebody may not hear that they were told otherwise");
        }
        tokio::spawn(exposure::run(this(), looked_up));
        let keeper = tokio::spawn(exposure::keep_now_and_then(this()));
        let clock = tokio::spawn(pass_time(this()));
        Running {
            service: self,
            stop_outbox,
            stop_desk,
            desk,
            outbox,
            evictor,
            poller,
            post,
            clock,
            keeper,
            projector,
        }
    }
}

/// What a service leaves when it has ended.
#[derive(Debug)]
pub struct Stopped<J> {
    /// The engine, as far as the journal goes.
    pub engine: Engine,
    /// The journal it lived by.
    pub journal: J,
}

impl<J: Journal> Running<J> {
    /// Ends: nothing new is let in, what was let in is kept and brought to the views. Gives
    /// back the engine, which may be kept as a snapshot, and the journal.
    ///
    /// # Errors
    /// When the engine holds what could not be kept in the journal: it is no snapshot then.
    pub async fn stop(mut self) -> Result<Stopped<J>, DeskError> {
        self.stop_outbox.send_replace(true);
        self.clock.abort();
        // Neither has anything to say at the end. What is being told and takes longer has no end
        // in the journal: the next start asks a person.
        let farewell = tokio::time::Instant::now() + LONGEST_FAREWELL;
        for task in [&mut self.outbox, &mut self.post] {
            if tokio::time::timeout_at(farewell, &mut *task).await.is_err() {
                task.abort();
                let _ = task.await;
            }
        }
        let _ = self.clock.await;
        // What it was at may be done twice.
        self.evictor.abort();
        let _ = self.evictor.await;
        // What it read and was not kept is read again.
        self.poller.abort();
        let _ = self.poller.await;
        // Whoever waits for the desk is gone only when it is.
        let _ = self.stop_desk.send(());
        let desk = self.desk.await.expect("the desk does not panic");
        let _ = self.projector.await;
        // It ends with the desk, and what it was writing is written.
        let _ = self.keeper.await;
        self.service.keep_look_back().await;
        self.service.keep_holds().await;
        let (engine, journal) = desk.into_parts()?;
        Ok(Stopped { engine, journal })
    }
}

/// When the first commit of a journal was made, which its id says.
async fn begun_at<J: Journal>(
    journal: &J,
    partition: &Partition,
) -> Result<Option<Timestamp>, StartError> {
    let first =
        journal.read(partition, None, NonZeroUsize::MIN).await.map_err(DeskError::NotRead)?;
    Ok(first.first().map(|(_, commit)| commit.id.made_at()))
}

/// Brings everything to the views that the journal holds beyond them.
async fn catch_up<J: Journal>(
    journal: &J,
    partition: &Partition,
    projector: &Projector,
) -> Result<(), StartError> {
    let after = projector.views.position()?;
    let mut history = History::after(journal, partition, after);
    loop {
        let page = history.next().await?;
        if page.is_empty() {
            return Ok(());
        }
        projector.project(&page.into()).await?;
    }
}

/// Says now and then that time has passed, until nothing can be decided any more.
/// Does what was left undone, too.
async fn pass_time(service: Arc<Service>) {
    let mut next = tokio::time::Instant::now() + TICK;
    loop {
        service.finish_all().await;
        let tended = service.tend_blocks().await;
        if let Err(error) = &tended {
            tracing::warn!(%error, "blocks that are over could not be lifted");
        }
        tokio::select! {
            () = service.jobs.closed() => return,
            () = service.left() => continue,
            () = service.responding.is_due(service.now()), if tended.is_ok() => continue,
            () = tokio::time::sleep_until(next) => next += TICK,
        }
        if let Err(error) = service.tick().await {
            tracing::warn!(%error, "time could not be said to have passed");
        }
        if let Err(error) = service.lapse().await {
            tracing::warn!(%error, "what nobody decided in time could not lapse");
        }
        if let Err(error) = service.tend_exposures().await {
            tracing::warn!(%error, "how far campaigns got is not kept for now");
        }
        if let Err(error) = service.sweep().await {
            tracing::warn!(%error, "pictures and mails whose time is over could not be removed");
        }
    }
}

impl Service {
    /// Says that time has passed, so that campaigns close.
    async fn tick(&self) -> Result<(), ServiceError> {
        loop {
            let (now, caller) = (self.now(), self.caller());
            let ticked = self.decide(move |draft| {
                let tick = Input::Tick { now };
                let events = draft.decide_some(&tick, MOST_PASSED).unwrap_or_default();
                caller.after_events(draft, &events, now);
                events.len()
            });
            if ticked.await?.0 < MOST_PASSED {
                return Ok(());
            }
        }
    }
}
