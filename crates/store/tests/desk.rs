//! A desk over SQLite: what it decided is there when the folder is opened again, and it goes
//! on as if it had never been closed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use unhook_app::Desk;
use unhook_app::desk::Draft;
use unhook_app::journal::{CommitId, Partition};
use unhook_detect::text::Text;
use unhook_engine::{Engine, Input, Received, TextSketch};
use unhook_model::{CampaignId, PersonId, ReportId, Timestamp, Verdict};
use unhook_store::SqliteJournal;

/// Reports, of which every third says nearly the same.
const REPORTS: u128 = 30;

const TEXTS: [&str; 3] = [
    "is held at our depot, pay the fee of 1.99 before the end of the day",
    "has unpaid tolls, settle the amount today or a penalty is added",
    "was used to sign in from a new device, confirm that it was you",
];

fn report(number: u128) -> Input {
    let body = format!("Number {number} {}", TEXTS[(number % 3) as usize]);
    let received = Received {
        report: ReportId::from_bytes(number.to_be_bytes()),
        at: Timestamp::from_unix_ms(number as i64),
        reporter: Some(PersonId::from_bytes([1; 16])),
        sketch: TextSketch::of(&Text::read(&body)),
        indicators: Vec::new(),
    };
    let fresh = CampaignId::from_bytes(number.to_be_bytes());
    Input::Report { received, verdict: Verdict::Suspicious, fresh }
}

fn shape(engine: &Engine) -> BTreeMap<CampaignId, BTreeSet<ReportId>> {
    let campaigns = engine.state().campaigns();
    campaigns.map(|campaign| (campaign.id(), campaign.reports().collect())).collect()
}

async fn open(folder: &Path) -> Desk<SqliteJournal> {
    let journal = SqliteJournal::open(folder).expect("a journal");
    let partition = Partition::parse("acme").expect("a name");
    Desk::open(journal, partition, Engine::default()).await.expect("a desk")
}

#[tokio::test]
async fn a_desk_goes_on_where_it_was_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut plain = Engine::default();
    for number in 1..=REPORTS {
        // Every report finds the folder closed, and opens it.
        let mut desk = open(folder.path()).await;
        let id = CommitId::from_bytes(number.to_be_bytes());
        let mut events = Vec::new();
        let mut decide = |draft: &mut Draft<'_>| {
            events = draft.decide(&report(number)).expect("reports are not refused");
        };
        desk.take(id, std::slice::from_mut(&mut decide)).await.expect("it is kept");
        let expected = plain.decide(&report(number)).expect("reports are not refused");
        assert_eq!(events, expected);
        plain.apply(number as u64, &expected);
        assert_eq!(shape(&desk.engine()), shape(&plain));
    }
    assert_eq!(shape(&plain).len(), TEXTS.len());
}
