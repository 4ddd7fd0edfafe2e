//! Who passed something on: whose key seals it, whether their word counts, and what they read.

use unhook_model::{PersonId, Timestamp};

use super::{Service, ServiceError};
use crate::dialogue;
use crate::people::{Contact, Language, Person};
use crate::submission::{Submission, Way};

/// Who passed something on, and how they are answered.
pub(super) struct Reporter {
    /// Whose key seals it.
    pub(super) owner: PersonId,
    pub(super) person: Option<Person>,
    /// Whether the way it came proves that it was they.
    pub(super) is_proven: bool,
    pub(super) language: Language,
}

impl Reporter {
    /// Their id, if they are somebody whose word counts.
    pub(super) fn enrolled(&self) -> Option<PersonId> {
        let known = self.person.as_ref().filter(|person| person.standing.is_enrolled());
        known.filter(|_| self.is_proven).map(|person| person.id)
    }

    pub(super) fn names(&self) -> &[String] {
        self.person.as_ref().map_or(&[], |person| &person.names)
    }
}

impl Service {
    /// The trap that a text reached: nobody uses its number, so nobody passed the text on,
    /// and whoever it came from sent it.
    pub(super) fn trap(&self, submission: &Submission) -> Option<PersonId> {
        let to = submission.to.as_ref()?;
        let is_trap = submission.way == Way::Text && self.settings.traps.contains(to);
        is_trap.then(|| self.trap_id(&to.to_string()))
    }

    /// A trap counts as somebody known, under an id made of its number.
    fn trap_id(&self, number: &str) -> PersonId {
        let mark = self.ports.people.mark("trap", number);
        let mut id = [0; 16];
        for (byte, digit) in id.iter_mut().zip(mark.0.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digit).unwrap_or("0");
            *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
        }
        PersonId::from_bytes(id)
    }

    pub(super) async fn reporter(
        &self,
        submission: &Submission,
        is_trap: bool,
        now: Timestamp,
    ) -> Result<Reporter, ServiceError> {
        let person = match &submission.from {
            Some(contact) if !is_trap => Some(self.ports.people.meet(contact, now).await?),
            _ => None,
        };
        let owner = match &person {
            Some(person) => person.id,
            None => self.ports.people.nobody(now).await?,
        };
        let language = self.language(submission, person.as_ref());
        Ok(Reporter { owner, person, is_proven: self.proves(submission.way), language })
    }

    /// Somebody who is known by something else than the number it came from.
    pub(super) fn reporter_of(&self, submission: &Submission, person: Person) -> Reporter {
        let language = self.language(submission, Some(&person));
        Reporter { owner: person.id, person: Some(person), is_proven: true, language }
    }

    fn proves(&self, way: Way) -> bool {
        way != Way::Mail || self.settings.mail_senders_checked
    }

    /// What whoever passed something on reads, as far as can be told.
    fn language(&self, submission: &Submission, person: Option<&Person>) -> Language {
        let known = person.and_then(|person| person.language);
        let by_number = match &submission.from {
            Some(Contact::Phone(number)) => dialogue::language_of_number(number),
            _ => None,
        };
        submission.language.or(known).or(by_number).unwrap_or(self.settings.language)
    }
}
