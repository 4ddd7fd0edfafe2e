//! A service with stand-ins for all that is around it.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use unhook_app::access::fake::FakeAccess;
use unhook_app::accounts::fake::FakeAccounts;
use unhook_app::blobs::fake::FakeBlobs;
use unhook_app::identity::bookmarks::fake::FakeBookmarks;
use unhook_app::identity::{Bookmarks, IdentityProvider};
use unhook_app::journal::fake::FakeJournal;
use unhook_app::journal::{Commit, CommitId, Journal, Partition};
use unhook_app::mailing::fake::FakeMailer;
use unhook_app::people::fake::FakePeople;
use unhook_app::people::{Entry, Pending};
use unhook_app::record::Record;
use unhook_app::safe::Safe;
use unhook_app::safe::fake::FakeSafe;
use unhook_app::service::{Ports, Running, Settings, StartError};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_app::views::Views;
use unhook_app::views::fake::FakeViews;
use unhook_app::{
    Access, Alert, Contact, DeliveryError, Mailer, Notifier, OutgoingId, People, Receipt,
    ScreenReader, Service, ServiceError, Severity, Standing, Submission, Surroundings, Taken,
    Texter, Way, history, wire,
};
use unhook_detect::Knowledge;
use unhook_engine::Engine;
use unhook_model::{Brand, Message, Organization, PersonId, PhoneNumber, Sector, Timestamp};

/// 2022-07-20T22:49:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

pub(crate) const MINUTE: i64 = 60 * 1000;

/// An analyst.
pub(crate) const ANN: PersonId = PersonId::from_bytes([0xa; 16]);

pub(crate) const LURE: &str =
    "ALERT!! Your Acme schedule has been updated, Tap acme-okta.example to view your changes";
pub(crate) const NEAR_LURE: &str =
    "ALERT! Your Acme schedule has been updated, Tap acme-okta.example to view the changes";
pub(crate) const OTHER_LURE: &str =
    "Your Acme wallet has been locked for unusual activity, unlock it at acme-wallet.example now";
pub(crate) const HARMLESS: &str = "Running ten minutes late, start without me and I will catch up";
pub(crate) const SUPPLIER: &str =
    "Partner Parts: your order 4711 leaves our house today, see partner.example/orders/4711";

static KNOWLEDGE: LazyLock<Arc<Knowledge>> = LazyLock::new(|| {
    let acme = Brand {
        name: "Acme".to_owned(),
        domains: vec!["acme.example".to_owned()],
        sector: Some(Sector::Workplace),
        ..Brand::default()
    };
    Arc::new(Knowledge::for_organization(&Organization {
        name: "Acme".to_owned(),
        brands: vec![acme],
        identity_providers: vec!["okta.com".to_owned()],
        partners: vec!["partner.example".to_owned()],
        ..Organization::default()
    }))
});

/// All that outlives a service.
pub(crate) struct House<J> {
    pub(crate) journal: Arc<J>,
    pub(crate) views: Arc<dyn Views>,
    pub(crate) people: Arc<dyn People>,
    pub(crate) access: Arc<FakeAccess>,
    pub(crate) surroundings: Arc<TestSurroundings>,
    pub(crate) screen_reader: Option<Arc<dyn ScreenReader>>,
    pub(crate) phone: Arc<Phone>,
    pub(crate) pager: Arc<Pager>,
    pub(crate) mailer: Option<Arc<FakeMailer>>,
    pub(crate) identity_providers: Vec<Arc<dyn IdentityProvider>>,
    pub(crate) bookmarks: Arc<FakeBookmarks>,
    pub(crate) safe: Arc<dyn Safe>,
    pub(crate) settings: Settings,
    pub(crate) knowledge: Arc<Knowledge>,
}

impl House<FakeJournal> {
    pub(crate) fn new() -> Self {
        Self::over(FakeJournal::new(7))
    }

    pub(crate) fn over(journal: FakeJournal) -> Self {
        Self::with(journal, Arc::new(FakeViews::new()), Arc::new(FakePeople::new()))
    }

    /// Appends what another process decided.
    pub(crate) async fn append(&self, commit: Commit) {
        let last = self.journal.last(&partition()).await.expect("the last position");
        self.journal.append(&partition(), last, &commit).await.expect("it is appended");
    }

    /// Appends what another process decided, as records.
    pub(crate) async fn append_records(&self, number: u8, records: &[Record]) {
        let events = records.iter().map(wire::encode).collect();
        self.append(Commit { id: CommitId::from_bytes([number; 16]), events }).await;
    }

    /// All that the journal holds.
    pub(crate) fn records(&self) -> Vec<Record> {
        let commits = self.journal.contents(&partition());
        let of = |(position, commit): &_| history::records(*position, commit).expect("records");
        commits.iter().flat_map(of).collect()
    }
}

impl<J: Journal + 'static> House<J> {
    pub(crate) fn with(journal: J, views: Arc<dyn Views>, people: Arc<dyn People>) -> Self {
        Self {
            journal: Arc::new(journal),
            views,
            people,
            access: Arc::new(FakeAccess::new()),
            surroundings: Arc::new(TestSurroundings::new(NOW, 7)),
            screen_reader: None,
            phone: Arc::default(),
            pager: Arc::new(Pager::new("pager")),
            mailer: None,
            identity_providers: Vec::new(),
            bookmarks: Arc::default(),
            safe: Arc::new(FakeSafe::default()),
            settings: Settings { organization: "Acme".to_owned(), ..Settings::default() },
            knowledge: Arc::clone(&KNOWLEDGE),
        }
    }

    pub(crate) async fn try_start(&self, engine: Engine) -> Result<Running<Arc<J>>, StartError> {
        let ports = Ports {
            people: Arc::clone(&self.people),
            access: Arc::clone(&self.access) as Arc<dyn Access>,
            accounts: Arc::new(FakeAccounts::new()),
            views: Arc::clone(&self.views),
            blobs: Arc::new(FakeBlobs::new(Arc::clone(&self.people))),
            surroundings: Arc::clone(&self.surroundings) as Arc<dyn Surroundings>,
            screen_reader: self.screen_reader.clone(),
            texter: Some(Arc::clone(&self.phone) as Arc<dyn Texter>),
            identity_providers: self.identity_providers.clone(),
            bookmarks: Arc::clone(&self.bookmarks) as Arc<dyn Bookmarks>,
            safe: Arc::clone(&self.safe),
            mailer: self.mailer.clone().map(|mailer| mailer as Arc<dyn Mailer>),
            notifiers: vec![Arc::clone(&self.pager) as Arc<dyn Notifier>],
        };
        let (journal, settings) = (Arc::clone(&self.journal), self.settings.clone());
        let (knowledge, judge) = (Arc::clone(&self.knowledge), "a judge".to_owned());
        Service::start(journal, partition(), engine, ports, settings, knowledge, judge).await
    }

    pub(crate) async fn start(&self) -> Running<Arc<J>> {
        self.try_start(Engine::default()).await.expect("a service")
    }

    /// Enrols somebody under this number.
    pub(crate) fn enroll(&self, last: u32) {
        let entry = Entry {
            key: format!("staff {last}"),
            names: Vec::new(),
            standing: Standing::Staff,
            language: None,
            contacts: vec![phone(last)],
        };
        self.people.import(&[entry], self.surroundings.now()).expect("import");
    }

    /// Enrols those whose numbers end so.
    pub(crate) fn enroll_all(&self, lasts: std::ops::Range<u32>) {
        lasts.for_each(|last| self.enroll(last));
    }
}

pub(crate) fn partition() -> Partition {
    Partition::parse("acme").expect("a name")
}

pub(crate) fn number(last: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+1201555{last:04}")).expect("a number")
}

pub(crate) fn phone(last: u32) -> Contact {
    Contact::Phone(number(last))
}

/// The reporting number.
pub(crate) const REPORTING: u32 = 9_000;

/// A text to the reporting number.
pub(crate) fn text(from: u32, key: &str, body: &str) -> Submission {
    Submission {
        key: Some(key.to_owned()),
        from: Some(phone(from)),
        to: Some(number(REPORTING)),
        way: Way::Text,
        message: Message::from_body(body),
        language: None,
        attachments: Vec::new(),
    }
}

/// Takes a text that is taken at once.
pub(crate) async fn take(service: &Service, from: u32, key: &str, body: &str) -> Taken {
    let taken = service.take(text(from, key, body)).await.expect("it is taken");
    assert!(see(service, &taken).await, "the views see what was taken");
    taken
}

async fn see(service: &Service, taken: &Taken) -> bool {
    match taken.position {
        Some(position) => service.has_seen(position).await,
        None => true,
    }
}

/// Gives a text until it is taken, as a provider does.
pub(crate) async fn insist(service: &Service, submission: Submission) -> Taken {
    for _ in 0..1_000 {
        match service.take(submission.clone()).await {
            Ok(taken) => return taken,
            Err(ServiceError::Unavailable(_)) => pause(100).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it is not taken, however often it is given");
}

/// Waits until something is so, in a time that stands still where nothing happens.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        pause(50).await;
    }
    panic!("{what}: it never came to be");
}

/// Lets the outbox have some rounds.
pub(crate) async fn rounds() {
    pause(5_000).await;
}

/// Nobody waits here: the clock of these tests is paused, and time passes only once everything
/// else waits for it, which is the very thing to wait for.
pub(crate) async fn pause(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// What a stand-in does next.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    Fail(DeliveryError),
    /// It takes what it is given and never answers.
    Hang,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A way for texts to go out.
#[derive(Debug, Default)]
pub(crate) struct Phone {
    sent: Mutex<Vec<(OutgoingId, String, String)>>,
    next: Mutex<VecDeque<Next>>,
}

impl Phone {
    pub(crate) fn then(&self, next: Next) {
        locked(&self.next).push_back(next);
    }

    /// Ids, numbers and bodies of all that went out, or may have.
    pub(crate) fn sent(&self) -> Vec<(OutgoingId, String, String)> {
        locked(&self.sent).clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.sent().len()
    }
}

async fn follow(next: Option<Next>) -> Result<Receipt, DeliveryError> {
    match next {
        None => Ok(Receipt("a receipt".to_owned())),
        Some(Next::Fail(error)) => Err(error),
        Some(Next::Hang) => std::future::pending().await,
    }
}

impl Texter for Phone {
    fn text<'a>(
        &'a self,
        id: OutgoingId,
        to: &'a PhoneNumber,
        body: &'a str,
    ) -> Pending<'a, Result<Receipt, DeliveryError>> {
        locked(&self.sent).push((id, to.to_string(), body.to_owned()));
        let next = locked(&self.next).pop_front();
        Box::pin(follow(next))
    }

    fn check(&self) -> Pending<'_, Result<Receipt, DeliveryError>> {
        Box::pin(follow(None))
    }
}

/// Somebody on call.
#[derive(Debug)]
pub(crate) struct Pager {
    name: String,
    alerts: Mutex<Vec<Alert>>,
    next: Mutex<VecDeque<Next>>,
}

impl Pager {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), alerts: Mutex::default(), next: Mutex::default() }
    }

    pub(crate) fn then(&self, next: Next) {
        locked(&self.next).push_back(next);
    }

    /// Every attempt.
    pub(crate) fn alerts(&self) -> Vec<Alert> {
        locked(&self.alerts).clone()
    }

    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        self.alerts().iter().map(|alert| alert.kind).collect()
    }

    pub(crate) fn count(&self, kind: &str) -> usize {
        self.kinds().iter().filter(|known| **known == kind).count()
    }
}

impl Notifier for Pager {
    fn name(&self) -> &str {
        &self.name
    }

    fn least_severity(&self) -> Severity {
        Severity::Info
    }

    fn may_repeat(&self) -> bool {
        true
    }

    fn notify<'a>(&'a self, alert: &'a Alert) -> Pending<'a, Result<Receipt, DeliveryError>> {
        locked(&self.alerts).push(alert.clone());
        let next = locked(&self.next).pop_front();
        Box::pin(follow(next))
    }
}
