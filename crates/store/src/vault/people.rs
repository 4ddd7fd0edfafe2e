//! The port of people over the vault: what is remembered is looked at first, strangers go to
//! the writer, and the rest is rows.

use std::sync::Arc;

use unhook_app::people::{Enrolled, Entry, Identity, Imported, Invited, JoinCode, Mark, Pending};
use unhook_app::{Contact, People, PeopleError, Person, Sealed};
use unhook_model::{PersonId, Timestamp};

use super::cache::Remembered;
use super::crypto::{Domain, Purpose, hex};
use super::meeting::{self, Whom};
use super::{SqliteVault, ranges, rows};

impl People for SqliteVault {
    fn meet<'a>(
        &'a self,
        contact: &'a Contact,
        at: Timestamp,
    ) -> Pending<'a, Result<Person, PeopleError>> {
        Box::pin(async move {
            let mark = rows::contact_mark(&self.inner.index, contact);
            let known = self.inner.look(
                |cache| cache.met(&mark, at).map(Some),
                |snapshot| {
                    let found =
                        meeting::find_contact(snapshot.connection, &snapshot.master, &mark, at)?;
                    Ok(match found {
                        meeting::Found::Known(held, row) => {
                            let known = row.known();
                            let held = Remembered::Contact(mark, held);
                            (Some(Arc::clone(&known)), vec![held, Remembered::Person(known)])
                        }
                        meeting::Found::Nobody { .. } => (None, vec![]),
                    })
                },
            )?;
            if let Some(known) = known {
                return Ok(known.person.clone());
            }
            let met = self.ask(Whom::Contact(mark, contact.clone()), at).await?;
            Ok(met.known.person.clone())
        })
    }

    fn nobody(&self, at: Timestamp) -> Pending<'_, Result<PersonId, PeopleError>> {
        Box::pin(async move {
            let month = ranges::month(at);
            let found = self.inner.look(
                |cache| cache.month(month).map(Some),
                |snapshot| {
                    let found = meeting::find_month(snapshot.connection, month)?;
                    Ok((found, found.map(|person| Remembered::Month(month, person))))
                },
            )?;
            match found {
                Some(person) => Ok(person),
                None => Ok(self.ask(Whom::Month(month), at).await?.known.person.id),
            }
        })
    }

    fn person(&self, id: PersonId) -> Result<Option<Person>, PeopleError> {
        Ok(self.inner.known(id)?.map(|known| known.person.clone()))
    }

    fn enrolled_count(&self) -> Result<usize, PeopleError> {
        Ok(self.inner.look(|_| None, |at| Ok((rows::enrolled_count(at.connection)?, [])))?)
    }

    fn owner(&self, contact: &Contact) -> Result<Option<PersonId>, PeopleError> {
        let mark = rows::contact_mark(&self.inner.index, contact);
        let held = self.inner.look(|_| None, |at| Ok((rows::ranges(at.connection, &mark)?, [])))?;
        Ok(held.into_iter().find(|held| held.until == ranges::EVER).map(|held| held.person))
    }

    fn enrolled(&self) -> Result<Vec<PersonId>, PeopleError> {
        Ok(self.inner.look(|_| None, |at| Ok((rows::enrolled(at.connection)?, [])))?)
    }

    fn roll(&self, after: Option<PersonId>, limit: usize) -> Result<Vec<Enrolled>, PeopleError> {
        let roll = self
            .inner
            .look(|_| None, |at| Ok((rows::roll(at.connection, &at.master, after, limit)?, [])))?;
        Ok(roll)
    }

    fn identity(&self, id: PersonId) -> Result<Option<Identity>, PeopleError> {
        let identity = self.inner.look(
            |_| None,
            |at| {
                let row = rows::person(at.connection, &at.master, id)?;
                Ok((row.map(|row| rows::identity(at.connection, &row)).transpose()?, []))
            },
        )?;
        Ok(identity)
    }

    fn import(&self, entries: &[Entry], at: Timestamp) -> Result<Imported, PeopleError> {
        Ok(self.inner.import(entries, at)?)
    }

    fn invite(
        &self,
        person: PersonId,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JoinCode>, PeopleError> {
        Ok(self.inner.invite(person, at, until)?)
    }

    fn invited(
        &self,
        code: &JoinCode,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<Option<Invited>, PeopleError> {
        Ok(self.inner.invited(code, contact, at)?)
    }

    fn join(
        &self,
        code: &JoinCode,
        contact: &Contact,
        at: Timestamp,
    ) -> Result<Option<Person>, PeopleError> {
        Ok(self.inner.join(code, contact, at)?)
    }

    fn erase(&self, id: PersonId, at: Timestamp) -> Result<bool, PeopleError> {
        Ok(self.inner.erase(id, at)?)
    }

    fn seal(&self, owner: PersonId, content: &[u8]) -> Result<Option<Sealed>, PeopleError> {
        let Some(known) = self.inner.known(owner)? else { return Ok(None) };
        let sealed = known.key.seal(&self.inner.random, Purpose::Content, owner, content)?;
        Ok(Some(Sealed(sealed)))
    }

    fn unseal(&self, owner: PersonId, sealed: &Sealed) -> Result<Option<Vec<u8>>, PeopleError> {
        let Some(known) = self.inner.known(owner)? else { return Ok(None) };
        Ok(Some(known.key.open(Purpose::Content, owner, &sealed.0)?))
    }

    fn mark(&self, what: &str, value: &str) -> Mark {
        // Without the first byte: a mark is the same for ever, whichever keys come to be.
        Mark(hex(&self.inner.index.mark(Domain::Mark, what, value)[1..]))
    }
}
