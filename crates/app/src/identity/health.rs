//! How the connection to an identity provider is: what answered last, what failed last, and whether
//! anything is tried at the moment.
//!
//! What is asked (accounts, sign-ins) and what is done have a [`Breaker`] each: a log that may be read
//! no faster must not keep anybody from being signed out.

use std::sync::{Mutex, MutexGuard, PoisonError};

use unhook_model::Timestamp;

use super::{Ability, IdentityError, ProviderKind};
use crate::backoff::{Breaker, Standing};

/// How one identity provider is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderHealth {
    /// What the settings call it.
    pub name: String,
    /// What it is.
    pub kind: ProviderKind,
    /// What it can do.
    pub abilities: &'static [Ability],
    /// Whether its sign-ins are read here.
    pub reads_sign_ins: bool,
    /// How many were since the start, those that came twice too.
    pub sign_ins: u64,
    /// The newest of them.
    pub newest_sign_in: Option<Timestamp>,
    /// Whether the last thing that was tried went well, as far as anything was.
    pub is_well: bool,
    /// When it last answered as it should.
    pub succeeded_at: Option<Timestamp>,
    /// When it last did not, and why, without anything personal.
    pub failed: Option<(Timestamp, String)>,
    /// Whether it is asked.
    pub asking: Standing,
    /// Whether anything is done there.
    pub doing: Standing,
}

impl ProviderHealth {
    /// Whether nothing is tried for a while, since too much failed in a row.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        !matches!(self.asking, Standing::Closed { .. })
            || !matches!(self.doing, Standing::Closed { .. })
    }
}

/// What goes through to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Something is looked up or read.
    Asking,
    /// Something is done.
    Doing,
}

/// What is remembered of a provider.
#[derive(Debug, Default)]
pub(crate) struct Vitals(Mutex<Inner>);

#[derive(Clone, Debug, Default)]
struct Inner {
    asking: Breaker,
    doing: Breaker,
    is_failing: bool,
    succeeded_at: Option<Timestamp>,
    failed: Option<(Timestamp, String)>,
    sign_ins: u64,
    newest: Option<Timestamp>,
}

impl Inner {
    const fn breaker(&mut self, what: Use) -> &mut Breaker {
        match what {
            Use::Asking => &mut self.asking,
            Use::Doing => &mut self.doing,
        }
    }
}

impl Vitals {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether to try now; whoever is told yes says how it went.
    pub(crate) fn may_try(&self, what: Use, now: Timestamp) -> bool {
        self.inner().breaker(what).may_try(now)
    }

    /// From when on it is worth asking again, if that is not now.
    pub(crate) fn not_before(&self, what: Use) -> Option<Timestamp> {
        self.inner().breaker(what).not_before()
    }

    /// Hears how something went. A no is an answer: the provider is there.
    pub(crate) fn hear(&self, what: Use, result: Result<(), &IdentityError>, now: Timestamp) {
        let mut inner = self.inner();
        inner.is_failing = result.is_err();
        match result {
            Ok(()) => inner.succeeded_at = Some(now),
            Err(error) => inner.failed = Some((now, error.why().to_owned())),
        }
        match result {
            Ok(()) | Err(IdentityError::Refused { .. }) => inner.breaker(what).succeeded(),
            Err(_) => inner.breaker(what).failed(now),
        }
    }

    /// Counts sign-ins that were read.
    pub(crate) fn read(&self, count: usize, newest: Option<Timestamp>) {
        let mut inner = self.inner();
        inner.sign_ins += count as u64;
        inner.newest = inner.newest.max(newest);
    }

    /// All of it, of this provider.
    pub(crate) fn show(
        &self,
        provider: &dyn super::IdentityProvider,
        reads_sign_ins: bool,
    ) -> ProviderHealth {
        let inner = self.inner().clone();
        ProviderHealth {
            name: provider.name().to_owned(),
            kind: provider.kind(),
            abilities: provider.abilities(),
            reads_sign_ins,
            sign_ins: inner.sign_ins,
            newest_sign_in: inner.newest,
            is_well: !inner.is_failing,
            succeeded_at: inner.succeeded_at,
            failed: inner.failed,
            asking: inner.asking.standing(),
            doing: inner.doing.standing(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::fake::FakeIdentityProvider;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_ms(second * 1_000)
    }

    #[test]
    fn what_is_asked_too_fast_keeps_nobody_from_being_signed_out() {
        let (vitals, provider) = (Vitals::default(), FakeIdentityProvider::new());
        let busy = IdentityError::Later { why: "busy".to_owned(), after: None };
        for second in 0..5 {
            vitals.hear(Use::Asking, Err(&busy), at(second));
        }
        assert!(!vitals.may_try(Use::Asking, at(5)));
        assert!(vitals.may_try(Use::Doing, at(5)));
        let health = vitals.show(&provider, true);
        assert!(health.is_paused() && !health.is_well);
        assert_eq!(health.failed, Some((at(4), "busy".to_owned())));
    }

    #[test]
    fn a_no_is_an_answer() {
        let (vitals, provider) = (Vitals::default(), FakeIdentityProvider::new());
        let no = IdentityError::Refused { why: "the credential may not do this".to_owned() };
        for second in 0..9 {
            vitals.hear(Use::Asking, Err(&no), at(second));
        }
        let health = vitals.show(&provider, true);
        assert!(!health.is_paused() && !health.is_well);
        vitals.hear(Use::Doing, Ok(()), at(10));
        assert!(vitals.show(&provider, true).is_well);
    }
}
