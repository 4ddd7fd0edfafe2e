//! For how long a browser is believed, and by what proof.

use unhook_model::{PersonId, Timestamp};

use super::{FRESH_MS, IDLE_MS, SEEN_MS};

/// How a session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// With a passkey.
    Passkey,
    /// Through the OpenID provider.
    Oidc,
    /// By a link of a program on this machine.
    Link,
}

impl Proof {
    /// Every one with its name.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Passkey, "passkey"), (Self::Oidc, "oidc"), (Self::Link, "link")];

    /// How it is written down.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(proof, _)| *proof)
    }
}

/// A time during which a browser is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// By which lists and the audit trail name it; it opens nothing.
    pub id: PersonId,
    /// Whose.
    pub account: PersonId,
    /// How it began.
    pub proof: Proof,
    /// Which browser it is, as far as it says.
    pub browser: String,
    /// When it began.
    pub made_at: Timestamp,
    /// When it was last used, give or take [`SEEN_MS`].
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// When a passkey was last shown in it.
    pub shown_at: Option<Timestamp>,
}

impl Session {
    /// Whether it is still good at a moment.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at && now.unix_ms() - self.seen_at.unix_ms() < IDLE_MS
    }

    /// Whether its being used should be noted again.
    #[must_use]
    pub fn is_to_be_touched(&self, now: Timestamp) -> bool {
        now.unix_ms() - self.seen_at.unix_ms() >= SEEN_MS
    }

    /// Whether a passkey was shown a moment ago.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.shown_at.is_some_and(|at| (0..FRESH_MS).contains(&(now.unix_ms() - at.unix_ms())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_stand_at_their_own_index() {
        for (proof, name) in Proof::ALL {
            assert_eq!((proof.name(), Proof::from_name(name)), (name, Some(proof)));
        }
    }
}
