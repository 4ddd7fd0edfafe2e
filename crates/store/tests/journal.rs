//! What the journal on SQLite does, seen from outside, on a disk that works.

use std::num::NonZeroUsize;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;
use unhook_app::journal::{
    AppendError, Commit, CommitId, EncodedEvent, EventKind, Journal as _, LARGEST_COMMIT,
    Partition, Position, ReadError, contract,
};
use unhook_store::{OpenError, SqliteJournal};

const PAGE: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

fn open() -> (TempDir, SqliteJournal) {
    let folder = tempfile::tempdir().expect("folder");
    let journal = SqliteJournal::open(folder.path()).expect("journal");
    (folder, journal)
}

fn partition() -> Partition {
    Partition::parse("acme").expect("partition")
}

fn commit(number: u128, size: usize) -> Commit {
    let kind = EventKind::parse("seen").expect("kind");
    let events = vec![EncodedEvent { kind, version: 1, payload: vec![b'x'; size] }];
    Commit { id: CommitId::from_bytes(number.to_be_bytes()), events }
}

async fn append(journal: &SqliteJournal, last: Option<Position>, number: u128) -> Position {
    journal.append(&partition(), last, &commit(number, 10)).await.expect("append")
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let (_folder, journal) = open();
    contract::run(&journal).await;
    journal.close().unwrap();
}

#[tokio::test]
async fn what_was_closed_is_there_when_opened_again() {
    let (folder, journal) = open();
    let first = append(&journal, None, 1).await;
    journal.close().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(journal.last(&partition()).await.unwrap(), Some(first));
    assert_eq!(append(&journal, None, 1).await, first);
    let second = append(&journal, Some(first), 2).await;
    assert!(second > first);
    drop(journal);
    let journal = SqliteJournal::open(folder.path()).unwrap();
    let all = journal.read(&partition(), None, PAGE).await.unwrap();
    assert_eq!(all, [(first, commit(1, 10)), (second, commit(2, 10))]);
}

#[tokio::test]
async fn closing_leaves_one_file_with_everything_in_it() {
    let (folder, journal) = open();
    append(&journal, None, 1).await;
    journal.close().unwrap();
    let names = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["journal.db", "unhook.lock"]);
}

/// An append that nobody waits for any more is written before the journal closes.
#[tokio::test]
async fn closing_writes_what_waits() {
    let (folder, journal) = open();
    let (partition, commit) = (partition(), commit(1, 10));
    {
        let append = std::pin::pin!(journal.append(&partition, None, &commit));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = append.poll(&mut context);
    }
    journal.close().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(journal.read(&partition, None, PAGE).await.unwrap().len(), 1);
}

#[test]
fn a_folder_is_opened_once() {
    let (folder, journal) = open();
    let error = SqliteJournal::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    drop(journal);
    SqliteJournal::open(folder.path()).unwrap();
}

#[tokio::test]
async fn a_locked_file_is_unavailable_until_it_is_let_go() {
    let (folder, journal) = open();
    let first = append(&journal, None, 1).await;
    let other = Connection::open(folder.path().join("journal.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let locked = journal.append(&partition(), Some(first), &commit(2, 10)).await;
    assert!(matches!(locked, Err(AppendError::Unavailable(_))), "{locked:?}");
    assert_eq!(journal.last(&partition()).await.unwrap(), Some(first));
    other.execute_batch("ROLLBACK").unwrap();
    append(&journal, Some(first), 2).await;
}

#[tokio::test]
async fn pages_of_large_commits_are_short() {
    let (_folder, journal) = open();
    let (mut last, size) = (None, LARGEST_COMMIT - 100);
    for number in 1..=20 {
        let position = journal.append(&partition(), last, &commit(number, size)).await;
        last = Some(position.unwrap());
    }
    let (mut after, mut pages) = (None, Vec::new());
    loop {
        let page = journal.read(&partition(), after, PAGE).await.unwrap();
        let Some((position, _)) = page.last() else { break };
        after = Some(*position);
        pages.push(page.len());
    }
    assert_eq!(pages, [17, 3]);
}

#[tokio::test]
async fn a_damaged_commit_is_broken_and_not_made_up() {
    let (folder, journal) = open();
    append(&journal, None, 1).await;
    journal.close().unwrap();
    damage(folder.path());
    let journal = SqliteJournal::open(folder.path()).unwrap();
    let read = journal.read(&partition(), None, PAGE).await;
    assert!(matches!(read, Err(ReadError::Broken(_))), "{read:?}");
}

fn damage(folder: &Path) {
    let database = Connection::open(folder.join("journal.db")).expect("database");
    database.execute_batch("UPDATE commits SET events = x'00ff'").expect("update");
}
