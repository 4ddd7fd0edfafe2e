//! A directory in memory, which can be told to be out of reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use unhook_model::{PersonId, Timestamp};

use super::{
    Contact, Enrolled, Entry, Identity, Imported, Invited, JoinCode, Language, MOST_INVITATIONS,
    MOST_JOINED, Mark, Pending, People, PeopleError, Person, Sealed, Standing,
};

/// How long a month is to a stand-in: thirty-one days, which no two calendar months share.
const MONTH: i64 = 31 * 24 * 60 * 60 * 1000;

/// People in memory. Nothing is durable, and sealing hides bytes from a test that looks for
/// them and from nobody else.
#[derive(Debug, Default)]
pub struct FakePeople(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    people: BTreeMap<PersonId, Record>,
    contacts: Vec<Range>,
    /// In the order in which they were made.
    invitations: Vec<Invitation>,
    months: BTreeMap<i64, PersonId>,
    last_id: u128,
    is_unavailable: bool,
}

#[derive(Clone, Debug)]
struct Record {
    standing: Standing,
    language: Option<Language>,
    names: Vec<String>,
    directory: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Range {
    contact: Contact,
    person: PersonId,
    from: Timestamp,
    until: Option<Timestamp>,
    /// Whether it came by a code, and not from the directory.
    is_joined: bool,
}

#[derive(Clone, Debug)]
struct Invitation {
    code: JoinCode,
    person: PersonId,
    until: Timestamp,
    used_by: Option<Contact>,
}

impl FakePeople {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everything fail as unavailable from now on, or work again.
    pub fn set_unavailable(&self, is_unavailable: bool) {
        self.lock().is_unavailable = is_unavailable;
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, PeopleError> {
        let state = self.lock();
        if state.is_unavailable {
            return Err(PeopleError::Unavailable("a test said so".into()));
        }
        Ok(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, standing: Standing) -> PersonId {
        self.last_id += 1;
        let id = PersonId::from_bytes(self.last_id.to_be_bytes());
        let record = Record { standing, language: None, names: vec![], directory: None };
        self.people.insert(id, record);
        id
    }

    fn person(&self, id: PersonId) -> Option<Person> {
        let Record { standing, language, names, .. } = self.people.get(&id)?.clone();
        Some(Person { id, standing, language, names })
    }

    fn meet(&mut self, contact: &Contact, at: Timestamp) -> PersonId {
        let ranges: Vec<&Range> = self.contacts.iter().filter(|r| r.contact == *contact).collect();
        let is_now = |range: &&&Range| range.from <= at && range.until.is_none_or(|end| at < end);
        let first = ranges.iter().min_by_key(|range| range.from);
        let first = first.filter(|first| at < first.from);
        if let Some(range) = ranges.iter().find(is_now).or(first) {
            return range.person;
        }
        let from = ranges.iter().filter_map(|r| r.until).filter(|end| *end <= at).max();
        let until = ranges.iter().map(|r| r.from).filter(|from| at < *from).min();
        let person = self.add(Standing::Stranger);
        let contact = contact.clone();
        let from = from.unwrap_or(at);
        self.contacts.push(Range { contact, person, from, until, is_joined: false });
        person
    }

    fn held(&self, contact: &Contact) -> Option<&Range> {
        let open = |range: &&Range| range.contact == *contact && range.until.is_none();
        self.contacts.iter().find(open)
    }

    fn owner(&self, contact: &Contact) -> Option<PersonId> {
        self.held(contact).map(|range| range.person)
    }

    fn is_enrolled(&self, id: PersonId) -> bool {
        self.people.get(&id).is_some_and(|record| record.standing.is_enrolled())
    }

    fn invite(&mut self, person: PersonId, at: Timestamp, until: Timestamp) -> JoinCode {
        self.last_id += 1;
        let number = u64::try_from(self.last_id).expect("few are made");
        let code = JoinCode::from_random((number << 4).to_be_bytes());
        self.invitations.push(Invitation { code, person, until, used_by: None });
        let is_live = |one: &Invitation| one.person == person && one.used_by.is_none();
        self.invitations.retain(|one| at < one.until);
        let live = self.invitations.iter().filter(|one| is_live(one)).count();
        if live > MOST_INVITATIONS as usize {
            let oldest = self.invitations.iter().position(is_live).expect("there are some");
            self.invitations.remove(oldest);
        }
        code
    }

    fn invited(&self, code: &JoinCode, contact: &Contact, at: Timestamp) -> Option<Invited> {
        let invitation = self.invitations.iter().find(|one| one.code == *code && at < one.until)?;
        let id = invitation.person;
        let held = self.held(contact);
        let is_theirs = held.is_some_and(|range| range.person == id);
        let is_good = match &invitation.used_by {
            Some(user) => user == contact && is_theirs,
            None => {
                is_theirs || held.is_none_or(|range| self.gives_way(range)) && self.has_room(id)
            }
        };
        let is_used = invitation.used_by.is_some();
        let person = self.person(id).filter(|_| is_good && self.is_enrolled(id))?;
        Some(Invited { person, is_used })
    }

    /// Whether a contact may join somebody else: not if the directory gave it to one.
    fn gives_way(&self, range: &Range) -> bool {
        let owner = self.people.get(&range.person);
        range.is_joined || owner.is_none_or(|record| record.directory.is_none())
    }

    fn has_room(&self, id: PersonId) -> bool {
        let joined =
            |range: &&Range| range.person == id && range.is_joined && range.until.is_none();
        self.contacts.iter().filter(joined).count() < MOST_JOINED as usize
    }

    fn join(&mut self, code: &JoinCode, contact: &Contact, at: Timestamp) -> Option<Person> {
        let person = self.invited(code, contact, at)?.person;
        if let Some(invitation) = self.invitations.iter_mut().find(|one| one.code == *code) {
            invitation.used_by = Some(contact.clone());
        }
        if self.owner(contact) != Some(person.id) {
            self.end(contact, at);
            let (contact, person) = (contact.clone(), person.id);
            let range = Range { contact, person, from: at, until: None, is_joined: true };
            self.contacts.push(range);
        }
        Some(person)
    }

    fn end(&mut self, contact: &Contact, at: Timestamp) {
        for range in &mut self.contacts {
            if range.contact == *contact && range.until.is_none() {
                range.until = Some(at.max(range.from));
            }
        }
        self.contacts.retain(|range| range.until != Some(range.from));
    }

    fn enrolled(&self, person: PersonId, record: &Record) -> Enrolled {
        let phones: Vec<&Range> = self
            .contacts
            .iter()
            .filter(|range| range.person == person && range.until.is_none())
            .filter(|range| matches!(range.contact, Contact::Phone(_)))
            .collect();
        Enrolled {
            person,
            standing: record.standing,
            language: record.language,
            phones: phones.len(),
            joined: phones.iter().filter(|range| range.is_joined).count(),
            since: phones.iter().map(|range| range.from).min(),
        }
    }

    fn find(&self, key: &str) -> Option<PersonId> {
        let is_it = |record: &Record| record.directory.as_deref() == Some(key);
        self.people.iter().find(|(_, record)| is_it(record)).map(|(id, _)| *id)
    }

    /// Makes an entry so; says whether anything changed.
    fn bring_up_to_date(&mut self, id: PersonId, entry: &Entry, at: Timestamp) -> bool {
        let record = Record {
            standing: entry.standing,
            language: entry.language,
            names: entry.names.clone(),
            directory: Some(entry.key.clone()),
        };
        let before = (self.people.insert(id, record), self.contacts.clone());
        let open = |range: &&Range| range.person == id && range.until.is_none();
        let present: Vec<Range> = self.contacts.iter().filter(open).cloned().collect();
        let is_gone = |range: &&Range| !range.is_joined && !entry.contacts.contains(&range.contact);
        for range in present.iter().filter(is_gone) {
            self.end(&range.contact, at);
        }
        let present: Vec<Contact> = present.into_iter().map(|range| range.contact).collect();
        for contact in entry.contacts.iter().filter(|contact| !present.contains(contact)) {
            self.end(contact, at);
            let contact = contact.clone();
            let (from, until) = (at, None);
            self.contacts.push(Range { contact, person: id, from, until, is_joined: false });
        }
        let is_described = before.0.is_none_or(|old| {
            (old.standing, old.language, &old.names)
                != (entry.standing, entry.language, &entry.names)
        });
        is_described || before.1 != self.contacts
    }

    fn import(&mut self, entries: &[Entry], at: Timestamp) -> Imported {
        let mut imported = Imported::default();
        let entries = each_once(entries);
        for entry in &entries {
            let id = self.find(&entry.key);
            let owners = entry.contacts.iter().filter_map(|contact| self.owner(contact));
            imported.moved += owners.filter(|owner| Some(*owner) != id).count();
        }
        for entry in &entries {
            let known = self.find(&entry.key);
            let id = known.unwrap_or_else(|| self.add(entry.standing));
            let is_changed = self.bring_up_to_date(id, entry, at);
            match (known, is_changed) {
                (None, _) => imported.added += 1,
                (Some(_), true) => imported.changed += 1,
                (Some(_), false) => imported.unchanged += 1,
            }
        }
        imported
    }
}

/// Of entries with one key, and of those that name one contact, the first counts.
fn each_once(entries: &[Entry]) -> Vec<Entry> {
    let (mut keys, mut contacts) = (BTreeSet::new(), Vec::new());
    let mut once = Vec::new();
    for entry in entries.iter().filter(|entry| keys.insert(entry.key.clone())) {
        let mut entry = entry.clone();
        entry.contacts.retain(|contact| {
            let is_new = !contacts.contains(contact);
            contacts.push(contact.clone());
            is_new
        });
        once.push(entry);
    }
    once
}

/// Whose it is, then every byte turned around.
fn hide(owner: PersonId, content: &[u8]) -> Vec<u8> {
    owner.to_bytes().into_iter().chain(content.iter().map(|byte| !byte)).collect()
}

impl People for FakePeople {
    fn meet<'a>(
        &'a self,
        contact: &'a Contact,
        at: Timestamp,
    ) -> Pending<'a, Result<Person, PeopleError>> {
        Box::pin(async move {
            let mut state = self.state()?;
            let id = state.meet(contact, at);
            Ok(state.person(id).expect("whoever has a contact is there"))
        })
    }

    fn enrolled_count(&self) -> Result<usize, PeopleError> {
        Ok(self.enrolled()?.len())
    }

    fn owner(&self, contact: &Contact) -> Result<Option<PersonId>, PeopleError> {
        Ok(self.state()?.owner(contact))
    }

    fn nobody(&self, at: Timestamp) -> Pending<'_, Result<PersonId, PeopleError>> {
        Box::pin(async move {
            let mut state = self.state()?;
            let month = at.unix_ms().div_euclid(MONTH);
            if let Some(id) = state.months.get(&month) {
                return Ok(*id);
            }
            let id = state.add(Standing::Stranger);
            state.months.insert(month, id);
            Ok(id)
        })
    }

    fn person(&self, id: PersonId) -> Result<Option<Person>, PeopleError> {
        Ok(self.state()?.person(id))
    }

    fn enrolled(&self) -> Result<Vec<PersonId>, PeopleError> {
        let state = self.state()?;
        let enrolled = state.people.iter().filter(|(_, record)| record.standing.is_enrolled());
        let mut ids: Vec<PersonId> = enrolled.map(|(id, _)| *id).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    fn roll(&self, after: Option<PersonId>, limit: usize) -> Result<Vec<Enrolled>, PeopleError> {
        let state = self.state()?;
        let behind = |id: &PersonId| after.is_none_or(|after| *id > after);
        let enrolled = state
            .people
            .iter()
            .filter(|(id, record)| behind(id) && record.standing.is_enrolled())
            .take(limit);
        Ok(enrolled.map(|(id, record)| state.enrolled(*id, record)).collect())
    }

    fn identity(&self, id: PersonId) -> Result<Option<Identity>, PeopleError> {
        let state = self.state()?;
        let Some(record) = state.people.get(&id) else { return Ok(None) };
        let theirs = state.contacts.iter().filter(|range| range.person == id);
        let mut contacts: Vec<_> =
            theirs.map(|range| (range.contact.clone(), range.from, range.until)).collect();
        contacts.sort_by_key(|(_, from, _)| *from);
        Ok(Some(Identity { names: record.names.clone(), contacts }))
    }

    fn import(&self, entries: &[Entry], at: Timestamp) -> Result<Imported, PeopleError> {
        Ok(self.state()?.import(entries, at))
    }

    fn invite(
        &self,
        person: PersonId,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JoinCode>, PeopleError> {
        let mut state = self.state()?;
        Ok(state.is_enrolled(person).then(|| state.invite(person, at, until)))
    }

    fn invited(
        &self,
        code: &JoinCode,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<Option<Invited>, PeopleError> {
        Ok(self.state()?.invited(code, contact, at))
    }

    fn join(
        &self,
        code: &JoinCode,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<Option<Person>, PeopleError> {
        Ok(self.state()?.join(code, contact, at))
    }

    fn erase(&self, id: PersonId, _at: Timestamp) -> Result<bool, PeopleError> {
        let mut state = self.state()?;
        state.invitations.retain(|invitation| invitation.person != id);
        state.contacts.retain(|range| range.person != id);
        state.months.retain(|_, person| *person != id);
        Ok(state.people.remove(&id).is_some())
    }

    fn seal(&self, owner: PersonId, content: &[u8]) -> Result<Option<Sealed>, PeopleError> {
        let is_there = self.state()?.people.contains_key(&owner);
        Ok(is_there.then(|| Sealed(hide(owner, content))))
    }

    fn unseal(&self, owner: PersonId, sealed: &Sealed) -> Result<Option<Vec<u8>>, PeopleError> {
        if !self.state()?.people.contains_key(&owner) {
            return Ok(None);
        }
        let hidden = sealed.0.strip_prefix(&owner.to_bytes());
        let hidden = hidden.ok_or_else(|| PeopleError::Broken("not this owner's".into()))?;
        Ok(Some(hidden.iter().map(|byte| !byte).collect()))
    }

    /// FNV-1a, which gives a test the same mark every time.
    fn mark(&self, what: &str, value: &str) -> Mark {
        let bytes = what.bytes().chain([0xff]).chain(value.bytes());
        let hash = bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
            (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        });
        Mark(format!("{hash:032x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_keeps_the_contract() {
        super::super::contract::run(&FakePeople::new()).await;
    }

    #[tokio::test]
    async fn it_can_be_out_of_reach() {
        let people = FakePeople::new();
        let contact = Contact::Mail("ann@acme.example".to_owned());
        let now = Timestamp::from_unix_ms(0);
        let person = people.meet(&contact, now).await.unwrap();
        people.set_unavailable(true);
        let error = people.meet(&contact, now).await.unwrap_err();
        assert!(matches!(error, PeopleError::Unavailable(_)), "{error:?}");
        assert!(people.seal(person.id, b"").is_err());
        people.set_unavailable(false);
        assert_eq!(people.meet(&contact, now).await.unwrap(), person);
    }
}
