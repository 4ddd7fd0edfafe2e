//! Looking back over a journal: what it adds up to, the views made again from it, and what
//! would be decided today.
//!
//! *Replay* folds what was decided, and comes to the same state for ever. *What if* takes what
//! came in and decides again, with what is known today, beside what was decided then; it
//! changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use unhook_detect::text::Text;
use unhook_detect::{Knowledge, assess};
use unhook_engine::response::playbook::{MOST_PROPOSED, Moment};
use unhook_engine::response::{self, Action, Playbook};
use unhook_engine::{Engine, Event, Input, Popular, Protected, Received, Ruling, TextSketch};
use unhook_model::{
    ActionId, CampaignId, Channel, Fact, Facts, Message, PersonId, ReportId, Timestamp, Verdict,
};

use crate::covered::ruling_of;
use crate::desk::DeskError;
use crate::history::History;
use crate::indicators::indicators;
use crate::journal::{Journal, Partition};
use crate::people::{People, PeopleError, Sealed};
use crate::record::{Content, Record};
use crate::service::responding::Guard;
use crate::service::sight::{Sight, touched};
use crate::views::{ViewError, Views};

/// Why one cannot look back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HindsightError {
    /// The journal cannot be read, or holds what cannot be understood.
    #[error("the journal cannot be read")]
    Journal(#[from] DeskError),
    /// The views cannot be written to.
    #[error("the views cannot be made again")]
    Views(#[from] ViewError),
    /// People's keys cannot be read.
    #[error("what is sealed cannot be opened")]
    People(#[from] PeopleError),
    /// What was sealed is not what it was.
    #[error("what was kept of report {report} cannot be read")]
    Content {
        /// Which report.
        report: ReportId,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
}

/// What a journal adds up to.
#[derive(Debug)]
pub struct Replayed {
    /// The engine that folded it.
    pub engine: Engine,
    /// How many commits there were.
    pub commits: u64,
    /// How many records.
    pub records: u64,
}

/// Folds everything a partition holds, from the first commit on.
///
/// # Errors
/// When the journal cannot be read or understood.
pub async fn replay(
    journal: &impl Journal,
    partition: &Partition,
) -> Result<Replayed, HindsightError> {
    let mut replayed = Replayed { engine: Engine::default(), commits: 0, records: 0 };
    let mut history = History::after(journal, partition, None);
    loop {
        let page = history.next().await?;
        if page.is_empty() {
            return Ok(replayed);
        }
        for (position, records) in page {
            replayed.commits += 1;
            replayed.records += records.len() as u64;
            let events: Vec<Event> = records.into_iter().filter_map(Record::into_event).collect();
            replayed.engine.apply(position.to_raw(), &events);
        }
    }
}

/// Makes the views again, from nothing, and says of how many commits.
///
/// # Errors
/// When the journal cannot be read or the views cannot be written to; made again once more,
/// they come out right.
pub async fn rebuild(
    journal: &impl Journal,
    partition: &Partition,
    views: &dyn Views,
) -> Result<usize, HindsightError> {
    views.clear()?;
    let (mut history, mut commits) = (History::after(journal, partition, None), 0);
    loop {
        let page = history.next().await?;
        if page.is_empty() {
            return Ok(commits);
        }
        views.project(&page)?;
        commits += page.len();
    }
}

/// Goes through a journal and says what a playbook would have proposed, each with the campaign's id
/// as it was. What it would have done without asking counts as done; what it asks, as not answered.
/// `popular` is what newer lists protect.
///
/// # Errors
/// When the journal cannot be read or understood.
pub async fn play(
    journal: &impl Journal,
    partition: &Partition,
    knowledge: &Arc<Knowledge>,
    popular: Arc<Popular>,
    playbook: &Playbook,
) -> Result<Vec<Action>, HindsightError> {
    let mut engine = Engine::default();
    let (mut done, mut proposed) = (response::State::default(), Vec::new());
    let mut guard = Guard::new(Protected::new(Arc::clone(knowledge), popular));
    let mut history = History::after(journal, partition, None);
    let mut begun_at = None;
    loop {
        let page = history.next().await?;
        if page.is_empty() {
            return Ok(proposed);
        }
        for (position, records) in page {
            let events: Vec<Event> =
                records.iter().cloned().filter_map(Record::into_event).collect();
            engine.apply(position.to_raw(), &events);
            for record in &records {
                match record {
                    Record::NameRuled { name, ruling, .. } => guard.rule(name, *ruling),
                    // Who was exposed was seen, whatever was done about it.
                    Record::Response(event) if is_seen(event) => done.fold(event),
                    _ => {}
                }
            }
            let Some(now) = records.iter().filter_map(happened_at).max() else { continue };
            let moment = Moment { now, begun_at: *begun_at.get_or_insert(now) };
            let mut next = proposed.len() as u64;
            for campaign in touched(engine.state(), &records) {
                let sight = Sight {
                    engine: engine.state(),
                    done: &done,
                    guard: &guard,
                    knowledge,
                    playbook,
                    // What people looked up then is not kept.
                    knew: &|_, _, _| false,
                    now,
                };
                let Some(situation) = sight.situation(campaign) else { continue };
                let mut fresh = || {
                    next += 1;
                    let mut id = [0; 16];
                    id[8..].copy_from_slice(&next.to_be_bytes());
                    ActionId::from_bytes(id)
                };
                loop {
                    let actions = playbook.consider(&situation, &done, moment, &mut fresh);
                    let is_all = actions.len() < MOST_PROPOSED;
                    for action in actions {
                        done.fold(&response::Event::Proposed(action.clone()));
                        proposed.push(action);
                    }
                    if is_all {
                        break;
                    }
                }
            }
        }
    }
}

fn is_seen(event: &response::Event) -> bool {
    matches!(event, response::Event::Exposed(_) | response::Event::Withdrawn { .. })
}

/// When what a record says happened, as far as it says that.
fn happened_at(record: &Record) -> Option<Timestamp> {
    match record {
        Record::Engine(Event::Received(received)) => Some(received.at),
        Record::Engine(Event::Ruled { at, .. }) | Record::NameRuled { at, .. } => Some(*at),
        Record::Kept(kept) => Some(kept.at),
        Record::Response(response::Event::Exposed(exposure)) => Some(exposure.at),
        _ => None,
    }
}

/// What would be otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// How many reports were looked at.
    pub reports: u64,
    /// How many could not be, since their people were erased.
    pub erased: u64,
    /// What was said of a report at the end, and what would be said today, where that differs.
    pub changes: Vec<(ReportId, Verdict, Verdict)>,
    /// How many campaigns there are without what people ruled, merged and split.
    pub campaigns: usize,
    /// How many there would be.
    pub campaigns_today: usize,
}

/// Decides again about every report, with what is known today, and says what would change.
/// What people ruled is left out on both sides: it stands whatever the detector says.
///
/// # Errors
/// When the journal or people's keys cannot be read.
pub async fn what_if(
    journal: &impl Journal,
    partition: &Partition,
    people: &dyn People,
    knowledge: &Knowledge,
) -> Result<WhatIf, HindsightError> {
    let (came, _) = come(journal, partition).await?;
    let mut what_if = WhatIf::default();
    let (mut then, mut today) = (Engine::default(), Engine::default());
    for (number, (report, came)) in (0..).zip(came) {
        decide(&mut then, number, came.input(report, came.verdict));
        let judged = came.judge(report, people, knowledge)?;
        let Some((verdict, received)) = judged else {
            what_if.erased += 1;
            decide(&mut today, number, came.input(report, came.verdict));
            continue;
        };
        what_if.reports += 1;
        if verdict != came.verdict {
            what_if.changes.push((report, came.verdict, verdict));
        }
        let fresh = CampaignId::from_bytes(report.to_bytes());
        decide(&mut today, number, Input::Report { received, verdict, fresh });
    }
    what_if.campaigns = then.state().campaigns().count();
    what_if.campaigns_today = today.state().campaigns().count();
    Ok(what_if)
}

/// A text that a person ruled on.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// What was ruled of its campaign.
    pub ruling: Ruling,
    /// What kind of scam the detector took it for, by its name in outputs.
    pub kind: Option<String>,
    /// The text.
    pub message: Message,
}

/// The texts of campaigns that a person ruled on, as far as they can still be read: what
/// training learns from.
///
/// # Errors
/// When the journal or people's keys cannot be read.
pub async fn labels(
    journal: &impl Journal,
    partition: &Partition,
    people: &dyn People,
    mut each: impl FnMut(Labelled),
) -> Result<(), HindsightError> {
    let (came, engine) = come(journal, partition).await?;
    for (report, came) in came {
        // What a stranger passed on teaches nothing: it may be worded to.
        let is_known = engine.state().reporter(report).is_some();
        let Some(ruling) = ruling_of(engine.state(), report).filter(|_| is_known) else { continue };
        let Some(content) = came.content(report, people)? else { continue };
        let message = content.message(came.channel);
        each(Labelled { ruling, kind: came.kind, message });
    }
    Ok(())
}

/// Everything that came in, and the engine as it stands.
async fn come(
    journal: &impl Journal,
    partition: &Partition,
) -> Result<(BTreeMap<ReportId, Came>, Engine), HindsightError> {
    let (mut came, mut engine) = (BTreeMap::new(), Engine::default());
    let mut history = History::after(journal, partition, None);
    loop {
        let page = history.next().await?;
        if page.is_empty() {
            return Ok((came, engine));
        }
        for (position, records) in page {
            let events = records.iter().cloned().filter_map(Record::into_event);
            engine.apply(position.to_raw(), &events.collect::<Vec<_>>());
            records.into_iter().for_each(|record| gather(&mut came, record));
        }
    }
}

/// What came in with one report, and what was said of it last.
struct Came {
    received: Received,
    verdict: Verdict,
    kind: Option<String>,
    channel: Channel,
    owner: PersonId,
    sealed: Sealed,
}

impl Came {
    fn input(&self, report: ReportId, verdict: Verdict) -> Input {
        let fresh = CampaignId::from_bytes(report.to_bytes());
        Input::Report { received: self.received.clone(), verdict, fresh }
    }

    /// What was kept of it; `None` when it cannot be read any more.
    fn content(
        &self,
        report: ReportId,
        people: &dyn People,
    ) -> Result<Option<Content>, HindsightError> {
        let Some(json) = people.unseal(self.owner, &self.sealed)? else { return Ok(None) };
        let content = serde_json::from_slice(&json);
        content.map(Some).map_err(|cause| HindsightError::Content { report, cause })
    }

    /// What would be said of it today; `None` when it cannot be read any more.
    fn judge(
        &self,
        report: ReportId,
        people: &dyn People,
        knowledge: &Knowledge,
    ) -> Result<Option<(Verdict, Received)>, HindsightError> {
        let Some(content) = self.content(report, people)? else { return Ok(None) };
        let names = people.person(self.owner)?.map(|person| person.names).unwrap_or_default();
        let message = content.message(self.channel);
        let mut facts = Facts::default();
        if !names.is_empty() {
            facts.recipient_names = Fact::Present { value: names, at: self.received.at };
        }
        let assessment = assess(&message, &facts, knowledge);
        let received = Received {
            sketch: TextSketch::of(&Text::read(&message.body)),
            indicators: indicators(&message, &assessment, knowledge, people),
            ..self.received.clone()
        };
        Ok(Some((assessment.verdict, received)))
    }
}

fn gather(came: &mut BTreeMap<ReportId, Came>, record: Record) {
    match record {
        Record::Engine(Event::Received(received)) => {
            let fresh = Came {
                verdict: Verdict::Benign,
                kind: None,
                channel: Channel::Sms,
                owner: PersonId::from_bytes([0; 16]),
                sealed: Sealed(Vec::new()),
                received,
            };
            came.entry(fresh.received.report).or_insert(fresh);
        }
        Record::Kept(kept) => {
            let Some(known) = came.get_mut(&kept.report) else { return };
            (known.verdict, known.kind) = (kept.judged.verdict, kept.judged.kind);
            (known.channel, known.owner, known.sealed) = (kept.channel, kept.owner, kept.content);
        }
        Record::Added { report, content, .. } => {
            if let Some(known) = came.get_mut(&report) {
                known.sealed = content;
            }
        }
        Record::Judged { report, judged, content } => {
            let Some(known) = came.get_mut(&report) else { return };
            (known.verdict, known.kind) = (judged.verdict, judged.kind);
            if let Some(content) = content {
                known.sealed = content;
            }
        }
        _ => {}
    }
}

fn decide(engine: &mut Engine, number: u64, input: Input) {
    // A report is never refused.
    if let Ok(events) = engine.decide(&input) {
        engine.apply(number, &events);
    }
}
