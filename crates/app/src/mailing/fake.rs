//! A way for mails to go out, for tests: it keeps what it was given.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Mail, Mailer, is_address};
use crate::people::Pending;
use crate::telling::{DeliveryError, Receipt};

#[derive(Debug, Default)]
struct State {
    sent: Vec<Mail>,
    next: VecDeque<Option<DeliveryError>>,
    refused: BTreeSet<String>,
}

/// The stand-in.
#[derive(Debug, Default)]
pub struct FakeMailer(Mutex<State>);

impl FakeMailer {
    /// One that takes everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the next mail fail so. One whose outcome is unknown is kept all the same.
    pub fn fail_next(&self, error: DeliveryError) {
        self.state().next.push_back(Some(error));
    }

    /// Has the next mail be kept and never answered.
    pub fn hang_next(&self) {
        self.state().next.push_back(None);
    }

    /// Takes no mail to this address.
    pub fn refuse(&self, to: &str) {
        self.state().refused.insert(to.to_owned());
    }

    /// All that went out, or may have.
    #[must_use]
    pub fn sent(&self) -> Vec<Mail> {
        self.state().sent.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailer for FakeMailer {
    fn from(&self) -> &'static str {
        "security@acme.example"
    }

    fn send<'a>(&'a self, mail: &'a Mail) -> Pending<'a, Result<Receipt, DeliveryError>> {
        let next = self.state().next.pop_front();
        if !is_address(&mail.to) || self.state().refused.contains(&mail.to) {
            let why = "550 no such mailbox".to_owned();
            return Box::pin(async { Err(DeliveryError::Refused { why }) });
        }
        let is_kept = !matches!(
            next,
            Some(Some(DeliveryError::Later { .. } | DeliveryError::Refused { .. }))
        );
        if is_kept {
            self.state().sent.push(mail.clone());
        }
        Box::pin(async move {
            match next {
                None => Ok(Receipt("250 taken".to_owned())),
                Some(Some(error)) => Err(error),
                Some(None) => std::future::pending().await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_does_what_a_mailer_must() {
        let mailer = FakeMailer::new();
        mailer.refuse("nobody@x.example");
        super::super::contract::run(&mailer, "abuse@x.example", "nobody@x.example").await;
        assert_eq!(mailer.sent().len(), 2);
    }
}
