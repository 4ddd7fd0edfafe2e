//! Sign-in: who comes in, how they prove who they are, and how they are sent away again.
//!
//! A passkey is the way in; an OpenID provider may be another, and a link that works once is how
//! both begin. [`gate`] stands before every page and turns a cookie into a viewer; [`fresh`] before
//! what needs a passkey shown just now. Whoever lost theirs is let in again from the command line alone:
//! no page here hands out a second way in.
//!
//! Start reading at [`router`]; `passkeys` holds the ceremonies, `oidc` the way through a provider,
//! `kept` what is remembered between the two halves of either, `team` and `account` the pages on
//! which people look after accounts, their own and others'.

mod account;
mod address;
mod audit;
mod browser;
mod cookie;
mod gate;
mod kept;
mod next;
mod oidc;
mod pages;
mod passkeys;
mod session;
mod settings;
mod sign_in;
mod team;

use axum::Router;
use axum::extract::Extension;
use axum::http::HeaderMap;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio::time::Instant;

use crate::console::assets;
use crate::console::pages::in_words;
use crate::form::is_from_here;
use crate::limiter::Limiter;
use crate::peer::{self, Peer};
use crate::problem::{Kind, Problem};
use crate::web::Shared;

pub use address::Trouble;
pub(crate) use gate::{Seat, fresh, gate, is_for_script, passkey_first};
pub(crate) use next::escaped;
pub(crate) use pages::alone;
pub use settings::{Console, Oidc, Secret};

/// How long a ceremony may take: somebody looks for their key.
pub(super) const CEREMONY_MS: i64 = 5 * 60 * 1_000;

/// All routes of sign-in: what everybody may see, and behind the gate what is one's own or the
/// admins'.
pub(crate) fn router(shared: &Shared) -> Router<Shared> {
    let team = Router::new()
        .route("/settings/team", get(team::show))
        .merge(
            Router::new()
                .route("/settings/team", post(team::invite))
                .route("/settings/team/{id}/role", post(team::set_role))
                .route("/settings/team/{id}/disable", post(team::disable))
                .route("/settings/team/{id}/enable", post(team::enable))
                .route("/settings/team/{id}/invite", post(team::invite_again))
                .route("/settings/team/{id}/sessions/end", post(team::end_sessions))
                .layer(from_fn(fresh)),
        )
        .layer(from_fn(team::admins));
    let own = Router::new()
        .route("/step-up", get(sign_in::step_up))
        .route("/step-up/start", post(passkeys::start_step_up))
        .route("/step-up/finish", post(passkeys::finish_step_up))
        .route("/account", get(account::show))
        .route("/account/passkeys/start", post(passkeys::start_adding))
        .route("/account/passkeys/finish", post(passkeys::finish_adding))
        .route("/account/passkeys/{number}/name", post(account::name_passkey))
        .route(
            "/account/passkeys/{number}/remove",
            post(account::remove_passkey).layer(from_fn(fresh)),
        )
        .route("/account/sessions/end", post(account::end_others))
        .route("/account/sessions/{id}/end", post(account::end_session));
    let behind = own.merge(team).layer(from_fn_with_state(shared.clone(), in_words));
    public().merge(behind.layer(from_fn_with_state(shared.clone(), gate)))
}

fn public() -> Router<Shared> {
    Router::new()
        .route("/sign-in", get(sign_in::show))
        .route("/sign-in/state", get(sign_in::state))
        .route("/sign-in/start", post(passkeys::start_sign_in))
        .route("/sign-in/finish", post(passkeys::finish_sign_in))
        .route("/sign-in/oidc", get(oidc::begin))
        .route("/sign-in/callback", get(oidc::arrive))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/join/{code}", get(sign_in::join))
        .route("/join/{code}/start", post(passkeys::start_joining))
        .route("/join/{code}/finish", post(passkeys::finish_joining))
        .route("/join/{code}/oidc", get(oidc::begin_joining))
        .route("/enter/{code}", get(sign_in::enter))
        .route(assets::PATH, get(assets::show))
}

/// Refuses what another site made a browser send.
fn from_here(shared: &Shared, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Before a proxy that rewrites `Host`, the public address is what a browser names.
    let is_named = || {
        text("sec-fetch-site").is_none()
            && text("origin") == Some(shared.console().address.origin().as_str())
    };
    if is_from_here(headers) || is_named() { Ok(()) } else { Err(Problem::new(Kind::CrossSite)) }
}

/// Refuses an address that asks too often.
fn within_rate(
    shared: &Shared,
    limiter: &Limiter,
    peer: Option<Extension<Peer>>,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let peer = peer.map(|Extension(peer)| peer);
    match peer::client(peer, headers, &shared.settings().trusted_proxies) {
        Some(address) => limiter.take(address, Instant::now()).map_err(Problem::too_many),
        None => Ok(()),
    }
}
