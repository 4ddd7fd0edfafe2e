//! What is known of one client, and of one person beside what their clients did; each within bounds, beyond which the oldest
//! goes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use unhook_engine::response::{Exposed, Rung};
use unhook_model::{CampaignId, Timestamp};

use super::habits::Habits;
use super::leases::Whose;
use super::seen::Days;
use super::signature::{CLOCK_SKEW, SESSION_LASTS, SignedIn};
use super::window::cutoff;
use super::{Access, Via};

/// The most of them by one client: three days of a device that tries once a minute, which is as often
/// as is remembered.
pub const MOST_OF_CLIENT: usize = 5_000;

/// The most sign-ins, the most look-ups by account, and the most places from which data was touched, that are
/// remembered of one person.
pub const MOST_OF_PERSON: usize = 500;

/// The most objects and minutes remembered of what was touched as one person, in all applications.
pub const MOST_OBJECTS: usize = 10_000;

/// How far apart what one client did is remembered, in milliseconds.
pub(super) const APART: i64 = 60_000;

/// Of each campaign, by what and in which minute, the first: when, which name.
pub(super) type Touches = BTreeMap<(CampaignId, Via, i64), (Timestamp, Box<str>)>;

/// From where data was touched.
pub(super) type Place = (Option<Box<str>>, Option<IpAddr>, Box<str>);

/// What one client did.
#[derive(Debug)]
pub(super) struct Machine {
    /// What stands for it where nobody is known to have had it.
    mark: String,
    pub(super) touches: Touches,
    /// Who was behind it at one of these.
    pub(super) behind: BTreeSet<Exposed>,
    /// Before when not everything is known any more.
    pub(super) since: Option<Timestamp>,
}

/// What is known of one person, beside what their clients did.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) touches: Touches,
    /// That they got the text, or said that they typed something in.
    pub(super) said: BTreeSet<(CampaignId, Rung, Timestamp)>,
    /// Those with the right password.
    pub(super) sign_ins: BTreeSet<SignedIn>,
    pub(super) habits: Habits,
    pub(super) accesses: BTreeMap<Place, Accessed>,
    /// How many objects and minutes these have.
    pub(super) accessed: usize,
    /// Before when not everything is known any more.
    pub(super) since: Option<Timestamp>,
    /// When a page was opened as them.
    pub(super) opened: Days,
    /// When an attempt to sign in as them was last told of.
    pub(super) signed_in: Option<Timestamp>,
    /// When an application last told of them.
    pub(super) audited: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(super) struct Accessed {
    times: BTreeSet<i64>,
    /// When each was touched, the first time and the last.
    objects: BTreeMap<Box<str>, (Timestamp, Timestamp)>,
}

impl Machine {
    pub(super) const fn new(mark: String) -> Self {
        Self { mark, touches: Touches::new(), behind: BTreeSet::new(), since: None }
    }

    /// Who was behind it, as far as it was anybody's.
    pub(super) fn who(&self, whose: Whose) -> Exposed {
        match whose {
            Whose::Persons(person) => Exposed::Person(person),
            Whose::Shared | Whose::Nobodys => Exposed::Unknown(self.mark.clone()),
        }
    }
}

/// Adds a touch; says whether it is one more.
pub(super) fn touch(
    touches: &mut Touches,
    (campaign, via): (CampaignId, Via),
    new: (Timestamp, Box<str>),
) -> bool {
    let key = (campaign, via, new.0.unix_ms().div_euclid(APART));
    let Some(known) = touches.get_mut(&key) else {
        touches.insert(key, new);
        return true;
    };
    if new < *known {
        *known = new;
    }
    false
}

/// Drops the oldest of touches that are too many; says how many, and before when they were.
pub(super) fn thin(touches: &mut Touches, most: usize) -> Option<(usize, Timestamp)> {
    if touches.len() <= most {
        return None;
    }
    let before = cutoff(touches.values().map(|(at, _)| *at).collect());
    let had = touches.len();
    touches.retain(|_, (at, _)| *at >= before);
    Some((had - touches.len(), before))
}

impl Known {
    /// What a session touched: by its id, or from its address where either log has none.
    pub(super) fn accessed_in<'k>(
        &'k self,
        session: &'k SignedIn,
    ) -> impl Iterator<Item = (&'k Place, &'k Accessed)> {
        self.accesses.iter().filter(|((id, address, _), _)| match (id, &session.session) {
            (Some(one), Some(other)) => one == other,
            _ => address.is_some() && *address == session.address,
        })
    }

    /// Remembers a sign-in; says how many had to go.
    pub(super) fn sign_in(&mut self, sign_in: SignedIn) -> usize {
        self.sign_ins.insert(sign_in);
        if self.sign_ins.len() <= MOST_OF_PERSON {
            return 0;
        }
        let gone = self.sign_ins.pop_first();
        self.since = self.since.max(gone.map(|gone| gone.at.plus(APART_FROM)));
        1
    }

    /// Remembers that data was touched; says how much had to go.
    pub(super) fn access(&mut self, access: Access) -> usize {
        let place = (access.session, access.address, access.application);
        let accessed = self.accesses.entry(place).or_default();
        let had = accessed.len();
        // By the minute: it is asked whether it was during a session.
        accessed.times.insert(access.at.unix_ms().div_euclid(APART));
        if let Some(object) = access.object {
            let (first, last) = accessed.objects.entry(object).or_insert((access.at, access.at));
            (*first, *last) = (access.at.min(*first), access.at.max(*last));
        }
        self.accessed += accessed.len() - had;
        if self.accessed <= MOST_OBJECTS && self.accesses.len() <= MOST_OF_PERSON {
            return 0;
        }
        let before = cutoff(self.access_times().collect());
        self.since = self.since.max(Some(before));
        self.forget_accesses(before)
    }

    /// When what is remembered of data was touched last.
    pub(super) fn access_times(&self) -> impl Iterator<Item = Timestamp> {
        self.accesses.values().flat_map(Accessed::lasts)
    }

    /// Forgets data that was touched before a moment; says how much.
    pub(super) fn forget_accesses(&mut self, before: Timestamp) -> usize {
        let had = self.accessed;
        self.accesses.retain(|_, accessed| {
            accessed.forget(before);
            accessed.len() > 0
        });
        self.accessed = self.accesses.values().map(Accessed::len).sum();
        had - self.accessed
    }

    /// Hears that they got a text, or typed something in; says whether that is news. When there is no more room, the oldest goes.
    pub(super) fn hear(&mut self, new: (CampaignId, Rung, Timestamp)) -> bool {
        if self.said.len() >= MOST_OF_PERSON && !self.said.contains(&new) {
            let Some(oldest) = self.said.iter().min_by_key(|(.., at)| *at).copied() else {
                return false;
            };
            if oldest.2 >= new.2 {
                return false;
            }
            self.said.remove(&oldest);
        }
        self.said.insert(new)
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.touches.is_empty()
            && self.said.is_empty()
            && self.sign_ins.is_empty()
            && self.accesses.is_empty()
            && self.habits.is_empty()
            && self.opened.is_empty()
            && self.signed_in.is_none()
            && self.audited.is_none()
    }
}

/// Sign-ins of the same moment as one that had to go may be gone as well.
const APART_FROM: std::time::Duration = std::time::Duration::from_millis(1);

impl Accessed {
    fn len(&self) -> usize {
        self.times.len() + self.objects.len()
    }

    fn lasts(&self) -> impl Iterator<Item = Timestamp> {
        let minutes = self.times.iter().map(|minute| Timestamp::from_unix_ms(minute * APART));
        minutes.chain(self.objects.values().map(|(_, last)| *last))
    }

    fn forget(&mut self, before: Timestamp) {
        // Minutes stand for their beginning.
        self.times = self.times.split_off(&(before.unix_ms() + APART - 1).div_euclid(APART));
        self.objects.retain(|_, (_, last)| *last >= before);
    }

    /// What was touched in a session, each with the first time.
    pub(super) fn objects_in(&self, session: &SignedIn) -> impl Iterator<Item = (&str, Timestamp)> {
        let (from, to) = (session.at.minus(CLOCK_SKEW), session.at.plus(SESSION_LASTS));
        let within =
            self.objects.iter().filter(move |(_, (first, last))| *first <= to && *last >= from);
        within.map(move |(object, (first, _))| (&**object, (*first).max(from)))
    }

    /// The first minute of it in a session.
    pub(super) fn first_in(&self, session: &SignedIn) -> Option<Timestamp> {
        let minute = |at: Timestamp| at.unix_ms().div_euclid(APART);
        let (from, to) = (session.at.minus(CLOCK_SKEW), session.at.plus(SESSION_LASTS));
        let first = self.times.range(minute(from)..=minute(to)).next()?;
        Some(Timestamp::from_unix_ms(first * APART))
    }
}
