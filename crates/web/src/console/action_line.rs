//! One action as a line: what, why, how it stands, and what can be done about it.

use unhook_detect::explain::defang;
use unhook_engine::response::{ActionState, Asked, Deed};
use unhook_model::Timestamp;

use super::moments::{Moment, exact, moment};
use super::pages::drafts::kind_word;
use super::words::{Text, Words};

/// One action.
pub(crate) struct ActionLine {
    pub(crate) id: String,
    pub(crate) what: String,
    /// What it is done to: a name, defanged, or a pseudonym.
    pub(crate) target: String,
    pub(crate) reason: String,
    /// Which rule, where there is one.
    pub(crate) rule: Option<String>,
    pub(crate) campaign: Option<String>,
    pub(crate) at: Moment,
    pub(crate) state: String,
    /// How it stands, for its colour.
    pub(crate) colour: &'static str,
    pub(crate) is_asked: bool,
    pub(crate) would_run: bool,
    /// Whether there is something to take back.
    pub(crate) can_be_undone: bool,
    /// How many more people have to agree.
    pub(crate) missing: usize,
    pub(crate) lapses: String,
    pub(crate) steps: Vec<StepLine>,
    /// What was seen of an actor who came back after it.
    pub(crate) returned: Option<String>,
}

/// One step of it.
pub(crate) struct StepLine {
    pub(crate) step: String,
    pub(crate) outcome: &'static str,
    pub(crate) note: String,
    /// Whether somebody may say that they saw to it.
    pub(crate) is_for_a_person: bool,
}

impl ActionLine {
    pub(crate) fn of(
        w: &Words,
        asked: &Asked,
        is_blocked: impl Fn(&Deed) -> bool,
        now: Timestamp,
    ) -> Self {
        let action = &asked.action;
        let state = asked.state();
        let steps = asked.steps.iter();
        let is_suspended = matches!(action.deed, Deed::Evict { suspend: true, .. })
            && state == ActionState::Approved
            && asked.undone.is_none();
        let can_be_undone = is_blocked(&action.deed) || is_suspended;
        Self {
            id: action.id.to_string(),
            what: what(w, &action.deed).to_string(),
            target: target(&action.deed),
            reason: action.reason.clone(),
            rule: action.rule.clone(),
            campaign: action.campaign.map(|id| id.to_string()),
            at: moment(w, action.at, now),
            state: state_word(w, state, can_be_undone, &action.deed).to_string(),
            colour: match state {
                ActionState::Asked => "suspicious",
                ActionState::Approved if can_be_undone => "malicious",
                _ => "plain",
            },
            is_asked: state == ActionState::Asked,
            would_run: action.would_run,
            can_be_undone,
            missing: asked.missing(),
            lapses: exact(action.lapses_at),
            steps: steps
                .map(|(step, (outcome, note, _))| StepLine {
                    step: step.clone(),
                    outcome: outcome.name(),
                    note: note.clone(),
                    is_for_a_person: asked.is_for_a_person(step),
                })
                .collect(),
            returned: asked.returned.as_ref().map(|(_, evidence)| evidence.clone()),
        }
    }
}

fn what<'w>(w: &'w Words, deed: &Deed) -> &'w Text {
    match deed {
        Deed::Block { .. } => &w.protection.block,
        Deed::Evict { suspend: false, .. } => &w.protection.evict,
        Deed::Evict { suspend: true, .. } => &w.protection.suspend,
        Deed::Write(letter) => kind_word(w, letter.kind),
    }
}

fn target(deed: &Deed) -> String {
    match deed {
        Deed::Block { name, .. } => defang(name.as_str()),
        Deed::Evict { person, .. } => person.to_string().chars().take(8).collect(),
        Deed::Write(letter) => defang(&letter.about),
    }
}

fn state_word<'w>(w: &'w Words, state: ActionState, holds: bool, deed: &Deed) -> &'w Text {
    let p = &w.protection;
    match (state, deed) {
        (ActionState::Asked, _) => &p.asked,
        (ActionState::Declined, _) => &p.declined,
        (ActionState::Lapsed, _) => &p.lapsed,
        (ActionState::Superseded, _) => &p.superseded,
        (ActionState::Approved, Deed::Block { .. }) if holds => &p.holds,
        (ActionState::Approved, Deed::Block { .. }) => &p.over,
        (ActionState::Approved, Deed::Evict { .. } | Deed::Write(_)) => &p.agreed,
    }
}
