//! The way of a text: who passed it on, what it is, what is said of it, and what follows.
//!
//! 1. *Who* (`reporter`). Contacts become people; whoever is unknown becomes a stranger, whose
//!    measure is limited and whose answers are coarse.
//! 2. *Again?* What came before gets the answer it got.
//! 3. *What.* To the reporting number people send more than lures: commands, the code by which
//!    their own phone joins them (`enrolment`), the sender of the text before, its second part,
//!    or that they typed their password.
//! 4. *A report* (`report`) is judged with what is known now, sealed, decided at the desk, kept,
//!    and answered (`saying`).

use unhook_engine::response::Event;
use unhook_model::{Channel, PersonId, Timestamp};

use super::calling::{Call, SUBMITTED};
use super::conversation::{Recent, hash_of};
use super::exposure::said_so;
use super::judging::check_length;
use super::pictures::is_only_pictures;
use super::reporter::Reporter;
use super::saying::{Decided, found, said};
use super::tally::one_more;
use super::{Service, ServiceError};
use crate::answer::Answer;
use crate::dialogue::{self, Stated, Utterance};
use crate::people::Mark;
use crate::record::Record;
use crate::screen::PictureError;
use crate::submission::{Submission, Taken, Way};
use crate::telling::Severity;

/// What strangers say they gave away, for somebody to look at.
const STRANGER_STATEMENTS: &str = "stranger-statements";

impl Service {
    /// Takes what somebody passed on, and answers once it is durable.
    ///
    /// # Errors
    /// Says why not; unless it is [`ServiceError::Invalid`], the same may be given again, and
    /// with its key it counts once.
    pub async fn take(&self, submission: Submission) -> Result<Taken, ServiceError> {
        let taken = self.take_once(submission).await;
        if matches!(
            taken,
            Err(ServiceError::TooMany { .. }
                | ServiceError::Unread(_)
                | ServiceError::Unavailable(_))
        ) {
            one_more(&self.tally.turned_away);
        }
        taken
    }

    async fn take_once(&self, submission: Submission) -> Result<Taken, ServiceError> {
        check_length(&submission.message)?;
        self.refuse_in_trouble()?;
        let now = self.now();
        let key = self.key(&submission);
        let trap = self.trap(&submission);
        let reporter = self.reporter(&submission, trap.is_some(), now).await?;
        let _turn = match turn_of(&reporter, key.as_ref()) {
            Some(whose) => Some(self.conversations.turn(whose).await),
            None => None,
        };
        let text = text_of(&submission);
        if let Some(taken) = self.taken_before(key.as_ref())? {
            self.refuse_another_text(key.as_ref(), &submission, text, &taken)?;
            one_more(&self.tally.repeated);
            let may_reply = submission.way != Way::Text
                || trap.is_none() && self.may_reply(&submission, &reporter, false, now)?;
            return Ok(Taken { answer: taken.answer.filter(|_| may_reply), ..taken });
        }
        let is_trusted = reporter.enrolled().is_some() || submission.way == Way::Api;
        if !is_trusted && trap.is_none() {
            let limited = self.limits.admit(reporter.person.as_ref().map(|p| p.id), now);
            limited.map_err(|seconds| ServiceError::TooMany { seconds })?;
        }
        let taken = match (trap, submission.way) {
            (Some(trap), _) => {
                self.take_trapped(submission, reporter, trap, key.clone(), now).await
            }
            (None, Way::Text) => self.take_and_reply(submission, reporter, key.clone(), now).await,
            // The answer to a report says that one may write so.
            (None, _) if reporter.enrolled().is_some() && is_statement(&submission) => {
                self.take_statement(reporter, None, now).await
            }
            (None, _) => self.take_report(submission, reporter, key.clone(), now).await,
        }?;
        if let Some(key) = key {
            let again = Taken { is_repeated: true, ..taken.clone() };
            self.conversations.keep_answer(key, text, again);
        }
        Ok(taken)
    }

    fn key(&self, submission: &Submission) -> Option<Mark> {
        let key = submission.key.as_deref()?;
        Some(self.ports.people.mark(submission.way.name(), key))
    }

    /// What was answered to something with this key before.
    fn taken_before(&self, key: Option<&Mark>) -> Result<Option<Taken>, ServiceError> {
        let Some(key) = key else { return Ok(None) };
        if let Some(taken) = self.conversations.answer(key) {
            return Ok(Some(taken));
        }
        let Some(report) = self.ports.views.report_of_key(key)? else { return Ok(None) };
        let Some(row) = self.ports.views.report(report)? else { return Ok(None) };
        let decided = Decided {
            verdict: row.answered.verdict,
            is_ruled: row.answered.is_ruled,
            is_known: false,
        };
        let is_trusted = row.reporter.is_some() || row.way == Way::Api;
        let answer = found(&row.judged, &decided, is_trusted, false);
        let answer = self.by_way(&answer, row.way, row.language);
        let taken = said(Some(report), Some(decided.verdict), answer, self.position());
        Ok(Some(Taken { is_repeated: true, ..taken }))
    }

    /// Refuses what has the key of another text: it would be lost, and its sender told of that
    /// one. A provider's own keys are not a stranger's choice.
    fn refuse_another_text(
        &self,
        key: Option<&Mark>,
        submission: &Submission,
        text: u64,
        taken: &Taken,
    ) -> Result<(), ServiceError> {
        let Some(key) = key.filter(|_| submission.way != Way::Text) else { return Ok(()) };
        let kept = || {
            // What pictures said is kept, and not what they were.
            if is_only_pictures(submission) {
                return Ok(None);
            }
            let report = taken.report.map(|report| self.report(report)).transpose()?.flatten();
            let content = report.and_then(|report| report.content);
            Ok::<_, ServiceError>(content.map(|content| hash_of(&content.body)))
        };
        let known = self.conversations.text(key).map_or_else(kept, |text| Ok(Some(text)))?;
        if known.is_none_or(|known| known == text) {
            return Ok(());
        }
        let what = "its key was given with another text before; give each text a key of its own";
        Err(ServiceError::Invalid(what.to_owned()))
    }

    /// A text to the reporting number, and an answer where one may go.
    async fn take_and_reply(
        &self,
        submission: Submission,
        reporter: Reporter,
        key: Option<Mark>,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        let understood = dialogue::understand(&submission.message.body, false);
        if let Utterance::Join(code) = understood {
            return self.take_join(&submission, reporter, code, now).await;
        }
        let is_command = matches!(understood, Utterance::Stop | Utterance::Start | Utterance::Help);
        let may_reply = self.may_reply(&submission, &reporter, is_command, now)?;
        let taken = self.take_text(submission, reporter, key, now).await?;
        let answer = taken.answer.filter(|_| may_reply);
        Ok(Taken { answer, ..taken })
    }

    /// A text to the reporting number, whatever it is.
    async fn take_text(
        &self,
        submission: Submission,
        reporter: Reporter,
        key: Option<Mark>,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        // Nobody in particular is many people, who have no conversation.
        let person = reporter.person.as_ref();
        let recent = person.and_then(|person| self.conversations.recent(person.id, now));
        let waits = recent.as_ref().is_some_and(|recent| recent.waits_for_sender);
        let body = &submission.message.body;
        let answer = match dialogue::understand(body, waits) {
            Utterance::Stop => return self.stop(reporter, true, now).await,
            Utterance::Start => return self.stop(reporter, false, now).await,
            Utterance::Statement(Stated::Gave) => {
                return self.take_statement(reporter, recent, now).await;
            }
            Utterance::Text => {
                if let Some(recent) = recent.filter(|recent| is_next_part(recent, body, now)) {
                    return self.add_part(reporter, recent, submission.message, key, now).await;
                }
                return self.take_report(submission, reporter, key, now).await;
            }
            Utterance::Sender(sender) => {
                if let Some(recent) = recent {
                    return self.add_sender(reporter, recent, sender, key, now).await;
                }
                Some(Answer::NeedsText)
            }
            Utterance::Statement(Stated::Followed) => Some(Answer::Followed),
            Utterance::Help => Some(Answer::Help),
            Utterance::Blank if is_only_pictures(&submission) => {
                match self.message_of_pictures(&submission).await {
                    Ok(message) => {
                        let submission = Submission { message, ..submission };
                        return self.take_report(submission, reporter, key, now).await;
                    }
                    Err(error @ (PictureError::Busy | PictureError::Unavailable(_))) => {
                        return Err(error.into());
                    }
                    Err(_) => Some(Answer::PictureUnread),
                }
            }
            Utterance::Blank if submission.message.channel == Channel::Mms => {
                Some(Answer::PictureUnread)
            }
            // Whoever joins was answered before.
            Utterance::Blank | Utterance::Join(_) => Some(Answer::NeedsText),
            Utterance::Courtesy => None,
        };
        one_more(&self.tally.commands);
        let answer = answer.map(|answer| self.words(&answer, reporter.language));
        Ok(Taken { report: None, verdict: None, is_repeated: false, answer, position: None })
    }

    /// "I typed my password". Of somebody enrolled it is believed and called out; what strangers
    /// say is noted once, for somebody to look at.
    async fn take_statement(
        &self,
        reporter: Reporter,
        recent: Option<Recent>,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        one_more(&self.tally.statements);
        let report = recent.map(|recent| recent.report);
        let (caller, enrolled) = (self.caller(), reporter.enrolled());
        let ((), position) = self
            .decide(move |draft| {
                let Some(person) = enrolled else {
                    let matter = STRANGER_STATEMENTS.to_owned();
                    return draft.record(Record::Noticed { matter, report, at: now });
                };
                draft.record(Record::Stated { person, report, at: now });
                let campaign = report.and_then(|r| draft.engine().state().campaign_of(r));
                let campaign = campaign.map(|campaign| campaign.id());
                if let Some(campaign) = campaign {
                    let submitted = said_so(campaign, person, now);
                    draft.record(Record::Response(Event::Exposed(submitted)));
                }
                let (kind, severity) = (SUBMITTED, Severity::Critical);
                let call = Call { kind, severity, campaign, report };
                caller.call(draft, &call, now);
            })
            .await?;
        let answer = if enrolled.is_some() { Answer::Statement } else { Answer::StrangerStatement };
        Ok(said(report, None, self.words(&answer, reporter.language), position))
    }

    async fn stop(
        &self,
        reporter: Reporter,
        is_stopped: bool,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        one_more(&self.tally.commands);
        let person = reporter.person.as_ref().map(|person| person.id);
        let stopped = self.decide(move |draft| {
            // Nobody in particular is texted anyway.
            if let Some(person) = person {
                draft.record(Record::Stopped { person, is_stopped, at: now });
            }
        });
        let ((), position) = stopped.await?;
        let answer = if is_stopped { Answer::Stopped } else { Answer::Started };
        Ok(said(None, None, self.words(&answer, reporter.language), position))
    }
}

/// One person's texts are taken one after the other, and so are deliveries with one key.
fn turn_of(reporter: &Reporter, key: Option<&Mark>) -> Option<PersonId> {
    if let Some(person) = &reporter.person {
        return Some(person.id);
    }
    let mut id = [0; 16];
    id.iter_mut().zip(key?.0.bytes()).for_each(|(byte, digit)| *byte = digit);
    Some(PersonId::from_bytes(id))
}

/// What tells one submission from another: its words, or without any its pictures.
fn text_of(submission: &Submission) -> u64 {
    if !is_only_pictures(submission) {
        return hash_of(&submission.message.body);
    }
    submission.attachments.iter().fold(0, |hash, one| hash.rotate_left(1) ^ hash_of(&one.bytes))
}

fn is_statement(submission: &Submission) -> bool {
    let understood = dialogue::understand(&submission.message.body, false);
    matches!(understood, Utterance::Statement(Stated::Gave))
}

fn is_next_part(recent: &Recent, body: &str, now: Timestamp) -> bool {
    let last = recent.parts.last().map_or("", String::as_str);
    dialogue::is_continuation(last, recent.at.unix_ms(), body, now.unix_ms())
}
