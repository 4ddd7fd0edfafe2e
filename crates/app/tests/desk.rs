//! A desk decides the same over a journal that loses answers, is overtaken and delivers twice
//! as over one that does none of this, and however often it is opened again.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use unhook_app::desk::Draft;
use unhook_app::journal::fake::{AppendFault, FakeJournal};
use unhook_app::journal::{Commit, CommitId, EncodedEvent, EventKind, Partition};
use unhook_app::record::Record;
use unhook_app::{Desk, DeskError, wire};
use unhook_detect::text::Text;
use unhook_engine::{Engine, Event, Indicator, Input, Received, Refusal, TextSketch};
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

/// Decides about one input, and says what happened.
async fn take(
    desk: &mut Desk<&FakeJournal>,
    id: CommitId,
    input: &Input,
) -> Result<Result<Vec<Event>, Refusal>, DeskError> {
    let mut outcome = None;
    let mut decide = |draft: &mut Draft<'_>| outcome = Some(draft.decide(input));
    while desk.take(id, std::slice::from_mut(&mut decide)).await?.is_some_and(|k| k.decided == 0) {}
    Ok(outcome.expect("it was decided about"))
}

/// Gives an input until it is kept, as a sender does that gets no acknowledgement.
async fn insist(desk: &mut Desk<&FakeJournal>, id: CommitId, input: &Input) {
    loop {
        match take(desk, id, input).await {
            Ok(_) => return,
            Err(DeskError::NotKept(_) | DeskError::NotRead(_) | DeskError::Overtaken) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn open(journal: &FakeJournal) -> Desk<&FakeJournal> {
    loop {
        match Desk::open(journal, partition(), Engine::default()).await {
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
            let live = shape(&desk.engine());
            (live, shape(&open(&journal).await.engine()))
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
    let events = events.into_iter().map(|event| wire::encode(&Record::Engine(event))).collect();
    journal.fail_append(1, AppendFault::Overtaken(Commit { id: commit_id(1), events }));
    run(async {
        let mut desk = open(&journal).await;
        let decided = take(&mut desk, commit_id(2), &report(2, 1, 0)).await;
        decided.expect("it is kept").expect("it is decided again");
        let together = BTreeSet::from([1_u128, 2].map(|n| ReportId::from_bytes(n.to_be_bytes())));
        assert_eq!(shape(&desk.engine()).into_values().collect::<Vec<_>>(), [together]);
    });
}

#[test]
fn what_could_not_be_kept_goes_first_the_next_time() {
    let journal = FakeJournal::new(7);
    journal.fail_append(1, AppendFault::Unavailable);
    run(async {
        let mut desk = open(&journal).await;
        let error = take(&mut desk, commit_id(1), &report(1, 0, 0)).await.expect_err("no journal");
        assert!(matches!(error, DeskError::NotKept(_)) && desk.is_pending(), "{error}");
        assert!(journal.contents(&partition()).is_empty());
        let mut decide = |draft: &mut Draft<'_>| assert!(draft.decide(&report(2, 2, 0)).is_ok());
        let kept = desk.take(commit_id(2), std::slice::from_mut(&mut decide)).await;
        let kept = kept.expect("it is back").expect("the first is kept");
        assert_eq!((kept.decided, desk.is_pending()), (0, false));
        // Whoever asks again finds that it happened.
        let again = take(&mut desk, commit_id(3), &report(1, 0, 0)).await.expect("it is back");
        assert_eq!(again, Ok(vec![]));
        assert_eq!(journal.contents(&partition()).len(), 1);
    });
}

#[test]
fn many_decisions_go_into_one_commit_and_build_on_each_other() {
    let journal = FakeJournal::new(7);
    run(async {
        let mut desk = open(&journal).await;
        let inputs: Vec<Input> = (1..=20).map(|n| report(n, n % 2, 0)).collect();
        let decide = |input: &Input, draft: &mut Draft<'_>| assert!(draft.decide(input).is_ok());
        let mut decisions: Vec<_> =
            inputs.iter().map(|input| move |draft: &mut Draft<'_>| decide(input, draft)).collect();
        let kept = desk.take(commit_id(1), &mut decisions).await.expect("kept").expect("some");
        assert_eq!(kept.decided, 20);
        assert_eq!(journal.contents(&partition()).len(), 1);
        assert_eq!(shape(&desk.engine()), expected(&inputs));
        assert_eq!(shape(&open(&journal).await.engine()), expected(&inputs));
    });
}

#[test]
fn a_commit_takes_no_more_than_it_may_hold() {
    let journal = FakeJournal::new(7);
    run(async {
        let mut desk = open(&journal).await;
        let large = |draft: &mut Draft<'_>| {
            let matter = "x".repeat(100_000);
            let at = Timestamp::from_unix_ms(1);
            draft.record(Record::Noticed { matter, report: None, at });
        };
        let mut decisions = [large; 8];
        let kept = desk.take(commit_id(1), &mut decisions).await.expect("kept").expect("some");
        assert_eq!(kept.decided, 3);
    });
}

#[test]
fn a_refusal_is_told_and_nothing_is_kept() {
    let journal = FakeJournal::new(7);
    run(async {
        let mut desk = open(&journal).await;
        let campaign = CampaignId::from_bytes([7; 16]);
        let contain = Input::Contain { campaign, at: Timestamp::from_unix_ms(1) };
        let refused = take(&mut desk, commit_id(1), &contain).await.expect("nothing is kept");
        assert_eq!(refused, Err(Refusal::NoCampaign { campaign }));
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
        let error = take(&mut desk, commit_id(2), &report(2, 0, 0)).await.expect_err("it is newer");
        assert!(matches!(error, DeskError::NotUnderstood { .. }), "{error}");
    });
}
