//! What waits for a person to look at it, and who said that they had given something away.

use axum::Json;
use axum::extract::{Extension, State};
use serde::Serialize;
use unhook_app::ServiceError;
use unhook_app::views::{Attention, StatementRow};
use utoipa::{IntoParams, ToSchema};

use super::{AfterQuery, Written};
use crate::gate::Caller;
use crate::given::{FromSegment, Params, Segment, bad_request};
use crate::paging::limit;
use crate::problem::{Kind, Problem};
use crate::time;
use crate::web::Shared;

/// The longest short name of a matter, in bytes.
const LONGEST_MATTER: usize = 128;

/// Something that waits for a person to look at it.
#[derive(Serialize, ToSchema)]
#[schema(as = Attention)]
pub(crate) struct AttentionBody {
    /// What about, as a short name.
    matter: String,
    /// When it first came up.
    #[schema(format = "date-time")]
    since: String,
    /// When it last came up.
    #[schema(format = "date-time")]
    last_at: String,
    /// How often.
    #[schema(minimum = 1)]
    count: u64,
    /// The first report that brought it up.
    #[schema(format = "uuid")]
    report: Option<String>,
}

impl AttentionBody {
    fn of(attention: Attention) -> Self {
        Self {
            matter: attention.matter,
            since: time::write(attention.since),
            last_at: time::write(attention.last_at),
            count: attention.count,
            report: attention.report.map(|id| id.to_string()),
        }
    }
}

/// What waits.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttentionList {
    /// All of it.
    items: Vec<AttentionBody>,
}

/// What waits for a person to look at it.
#[utoipa::path(get, path = "/api/v1/attention", tag = "attention", params(AfterQuery),
    operation_id = "list_attention",
    responses((status = 200, description = "All of it", body = AttentionList)))]
pub(crate) async fn attention(
    State(shared): State<Shared>,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Json<AttentionList>, Problem> {
    let found = shared.look_up(unhook_app::Service::attention).await?;
    Ok(Json(AttentionList { items: found.into_iter().map(AttentionBody::of).collect() }))
}

/// The short name of a matter.
pub(crate) struct Matter(String);

impl FromSegment for Matter {
    fn from_segment(text: &str) -> Result<Self, Problem> {
        let is_start = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_good = text.len() <= LONGEST_MATTER
            && text.as_bytes().first().is_some_and(is_start)
            && text.bytes().all(|byte| is_start(&byte) || b":.-".contains(&byte));
        let how = "name a matter as the list of what waits does, such as `stranger-campaign`";
        if is_good { Ok(Self(text.to_owned())) } else { Err(bad_request(how)) }
    }
}

/// Somebody looked at what waited.
#[utoipa::path(post, path = "/api/v1/attention/{matter}/review", tag = "attention",
    operation_id = "review_matter",
    params(("matter" = String, Path, pattern = "^[a-z0-9][a-z0-9:.-]{0,127}$",
        description = "What about")),
    responses((status = 200, description = "It waits no longer", body = Written)))]
pub(crate) async fn review(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Segment(Matter(matter)): Segment<Matter>,
) -> Result<Json<Written>, Problem> {
    match shared.service().review(&matter, caller.by).await {
        Ok(position) => {
            shared.note(caller.by, "matter-reviewed", &matter, None).await;
            Ok(Written::at(position))
        }
        // Its name is well formed; what the use case finds wrong is that nothing has it.
        Err(ServiceError::Invalid(detail)) => Err(Problem::because(Kind::NotFound, detail)),
        Err(error) => Err(error.into()),
    }
}

/// That somebody said they had given something away.
#[derive(Serialize, ToSchema)]
#[schema(as = Statement)]
pub(crate) struct StatementBody {
    /// Who, by pseudonym.
    #[schema(format = "uuid")]
    person: String,
    /// About which report.
    #[schema(format = "uuid")]
    report: Option<String>,
    /// When.
    #[schema(format = "date-time")]
    at: String,
}

impl StatementBody {
    fn of(row: StatementRow) -> Self {
        Self {
            person: row.person.to_string(),
            report: row.report.map(|id| id.to_string()),
            at: time::write(row.at),
        }
    }
}

/// Statements.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementList {
    /// Newest first.
    items: Vec<StatementBody>,
}

/// How many statements.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatementsQuery {
    /// At most so many.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// A position that the answer must have seen; 409 if reads do not come to it in time.
    #[expect(dead_code, reason = "the gate waits for it; here it is only known")]
    #[param(pattern = "^[0-9]{1,19}$", max_length = 19)]
    after: Option<String>,
}

/// Who said that they had given something away, newest first.
#[utoipa::path(get, path = "/api/v1/statements", tag = "attention", params(StatementsQuery),
    operation_id = "list_statements",
    responses((status = 200, description = "The newest", body = StatementList)))]
pub(crate) async fn statements(
    State(shared): State<Shared>,
    Params(query): Params<StatementsQuery>,
) -> Result<Json<StatementList>, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let found = shared.look_up(move |service| service.statements(limit)).await?;
    Ok(Json(StatementList { items: found.into_iter().map(StatementBody::of).collect() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_model::{PersonId, ReportId, Timestamp};

    #[test]
    fn what_waits_is_shown() {
        let at = Timestamp::from_unix_ms(1_658_357_340_000);
        let report = Some(ReportId::from_bytes([2; 16]));
        let attention = AttentionBody::of(Attention {
            matter: "stranger-campaign".to_owned(),
            since: at,
            last_at: at,
            count: 2,
            report,
        });
        let person = PersonId::from_bytes([3; 16]);
        let statement = StatementBody::of(StatementRow { person, report, at });
        insta::assert_snapshot!(serde_json::to_string_pretty(&(attention, statement)).unwrap());
    }

    #[test]
    fn matters_are_short_names() {
        assert!(Matter::from_segment("outcome-unknown:7").is_ok());
        for text in ["", "-a", "A", "a/b", "a b", &"a".repeat(129)] {
            assert!(Matter::from_segment(text).is_err(), "{text}");
        }
    }
}
