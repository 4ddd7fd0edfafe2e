//! Views in memory, as plain as can be: all records, looked through for every question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use unhook_engine::{Event, Indicator, notification, response};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp};

use super::{
    Attention, CalledRow, NameRow, OutgoingRow, Passed, ReportFilter, ReportRow, StatementRow,
    ViewError, Views,
};
use crate::journal::Position;
use crate::people::Mark;
use crate::record::{Answered, Kept, OutgoingState, Recipient, Record, Telling};
use crate::telling::OutgoingId;

/// Views that keep every record and can be told to be out of reach.
#[derive(Debug, Default)]
pub struct FakeViews(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    position: Option<Position>,
    records: Vec<Record>,
    notifications: Vec<(Position, notification::Event)>,
    is_unavailable: bool,
    is_stuck: bool,
}

impl FakeViews {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everything fail from now on, or work again.
    pub fn set_unavailable(&self, is_unavailable: bool) {
        self.lock().is_unavailable = is_unavailable;
    }

    /// Lets nothing be brought in from now on, or again; what is in can be read.
    pub fn set_stuck(&self, is_stuck: bool) {
        self.lock().is_stuck = is_stuck;
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, ViewError> {
        let state = self.lock();
        if state.is_unavailable {
            return Err(ViewError("a test said so".into()));
        }
        Ok(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Everything that was kept with a report, the first of each, by id.
    fn kept(&self) -> BTreeMap<ReportId, &Kept> {
        let mut kept = BTreeMap::new();
        for record in &self.records {
            if let Record::Kept(new) = record {
                kept.entry(new.report).or_insert(new);
            }
        }
        kept
    }

    fn report(&self, id: ReportId) -> Option<ReportRow> {
        let mut row: Option<ReportRow> = None;
        for record in &self.records {
            match (record, &mut row) {
                (Record::Kept(kept), None) if kept.report == id => row = Some(new_row(kept)),
                (Record::Added { report, content, .. }, Some(row)) if *report == id => {
                    row.content = content.clone();
                }
                (Record::Judged { report, judged, content }, Some(row)) if *report == id => {
                    row.judged = judged.clone();
                    row.content = content.clone().unwrap_or_else(|| row.content.clone());
                }
                (Record::Answered { report, answered }, Some(row)) if *report == id => {
                    row.answered = answered.clone();
                }
                _ => {}
            }
        }
        row
    }

    fn domains(&self) -> impl Iterator<Item = (ReportId, &str)> {
        let named = self.records.iter().filter_map(|record| match record {
            Record::Engine(Event::Received(new)) => Some((new.report, &new.indicators)),
            Record::Engine(Event::Observed { report, indicators }) => Some((*report, indicators)),
            _ => None,
        });
        named.flat_map(|(report, indicators)| {
            indicators.iter().filter_map(move |indicator| match indicator {
                Indicator::Domain(domain) => Some((report, domain.as_str())),
                _ => None,
            })
        })
    }

    /// Everything to be told, by id.
    fn outgoing(&self) -> BTreeMap<OutgoingId, OutgoingRow> {
        let mut rows: BTreeMap<OutgoingId, OutgoingRow> = BTreeMap::new();
        for record in &self.records {
            match record {
                Record::Requested(outgoing) => {
                    rows.entry(outgoing.id).or_insert_with(|| OutgoingRow {
                        outgoing: outgoing.clone(),
                        state: OutgoingState::Waiting,
                        is_attempting: false,
                        attempts: 0,
                        last_at: None,
                        note: String::new(),
                    });
                }
                Record::Attempted { outgoing, at } => {
                    if let Some(row) = rows.get_mut(outgoing) {
                        (row.is_attempting, row.last_at) = (true, Some(*at));
                    }
                }
                Record::Settled { outgoing, state, note, at } => {
                    if let Some(row) = rows.get_mut(outgoing) {
                        (row.is_attempting, row.last_at) = (false, Some(*at));
                        (row.state, row.note) = (*state, note.clone());
                        row.attempts += 1;
                    }
                }
                _ => {}
            }
        }
        rows
    }
}

/// Told what was judged, until an answer says otherwise.
fn new_row(kept: &Kept) -> ReportRow {
    ReportRow {
        report: kept.report,
        at: kept.at,
        way: kept.way,
        channel: kept.channel,
        owner: kept.owner,
        reporter: kept.reporter,
        language: kept.language,
        judged: kept.judged.clone(),
        answered: Answered { verdict: kept.judged.verdict, is_ruled: false, at: kept.at },
        content: kept.content.clone(),
    }
}

fn is_text(row: &OutgoingRow) -> bool {
    matches!(row.outgoing.to, Recipient::Person(_))
}

fn may_have_gone_out(row: &OutgoingRow) -> bool {
    row.is_attempting || matches!(row.state, OutgoingState::Delivered | OutgoingState::Unknown)
}

impl Views for FakeViews {
    fn position(&self) -> Result<Option<Position>, ViewError> {
        Ok(self.state()?.position)
    }

    fn project(&self, commits: &[(Position, Vec<Record>)]) -> Result<(), ViewError> {
        let mut state = self.state()?;
        if state.is_stuck {
            return Err(ViewError("a test said so".into()));
        }
        for (position, records) in commits {
            if state.position < Some(*position) {
                state.position = Some(*position);
                state.records.extend(records.iter().cloned());
                let told = records.iter().filter_map(|record| match record {
                    Record::Notification(event) => Some((*position, event.clone())),
                    _ => None,
                });
                state.notifications.extend(told);
            }
        }
        Ok(())
    }

    fn clear(&self) -> Result<(), ViewError> {
        let mut state = self.state()?;
        (state.position, state.records) = (None, Vec::new());
        state.notifications = Vec::new();
        Ok(())
    }

    fn report(&self, id: ReportId) -> Result<Option<ReportRow>, ViewError> {
        Ok(self.state()?.report(id))
    }

    fn report_of_key(&self, key: &Mark) -> Result<Option<ReportId>, ViewError> {
        let state = self.state()?;
        let found = state.records.iter().find_map(|record| match record {
            Record::Kept(kept) if kept.key.as_ref() == Some(key) => Some(kept.report),
            Record::Added { report, key: Some(known), .. } if known == key => Some(*report),
            _ => None,
        });
        Ok(found)
    }

    fn reports(&self, filter: &ReportFilter) -> Result<Vec<ReportRow>, ViewError> {
        let state = self.state()?;
        let kept = state.kept();
        let earlier = kept.keys().rev().filter(|id| filter.before.is_none_or(|end| **id < end));
        let rows = earlier.filter_map(|id| state.report(*id));
        let wanted = rows.filter(|row| filter.verdict.is_none_or(|v| row.judged.verdict == v));
        Ok(wanted.take(filter.limit).collect())
    }

    fn passed(&self, since: Timestamp, limit: usize) -> Result<Vec<Passed>, ViewError> {
        let state = self.state()?;
        let kept = state.kept();
        let mut passed: Vec<(ReportId, Passed)> = kept
            .values()
            .filter(|kept| kept.at >= since)
            .filter_map(|kept| {
                let verdict = state.report(kept.report)?.judged.verdict;
                let Kept { at, way, took, .. } = **kept;
                Some((kept.report, Passed { at, way, verdict, took }))
            })
            .collect();
        passed.sort_by_key(|(report, passed)| std::cmp::Reverse((passed.at, *report)));
        Ok(passed.into_iter().map(|(_, passed)| passed).take(limit).collect())
    }

    fn reports_of(&self, owner: PersonId) -> Result<Vec<ReportRow>, ViewError> {
        let state = self.state()?;
        let theirs = state.records.iter().filter_map(|record| match record {
            Record::Kept(kept) if kept.owner == owner => Some(kept.report),
            _ => None,
        });
        let mut seen = BTreeSet::new();
        let once = theirs.filter(|report| seen.insert(*report));
        let rows = once.filter_map(|report| state.report(report));
        Ok(rows.filter(|row| row.owner == owner).collect())
    }

    fn domains_of(&self, reports: &[ReportId]) -> Result<Vec<String>, ViewError> {
        let state = self.state()?;
        let theirs = state.domains().filter(|(report, _)| reports.contains(report));
        let once: BTreeSet<&str> = theirs.map(|(_, domain)| domain).collect();
        Ok(once.into_iter().map(str::to_owned).collect())
    }

    fn reports_naming(&self, domain: &str, limit: usize) -> Result<Vec<ReportId>, ViewError> {
        let state = self.state()?;
        let naming = state.domains().filter(|(_, named)| *named == domain);
        let once: BTreeSet<ReportId> = naming.map(|(report, _)| report).collect();
        Ok(once.into_iter().rev().take(limit).collect())
    }

    fn called(&self, since: Timestamp) -> Result<Vec<CalledRow>, ViewError> {
        let mut first: BTreeMap<(CampaignId, String), Timestamp> = BTreeMap::new();
        for row in self.state()?.outgoing().into_values() {
            let at = row.outgoing.at;
            if let Telling::Alert { kind, campaign: Some(campaign), .. } = row.outgoing.what
                && at >= since
            {
                let known = first.entry((campaign, kind)).or_insert(at);
                *known = at.min(*known);
            }
        }
        let rows = first.into_iter();
        Ok(rows.map(|((campaign, kind), at)| CalledRow { campaign, kind, at }).collect())
    }

    fn waiting(
        &self,
        after: Option<OutgoingId>,
        limit: usize,
    ) -> Result<Vec<OutgoingRow>, ViewError> {
        let rows = self.state()?.outgoing().into_values();
        let waiting = rows.filter(|row| row.state == OutgoingState::Waiting);
        Ok(waiting.filter(|row| Some(row.outgoing.id) > after).take(limit).collect())
    }

    fn outgoing(&self, id: OutgoingId) -> Result<Option<OutgoingRow>, ViewError> {
        Ok(self.state()?.outgoing().remove(&id))
    }

    fn deliveries(
        &self,
        before: Option<OutgoingId>,
        limit: usize,
    ) -> Result<Vec<OutgoingRow>, ViewError> {
        let rows = self.state()?.outgoing().into_values().rev();
        let earlier = rows.filter(|row| before.is_none_or(|end| row.outgoing.id < end));
        Ok(earlier.take(limit).collect())
    }

    fn texts_since(&self, since: Timestamp) -> Result<u64, ViewError> {
        let rows = self.state()?.outgoing().into_values();
        let texts = rows.filter(|row| is_text(row) && may_have_gone_out(row));
        Ok(texts.filter(|row| row.last_at.is_some_and(|at| at >= since)).count() as u64)
    }

    fn attention(&self) -> Result<Vec<Attention>, ViewError> {
        let mut open: Vec<Attention> = Vec::new();
        for record in &self.state()?.records {
            match record {
                Record::Noticed { matter, report, at } => {
                    if let Some(known) = open.iter_mut().find(|known| known.matter == *matter) {
                        (known.last_at, known.count) = (*at, known.count + 1);
                    } else {
                        let (matter, report) = (matter.clone(), *report);
                        open.push(Attention { matter, since: *at, last_at: *at, count: 1, report });
                    }
                }
                Record::Reviewed { matter, .. } => open.retain(|known| known.matter != *matter),
                _ => {}
            }
        }
        open.sort_by(|one, other| (one.since, &one.matter).cmp(&(other.since, &other.matter)));
        Ok(open)
    }

    fn statements(&self, limit: usize) -> Result<Vec<StatementRow>, ViewError> {
        let state = self.state()?;
        let stated = state.records.iter().rev().filter_map(|record| match record {
            Record::Stated { person, report, at } => {
                Some(StatementRow { person: *person, report: *report, at: *at })
            }
            _ => None,
        });
        Ok(stated.take(limit).collect())
    }

    fn names(&self) -> Result<Vec<NameRow>, ViewError> {
        let mut latest = BTreeMap::new();
        for record in &self.state()?.records {
            if let Record::NameRuled { name, ruling, at, by } = record {
                let row = NameRow { name: name.clone(), ruling: *ruling, at: *at, by: *by };
                latest.insert(name.clone(), row);
            }
        }
        Ok(latest.into_values().collect())
    }

    fn responses(&self) -> Result<Vec<response::Event>, ViewError> {
        let state = self.state()?;
        let done = state.records.iter().filter_map(|record| match record {
            Record::Response(event) => Some(event.without_names()),
            _ => None,
        });
        Ok(done.collect())
    }

    fn notifications(&self) -> Result<Vec<(Position, notification::Event)>, ViewError> {
        Ok(self.state()?.notifications.clone())
    }

    fn listed(&self, list: &str, each: &mut dyn FnMut(Hostname)) -> Result<(), ViewError> {
        let state = self.state()?;
        let mut names = BTreeSet::new();
        for record in &state.records {
            if let Record::Response(response::Event::Listed(listing)) = record
                && listing.list == list
            {
                listing.removed.iter().for_each(|name| _ = names.remove(name));
                names.extend(listing.added.iter().cloned());
            }
        }
        names.into_iter().for_each(each);
        Ok(())
    }

    fn is_stopped(&self, person: PersonId) -> Result<bool, ViewError> {
        let state = self.state()?;
        let last = state.records.iter().rev().find_map(|record| match record {
            Record::Stopped { person: who, is_stopped, .. } if *who == person => Some(*is_stopped),
            _ => None,
        });
        Ok(last.unwrap_or_default())
    }

    fn acknowledged(&self, campaign: CampaignId) -> Result<Option<Timestamp>, ViewError> {
        let state = self.state()?;
        let first = state.records.iter().find_map(|record| match record {
            Record::Acknowledged { campaign: which, at, .. } if *which == campaign => Some(*at),
            _ => None,
        });
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        super::super::contract::run(&FakeViews::new());
    }

    #[test]
    fn it_can_be_out_of_reach() {
        let views = FakeViews::new();
        views.set_unavailable(true);
        assert!(views.position().is_err() && views.project(&[]).is_err());
        views.set_unavailable(false);
        assert_eq!(views.position().unwrap(), None);
    }
}
