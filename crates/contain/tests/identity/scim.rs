//! SCIM 2.0: a real server, `scim2-server`, that `scim2-tester` finds to be one, and then our connector.
//! What goes wrong between is made by a proxy of ours, since the server does nothing wrong.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use unhook_app::identity::{IdentityError, IdentityProvider as _, Step};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_contain::identity::Secret;
use unhook_contain::identity::scim::{Scim, ScimSettings};
use unhook_model::Timestamp;

use crate::judges;
use crate::matrix::{LURE, SAM, StandIn, run};
use crate::server::Server;

/// Where people are, below the address of the server.
const USERS: &str = "Users";

const TOKEN: &str = "a-token-of-scim";

/// The server, and what passes everything on to it.
struct World {
    server: Server,
    scim: Scim,
    stand_in: Behind,
    _process: Child,
}

/// What tells how Sam's account stands. The server's own answers are looked at as they pass by, and
/// resetting is a request of our own, so both run beside the runtime of the test.
struct Behind {
    url: String,
    id: String,
}

impl Behind {
    fn ask(&self, method: &str, body: Option<&Value>) -> Value {
        let (url, method, body) = (
            format!("{}/{USERS}/{}", self.url, self.id),
            method.parse().expect("it is well-formed"),
            body.map(Value::to_string),
        );
        let asked = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(request(method, url, body))
        });
        asked.join().expect("the server answers").1
    }
}

async fn request(method: reqwest::Method, url: String, body: Option<String>) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut request = client.request(method, url).bearer_auth(TOKEN);
    if let Some(body) = body {
        request = request.header("content-type", "application/scim+json").body(body);
    }
    let response = request.send().await.expect("the server answers");
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or(Value::Null))
}

impl StandIn for Behind {
    fn reset(&self) {
        self.ask("PUT", Some(&user(SAM)));
    }

    fn holds(&self, step: &Step) -> bool {
        let is_active = self.ask("GET", None)["active"] == true;
        match step {
            Step::Suspend => !is_active,
            Step::Unsuspend => is_active,
            _ => false,
        }
    }

    fn expire_tokens(&self) {}

    fn additions(&self) -> Vec<Step> {
        Vec::new()
    }
}

fn user(login: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": login, "active": true,
    })
}

/// Passes everything on.
async fn forward(State(to): State<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, 1 << 20).await.expect("a small body");
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut request = client.request(parts.method, format!("{to}{path}")).body(body);
    for name in ["authorization", "content-type", "accept", "if-match", "host"] {
        if let Some(value) = parts.headers.get(name) {
            request = request.header(name, value);
        }
    }
    let response = request.send().await.expect("the server answers");
    let mut answer = Response::builder().status(response.status());
    for (name, value) in response.headers() {
        if !["connection", "transfer-encoding"].contains(&name.as_str()) {
            answer = answer.header(name, value);
        }
    }
    answer.body(Body::from(response.bytes().await.expect("a body"))).expect("it is whole")
}

/// `None` where the server is not installed.
async fn world(token: &str) -> Option<World> {
    let home = judges::home("scim")?;
    let script = judges::script_named("scim_server").with_extension("py");
    let mut process = Command::new(home.join("bin/python"))
        .arg(script)
        .arg(TOKEN)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the server starts");
    let mut lines = BufReader::new(process.stdout.take().expect("it was asked for")).lines();
    let port = loop {
        let line =
            lines.next_line().await.expect("it is text").expect("the server says where it is");
        if let Ok(port) = line.trim().parse::<u16>() {
            break port;
        }
    };
    // Whatever else it says, it must not wait for a reader.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let behind = format!("http://127.0.0.1:{port}");
    let server = Server::new(|_| Router::new().fallback(forward).with_state(behind.clone())).await;
    let url = format!("{behind}/v2");
    let users = format!("{url}/{USERS}");
    let add = |login| request(reqwest::Method::POST, users.clone(), Some(user(login).to_string()));
    add("kim\" or x").await;
    let (status, sam) = add(SAM).await;
    assert_eq!(status, 201, "{sam}");
    let settings = ScimSettings {
        name: "scim".to_owned(),
        url: format!("{}/v2", server.http),
        token: Secret::new(token),
        authorities: None,
    };
    let surroundings = TestSurroundings::new(Timestamp::from_unix_ms(LURE), 7);
    let scim = Scim::new(settings, Arc::new(surroundings)).expect("the settings are sound");
    let id = sam["id"].as_str().expect("a text").to_owned();
    Some(World { server, scim, stand_in: Behind { url, id }, _process: process })
}

#[tokio::test]
async fn everything_holds() {
    let Some(world) = world(TOKEN).await else { return };
    run(&world.scim, &world.server, &world.stand_in).await;
}

#[tokio::test]
async fn the_tester_takes_the_server_for_one() {
    let Some(world) = world(TOKEN).await else { return };
    let question = json!({ "url": format!("{}/v2", world.server.http), "token": TOKEN });
    let said = judges::ask("scim", "judge_scim", question).await.expect("it is installed");
    assert_eq!(said["failed"], json!([]));
    assert!(said["passed"].as_u64() > Some(50), "{said}");
}

#[tokio::test]
async fn a_name_is_a_name_whatever_stands_in_it() {
    let Some(world) = world(TOKEN).await else { return };
    let odd = world.scim.find("kim\" or x").await.unwrap().expect("the name is odd and there");
    assert_eq!(odd.login, "kim\" or x");
    assert_eq!(world.scim.find("\" or userName pr or userName eq \"").await, Ok(None));
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_said_to_be() {
    let Some(world) = world("another").await else { return };
    let error = world.scim.perform(&Step::Suspend, &world.stand_in.id).await.unwrap_err();
    assert!(matches!(error, IdentityError::Later { .. }), "{error}");
    assert!(world.stand_in.holds(&Step::Unsuspend));
}

/// A server that says yes and changes nothing, as some do to what they do not support.
#[tokio::test]
async fn a_change_that_is_taken_and_not_made_is_no_success() {
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let answer = move || async move {
        *count.lock().expect("no test fails while it holds this") += 1;
        axum::Json(json!({ "id": "1", "userName": SAM, "active": true }))
    };
    let server =
        Server::new(|_| Router::new().route(&format!("/{USERS}/1"), axum::routing::patch(answer)))
            .await;
    let settings = ScimSettings {
        name: "scim".to_owned(),
        url: server.http.clone(),
        token: Secret::new(TOKEN),
        authorities: None,
    };
    let surroundings = TestSurroundings::new(Timestamp::from_unix_ms(LURE), 7);
    let scim = Scim::new(settings, Arc::new(surroundings)).expect("the settings are sound");
    let result = scim.perform(&Step::Suspend, "1").await;
    assert!(matches!(result, Err(IdentityError::Refused { .. })), "{result:?}");
    assert_eq!(*asked.lock().expect("no test fails while it holds this"), 1);
}
