//! The page that people see in the place of one that is blocked: what was stopped, and two buttons,
//! "I had already typed something" and "this is a mistake".
//!
//! Any path of any host answers with this one page. Nothing in it runs, loads or leads anywhere, and of
//! the request it shows nothing but the name, if that is blocked, defanged. Bodies are not read but for
//! the two words of its own buttons: what a page that was open before sends here, a password perhaps, is
//! thrown away unread. It is served in the clear, or with a certificate that the organization
//! brings; there is no authority here that staff devices trust.
//!
//! Start reading at [`router`]; [`visitor`] says who is taken for a person.

mod limiter;
mod page;
mod visitor;
mod words;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use unhook_app::warning::{Said, Visit, Warnings};
use unhook_app::{ServiceError, Surroundings};
use unhook_model::Hostname;

use limiter::Limiter;
use page::{Outcome, Pages};

pub use limiter::{MOST_BUCKETS, STATEMENTS, VISITS};

/// The longest body that is read, in bytes: a button's name and value.
const LONGEST_BODY: usize = 64;

/// How long it may take to come.
const BODY_TIME: Duration = Duration::from_secs(5);

struct Warning {
    warnings: Arc<dyn Warnings>,
    surroundings: Arc<dyn Surroundings>,
    pages: Pages,
    limiter: Limiter,
}

/// Answers every request with the page. Whoever serves it puts the [`SocketAddr`] of the other end
/// into each request's extensions; a proxy before it would make everybody the proxy.
pub fn router(
    organization: &str,
    warnings: Arc<dyn Warnings>,
    surroundings: Arc<dyn Surroundings>,
) -> Router {
    let (pages, limiter) = (Pages::new(organization), Limiter::default());
    let state = Arc::new(Warning { warnings, surroundings, pages, limiter });
    Router::new().fallback(answer).with_state(state)
}

async fn answer(State(warning): State<Arc<Warning>>, request: Request) -> Response {
    let is_known = matches!(*request.method(), Method::GET | Method::HEAD | Method::POST);
    let visit = warning.visit(&request);
    let name = visit.as_ref().map(|visit| visit.stopped.clone());
    let (status, outcome, headers) = if is_known {
        let is_person = visitor::is_person(&request);
        let (parts, body) = request.into_parts();
        let said = match is_said_here(&parts.method, &parts.headers) {
            true => read(body).await,
            false => None,
        };
        let (status, outcome) = warning.take(visit, said, is_person).await;
        (status, outcome, parts.headers)
    } else {
        (StatusCode::METHOD_NOT_ALLOWED, Outcome::Stopped, request.headers().clone())
    };
    warning.pages.respond(status, outcome, name.as_deref(), &headers)
}

impl Warning {
    /// What a request is about: `None` when its name is not blocked, or nobody is at the other end.
    fn visit(&self, request: &Request) -> Option<Visit> {
        let address = request.extensions().get::<SocketAddr>()?.ip().to_canonical();
        let host = host(request)?;
        let stopped = self.warnings.stopped(&host)?;
        Some(Visit { host, stopped, address, at: self.surroundings.now() })
    }

    async fn take(
        &self,
        visit: Option<Visit>,
        said: Option<Said>,
        is_person: bool,
    ) -> (StatusCode, Outcome) {
        let stopped = (StatusCode::FORBIDDEN, Outcome::Stopped);
        let Some(visit) = visit else { return stopped };
        let Some(said) = said else {
            if is_person && self.limiter.visits(visit.address, visit.at) {
                self.warnings.visited(visit);
            }
            return stopped;
        };
        if !self.limiter.statements(visit.address, visit.at) {
            return (StatusCode::TOO_MANY_REQUESTS, Outcome::TooMany);
        }
        match self.warnings.said(visit, said).await {
            Ok(()) => (StatusCode::OK, Outcome::Heard(said)),
            Err(error) => (StatusCode::SERVICE_UNAVAILABLE, unheard(&error)),
        }
    }
}

fn unheard(error: &ServiceError) -> Outcome {
    tracing::error!(%error, "what somebody said at the page that warns could not be kept");
    Outcome::Unheard
}

/// The name that was to be opened; none for an address, or what is no name.
fn host(request: &Request) -> Option<Box<str>> {
    let given = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let given = request.uri().host().or(given)?;
    let name = match given.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => given,
    };
    if name.parse::<IpAddr>().is_ok() {
        return None;
    }
    let name = Hostname::parse(name.trim_end_matches('.')).ok()?;
    Some(name.as_str().into())
}

/// Whether a form of this page was sent, and not one of another that had the same name before. A
/// browser says when another site sent it.
fn is_said_here(method: &Method, headers: &HeaderMap) -> bool {
    let is = |name: &str, value: &str| {
        headers.get(name).and_then(|given| given.to_str().ok()).is_some_and(|given| given == value)
    };
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse::<usize>().ok());
    *method == Method::POST
        && is("content-type", "application/x-www-form-urlencoded")
        && !is("sec-fetch-site", "cross-site")
        && length.is_some_and(|length| length <= LONGEST_BODY)
}

async fn read(body: axum::body::Body) -> Option<Said> {
    let body = tokio::time::timeout(BODY_TIME, to_bytes(body, LONGEST_BODY)).await.ok()?.ok()?;
    match &*body {
        b"said=typed" => Some(Said::Typed),
        b"said=mistake" => Some(Said::Mistake),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
