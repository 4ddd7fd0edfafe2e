//! Power cuts and failing disks, over a disk that forgets what was not synced.
//!
//! Whatever the moment of the cut, and whatever the disk kept of what it was not told to
//! sync: the journal opens again, and every commit acknowledged before the cut is there, whole
//! and at its place. That the test sees a loss where there is one is shown by a disk that lies.
#![cfg(unix)]

mod disk;

use std::num::NonZeroUsize;
use std::path::Path;

use disk::{Contents, Disk, Fault, Luck};
use rusqlite::ffi;
use tempfile::TempDir;
use unhook_app::journal::{
    AppendError, Commit, CommitId, EncodedEvent, EventKind, Journal as _, Partition, Position,
};
use unhook_store::SqliteJournal;

/// Power cuts, each at another moment.
const CUTS: u64 = 60;

/// What is appended before.
const COMMITS: u64 = 78;

const PARTITIONS: u64 = 3;

/// A journal that is opened, appended to, closed, opened again and appended to; each commit
/// is noted once it is acknowledged.
async fn live(disk: &Disk) {
    let mut last = [None; PARTITIONS as usize];
    for half in [0..COMMITS / 2, COMMITS / 2..COMMITS] {
        let journal = SqliteJournal::open(disk.folder()).expect("open");
        for number in half {
            let last = &mut last[(number % PARTITIONS) as usize];
            *last = Some(append(&journal, *last, number).await.expect("append"));
            disk.note(number);
        }
        journal.close().expect("close");
    }
}

async fn append(
    journal: &SqliteJournal,
    last: Option<Position>,
    number: u64,
) -> Result<Position, AppendError> {
    journal.append(&partition(number), last, &commit(number)).await
}

fn partition(number: u64) -> Partition {
    Partition::parse(&format!("p{}", number % PARTITIONS)).expect("partition")
}

/// The commit of a number: always the same, from nothing to 240 KB. The later ones fill the log,
/// so that SQLite brings it into the database (from 4 MB on) between two appends.
fn commit(number: u64) -> Commit {
    let size = (number * number * 40) as usize;
    let payload = vec![(number % 251) as u8; size];
    let kind = EventKind::parse("seen").expect("kind");
    let id = CommitId::from_bytes(u128::from(number).to_be_bytes());
    Commit { id, events: vec![EncodedEvent { kind, version: 1, payload }] }
}

/// What is wrong with a journal after a crash, if anything: commits that were acknowledged
/// and are lost, or commits that are not what was appended.
async fn what_is_wrong(folder: &Path, acknowledged: &[u64]) -> Result<(), String> {
    let journal = SqliteJournal::open(folder).map_err(|error| format!("{error:?}"))?;
    let mut there = Vec::new();
    for first in 0..PARTITIONS {
        let all = read_all(&journal, &partition(first)).await?;
        for (number, found) in (first..).step_by(PARTITIONS as usize).zip(all) {
            if found != commit(number) {
                return Err(format!("commit {number} is another"));
            }
            there.push(number);
        }
    }
    match acknowledged.iter().find(|number| !there.contains(number)) {
        Some(lost) => Err(format!("commit {lost} is lost")),
        None => Ok(()),
    }
}

async fn read_all(journal: &SqliteJournal, partition: &Partition) -> Result<Vec<Commit>, String> {
    const ALL: NonZeroUsize = NonZeroUsize::MAX;
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = journal.read(partition, after, ALL).await;
        let page = page.map_err(|error| format!("{error:?}"))?;
        let Some((position, _)) = page.last() else { return Ok(all) };
        after = Some(*position);
        all.extend(page.into_iter().map(|(_, commit)| commit));
    }
}

/// Numbers that look random and are the same for the same seed.
fn dice(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed.wrapping_mul(2) | 1;
    move || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        state ^ state >> 33
    }
}

/// What is left after a cut: of what was not synced, some is kept, some lost, some torn.
fn left_over(contents: &Contents, seed: u64) -> TempDir {
    let folder = tempfile::tempdir().expect("folder");
    let mut dice = dice(seed);
    contents.write(folder.path(), |_| match dice() % 3 {
        0 => Luck::Kept,
        1 => Luck::Lost,
        _ => Luck::Torn(dice()),
    });
    folder
}

/// Cuts the power at a moment and says what is wrong then, and how much was acknowledged.
async fn cut(fault: Option<Fault>, moment: u64) -> (Result<(), String>, usize) {
    let folder = tempfile::tempdir().expect("folder");
    let disk = Disk::new(folder.path());
    disk.set_fault(fault);
    disk.cut_power_at(moment);
    live(&disk).await;
    let contents = disk.contents();
    let left = left_over(&contents, moment);
    (what_is_wrong(left.path(), &contents.notes).await, contents.notes.len())
}

/// Moments of a whole life, spread over it.
async fn moments() -> impl Iterator<Item = u64> {
    let folder = tempfile::tempdir().expect("folder");
    let disk = Disk::new(folder.path());
    live(&disk).await;
    let all = disk.moments();
    assert!(all > CUTS, "only {all} moments");
    (0..CUTS).map(move |cut| 1 + cut * all / CUTS)
}

#[tokio::test]
async fn no_power_cut_loses_what_was_acknowledged() {
    let mut most = 0;
    for moment in moments().await {
        let (wrong, acknowledged) = cut(None, moment).await;
        assert_eq!(wrong, Ok(()), "power cut at moment {moment}");
        most = most.max(acknowledged as u64);
    }
    assert!(most > COMMITS * 9 / 10, "no cut came late enough");
}

#[tokio::test]
async fn a_disk_that_lies_about_syncing_is_found_out() {
    let mut losses = 0;
    for moment in moments().await.step_by(10) {
        losses += u32::from(cut(Some(Fault::Lie), moment).await.0.is_err());
    }
    assert!(losses > 0, "the test cannot see a loss");
}

/// A process that is killed between writing and syncing leaves a commit that looks written.
/// Appended again by the next process, it is acknowledged as already there; so it had better be.
#[tokio::test]
async fn what_a_killed_process_wrote_is_durable_before_it_is_acknowledged() {
    let first_life = tempfile::tempdir().expect("folder");
    let disk = Disk::new(first_life.path());
    let journal = SqliteJournal::open(disk.folder()).expect("open");
    let first = append(&journal, None, 0).await.expect("append");
    disk.set_fault(Some(Fault::Lie));
    let second = append(&journal, Some(first), PARTITIONS).await.expect("append");
    let killed = disk.contents();
    drop(journal);

    let second_life = tempfile::tempdir().expect("folder");
    let disk = Disk::holding(second_life.path(), killed);
    let journal = SqliteJournal::open(disk.folder()).expect("open");
    let again = append(&journal, Some(first), PARTITIONS).await.expect("append");
    assert_eq!(again, second, "the killed process left nothing");

    let third_life = tempfile::tempdir().expect("folder");
    disk.contents().write(third_life.path(), |_| Luck::Lost);
    assert_eq!(what_is_wrong(third_life.path(), &[0, PARTITIONS]).await, Ok(()));
}

/// Appends while the disk fails, then again when it works, then cuts the power.
async fn check_fault(fault: Fault) {
    let folder = tempfile::tempdir().expect("folder");
    let disk = Disk::new(folder.path());
    let journal = SqliteJournal::open(disk.folder()).expect("open");
    let mut last = Some(append(&journal, None, 0).await.expect("append"));
    let mut acknowledged = vec![0];
    for number in (1..COMMITS / PARTITIONS).map(|n| n * PARTITIONS) {
        if number % 2 == 0 {
            disk.set_fault(Some(fault));
            let failed = append(&journal, last, number).await;
            assert!(matches!(failed, Err(AppendError::Unavailable(_))), "{fault:?}: {failed:?}");
            assert_eq!(journal.last(&partition(0)).await.expect("last"), last);
            disk.set_fault(None);
        }
        last = Some(append(&journal, last, number).await.expect("append"));
        acknowledged.push(number);
    }
    let left = tempfile::tempdir().expect("folder");
    disk.contents().write(left.path(), |_| Luck::Lost);
    assert_eq!(what_is_wrong(left.path(), &acknowledged).await, Ok(()), "{fault:?}");
}

#[tokio::test]
async fn a_failing_disk_is_unavailable_and_the_journal_recovers_with_it() {
    check_fault(Fault::Write(ffi::SQLITE_FULL)).await;
    check_fault(Fault::Write(ffi::SQLITE_IOERR_WRITE)).await;
    check_fault(Fault::Sync(ffi::SQLITE_IOERR_FSYNC)).await;
}

#[tokio::test]
async fn a_full_disk_does_not_keep_a_journal_from_being_read() {
    let folder = tempfile::tempdir().expect("folder");
    let disk = Disk::new(folder.path());
    live(&disk).await;
    let journal = SqliteJournal::open(disk.folder()).expect("open");
    disk.set_fault(Some(Fault::Write(ffi::SQLITE_FULL)));
    let all = read_all(&journal, &partition(0)).await.expect("read");
    assert_eq!(all.len() as u64, COMMITS / PARTITIONS);
    disk.set_fault(None);
}
