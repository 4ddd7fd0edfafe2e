//! Those who were caught are signed out, and what an actor may have left is looked for: actions that
//! were agreed to, done at each identity provider.
//!
//! Every step is safe to repeat. So nothing is kept of one that is begun: after a crash whatever is not
//! known to be done is done again. What no provider can do here is said, for a person to do; nothing
//! is passed over in silence.
//!
//! What was certainly added to the account between the lure and the approval goes, if a person approved: a
//! rule that ran by itself takes no factor and no device from anybody. Undoing a suspension is done the
//! same way.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use unhook_engine::response::{ActionState, Asked, Deed, Event, Outcome};
use unhook_model::{ActionId, PersonId, Timestamp};

use super::{Service, ServiceError};
use crate::backoff::next_attempt;
use crate::identity::health::{Use, Vitals};
use crate::identity::{Added, Additions, IdentityError, IdentityProvider, Item, Performed, Step};
use crate::people::{Contact, Pending};
use crate::record::Record;

/// One step, how it stands, and a line about it.
type Went = (String, Outcome, String);

/// How many people are evicted at once.
const MOST_AT_ONCE: usize = 16;

/// How long one step may take.
const LONGEST_STEP: Duration = Duration::from_secs(30);

/// How often a person's steps are tried before those that fail are left to a person.
const MOST_ATTEMPTS: u32 = 30;

/// The most of one kind that are taken away: an actor adds one or two, and whoever has more moved house.
const MOST_REMOVED: usize = 20;

/// How many factors a note names.
const MOST_NAMED: usize = 5;

/// Steps that are no item of the list; the names are in the journal for ever.
pub(super) const SUSPEND: &str = "suspend";
const UNSUSPEND: &str = "unsuspend";

/// How long until it is looked again whether something is due.
const LOOK: Duration = Duration::from_secs(1);

/// Evicts whom it was agreed to evict, until it is told to stop.
pub(super) async fn run(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let mut due: BTreeMap<ActionId, (u32, Timestamp)> = BTreeMap::new();
    let (mut at_work, mut whose) = (JoinSet::new(), HashMap::new());
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = service.responding.eviction_agreed() => {}
            Some(ended) = at_work.join_next_with_id() => {
                let task = ended.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
                if let Ok((_, Err(error))) = ended {
                    let error: ServiceError = error;
                    tracing::warn!(%error, "how an eviction went could not be kept; it is done again");
                }
                if let Some((id, tries)) = whose.remove(&task) {
                    let wait = next_attempt(tries, None, service.ports.surroundings.random());
                    due.insert(id, (tries, service.now().plus(wait)));
                }
            }
            () = tokio::time::sleep(LOOK), if !due.is_empty() => {}
        }
        let pending = service.pending_evictions();
        due.retain(|id, _| pending.iter().any(|asked| asked.action.id == *id));
        let now = service.now();
        for asked in pending {
            let id = asked.action.id;
            let is_due = due.get(&id).is_none_or(|(_, at)| *at <= now);
            let is_at_work = || whose.values().any(|(other, _)| *other == id);
            if at_work.len() >= MOST_AT_ONCE || !is_due || is_at_work() {
                continue;
            }
            let tries = due.get(&id).map_or(0, |(tries, _)| *tries) + 1;
            let service = Arc::clone(&service);
            let task = at_work.spawn(async move { service.evict(&asked, tries).await });
            whose.insert(task.id(), (id, tries));
        }
    }
}

impl Service {
    /// Evictions that were agreed to and are not all done.
    fn pending_evictions(&self) -> Vec<Asked> {
        let state = self.responding.state();
        let pending = |asked: &&Asked| {
            let is_open = asked.steps.is_empty()
                || asked.steps.values().any(|(outcome, ..)| *outcome == Outcome::Waiting);
            let is_eviction = matches!(asked.action.deed, Deed::Evict { .. });
            let is_open = if asked.undone.is_some() { is_to_let_in(asked) } else { is_open };
            is_eviction && is_open && asked.state() == ActionState::Approved
        };
        state.actions().filter(pending).cloned().collect()
    }

    /// Does what is not done yet for one person, and keeps how it went.
    async fn evict(&self, asked: &Asked, tries: u32) -> Result<(), ServiceError> {
        let Deed::Evict { person, suspend } = asked.action.deed else { return Ok(()) };
        if asked.undone.is_some() {
            return self.let_in(asked, person, tries).await;
        }
        // None waits for another that does not answer.
        let providers = self.ports.identity_providers.iter().zip(&self.vitals);
        let each = providers.map(|(provider, vitals)| async move {
            let at = At { service: self, provider: &**provider, vitals };
            self.evict_from(&at, person, suspend, asked, tries).await
        });
        let mut went: Vec<Went> = try_join_all(each).await?.into_iter().flatten().collect();
        if went.is_empty() && asked.steps.is_empty() {
            let why = "no identity provider knows an account of this person".to_owned();
            went.push(("accounts".to_owned(), Outcome::ByHand, why));
        }
        for item in Item::ALL.iter().filter(|item| !asked.steps.contains_key(item.name())) {
            let what = item.by_hand().map(str::to_owned);
            went.extend(what.map(|what| (item.name().to_owned(), Outcome::ByHand, what)));
        }
        self.keep_how_it_went(asked, went, tries).await
    }

    /// Lets a person in again who was suspended.
    async fn let_in(
        &self,
        asked: &Asked,
        person: PersonId,
        tries: u32,
    ) -> Result<(), ServiceError> {
        let mut went = Vec::new();
        for (provider, vitals) in self.ports.identity_providers.iter().zip(&self.vitals) {
            let at = At { service: self, provider: &**provider, vitals };
            let step = format!("{} {UNSUSPEND}", provider.name());
            let suspended = asked.steps.get(&format!("{} {SUSPEND}", provider.name()));
            let is_suspended = suspended.is_some_and(|(outcome, ..)| may_be(*outcome));
            let is_over = asked.steps.get(&step).is_some_and(|(outcome, ..)| is_final(*outcome));
            if is_over || !is_suspended {
                continue;
            }
            for login in self.logins_of(person)? {
                match at.try_it(|provider| provider.find(&login)).await {
                    Ok(Some(account)) => {
                        let (outcome, note) = at.perform(&Step::Unsuspend, &account.id).await;
                        went.push((step.clone(), outcome, note));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        went.push((step.clone(), outcome_of(&error), error.why().to_owned()));
                    }
                }
            }
        }
        if went.is_empty() && !asked.steps.keys().any(|step| step.ends_with(UNSUSPEND)) {
            let why = "nobody was suspended here; look there".to_owned();
            went.push((UNSUSPEND.to_owned(), Outcome::ByHand, why));
        }
        self.keep_how_it_went(asked, went, tries).await
    }

    /// Keeps how steps went.
    async fn keep_how_it_went(
        &self,
        asked: &Asked,
        mut went: Vec<Went>,
        tries: u32,
    ) -> Result<(), ServiceError> {
        if tries >= MOST_ATTEMPTS {
            for (_, outcome, _) in went.iter_mut().filter(|went| went.1 == Outcome::Waiting) {
                *outcome = Outcome::Failed;
            }
        }
        let (action, at, went) = (asked.action.id, self.now(), worst(went));
        let kept = self.decide(move |draft| {
            for (step, outcome, note) in went.iter().cloned() {
                let event = Event::Ended { action, step, outcome, note, at };
                draft.record(Record::Response(event));
            }
        });
        kept.await.map(|_| ())
    }

    /// Does what one provider can do, for every account that the person has there.
    async fn evict_from(
        &self,
        at: &At<'_>,
        person: PersonId,
        suspend: bool,
        asked: &Asked,
        tries: u32,
    ) -> Result<Vec<Went>, ServiceError> {
        let account = format!("{} account", at.provider.name());
        let mut went = Vec::new();
        let mut is_open = false;
        for login in self.logins_of(person)? {
            match at.try_it(|provider| provider.find(&login)).await {
                Ok(Some(account)) => {
                    went.extend(self.evict_account(at, &account.id, suspend, asked).await);
                }
                Ok(None) => {}
                Err(error) => {
                    let outcome = outcome_of(&error);
                    is_open |= outcome == Outcome::Waiting;
                    went.push((account.clone(), outcome, error.why().to_owned()));
                }
            }
        }
        if is_open && tries < MOST_ATTEMPTS {
            // Perhaps another account is theirs, of which nothing is done.
            for (_, outcome, note) in went.iter_mut().filter(|went| went.1 != Outcome::Waiting) {
                *outcome = Outcome::Waiting;
                *note += "; another account could not be looked up yet";
            }
        }
        let was_open = asked.steps.get(&account).is_some_and(|(outcome, ..)| !is_final(*outcome));
        if was_open && !went.iter().any(|(step, ..)| *step == account) {
            went.push((account, Outcome::Done, "looked up".to_owned()));
        }
        Ok(went)
    }

    /// Sees to every item at one account that is not done.
    async fn evict_account(
        &self,
        at: &At<'_>,
        account: &str,
        suspend: bool,
        asked: &Asked,
    ) -> Vec<Went> {
        let named = |name: &str| format!("{} {name}", at.provider.name());
        let mut went = Vec::new();
        let is_done = |step: &str| {
            asked.steps.get(step).is_some_and(|(outcome, ..)| *outcome == Outcome::Done)
        };
        // A provider may refuse to suspend an account whose password has expired.
        let suspended = suspend.then(|| (named(SUSPEND), Step::Suspend));
        let items = Item::ALL.iter().filter_map(|item| Some((named(item.name()), item.step()?)));
        for (name, step) in suspended.into_iter().chain(items) {
            if !is_done(&name) {
                let (outcome, note) = at.perform(&step, account).await;
                went.push((name, outcome, note));
            }
        }
        let is_open = |item: &&Item| {
            let step = asked.steps.get(&named(item.name()));
            step.is_none_or(|(outcome, ..)| *outcome == Outcome::Waiting)
        };
        let added = [Item::Factors, Item::Devices, Item::AppPasswords];
        let added: Vec<Item> = added.iter().filter(is_open).copied().collect();
        if !added.is_empty() {
            let since = self.came_up(asked);
            let additions = at.try_it(|provider| provider.since(account, since)).await;
            for item in added {
                let (outcome, note) = at.see_to(item, account, &additions, asked).await;
                went.push((named(item.name()), outcome, note));
            }
        }
        went
    }

    /// When the campaign came up for which somebody is evicted.
    fn came_up(&self, asked: &Asked) -> Timestamp {
        let of = |campaign| {
            let engine = self.engine();
            engine.state().campaign(campaign).and_then(|campaign| campaign.first_report_at())
        };
        asked.action.campaign.and_then(of).unwrap_or(asked.action.at)
    }

    /// What somebody signs in as: their accounts and addresses that are theirs now.
    fn logins_of(&self, person: PersonId) -> Result<Vec<String>, ServiceError> {
        let now = self.now();
        let identity = self.ports.people.identity(person)?.unwrap_or_default();
        let current = identity
            .contacts
            .into_iter()
            .filter(|(_, from, until)| *from <= now && until.is_none_or(|until| now < until));
        let logins = current.filter_map(|(contact, ..)| match contact {
            Contact::Account(name) | Contact::Mail(name) => Some(name),
            Contact::Phone(_) => None,
        });
        Ok(logins.collect())
    }
}

/// One identity provider, and how it is.
struct At<'s> {
    service: &'s Service,
    provider: &'s dyn IdentityProvider,
    vitals: &'s Vitals,
}

impl At<'_> {
    /// Tries something there, unless so much failed that nothing is tried for a while.
    async fn try_it<'p, T>(
        &'p self,
        what: impl FnOnce(&'p dyn IdentityProvider) -> Pending<'p, Result<T, IdentityError>>,
    ) -> Result<T, IdentityError> {
        if !self.vitals.may_try(Use::Doing, self.service.now()) {
            let why = "nothing is tried there for a while, since too much failed".to_owned();
            return Err(IdentityError::Later { why, after: None });
        }
        let result = in_time(what(self.provider)).await;
        self.vitals.hear(Use::Doing, result.as_ref().map(|_| ()), self.service.now());
        result
    }

    /// One step at one account, and how it went.
    async fn perform(&self, step: &Step, account: &str) -> (Outcome, String) {
        if !self.provider.abilities().contains(&step.ability()) {
            let name = self.provider.name();
            return (Outcome::ByHand, format!("{name} cannot do this; do it there"));
        }
        match self.try_it(|provider| provider.perform(step, account)).await {
            Ok(Performed::Done) => (Outcome::Done, "done".to_owned()),
            Ok(Performed::Told) => (Outcome::Done, "the receiver was told".to_owned()),
            Err(error) => (outcome_of(&error), error.why().to_owned()),
        }
    }

    /// Takes away what was certainly added between the lure and a person's approval; the rest is for a
    /// person to look at, since nobody here knows whose it is.
    async fn see_to(
        &self,
        item: Item,
        account: &str,
        additions: &Result<Additions, IdentityError>,
        asked: &Asked,
    ) -> (Outcome, String) {
        let additions = match additions {
            Ok(additions) => additions,
            Err(error @ IdentityError::Refused { .. }) => {
                return (Outcome::ByHand, error.why().to_owned());
            }
            Err(error) => return (outcome_of(error), error.why().to_owned()),
        };
        let Some(added) = item.added(additions) else {
            return (Outcome::ByHand, "the provider does not show them; look there".to_owned());
        };
        let approved_at = asked.approved_at.filter(|_| !asked.approved_by.is_empty());
        let goes = |one: &&Added| {
            let at = one.at.filter(|_| added.len() <= MOST_REMOVED);
            at.zip(approved_at).is_some_and(|(at, approved_at)| at <= approved_at)
        };
        let (mut removed, mut left) =
            (0, added.iter().filter(|one| !goes(one)).collect::<Vec<_>>());
        let mut worst = None;
        for one in added.iter().filter(goes) {
            let Some(step) = item.removal(&one.id) else { continue };
            match self.perform(&step, account).await {
                (Outcome::Done, _) => removed += 1,
                (Outcome::Waiting, why) => worst = Some(why),
                _ => left.push(one),
            }
        }
        match worst {
            Some(why) => (Outcome::Waiting, why),
            None => came_to(item, removed, &left),
        }
    }
}

/// What became of what was added, in a line. Only factors are called by what they are: devices and
/// passwords of applications have names that people give them.
fn came_to(item: Item, removed: usize, left: &[&Added]) -> (Outcome, String) {
    match (removed, left) {
        (0, []) => (Outcome::Done, "none was added since".to_owned()),
        (removed, []) => (Outcome::Done, format!("{removed} added since, and removed")),
        (removed, left) => {
            let timeless = left.iter().filter(|one| one.at.is_none()).count();
            let mut note = format!("{} added since", left.len() - timeless);
            if timeless > 0 {
                note += &format!(", {timeless} at a time not told");
            }
            if item == Item::Factors {
                let what: Vec<&str> =
                    left.iter().take(MOST_NAMED).map(|one| one.what.as_str()).collect();
                note += &format!(" ({})", what.join(", "));
            }
            note += ": look at them";
            if removed > 0 {
                note += &format!("; {removed} more removed");
            }
            (Outcome::ByHand, note)
        }
    }
}

/// Of what went differently with several accounts, the worst: a step is done when it is for all of them.
fn worst(went: Vec<Went>) -> Vec<Went> {
    let rank = |outcome| {
        let ranks =
            [Outcome::Done, Outcome::ByHand, Outcome::Failed, Outcome::Unknown, Outcome::Waiting];
        ranks.iter().position(|known| *known == outcome)
    };
    let mut all: Vec<Went> = Vec::new();
    for one in went {
        match all.iter_mut().find(|known| known.0 == one.0) {
            Some(known) if rank(one.1) > rank(known.1) => *known = one,
            Some(_) => {}
            None => all.push(one),
        }
    }
    all
}

/// Whether somebody may be suspended by a step that stands so.
const fn may_be(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Failed | Outcome::ByHand)
}

const fn is_final(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Waiting)
}

/// Whether somebody who was suspended is not let in again yet.
fn is_to_let_in(asked: &Asked) -> bool {
    let steps = || asked.steps.iter().filter(|(step, _)| step.ends_with(UNSUSPEND));
    steps().next().is_none() || steps().any(|(_, (outcome, ..))| !is_final(*outcome))
}

async fn in_time<T>(step: Pending<'_, Result<T, IdentityError>>) -> Result<T, IdentityError> {
    let result = tokio::time::timeout(LONGEST_STEP, step).await;
    result.unwrap_or_else(|_| {
        let why = format!("no answer in {} seconds", LONGEST_STEP.as_secs());
        Err(IdentityError::Unknown { why })
    })
}

/// Whatever may be made good is tried again, since every step may be repeated.
fn outcome_of(error: &IdentityError) -> Outcome {
    match error {
        IdentityError::Refused { .. } => Outcome::Failed,
        IdentityError::Later { .. } | IdentityError::Unknown { .. } => Outcome::Waiting,
    }
}
