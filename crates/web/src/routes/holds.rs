//! Holds: names that do not resolve for a day, because they are new and look like the organization.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Serialize;
use unhook_app::service::{Hold, NameHits};
use unhook_model::Hostname;
use utoipa::{IntoParams, ToSchema};

use crate::gate::Caller;
use crate::given::{Params, Segment};
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;
use crate::time;
use crate::web::Shared;

/// A name that does not resolve for now, with all below it.
#[derive(Serialize, ToSchema)]
#[schema(as = Hold)]
pub(crate) struct HoldBody {
    /// The name.
    name: String,
    /// What was looked up and looks like the organization: the name, or a host below it.
    host: String,
    /// The brand of the organization's own that it imitates.
    brand: String,
    /// Since when.
    #[schema(format = "date-time")]
    since: String,
    /// Until when, if nobody releases it.
    #[schema(format = "date-time")]
    until: String,
    /// How often it, or one below it, was looked up in vain since the start.
    #[schema(minimum = 0)]
    hits: u64,
    /// By how many addresses and devices.
    #[schema(minimum = 0)]
    clients: usize,
}

impl HoldBody {
    fn of(hold: &Hold, hits: &NameHits) -> Self {
        Self {
            name: hold.name.to_string(),
            host: hold.host.to_string(),
            brand: hold.brand.clone(),
            since: time::write(hold.since),
            until: time::write(hold.until),
            hits: hits.count,
            clients: hits.clients,
        }
    }
}

/// A page of names.
#[derive(Serialize, ToSchema)]
#[schema(as = Holds)]
pub(crate) struct HoldsBody {
    /// Names that are held, in the order of the alphabet.
    items: Vec<HoldBody>,
    /// Where the next page begins; null on the last.
    next: Option<String>,
}

/// Which names.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HoldsQuery {
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

/// The names that are held: new here, and looking like the organization.
#[utoipa::path(get, path = "/api/v1/holds", tag = "blocks", operation_id = "list_holds",
    params(HoldsQuery),
    responses((status = 200, description = "Names", body = HoldsBody)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Params(query): Params<HoldsQuery>,
) -> Result<Json<HoldsBody>, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let after: Option<Hostname> = cursor(query.cursor.as_deref())?;
    let service = shared.service();
    let named = |hold: Hold| Hostname::parse(&hold.name).ok().map(|name| (name, hold));
    let held = service.held().into_iter().filter_map(named);
    let rest = held.filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
    let body = |(name, hold): &(Hostname, Hold)| HoldBody::of(hold, &service.hits(name));
    let name = |(name, _): &(Hostname, Hold)| name.clone();
    let Page { items, next } = Page::of(rest.take(limit + 1).collect(), limit, name, body);
    Ok(Json(HoldsBody { items, next }))
}

/// Let a name that is held resolve, and not be held again.
#[utoipa::path(delete, path = "/api/v1/holds/{name}", tag = "blocks",
    operation_id = "release_hold",
    params(("name" = String, Path, description = "The name that is held")),
    responses((status = 204, description = "It resolves")))]
pub(crate) async fn release(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(name): Segment<Hostname>,
) -> Result<StatusCode, Problem> {
    if !shared.service().release(&name).await {
        return Err(Problem::not_found("hold of this very name"));
    }
    shared.note(caller.by, "hold-released".to_owned(), name.to_string(), None).await;
    Ok(StatusCode::NO_CONTENT)
}
