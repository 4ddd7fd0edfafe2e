//! The rows of people and their contacts, and what is sealed in them.

use std::sync::Arc;

use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::{Connection, OptionalExtension as _};
use unhook_app::people::{Enrolled, Identity};
use unhook_app::{Contact, Language, Person, Standing};
use unhook_model::{PersonId, PhoneNumber, Timestamp};

use super::cache::{Held, Known};
use super::crypto::{Domain, IndexKey, Key, Marked, Purpose};
use super::failure::Failure;
use super::master::Master;
use super::ranges::EVER;

/// What a directory says of a person, beside what stands in the row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EntryRow {
    pub(super) key: String,
    pub(super) names: Vec<String>,
}

/// A person's row, opened.
#[derive(Debug)]
pub(super) struct PersonRow {
    pub(super) id: PersonId,
    pub(super) key: Key,
    pub(super) standing: Standing,
    pub(super) language: Option<Language>,
    pub(super) entry: EntryRow,
}

impl PersonRow {
    pub(super) fn known(&self) -> Arc<Known> {
        let person = Person {
            id: self.id,
            standing: self.standing,
            language: self.language,
            names: self.entry.names.clone(),
        };
        Arc::new(Known { person, key: self.key.clone() })
    }
}

/// How a contact's kind is written. Names are for ever, as marks are made of them.
pub(super) fn contact_parts(contact: &Contact) -> (&'static str, String) {
    match contact {
        Contact::Phone(number) => ("phone", number.to_string()),
        Contact::Mail(address) => ("mail", address.to_lowercase()),
        Contact::Account(account) => ("account", account.to_lowercase()),
    }
}

pub(super) fn contact_mark(index: &IndexKey, contact: &Contact) -> Marked {
    let (kind, text) = contact_parts(contact);
    index.mark(Domain::Contact, kind, &text)
}

fn contact_from(kind: &str, text: &str) -> Option<Contact> {
    match kind {
        "phone" => PhoneNumber::parse(text).map(Contact::Phone),
        "mail" => Some(Contact::Mail(text.to_owned())),
        "account" => Some(Contact::Account(text.to_owned())),
        _ => None,
    }
}

/// An id that says nothing but when it was made (RFC 9562, section 5.7).
pub(super) fn fresh_id(random: &SystemRandom, at: Timestamp) -> Result<PersonId, Failure> {
    let mut id = [0; 16];
    random.fill(&mut id)?;
    id[..6].copy_from_slice(&at.unix_ms().to_be_bytes()[2..]);
    id[6] = id[6] & 0x0f | 0x70;
    id[8] = id[8] & 0x3f | 0x80;
    Ok(PersonId::from_bytes(id))
}

/// Texts, each after its length, so that they can be sealed as one.
pub(super) fn pack<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

pub(super) fn unpack(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk()?;
        let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
        let (text, rest) = rest.split_at_checked(length)?;
        texts.push(str::from_utf8(text).ok()?.to_owned());
        bytes = rest;
    }
    Some(texts)
}

/// Everybody who ever had a contact, in order.
pub(super) fn ranges(connection: &Connection, mark: &Marked) -> rusqlite::Result<Vec<Held>> {
    let sql = "SELECT person, from_at, until_at FROM contacts WHERE mark = ? \
               ORDER BY from_at, number";
    let mut find = connection.prepare_cached(sql)?;
    let held = find.query_map([mark], |row| {
        let until: Option<i64> = row.get(2)?;
        Ok(Held {
            person: PersonId::from_bytes(row.get(0)?),
            from: Timestamp::from_unix_ms(row.get(1)?),
            until: until.map_or(EVER, Timestamp::from_unix_ms),
        })
    })?;
    held.collect()
}

/// How many people are enrolled.
pub(super) fn enrolled_count(connection: &Connection) -> rusqlite::Result<usize> {
    let mut find = connection.prepare_cached("SELECT standing, count(*) FROM people GROUP BY 1")?;
    let rows = find.query_map([], |row| {
        let standing = Standing::from_name(&row.get::<_, String>(0)?);
        let count = usize::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
        Ok(if standing.is_some_and(Standing::is_enrolled) { count } else { 0 })
    })?;
    rows.sum()
}

/// Everybody who is enrolled, in the order of their ids.
pub(super) fn enrolled(connection: &Connection) -> rusqlite::Result<Vec<PersonId>> {
    let mut find = connection.prepare_cached("SELECT id, standing FROM people ORDER BY id")?;
    let rows = find.query_map([], |row| {
        let standing = Standing::from_name(&row.get::<_, String>(1)?);
        let is_enrolled = standing.is_some_and(Standing::is_enrolled);
        Ok((PersonId::from_bytes(row.get(0)?), is_enrolled))
    })?;
    let enrolled = rows.filter_map(|row| match row {
        Ok((id, is_enrolled)) => is_enrolled.then_some(Ok(id)),
        Err(error) => Some(Err(error)),
    });
    enrolled.collect()
}

/// How people are enrolled, in the order of their ids: the first so many behind `after`.
pub(super) fn roll(
    connection: &Connection,
    master: &Master,
    after: Option<PersonId>,
    limit: usize,
) -> Result<Vec<Enrolled>, Failure> {
    let sql = "SELECT id, wrapped, standing, language FROM people WHERE id > ? ORDER BY id";
    let mut find = connection.prepare_cached(sql)?;
    let after = after.map(|after| after.to_bytes().to_vec()).unwrap_or_default();
    let mut rows = find.query([after])?;
    let mut roll = Vec::new();
    while roll.len() < limit
        && let Some(found) = rows.next()?
    {
        let standing = Standing::from_name(&found.get::<_, String>(2)?);
        if !standing.is_some_and(Standing::is_enrolled) {
            continue;
        }
        let (id, wrapped): (_, Vec<u8>) = (PersonId::from_bytes(found.get(0)?), found.get(1)?);
        let row = open_person(master, id, &wrapped, found.get(2)?, found.get(3)?, None)?;
        roll.push(enrolled_as(connection, &row)?);
    }
    Ok(roll)
}

fn enrolled_as(connection: &Connection, row: &PersonRow) -> Result<Enrolled, Failure> {
    let sql = "SELECT sealed, from_at, is_joined FROM contacts \
               WHERE person = ? AND until_at IS NULL";
    let mut find = connection.prepare_cached(sql)?;
    let mut rows = find.query([row.id.to_bytes()])?;
    let mut enrolled = Enrolled {
        person: row.id,
        standing: row.standing,
        language: row.language,
        phones: 0,
        joined: 0,
        since: None,
    };
    while let Some(found) = rows.next()? {
        let sealed: Vec<u8> = found.get(0)?;
        if let Contact::Phone(_) = open_contact(row, &sealed)? {
            let from = Timestamp::from_unix_ms(found.get(1)?);
            enrolled.phones += 1;
            enrolled.joined += usize::from(found.get::<_, bool>(2)?);
            enrolled.since = Some(enrolled.since.map_or(from, |since| since.min(from)));
        }
    }
    Ok(enrolled)
}

/// A person's row; `None` for one who was never met, or was erased.
pub(super) fn person(
    connection: &Connection,
    master: &Master,
    id: PersonId,
) -> Result<Option<PersonRow>, Failure> {
    let sql = "SELECT wrapped, standing, language, entry FROM people WHERE id = ?";
    let mut find = connection.prepare_cached(sql)?;
    let found = find.query_row([id.to_bytes()], |row| {
        let wrapped: Vec<u8> = row.get(0)?;
        let (standing, language) = (row.get(1)?, row.get(2)?);
        let entry: Option<Vec<u8>> = row.get(3)?;
        Ok((wrapped, standing, language, entry))
    });
    let found = found.optional()?;
    found.map(|(w, s, l, e)| open_person(master, id, &w, s, l, e)).transpose()
}

fn open_person(
    master: &Master,
    id: PersonId,
    wrapped: &[u8],
    standing: String,
    language: Option<String>,
    entry: Option<Vec<u8>>,
) -> Result<PersonRow, Failure> {
    let key = master.key.unwrap(&id.to_bytes(), wrapped)?;
    let entry = match entry {
        Some(sealed) => {
            let opened = unpack(&key.open(Purpose::Entry, id, &sealed)?);
            let mut texts = opened.ok_or(Failure::Damaged("an entry"))?.into_iter();
            EntryRow { key: texts.next().unwrap_or_default(), names: texts.collect() }
        }
        None => EntryRow::default(),
    };
    let standing = Standing::from_name(&standing).ok_or(Failure::Damaged("a standing"))?;
    let language = language.as_deref().and_then(Language::parse);
    Ok(PersonRow { id, key, standing, language, entry })
}

/// Adds a person with a key of their own.
pub(super) fn add_person(
    connection: &Connection,
    random: &SystemRandom,
    master: &Master,
    standing: Standing,
    at: Timestamp,
) -> Result<PersonRow, Failure> {
    let id = fresh_id(random, at)?;
    let key = Key::fresh(random)?;
    let wrapped = master.key.wrap(random, &id.to_bytes(), &key)?;
    let sql = "INSERT INTO people (id, wrapped, standing, met_at) VALUES (?, ?, ?, ?)";
    connection.prepare_cached(sql)?.execute((
        id.to_bytes(),
        wrapped,
        standing.name(),
        at.unix_ms(),
    ))?;
    Ok(PersonRow { id, key, standing, language: None, entry: EntryRow::default() })
}

/// Writes what a directory says of a person.
pub(super) fn describe(
    connection: &Connection,
    random: &SystemRandom,
    directory_mark: &Marked,
    row: &PersonRow,
) -> Result<(), Failure> {
    let names = row.entry.names.iter().map(String::as_str);
    let entry = pack(std::iter::once(row.entry.key.as_str()).chain(names));
    let entry = row.key.seal(random, Purpose::Entry, row.id, &entry)?;
    let sql = "UPDATE people SET standing = ?, language = ?, directory_mark = ?, entry = ? \
               WHERE id = ?";
    let language = row.language.as_ref().map(Language::as_str);
    let standing = row.standing.name();
    let id = row.id.to_bytes();
    connection.prepare_cached(sql)?.execute((standing, language, directory_mark, entry, id))?;
    Ok(())
}

/// Adds a contact to a person for a time.
pub(super) fn add_contact(
    connection: &Connection,
    random: &SystemRandom,
    row: &PersonRow,
    (mark, contact): (&Marked, &Contact),
    (from, until): (Timestamp, Timestamp),
) -> Result<(), Failure> {
    let (kind, text) = contact_parts(contact);
    let sealed = row.key.seal(random, Purpose::Contact, row.id, &pack([kind, text.as_str()]))?;
    let sql = "INSERT INTO contacts (mark, person, from_at, until_at, sealed) \
               VALUES (?, ?, ?, ?, ?)";
    let until = (until != EVER).then_some(until.unix_ms());
    let id = row.id.to_bytes();
    connection.prepare_cached(sql)?.execute((mark, id, from.unix_ms(), until, sealed))?;
    Ok(())
}

/// Ends a contact's range at a moment. One that would have no length never was.
pub(super) fn end_contact(
    connection: &Connection,
    number: i64,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "UPDATE contacts SET until_at = max(?, from_at) WHERE number = ?";
    connection.prepare_cached(sql)?.execute((at.unix_ms(), number))?;
    let sql = "DELETE FROM contacts WHERE number = ? AND from_at = until_at";
    connection.prepare_cached(sql)?.execute([number])?;
    Ok(())
}

/// When the last of those who had a contact ceased to have it.
pub(super) fn last_end(
    connection: &Connection,
    mark: &Marked,
) -> rusqlite::Result<Option<Timestamp>> {
    let sql = "SELECT max(until_at) FROM contacts WHERE mark = ?";
    let mut find = connection.prepare_cached(sql)?;
    let last: Option<i64> = find.query_row([mark], |row| row.get(0))?;
    Ok(last.map(Timestamp::from_unix_ms))
}

/// Who a person is, in the clear.
pub(super) fn identity(connection: &Connection, row: &PersonRow) -> Result<Identity, Failure> {
    let sql = "SELECT sealed, from_at, until_at FROM contacts WHERE person = ? \
               ORDER BY from_at, number";
    let mut find = connection.prepare_cached(sql)?;
    let mut rows = find.query([row.id.to_bytes()])?;
    let mut contacts = Vec::new();
    while let Some(found) = rows.next()? {
        let sealed: Vec<u8> = found.get(0)?;
        let (from, until): (i64, Option<i64>) = (found.get(1)?, found.get(2)?);
        let contact = open_contact(row, &sealed)?;
        contacts.push((contact, Timestamp::from_unix_ms(from), until.map(Timestamp::from_unix_ms)));
    }
    Ok(Identity { names: row.entry.names.clone(), contacts })
}

fn open_contact(row: &PersonRow, sealed: &[u8]) -> Result<Contact, Failure> {
    let texts = unpack(&row.key.open(Purpose::Contact, row.id, sealed)?);
    let contact = texts.as_deref().and_then(|texts| match texts {
        [kind, text] => contact_from(kind, text),
        _ => None,
    });
    contact.ok_or(Failure::Damaged("a contact"))
}

/// The number that grows with every change after which something remembered may be wrong.
pub(super) fn generation(connection: &Connection) -> rusqlite::Result<i64> {
    let mut find = connection.prepare_cached("SELECT generation FROM state")?;
    find.query_row([], |row| row.get(0))
}

/// Makes everybody forget what they remember.
pub(super) fn begin_generation(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE state SET generation = generation + 1")?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_unpacked_as_they_were_packed() {
        for texts in [&[][..], &[""], &["a", "", "Łódź 包裹"]] {
            assert_eq!(unpack(&pack(texts.iter().copied())).unwrap(), texts);
        }
        assert_eq!(unpack(b"cut off"), None);
        assert_eq!(unpack(&[0xff; 20]), None);
    }

    #[test]
    fn a_contact_is_read_as_it_is_written() {
        let phone = Contact::Phone(PhoneNumber::parse("+1 (201) 555-0123").unwrap());
        for contact in [phone, Contact::Mail("a@b.example".into()), Contact::Account("a".into())] {
            let (kind, text) = contact_parts(&contact);
            assert_eq!(contact_from(kind, &text), Some(contact));
        }
    }
}
