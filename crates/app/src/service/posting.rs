//! Approved mails go out, each once.
//!
//! The journal says that one begins before it does. So a mail that a crash ended between is found begun
//! without an end by the next start, and a person is asked. What certainly did not go out is tried
//! again, with waits that grow. It is one mail at a time: there are a few a day.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use unhook_engine::response::{Asked, Event, LetterState, Outcome, SENDING};
use unhook_model::{ActionId, Timestamp};

use super::outbox::UNKNOWN_OUTCOME;
use super::{Service, ServiceError};
use crate::backoff::{Breaker, next_attempt};
use crate::mailing::{Mail, Mailer};
use crate::record::Record;
use crate::telling::{DeliveryError, Receipt};

/// How long until it is looked again whether something is due.
const LOOK: Duration = Duration::from_secs(1);

/// How long one mail may take: a server may scan it for minutes, and whoever sends it gives up sooner
/// by itself.
const LONGEST_SENDING: Duration = Duration::from_secs(6 * 60);

/// How often a mail is tried before it is given up: with waits that grow to an hour, about a day.
const MOST_ATTEMPTS: u32 = 30;

/// What is known of a mail beyond what the journal says.
enum Known {
    /// It was tried so often, and may be again from this moment on.
    Due(u32, Timestamp),
    /// It was tried so often, and certainly did not go out the last time, though the journal may say
    /// that it was about to.
    Unsent(u32),
    /// How it went, which could not be written down.
    Went(u32, Outcome, String, Option<Duration>),
}

/// Sends what was approved, until it is told to stop.
pub(super) async fn run(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let mut post = Post { service, known: BTreeMap::new(), breaker: Breaker::default() };
    loop {
        let waiting = post.service.waiting_letters();
        post.known.retain(|id, _| waiting.iter().any(|asked| asked.action.id == *id));
        for asked in &waiting {
            // Whoever let go of it wants it to stop too.
            if stop.has_changed().is_err() || *stop.borrow() {
                return;
            }
            post.see_to(asked).await;
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = post.service.responding.letter_approved() => {}
            () = tokio::time::sleep(LOOK), if !waiting.is_empty() => {}
        }
    }
}

struct Post {
    service: Arc<Service>,
    /// Only of what waits.
    known: BTreeMap<ActionId, Known>,
    /// Whether the server answers at the moment.
    breaker: Breaker,
}

impl Post {
    async fn see_to(&mut self, asked: &Asked) {
        let (id, now) = (asked.action.id, self.service.now());
        let tried = match self.known.remove(&id) {
            Some(Known::Went(tried, outcome, note, after)) => {
                return self.settle(id, tried, outcome, note, after).await;
            }
            Some(Known::Due(tried, due)) if now < due => {
                self.known.insert(id, Known::Due(tried, due));
                return;
            }
            Some(Known::Due(tried, _) | Known::Unsent(tried)) => tried,
            // Begun by a process that is gone, before it could say how it went.
            None if asked.begun.contains(SENDING) => {
                let note = "interrupted; nobody knows whether it was sent".to_owned();
                return self.settle(id, 0, Outcome::Unknown, note, None).await;
            }
            None => 0,
        };
        let Some(mailer) = self.service.ports.mailer.clone() else {
            let note = "no way to send mails is set up any more".to_owned();
            return self.settle(id, tried, Outcome::Failed, note, None).await;
        };
        if !self.breaker.may_try(now) {
            self.known.insert(id, Known::Due(tried, now));
            return;
        }
        // What cannot be written down is not begun.
        if let Err(error) = self.service.begin_letter(id, now).await {
            tracing::warn!(%error, "a mail waits");
            self.known.insert(id, Known::Unsent(tried));
            return;
        }
        self.send(asked, &*mailer, tried + 1).await;
    }

    async fn send(&mut self, asked: &Asked, mailer: &dyn Mailer, tried: u32) {
        let Some(letter) = asked.letter().cloned() else { return };
        let id = asked.action.id;
        let mail = Mail {
            id,
            to: letter.to,
            subject: letter.subject,
            body: letter.body,
            evidence: letter.evidence,
        };
        let sent = tokio::time::timeout(LONGEST_SENDING, mailer.send(&mail)).await;
        let sent = sent.unwrap_or_else(|_| {
            let why = format!("no answer in {} seconds", LONGEST_SENDING.as_secs());
            Err(DeliveryError::Unknown { why })
        });
        match &sent {
            Err(DeliveryError::Later { .. } | DeliveryError::Unknown { .. }) => {
                self.breaker.failed(self.service.now());
            }
            _ => self.breaker.succeeded(),
        }
        let (outcome, note, after) = went(sent, tried);
        self.settle(id, tried, outcome, note, after).await;
    }

    /// Writes down how it went; until that is done it is remembered, and not sent again.
    async fn settle(
        &mut self,
        id: ActionId,
        tried: u32,
        outcome: Outcome,
        note: String,
        after: Option<Duration>,
    ) {
        let known = match self.service.end_letter(id, outcome, note.clone()).await {
            Ok(()) => {
                let wait = next_attempt(tried, after, self.service.ports.surroundings.random());
                Known::Due(tried, self.service.now().plus(wait))
            }
            Err(error) => {
                tracing::warn!(%error, "how a mail went could not be kept");
                Known::Went(tried, outcome, note, after)
            }
        };
        self.known.insert(id, known);
    }
}

fn went(sent: Result<Receipt, DeliveryError>, tried: u32) -> (Outcome, String, Option<Duration>) {
    match sent {
        Ok(Receipt(receipt)) => (Outcome::Done, receipt, None),
        Err(DeliveryError::Later { why, .. }) if tried >= MOST_ATTEMPTS => {
            (Outcome::Failed, why, None)
        }
        Err(DeliveryError::Later { why, after }) => (Outcome::Waiting, why, after),
        Err(DeliveryError::Refused { why }) => (Outcome::Failed, why, None),
        Err(DeliveryError::Unknown { why }) => (Outcome::Unknown, why, None),
    }
}

impl Service {
    /// Mails that were approved and are not over, the oldest first.
    fn waiting_letters(&self) -> Vec<Asked> {
        let state = self.responding.state();
        let waits = |asked: &&Asked| asked.letter_state() == Some(LetterState::Waiting);
        let mut waiting: Vec<Asked> = state.actions().filter(waits).cloned().collect();
        waiting.reverse();
        waiting
    }

    async fn begin_letter(&self, action: ActionId, at: Timestamp) -> Result<(), ServiceError> {
        let event = Event::Begun { action, step: SENDING.to_owned(), at };
        self.decide(move |draft| draft.record(Record::Response(event.clone()))).await.map(|_| ())
    }

    async fn end_letter(
        &self,
        action: ActionId,
        outcome: Outcome,
        note: String,
    ) -> Result<(), ServiceError> {
        let (step, at) = (SENDING.to_owned(), self.now());
        let event = Event::Ended { action, step, outcome, note, at };
        let ended = self.decide(move |draft| {
            draft.record(Record::Response(event.clone()));
            if outcome == Outcome::Unknown {
                let matter = UNKNOWN_OUTCOME.to_owned();
                draft.record(Record::Noticed { matter, report: None, at });
            }
        });
        ended.await.map(|_| ())
    }
}
