//! One's own account: the passkeys it has, the browsers that are signed in.

use axum::extract::{Extension, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use unhook_app::accounts::{Removal, name};
use unhook_model::PersonId;

use super::pages::{self, OwnAccount, PasskeyRow, SessionRow};
use super::{Seat, audit};
use crate::console::frame::{self, Frame, Here};
use crate::console::viewer::Viewer;
use crate::console::visit::Filled;
use crate::given::Segment;
use crate::problem::{Kind, Problem};
use crate::time::moment;
use crate::web::Shared;

/// What was just done, as the address of a page says it: one of few words, shown in the page's own.
#[derive(Deserialize)]
pub(super) struct Said {
    pub(super) said: Option<String>,
}

pub(super) async fn show(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Extension(seat): Extension<Seat>,
    Query(Said { said }): Query<Said>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let whose = seat.account;
    let found = shared.look_up(move |service| {
        let accounts = service.accounts();
        let sessions = accounts.sessions(whose, service.now())?;
        Ok::<_, unhook_app::AccountsError>((
            accounts.account(whose)?,
            accounts.passkeys(whose)?,
            sessions,
        ))
    });
    let (account, passkeys, sessions) = found.await?;
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    let may_add = seat.may_add(&viewer, &account, shared.service().now());
    let f = Frame::of(&shared, &headers, viewer, Here::Elsewhere);
    let w = f.w;
    let said = said.and_then(|said| match said.as_str() {
        "passkey-named" | "session-ended" => Some(w.account.done.as_str()),
        "passkey-removed" => Some(w.account.removed.as_str()),
        "passkey-needed" => Some(w.account.none_yet.as_str()),
        "passkey-last" => Some(w.account.last.as_str()),
        _ => None,
    });
    let page = OwnAccount {
        role: pages::role_name(w, account.role).to_string(),
        may_add,
        is_bound: account.is_bound,
        passkeys: passkeys
            .into_iter()
            .map(|passkey| PasskeyRow {
                number: passkey.number,
                label: passkey.label,
                made_at: moment(passkey.made_at),
                used_at: passkey.used_at.map(moment),
            })
            .collect(),
        sessions: sessions
            .into_iter()
            .map(|session| SessionRow {
                is_this: session.id == seat.session,
                id: session.id.to_string(),
                browser: session.browser,
                proof: pages::proof_name(w, session.proof),
                seen_at: moment(session.seen_at),
                expires_at: moment(session.expires_at),
            })
            .collect(),
        said,
        f: f.titled(&w.nav.account),
    };
    Ok(frame::ok(&page))
}

pub(super) async fn name_passkey(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    Path(number): Path<u64>,
    form: Filled,
) -> Result<Response, Problem> {
    let label = name(form.text("label"))
        .ok_or_else(|| Problem::value("/label", "write a name in a few words"))?;
    let whose = seat.account;
    let named =
        shared.look_up(move |service| service.accounts().name_passkey(whose, number, &label));
    if !named.await? {
        return Err(Problem::not_found("passkey"));
    }
    Ok(done("passkey-named"))
}

pub(super) async fn remove_passkey(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    Path(number): Path<u64>,
) -> Result<Response, Problem> {
    let whose = seat.account;
    audit::record(&shared, whose, "passkey-removed", whose, None).await?;
    let removed =
        shared.look_up(move |service| service.accounts().remove_passkey(whose, number)).await?;
    match removed {
        Removal::Done => Ok(done("passkey-removed")),
        Removal::IsLast => Ok(done("passkey-last")),
        Removal::Unknown => Err(Problem::not_found("passkey")),
    }
}

pub(super) async fn end_session(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    Segment(id): Segment<PersonId>,
) -> Result<Response, Problem> {
    let whose = seat.account;
    audit::record(&shared, whose, "session-ended", id, None).await?;
    let ended = shared.look_up(move |service| service.accounts().end(whose, Some(id))).await?;
    if ended == 0 {
        return Err(Problem::because(Kind::NotFound, "there is no such session any more"));
    }
    Ok(done("session-ended"))
}

/// Ends every session but the one that asks.
pub(super) async fn end_others(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
) -> Result<Response, Problem> {
    let (whose, this) = (seat.account, seat.session);
    let sessions =
        shared.look_up(move |service| service.accounts().sessions(whose, service.now())).await?;
    for id in sessions.into_iter().map(|session| session.id).filter(|id| *id != this) {
        audit::record(&shared, whose, "session-ended", id, None).await?;
        shared.look_up(move |service| service.accounts().end(whose, Some(id))).await?;
    }
    Ok(done("session-ended"))
}

fn done(what: &str) -> Response {
    Redirect::to(&format!("/account?said={what}")).into_response()
}
