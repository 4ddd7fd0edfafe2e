//! A notice to staff: drafted for a person, and sent only as that person approved it.

use unhook_engine::Refusal;
use unhook_model::{CampaignId, PersonId};

use super::{NoticeDraft, Service, ServiceError};
use crate::answer::Answer;
use crate::journal::Position;
use crate::record::{Outgoing, Recipient, Record, Telling};
use crate::telling::OutgoingId;

/// The longest notice, in bytes: a text of six parts.
const LONGEST_NOTICE: usize = 918;

/// How many people are written down in one decision, so that it fits into half a commit.
const AT_A_TIME: usize = 100;

impl Service {
    /// A draft of what to tell those reached by a campaign.
    ///
    /// # Errors
    /// When the campaign cannot be read, or is not there.
    pub fn draft_notice(&self, campaign: CampaignId) -> Result<NoticeDraft, ServiceError> {
        let people = self.reached(campaign)?.len();
        let text = self.words(&Answer::Notice, self.settings.language);
        let subject = self.prose(&Answer::NoticeSubject, self.settings.language);
        let body = self.prose(&Answer::Notice, self.settings.language);
        Ok(NoticeDraft { mail: (subject, body), text, people })
    }

    /// Sends a notice, as a person approved it, and says to how many people.
    ///
    /// # Errors
    /// Says why not.
    pub async fn send_notice(
        &self,
        campaign: CampaignId,
        text: String,
        by: PersonId,
    ) -> Result<(Position, usize), ServiceError> {
        let text = text.trim().to_owned();
        if text.is_empty() || text.len() > LONGEST_NOTICE {
            let what = format!("a notice has 1 to {LONGEST_NOTICE} bytes");
            return Err(ServiceError::Invalid(what));
        }
        if text.chars().any(|character| character.is_control() && character != '\n') {
            let what = "a notice has no control characters but line breaks";
            return Err(ServiceError::Invalid(what.to_owned()));
        }
        if text.chars().any(hides) {
            let what = "the notice has characters that cannot be seen; write it anew";
            return Err(ServiceError::Invalid(what.to_owned()));
        }
        if self.ports.texter.is_none() {
            let what = "no way to send texts is set up; see [texts] in the configuration";
            return Err(ServiceError::Invalid(what.to_owned()));
        }
        let people = self.reached(campaign)?;
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

    /// The people enrolled who are known to have got a text of a campaign.
    fn reached(&self, campaign: CampaignId) -> Result<Vec<PersonId>, ServiceError> {
        let engine = self.engine();
        let known = engine.state().campaign(campaign).ok_or(Refusal::NoCampaign { campaign })?;
        Ok(known.reporters().collect())
    }
}

/// Whether a character reorders or hides what stands beside it.
fn hides(character: char) -> bool {
    let is_mark = matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    is_mark || character.is_control() && character != '\n'
}
