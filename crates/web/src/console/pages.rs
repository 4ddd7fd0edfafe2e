//! The pages: one table, one file for each.
//!
//! [`table`] is what the router and the tests of access are made from: a page that is not in it is
//! not there, and one that is has a scope.

pub(crate) mod campaign;
pub(crate) mod campaigns;
pub(crate) mod check;
pub(crate) mod drafts;
pub(crate) mod evidence;
pub(crate) mod first_steps;
pub(crate) mod live;
pub(crate) mod notifications;
pub(crate) mod now;
pub(crate) mod people;
pub(crate) mod protection;
pub(crate) mod report;
pub(crate) mod search;
pub(crate) mod settings;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::{Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{self, MethodRouter};
use unhook_app::Scope;

use super::entry;
use super::frame::{self, Frame, Here};
use super::viewer::Viewer;
use super::words::{Text, Words};
use crate::problem::{Kind, Problem, Said};
use crate::web::Shared;

/// One page, or one thing to do.
pub(crate) struct Page {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    /// What whoever looks must be allowed.
    pub(crate) scope: Scope,
    handler: MethodRouter<Shared>,
}

fn show<H: Handler<T, Shared>, T: 'static>(path: &'static str, scope: Scope, handler: H) -> Page {
    Page { method: Method::GET, path, scope, handler: routing::get(handler) }
}

fn act<H: Handler<T, Shared>, T: 'static>(path: &'static str, scope: Scope, handler: H) -> Page {
    Page { method: Method::POST, path, scope, handler: routing::post(handler) }
}

impl Page {
    /// Whether it takes a passkey shown just now: what goes out to people in somebody's name, what
    /// cuts something off, and whatever could make further ways in. Not what lets a name resolve
    /// again: a wrong block is undone at once. An undo that lets an account in again asks for one by
    /// itself, since only the action tells.
    pub(crate) fn needs_passkey(&self) -> bool {
        let takes_back = TAKES_BACK.contains(&self.path);
        self.method == Method::POST
            && matches!(self.scope, Scope::Approve | Scope::Admin)
            && !takes_back
    }
}

/// What lets a name resolve again, or may.
const TAKES_BACK: [&str; 3] = ["/blocks/lift", "/holds/release", "/actions/{id}/undo"];

/// Every page.
pub(crate) fn table() -> Vec<Page> {
    use Scope::{Admin, Approve, Audit, Read, ReadPeople, Rule};
    vec![
        show("/", Read, now::show),
        show("/live", Read, live::watch),
        act("/attention/{matter}/review", Rule, now::review),
        show("/campaigns", Read, campaigns::show),
        show("/campaigns/{id}", Read, campaign::show),
        show("/campaigns/{id}/evidence.zip", Read, evidence::export),
        show("/campaigns/{id}/notifications", Read, notifications::show),
        show("/campaigns/{id}/notifications.csv", Read, notifications::table),
        act("/campaigns/{id}/notifications/names", ReadPeople, notifications::reveal),
        act("/campaigns/{id}/notifications/evidence.zip", ReadPeople, notifications::archive),
        act("/campaigns/{id}/notifications/aware", Rule, notifications::aware),
        act("/campaigns/{id}/notifications/status", Rule, notifications::settle),
        act("/campaigns/{id}/notifications/owner", Rule, notifications::own),
        act("/campaigns/{id}/acknowledge", Rule, campaign::acknowledge),
        act("/campaigns/{id}/rule", Rule, campaign::rule),
        act("/campaigns/{id}/merge", Rule, campaign::merge),
        act("/campaigns/{id}/split", Rule, campaign::split),
        act("/campaigns/{id}/tie", Rule, campaign::tie),
        act("/campaigns/{id}/notice", Approve, campaign::notice),
        show("/campaigns/{id}/drafts", Read, drafts::show),
        act("/campaigns/{id}/drafts", Approve, drafts::approve),
        act("/mails/{id}/settle", Approve, drafts::settle),
        act("/campaigns/{id}/evict", Approve, campaign::evict),
        act("/campaigns/{id}/reveal", ReadPeople, campaign::reveal),
        show("/protection", Read, protection::show),
        act("/blocks", Approve, protection::block),
        act("/blocks/lift", Approve, protection::lift),
        act("/holds/release", Approve, protection::release),
        act("/actions/{id}/approve", Approve, protection::approve),
        act("/actions/{id}/decline", Approve, protection::decline),
        act("/actions/{id}/undo", Approve, protection::undo),
        act("/actions/{id}/steps", Approve, protection::see_to),
        act("/devices/profile", Admin, protection::profile),
        show("/reports/{id}", Read, report::show),
        act("/reports/{id}/rule", Rule, report::rule),
        show("/check", Read, check::show),
        act("/check", Read, check::judge),
        act("/check/picture", Read, check::judge_picture),
        act("/check/export", Read, check::judge_export),
        show("/search", Read, search::show),
        act("/search/save", Read, search::save),
        act("/search/remove", Read, search::remove),
        show("/people", Read, people::show),
        show("/people/roll", Read, people::roll),
        act("/people/reveal", ReadPeople, people::reveal),
        act("/people/import", Admin, people::import),
        act("/people/enrol", Admin, people::enrol),
        show("/settings", Read, settings::organization),
        act("/settings", Admin, settings::change_organization),
        show("/settings/connectors", Read, settings::connectors),
        act("/settings/connectors/try", Admin, settings::try_connector),
        act("/settings/connectors/probe", Admin, settings::probe_connector),
        show("/settings/automation", Read, settings::automation),
        show("/settings/tokens", Admin, settings::tokens),
        act("/settings/tokens", Admin, settings::make_token),
        act("/settings/tokens/revoke", Admin, settings::revoke_token),
        act("/settings/tokens/revoke-of", Admin, settings::revoke_tokens_of),
        show("/settings/audit", Audit, settings::audit),
        show("/first-steps", Read, first_steps::show),
        act("/first-steps/test", Admin, first_steps::test),
    ]
}

/// All of them, each behind its scope. Who looks is known by then.
pub(crate) fn router(shared: &Shared) -> Router<Shared> {
    let mut router = Router::new();
    for page in table() {
        let handler = if page.needs_passkey() {
            page.handler.route_layer(middleware::from_fn(entry::fresh))
        } else {
            page.handler
        };
        let handler = handler.route_layer(middleware::from_fn_with_state(page.scope, allow));
        router = router.route(page.path, handler);
    }
    router
        // Each bounds what it reads by itself.
        .layer(DefaultBodyLimit::disable())
        .route("/{*path}", routing::any(async || Problem::new(Kind::NotFound)))
        .layer(middleware::from_fn_with_state(shared.clone(), in_words))
}

async fn allow(State(scope): State<Scope>, request: Request, next: Next) -> Response {
    let viewer = request.extensions().get::<Viewer>();
    if viewer.is_some_and(|viewer| viewer.may(scope)) {
        return next.run(request).await;
    }
    Problem::lacks(scope).into_response()
}

#[derive(askama::Template)]
#[template(path = "trouble.html")]
struct Trouble {
    f: Frame,
    detail: String,
}

/// What cannot be done is a page in the words of whoever looks, too, but for scripts. Before
/// the gate nobody knows who looks, and the page leads to sign-in.
pub(crate) async fn in_words(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers().clone();
    let viewer = request.extensions().get::<Viewer>().cloned();
    let is_for_script = entry::is_for_script(&request);
    let mut response = next.run(request).await;
    let Some(Said { kind, detail }) = response.extensions_mut().remove() else { return response };
    if is_for_script {
        return response;
    }
    let (status, detail) = (response.status(), detail.unwrap_or_default());
    let f = match viewer {
        Some(viewer) => Frame::of(&shared, &headers, viewer, Here::Elsewhere),
        None => Frame::new(&shared, &headers),
    };
    let heading = heading(f.w, kind);
    let f = f.titled(heading);
    let mut page = match f.viewer {
        Some(_) => frame::page(status, &Trouble { f, detail }),
        None => entry::alone(status, f, detail),
    };
    if let Some(after) = response.headers_mut().remove(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, after);
    }
    page
}

fn heading(w: &'static Words, kind: Kind) -> &'static Text {
    let trouble = &w.trouble;
    match kind {
        Kind::NotFound | Kind::MethodNotAllowed => &trouble.not_found,
        Kind::Forbidden | Kind::Unauthorized | Kind::CrossSite => &trouble.forbidden,
        Kind::NotYet | Kind::TooMany | Kind::Unavailable | Kind::TooSlow => &trouble.unavailable,
        Kind::Broken => &trouble.broken,
        _ => &trouble.invalid,
    }
}
