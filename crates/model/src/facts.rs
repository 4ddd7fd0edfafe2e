//! What was looked up outside for one message.

use crate::host::Hostname;
use crate::time::Timestamp;

/// The answer to one look-up. Never guessed: what could not be asked is `Unavailable`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fact<T> {
    /// Nobody asked, or the source did not answer.
    #[default]
    Unavailable,
    /// The source answered that there is no such thing.
    Absent {
        /// When it was asked.
        at: Timestamp,
    },
    /// The source answered.
    Present {
        /// Its answer.
        value: T,
        /// When it was asked.
        at: Timestamp,
    },
}

impl<T> Fact<T> {
    /// The value and when it was learned, if there is one.
    #[must_use]
    pub fn present(&self) -> Option<(&T, Timestamp)> {
        match self {
            Self::Present { value, at } => Some((value, *at)),
            Self::Absent { .. } | Self::Unavailable => None,
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable)
    }
}

/// Everything that was looked up for one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// About each host that the message links to.
    pub hosts: Vec<(Hostname, HostFacts)>,
    /// When this sender first texted anybody we know.
    pub sender_first_seen: Fact<Timestamp>,
    /// What others say of the sender.
    pub sender_reputation: Fact<Reputation>,
    /// The names the recipient goes by.
    pub recipient_names: Fact<Vec<String>>,
}

impl Facts {
    /// What was looked up about this host.
    #[must_use]
    pub fn host(&self, host: &Hostname) -> Option<&HostFacts> {
        self.hosts.iter().find(|(known, _)| known == host).map(|(_, facts)| facts)
    }
}

/// What was looked up about one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// When its domain was registered (RDAP, RFC 9083).
    pub registered_at: Fact<Timestamp>,
    /// When its first certificate was logged (certificate transparency).
    pub first_certificate_at: Fact<Timestamp>,
    /// What others say of it.
    pub reputation: Fact<Reputation>,
    /// How its page compares with the organization's real sign-in pages.
    pub page: Fact<PageResemblance>,
}

/// What a source says of a sender or host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reputation {
    /// Known to be hostile.
    Malicious,
    /// Known, and nothing against it.
    Good,
}

/// How a page compares with real sign-in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageResemblance {
    /// It asks for a password and looks like ours.
    AsksPasswordAsUs,
    /// It looks like ours.
    LooksLikeUs,
    /// It asks for a password and looks like nothing known.
    AsksPassword,
    /// None of these.
    Unremarkable,
}
