//! Evicts a hundred people at a stand-in for Okta on loopback, as fast as it goes, for
//! `cargo xtask bench evict`.
//!
//! `evict PEOPLE` prints milliseconds from the first approval until a person's sessions, tokens and
//! password are as they should be: for half of them, for the last; then until the factor that was added since
//! the lure is gone from the last, and until every checklist is kept. The service, the connector and HTTP
//! are real, the journal and the directory are in memory.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::{delete, get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use unhook_app::access::fake::FakeAccess;
use unhook_app::accounts::fake::FakeAccounts;
use unhook_app::blobs::fake::FakeBlobs;
use unhook_app::identity::IdentityProvider;
use unhook_app::identity::bookmarks::fake::FakeBookmarks;
use unhook_app::journal::fake::FakeJournal;
use unhook_app::journal::{Commit, CommitId, Journal as _, Partition};
use unhook_app::people::Entry;
use unhook_app::people::fake::FakePeople;
use unhook_app::record::Record;
use unhook_app::safe::fake::FakeSafe;
use unhook_app::service::{Ports, Settings};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_app::views::fake::FakeViews;
use unhook_app::{Contact, People as _, Service, Standing, wire};
use unhook_contain::identity::Secret;
use unhook_contain::identity::okta::{Okta, OktaCredential, OktaSettings};
use unhook_detect::Knowledge;
use unhook_engine::Engine;
use unhook_engine::response::{Action, Deed, Event, Outcome};
use unhook_model::{ActionId, PersonId, Timestamp};

/// 2022-07-20T22:49:00Z.
const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

/// An analyst.
const ANN: PersonId = PersonId::from_bytes([0xa; 16]);

/// No run takes longer.
const LONGEST: Duration = Duration::from_secs(60);

/// One account at the provider.
struct User {
    sessions: usize,
    tokens: usize,
    is_expired: bool,
    has_new_factor: bool,
    /// When nobody had a session or a token there, and the password was of no use.
    out: Option<Instant>,
    /// When the factor was gone as well.
    clean: Option<Instant>,
}

#[derive(Clone)]
struct Provider(Arc<Mutex<BTreeMap<String, User>>>);

impl Provider {
    fn new(logins: impl Iterator<Item = String>) -> Self {
        let user = || User {
            sessions: 2,
            tokens: 3,
            is_expired: false,
            has_new_factor: true,
            out: None,
            clean: None,
        };
        Self(Arc::new(Mutex::new(logins.map(|login| (login, user())).collect())))
    }

    fn users(&self) -> MutexGuard<'_, BTreeMap<String, User>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn router(&self) -> axum::Router {
        axum::Router::new()
            .route("/api/v1/users/{user}", get(show))
            .route("/api/v1/users/{user}/sessions", delete(end_sessions))
            .route("/api/v1/users/{user}/lifecycle/expire_password", post(expire_password))
            .route("/api/v1/users/{user}/factors", get(factors))
            .route("/api/v1/users/{user}/factors/{factor}", delete(remove_factor))
            .route("/api/v1/users/{user}/devices", get(async || Json(json!([]))))
            .route("/api/v1/logs", get(async || Json(json!([]))))
            .with_state(self.clone())
    }

    fn change(&self, user: &str, change: impl FnOnce(&mut User) -> Response) -> Response {
        let mut users = self.users();
        let Some(user) = users.get_mut(user) else {
            let body = Json(json!({ "errorCode": "E0000007" }));
            return (StatusCode::NOT_FOUND, body).into_response();
        };
        let response = change(user);
        let is_out = (user.sessions, user.tokens, user.is_expired) == (0, 0, true);
        let now = Instant::now();
        user.out = user.out.or(is_out.then_some(now));
        user.clean = user.clean.or((is_out && !user.has_new_factor).then_some(now));
        response
    }
}

async fn show(State(provider): State<Provider>, Path(login): Path<String>) -> Response {
    provider.change(&login.clone(), |user| {
        let status = if user.is_expired { "PASSWORD_EXPIRED" } else { "ACTIVE" };
        Json(json!({ "id": login, "status": status, "profile": { "login": login } }))
            .into_response()
    })
}

/// Tokens go with the sessions, where that is asked for.
async fn end_sessions(
    State(provider): State<Provider>,
    Path(login): Path<String>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Response {
    provider.change(&login, |user| {
        user.sessions = 0;
        if query.is_some_and(|query| query.contains("oauthTokens=true")) {
            user.tokens = 0;
        }
        StatusCode::NO_CONTENT.into_response()
    })
}

async fn expire_password(State(provider): State<Provider>, Path(login): Path<String>) -> Response {
    provider.change(&login, |user| {
        user.is_expired = true;
        Json(json!({ "status": "PASSWORD_EXPIRED" })).into_response()
    })
}

async fn factors(State(provider): State<Provider>, Path(login): Path<String>) -> Response {
    provider.change(&login, |user| {
        let factor = |id: &str, created: &str| {
            json!({ "id": id, "factorType": "push", "provider": "OKTA", "created": created })
        };
        let mut list = vec![factor("old", "2020-01-01T00:00:00.000Z")];
        list.extend(user.has_new_factor.then(|| factor("new", "2022-07-20T22:49:00.000Z")));
        Json(Value::from(list)).into_response()
    })
}

async fn remove_factor(
    State(provider): State<Provider>,
    Path((login, factor)): Path<(String, String)>,
) -> Response {
    provider.change(&login, |user| {
        user.has_new_factor &= factor != "new";
        StatusCode::NO_CONTENT.into_response()
    })
}

fn login(number: usize) -> String {
    format!("person-{number}@acme.example")
}

fn action(number: usize) -> ActionId {
    ActionId::from_bytes((number as u128 + 1).to_be_bytes())
}

fn eviction(number: usize, person: PersonId) -> Record {
    Record::Response(Event::Proposed(Action {
        id: action(number),
        campaign: None,
        deed: Deed::Evict { person, suspend: false },
        rule: None,
        by: Some(ANN),
        reason: "a session from elsewhere".to_owned(),
        approvals: 1,
        would_run: false,
        at: NOW,
        lapses_at: NOW.plus(Duration::from_secs(3_600)),
    }))
}

/// Everybody in the directory, and their evictions asked for.
fn asked(count: usize, people: &FakePeople) -> Result<Vec<Record>, Box<dyn Error>> {
    let mail = |number| Contact::Mail(login(number));
    let entries = (0..count).map(|number| Entry {
        key: format!("staff {number}"),
        names: Vec::new(),
        standing: Standing::Staff,
        language: None,
        contacts: vec![mail(number)],
    });
    people.import(&entries.collect::<Vec<_>>(), NOW)?;
    let records = (0..count).map(|number| {
        let person = people.owner(&mail(number))?.ok_or("nobody has this address")?;
        Ok(eviction(number, person))
    });
    records.collect()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let count = std::env::args().nth(1).ok_or("evict PEOPLE")?.parse()?;
    let provider = Provider::new((0..count).map(login));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let router = provider.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let surroundings = Arc::new(TestSurroundings::new(NOW, 7));
    let settings = OktaSettings {
        name: "okta".to_owned(),
        url,
        credential: OktaCredential::Token(Secret::new("00benchmark-token")),
        authorities: None,
    };
    let okta: Arc<dyn IdentityProvider> = Arc::new(Okta::new(settings, surroundings.clone())?);
    let (journal, partition) = (Arc::new(FakeJournal::new(7)), Partition::parse("acme")?);
    let people = Arc::new(FakePeople::new());
    let ports = Ports {
        people: people.clone(),
        access: Arc::new(FakeAccess::new()),
        accounts: Arc::new(FakeAccounts::new()),
        views: Arc::new(FakeViews::new()),
        blobs: Arc::new(FakeBlobs::new(people.clone())),
        surroundings,
        screen_reader: None,
        texter: None,
        identity_providers: vec![okta],
        bookmarks: Arc::new(FakeBookmarks::default()),
        safe: Arc::new(FakeSafe::default()),
        mailer: None,
        notifiers: Vec::new(),
    };
    let events = asked(count, &people)?.iter().map(wire::encode).collect();
    let start = |journal, ports| {
        let settings = Settings { organization: "Acme".to_owned(), ..Settings::default() };
        let (knowledge, judge) = (Arc::new(Knowledge::builtin()), "a judge".to_owned());
        let engine = Engine::default();
        Service::start(journal, partition.clone(), engine, ports, settings, knowledge, judge)
    };
    let commit = Commit { id: CommitId::from_bytes([1; 16]), events };
    let last = journal.last(&partition).await?;
    journal.append(&partition, last, &commit).await?;
    let running = start(journal, ports).await?;
    let service = Arc::clone(&running.service);
    let begun = Instant::now();
    let mut approvals = JoinSet::new();
    for number in 0..count {
        let service = Arc::clone(&service);
        approvals.spawn(async move { service.approve(action(number), ANN).await });
    }
    while let Some(approved) = approvals.join_next().await {
        approved??.ok_or("there is no such action")?;
    }
    let approved = begun.elapsed();
    while !(0..count).all(|number| is_kept(&service, number)) {
        if begun.elapsed() > LONGEST {
            return Err("it did not come to an end".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let kept = begun.elapsed();
    print(&provider, begun, approved, kept)?;
    running.stop().await?;
    Ok(())
}

/// Whether what was done for somebody is kept, to the last step.
fn is_kept(service: &Service, number: usize) -> bool {
    service.action(action(number)).is_some_and(|asked| {
        let is_open = |outcome: Outcome| outcome == Outcome::Waiting;
        asked.steps.contains_key("mail-rules")
            && !asked.steps.values().any(|(outcome, ..)| is_open(*outcome))
    })
}

fn print(
    provider: &Provider,
    begun: Instant,
    approved: Duration,
    kept: Duration,
) -> Result<(), Box<dyn Error>> {
    let users = provider.users();
    let since = |at: Option<Instant>| at.map(|at| at.duration_since(begun));
    let sorted = |of: fn(&User) -> Option<Instant>| {
        let times = users.values().map(|user| since(of(user)).ok_or("somebody is still in"));
        let mut times = times.collect::<Result<Vec<Duration>, _>>()?;
        times.sort_unstable();
        Ok::<_, &str>(times)
    };
    let (out, clean) = (sorted(|user| user.out)?, sorted(|user| user.clean)?);
    let (median, last) = (out[out.len() / 2], out[out.len() - 1]);
    let shown = [approved, median, last, clean[clean.len() - 1], kept];
    let shown = shown.map(|took| format!("{:.1}", took.as_secs_f64() * 1_000.0));
    println!("{}", shown.join(" "));
    Ok(())
}
