//! Those who were caught are signed out, and what an actor may have left is looked for: actions that
//! were agreed to, done at each identity provider.
//!
//! Every step is safe to repeat. So nothing is kept of one that is begun: after a crash whatever is not
//! known to be done is done again. What no provider can do here is said, for a person to do; nothing
//! is passed over in silence.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use unhook_engine::response::{ActionState, Asked, Deed, Event, Outcome};
use unhook_model::{ActionId, PersonId, Timestamp};

use super::{Service, ServiceError};
use crate::backoff::next_attempt;
use crate::identity::{IdentityError, IdentityProvider, Performed, Step};
use crate::people::Contact;
use crate::record::Record;

/// How many people are evicted at once.
const MOST_AT_ONCE: usize = 16;

/// How long one step may take.
const LONGEST_STEP: Duration = Duration::from_secs(30);

/// How often a person's steps are tried before those that fail are left to a person.
const MOST_ATTEMPTS: u32 = 30;

/// How long until it is looked again whether something is due.
const LOOK: Duration = Duration::from_secs(1);

/// What only a person can do, wherever the account is.
const BY_HAND: [(&str, &str); 2] = [
    ("mail-rules", "look for rules that send mail on, and remove them"),
    ("application-sessions", "end the sessions of applications that keep their own"),
];

/// Evicts whom it was agreed to evict, until it is told to stop.
pub(super) async fn run(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let mut due: BTreeMap<ActionId, (u32, Timestamp)> = BTreeMap::new();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = service.responding.eviction_agreed() => {}
            () = tokio::time::sleep(LOOK), if !due.is_empty() => {}
        }
        let pending = service.pending_evictions();
        due.retain(|id, _| pending.iter().any(|asked| asked.action.id == *id));
        let now = service.now();
        let is_due = |asked: &Asked| due.get(&asked.action.id).is_none_or(|(_, at)| *at <= now);
        let mut ready = pending.into_iter().filter(is_due).collect::<Vec<_>>().into_iter();
        let mut at_work = JoinSet::new();
        loop {
            while at_work.len() < MOST_AT_ONCE
                && let Some(asked) = ready.next()
            {
                let tries = due.get(&asked.action.id).map_or(0, |(tries, _)| *tries) + 1;
                let service = Arc::clone(&service);
                at_work.spawn(async move {
                    let id = asked.action.id;
                    (id, tries, service.evict(&asked, tries).await)
                });
            }
            let Some(ended) = at_work.join_next().await else { break };
            let Ok((id, tries, result)) = ended else { continue };
            if let Err(error) = result {
                tracing::warn!(%error, "how an eviction went could not be kept; it is done again");
            }
            let wait = next_attempt(tries, None, service.ports.surroundings.random());
            due.insert(id, (tries, service.now().plus(wait)));
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
            is_eviction && is_open && asked.state() == ActionState::Approved
        };
        state.actions().filter(pending).cloned().collect()
    }

    /// Does what is not done yet for one person, and keeps how it went.
    async fn evict(&self, asked: &Asked, tries: u32) -> Result<(), ServiceError> {
        let Deed::Evict { person, suspend } = asked.action.deed else { return Ok(()) };
        let mut went: Vec<(String, Outcome, String)> = Vec::new();
        for provider in &self.ports.identity_providers {
            went.extend(self.evict_from(&**provider, person, suspend, asked).await?);
        }
        let is_known = |step: &str| asked.steps.contains_key(step);
        if went.is_empty() && asked.steps.is_empty() {
            let why = "no identity provider knows an account of this person".to_owned();
            went.push(("accounts".to_owned(), Outcome::ByHand, why));
        }
        for (step, what) in BY_HAND.iter().filter(|(step, _)| !is_known(step)) {
            went.push(((*step).to_owned(), Outcome::ByHand, (*what).to_owned()));
        }
        if tries >= MOST_ATTEMPTS {
            for (_, outcome, _) in went.iter_mut().filter(|went| went.1 == Outcome::Waiting) {
                *outcome = Outcome::Failed;
            }
        }
        let (action, at) = (asked.action.id, self.now());
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
        provider: &dyn IdentityProvider,
        person: PersonId,
        suspend: bool,
        asked: &Asked,
    ) -> Result<Vec<(String, Outcome, String)>, ServiceError> {
        let mut went = Vec::new();
        let is_done = |step: &String| {
            asked.steps.get(step).is_some_and(|(outcome, ..)| *outcome == Outcome::Done)
        };
        for login in self.logins_of(person)? {
            let found = in_time(provider.find(&login)).await;
            let account = match found {
                Ok(Some(account)) => account,
                Ok(None) => continue,
                Err(error) => {
                    let step = format!("{} account", provider.name());
                    went.push((step, outcome_of(&error), why(&error)));
                    continue;
                }
            };
            // A provider may refuse to suspend an account whose password has expired.
            let suspends = suspend.then_some(Step::Suspend).into_iter();
            let steps =
                suspends.chain([Step::EndSessions, Step::RevokeTokens, Step::ExpirePassword]);
            for step in steps {
                let ability = step.ability();
                let name = format!("{} {}", provider.name(), ability.name());
                if is_done(&name) {
                    continue;
                }
                if !provider.abilities().contains(&ability) {
                    let what = format!("{} cannot do this; do it there", provider.name());
                    went.push((name, Outcome::ByHand, what));
                    continue;
                }
                went.push(match in_time(provider.perform(&step, &account.id)).await {
                    Ok(Performed::Done) => (name, Outcome::Done, "done".to_owned()),
                    Ok(Performed::Told) => {
                        (name, Outcome::Done, "the receiver was told".to_owned())
                    }
                    Err(error) => (name, outcome_of(&error), why(&error)),
                });
            }
            went.extend(self.look_for_additions(provider, &account.id, asked).await);
        }
        Ok(went)
    }

    /// What was added to an account since the campaign came up, for a person to look at.
    async fn look_for_additions(
        &self,
        provider: &dyn IdentityProvider,
        account: &str,
        asked: &Asked,
    ) -> Option<(String, Outcome, String)> {
        let step = format!("{} additions", provider.name());
        if asked.steps.contains_key(&step) {
            return None;
        }
        let since = asked.action.campaign.and_then(|campaign| {
            let engine = self.engine();
            engine.state().campaign(campaign).and_then(|campaign| campaign.first_report_at())
        });
        let since = since.unwrap_or(asked.action.at);
        let (outcome, note) = match in_time(provider.since(account, since)).await {
            Err(error) => (outcome_of(&error), why(&error)),
            Ok(additions) => {
                let all = [additions.factors, additions.devices, additions.app_passwords];
                match all.iter().flatten().map(Vec::len).sum::<usize>() {
                    0 => (Outcome::Done, "nothing was added that can be seen".to_owned()),
                    count => {
                        let what =
                            format!("{count} added since, or at a time not told: look at them");
                        (Outcome::ByHand, what)
                    }
                }
            }
        };
        Some((step, outcome, note))
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

async fn in_time<T>(
    step: crate::people::Pending<'_, Result<T, IdentityError>>,
) -> Result<T, IdentityError> {
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

fn why(error: &IdentityError) -> String {
    match error {
        IdentityError::Later { why, .. }
        | IdentityError::Refused { why }
        | IdentityError::Unknown { why } => why.clone(),
    }
}
