//! The use cases, as everything outside sees them: take what is passed on, answer, show, rule.
//!
//! Start at [`Service::take`], the way of a text.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::broadcast;
use unhook_detect::Knowledge;
use unhook_engine::{Refusal, Ruling, Stage, TieNumber};
use unhook_model::{Assessment, CampaignId, Message, PersonId, ReportId, Timestamp, Verdict};

use crate::access::Access;
use crate::journal::Position;
use crate::people::{Identity, People, PeopleError, Standing};
use crate::record::Content;
use crate::submission::{Submission, Taken};
use crate::surroundings::Surroundings;
use crate::views::{
    Attention, NameRuling, OutgoingRow, ReportFilter, ReportRow, StatementRow, ViewError, Views,
};

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
    Unavailable(#[source] crate::journal::Cause),
    /// It cannot be done until somebody looks at it.
    #[error("out of order; the log says why")]
    Broken(#[source] crate::journal::Cause),
}

/// What a service is made with.
pub struct Ports {
    /// Who is who.
    pub people: Arc<dyn People>,
    /// Tokens and the audit trail.
    pub access: Arc<dyn Access>,
    /// What readers ask for.
    pub views: Arc<dyn Views>,
    /// The time, and ids.
    pub surroundings: Arc<dyn Surroundings>,
}

/// A report with its text, as its readers see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What is kept of it.
    pub row: ReportRow,
    /// The campaign that it belongs to.
    pub campaign: Option<CampaignId>,
    /// The text and what was seen in it; `None` when its owner was erased.
    pub content: Option<Content>,
}

/// A campaign in short.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignSummary {
    /// Its name.
    pub id: CampaignId,
    /// How far it is.
    pub stage: Stage,
    /// How many texts it has.
    pub message_count: usize,
    /// How many people enrolled reported it.
    pub reporter_count: usize,
    /// When its first report came in.
    pub first_at: Timestamp,
    /// When its last report came in.
    pub last_at: Timestamp,
    /// The worst verdict on its texts.
    pub verdict: Verdict,
    /// What a person ruled of it.
    pub ruling: Option<Ruling>,
    /// When somebody on call first saw it.
    pub acknowledged_at: Option<Timestamp>,
}

/// A campaign with what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignDetail {
    /// In short.
    pub summary: CampaignSummary,
    /// Every name it ever had.
    pub names: Vec<CampaignId>,
    /// Its reports, oldest first, at most [`MOST_SHOWN`].
    pub reports: Vec<ReportId>,
    /// Registrable domains its texts share.
    pub domains: Vec<String>,
    /// Senders of its texts, as far as they can still be read.
    pub senders: Vec<String>,
    /// Why its reports belong together, at most [`MOST_SHOWN`].
    pub ties: Vec<TieView>,
}

/// Why two reports belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct TieView {
    /// Its number, by which it can be cut.
    pub number: TieNumber,
    /// One report.
    pub one: ReportId,
    /// The other.
    pub other: ReportId,
    /// Why, in a few words: `near-text 0.93`, `domain acme-okta.example`, `sender`, `person`, `split`.
    pub because: String,
    /// Whether it holds.
    pub stands: bool,
}

/// The most reports and ties shown with a campaign.
pub const MOST_SHOWN: usize = 200;

/// What somebody says of a campaign or of a name.
#[derive(Clone, Debug, PartialEq)]
pub enum RulingRequest {
    /// Of a campaign.
    Campaign(CampaignId, Ruling),
    /// Of a name: a registrable domain or a host.
    Name(String, NameRuling),
    /// Of one report: of its campaign, or of it alone where it has none.
    Report(ReportId, Ruling),
}

/// A change of what belongs together.
#[derive(Clone, Debug, PartialEq)]
pub enum Regrouping {
    /// Two campaigns are one.
    Merge(CampaignId, CampaignId),
    /// A tie does not hold.
    Cut(TieNumber),
    /// It does after all.
    Mend(TieNumber),
    /// Some reports do not belong to a campaign.
    Split(CampaignId, BTreeSet<ReportId>),
    /// A split, by its number, is taken back.
    Rejoin(u32),
}

/// Something that happened, for those who watch live. Nothing personal is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Where it stands in the journal.
    pub position: Position,
    /// What, as a short name: `report`, `judged`, `campaign-opened`, `campaign-changed`, `stated`, `told`.
    pub kind: &'static str,
    /// Which report.
    pub report: Option<ReportId>,
    /// Which campaign.
    pub campaign: Option<CampaignId>,
    /// When.
    pub at: Timestamp,
}

/// How the service is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What keeps it from taking texts; empty when it can.
    pub troubles: Vec<String>,
}

/// Counts since the start, for metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Names (`reports_total`, …), labels and values, in a fixed order.
    pub counters: Vec<(&'static str, Vec<(&'static str, String)>, u64)>,
    /// Names and values of what goes up and down.
    pub gauges: Vec<(&'static str, f64)>,
}

/// The use cases.
pub struct Service {
    ports: Ports,
    knowledge: Arc<Knowledge>,
    notices: broadcast::Sender<Notice>,
}

impl Service {
    /// Takes what somebody passed on, and answers once it is durable.
    ///
    /// # Errors
    /// Says why not; unless it is [`ServiceError::Invalid`], the same may be given again, and
    /// with its key it counts once.
    pub async fn take(&self, _submission: Submission) -> Result<Taken, ServiceError> {
        unreachable!("written next")
    }

    /// What the detector says of a message with what is known now; nothing is kept.
    ///
    /// # Errors
    /// When what is known cannot be read.
    pub fn check(&self, _message: &Message) -> Result<Assessment, ServiceError> {
        unreachable!("written next")
    }

    /// One report; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn report(&self, _id: ReportId) -> Result<Option<Report>, ServiceError> {
        unreachable!("written next")
    }

    /// Reports without their texts, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn reports(&self, _filter: &ReportFilter) -> Result<Vec<Report>, ServiceError> {
        unreachable!("written next")
    }

    /// Campaigns, the one with the newest report first; `before` is where an earlier page ended.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn campaigns(
        &self,
        _stage: Option<Stage>,
        _before: Option<(Timestamp, CampaignId)>,
        _limit: usize,
    ) -> Result<Vec<CampaignSummary>, ServiceError> {
        unreachable!("written next")
    }

    /// One campaign, by any name it ever had.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn campaign(&self, _id: CampaignId) -> Result<Option<CampaignDetail>, ServiceError> {
        unreachable!("written next")
    }

    /// Somebody says what a campaign, a report or a name is. Takes effect at once: what was
    /// told otherwise is corrected.
    ///
    /// # Errors
    /// Says why not.
    pub async fn rule(
        &self,
        _request: RulingRequest,
        _by: PersonId,
    ) -> Result<Position, ServiceError> {
        unreachable!("written next")
    }

    /// Somebody puts together or takes apart.
    ///
    /// # Errors
    /// Says why not.
    pub async fn regroup(
        &self,
        _what: Regrouping,
        _by: PersonId,
    ) -> Result<Position, ServiceError> {
        unreachable!("written next")
    }

    /// Somebody on call has seen a campaign, and nobody else need be called.
    ///
    /// # Errors
    /// Says why not.
    pub async fn acknowledge(
        &self,
        _campaign: CampaignId,
        _by: PersonId,
    ) -> Result<Position, ServiceError> {
        unreachable!("written next")
    }

    /// Somebody looked at what waited for it.
    ///
    /// # Errors
    /// Says why not.
    pub async fn review(&self, _matter: &str, _by: PersonId) -> Result<Position, ServiceError> {
        unreachable!("written next")
    }

    /// A draft of what to tell those reached by a campaign and their neighbours.
    ///
    /// # Errors
    /// When the campaign cannot be read, or is not there.
    pub fn draft_notice(&self, _campaign: CampaignId) -> Result<NoticeDraft, ServiceError> {
        unreachable!("written next")
    }

    /// Sends a notice, as a person approved it, and says to how many people.
    ///
    /// # Errors
    /// Says why not.
    pub async fn send_notice(
        &self,
        _campaign: CampaignId,
        _text: String,
        _by: PersonId,
    ) -> Result<(Position, usize), ServiceError> {
        unreachable!("written next")
    }

    /// Who a person is, for a reason that is recorded first.
    ///
    /// # Errors
    /// When the reason is missing or cannot be recorded, or the person cannot be read.
    pub fn reveal(
        &self,
        _person: PersonId,
        _reason: &str,
        _by: PersonId,
    ) -> Result<Option<(Standing, Identity)>, ServiceError> {
        unreachable!("written next")
    }

    /// What waits for a person to look at it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn attention(&self) -> Result<Vec<Attention>, ServiceError> {
        unreachable!("written next")
    }

    /// Who said that they had given something away, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn statements(&self, _limit: usize) -> Result<Vec<StatementRow>, ServiceError> {
        unreachable!("written next")
    }

    /// The delivery log, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn deliveries(
        &self,
        _before: Option<crate::telling::OutgoingId>,
        _limit: usize,
    ) -> Result<Vec<OutgoingRow>, ServiceError> {
        unreachable!("written next")
    }

    /// The position of the last commit that is durable.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        unreachable!("written next")
    }

    /// Waits until reads see what stands at a position, for a short while at most; says whether
    /// they do.
    pub async fn has_seen(&self, _position: Position) -> bool {
        unreachable!("written next")
    }

    /// What happens from now on. A receiver that is too slow misses some, and is told so.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> Health {
        unreachable!("written next")
    }

    /// Counts since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        unreachable!("written next")
    }

    /// Tokens and the audit trail.
    #[must_use]
    pub fn access(&self) -> &dyn Access {
        &*self.ports.access
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

    /// What it knows: the organization, its brands, the model.
    #[must_use]
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }
}

/// A draft of a notice to staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeDraft {
    /// As a text.
    pub text: String,
    /// As a mail: subject and body.
    pub mail: (String, String),
    /// How many people it would go to.
    pub people: usize,
}

impl From<PeopleError> for ServiceError {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Unavailable(cause) => Self::Unavailable(cause),
            PeopleError::Broken(cause) => Self::Broken(cause),
        }
    }
}

impl From<ViewError> for ServiceError {
    fn from(error: ViewError) -> Self {
        Self::Unavailable(error.0)
    }
}
