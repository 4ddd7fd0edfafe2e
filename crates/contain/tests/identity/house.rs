//! A service with stand-ins for all but its identity providers, and a lure that Sam opened: what signs
//! in afterwards as Sam is of a campaign.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use unhook_app::access::fake::FakeAccess;
use unhook_app::accounts::fake::FakeAccounts;
use unhook_app::blobs::fake::FakeBlobs;
use unhook_app::identity::ProviderHealth;
use unhook_app::identity::bookmarks::fake::FakeBookmarks;
use unhook_app::journal::Partition;
use unhook_app::journal::fake::FakeJournal;
use unhook_app::ledger::{By, Observed, Touch, Via};
use unhook_app::people::fake::FakePeople;
use unhook_app::people::{Entry, People as _};
use unhook_app::safe::fake::FakeSafe;
use unhook_app::service::{Ladder, Ports, Running, Settings};
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_app::views::fake::FakeViews;
use unhook_app::{Contact, IdentityProvider, Service, Standing, Submission, Way};
use unhook_detect::Knowledge;
use unhook_engine::Engine;
use unhook_engine::response::Rung;
use unhook_model::{Brand, CampaignId, Message, Organization, Timestamp};

use crate::matrix::{LURE, SAM};

const NAME: &str = "acme-okta.example";
const TEXT: &str =
    "ALERT!! Your Acme schedule has been updated, Tap acme-okta.example to view your changes";
const KIM: &str = "kim@acme.example";

/// Building it takes a while, and it never changes.
static KNOWLEDGE: LazyLock<Arc<Knowledge>> = LazyLock::new(|| {
    let brand = Brand {
        name: "Acme".to_owned(),
        domains: vec!["acme.example".to_owned()],
        ..Brand::default()
    };
    Arc::new(Knowledge::for_organization(&Organization {
        name: "Acme".to_owned(),
        brands: vec![brand],
        identity_providers: vec!["okta.com".to_owned()],
        ..Organization::default()
    }))
});

/// All that outlives a service, be it stopped or cut off.
pub(crate) struct House {
    journal: Arc<FakeJournal>,
    views: Arc<FakeViews>,
    people: Arc<FakePeople>,
    pub(crate) surroundings: Arc<TestSurroundings>,
    pub(crate) bookmarks: Arc<FakeBookmarks>,
}

impl House {
    pub(crate) fn new() -> Self {
        let people = FakePeople::new();
        let now = Timestamp::from_unix_ms(LURE);
        people.import(&[staff(SAM), staff(KIM)], now).expect("they are imported");
        Self {
            journal: Arc::new(FakeJournal::new(7)),
            views: Arc::new(FakeViews::new()),
            people: Arc::new(people),
            surroundings: Arc::new(TestSurroundings::new(now, 7)),
            bookmarks: Arc::default(),
        }
    }

    pub(crate) async fn start(
        &self,
        identity_providers: Vec<Arc<dyn IdentityProvider>>,
    ) -> Running<Arc<FakeJournal>> {
        let ports = Ports {
            people: Arc::clone(&self.people) as _,
            access: Arc::new(FakeAccess::new()),
            accounts: Arc::new(FakeAccounts::new()),
            views: Arc::clone(&self.views) as _,
            blobs: Arc::new(FakeBlobs::new(Arc::clone(&self.people) as _)),
            surroundings: Arc::clone(&self.surroundings) as _,
            screen_reader: None,
            texter: None,
            identity_providers,
            bookmarks: Arc::clone(&self.bookmarks) as _,
            safe: Arc::new(FakeSafe::default()),
            mailer: None,
            notifiers: Vec::new(),
        };
        let settings = Settings { organization: "Acme".to_owned(), ..Settings::default() };
        let (journal, knowledge) = (Arc::clone(&self.journal), Arc::clone(&KNOWLEDGE));
        let judge = "a judge".to_owned();
        let (engine, partition) = (Engine::default(), partition());
        Service::start(journal, partition, engine, ports, settings, knowledge, judge)
            .await
            .expect("a service")
    }

    /// How much the journal holds.
    pub(crate) fn commits(&self) -> usize {
        self.journal.contents(&partition()).len()
    }
}

fn partition() -> Partition {
    Partition::parse("acme").expect("a name")
}

fn staff(mail: &str) -> Entry {
    Entry {
        key: mail.to_owned(),
        names: Vec::new(),
        standing: Standing::Staff,
        language: None,
        contacts: vec![Contact::Mail(mail.to_owned())],
    }
}

/// A campaign, whose lure Sam opened when it came.
pub(crate) async fn caught(service: &Service) -> CampaignId {
    let text = |from: &str| Submission {
        key: Some(from.to_owned()),
        from: Some(Contact::Mail(from.to_owned())),
        to: None,
        way: Way::Text,
        message: Message::from_body(TEXT),
        language: None,
        attachments: Vec::new(),
    };
    service.take(text(SAM)).await.expect("it is taken");
    let taken = service.take(text(KIM)).await.expect("it is taken");
    assert!(service.has_seen(taken.position.expect("it is kept")).await);
    let (by, at) = (By::Account(SAM.into()), Timestamp::from_unix_ms(LURE));
    let touch = Touch { name: NAME.into(), by, at, via: Via::Proxy };
    service.take_logs(vec![Observed::Touched(touch)]).await.expect("it is joined");
    let report = taken.report.expect("it is a report");
    service.report(report).expect("it is read").expect("it is there").campaign.expect("one")
}

/// How far a campaign got.
pub(crate) fn ladder(service: &Service, campaign: CampaignId) -> Ladder {
    service.exposure(campaign).expect("it is read").expect("it is there")
}

/// Whose sessions the actor had.
pub(crate) fn sessions(service: &Service, campaign: CampaignId) -> usize {
    let rungs = ladder(service, campaign).rungs;
    rungs.into_iter().find(|(rung, _)| *rung == Rung::Session).expect("a rung").1
}

/// How many sign-ins were read.
pub(crate) fn sign_ins(service: &Service) -> usize {
    usize::try_from(health(service).sign_ins).expect("there are few")
}

pub(crate) fn health(service: &Service) -> ProviderHealth {
    service.identity_health().remove(0)
}

/// Lets a time pass that stands still where something happens: nobody waits for it.
pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Lets time pass until something is so.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..10_000 {
        if is_so() {
            return;
        }
        pass(Duration::from_millis(50)).await;
    }
    panic!("{what}: it never came to be");
}
