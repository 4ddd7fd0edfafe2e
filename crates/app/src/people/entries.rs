//! Reading a directory's file: a table (`entries_csv`) or what SCIM answers (`entries_scim`).
//!
//! It is read here and not beside the readers of texts, because both the command line and the
//! web take directories in and neither may know the other; it needs nothing but parsers.
//!
//! All or nothing: a file with a mistake gives no entries, and every mistake (of the first
//! [`MOST_PROBLEMS`]) with its place and what to write instead. Nothing is guessed: a number
//! without its country, taken for another, would make one person another.

use std::collections::HashMap;
use std::fmt;

use unhook_model::PhoneNumber;

use super::{Contact, Entry, Language, Standing, entries_csv, entries_scim};

/// The largest file, in bytes: room for a hundred thousand people with all their contacts.
pub const LARGEST_FILE: usize = 16 << 20;

/// The most entries in a file: twice the largest organization this is made for.
pub const MOST_ENTRIES: usize = 200_000;

/// The most mistakes that are listed: a file with more has one mistake many times.
pub const MOST_PROBLEMS: usize = 20;

/// The longest key, name, address or account, in bytes; the longest address that mail
/// allows has 254 (RFC 5321, section 4.5.3).
pub const LONGEST_FIELD: usize = 256;

/// The most names, and the most contacts, of one person.
const MOST_OF_ONE: usize = 32;

/// Why a file gives no entries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntriesError {
    /// It has more than [`LARGEST_FILE`] bytes.
    #[error("the file has more than {} MiB; import it in parts", LARGEST_FILE >> 20)]
    TooLarge,
    /// It has more than [`MOST_ENTRIES`] entries.
    #[error("the file has more than {MOST_ENTRIES} people; import it in parts")]
    TooMany,
    /// It is not a directory's file as a whole; the text says what to give instead.
    #[error("{0}")]
    Form(String),
    /// Some entries are wrong.
    #[error("{}", list(.0))]
    Entries(Vec<EntryProblem>),
}

/// What is wrong with one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryProblem {
    /// Where.
    pub place: Place,
    /// What, and what to write instead.
    pub says: String,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Which entry it is, from 1, where several may stand on a line.
    pub entry: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entry {
            Some(entry) => write!(f, "entry {entry} (line {})", self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

fn list(problems: &[EntryProblem]) -> String {
    let lines: Vec<String> =
        problems.iter().map(|problem| format!("{}: {}", problem.place, problem.says)).collect();
    let more = if problems.len() == MOST_PROBLEMS { "\n(more may follow)" } else { "" };
    lines.join("\n") + more
}

/// Reads a directory's file, whichever kind it is.
///
/// # Errors
/// Says what is wrong with it, and where.
///
/// ```
/// use unhook_app::people::entries;
/// let table = b"key,name,phone\n17,Ann Example,+12015550123\n";
/// assert_eq!(entries::read(table).unwrap()[0].names, ["Ann Example"]);
/// let error = entries::read(b"key,phone\n17,555-0123\n").unwrap_err();
/// assert!(error.to_string().starts_with("line 2: "));
/// ```
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>, EntriesError> {
    if bytes.len() > LARGEST_FILE {
        return Err(EntriesError::TooLarge);
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        EntriesError::Form(format!("line {line} is not UTF-8; save the file as UTF-8"))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with(['{', '[']) {
        entries_scim::read(text)
    } else {
        entries_csv::read(text)
    }
}

/// What a file says of a person, before it is looked at.
#[derive(Debug, Default)]
pub(super) struct Raw<'a> {
    pub(super) key: &'a str,
    pub(super) names: Vec<&'a str>,
    pub(super) phones: Vec<&'a str>,
    pub(super) mails: Vec<&'a str>,
    pub(super) accounts: Vec<&'a str>,
    pub(super) language: Option<&'a str>,
    pub(super) standing: Option<&'a str>,
}

/// Entries that were looked at, and what was wrong with others.
#[derive(Debug, Default)]
pub(super) struct Entries {
    entries: Vec<Entry>,
    problems: Vec<EntryProblem>,
    keys: HashMap<String, Place>,
    contacts: HashMap<Contact, Place>,
}

impl Entries {
    /// Adds what one entry says.
    pub(super) fn add(&mut self, place: Place, raw: &Raw<'_>) -> Result<(), EntriesError> {
        match self.entry(place, raw) {
            Ok(entry) => self.entries.push(entry),
            Err(says) => self.complain(place, says)?,
        }
        if self.entries.len() > MOST_ENTRIES { Err(EntriesError::TooMany) } else { Ok(()) }
    }

    /// Notes what is wrong, and gives up when that is enough.
    pub(super) fn complain(&mut self, place: Place, says: String) -> Result<(), EntriesError> {
        self.problems.push(EntryProblem { place, says });
        if self.problems.len() < MOST_PROBLEMS {
            return Ok(());
        }
        Err(EntriesError::Entries(std::mem::take(&mut self.problems)))
    }

    pub(super) fn finish(self) -> Result<Vec<Entry>, EntriesError> {
        if self.problems.is_empty() {
            Ok(self.entries)
        } else {
            Err(EntriesError::Entries(self.problems))
        }
    }

    fn entry(&mut self, place: Place, raw: &Raw<'_>) -> Result<Entry, String> {
        let key = field("key", raw.key)?
            .ok_or("the key is empty; give what your directory calls this person for ever")?;
        let entry = Entry {
            key: key.to_owned(),
            names: several("name", &raw.names, |name| Ok(name.to_owned()))?,
            standing: raw.standing.map_or(Ok(Standing::Staff), standing)?,
            language: raw.language.map(language).transpose()?,
            contacts: contacts(raw)?,
        };
        if let Some(before) = self.keys.insert(entry.key.clone(), place) {
            return Err(format!("the key `{}` stands in {before} already", entry.key));
        }
        for contact in &entry.contacts {
            if let Some(before) = self.contacts.insert(contact.clone(), place) {
                let text = contact_text(contact);
                return Err(format!("`{text}` belongs to {before} already; leave it out of one"));
            }
        }
        Ok(entry)
    }
}

fn contacts(raw: &Raw<'_>) -> Result<Vec<Contact>, String> {
    let mut contacts = several("phone", &raw.phones, phone)?;
    contacts.extend(several("mail", &raw.mails, mail)?);
    let account = |text: &str| Ok(Contact::Account(text.to_lowercase()));
    contacts.extend(several("account", &raw.accounts, account)?);
    Ok(contacts)
}

/// Fields of one kind that are not empty, each once.
fn several<T: PartialEq>(
    what: &str,
    texts: &[&str],
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let mut found = Vec::new();
    for text in texts {
        let Some(text) = field(what, text)? else { continue };
        let value = read(text)?;
        if !found.contains(&value) {
            found.push(value);
        }
        if found.len() > MOST_OF_ONE {
            return Err(format!("there are more than {MOST_OF_ONE} entries under {what}"));
        }
    }
    Ok(found)
}

/// A field without blanks around it; `None` when nothing is left.
fn field<'a>(what: &str, text: &'a str) -> Result<Option<&'a str>, String> {
    let text = text.trim();
    if text.len() > LONGEST_FIELD {
        return Err(format!("the {what} has more than {LONGEST_FIELD} bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("the {what} has a line break or another control character in it"));
    }
    Ok((!text.is_empty()).then_some(text))
}

fn phone(text: &str) -> Result<Contact, String> {
    /// As E.164 says, and no country has shorter ones.
    const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
    let number = PhoneNumber::parse(text);
    let number = number.filter(|n| n.is_international() && DIGITS.contains(&n.digits().len()));
    number.map(Contact::Phone).ok_or_else(|| {
        format!("`{text}` is no number with its country; write it as in +12015550123")
    })
}

fn mail(text: &str) -> Result<Contact, String> {
    let is_address = text
        .rsplit_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !text.contains(' '));
    if is_address {
        Ok(Contact::Mail(text.to_lowercase()))
    } else {
        Err(format!("`{text}` is no address; write it as in ann@acme.example"))
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::parse(text)
        .ok_or_else(|| format!("`{text}` is no language; write two letters, as in en or pt"))
}

fn standing(text: &str) -> Result<Standing, String> {
    let known = Standing::from_name(text).filter(|standing| *standing != Standing::Stranger);
    known.ok_or_else(|| {
        format!("`{text}` is no status; there are staff, family, former and break-glass")
    })
}

fn contact_text(contact: &Contact) -> String {
    match contact {
        Contact::Phone(number) => number.to_string(),
        Contact::Mail(text) | Contact::Account(text) => text.clone(),
    }
}
