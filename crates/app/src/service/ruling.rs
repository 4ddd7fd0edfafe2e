//! What people say of campaigns, reports and names, and what follows at once: reports are
//! judged again, and whoever was told otherwise hears the correction, once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use unhook_detect::text::links::host::registrable;
use unhook_engine::{Engine, Event, Input, Refusal, Ruling, SplitNumber, Stage};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

use super::judging::effective;
use super::{Regrouping, RulingRequest, Service, ServiceError};
use crate::covered::ruling_of;
use crate::desk::Draft;
use crate::journal::Position;
use crate::record::{Answered, Outgoing, Recipient, Record, Telling};
use crate::submission::Way;
use crate::telling::OutgoingId;
use crate::views::{NameRuling, ReportRow};

/// How many reports are corrected in one decision, so that it fits into a commit.
const AT_A_TIME: usize = 200;

/// The most reports judged again after one ruling of a name, newest first: older ones were
/// told long ago.
const MOST_REJUDGED: usize = 2_000;

/// The most reports taken out of a campaign in one decision, so that it fits into a commit.
const MOST_TAKEN_OUT: usize = 4_000;

/// How long after a ruling of a name a start still looks for reports it left as they were: a
/// week.
const LOOK_BACK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What follows from a ruling and may not be done yet: people who were told otherwise are to hear
/// of it. Doing it twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unfinished {
    /// For everyone who reported a text of a campaign.
    Campaign(CampaignId),
    /// For everyone who reported a text that names this.
    Name(String),
    /// For whoever reported this.
    Report(ReportId),
}

/// What is not done yet, and whose turn it is to do it: one at a time, so that nobody is
/// corrected twice.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    unfinished: Mutex<BTreeSet<Unfinished>>,
    turn: tokio::sync::Mutex<()>,
    /// Something was left that nobody is at.
    left: Notify,
}

impl Corrections {
    /// Learns from what was kept: whoever reported what has only now become part of a campaign
    /// that somebody ruled is to hear of it.
    pub(super) fn learn(&self, records: &[Record], engine: &Engine) {
        let (mut ties, mut fresh) = (BTreeMap::<ReportId, usize>::new(), BTreeSet::new());
        for record in records {
            match record {
                Record::Engine(Event::Tied { one, .. }) => *ties.entry(*one).or_default() += 1,
                Record::Engine(Event::Received(received)) => {
                    fresh.insert(received.report);
                }
                _ => {}
            }
        }
        // The first tie of a new report brings in nobody but itself.
        let joining = ties.iter().filter(|(one, ties)| **ties > usize::from(fresh.contains(*one)));
        for (report, _) in joining {
            let campaign = engine.state().campaign_of(*report);
            if let Some(ruled) = campaign.filter(|campaign| campaign.ruling().is_some()) {
                self.leave(Unfinished::Campaign(ruled.id()));
            }
        }
    }

    /// Leaves something to be done, soon.
    fn leave(&self, what: Unfinished) {
        self.unfinished().insert(what);
        self.left.notify_one();
    }

    fn unfinished(&self) -> MutexGuard<'_, BTreeSet<Unfinished>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that is being done: off the list, so that what is left meanwhile is seen, and on
/// it again when it comes to nothing, or whoever waits for it goes away.
struct Begun<'c> {
    corrections: &'c Corrections,
    what: Unfinished,
    is_done: bool,
}

impl<'c> Begun<'c> {
    fn new(corrections: &'c Corrections, what: Unfinished) -> Self {
        corrections.unfinished().remove(&what);
        Self { corrections, what, is_done: false }
    }

    fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.corrections.unfinished().insert(self.what.clone());
        }
    }
}

impl Service {
    /// Somebody says what a campaign, a report or a name is. Takes effect at once: what was
    /// told otherwise is corrected.
    ///
    /// # Errors
    /// Says why not.
    pub async fn rule(
        &self,
        request: RulingRequest,
        by: PersonId,
    ) -> Result<Position, ServiceError> {
        match request {
            RulingRequest::Campaign(campaign, ruling) => {
                self.rule_campaign(campaign, ruling, by).await
            }
            RulingRequest::Name(name, ruling) => self.rule_name(&name, ruling, by).await,
            RulingRequest::Report(report, ruling) => {
                let campaign = self.engine().state().campaign_of(report).map(|c| c.id());
                match campaign {
                    Some(campaign) => self.rule_campaign(campaign, ruling, by).await,
                    None => self.rule_report(report, ruling, by).await,
                }
            }
        }
    }

    async fn rule_campaign(
        &self,
        campaign: CampaignId,
        ruling: Ruling,
        by: PersonId,
    ) -> Result<Position, ServiceError> {
        let at = self.now();
        // Whoever rules may go away, or hear nothing, although it counts.
        self.note(Unfinished::Campaign(campaign));
        let position = self.decide_calling(Input::Rule { campaign, ruling, at, by }).await?;
        self.finish(Unfinished::Campaign(campaign)).await?;
        Ok(position)
    }

    /// A report without a campaign is judged as ruled; if that makes it an attack, it begins
    /// one.
    async fn rule_report(
        &self,
        report: ReportId,
        ruling: Ruling,
        by: PersonId,
    ) -> Result<Position, ServiceError> {
        let at = self.now();
        let verdict = effective(Verdict::Benign, Some(ruling));
        let fresh = CampaignId::from_bytes(self.ports.surroundings.fresh_id());
        let position = self.decide_calling(Input::Judged { report, verdict, fresh, at }).await?;
        let campaign = self.engine().state().campaign_of(report).map(|c| c.id());
        match campaign {
            Some(campaign) => self.rule_campaign(campaign, ruling, by).await,
            None => {
                let _turn = self.corrections.turn.lock().await;
                self.correct_reports(&[report], position, |_| (verdict, true)).await?;
                Ok(position)
            }
        }
    }

    /// Lets the engine decide, and calls out what follows.
    async fn decide_calling(&self, input: Input) -> Result<Position, ServiceError> {
        let (caller, now) = (self.caller(), self.now());
        let (decided, position) = self
            .decide(move |draft| -> Result<Vec<Event>, Refusal> {
                let events = draft.decide(&input)?;
                caller.after_events(draft, &events, now);
                Ok(events)
            })
            .await?;
        decided?;
        self.last_position(position)
    }

    /// Where a decision stands, or the last one when nothing had to be kept.
    pub(super) fn last_position(
        &self,
        position: Option<Position>,
    ) -> Result<Position, ServiceError> {
        let nothing = || ServiceError::Invalid("nothing has happened here yet".to_owned());
        position.or_else(|| self.durable()).ok_or_else(nothing)
    }

    /// The position of the last commit that is durable, whether or not reads see it.
    pub(super) fn durable(&self) -> Option<Position> {
        self.engine().state().position().map(Position::from_raw)
    }

    /// Leaves something to be done, soon.
    pub(super) fn leave(&self, what: Unfinished) {
        self.corrections.leave(what);
    }

    fn note(&self, what: Unfinished) {
        self.corrections.unfinished().insert(what);
    }

    /// Waits until something was left.
    pub(super) async fn left(&self) {
        self.corrections.left.notified().await;
    }

    /// Leaves to be done what a crash may have left undone.
    pub(super) fn leave_what_a_crash_left(&self) -> Result<(), ServiceError> {
        let now = self.now();
        {
            let engine = self.engine();
            // Also where nobody has ruled: what was taken out of a campaign lost its ruling.
            let of_interest = engine.state().campaigns().filter(|campaign| {
                campaign.ruling().is_some() || campaign.stage(now) != Stage::Closed
            });
            let campaigns = of_interest.map(|campaign| Unfinished::Campaign(campaign.id()));
            self.corrections.unfinished().extend(campaigns);
        }
        let names = self.ports.views.names()?;
        let recent = names.into_iter().filter(|row| row.at >= now.minus(LOOK_BACK));
        self.corrections.unfinished().extend(recent.map(|row| Unfinished::Name(row.name)));
        Ok(())
    }

    /// Does what is not done yet.
    pub(super) async fn finish_all(&self) {
        let all: Vec<Unfinished> = self.corrections.unfinished().iter().cloned().collect();
        for what in all {
            if let Err(error) = self.finish(what).await {
                tracing::warn!(%error, "somebody may have to be told otherwise, later");
            }
        }
    }

    async fn finish(&self, what: Unfinished) -> Result<(), ServiceError> {
        self.note(what.clone());
        let _turn = self.corrections.turn.lock().await;
        let begun = Begun::new(&self.corrections, what);
        match &begun.what {
            Unfinished::Campaign(campaign) => self.correct(*campaign).await?,
            Unfinished::Name(name) => self.judge_again(name).await?,
            Unfinished::Report(report) => self.judge_report_again(*report).await?,
        }
        begun.done();
        Ok(())
    }

    /// Tells everyone who reported a text of a campaign and was told otherwise.
    async fn correct(&self, campaign: CampaignId) -> Result<(), ServiceError> {
        let (reports, position) = {
            let engine = self.engine();
            let Some(known) = engine.state().campaign(campaign) else { return Ok(()) };
            let position = engine.state().position().map(Position::from_raw);
            (known.reports().collect::<Vec<_>>(), position)
        };
        let position = self.last_position(position)?;
        let now_is = |row: &ReportRow| {
            let ruling = ruling_of(self.engine().state(), row.report);
            (effective(row.judged.verdict, ruling), ruling.is_some())
        };
        self.correct_reports(&reports, position, now_is).await
    }

    async fn correct_reports(
        &self,
        reports: &[ReportId],
        position: Position,
        now_is: impl Fn(&ReportRow) -> (Verdict, bool),
    ) -> Result<(), ServiceError> {
        if !self.has_seen(position).await {
            return Err(ServiceError::Unavailable("the views are behind".into()));
        }
        for some in reports.chunks(AT_A_TIME) {
            let mut corrections = Vec::new();
            for report in some {
                let Some(row) = self.ports.views.report(*report)? else { continue };
                let (verdict, is_ruled) = now_is(&row);
                if verdict != row.answered.verdict {
                    corrections.push((row, verdict, is_ruled));
                }
            }
            self.keep_corrections(corrections).await?;
        }
        Ok(())
    }

    async fn keep_corrections(
        &self,
        corrections: Vec<(ReportRow, Verdict, bool)>,
    ) -> Result<(), ServiceError> {
        if corrections.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let ids: Vec<_> = corrections.iter().map(|_| self.ports.surroundings.fresh_id()).collect();
        let ((), position) = self
            .decide(move |draft| {
                for ((row, verdict, is_ruled), id) in corrections.iter().zip(&ids) {
                    correct(draft, row, *verdict, *is_ruled, OutgoingId::from_bytes(*id), now);
                }
            })
            .await?;
        // So that nobody is corrected twice by who comes next.
        self.has_seen(self.last_position(position)?).await;
        Ok(())
    }

    async fn rule_name(
        &self,
        name: &str,
        ruling: NameRuling,
        by: PersonId,
    ) -> Result<Position, ServiceError> {
        let invalid = |error| ServiceError::Invalid(format!("`{name}` is no host name: {error}"));
        let host = Hostname::parse(name.trim()).map_err(invalid)?;
        if ruling == NameRuling::Malicious && self.known().knowledge.owner_of(&host).is_some() {
            return Err(ServiceError::Invalid(format!(
                "`{host}` belongs to the organization, a partner or a known brand; if it was broken into, rule the campaign instead"
            )));
        }
        if ruling == NameRuling::Malicious && self.lends_names(&host) {
            return Err(ServiceError::Invalid(format!(
                "under `{host}` anybody can have a name; rule the host below it"
            )));
        }
        let (name, at) = (host.as_str().to_owned(), self.now());
        let position = self.keep_name_ruling(name.clone(), ruling, at, by).await?;
        self.finish(Unfinished::Name(name)).await?;
        Ok(position)
    }

    /// Whether names below a host belong to others than the host does.
    fn lends_names(&self, host: &Hostname) -> bool {
        let above = host.as_str().split_once('.').map(|(_, above)| above);
        let known = self.known();
        let is_listed = |host: &Hostname| known.knowledge.host_kind(host).is_some();
        let is_within = above
            .and_then(|above| Hostname::parse(above).ok())
            .is_some_and(|above| is_listed(&above));
        registrable(host.as_str()).is_none() || is_listed(host) && !is_within
    }

    async fn keep_name_ruling(
        &self,
        name: String,
        ruling: NameRuling,
        at: Timestamp,
        by: PersonId,
    ) -> Result<Position, ServiceError> {
        // One after the other, so that what was ruled last is what takes effect.
        let _turn = self.corrections.turn.lock().await;
        let record = Record::NameRuled { name: name.clone(), ruling, at, by };
        let ((), position) = self.decide(move |draft| draft.record(record.clone())).await?;
        let overlay = self.overlay.write();
        overlay.unwrap_or_else(PoisonError::into_inner).rule(name, ruling, at);
        self.last_position(position)
    }

    /// Judges the reports again that name a host, or the domain that it lies within.
    async fn judge_again(&self, host: &str) -> Result<(), ServiceError> {
        self.see_all().await?;
        let mut rest = Some(host);
        while let Some(name) = rest {
            for report in self.ports.views.reports_naming(name, MOST_REJUDGED)? {
                self.judge_report_again(report).await?;
            }
            rest = name.split_once('.').map(|(_, above)| above);
        }
        Ok(())
    }

    /// Waits until reads see everything that is durable.
    async fn see_all(&self) -> Result<(), ServiceError> {
        match self.durable() {
            Some(position) if !self.has_seen(position).await => {
                Err(ServiceError::Unavailable("the views are behind".into()))
            }
            _ => Ok(()),
        }
    }

    async fn judge_report_again(&self, report: ReportId) -> Result<(), ServiceError> {
        let Some(row) = self.ports.views.report(report)? else { return Ok(()) };
        let Some(content) = self.unseal(row.owner, &row.content)? else { return Ok(()) };
        let names = self.ports.people.person(row.owner)?.map(|p| p.names).unwrap_or_default();
        let mut judgement = self.judge(&content.message(row.channel), &names);
        judgement.content.attachments = content.attachments;
        if judgement.judged.verdict == row.judged.verdict {
            return Ok(());
        }
        let content = Some(self.seal(row.owner, &judgement.content)?);
        let (judged, is_ruled, now) = (judgement.judged, judgement.is_ruled, self.now());
        let fresh = CampaignId::from_bytes(self.ports.surroundings.fresh_id());
        let input = Input::Judged { report, verdict: judged.verdict, fresh, at: now };
        let id = OutgoingId::from_bytes(self.ports.surroundings.fresh_id());
        let caller = self.caller();
        let (decided, position) = self
            .decide(move |draft| -> Result<(), Refusal> {
                let events = draft.decide(&input)?;
                let (judged, content) = (judged.clone(), content.clone());
                let ruling = ruling_of(draft.engine().state(), report);
                let verdict = effective(judged.verdict, ruling);
                draft.record(Record::Judged { report, judged, content });
                if verdict != row.answered.verdict {
                    correct(draft, &row, verdict, is_ruled || ruling.is_some(), id, now);
                }
                caller.after_report(draft, report, row.reporter.is_some(), &events, now);
                Ok(())
            })
            .await?;
        decided?;
        self.has_seen(self.last_position(position)?).await;
        Ok(())
    }

    /// Somebody puts together or takes apart.
    ///
    /// # Errors
    /// Says why not.
    pub async fn regroup(&self, what: Regrouping, by: PersonId) -> Result<Position, ServiceError> {
        if let Regrouping::Split(_, reports) = &what
            && reports.len() > MOST_TAKEN_OUT
        {
            let most = format!("take out at most {MOST_TAKEN_OUT} reports at a time");
            return Err(ServiceError::Invalid(most));
        }
        let fresh = CampaignId::from_bytes(self.ports.surroundings.fresh_id());
        let touched = self.touched(&what);
        let input = match what {
            Regrouping::Merge(one, other) => Input::Merge { one, other, by },
            Regrouping::Cut(tie) => Input::Cut { tie, fresh, by },
            Regrouping::Mend(tie) => Input::Mend { tie, by },
            Regrouping::Split(campaign, reports) => Input::Split { campaign, reports, fresh, by },
            Regrouping::Rejoin(split) => Input::Rejoin { split: SplitNumber(split), by },
        };
        let position = self.decide_calling(input).await?;
        // A ruling may hold for more or for fewer than before.
        let campaigns: BTreeSet<CampaignId> = {
            let engine = self.engine();
            let of = |report: &ReportId| engine.state().campaign_of(*report).map(|c| c.id());
            touched.iter().filter_map(of).collect()
        };
        campaigns.iter().for_each(|campaign| self.note(Unfinished::Campaign(*campaign)));
        for campaign in campaigns {
            self.finish(Unfinished::Campaign(campaign)).await?;
        }
        Ok(position)
    }

    /// A report of each part that a change puts together or takes apart.
    fn touched(&self, what: &Regrouping) -> Vec<ReportId> {
        let engine = self.engine();
        let state = engine.state();
        let both = |(one, other)| vec![one, other];
        match what {
            Regrouping::Merge(one, other) => {
                let campaigns = [one, other].into_iter().filter_map(|id| state.campaign(*id));
                campaigns.filter_map(|campaign| campaign.reports().next()).collect()
            }
            Regrouping::Cut(tie) | Regrouping::Mend(tie) => {
                state.tie(*tie).map_or_else(Vec::new, |tie| vec![tie.one, tie.other])
            }
            Regrouping::Split(campaign, reports) => {
                let known = state.campaign(*campaign);
                let rest = known.and_then(|c| c.reports().find(|r| !reports.contains(r)));
                reports.first().copied().into_iter().chain(rest).collect()
            }
            Regrouping::Rejoin(split) => {
                state.split_sides(SplitNumber(*split)).map_or_else(Vec::new, both)
            }
        }
    }

    /// Somebody on call has seen a campaign, and nobody else need be called.
    ///
    /// # Errors
    /// Says why not.
    pub async fn acknowledge(
        &self,
        campaign: CampaignId,
        by: PersonId,
    ) -> Result<Position, ServiceError> {
        let known = self.engine().state().campaign(campaign).map(|known| known.id());
        let campaign = known.ok_or(Refusal::NoCampaign { campaign })?;
        let at = self.now();
        let record = Record::Acknowledged { campaign, by, at };
        let ((), position) = self.decide(move |draft| draft.record(record.clone())).await?;
        self.last_position(position)
    }

    /// Somebody looked at what waited for it.
    ///
    /// # Errors
    /// Says why not.
    pub async fn review(&self, matter: &str, by: PersonId) -> Result<Position, ServiceError> {
        if !self.attention()?.iter().any(|attention| attention.matter == matter) {
            return Err(ServiceError::Invalid(format!("nothing called `{matter}` waits")));
        }
        let record = Record::Reviewed { matter: matter.to_owned(), by, at: self.now() };
        let ((), position) = self.decide(move |draft| draft.record(record.clone())).await?;
        self.last_position(position)
    }
}

/// Notes that the answer to a report is another now, and has its reporter told where there is
/// a way to.
fn correct(
    draft: &mut Draft<'_>,
    row: &ReportRow,
    verdict: Verdict,
    is_ruled: bool,
    id: OutgoingId,
    at: Timestamp,
) {
    let answered = Answered { verdict, is_ruled, at };
    draft.record(Record::Answered { report: row.report, answered });
    // Whoever a trap caught passed nothing on, and is no person of ours: their key is nobody's.
    if row.way == Way::Text && row.reporter.is_none_or(|reporter| reporter == row.owner) {
        let what = Telling::Correction { report: row.report, verdict };
        let to = Recipient::Person(row.owner);
        draft.record(Record::Requested(Outgoing { id, to, what, at, due_at: at }));
    }
}
