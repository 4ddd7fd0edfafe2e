//! A service at work among stand-ins, and a client of its API.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;
use unhook_app::access::fake::FakeAccess;
use unhook_app::accounts::fake::FakeAccounts;
use unhook_app::blobs::fake::FakeBlobs;
use unhook_app::journal::Partition;
use unhook_app::journal::fake::FakeJournal;
use unhook_app::mailing::fake::FakeMailer;
use unhook_app::people::Entry;
use unhook_app::people::fake::FakePeople;
use unhook_app::screen::fake::FakeScreenReader;
use unhook_app::service::{Ports, Running, Settings};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_app::views::fake::FakeViews;
use unhook_app::{Access as _, Contact, IdentityProvider, People as _, Scope, Service, Standing};
use unhook_detect::Knowledge;
use unhook_engine::Engine;
use unhook_engine::response::playbook::Playbook;
use unhook_model::{Brand, Organization, PhoneNumber, Timestamp};

use crate::fakes::AT;
use crate::{Bounds, Enrolment, PublicForm, Web, WebSettings};

/// Building it takes a while, and it never changes.
static KNOWLEDGE: LazyLock<Arc<Knowledge>> = LazyLock::new(|| {
    let brand = Brand {
        name: "Acme".to_owned(),
        domains: vec!["acme.example".to_owned()],
        ..Brand::default()
    };
    let name = "Acme".to_owned();
    Arc::new(Knowledge::for_organization(&Organization {
        name,
        brands: vec![brand],
        ..Organization::default()
    }))
});

/// The bearer token that allows one thing.
pub(super) fn bearer(scope: Scope) -> String {
    format!("Bearer unhook_FAKE{:039}", scope as usize + 1)
}

/// A member of staff, by mail.
fn staff(name: &str) -> Entry {
    Entry {
        key: name.to_owned(),
        names: vec![name.to_owned()],
        standing: Standing::Staff,
        language: None,
        contacts: vec![Contact::Mail(format!("{name}@acme.example"))],
    }
}

/// A service at work.
pub(super) struct World {
    pub(super) running: Running<FakeJournal>,
    pub(super) tokens: Arc<FakeAccess>,
    pub(super) accounts: Arc<FakeAccounts>,
    pub(super) surroundings: Arc<TestSurroundings>,
    pub(super) mailer: Arc<FakeMailer>,
    pub(super) web: Web,
    pub(super) api: Router,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(WebSettings::default()).await
    }

    pub(super) async fn with(settings: WebSettings) -> Self {
        Self::at(AT, settings).await
    }

    /// At a moment of the test's own.
    pub(super) async fn at(now: Timestamp, settings: WebSettings) -> Self {
        Self::acting(now, settings, Playbook::careful(), Vec::new()).await
    }

    /// Where this playbook holds, and people sign in there.
    pub(super) async fn acting(
        now: Timestamp,
        settings: WebSettings,
        playbook: Playbook,
        identity_providers: Vec<Arc<dyn IdentityProvider>>,
    ) -> Self {
        let accounts = Arc::new(FakeAccounts::new());
        let tokens = Arc::new(FakeAccess::new());
        for (scope, _) in Scope::ALL {
            tokens.make(scope.name(), &[scope], AT, None).unwrap();
        }
        let people = Arc::new(FakePeople::new());
        people.import(&[staff("ana"), staff("bo")], AT).unwrap();
        let surroundings = Arc::new(TestSurroundings::new(now, 7));
        let mailer = Arc::new(FakeMailer::new());
        let ports = Ports {
            blobs: Arc::new(FakeBlobs::new(people.clone())),
            people,
            access: Arc::clone(&tokens) as Arc<dyn unhook_app::Access>,
            accounts: Arc::clone(&accounts) as Arc<dyn unhook_app::Accounts>,
            views: Arc::new(FakeViews::new()),
            surroundings: Arc::clone(&surroundings) as Arc<dyn unhook_app::Surroundings>,
            screen_reader: Some(Arc::new(FakeScreenReader::new())),
            texter: None,
            identity_providers,
            bookmarks: Arc::new(unhook_app::identity::bookmarks::fake::FakeBookmarks::default()),
            safe: Arc::new(unhook_app::safe::fake::FakeSafe::default()),
            mailer: Some(Arc::clone(&mailer) as Arc<dyn unhook_app::Mailer>),
            notifiers: Vec::new(),
        };
        let running = Service::start(
            FakeJournal::new(7),
            Partition::parse("acme").unwrap(),
            Engine::default(),
            ports,
            Settings {
                organization: "Acme".to_owned(),
                playbook: Arc::new(playbook),
                hold: true,
                ..Settings::default()
            },
            Arc::clone(&KNOWLEDGE),
            "judge".to_owned(),
        )
        .await
        .unwrap();
        let web = Web::new(Arc::clone(&running.service), settings);
        let api = web.api();
        Self { running, tokens, accounts, surroundings, mailer, web, api }
    }

    /// With everything that can be turned on.
    pub(super) async fn open() -> Self {
        let read_mail = Arc::new(|bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())?;
            Ok(unhook_app::Submission {
                key: None,
                way: unhook_app::Way::Mail,
                from: None,
                to: None,
                message: unhook_model::Message::from_body(text),
                language: None,
                attachments: Vec::new(),
            })
        });
        Self::with(WebSettings {
            public_form: Some(PublicForm { organization: "Acme".to_owned() }),
            enrolment: Some(Enrolment {
                organization: "Acme".to_owned(),
                reporting_number: PhoneNumber::parse("+12015550123"),
                public_url: "https://unhook.acme.example".to_owned(),
            }),
            read_mail: Some(read_mail),
            read_log: Some(Arc::new(LookUps)),
            bounds: Bounds { most_listeners: 2, ..Bounds::default() },
            ..WebSettings::default()
        })
        .await
    }

    pub(super) async fn send(&self, ask: Ask<'_>) -> Answer {
        Answer::of(self.api.clone().oneshot(ask.request()).await.unwrap()).await
    }

    /// What is no text.
    pub(super) async fn bytes(&self, ask: Ask<'_>) -> Vec<u8> {
        let response = self.api.clone().oneshot(ask.request()).await.unwrap();
        to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec()
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Ask::get(path).by(Scope::Read)).await
    }

    pub(super) async fn post(&self, path: &str, scope: Scope, body: &Value) -> Answer {
        self.send(Ask::post(path, &body.to_string()).by(scope)).await
    }

    /// Passes a text on in somebody's name, and waits until reads see it.
    pub(super) async fn report(&self, text: &str, mail: &str) -> Value {
        let body = serde_json::json!({ "text": text, "reporter": { "mail": mail } });
        let answer = self.post("/api/v1/reports", Scope::Intake, &body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        self.settle(&answer.body["position"]).await;
        self.surroundings.pass(1_000);
        answer.body
    }

    /// Waits until reads see a position.
    pub(super) async fn settle(&self, position: &Value) {
        let raw: u64 = position.as_str().unwrap().parse().unwrap();
        let position = unhook_app::journal::Position::from_raw(raw);
        assert!(self.running.service.has_seen(position).await);
    }
}

/// A request.
pub(super) struct Ask<'a> {
    method: Method,
    path: &'a str,
    body: &'a [u8],
    headers: Vec<(&'a str, String)>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(method: Method, path: &'a str) -> Self {
        Self { method, path, body: b"", headers: Vec::new() }
    }

    pub(super) fn get(path: &'a str) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: &'a str, body: &'a str) -> Self {
        Self { body: body.as_bytes(), ..Self::new(Method::POST, path) }
            .with("content-type", "application/json")
    }

    /// A body of another kind.
    pub(super) fn bytes(path: &'a str, kind: &str, body: &'a [u8]) -> Self {
        Self { body, ..Self::new(Method::POST, path) }.with("content-type", kind)
    }

    pub(super) fn by(self, scope: Scope) -> Self {
        self.with("authorization", &bearer(scope))
    }

    pub(super) fn with(mut self, name: &'a str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn request(self) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body.to_vec())).unwrap()
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    /// The body as JSON; null if it is none.
    pub(super) body: Value,
}

impl Answer {
    pub(super) async fn of(response: axum::response::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Self { status, headers, text, body };
        answer.is_well_formed();
        answer
    }

    /// What holds of every answer of the API.
    fn is_well_formed(&self) {
        assert_eq!(self.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(self.headers[header::CACHE_CONTROL], "no-store");
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_page = kind.is_some_and(|kind| kind.starts_with("text/html"));
        if self.status.as_u16() >= 400 && !is_page && !self.text.is_empty() {
            assert_eq!(kind, Some("application/problem+json"), "{self:?}");
            assert_eq!(self.body["status"], self.status.as_u16(), "{self:?}");
        }
    }

    pub(super) fn code(&self) -> &str {
        let kind = self.body["type"].as_str().unwrap_or_default();
        kind.strip_prefix("urn:unhook:problem:").unwrap_or_default()
    }
}

/// Reads `SECONDS ADDRESS NAME` lines, whatever the kind.
struct LookUps;

impl unhook_app::ledger::LogReader for LookUps {
    fn read(
        &self,
        _: unhook_app::ledger::LogKind,
        bytes: &[u8],
        _: unhook_model::Timestamp,
    ) -> Result<unhook_app::ledger::ReadLog, String> {
        use unhook_app::ledger::{By, Observed, ReadLog, Touch, Via};
        let text = std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())?;
        let mut log = ReadLog::default();
        for (index, line) in text.lines().enumerate() {
            let mut words = line.split(' ');
            let mut touch = || {
                let at: i64 = words.next()?.parse().ok()?;
                let client = unhook_app::resolving::Client::Address(words.next()?.parse().ok()?);
                let (name, at) = (words.next()?.into(), unhook_model::Timestamp::from_unix_ms(at));
                Some(Touch { name, by: By::Client(client), at, via: Via::Resolver })
            };
            match touch() {
                Some(touch) => {
                    log.read += 1;
                    log.observed.push(Observed::Touched(touch));
                }
                None => {
                    log.unread += 1;
                    log.problems.push((index + 1, "no look-up".to_owned()));
                }
            }
        }
        Ok(log)
    }
}
