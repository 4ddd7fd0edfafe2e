//! Phones of their own: a code is made for somebody enrolled, and the phone that texts it becomes
//! theirs.
//!
//! Both stand in the audit trail before they are done. Whoever texts a code that does nothing is
//! told one thing whatever the reason, and as a stranger has so many tries an hour.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use unhook_model::{PersonId, Timestamp};

use super::reporter::Reporter;
use super::tally::one_more;
use super::{Service, ServiceError};
use crate::access::{Access, AuditEntry};
use crate::answer::Answer;
use crate::people::{Contact, Enrolled, JoinCode, People, Person};
use crate::submission::{Submission, Taken};

/// How long a code is good: over a week-end, and not for ever in a mailbox.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The most people who are looked at for one page: those without a phone may be few.
const MOST_LOOKED_AT: usize = 2_000;

/// A page of those enrolled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    /// How each is enrolled, and whether they said STOP.
    pub people: Vec<(Enrolled, bool)>,
    /// Behind whom the next page begins; none behind the last.
    pub next: Option<PersonId>,
}

/// A code for one phone of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The code, the only time it is seen.
    pub code: JoinCode,
    /// From when on it is good for nothing.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// Makes a code for somebody enrolled, and records first that it does. `None` for anybody else.
    /// `by` is the token of whoever asked, if it was not somebody at the machine.
    ///
    /// # Errors
    /// When it cannot be recorded or kept; there is no code then.
    pub fn make(
        people: &dyn People,
        access: &dyn Access,
        person: PersonId,
        by: Option<PersonId>,
        now: Timestamp,
    ) -> Result<Option<Self>, ServiceError> {
        let known = people.person(person)?;
        if !known.is_some_and(|person| person.standing.is_enrolled()) {
            return Ok(None);
        }
        access.record(&entry("enrolment-made", person, by, now))?;
        let expires_at = now.plus(LIFETIME);
        let code = people.invite(person, now, expires_at)?;
        Ok(code.map(|code| Self { code, expires_at }))
    }
}

impl Service {
    /// How people are enrolled, in the order of their ids behind `after`: all of them, or those who
    /// have no phone. A page may have fewer than `limit`, and others behind it all the same.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn roll(
        &self,
        after: Option<PersonId>,
        only_without_phone: bool,
        limit: usize,
    ) -> Result<Roll, ServiceError> {
        let mut roll = Roll { next: after, ..Roll::default() };
        let mut looked_at = 0;
        while roll.people.len() < limit && looked_at < MOST_LOOKED_AT {
            let found = self.ports.people.roll(roll.next, limit)?;
            looked_at += found.len();
            let is_last = found.len() < limit;
            for one in found {
                if roll.people.len() == limit {
                    return Ok(roll);
                }
                roll.next = Some(one.person);
                if !only_without_phone || one.phones == 0 {
                    let is_stopped = self.ports.views.is_stopped(one.person)?;
                    roll.people.push((one, is_stopped));
                }
            }
            if is_last {
                roll.next = None;
                return Ok(roll);
            }
        }
        let behind = self.ports.people.roll(roll.next, 1)?;
        roll.next = roll.next.filter(|_| !behind.is_empty());
        Ok(roll)
    }

    /// Makes a code by which a phone of their own becomes an enrolled person's; `None` for
    /// anybody else.
    ///
    /// # Errors
    /// As [`Invitation::make`].
    pub fn invite(
        &self,
        person: PersonId,
        by: PersonId,
    ) -> Result<Option<Invitation>, ServiceError> {
        let (people, access) = (self.people(), self.access());
        Invitation::make(people, access, person, Some(by), self.now())
    }

    /// A text that says `join`, with a code or something like one.
    pub(super) async fn take_join(
        &self,
        submission: &Submission,
        reporter: Reporter,
        code: Option<JoinCode>,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        one_more(&self.tally.commands);
        let joined = match (code, &submission.from) {
            (Some(code), Some(contact)) => self.join(code, contact.clone(), now).await?,
            _ => None,
        };
        let has_joined = joined.is_some();
        let (answer, reporter) = match joined {
            Some(person) => (Answer::Joined, self.reporter_of(submission, person)),
            None => (Answer::NotJoined, reporter),
        };
        // Whoever joins said so, and hears that it is done also after a STOP.
        let may_reply = self.may_reply(submission, &reporter, has_joined, now)?;
        let answer = may_reply.then(|| self.words(&answer, reporter.language));
        Ok(Taken { report: None, verdict: None, is_repeated: false, answer, position: None })
    }

    /// Makes a phone somebody's where waiting for a disk holds up nobody else.
    async fn join(
        &self,
        code: JoinCode,
        contact: Contact,
        now: Timestamp,
    ) -> Result<Option<Person>, ServiceError> {
        let (people, access) = (Arc::clone(&self.ports.people), Arc::clone(&self.ports.access));
        let turn = Arc::clone(&self.joining);
        let joined = tokio::task::spawn_blocking(move || {
            join(&turn, &*people, &*access, &code, &contact, now)
        });
        joined.await.map_err(|error| ServiceError::Broken(error.into()))?
    }
}

fn join(
    turn: &Mutex<()>,
    people: &dyn People,
    access: &dyn Access,
    code: &JoinCode,
    contact: &Contact,
    now: Timestamp,
) -> Result<Option<Person>, ServiceError> {
    let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(invited) = people.invited(code, contact, now)? else { return Ok(None) };
    if invited.is_used {
        return Ok(Some(invited.person));
    }
    access.record(&entry("phone-joined", invited.person.id, None, now))?;
    Ok(people.join(code, contact, now)?)
}

fn entry(action: &str, person: PersonId, by: Option<PersonId>, at: Timestamp) -> AuditEntry {
    AuditEntry { at, by, action: action.to_owned(), subject: person.to_string(), reason: None }
}
