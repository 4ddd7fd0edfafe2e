//! What an engine is asked, and why it refuses. It says nothing of what follows: that is
//! [`decide`](crate::decide).

use std::collections::BTreeSet;

use unhook_model::{CampaignId, PersonId, ReportId, Timestamp, Verdict};

use crate::event::{Indicator, Received, Ruling, SplitNumber, TieNumber};

/// Something to decide about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// A text came in and was judged.
    Report {
        /// What came in.
        received: Received,
        /// What the detector says of it.
        verdict: Verdict,
        /// The name of the campaign that it begins, if it begins one.
        fresh: CampaignId,
    },
    /// A report was judged again, after something was learned.
    Judged {
        /// Which report.
        report: ReportId,
        /// What the detector says now.
        verdict: Verdict,
        /// The name of the campaign that it begins, if it begins one.
        fresh: CampaignId,
        /// When.
        at: Timestamp,
    },
    /// Something was learned of a report: a second part of it, its sender, the page that its
    /// link leads to.
    Learned {
        /// Which report.
        report: ReportId,
        /// What it shares with others of its making; what was known before changes nothing.
        indicators: Vec<Indicator>,
        /// What the detector says now.
        verdict: Verdict,
        /// The name of the campaign that it begins, if it begins one.
        fresh: CampaignId,
        /// When.
        at: Timestamp,
    },
    /// Somebody says what a campaign is.
    Rule {
        /// Which campaign.
        campaign: CampaignId,
        /// What it is.
        ruling: Ruling,
        /// When.
        at: Timestamp,
        /// Who says so.
        by: PersonId,
    },
    /// Somebody says that two campaigns are one.
    Merge {
        /// One campaign.
        one: CampaignId,
        /// The other.
        other: CampaignId,
        /// Who says so.
        by: PersonId,
    },
    /// Somebody says that two reports do not belong together for the reason given.
    Cut {
        /// The tie between them.
        tie: TieNumber,
        /// The name of the part that has none, if one comes off.
        fresh: CampaignId,
        /// Who says so.
        by: PersonId,
    },
    /// Somebody takes a cut back.
    Mend {
        /// The tie that was cut.
        tie: TieNumber,
        /// Who does.
        by: PersonId,
    },
    /// Somebody takes reports out of a campaign.
    Split {
        /// Which campaign.
        campaign: CampaignId,
        /// Which of its reports.
        reports: BTreeSet<ReportId>,
        /// The name of the part that has none.
        fresh: CampaignId,
        /// Who does.
        by: PersonId,
    },
    /// Somebody takes a split back.
    Rejoin {
        /// Which split.
        split: SplitNumber,
        /// Who does.
        by: PersonId,
    },
    /// All that was to be done about a campaign is done.
    Contain {
        /// Which campaign.
        campaign: CampaignId,
        /// When.
        at: Timestamp,
    },
    /// Whoever is behind a campaign came back.
    Reopen {
        /// Which campaign.
        campaign: CampaignId,
        /// When.
        at: Timestamp,
    },
    /// Time has passed.
    Tick {
        /// The time now.
        now: Timestamp,
    },
}

/// Why something that a person asked for cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such campaign.
    #[error("there is no campaign {campaign}")]
    NoCampaign {
        /// The name that was given.
        campaign: CampaignId,
    },
    /// There is no such report.
    #[error("there is no report {report}")]
    NoReport {
        /// The id that was given.
        report: ReportId,
    },
    /// The report belongs elsewhere.
    #[error("report {report} does not belong to campaign {campaign}")]
    Elsewhere {
        /// The report.
        report: ReportId,
        /// The campaign that was given.
        campaign: CampaignId,
    },
    /// A split must leave something on either side.
    #[error("a split takes some reports of a campaign, and leaves some: name fewer or more")]
    OneSided,
    /// Both names are of one campaign.
    #[error("{one} and {other} are one campaign already")]
    OneAlready {
        /// One name.
        one: CampaignId,
        /// The other.
        other: CampaignId,
    },
    /// There is no such tie, or it is not as it would have to be.
    #[error("tie {} is not there to be cut or mended", tie.0)]
    NoTie {
        /// The number that was given.
        tie: TieNumber,
    },
    /// There is no such split, or it was taken back.
    #[error("split {} is not there to be taken back", split.0)]
    NoSplit {
        /// The number that was given.
        split: SplitNumber,
    },
}
