//! What every stand-in is served by: HTTP and HTTPS on loopback over one state, with faults on demand
//! that are told from outside only by what comes back.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls_pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, pki_types as rustls_pki_types};
use tower::ServiceExt as _;

/// How long a busy server asks to wait, in seconds: longer than anybody waits of their own accord.
pub(crate) const BUSY: u64 = 70;

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 429 with `Retry-After`; nothing is done.
    Busy,
    /// It is done, and then a 500 comes.
    HalfDone,
    /// It is done, and then the connection closes.
    Lost,
    /// 401: who asks is not known any more; nothing is done.
    Unauthorized,
}

/// The next request that is a look, or a change, goes wrong.
#[derive(Clone, Copy, Debug)]
struct Planned {
    is_look: bool,
    fault: Fault,
}

/// What becomes of the next requests to one path, in their order; `None` goes as it should.
type Course = Option<(&'static str, VecDeque<Option<Fault>>)>;

/// A running stand-in; it lives as long as the runtime of its test.
pub(crate) struct Server {
    pub(crate) http: String,
    pub(crate) https: String,
    /// Who vouches for it, in PEM.
    pub(crate) authority: String,
    planned: Arc<Mutex<Option<Planned>>>,
    course: Arc<Mutex<Course>>,
}

impl Server {
    /// Serves what a router does that is made with the address at which it is served by HTTP.
    pub(crate) async fn new(router: impl FnOnce(&str) -> Router) -> Self {
        let plain = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let secure = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let at = |listener: &TcpListener| listener.local_addr().expect("it is bound");
        let (plain_at, secure_at): (SocketAddr, SocketAddr) = (at(&plain), at(&secure));
        let http = format!("http://{plain_at}");
        let router = router(&http);
        let (planned, course) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(None)));
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a key");
        let authority = own.cert.pem();
        let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()).into();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .expect("a certificate and its key");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let shared = (router.clone(), Arc::clone(&planned), Arc::clone(&course));
        tokio::spawn(async move {
            while let Ok((stream, _)) = plain.accept().await {
                tokio::spawn(connection(stream, shared.clone()));
            }
        });
        let shared = (router, Arc::clone(&planned), Arc::clone(&course));
        tokio::spawn(async move {
            while let Ok((stream, _)) = secure.accept().await {
                let (acceptor, shared) = (acceptor.clone(), shared.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        connection(stream, shared).await;
                    }
                });
            }
        });
        Self { http, https: format!("https://{secure_at}"), authority, planned, course }
    }

    /// Has the next look (`GET`), or the next change, go wrong.
    pub(crate) fn plan(&self, is_look: bool, fault: Fault) {
        *self.planned.lock().expect("no test fails while it holds this") =
            Some(Planned { is_look, fault });
    }

    /// Has the next requests to one path go like this, and those after them well.
    pub(crate) fn plan_at(&self, path: &'static str, course: Vec<Option<Fault>>) {
        *self.course.lock().expect("no test fails while it holds this") =
            Some((path, course.into()));
    }

    /// Whether what was planned has happened.
    pub(crate) fn has_happened(&self) -> bool {
        let course = self.course.lock().expect("no test fails while it holds this");
        let is_run = course.as_ref().is_none_or(|(_, course)| course.is_empty());
        is_run && self.planned.lock().expect("no test fails while it holds this").is_none()
    }
}

type Shared = (Router, Arc<Mutex<Option<Planned>>>, Arc<Mutex<Course>>);

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Shared) {
    let service = hyper::service::service_fn(|request| answer(shared.clone(), request));
    // An error here is a connection that was closed on purpose.
    let _closed = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// An error closes the connection without an answer.
async fn answer(
    (router, planned, course): Shared,
    request: Request<Incoming>,
) -> Result<Response<Body>, std::io::Error> {
    let is_look = request.method() == Method::GET;
    // Tokens are asked for by POST, and no fault of what is done with them.
    let is_token = request.uri().path().ends_with("/token");
    let fault = {
        let mut planned = planned.lock().expect("no test fails while it holds this");
        let is_due = planned.is_some_and(|planned| planned.is_look == is_look && !is_token);
        if is_due { planned.take().map(|planned| planned.fault) } else { None }
    };
    let next = |(path, course): &mut (&str, VecDeque<Option<Fault>>)| {
        if request.uri().path() == *path { course.pop_front().flatten() } else { None }
    };
    let fault = fault.or_else(|| {
        course.lock().expect("no test fails while it holds this").as_mut().and_then(next)
    });
    if fault == Some(Fault::Busy) {
        let answer = Response::builder().status(StatusCode::TOO_MANY_REQUESTS);
        return Ok(answer.header("retry-after", BUSY).body(Body::empty()).expect("it is whole"));
    }
    if fault == Some(Fault::Unauthorized) {
        let answer = Response::builder().status(StatusCode::UNAUTHORIZED);
        return Ok(answer.body(Body::empty()).expect("it is whole"));
    }
    let response = router.oneshot(request).await.expect("a router always answers");
    match fault {
        Some(Fault::HalfDone) => {
            let answer = Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR);
            Ok(answer.body(Body::empty()).expect("it is whole"))
        }
        Some(Fault::Lost) => Err(std::io::Error::other("closed on purpose")),
        _ => Ok(response),
    }
}
