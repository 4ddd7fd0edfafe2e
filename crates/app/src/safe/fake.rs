//! A safe for tests, in memory, which can be told to be damaged or out of reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Item, LARGEST_RECORD, Safe, SafeError};

/// It lasts as long as it does, and hides nothing.
#[derive(Debug, Default)]
pub struct FakeSafe(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<Item, Vec<u8>>,
    /// Those that have a key.
    loaded: BTreeSet<Item>,
    is_damaged: bool,
    is_unavailable: bool,
}

impl FakeSafe {
    /// Somebody was erased.
    pub fn erase(&self) {
        let mut state = self.state();
        state.loaded.retain(|item| item.outlives_erasures());
        state.records.retain(|item, _| item.outlives_erasures());
    }

    /// Lets nothing that is there open from now on, until it is kept anew.
    pub fn damage(&self) {
        self.state().is_damaged = true;
    }

    /// Lets everything fail as unavailable from now on, or work again.
    pub fn set_unavailable(&self, is_unavailable: bool) {
        self.state().is_unavailable = is_unavailable;
    }

    /// What is kept, whatever else is so.
    #[must_use]
    pub fn content(&self, item: Item) -> Option<Vec<u8>> {
        self.state().records.get(&item).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn refuse_in_trouble(&self) -> Result<(), SafeError> {
        match self.is_unavailable {
            true => Err(SafeError::Unavailable("a test said so".into())),
            false => Ok(()),
        }
    }
}

impl Safe for FakeSafe {
    fn load(&self, item: Item) -> Result<Option<Vec<u8>>, SafeError> {
        let mut state = self.state();
        state.refuse_in_trouble()?;
        state.loaded.insert(item);
        let record = state.records.get(&item);
        if record.is_some() && state.is_damaged {
            return Err(SafeError::Damaged { file: item.name().into() });
        }
        Ok(record.cloned())
    }

    fn keep(&self, item: Item, content: &[u8]) -> Result<(), SafeError> {
        let mut state = self.state();
        state.refuse_in_trouble()?;
        if content.len() > LARGEST_RECORD {
            return Err(SafeError::TooLarge { size: content.len() });
        }
        if !state.loaded.contains(&item) {
            return Err(SafeError::Erased);
        }
        state.is_damaged = false;
        state.records.insert(item, content.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        let safe = FakeSafe::default();
        super::super::contract::run(&safe, || safe.erase());
    }
}
