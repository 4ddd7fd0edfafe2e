//! What a line of a log says, whoever wrote it.

use std::net::IpAddr;
use std::sync::Arc;

use unhook_engine::response::Rung;
use unhook_model::Timestamp;

use crate::identity::SignIn;
use crate::resolving::Client;

/// What a line of a log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// A name was looked up, or a page of it opened.
    Touched(Touch),
    /// Somebody tried to sign in.
    SignedIn(Box<SignIn>),
    /// A session touched data.
    Accessed(Access),
    /// An address or a device was somebody's for a while.
    Leased(Lease),
}

/// A name was looked up, or a page of it opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The name, in lower case, without a dot at its end.
    pub name: Box<str>,
    /// Who did.
    pub by: By,
    /// When.
    pub at: Timestamp,
    /// What saw it.
    pub via: Via,
}

/// Who touched a name, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// Whoever had this address or device.
    Client(Client),
    /// Somebody who was signed in to what wrote the log.
    Account(Box<str>),
}

/// What saw a name being touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// A resolver answered.
    Resolver,
    /// A resolver did not: the name was blocked.
    Blocked,
    /// A proxy let the page through, or saw it.
    Proxy,
    /// The page that says that something was stopped.
    WarningPage,
    /// Somebody said there that they had typed something in.
    Statement,
}

impl Via {
    /// What saw it, as the ledger calls it.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::Resolver | Self::Blocked => "resolver",
            Self::Proxy => "proxy",
            Self::WarningPage => "warning-page",
            Self::Statement => "statement",
        }
    }

    /// How far it got with whoever it was.
    #[must_use]
    pub const fn rung(self) -> Rung {
        match self {
            Self::Statement => Rung::Submitted,
            _ => Rung::Visited,
        }
    }
}

/// A session touched data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Whose account.
    pub account: Box<str>,
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub address: Option<IpAddr>,
    /// Which session, as the identity provider calls it.
    pub session: Option<Box<str>>,
    /// In which application.
    pub application: Box<str>,
    /// What was touched: a customer, an account, a record.
    pub object: Option<Box<str>>,
}

/// An address or a device was somebody's for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What was had.
    pub client: Client,
    /// By whom.
    pub holder: Holder,
    /// Since when.
    pub from: Timestamp,
    /// Until when, if it is known.
    pub until: Option<Timestamp>,
    /// What tells this lease from others of the same client, if the log has something: the id of a
    /// session, which a later line ends.
    pub key: Option<Box<str>>,
}

/// Who had an address or a device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// Somebody, by an account.
    Account(Box<str>),
    /// A device, by a name of its own or its hardware address: whose it is, another log says.
    Device(Arc<str>),
}

/// A kind of log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogKind {
    /// Unbound's query log.
    Unbound,
    /// BIND's query log.
    Bind,
    /// CoreDNS's log.
    Coredns,
    /// Zeek's `dns.log`, as tab-separated values or JSON.
    Zeek,
    /// JSON Lines with a mapping.
    Json,
    /// Okta's System Log.
    Okta,
    /// Microsoft Entra's sign-in log.
    Entra,
    /// Google Workspace's login activity.
    Google,
    /// What an application says of who touched what.
    Audit,
    /// Leases of Kea or of ISC's server, as CSV.
    Dhcp,
    /// RADIUS accounting, as JSON.
    Radius,
    /// Sessions of a VPN, as JSON.
    Vpn,
    /// Which device is whose, as JSON.
    Mdm,
}

impl LogKind {
    /// Each with its name in addresses and commands.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::Unbound, "unbound"),
        (Self::Bind, "bind"),
        (Self::Coredns, "coredns"),
        (Self::Zeek, "zeek"),
        (Self::Json, "json"),
        (Self::Okta, "okta"),
        (Self::Entra, "entra"),
        (Self::Google, "google"),
        (Self::Audit, "audit"),
        (Self::Dhcp, "dhcp"),
        (Self::Radius, "radius"),
        (Self::Vpn, "vpn"),
        (Self::Mdm, "mdm"),
    ];

    /// Its name in addresses and commands.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// What was read of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadLog {
    /// What its lines say.
    pub observed: Vec<Observed>,
    /// How many lines said something.
    pub read: usize,
    /// How many lines are of no concern here: other events, comments, empty ones.
    pub passed_over: usize,
    /// How many could not be read.
    pub unread: usize,
    /// The first of those, each with its number from one and what is wrong.
    pub problems: Vec<(usize, String)>,
}

/// What reads logs, for whoever takes them in. `now` is for times without a year.
pub trait LogReader: Send + Sync {
    /// Reads whole lines.
    ///
    /// # Errors
    /// Says why a log of this kind cannot be read at all, and what to set first.
    fn read(&self, kind: LogKind, bytes: &[u8], now: Timestamp) -> Result<ReadLog, String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_at_their_own_index() {
        for (kind, name) in LogKind::ALL {
            assert_eq!((kind.name(), LogKind::from_name(name)), (name, Some(kind)));
        }
        assert_eq!(LogKind::from_name("syslog"), None);
    }
}
