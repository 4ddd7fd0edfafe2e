//! People: who a contact belongs to, under a name that says nothing, and what is kept under
//! their key.
//!
//! Everything personal is sealed with a data key of the person it belongs to, and the keys
//! live behind this port, outside the journal. Erasing a person destroys the key: whatever was
//! sealed with it, in the journal, a view or a backup, is noise from then on, and every event
//! stays where it is. Contacts are looked up by keyed hash, so no number stands in the clear.
//!
//! Who is enrolled, the directory says ([`People::import`]); anybody else who writes is a
//! [`Standing::Stranger`] with a key of their own, so that a stranger can be erased as well.
//! What nobody in particular passed on is sealed under a key of its month ([`People::nobody`]).
//!
//! A phone that the directory does not know becomes somebody's by a code that was made for them
//! ([`People::invite`], [`People::join`]), and stays theirs whatever the directory says of
//! others: until it gives the number to somebody else, or the number joins another person.

#[cfg(any(test, feature = "fakes"))]
pub mod contract;
pub mod entries;
mod entries_csv;
mod entries_scim;
#[cfg(any(test, feature = "fakes"))]
pub mod fake;
pub(crate) mod join_code;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use unhook_model::{PersonId, PhoneNumber, Timestamp};

pub use join_code::JoinCode;

/// The most phones of their own by which somebody joins beside what the directory knows.
pub const MOST_JOINED: u32 = 5;

/// The most codes of one person that are good at the same time; the oldest gives way.
pub const MOST_INVITATIONS: u32 = 5;

/// What a port answers later. Boxed, because ports are used as objects.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why people cannot be looked up or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeopleError {
    /// Not now: a full disk, a lock held by another program. The same again may succeed.
    #[error("the directory of people is not available")]
    Unavailable(#[source] crate::journal::Cause),
    /// Not at all, until somebody looks at it.
    #[error("the directory of people is broken")]
    Broken(#[source] crate::journal::Cause),
}

/// By what a person is reached or known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Contact {
    /// A telephone number.
    Phone(PhoneNumber),
    /// An e-mail address, in lower case.
    Mail(String),
    /// An account at an identity provider, as the provider writes it, in lower case.
    Account(String),
}

/// What a person is to the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Somebody who wrote, and nothing more is known.
    Stranger,
    /// Works here.
    Staff,
    /// Belongs to somebody who does.
    Family,
    /// Worked here.
    Former,
    /// An account for emergencies, which nothing automatic ever touches.
    BreakGlass,
}

impl Standing {
    /// Every standing with its name in files and outputs.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Stranger, "stranger"),
        (Self::Staff, "staff"),
        (Self::Family, "family"),
        (Self::Former, "former"),
        (Self::BreakGlass, "break-glass"),
    ];

    /// Its name in files and outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The standing of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(standing, _)| *standing)
    }

    /// Whether what this person reports counts as somebody's who is known.
    #[must_use]
    pub const fn is_enrolled(self) -> bool {
        matches!(self, Self::Staff | Self::Family | Self::BreakGlass)
    }
}

/// A language, as two letters of ISO 639-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language([u8; 2]);

impl Language {
    /// English, for those of whom nothing is known.
    pub const ENGLISH: Self = Self(*b"en");

    /// Reads a tag; of `pt-BR` the first part counts.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        let letters: [u8; 2] = primary.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(letters.map(|letter| letter.to_ascii_lowercase())))
    }

    /// Its two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("letters are ASCII, as parsing made sure")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What use cases know of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name that says nothing.
    pub id: PersonId,
    /// What they are to the organization, now.
    pub standing: Standing,
    /// What they read, if it is known.
    pub language: Option<Language>,
    /// The names they go by: for the detector, which compares them with a text, and for
    /// nothing else.
    pub names: Vec<String>,
}

/// Who a person is. Shown to nobody without a recorded reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The names they go by.
    pub names: Vec<String>,
    /// How they are reached, with the time from which and until which that held.
    pub contacts: Vec<(Contact, Timestamp, Option<Timestamp>)>,
}

/// One person as a directory has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the directory calls them for ever (an employee number, a SCIM id): by it a later
    /// import finds them again.
    pub key: String,
    /// The names they go by.
    pub names: Vec<String>,
    /// What they are to the organization.
    pub standing: Standing,
    /// What they read.
    pub language: Option<Language>,
    /// How they are reached.
    pub contacts: Vec<Contact>,
}

/// How somebody is enrolled: nothing of who it is, and nothing of what they did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The name that says nothing.
    pub person: PersonId,
    /// What they are to the organization, now.
    pub standing: Standing,
    /// What they read, if it is known.
    pub language: Option<Language>,
    /// How many numbers are theirs now.
    pub phones: usize,
    /// How many of those came by a code, and not from the directory.
    pub joined: usize,
    /// Since when the first of them is theirs.
    pub since: Option<Timestamp>,
}

/// What an import changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// People who were not known by this key.
    pub added: usize,
    /// People of whom something changed.
    pub changed: usize,
    /// People who were as the directory says.
    pub unchanged: usize,
    /// Contacts that moved from one person to another: they belong to the new one from now on.
    pub moved: usize,
}

/// What a code is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// Whose it is.
    pub person: Person,
    /// Whether this very contact used it already, and is still theirs.
    pub is_used: bool,
}

/// Bytes sealed under a person's key, with all that is needed to open them but the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

/// What stands for a value that must be recognised and not read: a hash under a key of this
/// installation, in hexadecimal digits. The same value gives the same mark for ever.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub String);

/// Who is who, and their keys.
pub trait People: Send + Sync {
    /// Who a contact belongs to at a moment. Somebody unknown gets an id and a key, durable
    /// when this answers, and is the same person the next time.
    ///
    /// # Errors
    /// When the directory cannot be read, or a new person cannot be kept.
    fn meet<'a>(
        &'a self,
        contact: &'a Contact,
        at: Timestamp,
    ) -> Pending<'a, Result<Person, PeopleError>>;

    /// How many people are enrolled.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn enrolled_count(&self) -> Result<usize, PeopleError>;

    /// Whose a contact is now; `None` for nobody's. Meets nobody.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn owner(&self, contact: &Contact) -> Result<Option<PersonId>, PeopleError>;

    /// Whose key seals what nobody in particular passed on in this month.
    ///
    /// # Errors
    /// As [`People::meet`].
    fn nobody(&self, at: Timestamp) -> Pending<'_, Result<PersonId, PeopleError>>;

    /// A person by id; `None` for one who was never met, or was erased.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn person(&self, id: PersonId) -> Result<Option<Person>, PeopleError>;

    /// Everybody who is enrolled, in the order of their ids.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn enrolled(&self) -> Result<Vec<PersonId>, PeopleError>;

    /// How people are enrolled, in the order of their ids: the first so many behind `after`.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn roll(&self, after: Option<PersonId>, limit: usize) -> Result<Vec<Enrolled>, PeopleError>;

    /// Who a person is; `None` for one who was never met, or was erased. Whoever shows this to
    /// anybody records the reason first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn identity(&self, id: PersonId) -> Result<Option<Identity>, PeopleError>;

    /// Brings the directory up to date with these entries, all or none; others stay as they are.
    ///
    /// # Errors
    /// When it cannot be kept; nothing has changed then.
    fn import(&self, entries: &[Entry], at: Timestamp) -> Result<Imported, PeopleError>;

    /// Makes a code by which one phone becomes a person's until a moment, and returns it, the only
    /// time it is seen: what is kept is its keyed hash. `None` for one who is not enrolled. Of
    /// more than [`MOST_INVITATIONS`] the oldest is good for nothing any more.
    ///
    /// # Errors
    /// When it cannot be kept; there is no code then.
    fn invite(
        &self,
        person: PersonId,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JoinCode>, PeopleError>;

    /// What a code would do for a contact, without doing it. `None` when it does nothing: there is
    /// no such code, its time is over, another contact used it, its person is not enrolled or has
    /// [`MOST_JOINED`] phones already, or the contact is one that the directory gave to another.
    ///
    /// # Errors
    /// When that cannot be read.
    fn invited(
        &self,
        code: &JoinCode,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<Option<Invited>, PeopleError>;

    /// Makes a contact a person's from now on, as [`People::invited`] says, and uses the code up.
    /// Whoever had it before keeps what came from it until now. Done again by the same contact,
    /// it changes nothing and says the same.
    ///
    /// # Errors
    /// When it cannot be kept; nothing has changed then.
    fn join(
        &self,
        code: &JoinCode,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<Option<Person>, PeopleError>;

    /// Destroys a person's key and all that the directory has of them; says whether there was
    /// anybody. Durable when this returns, and no byte is left to be found in any file.
    ///
    /// # Errors
    /// When it cannot be done; it must be tried again then.
    fn erase(&self, id: PersonId, at: Timestamp) -> Result<bool, PeopleError>;

    /// Seals bytes under a person's key; `None` when they were erased meanwhile.
    ///
    /// # Errors
    /// When the key cannot be read.
    fn seal(&self, owner: PersonId, content: &[u8]) -> Result<Option<Sealed>, PeopleError>;

    /// Opens what was sealed; `None` when the person was erased.
    ///
    /// # Errors
    /// When the key cannot be read, or the bytes are not what was sealed.
    fn unseal(&self, owner: PersonId, sealed: &Sealed) -> Result<Option<Vec<u8>>, PeopleError>;

    /// The mark of a value. `what` keeps marks of different kinds of values apart.
    fn mark(&self, what: &str, value: &str) -> Mark;
}

/// Whose a login is: an account by its name at a provider, or a mail address.
///
/// # Errors
/// When the directory cannot be read.
pub fn owner_of_login(people: &dyn People, login: &str) -> Result<Option<PersonId>, PeopleError> {
    let login = login.to_lowercase();
    if let Some(person) = people.owner(&Contact::Account(login.clone()))? {
        return Ok(Some(person));
    }
    if login.contains('@') { people.owner(&Contact::Mail(login)) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standings_stand_at_their_own_index() {
        for (standing, name) in Standing::ALL {
            assert_eq!(standing.name(), name);
            assert_eq!(Standing::from_name(name), Some(standing));
        }
    }

    #[test]
    fn of_a_language_tag_the_first_part_counts() {
        let check = |tag, expected: Option<&str>| {
            assert_eq!(Language::parse(tag).as_ref().map(Language::as_str), expected, "{tag}");
        };
        check("en", Some("en"));
        check("PT-br", Some("pt"));
        check("de_AT", Some("de"));
        check("eng", None);
        check("", None);
        check("é", None);
    }
}
