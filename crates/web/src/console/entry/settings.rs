//! The console as the wiring decides it, and what it holds while it runs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use webauthn_rs::prelude::{Webauthn, WebauthnBuilder};

use super::address::{Address, Trouble};
use super::kept::Kept;
use super::oidc::{Flight, Provider};
use super::passkeys::Ceremony;
use crate::WebError;
use crate::limiter::{Limiter, Rate};

/// How often one address may begin a ceremony: an office in the morning behind one address.
const CEREMONIES: Rate = Rate { burst: 60.0, refill: Duration::from_secs(1) };

/// How often one address may try a code. They cannot be guessed; this bounds what trying costs.
const CODES: Rate = Rate { burst: 20.0, refill: Duration::from_secs(5) };

/// How many refusals the audit trail takes in [`REFUSAL_TIME`]; further ones go to the log, so that
/// nobody outside fills the trail.
const MOST_REFUSALS: u32 = 60;

/// The time in which they are counted.
const REFUSAL_TIME: Duration = Duration::from_secs(60 * 60);

/// The console.
pub struct Console {
    /// Where it is for those who look at it.
    pub(crate) address: Address,
    /// What verifies passkeys; none where browsers would not show one.
    pub(super) webauthn: Option<Webauthn>,
    pub(super) provider: Option<Provider>,
    pub(super) ceremonies: Kept<Ceremony>,
    pub(super) flights: Kept<Flight>,
    pub(super) beginnings: Limiter,
    pub(super) codes: Limiter,
    refusals: Mutex<Option<Instant>>,
    refused: AtomicU32,
}

impl Console {
    /// The console of an organization at a public address, such as
    /// `https://unhook.acme.example`.
    ///
    /// # Errors
    /// When the address is none, or passkeys cannot be set up for it.
    pub fn new(organization: &str, public_url: &str) -> Result<Self, WebError> {
        let address = Address::parse(public_url)?;
        let webauthn = match address.trouble() {
            None => Some(webauthn(organization, &address)?),
            Some(_) => None,
        };
        Ok(Self {
            address,
            webauthn,
            provider: None,
            ceremonies: Kept::default(),
            flights: Kept::default(),
            beginnings: Limiter::at(CEREMONIES),
            codes: Limiter::at(CODES),
            refusals: Mutex::default(),
            refused: AtomicU32::new(0),
        })
    }

    /// Lets people sign in through an OpenID provider, too.
    ///
    /// # Errors
    /// When its address is none.
    pub fn with_oidc(mut self, oidc: Oidc) -> Result<Self, WebError> {
        self.provider = Some(Provider::new(oidc)?);
        Ok(self)
    }

    /// Why nobody can sign in with a passkey here, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.address.trouble()
    }

    /// Why a link to come in by would be good for nothing, if so: no passkey works here, and there is
    /// no provider to sign in by either.
    #[must_use]
    pub fn why_nobody_joins(&self) -> Option<Trouble> {
        self.trouble().filter(|_| self.provider.is_none())
    }

    /// Where it is for those who look at it.
    #[must_use]
    pub fn url(&self) -> String {
        self.address.origin()
    }

    /// The link that is handed to whoever a code was made for.
    #[must_use]
    pub fn join_link(&self, code: &str) -> String {
        format!("{}/join/{code}", self.address.origin())
    }

    /// The link by which a program on this machine opens the console.
    #[must_use]
    pub fn enter_link(&self, code: &str) -> String {
        format!("{}/enter/{code}", self.address.origin())
    }

    /// Whether one more refusal is for the audit trail.
    pub(super) fn is_for_the_trail(&self, now: Instant) -> bool {
        let mut since = self.refusals.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if since.is_none_or(|since| now.duration_since(since) >= REFUSAL_TIME) {
            *since = Some(now);
            self.refused.store(0, Ordering::Relaxed);
        }
        self.refused.fetch_add(1, Ordering::Relaxed) < MOST_REFUSALS
    }
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("address", &self.address).finish_non_exhaustive()
    }
}

/// An OpenID provider, and what is believed of what it says.
#[derive(Clone, Debug, Default)]
pub struct Oidc {
    /// What people call it, as on the button.
    pub name: String,
    /// The provider, exactly as it calls itself.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What proves to it that it is us; none for a public client.
    pub client_secret: Option<Secret>,
    /// The claim by which whoever was not invited gets a role, if any does.
    pub role_claim: Option<String>,
    /// Which value of that claim is which role.
    pub roles: Vec<(String, unhook_app::Role)>,
}

/// Something that never shows itself.
#[derive(Clone)]
pub struct Secret(pub(super) String);

impl Secret {
    /// Holds a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn webauthn(organization: &str, address: &Address) -> Result<Webauthn, WebError> {
    let name = format!("Unhook · {organization}");
    let built = WebauthnBuilder::new(address.host(), address.url())
        .and_then(|builder| builder.rp_name(&name).build());
    built.map_err(|error| WebError::Passkeys {
        host: address.host().to_owned(),
        cause: error.into(),
    })
}
