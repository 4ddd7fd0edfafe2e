//! A campaign with all that there is about it: its texts, how they differ, whom it reached and
//! what was done.

use std::collections::BTreeMap;

use unhook_detect::text::Text;
use unhook_engine::TextSketch;
use unhook_model::{CampaignId, PersonId, ReportId, Timestamp};

use super::{CampaignDetail, CampaignHead, MOST_SHOWN, Report, Service, ServiceError};

/// The most people of a campaign that are listed.
pub const MOST_PEOPLE: usize = 500;

/// The most texts of a campaign that are exported as evidence, and the most ties.
pub const MOST_EXPORTED: usize = 20_000;

/// The most statements looked through for those about a campaign: all that a large organization
/// ever makes.
const MOST_STATEMENTS: usize = 100_000;

/// The longest part of a text by which wordings are told apart, in bytes.
const LONGEST_WORDING: usize = 4_096;

/// All that there is about a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// What it is made of.
    pub detail: CampaignDetail,
    /// As a list shows it.
    pub head: CampaignHead,
    /// When each of its texts came in, in order.
    pub times: Vec<Timestamp>,
    /// Its texts, oldest first, as many as `detail` lists.
    pub texts: Vec<CampaignText>,
    /// Whom it reached, as far as they said so; those who gave something away first, at most
    /// [`MOST_PEOPLE`].
    pub people: Vec<Reached>,
    /// How many people reported a text of it.
    pub reported: usize,
    /// How many people said that they had given something away.
    pub stated: usize,
    /// What happened, oldest first.
    pub history: Vec<Happened>,
}

/// A text of a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignText {
    /// The report.
    pub report: Report,
    /// Registrable domains it names.
    pub domains: Vec<String>,
    /// The first text that says the same in the same words, links and numbers aside.
    pub wording: ReportId,
}

/// Somebody whom a campaign reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Who.
    pub person: PersonId,
    /// When they first reported a text of it.
    pub reported_at: Option<Timestamp>,
    /// How many they reported.
    pub texts: usize,
    /// When they said that they had given something away.
    pub stated_at: Option<Timestamp>,
}

/// Something that happened about a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What, as a short name: `first-report`, an alert's kind, an action of the audit trail.
    pub what: String,
    /// Who did it, if somebody did.
    pub by: Option<PersonId>,
    /// The reason they gave.
    pub reason: Option<String>,
}

impl Service {
    /// All that there is about a campaign, by any name it ever had, with at most
    /// [`MOST_SHOWN`] of its texts and ties.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn dossier(&self, id: CampaignId) -> Result<Option<Dossier>, ServiceError> {
        self.dossier_with(id, MOST_SHOWN)
    }

    /// The same for those who must be told: with at most [`MOST_EXPORTED`] of its texts and ties.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn evidence(&self, id: CampaignId) -> Result<Option<Dossier>, ServiceError> {
        self.dossier_with(id, MOST_EXPORTED)
    }

    fn dossier_with(&self, id: CampaignId, most: usize) -> Result<Option<Dossier>, ServiceError> {
        let Some(detail) = self.campaign_with(id, most)? else { return Ok(None) };
        let Some(head) = self.campaign_head(id)? else { return Ok(None) };
        let times = {
            let engine = self.engine();
            let campaign = engine.state().campaign(id);
            let mut times: Vec<_> = campaign.iter().flat_map(|c| c.times()).collect();
            times.sort_unstable();
            times
        };
        let mut people = self.reached(id)?;
        let reported = people.iter().filter(|one| one.reported_at.is_some()).count();
        let stated = people.iter().filter(|one| one.stated_at.is_some()).count();
        people.truncate(MOST_PEOPLE);
        Ok(Some(Dossier {
            texts: self.texts_of(&detail.reports)?,
            people,
            reported,
            stated,
            history: self.history_of(&detail)?,
            detail,
            head,
            times,
        }))
    }

    fn texts_of(&self, reports: &[ReportId]) -> Result<Vec<CampaignText>, ServiceError> {
        let mut wordings: BTreeMap<Option<Vec<u8>>, ReportId> = BTreeMap::new();
        let mut texts = Vec::with_capacity(reports.len());
        for id in reports {
            let Some(report) = self.report(*id)? else { continue };
            let body = report.content.as_ref().map(|content| content.body.as_str());
            let wording = *wordings.entry(body.map(wording)).or_insert(*id);
            let domains = self.ports.views.domains_of(&[*id])?;
            texts.push(CampaignText { report, domains, wording });
        }
        Ok(texts)
    }

    fn reached(&self, id: CampaignId) -> Result<Vec<Reached>, ServiceError> {
        let mut reached: BTreeMap<PersonId, Reached> = BTreeMap::new();
        let statements = self.ports.views.statements(MOST_STATEMENTS)?;
        {
            let engine = self.engine();
            let Some(campaign) = engine.state().campaign(id) else { return Ok(Vec::new()) };
            for report in campaign.reports() {
                let Some(person) = engine.state().reporter(report) else { continue };
                let at = engine.state().received_at(report);
                let known = reached.entry(person).or_insert(Reached::nothing(person));
                known.texts += 1;
                known.reported_at = known.reported_at.into_iter().chain(at).min();
            }
            let about = statements.iter().filter(|s| s.report.is_some_and(|r| campaign.has(r)));
            for statement in about {
                let new = Reached::nothing(statement.person);
                let known = reached.entry(statement.person).or_insert(new);
                known.stated_at = known.stated_at.into_iter().chain([statement.at]).min();
            }
        }
        let mut reached: Vec<Reached> = reached.into_values().collect();
        reached.sort_by_key(|one| (one.stated_at.is_none(), one.reported_at, one.person));
        Ok(reached)
    }

    fn history_of(&self, detail: &CampaignDetail) -> Result<Vec<Happened>, ServiceError> {
        let summary = &detail.summary;
        let by_itself = |at, what: &str| Happened { at, what: what.into(), by: None, reason: None };
        let called = self.ports.views.called(summary.first_at)?;
        let called = called.into_iter().filter(|row| detail.names.contains(&row.campaign));
        let mut done = Vec::new();
        for name in &detail.names {
            done.extend(self.ports.access.trail_about(&name.to_string())?);
        }
        let mut history = vec![by_itself(summary.first_at, "first-report")];
        history.extend(called.map(|row| by_itself(row.at, &row.kind)));
        history.extend(done.into_iter().map(|entry| Happened {
            at: entry.at,
            what: entry.action,
            by: entry.by,
            reason: entry.reason,
        }));
        history.sort_by_key(|happened| happened.at);
        // What names two of a campaign's names stands in the trail once.
        history.dedup();
        Ok(history)
    }
}

impl Reached {
    const fn nothing(person: PersonId) -> Self {
        Self { person, reported_at: None, texts: 0, stated_at: None }
    }
}

/// What two texts have in common that say the same in the same words; texts too short to be
/// likened have themselves.
fn wording(body: &str) -> Vec<u8> {
    let sketch = TextSketch::of(&Text::read(body));
    let whole = || body.as_bytes().iter().copied().take(LONGEST_WORDING).collect();
    sketch.map_or_else(whole, |sketch| sketch.to_bytes().to_vec())
}
