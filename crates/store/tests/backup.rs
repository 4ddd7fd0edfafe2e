//! Backups of a folder in use, and putting them back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use unhook_app::journal::{
    Commit, CommitId, EncodedEvent, EventKind, Journal as _, Partition, Position,
};
use unhook_app::{BlobId, Blobs as _, Contact, People, Person, Sealed};
use unhook_model::{PhoneNumber, Timestamp};
use unhook_store::backup::{BackupError, Restore, backup, restore};
use unhook_store::{FileBlobs, KeyError, OpenError, SqliteJournal, SqliteVault};

/// 2022-07-20T22:49:00Z.
const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

const KEY: &str = "keys/master.key";

/// A service at work, and what it has kept.
struct Service {
    journal: SqliteJournal,
    vault: Arc<SqliteVault>,
    blobs: FileBlobs,
    folder: TempDir,
}

/// Something of everything.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    person: Person,
    sealed: Sealed,
    blob: BlobId,
    position: Position,
}

impl Service {
    fn open() -> Self {
        Self::in_folder(tempfile::tempdir().expect("folder"))
    }

    fn in_folder(folder: TempDir) -> Self {
        let journal = SqliteJournal::open(folder.path()).expect("journal");
        let vault = Arc::new(SqliteVault::open(folder.path()).expect("vault"));
        let people = Arc::clone(&vault) as Arc<dyn People>;
        let blobs = FileBlobs::open(folder.path(), people).expect("blobs");
        Self { journal, vault, blobs, folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    async fn keep(&self, number: u32) -> Kept {
        let person = self.vault.meet(&phone(number), NOW).await.expect("meet");
        let sealed = self.vault.seal(person.id, b"a text").expect("seal").expect("a key");
        let until = Timestamp::from_unix_ms(i64::MAX);
        let blob = self.blobs.put(person.id, b"a picture", until).expect("put");
        let last = self.journal.last(&partition()).await.expect("last");
        let position = self.journal.append(&partition(), last, &commit(number)).await;
        Kept { person, sealed, blob, position: position.expect("append") }
    }

    /// Whether everything of somebody is there, as it was.
    async fn has(&self, number: u32, kept: &Kept) -> bool {
        let read = std::num::NonZeroUsize::MAX;
        let commits = self.journal.read(&partition(), None, read).await.expect("read");
        let id = kept.person.id;
        self.vault.person(id).expect("person").as_ref() == Some(&kept.person)
            && self.vault.unseal(id, &kept.sealed).expect("unseal").as_deref() == Some(b"a text")
            && self.blobs.get(id, kept.blob).expect("get").as_deref() == Some(b"a picture")
            && commits.contains(&(kept.position, commit(number)))
    }

    fn close(self) -> TempDir {
        self.journal.close().expect("close");
        self.folder
    }
}

fn phone(last: u32) -> Contact {
    Contact::Phone(PhoneNumber::parse(&format!("+1201555{last:04}")).expect("a number"))
}

fn partition() -> Partition {
    Partition::parse("acme").expect("partition")
}

fn commit(number: u32) -> Commit {
    let kind = EventKind::parse("seen").expect("kind");
    let event = EncodedEvent { kind, version: 1, payload: vec![b'x'; 100] };
    Commit { id: CommitId::from_bytes(u128::from(number).to_be_bytes()), events: vec![event] }
}

fn new_folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("backup");
    (folder, path)
}

fn replacing() -> Restore {
    Restore { may_replace: true, ..Restore::default() }
}

/// Every file of a folder that is not SQLite's or a lock, with its bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).expect("file")));
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn a_backup_of_a_running_service_can_be_put_elsewhere() {
    let service = Service::open();
    let one = service.keep(100).await;
    let (_backups, to) = new_folder();
    let copied = backup(service.path(), &to, Some(&service.path().join(KEY))).unwrap();
    assert_eq!((copied.files, copied.erased), (4, 0));
    let later = service.keep(101).await;

    let elsewhere = tempfile::tempdir().unwrap();
    let restored = restore(&to, elsewhere.path(), &Restore::default()).unwrap();
    assert_eq!(restored, copied);
    let elsewhere = Service::in_folder(elsewhere);
    assert!(elsewhere.has(100, &one).await);
    assert!(!elsewhere.has(101, &later).await);
    assert!(service.has(101, &later).await);
    assert_ne!(elsewhere.keep(101).await.person.id, later.person.id);
}

#[tokio::test]
async fn a_backup_without_the_key_tells_nobody_anything() {
    let service = Service::open();
    let one = service.keep(102).await;
    let (_backups, to) = new_folder();
    backup(service.path(), &to, None).unwrap();
    assert!(!to.join(KEY).exists());
    let text = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|w| w == part);
    let key = std::fs::read(service.path().join(KEY)).unwrap();
    for (path, bytes) in contents(&to) {
        for part in [&b"2015550102"[..], b"a picture", &key[30..60]] {
            assert!(!text(&bytes, part), "{}", path.display());
        }
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let error = restore(&to, elsewhere.path(), &Restore::default()).unwrap_err();
    let BackupError::Open(OpenError::Key(KeyError::Missing { .. })) = error else {
        panic!("{error:?}");
    };
    let key = Some(service.path().join(KEY));
    restore(&to, elsewhere.path(), &Restore { key, ..Restore::default() }).unwrap();
    assert!(Service::in_folder(elsewhere).has(102, &one).await);
}

#[tokio::test]
async fn putting_an_older_backup_back_erases_again() {
    let service = Service::open();
    let (one, other) = (service.keep(103).await, service.keep(104).await);
    let third = service.keep(105).await;
    let (_backups, to) = new_folder();
    backup(service.path(), &to, None).unwrap();
    assert!(service.vault.erase(one.person.id, NOW).unwrap());
    let (lists, list) = new_folder();
    std::fs::write(&list, format!("{}\n\n", third.person.id)).unwrap();
    let later = service.keep(106).await;
    let folder = service.close();

    let error = restore(&to, folder.path(), &Restore::default()).unwrap_err();
    assert!(matches!(error, BackupError::WouldReplace { .. }), "{error:?}");
    let options = Restore { erasures: Some(list), ..replacing() };
    let restored = restore(&to, folder.path(), &options).unwrap();
    assert_eq!(restored.erased, 2);
    drop(lists);
    let service = Service::in_folder(folder);
    assert!(service.has(104, &other).await);
    assert!(!service.has(106, &later).await);
    for gone in [&one, &third] {
        assert_eq!(service.vault.unseal(gone.person.id, &gone.sealed).unwrap(), None);
        assert_eq!(service.vault.person(gone.person.id).unwrap(), None);
    }
    // And again, from the list that the restored folder has.
    let folder = service.close();
    assert_eq!(restore(&to, folder.path(), &replacing()).unwrap().erased, 2);
    assert!(Service::in_folder(folder).has(104, &other).await);
}

#[tokio::test]
async fn what_was_made_of_the_journal_before_goes_with_it() {
    let service = Service::open();
    service.keep(109).await;
    let (_backups, to) = new_folder();
    backup(service.path(), &to, None).unwrap();
    let folder = service.close();
    let made = ["views.db", "engine.snapshot"].map(|name| folder.path().join(name));
    made.iter().for_each(|file| std::fs::write(file, b"of the journal before").unwrap());
    restore(&to, folder.path(), &replacing()).unwrap();
    assert!(made.iter().all(|file| !file.exists()));
}

/// Somebody copies an old database over the present one by hand.
#[tokio::test]
async fn a_database_put_back_by_hand_erases_again_when_opened() {
    let service = Service::open();
    let (one, other) = (service.keep(107).await, service.keep(108).await);
    let (_backups, to) = new_folder();
    backup(service.path(), &to, None).unwrap();
    service.vault.erase(one.person.id, NOW).unwrap();
    let folder = service.close();
    std::fs::copy(to.join("vault.db"), folder.path().join("vault.db")).unwrap();
    let service = Service::in_folder(folder);
    assert_eq!(service.vault.erased_on_opening(), 1);
    assert_eq!(service.vault.unseal(one.person.id, &one.sealed).unwrap(), None);
    assert!(service.has(108, &other).await);
}

#[tokio::test]
async fn a_backup_that_was_changed_is_refused_and_nothing_is_touched() {
    let service = Service::open();
    let one = service.keep(109).await;
    let (_backups, to) = new_folder();
    backup(service.path(), &to, None).unwrap();
    let folder = service.close();
    let before = contents(folder.path());
    let check = |expected: &str| {
        let error = restore(&to, folder.path(), &replacing()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(contents(folder.path()) == before, "something was changed");
    };
    let manifest = std::fs::read_to_string(to.join("manifest")).unwrap();
    let cut = manifest.trim_end().rsplit_once('\n').unwrap().0;
    std::fs::write(to.join("manifest"), cut).unwrap();
    check("its manifest is cut off");
    std::fs::remove_file(to.join("manifest")).unwrap();
    check("it has no manifest");
    std::fs::write(to.join("manifest"), &manifest).unwrap();
    let good = std::fs::read(to.join("journal.db")).unwrap();
    let mut bad = good.clone();
    bad[200] ^= 1;
    std::fs::write(to.join("journal.db"), bad).unwrap();
    check("journal.db is not as it was backed up");
    std::fs::write(to.join("journal.db"), &good).unwrap();
    std::fs::remove_file(to.join("vault.db")).unwrap();
    check("vault.db cannot be read");
    assert!(Service::in_folder(folder).has(109, &one).await);
}

#[tokio::test]
async fn a_folder_in_use_is_not_replaced() {
    let service = Service::open();
    let one = service.keep(110).await;
    let (_backups, to) = new_folder();
    backup(service.path(), &to, None).unwrap();
    let error = restore(&to, service.path(), &replacing()).unwrap_err();
    assert!(matches!(error, BackupError::Open(OpenError::InUse { .. })), "{error:?}");
    assert!(service.has(110, &one).await);
    let error = backup(service.path(), &to, None).unwrap_err();
    assert!(matches!(error, BackupError::NotEmpty { .. }), "{error:?}");
    let nothing = tempfile::tempdir().unwrap();
    let error = backup(nothing.path(), &to, None).unwrap_err();
    assert!(matches!(error, BackupError::NoData { .. }), "{error:?}");
}

/// The point of no return was passed, and nothing after it was done.
#[tokio::test]
async fn a_restore_that_stopped_half_way_is_seen_and_mended() {
    let service = Service::open();
    let (one, gone) = (service.keep(111).await, service.keep(112).await);
    let (_backups, to) = new_folder();
    backup(service.path(), &to, None).unwrap();
    service.vault.erase(gone.person.id, NOW).unwrap();
    let folder = service.close();
    // As a stop between two moves leaves it: the list of erasures has not moved yet.
    let restoring = folder.path().join("restoring");
    std::fs::create_dir(&restoring).unwrap();
    std::fs::rename(folder.path().join("erasures"), restoring.join("erasures")).unwrap();
    std::fs::copy(to.join("vault.db"), restoring.join("vault.db")).unwrap();
    std::fs::remove_file(folder.path().join("vault.db")).unwrap();
    let error = SqliteVault::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::HalfRestored { .. }), "{error:?}");
    assert!(error.to_string().contains("unhook restore --replace"), "{error}");
    let error = SqliteJournal::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::HalfRestored { .. }), "{error:?}");
    assert!(backup(folder.path(), &to.join("more"), None).is_err());
    assert_eq!(restore(&to, folder.path(), &replacing()).unwrap().erased, 1);
    let service = Service::in_folder(folder);
    assert!(service.has(111, &one).await);
    assert_eq!(service.vault.person(gone.person.id).unwrap(), None);
}

/// A backup from before the keys were changed opens with the key of its time alone.
#[tokio::test]
async fn an_older_backup_needs_the_key_of_its_time() {
    let service = Service::open();
    let one = service.keep(113).await;
    let (_backups, to) = new_folder();
    backup(service.path(), &to, None).unwrap();
    let (_keys, old_key) = new_folder();
    service.vault.copy_master_key(&old_key).unwrap();
    assert!(service.vault.copy_master_key(&old_key).is_err(), "a key was written over");
    service.vault.rotate_master_key().unwrap();
    let folder = service.close();
    let error = restore(&to, folder.path(), &replacing()).unwrap_err();
    let BackupError::Open(OpenError::Key(KeyError::Wrong { .. })) = error else {
        panic!("{error:?}");
    };
    let options = Restore { key: Some(old_key), ..replacing() };
    restore(&to, folder.path(), &options).unwrap();
    assert!(Service::in_folder(folder).has(113, &one).await);
}
