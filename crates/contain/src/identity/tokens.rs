//! Access tokens that are asked for and last an hour (OAuth 2.0: RFC 6749, section 4.4; RFC 7523).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::json;
use tokio::sync::Mutex;
use unhook_app::IdentityError;

use super::Secret;
use super::http::{Body, Call, Client, Endpoint};
use super::jwt::Key;

/// How long before its end a token is no longer used, in seconds: a request takes a while.
const MARGIN: i64 = 60;
/// How long a token lasts whose provider does not say, in seconds.
const USUAL_LIFETIME: i64 = 5 * 60;
/// How long what proves who we are is good for, in seconds: long enough for clocks that differ.
const ASSERTION_LIFETIME: i64 = 5 * 60;

/// How tokens are asked for.
#[derive(Debug)]
pub(crate) enum Grant {
    /// By a shared secret.
    ClientSecret { client: String, secret: Secret },
    /// By a private key of the client (`private_key_jwt`).
    ClientKey { client: String, key_id: Option<String>, key: Key },
    /// By a private key, in the name of somebody (`jwt-bearer`).
    Bearer { issuer: String, subject: String, key_id: Option<String>, key: Key },
}

/// Where tokens come from, and the one that is in use.
#[derive(Debug)]
pub(crate) struct Tokens {
    endpoint: Endpoint,
    scope: String,
    grant: Grant,
    current: Mutex<Option<Token>>,
}

#[derive(Clone, Debug)]
struct Token {
    header: HeaderValue,
    /// In seconds.
    ends_at: i64,
}

impl Tokens {
    pub(crate) fn new(endpoint: Endpoint, scope: &str, grant: Grant) -> Self {
        Self { endpoint, scope: scope.to_owned(), grant, current: Mutex::new(None) }
    }

    /// The `Authorization` of a token that is good for a while. Whoever comes while one is asked for
    /// waits for it.
    pub(crate) async fn header(&self, client: &Client) -> Result<HeaderValue, IdentityError> {
        let mut current = self.current.lock().await;
        let now = client.surroundings.now().unix_ms().div_euclid(1000);
        if let Some(token) = current.as_ref().filter(|token| now + MARGIN < token.ends_at) {
            return Ok(token.header.clone());
        }
        let token = self.ask(client, now).await?;
        let header = token.header.clone();
        *current = Some(token);
        Ok(header)
    }

    /// Forgets a token that was not accepted, unless another took its place already.
    pub(crate) async fn forget(&self, header: &HeaderValue) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|token| token.header == *header) {
            *current = None;
        }
    }

    async fn ask(&self, client: &Client, now: i64) -> Result<Token, IdentityError> {
        let body = Body::Form(self.form(client, now));
        let mut call = Call::change(Method::POST, self.endpoint.url(), body);
        call.changes = false;
        let answer = client.send(call).await?;
        if matches!(answer.status, 400 | 401) {
            let code = answer.code().unwrap_or_default();
            let why = format!(
                "{} gives no token ({code}): see whether the credential is still there",
                self.endpoint.host()
            );
            return Err(IdentityError::Later { why, after: None });
        }
        let answer = answer.success()?.json()?;
        let token = answer["access_token"].as_str().and_then(|token| bearer("Bearer", token));
        let header = token.ok_or_else(|| IdentityError::Later {
            why: format!("{} answered without a token", self.endpoint.host()),
            after: None,
        })?;
        let lifetime = answer["expires_in"].as_i64().unwrap_or(USUAL_LIFETIME);
        Ok(Token { header, ends_at: now.saturating_add(lifetime) })
    }

    fn form(&self, client: &Client, now: i64) -> Vec<(&'static str, String)> {
        const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        let end = now + ASSERTION_LIFETIME;
        let audience = self.endpoint.url().to_string();
        let usual =
            [("grant_type", "client_credentials".to_owned()), ("scope", self.scope.clone())];
        match &self.grant {
            Grant::ClientSecret { client, secret } => {
                let secret = secret.expose().to_owned();
                let own = [("client_id", client.clone()), ("client_secret", secret)];
                usual.into_iter().chain(own).collect()
            }
            Grant::ClientKey { client: id, key_id, key } => {
                let jti = BASE64_URL_SAFE_NO_PAD.encode(client.surroundings.random());
                let claims = json!({
                    "iss": id, "sub": id, "aud": audience, "iat": now, "exp": end, "jti": jti,
                });
                let assertion = key.sign("JWT", key_id.as_deref(), &claims);
                let own = [
                    ("client_id", id.clone()),
                    ("client_assertion_type", ASSERTION.to_owned()),
                    ("client_assertion", assertion),
                ];
                usual.into_iter().chain(own).collect()
            }
            Grant::Bearer { issuer, subject, key_id, key } => {
                let claims = json!({
                    "iss": issuer, "sub": subject, "scope": self.scope, "aud": audience,
                    "iat": now, "exp": end,
                });
                let assertion = key.sign("JWT", key_id.as_deref(), &claims);
                vec![("grant_type", BEARER.to_owned()), ("assertion", assertion)]
            }
        }
    }
}

/// An `Authorization` that no log shows.
pub(crate) fn bearer(scheme: &str, token: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(&format!("{scheme} {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}
