//! Blocks: names that do not resolve, one by one or as lists of many.

use axum::Json;
use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use serde::Serialize;
use unhook_app::service::{
    BlockRequest, LONGEST_LIST, LONGEST_REASON, ListImport, ListRequest, MOST_LISTED, NameHits,
};
use unhook_engine::response::{Block, ListHead};
use unhook_model::{CampaignId, Hostname, Timestamp};
use utoipa::{IntoParams, ToSchema};

use crate::gate::Caller;
use crate::given::{AN_ID, Given, Params, Segment, bad_request, bytes, id, media_type};
use crate::paging::{Cursor, Page, cursor, limit};
use crate::problem::Problem;
use crate::settings::LONGEST_BLOCKLIST;
use crate::time;
use crate::web::Shared;

/// A name that does not resolve, with all below it.
#[derive(Serialize, ToSchema)]
#[schema(as = Block)]
pub(crate) struct BlockBody {
    /// The name.
    name: String,
    /// Why.
    reason: String,
    /// Because of which campaign.
    #[schema(format = "uuid")]
    campaign: Option<String>,
    /// By which action of a playbook, or one that somebody approved.
    #[schema(format = "uuid")]
    action: Option<String>,
    /// Who did; null for a playbook.
    #[schema(format = "uuid")]
    by: Option<String>,
    /// When.
    #[schema(format = "date-time")]
    at: String,
    /// Until when; null until somebody lifts it.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    /// How often it, or one below it, was looked up in vain since the start.
    #[schema(minimum = 0)]
    hits: u64,
    /// By how many addresses and devices.
    #[schema(minimum = 0)]
    clients: usize,
    /// How often in each of the hours in which it was, the last 72 of them, the oldest first.
    hours: Vec<HourBody>,
}

/// One hour.
#[derive(Serialize, ToSchema)]
#[schema(as = BlockHour)]
pub(crate) struct HourBody {
    /// When it began.
    #[schema(format = "date-time")]
    at: String,
    /// How many look-ups were in it.
    #[schema(minimum = 0)]
    hits: u64,
}

impl BlockBody {
    fn of(block: &Block, hits: NameHits) -> Self {
        let hour = |(at, hits)| HourBody { at: time::write(at), hits };
        Self {
            hits: hits.count,
            clients: hits.clients,
            hours: hits.hours.into_iter().map(hour).collect(),
            name: block.name.to_string(),
            reason: block.reason.clone(),
            campaign: block.campaign.map(|id| id.to_string()),
            action: block.action.map(|id| id.to_string()),
            by: block.by.map(|id| id.to_string()),
            at: time::write(block.at),
            expires_at: block.expires_at.map(time::write),
        }
    }
}

/// A list of names that do not resolve.
#[derive(Serialize, ToSchema)]
#[schema(as = BlockList)]
pub(crate) struct ListBody {
    /// What it is called.
    list: String,
    /// How many names are in it.
    #[schema(minimum = 0)]
    count: u64,
    /// What it is.
    reason: String,
    /// When it was brought in last.
    #[schema(format = "date-time")]
    at: String,
    /// Until when it holds; null until another takes its place.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
}

impl ListBody {
    fn of((list, head): &(String, ListHead)) -> Self {
        Self {
            list: list.clone(),
            count: head.count,
            reason: head.reason.clone(),
            at: time::write(head.at),
            expires_at: head.expires_at.map(time::write),
        }
    }
}

/// A page of names, and every list.
#[derive(Serialize, ToSchema)]
#[schema(as = Blocks)]
pub(crate) struct BlocksBody {
    /// Names that were blocked one by one, in the order of the alphabet.
    items: Vec<BlockBody>,
    /// Where the next page begins; null on the last.
    next: Option<String>,
    /// The lists, by name.
    lists: Vec<ListBody>,
    /// Since when look-ups are counted: the start.
    #[schema(format = "date-time")]
    hits_since: String,
}

/// Which names.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BlocksQuery {
    /// At most so many names.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where the page begins, as an earlier answer said.
    cursor: Option<String>,
    /// A position that the answer must have seen; 409 if reads do not come to it in time.
    #[expect(dead_code, reason = "the gate waits for it; here it is only known")]
    #[param(pattern = "^[0-9]{1,19}$", max_length = 19)]
    after: Option<String>,
}

impl Cursor for Hostname {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok().filter(|name| name.as_str() == text)
    }
}

/// The names that do not resolve.
#[utoipa::path(get, path = "/api/v1/blocks", tag = "blocks", operation_id = "list_blocks",
    params(BlocksQuery),
    responses((status = 200, description = "Names and lists", body = BlocksBody)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Params(query): Params<BlocksQuery>,
) -> Result<Json<BlocksBody>, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let after: Option<Hostname> = cursor(query.cursor.as_deref())?;
    let blocks = shared.service().blocks().into_iter();
    let rest = blocks.filter(|block| after.as_ref().is_none_or(|after| block.name > *after));
    let name = |block: &Block| block.name.clone();
    let body = |block: &Block| BlockBody::of(block, shared.service().hits(&block.name));
    let Page { items, next } = Page::of(rest.take(limit + 1).collect(), limit, name, body);
    let lists = shared.service().block_lists().iter().map(ListBody::of).collect();
    let hits_since = time::write(shared.service().hits_since());
    Ok(Json(BlocksBody { items, next, lists, hits_since }))
}

/// A name that is to stop resolving.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockRequest)]
pub(crate) struct BlockGiven {
    /// A registrable domain or a host below one; `[.]` is read as a dot.
    #[schema(max_length = 260, example = "acme-okta.example")]
    name: String,
    /// Why; it stands with the block and in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "imitates our sign-in")]
    reason: String,
    /// Until when; until somebody lifts it, if not given.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    /// Because of which campaign.
    #[schema(format = "uuid")]
    campaign: Option<String>,
}

impl BlockGiven {
    fn read(&self) -> Result<BlockRequest, Problem> {
        let campaign = self.campaign.as_deref();
        let campaign = campaign
            .map(|text| id::<CampaignId>(text).ok_or_else(|| Problem::value("/campaign", AN_ID)));
        Ok(BlockRequest {
            name: self.name.clone(),
            reason: self.reason.clone(),
            campaign: campaign.transpose()?,
            expires_at: moment(self.expires_at.as_deref())
                .ok_or_else(|| Problem::value("/expires_at", A_MOMENT))?,
        })
    }
}

const A_MOMENT: &str = "write a moment as 2026-07-20T22:49:00Z";

/// A moment that may be given; `None` for what is none.
fn moment(text: Option<&str>) -> Option<Option<Timestamp>> {
    text.map_or(Some(None), |text| time::read(text).map(Some))
}

/// Have a name not resolve, with all below it.
///
/// Names that are the organization's own, allowed, a partner's, an identity provider's, a brand's,
/// widely used, or that lend names to anybody are refused.
#[utoipa::path(post, path = "/api/v1/blocks", tag = "blocks", operation_id = "block_name",
    request_body = BlockGiven,
    responses((status = 201, description = "It does not resolve any more", body = BlockBody)))]
pub(crate) async fn block(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Given(given): Given<BlockGiven>,
) -> Result<(StatusCode, Json<BlockBody>), Problem> {
    let (block, _) = shared.service().block(given.read()?, caller.by).await?;
    let (name, reason) = (block.name.to_string(), block.reason.clone());
    shared.note(caller.by, "name-blocked".to_owned(), name, Some(reason)).await;
    let hits = shared.service().hits(&block.name);
    Ok((StatusCode::CREATED, Json(BlockBody::of(&block, hits))))
}

/// Have a name resolve again.
#[utoipa::path(delete, path = "/api/v1/blocks/{name}", tag = "blocks", operation_id = "lift_block",
    params(("name" = String, Path, description = "The name that was blocked")),
    responses((status = 204, description = "It resolves again")))]
pub(crate) async fn lift(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(name): Segment<Hostname>,
) -> Result<StatusCode, Problem> {
    if shared.service().lift(&name, caller.by).await?.is_none() {
        return Err(Problem::not_found("block of this very name"));
    }
    shared.note(caller.by, "block-lifted".to_owned(), name.to_string(), None).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Which list is brought in.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// What it is called: it takes the place of the one with this name.
    #[param(min_length = 1, max_length = 64, example = "partner-feed")]
    list: Option<String>,
    /// What it is.
    #[param(min_length = 1, max_length = 500, example = "our sector's feed")]
    reason: Option<String>,
    /// Until when it holds; until another takes its place, if not given.
    #[param(format = "date-time")]
    expires_at: Option<String>,
}

/// What became of a list.
#[derive(Serialize, ToSchema)]
#[schema(as = BlockImport)]
pub(crate) struct ImportBody {
    /// How many names are new in it.
    #[schema(minimum = 0)]
    added: usize,
    /// How many are no longer in it.
    #[schema(minimum = 0)]
    removed: usize,
    /// How many are in it now.
    #[schema(minimum = 0)]
    count: usize,
    /// How many were not taken.
    #[schema(minimum = 0)]
    refused: usize,
    /// The first of those.
    refusals: Vec<RefusalBody>,
}

/// A name that was not taken.
#[derive(Serialize, ToSchema)]
#[schema(as = BlockRefusal)]
pub(crate) struct RefusalBody {
    /// What was given.
    name: String,
    /// Why not.
    reason: String,
}

impl ImportBody {
    fn of(import: ListImport) -> Self {
        let ListImport { added, removed, count, refused, refusals } = import;
        let refusals = refusals.into_iter().map(|(name, reason)| RefusalBody { name, reason });
        Self { added, removed, count, refused, refusals: refusals.collect() }
    }
}

/// Bring a list of names in, in the place of the one with its name.
///
/// An empty one takes that away. What must not be blocked is left out and said.
#[utoipa::path(post, path = "/api/v1/blocks/import", tag = "blocks", operation_id = "import_blocks",
    params(ImportQuery),
    request_body(content = String, content_type = "text/plain",
        description = "A name a line, or lines of a hosts file; `#` begins a comment"),
    responses((status = 200, description = "The list is so now", body = ImportBody)))]
pub(crate) async fn import(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Params(query): Params<ImportQuery>,
    request: Request,
) -> Result<Json<ImportBody>, Problem> {
    media_type(request.headers(), "text/plain")?;
    let missing = |what: &str, longest| {
        bad_request(&format!("say `{what}` in the query, of 1 to {longest} characters"))
    };
    let list = query.list.ok_or_else(|| missing("list", LONGEST_LIST))?;
    let reason = query.reason.ok_or_else(|| missing("reason", LONGEST_REASON))?;
    let expires_at = moment(query.expires_at.as_deref())
        .ok_or_else(|| bad_request(&format!("`expires_at`: {A_MOMENT}")))?;
    let body = bytes(request, LONGEST_BLOCKLIST, shared.settings().bounds.body_time).await?;
    let names = names_of(&body)?;
    let request = ListRequest { list: list.clone(), names, reason: reason.clone(), expires_at };
    let import = shared.service().import_list(request, caller.by).await?;
    shared.note(caller.by, "block-list-imported".to_owned(), list, Some(reason)).await;
    Ok(Json(ImportBody::of(import)))
}

/// The names of a list: one a line, or what follows an address as in a hosts file.
fn names_of(body: &[u8]) -> Result<Vec<String>, Problem> {
    let text = std::str::from_utf8(body)
        .map_err(|_| Problem::value("", "the list is no text in UTF-8"))?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let mut names = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        match line.split_once(|c: char| c.is_ascii_whitespace()) {
            Some((address, hosts)) if address.parse::<std::net::IpAddr>().is_ok() => {
                names.extend(hosts.split_ascii_whitespace().map(str::to_owned));
            }
            _ => names.push(line.to_owned()),
        }
        if names.len() > MOST_LISTED {
            break;
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_line_by_line() {
        let list =
            "# ours\nlure.example\n\n0.0.0.0 a.example b.example # two\r\n  c.example  \nno name\n";
        let names = names_of(list.as_bytes()).unwrap();
        assert_eq!(names, ["lure.example", "a.example", "b.example", "c.example", "no name"]);
        assert_eq!(names_of(b"").unwrap(), [""; 0]);
        assert!(names_of(b"\xff\xfe").is_err());
    }
}
