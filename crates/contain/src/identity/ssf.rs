//! OpenID Shared Signals (SSF 1.0): we say as signed tokens (SET, RFC 8417) that a person's sessions
//! are revoked and their password is no longer good (CAEP 1.0), and whoever subscribed acts on it.
//!
//! [`SsfReceiver`] pushes to one receiver that needs no stream, as Okta. [`Transmitter`] serves streams
//! that receivers make themselves, and delivers by push (RFC 8935) or poll (RFC 8936). What a receiver
//! makes of an event cannot be seen from here, so a step is told and not done.
//!
//! The key signs nothing else. Receivers are known by tokens of their own from the settings, see no
//! stream but theirs, and are pushed to at no host that the settings do not name.

mod event;
mod kept;
mod receiver;
mod router;
mod streams;
mod transmitter;

use super::http::Endpoint;
use super::jwt::Key;
use super::{Secret, SettingsError};

pub use event::Dialect;
pub use kept::Keeper;
pub use receiver::{ReceiverSettings, SsfReceiver};
pub use router::router;
pub use streams::{MOST_PENDING, MOST_POLLED, MOST_RECEIVERS};
pub use transmitter::{Subscriber, Transmitter, TransmitterSettings};

/// Who says it, and the key by which that is proven.
#[derive(Debug)]
pub struct Issuer {
    url: String,
    key_id: String,
    key: Key,
}

impl Issuer {
    /// The address at which receivers find our configuration (`https://unhook.acme.example`), and a
    /// private key as PKCS #8 in PEM: of the curve P-256, or RSA for receivers that take no other.
    ///
    /// # Errors
    /// When the address has more than a host, or the key is none.
    pub fn new(url: &str, key_id: &str, key: &Secret) -> Result<Self, SettingsError> {
        let endpoint = Endpoint::parse(url)?;
        if endpoint.url().path() != "/" {
            return Err(SettingsError::Setting("the issuer's address must end with its host"));
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if key_id.is_empty() || key_id.len() > 64 || !key_id.bytes().all(is_plain) {
            let why = "the id of the signing key has 1 to 64 letters, digits, `-`, `_` and `.`";
            return Err(SettingsError::Setting(why));
        }
        let url = endpoint.url().as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, key_id: key_id.to_owned(), key: Key::from_pem(key)? })
    }

    /// The public half of the key, as a set (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!({ "keys": [self.key.public_jwk(&self.key_id)] })
    }
}
