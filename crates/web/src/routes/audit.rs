//! The audit trail: who did what, when and why.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use unhook_app::AuditEntry;
use utoipa::{IntoParams, ToSchema};

use crate::given::Params;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;
use crate::time;
use crate::web::Shared;

/// One line of the trail.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditBody {
    /// Its number.
    #[schema(minimum = 0)]
    number: u64,
    /// When.
    #[schema(format = "date-time")]
    at: String,
    /// Who: a token's id; null for somebody at the machine itself.
    #[schema(format = "uuid")]
    by: Option<String>,
    /// What was done, as a short name.
    action: String,
    /// To what.
    subject: String,
    /// Why, as they said.
    reason: Option<String>,
}

impl AuditBody {
    fn of((number, entry): &(u64, AuditEntry)) -> Self {
        Self {
            number: *number,
            at: time::write(entry.at),
            by: entry.by.map(|by| by.to_string()),
            action: entry.action.clone(),
            subject: entry.subject.clone(),
            reason: entry.reason.clone(),
        }
    }
}

/// Which part of the trail.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// At most so many.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// `next` of the page before.
    #[param(pattern = "^[0-9]{1,19}$", max_length = 19)]
    cursor: Option<String>,
    /// A position that the answer must have seen; 409 if reads do not come to it in time.
    #[expect(dead_code, reason = "the gate waits for it; here it is only known")]
    #[param(pattern = "^[0-9]{1,19}$", max_length = 19)]
    after: Option<String>,
}

/// One page of the trail.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// Newest first.
    items: Vec<AuditBody>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

/// The audit trail, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "access", params(AuditQuery),
    operation_id = "read_audit_trail",
    responses((status = 200, description = "One page", body = AuditPage)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Params(query): Params<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let before = cursor(query.cursor.as_deref())?;
    let found = shared.look_up(move |service| service.access().trail(before, limit + 1)).await?;
    let Page { items, next } = Page::of(found, limit, |(number, _)| *number, AuditBody::of);
    Ok(Json(AuditPage { items, next }))
}
