//! What tells an open page that something happened: server-sent events, gathered, so that a flood
//! of texts is a few lines a second.
//!
//! Nothing is in an event but that it is worth reading the page again. An answer lasts two
//! minutes: whoever watches on passes the gate again, so that a session that was ended sees no
//! more than that.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Extension;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, sleep, sleep_until};
use unhook_app::service::Notice;

use crate::console::visit::Visit;
use crate::problem::{Kind, Problem};
use crate::server::Stopping;

/// How long one answer lasts.
const LASTS: Duration = Duration::from_secs(120);

/// For how long what happens is gathered into one event.
const GATHER: Duration = Duration::from_millis(500);

struct Watcher {
    notices: Receiver<Notice>,
    stopping: Option<Stopping>,
    until: Instant,
    has_begun: bool,
    _permit: OwnedSemaphorePermit,
}

pub(crate) async fn watch(
    visit: Visit,
    stopping: Option<Extension<Stopping>>,
) -> Result<Response, Problem> {
    let permit = visit.shared.pages().try_acquire_owned().map_err(|_| {
        Problem::because(Kind::Unavailable, "too many watch already; close one that is not needed")
    })?;
    let watcher = Watcher {
        notices: visit.shared.service().watch(),
        stopping: stopping.map(|Extension(stopping)| stopping),
        until: Instant::now() + LASTS,
        has_begun: false,
        _permit: permit,
    };
    let mut response = Sse::new(stream::unfold(watcher, Watcher::next)).into_response();
    // Proxies that buffer answers would hold events back.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(unbuffered, HeaderValue::from_static("no"));
    Ok(response)
}

impl Watcher {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        // What happened while nobody watched is in the page that is read now.
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some((Ok(changed().retry(GATHER)), self));
        }
        tokio::select! {
            () = stopped(self.stopping.clone()) => return None,
            () = sleep_until(self.until) => return None,
            notice = self.notices.recv() => match notice {
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            },
        }
        sleep(GATHER).await;
        self.notices = self.notices.resubscribe();
        Some((Ok(changed()), self))
    }
}

/// An event without data is none (WHATWG HTML, section 9.2.6).
fn changed() -> Event {
    Event::default().event("changed").data("-")
}

async fn stopped(stopping: Option<Stopping>) {
    match stopping {
        Some(stopping) => stopping.begun().await,
        None => std::future::pending().await,
    }
}
