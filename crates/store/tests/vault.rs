//! What the vault does, seen from outside, with real files and several openings at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;
use unhook_app::accounts::{INVITATION_MS, NewPasskey, Proof, Purpose, later};
use unhook_app::identity::{Bookmarks as _, bookmarks};
use unhook_app::people::fake::FakePeople;
use unhook_app::people::{Entry, Imported};
use unhook_app::{
    Access as _, Accounts as _, AuditEntry, BlobError, Blobs as _, Contact, People, PeopleError,
    Person, Role, Scope, Standing, access, accounts, blobs, people,
};
use unhook_model::{PersonId, PhoneNumber, Timestamp};
use unhook_store::{FileBlobs, KeyError, OpenError, SqliteVault};

/// 2022-07-20T22:49:00Z.
const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

fn open() -> (TempDir, SqliteVault) {
    let folder = tempfile::tempdir().expect("folder");
    let vault = SqliteVault::open(folder.path()).expect("vault");
    (folder, vault)
}

fn phone(last: u32) -> Contact {
    let number = PhoneNumber::parse(&format!("+1201555{last:04}"));
    Contact::Phone(number.expect("a number"))
}

fn entry(key: &str, contacts: &[Contact]) -> Entry {
    Entry {
        key: key.to_owned(),
        names: vec![format!("Zacharias {key}")],
        standing: Standing::Staff,
        language: None,
        contacts: contacts.to_vec(),
    }
}

async fn meet(vault: &SqliteVault, contact: &Contact) -> Person {
    vault.meet(contact, NOW).await.expect("meet")
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).expect("file");
            found.push((path, bytes));
        }
    }
    found
}

/// The files that hold these bytes.
fn where_is(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let holds = |file: &[u8]| file.windows(bytes.len()).any(|part| part == bytes);
    files(folder).into_iter().filter(|(_, file)| holds(file)).map(|(path, _)| path).collect()
}

#[tokio::test]
async fn people_keep_the_contract() {
    let (_folder, vault) = open();
    people::contract::run(&vault).await;
}

#[test]
fn access_keeps_the_contract() {
    let (_folder, vault) = open();
    access::contract::run(&vault);
}

#[test]
fn bookmarks_keep_the_contract_and_outlive_it() {
    let folder = tempfile::tempdir().unwrap();
    let vault = SqliteVault::open(folder.path()).unwrap();
    bookmarks::contract::run(&vault);
    drop(vault);
    let again = SqliteVault::open(folder.path()).unwrap();
    assert_eq!(again.read_until("okta").unwrap(), Some(Timestamp::from_unix_ms(2_000)));
}

#[test]
fn accounts_keep_the_contract() {
    let (_folder, vault) = open();
    accounts::contract::run(&vault);
}

#[test]
fn accounts_are_shared_by_processes_and_survive_another_master_key() {
    let (folder, one) = open();
    let other = SqliteVault::open(folder.path()).expect("vault");
    let ana = one.add("Zacharias Account", Role::Analyst, NOW).expect("add").expect("room");
    let until = later(NOW, INVITATION_MS);
    let code = one.issue(ana.id, Purpose::Enter, until).expect("issue").expect("a code");
    one.rotate_master_key().expect("rotate");
    let found = other.redeem(&code, Purpose::Enter, NOW).expect("redeem").expect("an account");
    assert_eq!(found, ana);
    assert_eq!(one.redeem(&code, Purpose::Enter, NOW).expect("redeem"), None);
    let begun = other.begin(ana.id, Proof::Link, "Zacharias Browser", NOW).expect("begin");
    let (secret, _) = begun.expect("a session");
    assert!(one.session(&secret, NOW).expect("session").is_some());
    assert!(other.set_disabled(ana.id, Some(NOW)).expect("disable"));
    assert!(one.session(&secret, NOW).expect("session").is_none());
    for word in ["Zacharias", code.as_str(), secret.as_str()] {
        assert_eq!(where_is(folder.path(), word.as_bytes()), [] as [PathBuf; 0], "{word}");
    }
}

#[test]
fn a_code_is_used_by_one_of_many_who_try_at_once() {
    let (folder, vault) = open();
    let ana = vault.add("Ana", Role::Admin, NOW).expect("add").expect("room");
    let until = later(NOW, INVITATION_MS);
    let code = vault.issue(ana.id, Purpose::Join, until).expect("issue").expect("a code");
    let others: Vec<SqliteVault> =
        (0..4).map(|_| SqliteVault::open(folder.path()).expect("vault")).collect();
    let joined = std::thread::scope(|scope| {
        let tries: Vec<_> = others
            .iter()
            .enumerate()
            .map(|(number, vault)| {
                let code = &code;
                scope.spawn(move || {
                    let handle = [number as u8];
                    let passkey = NewPasskey { handle: &handle, label: "", credential: b"" };
                    vault.join_passkey(code, passkey, NOW).expect("join").is_some()
                })
            })
            .collect();
        tries.into_iter().filter_map(|tried| tried.join().ok()).filter(|joined| *joined).count()
    });
    assert_eq!(joined, 1);
    assert_eq!(vault.passkeys(ana.id).expect("passkeys").len(), 1);
}

#[tokio::test]
async fn blobs_keep_the_contract() {
    let (folder, vault) = open();
    let vault: Arc<dyn People> = Arc::new(vault);
    let kept = FileBlobs::open(folder.path(), Arc::clone(&vault)).unwrap();
    blobs::contract::run(&kept, &*vault).await;
}

#[tokio::test]
async fn what_was_kept_is_there_when_opened_again() {
    let (folder, vault) = open();
    let person = meet(&vault, &phone(100)).await;
    vault.import(&[entry("1", &[phone(101)])], NOW).unwrap();
    let enrolled = meet(&vault, &phone(101)).await;
    let sealed = vault.seal(person.id, b"a text").unwrap().unwrap();
    let (mark, nobody) = (vault.mark("a", "b"), vault.nobody(NOW).await.unwrap());
    let (bearer, grant) = vault.make("one", &[Scope::Read], NOW, None).unwrap();
    drop(vault);
    let vault = SqliteVault::open(folder.path()).unwrap();
    assert_eq!(vault.unseal(person.id, &sealed).unwrap().unwrap(), b"a text");
    assert_eq!(meet(&vault, &phone(100)).await, person);
    assert_eq!(meet(&vault, &phone(101)).await, enrolled);
    assert_eq!(vault.mark("a", "b"), mark);
    assert_eq!(vault.nobody(NOW).await.unwrap(), nobody);
    assert_eq!(vault.grant(&bearer).unwrap(), Some(grant));
}

#[tokio::test]
async fn nothing_personal_is_readable_in_any_file() {
    let (folder, vault) = open();
    let contacts = [phone(102), Contact::Mail("zoe@acme.example".into())];
    vault.import(&[entry("E-9041", &contacts)], NOW).unwrap();
    meet(&vault, &phone(103)).await;
    let (bearer, _) = vault.make("one", &[Scope::Read], NOW, None).unwrap();
    for text in ["2015550102", "2015550103", "zoe@acme", "Zacharias", "E-9041", &bearer[7..]] {
        assert_eq!(where_is(folder.path(), text.as_bytes()), [] as [PathBuf; 0], "{text}");
    }
    // That the search finds what is there:
    assert!(!where_is(folder.path(), b"read").is_empty());
}

/// The wrapped keys and keyed hashes as the database has them, of everybody.
fn rows(folder: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let database = Connection::open(folder.join("vault.db")).expect("database");
    let mut find = database.prepare("SELECT id, wrapped FROM people").expect("query");
    let rows = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("rows")
}

/// Many people, so that pages fill, split and empty.
#[tokio::test]
async fn erasing_leaves_no_byte_of_a_key_in_any_file() {
    let (folder, vault) = open();
    let many: Vec<Entry> = (0..400)
        .map(|n| entry(&format!("key-{n}"), &[Contact::Account(format!("a{n}"))]))
        .collect();
    vault.import(&many, NOW).unwrap();
    let contact = phone(104);
    let person = meet(&vault, &contact).await;
    let sealed = vault.seal(person.id, b"tap acme-okta.example").unwrap().unwrap();
    std::fs::write(folder.path().join("kept"), &sealed.0).unwrap();
    let before = rows(folder.path());
    let (mut erased, mut stay) = (Vec::new(), Vec::new());
    for (number, (id, wrapped)) in before.into_iter().enumerate() {
        let id = PersonId::from_bytes(id.try_into().unwrap());
        if number % 3 == 0 || id == person.id {
            erased.push((id, wrapped));
        } else {
            stay.push((id, wrapped));
        }
    }
    assert!(!where_is(folder.path(), &erased[0].1).is_empty(), "it was there before");
    for (id, _) in &erased {
        assert!(vault.erase(*id, NOW).unwrap());
    }
    for (id, wrapped) in &erased {
        // The nonce and the beginning of the key are enough to tell.
        for part in [&wrapped[1..17], &wrapped[20..40]] {
            assert_eq!(where_is(folder.path(), part), [] as [PathBuf; 0], "{id}");
        }
    }
    assert_eq!(vault.unseal(person.id, &sealed).unwrap(), None);
    assert!(!where_is(folder.path(), &stay[0].1).is_empty());
    let ids = std::fs::read_to_string(folder.path().join("erasures")).unwrap();
    assert_eq!(ids.lines().count(), erased.len());
    assert!(ids.contains(&person.id.to_string()));
    drop(vault);
    let vault = SqliteVault::open(folder.path()).unwrap();
    assert_eq!(vault.unseal(person.id, &sealed).unwrap(), None);
    assert_eq!(vault.listed().unwrap().len(), stay.len());
}

#[tokio::test]
async fn what_another_process_does_counts_at_once() {
    let (folder, service) = open();
    let (contact, other_contact) = (phone(105), phone(106));
    let person = meet(&service, &contact).await;
    let sealed = service.seal(person.id, b"a text").unwrap().unwrap();
    let (bearer, grant) = service.make("one", &[Scope::Read], NOW, None).unwrap();
    assert!(service.grant(&bearer).unwrap().unwrap().is_live(NOW));

    let machine = SqliteVault::open(folder.path()).unwrap();
    let imported =
        machine.import(&[entry("1", std::slice::from_ref(&other_contact))], NOW).unwrap();
    assert_eq!(imported, Imported { added: 1, ..Imported::default() });
    assert_eq!(meet(&service, &other_contact).await.standing, Standing::Staff);
    assert!(machine.revoke(grant.by, NOW).unwrap());
    assert!(!service.grant(&bearer).unwrap().unwrap().is_live(NOW));
    assert!(machine.erase(person.id, NOW).unwrap());
    assert_eq!(service.seal(person.id, b"a text").unwrap(), None);
    assert_eq!(service.unseal(person.id, &sealed).unwrap(), None);
    assert_ne!(meet(&service, &contact).await.id, person.id);

    // And the other way round, also after the keys were changed.
    assert_eq!(machine.rotate_master_key().unwrap(), service_count(folder.path()));
    let stranger = meet(&service, &phone(107)).await;
    let sealed = service.seal(stranger.id, b"another").unwrap().unwrap();
    assert_eq!(machine.unseal(stranger.id, &sealed).unwrap().unwrap(), b"another");
    assert_eq!(meet(&machine, &phone(107)).await, stranger);
}

fn service_count(folder: &Path) -> usize {
    rows(folder).len()
}

/// A check that does not count what is remembered would see the person for ever.
#[tokio::test]
async fn an_erasure_elsewhere_counts_between_any_two_seals() {
    let (folder, service) = open();
    let machine = SqliteVault::open(folder.path()).unwrap();
    for _ in 0..20 {
        let person = meet(&service, &phone(108)).await;
        for _ in 0..3 {
            assert!(service.seal(person.id, b"a text").unwrap().is_some());
        }
        assert!(machine.erase(person.id, NOW).unwrap());
        assert_eq!(service.seal(person.id, b"a text").unwrap(), None);
    }
}

#[tokio::test]
async fn strangers_who_come_together_share_transactions() {
    let (_folder, vault) = open();
    let vault = Arc::new(vault);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1_000 {
        let vault = Arc::clone(&vault);
        tasks.spawn(async move {
            let contact = Contact::Account(format!("stranger {}", number % 500));
            (number % 500, meet(&vault, &contact).await.id)
        });
    }
    let mut met = std::collections::BTreeMap::new();
    while let Some(task) = tasks.join_next().await {
        let (number, id) = task.unwrap();
        assert_eq!(*met.entry(number).or_insert(id), id);
    }
    assert_eq!(met.into_values().collect::<std::collections::BTreeSet<_>>().len(), 500);
}

#[tokio::test]
async fn keys_change_and_everything_still_opens() {
    let (folder, vault) = open();
    let person = meet(&vault, &phone(109)).await;
    let sealed = vault.seal(person.id, b"a text").unwrap().unwrap();
    let mark = vault.mark("a", "b");
    let old_key = std::fs::read(vault.key_file()).unwrap();
    let before = rows(folder.path());
    assert_eq!(vault.rotate_master_key().unwrap(), 1);
    assert_ne!(std::fs::read(vault.key_file()).unwrap(), old_key);
    assert_ne!(rows(folder.path()), before);
    for _ in 0..2 {
        let again = SqliteVault::open(folder.path()).unwrap();
        assert_eq!(again.unseal(person.id, &sealed).unwrap().unwrap(), b"a text");
        assert_eq!(vault.unseal(person.id, &sealed).unwrap().unwrap(), b"a text");
        assert_eq!(again.mark("a", "b"), mark);
        assert_eq!(meet(&again, &phone(109)).await, person);
        vault.rotate_master_key().unwrap();
    }
    drop(vault);
    std::fs::write(folder.path().join("keys/master.key"), old_key).unwrap();
    let error = SqliteVault::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Key(KeyError::Wrong { .. })), "{error:?}");
}

#[tokio::test]
async fn a_vault_without_its_key_is_refused_and_gets_no_new_one() {
    let (folder, vault) = open();
    let person = meet(&vault, &phone(110)).await;
    drop(vault);
    let key = folder.path().join("keys/master.key");
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("a.key");
    std::fs::rename(&key, &moved).unwrap();
    let error = SqliteVault::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Key(KeyError::Missing { .. })), "{error:?}");
    assert!(error.to_string().contains("Put it back"), "{error}");
    assert!(!key.exists());
    let vault = SqliteVault::open_with_key(folder.path(), &moved).unwrap();
    assert_eq!(meet(&vault, &phone(110)).await, person);
    vault.rotate_master_key().unwrap();
    assert!(!key.exists());
}

#[test]
fn a_vault_of_a_newer_version_is_refused() {
    let (folder, vault) = open();
    drop(vault);
    let database = Connection::open(folder.path().join("vault.db")).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let error = SqliteVault::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("newer version of Unhook wrote this vault"), "{error}");
}

#[test]
fn the_trail_only_grows() {
    let (folder, vault) = open();
    let entry = AuditEntry {
        at: NOW,
        by: None,
        action: "person-erased".to_owned(),
        subject: "one".to_owned(),
        reason: None,
    };
    vault.record(&entry).unwrap();
    let database = Connection::open(folder.path().join("vault.db")).unwrap();
    for sql in ["DELETE FROM trail", "UPDATE trail SET reason = 'another'"] {
        let error = database.execute_batch(sql).unwrap_err();
        assert!(error.to_string().contains("only grows"), "{error}");
    }
    assert_eq!(vault.trail(None, 10).unwrap(), [(1, entry)]);
}

#[test]
fn what_was_changed_on_the_disk_does_not_open() {
    let (folder, vault) = open();
    vault.import(&[entry("1", &[phone(111)]), entry("2", &[phone(112)])], NOW).unwrap();
    let ids: Vec<PersonId> = vault.listed().unwrap().iter().map(|one| one.person.id).collect();
    let database = Connection::open(folder.path().join("vault.db")).unwrap();
    // One person's row with the other's key and names.
    let swap = "UPDATE people SET wrapped = (SELECT wrapped FROM people WHERE id = ?2), \
                entry = (SELECT entry FROM people WHERE id = ?2) WHERE id = ?1";
    database.execute(swap, (ids[0].to_bytes(), ids[1].to_bytes())).unwrap();
    drop(vault);
    let vault = SqliteVault::open(folder.path()).unwrap();
    let error = vault.person(ids[0]).unwrap_err();
    assert!(matches!(error, PeopleError::Broken(_)), "{error:?}");
    assert!(vault.person(ids[1]).unwrap().is_some());
}

#[tokio::test]
async fn a_blob_that_was_changed_on_the_disk_is_broken() {
    let (folder, vault) = open();
    let person = meet(&vault, &phone(113)).await;
    let kept = FileBlobs::open(folder.path(), Arc::new(vault)).unwrap();
    let (one, other) = (put(&kept, person.id, b"one"), put(&kept, person.id, b"other"));
    let file = |id: unhook_app::BlobId| {
        let digits: String = id.0.iter().map(|byte| format!("{byte:02x}")).collect();
        folder.path().join("blobs").join(&digits[..2]).join(&digits[2..])
    };
    assert_eq!(where_is(folder.path(), b"other"), [] as [PathBuf; 0]);
    std::fs::copy(file(other), file(one)).unwrap();
    let error = kept.get(person.id, one).unwrap_err();
    assert!(matches!(error, BlobError::Broken(_)), "{error:?}");
    let mut bytes = std::fs::read(file(other)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(file(other), bytes).unwrap();
    let error = kept.get(person.id, other).unwrap_err();
    assert!(matches!(error, BlobError::Broken(_)), "{error:?}");
}

fn put(kept: &FileBlobs, owner: PersonId, content: &[u8]) -> unhook_app::BlobId {
    let until = Timestamp::from_unix_ms(NOW.unix_ms() + 1_000);
    kept.put(owner, content, until).expect("put")
}

/// Something that happens to a directory.
#[derive(Clone, Debug)]
enum Step {
    Import(Vec<Entry>),
    Meet(Contact, i64),
    Erase(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let contacts = || (0..6_u32).prop_map(|last| phone(110 + last));
    let entries = (0..4_u8, proptest::collection::vec(contacts(), 0..3));
    let entries = entries.prop_map(|(key, contacts)| entry(&key.to_string(), &contacts));
    let import = proptest::collection::vec(entries, 0..4).prop_map(Step::Import);
    let meet = (contacts(), 0..20_i64).prop_map(|(contact, ago)| Step::Meet(contact, ago));
    let erase = (0..8_usize).prop_map(Step::Erase);
    proptest::collection::vec(prop_oneof![3 => import, 4 => meet, 1 => erase], 1..20)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("runtime")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The vault, a second opening of it and the stand-in say the same of any history, and an
    /// import made again changes nothing.
    #[test]
    fn any_history_comes_to_what_the_stand_in_says(steps in steps()) {
        let (folder, vault) = open();
        let second = SqliteVault::open(folder.path()).expect("vault");
        let fake = FakePeople::new();
        let runtime = runtime();
        let (mut real_ids, mut fake_ids) = (Vec::new(), Vec::new());
        for (number, step) in (0_i64..).zip(&steps) {
            let now = Timestamp::from_unix_ms(NOW.unix_ms() + number * 10);
            match step {
                Step::Import(entries) => {
                    let imported = vault.import(entries, now).unwrap();
                    prop_assert_eq!(imported, fake.import(entries, now).unwrap());
                    let people = imported.added + imported.changed + imported.unchanged;
                    let unchanged = Imported { unchanged: people, ..Imported::default() };
                    prop_assert_eq!(second.import(entries, now).unwrap(), unchanged);
                }
                Step::Meet(contact, ago) => {
                    let at = Timestamp::from_unix_ms(now.unix_ms() - ago);
                    let real = runtime.block_on(vault.meet(contact, at)).unwrap();
                    prop_assert_eq!(&runtime.block_on(second.meet(contact, at)).unwrap(), &real);
                    let stand_in = runtime.block_on(fake.meet(contact, at)).unwrap();
                    prop_assert_eq!(
                        (real.standing, &real.names),
                        (stand_in.standing, &stand_in.names)
                    );
                    let known = real_ids.iter().position(|id| *id == real.id);
                    prop_assert_eq!(known, fake_ids.iter().position(|id| *id == stand_in.id));
                    if known.is_none() {
                        real_ids.push(real.id);
                        fake_ids.push(stand_in.id);
                    }
                }
                Step::Erase(number) => {
                    let Some((real, stand_in)) = real_ids.get(*number).zip(fake_ids.get(*number))
                    else {
                        continue;
                    };
                    let is_erased = second.erase(*real, now).unwrap();
                    prop_assert_eq!(is_erased, fake.erase(*stand_in, now).unwrap());
                    prop_assert_eq!(vault.person(*real).unwrap(), None);
                }
            }
        }
    }
}
