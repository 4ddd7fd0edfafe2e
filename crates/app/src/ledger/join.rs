//! What is known, put together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use unhook_engine::response::{Exposed, Exposure, Rung};
use unhook_model::{ActionId, CampaignId, PersonId, Timestamp};

use super::known::{Known, MOST_OF_CLIENT, MOST_OF_PERSON, Machine, thin, touch as add_touch};
use super::leases::Leases;
use super::lures::{Standing, after_lures, state, visited};
use super::returns::{Eviction, Returned, first_return};
use super::seen::Seen;
use super::signature::{Before, CLOCK_SKEW, Finding, SignedIn};
use super::window::Window;
use super::{Access, Accounts, By, Observed, Touch, Via, Watched};
use crate::identity::SignIn;
use crate::resolving::Client;

/// From which confidence on a sign-in is plainly the actor's.
const PLAINLY: u8 = 70;

/// What saw somebody type something in, or what came of it.
pub(crate) const SIGN_IN: &str = "sign-in";
const AUDIT: &str = "audit";

/// What is known of how far campaigns got.
#[derive(Debug, Default)]
pub struct Ledger {
    pub(super) leases: Leases,
    pub(super) clients: HashMap<Client, Machine>,
    pub(super) people: HashMap<PersonId, Known>,
    /// Where the touches of each were made.
    pub(super) places: HashMap<Exposed, BTreeSet<Client>>,
    pub(super) standing: HashMap<Exposed, Standing>,
    evictions: BTreeMap<PersonId, BTreeMap<ActionId, Eviction>>,
    returned: BTreeMap<ActionId, Returned>,
    pub(super) window: Window,
    pub(super) seen: Seen,
    /// How many are remembered of everybody.
    pub(super) touches: usize,
    pub(super) sign_ins: usize,
    pub(super) accesses: usize,
    pub(super) left_out: u64,
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

/// A look-up or visit, with the client that it was made by.
type Touched<'l> = (Option<&'l Client>, &'l (CampaignId, Via, i64), &'l (Timestamp, Box<str>));

/// What was touched, by application and object, with the first time.
pub type Objects<'l> = BTreeMap<(&'l str, &'l str), Timestamp>;

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
                    let added = self.leases.add(lease, accounts);
                    if let Some(before) = added.thinned
                        && let Some(machine) = self.clients.get_mut(&client)
                    {
                        machine.since = machine.since.max(Some(before));
                    }
                    if added.is_news {
                        dirty.everybody |= matches!(client, Client::Device(_));
                        dirty.clients.insert(client);
                    }
                    false
                }
            };
            changes.joined += usize::from(joined);
        }
        self.forget();
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
        let since = self.window.touches;
        let said = said.into_iter().filter(|(.., at)| since.is_none_or(|since| *at >= since));
        for (campaign, person, rung, at) in said {
            let known = self.people.entry(person).or_default();
            if known.hear((campaign, rung, at)) {
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
        self.window.told(touch.at);
        let claimed = watched.claim(&touch.name);
        if self.window.touches.is_some_and(|since| touch.at < since) {
            self.left_out += u64::from(claimed.is_some());
            return claimed.is_some();
        }
        let person = match &touch.by {
            By::Client(client) => {
                self.seen.touch(client, touch.at);
                None
            }
            By::Account(account) => {
                let Some(person) = accounts.person(account) else { return false };
                self.people.entry(person).or_default().opened.add(touch.at);
                Some(person)
            }
        };
        let Some((name, campaign)) = claimed else { return false };
        let (touches, since, most) = match (touch.by, person) {
            (By::Client(client), _) => {
                dirty.clients.insert(client.clone());
                let machine = self.clients.entry(client);
                let machine =
                    machine.or_insert_with_key(|client| Machine::new(accounts.mark(client)));
                (&mut machine.touches, &mut machine.since, MOST_OF_CLIENT)
            }
            (By::Account(_), Some(person)) => {
                dirty.who.insert(Exposed::Person(person));
                let known = self.people.entry(person).or_default();
                (&mut known.touches, &mut known.since, MOST_OF_PERSON)
            }
            (By::Account(_), None) => return false,
        };
        let is_new = add_touch(touches, (campaign, touch.via), (touch.at, name.into()));
        self.touches += usize::from(is_new);
        if let Some((gone, before)) = thin(touches, most) {
            *since = (*since).max(Some(before));
            self.touches -= gone;
            self.left_out += gone as u64;
        }
        true
    }

    fn sign_in(&mut self, sign_in: &SignIn, accounts: &dyn Accounts, dirty: &mut Dirty) -> bool {
        self.window.told(sign_in.at);
        self.seen.sign_in(sign_in.at);
        let by_id = || accounts.person(sign_in.account.as_deref()?);
        let Some(person) = accounts.person(&sign_in.login).or_else(by_id) else { return false };
        let known = self.people.entry(person).or_default();
        known.signed_in = known.signed_in.max(Some(sign_in.at));
        let Some(sign_in) = SignedIn::of(sign_in) else { return false };
        // What was theirs counts as well where there is no more room for when.
        known.habits.learn(sign_in.habits(), sign_in.at);
        dirty.who.insert(Exposed::Person(person));
        if self.window.sign_ins.is_some_and(|since| sign_in.at < since) {
            self.left_out += 1;
            return false;
        }
        let is_foreign = sign_in.is_foreign(sign_in.marks(Before(&known.habits, sign_in.at)));
        let had = known.sign_ins.len();
        let gone = known.sign_in(sign_in);
        self.sign_ins = self.sign_ins + known.sign_ins.len() - had;
        self.left_out += gone as u64;
        is_foreign
    }

    fn access(&mut self, access: Access, accounts: &dyn Accounts, dirty: &mut Dirty) -> bool {
        self.window.told(access.at);
        self.seen.access(access.at);
        let Some(person) = accounts.person(&access.account) else { return false };
        let known = self.people.entry(person).or_default();
        known.audited = known.audited.max(Some(access.at));
        if access.session.is_none() && access.address.is_none() {
            return false;
        }
        if self.window.accesses.is_some_and(|since| access.at < since) {
            self.left_out += 1;
            return false;
        }
        let had = known.accessed;
        let gone = known.access(access);
        self.accesses = self.accesses + known.accessed - had;
        self.left_out += gone as u64;
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
            let first = first.map(|(.., at)| at.minus(CLOCK_SKEW)).min().or(eviction.settled_at)?;
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
        let gone = before.iter().filter(|(key, was)| is_gone(key, was)).map(|(_, was)| was);
        let gone = gone.filter(|was| !self.is_forgotten(&who, was.at));
        changes.withdrawn.extend(gone.cloned());
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
