//! Bringing the directory up to date.
//!
//! All in one transaction. First it is seen who has each contact now, so that what is counted
//! as moved does not depend on the order of the entries; then entry by entry is made so.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension as _, Transaction};
use unhook_app::people::{Entry, Imported};
use unhook_app::{Contact, Standing};
use unhook_model::{PersonId, Timestamp};

use super::Inner;
use super::crypto::{Domain, Marked};
use super::failure::Failure;
use super::master::Master;
use super::ranges::EVER;
use super::rows::{self, EntryRow, PersonRow};

/// An entry with what it is found by.
struct Wanted<'a> {
    entry: &'a Entry,
    mark: Marked,
    /// The contacts that are this entry's, each once.
    contacts: BTreeMap<Marked, &'a Contact>,
}

/// What an import works with.
struct Import<'a> {
    inner: &'a Inner,
    transaction: &'a Transaction<'a>,
    master: &'a Master,
    at: Timestamp,
    imported: Imported,
}

/// A contact that somebody has from now on.
struct Present {
    /// The number of the row.
    number: i64,
    /// Whether it joined by a code: then it stays although the directory does not know it.
    is_joined: bool,
}

/// What became of one entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Added,
    Changed,
    None,
}

impl Inner {
    pub(super) fn import(&self, entries: &[Entry], at: Timestamp) -> Result<Imported, Failure> {
        let wanted = self.wanted(entries);
        self.write(|transaction, master| {
            let imported = Imported::default();
            let mut import = Import { inner: self, transaction, master, at, imported };
            import.count_moved(&wanted)?;
            for wanted in &wanted {
                match import.bring_up_to_date(wanted)? {
                    Change::Added => import.imported.added += 1,
                    Change::Changed => import.imported.changed += 1,
                    Change::None => import.imported.unchanged += 1,
                }
            }
            if import.imported.added + import.imported.changed + import.imported.moved > 0 {
                rows::begin_generation(transaction)?;
            }
            Ok(import.imported)
        })
    }

    /// Of entries with the same key, and of those that name the same contact, the first
    /// counts: so the same import made twice changes nothing the second time.
    fn wanted<'a>(&self, entries: &'a [Entry]) -> Vec<Wanted<'a>> {
        let (mut keys, mut taken) = (BTreeSet::new(), BTreeSet::new());
        let mut wanted = Vec::with_capacity(entries.len());
        for entry in entries {
            let mark = self.index.mark(Domain::Directory, "key", &entry.key);
            if !keys.insert(mark) {
                continue;
            }
            let marked = entry.contacts.iter().map(|c| (rows::contact_mark(&self.index, c), c));
            let contacts = marked.filter(|(mark, _)| taken.insert(*mark)).collect();
            wanted.push(Wanted { entry, mark, contacts });
        }
        wanted
    }
}

impl Import<'_> {
    fn count_moved(&mut self, wanted: &[Wanted<'_>]) -> Result<(), Failure> {
        for wanted in wanted {
            let id = self.find(&wanted.mark)?;
            for mark in wanted.contacts.keys() {
                let owner = self.owner(mark)?;
                if owner.is_some_and(|(_, owner)| Some(owner) != id) {
                    self.imported.moved += 1;
                }
            }
        }
        Ok(())
    }

    fn bring_up_to_date(&self, wanted: &Wanted<'_>) -> Result<Change, Failure> {
        let known = match self.find(&wanted.mark)? {
            Some(id) => rows::person(self.transaction, self.master, id)?,
            None => None,
        };
        let is_new = known.is_none();
        let mut row = match known {
            Some(row) => row,
            None => self.add()?,
        };
        let is_described = self.describe(wanted, &mut row, is_new)?;
        let is_moved = self.move_contacts(wanted, &row)?;
        Ok(match (is_new, is_described || is_moved) {
            (true, _) => Change::Added,
            (false, true) => Change::Changed,
            (false, false) => Change::None,
        })
    }

    fn add(&self) -> Result<PersonRow, Failure> {
        let random = &self.inner.random;
        rows::add_person(self.transaction, random, self.master, Standing::Staff, self.at)
    }

    /// Writes what the entry says, unless it is as it was; says whether it was not.
    fn describe(
        &self,
        wanted: &Wanted<'_>,
        row: &mut PersonRow,
        is_new: bool,
    ) -> Result<bool, Failure> {
        let entry = wanted.entry;
        let says = EntryRow { key: entry.key.clone(), names: entry.names.clone() };
        let is_same =
            (&row.entry, row.standing, row.language) == (&says, entry.standing, entry.language);
        if is_same && !is_new {
            return Ok(false);
        }
        (row.entry, row.standing, row.language) = (says, entry.standing, entry.language);
        rows::describe(self.transaction, &self.inner.random, &wanted.mark, row)?;
        Ok(true)
    }

    /// Ends the contacts that the entry no longer has, and begins those it has now; says whether
    /// there were any.
    fn move_contacts(&self, wanted: &Wanted<'_>, row: &PersonRow) -> Result<bool, Failure> {
        let present = self.present(row.id)?;
        let is_gone = |(mark, held): &(&Marked, &Present)| {
            !held.is_joined && !wanted.contacts.contains_key(*mark)
        };
        let mut is_changed = false;
        for (_, held) in present.iter().filter(is_gone) {
            rows::end_contact(self.transaction, held.number, self.at)?;
            is_changed = true;
        }
        for (mark, contact) in &wanted.contacts {
            if present.contains_key(mark) {
                continue;
            }
            if let Some((number, _)) = self.owner(mark)? {
                rows::end_contact(self.transaction, number, self.at)?;
            }
            let last = rows::last_end(self.transaction, mark)?;
            let from = last.map_or(self.at, |last| last.max(self.at));
            let random = &self.inner.random;
            rows::add_contact(self.transaction, random, row, (mark, contact), (from, EVER))?;
            is_changed = true;
        }
        Ok(is_changed)
    }

    fn find(&self, directory_mark: &Marked) -> rusqlite::Result<Option<PersonId>> {
        let sql = "SELECT id FROM people WHERE directory_mark = ?";
        let mut find = self.transaction.prepare_cached(sql)?;
        find.query_row([directory_mark], |row| Ok(PersonId::from_bytes(row.get(0)?))).optional()
    }

    /// Who has a contact from now on: the number of the row, and the person.
    fn owner(&self, mark: &Marked) -> rusqlite::Result<Option<(i64, PersonId)>> {
        let sql = "SELECT number, person FROM contacts WHERE mark = ? AND until_at IS NULL";
        let mut find = self.transaction.prepare_cached(sql)?;
        find.query_row([mark], |row| Ok((row.get(0)?, PersonId::from_bytes(row.get(1)?))))
            .optional()
    }

    /// What a person has from now on.
    fn present(&self, id: PersonId) -> rusqlite::Result<BTreeMap<Marked, Present>> {
        let sql = "SELECT mark, number, is_joined FROM contacts \
                   WHERE person = ? AND until_at IS NULL";
        let mut find = self.transaction.prepare_cached(sql)?;
        let rows = find.query_map([id.to_bytes()], |row| {
            Ok((row.get(0)?, Present { number: row.get(1)?, is_joined: row.get(2)? }))
        })?;
        rows.collect()
    }
}
