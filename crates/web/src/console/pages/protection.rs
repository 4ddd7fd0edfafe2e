//! *Protection*: what does not resolve and why, what waits for somebody to agree, what would have been
//! done by now, and who follows.

use askama::Template;
use axum::response::Response;
use unhook_app::Service;
use unhook_app::coverage::{Coverage, GatewayStatus, ResolverStatus};
use unhook_app::service::{BlockRequest, LONGEST_REASON};
use unhook_detect::explain::defang;
use unhook_engine::response::{Block, Deed, ListHead};
use unhook_model::{ActionId, Hostname, Timestamp};

use crate::console::action_line::ActionLine;
use crate::console::frame::{self, Frame, Here};
use crate::console::moments::{Moment, exact, moment};
use crate::console::visit::{Filled, Visit};
use crate::console::words::Words;
use crate::given::{Segment, bad_request};
use crate::problem::Problem;

/// How many blocks and actions the page shows.
const MOST: usize = 200;

/// Where it is.
const PATH: &str = "/protection";

#[derive(Template)]
#[template(path = "protection.html")]
struct Page {
    f: Frame,
    blocked_count: usize,
    listed_count: u64,
    asked: Vec<ActionLine>,
    would_have: Vec<ActionLine>,
    blocks: Vec<BlockLine>,
    lifted: Vec<LiftedLine>,
    lists: Vec<ListLine>,
    zone: Option<Zone>,
    resolver: Option<ResolverStatus>,
    providers: Vec<ProviderLine>,
    gateways: Vec<GatewayLine>,
    longest_reason: usize,
}

struct BlockLine {
    /// As it is, for the form alone.
    name: String,
    shown: String,
    reason: String,
    by_rule: bool,
    at: Moment,
    until: Option<String>,
    campaign: Option<String>,
}

struct LiftedLine {
    shown: String,
    why: String,
    at: Moment,
}

struct ListLine {
    list: String,
    count: u64,
    reason: String,
    at: Moment,
}

struct Zone {
    zone: String,
    serial: u32,
    followers: Vec<FollowerLine>,
}

struct ProviderLine {
    name: String,
    kind: &'static str,
    is_well: bool,
    failure: Option<String>,
    seen: Option<Moment>,
}

struct FollowerLine {
    address: String,
    seen: Option<Moment>,
    lag: Option<u64>,
}

/// A list at a gateway.
struct GatewayLine {
    status: GatewayStatus,
    behind_since: Option<Moment>,
}

pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    Ok(frame::ok(&page(&visit)))
}

fn page(visit: &Visit) -> Page {
    let (w, service) = (visit.words, visit.shared.service());
    let now = service.now();
    let (blocks, lists) = (service.blocks(), service.block_lists());
    let line = |asked: &_| ActionLine::of(w, asked, |deed| is_blocked(service, deed), now);
    let asked = service.asked();
    let would_have = asked.iter().filter(|asked| asked.action.would_run);
    let coverage = visit.shared.settings().coverage.as_deref();
    Page {
        f: visit.frame(Here::Protection, &w.nav.protection),
        blocked_count: blocks.len(),
        listed_count: lists.iter().map(|(_, head)| head.count).sum(),
        would_have: would_have.take(MOST).map(line).collect(),
        asked: asked.iter().take(MOST).map(line).collect(),
        blocks: newest(blocks).iter().map(|block| BlockLine::of(w, block, now)).collect(),
        lifted: service
            .lifted(20)
            .iter()
            .map(|(block, why, at)| LiftedLine {
                shown: defang(block.name.as_str()),
                why: lift_word(w, *why),
                at: moment(w, *at, now),
            })
            .collect(),
        lists: lists.iter().map(|(list, head)| ListLine::of(w, list, head, now)).collect(),
        zone: coverage.and_then(Coverage::zone).map(|status| Zone {
            zone: status.zone,
            serial: status.serial,
            followers: status
                .followers
                .into_iter()
                .map(|follower| FollowerLine {
                    address: follower.address,
                    seen: follower.seen.map(|seen| moment(w, seen, now)),
                    lag: follower.lag,
                })
                .collect(),
        }),
        resolver: coverage.and_then(Coverage::resolver),
        providers: service
            .identity_health()
            .into_iter()
            .map(|health| ProviderLine {
                kind: health.kind.name(),
                is_well: health.is_well && !health.is_paused(),
                failure: health.failed.filter(|_| !health.is_well).map(|(_, why)| why),
                seen: health.succeeded_at.map(|at| moment(w, at, now)),
                name: health.name,
            })
            .collect(),
        gateways: coverage
            .map(Coverage::gateways)
            .unwrap_or_default()
            .into_iter()
            .map(|status| GatewayLine {
                behind_since: status.behind_since.map(|since| moment(w, since, now)),
                status,
            })
            .collect(),
        longest_reason: LONGEST_REASON,
    }
}

fn newest(mut blocks: Vec<Block>) -> Vec<Block> {
    blocks.sort_by_key(|block| std::cmp::Reverse(block.at));
    blocks.truncate(MOST);
    blocks
}

/// Whether what an action blocked does not resolve now.
pub(super) fn is_blocked(service: &Service, deed: &Deed) -> bool {
    match deed {
        Deed::Block { name, .. } => service.is_blocked(name),
        Deed::Evict { .. } | Deed::Write(_) => false,
    }
}

fn lift_word(w: &Words, why: unhook_engine::response::Lift) -> String {
    use unhook_engine::response::Lift;
    let p = &w.protection;
    match why {
        Lift::Undone => &p.was_undone,
        Lift::Expired => &p.was_over,
        Lift::Protected => &p.was_protected,
    }
    .to_string()
}

impl BlockLine {
    fn of(w: &Words, block: &Block, now: Timestamp) -> Self {
        Self {
            name: block.name.to_string(),
            shown: defang(block.name.as_str()),
            reason: block.reason.clone(),
            by_rule: block.by.is_none(),
            at: moment(w, block.at, now),
            until: block.expires_at.map(exact),
            campaign: block.campaign.map(|id| id.to_string()),
        }
    }
}

impl ListLine {
    fn of(w: &Words, list: &str, head: &ListHead, now: Timestamp) -> Self {
        Self {
            list: list.to_owned(),
            count: head.count,
            reason: head.reason.clone(),
            at: moment(w, head.at, now),
        }
    }
}

/// A name stops resolving.
pub(crate) async fn block(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let request = BlockRequest {
        name: form.text("name").to_owned(),
        reason: form.text("reason").to_owned(),
        campaign: None,
        expires_at: None,
    };
    let (block, position) = visit.shared.service().block(request, visit.by()).await?;
    visit.shared.note(visit.by(), "name-blocked", block.name, Some(block.reason)).await;
    Ok(visit.on_to(PATH, position).await)
}

/// A name resolves again.
pub(crate) async fn lift(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let name = Hostname::parse(form.text("name")).map_err(|why| bad_request(&why.to_string()))?;
    let position = visit.shared.service().lift(&name, visit.by()).await?;
    let position = position.ok_or_else(|| Problem::not_found("block of this name"))?;
    visit.shared.note(visit.by(), "block-lifted", name, None).await;
    Ok(visit.on_to(back(&form), position).await)
}

/// Somebody agrees to an action.
pub(crate) async fn approve(
    visit: Visit,
    Segment(action): Segment<ActionId>,
    form: Filled,
) -> Result<Response, Problem> {
    let position = visit.shared.service().approve(action, visit.by()).await?;
    let position = position.ok_or_else(|| Problem::not_found("action"))?;
    visit.shared.note(visit.by(), "action-approved", action, None).await;
    Ok(visit.on_to(back(&form), position).await)
}

/// Somebody says no to one.
pub(crate) async fn decline(
    visit: Visit,
    Segment(action): Segment<ActionId>,
    form: Filled,
) -> Result<Response, Problem> {
    let reason = form.text("reason");
    let position = visit.shared.service().decline(action, reason, visit.by()).await?;
    let position = position.ok_or_else(|| Problem::not_found("action"))?;
    visit.shared.note(visit.by(), "action-declined", action, Some(reason.to_owned())).await;
    Ok(visit.on_to(back(&form), position).await)
}

/// Somebody takes back what one did. Whoever lets an account in again shows a passkey, as they do who agree.
pub(crate) async fn undo(
    visit: Visit,
    Segment(action): Segment<ActionId>,
    form: Filled,
) -> Result<Response, Problem> {
    let asked = visit.shared.service().action(action);
    let lets_in = asked.is_some_and(|asked| matches!(asked.action.deed, Deed::Evict { .. }));
    if let Some(first) = visit.passkey_first().filter(|_| lets_in) {
        return Ok(first);
    }
    let position = visit.shared.service().undo(action, visit.by()).await?;
    let position = position.ok_or_else(|| Problem::not_found("action"))?;
    visit.shared.note(visit.by(), "action-undone", action, None).await;
    Ok(visit.on_to(back(&form), position).await)
}

/// Somebody saw to a step by hand.
pub(crate) async fn see_to(
    visit: Visit,
    Segment(action): Segment<ActionId>,
    form: Filled,
) -> Result<Response, Problem> {
    let step = form.text("step").to_owned();
    let position = visit.shared.service().see_to(action, &step, visit.by()).await?;
    let position = position.ok_or_else(|| Problem::not_found("action"))?;
    visit.shared.note(visit.by(), "step-seen-to", action, Some(step)).await;
    Ok(visit.on_to(back(&form), position).await)
}

/// The page that a form stands on: this one, or a campaign's.
fn back(form: &Filled) -> &str {
    let given = form.text("back");
    let is_campaign = given
        .strip_prefix("/campaigns/")
        .is_some_and(|id| crate::given::id::<unhook_model::CampaignId>(id).is_some());
    if is_campaign { given } else { PATH }
}
