//! How far a campaign got, as it is shown: what the journal holds of it, and what people reported and
//! said themselves, by person and rung; and where nobody was seen, whether anything could have seen them.

use std::collections::BTreeMap;
use std::time::Duration;

use unhook_engine::response::{Asked, Deed, Exposed, Exposure, Rung};
use unhook_model::{CampaignId, PersonId, Timestamp};

use super::{MOST_STATEMENTS, is_alike};
use crate::ledger::Sight;
use crate::service::{Service, ServiceError};

/// The most people of a campaign that are shown one by one.
pub const MOST_CLIMBED: usize = 1_000;

/// How much before the first report a lure may have been out.
const BEFORE_REPORT: Duration = Duration::from_secs(60 * 60);

/// What saw that somebody got the text, or typed something in.
const REPORT: &str = "report";
const STATEMENT: &str = "statement";

/// What says that the actor came back after an eviction.
const RETURN: &str = "after-eviction";

/// How far a campaign got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// The campaign.
    pub campaign: CampaignId,
    /// How many people were seen at each rung.
    pub rungs: [(Rung, usize); 5],
    /// How many people were seen at all.
    pub count: usize,
    /// Each of them, the highest first; at most [`MOST_CLIMBED`].
    pub people: Vec<Climb>,
    /// What was seen of clients that nobody is known to have had then.
    pub unknown: Vec<Exposure>,
    /// How many things logs said were left out, beyond the bounds, since the start.
    pub left_out: u64,
}

/// How far a campaign got with one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Climb {
    /// Who.
    pub person: PersonId,
    /// What was seen, by rung and source.
    pub seen: Vec<Exposure>,
    /// What is known of each rung.
    pub rungs: [(Rung, Sighting); 5],
}

/// What is known of one rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// It was seen.
    Seen,
    /// What could have seen it saw nothing. That says nothing of another phone.
    NothingSeen,
    /// Nothing here could have seen it.
    NotObservable,
}

impl Sighting {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::NothingSeen => "nothing-seen",
            Self::NotObservable => "not-observable",
        }
    }
}

impl Service {
    /// How far a campaign got, by any name it ever had; `None` when there is none. People stand in it by
    /// names that say nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn exposure(&self, campaign: CampaignId) -> Result<Option<Ladder>, ServiceError> {
        let statements = self.ports.views.statements(MOST_STATEMENTS)?;
        let (id, names, first, mut seen) = {
            let engine = self.engine();
            let Some(campaign) = engine.state().campaign(campaign) else { return Ok(None) };
            let mut seen = Vec::new();
            for report in campaign.reports() {
                let who = engine.state().reporter(report);
                if let (Some(who), Some(at)) = (who, engine.state().received_at(report)) {
                    seen.push(own(campaign.id(), who, Rung::Received, REPORT, at));
                }
            }
            let about = statements.iter().filter(|s| s.report.is_some_and(|r| campaign.has(r)));
            seen.extend(about.map(|s| said_so(campaign.id(), s.person, s.at)));
            let names: Vec<_> = campaign.names().collect();
            (campaign.id(), names, campaign.first_report_at().unwrap_or(self.now()), seen)
        };
        // What was seen while it had another name is the same once it has this one.
        let known = |exposure: &Exposure| Exposure { campaign: id, ..exposure.clone() };
        seen.extend(self.responding.state().exposures(&names).map(known));
        seen.extend(self.responding.state().actions_about(&names).filter_map(back));
        seen.sort_by(|a, b| (a.rung, &a.source, a.at).cmp(&(b.rung, &b.source, b.at)));
        let (sight, left_out) = {
            let books = self.exposing.books();
            let sight = books.ledger.sight(first.minus(BEFORE_REPORT), self.now());
            (sight, books.ledger.left_out())
        };
        Ok(Some(ladder(id, seen, &sight, left_out)))
    }
}

/// What is known of a rung on which somebody was not seen. Who was sent a text, nothing tells of those who were not.
fn unseen(sight: &Sight, person: PersonId, rung: Rung) -> Sighting {
    let could = match rung {
        Rung::Received => false,
        Rung::Visited => sight.visits.contains(&person),
        Rung::Submitted | Rung::Session => sight.sign_ins.contains(&person),
        Rung::Data => sight.data.contains(&person),
    };
    if could { Sighting::NothingSeen } else { Sighting::NotObservable }
}

/// That somebody said that they had given something away.
pub(in crate::service) fn said_so(campaign: CampaignId, who: PersonId, at: Timestamp) -> Exposure {
    own(campaign, who, Rung::Submitted, STATEMENT, at)
}

/// An exposure that a person told of.
fn own(campaign: CampaignId, who: PersonId, rung: Rung, source: &str, at: Timestamp) -> Exposure {
    let evidence = if rung == Rung::Received { "reported it" } else { "said so" };
    Exposure {
        campaign,
        who: Exposed::Person(who),
        rung,
        source: source.to_owned(),
        at,
        evidence: evidence.to_owned(),
        confidence: 100,
    }
}

/// That the actor came back, as something that was seen of somebody.
fn back(asked: &Asked) -> Option<Exposure> {
    let Deed::Evict { person, .. } = asked.action.deed else { return None };
    let (at, evidence) = asked.returned.clone()?;
    Some(Exposure {
        campaign: asked.action.campaign?,
        who: Exposed::Person(person),
        rung: Rung::Session,
        source: RETURN.to_owned(),
        at,
        evidence,
        confidence: 90,
    })
}

/// Puts what was seen, in order, together by person.
fn ladder(campaign: CampaignId, seen: Vec<Exposure>, sight: &Sight, left_out: u64) -> Ladder {
    let mut climbs: BTreeMap<PersonId, Vec<Exposure>> = BTreeMap::new();
    let mut unknown: Vec<Exposure> = Vec::new();
    for exposure in seen {
        let of = match exposure.who {
            Exposed::Person(person) => climbs.entry(person).or_default(),
            Exposed::Unknown(_) => &mut unknown,
        };
        // Of what one source saw the first counts; they come by source and time.
        if !of.last().is_some_and(|last| is_alike(last, &exposure)) {
            of.push(exposure);
        }
    }
    let rungs = Rung::ALL.map(|(rung, _)| {
        let is_on = |seen: &&Vec<Exposure>| seen.iter().any(|exposure| exposure.rung == rung);
        (rung, climbs.values().filter(is_on).count())
    });
    let count = climbs.len();
    let mut people: Vec<Climb> = climbs
        .into_iter()
        .map(|(person, seen)| {
            let rungs = Rung::ALL.map(|(rung, _)| {
                let is_seen = seen.iter().any(|exposure| exposure.rung == rung);
                let sighting = if is_seen { Sighting::Seen } else { unseen(sight, person, rung) };
                (rung, sighting)
            });
            Climb { person, seen, rungs }
        })
        .collect();
    let highest = |climb: &Climb| climb.seen.last().map(|exposure| exposure.rung);
    people.sort_by_key(|climb| std::cmp::Reverse(highest(climb)));
    people.truncate(MOST_CLIMBED);
    unknown.truncate(MOST_CLIMBED);
    Ladder { campaign, rungs, count, people, unknown, left_out }
}
