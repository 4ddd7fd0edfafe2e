//! Who must be told: which customers' data a campaign's sessions touched, since when the organization
//! knows, and what has been said to whom.
//!
//! What happens are [`Event`]s, which [`State`] adds up by campaign to a [`List`]. A customer stands in it
//! by an id that says nothing; who that is, the vault of people says. Which rules ask for what by when is
//! a table that the organization edits ([`Regime`]): it is asked when a list is shown, and not folded,
//! so a rule that is put right later holds for what happened before.
//!
//! Nothing here tells anybody anything, nor judges whether a rule applies: people do.

mod regime;

use std::collections::BTreeMap;

use unhook_model::{CampaignId, PersonId, Timestamp};

pub use regime::{MOST_REGIMES, Regime, Told, Within, usual};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was seen for the first time that a campaign's sessions touched data.
    Began {
        /// Which campaign.
        campaign: CampaignId,
        /// When it was seen.
        at: Timestamp,
    },
    /// A session touched what belongs to a customer.
    Touched(Touch),
    /// Somebody said since when the organization knows.
    Aware {
        /// Of which campaign.
        campaign: CampaignId,
        /// Since when.
        at: Timestamp,
        /// Why that moment.
        reason: String,
        /// Who said so.
        by: PersonId,
        /// When they said it.
        said_at: Timestamp,
    },
    /// Somebody is responsible for telling a customer, or nobody is any more.
    Owned {
        /// About which campaign.
        campaign: CampaignId,
        /// Which customer.
        customer: PersonId,
        /// Who is responsible.
        owner: Option<PersonId>,
        /// Who said so.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Somebody said how it stands with a customer, or with a rule.
    Settled {
        /// About which campaign.
        campaign: CampaignId,
        /// With whom.
        whom: Whom,
        /// How it stands.
        status: Status,
        /// Who said so.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
}

impl Event {
    /// The campaign that it is about.
    #[must_use]
    pub const fn campaign(&self) -> CampaignId {
        match self {
            Self::Began { campaign, .. }
            | Self::Touched(Touch { campaign, .. })
            | Self::Aware { campaign, .. }
            | Self::Owned { campaign, .. }
            | Self::Settled { campaign, .. } => *campaign,
        }
    }
}

/// A session touched what belongs to a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The campaign whose lure let the session in.
    pub campaign: CampaignId,
    /// Whose it is, by an id that says nothing.
    pub customer: PersonId,
    /// In which application.
    pub application: String,
    /// Whose account the session had.
    pub person: PersonId,
    /// When, the first time that is known.
    pub at: Timestamp,
    /// When that became known.
    pub noted_at: Timestamp,
}

/// With whom something stands in some way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// A customer.
    Customer(PersonId),
    /// Those whom a rule of this name wants told.
    Regime(String),
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is to be seen to.
    Open,
    /// They were told.
    Informed {
        /// When.
        at: Timestamp,
        /// How, in a line.
        how: String,
    },
    /// They need not be.
    NotNeeded {
        /// Why, in a line.
        why: String,
    },
}

impl Status {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Informed { .. } => "informed",
            Self::NotNeeded { .. } => "not-needed",
        }
    }
}

/// Something that somebody said, with the place in the journal where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// What.
    pub what: T,
    /// Who said so.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Where it stands.
    pub position: u64,
}

/// When what belongs to a customer was first touched, and since when that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// When.
    pub at: Timestamp,
    /// When that became known.
    pub noted_at: Timestamp,
    /// Where it stands in the journal.
    pub position: u64,
}

/// A customer on a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// By which application and whose account it was touched.
    pub touches: BTreeMap<(String, PersonId), Touched>,
    /// Who is responsible.
    pub owner: Option<Said<Option<PersonId>>>,
    /// How it stands; nobody said anything yet if there is nothing.
    pub status: Option<Said<Status>>,
}

/// What is known of whom a campaign makes it necessary to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// When it was first seen that data was touched.
    pub began: Option<Timestamp>,
    /// Since when the organization knows and why that moment, if somebody said so.
    pub aware: Option<Said<(Timestamp, String)>>,
    /// The customers.
    pub customers: BTreeMap<PersonId, Customer>,
    /// How it stands with the rules that somebody said something of, by their names.
    pub regimes: BTreeMap<String, Said<Status>>,
}

impl List {
    /// From when on times run: since when somebody said that the organization knows, or else when it
    /// was first seen that data was touched.
    #[must_use]
    pub fn aware_at(&self) -> Option<Timestamp> {
        self.aware.as_ref().map(|said| said.what.0).or(self.began)
    }

    /// How many customers nobody said anything final of.
    #[must_use]
    pub fn open_count(&self) -> usize {
        let is_open = |customer: &&Customer| {
            customer.status.as_ref().is_none_or(|said| said.what == Status::Open)
        };
        self.customers.values().filter(is_open).count()
    }

    fn fold(&mut self, position: u64, event: &Event) {
        match event {
            Event::Began { at, .. } => self.begin(Some(*at)),
            Event::Touched(touch) => {
                let key = (touch.application.clone(), touch.person);
                let (at, noted_at) = (touch.at, touch.noted_at);
                let customer = self.customers.entry(touch.customer).or_default();
                customer.touch(key, Touched { at, noted_at, position });
            }
            Event::Aware { at, reason, by, said_at, .. } => {
                let what = (*at, reason.clone());
                say(&mut self.aware, Said { what, by: *by, at: *said_at, position });
            }
            Event::Owned { customer, owner, by, at, .. } => {
                let customer = self.customers.entry(*customer).or_default();
                say(&mut customer.owner, Said { what: *owner, by: *by, at: *at, position });
            }
            Event::Settled { whom, status, by, at, .. } => {
                let said = Said { what: status.clone(), by: *by, at: *at, position };
                match whom {
                    Whom::Customer(customer) => {
                        say(&mut self.customers.entry(*customer).or_default().status, said);
                    }
                    Whom::Regime(name) => settle(&mut self.regimes, name, said),
                }
            }
        }
    }

    fn begin(&mut self, at: Option<Timestamp>) {
        self.began = self.began.into_iter().chain(at).min();
    }

    /// Adds what is known by another name of the same campaign.
    fn add(&mut self, other: &Self) {
        self.begin(other.began);
        other.aware.iter().for_each(|said| say(&mut self.aware, said.clone()));
        for (id, theirs) in &other.customers {
            let ours = self.customers.entry(*id).or_default();
            for (key, touched) in &theirs.touches {
                ours.touch(key.clone(), *touched);
            }
            theirs.owner.iter().for_each(|said| say(&mut ours.owner, said.clone()));
            theirs.status.iter().for_each(|said| say(&mut ours.status, said.clone()));
        }
        for (name, said) in &other.regimes {
            settle(&mut self.regimes, name, said.clone());
        }
    }
}

impl Customer {
    /// Of what one account touched in one application the earliest counts.
    fn touch(&mut self, key: (String, PersonId), new: Touched) {
        let known = self.touches.entry(key).or_insert(new);
        if new.at < known.at {
            *known = new;
        }
    }
}

/// What was said last counts; what comes again changes nothing.
fn say<T>(known: &mut Option<Said<T>>, new: Said<T>) {
    if known.as_ref().is_none_or(|known| known.position <= new.position) {
        *known = Some(new);
    }
}

fn settle(regimes: &mut BTreeMap<String, Said<Status>>, name: &str, said: Said<Status>) {
    let mut known = regimes.remove(name);
    say(&mut known, said);
    regimes.extend(known.map(|known| (name.to_owned(), known)));
}

/// The lists of all campaigns.
#[derive(Clone, Debug, Default)]
pub struct State {
    lists: BTreeMap<CampaignId, List>,
}

impl State {
    /// Adds what happened, with its place in the journal.
    pub fn fold(&mut self, position: u64, event: &Event) {
        self.lists.entry(event.campaign()).or_default().fold(position, event);
    }

    /// What is known of a campaign, by all names that it ever had.
    #[must_use]
    pub fn list(&self, names: &[CampaignId]) -> List {
        let mut list = List::default();
        names.iter().filter_map(|name| self.lists.get(name)).for_each(|known| list.add(known));
        list
    }

    /// Whether it is known of a campaign that data was touched.
    #[must_use]
    pub fn has_begun(&self, names: &[CampaignId]) -> bool {
        let mut known = names.iter().filter_map(|name| self.lists.get(name));
        known.any(|list| list.began.is_some())
    }

    /// Whether a touch says something that is not known: another customer, application or account, or
    /// an earlier time.
    #[must_use]
    pub fn is_news(&self, names: &[CampaignId], touch: &Touch) -> bool {
        let key = (touch.application.clone(), touch.person);
        let known = names.iter().filter_map(|name| self.lists.get(name));
        let touches = known.filter_map(|list| list.customers.get(&touch.customer));
        touches.filter_map(|known| known.touches.get(&key)).all(|known| touch.at < known.at)
    }

    /// How many customers a campaign has.
    #[must_use]
    pub fn count(&self, names: &[CampaignId]) -> usize {
        names.iter().filter_map(|name| self.lists.get(name)).map(|list| list.customers.len()).sum()
    }

    /// Whether a customer is on a campaign's list.
    #[must_use]
    pub fn has(&self, names: &[CampaignId], customer: PersonId) -> bool {
        let mut known = names.iter().filter_map(|name| self.lists.get(name));
        known.any(|list| list.customers.contains_key(&customer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMPAIGN: CampaignId = CampaignId::from_bytes([1; 16]);
    const OTHER: CampaignId = CampaignId::from_bytes([2; 16]);

    fn person(n: u8) -> PersonId {
        PersonId::from_bytes([n; 16])
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_unix_ms(minute * 60_000)
    }

    fn touched(campaign: CampaignId, customer: u8, minute: i64) -> Event {
        Event::Touched(touch(campaign, customer, minute))
    }

    fn touch(campaign: CampaignId, customer: u8, minute: i64) -> Touch {
        Touch {
            campaign,
            customer: person(customer),
            application: "console".to_owned(),
            person: person(9),
            at: at(minute),
            noted_at: at(100),
        }
    }

    fn settled(customer: u8, status: Status) -> Event {
        let whom = Whom::Customer(person(customer));
        Event::Settled { campaign: CAMPAIGN, whom, status, by: person(8), at: at(200) }
    }

    fn informed() -> Status {
        Status::Informed { at: at(150), how: "by mail".to_owned() }
    }

    fn folded(events: &[Event]) -> State {
        let mut state = State::default();
        for (position, event) in (1..).zip(events) {
            state.fold(position, event);
        }
        state
    }

    #[test]
    fn the_first_touch_counts_and_the_last_word() {
        let not_needed = Status::NotNeeded { why: "a test account".to_owned() };
        let state = folded(&[
            touched(CAMPAIGN, 1, 7),
            touched(CAMPAIGN, 1, 5),
            touched(CAMPAIGN, 1, 6),
            settled(1, informed()),
            settled(1, not_needed.clone()),
        ]);
        let list = state.list(&[CAMPAIGN]);
        let customer = &list.customers[&person(1)];
        let first = customer.touches[&("console".to_owned(), person(9))];
        assert_eq!((first.at, first.position), (at(5), 2));
        assert_eq!(customer.status.as_ref().map(|said| &said.what), Some(&not_needed));
        assert_eq!(list.open_count(), 0);
        assert!(!state.is_news(&[CAMPAIGN], &touch(CAMPAIGN, 1, 5)));
        assert!(state.is_news(&[CAMPAIGN], &touch(CAMPAIGN, 1, 4)));
        assert!(state.is_news(&[CAMPAIGN], &touch(CAMPAIGN, 2, 5)));
    }

    #[test]
    fn what_comes_again_changes_nothing() {
        let events = [touched(CAMPAIGN, 1, 5), settled(1, informed()), settled(1, Status::Open)];
        let mut state = folded(&events);
        let once = state.list(&[CAMPAIGN]);
        for (position, event) in (1..).zip(&events) {
            state.fold(position, event);
        }
        assert_eq!(state.list(&[CAMPAIGN]), once);
        assert_eq!(once.open_count(), 1);
    }

    #[test]
    fn a_campaign_of_two_names_has_one_list() {
        let state = folded(&[
            touched(CAMPAIGN, 1, 7),
            touched(OTHER, 1, 5),
            touched(OTHER, 2, 5),
            settled(1, informed()),
        ]);
        let list = state.list(&[OTHER, CAMPAIGN]);
        assert_eq!(list.customers.len(), 2);
        let first = list.customers[&person(1)].touches.values().next().unwrap();
        assert_eq!(first.at, at(5));
        assert!(list.customers[&person(1)].status.is_some());
        assert!(!state.has(&[CAMPAIGN], person(2)) && state.has(&[OTHER], person(2)));
    }

    #[test]
    fn times_run_from_what_was_seen_until_somebody_says_otherwise() {
        let began = |minute| Event::Began { campaign: CAMPAIGN, at: at(minute) };
        let mut state = folded(&[began(10), began(20)]);
        assert_eq!(state.list(&[CAMPAIGN]).aware_at(), Some(at(10)));
        assert!(state.has_begun(&[CAMPAIGN]) && !state.has_begun(&[OTHER]));
        let reason = "the on-call engineer saw it".to_owned();
        let (by, said_at) = (person(8), at(30));
        state.fold(3, &Event::Aware { campaign: CAMPAIGN, at: at(4), reason, by, said_at });
        assert_eq!(state.list(&[CAMPAIGN]).aware_at(), Some(at(4)));
        assert_eq!(State::default().list(&[CAMPAIGN]).aware_at(), None);
    }

    #[test]
    fn an_owner_can_be_taken_off_again() {
        let owned = |owner| {
            let (campaign, customer, by) = (CAMPAIGN, person(1), person(8));
            Event::Owned { campaign, customer, owner, by, at: at(1) }
        };
        let state = folded(&[owned(Some(person(3))), owned(None)]);
        let list = state.list(&[CAMPAIGN]);
        assert_eq!(list.customers[&person(1)].owner.as_ref().map(|said| said.what), Some(None));
    }

    #[test]
    fn a_rule_is_settled_by_its_name() {
        let whom = Whom::Regime("GDPR".to_owned());
        let (by, status) = (person(8), informed());
        let event = Event::Settled { campaign: CAMPAIGN, whom, status, by, at: at(2) };
        let list = folded(&[event]).list(&[CAMPAIGN]);
        assert_eq!(list.regimes["GDPR"].what, informed());
    }
}
