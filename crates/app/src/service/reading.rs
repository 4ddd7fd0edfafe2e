//! What readers are shown.

use std::sync::{PoisonError, RwLockReadGuard};
use std::time::Duration;

use unhook_engine::{Campaign, Engine, Indicator, Reason, Stage};
use unhook_model::{CampaignId, PersonId, ReportId, Timestamp};

use super::overlay::Overlay;
use super::{CampaignDetail, CampaignSummary, MOST_SHOWN, Report, Service, ServiceError, TieView};
use crate::access::AuditEntry;
use crate::journal::Position;
use crate::people::{Identity, Standing};
use crate::telling::OutgoingId;
use crate::views::{Attention, OutgoingRow, ReportFilter, ReportRow, StatementRow};

/// How long a reader waits for the views to come to a position.
const PATIENCE: Duration = Duration::from_secs(2);

/// The most reports whose texts are opened to show the senders of a campaign.
const MOST_OPENED: usize = 50;

/// The longest reason for looking at a person, in bytes.
const LONGEST_REASON: usize = 500;

impl Service {
    /// One report; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn report(&self, id: ReportId) -> Result<Option<Report>, ServiceError> {
        let Some(row) = self.ports.views.report(id)? else { return Ok(None) };
        let content = self.unseal(row.owner, &row.content)?;
        Ok(Some(Report { campaign: self.campaign_of(&row), row, content }))
    }

    /// Reports without their texts, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn reports(&self, filter: &ReportFilter) -> Result<Vec<Report>, ServiceError> {
        let rows = self.ports.views.reports(filter)?;
        let reports = rows.into_iter().map(|row| Report {
            campaign: self.campaign_of(&row),
            row,
            content: None,
        });
        Ok(reports.collect())
    }

    fn campaign_of(&self, row: &ReportRow) -> Option<CampaignId> {
        self.engine().state().campaign_of(row.report).map(|campaign| campaign.id())
    }

    /// Campaigns, the one with the newest report first; `before` is where an earlier page ended.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn campaigns(
        &self,
        stage: Option<Stage>,
        before: Option<(Timestamp, CampaignId)>,
        limit: usize,
    ) -> Result<Vec<CampaignSummary>, ServiceError> {
        let now = self.now();
        let mut page: Vec<(CampaignSummary, Vec<CampaignId>)> = {
            let engine = self.engine();
            let all = engine.state().campaigns().filter_map(|campaign| {
                let last = campaign.last_report_at()?;
                let is_wanted = stage.is_none_or(|stage| campaign.stage(now) == stage)
                    && before.is_none_or(|before| (last, campaign.id()) < before);
                is_wanted.then_some((last, campaign))
            });
            let mut all: Vec<_> = all.collect();
            all.sort_unstable_by_key(|(last, campaign)| std::cmp::Reverse((*last, campaign.id())));
            all.truncate(limit);
            all.iter().map(|(_, c)| (summary(c, now), c.names().collect::<Vec<_>>())).collect()
        };
        for (summary, names) in &mut page {
            summary.acknowledged_at = self.acknowledged(names)?;
        }
        Ok(page.into_iter().map(|(summary, _)| summary).collect())
    }

    /// One campaign, by any name it ever had.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn campaign(&self, id: CampaignId) -> Result<Option<CampaignDetail>, ServiceError> {
        self.campaign_with(id, MOST_SHOWN)
    }

    /// One campaign with so many of its reports and ties.
    pub(super) fn campaign_with(
        &self,
        id: CampaignId,
        most: usize,
    ) -> Result<Option<CampaignDetail>, ServiceError> {
        let now = self.now();
        let Some(mut detail) = self.engine().state().campaign(id).map(|campaign| CampaignDetail {
            summary: summary(&campaign, now),
            names: campaign.names().collect(),
            reports: campaign.reports().take(most).collect(),
            domains: Vec::new(),
            senders: Vec::new(),
            ties: ties(&campaign, most),
        }) else {
            return Ok(None);
        };
        detail.summary.acknowledged_at = self.acknowledged(&detail.names)?;
        detail.domains = self.ports.views.domains_of(&detail.reports)?;
        detail.senders = self.senders(&detail.reports)?;
        Ok(Some(detail))
    }

    /// When somebody first acknowledged a campaign under any of its names.
    pub(super) fn acknowledged(
        &self,
        names: &[CampaignId],
    ) -> Result<Option<Timestamp>, ServiceError> {
        let mut first = None;
        for name in names {
            let at = self.ports.views.acknowledged(*name)?;
            first = first.into_iter().chain(at).min();
        }
        Ok(first)
    }

    /// The senders of reports, as far as they were given and can still be read.
    fn senders(&self, reports: &[ReportId]) -> Result<Vec<String>, ServiceError> {
        let mut senders = Vec::new();
        for report in reports.iter().take(MOST_OPENED) {
            let Some(row) = self.ports.views.report(*report)? else { continue };
            let content = self.unseal(row.owner, &row.content)?;
            senders.extend(content.and_then(|content| content.sender));
        }
        senders.sort_unstable();
        senders.dedup();
        Ok(senders)
    }

    /// Who a person is, for a reason that is recorded first.
    ///
    /// # Errors
    /// When the reason is missing or cannot be recorded, or the person cannot be read.
    pub fn reveal(
        &self,
        person: PersonId,
        reason: &str,
        by: PersonId,
    ) -> Result<Option<(Standing, Identity)>, ServiceError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.len() > LONGEST_REASON {
            let what = format!("give a reason of 1 to {LONGEST_REASON} bytes");
            return Err(ServiceError::Invalid(what));
        }
        let entry = AuditEntry {
            at: self.now(),
            by: Some(by),
            action: "person-revealed".to_owned(),
            subject: person.to_string(),
            reason: Some(reason.to_owned()),
        };
        self.ports.access.record(&entry)?;
        let Some(known) = self.ports.people.person(person)? else { return Ok(None) };
        let identity = self.ports.people.identity(person)?;
        Ok(identity.map(|identity| (known.standing, identity)))
    }

    /// What waits for a person to look at it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn attention(&self) -> Result<Vec<Attention>, ServiceError> {
        Ok(self.ports.views.attention()?)
    }

    /// Who said that they had given something away, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn statements(&self, limit: usize) -> Result<Vec<StatementRow>, ServiceError> {
        Ok(self.ports.views.statements(limit)?)
    }

    /// The delivery log, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn deliveries(
        &self,
        before: Option<OutgoingId>,
        limit: usize,
    ) -> Result<Vec<OutgoingRow>, ServiceError> {
        Ok(self.ports.views.deliveries(before, limit)?)
    }

    /// The position of the last commit that is durable and that reads see.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        *self.seen.borrow()
    }

    /// Waits until reads see what stands at a position, for a short while at most; says whether
    /// they do.
    pub async fn has_seen(&self, position: Position) -> bool {
        let mut seen = self.seen.clone();
        let reached = seen.wait_for(|seen| *seen >= Some(position));
        matches!(tokio::time::timeout(PATIENCE, reached).await, Ok(Ok(_)))
    }

    pub(super) fn engine(&self) -> RwLockReadGuard<'_, Engine> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn overlay(&self) -> RwLockReadGuard<'_, Overlay> {
        self.overlay.read().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn summary(campaign: &Campaign<'_>, now: Timestamp) -> CampaignSummary {
    let last_at = campaign.last_report_at().unwrap_or(now);
    CampaignSummary {
        id: campaign.id(),
        stage: campaign.stage(now),
        message_count: campaign.message_count(),
        reporter_count: campaign.reporters().count(),
        first_at: campaign.first_report_at().unwrap_or(last_at),
        last_at,
        verdict: campaign.verdict(),
        ruling: campaign.ruling(),
        acknowledged_at: None,
    }
}

fn ties(campaign: &Campaign<'_>, most: usize) -> Vec<TieView> {
    let ties = campaign.ties().chain(campaign.severed_ties()).take(most);
    let views = ties.map(|(number, tie)| TieView {
        number,
        one: tie.one,
        other: tie.other,
        because: because(&tie.because),
        stands: tie.cuts == 0,
    });
    views.collect()
}

fn because(reason: &Reason) -> String {
    match reason {
        Reason::NearText(similarity) => format!("near-text {:.2}", similarity.share()),
        Reason::Shared(Indicator::Domain(host)) => format!("domain {host}"),
        Reason::Shared(Indicator::Sender(_)) => "sender".to_owned(),
        Reason::Shared(Indicator::Page(_)) => "page".to_owned(),
        Reason::Ruled(_) => "person".to_owned(),
        Reason::Split(_) => "split".to_owned(),
    }
}
