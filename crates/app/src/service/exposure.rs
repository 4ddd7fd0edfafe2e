//! How far campaigns got with whom: logs are taken in and joined to what is open, and what that changes
//! goes into the journal, and nothing else of them.
//!
//! A name that a campaign claims later was perhaps looked up before: that is remembered for a while
//! ([`LookBack`]) and becomes part of the ledger then. What people reported and said themselves stands in
//! the journal already, and is only added where the ledger is shown.

mod ladder;
mod looking_back;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};
use unhook_engine::response::{Deed, Event, Exposed, Exposure, Rung};
use unhook_engine::{Indicator, Input, Ruling, Stage};
use unhook_model::{CampaignId, Hostname, PersonId, Timestamp, Verdict};

use super::notifying::{self, Noted};
use super::{Service, ServiceError};
use crate::ledger::{
    Accounts, By, Changes, Eviction, Holder, Ledger, LookBack, Observed, Returned, SIGN_IN, Touch,
    WATCHED_AFTER, Watched,
};
use crate::people::{Contact, People, PeopleError, owner_of_login};
use crate::record::Record;
use crate::resolving::Client;

pub(super) use ladder::said_so;
pub use ladder::{Climb, Ladder, MOST_CLIMBED, Sighting};
pub(super) use looking_back::{keep_now_and_then, load, on_a_thread};

/// How many campaigns are watched for, the newest.
const MOST_CAMPAIGNS: usize = 1_000;

/// How many reports of each say where it leads and whom it reached.
const MOST_REPORTS: usize = 1_000;

/// How many statements are looked through.
const MOST_STATEMENTS: usize = 10_000;

/// How many lines are joined before others have a turn.
const MOST_AT_ONCE: usize = 4_096;

/// How many look-ups are remembered before decisions and the resolver have a turn to ask.
const MOST_REMEMBERED_AT_ONCE: usize = 256;

/// How many exposures one commit takes: some eighty KiB of them, and what is proposed about as many people.
const MOST_IN_COMMIT: usize = 200;

/// The most recipients that are given at once.
pub const MOST_RECIPIENTS: usize = 100_000;

/// What says that somebody was sent the text.
const RECIPIENTS: &str = "recipient-list";

/// How far ahead the clock of a log may be. What is later is a mistake, and would end the ledger's window.
const AHEAD: Duration = Duration::from_secs(24 * 60 * 60);

/// How late logs of the last day of a watch may come.
const LATEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What logs came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// How many lines belong to a campaign, or may.
    pub joined: usize,
    /// How many exposures are new, or known better.
    pub exposed: usize,
    /// How many were none.
    pub withdrawn: usize,
}

/// What became of a list of recipients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    /// How many are somebody known.
    pub known: usize,
    /// How many are nobody known, and are not kept.
    pub unknown: usize,
}

/// What the ledger lives by.
#[derive(Debug)]
pub(super) struct Exposing {
    books: Mutex<Books>,
    /// Apart, since decisions ask it, too; whoever has it takes no other lock.
    look_back: RwLock<LookBack>,
    /// Logs are taken one after the other, so that what is kept follows what was joined.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Books {
    ledger: Ledger,
    watched: Watched,
    /// What was known of campaigns when they were last looked at.
    as_of: Option<(u64, usize)>,
    /// What is to be kept and was not, because nothing could be.
    pending: Changes,
    /// What sessions touched, as far as it is kept.
    noted: Noted,
    /// Whether they may have touched more.
    may_have_touched: bool,
}

impl Exposing {
    /// With what was kept of look-ups.
    pub(super) fn new(look_back: LookBack) -> Self {
        Self {
            books: Mutex::default(),
            look_back: RwLock::new(look_back),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Whether a registrable name was looked up here at least so long ago.
    pub(super) fn knew(&self, name: &str, now: Timestamp, age: Duration) -> bool {
        self.looked_up().knew(name, now, age)
    }

    fn looked_up(&self) -> RwLockReadGuard<'_, LookBack> {
        self.look_back.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_back(&self) -> RwLockWriteGuard<'_, LookBack> {
        self.look_back.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is who, looked up before anything is joined, so that nothing is half done.
struct Directory<'p> {
    people: &'p dyn People,
    accounts: HashMap<Box<str>, PersonId>,
}

impl Accounts for Directory<'_> {
    fn person(&self, account: &str) -> Option<PersonId> {
        self.accounts.get(account).copied()
    }

    fn mark(&self, client: &Client) -> String {
        let client = match client {
            Client::Address(address) => address.to_string(),
            Client::Device(device) => format!("device {device}"),
        };
        self.people.mark("client", &client).0
    }
}

impl<'p> Directory<'p> {
    fn of(people: &'p dyn People, observed: &[Observed]) -> Result<Self, PeopleError> {
        let names: HashSet<&str> = observed.iter().flat_map(accounts_of).flatten().collect();
        let mut accounts = HashMap::new();
        for name in names {
            if let Some(person) = owner_of_login(people, name)? {
                accounts.insert(name.into(), person);
            }
        }
        Ok(Self { people, accounts })
    }
}

/// The accounts that a line names.
fn accounts_of(observed: &Observed) -> [Option<&str>; 2] {
    match observed {
        Observed::Touched(Touch { by: By::Account(account), .. }) => [Some(account), None],
        Observed::Touched(_) => [None, None],
        Observed::SignedIn(sign_in) => [Some(&sign_in.login), sign_in.account.as_deref()],
        Observed::Accessed(access) => [Some(&access.account), None],
        Observed::Leased(lease) => match &lease.holder {
            Holder::Account(account) => [Some(account), None],
            Holder::Device(_) => [None, None],
        },
    }
}

/// What logs tell of up to a moment; that there was more is said.
fn until(latest: Timestamp, mut observed: Vec<Observed>) -> Vec<Observed> {
    let had = observed.len();
    observed.retain(|observed| {
        let at = match observed {
            Observed::Touched(touch) => touch.at,
            Observed::SignedIn(sign_in) => sign_in.at,
            Observed::Accessed(access) => access.at,
            Observed::Leased(lease) => lease.from,
        };
        at <= latest
    });
    if observed.len() < had {
        let lines = had - observed.len();
        tracing::warn!(lines, "lines of a log are left out that tell of the future; set its clock");
    }
    observed
}

impl Service {
    /// Takes in what logs say, and keeps what that changes in how far campaigns got. The same logs may
    /// come again, and in any order.
    ///
    /// # Errors
    /// Says why not; the same may be given again then.
    pub async fn take_logs(&self, observed: Vec<Observed>) -> Result<Joined, ServiceError> {
        self.refuse_in_trouble()?;
        let _turn = self.exposing.turn.lock().await;
        let observed = until(self.now().plus(AHEAD), observed);
        let directory = Directory::of(&*self.ports.people, &observed)?;
        let mut changes = self.look_at_campaigns()?;
        let mut observed = observed.into_iter().peekable();
        while observed.peek().is_some() {
            {
                let mut books = self.exposing.books();
                let some: Vec<Observed> = observed.by_ref().take(MOST_AT_ONCE).collect();
                books.may_have_touched |=
                    some.iter().any(|observed| matches!(observed, Observed::Accessed(_)));
                let Books { ledger, watched, .. } = &mut *books;
                self.remember(watched, &some);
                changes.add(ledger.take(some, watched, &directory));
            }
            tokio::task::yield_now().await;
        }
        let joined = changes.joined;
        let (exposed, withdrawn) = self.keep_exposures(changes).await?;
        self.keep_customers().await?;
        Ok(Joined { joined, exposed, withdrawn })
    }

    /// Looks at campaigns anew, if something happened since, and forgets what is over.
    pub(super) async fn tend_exposures(&self) -> Result<(), ServiceError> {
        let _turn = self.exposing.turn.lock().await;
        let changes = self.look_at_campaigns()?;
        {
            let books = self.exposing.books();
            let is_lure = |name: &str| books.watched.find(name).is_some();
            self.exposing.look_back().sweep(self.now(), is_lure);
        }
        self.keep_exposures(changes).await?;
        self.keep_customers().await
    }

    /// Keeps whose data sessions touched, as far as it is not kept yet.
    async fn keep_customers(&self) -> Result<(), ServiceError> {
        let (campaigns, found) = {
            let books = self.exposing.books();
            if !books.may_have_touched {
                return Ok(());
            }
            notifying::found(&books.ledger, &books.noted)
        };
        self.keep_touched(&campaigns, &found).await?;
        let mut books = self.exposing.books();
        notifying::note(&mut books.noted, found);
        books.may_have_touched = false;
        Ok(())
    }

    /// Remembers look-ups that no campaign claims yet.
    fn remember(&self, watched: &Watched, observed: &[Observed]) {
        let guard = self.responding.guard();
        for some in observed.chunks(MOST_REMEMBERED_AT_ONCE) {
            let mut look_back = self.exposing.look_back();
            for observed in some {
                let Observed::Touched(touch) = observed else { continue };
                if watched.find(&touch.name).is_some() {
                    continue;
                }
                look_back.add(touch, |name| {
                    // What must never be blocked is nobody's lure.
                    Hostname::parse(name).map_or(true, |name| guard.permit(&name).is_err())
                });
            }
        }
    }

    /// Learns where campaigns lead and whom they reached; what was looked up of names that are new
    /// becomes part of the ledger.
    fn look_at_campaigns(&self) -> Result<Changes, ServiceError> {
        let statements = self.ports.views.statements(MOST_STATEMENTS)?;
        let evictions = self.watched_evictions();
        let is_first = self.exposing.books().as_of.is_none();
        let mut said = if is_first { self.seen_before() } else { Vec::new() };
        let mut books = self.exposing.books();
        let mut changes = books.ledger.watch(evictions);
        let mut names = Vec::new();
        let as_of = {
            let engine = self.engine();
            let as_of = (engine.state().position().unwrap_or(0), statements.len());
            if books.as_of == Some(as_of) {
                return Ok(changes);
            }
            let (state, now, guard) = (engine.state(), self.now(), self.responding.guard());
            let is_watched = |campaign: &unhook_engine::Campaign<'_>| {
                campaign.stage(now) != Stage::Closed
                    && (campaign.verdict() != Verdict::Benign
                        || campaign.ruling() == Some(Ruling::Malicious))
            };
            for campaign in state.campaigns().take(MOST_CAMPAIGNS).filter(is_watched) {
                let mut domains = BTreeSet::new();
                for report in campaign.reports().rev().take(MOST_REPORTS) {
                    domains.extend(state.indicators(report).iter().filter_map(|i| match i {
                        Indicator::Domain(name) => Some(name),
                        _ => None,
                    }));
                    let (who, at) = (state.reporter(report), state.received_at(report));
                    if let (Some(person), Some(at)) = (who, at) {
                        said.push((campaign.id(), person, Rung::Received, at));
                    }
                }
                let domains = domains.into_iter().filter(|name| guard.permit(name).is_ok());
                names.extend(domains.map(|name| (name.clone(), campaign.id())));
                let about = statements.iter().filter(|s| s.report.is_some_and(|r| campaign.has(r)));
                said.extend(about.map(|s| (campaign.id(), s.person, Rung::Submitted, s.at)));
            }
            as_of
        };
        let watched = Watched::of(names);
        let claimed: Vec<Observed> = {
            let looked_up = self.exposing.looked_up();
            let claimed = watched.beyond(&books.watched).flat_map(|(name, _)| looked_up.of(name));
            claimed.map(Observed::Touched).collect()
        };
        let directory = match Directory::of(&*self.ports.people, &claimed) {
            Ok(directory) => directory,
            Err(error) => {
                // The ledger has said it, and says it no more.
                books.pending.add(changes);
                return Err(error.into());
            }
        };
        let Books { ledger, .. } = &mut *books;
        changes.add(ledger.take(claimed, &watched, &directory));
        changes.add(ledger.hear(said));
        books.watched = watched;
        books.as_of = Some(as_of);
        Ok(changes)
    }

    /// Who met which lure before this process began, as far as it is kept: what logs said of that is read
    /// again by nobody, and a sign-in that comes now is after it all the same.
    fn seen_before(&self) -> Vec<(CampaignId, PersonId, Rung, Timestamp)> {
        let engine = self.engine();
        let kept = self.responding.state();
        let mut seen = Vec::new();
        for campaign in engine.state().campaigns().take(MOST_CAMPAIGNS) {
            let names: Vec<_> = campaign.names().collect();
            seen.extend(kept.exposures(&names).filter_map(|exposure| {
                let Exposed::Person(person) = exposure.who else { return None };
                let is_lure = matches!(exposure.rung, Rung::Visited | Rung::Submitted)
                    && exposure.source != SIGN_IN;
                is_lure.then_some((campaign.id(), person, exposure.rung, exposure.at))
            }));
        }
        seen
    }

    /// Keeps what changed. What cannot be kept now is kept with what comes next.
    async fn keep_exposures(&self, changes: Changes) -> Result<(usize, usize), ServiceError> {
        // It stays until all of it is kept, whoever stops waiting for that.
        let pending = {
            let mut books = self.exposing.books();
            books.may_have_touched |= changes.exposed.iter().any(|new| new.rung >= Rung::Session);
            books.pending.add(changes);
            books.pending.clone()
        };
        let events = self.events_of(&pending);
        let exposed = events.iter().filter(|event| matches!(event, Event::Exposed(_))).count();
        for some in events.chunks(MOST_IN_COMMIT) {
            let some = some.to_vec();
            let (caller, now, news) = (self.caller(), self.now(), self.first_returns(&some));
            let kept = self.decide(move |draft| {
                for event in &some {
                    draft.record(Record::Response(event.clone()));
                }
                for campaign in &news {
                    // One that is gone since has nothing to go on.
                    let _ = draft.decide(&Input::Reopen { campaign: *campaign, at: now });
                    caller.actor_returned(draft, *campaign, now);
                }
            });
            kept.await?;
        }
        self.exposing.books().pending = Changes::default();
        let is_gone = |event: &&Event| matches!(event, Event::Withdrawn { .. });
        Ok((exposed, events.iter().filter(is_gone).count()))
    }

    /// What is to be kept of changes, as far as it is not known: the withdrawn first.
    fn events_of(&self, changes: &Changes) -> Vec<Event> {
        let (state, now) = (self.responding.state(), self.now());
        let gone = changes.withdrawn.iter().filter(|gone| state.exposure_like(gone) == Some(*gone));
        let mut events: Vec<Event> = gone
            .map(|gone| Event::Withdrawn {
                campaign: gone.campaign,
                who: gone.who.clone(),
                rung: gone.rung,
                source: gone.source.clone(),
                at: now,
            })
            .collect();
        let is_withdrawn =
            |new: &Exposure| changes.withdrawn.iter().any(|gone| is_alike(gone, new));
        let new = changes.exposed.iter().filter(|new| state.is_news(new) || is_withdrawn(new));
        events.extend(new.cloned().map(Event::Exposed));
        let is_news = |new: &&Returned| {
            let known = state.action(new.action);
            known.is_some_and(|asked| asked.is_return_news(new.at, &new.evidence))
        };
        events.extend(
            changes.returned.iter().filter(is_news).cloned().map(|new| Event::Returned {
                action: new.action,
                at: new.at,
                evidence: new.evidence,
            }),
        );
        events
    }

    /// Whom it was agreed to evict because of a campaign, as long as they are watched.
    fn watched_evictions(&self) -> Vec<(PersonId, Eviction)> {
        let (engine, now) = (self.engine(), self.now());
        let state = self.responding.state();
        let watched = state.actions().filter_map(|asked| {
            let Deed::Evict { person, .. } = asked.action.deed else { return None };
            let is_over =
                asked.settled_at.is_some_and(|at| at.plus(WATCHED_AFTER).plus(LATEST) < now);
            if asked.approved_at.is_none() || asked.undone.is_some() || is_over {
                return None;
            }
            let campaign = engine.state().campaign(asked.action.campaign?)?;
            let (action, settled_at) = (asked.action.id, asked.settled_at);
            Some((person, Eviction { action, campaigns: campaign.names().collect(), settled_at }))
        });
        watched.collect()
    }

    /// The campaigns whose actor came back, where nobody knows it yet.
    fn first_returns(&self, events: &[Event]) -> BTreeSet<CampaignId> {
        let state = self.responding.state();
        let first = events.iter().filter_map(|event| {
            let Event::Returned { action, .. } = event else { return None };
            let asked = state.action(*action).filter(|asked| asked.returned.is_none())?;
            asked.action.campaign
        });
        first.collect()
    }

    /// Takes in who was sent a campaign's text, as a carrier or a provider says; `None` when there is no
    /// such campaign. Whoever is nobody known is counted and not kept.
    ///
    /// # Errors
    /// Says why not.
    pub async fn recipients(
        &self,
        campaign: CampaignId,
        list: &[(Contact, Timestamp)],
    ) -> Result<Option<Recipients>, ServiceError> {
        if list.len() > MOST_RECIPIENTS {
            let why = format!("give at most {MOST_RECIPIENTS} recipients at once");
            return Err(ServiceError::Invalid(why));
        }
        let id = self.engine().state().campaign(campaign).map(|campaign| campaign.id());
        let Some(id) = id else { return Ok(None) };
        let (mut recipients, mut said) = (Recipients::default(), Vec::new());
        for (contact, at) in list {
            match self.ports.people.owner(contact)? {
                Some(person) => said.push((id, person, Rung::Received, *at)),
                None => recipients.unknown += 1,
            }
        }
        recipients.known = said.len();
        let exposed = said.iter().map(|(campaign, person, rung, at)| Exposure {
            campaign: *campaign,
            who: Exposed::Person(*person),
            rung: *rung,
            source: RECIPIENTS.to_owned(),
            at: *at,
            evidence: "stands on a list of recipients".to_owned(),
            confidence: 90,
        });
        let mut changes = Changes { exposed: exposed.collect(), ..Changes::default() };
        let _turn = self.exposing.turn.lock().await;
        changes.add(self.exposing.books().ledger.hear(said));
        self.keep_exposures(changes).await?;
        Ok(Some(recipients))
    }
}

/// Whether two are what the same source saw of the same one at the same rung.
fn is_alike(one: &Exposure, other: &Exposure) -> bool {
    one.campaign == other.campaign
        && one.who == other.who
        && one.rung == other.rung
        && one.source == other.source
}

impl Changes {
    /// Adds what changed after.
    fn add(&mut self, later: Self) {
        for gone in later.withdrawn {
            let had = self.exposed.len();
            self.exposed.retain(|new| *new != gone);
            if self.exposed.len() == had {
                self.withdrawn.push(gone);
            }
        }
        for new in later.exposed {
            self.exposed.retain(|old| !is_alike(old, &new));
            self.exposed.push(new);
        }
        for new in later.returned {
            self.returned.retain(|old| old.action != new.action);
            self.returned.push(new);
        }
        self.joined += later.joined;
    }
}

/// Takes in what the organization's own resolver and the page that warns tell, and looks at campaigns when something
/// happened, until nothing can be decided any more.
pub(super) async fn run(service: Arc<Service>, mut lookups: mpsc::Receiver<Vec<Observed>>) {
    let mut notices = service.watch();
    loop {
        let done = tokio::select! {
            () = service.jobs.closed() => return,
            Some(some) = lookups.recv() => {
                service.take_logs(some).await.map(|_| ())
            }
            heard = notices.recv() => match heard {
                Err(broadcast::error::RecvError::Closed) => return,
                _ => service.tend_exposures().await,
            },
        };
        if let Err(error) = done {
            tracing::warn!(%error, "how far campaigns got is not kept for now");
        }
    }
}
