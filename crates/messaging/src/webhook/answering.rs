//! Answers to providers that take none in their response: as a text of its own.
//!
//! It goes out once at most: only for a text that had not come before, and without another
//! attempt. An answer that gets lost is asked for again by passing the text on again; two for
//! one text, or one that was paid for twice, nobody takes back. What must arrive, such as a
//! correction, goes by the outbox and not here.

use std::sync::Arc;

use unhook_app::{Contact, OutgoingId, Submission, Surroundings, Taken, Texter};
use unhook_model::PhoneNumber;

/// How answers go out, if there is a way.
#[derive(Clone)]
pub(crate) struct Answering {
    texter: Option<Arc<dyn Texter>>,
    surroundings: Arc<dyn Surroundings>,
}

impl Answering {
    pub(crate) fn new(
        texter: Option<Arc<dyn Texter>>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Self {
        Self { texter, surroundings }
    }

    /// Sends what there is to say, behind the response: providers wait for that two seconds.
    pub(crate) fn send(&self, to: Option<PhoneNumber>, taken: Option<Taken>) {
        let taken = taken.filter(|taken| !taken.is_repeated);
        let answer = taken.and_then(|taken| taken.answer);
        let (Some(texter), Some(to), Some(answer)) = (self.texter.clone(), to, answer) else {
            return;
        };
        let id = OutgoingId::from_bytes(self.surroundings.fresh_id());
        tokio::spawn(async move {
            if let Err(error) = texter.text(id, &to, &answer).await {
                tracing::warn!(%error, "an answer did not go out");
            }
        });
    }
}

/// Who is answered: the number that a text came from.
pub(crate) fn number_of(submission: &Submission) -> Option<PhoneNumber> {
    match &submission.from {
        Some(Contact::Phone(number)) => Some(number.clone()),
        _ => None,
    }
}
