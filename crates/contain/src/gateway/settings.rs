//! What a push to a gateway is set up with.

use std::path::PathBuf;
use std::str::FromStr;

use crate::AddressError;
use crate::identity::http::Endpoint;

/// Where Cloudflare's API is.
pub const CLOUDFLARE: &str = "https://api.cloudflare.com";

/// The most entries of a list on Cloudflare's usual plans (its page of account limits).
pub const USUAL_ITEMS: usize = 1_000;

/// The most entries of a list on its enterprise plans.
pub const MOST_ITEMS: usize = 5_000;

/// Where an API is: HTTPS, or plain HTTP on this very machine.
#[derive(Clone, Debug)]
pub struct ApiAddress(pub(super) Endpoint);

impl FromStr for ApiAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Endpoint::parse(text).map(Self)
    }
}

impl Default for ApiAddress {
    fn default() -> Self {
        CLOUDFLARE.parse().expect("it is an address")
    }
}

/// What one push needs.
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// What the settings call it.
    pub name: String,
    /// The account's id.
    pub account_id: String,
    /// The list's id.
    pub list_id: String,
    /// The file with the API token. It is read again whenever the list is, so a new token counts at once.
    pub token_file: PathBuf,
    /// The most entries of the list.
    pub most_items: usize,
    /// Whether entries that are not ours are removed.
    pub takes_over: bool,
    /// Where the API is.
    pub url: ApiAddress,
}

/// Why a push cannot be made of its settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// The file with the token.
    #[error("the file with the token cannot be read")]
    Token(#[from] std::io::Error),
    /// It holds no token.
    #[error("the token has characters that no token has")]
    Characters,
    /// The machine's TLS.
    #[error("no HTTP client can be made")]
    Client(#[from] crate::identity::SettingsError),
}
