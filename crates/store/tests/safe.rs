//! What is kept sealed beside the people: with real files, and by several processes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use unhook_app::safe::{self, Item, Safe as _};
use unhook_app::{Contact, People as _, SafeError};
use unhook_model::{PersonId, PhoneNumber, Timestamp};
use unhook_store::SqliteVault;
use unhook_store::backup::{Restore, backup, restore};

/// 2022-07-20T22:49:00Z.
const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

fn open() -> (TempDir, SqliteVault) {
    let folder = tempfile::tempdir().expect("folder");
    let vault = SqliteVault::open(folder.path()).expect("vault");
    (folder, vault)
}

fn file(folder: &Path, item: Item) -> PathBuf {
    folder.join("safe").join(item.name())
}

async fn meet(vault: &SqliteVault, last: u32) -> PersonId {
    let number = PhoneNumber::parse(&format!("+1201555{last:04}")).expect("a number");
    vault.meet(&Contact::Phone(number), NOW).await.expect("meet").id
}

#[tokio::test]
async fn it_keeps_the_contract_whoever_erases_somebody() {
    let (folder, vault) = open();
    let (one, other) = (meet(&vault, 100).await, meet(&vault, 101).await);
    let elsewhere = SqliteVault::open(folder.path()).unwrap();
    let mut people = [(&vault, one), (&elsewhere, other)].into_iter();
    safe::contract::run(&vault, || {
        let (vault, person) = people.next().expect("two are erased");
        assert!(vault.erase(person, NOW).unwrap());
    });
}

#[test]
fn a_record_outlives_the_process_and_another_master_key() {
    let (folder, vault) = open();
    for item in Item::ALL {
        assert_eq!(vault.load(item).unwrap(), None);
        vault.keep(item, item.name().as_bytes()).unwrap();
    }
    vault.rotate_master_key().unwrap();
    drop(vault);
    let vault = SqliteVault::open(folder.path()).unwrap();
    for item in Item::ALL {
        assert_eq!(vault.load(item).unwrap().unwrap(), item.name().as_bytes());
    }
}

#[test]
fn a_record_that_was_changed_anywhere_does_not_open_and_is_left_alone() {
    let (folder, vault) = open();
    let item = Item::LookBack;
    vault.load(item).unwrap();
    vault.keep(item, b"acme-okta.example").unwrap();
    let path = file(folder.path(), item);
    let whole = std::fs::read(&path).unwrap();
    assert!(!whole.windows(4).any(|part| part == b"okta"));
    let check = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let error = vault.load(item).unwrap_err();
        assert!(matches!(error, SafeError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    };
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        check(&changed);
        check(&whole[..at]);
    }
    check(&[&whole[..], b"x"].concat());
    // Nor does it pass for another.
    vault.load(Item::SignalStreams).unwrap();
    std::fs::write(file(folder.path(), Item::SignalStreams), &whole).unwrap();
    assert!(matches!(vault.load(Item::SignalStreams), Err(SafeError::Damaged { .. })));
    // Moved away, it begins anew.
    std::fs::remove_file(&path).unwrap();
    assert_eq!(vault.load(item).unwrap(), None);
    vault.keep(item, b"anew").unwrap();
    assert_eq!(vault.load(item).unwrap().unwrap(), b"anew");
}

#[tokio::test]
async fn what_somebody_may_be_in_who_was_erased_opens_for_nobody() {
    let (folder, vault) = open();
    let person = meet(&vault, 102).await;
    vault.load(Item::LookBack).unwrap();
    vault.keep(Item::LookBack, b"they are in it").unwrap();
    let path = file(folder.path(), Item::LookBack);
    let kept = std::fs::read(&path).unwrap();
    assert!(vault.erase(person, NOW).unwrap());
    assert_eq!(vault.load(Item::LookBack).unwrap(), None);
    assert!(!path.exists());
    // A copy that somebody made of the file is noise.
    std::fs::write(&path, kept).unwrap();
    assert!(matches!(vault.load(Item::LookBack), Err(SafeError::Damaged { .. })));
}

#[test]
fn what_a_process_that_was_killed_left_is_in_nobodys_way() {
    let (folder, vault) = open();
    vault.load(Item::LookBack).unwrap();
    vault.keep(Item::LookBack, b"one").unwrap();
    let unfinished = file(folder.path(), Item::LookBack).with_extension("part");
    std::fs::write(&unfinished, b"half of ").unwrap();
    assert_eq!(vault.load(Item::LookBack).unwrap().unwrap(), b"one");
    vault.keep(Item::LookBack, b"other").unwrap();
    assert_eq!(vault.load(Item::LookBack).unwrap().unwrap(), b"other");
    assert!(!unfinished.exists());
}

/// The last to come is not known; what is there is whole.
#[test]
fn two_who_keep_at_once_leave_a_whole_record() {
    let (_folder, vault) = open();
    let vault = Arc::new(vault);
    vault.load(Item::SignalStreams).unwrap();
    let keep = |byte: u8| {
        let vault = Arc::clone(&vault);
        std::thread::spawn(move || {
            for _ in 0..20 {
                vault.keep(Item::SignalStreams, &[byte; 50_000]).unwrap();
            }
        })
    };
    for thread in [keep(1), keep(2)] {
        thread.join().unwrap();
    }
    let kept = vault.load(Item::SignalStreams).unwrap().unwrap();
    assert!(kept == [1; 50_000] || kept == [2; 50_000]);
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, vault) = open();
    vault.load(Item::SignalStreams).unwrap();
    vault.keep(Item::SignalStreams, b"one").unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file(folder.path(), Item::SignalStreams)), 0o600);
    assert_eq!(mode(&folder.path().join("safe")), 0o700);
}

#[test]
fn records_are_no_part_of_a_backup_and_go_when_one_is_put_back() {
    let (folder, vault) = open();
    for item in Item::ALL {
        vault.load(item).unwrap();
        vault.keep(item, b"one").unwrap();
    }
    let backups = tempfile::tempdir().unwrap();
    let to = backups.path().join("backup");
    backup(folder.path(), &to, None).unwrap();
    assert!(!to.join("safe").exists());
    drop(vault);
    let replacing = Restore { may_replace: true, ..Restore::default() };
    restore(&to, folder.path(), &replacing).unwrap();
    let vault = SqliteVault::open(folder.path()).unwrap();
    for item in Item::ALL {
        assert_eq!(vault.load(item).unwrap(), None);
        vault.keep(item, b"other").unwrap();
        assert_eq!(vault.load(item).unwrap().unwrap(), b"other");
    }
}
