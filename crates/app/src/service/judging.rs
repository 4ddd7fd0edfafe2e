//! What is said of a text: the detector's opinion, and what people ruled of the names in it.

use unhook_detect::explain::defang;
use unhook_detect::text::Text;
use unhook_detect::{Knowledge, assess};
use unhook_engine::{Indicator, TextSketch};
use unhook_model::{Assessment, Fact, Facts, Message, PersonId, Sender, Timestamp, Verdict};

use super::{Service, ServiceError};
use crate::indicators::indicators;
use crate::people::Sealed;
use crate::record::{Content, Judged, Seen};

/// The most bytes of a text that are kept: all that the detector reads.
pub(super) const LONGEST_BODY: usize = 64 * 1024;

/// The most bytes of what is sealed of a text, so that a decision about it fits into half a
/// commit, in base 64. The longest text has far less, unless it is none.
const LONGEST_CONTENT: usize = 160 * 1024;

/// The most pieces of evidence kept with a text, heaviest first.
const MOST_EVIDENCE: usize = 24;

/// What is said of one text, and what of it is kept.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) judged: Judged,
    /// Whether a person's ruling decided it.
    pub(super) is_ruled: bool,
    /// Which rulings of names were known.
    pub(super) generation: u64,
    pub(super) content: Content,
    pub(super) sketch: Option<TextSketch>,
    pub(super) indicators: Vec<Indicator>,
}

impl Service {
    /// What the detector says of a message with what is known now; nothing is kept.
    ///
    /// # Errors
    /// When the text is too long to be one.
    pub fn check(&self, message: &Message) -> Result<Assessment, ServiceError> {
        check_length(message)?;
        Ok(self.assess(message, &[], &self.known().knowledge))
    }

    /// What would be said of a message that somebody passed on, with what was ruled a moment ago.
    /// Nothing is kept of it.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] when it is too long.
    pub fn verdict(&self, message: &Message) -> Result<Verdict, ServiceError> {
        check_length(message)?;
        Ok(self.judge(message, &[]).judged.verdict)
    }

    /// Judges a message that reached somebody of these names.
    pub(super) fn judge(&self, message: &Message, names: &[String]) -> Judgement {
        // Before anything is looked at: what is ruled from here on may go unseen.
        let generation = self.overlay().generation();
        let known = self.known();
        let assessment = self.assess(message, names, &known.knowledge);
        let ruled = self.overlay().verdict(&assessment, &known.knowledge);
        let verdict = ruled.unwrap_or(assessment.verdict);
        Judgement {
            judged: Judged {
                verdict,
                score: assessment.score.hundredths(),
                kind: assessment.kind.map(|kind| kind.name().to_owned()),
                signals: assessment.evidence.iter().map(|e| e.signal.as_str().to_owned()).collect(),
                by: known.judge.clone(),
            },
            is_ruled: ruled.is_some(),
            generation,
            content: content(message, &assessment),
            sketch: TextSketch::of(&Text::read(&message.body)),
            indicators: indicators(message, &assessment, &known.knowledge, self.people()),
        }
    }

    fn assess(&self, message: &Message, names: &[String], knowledge: &Knowledge) -> Assessment {
        let mut facts = Facts::default();
        if !names.is_empty() {
            facts.recipient_names = Fact::Present { value: names.to_vec(), at: self.now() };
        }
        let assessment = assess(message, &facts, knowledge);
        // Which hosts there are is known only now.
        if self.overlay().add(&assessment, &mut facts, knowledge) {
            return assess(message, &facts, knowledge);
        }
        assessment
    }

    pub(super) fn seal(&self, owner: PersonId, content: &Content) -> Result<Sealed, ServiceError> {
        let json = serde_json::to_vec(content).expect("plain values have JSON");
        if json.len() > LONGEST_CONTENT {
            // Only control characters grow so much in JSON.
            return Err(ServiceError::Invalid(
                "this is no text; pass on its words without control characters".to_owned(),
            ));
        }
        let sealed = self.ports.people.seal(owner, &json)?;
        // Whoever writes again is met again, under a new key.
        sealed.ok_or_else(|| ServiceError::Unavailable("the person was erased just now".into()))
    }

    /// What was sealed; `None` when its owner was erased.
    pub(super) fn unseal(
        &self,
        owner: PersonId,
        sealed: &Sealed,
    ) -> Result<Option<Content>, ServiceError> {
        let Some(json) = self.ports.people.unseal(owner, sealed)? else { return Ok(None) };
        let broken = |error: serde_json::Error| ServiceError::Broken(error.into());
        serde_json::from_slice(&json).map(Some).map_err(broken)
    }
}

/// Refuses a text that is longer than any text.
pub(super) fn check_length(message: &Message) -> Result<(), ServiceError> {
    let length = message.body.len();
    if length > LONGEST_BODY {
        return Err(ServiceError::Invalid(format!(
            "a text of {length} bytes is too long; pass on at most {LONGEST_BODY} bytes of it"
        )));
    }
    Ok(())
}

fn content(message: &Message, assessment: &Assessment) -> Content {
    let evidence = assessment.evidence.iter().take(MOST_EVIDENCE).map(|evidence| Seen {
        signal: evidence.signal.as_str().to_owned(),
        weight: evidence.weight.hundredths(),
        reason: evidence.reason.to_string(),
        span: evidence.span.map(|span| (span.start, span.end)),
    });
    Content {
        body: message.body.clone(),
        sender: message.sender.as_ref().map(Sender::as_text),
        recipient: message.recipient.as_ref().map(ToString::to_string),
        received_at: message.received_at.map(Timestamp::unix_ms),
        evidence: evidence.collect(),
        links: assessment.links.iter().map(|link| defang(&link.target)).collect(),
        attachments: Vec::new(),
    }
}

/// The verdict that counts: a person's ruling of the campaign goes before the detector's.
pub(super) fn effective(verdict: Verdict, ruling: Option<unhook_engine::Ruling>) -> Verdict {
    match ruling {
        Some(unhook_engine::Ruling::Malicious) => Verdict::Malicious,
        Some(unhook_engine::Ruling::Benign) => Verdict::Benign,
        None => verdict,
    }
}
