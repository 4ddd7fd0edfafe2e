//! What the page that warns asks the use cases, and tells them.
//!
//! Where a name does not resolve, people can be led to a page that says what was stopped. That somebody
//! opened it is a step in the ledger, and so is what they say there. Neither is ever enough to end
//! anybody's sessions by itself.

use std::net::IpAddr;

use unhook_model::Timestamp;

use crate::people::Pending;
use crate::service::ServiceError;

/// Somebody at the page that warns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The name that they wanted to open, in lower case and without a dot at its end.
    pub host: Box<str>,
    /// The name that is blocked: this one, or one that it lies below.
    pub stopped: Box<str>,
    /// From where. Whose address that was, a directory says.
    pub address: IpAddr,
    /// When.
    pub at: Timestamp,
}

/// What somebody says at the page that warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// That they had typed something in, before the name was blocked.
    Typed,
    /// That the name should not be blocked.
    Mistake,
}

/// Whoever answers for the page that warns.
pub trait Warnings: Send + Sync {
    /// The name that is blocked or held, of which a host is, or lies below; `None` when it resolves.
    /// `host` is in lower case and without a dot at its end.
    fn stopped(&self, host: &str) -> Option<Box<str>>;

    /// Hears that a person opened the page. It may drop some when too many come, and counts those.
    fn visited(&self, visit: Visit);

    /// Hears what somebody says there, and has kept it when it is done.
    ///
    /// # Errors
    /// Says why it is not kept.
    fn said(&self, visit: Visit, said: Said) -> Pending<'_, Result<(), ServiceError>>;
}
