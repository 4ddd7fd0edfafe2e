//! What happens, live: server-sent events (WHATWG HTML, section 9.2).
//!
//! Who listens is told that something happened and where to read of it; nothing personal is
//! in an event. There is no memory: who was away, or too slow, is told that they missed some
//! (`missed`) and reads again. While the answer lasts, its token is looked at again, so that
//! revoking one ends what was begun with it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Interval, MissedTickBehavior, interval};
use unhook_app::Scope;
use unhook_app::journal::Position;
use unhook_app::service::Notice;
use utoipa::ToSchema;

use super::{AfterQuery, position};
use crate::gate::{Caller, admit};
use crate::given::{Params, number};
use crate::problem::{Kind, Problem};
use crate::server::Stopping;
use crate::web::Shared;

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = Notice)]
pub(crate) struct NoticeBody {
    /// Where it stands.
    #[schema(pattern = "^[0-9]{1,19}$")]
    position: String,
    /// What, as a short name; the event's name as well.
    kind: &'static str,
    /// Which report.
    #[schema(format = "uuid")]
    report: Option<String>,
    /// Which campaign.
    #[schema(format = "uuid")]
    campaign: Option<String>,
}

impl NoticeBody {
    fn of(notice: &Notice) -> Self {
        Self {
            position: position(notice.position),
            kind: notice.kind,
            report: notice.report.map(|id| id.to_string()),
            campaign: notice.campaign.map(|id| id.to_string()),
        }
    }
}

/// Watch what happens.
///
/// Each event's id is its position. After a break, send the last as `Last-Event-ID`: if
/// anything happened meanwhile, the first event is `missed`, and what you show is to be read
/// again.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", operation_id = "watch_events",
    params(AfterQuery, ("Last-Event-ID" = Option<String>, Header, description = "The last event seen")),
    responses((status = 200, description = "Events, without end",
        content_type = "text/event-stream", body = NoticeBody)))]
pub(crate) async fn watch(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    stopping: Option<Extension<Stopping>>,
    headers: HeaderMap,
    Params(AfterQuery { .. }): Params<AfterQuery>,
) -> Result<Response, Problem> {
    let permit = shared.listeners().try_acquire_owned().map_err(|_| {
        Problem::because(Kind::Unavailable, "too many watch already; close one that is not needed")
    })?;
    // From before the position is read, so that nothing falls between the two.
    let notices = shared.service().watch();
    let has_missed = last_seen(&headers)
        .is_some_and(|last| shared.service().position().is_some_and(|now| now != last));
    let mut heartbeat = interval(shared.settings().bounds.heartbeat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener {
        shared,
        caller,
        notices,
        heartbeat,
        stopping: stopping.map(|Extension(stopping)| stopping),
        has_missed,
        _permit: Arc::new(permit),
    };
    let mut response = Sse::new(stream::unfold(listener, Listener::next)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer answers would hold events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn last_seen(headers: &HeaderMap) -> Option<Position> {
    number(headers.get("last-event-id")?.to_str().ok()?).map(Position::from_raw)
}

/// Somebody who watches.
struct Listener {
    shared: Shared,
    caller: Caller,
    notices: Receiver<Notice>,
    heartbeat: Interval,
    stopping: Option<Stopping>,
    has_missed: bool,
    _permit: Arc<OwnedSemaphorePermit>,
}

type Next = Option<(Result<Event, Infallible>, Listener)>;

impl Listener {
    async fn next(mut self) -> Next {
        if std::mem::take(&mut self.has_missed) {
            return Some((Ok(missed()), self));
        }
        let stopping = self.stopping.clone();
        let event = tokio::select! {
            () = stopped(stopping) => None,
            notice = self.notices.recv() => event(notice),
            _ = self.heartbeat.tick() => {
                self.is_welcome().await.then(|| Event::default().comment(""))
            }
        };
        event.map(|event| (Ok(event), self))
    }

    /// Whether the token still allows this.
    async fn is_welcome(&self) -> bool {
        let bearer = self.caller.bearer.clone();
        let admitted = self
            .shared
            .look_up(move |service| admit(service.access(), bearer, Scope::Read, service.now()));
        admitted.await.is_ok()
    }
}

async fn stopped(stopping: Option<Stopping>) {
    match stopping {
        Some(stopping) => stopping.begun().await,
        None => std::future::pending().await,
    }
}

/// What to send for what came; nothing once nothing more can.
fn event(notice: Result<Notice, RecvError>) -> Option<Event> {
    match notice {
        Ok(notice) => {
            // A struct of texts always becomes JSON.
            let data = serde_json::to_string(&NoticeBody::of(&notice)).unwrap_or_default();
            Some(Event::default().event(notice.kind).id(position(notice.position)).data(data))
        }
        Err(RecvError::Lagged(_)) => Some(missed()),
        Err(RecvError::Closed) => None,
    }
}

/// That something happened which this one did not see.
fn missed() -> Event {
    Event::default().event("missed").data("{}")
}
