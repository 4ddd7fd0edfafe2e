//! What all that was done adds up to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use unhook_model::{ActionId, CampaignId, Hostname, PersonId, Timestamp};

use super::playbook::HOUR;
use super::{Action, Block, Deed, Event, Exposed, Exposure, Lift, Listing, Outcome, Rung};

/// How many lifted blocks are remembered, the newest.
const MOST_LIFTED: usize = 10_000;

/// What was done, and what waits for somebody.
#[derive(Clone, Debug, Default)]
pub struct State {
    blocks: BTreeMap<Hostname, Block>,
    lifted: VecDeque<(Block, Lift, Timestamp)>,
    lists: BTreeMap<String, ListHead>,
    actions: BTreeMap<ActionId, Asked>,
    /// Those that wait for somebody.
    waiting: BTreeSet<ActionId>,
    exposures: BTreeMap<CampaignId, BTreeMap<(Exposed, Rung, String), Exposure>>,
}

/// A list of names, without the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListHead {
    /// How many names are in it.
    pub count: u64,
    /// What it is, in a line.
    pub reason: String,
    /// Who brought it in last.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
}

/// An action, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What was proposed.
    pub action: Action,
    /// Who agreed.
    pub approved_by: BTreeSet<PersonId>,
    /// Since when enough have.
    pub approved_at: Option<Timestamp>,
    /// Who declined, why, and when.
    pub declined: Option<(Option<PersonId>, String, Timestamp)>,
    /// Whether the same was done otherwise meanwhile, so that nobody needs to say anything.
    pub is_superseded: bool,
    /// How each step outside stands, by its name, with a line and the time.
    pub steps: BTreeMap<String, (Outcome, String, Timestamp)>,
    /// The steps that were begun and not ended.
    pub begun: BTreeSet<String>,
    /// The steps that a person saw to, and who.
    pub seen_to: BTreeMap<String, PersonId>,
    /// Since when no step waits any more.
    pub settled_at: Option<Timestamp>,
    /// Who took it back, and when.
    pub undone: Option<(PersonId, Timestamp)>,
    /// When the actor first signed in again after it, and what was seen.
    pub returned: Option<(Timestamp, String)>,
}

/// How an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionState {
    /// It waits for somebody to agree.
    Asked,
    /// It was agreed to, or needs nobody.
    Approved,
    /// Somebody said no.
    Declined,
    /// Nobody said anything in time.
    Lapsed,
    /// The same was done otherwise, and nothing is asked any more.
    Superseded,
}

impl ActionState {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
            Self::Superseded => "superseded",
        }
    }
}

impl Asked {
    /// How it stands.
    #[must_use]
    pub fn state(&self) -> ActionState {
        match (&self.declined, self.approved_at) {
            (Some((None, ..)), _) => ActionState::Lapsed,
            (Some(_), _) => ActionState::Declined,
            (None, Some(_)) => ActionState::Approved,
            (None, None) if self.is_superseded => ActionState::Superseded,
            (None, None) => ActionState::Asked,
        }
    }

    /// Whether this would change when the actor is known to have come back: the earliest counts.
    #[must_use]
    pub fn is_return_news(&self, at: Timestamp, evidence: &str) -> bool {
        let known = self.returned.as_ref();
        known.is_none_or(|(known_at, known)| (at, evidence) < (*known_at, known.as_str()))
    }

    /// Whether a person may say that they saw to this step: nothing here does it any more.
    #[must_use]
    pub fn is_for_a_person(&self, step: &str) -> bool {
        let is_left = |outcome| !matches!(outcome, Outcome::Done | Outcome::Waiting);
        self.steps.get(step).is_some_and(|(outcome, ..)| is_left(*outcome))
    }

    fn see_to(&mut self, step: &str, by: PersonId, at: Timestamp) {
        if !self.is_for_a_person(step) {
            return;
        }
        if let Some(known) = self.steps.get_mut(step) {
            known.0 = Outcome::Done;
            known.2 = at;
            self.seen_to.insert(step.to_owned(), by);
        }
    }

    fn settle(&mut self, at: Timestamp) {
        let is_open = self.steps.values().any(|(outcome, ..)| *outcome == Outcome::Waiting);
        self.settled_at = if is_open { None } else { self.settled_at.or(Some(at)) };
    }

    /// How many more people have to agree.
    #[must_use]
    pub fn missing(&self) -> usize {
        usize::from(self.action.approvals).saturating_sub(self.approved_by.len())
    }
}

impl State {
    /// Adds what happened. What comes again changes nothing.
    pub fn fold(&mut self, event: &Event) {
        match event {
            Event::Proposed(action) => self.propose(action),
            Event::Approved { action, by, at } => self.approve(*action, *by, *at),
            Event::Declined { action, by, reason, at } => {
                if let Some(asked) = self.open(*action) {
                    asked.declined = Some((*by, reason.clone(), *at));
                    self.waiting.remove(action);
                }
            }
            Event::Begun { action, step, .. } => {
                if let Some(asked) = self.actions.get_mut(action) {
                    asked.begun.insert(step.clone());
                }
            }
            Event::Ended { action, step, outcome, note, at } => {
                if let Some(asked) = self.actions.get_mut(action) {
                    asked.begun.remove(step);
                    asked.steps.insert(step.clone(), (*outcome, note.clone(), *at));
                    asked.settle(*at);
                }
            }
            Event::SeenTo { action, step, by, at } => {
                if let Some(asked) = self.actions.get_mut(action) {
                    asked.see_to(step, *by, *at);
                }
            }
            Event::Undone { action, by, at } => {
                if let Some(asked) = self.actions.get_mut(action) {
                    asked.undone.get_or_insert((*by, *at));
                }
            }
            Event::Returned { action, at, evidence } => {
                if let Some(asked) = self.actions.get_mut(action)
                    && asked.is_return_news(*at, evidence)
                {
                    asked.returned = Some((*at, evidence.clone()));
                }
            }
            Event::Blocked(block) => {
                self.blocks.insert(block.name.clone(), block.clone());
                let done = Deed::Block { name: block.name.clone(), lasts: None };
                self.supersede(&done, block.action);
            }
            Event::Lifted { name, why, at, .. } => self.lift(name, *why, *at),
            Event::Listed(listing) => self.list(listing),
            Event::Exposed(exposure) => self.expose(exposure),
            Event::Withdrawn { campaign, who, rung, source, .. } => {
                if let Some(known) = self.exposures.get_mut(campaign) {
                    known.remove(&(who.clone(), *rung, source.clone()));
                }
            }
        }
    }

    fn propose(&mut self, action: &Action) {
        if self.actions.contains_key(&action.id) {
            return;
        }
        let runs = action.approvals == 0;
        let asked = Asked {
            action: action.clone(),
            approved_by: BTreeSet::new(),
            approved_at: runs.then_some(action.at),
            declined: None,
            is_superseded: false,
            steps: BTreeMap::new(),
            begun: BTreeSet::new(),
            seen_to: BTreeMap::new(),
            settled_at: None,
            undone: None,
            returned: None,
        };
        self.actions.insert(action.id, asked);
        if runs {
            self.supersede(&action.deed, Some(action.id));
        } else {
            self.waiting.insert(action.id);
        }
    }

    /// What was done need not be asked about any more.
    fn supersede(&mut self, done: &Deed, by: Option<ActionId>) {
        let actions = &mut self.actions;
        self.waiting.retain(|id| {
            let same = |asked: &&mut Asked| asked.action.deed.is_about_the_same(done);
            let Some(asked) = actions.get_mut(id).filter(same).filter(|_| by != Some(*id)) else {
                return true;
            };
            asked.is_superseded = true;
            false
        });
    }

    fn approve(&mut self, action: ActionId, by: PersonId, at: Timestamp) {
        let Some(asked) = self.open(action) else { return };
        asked.approved_by.insert(by);
        if asked.missing() == 0 {
            asked.approved_at = Some(at);
            self.waiting.remove(&action);
        }
    }

    /// An action that still waits for somebody.
    fn open(&mut self, action: ActionId) -> Option<&mut Asked> {
        self.actions.get_mut(&action).filter(|asked| asked.state() == ActionState::Asked)
    }

    fn lift(&mut self, name: &Hostname, why: Lift, at: Timestamp) {
        let Some(block) = self.blocks.remove(name) else { return };
        self.lifted.push_back((block, why, at));
        if self.lifted.len() > MOST_LIFTED {
            self.lifted.pop_front();
        }
    }

    /// Of what one source saw of one person at one rung, the earliest counts, in whatever order it
    /// comes.
    fn expose(&mut self, exposure: &Exposure) {
        if self.is_news(exposure) {
            let key = (exposure.who.clone(), exposure.rung, exposure.source.clone());
            self.exposures.entry(exposure.campaign).or_default().insert(key, exposure.clone());
        }
    }

    /// Whether this would change how far a campaign is known to have got: what one source saw of
    /// one person at one rung is known by the earliest.
    #[must_use]
    pub fn is_news(&self, exposure: &Exposure) -> bool {
        self.exposure_like(exposure).is_none_or(|known| exposure.is_before(known))
    }

    /// What the same source saw of the same person at the same rung.
    #[must_use]
    pub fn exposure_like(&self, exposure: &Exposure) -> Option<&Exposure> {
        let key = (exposure.who.clone(), exposure.rung, exposure.source.clone());
        self.exposures.get(&exposure.campaign)?.get(&key)
    }

    fn list(&mut self, listing: &Listing) {
        if listing.count == 0 {
            self.lists.remove(&listing.list);
            return;
        }
        let head = ListHead {
            count: listing.count,
            reason: listing.reason.clone(),
            by: listing.by,
            at: listing.at,
            expires_at: listing.expires_at,
        };
        self.lists.insert(listing.list.clone(), head);
    }

    /// What a playbook needs to know when it looks at a campaign of these names: its actions, and what
    /// playbooks did in the hour before `now`. A copy, for deciding on top of.
    #[must_use]
    pub fn clone_for(&self, names: &[CampaignId], now: Timestamp) -> Self {
        // Letters are nothing to it, and long.
        let actions = || self.actions.iter().filter(|(_, asked)| asked.letter().is_none());
        let since = now.minus(HOUR);
        let latest = actions().rev().take_while(|(_, asked)| asked.action.at >= since);
        let latest = latest.map(|(id, _)| *id);
        let about = self.actions_about(names).filter(|asked| asked.letter().is_none());
        let about = about.map(|asked| asked.action.id);
        let ids: BTreeSet<ActionId> = latest.chain(about).collect();
        let actions = ids.iter().filter_map(|id| Some((*id, self.actions.get(id)?.clone())));
        let actions: BTreeMap<ActionId, Asked> = actions.collect();
        let names: BTreeSet<&Hostname> = actions
            .values()
            .filter_map(|asked| match &asked.action.deed {
                Deed::Block { name, .. } => Some(name),
                Deed::Evict { .. } | Deed::Write(_) => None,
            })
            .collect();
        let blocks = names.iter().filter_map(|name| self.blocks.get(*name));
        let blocks = blocks.map(|block| (block.name.clone(), block.clone())).collect();
        let lifted = self.lifted.iter().filter(|(block, ..)| names.contains(&block.name));
        let lifted = lifted.cloned().collect();
        let waiting = self.waiting.iter().filter(|id| actions.contains_key(id)).copied().collect();
        Self { blocks, lifted, waiting, actions, ..Self::default() }
    }

    /// One action, and nothing else. A copy, for deciding on top of.
    #[must_use]
    pub fn only(&self, id: ActionId) -> Self {
        let known = self.actions.get(&id).map(|asked| (id, asked.clone()));
        let waiting = self.waiting.get(&id).copied();
        Self {
            actions: known.into_iter().collect(),
            waiting: waiting.into_iter().collect(),
            ..Self::default()
        }
    }

    /// How far a campaign of these names got, and nothing else. A copy, for deciding on top of.
    #[must_use]
    pub fn exposures_of(&self, names: &[CampaignId]) -> Self {
        let of = names.iter().filter_map(|name| Some((*name, self.exposures.get(name)?.clone())));
        Self { exposures: of.collect(), ..Self::default() }
    }

    /// The names that were blocked one by one, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.values()
    }

    /// The block of this very name.
    #[must_use]
    pub fn block(&self, name: &Hostname) -> Option<&Block> {
        self.blocks.get(name)
    }

    /// Blocks that were lifted, the newest first.
    pub fn lifted(&self) -> impl Iterator<Item = &(Block, Lift, Timestamp)> {
        self.lifted.iter().rev()
    }

    /// The lists of names, by name.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &ListHead)> {
        self.lists.iter().map(|(name, head)| (name.as_str(), head))
    }

    /// One action.
    #[must_use]
    pub fn action(&self, id: ActionId) -> Option<&Asked> {
        self.actions.get(&id)
    }

    /// All actions, the newest first.
    pub fn actions(&self) -> impl Iterator<Item = &Asked> {
        self.actions.values().rev()
    }

    /// Those about a campaign, by any of its names, the newest first.
    pub fn actions_about<'s>(&'s self, names: &'s [CampaignId]) -> impl Iterator<Item = &'s Asked> {
        self.actions().filter(|asked| asked.action.campaign.is_some_and(|id| names.contains(&id)))
    }

    /// Those that wait for somebody, the oldest first.
    pub fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.waiting.iter().filter_map(|id| self.actions.get(id))
    }

    /// How far a campaign got, by any of its names: with each, rung by rung and source by source.
    pub fn exposures<'s>(&'s self, names: &'s [CampaignId]) -> impl Iterator<Item = &'s Exposure> {
        names.iter().filter_map(|name| self.exposures.get(name)).flat_map(BTreeMap::values)
    }

    /// Whether a name was blocked until its time was over, and is not any more.
    fn has_expired(&self, name: &Hostname) -> bool {
        let last = || self.lifted().find(|(block, ..)| block.name == *name);
        !self.blocks.contains_key(name) && last().is_some_and(|(_, why, _)| *why == Lift::Expired)
    }

    /// Whether there is nothing to propose for a campaign, because the same was proposed before,
    /// whatever became of it. A block whose time was over may be proposed again, and an eviction after
    /// which the actor came back; and what `runs` by itself by now need not wait for somebody.
    #[must_use]
    pub fn was_proposed(&self, names: &[CampaignId], deed: &Deed, runs: bool) -> bool {
        let is_over = |asked: &Asked| match &asked.action.deed {
            Deed::Block { name, .. } => self.has_expired(name),
            Deed::Evict { .. } => asked.returned.is_some(),
            Deed::Write(_) => false,
        };
        let may_come_again =
            |asked: &Asked| is_over(asked) || runs && self.waiting.contains(&asked.action.id);
        let same = |asked: &&Asked| asked.action.deed.is_about_the_same(deed);
        self.actions_about(names).filter(same).any(|asked| !may_come_again(asked))
    }
}

impl Deed {
    /// Whether this is the same done to the same, perhaps for longer or more of it.
    #[must_use]
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Block { name, .. }, Self::Block { name: other, .. }) => name == other,
            (Self::Evict { person, .. }, Self::Evict { person: other, .. }) => person == other,
            (Self::Write(letter), Self::Write(other)) => letter.is_about_the_same(other),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_ms(1_700_000_000_000);

    fn host(name: &str) -> Hostname {
        Hostname::parse(name).unwrap()
    }

    fn person(n: u8) -> PersonId {
        PersonId::from_bytes([n; 16])
    }

    fn action(approvals: u8) -> Action {
        Action {
            id: ActionId::from_bytes([9; 16]),
            campaign: Some(CampaignId::from_bytes([1; 16])),
            deed: Deed::Block { name: host("evil.test"), lasts: None },
            rule: Some("confirmed".to_owned()),
            by: None,
            reason: "three people reported it".to_owned(),
            approvals,
            would_run: false,
            at: NOON,
            lapses_at: NOON,
        }
    }

    fn folded(events: &[Event]) -> State {
        let mut state = State::default();
        // Each comes twice, as a journal may give it.
        events.iter().for_each(|event| (0..2).for_each(|_| state.fold(event)));
        state
    }

    fn approved(by: u8) -> Event {
        Event::Approved { action: action(0).id, by: person(by), at: NOON }
    }

    fn state_of(events: &[Event]) -> ActionState {
        folded(events).action(action(0).id).unwrap().state()
    }

    #[test]
    fn as_many_people_agree_as_have_to() {
        assert_eq!(state_of(&[Event::Proposed(action(0))]), ActionState::Approved);
        let two = Event::Proposed(action(2));
        assert_eq!(state_of(&[two.clone(), approved(1)]), ActionState::Asked, "one counts once");
        assert_eq!(state_of(&[two, approved(1), approved(2)]), ActionState::Approved);
    }

    #[test]
    fn what_was_declined_is_not_approved_any_more() {
        let reason = "it is a supplier's".to_owned();
        let declined =
            Event::Declined { action: action(0).id, by: Some(person(1)), reason, at: NOON };
        let events = [Event::Proposed(action(1)), declined, approved(2)];
        assert_eq!(state_of(&events), ActionState::Declined);
    }

    #[test]
    fn a_lifted_block_is_remembered_as_lifted() {
        let block = Block {
            name: host("evil.test"),
            reason: String::new(),
            campaign: None,
            action: None,
            by: Some(person(1)),
            at: NOON,
            expires_at: None,
        };
        let lifted =
            Event::Lifted { name: host("evil.test"), why: Lift::Undone, by: None, at: NOON };
        let state = folded(&[Event::Blocked(block.clone()), lifted]);
        assert_eq!(state.block(&host("evil.test")), None);
        assert_eq!(state.lifted().collect::<Vec<_>>(), [&(block, Lift::Undone, NOON)]);
    }

    #[test]
    fn in_whatever_order_things_are_seen_the_ledger_is_the_same() {
        let seen = |minute: i64, evidence: &str| {
            Event::Exposed(Exposure {
                campaign: CampaignId::from_bytes([1; 16]),
                who: Exposed::Person(person(1)),
                rung: Rung::Visited,
                source: "resolver".to_owned(),
                at: Timestamp::from_unix_ms(NOON.unix_ms() + minute * 60_000),
                evidence: evidence.to_owned(),
                confidence: 90,
            })
        };
        let all = [seen(3, "b"), seen(1, "b"), seen(1, "a"), seen(2, "c")];
        let of = |events: &[Event]| {
            let state = folded(events);
            let names = [CampaignId::from_bytes([1; 16])];
            state.exposures(&names).cloned().collect::<Vec<_>>()
        };
        let mut backwards = all.clone();
        backwards.reverse();
        assert_eq!(of(&all), of(&backwards));
        assert_eq!(of(&all).len(), 1);
        assert_eq!(of(&all)[0].evidence, "a");
    }

    #[test]
    fn what_was_withdrawn_may_be_seen_again() {
        let campaign = CampaignId::from_bytes([1; 16]);
        let exposure = Exposure {
            campaign,
            who: Exposed::Person(person(1)),
            rung: Rung::Visited,
            source: "resolver".to_owned(),
            at: NOON,
            evidence: String::new(),
            confidence: 90,
        };
        let withdrawn = Event::Withdrawn {
            campaign,
            who: exposure.who.clone(),
            rung: exposure.rung,
            source: exposure.source.clone(),
            at: NOON,
        };
        let seen = Event::Exposed(exposure.clone());
        let state = folded(&[withdrawn.clone(), seen.clone(), withdrawn.clone()]);
        assert_eq!(state.exposures(&[campaign]).next(), None);
        assert!(state.is_news(&exposure));
        let state = folded(&[seen.clone(), withdrawn, seen]);
        assert_eq!(state.exposures(&[campaign]).next(), Some(&exposure));
        assert!(!state.is_news(&exposure));
    }

    #[test]
    fn an_empty_list_is_gone() {
        let listing = |count| {
            Event::Listed(Listing {
                list: "feed".to_owned(),
                added: Vec::new(),
                removed: Vec::new(),
                count,
                reason: "a feed".to_owned(),
                by: None,
                at: NOON,
                expires_at: None,
            })
        };
        assert_eq!(folded(&[listing(3)]).lists().next().unwrap().1.count, 3);
        assert_eq!(folded(&[listing(3), listing(0)]).lists().next(), None);
    }
}
