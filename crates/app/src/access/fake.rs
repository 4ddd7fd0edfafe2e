//! Tokens and a trail in memory, which can be told to be out of reach.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use unhook_model::{PersonId, Timestamp};

use super::{Access, AccessError, AuditEntry, Grant, MOST_ABOUT, Scope, TOKEN_MADE};

/// Tokens and a trail in memory. Its tokens can be guessed.
#[derive(Debug, Default)]
pub struct FakeAccess(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    tokens: Vec<(String, Grant)>,
    trail: Vec<AuditEntry>,
    is_unavailable: bool,
}

impl FakeAccess {
    /// No token yet, and nothing recorded.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everything fail from now on, or work again.
    pub fn set_unavailable(&self, is_unavailable: bool) {
        self.lock().is_unavailable = is_unavailable;
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, AccessError> {
        let state = self.lock();
        if state.is_unavailable {
            return Err(AccessError("a test said so".into()));
        }
        Ok(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Access for FakeAccess {
    fn grant(&self, bearer: &str) -> Result<Option<Grant>, AccessError> {
        let state = self.state()?;
        let found = state.tokens.iter().find(|(known, _)| known == bearer);
        Ok(found.map(|(_, grant)| grant.clone()))
    }

    fn make(
        &self,
        name: &str,
        scopes: &[Scope],
        at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Result<(String, Grant), AccessError> {
        let mut state = self.state()?;
        let number = state.tokens.len() as u128 + 1;
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let grant = Grant {
            by: PersonId::from_bytes((0x70_u128 << 72 | number).to_be_bytes()),
            name: name.to_owned(),
            scopes,
            made_at: at,
            expires_at,
            revoked_at: None,
        };
        let bearer = format!("unhook_FAKE{number:039}");
        state.tokens.push((bearer.clone(), grant.clone()));
        Ok((bearer, grant))
    }

    fn grants(&self) -> Result<Vec<Grant>, AccessError> {
        Ok(self.state()?.tokens.iter().map(|(_, grant)| grant.clone()).collect())
    }

    fn revoke(&self, by: PersonId, at: Timestamp) -> Result<bool, AccessError> {
        let mut state = self.state()?;
        let mut tokens = state.tokens.iter_mut();
        let found = tokens.find(|(_, grant)| grant.by == by && grant.revoked_at.is_none());
        Ok(found.map(|(_, grant)| grant.revoked_at = Some(at)).is_some())
    }

    fn record(&self, entry: &AuditEntry) -> Result<(), AccessError> {
        self.state()?.trail.push(entry.clone());
        Ok(())
    }

    fn makers(&self) -> Result<BTreeMap<PersonId, Option<PersonId>>, AccessError> {
        let state = self.state()?;
        let made = state.trail.iter().filter(|entry| entry.action == TOKEN_MADE);
        Ok(made.filter_map(|entry| Some((entry.subject.parse().ok()?, entry.by))).collect())
    }

    fn trail_about(&self, subject: &str) -> Result<Vec<AuditEntry>, AccessError> {
        let mut about: Vec<AuditEntry> = self
            .trail(None, usize::MAX)?
            .into_iter()
            .map(|(_, entry)| entry)
            .filter(|entry| entry.subject.split(' ').any(|part| part == subject))
            .collect();
        about.reverse();
        about.truncate(MOST_ABOUT);
        Ok(about)
    }

    fn trail(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, AuditEntry)>, AccessError> {
        let state = self.state()?;
        let numbered = (1..).zip(state.trail.iter().cloned());
        let mut entries: Vec<_> =
            numbered.filter(|(number, _)| before.is_none_or(|end| *number < end)).collect();
        entries.reverse();
        entries.truncate(limit);
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        super::super::contract::run(&FakeAccess::new());
    }

    #[test]
    fn it_can_be_out_of_reach() {
        let access = FakeAccess::new();
        access.set_unavailable(true);
        assert!(access.grants().is_err());
        access.set_unavailable(false);
        assert!(access.grants().is_ok());
    }
}
