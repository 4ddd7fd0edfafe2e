//! Real connections: TLS, slow clients, strangers that ask too often, and the end.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::world::{World, bearer};
use unhook_app::Scope;

use crate::{ConnectionBounds, PublicForm, Shutdown, Tls, WebSettings, serve};

struct Serving {
    address: SocketAddr,
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

async fn serving(world: &World, tls: Option<Tls>, bounds: ConnectionBounds) -> Serving {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (shutdown, stopping) = Shutdown::new();
    let task = tokio::spawn(serve(listener, world.web.api(), tls, bounds, stopping));
    Serving { address, shutdown, task }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // A server that closes a connection of TLS in a hurry is no failure here.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

/// Begins TLS with whoever has this certificate, and says which protocols are spoken.
async fn connect(
    address: SocketAddr,
    chain: &Path,
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(chain).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

const ASK: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn tls_with_a_certificate_that_can_be_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    let renew = || {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&chain, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    };
    let connect = async |address: SocketAddr| connect(address, &chain, &[]).await;
    renew();
    let tls = Tls::from_files(&chain, &key).unwrap();
    let world = World::new().await;
    let serving = serving(&world, Some(tls.clone()), ConnectionBounds::default()).await;
    let answer = exchange(connect(serving.address).await.unwrap(), ASK).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");

    renew();
    assert!(connect(serving.address).await.is_err(), "the old certificate is still served");
    tls.reload().unwrap();
    assert!(connect(serving.address).await.is_ok());
    std::fs::write(&key, "no key").unwrap();
    let error = tls.reload().unwrap_err().to_string();
    assert!(error.ends_with("holds no private key in PEM form"), "{error}");
    assert!(connect(serving.address).await.is_ok(), "what was good stays");
}

#[tokio::test]
async fn over_tls_both_versions_are_spoken_and_a_form_comes_from_here_by_either() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = Tls::from_files(&chain, &key).unwrap();
    let form = Some(PublicForm { organization: "Acme".to_owned() });
    let world = World::with(WebSettings { public_form: form, ..WebSettings::default() }).await;
    let serving = serving(&world, Some(tls), ConnectionBounds::default()).await;
    let older = connect(serving.address, &chain, &["http/1.1"]).await.unwrap();
    assert!(exchange(older, ASK).await.starts_with("HTTP/1.1 200 OK\r\n"));

    let newer = connect(serving.address, &chain, &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(newer.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (client, connection) = h2::client::handshake(newer).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    for (origin, expected) in [("https://localhost", 200), ("https://evil.example", 403)] {
        let request = axum::http::Request::post("https://localhost/report")
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded");
        let (answer, mut body) = client.send_request(request.body(()).unwrap(), false).unwrap();
        body.send_data("text=a".into(), true).unwrap();
        assert_eq!(answer.await.unwrap().status(), expected, "{origin}");
    }
    serving.shutdown.begin();
    serving.task.await.unwrap();
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_trickles_its_head_is_cut_off() {
    let world = World::new().await;
    let bounds =
        ConnectionBounds { head_time: Duration::from_millis(50), ..ConnectionBounds::default() };
    let serving = serving(&world, None, bounds).await;
    let stream = TcpStream::connect(serving.address).await.unwrap();
    let answer = exchange(stream, "GET /healthz HTTP/1.1\r\nhost: loc").await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let world = World::new().await;
    let serving = serving(&world, None, ConnectionBounds::default()).await;
    let stream = TcpStream::connect(serving.address).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(256 << 10));
    let answer = exchange(stream, &request).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let mut settings = WebSettings::default();
    settings.bounds.body_time = Duration::from_millis(50);
    let world = World::with(settings).await;
    let serving = serving(&world, None, ConnectionBounds::default()).await;
    let stream = TcpStream::connect(serving.address).await.unwrap();
    let request = format!(
        "POST /api/v1/check HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\n\
         content-type: application/json\r\ncontent-length: 99\r\nconnection: close\r\n\r\n{{",
        bearer(Scope::Intake)
    );
    let answer = exchange(stream, &request).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("urn:unhook:problem:too-slow"), "{answer}");
}

#[tokio::test]
async fn further_connections_wait_until_there_is_room() {
    let world = World::new().await;
    let bounds = ConnectionBounds { most_connections: 1, ..ConnectionBounds::default() };
    let serving = serving(&world, None, bounds).await;
    let mut first = TcpStream::connect(serving.address).await.unwrap();
    first.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut start = [0; 12];
    first.read_exact(&mut start).await.unwrap();
    let second = TcpStream::connect(serving.address).await.unwrap();
    let mut second = Box::pin(exchange(second, ASK));
    let early = tokio::time::timeout(Duration::from_millis(50), second.as_mut()).await;
    assert!(early.is_err(), "there is no room yet");
    drop(first);
    assert!(second.await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_slowed_down() {
    let world = World::with(WebSettings {
        public_form: Some(PublicForm { organization: "Acme".to_owned() }),
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..WebSettings::default()
    })
    .await;
    let serving = serving(&world, None, ConnectionBounds::default()).await;
    let ask = async |from: &str| {
        let request = format!(
            "POST /report HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost\r\n\
             x-forwarded-for: 10.0.0.1, {from}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: 6\r\n\r\ntext=a"
        );
        let answer = exchange(TcpStream::connect(serving.address).await.unwrap(), &request).await;
        answer[9..12].to_owned()
    };
    for _ in 0..5 {
        assert_eq!(ask("203.0.113.5").await, "200");
    }
    assert_eq!(ask("203.0.113.5").await, "429");
    assert_eq!(ask("203.0.113.6").await, "200", "another household");
}

#[tokio::test]
async fn this_very_machine_may_read_metrics_unless_a_proxy_asks() {
    let world = World::new().await;
    let serving = serving(&world, None, ConnectionBounds::default()).await;
    let ask = async |extra: &str| {
        let request =
            format!("GET /metrics HTTP/1.1\r\nhost: localhost\r\n{extra}connection: close\r\n\r\n");
        let answer = exchange(TcpStream::connect(serving.address).await.unwrap(), &request).await;
        answer[9..12].to_owned()
    };
    assert_eq!(ask("").await, "200");
    assert_eq!(ask("x-forwarded-for: 203.0.113.5\r\n").await, "401");
}

#[tokio::test]
async fn what_is_at_work_ends_before_the_server_does() {
    let world = World::new().await;
    // One that says nothing is not waited for longer than this.
    let bounds =
        ConnectionBounds { stop_time: Duration::from_millis(500), ..ConnectionBounds::default() };
    let serving = serving(&world, None, bounds).await;
    let mut watcher = TcpStream::connect(serving.address).await.unwrap();
    let request = format!(
        "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\n\r\n",
        bearer(Scope::Read)
    );
    watcher.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 15];
    watcher.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    let idle = TcpStream::connect(serving.address).await.unwrap();
    serving.shutdown.begin();
    serving.task.await.unwrap();
    let mut rest = String::new();
    watcher.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "the answer was ended and not broken off: {rest}");
    drop(idle);
    assert!(TcpStream::connect(serving.address).await.is_err());
}
