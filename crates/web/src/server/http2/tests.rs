//! A connection as clients use it that keep to the protocol, and as others do, on a clock that stands still;
//! TLS and sockets are tried with the whole server (`tests/serving.rs`).

use axum::body::Bytes;
use axum::http::Method;
use axum::routing::{get, post};
use futures_util::stream;
use h2::client::SendRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::*;
use crate::Shutdown;

const BOUNDS: ConnectionBounds = ConnectionBounds {
    most_connections: 1,
    handshake_time: Duration::from_secs(10),
    head_time: Duration::from_secs(20),
    write_time: Duration::from_secs(30),
    stop_time: Duration::from_secs(10),
};

const LARGE: usize = 1 << 20;

/// Lets so many seconds pass, and all happen that does in them.
async fn pass(seconds: u64) {
    let _ = timeout(Duration::from_secs(seconds), std::future::pending::<()>()).await;
}

/// A connection that is served.
struct Served {
    shutdown: Shutdown,
    task: JoinHandle<()>,
    begun: Instant,
    /// Until when a request waits that does.
    wait: watch::Sender<bool>,
}

impl Served {
    /// After how many seconds it had ended.
    async fn seconds(self) -> u64 {
        self.task.await.unwrap();
        self.begun.elapsed().as_secs()
    }
}

fn served() -> (DuplexStream, Served) {
    let (theirs, ours) = tokio::io::duplex(64 << 10);
    let (shutdown, stopping) = Shutdown::new();
    let wait = watch::Sender::new(true);
    let router = router(&wait, stopping.clone());
    let task = tokio::spawn(async move { serve(ours, router, &BOUNDS, &stopping).await });
    (theirs, Served { shutdown, task, begun: Instant::now(), wait })
}

fn router(wait: &watch::Sender<bool>, stopping: Stopping) -> Router {
    let seen = |request: Request| async move {
        let all = |name| {
            let lines = request.headers().get_all(name).iter();
            lines.map(|line| line.to_str().unwrap()).collect::<Vec<_>>().join("|")
        };
        format!("{} {} {}", request.uri(), all(header::HOST), all(header::COOKIE))
    };
    let wait = wait.clone();
    let waits = move || {
        let mut wait = wait.subscribe();
        async move {
            let _ = wait.wait_for(|is_waiting| !is_waiting).await;
            "waited"
        }
    };
    let live = move || {
        let first = stream::iter([Ok::<_, std::convert::Infallible>("first ")]);
        let stopping = stopping.clone();
        let last = stream::once(async move {
            stopping.begun().await;
            Ok("last")
        });
        async move { Body::from_stream(futures_util::StreamExt::chain(first, last)) }
    };
    Router::new()
        .route("/seen", get(seen))
        .route("/wait", get(waits))
        .route("/live", get(live))
        .route("/large", get(|| async { vec![7; LARGE] }))
        .route("/read", post(|body: Bytes| async move { body.len().to_string() }))
}

/// A client that keeps to the protocol, and answers pings.
async fn client() -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>, Served) {
    let (stream, served) = served();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    (client.ready().await.unwrap(), tokio::spawn(connection), served)
}

fn to(path: &str) -> axum::http::request::Builder {
    axum::http::Request::builder().uri(format!("https://acme.example{path}"))
}

/// Asks without a body: the status, and what was answered.
async fn ask(
    client: &mut SendRequest<Bytes>,
    request: axum::http::request::Builder,
) -> Result<(u16, String), h2::Error> {
    let (response, _) = client.send_request(request.body(()).unwrap(), true)?;
    let (parts, body) = response.await?.into_parts();
    Ok((parts.status.as_u16(), String::from_utf8(taken(body).await?).unwrap()))
}

async fn taken(mut body: h2::RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut all = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

#[tokio::test(start_paused = true)]
async fn a_request_looks_as_it_would_by_http1() {
    let (mut client, _connection, _served) = client().await;
    let seen = ask(&mut client, to("/seen?a=b")).await.unwrap();
    assert_eq!(seen, (200, "/seen?a=b acme.example ".to_owned()));
    let other = to("/seen").header("host", "other.example").header("host", "third.example");
    assert_eq!(ask(&mut client, other).await.unwrap().1, "/seen acme.example ");
    // One line may come as several (RFC 9113, section 8.2.3).
    let cookies = to("/seen").header("cookie", "a=b").header("cookie", "unhook=c");
    assert_eq!(ask(&mut client, cookies).await.unwrap().1, "/seen acme.example a=b|unhook=c");
    let whole = ask(&mut client, to("/large")).await.unwrap();
    assert_eq!((whole.0, whole.1.len()), (200, LARGE));
    let tunnel = axum::http::Request::builder().method(Method::CONNECT).uri("acme.example:443");
    assert_eq!(ask(&mut client, tunnel).await.unwrap().0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_head_of_too_many_headers_is_refused() {
    let (mut client, _connection, _served) = client().await;
    let many = |count: usize| {
        (0..count).fold(to("/seen"), |request, n| request.header(format!("x-{n}"), "x"))
    };
    assert_eq!(ask(&mut client, many(MOST_HEADERS)).await.unwrap().0, 200);
    assert_eq!(ask(&mut client, many(MOST_HEADERS + 1)).await.unwrap().0, 431);
    let same = (0..=MOST_HEADERS).fold(to("/seen"), |request, _| request.header("x", "x"));
    assert_eq!(ask(&mut client, same).await.unwrap().0, 431);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_too_long_is_refused_and_one_without_end_ends_the_connection() {
    let (mut client, connection, served) = client().await;
    let long = |length: usize| to("/seen").header("x", "x".repeat(length));
    assert_eq!(ask(&mut client, long(LONGEST_HEAD - 1_024)).await.unwrap().0, 200);
    assert_eq!(ask(&mut client, long(LONGEST_HEAD)).await.unwrap().0, 431);
    assert_eq!(ask(&mut client, to("/seen")).await.unwrap().0, 200, "others go on");
    assert!(ask(&mut client, long(16 * LONGEST_HEAD)).await.is_err());
    assert!(connection.await.unwrap().is_err());
    assert_eq!(served.seconds().await, 0);
}

#[tokio::test(start_paused = true)]
async fn many_requests_at_once_hold_no_more_heads_than_a_few() {
    let (mut client, _connection, served) = client().await;
    let long = || to("/wait").header("x", "x".repeat(LONGEST_HEAD - 1_024)).body(()).unwrap();
    let mut waiting = Vec::new();
    for _ in 0..4 {
        waiting.push(client.send_request(long(), true).unwrap());
    }
    let again = to("/seen").header("x", "x".repeat(8 << 10));
    assert_eq!(ask(&mut client, again).await.unwrap().0, 431);
    assert_eq!(ask(&mut client, to("/seen")).await.unwrap().0, 200);
    served.wait.send_replace(false);
    for (response, _) in waiting {
        assert_eq!(taken(response.await.unwrap().into_body()).await.unwrap(), b"waited");
    }
    let again = to("/seen").header("x", "x".repeat(8 << 10));
    assert_eq!(ask(&mut client, again).await.unwrap().0, 200, "there is room again");
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_nothing_is_asked_ends() {
    let (mut client, connection, served) = client().await;
    pass(15).await;
    assert_eq!(ask(&mut client, to("/seen")).await.unwrap().0, 200);
    assert!(connection.await.unwrap().is_ok(), "it is told so");
    assert_eq!(served.seconds().await, 15 + 20);
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_holds_its_connection() {
    let (mut client, connection, served) = client().await;
    let (response, _) = client.send_request(to("/wait").body(()).unwrap(), true).unwrap();
    let request = to("/read").method("POST").body(()).unwrap();
    let (read, mut body) = client.send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(b"one"), false).unwrap();
    pass(600).await;
    body.send_data(Bytes::from_static(b"two"), true).unwrap();
    assert_eq!(taken(read.await.unwrap().into_body()).await.unwrap(), b"6");
    served.wait.send_replace(false);
    assert_eq!(taken(response.await.unwrap().into_body()).await.unwrap(), b"waited");
    assert!(connection.await.unwrap().is_ok());
    assert_eq!(served.seconds().await, 600 + 20);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_left_lying_is_given_up() {
    let (mut client, _connection, served) = client().await;
    let (response, _) = client.send_request(to("/large").body(()).unwrap(), true).unwrap();
    let body = response.await.unwrap().into_body();
    assert_eq!(served.seconds().await, 20 + 30);
    assert!(taken(body).await.is_err(), "it was broken off");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_taken_slowly_is_not() {
    let (mut client, _connection, served) = client().await;
    let (response, _) = client.send_request(to("/large").body(()).unwrap(), true).unwrap();
    let (mut body, mut length) = (response.await.unwrap().into_body(), 0);
    while let Some(piece) = body.data().await {
        let piece = piece.unwrap().len();
        length += piece;
        // A KiB in a second.
        pass(piece as u64 >> 10).await;
        body.flow_control().release_capacity(piece).unwrap();
    }
    assert_eq!(length, LARGE);
    assert!(served.seconds().await > 900);
}

#[tokio::test(start_paused = true)]
async fn when_stopping_begins_what_is_under_way_ends_and_then_the_connection() {
    let (mut client, connection, served) = client().await;
    let (response, _) = client.send_request(to("/live").body(()).unwrap(), true).unwrap();
    let body = response.await.unwrap().into_body();
    served.shutdown.begin();
    assert_eq!(taken(body).await.unwrap(), b"first last");
    assert!(connection.await.unwrap().is_ok());
    assert_eq!(served.seconds().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_ends_with_its_connection_or_when_it_is_taken_back() {
    let (mut client, _connection, served) = client().await;
    let mut ask = || client.send_request(to("/wait").body(()).unwrap(), true).unwrap();
    let waiting = |count| {
        let wait = served.wait.clone();
        async move {
            while wait.receiver_count() != count {
                tokio::task::yield_now().await;
            }
        }
    };
    let (_first, (_, mut second)) = (ask(), ask());
    waiting(2).await;
    second.send_reset(h2::Reason::CANCEL);
    waiting(1).await;
    served.task.abort();
    waiting(0).await;
}

/// A frame (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
/// The end of the head and of the stream.
const ENDS: u8 = 4 | 1;

/// `GET /wait` of acme.example (RFC 7541, appendices A and B left aside).
fn get_wait() -> Vec<u8> {
    [&[0x82, 0x87, 0x41, 12][..], b"acme.example", &[0x44, 5], b"/wait"].concat()
}

fn preface() -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(SETTINGS, 0, 0, &[])].concat()
}

/// The reason for which a connection was ended, in what was read of it.
fn reason(mut read: &[u8]) -> Option<u8> {
    while let Some((head, rest)) = read.split_first_chunk::<9>() {
        let length = usize::from(head[1]) << 8 | usize::from(head[2]);
        if head[3] == GOAWAY && rest[7] != 0 {
            return Some(rest[7]);
        }
        read = &rest[length..];
    }
    None
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_requests_that_are_taken_back_ends_the_connection() {
    const ENHANCE_YOUR_CALM: u8 = 0xb;
    let check = async |count: u32| {
        let (mut stream, served) = served();
        let mut flood = preface();
        for id in (0..count).map(|n| 2 * n + 1) {
            flood.extend(frame(HEADERS, ENDS, id, &get_wait()));
            flood.extend(frame(RST_STREAM, 0, id, &8_u32.to_be_bytes()));
        }
        stream.write_all(&flood).await.unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        (reason(&read), served.seconds().await)
    };
    assert_eq!(check(MOST_TAKEN_BACK as u32).await, (None, 20 + 30));
    assert_eq!(check(500).await, (Some(ENHANCE_YOUR_CALM), 0));
}

#[tokio::test(start_paused = true)]
async fn neither_silence_nor_a_trickle_holds_a_connection() {
    let (silent, served_silently) = served();
    assert_eq!(served_silently.seconds().await, 20 + 30);
    drop(silent);
    let (mut stream, served) = served();
    stream.write_all(&preface()).await.unwrap();
    let head = frame(HEADERS, 0, 1, &vec![0; 16_000]);
    for byte in head.chunks(1) {
        if stream.write_all(byte).await.is_err() {
            break;
        }
        pass(1).await;
    }
    assert_eq!(served.seconds().await, 20 + 30 + 1, "it is seen with the next byte");
}

#[tokio::test(start_paused = true)]
async fn an_end_that_has_gone_is_noticed() {
    let (mut stream, served) = served();
    let ask = [preface(), frame(HEADERS, ENDS, 1, &get_wait())].concat();
    stream.write_all(&ask).await.unwrap();
    assert_eq!(served.seconds().await, PING_AFTER.as_secs() + 30);
}
