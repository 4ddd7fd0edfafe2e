//! The accounts of everybody, for admins: who is there, as what, and who else is to come.
//!
//! An admin cannot take their own rights away, so one is always left; nor can they give anybody a
//! further way in who has one: that is done at the machine itself.

use axum::extract::{Extension, Query, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use unhook_app::accounts::{INVITATION_MS, Purpose, later, name};
use unhook_app::{Account, Role, Scope, ServiceError};
use unhook_model::PersonId;

use super::account::Said;
use super::pages::{AccountRow, Invited, Team};
use super::{Seat, audit};
use crate::console::actors::LiveTokens;
use crate::console::frame::{self, Frame, Here};
use crate::console::viewer::Viewer;
use crate::console::visit::Filled;
use crate::console::words::Words;
use crate::given::Segment;
use crate::problem::{Kind, Problem};
use crate::time::moment;
use crate::web::Shared;

/// Lets admins pass.
pub(super) async fn admins(
    Extension(viewer): Extension<Viewer>,
    request: Request,
    next: Next,
) -> Response {
    if viewer.may(Scope::Admin) {
        return next.run(request).await;
    }
    Problem::because(Kind::Forbidden, "this is for admins; ask one").into_response()
}

pub(super) async fn show(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Query(Said { said }): Query<Said>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = shared.look_up(move |service| {
        let (accounts, now) = (service.accounts(), service.now());
        let (all, tokens) = (accounts.accounts()?.into_iter(), LiveTokens::read(service)?);
        all.map(|account| {
            let sessions = accounts.sessions(account.id, now)?.len();
            Ok((sessions, tokens.of(account.id).count(), account))
        })
        .collect::<Result<Vec<_>, ServiceError>>()
    });
    let found = found.await?;
    let (own, is_fresh) = (viewer.by, viewer.is_fresh);
    let f = Frame::of(&shared, &headers, viewer, Here::Settings);
    let w = f.w;
    let row = |(sessions, tokens, account): (usize, usize, Account)| AccountRow {
        id: account.id.to_string(),
        ways: ways(w, &account, sessions),
        name: account.name,
        role: account.role,
        has_sessions: sessions > 0,
        tokens,
        is_waiting: account.passkeys == 0 && !account.is_bound,
        is_disabled: account.disabled_at.is_some(),
        is_self: account.id == own,
    };
    let accounts = found.into_iter().map(row).collect();
    let said = said.filter(|said| said == "done").map(|_| w.account.done.as_str());
    Ok(frame::ok(&Team { f: f.titled(&w.team.title), accounts, is_fresh, said }))
}

/// Since when there is an account, what it has to come in by, and how often it is in.
fn ways(w: &Words, account: &Account, sessions: usize) -> String {
    let mut ways =
        vec![w.account.since.with(moment(account.made_at)), w.team.passkeys.of(account.passkeys)];
    if account.is_bound {
        ways.push(w.team.bound.to_string());
    }
    ways.push(w.team.sessions.of(sessions));
    ways.join(" · ")
}

pub(super) async fn invite(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
    form: Filled,
) -> Result<Response, Problem> {
    let name = name(form.text("name"))
        .ok_or_else(|| Problem::value("/name", "write a name in a few words"))?;
    let role = read(form.text("role"))?;
    let as_what = Some(role.name().to_owned());
    let added = shared.look_up(move |service| service.accounts().add(&name, role, service.now()));
    let account = added.await?.ok_or_else(|| {
        Problem::because(Kind::Refused, "there are as many accounts as there may be")
    })?;
    audit::made(&shared, viewer.by, account.id, as_what).await?;
    hand_out(&shared, viewer, &headers, account).await
}

/// A new link for somebody who has not come in yet.
pub(super) async fn invite_again(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Segment(id): Segment<PersonId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = shared.look_up(move |service| service.accounts().account(id)).await?;
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    if account.passkeys > 0 || account.is_bound {
        let how = "they have a way in; who lost it is let in by `unhook console recover` at the \
                   machine itself";
        return Err(Problem::because(Kind::Refused, how));
    }
    hand_out(&shared, viewer, &headers, account).await
}

async fn hand_out(
    shared: &Shared,
    viewer: Viewer,
    headers: &HeaderMap,
    account: Account,
) -> Result<Response, Problem> {
    let id = account.id;
    audit::record(shared, viewer.by, "invitation-made", id, None).await?;
    let issued = shared.look_up(move |service| {
        service.accounts().issue(id, Purpose::Join, later(service.now(), INVITATION_MS))
    });
    let Some(code) = issued.await? else {
        return Err(Problem::because(Kind::Refused, "the account is disabled; enable it first"));
    };
    let f = Frame::of(shared, headers, viewer, Here::Settings);
    let w = f.w;
    let link = shared.console().join_link(&code);
    Ok(frame::ok(&Invited { f: f.titled(&w.team.invited), name: account.name, link }))
}

pub(super) async fn set_role(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    Segment(id): Segment<PersonId>,
    form: Filled,
) -> Result<Response, Problem> {
    let role = read(form.text("role"))?;
    not_oneself(&seat, id)?;
    let to = Some(role.name().to_owned());
    audit::record(&shared, seat.account, "role-changed", id, to).await?;
    done(shared.look_up(move |service| service.accounts().set_role(id, role)).await?)
}

pub(super) async fn disable(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    Segment(id): Segment<PersonId>,
) -> Result<Response, Problem> {
    not_oneself(&seat, id)?;
    audit::record(&shared, seat.account, "account-disabled", id, None).await?;
    let disabled = shared.look_up(move |service| {
        let is_there = service.accounts().set_disabled(id, Some(service.now()))?;
        Ok::<_, ServiceError>((is_there, LiveTokens::read(service)?.of(id).count()))
    });
    match disabled.await? {
        // What they made goes on without them, unless somebody sees to it now.
        (true, 1..) => Ok(Redirect::to(&format!("/settings/tokens?by={id}")).into_response()),
        (is_there, _) => done(is_there),
    }
}

pub(super) async fn enable(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    Segment(id): Segment<PersonId>,
) -> Result<Response, Problem> {
    audit::record(&shared, seat.account, "account-enabled", id, None).await?;
    done(shared.look_up(move |service| service.accounts().set_disabled(id, None)).await?)
}

pub(super) async fn end_sessions(
    State(shared): State<Shared>,
    Extension(seat): Extension<Seat>,
    Segment(id): Segment<PersonId>,
) -> Result<Response, Problem> {
    audit::record(&shared, seat.account, "sessions-ended", id, None).await?;
    shared.look_up(move |service| service.accounts().end(id, None)).await?;
    done(true)
}

fn read(role: &str) -> Result<Role, Problem> {
    Role::from_name(role).ok_or_else(|| {
        let names: Vec<&str> = Role::ALL.iter().map(|(_, name)| *name).collect();
        Problem::value("/role", format!("there are {}", names.join(", ")))
    })
}

fn not_oneself(seat: &Seat, id: PersonId) -> Result<(), Problem> {
    if seat.account == id {
        let how = "nobody changes this of their own account; another admin does";
        return Err(Problem::because(Kind::Refused, how));
    }
    Ok(())
}

fn done(is_there: bool) -> Result<Response, Problem> {
    if is_there {
        Ok(Redirect::to("/settings/team?said=done").into_response())
    } else {
        Err(Problem::not_found("account"))
    }
}
