//! Who is answered by text. Each costs money, and a number in another country may be one that
//! earns from it: so an answer goes to those enrolled, to countries that are allowed, to nobody who
//! said STOP, and there is a cap on a day's.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use unhook_model::{PhoneNumber, Timestamp};

use super::measure::Measure;
use super::reporter::Reporter;
use super::{Service, ServiceError};
use crate::people::{Contact, Standing};
use crate::submission::Submission;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How many answers went out in a day.
#[derive(Debug, Default)]
pub(super) struct Replies(Mutex<Measure>);

impl Replies {
    /// Counts one more, unless the day has had its number.
    fn admit(&self, now: Timestamp, most: u64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).count(now, most, DAY).is_ok()
    }
}

impl Service {
    /// Whether a text that came in is answered by one. `is_command` is what carriers want
    /// answered whatever was said before.
    pub(super) fn may_reply(
        &self,
        submission: &Submission,
        reporter: &Reporter,
        is_command: bool,
        now: Timestamp,
    ) -> Result<bool, ServiceError> {
        let Some(Contact::Phone(number)) = &submission.from else { return Ok(false) };
        let person = reporter.person.as_ref();
        let standing = person.map_or(Standing::Stranger, |person| person.standing);
        if !self.may_text(standing, number, submission.to.as_ref()) {
            return Ok(false);
        }
        if let Some(person) = person.filter(|_| !is_command)
            && self.ports.views.is_stopped(person.id)?
        {
            return Ok(false);
        }
        Ok(self.replies.admit(now, self.settings.texts.daily_replies))
    }

    /// Whether texts may go to a number: those of people enrolled, and others where that is
    /// allowed. Unless prefixes say where, that is in the organization's countries; and where none
    /// is known, in the country of our own number that was written to.
    pub(super) fn may_text(
        &self,
        standing: Standing,
        number: &PhoneNumber,
        ours: Option<&PhoneNumber>,
    ) -> bool {
        let prefixes = &self.settings.texts.allowed_prefixes;
        let known = self.known();
        let countries = &known.knowledge.organization().countries;
        if standing.is_enrolled() {
            return true;
        }
        if !prefixes.is_empty() {
            let number = number.to_string();
            return prefixes.iter().any(|prefix| number.starts_with(prefix));
        }
        if !countries.is_empty() {
            return self.is_of(number, |country| {
                countries.iter().any(|known| known.eq_ignore_ascii_case(country))
            });
        }
        let Some(ours) = ours else { return false };
        let here = known.knowledge.countries_of(ours).unwrap_or_default();
        self.is_of(number, |country| here.split_whitespace().any(|known| known == country))
    }

    fn is_of(&self, number: &PhoneNumber, is_wanted: impl Fn(&str) -> bool) -> bool {
        let known = self.known();
        let countries = known.knowledge.countries_of(number);
        countries.is_some_and(|countries| countries.split_whitespace().any(is_wanted))
    }
}
