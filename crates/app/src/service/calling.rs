//! Who is called when: those on call hear of a campaign once, when the first person enrolled
//! reports it, again when it spreads, and when it is over.
//!
//! Strangers call nobody, nor does a text that many got and that looks harmless: that is noted,
//! for somebody to look at when there is time.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use unhook_engine::{Event, Stage};
use unhook_model::{CampaignId, ReportId, Timestamp, Verdict};

use super::Service;
use crate::desk::Draft;
use crate::record::{Outgoing, Recipient, Record, Telling};
use crate::surroundings::Surroundings;
use crate::telling::{OutgoingId, Severity};
use crate::views::CalledRow;

/// What those on call are told happened; the names are in the journal for ever.
pub(super) const OPENED: &str = "campaign-opened";
pub(super) const SPREAD: &str = "campaign-active";
pub(super) const ESCALATED: &str = "campaign-escalated";
pub(super) const CLOSED: &str = "campaign-closed";
pub(super) const RETURNED: &str = "actor-returned";
pub(super) const SUBMITTED: &str = "credentials-submitted";

/// Something that strangers alone brought up, for somebody to look at.
pub(super) const STRANGERS: &str = "stranger-campaign";

/// The same harmless text from several people within minutes: perhaps a notice to all staff,
/// perhaps a lure that the detector does not know.
pub(super) const HARMLESS_BURST: &str = "harmless-burst";

/// Which campaigns those on call know of, by the names they had when they were called out: what
/// is kept says so, and nothing that is only being decided.
#[derive(Debug, Default)]
pub(super) struct Paged(Mutex<BTreeSet<CampaignId>>);

impl Paged {
    pub(super) fn of(rows: &[CalledRow]) -> Self {
        let called = rows.iter().filter(|row| is_begin(&row.kind)).map(|row| row.campaign);
        Self(Mutex::new(called.collect()))
    }

    /// Learns from what was kept.
    pub(super) fn keep(&self, records: &[Record]) {
        let mut paged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paged.extend(records.iter().filter_map(called_out));
    }

    /// Those of some names by which those on call know a campaign, with what is being decided.
    fn known(&self, draft: &Draft<'_>, names: &[CampaignId]) -> Vec<CampaignId> {
        let paged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let drafted = |name| draft.records().iter().any(|r| called_out(r) == Some(name));
        names.iter().copied().filter(|name| paged.contains(name) || drafted(*name)).collect()
    }
}

fn is_stage(event: &Event, wanted: Stage) -> bool {
    matches!(event, Event::StageReached { stage, .. } if *stage == wanted)
}

/// Whether an alert of this kind says that a campaign is there.
fn is_begin(kind: &str) -> bool {
    [OPENED, SPREAD, ESCALATED, RETURNED].contains(&kind)
}

/// The campaign that a record has called out.
fn called_out(record: &Record) -> Option<CampaignId> {
    match record {
        Record::Requested(Outgoing { what: Telling::Alert { kind, campaign, .. }, .. })
            if is_begin(kind) =>
        {
            *campaign
        }
        _ => None,
    }
}

/// Every name that a campaign ever had.
fn names(draft: &Draft<'_>, campaign: CampaignId) -> Vec<CampaignId> {
    let known = draft.engine().state().campaign(campaign);
    known.map_or_else(|| vec![campaign], |known| known.names().collect())
}

/// Writes down whom to call.
#[derive(Clone)]
pub(super) struct Caller {
    notifiers: Arc<[(String, Severity)]>,
    paged: Arc<Paged>,
    surroundings: Arc<dyn Surroundings>,
}

/// What is to be called out.
pub(super) struct Call {
    pub(super) kind: &'static str,
    pub(super) severity: Severity,
    pub(super) campaign: Option<CampaignId>,
    pub(super) report: Option<ReportId>,
}

impl Service {
    pub(super) fn caller(&self) -> Caller {
        let notifiers = self.ports.notifiers.iter();
        Caller {
            notifiers: notifiers.map(|n| (n.name().to_owned(), n.least_severity())).collect(),
            paged: Arc::clone(&self.paged),
            surroundings: Arc::clone(&self.ports.surroundings),
        }
    }
}

impl Caller {
    /// Has everyone told who is to hear of something this urgent.
    pub(super) fn call(&self, draft: &mut Draft<'_>, call: &Call, now: Timestamp) {
        for (name, _) in self.notifiers.iter().filter(|(_, from)| call.severity >= *from) {
            self.call_one(draft, name, call, now);
        }
    }

    /// Has those told that a matter is over, who may have heard that it began.
    fn call_off(&self, draft: &mut Draft<'_>, campaign: CampaignId, now: Timestamp) {
        let call =
            Call { kind: CLOSED, severity: Severity::Info, campaign: Some(campaign), report: None };
        for (name, _) in self.notifiers.iter() {
            self.call_one(draft, name, &call, now);
        }
    }

    fn call_one(&self, draft: &mut Draft<'_>, name: &str, call: &Call, now: Timestamp) {
        draft.record(Record::Requested(Outgoing {
            id: OutgoingId::from_bytes(self.surroundings.fresh_id()),
            to: Recipient::Notifier(name.to_owned()),
            what: Telling::Alert {
                kind: call.kind.to_owned(),
                severity: call.severity,
                campaign: call.campaign,
                report: call.report,
            },
            at: now,
            due_at: now,
        }));
    }

    /// Calls out what a report came to.
    pub(super) fn after_report(
        &self,
        draft: &mut Draft<'_>,
        report: ReportId,
        is_known: bool,
        events: &[Event],
        now: Timestamp,
    ) {
        let Some(campaign) = draft.engine().state().campaign_of(report) else { return };
        let (id, is_ruled) = (campaign.id(), campaign.ruling().is_some());
        let is_active = campaign.stage(now) == Stage::Active;
        let quietly = match campaign.reporters().next() {
            None => Some(STRANGERS),
            Some(_) if campaign.verdict() == Verdict::Benign => Some(HARMLESS_BURST),
            Some(_) => None,
        };
        if let Some(matter) = quietly {
            if events.iter().any(|event| matches!(event, Event::Opened { .. })) {
                let matter = matter.to_owned();
                draft.record(Record::Noticed { matter, report: Some(report), at: now });
            }
            return;
        }
        let is_new = self.paged.known(draft, &names(draft, id)).is_empty();
        if is_known && !is_ruled && is_new {
            // One that spread while it looked harmless was not called then.
            let is_late = is_active && !events.iter().any(|event| is_stage(event, Stage::Active));
            let call = Call {
                kind: OPENED,
                severity: if is_late { Severity::Critical } else { Severity::Warning },
                campaign: Some(id),
                report: Some(report),
            };
            self.call(draft, &call, now);
        }
        self.after_events(draft, events, now);
    }

    /// Calls out that whoever is behind a campaign is back, however often it was called out before.
    pub(super) fn actor_returned(
        &self,
        draft: &mut Draft<'_>,
        campaign: CampaignId,
        now: Timestamp,
    ) {
        let call = Call {
            kind: RETURNED,
            severity: Severity::Critical,
            campaign: Some(campaign),
            report: None,
        };
        self.call(draft, &call, now);
    }

    /// Calls out the stages that campaigns reached.
    pub(super) fn after_events(&self, draft: &mut Draft<'_>, events: &[Event], now: Timestamp) {
        for event in events {
            let Event::StageReached { campaign, stage } = event else { continue };
            let known = draft.engine().state().campaign(*campaign);
            let is_harmless = known.is_none_or(|known| known.verdict() == Verdict::Benign);
            match stage {
                Stage::Active if is_harmless => {}
                Stage::Active => {
                    let call = Call {
                        kind: SPREAD,
                        severity: Severity::Critical,
                        campaign: Some(*campaign),
                        report: None,
                    };
                    self.call(draft, &call, now);
                }
                Stage::Contained | Stage::Closed => {
                    // What was two before it was one was called out twice.
                    let known = self.paged.known(draft, &names(draft, *campaign));
                    known.into_iter().for_each(|name| self.call_off(draft, name, now));
                }
                Stage::Emerging => {}
            }
        }
    }
}
