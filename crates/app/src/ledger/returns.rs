//! The actor comes back: after somebody was evicted, a sign-in that is not theirs.
//!
//! Either it has what the rule of 2022 looks for, twice, or its owner refused the second factor: whoever
//! it was knows the new password. Or it comes from the address or the device of a session that the lure
//! led to: an actor who had a device of his own added is no stranger to the provider any more, and is
//! to us. Of each eviction the first such sign-in counts, in whatever order they come.

use std::collections::BTreeSet;
use std::time::Duration;

use unhook_model::{ActionId, CampaignId, Timestamp};

use super::signature::{Before, SignedIn};

/// How long after an eviction sign-ins are watched: what was stolen is tried again within days, or sold.
pub const WATCHED_AFTER: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Somebody is evicted because of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// By which action.
    pub action: ActionId,
    /// Because of which campaign, by all of its names.
    pub campaigns: Vec<CampaignId>,
    /// Since when everything is done that could be; without, it is going on.
    pub settled_at: Option<Timestamp>,
}

/// The actor came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// After which eviction.
    pub action: ActionId,
    /// When.
    pub at: Timestamp,
    /// What was seen, in a line without anything personal.
    pub evidence: String,
}

/// The first sign-in after an eviction that is the actor's. `hostile` are those that the lure led to, and `before` is
/// what was the owner's before it.
pub(super) fn first_return(
    eviction: &Eviction,
    hostile: &[&SignedIn],
    sign_ins: &BTreeSet<SignedIn>,
    before: Before<'_>,
) -> Option<Returned> {
    let from = eviction.settled_at?;
    let is_after = |at: Timestamp| at > from && at <= from.plus(WATCHED_AFTER);
    // What came after it is no place of before.
    let places = || hostile.iter().filter(|known| known.at <= from).map(|known| known.place());
    let by_place = |place| places().any(|known| known.meets(&place));
    let back = sign_ins.iter().filter(|one| is_after(one.at)).filter_map(|one| {
        let marks = one.marks(before);
        if !one.is_plainly_foreign(marks) && !by_place(one.place()) {
            return None;
        }
        let evidence = match one.is_foreign(marks) {
            true => one.after_eviction(marks),
            // An actor who added a device comes back as one well known.
            false => "the password was right, from the address or device of the session before, \
                      after the eviction"
                .to_owned(),
        };
        Some((one.at, evidence))
    });
    let (at, evidence) = back.min()?;
    Some(Returned { action: eviction.action, at, evidence })
}
