//! Identity providers are asked who signed in, each by a task of its own, and the ledger is told: the
//! same way that logs go which somebody hands in.
//!
//! A provider that is dead, slow or lies delays nothing but itself. What the ledger was given is memory,
//! so reading begins a while before the end of the last time; the same sign-in may come again, and
//! changes nothing. Whoever is not read is looked up now and then, so that it is known whether the
//! credential still works before somebody has to be signed out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use unhook_model::Timestamp;

use super::{Service, ServiceError};
use crate::backoff::next_attempt;
use crate::identity::health::{Use, Vitals};
use crate::identity::{
    Ability, Cursor, IdentityError, IdentityProvider, Page, ProviderHealth, ReadFrom,
};
use crate::ledger::Observed;

/// How long until a provider is asked again that had nothing more: a session is ended within seconds,
/// and four questions a minute are less than any provider allows.
const EVERY: Duration = Duration::from_secs(15);

/// How long between two pages, so that what is read after a long time does not keep others waiting.
const BETWEEN_PAGES: Duration = Duration::from_millis(50);

/// The most pages in one round: some twenty thousand sign-ins. One that never ends ends here.
const MOST_PAGES: u32 = 100;

/// How long until a provider that is not read is looked at again.
const CHECK_EVERY: Duration = Duration::from_secs(5 * 60);

/// How long one page may take.
const LONGEST_READ: Duration = Duration::from_secs(30);

/// How far before a start sign-ins are read again: a day of them, so that a log of names which comes in
/// once a day still meets them.
const READ_AGAIN: Duration = Duration::from_secs(24 * 60 * 60);

/// How much before the newest that was read reading goes on after an absence: as late as entries come.
const LATE: Duration = Duration::from_secs(60 * 60);

/// How far back it goes at most: as long as the shortest memory of a provider (Entra's, a month).
const LONGEST_ABSENCE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Somebody who has no account, to look up.
const NOBODY: &str = "unhook-check";

/// Reads sign-ins until it is told to stop.
pub(super) async fn run(service: Arc<Service>, stop: watch::Receiver<bool>) {
    let mut at_work = JoinSet::new();
    for nth in 0..service.ports.identity_providers.len() {
        let (service, mut stop) = (Arc::clone(&service), stop.clone());
        at_work.spawn(async move {
            let poller = Poller::new(&service, nth);
            poller.run(&mut stop).await;
        });
    }
    while at_work.join_next().await.is_some() {}
}

/// One provider, and how far it is read.
struct Poller<'s> {
    service: &'s Service,
    provider: &'s dyn IdentityProvider,
    vitals: &'s Vitals,
    is_read: bool,
    /// Where reading goes on; without, at the bookmark.
    place: Option<Cursor>,
    pages: u32,
    /// How often it failed in a row.
    failures: u32,
    newest: Option<Timestamp>,
}

/// What became of one page.
enum Turn {
    More,
    End,
    Failed(IdentityError),
    /// The provider gave it, and it could not be kept here.
    NotKept(ServiceError),
}

impl<'s> Poller<'s> {
    fn new(service: &'s Service, nth: usize) -> Self {
        Self {
            service,
            provider: &*service.ports.identity_providers[nth],
            vitals: &service.vitals[nth],
            is_read: service.reads_sign_ins(&*service.ports.identity_providers[nth]),
            place: None,
            pages: 0,
            failures: 0,
            newest: None,
        }
    }

    async fn run(mut self, stop: &mut watch::Receiver<bool>) {
        self.check().await;
        loop {
            let wait = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                wait = self.turn() => wait,
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Reads a page, or looks whether somebody is there, and says how long to wait.
    async fn turn(&mut self) -> Duration {
        let now = self.service.now();
        if !self.vitals.may_try(Use::Asking, now) {
            let again = self.vitals.not_before(Use::Asking);
            return again.map_or(EVERY, |at| at.since(now)) + self.spread(EVERY);
        }
        let turn = if self.is_read { self.read().await } else { self.check().await };
        match turn {
            Turn::More if self.pages < MOST_PAGES => {
                self.failures = 0;
                BETWEEN_PAGES
            }
            Turn::More | Turn::End => {
                (self.failures, self.pages) = (0, 0);
                let every = if self.is_read { EVERY } else { CHECK_EVERY };
                every + self.spread(every)
            }
            Turn::Failed(error) => {
                self.failures = self.failures.saturating_add(1);
                if self.failures == 1 {
                    let provider = self.provider.name();
                    tracing::warn!(provider, %error, "an identity provider cannot be asked");
                }
                let random = self.service.ports.surroundings.random();
                next_attempt(self.failures, error.after(), random).max(EVERY)
            }
            Turn::NotKept(error) => {
                tracing::warn!(%error, "sign-ins are not kept for now, and are read again");
                EVERY
            }
        }
    }

    /// Up to a quarter of a wait, by chance, so that providers are not all asked at once.
    fn spread(&self, wait: Duration) -> Duration {
        let [chance, ..] = self.service.ports.surroundings.random();
        wait / 4 * u32::from(chance) / 256
    }

    /// Looks whether the provider answers to this credential.
    async fn check(&self) -> Turn {
        let looked = in_time(self.provider.find(NOBODY)).await;
        self.heard(&looked);
        looked.map_or_else(Turn::Failed, |_| Turn::End)
    }

    fn heard<T>(&self, result: &Result<T, IdentityError>) {
        self.vitals.hear(Use::Asking, result.as_ref().map(|_| ()), self.service.now());
    }

    async fn read(&mut self) -> Turn {
        let from = match &self.place {
            Some(cursor) => ReadFrom::Cursor(cursor),
            None => match self.begin_at() {
                Ok(moment) => ReadFrom::Moment(moment),
                Err(error) => return Turn::NotKept(error),
            },
        };
        let read = in_time(self.provider.sign_ins(from)).await;
        self.heard(&read);
        match read {
            Ok(page) => self.take(page).await,
            Err(error) => {
                // A place that the provider knows no more; the bookmark it does.
                if matches!(error, IdentityError::Refused { .. }) {
                    self.place = None;
                }
                Turn::Failed(error)
            }
        }
    }

    /// Where to begin: before the end of the last time, and always some hours ago.
    fn begin_at(&self) -> Result<Timestamp, ServiceError> {
        let now = self.service.now();
        let kept = self.service.ports.bookmarks.read_until(self.provider.name())?;
        let moment = kept.map_or(now, |kept| kept.minus(LATE)).min(now.minus(READ_AGAIN));
        Ok(moment.max(now.minus(LONGEST_ABSENCE)))
    }

    /// Gives a page to the ledger, and only then goes on.
    async fn take(&mut self, page: Page) -> Turn {
        let Page { sign_ins, passed_over, next, is_end } = page;
        if passed_over > 0 {
            tracing::debug!(
                provider = self.provider.name(),
                passed_over,
                "sign-ins were unreadable"
            );
        }
        let now = self.service.now();
        // A clock that is ahead must not have anything passed over.
        let newest = sign_ins.iter().map(|sign_in| sign_in.at.min(now)).max();
        let count = sign_ins.len();
        let observed = sign_ins.into_iter().map(|one| Observed::SignedIn(Box::new(one)));
        if count > 0
            && let Err(error) = self.service.take_logs(observed.collect()).await
        {
            return Turn::NotKept(error);
        }
        self.vitals.read(count, newest);
        let stands_still = self.place.as_ref() == Some(&next);
        self.place = Some(next);
        self.pages += 1;
        if newest > self.newest {
            self.newest = newest;
            if let Err(error) = newest.map_or(Ok(()), |at| self.keep(at)) {
                tracing::warn!(%error, "up to where sign-ins were read is not kept for now");
            }
        }
        if is_end || stands_still { Turn::End } else { Turn::More }
    }

    fn keep(&self, at: Timestamp) -> Result<(), ServiceError> {
        Ok(self.service.ports.bookmarks.keep(self.provider.name(), at)?)
    }
}

impl Service {
    /// How each identity provider is, in the order of the settings.
    #[must_use]
    pub fn identity_health(&self) -> Vec<ProviderHealth> {
        let providers = self.ports.identity_providers.iter().zip(&self.vitals);
        let show = |(provider, vitals): (&Arc<dyn IdentityProvider>, &Vitals)| {
            vitals.show(&**provider, self.reads_sign_ins(&**provider))
        };
        providers.map(show).collect()
    }

    fn reads_sign_ins(&self, provider: &dyn IdentityProvider) -> bool {
        provider.abilities().contains(&Ability::ReadSignIns)
            && !self.settings.unread_sign_ins.contains(provider.name())
    }
}

async fn in_time<T>(
    asked: crate::people::Pending<'_, Result<T, IdentityError>>,
) -> Result<T, IdentityError> {
    let result = tokio::time::timeout(LONGEST_READ, asked).await;
    result.unwrap_or_else(|_| {
        let why = format!("no answer in {} seconds", LONGEST_READ.as_secs());
        Err(IdentityError::Later { why, after: None })
    })
}
