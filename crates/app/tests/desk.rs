//! A desk decides the same over a journal that loses answers, is overtaken and delivers twice
//! as over one that does none of this, and however often it is opened again.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use unhook_app::journal::fake::{AppendFault, FakeJournal};
use unhook_app::journal::{Commit, CommitId, EncodedEvent, EventKind, Partition};
use unhook_app::{Desk, DeskError, wire};
use unhook_detect::text::Text;
use unhook_engine::{Engine, Indicator, Input, Received, Refusal, TextSketch};
use unhook_model::{CampaignId, Hostname, PersonId, ReportId, Timestamp, Verdict};

/// Three texts, of which the first two are near.
const TEXTS: [&str; 3] = [
    "Your parcel 4711 is held at our depot, pay the fee of 1.99 today",
    "Your parcel 9024 is held at our depot, pay the fee of 2.49 today",
    "Acme schedule changed, please sign in to see your new shifts this week",
];

fn partition() -> Partition {
    Partition::parse("acme").expect("a name")
}

fn commit_id(number: usize) -> CommitId {
    CommitId::from_bytes((number as u128).to_be_bytes())
}

/// The report of this number: its text, and a domain or none.
fn report(number: usize, text: usize, domain: usize) -> Input {
    let bytes = (number as u128).to_be_bytes();
    let host = |n| Hostname::parse(&format!("lure-{n}.example")).expect("a host");
    let received = Received {
        report: ReportId::from_bytes(bytes),
        at: Timestamp::from_unix_ms(number as i64),
        reporter: Some(PersonId::from_bytes([number as u8 % 5; 16])),
        sketch: TextSketch::of(&Text::read(TEXTS[text])),
        indicators: (domain > 0).then(|| Indicator::Domain(host(domain))).into_iter().collect(),
    };
    let fresh = CampaignId::from_bytes(bytes);
    Input::Report { received, verdict: Verdict::Suspicious, fresh }
}

type Shape = BTreeMap<CampaignId, BTreeSet<ReportId>>;

fn shape(engine: &Engine) -> Shape {
    let campaigns = engine.state().campaigns();
    campaigns.map(|campaign| (campaign.id(), campaign.reports().collect())).collect()
}

/// What a journal without faults comes to.
fn expected(inputs: &[Input]) -> Shape {
    let mut engine = Engine::default();
    for (number, input) in (0..).zip(inputs) {
        let events = engine.decide(input).expect("reports are not refused");
        engine.apply(number, &events);
    }
    shape(&engine)
}

/// Gives an input until it is kept, as a sender does that gets no acknowledgement.
async fn insist(desk: &mut Desk<&FakeJournal>, id: CommitId, input: &Input) {
    loop {
        match desk.take(id, input).await {
            Ok(_) => return,
            Err(DeskError::NotKept(_) | DeskError::NotRead(_) | DeskError::Overtaken) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn open(journal: &FakeJournal) -> Desk<&FakeJournal> {
    loop {
        match Desk::open(journal, partition()).await {
            Ok(desk) => return desk,
            Err(DeskError::NotRead(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn faults_change_nothing(
        reports in prop::collection::vec((0..TEXTS.len(), 0_usize..3, any::<bool>()), 1..40),
        seed in any::<u64>(),
    ) {
        let numbered = reports.iter().enumerate();
        let inputs: Vec<Input> =
            numbered.map(|(number, (text, domain, _))| report(number, *text, *domain)).collect();
        let journal = FakeJournal::unreliable(seed, 3);
        let found = run(async {
            let mut desk = open(&journal).await;
            for (number, input) in inputs.iter().enumerate() {
                insist(&mut desk, commit_id(number), input).await;
                if reports[number].2 {
                    desk = open(&journal).await;
                }
            }
            let live = shape(desk.engine());
            (live, shape(open(&journal).await.engine()))
        });
        let expected = expected(&inputs);
        prop_assert_eq!(&found.0, &expected);
        prop_assert_eq!(&found.1, &expected);
    }
}

#[test]
fn who_is_overtaken_decides_again_with_what_happened() {
    let journal = FakeJournal::new(7);
    let first = report(1, 0, 0);
    let events = Engine::default().decide(&first).expect("a report");
    let events = events.iter().map(wire::encode).collect();
    journal.fail_append(1, AppendFault::Overtaken(Commit { id: commit_id(1), events }));
    run(async {
        let mut desk = open(&journal).await;
        desk.take(commit_id(2), &report(2, 1, 0)).await.expect("it is decided again");
        let together = BTreeSet::from([1_u128, 2].map(|n| ReportId::from_bytes(n.to_be_bytes())));
        assert_eq!(shape(desk.engine()).into_values().collect::<Vec<_>>(), [together]);
    });
}

#[test]
fn what_is_not_kept_did_not_happen() {
    let journal = FakeJournal::new(7);
    journal.fail_append(1, AppendFault::Unavailable);
    run(async {
        let mut desk = open(&journal).await;
        let error = desk.take(commit_id(1), &report(1, 0, 0)).await.expect_err("it is unavailable");
        assert!(matches!(error, DeskError::NotKept(_)), "{error}");
        assert_eq!(shape(desk.engine()), Shape::new());
        desk.take(commit_id(1), &report(1, 0, 0)).await.expect("it is back");
        assert_eq!(shape(desk.engine()).len(), 1);
    });
}

#[test]
fn a_refusal_is_told_and_nothing_is_kept() {
    let journal = FakeJournal::new(7);
    run(async {
        let mut desk = open(&journal).await;
        let campaign = CampaignId::from_bytes([7; 16]);
        let contain = Input::Contain { campaign, at: Timestamp::from_unix_ms(1) };
        let error = desk.take(commit_id(1), &contain).await.expect_err("there is none");
        assert!(matches!(error, DeskError::Refused(Refusal::NoCampaign { .. })), "{error}");
    });
    assert!(journal.contents(&partition()).is_empty());
}

#[test]
fn what_a_newer_release_wrote_is_not_guessed_at() {
    let journal = FakeJournal::new(7);
    let kind = EventKind::parse("received").expect("a kind");
    let events = vec![EncodedEvent { kind, version: 9, payload: Vec::new() }];
    journal.fail_append(1, AppendFault::Overtaken(Commit { id: commit_id(1), events }));
    run(async {
        let mut desk = open(&journal).await;
        let error = desk.take(commit_id(2), &report(2, 0, 0)).await.expect_err("it is newer");
        assert!(matches!(error, DeskError::NotUnderstood { .. }), "{error}");
    });
}
