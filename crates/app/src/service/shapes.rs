//! What readers of the use cases are shown, and what they may ask for.

use std::collections::BTreeSet;

use unhook_engine::{Ruling, Stage, TieNumber};
use unhook_model::{CampaignId, ReportId, Timestamp, Verdict};

use crate::journal::Position;
use crate::record::Content;
use crate::views::{NameRuling, ReportRow};

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
}

/// How the service is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What keeps it from taking texts; empty when it can.
    pub troubles: Vec<String>,
}

/// One count since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// What is counted, as metrics are named (`reports_total`).
    pub name: &'static str,
    /// Of which kind, few and known.
    pub labels: Vec<(&'static str, String)>,
    /// How many.
    pub value: u64,
}

/// Counts since the start, for metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// What only grows, in a fixed order.
    pub counters: Vec<Counter>,
    /// Names and values of what goes up and down.
    pub gauges: Vec<(&'static str, f64)>,
}

/// A draft of a notice to staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeDraft {
    /// As a text.
    pub text: String,
    /// As a mail: subject and body.
    pub mail: (String, String),
    /// How many people enrolled reported a text of the campaign.
    pub reporters: usize,
    /// How many people are enrolled.
    pub everyone: usize,
}

/// To whom a notice goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Those enrolled who reported a text of the campaign.
    #[default]
    Reporters,
    /// Everybody enrolled: those who got one and said nothing are among them.
    Everyone,
}
