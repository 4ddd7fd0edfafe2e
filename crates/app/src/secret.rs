//! Secrets: handed over or read from a file, given to whoever must know them, never shown.

use std::io;
use std::path::Path;

/// The longest secret file that is read, in bytes; a token has a few dozen, a private key some thousand.
const LONGEST_FILE: u64 = 16 * 1024;

/// A password, token or key. Its `Debug` form says nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// From what was read elsewhere, as from the environment.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// From a file that holds it alone; blanks and line breaks around it are not part of it.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, no UTF-8 or longer than a secret is.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        if std::fs::metadata(path)?.len() > LONGEST_FILE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "too long for a secret"));
        }
        let text = std::fs::read_to_string(path)?;
        let secret = text.trim();
        if secret.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is empty"));
        }
        Ok(Self(secret.to_owned()))
    }

    /// What it is, for whoever must know it: a header, a signature.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("correct horse")), "Secret(…)");
    }

    #[test]
    fn a_file_holds_a_secret_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let check = |content: &[u8], expected: Option<&str>| {
            let path = folder.path().join("token");
            std::fs::write(&path, content).unwrap();
            assert_eq!(Secret::from_file(&path).ok(), expected.map(Secret::new), "{content:?}");
        };
        check(b"  token\r\n", Some("token"));
        check(b"\n", None);
        check(&[0xff, 0xfe], None);
        check(&[b'a'; 20_000], None);
        assert!(Secret::from_file(&folder.path().join("none")).is_err());
    }
}
