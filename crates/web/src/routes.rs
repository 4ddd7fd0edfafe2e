//! The routes of the API: one table, one file for each matter.
//!
//! [`table`] is what the router, the description and the tests of access are all made from,
//! so a route that is not in it is not there, and one that is has a scope.

pub(crate) mod actions;
pub(crate) mod audit;
pub(crate) mod blocks;
pub(crate) mod campaigns;
pub(crate) mod check;
pub(crate) mod coverage;
pub(crate) mod deliveries;
pub(crate) mod drafts;
pub(crate) mod events;
pub(crate) mod exposure;
pub(crate) mod holds;
pub(crate) mod identity;
pub(crate) mod lists;
pub(crate) mod logs;
pub(crate) mod mail;
pub(crate) mod matters;
mod message;
pub(crate) mod notices;
pub(crate) mod notifications;
pub(crate) mod people;
pub(crate) mod reports;
pub(crate) mod rulings;
pub(crate) mod screenshot;
pub(crate) mod tokens;

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{self, MethodRouter};
use unhook_app::Scope;
use unhook_app::journal::Position;
use utoipa::ToSchema;

use crate::problem::Kind;
use crate::web::Shared;

/// One route.
pub(crate) struct Route {
    /// The method.
    pub(crate) method: Method,
    /// The path's template.
    pub(crate) path: &'static str,
    /// What a token must allow.
    pub(crate) scope: Scope,
    /// What may go wrong, beside what may with every route.
    pub(crate) problems: Vec<Kind>,
    pub(crate) handler: MethodRouter<Shared>,
}

/// What may go wrong with every route.
pub(crate) const ALWAYS: [Kind; 5] =
    [Kind::BadRequest, Kind::Unauthorized, Kind::Forbidden, Kind::Broken, Kind::Unavailable];

/// What may go wrong with a body.
const OF_BODY: [Kind; 5] =
    [Kind::BadJson, Kind::TooSlow, Kind::TooLarge, Kind::MediaType, Kind::Invalid];

fn read<H: Handler<T, Shared>, T: 'static>(path: &'static str, scope: Scope, handler: H) -> Route {
    let problems = vec![Kind::NotYet];
    Route { method: Method::GET, path, scope, problems, handler: routing::get(handler) }
}

/// A write without a body.
fn act<H: Handler<T, Shared>, T: 'static>(path: &'static str, scope: Scope, handler: H) -> Route {
    let problems = vec![Kind::Invalid, Kind::TooMany];
    Route { method: Method::POST, path, scope, problems, handler: routing::post(handler) }
}

/// A write with a body.
fn write<H: Handler<T, Shared>, T: 'static>(path: &'static str, scope: Scope, handler: H) -> Route {
    act(path, scope, handler).may(&OF_BODY)
}

impl Route {
    fn may(mut self, problems: &[Kind]) -> Self {
        for kind in problems {
            if !self.problems.contains(kind) {
                self.problems.push(*kind);
            }
        }
        self
    }

    /// What it names may not be there.
    fn finds(self) -> Self {
        self.may(&[Kind::NotFound])
    }

    /// What is asked may be impossible, as things are.
    fn decides(self) -> Self {
        self.may(&[Kind::NotFound, Kind::Refused])
    }
}

/// Every route of the API.
pub(crate) fn table() -> Vec<Route> {
    use Scope::{Admin, Approve, Audit, Intake, Logs, Read, ReadPeople, Rule};
    vec![
        write("/api/v1/check", Intake, check::check),
        write("/api/v1/reports", Intake, reports::take),
        read("/api/v1/reports", Read, reports::list),
        read("/api/v1/reports/{id}", Read, reports::show).finds(),
        write(mail::PATH, Intake, mail::take),
        write(screenshot::PATH, Intake, screenshot::take),
        read("/api/v1/campaigns", Read, campaigns::list),
        read("/api/v1/campaigns/{id}", Read, campaigns::show).finds(),
        read("/api/v1/campaigns/{id}/exposure", Read, exposure::show).finds(),
        write("/api/v1/campaigns/{id}/recipients", Logs, exposure::recipients).finds(),
        read("/api/v1/campaigns/{id}/notifications", Read, notifications::show).finds(),
        read("/api/v1/campaigns/{id}/notifications.csv", Read, notifications::table).finds(),
        write("/api/v1/campaigns/{id}/notifications/names", ReadPeople, notifications::names)
            .finds(),
        write("/api/v1/campaigns/{id}/notifications/evidence", ReadPeople, notifications::evidence)
            .finds(),
        write("/api/v1/campaigns/{id}/notifications/aware", Rule, notifications::aware).finds(),
        write("/api/v1/campaigns/{id}/notifications/status", Rule, notifications::settle).finds(),
        write("/api/v1/campaigns/{id}/notifications/owner", Rule, notifications::own).finds(),
        write("/api/v1/logs/{kind}", Logs, logs::take).finds(),
        act("/api/v1/campaigns/{id}/acknowledge", Rule, campaigns::acknowledge).decides(),
        write("/api/v1/campaigns/{id}/merge", Rule, campaigns::merge).decides(),
        write("/api/v1/campaigns/{id}/split", Rule, campaigns::split).decides(),
        act("/api/v1/ties/{number}/cut", Rule, campaigns::cut).decides(),
        act("/api/v1/ties/{number}/mend", Rule, campaigns::mend).decides(),
        act("/api/v1/splits/{number}/rejoin", Rule, campaigns::rejoin).decides(),
        read("/api/v1/campaigns/{id}/notice", Read, notices::draft).finds(),
        write("/api/v1/campaigns/{id}/notice", Approve, notices::send).decides(),
        read("/api/v1/campaigns/{id}/drafts", Read, drafts::show).finds(),
        write("/api/v1/campaigns/{id}/drafts", Approve, drafts::approve).decides(),
        read("/api/v1/campaigns/{id}/mails", Read, drafts::list),
        write("/api/v1/mails/{id}/settle", Approve, drafts::settle).decides(),
        write("/api/v1/rulings", Rule, rulings::rule).decides(),
        read("/api/v1/actions", Read, actions::list),
        write("/api/v1/campaigns/{id}/evictions", Approve, actions::evict).decides(),
        act("/api/v1/actions/{id}/approve", Approve, actions::approve).decides(),
        write("/api/v1/actions/{id}/decline", Approve, actions::decline).decides(),
        act("/api/v1/actions/{id}/undo", Approve, actions::undo).decides(),
        write("/api/v1/actions/{id}/steps", Approve, actions::see_to).decides(),
        read("/api/v1/identity", Read, identity::list),
        read("/api/v1/coverage", Read, coverage::show),
        read("/api/v1/devices/{name}/profile", Admin, coverage::profile).finds(),
        read("/api/v1/lists/{file}", Read, lists::fetch).finds(),
        read("/api/v1/blocks", Read, blocks::list),
        write("/api/v1/blocks", Approve, blocks::block).decides(),
        write("/api/v1/blocks/import", Approve, blocks::import),
        Route {
            method: Method::DELETE,
            path: "/api/v1/blocks/{name}",
            scope: Approve,
            problems: vec![Kind::NotFound],
            handler: routing::delete(blocks::lift),
        },
        read("/api/v1/holds", Read, holds::list),
        Route {
            method: Method::DELETE,
            path: "/api/v1/holds/{name}",
            scope: Approve,
            problems: vec![Kind::NotFound],
            handler: routing::delete(holds::release),
        },
        write("/api/v1/people/{id}/reveal", ReadPeople, people::reveal).finds(),
        act("/api/v1/people/{id}/enrolments", Admin, people::enrol).finds(),
        read("/api/v1/attention", Read, matters::attention),
        act("/api/v1/attention/{matter}/review", Rule, matters::review).decides(),
        read("/api/v1/statements", Read, matters::statements),
        read("/api/v1/deliveries", Read, deliveries::list),
        read("/api/v1/events", Read, events::watch),
        read("/api/v1/audit", Audit, audit::list),
        read("/api/v1/tokens", Admin, tokens::list),
        write("/api/v1/tokens", Admin, tokens::make),
        Route {
            method: Method::DELETE,
            path: "/api/v1/tokens/{id}",
            scope: Admin,
            problems: vec![Kind::NotFound],
            handler: routing::delete(tokens::revoke),
        },
    ]
}

/// A position, as text: it is opaque, and numbers of JSON are too short for it.
pub(crate) fn position(position: Position) -> String {
    position.to_raw().to_string()
}

/// Where a write stands.
#[derive(serde::Serialize, ToSchema)]
pub(crate) struct Written {
    /// Its position: a read with `after=` this sees it.
    #[schema(pattern = "^[0-9]{1,19}$")]
    pub(crate) position: String,
}

impl Written {
    pub(crate) fn at(at: Position) -> axum::Json<Self> {
        axum::Json(Self { position: position(at) })
    }
}

/// A query of a read that has nothing to choose.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AfterQuery {
    /// A position that the answer must have seen; 409 if reads do not come to it in time.
    #[expect(dead_code, reason = "the gate waits for it; here it is only known")]
    #[param(pattern = "^[0-9]{1,19}$", max_length = 19)]
    after: Option<String>,
}
