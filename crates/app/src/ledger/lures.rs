//! What a sign-in says after a lure, and how what was seen is put.

use std::collections::BTreeMap;

use unhook_engine::response::{Exposed, Exposure, Rung};
use unhook_model::{CampaignId, Timestamp};

use super::Via;
use super::habits::Habits;
use super::signature::{Before, CLOCK_SKEW, Finding, SignedIn};

const MINUTE_MS: u128 = 60_000;

/// Of each campaign, rung and source, the first.
pub(super) type Standing = BTreeMap<(CampaignId, Rung, String), Exposure>;

/// What a sign-in says of each campaign whose lure came before it: of its visits the last before it
/// counts, and where there is none, that the text was received. What is foreign about it is judged by what was theirs before
/// the campaign first reached them: what came later may be the actor's.
pub(super) fn after_lures(
    sign_in: &SignedIn,
    lures: &[(CampaignId, bool, Timestamp)],
    habits: &Habits,
) -> Vec<(CampaignId, Finding)> {
    let mut last: BTreeMap<CampaignId, (bool, Timestamp)> = BTreeMap::new();
    for (campaign, is_visit, at) in lures.iter().filter(|(.., at)| sign_in.is_after(*at)) {
        let known = last.entry(*campaign).or_insert((*is_visit, *at));
        *known = (*is_visit, *at).max(*known);
    }
    let found = last.into_iter().filter_map(|(campaign, (is_visit, at))| {
        let of_it = lures.iter().filter(|(of, ..)| *of == campaign);
        let first = of_it.map(|(.., at)| *at).min().unwrap_or(at);
        let marks = sign_in.marks(Before(habits, first.minus(CLOCK_SKEW)));
        let minutes = (sign_in.at.since(at).as_millis() / MINUTE_MS) as u64;
        let found = match is_visit {
            true => sign_in.after_visit(marks, minutes),
            false => sign_in.after_text(marks, minutes),
        };
        Some((campaign, found?))
    });
    found.collect()
}

/// What was seen of a name of a campaign, as it was claimed: what stands before it may be the label of one alone.
pub(super) fn visited(via: Via, name: &str) -> String {
    match via {
        Via::Resolver => format!("looked up {name}"),
        Via::Blocked => format!("looked up {name}, which did not resolve"),
        Via::Proxy => format!("opened {name}"),
        Via::WarningPage => format!("tried to open {name}, and was stopped"),
        Via::Statement => {
            format!("said, when {name} was stopped, that they had typed something in")
        }
    }
}

/// Adds an exposure, of which the earliest of its kind counts.
pub(super) fn state(
    standing: &mut Standing,
    who: &Exposed,
    campaign: CampaignId,
    source: &str,
    at: Timestamp,
    Finding { rung, confidence, evidence }: Finding,
) {
    let who = who.clone();
    let exposure =
        Exposure { campaign, who, rung, source: source.to_owned(), at, evidence, confidence };
    let key = (campaign, rung, source.to_owned());
    if standing.get(&key).is_none_or(|known| exposure.is_before(known)) {
        standing.insert(key, exposure);
    }
}
