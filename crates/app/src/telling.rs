//! The ports by which people are told: a text to one person, an alert to those on call.
//!
//! Whether, when and what to tell is decided elsewhere and stands in the journal before
//! anything is sent. What stands behind these ports sends once, and says how it went.

use std::time::Duration;

use unhook_model::{CampaignId, PhoneNumber, ReportId, Timestamp};

use crate::people::Pending;

/// The id of one thing to be told, the same at every attempt: receivers drop repetitions by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutgoingId([u8; 16]);

impl OutgoingId {
    /// From its bytes: a UUID of version 7.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl std::fmt::Display for OutgoingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Written as every other id is.
        ReportId::from_bytes(self.0).fmt(f)
    }
}

impl std::str::FromStr for OutgoingId {
    type Err = unhook_model::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|id: ReportId| Self(id.to_bytes()))
    }
}

impl std::fmt::Debug for OutgoingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Why something was not delivered, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// It certainly was not delivered, and the same again may succeed.
    #[error("not delivered for now: {why}")]
    Later {
        /// Why, for the delivery log: never a secret, a number or a text.
        why: String,
        /// How long the receiver asks to wait.
        after: Option<Duration>,
    },
    /// It certainly was not delivered, and never will be.
    #[error("refused: {why}")]
    Refused {
        /// Why, for the delivery log.
        why: String,
    },
    /// Nobody knows whether it was: the request went out, and no answer came.
    #[error("nobody knows whether it was delivered: {why}")]
    Unknown {
        /// Why, for the delivery log.
        why: String,
    },
}

/// What a receiver calls what it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt(pub String);

/// Sends texts through a provider.
pub trait Texter: Send + Sync {
    /// Sends one text, once.
    ///
    /// # Errors
    /// Says whether it may be sent again.
    fn text<'a>(
        &'a self,
        id: OutgoingId,
        to: &'a PhoneNumber,
        body: &'a str,
    ) -> Pending<'a, Result<Receipt, DeliveryError>>;

    /// Asks the provider whether it takes what is signed in with. Nothing is sent, and it costs
    /// nothing. The receipt is what the provider calls the account, as far as it may be shown.
    ///
    /// # Errors
    /// `Refused` when the provider does not take it; the others when nobody knows.
    fn check(&self) -> Pending<'_, Result<Receipt, DeliveryError>>;
}

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For the record.
    Info,
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
}

impl Severity {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What those on call are told. Nothing in it is personal, and no link in it is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its id, the same at every attempt.
    pub id: OutgoingId,
    /// What happened, as a short name (`campaign-opened`, `credentials-submitted`,
    /// `campaign-escalated`, `actor-returned`, `campaign-closed`, `test`).
    pub kind: &'static str,
    /// How urgent.
    pub severity: Severity,
    /// What keeps alerts of one matter together: a receiver shows one incident for it.
    pub matter: String,
    /// Whether the matter is over.
    pub is_resolved: bool,
    /// One line.
    pub title: String,
    /// A few sentences, plain.
    pub text: String,
    /// Names and values for a table, few.
    pub facts: Vec<(&'static str, String)>,
    /// Which campaign.
    pub campaign: Option<CampaignId>,
    /// When it happened.
    pub at: Timestamp,
    /// The organization's name.
    pub organization: String,
}

/// Tells those on call, one way.
pub trait Notifier: Send + Sync {
    /// What the settings call it; the journal names it by this.
    fn name(&self) -> &str;

    /// Below this, it is not told.
    fn least_severity(&self) -> Severity;

    /// Whether receivers drop repetitions by the alert's id, so that one whose outcome is not
    /// known may be sent again.
    fn may_repeat(&self) -> bool;

    /// Tells, once.
    ///
    /// # Errors
    /// Says whether it may be told again.
    fn notify<'a>(&'a self, alert: &'a Alert) -> Pending<'a, Result<Receipt, DeliveryError>>;
}
