//! Clients over real sockets: datagrams, connections, TLS, HTTPS; quick ones, slow ones, and greedy
//! ones.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request as HttpRequest, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::base::Ttl;
use domain::base::iana::Rcode;
use domain::rdata::A;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tower::ServiceExt as _;

use super::upstream::{TestUpstream, Via, address, asked_name, reply};
use super::*;

/// How long a test waits for what must come.
const SOON: Duration = Duration::from_secs(20);

pub(super) struct Running {
    pub(super) server: DnsFirewall,
    pub(super) gate: Arc<TestGate>,
    pub(super) udp: SocketAddr,
    pub(super) tcp: SocketAddr,
}

impl Running {
    pub(super) async fn new(settings: DnsSettings) -> Self {
        let gate = Arc::new(TestGate::default());
        let server = DnsFirewall::start(settings, Arc::<TestGate>::clone(&gate), surroundings());
        let (sockets, listener) = loop {
            let sockets = bind_udp(([127, 0, 0, 1], 0).into(), 2).unwrap();
            let address = sockets[0].local_addr().unwrap();
            if let Ok(listener) = TcpListener::bind(address).await {
                break (sockets, listener);
            }
        };
        let udp = sockets[0].local_addr().unwrap();
        let tcp = listener.local_addr().unwrap();
        server.serve_udp(sockets).unwrap();
        server.serve_tcp(listener);
        Self { server, gate, udp, tcp }
    }

    async fn by_datagram(&self, asked: &[u8]) -> Vec<u8> {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(self.udp).await.unwrap();
        socket.send(asked).await.unwrap();
        let mut buffer = vec![0; 4_096];
        let length = tokio::time::timeout(SOON, socket.recv(&mut buffer)).await.unwrap().unwrap();
        buffer.truncate(length);
        buffer
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.tcp).await.unwrap()
    }
}

async fn say(stream: &mut TcpStream, asked: &[u8]) {
    stream.write_u16(asked.len() as u16).await.unwrap();
    stream.write_all(asked).await.unwrap();
}

async fn hear(stream: &mut TcpStream) -> Vec<u8> {
    let hear = async {
        let mut answer = vec![0; usize::from(stream.read_u16().await.unwrap())];
        stream.read_exact(&mut answer).await.unwrap();
        answer
    };
    tokio::time::timeout(SOON, hear).await.unwrap()
}

/// That the server ends the connection with nothing more to say.
async fn ends(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await.unwrap();
    assert!(ended.is_err() || rest.is_empty(), "{rest:?}");
}

fn ask_with_id(id: u16, name: &str) -> Vec<u8> {
    query(id, name, Rtype::A, Some(EDNS)).unwrap()
}

#[tokio::test]
async fn datagrams_are_answered_by_policy_cache_and_upstream() {
    let honest = TestUpstream::honest().await;
    let running = Running::new(settings(&[&honest])).await;
    let blocked = running.by_datagram(&ask("www.blocked.test", Rtype::A)).await;
    assert_eq!(message(&blocked).header().rcode(), Rcode::NXDOMAIN);
    for _ in 0..2 {
        let passed = running.by_datagram(&ask("www.other.test", Rtype::A)).await;
        assert_eq!(message(&passed).header_counts().ancount(), 1);
    }
    // Nobody's visit.
    let blocked = running.by_datagram(&ask("blocked.test", Rtype::MX)).await;
    assert_eq!(message(&blocked).header().rcode(), Rcode::NXDOMAIN);
    let status = running.server.status();
    assert_eq!((status.queries, status.blocked, status.from_cache), (4, 2, 1));
    running.server.hand_over();
    // What was told before that counts, too.
    let heard = running.gate.heard.lock().unwrap();
    let heard: Vec<_> = heard.iter().map(|told| (&*told.name, told.was_blocked)).collect();
    assert_eq!(heard, [("www.blocked.test", true), ("www.other.test", false)]);
    assert_eq!(honest.asked(), (1, 0));
}

#[tokio::test]
async fn what_calls_itself_an_answer_gets_none() {
    let honest = TestUpstream::honest().await;
    let running = Running::new(settings(&[&honest])).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(running.udp).await.unwrap();
    let mut answer = ask_with_id(1, "www.blocked.test");
    answer[2] |= 0x80;
    socket.send(&answer).await.unwrap();
    socket.send(b"short").await.unwrap();
    socket.send(&ask_with_id(2, "www.blocked.test")).await.unwrap();
    let mut buffer = vec![0; 4_096];
    tokio::time::timeout(SOON, socket.recv(&mut buffer)).await.unwrap().unwrap();
    assert_eq!(buffer[..2], [0, 2], "the first that comes is to the last");
    let dropped = running.server.status().dropped;
    assert!(dropped.contains(&(Dropped::Answer, 1)) && dropped.contains(&(Dropped::Malformed, 1)));
}

#[tokio::test]
async fn answers_over_a_connection_come_as_they_are_ready() {
    let slow_and_quick = TestUpstream::new(|asked, via| match via {
        Via::Datagram(_) if asked_name(asked).to_string().to_lowercase().starts_with("slow") => {
            Vec::new()
        }
        _ => vec![address(asked, 60).finish()],
    })
    .await;
    let running = Running::new(settings(&[&slow_and_quick])).await;
    let mut stream = running.connect().await;
    let all = [(1, "slow.test"), (2, "quick.test"), (3, "www.blocked.test")];
    let mut bytes = Vec::new();
    for (id, name) in all {
        let asked = ask_with_id(id, name);
        bytes.extend_from_slice(&(asked.len() as u16).to_be_bytes());
        bytes.extend_from_slice(&asked);
    }
    // In whatever pieces they come.
    for piece in bytes.chunks(5) {
        stream.write_all(piece).await.unwrap();
    }
    let mut ids = Vec::new();
    for _ in all {
        ids.push(message(&hear(&mut stream).await).header().id());
    }
    assert_eq!(ids[2], 1, "{ids:?}");
}

#[tokio::test]
async fn a_large_answer_comes_whole_over_a_connection() {
    let large = TestUpstream::new(|asked, via| {
        let mut answer = reply(asked, Rcode::NOERROR);
        answer.header_mut().set_tc(via != Via::Stream);
        for n in 0..if via == Via::Stream { 250 } else { 0 } {
            let a = A::from_octets(192, 0, 2, n);
            answer.push((asked_name(asked), Ttl::HOUR, a)).unwrap();
        }
        vec![answer.finish()]
    })
    .await;
    let running = Running::new(settings(&[&large])).await;
    let cut = running.by_datagram(&ask("www.other.test", Rtype::A)).await;
    assert!(message(&cut).header().tc() && cut.len() <= 1_232);
    let mut stream = running.connect().await;
    say(&mut stream, &ask("www.other.test", Rtype::A)).await;
    assert_eq!(message(&hear(&mut stream).await).header_counts().ancount(), 250);
    assert_eq!(large.asked(), (1, 1), "it was remembered");
}

#[tokio::test]
async fn a_look_up_in_somebody_elses_name_is_no_lever() {
    /// What fits into a datagram that nobody cuts up, whatever a client says it takes.
    const LARGEST: usize = 1_232;
    let generous = TestUpstream::new(|asked, _| {
        let mut answer = reply(asked, Rcode::NOERROR);
        for n in 0..200 {
            answer.push((asked_name(asked), Ttl::HOUR, A::from_octets(192, 0, 2, n))).unwrap();
        }
        vec![answer.finish()]
    })
    .await;
    let running = Running::new(settings(&[&generous])).await;
    let greedy = Edns { datagram: u16::MAX, wants_dnssec: true };
    for name in ["www.other.test", "blocked.test", "held.test"] {
        for rtype in [Rtype::A, Rtype::TXT, Rtype::ANY, Rtype::DNSKEY, Rtype::HTTPS] {
            for (edns, largest) in [(None, 512), (Some(EDNS), LARGEST), (Some(greedy), LARGEST)] {
                let asked = query(7, name, rtype, edns).unwrap();
                let answer = running.by_datagram(&asked).await;
                assert!(answer.len() <= largest, "{name} {rtype} {}", answer.len());
            }
        }
    }
}

#[tokio::test]
async fn the_threads_end_with_the_server() {
    let honest = TestUpstream::honest().await;
    let running = Running::new(settings(&[&honest])).await;
    running.by_datagram(&ask("blocked.test", Rtype::A)).await;
    let address = running.udp;
    assert!(std::net::UdpSocket::bind(address).is_err(), "its sockets are there");
    drop(running);
    // Each looks up now and then; the last to go takes the address along.
    let ended = async {
        while std::net::UdpSocket::bind(address).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, ended).await.expect("no thread goes on");
}

#[tokio::test]
async fn who_says_nothing_or_not_all_of_it_is_cut_off() {
    let honest = TestUpstream::honest().await;
    let mut settings = settings(&[&honest]);
    settings.bounds.idle = Duration::from_millis(50);
    settings.bounds.message_time = Duration::from_millis(50);
    let running = Running::new(settings).await;
    ends(&mut running.connect().await).await;
    let mut half = running.connect().await;
    half.write_all(&[0, 200, 1, 2, 3]).await.unwrap();
    ends(&mut half).await;
    let mut short = running.connect().await;
    say(&mut short, b"no DNS").await;
    ends(&mut short).await;
}

#[tokio::test]
async fn who_stops_within_a_length_loses_nothing_of_it() {
    let slow = TestUpstream::silent().await;
    let mut settings = settings(&[&slow]);
    settings.bounds.idle = Duration::from_millis(50);
    settings.bounds.message_time = Duration::from_secs(5);
    let server = Running::new(settings).await;
    let mut stream = server.connect().await;
    // While this one waits for upstream, the client is not idle.
    say(&mut stream, &ask_with_id(1, "a.test")).await;
    let next = ask_with_id(2, "blocked.test");
    let length = u16::try_from(next.len()).unwrap().to_be_bytes();
    stream.write_all(&length[..1]).await.unwrap();
    let first = hear(&mut stream).await;
    stream.write_all(&length[1..]).await.unwrap();
    stream.write_all(&next).await.unwrap();
    let second = hear(&mut stream).await;
    assert_eq!(
        (first[1], second[1]),
        (1, 2),
        "upstream said nothing for long, and it was waited for"
    );
}

#[tokio::test]
async fn who_takes_no_answers_is_cut_off() {
    let honest = TestUpstream::honest().await;
    let mut settings = settings(&[&honest]);
    settings.bounds.message_time = Duration::from_millis(50);
    let running = Running::new(settings).await;
    let mut stream = running.connect().await;
    let asked = ask_with_id(1, "www.blocked.test");
    let framed = [&(asked.len() as u16).to_be_bytes(), &asked[..]].concat().repeat(100);
    // Until the buffers of both sides are full and it ends.
    let flood = async { while stream.write_all(&framed).await.is_ok() {} };
    tokio::time::timeout(SOON, flood).await.unwrap();
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let honest = TestUpstream::honest().await;
    let mut settings = settings(&[&honest]);
    settings.bounds.most_of_one = 1;
    let running = Running::new(settings).await;
    let mut first = running.connect().await;
    say(&mut first, &ask_with_id(1, "www.blocked.test")).await;
    hear(&mut first).await;
    ends(&mut running.connect().await).await;
    say(&mut first, &ask_with_id(2, "www.blocked.test")).await;
    assert_eq!(message(&hear(&mut first).await).header().id(), 2);
}

fn devices() -> Arc<dyn Devices> {
    Arc::new(HashMap::from([("0a1b2c3d".to_owned(), Arc::from("Kim's phone"))]))
}

async fn by_https(server: &DnsFirewall, request: HttpRequest<Body>) -> (StatusCode, Vec<u8>) {
    let response = server.https(devices()).oneshot(request).await.unwrap();
    let status = response.status();
    if status == StatusCode::OK {
        assert_eq!(response.headers()["content-type"], "application/dns-message");
    }
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, body.to_vec())
}

fn post(path: &str, kind: &str, body: Vec<u8>) -> HttpRequest<Body> {
    let request = HttpRequest::post(path).header("content-type", kind);
    request.body(Body::from(body)).unwrap()
}

fn get(path: &str) -> HttpRequest<Body> {
    HttpRequest::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn devices_ask_over_https_by_a_path_of_their_own() {
    const KIND: &str = "application/dns-message";
    let honest = TestUpstream::honest().await;
    let running = Running::new(settings(&[&honest])).await;
    let server = &running.server;
    let asked = ask("www.blocked.test", Rtype::A);
    let encoded = URL_SAFE_NO_PAD.encode(&asked);
    for request in [
        post("/dns-query/0a1b2c3d", KIND, asked.clone()),
        get(&format!("/dns-query/0a1b2c3d?dns={encoded}")),
    ] {
        let (status, answer) = by_https(server, request).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(message(&answer).header().rcode(), Rcode::NXDOMAIN);
    }
    let passed = post("/dns-query/0a1b2c3d", KIND, ask("www.other.test", Rtype::A));
    assert_eq!(message(&by_https(server, passed).await.1).header_counts().ancount(), 1);
    server.hand_over();
    let heard = std::mem::take(&mut *running.gate.heard.lock().unwrap());
    assert!(heard.iter().all(|told| told.client == Client::Device("Kim's phone".into())));
    for (request, expected) in [
        (post("/dns-query/ffffffff", KIND, asked.clone()), StatusCode::NOT_FOUND),
        (get(&format!("/dns-query/ffffffff?dns={encoded}")), StatusCode::NOT_FOUND),
        (post("/dns-query", KIND, asked.clone()), StatusCode::NOT_FOUND),
        (post("/dns-query/0a1b2c3d", "text/plain", asked), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (post("/dns-query/0a1b2c3d", KIND, vec![0; 5_000]), StatusCode::PAYLOAD_TOO_LARGE),
        (post("/dns-query/0a1b2c3d", KIND, vec![0; 5]), StatusCode::BAD_REQUEST),
        (get("/dns-query/0a1b2c3d?dns=***"), StatusCode::BAD_REQUEST),
        (get("/dns-query/0a1b2c3d"), StatusCode::BAD_REQUEST),
    ] {
        let what = format!("{} {}", request.method(), request.uri());
        assert_eq!(by_https(server, request).await.0, expected, "{what}");
    }
}

/// A certificate for localhost, for names below it and for a device's, and what trusts it.
pub(super) fn certificate() -> (Arc<rustls::ServerConfig>, String) {
    let names = ["localhost", "0a1b2c3d.dns.test", "dns.test"].map(str::to_owned);
    let key = rcgen::generate_simple_self_signed(names).unwrap();
    let private = key.signing_key.serialize_der().try_into().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private)
        .unwrap();
    (Arc::new(config), key.cert.pem())
}

fn trusting(pem: &str) -> Arc<rustls::ClientConfig> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

#[tokio::test]
async fn one_resolver_asks_another_over_tls() {
    let honest = TestUpstream::honest().await;
    let above = Running::new(settings(&[&honest])).await;
    let (config, pem) = certificate();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    above.server.serve_tls(listener, config, devices());

    let mut below = DnsSettings::new(vec![Upstream {
        address,
        tls_name: Some("0a1b2c3d.dns.test".to_owned()),
    }]);
    below.upstream_tls = Some(trusting(&pem));
    let bare = Bare::new(below);
    for name in ["one.other.test", "two.other.test"] {
        let answer = bare.answer(&ask(name, Rtype::A)).await;
        assert_eq!(message(&answer).header_counts().ancount(), 1);
    }
    above.server.hand_over();
    let heard = std::mem::take(&mut *above.gate.heard.lock().unwrap());
    assert_eq!(heard.len(), 2);
    assert!(heard.iter().all(|told| told.client == Client::Device("Kim's phone".into())));

    // Whoever has another certificate is not believed.
    let mut below =
        DnsSettings::new(vec![Upstream { address, tls_name: Some("else.test".to_owned()) }]);
    below.upstream_tls = Some(trusting(&pem));
    let answer = Bare::new(below).answer(&ask("www.other.test", Rtype::A)).await;
    assert_eq!(message(&answer).header().rcode(), Rcode::SERVFAIL);
}
