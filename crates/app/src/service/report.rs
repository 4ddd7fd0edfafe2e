//! A report: kept with what the detector says of it, and judged again when more of it comes.

use std::sync::Arc;

use unhook_engine::{Input, Received, Refusal};
use unhook_model::{CampaignId, Message, PersonId, ReportId, Sender, Timestamp, Verdict};

use super::conversation::Recent;
use super::judging::{Judgement, check_length, effective};
use super::pictures::is_only_pictures;
use super::reporter::Reporter;
use super::ruling::Unfinished;
use super::saying::{Decided, finding, found, said};
use super::tally::one_more;
use super::{Service, ServiceError};
use crate::answer::{Answer, Finding};
use crate::covered::ruling_of;
use crate::dialogue;
use crate::journal::Position;
use crate::people::{Contact, Mark};
use crate::record::{Answered, Judged, Kept, Record};
use crate::submission::{Submission, Taken, Way};

impl Service {
    /// A text that somebody passed on.
    pub(super) async fn take_report(
        &self,
        mut submission: Submission,
        reporter: Reporter,
        key: Option<Mark>,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        if is_only_pictures(&submission) {
            submission.message = self.message_of_pictures(&submission).await?;
            check_length(&submission.message)?;
        }
        if submission.message.body.trim().is_empty() {
            return Err(ServiceError::Invalid("there is no text in it; pass on its words".into()));
        }
        let mut judgement = self.judge(&submission.message, reporter.names());
        let judged = judgement.judged.clone();
        let report = self.id_of(key.as_ref());
        let enrolled = reporter.enrolled();
        let attachments = std::mem::take(&mut submission.attachments);
        judgement.content.attachments =
            self.keep_attachments(reporter.owner, attachments, now).await?;
        let (decided, position) =
            self.keep_report(report, &submission, &reporter, enrolled, judgement, key, now).await?;
        self.tally.report(submission.way, decided.verdict);
        let verdict = decided.verdict;
        let waits_for_sender = submission.way == Way::Text && submission.message.sender.is_none();
        let way = submission.way;
        if way == Way::Text && reporter.person.is_some() {
            let parts = vec![submission.message.body];
            let recent = Recent { report, at: now, parts, sender: None, waits_for_sender };
            self.conversations.remember(reporter.owner, recent);
        }
        let asks_sender = waits_for_sender && verdict != Verdict::Benign;
        let is_trusted = enrolled.is_some() || way == Way::Api;
        let answer = found(&judged, &decided, is_trusted, asks_sender);
        let answer = self.by_way(&answer, way, reporter.language);
        Ok(said(Some(report), Some(verdict), answer, position))
    }

    /// A text that reached a number nobody uses. Whoever sent it hears nothing.
    pub(super) async fn take_trapped(
        &self,
        submission: Submission,
        reporter: Reporter,
        trap: PersonId,
        key: Option<Mark>,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        let sender = match &submission.from {
            Some(Contact::Phone(number)) => Some(Sender::Phone(number.clone())),
            _ => None,
        };
        let message =
            Message { sender, recipient: submission.to.clone(), ..submission.message.clone() };
        let judgement = self.judge(&message, &[]);
        let submission = Submission { message, ..submission };
        let report = self.id_of(key.as_ref());
        let kept =
            self.keep_report(report, &submission, &reporter, Some(trap), judgement, key, now);
        let (decided, position) = kept.await?;
        one_more(&self.tally.trapped);
        self.tally.report(submission.way, decided.verdict);
        let verdict = Some(decided.verdict);
        Ok(Taken { report: Some(report), verdict, is_repeated: false, answer: None, position })
    }

    fn id_of(&self, key: Option<&Mark>) -> ReportId {
        self.conversations.id_of(key, ReportId::from_bytes(self.ports.surroundings.fresh_id()))
    }

    #[expect(clippy::too_many_arguments, reason = "each is one column of what is kept")]
    async fn keep_report(
        &self,
        report: ReportId,
        submission: &Submission,
        reporter: &Reporter,
        enrolled: Option<PersonId>,
        judgement: Judgement,
        key: Option<Mark>,
        now: Timestamp,
    ) -> Result<(Decided, Option<Position>), ServiceError> {
        let kept = Kept {
            report,
            at: now,
            key,
            way: submission.way,
            channel: submission.message.channel,
            owner: reporter.owner,
            reporter: enrolled,
            language: reporter.language,
            content: self.seal(reporter.owner, &judgement.content)?,
            took: None,
            judged: judgement.judged,
        };
        let input = Input::Report {
            received: Received {
                report,
                at: now,
                reporter: enrolled,
                sketch: judgement.sketch,
                indicators: judgement.indicators,
            },
            verdict: kept.judged.verdict,
            fresh: CampaignId::from_bytes(self.ports.surroundings.fresh_id()),
        };
        let (caller, by_name) = (self.caller(), judgement.is_ruled);
        let surroundings = Arc::clone(&self.ports.surroundings);
        let taken = self.decide(move |draft| {
            let is_kept = draft.engine().state().has_report(report);
            let events = draft.decide(&input).expect("the engine refuses no report");
            let decided = decided(draft, report, kept.judged.verdict, by_name);
            // When it was kept and whoever gave it heard nothing, it comes again.
            if !is_kept {
                let took = surroundings.now().since(now);
                draft.record(Record::Kept(Kept { took: Some(took), ..kept.clone() }));
                draft.record(answered(report, &decided, now));
                caller.after_report(draft, report, enrolled.is_some(), &events, now);
            }
            decided
        });
        let (decided, position) = taken.await?;
        if self.overlay().generation() != judgement.generation {
            // Somebody ruled a name meanwhile, and may have missed this one.
            self.leave(Unfinished::Report(report));
        }
        Ok((decided, position.or_else(|| self.durable())))
    }

    /// The sender of the text before, which forwarding had lost.
    pub(super) async fn add_sender(
        &self,
        reporter: Reporter,
        recent: Recent,
        sender: Sender,
        key: Option<Mark>,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        let recent = Recent { sender: Some(sender.as_text()), waits_for_sender: false, ..recent };
        self.add(reporter, recent, Answer::SenderNoted, key, now).await
    }

    /// The next part of the text before.
    pub(super) async fn add_part(
        &self,
        reporter: Reporter,
        recent: Recent,
        part: Message,
        key: Option<Mark>,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        let mut recent = Recent { at: now, ..recent };
        recent.parts.push(part.body);
        self.add(reporter, recent, Answer::PartJoined, key, now).await
    }

    /// More of the text before.
    async fn add(
        &self,
        reporter: Reporter,
        recent: Recent,
        answer: impl FnOnce(Finding) -> Answer,
        key: Option<Mark>,
        now: Timestamp,
    ) -> Result<Taken, ServiceError> {
        let (judged, decided, position) = self.learn(&reporter, &recent, key, now).await?;
        one_more(&self.tally.joined);
        let (report, verdict) = (recent.report, decided.verdict);
        self.conversations.remember(reporter.owner, recent);
        let answer = if reporter.enrolled().is_some() {
            answer(finding(&judged, &decided, false))
        } else {
            Answer::Coarse(verdict)
        };
        let answer = self.words(&answer, reporter.language);
        Ok(said(Some(report), Some(verdict), answer, position))
    }

    /// Judges a report again, of which more came in.
    async fn learn(
        &self,
        reporter: &Reporter,
        recent: &Recent,
        key: Option<Mark>,
        now: Timestamp,
    ) -> Result<(Judged, Decided, Option<Position>), ServiceError> {
        let whole = Message {
            sender: recent.sender.as_deref().and_then(Sender::parse),
            ..Message::from_body(dialogue::join(&recent.parts))
        };
        check_length(&whole)?;
        let judgement = self.judge(&whole, reporter.names());
        let content = self.seal(reporter.owner, &judgement.content)?;
        let report = recent.report;
        let input = Input::Learned {
            report,
            indicators: judgement.indicators,
            verdict: judgement.judged.verdict,
            fresh: CampaignId::from_bytes(self.ports.surroundings.fresh_id()),
            at: now,
        };
        let (judged, by_name) = (judgement.judged, judgement.is_ruled);
        let told = judged.clone();
        let (caller, is_enrolled) = (self.caller(), reporter.enrolled().is_some());
        let (decided, position) = self
            .decide(move |draft| -> Result<Decided, Refusal> {
                let events = draft.decide(&input)?;
                let (key, content) = (key.clone(), content.clone());
                draft.record(Record::Added { report, key, content, at: now });
                let judged = judged.clone();
                let decided = decided(draft, report, judged.verdict, by_name);
                draft.record(Record::Judged { report, judged, content: None });
                draft.record(answered(report, &decided, now));
                caller.after_report(draft, report, is_enrolled, &events, now);
                Ok(decided)
            })
            .await?;
        Ok((told, decided?, position))
    }
}

fn decided(
    draft: &crate::desk::Draft<'_>,
    report: ReportId,
    verdict: Verdict,
    by_name: bool,
) -> Decided {
    let campaign = draft.engine().state().campaign_of(report);
    let ruling = ruling_of(draft.engine().state(), report);
    Decided {
        verdict: effective(verdict, ruling),
        is_ruled: by_name || ruling.is_some(),
        is_known: campaign.is_some_and(|campaign| campaign.message_count() > 1),
    }
}

fn answered(report: ReportId, decided: &Decided, at: Timestamp) -> Record {
    let answered = Answered { verdict: decided.verdict, is_ruled: decided.is_ruled, at };
    Record::Answered { report, answered }
}
