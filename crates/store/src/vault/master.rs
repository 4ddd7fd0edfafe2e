//! The master key's file, and how one takes the place of another.
//!
//! Two lines: what it is, and 64 hexadecimal digits. It is made on the first opening, for its
//! owner's eyes alone, and is no part of a backup unless asked for. While keys are changed a
//! second file stands beside it; the database says which of the two counts.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use ring::rand::SystemRandom;

use super::crypto::{KEY_LENGTH, Key, hex, sha256};
use super::failure::Failure;
use crate::error::KeyError;
use crate::folder;

/// The first line of a master key's file.
pub(crate) const KEY_HEADING: &str = "unhook master key, version 1";

/// The most bytes looked at: more than the two lines have.
const LONGEST_FILE: u64 = 1024;

/// A master key and the id by which the database knows it.
#[derive(Clone, Debug)]
pub(crate) struct Master {
    pub(crate) key: Key,
    pub(crate) id: String,
}

impl Master {
    fn new(key: Key) -> Self {
        let id = hex(&sha256(&[b"unhook key id ".as_slice(), key.as_bytes()].concat())[..8]);
        Self { key, id }
    }

    pub(crate) fn fresh(random: &SystemRandom) -> Result<Self, Failure> {
        Key::fresh(random).map(Self::new)
    }
}

/// Where the master key is.
#[derive(Clone, Debug)]
pub(crate) struct KeyFile(PathBuf);

impl KeyFile {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file that stands beside it while keys are changed.
    pub(crate) fn next(&self) -> PathBuf {
        beside(&self.0, ".new")
    }

    /// The key of this id, wherever the change of keys has come to.
    ///
    /// The present file is looked at again after the next one, since the next may become the
    /// present one in between.
    pub(crate) fn load(&self, id: &str) -> Result<Master, KeyError> {
        let mut is_there = false;
        for path in [&self.0, &self.next(), &self.0] {
            match read(path)? {
                Some(master) if master.id == id => return Ok(master),
                Some(_) => is_there = true,
                None => {}
            }
        }
        let file = self.0.clone();
        if is_there {
            Err(KeyError::Wrong { file, expected: id.to_owned() })
        } else {
            Err(KeyError::Missing { file })
        }
    }

    /// The key that is there, or one that is made now. Two who come at once get the same.
    pub(crate) fn load_or_make(&self, random: &SystemRandom) -> Result<Master, Failure> {
        if let Some(master) = read(&self.0)? {
            return Ok(master);
        }
        let folder = folder::above(&self.0);
        folder::create_private(folder).map_err(|source| self.failed(source))?;
        let made = beside(&self.0, &format!(".{}", std::process::id()));
        write(&made, &Master::fresh(random)?)?;
        // A link, since that fails where a file is already: nobody's key is written over.
        let linked = fs::hard_link(&made, &self.0);
        let _ = fs::remove_file(&made);
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(self.failed(error).into());
            }
            _ => folder::sync(folder).map_err(|source| self.failed(source))?,
        }
        read(&self.0)?.ok_or_else(|| KeyError::Missing { file: self.0.clone() }.into())
    }

    /// Writes the key that shall come next beside the present one.
    pub(crate) fn prepare(&self, next: &Master) -> Result<(), KeyError> {
        let _ = fs::remove_file(self.next());
        write(&self.next(), next)
    }

    /// Makes the next key the present one, if the next is the one of this id.
    pub(crate) fn finish(&self, id: &str) -> Result<(), KeyError> {
        if read(&self.next())?.is_none_or(|next| next.id != id) {
            return Ok(());
        }
        match fs::rename(self.next(), &self.0) {
            // Somebody else was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            renamed => renamed.map_err(|source| self.failed(source))?,
        }
        let folder = folder::above(&self.0);
        folder::sync(folder).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> KeyError {
        KeyError::File { file: self.0.clone(), source }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Reads a key's file; `None` where there is none.
fn read(path: &Path) -> Result<Option<Master>, KeyError> {
    let failed = |source| KeyError::File { file: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    if is_exposed(&file).map_err(failed)? {
        return Err(KeyError::Exposed { file: path.to_owned() });
    }
    let mut text = String::new();
    let malformed = || KeyError::Malformed { file: path.to_owned() };
    file.take(LONGEST_FILE).read_to_string(&mut text).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => malformed(),
        _ => failed(error),
    })?;
    parse(&text).map(|key| Some(Master::new(key))).ok_or_else(malformed)
}

fn parse(text: &str) -> Option<Key> {
    let mut lines = text.lines();
    let (heading, digits) = (lines.next()?, lines.next()?.trim_end());
    let is_plain = digits.len() == 2 * KEY_LENGTH && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if heading.trim_end() != KEY_HEADING || !is_plain || lines.any(|line| !line.is_empty()) {
        return None;
    }
    let mut bytes = [0; KEY_LENGTH];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).ok()?;
    }
    Some(Key::from_bytes(bytes))
}

/// Writes a key's file, which must not be there yet.
pub(super) fn write(path: &Path, master: &Master) -> Result<(), KeyError> {
    write_private(path, to_text(master).as_bytes())
        .map_err(|source| KeyError::File { file: path.to_owned(), source })
}

/// What stands in a key's file.
pub(super) fn to_text(master: &Master) -> String {
    format!("{KEY_HEADING}\n{}\n", hex(master.key.as_bytes()))
}

/// Writes a new file that only its owner can read.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Elsewhere the folder says who may read.
#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_file() -> (tempfile::TempDir, KeyFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::at(folder.path().join("keys/master.key"));
        (folder, file)
    }

    #[test]
    fn a_key_is_made_once_and_found_by_its_id() {
        let (_folder, file) = key_file();
        let random = SystemRandom::new();
        let made = file.load_or_make(&random).unwrap();
        assert_eq!(file.load_or_make(&random).unwrap().id, made.id);
        assert!(file.load(&made.id).unwrap().key == made.key);
        let error = file.load("0011223344556677").unwrap_err();
        assert!(matches!(error, KeyError::Wrong { .. }), "{error:?}");
        fs::remove_file(file.path()).unwrap();
        let error = file.load(&made.id).unwrap_err();
        assert!(matches!(error, KeyError::Missing { .. }), "{error:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, file) = key_file();
        let made = file.load_or_make(&SystemRandom::new()).unwrap();
        let mode = fs::metadata(file.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
        let error = file.load(&made.id).unwrap_err();
        assert!(matches!(error, KeyError::Exposed { .. }), "{error:?}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let digits = "0f".repeat(32);
        assert!(parse(&format!("{KEY_HEADING}\n{digits}\n")).is_some());
        for text in [
            String::new(),
            digits.clone(),
            format!("{KEY_HEADING}\n{}\n", &digits[2..]),
            format!("{KEY_HEADING}\n+{}\n", &digits[1..]),
            format!("unhook master key, version 2\n{digits}\n"),
            format!("{KEY_HEADING}\n{digits}\nmore\n"),
        ] {
            assert!(parse(&text).is_none(), "{text}");
        }
    }
}
