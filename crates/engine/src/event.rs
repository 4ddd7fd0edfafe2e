//! What happened: the only thing that changes a [`State`](crate::State).
//!
//! Events are facts. They are decided once ([`decide`](crate::decide)), and folding them
//! asks nobody's opinion again, so the same events give the same state for ever.

use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

use crate::{Similarity, TextSketch};

/// One thing that happened. Whoever writes it down must know every one, so a new one is a
/// change that breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A text was reported.
    Received(Received),
    /// More was learned of a report.
    Observed {
        /// Which report.
        report: ReportId,
        /// What it shares with others, and was not known to.
        indicators: Vec<Indicator>,
    },
    /// The detector judged it, again perhaps: what was learned since may change its mind.
    Assessed {
        /// Which report.
        report: ReportId,
        /// The judgement.
        verdict: Verdict,
    },
    /// A report began a campaign.
    Opened {
        /// The new campaign.
        campaign: CampaignId,
        /// The report that it began with.
        report: ReportId,
        /// Why.
        because: Cause,
    },
    /// Two reports were found to belong together. Ties are numbered as they come.
    Tied {
        /// One report.
        one: ReportId,
        /// The other.
        other: ReportId,
        /// Why.
        because: Reason,
    },
    /// Somebody said that a tie is none. What it alone held together comes apart, and stays
    /// apart until somebody says otherwise.
    Cut {
        /// Which tie.
        tie: TieNumber,
        /// The name of the part that has none, if one comes off.
        fresh: CampaignId,
        /// Who said so.
        by: PersonId,
    },
    /// Somebody took back a [`Cut`](Self::Cut).
    Mended {
        /// Which tie.
        tie: TieNumber,
        /// Who did.
        by: PersonId,
    },
    /// Somebody took reports out of a campaign. Splits are numbered as they come.
    Split {
        /// Which campaign.
        campaign: CampaignId,
        /// The reports, ascending: some of its own, and not all.
        reports: Vec<ReportId>,
        /// The name of the part that has none.
        fresh: CampaignId,
        /// Who did.
        by: PersonId,
    },
    /// Somebody took back a [`Split`](Self::Split).
    Rejoined {
        /// Which split.
        split: SplitNumber,
        /// Who did.
        by: PersonId,
    },
    /// Somebody said what a campaign is.
    Ruled {
        /// Which campaign.
        campaign: CampaignId,
        /// What it is.
        ruling: Ruling,
        /// When.
        at: Timestamp,
        /// Who said so.
        by: PersonId,
    },
    /// All that was to be done about a campaign is done.
    Contained {
        /// Which campaign.
        campaign: CampaignId,
        /// When.
        at: Timestamp,
    },
    /// A campaign that was contained or quiet goes on: whoever was behind it came back.
    Reopened {
        /// Which campaign.
        campaign: CampaignId,
        /// When.
        at: Timestamp,
    },
    /// A campaign reached a stage.
    StageReached {
        /// Which campaign.
        campaign: CampaignId,
        /// Which stage.
        stage: Stage,
    },
}

/// A text as it came in: what decides with what it belongs together, and nothing personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its id.
    pub report: ReportId,
    /// When it came in.
    pub at: Timestamp,
    /// Who reported it, if it is somebody known.
    pub reporter: Option<PersonId>,
    /// Its wording; `None` for a text without words.
    pub sketch: Option<TextSketch>,
    /// What it shares with others of its making.
    pub indicators: Vec<Indicator>,
}

/// Something that unrelated texts do not share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Indicator {
    /// A registrable domain, no shared hosting, that nobody known owns.
    Domain(Hostname),
    /// A sender's number. Names are chosen freely, and are none.
    Sender(String),
    /// The fingerprint of the page that its link leads to: a short text that means nothing here.
    Page(String),
}

/// The number of a tie, from zero, as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TieNumber(pub u32);

/// The number of a split, from zero, as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SplitNumber(pub u32);

/// Why two reports belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They say nearly the same.
    NearText(Similarity),
    /// They share this.
    Shared(Indicator),
    /// Somebody says so.
    Ruled(PersonId),
    /// They were on one side of a split, and what held them together was on the other.
    Split(SplitNumber),
}

impl Reason {
    /// Whether the engine found it out, and nobody said so.
    pub(crate) const fn is_found(&self) -> bool {
        matches!(self, Self::NearText(_) | Self::Shared(_))
    }
}

/// Why a campaign began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A text was judged worse than benign.
    Verdict(Verdict),
    /// Several people got nearly the same text within minutes.
    Burst,
}

/// What somebody says a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ruling {
    /// An attack.
    Malicious,
    /// None.
    Benign,
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Few have reported it, and nobody has ruled.
    Emerging,
    /// Several people have reported it, somebody ruled that it is an attack, or its actor came back.
    Active,
    /// What was to be done is done, and nothing came since.
    Contained,
    /// Ruled benign, or nothing came for long.
    Closed,
}

impl Stage {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emerging => "emerging",
            Self::Active => "active",
            Self::Contained => "contained",
            Self::Closed => "closed",
        }
    }
}
