//! What any journal must do, as tests to run over it.
//!
//! [`run`] is all there is. Each case has a partition of its own, so one empty journal
//! serves for all. What lies outside the port is not looked at here: that commits outlive a
//! crash is for each journal's own tests.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::Poll;

use super::{
    AppendError, Commit, CommitId, EncodedEvent, EventKind, Journal, LARGEST_COMMIT, Partition,
    Position,
};

/// Appenders at once.
const APPENDERS: u64 = 16;

/// Runs every case over an empty journal.
///
/// # Panics
/// If the journal breaks the contract, with what it did.
pub async fn run(journal: &impl Journal) {
    an_empty_partition_has_nothing(journal).await;
    commits_are_read_as_they_were_appended(journal).await;
    positions_ascend(journal).await;
    an_append_expects_the_last_position(journal).await;
    partitions_are_apart(journal).await;
    an_append_can_be_made_again(journal).await;
    an_id_names_one_commit(journal).await;
    the_largest_commit_fits_and_no_larger(journal).await;
    pages_hold_everything_in_order(journal).await;
    one_of_many_wins(journal).await;
    many_can_append_by_turns(journal).await;
    many_partitions_can_be_appended_to_at_once(journal).await;
}

async fn an_empty_partition_has_nothing(journal: &impl Journal) {
    let partition = partition("empty");
    assert_eq!(journal.last(&partition).await.expect("last"), None);
    assert_eq!(read_page(journal, &partition, None, 10).await, []);
    let anywhere = Some(Position::from_raw(u64::MAX));
    assert_eq!(read_page(journal, &partition, anywhere, 10).await, []);
}

async fn commits_are_read_as_they_were_appended(journal: &impl Journal) {
    let partition = partition("as-appended");
    let event = |kind: &str, version, payload: &[u8]| EncodedEvent {
        kind: EventKind::parse(kind).expect("kind"),
        version,
        payload: payload.to_vec(),
    };
    let longest_kind = "k".repeat(super::LONGEST_NAME);
    let all_bytes: Vec<u8> = (0..=u8::MAX).collect();
    let several = vec![
        event("seen", 1, b"first"),
        event("seen", 1, b"first"),
        event(&longest_kind, u16::MAX, &all_bytes),
        event("nothing", 0, b""),
    ];
    let first = Commit { id: id(1), events: several };
    let second = Commit { id: CommitId::from_bytes([0xff; 16]), events: vec![] };
    let at_first = append(journal, &partition, None, &first).await;
    let at_second = append(journal, &partition, Some(at_first), &second).await;
    let all = read_all(journal, &partition, 10).await;
    assert_eq!(all, [(at_first, first), (at_second, second)]);
}

async fn positions_ascend(journal: &impl Journal) {
    let partition = partition("ascend");
    // Ids that descend, since positions must not depend on them.
    let positions = fill(journal, &partition, (1..=20).rev()).await;
    assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");
}

async fn an_append_expects_the_last_position(journal: &impl Journal) {
    let partition = partition("expects");
    let anywhere = Position::from_raw(1);
    expect_conflict(journal, &partition, Some(anywhere), None).await;
    let first = append(journal, &partition, None, &commit(1)).await;
    expect_conflict(journal, &partition, None, Some(first)).await;
    let second = append(journal, &partition, Some(first), &commit(2)).await;
    expect_conflict(journal, &partition, Some(first), Some(second)).await;
    expect_conflict(journal, &partition, None, Some(second)).await;
    let future = Position::from_raw(u64::MAX);
    expect_conflict(journal, &partition, Some(future), Some(second)).await;
    let all = read_all(journal, &partition, 10).await;
    assert_eq!(all, [(first, commit(1)), (second, commit(2))]);
}

/// Tries an append that must conflict, and leave nothing behind.
async fn expect_conflict(
    journal: &impl Journal,
    partition: &Partition,
    expected: Option<Position>,
    actual: Option<Position>,
) {
    match journal.append(partition, expected, &commit(99)).await {
        Err(AppendError::Conflict { last }) => assert_eq!(last, actual),
        other => panic!("{expected:?} was expected, {actual:?} is there: {other:?}"),
    }
    assert_eq!(journal.last(partition).await.expect("last"), actual);
}

async fn partitions_are_apart(journal: &impl Journal) {
    let (one, other) = (partition("apart"), partition("apart-2"));
    let in_one = append(journal, &one, None, &commit(1)).await;
    let in_other = append(journal, &other, None, &commit(2)).await;
    // The same id in two partitions is two commits.
    let again_in_other = append(journal, &other, Some(in_other), &commit(1)).await;
    append(journal, &one, Some(in_one), &commit(3)).await;
    let ids = |all: Vec<(Position, Commit)>| all.into_iter().map(|(_, c)| c.id).collect::<Vec<_>>();
    assert_eq!(ids(read_all(journal, &one, 10).await), [id(1), id(3)]);
    assert_eq!(ids(read_all(journal, &other, 10).await), [id(2), id(1)]);
    assert_eq!(journal.last(&other).await.expect("last"), Some(again_in_other));
}

async fn an_append_can_be_made_again(journal: &impl Journal) {
    let partition = partition("again");
    let first = append(journal, &partition, None, &commit(1)).await;
    assert_eq!(append(journal, &partition, None, &commit(1)).await, first);
    let second = append(journal, &partition, Some(first), &commit(2)).await;
    for expected in [None, Some(first), Some(second), Some(Position::from_raw(u64::MAX))] {
        assert_eq!(append(journal, &partition, expected, &commit(1)).await, first);
        assert_eq!(append(journal, &partition, expected, &commit(2)).await, second);
    }
    let all = read_all(journal, &partition, 10).await;
    assert_eq!(all, [(first, commit(1)), (second, commit(2))]);
}

async fn an_id_names_one_commit(journal: &impl Journal) {
    let partition = partition("reused");
    let first = append(journal, &partition, None, &commit(1)).await;
    let other = Commit { id: id(1), events: commit(2).events };
    for expected in [None, Some(first)] {
        match journal.append(&partition, expected, &other).await {
            Err(AppendError::IdReused { position }) => assert_eq!(position, first),
            other => panic!("an id was given to two commits: {other:?}"),
        }
    }
    assert_eq!(read_all(journal, &partition, 10).await, [(first, commit(1))]);
}

async fn the_largest_commit_fits_and_no_larger(journal: &impl Journal) {
    let partition = partition("large");
    let of_size = |size: usize| {
        let mut commit = commit(1);
        let more = size - commit.size();
        commit.events[0].payload.extend((0..more).map(|n| (n % 251) as u8));
        commit
    };
    let too_large = of_size(LARGEST_COMMIT + 1);
    match journal.append(&partition, None, &too_large).await {
        Err(AppendError::TooLarge { size }) => assert_eq!(size, LARGEST_COMMIT + 1),
        other => panic!("too large a commit was taken: {other:?}"),
    }
    assert_eq!(journal.last(&partition).await.expect("last"), None);
    let largest = of_size(LARGEST_COMMIT);
    let position = append(journal, &partition, None, &largest).await;
    assert!(read_all(journal, &partition, 10).await == [(position, largest)]);
}

async fn pages_hold_everything_in_order(journal: &impl Journal) {
    let partition = partition("pages");
    let positions = fill(journal, &partition, 1..=23).await;
    let expected: Vec<_> = positions.iter().copied().zip((1..=23).map(commit)).collect();
    for limit in [1, 2, 3, 22, 23, 24, usize::MAX] {
        assert_eq!(read_all(journal, &partition, limit).await, expected, "pages of {limit}");
    }
    let last = positions.last().copied();
    assert_eq!(read_page(journal, &partition, last, 10).await, []);
}

async fn one_of_many_wins(journal: &impl Journal) {
    let partition = partition("one-wins");
    let commits: Vec<Commit> = (1..=APPENDERS).map(commit).collect();
    let appends = commits.iter().map(|commit| journal.append(&partition, None, commit)).collect();
    let results = at_once(appends).await;
    let won: Vec<Position> =
        results.iter().filter_map(|result| result.as_ref().ok().copied()).collect();
    assert_eq!(won.len(), 1, "{results:?}");
    for result in results {
        match result {
            Ok(_) => {}
            Err(AppendError::Conflict { last }) => assert_eq!(last, Some(won[0])),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(read_all(journal, &partition, 10).await.len(), 1);
}

async fn many_can_append_by_turns(journal: &impl Journal) {
    const EACH: u64 = 5;
    let partition = partition("by-turns");
    let one = async |appender: u64| {
        let mut positions = Vec::new();
        for number in 0..EACH {
            let commit = commit(1 + appender * EACH + number);
            positions.push((append_at_last(journal, &partition, &commit).await, commit));
        }
        positions
    };
    let appended = at_once((0..APPENDERS).map(one).collect()).await;
    let expected: BTreeMap<_, _> = appended.iter().flatten().cloned().collect();
    assert_eq!(expected.len() as u64, APPENDERS * EACH, "two commits have the same position");
    let all: BTreeMap<_, _> = read_all(journal, &partition, 7).await.into_iter().collect();
    assert_eq!(all, expected);
}

/// Appends whatever the last position is, trying until nobody was faster.
async fn append_at_last(
    journal: &impl Journal,
    partition: &Partition,
    commit: &Commit,
) -> Position {
    let mut last = journal.last(partition).await.expect("last");
    loop {
        match journal.append(partition, last, commit).await {
            Ok(position) => return position,
            Err(AppendError::Conflict { last: actual }) => last = actual,
            Err(other) => panic!("{other:?}"),
        }
    }
}

async fn many_partitions_can_be_appended_to_at_once(journal: &impl Journal) {
    let one = async |appender: u64| {
        let partition = partition(&format!("at-once-{appender}"));
        let positions = fill(journal, &partition, 1..=5).await;
        let expected: Vec<_> = positions.into_iter().zip((1..=5).map(commit)).collect();
        assert_eq!(read_all(journal, &partition, 3).await, expected);
    };
    at_once((0..APPENDERS).map(one).collect()).await;
}

fn partition(name: &str) -> Partition {
    Partition::parse(name).expect("partition")
}

fn id(number: u64) -> CommitId {
    CommitId::from_bytes(u128::from(number).to_be_bytes())
}

fn commit(number: u64) -> Commit {
    let event = |version| EncodedEvent {
        kind: EventKind::parse("seen").expect("kind"),
        version,
        payload: number.to_be_bytes().to_vec(),
    };
    Commit { id: id(number), events: vec![event(1), event(2)] }
}

async fn append(
    journal: &impl Journal,
    partition: &Partition,
    expected_last: Option<Position>,
    commit: &Commit,
) -> Position {
    journal.append(partition, expected_last, commit).await.expect("append")
}

/// Appends commits of these numbers, one after the other.
async fn fill(
    journal: &impl Journal,
    partition: &Partition,
    numbers: impl Iterator<Item = u64>,
) -> Vec<Position> {
    let mut positions = Vec::new();
    for number in numbers {
        let last = positions.last().copied();
        positions.push(append(journal, partition, last, &commit(number)).await);
    }
    assert_eq!(journal.last(partition).await.expect("last"), positions.last().copied());
    positions
}

async fn read_page(
    journal: &impl Journal,
    partition: &Partition,
    after: Option<Position>,
    limit: usize,
) -> Vec<(Position, Commit)> {
    let limit = NonZeroUsize::new(limit).expect("limit");
    journal.read(partition, after, limit).await.expect("read")
}

/// Reads a partition to its end as state does: duplicates are dropped by id, and what is
/// left must be in order, without holes between pages.
async fn read_all(
    journal: &impl Journal,
    partition: &Partition,
    limit: usize,
) -> Vec<(Position, Commit)> {
    let mut all: Vec<(Position, Commit)> = Vec::new();
    let mut seen = BTreeSet::new();
    loop {
        let after = all.last().map(|(position, _)| *position);
        let page = read_page(journal, partition, after, limit).await;
        if page.is_empty() {
            return all;
        }
        assert!(page.len() <= limit, "{} entries in a page of {limit}", page.len());
        for (position, commit) in page {
            if !seen.insert(commit.id) {
                assert!(all.contains(&(position, commit)), "a duplicate that is none");
                continue;
            }
            let last = all.last().map(|(position, _)| *position);
            assert!(last < Some(position), "{position:?} comes after {last:?}");
            all.push((position, commit));
        }
        let last = all.last().map(|(position, _)| *position);
        assert!(last > after, "nothing new after {after:?} in a page that is not empty");
    }
}

/// Runs futures at the same time, on the task that asks, so that the suite needs no runtime
/// of a certain make.
async fn at_once<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}
