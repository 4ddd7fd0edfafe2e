//! What can be wrong with the settings of a way to tell those on call: each says what to
//! write instead, and none repeats what a file holds.

use std::io;
use std::path::PathBuf;

use super::http::EndpointError;
use super::settings::{Kind, LONGEST_NAME};
use super::syslog::AddressError;

/// Why settings make no way to tell anybody, and what to write.
#[derive(Debug, thiserror::Error)]
#[error("notify `{name}`")]
pub struct NotifySettingsError {
    /// The name of the way.
    pub name: String,
    /// What is wrong.
    #[source]
    pub problem: NotifyProblem,
}

/// What is wrong with the settings of one way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyProblem {
    /// The name cannot be one.
    #[error("`name` must have 1 to {LONGEST_NAME} letters, digits, `-`, `_` or `.`")]
    Name,
    /// A setting is not there that must be.
    #[error("`{key}` is missing: write {write}")]
    Missing {
        /// The setting.
        key: &'static str,
        /// What to write.
        write: &'static str,
    },
    /// A setting is there that means nothing.
    #[error("{kind} takes no `{key}`; it takes {}", kind.takes().join(", "))]
    NotTaken {
        /// The kind of way.
        kind: Kind,
        /// The setting.
        key: &'static str,
    },
    /// Two settings say the same thing.
    #[error("`{first}` and `{second}` are both there: keep one")]
    Both {
        /// One setting.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A file cannot be read.
    #[error("`{key}`: {} cannot be read", path.display())]
    Unreadable {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// What a file or a setting holds is not what belongs there.
    #[error("`{key}` does not hold what it should: write {write}")]
    Wrong {
        /// The setting.
        key: &'static str,
        /// What to write.
        write: &'static str,
    },
    /// An address of a web server that cannot be used.
    #[error("`{key}`: {problem}: write https://, a host and a path")]
    Endpoint {
        /// The setting.
        key: &'static str,
        /// Why.
        problem: EndpointError,
    },
    /// An address of a receiver of syslog that cannot be used.
    #[error("`address`: {problem}: write such as tls://log.example:6514")]
    Address {
        /// Why.
        problem: AddressError,
    },
    /// This system has no such thing.
    #[error("`address`: this system has no local sockets: write udp://, tcp:// or tls://")]
    NoLocalSockets,
    /// No client can be made.
    #[error("no client can be made: {why}")]
    Client {
        /// Why.
        why: String,
    },
}
