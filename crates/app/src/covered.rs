//! Which reports a person's ruling of their campaign speaks for.
//!
//! That it is an attack holds for all of it. That it is harmless holds for what the person could
//! see: a text that comes later is covered only when it leads nowhere else than those before it
//! that people enrolled reported. Or one ruling on a notice would cover every lure that is worded like it.

use std::collections::BTreeSet;

use unhook_engine::{Campaign, Indicator, Ruling, State};
use unhook_model::{Hostname, ReportId, Timestamp};

/// The most reports of a campaign whose domains are looked at.
const MOST_LOOKED_AT: usize = 1_000;

/// What a person ruled that holds for a report.
#[must_use]
pub fn ruling_of(state: &State, report: ReportId) -> Option<Ruling> {
    let campaign = state.campaign_of(report)?;
    let (ruling, at) = (campaign.ruling()?, campaign.ruled_at()?);
    match ruling {
        Ruling::Malicious => Some(ruling),
        Ruling::Benign => is_seen(state, &campaign, report, at).then_some(ruling),
    }
}

/// Whether a person who ruled at a moment could see where a report leads.
fn is_seen(state: &State, campaign: &Campaign<'_>, report: ReportId, at: Timestamp) -> bool {
    if state.received_at(report) <= Some(at) {
        return true;
    }
    let mut unseen: BTreeSet<&Hostname> = domains(state, report).collect();
    let before = campaign
        .reports()
        .take(MOST_LOOKED_AT)
        .filter(|other| state.received_at(*other) <= Some(at) && state.reporter(*other).is_some());
    for other in before {
        if unseen.is_empty() {
            break;
        }
        domains(state, other).for_each(|domain| {
            unseen.remove(domain);
        });
    }
    unseen.is_empty()
}

fn domains(state: &State, report: ReportId) -> impl Iterator<Item = &Hostname> {
    state.indicators(report).iter().filter_map(|indicator| match indicator {
        Indicator::Domain(domain) => Some(domain),
        _ => None,
    })
}
