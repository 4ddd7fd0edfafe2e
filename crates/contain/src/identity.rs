//! Connectors to identity providers: who signed in from where, and how sessions end.
//!
//! Each stands behind [`unhook_app::IdentityProvider`] and decides nothing: whoever calls it did. A
//! connector asks once and says how it went; what may be tried again, and when, is for its caller.
//! What it writes is safe to repeat, because nobody knows of a request that broke off what became of it.
//!
//! What they have in common: one HTTP client that waits for a bounded time, reads a bounded answer and
//! follows no redirect; credentials that come as a [`Secret`] and are sent nowhere but to the
//! provider's own origin, also when an answer names another place to go on reading. `docs/identity.md`
//! says which permissions each needs. Start reading at [`okta`].

mod api;
mod cursor;
pub mod entra;
pub mod google;
pub(crate) mod http;
mod jwt;
pub mod okta;
pub mod scim;
mod secret;
pub mod ssf;
pub(crate) mod tokens;
mod value;

pub use unhook_app::Secret;

use crate::AddressError;

/// Why a connector cannot be made of its settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The address is none.
    #[error("the address of the identity provider cannot be used: {0}")]
    Address(#[from] AddressError),
    /// The private key is none.
    #[error("the private key cannot be used: {0}")]
    Key(&'static str),
    /// The authorities, or the machine's TLS.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// A secret with characters that no header has, or another setting that makes no sense.
    #[error("{0}")]
    Setting(&'static str),
    /// What was kept of the streams of shared signals cannot be read.
    #[error(
        "the streams of shared signals cannot be read, and nobody is told of evictions without them"
    )]
    Streams(#[source] unhook_app::journal::Cause),
}
