//! What is known, put together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use unhook_engine::response::{Exposed, Exposure, Rung};
use unhook_model::{ActionId, CampaignId, PersonId, Timestamp};

use super::habits::Habits;
use super::leases::{Leases, Whose};
use super::returns::{Eviction, Returned, first_return};
use super::signature::{Before, CLOCK_SKEW, Finding, SESSION_LASTS, SignedIn};
use super::{Access, Accounts, By, Observed, Touch, Via, Watched};
use crate::identity::SignIn;
use crate::resolving::Client;

/// The most look-ups and visits of campaigns that are remembered: some hundred bytes each.
pub const MOST_TOUCHES: usize = 500_000;

/// The most of them by one client: three days of a device that tries once a minute, which is as often
/// as is remembered.
pub const MOST_OF_CLIENT: usize = 5_000;

/// The most sign-ins with something foreign, and the most touches of data from one place, that are
/// remembered of one person.
pub const MOST_OF_PERSON: usize = 500;

/// The most objects remembered that one session touched in one application.
pub const MOST_OBJECTS: usize = 10_000;

/// How far apart what one client did is remembered, in milliseconds.
const APART: i64 = 60_000;

const MINUTE_MS: u128 = 60_000;

/// From which confidence on a sign-in is plainly the actor's.
const PLAINLY: u8 = 70;

/// What saw somebody type something in, or what came of it.
pub(crate) const SIGN_IN: &str = "sign-in";
const AUDIT: &str = "audit";

/// What is known of how far campaigns got.
#[derive(Debug, Default)]
pub struct Ledger {
    leases: Leases,
    clients: HashMap<Client, Machine>,
    people: HashMap<PersonId, Known>,
    /// Where the touches of each were made.
    places: HashMap<Exposed, BTreeSet<Client>>,
    standing: HashMap<Exposed, Standing>,
    evictions: BTreeMap<PersonId, BTreeMap<ActionId, Eviction>>,
    returned: BTreeMap<ActionId, Returned>,
    touches: usize,
    left_out: u64,
    sight: Sight,
}

/// What logs could have shown: the first and the last moment that they tell of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Of resolvers and proxies.
    pub touches: Option<(Timestamp, Timestamp)>,
    /// Of identity providers.
    pub sign_ins: Option<(Timestamp, Timestamp)>,
    /// Of applications.
    pub accesses: Option<(Timestamp, Timestamp)>,
}

/// What became of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What it says that it did not say.
    pub exposed: Vec<Exposure>,
    /// What it said and says no more.
    pub withdrawn: Vec<Exposure>,
    /// After which evictions the actor came back, or did so earlier than was known.
    pub returned: Vec<Returned>,
    /// How many of those given belong to a campaign.
    pub joined: usize,
}

/// Of each campaign, by what and in which minute, the first: when, which name.
type Touches = BTreeMap<(CampaignId, Via, i64), (Timestamp, Box<str>)>;

/// One of them, with the client that it was made by.
type Touched<'l> = (Option<&'l Client>, &'l (CampaignId, Via, i64), &'l (Timestamp, Box<str>));

/// What was touched, by application and object, with the first time.
pub type Objects<'l> = BTreeMap<(&'l str, &'l str), Timestamp>;

/// Of each campaign, rung and source, the first.
type Standing = BTreeMap<(CampaignId, Rung, String), Exposure>;

/// What one client did.
#[derive(Debug)]
struct Machine {
    /// What stands for it where nobody is known to have had it.
    mark: String,
    touches: Touches,
    /// Who was behind it at one of these.
    behind: BTreeSet<Exposed>,
}

/// What is known of one person, beside what their clients did.
#[derive(Debug, Default)]
struct Known {
    touches: Touches,
    /// That they got the text, or said that they typed something in.
    said: BTreeSet<(CampaignId, Rung, Timestamp)>,
    /// Those with the right password.
    sign_ins: BTreeSet<SignedIn>,
    habits: Habits,
    accesses: BTreeMap<Place, Accessed>,
}

/// From where data was touched.
type Place = (Option<Box<str>>, Option<IpAddr>, Box<str>);

#[derive(Debug, Default)]
struct Accessed {
    times: BTreeSet<i64>,
    /// When each was touched, the first time and the last.
    objects: BTreeMap<Box<str>, (Timestamp, Timestamp)>,
}

/// Who has to be looked at again.
#[derive(Default)]
struct Dirty {
    clients: HashSet<Client>,
    who: BTreeSet<Exposed>,
    /// A device changed hands, so any address may have.
    everybody: bool,
}

impl Ledger {
    /// Takes in what was observed.
    pub fn take(
        &mut self,
        observed: impl IntoIterator<Item = Observed>,
        watched: &Watched,
        accounts: &dyn Accounts,
    ) -> Changes {
        let (mut dirty, mut changes) = (Dirty::default(), Changes::default());
        for observed in observed {
            let joined = match observed {
                Observed::Touched(touch) => self.touch(touch, watched, accounts, &mut dirty),
                Observed::SignedIn(sign_in) => self.sign_in(&sign_in, accounts, &mut dirty),
                Observed::Accessed(access) => self.access(access, accounts, &mut dirty),
                Observed::Leased(lease) => {
                    let client = lease.client.clone();
                    if self.leases.add(lease, accounts) {
                        dirty.everybody |= matches!(client, Client::Device(_));
                        dirty.clients.insert(client);
                    }
                    false
                }
            };
            changes.joined += usize::from(joined);
        }
        self.look_again(dirty, &mut changes);
        changes
    }

    /// Takes in that somebody got the text ([`Rung::Received`]), said that they typed something in
    /// ([`Rung::Submitted`]), or was seen with the lure before this ledger began: sign-ins are looked at with
    /// that, and it is no exposure that the ledger says by itself.
    pub fn hear(
        &mut self,
        said: impl IntoIterator<Item = (CampaignId, PersonId, Rung, Timestamp)>,
    ) -> Changes {
        let mut dirty = Dirty::default();
        for (campaign, person, rung, at) in said {
            let known = self.people.entry(person).or_default();
            if known.said.len() < MOST_OF_PERSON && known.said.insert((campaign, rung, at)) {
                dirty.who.insert(Exposed::Person(person));
            }
        }
        let mut changes = Changes::default();
        self.look_again(dirty, &mut changes);
        changes
    }

    /// Takes in whom it was agreed to evict, all of them: what they do afterwards is watched.
    pub fn watch(&mut self, evictions: impl IntoIterator<Item = (PersonId, Eviction)>) -> Changes {
        let mut now: BTreeMap<PersonId, BTreeMap<ActionId, Eviction>> = BTreeMap::new();
        for (person, eviction) in evictions {
            now.entry(person).or_default().insert(eviction.action, eviction);
        }
        let before = std::mem::replace(&mut self.evictions, now);
        let changed = self.evictions.iter().filter(|(person, now)| before.get(person) != Some(now));
        let who = changed.map(|(person, _)| Exposed::Person(*person)).collect();
        let mut changes = Changes::default();
        self.look_again(Dirty { who, ..Dirty::default() }, &mut changes);
        changes
    }

    /// Everything that it says, in order.
    #[must_use]
    pub fn exposures(&self) -> Vec<Exposure> {
        let mut all: Vec<_> = self.standing.values().flat_map(|s| s.values().cloned()).collect();
        all.sort_unstable();
        all
    }

    /// What logs could have shown.
    #[must_use]
    pub const fn sight(&self) -> &Sight {
        &self.sight
    }

    /// Whose clients somebody could have seen between two moments.
    #[must_use]
    pub fn seen_between(&self, from: Timestamp, to: Timestamp) -> BTreeSet<PersonId> {
        self.leases.people_between(from, to)
    }

    /// How many things were left out, beyond the bounds.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out + self.leases.left_out()
    }

    /// What was touched as a person from a foreign session after a campaign's lure, by application and
    /// object, with the first time. What was touched before the session and after it is taken to have
    /// been touched in it as well.
    #[must_use]
    pub fn objects(&self, campaign: CampaignId, person: PersonId) -> Objects<'_> {
        let Some(known) = self.people.get(&person) else { return Objects::new() };
        let sessions = self.sessions(&Exposed::Person(person), known);
        let sessions = sessions.iter().filter(|(of, _)| *of == campaign);
        let mut objects = Objects::new();
        for (_, session) in sessions {
            for ((.., application), accessed) in known.accessed_in(session) {
                for (object, at) in accessed.objects_in(session) {
                    let first = objects.entry((&**application, object)).or_insert(at);
                    *first = at.min(*first);
                }
            }
        }
        objects
    }

    /// Those in whose sessions data was touched after a campaign's lure.
    #[must_use]
    pub fn data_touched(&self) -> BTreeSet<(CampaignId, PersonId)> {
        let standing = self.standing.iter().filter_map(|(who, standing)| match who {
            Exposed::Person(person) => Some((*person, standing)),
            Exposed::Unknown(_) => None,
        });
        let touched = standing.flat_map(|(person, standing)| {
            let keys = standing.keys().filter(|(_, rung, _)| *rung == Rung::Data);
            keys.map(move |(campaign, ..)| (*campaign, person))
        });
        touched.collect()
    }

    fn touch(
        &mut self,
        touch: Touch,
        watched: &Watched,
        accounts: &dyn Accounts,
        dirty: &mut Dirty,
    ) -> bool {
        widen(&mut self.sight.touches, touch.at);
        let Some(campaign) = watched.find(&touch.name) else { return false };
        let (touches, most) = match touch.by {
            By::Client(client) => {
                dirty.clients.insert(client.clone());
                if self.touches >= MOST_TOUCHES && !self.clients.contains_key(&client) {
                    self.left_out += 1;
                    return true;
                }
                let machine = self.clients.entry(client);
                let machine =
                    machine.or_insert_with_key(|client| Machine::new(accounts.mark(client)));
                (&mut machine.touches, MOST_OF_CLIENT)
            }
            By::Account(account) => {
                let Some(person) = accounts.person(&account) else { return false };
                dirty.who.insert(Exposed::Person(person));
                (&mut self.people.entry(person).or_default().touches, MOST_OF_PERSON)
            }
        };
        let key = (campaign, touch.via, touch.at.unix_ms().div_euclid(APART));
        let new = (touch.at, touch.name);
        if let Some(known) = touches.get_mut(&key) {
            if new < *known {
                *known = new;
            }
        } else if touches.len() < most && self.touches < MOST_TOUCHES {
            touches.insert(key, new);
            self.touches += 1;
        } else {
            self.left_out += 1;
        }
        true
    }

    fn sign_in(&mut self, sign_in: &SignIn, accounts: &dyn Accounts, dirty: &mut Dirty) -> bool {
        widen(&mut self.sight.sign_ins, sign_in.at);
        let by_id = || accounts.person(sign_in.account.as_deref()?);
        let Some(person) = accounts.person(&sign_in.login).or_else(by_id) else { return false };
        let Some(sign_in) = SignedIn::of(sign_in) else { return false };
        let known = self.people.entry(person).or_default();
        known.habits.learn(sign_in.habits(), sign_in.at);
        dirty.who.insert(Exposed::Person(person));
        let is_foreign = sign_in.is_foreign(sign_in.marks(Before(&known.habits, sign_in.at)));
        known.sign_ins.insert(sign_in);
        if known.sign_ins.len() > MOST_OF_PERSON {
            known.sign_ins.pop_first();
            self.left_out += 1;
        }
        is_foreign
    }

    fn access(&mut self, access: Access, accounts: &dyn Accounts, dirty: &mut Dirty) -> bool {
        widen(&mut self.sight.accesses, access.at);
        if access.session.is_none() && access.address.is_none() {
            return false;
        }
        let Some(person) = accounts.person(&access.account) else { return false };
        let known = self.people.entry(person).or_default();
        let place = (access.session, access.address, access.application);
        let is_full = known.accesses.len() >= MOST_OF_PERSON;
        if is_full && !known.accesses.contains_key(&place) {
            self.left_out += 1;
            return false;
        }
        let accessed = known.accesses.entry(place).or_default();
        // By the minute: it is asked whether it was during a session.
        let minute = access.at.unix_ms().div_euclid(APART);
        if accessed.times.len() < MOST_OF_CLIENT {
            accessed.times.insert(minute);
        } else if !accessed.times.contains(&minute) {
            self.left_out += 1;
        }
        if !access.object.is_none_or(|object| accessed.touch(object, access.at)) {
            self.left_out += 1;
        }
        dirty.who.insert(Exposed::Person(person));
        !known.sign_ins.is_empty()
    }

    fn look_again(&mut self, mut dirty: Dirty, changes: &mut Changes) {
        if dirty.everybody {
            dirty.clients.extend(self.clients.keys().cloned());
        }
        for client in dirty.clients {
            let Some(machine) = self.clients.get_mut(&client) else { continue };
            let times = machine.touches.values().map(|(at, _)| *at);
            let behind = times.map(|at| machine.who(self.leases.whose(&client, at))).collect();
            let before = std::mem::replace(&mut machine.behind, behind);
            for gone in before.difference(&machine.behind) {
                self.places.get_mut(gone).map(|places| places.remove(&client));
            }
            for new in machine.behind.difference(&before) {
                self.places.entry(new.clone()).or_default().insert(client.clone());
            }
            dirty.who.extend(before);
            dirty.who.extend(machine.behind.iter().cloned());
        }
        for who in dirty.who {
            self.restate(who, changes);
        }
    }

    /// After which evictions of one the actor came back.
    fn returns_of(&self, person: PersonId) -> Vec<Returned> {
        let (Some(known), Some(evictions)) =
            (self.people.get(&person), self.evictions.get(&person))
        else {
            return Vec::new();
        };
        let lures = self.lures(&Exposed::Person(person), known);
        let found = evictions.values().filter_map(|eviction| {
            let of_it = |sign_in: &&SignedIn| {
                let found = after_lures(sign_in, &lures, &known.habits);
                let is_of = |(of, found): &(CampaignId, Finding)| {
                    eviction.campaigns.contains(of) && found.confidence >= PLAINLY
                };
                found.iter().any(is_of)
            };
            let hostile: Vec<&SignedIn> = known.sign_ins.iter().filter(of_it).collect();
            let first = lures.iter().filter(|(of, ..)| eviction.campaigns.contains(of));
            let first = first.map(|(.., at)| *at).min().or(eviction.settled_at)?;
            first_return(eviction, &hostile, &known.sign_ins, Before(&known.habits, first))
        });
        found.collect()
    }

    /// Says anew what is known of one.
    fn restate(&mut self, who: Exposed, changes: &mut Changes) {
        if let Exposed::Person(person) = &who {
            for returned in self.returns_of(*person) {
                let known = self.returned.insert(returned.action, returned.clone());
                if known.as_ref() != Some(&returned) {
                    changes.returned.push(returned);
                }
            }
        }
        let now = self.standing_of(&who);
        let before = self.standing.remove(&who).unwrap_or_default();
        let is_gone = |key: &(CampaignId, Rung, String), was: &Exposure| {
            now.get(key).is_none_or(|is| was.is_before(is))
        };
        changes.withdrawn.extend(
            before.iter().filter(|(key, was)| is_gone(key, was)).map(|(_, was)| was.clone()),
        );
        let new = now.iter().filter(|(key, is)| before.get(*key) != Some(is));
        changes.exposed.extend(new.map(|(_, exposure)| exposure.clone()));
        if !now.is_empty() {
            self.standing.insert(who, now);
        }
    }

    fn standing_of(&self, who: &Exposed) -> Standing {
        let mut standing = Standing::new();
        for (client, (campaign, via, _), (at, name)) in self.touches_of(who) {
            let confidence = match (who, client) {
                (Exposed::Unknown(_), _) => 50,
                (_, Some(Client::Address(_))) => 90,
                _ => 95,
            };
            let found = Finding { rung: via.rung(), confidence, evidence: visited(*via, name) };
            state(&mut standing, who, *campaign, via.source(), *at, found);
        }
        let Exposed::Person(person) = who else { return standing };
        let Some(known) = self.people.get(person) else { return standing };
        let lures = self.lures(who, known);
        for sign_in in &known.sign_ins {
            for (campaign, found) in after_lures(sign_in, &lures, &known.habits) {
                let is_in = found.rung == Rung::Session;
                state(&mut standing, who, campaign, SIGN_IN, sign_in.at, found);
                let accessed = known.accessed_in(sign_in).filter(|_| is_in);
                for ((.., application), accessed) in accessed {
                    let Some(at) = accessed.first_in(sign_in) else { continue };
                    let evidence = format!("the session touched data in {application}");
                    let found = Finding { rung: Rung::Data, confidence: 85, evidence };
                    state(&mut standing, who, campaign, AUDIT, at, found);
                }
            }
        }
        standing
    }

    /// What one touched: by an account, or by which client.
    fn touches_of<'l>(&'l self, who: &'l Exposed) -> impl Iterator<Item = Touched<'l>> {
        let known = match who {
            Exposed::Person(person) => self.people.get(person),
            Exposed::Unknown(_) => None,
        };
        let own = known.into_iter().flat_map(|known| &known.touches);
        let places = self.places.get(who).into_iter().flatten();
        let theirs = places.filter_map(|client| self.clients.get_key_value(client));
        let theirs = theirs.flat_map(move |(client, machine)| {
            let whose = move |at| machine.who(self.leases.whose(client, at));
            let touches = machine.touches.iter().filter(move |(_, (at, _))| whose(*at) == *who);
            touches.map(move |(key, touch)| (Some(client), key, touch))
        });
        own.map(|(key, touch)| (None, key, touch)).chain(theirs)
    }

    /// When one met which lure, and whether they did more than get it.
    fn lures(&self, who: &Exposed, known: &Known) -> Vec<(CampaignId, bool, Timestamp)> {
        let touched = self.touches_of(who);
        let touched = touched.map(|(_, (campaign, ..), (at, _))| (*campaign, true, *at));
        let said = known.said.iter();
        let said = said.map(|(campaign, rung, at)| (*campaign, *rung > Rung::Received, *at));
        touched.chain(said).collect()
    }

    /// The sign-ins that are somebody else's session, by campaign.
    fn sessions<'k>(&self, who: &Exposed, known: &'k Known) -> Vec<(CampaignId, &'k SignedIn)> {
        let lures = self.lures(who, known);
        let found = known.sign_ins.iter().flat_map(|sign_in| {
            let found = after_lures(sign_in, &lures, &known.habits).into_iter();
            found.map(move |(campaign, found)| (campaign, found.rung, sign_in))
        });
        let sessions = found.filter(|(_, rung, _)| *rung == Rung::Session);
        sessions.map(|(campaign, _, sign_in)| (campaign, sign_in)).collect()
    }
}

impl Machine {
    const fn new(mark: String) -> Self {
        Self { mark, touches: Touches::new(), behind: BTreeSet::new() }
    }

    /// Who was behind it, as far as it was anybody's.
    fn who(&self, whose: Whose) -> Exposed {
        match whose {
            Whose::Persons(person) => Exposed::Person(person),
            Whose::Shared | Whose::Nobodys => Exposed::Unknown(self.mark.clone()),
        }
    }
}

impl Known {
    /// What a session touched: by its id, or from its address where either log has none.
    fn accessed_in<'k>(
        &'k self,
        session: &'k SignedIn,
    ) -> impl Iterator<Item = (&'k Place, &'k Accessed)> {
        self.accesses.iter().filter(|((id, address, _), _)| match (id, &session.session) {
            (Some(one), Some(other)) => one == other,
            _ => address.is_some() && *address == session.address,
        })
    }
}

impl Accessed {
    /// Says whether there was room for it.
    fn touch(&mut self, object: Box<str>, at: Timestamp) -> bool {
        if let Some((first, last)) = self.objects.get_mut(&object) {
            (*first, *last) = (at.min(*first), at.max(*last));
        } else if self.objects.len() < MOST_OBJECTS {
            self.objects.insert(object, (at, at));
        } else {
            return false;
        }
        true
    }

    /// What was touched in a session, each with the first time.
    fn objects_in(&self, session: &SignedIn) -> impl Iterator<Item = (&str, Timestamp)> {
        let (from, to) = (session.at.minus(CLOCK_SKEW), session.at.plus(SESSION_LASTS));
        let within =
            self.objects.iter().filter(move |(_, (first, last))| *first <= to && *last >= from);
        within.map(move |(object, (first, _))| (&**object, (*first).max(from)))
    }

    /// The first minute of it in a session.
    fn first_in(&self, session: &SignedIn) -> Option<Timestamp> {
        let minute = |at: Timestamp| at.unix_ms().div_euclid(APART);
        let (from, to) = (session.at.minus(CLOCK_SKEW), session.at.plus(SESSION_LASTS));
        let first = self.times.range(minute(from)..=minute(to)).next()?;
        Some(Timestamp::from_unix_ms(first * APART))
    }
}

/// What a sign-in says of each campaign whose lure came before it: of its visits the last before it
/// counts, and where there is none, that the text was received. What is foreign about it is judged by what was theirs before
/// the campaign first reached them: what came later may be the actor's.
fn after_lures(
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

fn visited(via: Via, name: &str) -> String {
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
fn state(
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

fn widen(span: &mut Option<(Timestamp, Timestamp)>, at: Timestamp) {
    let (from, to) = span.unwrap_or((at, at));
    *span = Some((from.min(at), to.max(at)));
}
