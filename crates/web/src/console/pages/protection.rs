//! *Protection*: what does not resolve, why and who asked for it all the same, what waits for somebody to
//! agree, what would have been done by now, and how far all of it reaches.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use unhook_app::coverage::{Coverage, Devices, GatewayStatus, ResolverStatus};
use unhook_app::service::{BlockRequest, Hold, LONGEST_REASON, MOST_HOURS, NameHits};
use unhook_app::{Scope, Service};
use unhook_detect::explain::defang;
use unhook_engine::response::{ActionState, Asked, Block, Deed, ListHead};
use unhook_model::{ActionId, Hostname, Timestamp};

use crate::console::action_line::ActionLine;
use crate::console::charts;
use crate::console::frame::{self, Frame, Here};
use crate::console::moments::{Moment, exact, moment};
use crate::console::visit::{Filled, Visit};
use crate::console::words::Words;
use crate::given::{Segment, bad_request};
use crate::problem::Problem;
use crate::routes::coverage::give;

/// How many blocks and actions the page shows.
const MOST: usize = 200;

/// How many devices a browser proposes; any may be typed in.
const MOST_DEVICES: usize = 200;

/// Why look-ups got no answer that should have had one.
const BUSY: &str = "busy";

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Where it is.
const PATH: &str = "/protection";

#[derive(Template)]
#[template(path = "protection.html")]
struct Page {
    f: Frame,
    blocked_count: usize,
    listed_count: u64,
    asked: Vec<ActionLine>,
    would_have: Vec<WouldLine>,
    blocks: Vec<BlockLine>,
    held_count: usize,
    held: Vec<HoldLine>,
    lifted: Vec<LiftedLine>,
    lists: Vec<ListLine>,
    zone: Option<Zone>,
    resolver: Option<ResolverStatus>,
    /// What is wrong with the resolver, a line each.
    troubles: Vec<String>,
    /// Since when look-ups are counted.
    since: String,
    providers: Vec<ProviderLine>,
    gateways: Vec<GatewayLine>,
    /// For those who may set devices up.
    devices: Option<Vec<String>>,
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
    hits: Option<HitsLine>,
}

/// Who looked a name up in vain.
struct HitsLine {
    says: String,
    chart: String,
}

/// What the playbook would have done by itself, and what that would have stopped.
struct WouldLine {
    action: ActionLine,
    /// How often it was reported and looked up, by how many; empty where nothing is counted.
    counts: Vec<String>,
}

/// A name that is held.
struct HoldLine {
    /// As it is, for the form alone.
    name: String,
    shown: String,
    /// Which brand it imitates, and where that is not the name itself, by which host.
    why: String,
    since: Moment,
    until: String,
    hits: Option<HitsLine>,
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
    let (asked, held) = (service.asked(), service.held());
    let coverage = visit.shared.settings().coverage.as_deref();
    let resolver = coverage.and_then(Coverage::resolver);
    Page {
        troubles: resolver.as_ref().map(|status| troubles(visit, status)).unwrap_or_default(),
        f: visit.frame(Here::Protection, &w.nav.protection),
        blocked_count: blocks.len(),
        listed_count: lists.iter().map(|(_, head)| head.count).sum(),
        would_have: would_have(visit, line),
        asked: asked.iter().take(MOST).map(line).collect(),
        blocks: newest(blocks).iter().map(|block| BlockLine::of(visit, block, now)).collect(),
        held_count: held.len(),
        held: held.iter().take(MOST).filter_map(|hold| HoldLine::of(visit, hold, now)).collect(),
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
        resolver,
        since: exact(service.hits_since()),
        devices: devices(visit),
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

/// What would have run among what was proposed last, nobody having said anything of it yet.
fn would_have(visit: &Visit, line: impl Fn(&Asked) -> ActionLine) -> Vec<WouldLine> {
    let (w, service) = (&visit.words.protection, visit.shared.service());
    let is_open = |asked: &&Asked| {
        let is_open = matches!(asked.state(), ActionState::Asked | ActionState::Lapsed);
        is_open && asked.action.would_run
    };
    let counts = |asked: &Asked| {
        let Some(would) = service.would_hit(asked) else { return Vec::new() };
        let mut counts =
            vec![w.would_reported.of(would.reports), w.would_looked_up.of(would.hits.count)];
        if would.hits.clients > 0 {
            counts.push(w.hit_by.of(would.hits.clients));
        }
        counts.push(w.would_staff.of(would.staff));
        counts
    };
    let recent = service.actions(None, MOST);
    let lines = recent.iter().filter(is_open);
    lines.map(|asked| WouldLine { action: line(asked), counts: counts(asked) }).collect()
}

/// What is wrong with the resolver, or was since the start.
fn troubles(visit: &Visit, status: &ResolverStatus) -> Vec<String> {
    let w = &visit.words.protection;
    let dead = status.upstreams.iter().filter(|upstream| !upstream.is_alive);
    let busy = status.dropped.iter().find(|(why, _)| *why == BUSY).map_or(0, |(_, count)| *count);
    let untold = status.untold + visit.shared.service().dropped_lookups();
    let counted = [(busy, &w.too_many), (untold, &w.untold)];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0);
    let open = status.fails_open.then(|| w.fails_open.to_string());
    open.into_iter()
        .chain(dead.map(|upstream| w.upstream_dead.with(&upstream.address)))
        .chain(counted.map(|(count, text)| text.of(count)))
        .collect()
}

/// The devices that can be set up, for those who may.
fn devices(visit: &Visit) -> Option<Vec<String>> {
    let devices = visit.shared.settings().devices.as_deref();
    let devices = devices.filter(|_| visit.may(Scope::Admin))?;
    let names = Devices::names(devices).into_iter().take(MOST_DEVICES);
    Some(names.map(|name| name.to_string()).collect())
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
    fn of(visit: &Visit, block: &Block, now: Timestamp) -> Self {
        let w = visit.words;
        let hits = visit.shared.service().hits(&block.name);
        Self {
            hits: (hits.count > 0).then(|| HitsLine::of(w, &hits, now)),
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

impl HoldLine {
    fn of(visit: &Visit, hold: &Hold, now: Timestamp) -> Option<Self> {
        let (w, p) = (visit.words, &visit.words.protection);
        let hits = visit.shared.service().hits(&Hostname::parse(&hold.name).ok()?);
        let why = p.imitates.with(&hold.brand);
        let is_host = hold.host != hold.name;
        Some(Self {
            hits: (hits.count > 0).then(|| HitsLine::of(w, &hits, now)),
            name: hold.name.to_string(),
            shown: defang(&hold.name),
            why: if is_host { format!("{why} ({})", defang(&hold.host)) } else { why },
            since: moment(w, hold.since, now),
            until: p.until.with(exact(hold.until)),
        })
    }
}

impl HitsLine {
    fn of(w: &Words, hits: &NameHits, now: Timestamp) -> Self {
        let p = &w.protection;
        let hours = last_hours(hits, now);
        let most = hours.iter().max().copied().unwrap_or(0);
        let title = p.hits_title.with_both(hours.iter().copied().map(u64::from).sum::<u64>(), most);
        Self {
            says: format!("{} {}", p.hits.of(hits.count), p.hit_by.of(hits.clients)),
            chart: charts::shape(&hours, "malicious", &title),
        }
    }
}

/// The last 72 hours, the one that is now at the end.
fn last_hours(hits: &NameHits, now: Timestamp) -> [u32; MOST_HOURS] {
    let hour = |at: Timestamp| at.unix_ms().div_euclid(HOUR_MS);
    let first = hour(now) - (MOST_HOURS as i64 - 1);
    let mut hours = [0; MOST_HOURS];
    for (at, count) in &hits.hours {
        // A clock may have been set back.
        let nth = usize::try_from(hour(*at) - first).ok();
        if let Some(slot) = nth.and_then(|nth| hours.get_mut(nth)) {
            *slot = u32::try_from(*count).unwrap_or(u32::MAX);
        }
    }
    hours
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

/// A name that is held resolves, and is not held again.
pub(crate) async fn release(visit: Visit, form: Filled) -> Result<Response, Problem> {
    let name = Hostname::parse(form.text("name")).map_err(|why| bad_request(&why.to_string()))?;
    if !visit.shared.service().release(&name).await {
        return Err(Problem::not_found("hold of this name"));
    }
    visit.shared.note(visit.by(), "hold-released", name, None).await;
    Ok(Redirect::to(PATH).into_response())
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

/// Somebody gets what a device is set up with.
pub(crate) async fn profile(visit: Visit, form: Filled) -> Result<Response, Problem> {
    give(&visit.shared, form.text("device"), form.text("kind"), visit.by()).await
}

/// The page that a form stands on: this one, or a campaign's.
fn back(form: &Filled) -> &str {
    let given = form.text("back");
    let is_campaign = given
        .strip_prefix("/campaigns/")
        .is_some_and(|id| crate::given::id::<unhook_model::CampaignId>(id).is_some());
    if is_campaign { given } else { PATH }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_72_hours_are_drawn_and_no_other() {
        let at = |hour: i64| Timestamp::from_unix_ms(hour * HOUR_MS);
        let hours = [(at(10), 1), (at(29), 2), (at(100), u64::MAX), (at(101), 9)];
        let hits = NameHits { count: 12, clients: 2, hours: hours.into() };
        let hours = last_hours(&hits, Timestamp::from_unix_ms(100 * HOUR_MS + 5));
        assert_eq!((hours[0], hours[71]), (2, u32::MAX));
        assert_eq!(hours[1..71].iter().sum::<u32>(), 0);
        let line = HitsLine::of(&crate::console::words::all()[0], &hits, at(100));
        assert_eq!(line.says, "12 look-ups by 2 devices and addresses");
        assert!(line.chart.contains("role=\"img\"") && line.chart.contains("busiest hour"));
    }
}
