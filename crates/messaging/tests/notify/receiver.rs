//! A web server on loopback that keeps what it is sent and answers as it is told to.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// What arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("headers are ASCII")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

type Answer = (StatusCode, HeaderMap, &'static str);

/// The server; it lives as long as the runtime of its test.
pub(crate) struct Receiver {
    address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    folder: TempDir,
}

#[derive(Clone)]
struct Shared {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    answer: Answer,
}

impl Receiver {
    pub(crate) async fn answering(
        status: u16,
        headers: &[(&'static str, &str)],
        body: &'static str,
    ) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let value = value.parse().expect("a header's value");
                (axum::http::HeaderName::from_static(name), value)
            })
            .collect();
        let arrived = Arc::default();
        let status = StatusCode::from_u16(status).expect("a status");
        let shared = Shared { arrived: Arc::clone(&arrived), answer: (status, headers, body) };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let address = listener.local_addr().expect("it is bound");
        let router = Router::new().fallback(receive).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, arrived, folder: TempDir::new().expect("a folder") }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A file that holds this text.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the folder can be written to");
        path
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().expect("no test fails while it holds this").clone()
    }

    pub(crate) fn only(&self) -> Arrived {
        let mut arrived = self.arrived();
        assert_eq!(arrived.len(), 1, "one request");
        arrived.remove(0)
    }
}

async fn receive(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let body = String::from_utf8(body.to_vec()).expect("the body is UTF-8");
    let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let arrived = Arrived { method, path, headers, body };
    shared.arrived.lock().expect("no test fails while it holds this").push(arrived);
    shared.answer
}
