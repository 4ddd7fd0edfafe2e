//! The web as a whole: what requests share, and the two routers that answer them.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use tokio::sync::Semaphore;
use unhook_app::AuditEntry;
use unhook_app::{Service, ServiceError};
use unhook_model::PersonId;

use crate::console::entry::Console;
use crate::console::headers;
use crate::limiter::Limiter;
use crate::problem::{Kind, Problem};
use crate::routes::lists;
use crate::settings::WebSettings;
use crate::traffic::Traffic;
use crate::{console, enrolment, form, gate, health, message_filter, openapi, routes, traffic};

/// The web: an API for programs, a form for everybody, and what operators look at.
pub struct Web {
    shared: Shared,
}

impl Web {
    /// Over these use cases.
    #[must_use]
    pub fn new(service: Arc<Service>, settings: WebSettings) -> Self {
        let listeners = Arc::new(Semaphore::new(settings.bounds.most_listeners));
        let pages = Arc::new(Semaphore::new(settings.bounds.most_listeners));
        Self {
            shared: Shared(Arc::new(Inner {
                service,
                settings,
                traffic: Traffic::default(),
                listeners,
                pages,
                exports: Arc::new(Semaphore::new(MOST_EXPORTS)),
                strangers: Limiter::default(),
                visitors: Limiter::default(),
                filters: Limiter::at(message_filter::RATE),
                tags: lists::Tags::default(),
            })),
        }
    }

    /// What everybody is served.
    pub fn api(&self) -> Router {
        self.api_beside(Router::new())
    }

    /// What everybody is served, and routes of others beside it, such as a provider's webhooks:
    /// they are counted and logged as all are, and have nothing to do with tokens.
    pub fn api_beside(&self, others: Router) -> Router {
        let shared = &self.shared;
        let mut router = Router::new()
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz))
            .route("/openapi.json", get(openapi::answer));
        if !shared.settings().has_admin_listener {
            router = router.route("/metrics", get(health::public_metrics));
        }
        if shared.settings().public_form.is_some() {
            router = router.merge(form::router());
        }
        if shared.settings().enrolment.is_some() {
            router = router.merge(enrolment::router());
        }
        if let Some(filter) = &shared.settings().message_filter {
            router = router.merge(message_filter::router(filter));
        }
        for route in routes::table() {
            // Without a reader of mails there is nothing to hand one to.
            if route.path == routes::mail::PATH && shared.settings().read_mail.is_none() {
                continue;
            }
            router = router.route(route.path, gate::guarded(shared, route));
        }
        self.finish(router.merge(others.with_state(())))
    }

    /// What operators are served, on a listener that nobody else reaches.
    pub fn admin(&self) -> Router {
        let router = Router::new()
            .route("/healthz", get(health::healthz))
            .route("/readyz", get(health::readyz_with_troubles))
            .route("/metrics", get(health::metrics));
        self.finish(router)
    }

    /// What those are served who sign in, on a listener of its own.
    pub fn console(&self) -> Router {
        let shared = &self.shared;
        let router =
            Router::new().route("/healthz", get(health::healthz)).merge(console::router(shared));
        // Around all of it, so that what is not there goes out as strictly.
        self.finish(router).layer(middleware::from_fn_with_state(shared.clone(), headers::guard))
    }

    fn finish(&self, router: Router<Shared>) -> Router {
        router
            .fallback(async || Problem::because(Kind::NotFound, "there is nothing at this path"))
            .method_not_allowed_fallback(async || Problem::new(Kind::MethodNotAllowed))
            .layer(middleware::map_response(guarded_answer))
            .layer(middleware::from_fn_with_state(self.shared.clone(), traffic::observe))
            .with_state(self.shared.clone())
    }
}

/// No answer is kept on the way, or taken for what it does not say it is.
async fn guarded_answer(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// How many files of texts are judged at once.
const MOST_EXPORTS: usize = 1;

/// What requests share.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Inner>);

struct Inner {
    service: Arc<Service>,
    settings: WebSettings,
    traffic: Traffic,
    listeners: Arc<Semaphore>,
    /// Open pages of the console, so that they take nothing from programs that watch.
    pages: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    strangers: Limiter,
    visitors: Limiter,
    filters: Limiter,
    tags: lists::Tags,
}

impl Shared {
    pub(crate) fn service(&self) -> &Service {
        &self.0.service
    }

    pub(crate) fn settings(&self) -> &WebSettings {
        &self.0.settings
    }

    /// The console's own, for its routes alone.
    pub(crate) fn console(&self) -> &Arc<Console> {
        self.0.settings.console.as_ref().expect("routes of the console are there only with one")
    }

    /// The tags of what devices fetch.
    pub(crate) fn tags(&self) -> &lists::Tags {
        &self.0.tags
    }

    pub(crate) fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    pub(crate) fn pages(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.pages)
    }

    /// Files of texts that are judged: each may take some hundred megabytes.
    pub(crate) fn exports(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.exports)
    }

    pub(crate) fn listeners(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.listeners)
    }

    pub(crate) fn strangers(&self) -> &Limiter {
        &self.0.strangers
    }

    /// Those who look at the page of enrolment, so that looking takes nothing from reporting.
    pub(crate) fn visitors(&self) -> &Limiter {
        &self.0.visitors
    }

    /// Notes in the audit trail what somebody did. It is done by now, and the journal says by
    /// whom, so a trail that cannot be written to is for the log.
    pub(crate) async fn note(
        &self,
        by: PersonId,
        action: impl Into<String>,
        subject: impl ToString,
        reason: Option<String>,
    ) {
        let (action, subject) = (action.into(), subject.to_string());
        let noted = self.look_up(move |service| {
            let at = service.now();
            service.access().record(&AuditEntry { at, by: Some(by), action, subject, reason })
        });
        if noted.await.is_err() {
            tracing::error!("the audit trail could not be written to");
        }
    }

    /// Phones that ask about a text that came in.
    pub(crate) fn filters(&self) -> &Limiter {
        &self.0.filters
    }

    /// Looks something up where waiting for a disk holds up nobody else.
    pub(crate) async fn look_up<T, E>(
        &self,
        look: impl FnOnce(&Service) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let service = Arc::clone(&self.0.service);
        match tokio::task::spawn_blocking(move || look(&service)).await {
            Ok(found) => found.map_err(Into::into),
            Err(error) => {
                Err(ServiceError::Broken(format!("a look-up ended early: {error}").into()).into())
            }
        }
    }
}
