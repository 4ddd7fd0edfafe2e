//! How identity providers are: whether sessions could be ended there now.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use unhook_app::identity::ProviderHealth;
use utoipa::ToSchema;

use super::AfterQuery;
use crate::given::Params;
use crate::problem::Problem;
use crate::time;
use crate::web::Shared;

/// One identity provider.
#[derive(Serialize, ToSchema)]
#[schema(as = IdentityProvider)]
pub(crate) struct ProviderBody {
    /// What the settings call it.
    name: String,
    /// What it is: `okta`, `entra`, `google`, `scim` or `shared-signals`.
    kind: &'static str,
    /// What it can do, as `end-sessions`.
    abilities: Vec<&'static str>,
    /// Whether its sign-ins are read here.
    reads_sign_ins: bool,
    /// How many were since the start.
    #[schema(minimum = 0)]
    sign_ins: u64,
    /// The newest of them.
    #[schema(format = "date-time")]
    newest_sign_in: Option<String>,
    /// Whether the last thing that was tried there went well.
    is_well: bool,
    /// Whether nothing is tried for a while, since too much failed.
    is_paused: bool,
    /// When it last answered as it should.
    #[schema(format = "date-time")]
    succeeded_at: Option<String>,
    /// When it last did not.
    #[schema(format = "date-time")]
    failed_at: Option<String>,
    /// Why, in a line.
    failure: Option<String>,
}

impl ProviderBody {
    fn of(health: ProviderHealth) -> Self {
        let is_paused = health.is_paused();
        let (failed_at, failure) = health.failed.unzip();
        Self {
            name: health.name,
            kind: health.kind.name(),
            abilities: health.abilities.iter().map(|ability| ability.name()).collect(),
            reads_sign_ins: health.reads_sign_ins,
            sign_ins: health.sign_ins,
            newest_sign_in: health.newest_sign_in.map(time::write),
            is_well: health.is_well,
            is_paused,
            succeeded_at: health.succeeded_at.map(time::write),
            failed_at: failed_at.map(time::write),
            failure,
        }
    }
}

/// How each identity provider is.
#[utoipa::path(get, path = "/api/v1/identity", tag = "actions", operation_id = "list_identity",
    params(AfterQuery),
    responses((status = 200, description = "Each, in the order of the settings",
        body = Vec<ProviderBody>)))]
pub(crate) async fn list(
    State(shared): State<Shared>,
    Params(_): Params<AfterQuery>,
) -> Result<Json<Vec<ProviderBody>>, Problem> {
    let health = shared.service().identity_health();
    Ok(Json(health.into_iter().map(ProviderBody::of).collect()))
}
