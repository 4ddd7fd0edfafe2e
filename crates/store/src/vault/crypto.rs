//! Keys and what is done with them: sealing under a person's key, wrapping that key under the
//! master key, and keyed hashes.
//!
//! Sealed is ChaCha20-Poly1305 (RFC 8439) with a random nonce; what a seal is for and whose it
//! is go in as associated data, so nothing sealed for one can pass for another's. A key that
//! wraps is made for each thing it wraps (HMAC of its name under the master key), so no key
//! comes near the number of random nonces that is safe, however many people there are.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac};
use unhook_model::PersonId;

use super::failure::Failure;

/// How many bytes a key has.
pub(crate) const KEY_LENGTH: usize = 32;

/// The first byte of all that is sealed: which way it was done.
const SEALED_VERSION: u8 = 1;

/// What a seal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// What use cases seal.
    Content,
    /// What a directory says of a person.
    Entry,
    /// How a person is reached.
    Contact,
    /// What is kept of somebody who signs in to the console.
    Account,
}

impl Purpose {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Content => b"unhook content 1 ",
            Self::Entry => b"unhook entry 1 ",
            Self::Contact => b"unhook contact 1 ",
            Self::Account => b"unhook account 1 ",
        }
    }
}

/// A key, of a person or of the installation. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key([u8; KEY_LENGTH]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    pub(crate) fn fresh(random: &SystemRandom) -> Result<Self, Failure> {
        let mut bytes = [0; KEY_LENGTH];
        random.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub(crate) const fn from_bytes(bytes: [u8; KEY_LENGTH]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; KEY_LENGTH] {
        &self.0
    }

    /// Seals bytes that belong to a person.
    pub(crate) fn seal(
        &self,
        random: &SystemRandom,
        purpose: Purpose,
        owner: PersonId,
        content: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        seal(&self.0, random, &context(purpose.name(), &owner.to_bytes()), content)
    }

    /// Opens what [`Key::seal`] sealed.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        owner: PersonId,
        sealed: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        open(&self.0, &context(purpose.name(), &owner.to_bytes()), sealed)
            .ok_or(Failure::Damaged("what was sealed"))
    }

    /// Seals a record that belongs to nobody in particular.
    pub(crate) fn seal_record(
        &self,
        random: &SystemRandom,
        item: &str,
        content: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        seal(&self.0, random, &context(b"unhook record 1 ", item.as_bytes()), content)
    }

    /// Opens what [`Key::seal_record`] sealed.
    pub(crate) fn open_record(&self, item: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        open(&self.0, &context(b"unhook record 1 ", item.as_bytes()), sealed)
            .ok_or(Failure::Damaged("a record"))
    }

    /// Wraps another key under this one, for the thing of this name.
    pub(crate) fn wrap(
        &self,
        random: &SystemRandom,
        name: &[u8],
        key: &Self,
    ) -> Result<Vec<u8>, Failure> {
        seal(&self.wrapping(name), random, &context(b"unhook key 1 ", name), &key.0)
    }

    /// Opens what [`Key::wrap`] wrapped.
    pub(crate) fn unwrap(&self, name: &[u8], wrapped: &[u8]) -> Result<Self, Failure> {
        let opened = open(&self.wrapping(name), &context(b"unhook key 1 ", name), wrapped);
        let bytes = opened.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(Failure::Damaged("a key"))
    }

    fn wrapping(&self, name: &[u8]) -> [u8; KEY_LENGTH] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        digest_bytes(hmac::sign(&key, &context(b"unhook wraps 1 ", name)).as_ref())
    }
}

fn context(what: &[u8], name: &[u8]) -> Vec<u8> {
    [what, name].concat()
}

/// A version, a nonce, and what was sealed with its tag.
fn seal(
    key: &[u8; KEY_LENGTH],
    random: &SystemRandom,
    associated: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, Failure> {
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce)?;
    let room = 1 + NONCE_LEN + content.len() + CHACHA20_POLY1305.tag_len();
    let mut sealed = Vec::with_capacity(room);
    sealed.push(SEALED_VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(content);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = cipher(key).seal_in_place_separate_tag(
        nonce,
        Aad::from(associated),
        &mut sealed[1 + NONCE_LEN..],
    )?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

fn open(key: &[u8; KEY_LENGTH], associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let rest = sealed.strip_prefix(&[SEALED_VERSION])?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
    let mut content = rest.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let opened = cipher(key).open_in_place(nonce, Aad::from(associated), &mut content).ok()?;
    let length = opened.len();
    content.truncate(length);
    Some(content)
}

fn cipher(key: &[u8; KEY_LENGTH]) -> LessSafeKey {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).expect("the length is the cipher's");
    LessSafeKey::new(key)
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest_bytes(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn digest_bytes(digest: &[u8]) -> [u8; 32] {
    digest.try_into().expect("SHA-256 has 32 bytes")
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| char::from(DIGITS[usize::from(four)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}

/// Which keyed hash this is, then sixteen bytes of it: two alike by chance are out of reach.
pub(crate) type Marked = [u8; 17];

/// What a keyed hash is of. The numbers are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    Contact = 1,
    Directory = 2,
    Mark = 3,
    Invitation = 4,
    Subject = 5,
}

/// The key of the keyed hashes, and its version.
#[derive(Clone)]
pub(crate) struct IndexKey {
    version: u8,
    key: hmac::Key,
}

impl IndexKey {
    pub(crate) fn new(version: u8, key: &Key) -> Self {
        Self { version, key: hmac::Key::new(hmac::HMAC_SHA256, &key.0) }
    }

    /// The keyed hash of a value of a kind. The kind's length goes before it, so that no other
    /// kind and value come to the same bytes.
    pub(crate) fn mark(&self, domain: Domain, kind: &str, value: &str) -> Marked {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&[domain as u8]);
        context.update(&(kind.len() as u64).to_be_bytes());
        context.update(kind.as_bytes());
        context.update(value.as_bytes());
        let mut marked = [self.version; 17];
        marked[1..].copy_from_slice(&context.sign().as_ref()[..16]);
        marked
    }
}

impl std::fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IndexKey({})", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: PersonId = PersonId::from_bytes([1; 16]);
    const OTHER: PersonId = PersonId::from_bytes([2; 16]);

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_purpose_alone() {
        let random = SystemRandom::new();
        let key = Key::fresh(&random).unwrap();
        let sealed = key.seal(&random, Purpose::Content, OWNER, b"a text").unwrap();
        assert_eq!(key.open(Purpose::Content, OWNER, &sealed).unwrap(), b"a text");
        assert!(key.open(Purpose::Content, OTHER, &sealed).is_err());
        assert!(key.open(Purpose::Entry, OWNER, &sealed).is_err());
        let other = Key::fresh(&random).unwrap();
        assert!(other.open(Purpose::Content, OWNER, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(Purpose::Content, OWNER, &changed).is_err(), "byte {at}");
        }
        assert!(key.open(Purpose::Content, OWNER, &sealed[..12]).is_err());
        assert_ne!(key.seal(&random, Purpose::Content, OWNER, b"a text").unwrap(), sealed);
    }

    #[test]
    fn a_wrapped_key_opens_under_its_name_alone() {
        let random = SystemRandom::new();
        let (master, key) = (Key::fresh(&random).unwrap(), Key::fresh(&random).unwrap());
        let wrapped = master.wrap(&random, b"one", &key).unwrap();
        assert!(master.unwrap(b"one", &wrapped).unwrap() == key);
        assert!(master.unwrap(b"other", &wrapped).is_err());
        assert!(key.unwrap(b"one", &wrapped).is_err());
    }

    #[test]
    fn marks_of_different_kinds_and_domains_differ() {
        let index = IndexKey::new(1, &Key::from_bytes([7; 32]));
        let mark = index.mark(Domain::Mark, "sender", "+12015550123");
        assert_eq!(mark, index.mark(Domain::Mark, "sender", "+12015550123"));
        assert_ne!(mark, index.mark(Domain::Mark, "sende", "r+12015550123"));
        assert_ne!(mark, index.mark(Domain::Contact, "sender", "+12015550123"));
        let other = IndexKey::new(1, &Key::from_bytes([8; 32]));
        assert_ne!(mark, other.mark(Domain::Mark, "sender", "+12015550123"));
    }

    /// Marks are for ever: the journal and the views keep them. This one was made by another
    /// program.
    #[test]
    fn a_mark_never_changes() {
        let index = IndexKey::new(1, &Key::from_bytes([7; 32]));
        let mark = index.mark(Domain::Mark, "sender", "+12015550123");
        assert_eq!(hex(&mark), "0107a35cffc01f4e097e45fb7bd33a8deb");
    }
}
