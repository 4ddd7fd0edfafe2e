//! The server: connections, with bounds on all that a stranger can hold open.
//!
//! HTTP/1.1 in the clear, and over TLS that or HTTP/2, as the other end would rather. A head must
//! arrive in time and within a size, an answer must be taken in time, and there are so many
//! connections and no more; further ones wait in the kernel's queue. When stopping begins, nothing
//! new is accepted, each connection finishes what it is at, and what does not finish in time is
//! dropped.
//!
//! Start reading at [`serve`]; [`http2`] says what many requests on one connection take beyond that.

mod http2;
mod stop;
mod stream;
mod tls;
mod turns;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::peer::Peer;

pub use stop::{Shutdown, Stopping};
pub use tls::Tls;

use stream::Patient;

/// What a connection may take. The defaults suit; tests take less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionBounds {
    /// How many connections there are at once.
    pub most_connections: usize,
    /// How long a handshake of TLS may take.
    pub handshake_time: Duration,
    /// How long the head of a request may take, and how long a connection may be without one.
    pub head_time: Duration,
    /// How long a client may leave an answer lying without taking any of it.
    pub write_time: Duration,
    /// How long connections have to finish once stopping began.
    pub stop_time: Duration,
}

impl Default for ConnectionBounds {
    fn default() -> Self {
        Self {
            // Each takes about 40 KiB at its busiest, and of HTTP/2 a few hundred.
            most_connections: 1_024,
            handshake_time: Duration::from_secs(10),
            head_time: Duration::from_secs(20),
            write_time: Duration::from_secs(30),
            stop_time: Duration::from_secs(10),
        }
    }
}

/// The longest head of a request, in bytes; tokens, cursors and a browser's own headers are
/// far below it.
const LONGEST_HEAD: usize = 32 << 10;

/// The most headers of a request.
const MOST_HEADERS: usize = 64;

/// How long to wait after a connection could not be accepted, as when files have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves a router on a listener until stopping begins, and then until it has stopped.
///
/// Without `tls`, in the clear: on loopback, or behind a proxy that adds it.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    bounds: ConnectionBounds,
    stopping: Stopping,
) {
    let room = Arc::new(Semaphore::new(bounds.most_connections));
    let server = Server { router, tls, bounds, stopping: stopping.clone() };
    let mut connections = JoinSet::new();
    loop {
        let permit = tokio::select! {
            () = stopping.begun() => break,
            permit = Arc::clone(&room).acquire_owned() => permit,
        };
        let accepted = tokio::select! {
            () = stopping.begun() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let server = server.clone();
                connections.spawn(async move {
                    server.connection(stream, peer).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let rest = async { while connections.join_next().await.is_some() {} };
    // What is not done by then is dropped with the set.
    let _ = timeout(bounds.stop_time, rest).await;
}

#[derive(Clone)]
struct Server {
    router: Router,
    tls: Option<Tls>,
    bounds: ConnectionBounds,
    stopping: Stopping,
}

impl Server {
    async fn connection(&self, stream: tokio::net::TcpStream, peer: SocketAddr) {
        // Answers are short and waited for.
        let _ = stream.set_nodelay(true);
        let stream = Patient::new(stream, self.bounds.write_time);
        let router = self.router(peer);
        let Some(tls) = &self.tls else { return self.http1(stream, router).await };
        match timeout(self.bounds.handshake_time, tls.accept(stream)).await {
            Ok(Ok(stream)) if tls::is_http2(&stream) => {
                http2::serve(stream, router, &self.bounds, &self.stopping).await;
            }
            Ok(Ok(stream)) => self.http1(stream, router).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    /// The routes, as one connection has them: they know who is at the other end.
    fn router(&self, peer: SocketAddr) -> Router {
        let (peer, stopping) = (Peer(peer), self.stopping.clone());
        self.router.clone().layer(axum::middleware::map_request(move |mut request: Request| {
            request.extensions_mut().insert(peer);
            // The same as itself, for routers of other adapters.
            request.extensions_mut().insert(peer.0);
            request.extensions_mut().insert(stopping.clone());
            async move { request }
        }))
    }

    async fn http1<S>(&self, stream: S, router: Router)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let service = TowerToHyperService::new(router.into_service::<Incoming>());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.bounds.head_time)
            .max_buf_size(LONGEST_HEAD)
            .max_headers(MOST_HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stopping.begun() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}
