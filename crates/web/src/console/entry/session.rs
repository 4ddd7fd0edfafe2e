//! Beginning a session, and finding the one that a request belongs to.

use axum::http::{HeaderMap, HeaderValue, header};
use unhook_app::accounts::{Proof, Session};
use unhook_app::{Account, AccountsError};
use unhook_model::PersonId;

use super::cookie::Cookie;
use super::{audit, browser};
use crate::problem::{Kind, Problem};
use crate::web::Shared;

/// The longest secret looked up, in bytes; ours are far shorter.
const LONGEST_SECRET: usize = 128;

/// Begins a session and gives the cookie for it. A session that the audit trail does not know of
/// ends at once.
pub(super) async fn begin(
    shared: &Shared,
    headers: &HeaderMap,
    account: PersonId,
    proof: Proof,
) -> Result<HeaderValue, Problem> {
    let browser = browser::name(headers);
    let begun = shared
        .look_up(move |service| service.accounts().begin(account, proof, &browser, service.now()));
    let Some((secret, session)) = begun.await? else {
        audit::refused(shared, Some(account), "disabled").await;
        return Err(refusal());
    };
    let how = Some(proof.name().to_owned());
    if let Err(problem) = audit::record(shared, account, "signed-in", session.id, how).await {
        let id = session.id;
        shared.look_up(move |service| service.accounts().end(account, Some(id))).await?;
        return Err(problem);
    }
    Ok(Cookie::Session.set(&secret, shared.console().address.is_secure()))
}

/// What everybody hears who is not let in, whatever the reason.
pub(super) fn refusal() -> Problem {
    Problem::because(Kind::Refused, "this does not let you in; ask an admin for an invitation")
}

/// What a page says that reads parts of itself again, without anybody having asked.
const PART: &str = "x-part";

/// The live session that a request belongs to, and whose it is. It counts as used, unless a page that
/// was left open asks by itself.
pub(super) async fn of(
    shared: &Shared,
    headers: &HeaderMap,
) -> Result<Option<(Session, Account)>, Problem> {
    let secret = Cookie::Session.of(headers, shared.console().address.is_secure());
    let Some(secret) = secret.filter(|secret| secret.len() <= LONGEST_SECRET) else {
        return Ok(None);
    };
    let secret = secret.to_owned();
    let is_live_page = headers.get(header::ACCEPT).is_some_and(|kind| kind == "text/event-stream")
        || headers.contains_key(PART);
    let found = shared.look_up(move |service| {
        let (accounts, now) = (service.accounts(), service.now());
        let found = accounts.session(&secret, now)?;
        if let Some((session, _)) = &found
            && !is_live_page
            && session.is_to_be_touched(now)
        {
            accounts.touch(session.id, now)?;
        }
        Ok::<_, AccountsError>(found)
    });
    found.await
}
