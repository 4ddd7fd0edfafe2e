//! A snapshot is of one journal, and is never taken for another's.

use std::path::Path;

use unhook_app::journal::{
    Commit, CommitId, EncodedEvent, EventKind, Journal as _, Partition, Position,
};
use unhook_store::SqliteJournal;

fn partition() -> Partition {
    Partition::parse("acme").expect("a name")
}

/// Appends so many commits, whose ids begin with a byte that tells whose they are.
async fn append(journal: &SqliteJournal, whose: u8, count: u8) -> Position {
    let mut last = journal.last(&partition()).await.expect("last");
    for number in 0..count {
        let mut id = [whose; 16];
        id[15] = number;
        let kind = EventKind::parse("noticed").expect("a kind");
        let events = vec![EncodedEvent { kind, version: 1, payload: b"{}".to_vec() }];
        let commit = Commit { id: CommitId::from_bytes(id), events };
        last = Some(journal.append(&partition(), last, &commit).await.expect("appended"));
    }
    last.expect("something was appended")
}

fn open(folder: &Path) -> SqliteJournal {
    SqliteJournal::open(folder).expect("a journal")
}

#[tokio::test]
async fn a_snapshot_is_found_again_however_far_the_journal_has_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = open(folder.path());
    assert_eq!(journal.snapshot(&partition()).await.expect("none"), None);
    let position = append(&journal, 1, 3).await;
    journal.keep_snapshot(&partition(), position, b"three").await.expect("kept");
    append(&journal, 2, 3).await;
    journal.close().expect("closed");
    let journal = open(folder.path());
    assert_eq!(journal.snapshot(&partition()).await.expect("read").as_deref(), Some(&b"three"[..]));
    let later = append(&journal, 3, 1).await;
    journal.keep_snapshot(&partition(), later, b"").await.expect("kept");
    assert_eq!(journal.snapshot(&partition()).await.expect("read").as_deref(), Some(&b""[..]));
}

#[tokio::test]
async fn a_snapshot_of_another_journal_is_none_of_this_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = open(folder.path());
    let position = append(&journal, 1, 3).await;
    journal.keep_snapshot(&partition(), position, b"three").await.expect("kept");
    journal.close().expect("closed");
    std::fs::remove_file(folder.path().join("journal.db")).expect("removed");
    let journal = open(folder.path());
    assert_eq!(journal.snapshot(&partition()).await.expect("none"), None);
    // Nor once it has come as far as the other had.
    assert!(append(&journal, 2, 5).await > position);
    assert_eq!(journal.snapshot(&partition()).await.expect("none"), None);
    // What is damaged is none either.
    std::fs::write(folder.path().join("engine.snapshot"), b"unhksnp\x01short").expect("written");
    assert_eq!(journal.snapshot(&partition()).await.expect("none"), None);
    let nowhere = Position::from_raw(position.to_raw() + 1_000);
    assert!(journal.keep_snapshot(&partition(), nowhere, b"x").await.is_err());
}
