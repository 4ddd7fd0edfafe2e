//! A TSIG key from a file as BIND reads it and `tsig-keygen` writes it:
//!
//! ```text
//! key "unhook" {
//!         algorithm hmac-sha256;
//!         secret "c2VjcmV0IGluIGJhc2U2NCwgMzIgYnl0ZXMgb2YgaXQ=";
//! };
//! ```

use std::str::FromStr as _;
use std::sync::Arc;

use domain::base::name::Name;
use domain::tsig::{Algorithm, Key, KeyName};
use domain::utils::base64;

/// The shortest secret: nobody guesses 128 bits.
const SHORTEST_SECRET: usize = 16;

/// The longest file looked at; a key has some hundred bytes.
const LONGEST_FILE: usize = 16 << 10;

/// The longest name of a key: an answer that is signed fits into 512 bytes.
const LONGEST_NAME: usize = 64;

/// A key by which requests and answers are signed.
#[derive(Clone, Debug)]
pub struct TsigKey(Arc<Key>);

/// Why a file has no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It is not of the form that is expected.
    #[error(
        "the file of the key is not as `tsig-keygen` writes it: expected {expected}, as in \
         key \"name\" {{ algorithm hmac-sha256; secret \"base64\"; }};"
    )]
    Form {
        /// What should be there.
        expected: &'static str,
    },
    /// It names an algorithm that is not known, or no longer good.
    #[error("`{name}` cannot be used; write hmac-sha256, hmac-sha384 or hmac-sha512")]
    Algorithm {
        /// As it stands there.
        name: String,
    },
    /// The key's name is none, or too long.
    #[error("`{name}` cannot name a key; choose up to 64 letters, digits, hyphens and dots")]
    Name {
        /// As it stands there.
        name: String,
    },
    /// The secret is no base64, or too short.
    #[error("the secret is base64 of at least 16 bytes; `tsig-keygen` makes one of 32")]
    Secret,
}

impl TsigKey {
    /// Reads the one key of a file.
    ///
    /// # Errors
    /// Says what is wrong with it, never the secret.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        let mut words = Words::new(text)?;
        words.expect("key", "`key`")?;
        let name = words.value("the key's name")?;
        words.expect("{", "`{` after the key's name")?;
        let (mut algorithm, mut secret) = (None, None);
        loop {
            match words.value("`}` after the secret")?.as_str() {
                "algorithm" => algorithm = Some(words.value("an algorithm")?),
                "secret" => secret = Some(words.value("a secret")?),
                "}" => break,
                _ => return Err(KeyFileError::Form { expected: "`algorithm` or `secret`" }),
            }
            words.expect(";", "`;` after each statement")?;
        }
        words.expect(";", "`;` after `}`")?;
        if words.0.next().is_some() {
            return Err(KeyFileError::Form { expected: "one key and nothing after it" });
        }
        let algorithm = algorithm.unwrap_or_else(|| "hmac-sha256".to_owned());
        let secret = secret.ok_or(KeyFileError::Form { expected: "`secret`" })?;
        Self::new(&name, &algorithm, &secret)
    }

    fn new(name: &str, algorithm: &str, secret: &str) -> Result<Self, KeyFileError> {
        let algorithm = match Algorithm::from_str(&algorithm.to_ascii_lowercase()) {
            // Of SHA-1 RFC 8945 says not to use it.
            Ok(Algorithm::Sha1) | Err(_) => {
                return Err(KeyFileError::Algorithm { name: algorithm.to_owned() });
            }
            Ok(algorithm) => algorithm,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let is_good = name.len() < LONGEST_NAME && name.chars().all(plain);
        let parsed = KeyName::from_str(&name.to_ascii_lowercase()).ok().filter(|_| is_good);
        let parsed = parsed.filter(|name| *name != Name::root_slice());
        let name = parsed.ok_or_else(|| KeyFileError::Name { name: name.to_owned() })?;
        let secret: Vec<u8> = base64::decode(secret).map_err(|_| KeyFileError::Secret)?;
        if secret.len() < SHORTEST_SECRET {
            return Err(KeyFileError::Secret);
        }
        let key = Key::new(algorithm, &secret, name, None, None);
        Ok(Self(Arc::new(key.expect("signatures are of full length"))))
    }

    pub(super) const fn key(&self) -> &Arc<Key> {
        &self.0
    }
}

/// The words, strings and signs of a file, without comments.
struct Words(std::vec::IntoIter<String>);

impl Words {
    fn new(text: &str) -> Result<Self, KeyFileError> {
        if text.len() > LONGEST_FILE {
            return Err(KeyFileError::Form { expected: "a file of one key" });
        }
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if rest.starts_with("//") || first == '#' {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                let end = rest.find("*/");
                end.ok_or(KeyFileError::Form { expected: "`*/` after `/*`" })? + 2
            } else if first == '"' {
                let end = rest[1..].find('"');
                let end = end.ok_or(KeyFileError::Form { expected: "`\"` after a text" })?;
                words.push(rest[1..=end].to_owned());
                end + 2
            } else if matches!(first, '{' | '}' | ';') {
                words.push(first.to_string());
                1
            } else {
                let ends = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | ';' | '"');
                let end = rest.find(ends).unwrap_or(rest.len());
                words.push(rest[..end].to_owned());
                end
            };
            rest = rest[length..].trim_start();
        }
        Ok(Self(words.into_iter()))
    }

    fn value(&mut self, expected: &'static str) -> Result<String, KeyFileError> {
        self.0.next().ok_or(KeyFileError::Form { expected })
    }

    fn expect(&mut self, word: &str, expected: &'static str) -> Result<(), KeyFileError> {
        let is_it = self.0.next().is_some_and(|next| next == word);
        is_it.then_some(()).ok_or(KeyFileError::Form { expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "c2VjcmV0IGluIGJhc2U2NCwgMzIgYnl0ZXMgb2YgaXQ=";

    #[test]
    fn files_of_bind_are_read() {
        for text in [
            format!("key \"unhook\" {{\n\talgorithm hmac-sha256;\n\tsecret \"{SECRET}\";\n}};\n"),
            format!("# of ours\nkey unhook. {{ secret {SECRET}; }}; // end"),
            format!("/* a */ key Unhook{{secret \"{SECRET}\";algorithm \"HMAC-SHA256\";}};"),
        ] {
            let key = TsigKey::parse(&text).unwrap();
            assert_eq!(key.key().name().to_string(), "unhook", "{text}");
            assert_eq!(key.key().algorithm(), Algorithm::Sha256, "{text}");
            assert!(!format!("{key:?}").contains("c2Vj"));
        }
    }

    #[test]
    fn what_is_wrong_is_said_and_the_secret_is_not() {
        let short = "dG9vIHNob3J0";
        for text in [
            String::new(),
            "key".to_owned(),
            "key \"unhook".to_owned(),
            "/* key".to_owned(),
            format!("key unhook {{ secret {SECRET}; }}"),
            format!("key unhook {{ secret {SECRET} }};"),
            format!("key unhook {{ secret {SECRET}; }}; key b {{ secret {SECRET}; }};"),
            format!("key unhook {{ algorithm hmac-md5; secret {SECRET}; }};"),
            format!("key unhook {{ algorithm hmac-sha1; secret {SECRET}; }};"),
            format!("key . {{ secret {SECRET}; }};"),
            format!("key \"a b\" {{ secret {SECRET}; }};"),
            format!("key {} {{ secret {SECRET}; }};", "a".repeat(64)),
            format!("key unhook {{ secret {short}; }};"),
            "key unhook { secret \"no base64!\"; };".to_owned(),
            "key unhook { algorithm hmac-sha256; };".to_owned(),
            " ".repeat(LONGEST_FILE + 1),
        ] {
            let error = TsigKey::parse(&text).unwrap_err().to_string();
            assert!(!error.contains(SECRET) && !error.contains(short), "{error}");
        }
    }
}
