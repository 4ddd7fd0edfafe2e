//! The thread that writes who was met: strangers who wait become one transaction.
//!
//! As in the journal's writer, making a transaction durable costs a sync of the disk however
//! many people are in it, so a flood of strangers costs few syncs.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Transaction};
use tokio::sync::{mpsc, oneshot};
use unhook_app::journal::Cause;
use unhook_app::{Contact, PeopleError, Standing};
use unhook_model::{PersonId, Timestamp};

use super::Inner;
use super::cache::{Held, Known, Remembered};
use super::crypto::Marked;
use super::failure::Failure;
use super::master::Master;
use super::ranges::{Holder, holder};
use super::rows::{self, PersonRow};

/// Strangers who wait for the writer; whoever comes when as many wait, waits to wait. Twice
/// what fits in one transaction, so that the next one is always ready.
pub(super) const MOST_WAITING: usize = 2 * MOST_IN_GROUP;

/// The most people in one transaction: some hundredths of a second's work.
const MOST_IN_GROUP: usize = 1_024;

/// Somebody to be met.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) whom: Whom,
    pub(super) at: Timestamp,
    pub(super) answer: oneshot::Sender<Result<Met, PeopleError>>,
}

#[derive(Debug)]
pub(super) enum Whom {
    /// Whoever a contact belongs to.
    Contact(Marked, Contact),
    /// Nobody in particular, of a month.
    Month(i64),
}

/// Who was met, and the generation of the database that was in.
#[derive(Clone, Debug)]
pub(super) struct Met {
    pub(super) known: Arc<Known>,
    pub(super) generation: i64,
    by: By,
}

#[derive(Clone, Copy, Debug)]
enum By {
    Contact(Marked, Held),
    Month(i64),
}

impl Met {
    /// What to remember of it.
    pub(super) fn remembered(&self) -> [Remembered; 2] {
        let by = match self.by {
            By::Contact(mark, held) => Remembered::Contact(mark, held),
            By::Month(month) => Remembered::Month(month, self.known.person.id),
        };
        [by, Remembered::Person(Arc::clone(&self.known))]
    }
}

/// Who has a contact at a moment.
#[derive(Debug)]
pub(super) enum Found {
    Known(Held, PersonRow),
    Nobody { from: Timestamp, until: Timestamp },
}

/// Writes whom it is asked for until nobody can ask any more.
pub(super) fn run(inner: &Inner, mut queue: mpsc::Receiver<Request>) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < MOST_IN_GROUP {
            let Ok(next) = queue.try_recv() else { break };
            group.push(next);
        }
        answer(inner, group);
    }
}

/// Meets a group and answers everyone in it. Who does not wait any more is passed over.
fn answer(inner: &Inner, group: Vec<Request>) {
    match inner.write(|transaction, master| meet_all(inner, transaction, master, &group)) {
        Ok(met) => {
            for (request, met) in group.into_iter().zip(met) {
                let _ = request.answer.send(Ok(met));
            }
        }
        Err(failure) => {
            let failure = Arc::new(PeopleError::from(failure));
            for request in group {
                let _ = request.answer.send(Err(shared(&failure)));
            }
        }
    }
}

fn shared(failure: &Arc<PeopleError>) -> PeopleError {
    let cause: Cause = Box::new(Arc::clone(failure));
    match **failure {
        PeopleError::Unavailable(_) => PeopleError::Unavailable(cause),
        _ => PeopleError::Broken(cause),
    }
}

fn meet_all(
    inner: &Inner,
    transaction: &Transaction<'_>,
    master: &Master,
    group: &[Request],
) -> Result<Vec<Met>, Failure> {
    let generation = rows::generation(transaction)?;
    let meet = |request: &Request| match &request.whom {
        Whom::Contact(mark, contact) => {
            let (held, row) = meet(inner, transaction, master, (mark, contact), request.at)?;
            Ok(Met { known: row.known(), generation, by: By::Contact(*mark, held) })
        }
        Whom::Month(month) => {
            let row = meet_nobody(inner, transaction, master, *month, request.at)?;
            Ok(Met { known: row.known(), generation, by: By::Month(*month) })
        }
    };
    group.iter().map(meet).collect()
}

/// Whoever has the contact; a stranger if nobody has.
fn meet(
    inner: &Inner,
    transaction: &Transaction<'_>,
    master: &Master,
    (mark, contact): (&Marked, &Contact),
    at: Timestamp,
) -> Result<(Held, PersonRow), Failure> {
    let (from, until) = match find_contact(transaction, master, mark, at)? {
        Found::Known(held, row) => return Ok((held, row)),
        Found::Nobody { from, until } => (from, until),
    };
    let row = rows::add_person(transaction, &inner.random, master, Standing::Stranger, at)?;
    rows::add_contact(transaction, &inner.random, &row, (mark, contact), (from, until))?;
    Ok((Held { person: row.id, from, until }, row))
}

fn meet_nobody(
    inner: &Inner,
    transaction: &Transaction<'_>,
    master: &Master,
    month: i64,
    at: Timestamp,
) -> Result<PersonRow, Failure> {
    if let Some(person) = find_month(transaction, month)? {
        let row = rows::person(transaction, master, person)?;
        return row.ok_or(Failure::Damaged("the key of a month"));
    }
    let row = rows::add_person(transaction, &inner.random, master, Standing::Stranger, at)?;
    let sql = "INSERT INTO months (month, person) VALUES (?, ?)";
    transaction.execute(sql, (month, row.id.to_bytes()))?;
    Ok(row)
}

/// Who has a contact at a moment, as the database says.
pub(super) fn find_contact(
    connection: &Connection,
    master: &Master,
    mark: &Marked,
    at: Timestamp,
) -> Result<Found, Failure> {
    match holder(&rows::ranges(connection, mark)?, at) {
        Holder::Known(held) => {
            let row = rows::person(connection, master, held.person)?;
            Ok(Found::Known(held, row.ok_or(Failure::Damaged("whose a contact is"))?))
        }
        Holder::Nobody { from, until } => Ok(Found::Nobody { from, until }),
    }
}

pub(super) fn find_month(
    connection: &Connection,
    month: i64,
) -> rusqlite::Result<Option<PersonId>> {
    let mut find = connection.prepare_cached("SELECT person FROM months WHERE month = ?")?;
    find.query_row([month], |row| Ok(PersonId::from_bytes(row.get(0)?))).optional()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use unhook_app::{Access as _, People as _};

    use super::super::{KEY_FILE, SqliteVault, VAULT, lock};
    use super::*;
    use crate::schema::Schema;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_658_357_340_000);

    fn vault() -> (tempfile::TempDir, SqliteVault) {
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema { patience: Duration::ZERO, ..VAULT };
        let key = folder.path().join(KEY_FILE);
        let vault = SqliteVault::open_as(folder.path(), &key, &schema).unwrap();
        (folder, vault)
    }

    fn contact(name: &str) -> Contact {
        Contact::Account(name.to_owned())
    }

    fn is_passing<T>(result: Result<T, PeopleError>) -> bool {
        matches!(result, Err(PeopleError::Unavailable(_)))
    }

    #[tokio::test]
    async fn a_lock_held_elsewhere_is_told_and_passes() {
        let (folder, vault) = vault();
        let known = vault.meet(&contact("known"), NOW).await.unwrap();
        let other = Connection::open(folder.path().join("vault.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(is_passing(vault.meet(&contact("stranger"), NOW).await));
        assert!(is_passing(vault.nobody(NOW).await));
        assert!(is_passing(vault.import(&[], NOW)));
        assert!(is_passing(vault.erase(known.id, NOW)));
        assert!(vault.make("one", &[], NOW, None).is_err());
        // Whoever is known is met all the same.
        assert_eq!(vault.meet(&contact("known"), NOW).await.unwrap(), known);
        assert!(vault.seal(known.id, b"a text").unwrap().is_some());
        other.execute_batch("ROLLBACK").unwrap();
        vault.meet(&contact("stranger"), NOW).await.unwrap();
        assert!(vault.erase(known.id, NOW).unwrap());
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_passes() {
        let (_folder, vault) = vault();
        let limit = |pages: i64| {
            let writer = lock(&vault.inner.writer);
            writer.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        };
        limit(1);
        let mut met = Vec::new();
        let failed = loop {
            let name = format!("stranger {}", met.len());
            match vault.meet(&contact(&name), NOW).await {
                Ok(person) => met.push(person),
                Err(error) => break error,
            }
            assert!(met.len() < 10_000, "the disk never fills");
        };
        assert!(matches!(failed, PeopleError::Unavailable(_)), "{failed:?}");
        limit(1_000_000);
        vault.meet(&contact("another"), NOW).await.unwrap();
        for (number, person) in met.iter().enumerate() {
            let again = vault.meet(&contact(&format!("stranger {number}")), NOW).await.unwrap();
            assert_eq!(again.id, person.id);
        }
    }

    /// Somebody reads an old state: the key is gone, but the log cannot be emptied.
    #[tokio::test]
    async fn an_erasure_that_could_not_be_finished_is_finished_later() {
        let (folder, vault) = vault();
        let person = vault.meet(&contact("known"), NOW).await.unwrap();
        let sealed = vault.seal(person.id, b"a text").unwrap().unwrap();
        let wrapped: Vec<u8> = {
            let writer = lock(&vault.inner.writer);
            writer.query_row("SELECT wrapped FROM people", [], |row| row.get(0)).unwrap()
        };
        let is_there = || {
            let files = ["vault.db", "vault.db-wal"].map(|name| folder.path().join(name));
            let holds = |file| {
                let bytes = std::fs::read(file).unwrap_or_default();
                bytes.windows(wrapped.len()).any(|part| part == wrapped)
            };
            files.iter().any(holds)
        };
        let other = Connection::open(folder.path().join("vault.db")).unwrap();
        other.execute_batch("BEGIN; SELECT * FROM people").unwrap();
        assert!(is_passing(vault.erase(person.id, NOW)));
        assert_eq!(vault.unseal(person.id, &sealed).unwrap(), None);
        assert!(is_there(), "the reader keeps the old state");
        other.execute_batch("COMMIT").unwrap();
        assert!(vault.erase(person.id, NOW).unwrap());
        assert!(!is_there());
        assert!(!vault.erase(person.id, NOW).unwrap());
    }

    #[tokio::test]
    async fn an_erasure_that_was_interrupted_is_finished_by_the_next_opening() {
        let (folder, vault) = vault();
        let person = vault.meet(&contact("known"), NOW).await.unwrap();
        let other = Connection::open(folder.path().join("vault.db")).unwrap();
        other.execute_batch("BEGIN; SELECT * FROM people").unwrap();
        assert!(is_passing(vault.erase(person.id, NOW)));
        drop((vault, other));
        std::fs::remove_file(folder.path().join("erasures")).unwrap();
        let vault = SqliteVault::open(folder.path()).unwrap();
        assert_eq!(vault.person(person.id).unwrap(), None);
        let list = std::fs::read_to_string(folder.path().join("erasures")).unwrap();
        assert_eq!(list, format!("{}\n", person.id));
        assert!(!vault.erase(person.id, NOW).unwrap());
    }

    #[tokio::test]
    async fn whoever_does_not_wait_is_met_all_the_same() {
        let (folder, vault) = vault();
        let contact = contact("impatient");
        let mut meeting = vault.meet(&contact, NOW);
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(meeting.as_mut().poll(context).is_ready())
        });
        let _ = polled.await;
        drop(meeting);
        drop(vault);
        let vault = SqliteVault::open(folder.path()).unwrap();
        assert_eq!(vault.holders(&contact).unwrap().len(), 1);
    }
}
