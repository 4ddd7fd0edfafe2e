//! A campaign as a playbook looks at it: how far it is, where it leads, whom it got to.
//!
//! It is the same look whether something is decided now or a journal is gone through again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use unhook_detect::Knowledge;
use unhook_detect::text::host::registrable;
use unhook_engine::response::playbook::{Destination, Situation};
use unhook_engine::response::{self, Event, Exposed, Playbook, Rung};
use unhook_engine::{Campaign, Event as Engine, Indicator, Stage, State};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp};

use super::responding::Guard;
use crate::record::Record;

/// How many of a campaign's newest reports say where it leads.
const MOST_LOOKED_AT: usize = 500;

/// Whose site people here went to so long before the first report, nobody put up for the attack.
const LONG_BEFORE: Duration = Duration::from_secs(24 * 60 * 60);

/// So many within so long are a burst.
const BURST: (usize, Duration) = (3, Duration::from_secs(10 * 60));

/// All that is looked at.
pub(crate) struct Sight<'a> {
    pub(crate) engine: &'a State,
    pub(crate) done: &'a response::State,
    pub(crate) guard: &'a Guard,
    pub(crate) knowledge: &'a Knowledge,
    pub(crate) playbook: &'a Playbook,
    /// Whether people here went to a registrable name so long before a moment.
    pub(crate) knew: &'a dyn Fn(&str, Timestamp, Duration) -> bool,
    pub(crate) now: Timestamp,
}

impl Sight<'_> {
    /// A campaign as it is; `None` for one that nothing is to be done about.
    pub(crate) fn situation(&self, id: CampaignId) -> Option<Situation> {
        let campaign = self.engine.campaign(id)?;
        let stage = campaign.stage(self.now);
        if stage == Stage::Closed && campaign.ruling().is_none() {
            return None;
        }
        let leads_to = self.leads_to(&campaign);
        let names: Vec<CampaignId> = campaign.names().collect();
        let is_asked = self.playbook.rules.iter().any(|rule| rule.when.brand);
        let uses_brand = is_asked && leads_to.iter().any(|place| self.imitates_us(&place.name));
        let seen = self.done.exposures(&names).filter_map(|exposure| match exposure.who {
            Exposed::Person(person) => {
                Some((person, exposure.rung, exposure.is_seen_by_provider()))
            }
            Exposed::Unknown(_) => None,
        });
        // Who reported a text got it, which stands in no log.
        let is_asked = self.playbook.rules.iter().any(|r| r.when.exposure == Some(Rung::Received));
        let reporters = campaign.reporters().filter(|_| is_asked);
        let got_it = reporters.map(|person| (person, Rung::Received, false));
        Some(Situation {
            campaign: campaign.id(),
            stage,
            verdict: campaign.verdict(),
            ruling: campaign.ruling(),
            reporters: campaign.reporters().count(),
            uses_brand,
            is_burst: is_burst(&campaign),
            leads_to,
            exposed: seen.chain(got_it).collect(),
            names,
        })
    }

    /// The names that a campaign's newest texts lead to and that may be blocked.
    fn leads_to(&self, campaign: &Campaign<'_>) -> Vec<Destination> {
        let mut by: BTreeMap<&Hostname, BTreeSet<PersonId>> = BTreeMap::new();
        for report in campaign.reports().rev().take(MOST_LOOKED_AT) {
            for indicator in self.engine.indicators(report) {
                if let Indicator::Domain(name) = indicator {
                    by.entry(name).or_default().extend(self.engine.reporter(report));
                }
            }
        }
        let names = by.into_iter().filter(|(name, _)| self.guard.permit(name).is_ok());
        let begun = campaign.first_report_at().unwrap_or(self.now);
        let is_established = |name: &Hostname| {
            registrable(name.as_str()).is_some_and(|name| (self.knew)(name, begun, LONG_BEFORE))
        };
        let place = |(name, by): (&Hostname, BTreeSet<PersonId>)| Destination {
            name: name.clone(),
            reporters: by.len(),
            is_established: is_established(name),
        };
        names.map(place).collect()
    }

    fn imitates_us(&self, name: &Hostname) -> bool {
        let lookalike = self.knowledge.lookalikes().examine(name.as_str());
        let brand = lookalike.and_then(|lookalike| lookalike.brand);
        let own = &self.knowledge.organization().brands;
        brand.is_some_and(|brand| own.iter().any(|own| own.name == brand))
    }
}

/// The campaigns that records are about: no more than there are records in a commit.
pub(crate) fn touched(state: &State, records: &[Record]) -> BTreeSet<CampaignId> {
    let of = |report: &ReportId| state.campaign_of(*report).map(|campaign| campaign.id());
    let about = |record: &Record| match record {
        Record::Engine(event) => match event {
            Engine::Received(received) => of(&received.report),
            Engine::Observed { report, .. }
            | Engine::Assessed { report, .. }
            | Engine::Opened { report, .. }
            | Engine::Tied { one: report, .. } => of(report),
            Engine::Ruled { campaign, .. }
            | Engine::Split { campaign, .. }
            | Engine::Reopened { campaign, .. } => Some(*campaign),
            _ => None,
        },
        Record::Response(Event::Exposed(exposure)) => Some(exposure.campaign),
        _ => None,
    };
    records.iter().filter_map(about).collect()
}

fn is_burst(campaign: &Campaign<'_>) -> bool {
    let (many, within) = BURST;
    let mut times: Vec<Timestamp> = campaign.times().take(MOST_LOOKED_AT).collect();
    times.sort_unstable();
    times.windows(many).any(|some| some[many - 1].since(some[0]) <= within)
}
