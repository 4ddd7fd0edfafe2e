//! The provider itself: where its parts are, its keys, and a code changed for a token.
//!
//! What it says of itself and its keys are remembered for an hour; a key that is not among
//! them is looked for anew, but not more often than once a minute, whatever is sent here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use unhook_app::Role;
use unhook_model::Timestamp;

use super::super::settings::Oidc;
use super::token::{self, Claims, Keys, TokenError};
use crate::WebError;

/// The longest answer that is read, in bytes: descriptions, keys and tokens have a few KiB.
const LONGEST_ANSWER: usize = 256 << 10;

/// How long an answer may take: somebody waits before a white page.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long what it says of itself is believed.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// How soon its keys may be asked for again.
const AGAIN: Duration = Duration::from_secs(60);

/// Why the provider cannot be used, or is not believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProviderError {
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("it answers {status} for {what}")]
    Status { what: &'static str, status: StatusCode },
    #[error("its answer for {0} cannot be read")]
    Unreadable(&'static str),
    #[error("it calls itself `{0}`, which is not the issuer of the configuration")]
    OtherIssuer(String),
    #[error("its {0} is not over TLS")]
    Plain(&'static str),
    #[error("its token: {0}")]
    Token(#[from] TokenError),
}

impl ProviderError {
    /// Whether it is the provider's trouble, rather than of what somebody came back with.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Token(_) => false,
            // A code that is wrong, used or somebody else's is answered by 400.
            Self::Status { what, status } => *what != "a token" || !status.is_client_error(),
            _ => true,
        }
    }
}

/// What somebody is sent to the provider with.
pub(super) struct Ask<'a> {
    pub(super) state: &'a str,
    pub(super) nonce: &'a str,
    pub(super) challenge: &'a str,
    pub(super) redirect: &'a str,
}

/// An OpenID provider.
pub(in super::super) struct Provider {
    settings: Oidc,
    client: Client,
    known: Mutex<Option<(Instant, Arc<Known>)>>,
}

/// What it says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct Description {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

struct Known {
    description: Description,
    keys: Keys,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    pub(in super::super) fn new(settings: Oidc) -> Result<Self, WebError> {
        let wrong = || WebError::Issuer { text: settings.issuer.clone() };
        let url = Url::parse(&settings.issuer).map_err(|_| wrong())?;
        if !is_private(&url) || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        // No redirect: a secret goes where it was meant to, or nowhere.
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).no_proxy();
        let client = client.build().map_err(|_| wrong())?;
        Ok(Self { settings, client, known: Mutex::default() })
    }

    pub(in super::super) fn name(&self) -> &str {
        &self.settings.name
    }

    pub(super) fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Which role a claim gives whoever was not invited; of several the one that may most.
    pub(super) fn role(&self, claims: &Claims) -> Option<Role> {
        let said = claims.texts(self.settings.role_claim.as_deref()?);
        let given = self.settings.roles.iter().filter(|(value, _)| said.contains(&value.as_str()));
        given.map(|(_, role)| *role).max_by_key(|role| role.scopes().len())
    }

    /// Where somebody is sent.
    pub(super) async fn authorization(&self, ask: &Ask<'_>) -> Result<String, ProviderError> {
        let known = self.known(REMEMBERED).await?;
        let endpoint =
            endpoint(&known.description.authorization_endpoint, "authorization endpoint")?;
        let mut url = endpoint;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", ask.redirect)
            .append_pair("scope", "openid profile")
            .append_pair("state", ask.state)
            .append_pair("nonce", ask.nonce)
            .append_pair("code_challenge", ask.challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// What the provider says of whoever came back with a code.
    pub(super) async fn claims(
        &self,
        code: &str,
        verifier: &str,
        redirect: &str,
        now: Timestamp,
    ) -> Result<Claims, ProviderError> {
        let known = self.known(REMEMBERED).await?;
        let tokens = self.change(&known.description, code, verifier, redirect).await?;
        let (issuer, audience) = (&self.settings.issuer, &self.settings.client_id);
        let judge = |keys: &Keys| token::verify(&tokens.id_token, keys, issuer, audience, now);
        match judge(&known.keys) {
            Err(TokenError::UnknownKey) => Ok(judge(&self.known(AGAIN).await?.keys)?),
            judged => Ok(judged?),
        }
    }

    /// Changes a code for tokens (RFC 6749, section 4.1.3).
    async fn change(
        &self,
        description: &Description,
        code: &str,
        verifier: &str,
        redirect: &str,
    ) -> Result<Tokens, ProviderError> {
        let settings = &self.settings;
        let url = endpoint(&description.token_endpoint, "token endpoint")?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
            ("client_id", &settings.client_id),
        ];
        let mut request = self.client.post(url);
        if let Some(secret) = &settings.client_secret {
            let methods = description.token_endpoint_auth_methods_supported.as_deref();
            // Left out, it is `client_secret_basic` (Discovery, section 3).
            let is_basic =
                methods.is_none_or(|methods| methods.iter().any(|m| m == "client_secret_basic"));
            if is_basic {
                let (id, secret) = (form_encoded(&settings.client_id), form_encoded(&secret.0));
                request = request.basic_auth(id, Some(secret));
            } else {
                form.push(("client_secret", &secret.0));
            }
        }
        ask(request.form(&form), "a token").await
    }

    /// What is known of the provider, asked for anew if that is older than this.
    async fn known(&self, oldest: Duration) -> Result<Arc<Known>, ProviderError> {
        let now = Instant::now();
        let held = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, known)) = held
            && now.duration_since(at) < oldest
        {
            return Ok(known);
        }
        let known = Arc::new(self.look().await?);
        let held = Some((now, Arc::clone(&known)));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = held;
        Ok(known)
    }

    async fn look(&self) -> Result<Known, ProviderError> {
        let issuer = &self.settings.issuer;
        let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let url = endpoint(&place, "description")?;
        let description: Description = ask(self.client.get(url), "its description").await?;
        if description.issuer != *issuer {
            return Err(ProviderError::OtherIssuer(description.issuer));
        }
        let keys = endpoint(&description.jwks_uri, "place of keys")?;
        let keys = ask(self.client.get(keys), "its keys").await?;
        Ok(Known { description, keys })
    }
}

/// An address that a secret may go to.
fn endpoint(text: &str, what: &'static str) -> Result<Url, ProviderError> {
    let url = Url::parse(text).map_err(|_| ProviderError::Unreadable(what))?;
    if is_private(&url) { Ok(url) } else { Err(ProviderError::Plain(what)) }
}

/// Whether nobody on the way reads along: TLS, or this very machine.
fn is_private(url: &Url) -> bool {
    let is_here = match url.host_str() {
        Some(host) => {
            let bare = host.trim_matches(['[', ']']);
            let number = bare.parse::<std::net::IpAddr>();
            host == "localhost" || number.is_ok_and(|number| number.is_loopback())
        }
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// An id or a secret as HTTP's basic scheme wants it here (RFC 6749, section 2.3.1).
fn form_encoded(text: &str) -> String {
    let mut url = Url::parse("http://localhost/").expect("it is an address");
    url.query_pairs_mut().append_pair("", text);
    url.query().unwrap_or_default().trim_start_matches('=').to_owned()
}

async fn ask<T: DeserializeOwned>(
    request: RequestBuilder,
    what: &'static str,
) -> Result<T, ProviderError> {
    // Without the address, which may hold a secret.
    let unreachable =
        |error: reqwest::Error| ProviderError::Unreachable(error.without_url().to_string());
    let request = request.header("accept", "application/json");
    let mut response = request.send().await.map_err(unreachable)?;
    if response.status() != StatusCode::OK {
        return Err(ProviderError::Status { what, status: response.status() });
    }
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(unreachable)? {
        if body.len() + part.len() > LONGEST_ANSWER {
            return Err(ProviderError::Unreadable(what));
        }
        body.extend_from_slice(&part);
    }
    serde_json::from_slice(&body).map_err(|_| ProviderError::Unreadable(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_over_tls_or_stay_on_this_machine() {
        let check = |text: &str, expected| {
            assert_eq!(is_private(&Url::parse(text).unwrap()), expected, "{text}");
        };
        check("https://id.example/a", true);
        check("http://localhost:3000", true);
        check("http://127.0.0.1:3000", true);
        check("http://[::1]:3000", true);
        check("http://id.example", false);
        check("http://localhost.evil.example", false);
        check("ftp://localhost", false);
    }

    #[test]
    fn ids_and_secrets_are_encoded_as_forms_are() {
        assert_eq!(form_encoded("a b:c&d=ü"), "a+b%3Ac%26d%3D%C3%BC");
    }
}
