//! Actions: what playbooks propose, and what people say of that.

use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;
use unhook_app::Service;
use unhook_app::service::EvictRequest;
use unhook_engine::response::{ActionState, Asked, Deed};
use unhook_model::{ActionId, CampaignId};
use utoipa::{IntoParams, ToSchema};

use super::Written;
use crate::gate::Caller;
use crate::given::{Given, Params, Segment, id};
use crate::paging::{Cursor, Page, cursor, limit};
use crate::problem::Problem;
use crate::time;
use crate::web::Shared;

/// Something done about a campaign, or to be done once somebody agrees.
#[derive(Serialize, ToSchema)]
#[schema(as = Action)]
pub(crate) struct ActionBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// About which campaign.
    #[schema(format = "uuid")]
    campaign: Option<String>,
    /// What: `block`, `evict`, `suspend` or `mail`.
    what: &'static str,
    /// Which name, of a block.
    name: Option<String>,
    /// Whom, by pseudonym, of the others.
    #[schema(format = "uuid")]
    person: Option<String>,
    /// Which rule of the playbook proposes it; null when a person does.
    rule: Option<String>,
    /// Why.
    reason: String,
    /// How it stands: `asked`, `approved`, `declined`, `lapsed` or `superseded`.
    state: &'static str,
    /// How many people have to agree; none for one that was done at once.
    #[schema(minimum = 0)]
    approvals: u8,
    /// Who agreed.
    approved_by: Vec<String>,
    /// Whether the rule would have had it done at once, and caution asks.
    would_run: bool,
    /// What a block would have stopped while it waits; null of everything else.
    would_hit: Option<WouldHitBody>,
    /// When.
    #[schema(format = "date-time")]
    at: String,
    /// Until when somebody may agree.
    #[schema(format = "date-time")]
    lapses_at: String,
    /// How each step at an identity provider went, or the sending of a mail.
    steps: Vec<StepBody>,
    /// Who took it back, where somebody did.
    #[schema(format = "uuid")]
    undone_by: Option<String>,
    /// When the actor signed in again after an eviction, where that was seen.
    #[schema(format = "date-time")]
    returned_at: Option<String>,
    /// What was seen of that.
    returned: Option<String>,
}

/// What a block that nobody agreed to yet would have stopped: counts, and nobody's name.
#[derive(Serialize, ToSchema)]
#[schema(as = WouldHit)]
pub(crate) struct WouldHitBody {
    /// How often the name, or one below it, was looked up since the start while the block waited.
    #[schema(minimum = 0)]
    hits: u64,
    /// By how many addresses and devices.
    #[schema(minimum = 0)]
    clients: usize,
    /// How many of the campaign's newest 500 reports lead to this very name.
    #[schema(minimum = 0)]
    reports: usize,
    /// How many members of staff reported it or, as the ledger knows, looked it up.
    #[schema(minimum = 0)]
    staff: usize,
}

/// One step at an identity provider.
#[derive(Serialize, ToSchema)]
#[schema(as = ActionStep)]
pub(crate) struct StepBody {
    /// Which.
    step: String,
    /// How it stands: `done`, `waiting`, `failed`, `unknown` or `by-hand`.
    outcome: &'static str,
    /// What came of it, in a line.
    note: String,
    /// Who saw to it by hand, where somebody did.
    #[schema(format = "uuid")]
    by: Option<String>,
    /// When.
    #[schema(format = "date-time")]
    at: String,
}

impl ActionBody {
    fn of(service: &Service, asked: &Asked) -> Self {
        let action = &asked.action;
        let (name, person) = match &action.deed {
            Deed::Block { name, .. } => (Some(name.to_string()), None),
            Deed::Evict { person, .. } => (None, Some(person.to_string())),
            Deed::Write(_) => (None, None),
        };
        let steps = asked.steps.iter().map(|(step, (outcome, note, at))| StepBody {
            step: step.clone(),
            outcome: outcome.name(),
            note: note.clone(),
            by: asked.seen_to.get(step).map(ToString::to_string),
            at: time::write(*at),
        });
        let is_open = matches!(asked.state(), ActionState::Asked | ActionState::Lapsed);
        let would_hit = is_open.then(|| service.would_hit(asked)).flatten();
        let would_hit = would_hit.map(|would| WouldHitBody {
            hits: would.hits.count,
            clients: would.hits.clients,
            reports: would.reports,
            staff: would.staff,
        });
        Self {
            id: action.id.to_string(),
            campaign: action.campaign.map(|id| id.to_string()),
            what: action.deed.name(),
            name,
            person,
            rule: action.rule.clone(),
            reason: action.reason.clone(),
            state: asked.state().name(),
            approvals: action.approvals,
            approved_by: asked.approved_by.iter().map(ToString::to_string).collect(),
            would_run: action.would_run,
            would_hit,
            at: time::write(action.at),
            lapses_at: time::write(action.lapses_at),
            steps: steps.collect(),
            undone_by: asked.undone.map(|(by, _)| by.to_string()),
            returned_at: asked.returned.as_ref().map(|(at, _)| time::write(*at)),
            returned: asked.returned.as_ref().map(|(_, evidence)| evidence.clone()),
        }
    }
}

/// Which actions.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActionsQuery {
    /// Only those about this campaign.
    #[param(format = "uuid")]
    campaign: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where the page begins, as an earlier answer said.
    cursor: Option<String>,
    /// A position that the answer must have seen; 409 if reads do not come to it in time.
    #[expect(dead_code, reason = "the gate waits for it; here it is only known")]
    #[param(pattern = "^[0-9]{1,19}$", max_length = 19)]
    after: Option<String>,
}

impl Cursor for ActionId {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        id(text)
    }
}

/// One page of actions.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActionsPage {
    /// Newest first.
    items: Vec<ActionBody>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

/// What was proposed, the newest first.
#[utoipa::path(get, path = "/api/v1/actions", tag = "actions", operation_id = "list_actions",
    params(ActionsQuery),
    responses((status = 200, description = "A page of them", body = ActionsPage)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Params(query): Params<ActionsQuery>,
) -> Result<Json<Page<ActionBody>>, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let before: Option<ActionId> = cursor(query.cursor.as_deref())?;
    let found = match query.campaign.as_deref() {
        None => shared.service().actions(before, limit + 1),
        Some(text) => {
            let campaign: CampaignId =
                id(text).ok_or_else(|| crate::given::bad_request(crate::given::AN_ID))?;
            let about = shared.service().actions_about(campaign).into_iter();
            let older = |asked: &Asked| before.is_none_or(|before| asked.action.id < before);
            about.filter(older).take(limit + 1).collect()
        }
    };
    let name = |asked: &Asked| asked.action.id;
    let body = |asked: &Asked| ActionBody::of(shared.service(), asked);
    Ok(Json(Page::of(found, limit, name, body)))
}

/// Agree to an action.
///
/// Once enough people have, it is done.
#[utoipa::path(post, path = "/api/v1/actions/{id}/approve", tag = "actions",
    operation_id = "approve_action",
    params(("id" = String, Path, format = "uuid", description = "The action")),
    responses((status = 200, description = "Agreed", body = Written)))]
pub(crate) async fn approve(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(action): Segment<ActionId>,
) -> Result<Json<Written>, Problem> {
    let position = shared.service().approve(action, caller.by).await?;
    let position = position.ok_or_else(|| Problem::not_found("action"))?;
    shared.note(caller.by, "action-approved".to_owned(), action.to_string(), None).await;
    Ok(Written::at(position))
}

/// Whom, and why.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Eviction)]
pub(crate) struct EvictionGiven {
    /// The person's pseudonym.
    #[schema(format = "uuid")]
    person: String,
    /// Whether their account is suspended as well.
    #[serde(default)]
    suspend: bool,
    /// Why; it stands with the action and in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "signed in from two countries at once")]
    reason: String,
}

/// An eviction that was asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = EvictionAsked)]
pub(crate) struct EvictionAsked {
    /// The action: how it goes stands there.
    #[schema(format = "uuid")]
    action: String,
    /// Its position: a read with `after=` this sees it.
    #[schema(pattern = "^[0-9]{1,19}$")]
    position: String,
}

/// End somebody's sessions.
///
/// Because of a campaign, whatever the playbook says. With many of one campaign, somebody else has to agree, too.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/evictions", tag = "actions",
    operation_id = "evict_person", request_body = EvictionGiven,
    params(("id" = String, Path, format = "uuid", description = "The campaign")),
    responses((status = 200, description = "It is being done, or somebody else has to agree", body = EvictionAsked)))]
pub(crate) async fn evict(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(campaign): Segment<CampaignId>,
    Given(given): Given<EvictionGiven>,
) -> Result<Json<EvictionAsked>, Problem> {
    let person = id(&given.person).ok_or_else(|| crate::given::bad_request(crate::given::AN_ID))?;
    let reason = given.reason.clone();
    let request = EvictRequest { person, suspend: given.suspend, reason };
    let asked = shared.service().evict_person(campaign, request, caller.by).await?;
    let (action, position) = asked.ok_or_else(|| Problem::not_found("campaign or person"))?;
    let (subject, reason) = (action.to_string(), Some(given.reason));
    shared.note(caller.by, "eviction-asked".to_owned(), subject, reason).await;
    let Json(Written { position }) = Written::at(position);
    Ok(Json(EvictionAsked { action: action.to_string(), position }))
}

/// Why not.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Decline)]
pub(crate) struct DeclineGiven {
    /// Why not; it stands with the action and in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "a supplier's new name")]
    reason: String,
}

/// Say no to an action.
#[utoipa::path(post, path = "/api/v1/actions/{id}/decline", tag = "actions",
    operation_id = "decline_action", request_body = DeclineGiven,
    params(("id" = String, Path, format = "uuid", description = "The action")),
    responses((status = 200, description = "Declined", body = Written)))]
pub(crate) async fn decline(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(action): Segment<ActionId>,
    Given(given): Given<DeclineGiven>,
) -> Result<Json<Written>, Problem> {
    let position = shared.service().decline(action, &given.reason, caller.by).await?;
    let position = position.ok_or_else(|| Problem::not_found("action"))?;
    let (subject, reason) = (action.to_string(), Some(given.reason));
    shared.note(caller.by, "action-declined".to_owned(), subject, reason).await;
    Ok(Written::at(position))
}

/// Which step.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SeenTo)]
pub(crate) struct SeenToGiven {
    /// The step, by its name in the action.
    #[schema(min_length = 1, max_length = 200, example = "mail-rules")]
    step: String,
}

/// Say that a person saw to a step that was left to them.
#[utoipa::path(post, path = "/api/v1/actions/{id}/steps", tag = "actions",
    operation_id = "see_to_step", request_body = SeenToGiven,
    params(("id" = String, Path, format = "uuid", description = "The action")),
    responses((status = 200, description = "It is done", body = Written)))]
pub(crate) async fn see_to(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(action): Segment<ActionId>,
    Given(given): Given<SeenToGiven>,
) -> Result<Json<Written>, Problem> {
    let position = shared.service().see_to(action, &given.step, caller.by).await?;
    let position = position.ok_or_else(|| Problem::not_found("action"))?;
    shared.note(caller.by, "step-seen-to".to_owned(), action.to_string(), Some(given.step)).await;
    Ok(Written::at(position))
}

/// Take back what an action did.
///
/// The name that it blocked resolves again, whoever it suspended is let in. Sessions that were ended
/// cannot be brought back.
#[utoipa::path(post, path = "/api/v1/actions/{id}/undo", tag = "actions",
    operation_id = "undo_action",
    params(("id" = String, Path, format = "uuid", description = "The action")),
    responses((status = 200, description = "Taken back", body = Written)))]
pub(crate) async fn undo(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(action): Segment<ActionId>,
) -> Result<Json<Written>, Problem> {
    let position = shared.service().undo(action, caller.by).await?;
    let position = position.ok_or_else(|| Problem::not_found("action"))?;
    shared.note(caller.by, "action-undone".to_owned(), action.to_string(), None).await;
    Ok(Written::at(position))
}
