//! Signing in through an OpenID provider (OpenID Connect Core 1.0, the code flow with PKCE,
//! RFC 7636).
//!
//! What leaves for the provider is good for one way back, in the browser that it left with: `state`
//! names it, a cookie proves the browser, `nonce` ties the provider's token to it. The provider
//! says who somebody is there; only an account that an invitation bound to that subject lets them in
//! here, unless a claim says what they are. A session that began so is never fresh: what needs
//! approval needs a passkey, which no provider can show.
//!
//! `provider` talks to the provider, `token` judges what it says.

mod provider;
mod token;

use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use serde::Deserialize;
use unhook_app::Account;
use unhook_app::accounts::{Proof, Subject};

use super::cookie::Cookie;
use super::kept::secret;
use super::sign_in::Wish;
use super::{audit, next, pages, passkeys, session, within_rate};
use crate::peer::Peer;
use crate::problem::{Kind, Problem};
use crate::web::Shared;

use provider::Ask;
pub(super) use provider::Provider;
use token::Claims;

/// What is kept of somebody on their way through the provider.
pub(super) struct Flight {
    /// What the browser's cookie holds.
    browser: String,
    nonce: String,
    verifier: String,
    next: String,
    /// The invitation by which they come.
    code: Option<String>,
}

/// What the provider sends somebody back with.
#[derive(Deserialize)]
pub(super) struct Arrival {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    /// Who sends them (RFC 9207).
    iss: Option<String>,
}

pub(super) async fn begin(
    State(shared): State<Shared>,
    Query(wish): Query<Wish>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    within_rate(&shared, &shared.console().beginnings, peer, &headers)?;
    leave(&shared, &headers, next::or_first(wish.next.as_deref()), None).await
}

pub(super) async fn begin_joining(
    State(shared): State<Shared>,
    Path(code): Path<String>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    within_rate(&shared, &shared.console().codes, peer, &headers)?;
    passkeys::behind(&shared, &code).await?.ok_or_else(passkeys::no_such_code)?;
    leave(&shared, &headers, "/account", Some(code)).await
}

async fn leave(
    shared: &Shared,
    headers: &HeaderMap,
    next: &str,
    code: Option<String>,
) -> Result<Response, Problem> {
    let console = shared.console();
    let provider = console.provider.as_ref().ok_or_else(|| Problem::new(Kind::NotFound))?;
    let (browser, nonce, verifier) = (secret()?, secret()?, secret()?);
    let challenge = digest::digest(&digest::SHA256, verifier.as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(challenge.as_ref());
    let flight = Flight {
        browser: browser.clone(),
        nonce: nonce.clone(),
        verifier,
        next: next.to_owned(),
        code,
    };
    let state = console.flights.put(flight, shared.service().now())?;
    let redirect = redirect_uri(shared);
    let ask = Ask { state: &state, nonce: &nonce, challenge: &challenge, redirect: &redirect };
    let to = match provider.authorization(&ask).await {
        Ok(to) => to,
        Err(error) => return Ok(unreachable(shared, headers, &error)),
    };
    let cookie = Cookie::Oidc.set(&browser, console.address.is_secure());
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(&to)).into_response())
}

pub(super) async fn arrive(
    State(shared): State<Shared>,
    Query(arrival): Query<Arrival>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let console = shared.console();
    let is_secure = console.address.is_secure();
    let provider = console.provider.as_ref().ok_or_else(|| Problem::new(Kind::NotFound))?;
    let now = shared.service().now();
    let flight = arrival.state.as_deref().and_then(|state| console.flights.take(state, now));
    let browser = Cookie::Oidc.of(&headers, is_secure);
    let Some(flight) = flight.filter(|flight| Some(flight.browser.as_str()) == browser) else {
        return Ok(refuse(&shared, &headers, "oidc-state").await);
    };
    // A provider that names itself must be the one that was asked, or codes get mixed up.
    if arrival.iss.as_deref().is_some_and(|iss| iss != provider.issuer()) {
        return Ok(refuse(&shared, &headers, "oidc-issuer").await);
    }
    let Some(code) = arrival.code.filter(|_| arrival.error.is_none()) else {
        return Ok(refuse(&shared, &headers, "oidc-declined").await);
    };
    let claims = match provider.claims(&code, &flight.verifier, &redirect_uri(&shared), now).await {
        Ok(claims) => claims,
        Err(error) if error.is_passing() => return Ok(unreachable(&shared, &headers, &error)),
        Err(error) => {
            tracing::warn!(%error, "what the OpenID provider said is not believed");
            return Ok(refuse(&shared, &headers, "oidc-token").await);
        }
    };
    if claims.nonce.as_deref() != Some(flight.nonce.as_str()) {
        return Ok(refuse(&shared, &headers, "oidc-nonce").await);
    }
    let Some(account) = account(&shared, provider, &claims, flight.code).await? else {
        return Ok(refuse(&shared, &headers, "oidc-unknown").await);
    };
    let session = match session::begin(&shared, &headers, account.id, Proof::Oidc).await {
        Ok(cookie) => cookie,
        Err(problem) if problem.kind() == Kind::Refused => {
            return Ok(refused_page(&shared, &headers));
        }
        Err(problem) => return Err(problem),
    };
    let cookies = [session, Cookie::Oidc.clear(is_secure)];
    let cookies = AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((cookies, pages::arrived(&shared, &headers, &flight.next)).into_response())
}

/// The account of a subject: by the invitation they came with, as bound before, or made because
/// of what a claim says.
async fn account(
    shared: &Shared,
    provider: &Provider,
    claims: &Claims,
    code: Option<String>,
) -> Result<Option<Account>, Problem> {
    let issuer = provider.issuer().to_owned();
    let subject = claims.sub.clone();
    if let Some(code) = code {
        let Some(account) = passkeys::behind(shared, &code).await? else { return Ok(None) };
        audit::record(shared, account.id, "oidc-bound", account.id, None).await?;
        let bound = shared.look_up(move |service| {
            let subject = Subject { issuer: &issuer, subject: &subject };
            service.accounts().bind(&code, subject, service.now())
        });
        return bound.await;
    }
    let provision = provider.role(claims).map(|role| (role, claims.called()));
    let found = shared.look_up(move |service| {
        let subject = Subject { issuer: &issuer, subject: &subject };
        let accounts = service.accounts();
        if let Some(account) = accounts.bound(subject)? {
            return Ok((Some(account), None));
        }
        let Some((role, name)) = provision else { return Ok((None, None)) };
        let made = accounts.provision(subject, &name, role, service.now())?;
        Ok::<_, unhook_app::AccountsError>((made, Some(role)))
    });
    let (account, made_as) = found.await?;
    if let (Some(account), Some(role)) = (&account, made_as) {
        let how = Some(format!("{} by a claim of the OpenID provider", role.name()));
        audit::made(shared, account.id, account.id, how).await?;
    }
    Ok(account)
}

fn redirect_uri(shared: &Shared) -> String {
    format!("{}/sign-in/callback", shared.console().address.origin())
}

async fn refuse(shared: &Shared, headers: &HeaderMap, why: &'static str) -> Response {
    audit::refused(shared, None, why).await;
    refused_page(shared, headers)
}

fn refused_page(shared: &Shared, headers: &HeaderMap) -> Response {
    pages::message(shared, headers, StatusCode::FORBIDDEN, |w| {
        (&w.entry.refused, &w.entry.refused_how)
    })
}

fn unreachable(shared: &Shared, headers: &HeaderMap, error: &provider::ProviderError) -> Response {
    tracing::warn!(%error, "the OpenID provider cannot be used");
    pages::message(shared, headers, StatusCode::BAD_GATEWAY, |w| {
        (&w.entry.provider_away, &w.entry.provider_away_how)
    })
}
