//! Syslog, read back by a parser that takes what RFC 5424 allows and nothing else.

use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{TcpListener, UdpSocket};
use unhook_app::{DeliveryError, Receipt, Severity};
use unhook_messaging::notify::{Kind, NotifySettings};

use crate::alerts::{hostile, made, ordinary, resolved};

/// Elements of structured data: an id, and names with values.
type Elements = Vec<(String, Vec<(String, String)>)>;

/// A line, taken apart.
#[derive(Debug, PartialEq)]
struct Line {
    priority: u32,
    timestamp: String,
    hostname: String,
    application: String,
    process: String,
    kind: String,
    data: Elements,
    text: String,
}

impl Line {
    fn value(&self, name: &str) -> &str {
        let mut all = self.data.iter().flat_map(|(_, parameters)| parameters);
        all.find(|(known, _)| known == name).map(|(_, value)| &**value).expect("it is there")
    }
}

/// Reads by the grammar of section 6; whatever the grammar does not allow fails the test.
fn parsed(line: &[u8]) -> Line {
    let line = std::str::from_utf8(line).expect("UTF-8");
    let (priority, rest) = line.strip_prefix('<').expect("PRI").split_once('>').expect("PRI");
    assert!((1..=3).contains(&priority.len()) && (priority == "0" || !priority.starts_with('0')));
    let priority = priority.parse().expect("a number");
    assert!(priority <= 191);
    let mut rest = rest.strip_prefix("1 ").expect("VERSION");
    let mut field = |longest| {
        let (field, behind) = rest.split_once(' ').expect("a header field");
        assert!((1..=longest).contains(&field.len()), "{field}");
        assert!(field.bytes().all(|byte| (33..=126).contains(&byte)), "{field}");
        rest = behind;
        field.to_owned()
    };
    let [timestamp, hostname, application, process, kind] = [32, 255, 48, 128, 32].map(&mut field);
    check_time(&timestamp);
    let (data, rest) = structured(rest);
    let text = rest.strip_prefix(" \u{feff}").expect("the mark of UTF-8").to_owned();
    assert!(!text.chars().any(char::is_control), "one line: {text}");
    Line { priority, timestamp, hostname, application, process, kind, data, text }
}

fn check_time(text: &str) {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z");
}

fn structured(mut rest: &str) -> (Elements, &str) {
    let mut elements = Vec::new();
    while let Some(behind) = rest.strip_prefix('[') {
        let end = behind.find([' ', ']']).expect("SD-ID ends");
        let id = sd_name(&behind[..end]);
        rest = &behind[end..];
        let mut parameters = Vec::new();
        while let Some(behind) = rest.strip_prefix(' ') {
            let (name, behind) = behind.split_once("=\"").expect("PARAM-NAME");
            let (value, behind) = value(behind);
            parameters.push((sd_name(name), value));
            rest = behind;
        }
        rest = rest.strip_prefix(']').expect("the element ends");
        assert!(elements.iter().all(|(known, _)| *known != id), "{id} is there twice");
        elements.push((id, parameters));
    }
    assert!(!elements.is_empty());
    (elements, rest)
}

fn sd_name(text: &str) -> String {
    assert!((1..=32).contains(&text.len()), "{text}");
    let is_fine = |byte: u8| (33..=126).contains(&byte) && !b"=]\"".contains(&byte);
    assert!(text.bytes().all(is_fine), "{text}");
    text.to_owned()
}

/// A value up to its closing quote, unescaped, and what is behind it.
fn value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &text[at + 1..]),
            ']' => panic!("an unescaped bracket"),
            '\\' => {
                let (_, escaped) = letters.next().expect("something escaped");
                assert!(matches!(escaped, '"' | '\\' | ']'), "a needless escape");
                value.push(escaped);
            }
            _ => {
                assert!(!letter.is_control());
                value.push(letter);
            }
        }
    }
    panic!("a value without an end")
}

/// The frames of a connection, by octet counting.
fn frames(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let blank = bytes.iter().position(|byte| *byte == b' ').expect("a length");
        let length = std::str::from_utf8(&bytes[..blank]).expect("digits");
        assert!(!length.starts_with('0'));
        let end = blank + 1 + length.parse::<usize>().expect("a length");
        frames.push(bytes[blank + 1..end].to_vec());
        bytes = &bytes[end..];
    }
    frames
}

fn settings(address: String) -> NotifySettings {
    let mut settings = NotifySettings::new(Kind::Syslog, "siem", Severity::Info);
    settings.address = Some(address);
    settings
}

async fn datagram(socket: &UdpSocket) -> Vec<u8> {
    let mut bytes = vec![0; 65_536];
    let length = socket.recv(&mut bytes).await.expect("a datagram");
    bytes.truncate(length);
    bytes
}

async fn udp() -> (UdpSocket, NotifySettings) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("loopback");
    let address = socket.local_addr().expect("it is bound");
    (socket, settings(format!("udp://{address}")))
}

#[tokio::test]
async fn a_datagram_is_one_line() {
    let (socket, mut settings) = udp().await;
    settings.hostname = Some("unhook.acme.example".to_owned());
    settings.facility = Some("local0".to_owned());
    let way = made(settings);
    assert!(way.may_repeat());
    assert_eq!(way.notify(&ordinary()).await, Ok(Receipt(ordinary().id.to_string())));
    let bytes = datagram(&socket).await;
    let line = parsed(&bytes);
    assert_eq!(line.priority, 16 * 8 + 2);
    assert_eq!(line.hostname, "unhook.acme.example");
    assert_eq!((&*line.application, &*line.kind), ("unhook", "campaign-opened"));
    assert_eq!(line.value("id"), ordinary().id.to_string());
    assert_eq!(line.value("matter"), ordinary().matter);
    assert_eq!(line.value("domain"), "acme-parcel[.]example");
    insta::with_settings!({snapshot_path => "../golden/notify", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("syslog", String::from_utf8_lossy(&bytes));
    });
}

#[tokio::test]
async fn what_is_over_is_a_notice_by_nobody_in_particular() {
    let (socket, settings) = udp().await;
    made(settings).notify(&resolved()).await.expect("sent");
    let line = parsed(&datagram(&socket).await);
    assert_eq!((line.priority, &*line.hostname, &*line.process), (4 * 8 + 5, "-", "-"));
    assert_eq!(line.value("resolved"), "true");
}

#[tokio::test]
async fn a_hostile_alert_is_one_bounded_line() {
    let (socket, settings) = udp().await;
    made(settings).notify(&hostile()).await.expect("sent");
    let bytes = datagram(&socket).await;
    assert!(bytes.len() <= 2_048, "{}", bytes.len());
    let line = parsed(&bytes);
    assert_eq!(line.value("id"), hostile().id.to_string());
    assert!(line.text.contains("<!channel>") && line.text.len() > 300, "{}", line.text);
}

async fn connected(stream: impl AsyncRead + Unpin) -> Vec<Vec<u8>> {
    let mut stream = stream;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("lines");
    frames(&bytes)
}

async fn tcp() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let port = listener.local_addr().expect("it is bound").port();
    (listener, port)
}

#[tokio::test]
async fn a_connection_counts_octets() {
    for alert in [ordinary(), hostile()] {
        let (listener, port) = tcp().await;
        let way = made(settings(format!("tcp://127.0.0.1:{port}")));
        let receiving = async { connected(listener.accept().await.expect("a connection").0).await };
        let (sent, frames) = tokio::join!(way.notify(&alert), receiving);
        assert_eq!(sent, Ok(Receipt(alert.id.to_string())));
        assert_eq!(frames.len(), 1);
        assert!(frames[0].len() <= 8_192);
        assert_eq!(parsed(&frames[0]).value("id"), alert.id.to_string());
    }
}

#[tokio::test]
async fn nobody_there_is_later() {
    let (listener, port) = tcp().await;
    drop(listener);
    for scheme in ["tcp", "tls"] {
        let way = made(settings(format!("{scheme}://127.0.0.1:{port}")));
        let error = way.notify(&ordinary()).await.expect_err("nobody listens");
        assert!(matches!(error, DeliveryError::Later { .. }), "{scheme}: {error}");
    }
}

#[tokio::test]
async fn a_line_thrown_away_unread_is_unknown() {
    let (listener, port) = tcp().await;
    let way = made(settings(format!("tcp://127.0.0.1:{port}")));
    let receiving = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.read_u8().await.expect("the first of many");
        // Closed with something unread, a connection is reset.
        drop(stream);
    };
    let alert = ordinary();
    let (sent, ()) = tokio::join!(way.notify(&alert), receiving);
    let error = sent.expect_err("it was reset");
    assert!(matches!(error, DeliveryError::Unknown { .. }), "{error}");
}

/// A server's configuration, and a file of the authority that vouches for it.
fn certified(folder: &TempDir) -> (Arc<rustls::ServerConfig>, std::path::PathBuf) {
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, made.cert.pem()).expect("the folder can be written to");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("the key fits");
    (Arc::new(config), path)
}

#[tokio::test]
async fn tls_trusts_the_authorities_it_is_given() {
    let folder = TempDir::new().expect("a folder");
    let (config, authorities) = certified(&folder);
    let (listener, port) = tcp().await;
    let mut settings = settings(format!("tls://localhost:{port}"));
    settings.ca_file = Some(authorities);
    let way = made(settings);
    let acceptor = tokio_rustls::TlsAcceptor::from(config);
    let receiving = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        connected(acceptor.accept(stream).await.expect("a handshake")).await
    };
    let alert = ordinary();
    let (sent, frames) = tokio::join!(way.notify(&alert), receiving);
    assert_eq!(sent, Ok(Receipt(ordinary().id.to_string())));
    assert_eq!(parsed(&frames[0]).value("id"), ordinary().id.to_string());
}

#[tokio::test]
async fn tls_sends_nothing_to_whom_nobody_vouches_for() {
    let folder = TempDir::new().expect("a folder");
    let (config, _) = certified(&folder);
    let (listener, port) = tcp().await;
    let way = made(settings(format!("tls://localhost:{port}")));
    let acceptor = tokio_rustls::TlsAcceptor::from(config);
    let receiving = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        acceptor.accept(stream).await.is_err()
    };
    let alert = ordinary();
    let (sent, is_refused) = tokio::join!(way.notify(&alert), receiving);
    let error = sent.expect_err("nobody vouches");
    assert!(matches!(error, DeliveryError::Later { .. }), "{error}");
    assert!(is_refused);
}

#[cfg(unix)]
#[tokio::test]
async fn the_local_log_gets_a_datagram() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("log");
    let socket = tokio::net::UnixDatagram::bind(&path).expect("a socket");
    let way = made(settings(format!("unix:{}", path.display())));
    way.notify(&hostile()).await.expect("sent");
    let mut bytes = vec![0; 65_536];
    let length = socket.recv(&mut bytes).await.expect("a datagram");
    assert_eq!(parsed(&bytes[..length]).value("id"), hostile().id.to_string());
}
