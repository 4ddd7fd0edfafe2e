//! The use cases, as everything outside sees them: take what is passed on, answer, show, rule.
//!
//! [`Service::start`] reads what was decided before and begins its tasks: the desk, where all
//! decisions are made and kept (`decide`); the projector, which brings them to the views
//! (`project`); the outbox, which tells people (`outbox`); and a clock that says when time has passed.
//! Everything a caller asks for becomes a decision at the desk, or a look at the views.
//!
//! Start reading at [`Service::take`] in `take`, the way of a text.

mod attachments;
mod blocking;
mod calling;
mod connectors;
mod conversation;
mod decide;
mod dossier;
mod drafts;
mod enrolment;
mod evicting;
mod exposure;
mod gating;
mod hits;
mod holding;
mod judging;
mod known;
mod limits;
mod measure;
mod notice;
mod notifying;
mod outbox;
mod overlay;
mod overview;
mod pictures;
mod playing;
mod polling;
mod posting;
mod project;
mod reading;
mod replies;
mod report;
mod reporter;
pub(crate) mod responding;
mod ruling;
mod saying;
mod search;
mod settings;
mod shapes;
pub(crate) mod sight;
mod start;
mod take;
mod tally;
mod warning;

use std::sync::{Arc, Mutex, RwLock};

use tokio::sync::{broadcast, mpsc, watch};
use unhook_engine::{Engine, Refusal};
use unhook_model::Timestamp;

use crate::access::{Access, AccessError};
use crate::accounts::{Accounts, AccountsError};
use crate::blobs::Blobs;
use crate::identity::health::Vitals;
use crate::identity::{BookmarkError, Bookmarks, IdentityProvider};
use crate::journal::{Cause, Position};
use crate::mailing::Mailer;
use crate::people::{People, PeopleError};
use crate::safe::Safe;
use crate::screen::{PictureError, ScreenReader};
use crate::surroundings::Surroundings;
use crate::telling::{Notifier, Texter};
use crate::views::{ViewError, Views};

pub use blocking::{
    BlockRequest, LONGEST_LIST, LONGEST_REASON, ListImport, ListRequest, MOST_BLOCKS, MOST_LISTED,
    MOST_LISTS, MOST_REFUSED_SHOWN,
};
pub use connectors::Connector;
pub use dossier::{CampaignText, Dossier, Happened, MOST_EXPORTED, MOST_PEOPLE, Reached};
pub use drafts::{Drafted, Drafts, LetterRequest};
pub use enrolment::{Invitation, Roll};
pub use exposure::{Climb, Joined, Ladder, MOST_CLIMBED, MOST_RECIPIENTS, Recipients, Sighting};
pub use hits::{MOST_HOURS, NameHits, WouldHit};
pub use holding::{HOLD, Hold};
pub use known::Known;
pub use notice::LONGEST_NOTICE;
pub use notifying::{CustomerNames, Deadline, MOST_CUSTOMERS, MOST_SETTLED, Notifications};
pub use overview::{CampaignHead, Day, Overview, SHAPE_PARTS, TREND_DAYS};
pub use playing::EvictRequest;
pub use search::{Found, Query};
pub use settings::{Settings, TextSettings};
pub use shapes::{
    Audience, CampaignDetail, CampaignSummary, Counter, Counts, Health, MOST_SHOWN, Notice,
    NoticeDraft, Regrouping, Report, RulingRequest, TieView,
};
pub use start::{Running, StartError, Stopped};

use conversation::Conversations;
use decide::Asked;
use holding::Holding;
use limits::Limits;
use overlay::Overlay;
use replies::Replies;
use ruling::Corrections;
use tally::Tally;

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// What was asked for cannot be, as the state is.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What was given is not what can be worked with; the text says what to give instead.
    #[error("{0}")]
    Invalid(String),
    /// Too much from this one. Later it may succeed.
    #[error("too many from the same sender; try again in {seconds} seconds")]
    TooMany {
        /// When.
        seconds: u64,
    },
    /// It cannot be done now, and nothing was acknowledged. The same again may succeed.
    #[error("not available for now; try again")]
    Unavailable(#[source] Cause),
    /// What reads pictures is busy or fails, which only those need who sent one. The same again may
    /// succeed.
    #[error("pictures cannot be read for now; try again")]
    Unread(#[source] PictureError),
    /// It cannot be done until somebody looks at it.
    #[error("out of order; the log says why")]
    Broken(#[source] Cause),
}

/// What a service is made with.
pub struct Ports {
    /// Who is who.
    pub people: Arc<dyn People>,
    /// Tokens and the audit trail.
    pub access: Arc<dyn Access>,
    /// Those who sign in to the console.
    pub accounts: Arc<dyn Accounts>,
    /// What readers ask for.
    pub views: Arc<dyn Views>,
    /// Where pictures and mails are kept.
    pub blobs: Arc<dyn Blobs>,
    /// The time, and ids.
    pub surroundings: Arc<dyn Surroundings>,
    /// What reads pictures of a screen, if there is something.
    pub screen_reader: Option<Arc<dyn ScreenReader>>,
    /// How texts go out, if there is a way.
    pub texter: Option<Arc<dyn Texter>>,
    /// Where people sign in.
    pub identity_providers: Vec<Arc<dyn IdentityProvider>>,
    /// Up to when sign-ins there were read.
    pub bookmarks: Arc<dyn Bookmarks>,
    /// What outlives the process and is no event.
    pub safe: Arc<dyn Safe>,
    /// How mails go out, if there is a way.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// How those on call are told.
    pub notifiers: Vec<Arc<dyn Notifier>>,
}

/// The use cases.
pub struct Service {
    ports: Ports,
    settings: Settings,
    known: known::Shelved,
    shelf: Mutex<search::Shelf>,
    /// What was last seen of the whole, and when.
    overview: Mutex<Option<(Timestamp, Arc<Overview>)>>,
    engine: Arc<RwLock<Engine>>,
    jobs: mpsc::Sender<Asked>,
    overlay: RwLock<Overlay>,
    corrections: Arc<Corrections>,
    responding: Arc<responding::Responding>,
    /// When the organization began.
    begun_at: Timestamp,
    /// Lists are brought in one after the other.
    importing: tokio::sync::Mutex<()>,
    exposing: Arc<exposure::Exposing>,
    notifying: Arc<notifying::Notifying>,
    gate: Arc<gating::ServiceGate>,
    /// How each of the identity providers is.
    vitals: Vec<Vitals>,
    conversations: Conversations,
    limits: Limits,
    replies: Replies,
    /// Phones join one after the other, so that what the audit trail says came to be.
    joining: Arc<Mutex<()>>,
    paged: Arc<calling::Paged>,
    trouble: Arc<Trouble>,
    tally: Tally,
    notices: broadcast::Sender<Notice>,
    /// Up to where the views have come.
    seen: watch::Receiver<Option<Position>>,
}

/// What keeps the service from working, by whom it keeps.
#[derive(Debug, Default)]
struct Trouble(Mutex<std::collections::BTreeMap<&'static str, String>>);

impl Trouble {
    fn begin(&self, what: &'static str, why: String) {
        let mut troubles = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if troubles.insert(what, why.clone()).is_none() {
            tracing::error!(what, why, "out of order");
        }
    }

    fn end(&self, what: &'static str) {
        let mut troubles = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if troubles.remove(what).is_some() {
            tracing::info!(what, "in order again");
        }
    }

    fn list(&self) -> Vec<String> {
        let troubles = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        troubles.iter().map(|(what, why)| format!("{what}: {why}")).collect()
    }

    fn has(&self, what: &str) -> bool {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).contains_key(what)
    }
}

impl Service {
    /// What happens from now on. A receiver that is too slow misses some, and is told so.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> Health {
        Health { troubles: self.trouble.list() }
    }

    /// Tokens and the audit trail.
    #[must_use]
    pub fn access(&self) -> &dyn Access {
        &*self.ports.access
    }

    /// Those who sign in to the console.
    #[must_use]
    pub fn accounts(&self) -> &dyn Accounts {
        &*self.ports.accounts
    }

    /// Who is who.
    #[must_use]
    pub fn people(&self) -> &dyn People {
        &*self.ports.people
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ports.surroundings.now()
    }

    /// Whose service it is, as answers call it.
    #[must_use]
    pub fn organization(&self) -> String {
        self.known().organization.clone()
    }

    /// What the organization set.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is known of the organization now.
    #[must_use]
    pub fn known(&self) -> Arc<Known> {
        self.known.now()
    }

    /// Knows the organization otherwise from now on: for texts that come, and those judged again.
    pub fn know(&self, known: Known) {
        self.responding.know(&known.knowledge);
        self.gate.holding().into_iter().for_each(Holding::look_again);
        self.known.swap(known);
    }
}

impl From<PeopleError> for ServiceError {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Unavailable(cause) => Self::Unavailable(cause),
            PeopleError::Broken(cause) => Self::Broken(cause),
        }
    }
}

impl From<AccessError> for ServiceError {
    fn from(error: AccessError) -> Self {
        Self::Unavailable(error.0)
    }
}

impl From<AccountsError> for ServiceError {
    fn from(error: AccountsError) -> Self {
        Self::Unavailable(error.0)
    }
}

impl From<BookmarkError> for ServiceError {
    fn from(error: BookmarkError) -> Self {
        Self::Unavailable(error.0)
    }
}

impl From<ViewError> for ServiceError {
    fn from(error: ViewError) -> Self {
        Self::Unavailable(error.0)
    }
}
