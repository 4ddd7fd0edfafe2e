//! Blobs as files: each under its id, sealed, with its owner and its end before it.
//!
//! A file is written under a temporary name, synced, and takes its own name in one step, so
//! under an id there is all of a blob or nothing. What the files say in the clear is whose
//! they are, by an id that says nothing, until when they stay, and about how large they are.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use unhook_app::blobs::LARGEST_BLOB;
use unhook_app::journal::Cause;
use unhook_app::{BlobError, BlobId, Blobs, People, PeopleError, Sealed};
use unhook_model::{PersonId, Timestamp};

use crate::folder;
use crate::vault::{hex, sha256};

/// The folder of blobs in the data folder.
pub(crate) const FOLDER: &str = "blobs";

/// What every blob's file begins with, and the version of what follows.
const BEGINNING: &[u8; 8] = b"unhkblb\x01";

/// Beginning, owner, end.
const HEADER_LENGTH: usize = 8 + 16 + 8;

/// What sealing may add to a blob.
const SEALING: u64 = 1024;

/// The ending of what is being written.
const UNFINISHED: &str = "part";

/// How old something unfinished is when whoever wrote it has certainly stopped.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Blobs in files below a folder.
pub struct FileBlobs {
    folder: PathBuf,
    people: Arc<dyn People>,
}

/// What stands before a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    owner: PersonId,
    until: Timestamp,
}

impl Header {
    fn to_bytes(self) -> Vec<u8> {
        let until = self.until.unix_ms().to_be_bytes();
        [BEGINNING.as_slice(), &self.owner.to_bytes(), &until].concat()
    }

    fn read(source: &mut File) -> io::Result<Option<Self>> {
        let mut bytes = Vec::with_capacity(HEADER_LENGTH);
        source.take(HEADER_LENGTH as u64).read_to_end(&mut bytes)?;
        Ok(Self::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(BEGINNING)?;
        let (owner, rest) = rest.split_first_chunk()?;
        let until = i64::from_be_bytes(rest.try_into().ok()?);
        let owner = PersonId::from_bytes(*owner);
        Some(Self { owner, until: Timestamp::from_unix_ms(until) })
    }
}

impl FileBlobs {
    /// Blobs in a data folder, sealed with these people's keys. Makes the place if it is not
    /// there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(data: &Path, people: Arc<dyn People>) -> Result<Self, BlobError> {
        let folder = data.join(FOLDER);
        folder::create(&folder).map_err(unavailable)?;
        Ok(Self { folder, people })
    }

    /// A keyed hash of owner and content, in two halves since a mark has sixteen bytes.
    fn id(&self, owner: PersonId, content: &[u8]) -> BlobId {
        let value = format!("{owner} {}", hex(&sha256(content)));
        let mut id = [0; 32];
        for (half, what) in id.chunks_mut(16).zip(["blob 1", "blob 2"]) {
            let mark = self.people.mark(what, &value).0;
            for (byte, digits) in half.iter_mut().zip(mark.as_bytes().chunks(2)) {
                let digits = str::from_utf8(digits).expect("marks are ASCII");
                *byte = u8::from_str_radix(digits, 16).expect("marks have hexadecimal digits");
            }
        }
        BlobId(id)
    }

    fn file(&self, id: BlobId) -> PathBuf {
        let digits = hex(&id.0);
        self.folder.join(&digits[..2]).join(&digits[2..])
    }

    /// The header of what is there under an id.
    fn known(&self, id: BlobId) -> io::Result<Option<Header>> {
        match unless_gone(File::open(self.file(id)))? {
            Some(mut file) => Header::read(&mut file),
            None => Ok(None),
        }
    }

    /// Writes a blob's file, all or nothing, durably.
    fn write(&self, id: BlobId, header: Header, sealed: &Sealed) -> io::Result<()> {
        let file = self.file(id);
        let folder = folder::above(&file);
        folder::create(folder)?;
        let unfinished = self.unfinished(&file)?;
        let written = (|| {
            let mut part = File::create_new(&unfinished)?;
            part.write_all(&header.to_bytes())?;
            part.write_all(&sealed.0)?;
            part.sync_all()?;
            fs::rename(&unfinished, &file)
        })();
        if written.is_err() {
            // Half a file of a full disk is in the way.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        folder::sync(folder)
    }

    /// A name that nobody else writes under: two may put the same blob at once.
    fn unfinished(&self, file: &Path) -> io::Result<PathBuf> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("new.{}-{number}.{UNFINISHED}", std::process::id());
        let path = folder::above(file).join(name);
        // A process of the same number may have stopped while writing.
        unless_gone(fs::remove_file(&path))?;
        Ok(path)
    }

    fn read(&self, owner: PersonId, id: BlobId) -> Result<Option<Sealed>, BlobError> {
        let file = unless_gone(File::open(self.file(id))).map_err(unavailable)?;
        let Some(mut file) = file else { return Ok(None) };
        let header = Header::read(&mut file).map_err(unavailable)?.ok_or_else(broken)?;
        if header.owner != owner {
            return Ok(None);
        }
        let mut sealed = Vec::new();
        let most = LARGEST_BLOB as u64 + SEALING;
        file.take(most).read_to_end(&mut sealed).map_err(unavailable)?;
        Ok(Some(Sealed(sealed)))
    }

    /// Whether a file may be removed by now.
    fn is_over(&self, path: &Path, now: Timestamp) -> Result<bool, BlobError> {
        if is_unfinished(path) {
            return is_abandoned(path, now).map_err(unavailable);
        }
        let header = File::open(path).and_then(|mut file| Header::read(&mut file));
        let Some(header) = unless_gone(header).map_err(unavailable)?.flatten() else {
            // Gone already, no blob of ours, or one that a person should look at.
            return Ok(false);
        };
        Ok(header.until <= now || self.people.person(header.owner)?.is_none())
    }
}

impl Blobs for FileBlobs {
    fn put(&self, owner: PersonId, content: &[u8], until: Timestamp) -> Result<BlobId, BlobError> {
        if content.len() > LARGEST_BLOB {
            return Err(BlobError::TooLarge { size: content.len() });
        }
        let sealed = self.people.seal(owner, content)?.ok_or(BlobError::Erased)?;
        let id = self.id(owner, content);
        let known = self.known(id).map_err(unavailable)?;
        if known.is_some_and(|header| until <= header.until) {
            // It may be there and not durable yet, by somebody who is just putting it.
            folder::sync(folder::above(&self.file(id))).map_err(unavailable)?;
            return Ok(id);
        }
        self.write(id, Header { owner, until }, &sealed).map_err(unavailable)?;
        Ok(id)
    }

    fn get(&self, owner: PersonId, id: BlobId) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(sealed) = self.read(owner, id)? else { return Ok(None) };
        let content = match self.people.unseal(owner, &sealed) {
            // What does not open was changed, and a key that cannot be read is another thing.
            Err(PeopleError::Broken(cause)) => return Err(BlobError::Broken(cause)),
            content => content?,
        };
        match content {
            Some(content) if self.id(owner, &content) != id => Err(broken()),
            content => Ok(content),
        }
    }

    fn sweep(&self, now: Timestamp) -> Result<usize, BlobError> {
        let mut count = 0;
        for path in files(&self.folder).map_err(unavailable)? {
            if self.is_over(&path, now)? {
                let removed = unless_gone(fs::remove_file(&path)).map_err(unavailable)?;
                count += usize::from(removed.is_some());
            }
        }
        Ok(count)
    }
}

/// Every file below a folder of blobs.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for shelf in fs::read_dir(folder)? {
        let shelf = shelf?;
        if shelf.file_type()?.is_dir() {
            for file in fs::read_dir(shelf.path())? {
                files.push(file?.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a file is still being written, or was left so.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == UNFINISHED)
}

/// `None` for a file that somebody else removed meanwhile: several processes may sweep.
fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

/// Whether something unfinished is so old that nobody will finish it.
fn is_abandoned(path: &Path, now: Timestamp) -> io::Result<bool> {
    let Some(found) = unless_gone(fs::metadata(path))? else { return Ok(false) };
    let written = found.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Duration::from_millis(u64::try_from(now.unix_ms()).unwrap_or(0));
    Ok(now.saturating_sub(written) > ABANDONED)
}

fn unavailable(error: io::Error) -> BlobError {
    BlobError::Unavailable(error.into())
}

fn broken() -> BlobError {
    BlobError::Broken(Cause::from("its file is not as it was written"))
}
