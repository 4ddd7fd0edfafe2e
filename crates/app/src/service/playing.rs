//! The playbook at work: after whatever happened to a campaign it is asked what is to be done, and what
//! people say of that is done or not.
//!
//! What a rule has done without asking is in the same commit as what brought it about, so nothing is
//! decided twice and nothing between is lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use unhook_engine::response::playbook::{LAPSES_AFTER, MOST_PROPOSED, Moment, Playbook, Situation};
use unhook_engine::response::{Action, ActionState, Asked, Block, Deed, Event, State};
use unhook_model::{ActionId, CampaignId, PersonId, Timestamp};

use super::exposure::Exposing;
use super::known::Known;
use super::responding::Responding;
use super::sight::{Sight, touched};
use super::{Service, ServiceError};
use crate::desk::Draft;
use crate::journal::Position;
use crate::people::{Contact, People};
use crate::record::Record;
use crate::surroundings::Surroundings;

/// How many actions one decision proposes: somewhat more than there are people in a commit, and a hundred KiB of
/// it. What is beyond is proposed when the campaign is touched again.
const MOST_IN_DECISION: usize = 300;

/// Something waits for somebody to agree.
pub(super) const ASKED: &str = "action-asked";

/// Asks the playbook, within a decision.
#[derive(Clone)]
pub(super) struct Player {
    playbook: Arc<Playbook>,
    begun_at: Timestamp,
    responding: Arc<Responding>,
    exposing: Arc<Exposing>,
    known: Arc<Known>,
    people: Arc<dyn People>,
    break_glass: Arc<[Contact]>,
    surroundings: Arc<dyn Surroundings>,
}

/// Whom a person wants evicted, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvictRequest {
    /// Whom.
    pub person: PersonId,
    /// Whether their account is suspended as well.
    pub suspend: bool,
    /// Why, in a line; it stands in the journal in the clear.
    pub reason: String,
}

impl Service {
    pub(super) fn player(&self) -> Player {
        Player {
            playbook: Arc::clone(&self.settings.playbook),
            begun_at: self.begun_at,
            responding: Arc::clone(&self.responding),
            exposing: Arc::clone(&self.exposing),
            known: self.known(),
            people: Arc::clone(&self.ports.people),
            break_glass: self.settings.break_glass.as_slice().into(),
            surroundings: Arc::clone(&self.ports.surroundings),
        }
    }
}

impl Player {
    /// Proposes what is to be done after what was decided from the `nth` record of the draft on.
    pub(super) fn play(&self, draft: &mut Draft<'_>, nth: usize) {
        let mut proposed = 0;
        for campaign in touched(draft.engine().state(), &draft.records()[nth..]) {
            let Some(situation) = self.look(draft, campaign) else { continue };
            loop {
                let actions = self.consider(draft, &situation);
                let is_all = actions.len() < MOST_PROPOSED;
                proposed += actions.len();
                actions.into_iter().for_each(|action| self.propose(draft, action));
                if proposed >= MOST_IN_DECISION {
                    return;
                }
                if is_all {
                    break;
                }
            }
        }
    }

    fn look(&self, draft: &Draft<'_>, campaign: CampaignId) -> Option<Situation> {
        let engine = draft.engine().state();
        let names: Vec<CampaignId> = engine.campaign(campaign)?.names().collect();
        let state = self.responding.state();
        // How far it got may be part of what is being decided.
        let drafted = draft.records().iter().any(is_exposure).then(|| {
            let mut known = state.exposures_of(&names);
            draft.records().iter().filter(|record| is_exposure(record)).for_each(|record| {
                if let Record::Response(event) = record {
                    known.fold(event);
                }
            });
            known
        });
        let sight = Sight {
            engine,
            done: drafted.as_ref().unwrap_or(&state),
            guard: &self.responding.guard(),
            knowledge: &self.known.knowledge,
            playbook: &self.playbook,
            knew: &|name, at, age| self.exposing.knew(name, at, age),
            now: self.surroundings.now(),
        };
        sight.situation(campaign)
    }

    fn consider(&self, draft: &Draft<'_>, situation: &Situation) -> Vec<Action> {
        let moment = Moment { now: self.surroundings.now(), begun_at: self.begun_at };
        let fresh = || ActionId::from_bytes(self.surroundings.fresh_id());
        let done =
            as_drafted(self.responding.state().clone_for(&situation.names, moment.now), draft);
        if situation.exposed.is_empty() {
            return self.playbook.consider(situation, &done, moment, fresh);
        }
        let Some(break_glass) = self.break_glass() else { return Vec::new() };
        let mut playbook = (*self.playbook).clone();
        playbook.limits.break_glass = break_glass;
        playbook.consider(situation, &done, moment, fresh)
    }

    /// Whom no rule touches; `None` when the directory cannot say, and then no rule touches anybody.
    fn break_glass(&self) -> Option<BTreeSet<PersonId>> {
        let owners = self.break_glass.iter().map(|contact| self.people.owner(contact));
        owners.filter_map(Result::transpose).collect::<Result<_, _>>().ok()
    }

    fn propose(&self, draft: &mut Draft<'_>, action: Action) {
        let at = action.at;
        if action.approvals > 0 {
            draft.record(Record::Noticed { matter: ASKED.to_owned(), report: None, at });
        }
        let done = (action.approvals == 0).then(|| block_of(&action, None, at)).flatten();
        draft.record(Record::Response(Event::Proposed(action)));
        if let Some(block) = done {
            draft.record(Record::Response(Event::Blocked(block)));
        }
    }
}

/// What was done, with what is being decided.
fn as_drafted(mut done: State, draft: &Draft<'_>) -> State {
    for record in draft.records() {
        if let Record::Response(event) = record {
            done.fold(event);
        }
    }
    done
}

fn decided(state: ActionState) -> ServiceError {
    ServiceError::Invalid(format!("it is decided already: {}", state.name()))
}

fn is_exposure(record: &Record) -> bool {
    matches!(record, Record::Response(Event::Exposed(_) | Event::Withdrawn { .. }))
}

/// The block that an action makes, if it makes one.
fn block_of(action: &Action, by: Option<PersonId>, at: Timestamp) -> Option<Block> {
    let Deed::Block { name, lasts } = &action.deed else { return None };
    Some(Block {
        name: name.clone(),
        reason: action.reason.clone(),
        campaign: action.campaign,
        action: Some(action.id),
        by,
        at,
        expires_at: lasts.map(|lasts| at.plus(Duration::from_millis(lasts))),
    })
}

impl Service {
    /// What was proposed about a campaign, by any of its names, the newest first.
    #[must_use]
    pub fn actions_about(&self, campaign: CampaignId) -> Vec<Asked> {
        let names: Vec<CampaignId> = {
            let engine = self.engine();
            let known = engine.state().campaign(campaign);
            known.map_or_else(|| vec![campaign], |known| known.names().collect())
        };
        self.responding.state().actions_about(&names).cloned().collect()
    }

    /// All that was proposed, the newest first, before an id that an earlier answer had.
    #[must_use]
    pub fn actions(&self, before: Option<ActionId>, limit: usize) -> Vec<Asked> {
        let state = self.responding.state();
        let older = |asked: &&Asked| before.is_none_or(|before| asked.action.id < before);
        state.actions().filter(older).take(limit).cloned().collect()
    }

    /// What waits for somebody to agree, the oldest first.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.responding.state().asked().cloned().collect()
    }

    /// One action.
    #[must_use]
    pub fn action(&self, id: ActionId) -> Option<Asked> {
        self.responding.state().action(id).cloned()
    }

    /// Agrees to an action; once enough people have, it is done. `None` when there is none of this id.
    ///
    /// # Errors
    /// Says why not: it was decided, or must not be any more.
    pub async fn approve(
        &self,
        id: ActionId,
        by: PersonId,
    ) -> Result<Option<Position>, ServiceError> {
        let Some(asked) = self.open_action(id)? else { return Ok(None) };
        if asked.approved_by.contains(&by) {
            let why = "you agreed already; somebody else has to as well".to_owned();
            return Err(ServiceError::Invalid(why));
        }
        match &asked.action.deed {
            Deed::Block { name, .. } => _ = self.responding.guard().permit(name)?,
            Deed::Evict { person, .. } => self.refuse_break_glass(*person)?,
            // Who approves a mail has its text before them: `approve_letter`.
            Deed::Write(_) => {
                return Err(ServiceError::Invalid("approve it as a draft".to_owned()));
            }
        }
        let at = self.now();
        self.answer(id, move |draft, asked| {
            draft.record(Record::Response(Event::Approved { action: id, by, at }));
            let is_enough = !asked.approved_by.contains(&by) && asked.missing() <= 1;
            let block = is_enough.then(|| block_of(&asked.action, Some(by), at)).flatten();
            if let Some(block) = block {
                draft.record(Record::Response(Event::Blocked(block)));
            }
        })
        .await
        .map(Some)
    }

    /// Says no to an action. `None` when there is none of this id.
    ///
    /// # Errors
    /// Says why not: it was decided.
    pub async fn decline(
        &self,
        id: ActionId,
        reason: &str,
        by: PersonId,
    ) -> Result<Option<Position>, ServiceError> {
        if self.open_action(id)?.is_none() {
            return Ok(None);
        }
        let (reason, at) = (super::blocking::said("reason", reason)?, self.now());
        let event = Event::Declined { action: id, by: Some(by), reason, at };
        self.answer(id, move |draft, _| draft.record(Record::Response(event.clone())))
            .await
            .map(Some)
    }

    /// Decides about an action that still waits when its turn comes.
    async fn answer(
        &self,
        id: ActionId,
        answer: impl Fn(&mut Draft<'_>, &Asked) + Send + 'static,
    ) -> Result<Position, ServiceError> {
        let responding = Arc::clone(&self.responding);
        let (state, position) = self
            .decide(move |draft| {
                let now = as_drafted(responding.state().only(id), draft);
                let asked = now.action(id)?;
                if asked.state() == ActionState::Asked {
                    answer(draft, asked);
                }
                Some(asked.state())
            })
            .await?;
        match state {
            Some(ActionState::Asked) => self.last_position(position),
            state => Err(decided(state.unwrap_or(ActionState::Lapsed))),
        }
    }

    /// Has somebody evicted because of a campaign, as a person wants it: by any name it ever had. From as many on as the
    /// playbook says, somebody else has to agree, too. `None` when there is no such campaign, or nobody of this id.
    ///
    /// # Errors
    /// Says why not: it waits for somebody already, or nothing may lock them out.
    pub async fn evict_person(
        &self,
        campaign: CampaignId,
        request: EvictRequest,
        by: PersonId,
    ) -> Result<Option<(ActionId, Position)>, ServiceError> {
        let EvictRequest { person, suspend, reason } = request;
        let known = self
            .engine()
            .state()
            .campaign(campaign)
            .map(|c| (c.id(), c.names().collect::<Vec<_>>()));
        let Some((campaign, names)) = known else { return Ok(None) };
        if self.ports.people.person(person)?.is_none() {
            return Ok(None);
        }
        self.refuse_break_glass(person)?;
        let (id, at) = (ActionId::from_bytes(self.ports.surroundings.fresh_id()), self.now());
        let deed = Deed::Evict { person, suspend };
        let reason = super::blocking::said("reason", &reason)?;
        let (responding, wide_from) =
            (Arc::clone(&self.responding), self.settings.playbook.limits.second_person_from);
        let (is_new, position) = self
            .decide(move |draft| {
                let now = as_drafted(responding.state().clone_for(&names, at), draft);
                let evictions = || {
                    now.actions_about(&names)
                        .filter(|asked| matches!(asked.action.deed, Deed::Evict { .. }))
                };
                let waits = |asked: &Asked| {
                    asked.state() == ActionState::Asked
                        && asked.action.deed.is_about_the_same(&deed)
                };
                if evictions().any(waits) {
                    return false;
                }
                let approvals = if evictions().count() + 1 >= wide_from { 2 } else { 1 };
                let (deed, reason) = (deed.clone(), reason.clone());
                draft.record(Record::Response(Event::Proposed(Action {
                    id,
                    campaign: Some(campaign),
                    deed,
                    rule: None,
                    by: Some(by),
                    reason,
                    approvals,
                    would_run: false,
                    at,
                    lapses_at: at.plus(LAPSES_AFTER),
                })));
                draft.record(Record::Response(Event::Approved { action: id, by, at }));
                true
            })
            .await?;
        if !is_new {
            let why = "it is asked about already: agree to that".to_owned();
            return Err(ServiceError::Invalid(why));
        }
        tracing::info!(action = %id, %by, "an eviction was asked for");
        Ok(Some((id, self.last_position(position)?)))
    }

    /// Nobody agrees to evict those whom nothing may lock out.
    fn refuse_break_glass(&self, person: PersonId) -> Result<(), ServiceError> {
        for contact in &self.settings.break_glass {
            if self.ports.people.owner(contact)? == Some(person) {
                let why = "this account is on the playbook's break-glass list; take it off there \
                           first, or do it by hand at the identity provider";
                return Err(ServiceError::Invalid(why.to_owned()));
            }
        }
        Ok(())
    }

    /// Says that a person saw to a step that was left to them. `None` when there is no such action.
    ///
    /// # Errors
    /// Says why not: there is no such step, or it is done, or will be.
    pub async fn see_to(
        &self,
        id: ActionId,
        step: &str,
        by: PersonId,
    ) -> Result<Option<Position>, ServiceError> {
        let Some(asked) = self.action(id) else { return Ok(None) };
        let is_eviction = matches!(asked.action.deed, Deed::Evict { .. });
        if !is_eviction || !asked.is_for_a_person(step) {
            let why = "there is no step of this name that is left to a person".to_owned();
            return Err(ServiceError::Invalid(why));
        }
        let event = Event::SeenTo { action: id, step: step.to_owned(), by, at: self.now() };
        let ((), position) =
            self.decide(move |draft| draft.record(Record::Response(event.clone()))).await?;
        self.last_position(position).map(Some)
    }

    /// Takes back what an action did: the name that it blocked resolves again, whoever it suspended is
    /// let in. `None` when there is none of this id.
    ///
    /// # Errors
    /// Says why not: there is nothing to take back.
    pub async fn undo(&self, id: ActionId, by: PersonId) -> Result<Option<Position>, ServiceError> {
        let Some(asked) = self.action(id) else { return Ok(None) };
        let nothing =
            || ServiceError::Invalid("there is nothing of this action to take back".to_owned());
        match &asked.action.deed {
            Deed::Block { name, .. } => self.lift(name, by).await?.map(Some).ok_or_else(nothing),
            Deed::Evict { suspend: true, .. } => {
                if asked.approved_at.is_none() || asked.undone.is_some() {
                    return Err(nothing());
                }
                let event = Event::Undone { action: id, by, at: self.now() };
                let ((), position) =
                    self.decide(move |draft| draft.record(Record::Response(event.clone()))).await?;
                self.last_position(position).map(Some)
            }
            Deed::Evict { .. } => {
                let why =
                    "sessions that were ended cannot be brought back: the person signs in again";
                Err(ServiceError::Invalid(why.to_owned()))
            }
            Deed::Write(_) => {
                Err(ServiceError::Invalid("a mail that went out cannot be taken back".to_owned()))
            }
        }
    }

    fn open_action(&self, id: ActionId) -> Result<Option<Asked>, ServiceError> {
        let Some(asked) = self.action(id) else { return Ok(None) };
        match asked.state() {
            ActionState::Asked if asked.action.lapses_at > self.now() => Ok(Some(asked)),
            ActionState::Asked => Err(ServiceError::Invalid("its time is over".to_owned())),
            state => Err(decided(state)),
        }
    }

    /// Has lapse what nobody decided in time.
    pub(super) async fn lapse(&self) -> Result<(), ServiceError> {
        let now = self.now();
        let over: Vec<ActionId> = {
            let state = self.responding.state();
            let over = state.asked().filter(|asked| asked.action.lapses_at <= now);
            over.map(|asked| asked.action.id).take(super::start::MOST_PASSED).collect()
        };
        if over.is_empty() {
            return Ok(());
        }
        let reason = "nobody decided in time";
        let lapsed = self.decide(move |draft| {
            for action in over.iter().copied() {
                let reason = reason.to_owned();
                let event = Event::Declined { action, by: None, reason, at: now };
                draft.record(Record::Response(event));
            }
        });
        lapsed.await.map(|_| ())
    }
}
