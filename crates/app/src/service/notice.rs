//! A notice to staff: drafted for a person, and sent only as that person approved it.

use unhook_detect::text::clean::is_invisible;
use unhook_engine::Refusal;
use unhook_model::{CampaignId, PersonId};

use super::{Audience, NoticeDraft, Service, ServiceError};
use crate::answer::Answer;
use crate::journal::Position;
use crate::record::{Outgoing, Recipient, Record, Telling};
use crate::telling::OutgoingId;

/// The longest notice, in bytes: a text of six parts.
pub const LONGEST_NOTICE: usize = 918;

/// How many people are written down in one decision, so that it fits into half a commit.
const AT_A_TIME: usize = 100;

impl Service {
    /// A draft of what to tell those reached by a campaign, or everybody.
    ///
    /// # Errors
    /// When the campaign cannot be read, or is not there.
    pub fn draft_notice(&self, campaign: CampaignId) -> Result<NoticeDraft, ServiceError> {
        let reporters = self.audience(campaign, Audience::Reporters)?.len();
        let everyone = self.ports.people.enrolled_count()?;
        let text = self.words(&Answer::Notice, self.settings.language);
        let subject = self.prose(&Answer::NoticeSubject, self.settings.language);
        let body = self.prose(&Answer::Notice, self.settings.language);
        Ok(NoticeDraft { mail: (subject, body), text, reporters, everyone })
    }

    /// Sends a notice, as a person approved it, and says to how many people.
    ///
    /// # Errors
    /// Says why not.
    pub async fn send_notice(
        &self,
        campaign: CampaignId,
        text: String,
        audience: Audience,
        by: PersonId,
    ) -> Result<(Position, usize), ServiceError> {
        let text = text.trim().to_owned();
        check(&text)?;
        if self.ports.texter.is_none() {
            let what = "no way to send texts is set up; see [texts] in the configuration";
            return Err(ServiceError::Invalid(what.to_owned()));
        }
        let people = self.audience(campaign, audience)?;
        let now = self.now();
        tracing::info!(%campaign, %by, people = people.len(), "a notice was approved");
        let mut last = None;
        for some in people.chunks(AT_A_TIME) {
            let outgoing: Vec<Outgoing> = some
                .iter()
                .map(|person| Outgoing {
                    id: OutgoingId::from_bytes(self.ports.surroundings.fresh_id()),
                    to: Recipient::Person(*person),
                    what: Telling::Notice { campaign, text: text.clone() },
                    at: now,
                    due_at: now,
                })
                .collect();
            let requested = self.decide(move |draft| {
                for outgoing in &outgoing {
                    draft.record(Record::Requested(outgoing.clone()));
                }
            });
            last = requested.await?.1;
        }
        Ok((self.last_position(last)?, people.len()))
    }

    fn audience(
        &self,
        campaign: CampaignId,
        audience: Audience,
    ) -> Result<Vec<PersonId>, ServiceError> {
        let reporters: Vec<PersonId> = {
            let engine = self.engine();
            let known =
                engine.state().campaign(campaign).ok_or(Refusal::NoCampaign { campaign })?;
            known.reporters().collect()
        };
        match audience {
            Audience::Reporters => Ok(reporters),
            Audience::Everyone => Ok(self.ports.people.enrolled()?),
        }
    }
}

/// Refuses what is no text, or does not say what it seems to.
fn check(text: &str) -> Result<(), ServiceError> {
    let invalid = |what: String| Err(ServiceError::Invalid(what));
    if text.is_empty() || text.len() > LONGEST_NOTICE {
        return invalid(format!("a notice has 1 to {LONGEST_NOTICE} bytes"));
    }
    let is_hidden = |c: char| is_invisible(c) || c.is_control() && c != '\n';
    if text.chars().any(is_hidden) {
        return invalid("the notice has characters that cannot be seen; write it anew".to_owned());
    }
    Ok(())
}
