//! The vault: who is who, under which key, and who may do what, in one SQLite database.
//!
//! Each person has a data key, wrapped by the master key, which lies in a file of its own;
//! what is personal is sealed under that data key, here and in the journal, the views and the
//! blobs. Contacts are found by keyed hash. So the database alone tells nobody anything, and
//! taking a person's key out of it makes noise of all that was sealed with it.
//!
//! Unlike the journal, the vault is shared: somebody at the machine makes a token, imports a
//! directory or erases a person while the service runs. What the service remembers is
//! therefore looked at against the database each time (`Reader::refresh`), which costs a few
//! microseconds and makes an erasure by another process count at once.
//!
//! Start reading at [`SqliteVault`]; `meeting` is where strangers become people, `joining`
//! where phones of their own join those enrolled, `accounts` who signs in to the console, `erasure` where people are forgotten, `rotation`
//! where the master key changes, `safe` what is kept sealed beside the people. It does not decide
//! who may see what, and hands out identities to whoever holds it.

mod accounts;
mod bookmarks;
mod cache;
mod crypto;
pub(crate) mod erasure;
mod failure;
mod import;
mod joining;
mod master;
mod meeting;
mod people;
mod ranges;
mod rotation;
mod rows;
pub(crate) mod safe;
mod schema;
mod tokens;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;

use ring::rand::SystemRandom;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};
use unhook_app::people::Identity;
use unhook_app::{Contact, PeopleError, Person};
use unhook_model::{PersonId, Timestamp};

use self::cache::{Cache, Known, Remembered};
use self::crypto::{IndexKey, Key};
pub(crate) use self::crypto::{hex, sha256};
use self::failure::Failure;
pub(crate) use self::master::{KEY_HEADING, write_private};
use self::master::{KeyFile, Master};
use self::meeting::{Met, Request, Whom};
pub(crate) use self::schema::VAULT;
use crate::error::Closed;
use crate::folder;
use crate::schema::{Schema, open_to_read, open_to_write};
use crate::{OpenError, VaultError};

/// The vault's file in its folder. SQLite keeps the log beside it.
pub(crate) const FILE: &str = "vault.db";

/// Where the master key is in the folder.
pub(crate) const KEY_FILE: &str = "keys/master.key";

/// What stands in a folder while a restore has not finished.
pub(crate) const RESTORING: &str = "restoring";

/// The version of the key that keyed hashes are made with.
const INDEX_VERSION: u8 = 1;

/// Who is who and who may do what, in an SQLite file that several processes share.
///
/// ```
/// use unhook_app::{Contact, People};
/// use unhook_model::{PhoneNumber, Timestamp};
/// use unhook_store::SqliteVault;
///
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path();
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let vault = SqliteVault::open(folder)?;
/// let now = Timestamp::from_unix_ms(1_658_357_340_000);
/// let contact = Contact::Phone(PhoneNumber::parse("+12015550123").expect("a number"));
/// let person = vault.meet(&contact, now).await?;
/// let sealed = vault.seal(person.id, b"tap acme-okta.example")?.expect("a key");
/// assert!(vault.erase(person.id, now)?);
/// assert_eq!(vault.unseal(person.id, &sealed)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteVault {
    inner: Arc<Inner>,
    erased_on_opening: usize,
    /// `None` once closed, as the thread is.
    meetings: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

/// Somebody in the directory, in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What the directory calls them.
    pub key: String,
    /// What use cases know of them.
    pub person: Person,
    /// Who they are.
    pub identity: Identity,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    key_file: KeyFile,
    master: RwLock<Arc<Master>>,
    index: IndexKey,
    reader: Mutex<Reader>,
    writer: Mutex<Connection>,
    /// Whoever writes a record.
    records: Mutex<()>,
    random: SystemRandom,
}

/// A connection to read with, and what was read.
#[derive(Debug)]
struct Reader {
    connection: Connection,
    /// Changes whenever anybody else's transaction does.
    data_version: i64,
    cache: Cache,
}

impl SqliteVault {
    /// Opens the vault in a folder, and makes it with a master key if it is not there. What
    /// an older version wrote is brought to the present format, and erasures that are known
    /// and not yet made are made.
    ///
    /// # Errors
    /// Says why it cannot be opened; see [`OpenError`].
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::open_with_key(folder, &folder.join(KEY_FILE))
    }

    /// Opens the vault in a folder with the master key in a file elsewhere: on another disk, or
    /// where a keeper of secrets puts it.
    ///
    /// # Errors
    /// As [`SqliteVault::open`].
    pub fn open_with_key(folder: &Path, key: &Path) -> Result<Self, OpenError> {
        Self::open_as(folder, key, &VAULT)
    }

    fn open_as(folder: &Path, key: &Path, schema: &Schema) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { folder: folder.to_owned(), source };
        if folder.join(RESTORING).exists() {
            return Err(OpenError::HalfRestored { folder: folder.to_owned() });
        }
        folder::create(folder).map_err(failed)?;
        let inner = Arc::new(Inner::open(folder, KeyFile::at(key.to_owned()), schema)?);
        folder::sync(folder).map_err(failed)?;
        let erased_on_opening = inner.settle_all().map_err(OpenError::from)?;
        let (meetings, waiting) = mpsc::channel(meeting::MOST_WAITING);
        let writer = Arc::clone(&inner);
        let thread = std::thread::Builder::new().name("vault-writer".to_owned());
        let thread = thread.spawn(move || meeting::run(&writer, waiting)).map_err(failed)?;
        Ok(Self { inner, erased_on_opening, meetings: Some(meetings), thread: Some(thread) })
    }

    /// Everybody whom a contact ever belonged to, with the time from and until which it did.
    /// Meets nobody.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn holders(
        &self,
        contact: &Contact,
    ) -> Result<Vec<(PersonId, Timestamp, Option<Timestamp>)>, VaultError> {
        let mark = rows::contact_mark(&self.inner.index, contact);
        let held = self.inner.look(|_| None, |at| Ok((rows::ranges(at.connection, &mark)?, [])))?;
        let ended = |until| (until != ranges::EVER).then_some(until);
        Ok(held.into_iter().map(|held| (held.person, held.from, ended(held.until))).collect())
    }

    /// Everybody in the directory, in the clear: for the eyes of somebody whose reason has
    /// been recorded.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn listed(&self) -> Result<Vec<Listed>, VaultError> {
        Ok(self.inner.look(|_| None, |at| Ok((listed(at)?, [])))?)
    }

    /// Makes a new master key and wraps everybody's key with it; says how many that were. The
    /// old key opens nothing any more but backups from before.
    ///
    /// # Errors
    /// When it cannot be done; the old key or the new one opens everything, whenever it stopped.
    pub fn rotate_master_key(&self) -> Result<usize, VaultError> {
        Ok(self.inner.rotate()?)
    }

    /// The file of the master key.
    #[must_use]
    pub fn key_file(&self) -> &Path {
        self.inner.key_file.path()
    }

    /// Writes a copy of the master key to a new file, for its owner's eyes alone.
    ///
    /// # Errors
    /// When there is such a file already, or it cannot be written.
    pub fn copy_master_key(&self, to: &Path) -> Result<(), VaultError> {
        let master = self.inner.look(|_| None, |at| Ok((Arc::clone(&at.master), [])))?;
        Ok(master::write(to, &master)?)
    }

    /// How many people were erased when this was opened: those of whom a database that was put
    /// back still knew, and the list of erasures said otherwise.
    #[must_use]
    pub fn erased_on_opening(&self) -> usize {
        self.erased_on_opening
    }

    async fn ask(&self, whom: Whom, at: Timestamp) -> Result<Met, PeopleError> {
        let closed = || PeopleError::Broken(Closed.into());
        let (answer, answered) = oneshot::channel();
        let meetings = self.meetings.as_ref().ok_or_else(closed)?;
        meetings.send(Request { whom, at, answer }).await.map_err(|_| closed())?;
        let met = answered.await.map_err(|_| closed())??;
        let mut reader = lock(&self.inner.reader);
        for remembered in met.remembered() {
            reader.cache.remember(met.generation, remembered);
        }
        Ok(met)
    }
}

impl Drop for SqliteVault {
    fn drop(&mut self) {
        self.meetings = None;
        if let Some(thread) = self.thread.take() {
            // There is nobody to tell; whatever was answered is durable.
            let _ = thread.join();
        }
    }
}

/// The database at one moment.
struct Snapshot<'a> {
    connection: &'a Connection,
    master: Arc<Master>,
}

impl Inner {
    fn open(folder: &Path, key_file: KeyFile, schema: &Schema) -> Result<Self, OpenError> {
        let random = SystemRandom::new();
        let file = folder.join(FILE);
        let mut writer = open_to_write(&file, schema)?;
        let master = open_master(&mut writer, &key_file, &random)?;
        let index = read_index_key(&writer, &master)?;
        let connection = open_to_read(&file, schema)?;
        let cache = Cache::new(rows::generation(&connection)?);
        // Other than any there is, so that the first look compares generations.
        let reader = Reader { connection, data_version: -1, cache };
        Ok(Self {
            folder: folder.to_owned(),
            key_file,
            master: RwLock::new(Arc::new(master)),
            index,
            reader: Mutex::new(reader),
            writer: Mutex::new(writer),
            records: Mutex::default(),
            random,
        })
    }

    /// Answers from memory if that is still right, else from the database, and remembers.
    fn look<T, R: IntoIterator<Item = Remembered>>(
        &self,
        remembered: impl FnOnce(&mut Cache) -> Option<T>,
        read: impl FnOnce(&Snapshot<'_>) -> Result<(T, R), Failure>,
    ) -> Result<T, Failure> {
        let mut reader = lock(&self.reader);
        reader.refresh()?;
        if let Some(found) = remembered(&mut reader.cache) {
            return Ok(found);
        }
        let Reader { connection, cache, .. } = &mut *reader;
        let transaction = connection.transaction()?;
        let generation = rows::generation(&transaction)?;
        let master = self.master_of(&transaction)?;
        let (found, remember) = read(&Snapshot { connection: &transaction, master })?;
        cache.move_to(generation);
        for remembered in remember {
            cache.remember(generation, remembered);
        }
        Ok(found)
    }

    /// Changes the database, durably or not at all.
    fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>, &Master) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let master = self.master_of(&transaction)?;
        let done = change(&transaction, &master)?;
        transaction.commit()?;
        Ok(done)
    }

    /// The master key that this moment's database is wrapped with: another process may have
    /// changed it.
    fn master_of(&self, connection: &Connection) -> Result<Arc<Master>, Failure> {
        let id = master_id(connection)?.ok_or(Failure::Damaged("the vault's state"))?;
        let held = Arc::clone(&self.master.read().unwrap_or_else(PoisonError::into_inner));
        if held.id == id {
            return Ok(held);
        }
        let master = Arc::new(self.key_file.load(&id)?);
        *self.master.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&master);
        Ok(master)
    }

    fn known(&self, id: PersonId) -> Result<Option<Arc<Known>>, Failure> {
        self.look(
            |cache| cache.person(id).map(Some),
            |at| {
                let row = rows::person(at.connection, &at.master, id)?;
                let known = row.map(|row| row.known());
                Ok((known.clone(), known.map(Remembered::Person)))
            },
        )
    }
}

impl Reader {
    /// Forgets what may be wrong. Strangers who are met elsewhere change the data version too,
    /// but not the generation.
    fn refresh(&mut self) -> rusqlite::Result<()> {
        let mut version = self.connection.prepare_cached("PRAGMA data_version")?;
        let version: i64 = version.query_row([], |row| row.get(0))?;
        if version != self.data_version {
            self.cache.move_to(rows::generation(&self.connection)?);
            self.data_version = version;
        }
        Ok(())
    }
}

/// The master key of a vault; a vault that has none yet gets one.
fn open_master(
    connection: &mut Connection,
    file: &KeyFile,
    random: &SystemRandom,
) -> Result<Master, Failure> {
    if let Some(id) = master_id(connection)? {
        let master = file.load(&id)?;
        file.finish(&id)?;
        return Ok(master);
    }
    let master = file.load_or_make(random)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(id) = master_id(&transaction)? {
        // Another process was faster.
        return Ok(file.load(&id)?);
    }
    let wrapped = master.key.wrap(random, &index_name(INDEX_VERSION), &Key::fresh(random)?)?;
    transaction.execute("INSERT INTO index_keys VALUES (?, ?)", (INDEX_VERSION, wrapped))?;
    transaction.execute("UPDATE state SET master = ?", [&master.id])?;
    transaction.commit()?;
    Ok(master)
}

/// The text of the master key's file that a vault's database is wrapped with.
pub(crate) fn key_text(database: &Path, key: &Path) -> Result<Vec<u8>, OpenError> {
    let connection = open_to_read(database, &VAULT)?;
    let id = master_id(&connection)?.ok_or(Failure::Damaged("the vault's state"))?;
    Ok(master::to_text(&KeyFile::at(key.to_owned()).load(&id)?).into_bytes())
}

fn master_id(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let mut find = connection.prepare_cached("SELECT master FROM state")?;
    find.query_row([], |row| row.get(0))
}

fn read_index_key(connection: &Connection, master: &Master) -> Result<IndexKey, Failure> {
    let sql = "SELECT wrapped FROM index_keys WHERE version = ?";
    let wrapped = connection.query_row(sql, [INDEX_VERSION], |row| row.get::<_, Vec<u8>>(0));
    let wrapped = wrapped.optional()?.ok_or(Failure::Damaged("the vault's index key"))?;
    let key = master.key.unwrap(&index_name(INDEX_VERSION), &wrapped)?;
    Ok(IndexKey::new(INDEX_VERSION, &key))
}

/// By which an index key is wrapped.
fn index_name(version: u8) -> Vec<u8> {
    [b"index ".as_slice(), &[version]].concat()
}

fn listed(at: &Snapshot<'_>) -> Result<Vec<Listed>, Failure> {
    let sql = "SELECT id FROM people WHERE directory_mark IS NOT NULL ORDER BY id";
    let mut find = at.connection.prepare_cached(sql)?;
    let ids = find.query_map([], |row| Ok(PersonId::from_bytes(row.get(0)?)))?;
    let mut everyone = Vec::new();
    for id in ids {
        let Some(row) = rows::person(at.connection, &at.master, id?)? else { continue };
        let identity = rows::identity(at.connection, &row)?;
        let person = row.known().person.clone();
        everyone.push(Listed { key: row.entry.key, person, identity });
    }
    Ok(everyone)
}

/// A thread that panicked elsewhere is no reason to panic here too: its transaction is undone.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
