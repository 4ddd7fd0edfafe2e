//! Whom a campaign makes it necessary to tell: what sessions touched becomes a list of customers, and people
//! say since when the organization knows, who sees to it, and who was told.
//!
//! The ledger is memory and the list is not: what it says of a customer is in the journal the moment it
//! is known, and stays when the evidence is withdrawn later, since somebody may have been told by then; it
//! is shown to rest upon nothing any more.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::task::JoinSet;
use unhook_engine::notification::{
    Customer, Event, MOST_REGIMES, Regime, Said, State, Status, Touch, Whom,
};
use unhook_engine::response::{Exposed, Exposure, Rung};
use unhook_model::{CampaignId, PersonId, Timestamp};

use super::blocking::said;
use super::{Service, ServiceError};
use crate::access::AuditEntry;
use crate::customer;
use crate::journal::Position;
use crate::ledger::Ledger;
use crate::people::{Contact, PeopleError};
use crate::record::Record;
use crate::views::{ViewError, Views};

/// The most customers of one campaign that are kept: with more, all customers are told.
pub const MOST_CUSTOMERS: usize = 20_000;

/// The most customers of whom something is said at once: as many lines fit into a commit.
pub const MOST_SETTLED: usize = 200;

/// How many customers the vault meets at once, so that it keeps them together.
const MOST_MET_AT_ONCE: usize = 256;

/// How many things one commit takes: some 200 KiB of them.
const MOST_IN_COMMIT: usize = 500;

/// Whom a campaign makes it necessary to tell, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notifications {
    /// The campaign.
    pub campaign: CampaignId,
    /// From when on times run, if data was touched or somebody said so.
    pub aware_at: Option<Timestamp>,
    /// When and why somebody said that the organization became aware.
    pub aware: Option<Said<(Timestamp, String)>>,
    /// What each rule asks for, the nearest end first; those without a number last.
    pub deadlines: Vec<Deadline>,
    /// The customers, in the order of their ids.
    pub customers: BTreeMap<PersonId, Customer>,
    /// How many of them nobody said anything final of.
    pub open_count: usize,
    /// What is known of those whose accounts touched them. Without [`Rung::Data`] among it, what said
    /// that their session touched anything was withdrawn.
    pub evidence: BTreeMap<PersonId, Vec<Exposure>>,
    /// How many customers were left out, of all campaigns since the start, beyond the bounds.
    pub left_out: u64,
}

impl Notifications {
    /// Whether what put a customer on the list still stands.
    #[must_use]
    pub fn stands(&self, customer: &Customer) -> bool {
        let is_data = |exposure: &Exposure| exposure.rung == Rung::Data;
        let touched = |person| self.evidence.get(person).is_some_and(|all| all.iter().any(is_data));
        customer.touches.keys().any(|(_, person)| touched(person))
    }
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The rule.
    pub regime: Regime,
    /// By when; nothing where the rule has no number, or no time runs.
    pub due_at: Option<Timestamp>,
    /// What somebody said of it.
    pub status: Option<Said<Status>>,
}

/// Who is behind the ids of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerNames {
    /// The application and what it calls them; those who were erased are not here.
    pub customers: BTreeMap<PersonId, (String, String)>,
    /// Who is responsible, by the names that the directory has.
    pub owners: BTreeMap<PersonId, String>,
}

/// What lists live by.
#[derive(Debug, Default)]
pub(super) struct Notifying {
    state: RwLock<State>,
    left_out: AtomicU64,
}

impl Notifying {
    /// As the views say.
    pub(super) fn of(views: &dyn Views) -> Result<Self, ViewError> {
        let mut state = State::default();
        for (position, event) in views.notifications()? {
            state.fold(position.to_raw(), &event);
        }
        Ok(Self { state: RwLock::new(state), left_out: AtomicU64::default() })
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from what was kept.
    pub(super) fn learn(&self, position: Position, records: &[Record]) {
        let mut events = records.iter().filter_map(|record| match record {
            Record::Notification(event) => Some(event),
            _ => None,
        });
        if let Some(first) = events.next() {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            std::iter::once(first)
                .chain(events)
                .for_each(|event| state.fold(position.to_raw(), event));
        }
    }
}

/// What a session touched and is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    campaign: CampaignId,
    person: PersonId,
    application: String,
    object: String,
    at: Timestamp,
}

/// What was found before, so that the vault is asked once.
pub(super) type Noted = HashMap<(CampaignId, PersonId, String, String), Timestamp>;

/// What a ledger says that was not noted, and the campaigns of which data was touched.
pub(super) fn found(ledger: &Ledger, noted: &Noted) -> (Vec<CampaignId>, Vec<Found>) {
    let (mut campaigns, mut new) = (Vec::new(), Vec::new());
    for (campaign, person) in ledger.data_touched() {
        if campaigns.last() != Some(&campaign) {
            campaigns.push(campaign);
        }
        for ((application, object), at) in ledger.objects(campaign, person) {
            let (application, object) = (application.to_owned(), object.to_owned());
            let key = (campaign, person, application, object);
            if noted.get(&key).is_none_or(|known| at < *known) {
                let (_, _, application, object) = key;
                new.push(Found { campaign, person, application, object, at });
            }
        }
    }
    (campaigns, new)
}

/// Notes what is kept now.
pub(super) fn note(noted: &mut Noted, kept: Vec<Found>) {
    for Found { campaign, person, application, object, at } in kept {
        noted.insert((campaign, person, application, object), at);
    }
}

impl Service {
    /// Keeps that data was touched, and whose it is.
    pub(super) async fn keep_touched(
        &self,
        campaigns: &[CampaignId],
        found: &[Found],
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let names: HashMap<CampaignId, Vec<CampaignId>> =
            campaigns.iter().map(|id| (*id, self.names_of(*id).unwrap_or(vec![*id]))).collect();
        let mut events: Vec<Event> = {
            let state = self.notifying.state();
            let new = campaigns.iter().filter(|id| !state.has_begun(&names[id]));
            new.map(|campaign| Event::Began { campaign: *campaign, at: now }).collect()
        };
        let mut added: HashMap<CampaignId, usize> = HashMap::new();
        for some in found.chunks(MOST_MET_AT_ONCE) {
            let customers = self.meet_customers(some, now).await?;
            let state = self.notifying.state();
            for (found, customer) in some.iter().zip(customers) {
                let names = &names[&found.campaign];
                let touch = found.touch(customer, now);
                if !state.is_news(names, &touch) {
                    continue;
                }
                if !state.has(names, customer) {
                    let added = added.entry(found.campaign).or_insert_with(|| state.count(names));
                    if *added >= MOST_CUSTOMERS {
                        self.notifying.left_out.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    *added += 1;
                }
                events.push(Event::Touched(touch));
            }
        }
        for some in events.chunks(MOST_IN_COMMIT) {
            self.keep_notifications(some.to_vec()).await?;
        }
        Ok(())
    }

    /// Who each of these is to the vault, which meets those whom it does not know.
    async fn meet_customers(
        &self,
        found: &[Found],
        now: Timestamp,
    ) -> Result<Vec<PersonId>, ServiceError> {
        let mut met = vec![None; found.len()];
        let mut meeting = JoinSet::new();
        for (nth, found) in found.iter().enumerate() {
            let contact = customer::contact(&found.application, &found.object);
            met[nth] = self.ports.people.owner(&contact)?;
            if met[nth].is_none() {
                let people = Arc::clone(&self.ports.people);
                meeting.spawn(async move { (nth, people.meet(&contact, now).await) });
            }
        }
        while let Some(joined) = meeting.join_next().await {
            let (nth, person) = joined.map_err(|stopped| PeopleError::Broken(stopped.into()))?;
            met[nth] = Some(person?.id);
        }
        Ok(met.into_iter().flatten().collect())
    }

    async fn keep_notifications(
        &self,
        events: Vec<Event>,
    ) -> Result<Option<Position>, ServiceError> {
        let kept = self.decide(move |draft| {
            for event in &events {
                draft.record(Record::Notification(event.clone()));
            }
        });
        kept.await.map(|((), position)| position)
    }

    /// All names that a campaign ever had; `None` when there is none.
    fn names_of(&self, campaign: CampaignId) -> Option<Vec<CampaignId>> {
        let engine = self.engine();
        engine.state().campaign(campaign).map(|campaign| campaign.names().collect())
    }

    /// Whom a campaign makes it necessary to tell, by any name it ever had; `None` when there is none.
    /// Customers stand in it by ids that say nothing.
    #[must_use]
    pub fn notifications(&self, campaign: CampaignId) -> Option<Notifications> {
        let (id, names) = {
            let engine = self.engine();
            let campaign = engine.state().campaign(campaign)?;
            (campaign.id(), campaign.names().collect::<Vec<_>>())
        };
        let list = self.notifying.state().list(&names);
        let aware_at = list.aware_at();
        let mut deadlines: Vec<Deadline> = self
            .settings
            .regimes
            .iter()
            .take(MOST_REGIMES)
            .map(|regime| Deadline {
                due_at: aware_at.and_then(|at| regime.within.after(at)),
                status: list.regimes.get(&regime.name).cloned(),
                regime: regime.clone(),
            })
            .collect();
        deadlines.sort_by_key(|deadline| (deadline.due_at.is_none(), deadline.due_at));
        let mut evidence: BTreeMap<PersonId, Vec<Exposure>> = BTreeMap::new();
        for exposure in self.responding.state().exposures(&names) {
            if let Exposed::Person(person) = exposure.who {
                evidence.entry(person).or_default().push(exposure.clone());
            }
        }
        let touching: std::collections::BTreeSet<PersonId> = list
            .customers
            .values()
            .flat_map(|known| known.touches.keys().map(|(_, p)| *p))
            .collect();
        evidence.retain(|person, _| touching.contains(person));
        Some(Notifications {
            campaign: id,
            aware_at,
            open_count: list.open_count(),
            aware: list.aware,
            deadlines,
            customers: list.customers,
            evidence,
            left_out: self.notifying.left_out.load(Ordering::Relaxed),
        })
    }

    /// Who is behind the ids of a campaign's list; `None` when there is no such campaign. The reason is
    /// recorded before anything is shown.
    ///
    /// # Errors
    /// When no reason is given, or it cannot be recorded, or the vault cannot be read.
    pub fn customer_names(
        &self,
        campaign: CampaignId,
        reason: &str,
        by: PersonId,
    ) -> Result<Option<CustomerNames>, ServiceError> {
        let Some(list) = self.notifications(campaign) else { return Ok(None) };
        self.ports.access.record(&AuditEntry {
            at: self.now(),
            by: Some(by),
            action: "customers-revealed".to_owned(),
            subject: campaign.to_string(),
            reason: Some(said("reason", reason)?),
        })?;
        let mut names = CustomerNames::default();
        for (id, customer) in &list.customers {
            let identity = self.ports.people.identity(*id)?;
            names.customers.extend(identity.and_then(|known| Some((*id, customer::name(&known)?))));
            let owner = customer.owner.as_ref().and_then(|said| said.what);
            let Some(owner) = owner.filter(|owner| !names.owners.contains_key(owner)) else {
                continue;
            };
            if let Some(identity) = self.ports.people.identity(owner)? {
                names.owners.insert(owner, identity.names.join(", "));
            }
        }
        Ok(Some(names))
    }

    /// Says since when the organization knows of a campaign; `None` when there is none.
    ///
    /// # Errors
    /// Says why not.
    pub async fn became_aware(
        &self,
        campaign: CampaignId,
        at: Timestamp,
        reason: &str,
        by: PersonId,
    ) -> Result<Option<Position>, ServiceError> {
        let Some(campaign) = self.notified(campaign) else { return Ok(None) };
        let (reason, said_at) = (said("reason", reason)?, self.now());
        if at > said_at {
            let why = "nobody becomes aware of anything in times to come; give a moment before now";
            return Err(ServiceError::Invalid(why.to_owned()));
        }
        let event = Event::Aware { campaign, at, reason, by, said_at };
        let position = self.keep_notifications(vec![event]).await?;
        self.last_position(position).map(Some)
    }

    /// Says how it stands with customers or rules, of whom at most [`MOST_SETTLED`] are named; `None` when
    /// there is no such campaign.
    ///
    /// # Errors
    /// Says why not: then it stands with all of them as before.
    pub async fn settle_notifications(
        &self,
        campaign: CampaignId,
        whom: Vec<Whom>,
        status: Status,
        by: PersonId,
    ) -> Result<Option<Position>, ServiceError> {
        let Some(campaign) = self.notified(campaign) else { return Ok(None) };
        let (status, now) = (self.checked(status)?, self.now());
        let customers = whom.iter().filter_map(|whom| match whom {
            Whom::Customer(customer) => Some(*customer),
            Whom::Regime(_) => None,
        });
        self.refuse_strangers_to(campaign, whom.len(), customers)?;
        for name in whom.iter().filter_map(|whom| match whom {
            Whom::Regime(name) => Some(name),
            Whom::Customer(_) => None,
        }) {
            if !self.settings.regimes.iter().any(|regime| regime.name == *name) {
                let why = format!("there is no rule called `{name}`; [[regimes]] has them");
                return Err(ServiceError::Invalid(why));
            }
        }
        let settled = |whom| Event::Settled { campaign, whom, status: status.clone(), by, at: now };
        let position = self.keep_notifications(whom.into_iter().map(settled).collect()).await?;
        self.last_position(position).map(Some)
    }

    /// Makes somebody of the directory responsible for customers, of whom at most [`MOST_SETTLED`] are
    /// named, or nobody; `None` when there is no such campaign.
    ///
    /// # Errors
    /// Says why not: then all is as before.
    pub async fn assign_customers(
        &self,
        campaign: CampaignId,
        customers: Vec<PersonId>,
        owner: Option<&Contact>,
        by: PersonId,
    ) -> Result<Option<Position>, ServiceError> {
        let Some(campaign) = self.notified(campaign) else { return Ok(None) };
        self.refuse_strangers_to(campaign, customers.len(), customers.iter().copied())?;
        let (owner, at) = (owner.map(|owner| self.enrolled(owner)).transpose()?, self.now());
        let owned = |customer| Event::Owned { campaign, customer, owner, by, at };
        let position = self.keep_notifications(customers.into_iter().map(owned).collect()).await?;
        self.last_position(position).map(Some)
    }

    /// The name that a campaign has now.
    fn notified(&self, campaign: CampaignId) -> Option<CampaignId> {
        self.engine().state().campaign(campaign).map(|campaign| campaign.id())
    }

    fn checked(&self, status: Status) -> Result<Status, ServiceError> {
        match status {
            Status::Open => Ok(Status::Open),
            Status::Informed { at, .. } if at > self.now() => {
                let why = "nobody was told in times to come; give a moment before now";
                Err(ServiceError::Invalid(why.to_owned()))
            }
            Status::Informed { at, how } => Ok(Status::Informed { at, how: said("note", &how)? }),
            Status::NotNeeded { why } => Ok(Status::NotNeeded { why: said("note", &why)? }),
        }
    }

    /// Only who is on the list is said anything of.
    fn refuse_strangers_to(
        &self,
        campaign: CampaignId,
        count: usize,
        customers: impl IntoIterator<Item = PersonId>,
    ) -> Result<(), ServiceError> {
        if !(1..=MOST_SETTLED).contains(&count) {
            let why = format!("name at least one, and at most {MOST_SETTLED} at once");
            return Err(ServiceError::Invalid(why));
        }
        let names = self.names_of(campaign).unwrap_or_default();
        let state = self.notifying.state();
        match customers.into_iter().find(|customer| !state.has(&names, *customer)) {
            Some(customer) => {
                let why = format!("{customer} is no customer on this campaign's list");
                Err(ServiceError::Invalid(why))
            }
            None => Ok(()),
        }
    }

    /// Somebody of the directory.
    fn enrolled(&self, contact: &Contact) -> Result<PersonId, ServiceError> {
        let people = &self.ports.people;
        let known = people.owner(contact)?.map(|id| people.person(id)).transpose()?.flatten();
        let known = known.filter(|person| person.standing.is_enrolled());
        known.map(|person| person.id).ok_or_else(|| {
            let why = "nobody of this name is in the directory; bring them in with `unhook people import`";
            ServiceError::Invalid(why.to_owned())
        })
    }
}

impl Found {
    fn touch(&self, customer: PersonId, noted_at: Timestamp) -> Touch {
        Touch {
            campaign: self.campaign,
            customer,
            application: self.application.clone(),
            person: self.person,
            at: self.at,
            noted_at,
        }
    }
}
