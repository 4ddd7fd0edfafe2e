//! Views: what the journal adds up to, in the shape that readers ask for.
//!
//! A view is made of records and of nothing else, so it can be thrown away and made again
//! ([`Views::clear`], then project everything). It knows up to which position it has come, and
//! what it is given again changes nothing.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;

use std::time::Duration;

use unhook_engine::{Ruling, notification, response};
use unhook_model::{CampaignId, Channel, Hostname, PersonId, ReportId, Timestamp, Verdict};

use crate::journal::{Cause, Position};
use crate::people::{Language, Mark, Sealed};
use crate::record::{Answered, Judged, Outgoing, OutgoingState, Record};
use crate::submission::Way;
use crate::telling::OutgoingId;

/// Why a view cannot be read or brought up to date.
#[derive(Debug, thiserror::Error)]
#[error("the views are not available")]
pub struct ViewError(#[from] pub Cause);

/// A report as readers see it. What is personal stays sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportRow {
    /// Its id.
    pub report: ReportId,
    /// When it came in.
    pub at: Timestamp,
    /// By which way.
    pub way: Way,
    /// How the text itself had travelled.
    pub channel: Channel,
    /// Whose key seals it.
    pub owner: PersonId,
    /// Who reported it, if it is somebody enrolled.
    pub reporter: Option<PersonId>,
    /// What its answer is written in.
    pub language: Language,
    /// The verdict as it stands.
    pub judged: Judged,
    /// What the reporter was told last.
    pub answered: Answered,
    /// The text and all that was seen in it, sealed: the JSON of a [`Content`](crate::record::Content).
    pub content: Sealed,
}

/// Something to be told, and how that went.
#[derive(Clone, Debug, PartialEq)]
pub struct OutgoingRow {
    /// What and to whom.
    pub outgoing: Outgoing,
    /// How it stands.
    pub state: OutgoingState,
    /// Whether an attempt has begun and not been settled.
    pub is_attempting: bool,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was last tried.
    pub last_at: Option<Timestamp>,
    /// What came of the last attempt, in a line.
    pub note: String,
}

/// Something that waits for a person to look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// What about, as a short name: `stranger-statements`, `stranger-campaign`, `outcome-unknown`.
    pub matter: String,
    /// When it first came up.
    pub since: Timestamp,
    /// When it last came up.
    pub last_at: Timestamp,
    /// How often.
    pub count: u64,
    /// The first report that brought it up.
    pub report: Option<ReportId>,
}

/// How far a campaign got with one person, as that person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRow {
    /// Who.
    pub person: PersonId,
    /// About which report.
    pub report: Option<ReportId>,
    /// When.
    pub at: Timestamp,
}

/// What was ruled of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRow {
    /// A registrable domain or a host.
    pub name: String,
    /// What of it.
    pub ruling: NameRuling,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: PersonId,
}

/// What somebody says of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameRuling {
    /// It serves an attack.
    Malicious,
    /// It serves none.
    Benign,
    /// It is never to be flagged.
    Allow,
}

impl NameRuling {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malicious => "malicious",
            Self::Benign => "benign",
            Self::Allow => "allow",
        }
    }
}

/// That those on call were to be told of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledRow {
    /// Which campaign, by the name it had then.
    pub campaign: CampaignId,
    /// What happened, as the alert's short name.
    pub kind: String,
    /// When it was first called out.
    pub at: Timestamp,
}

/// A report as those see it who count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// When it came in.
    pub at: Timestamp,
    /// By which way.
    pub way: Way,
    /// The verdict as it stands.
    pub verdict: Verdict,
    /// How long it took until it was decided, where that is known.
    pub took: Option<Duration>,
}

/// Which reports.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportFilter {
    /// Only these, if given.
    pub verdict: Option<Verdict>,
    /// Only before this report: the cursor.
    pub before: Option<ReportId>,
    /// At most so many.
    pub limit: usize,
}

/// What readers ask for.
pub trait Views: Send + Sync {
    /// Up to where they have come; `None` at the very beginning.
    ///
    /// # Errors
    /// When it cannot be read.
    fn position(&self) -> Result<Option<Position>, ViewError>;

    /// Brings the records of these commits in, in order, all or none. Those at or before
    /// [`Views::position`] change nothing.
    ///
    /// # Errors
    /// When they cannot be kept; none is in then, and the same can be given again.
    fn project(&self, commits: &[(Position, Vec<Record>)]) -> Result<(), ViewError>;

    /// Forgets everything.
    ///
    /// # Errors
    /// When that cannot be done.
    fn clear(&self) -> Result<(), ViewError>;

    /// One report.
    ///
    /// # Errors
    /// When it cannot be read.
    fn report(&self, id: ReportId) -> Result<Option<ReportRow>, ViewError>;

    /// The report that something with this key became.
    ///
    /// # Errors
    /// When it cannot be read.
    fn report_of_key(&self, key: &Mark) -> Result<Option<ReportId>, ViewError>;

    /// Reports, the newest id first.
    ///
    /// # Errors
    /// When they cannot be read.
    fn reports(&self, filter: &ReportFilter) -> Result<Vec<ReportRow>, ViewError>;

    /// The reports under one person's key, oldest first: for an export.
    ///
    /// # Errors
    /// When they cannot be read.
    fn reports_of(&self, owner: PersonId) -> Result<Vec<ReportRow>, ViewError>;

    /// The registrable domains that these reports name, as indicators, each once.
    ///
    /// # Errors
    /// When they cannot be read.
    fn domains_of(&self, reports: &[ReportId]) -> Result<Vec<String>, ViewError>;

    /// The newest reports that name a registrable domain.
    ///
    /// # Errors
    /// When they cannot be read.
    fn reports_naming(&self, domain: &str, limit: usize) -> Result<Vec<ReportId>, ViewError>;

    /// What came in since a moment, the newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    fn passed(&self, since: Timestamp, limit: usize) -> Result<Vec<Passed>, ViewError>;

    /// What those on call were to be told of campaigns since a moment, by campaign and kind.
    ///
    /// # Errors
    /// When it cannot be read.
    fn called(&self, since: Timestamp) -> Result<Vec<CalledRow>, ViewError>;

    /// What is to be told and is not settled, oldest first, after an id that an earlier answer
    /// had.
    ///
    /// # Errors
    /// When it cannot be read.
    fn waiting(
        &self,
        after: Option<OutgoingId>,
        limit: usize,
    ) -> Result<Vec<OutgoingRow>, ViewError>;

    /// One thing to be told.
    ///
    /// # Errors
    /// When it cannot be read.
    fn outgoing(&self, id: OutgoingId) -> Result<Option<OutgoingRow>, ViewError>;

    /// The delivery log, newest first, before an id that an earlier answer had.
    ///
    /// # Errors
    /// When it cannot be read.
    fn deliveries(
        &self,
        before: Option<OutgoingId>,
        limit: usize,
    ) -> Result<Vec<OutgoingRow>, ViewError>;

    /// How many texts went out since a moment, for the cap on spending.
    ///
    /// # Errors
    /// When it cannot be read.
    fn texts_since(&self, since: Timestamp) -> Result<u64, ViewError>;

    /// What waits for a person to look at it, what came up first before the rest.
    ///
    /// # Errors
    /// When it cannot be read.
    fn attention(&self) -> Result<Vec<Attention>, ViewError>;

    /// Who said that they had given something away, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    fn statements(&self, limit: usize) -> Result<Vec<StatementRow>, ViewError>;

    /// What was ruled of names, the latest of each, by name.
    ///
    /// # Errors
    /// When it cannot be read.
    fn names(&self) -> Result<Vec<NameRow>, ViewError>;

    /// Everything that was done about campaigns, in order; lists without their names.
    ///
    /// # Errors
    /// When it cannot be read.
    fn responses(&self) -> Result<Vec<response::Event>, ViewError>;

    /// Everything about who must be told, in order, each with its position.
    ///
    /// # Errors
    /// When it cannot be read.
    fn notifications(&self) -> Result<Vec<(Position, notification::Event)>, ViewError>;

    /// Gives out every name of a list, in order.
    ///
    /// # Errors
    /// When they cannot be read; some may have been given out.
    fn listed(&self, list: &str, each: &mut dyn FnMut(Hostname)) -> Result<(), ViewError>;

    /// Whether a person asked not to be texted.
    ///
    /// # Errors
    /// When it cannot be read.
    fn is_stopped(&self, person: PersonId) -> Result<bool, ViewError>;

    /// When somebody first acknowledged a campaign of this name.
    ///
    /// # Errors
    /// When it cannot be read.
    fn acknowledged(&self, campaign: CampaignId) -> Result<Option<Timestamp>, ViewError>;
}

/// How a ruling of a campaign reads in outputs.
#[must_use]
pub const fn ruling_name(ruling: Ruling) -> &'static str {
    match ruling {
        Ruling::Malicious => "malicious",
        Ruling::Benign => "benign",
    }
}
