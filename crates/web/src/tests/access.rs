//! Who may do what: every route of the table, with no token, a bad one, a wrong and a right one.

use axum::http::{StatusCode, header};
use serde_json::Value;
use unhook_app::{Access as _, Scope};

use super::world::{Answer, Ask, World};
use crate::fakes::AT;
use crate::routes::{ALWAYS, Route, table};

/// A path that fits a template.
fn path(route: &Route) -> String {
    route
        .path
        .replace("{id}", "00112233-4455-6677-8899-aabbccddeeff")
        .replace("{number}", "4000000000")
        .replace("{matter}", "nothing-in-particular")
}

/// Whether the description says that a route may answer so.
fn is_described(description: &Value, route: &Route, status: StatusCode) -> bool {
    let method = route.method.as_str().to_ascii_lowercase();
    description["paths"][route.path][method]["responses"][status.as_str()].is_object()
}

#[tokio::test]
async fn every_route_asks_for_its_scope() {
    let world = World::open().await;
    let description: Value = serde_json::from_str(&crate::openapi()).unwrap();
    for route in table() {
        let path = path(&route);
        let ask = || Ask::new(route.method.clone(), &path).with("content-type", "application/json");
        let check = |answer: &Answer, status: u16, code: &str| {
            assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{path}");
            assert!(is_described(&description, &route, answer.status), "{path}");
            assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE), "{path}");
        };
        check(&world.send(ask()).await, 401, "unauthorized");
        let unknown = ask().with("authorization", "Bearer 99");
        check(&world.send(unknown).await, 401, "unauthorized");
        for (scope, _) in Scope::ALL {
            if scope != route.scope {
                let answer = world.send(ask().by(scope)).await;
                check(&answer, 403, "forbidden");
                assert_eq!(answer.body["scope"], route.scope.name(), "{path}");
            }
        }
        // Events never end; their own test reads them.
        if route.path != "/api/v1/events" {
            let answer = world.send(ask().by(route.scope)).await;
            assert!(!matches!(answer.status.as_u16(), 401 | 403 | 500..), "{path}: {answer:?}");
            assert!(is_described(&description, &route, answer.status), "{path}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_revoked_token_is_good_for_nothing_at_once() {
    let world = World::new().await;
    assert_eq!(world.get("/api/v1/reports").await.status, 200);
    let grants = world.tokens.grants().unwrap();
    let read = grants.iter().find(|grant| grant.scopes == [Scope::Read]).unwrap();
    let path = format!("/api/v1/tokens/{}", read.by);
    let revoke = || Ask::new(axum::http::Method::DELETE, &path).by(Scope::Admin);
    assert_eq!(world.send(revoke()).await.status, 204);
    assert_eq!(world.get("/api/v1/reports").await.status, 401);
    assert_eq!(world.send(revoke()).await.status, 404);
}

#[tokio::test]
async fn a_token_is_shown_once() {
    let world = World::new().await;
    let body = serde_json::json!({ "name": "gateway", "scopes": ["intake"] });
    let made = world.post("/api/v1/tokens", Scope::Admin, &body).await;
    assert_eq!(made.status, 201);
    let token = made.body["token"].as_str().unwrap().to_owned();
    let ask = Ask::post("/api/v1/check", r#"{"text": "hello"}"#);
    let bearer = format!("Bearer {token}");
    assert_eq!(world.send(ask.with("authorization", &bearer)).await.status, 200);
    let listed = world.send(Ask::get("/api/v1/tokens").by(Scope::Admin)).await;
    let last = listed.body["items"].as_array().unwrap().last().unwrap();
    assert_eq!(last["id"], made.body["id"]);
    assert_eq!(last.get("token"), None);
    let trail = world.send(Ask::get("/api/v1/audit").by(Scope::Audit)).await;
    assert_eq!(trail.body["items"][0]["action"], "token-made");
    assert_eq!(trail.body["items"][0]["subject"], made.body["id"]);
    assert_eq!(world.tokens.grants().unwrap().last().unwrap().made_at, AT);
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_are_problems_too() {
    let world = World::new().await;
    for (ask, status, code) in [
        (Ask::get("/"), 404, "not-found"),
        (Ask::get("/api/v2/reports"), 404, "not-found"),
        (Ask::get("/report"), 404, "not-found"),
        (Ask::new(axum::http::Method::PUT, "/api/v1/reports"), 405, "method-not-allowed"),
        (Ask::new(axum::http::Method::DELETE, "/openapi.json"), 405, "method-not-allowed"),
    ] {
        let answer = world.send(ask).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code));
        assert_eq!(answer.headers.contains_key(header::ALLOW), status == 405, "{answer:?}");
    }
}

#[test]
fn the_table_and_the_description_name_the_same_routes() {
    let description: Value = serde_json::from_str(&crate::openapi()).unwrap();
    let mut described: Vec<String> = Vec::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    let mut routed: Vec<String> =
        table().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json"] {
        routed.push(format!("GET {path}"));
    }
    described.sort_unstable();
    routed.sort_unstable();
    assert_eq!(described, routed);
    for route in table() {
        for kind in ALWAYS {
            assert!(is_described(&description, &route, kind.status()), "{}", route.path);
        }
    }
}
