//! The pages of sign-in, and the one script they use.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use unhook_app::Role;
use unhook_app::accounts::Proof;

use crate::console::frame::{self, Frame};
use crate::console::words::{Text, Words};
use crate::web::Shared;

#[derive(Template)]
#[template(path = "entry/sign_in.html")]
pub(super) struct SignIn {
    pub(super) f: Frame,
    pub(super) next: String,
    /// Why no passkey works here, and what to do.
    pub(super) trouble: Option<String>,
    /// What the OpenID provider is called, and where the way through it begins.
    pub(super) provider: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "entry/join.html")]
pub(super) struct Join {
    pub(super) f: Frame,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) browser: String,
    pub(super) trouble: Option<String>,
    pub(super) provider: Option<String>,
}

#[derive(Template)]
#[template(path = "entry/step_up.html")]
pub(super) struct StepUp {
    pub(super) f: Frame,
    pub(super) next: String,
}

#[derive(Template)]
#[template(path = "entry/arrived.html")]
struct Arrived {
    f: Frame,
    to: String,
}

#[derive(Template)]
#[template(path = "entry/message.html")]
struct Message {
    f: Frame,
    detail: String,
}

#[derive(Template)]
#[template(path = "entry/account.html")]
pub(super) struct OwnAccount {
    pub(super) f: Frame,
    pub(super) role: String,
    pub(super) passkeys: Vec<PasskeyRow>,
    pub(super) sessions: Vec<SessionRow>,
    pub(super) is_bound: bool,
    pub(super) may_add: bool,
    pub(super) said: Option<&'static str>,
}

pub(super) struct PasskeyRow {
    pub(super) number: u64,
    pub(super) label: String,
    pub(super) made_at: String,
    pub(super) used_at: Option<String>,
}

pub(super) struct SessionRow {
    pub(super) id: String,
    pub(super) browser: String,
    pub(super) proof: &'static Text,
    pub(super) seen_at: String,
    pub(super) expires_at: String,
    pub(super) is_this: bool,
}

#[derive(Template)]
#[template(path = "entry/team.html")]
pub(super) struct Team {
    pub(super) f: Frame,
    pub(super) accounts: Vec<AccountRow>,
    pub(super) is_fresh: bool,
    pub(super) said: Option<&'static str>,
}

pub(super) struct AccountRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: Role,
    /// What it has to come in by, in words.
    pub(super) ways: String,
    pub(super) has_sessions: bool,
    /// How many tokens it made that are good for something.
    pub(super) tokens: usize,
    /// Whether nobody can come in by it yet.
    pub(super) is_waiting: bool,
    pub(super) is_disabled: bool,
    pub(super) is_self: bool,
}

impl Team {
    /// Each role, with its name in words and what it may do.
    pub(super) fn roles(&self) -> [(Role, &'static Text, &'static Text); 5] {
        Role::ALL.map(|(role, _)| (role, role_name(self.f.w, role), role_says(self.f.w, role)))
    }
}

#[derive(Template)]
#[template(path = "entry/invited.html")]
pub(super) struct Invited {
    pub(super) f: Frame,
    pub(super) name: String,
    pub(super) link: String,
}

/// What a role is called.
pub(super) fn role_name(words: &'static Words, role: Role) -> &'static Text {
    match role {
        Role::Viewer => &words.team.viewer,
        Role::Analyst => &words.team.analyst,
        Role::Approver => &words.team.approver,
        Role::Admin => &words.team.admin,
        Role::Auditor => &words.team.auditor,
    }
}

fn role_says(words: &'static Words, role: Role) -> &'static Text {
    match role {
        Role::Viewer => &words.team.viewer_may,
        Role::Analyst => &words.team.analyst_may,
        Role::Approver => &words.team.approver_may,
        Role::Admin => &words.team.admin_may,
        Role::Auditor => &words.team.auditor_may,
    }
}

/// How a session began, in words.
pub(super) fn proof_name(words: &'static Words, proof: Proof) -> &'static Text {
    match proof {
        Proof::Passkey => &words.account.by_passkey,
        Proof::Oidc => &words.account.by_oidc,
        Proof::Link => &words.account.by_link,
    }
}

/// A page that leads on by itself. A redirect would not do: what began on another site comes
/// without the session's cookie until a page of ours has asked.
pub(super) fn arrived(shared: &Shared, headers: &HeaderMap, to: &str) -> Response {
    let f = Frame::new(shared, headers);
    let title = &f.w.entry.arrived;
    let f = f.titled(title);
    hidden(frame::ok(&Arrived { f, to: to.to_owned() }))
}

/// A page that says what is wrong and what to do.
pub(super) fn message(
    shared: &Shared,
    headers: &HeaderMap,
    status: StatusCode,
    text: impl FnOnce(&'static Words) -> (&'static Text, &'static Text),
) -> Response {
    let f = Frame::new(shared, headers);
    let (title, detail) = text(f.w);
    alone(status, f.titled(title), detail.to_string())
}

/// The same, of a problem.
pub(crate) fn alone(status: StatusCode, f: Frame, detail: String) -> Response {
    hidden(frame::page(status, &Message { f, detail }))
}

/// A page whose address holds a secret: no other page learns it.
pub(super) fn hidden(mut response: Response) -> Response {
    let none = HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(header::REFERRER_POLICY, none);
    response
}
