//! The time and chance of the system.
//!
//! It stands here, beside what is kept, because chance comes from the same `ring` that makes
//! the vault's keys: no other room needs a source of its own.

use std::time::{SystemTime, UNIX_EPOCH};

use ring::rand::{SecureRandom as _, SystemRandom};
use unhook_app::Surroundings;
use unhook_model::Timestamp;

/// The system's clock, and its random bytes.
#[derive(Clone, Debug)]
pub struct SystemSurroundings(SystemRandom);

impl SystemSurroundings {
    /// Those of the system.
    #[must_use]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemSurroundings {
    fn default() -> Self {
        Self::new()
    }
}

impl Surroundings for SystemSurroundings {
    /// A clock set before 1970 reads as 1970.
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// # Panics
    /// When the system gives no random bytes. Ids that can be guessed or repeat would be worse,
    /// and no system that runs this far does so.
    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes).expect("a running system gives random bytes");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ() {
        let surroundings = SystemSurroundings::new();
        assert_ne!(surroundings.fresh_id(), surroundings.fresh_id());
        assert!(surroundings.now().unix_ms() > 0);
    }
}
