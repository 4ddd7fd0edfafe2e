//! The description of the API (OpenAPI 3.1), from the code that answers.
//!
//! Shapes come from the types, paths from the handlers. What every route shares (who may come
//! in, what may go wrong, the header with the position) comes from the table of routes and the
//! table of problems, so neither can be forgotten.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::OpenApi as _;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::problem::{Kind, ProblemBody};
use crate::routes::{self, ALWAYS, Route};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Unhook",
        description = "Takes in text messages that people report, says whether each is a lure and why, \
            and shows the campaigns they belong to. The guide is docs/api.md.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    paths(
        crate::health::healthz,
        crate::health::readyz,
        crate::health::public_metrics,
        answer,
        routes::check::check,
        routes::reports::take,
        routes::reports::list,
        routes::reports::show,
        routes::mail::take,
        routes::screenshot::take,
        routes::campaigns::list,
        routes::campaigns::show,
        routes::exposure::show,
        routes::exposure::recipients,
        routes::notifications::show,
        routes::notifications::table,
        routes::notifications::names,
        routes::notifications::evidence,
        routes::notifications::aware,
        routes::notifications::settle,
        routes::notifications::own,
        routes::logs::take,
        routes::campaigns::acknowledge,
        routes::campaigns::merge,
        routes::campaigns::split,
        routes::campaigns::cut,
        routes::campaigns::mend,
        routes::campaigns::rejoin,
        routes::notices::draft,
        routes::notices::send,
        routes::rulings::rule,
        routes::drafts::show,
        routes::drafts::approve,
        routes::drafts::list,
        routes::drafts::settle,
        routes::actions::list,
        routes::actions::evict,
        routes::actions::approve,
        routes::actions::decline,
        routes::actions::undo,
        routes::actions::see_to,
        routes::identity::list,
        routes::coverage::show,
        routes::coverage::profile,
        routes::lists::fetch,
        routes::blocks::list,
        routes::blocks::block,
        routes::blocks::import,
        routes::blocks::lift,
        routes::holds::list,
        routes::holds::release,
        routes::people::reveal,
        routes::people::enrol,
        routes::matters::attention,
        routes::matters::review,
        routes::matters::statements,
        routes::deliveries::list,
        routes::events::watch,
        routes::audit::list,
        routes::tokens::list,
        routes::tokens::make,
        routes::tokens::revoke,
    ),
    components(schemas(ProblemBody)),
    servers((url = "/")),
)]
struct Description;

/// The description as JSON, as `docs/openapi.json` and `/openapi.json` have it.
///
/// # Panics
/// Never: what it is made of is fixed, and a test writes it.
#[must_use]
pub fn openapi() -> String {
    let mut description = serde_json::to_value(Description::openapi()).unwrap_or_default();
    description["components"]["securitySchemes"] = json!({ "bearer": {
        "type": "http", "scheme": "bearer",
        "description": "A token made with `unhook token` or by an admin; each route names the scope it needs."
    } });
    for route in routes::table() {
        complete(&mut description, &route);
    }
    for (path, kind) in [("/readyz", Kind::Unavailable), ("/metrics", Kind::Unauthorized)] {
        add_problem(&mut description["paths"][path]["get"], kind);
    }
    for kind in [Kind::Forbidden, Kind::NotFound, Kind::Unavailable] {
        add_problem(&mut description["paths"]["/metrics"]["get"], kind);
    }
    let mut text = serde_json::to_string_pretty(&description).unwrap_or_default();
    text.push('\n');
    text
}

/// Adds what a route has because it is one.
fn complete(description: &mut Value, route: &Route) {
    let method = route.method.as_str().to_ascii_lowercase();
    let operation = &mut description["paths"][route.path][method.as_str()];
    operation["security"] = json!([{ "bearer": [route.scope.name()] }]);
    for response in operation["responses"].as_object_mut().into_iter().flat_map(|r| r.values_mut())
    {
        response["headers"]["Unhook-Position"] = json!({
            "description": "Where reads stood; after a write, `position` says where it stands",
            "schema": { "type": "string", "pattern": "^[0-9]{1,19}$" }
        });
    }
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        // A header that is there is a text; it is never null.
        if parameter["in"] == "header" {
            parameter["schema"]["type"] = json!("string");
        }
    }
    for kind in ALWAYS.iter().chain(&route.problems) {
        add_problem(operation, *kind);
    }
}

/// Adds a problem; several of one status are told together.
fn add_problem(operation: &mut Value, kind: Kind) {
    let status = kind.status().as_str().to_owned();
    let response = &mut operation["responses"][status.as_str()];
    let said = format!("`{}`: {}", kind.code(), kind.title());
    let description = match response["description"].as_str() {
        Some(already) if already.contains(&said) => already.to_owned(),
        Some(already) => format!("{already}; or {said}"),
        None => said,
    };
    let mut problem = json!({
        "description": description,
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" }
        } }
    });
    if matches!(kind, Kind::TooMany | Kind::Unavailable | Kind::NotYet) {
        problem["headers"]["Retry-After"] = json!({ "description": "Seconds to wait", "schema": { "type": "integer", "minimum": 1 } });
    }
    if kind == Kind::Unauthorized {
        problem["headers"]["WWW-Authenticate"] =
            json!({ "description": "How to get in", "schema": { "type": "string" } });
    }
    *response = problem;
}

/// A schema written as JSON, for what a derive cannot say.
pub(crate) fn from_json(schema: Value) -> RefOr<Schema> {
    serde_json::from_value(schema).expect("a test writes the description with every schema")
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "operation", operation_id = "openapi",
    security(()),
    responses((status = 200, description = "The description", content_type = "application/json",
        body = serde_json::Value)))]
pub(crate) async fn answer() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_current() {
        let page = include_str!("../../../docs/openapi.json");
        assert!(page == openapi(), "docs/openapi.json is stale; run `cargo xtask codegen`");
    }

    /// Every reference in a description.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(array) => array.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_description_is_complete_in_itself() {
        let description: Value = serde_json::from_str(&openapi()).unwrap();
        assert_eq!(description["openapi"], "3.1.0");
        let operations = description["paths"].as_object().unwrap().values();
        let operations = operations.flat_map(|path| path.as_object().unwrap().values());
        let ids: Vec<&Value> = operations.map(|operation| &operation["operationId"]).collect();
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{id} stands twice");
        }
        let mut found = Vec::new();
        references(&description, &mut found);
        assert!(found.len() > 50, "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap_or_default();
            assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    }
}
