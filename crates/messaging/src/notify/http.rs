//! The one HTTP client of the ways out, and the one judgement of what became of a request.
//!
//! It posts, and nothing else. It follows no redirect, since that would carry a secret to
//! where nobody sent it; takes no proxy from the environment; speaks plain HTTP only to this very machine;
//! keeps no connection, since one that idled may be closed just as it is written to, and
//! then nobody knows; and reads a bounded part of an answer. It never tries again by itself.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use unhook_app::Secret;
use unhook_app::{DeliveryError, Surroundings};

use super::told::one_line;

/// Most bytes read of an answer: receivers answer with a line or a small object.
pub(crate) const LONGEST_ANSWER: usize = 16 * 1024;
/// The longest that a receiver may ask to wait: an alert that waits longer is no alert.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// Most characters of an answer in the delivery log.
const LONGEST_EXCERPT: usize = 200;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Until there is a connection, name look-up and handshake included.
    pub(crate) connect: Duration,
    /// All in all.
    pub(crate) total: Duration,
}

impl Limits {
    /// As the Standard Webhooks specification recommends: 15 to 30 seconds for an answer.
    pub(crate) const USUAL: Self =
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(20) };
}

/// Where requests go. Its path may be a secret, and so it shows its host at most.
#[derive(Clone)]
pub(crate) struct Endpoint(Url);

/// Why a text is no address to send to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Not a URL of a web server.
    #[error("it is not an https address")]
    NoAddress,
    /// Plain HTTP to another machine.
    #[error("it is plain http, which is taken only for this very machine (localhost, 127.0.0.1)")]
    Unencrypted,
    /// With a name or a password before the host.
    #[error("it has a name or password before the host, which is not sent")]
    Credentials,
}

impl Endpoint {
    /// Reads an address.
    pub(crate) fn parse(text: &str) -> Result<Self, EndpointError> {
        let url = Url::parse(text.trim()).map_err(|_| EndpointError::NoAddress)?;
        let host = url.host_str().ok_or(EndpointError::NoAddress)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err(EndpointError::Unencrypted),
            _ => return Err(EndpointError::NoAddress),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Credentials);
        }
        Ok(Self(url))
    }

    /// The same with this path below it.
    pub(crate) fn below(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{path}", self.0.path().trim_end_matches('/')));
        Self(url)
    }

    fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/…", self.0.scheme(), self.host())
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What to post.
pub(crate) struct Post<'a> {
    pub(crate) to: &'a Endpoint,
    pub(crate) headers: HeaderMap,
    /// JSON.
    pub(crate) body: String,
    /// What must not be quoted from an answer that repeats it, beside the address.
    pub(crate) hidden: &'a [&'a Secret],
}

/// An answer that says yes.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its first [`LONGEST_ANSWER`] bytes.
    pub(crate) body: String,
}

/// The client.
pub(crate) struct Client {
    inner: reqwest::Client,
    surroundings: Arc<dyn Surroundings>,
}

/// Certificates of authorities that cannot be used, or no client for want of something else.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ClientError(String);

impl Client {
    /// A client that trusts these authorities (PEM) and no other, or those of the web.
    pub(crate) fn new(
        authorities: Option<&[u8]>,
        limits: Limits,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, ClientError> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .user_agent(concat!("unhook/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = authorities {
            let trusted = reqwest::Certificate::from_pem_bundle(pem).map_err(unusable)?;
            builder = builder.tls_built_in_root_certs(false);
            for certificate in trusted {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let inner = builder.build().map_err(unusable)?;
        Ok(Self { inner, surroundings })
    }

    /// Posts, once.
    pub(crate) async fn post(&self, post: Post<'_>) -> Result<Answer, DeliveryError> {
        let request = self.inner.post(post.to.0.clone()).headers(post.headers);
        let request = request.header(CONTENT_TYPE, "application/json").body(post.body);
        let response = request.send().await.map_err(|error| unanswered(post.to, &error))?;
        let status = response.status().as_u16();
        let after = self.asked_to_wait(response.headers());
        let body = beginning(response).await;
        if (200..300).contains(&status) {
            return Ok(Answer { body });
        }
        let why =
            format!("{} answered {status}{}", post.to.host(), excerpt(&body, post.to, post.hidden));
        Err(judge(status, why, after))
    }

    /// `Retry-After`, in either form (RFC 9110, section 10.2.3).
    fn asked_to_wait(&self, headers: &HeaderMap) -> Option<Duration> {
        let now = self.surroundings.now().unix_ms();
        retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
    }
}

fn unusable(error: reqwest::Error) -> ClientError {
    ClientError(root(&error))
}

/// What a status that does not say yes means for what was sent.
fn judge(status: u16, why: String, after: Option<Duration>) -> DeliveryError {
    match status {
        300..=399 => DeliveryError::Refused { why: format!("{why}; redirects are not followed") },
        408 | 425 | 429 | 500..=599 => DeliveryError::Later { why, after },
        _ => DeliveryError::Refused { why },
    }
}

/// What no answer means: without a connection nothing was sent, and with one perhaps all.
fn unanswered(to: &Endpoint, error: &reqwest::Error) -> DeliveryError {
    let why = format!("{}: {}", to.host(), root(error));
    if error.is_builder() {
        DeliveryError::Refused { why }
    } else if error.is_connect() {
        DeliveryError::Later { why, after: None }
    } else {
        DeliveryError::Unknown { why }
    }
}

/// The innermost cause: the outer ones repeat the address.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // A cause without a cause of its own is the one that may name the address.
    if std::ptr::addr_eq(cause, error) {
        return "the request cannot be made".to_owned();
    }
    one_line(&cause.to_string(), LONGEST_EXCERPT)
}

/// As much of a body as is read. A body that breaks off is no reason to doubt the status.
async fn beginning(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = LONGEST_ANSWER - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() == LONGEST_ANSWER {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What an answer says, for the delivery log, unless it repeats a secret.
fn excerpt(body: &str, to: &Endpoint, hidden: &[&Secret]) -> String {
    let path = to.0.path();
    // Looked for in what would be shown, since cleaning may join what invisible letters part.
    let clean = one_line(body, LONGEST_ANSWER);
    let says = one_line(&clean, LONGEST_EXCERPT);
    let tells = (path.len() > 1 && clean.contains(path))
        || hidden.iter().any(|secret| clean.contains(secret.expose()));
    match (says.is_empty(), tells) {
        (true, _) => String::new(),
        (_, true) => ": (not shown, since it repeats a secret)".to_owned(),
        _ => format!(": {says}"),
    }
}

fn retry_after(value: &str, now_ms: i64) -> Option<Duration> {
    let value = value.trim();
    let asked = if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        // More digits than fit is a very long time.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp().as_millisecond();
        Duration::from_millis(u64::try_from(at.saturating_sub(now_ms)).unwrap_or(0))
    };
    Some(asked.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use unhook_model::Timestamp;

    use super::*;

    struct Fixed;

    impl Surroundings for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_ms(784_111_767_000)
        }

        fn random(&self) -> [u8; 16] {
            [7; 16]
        }
    }

    fn client(total: Duration) -> Client {
        let limits = Limits { connect: Duration::from_secs(5), total };
        Client::new(None, limits, Arc::new(Fixed)).expect("it needs nothing from outside")
    }

    /// What becomes of a post to a server that reads a request and writes these bytes.
    async fn answered(bytes: &'static [u8]) -> Result<Answer, DeliveryError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let endpoint = at(&listener);
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            read_request(&mut stream).await;
            stream.write_all(bytes).await.expect("the client reads");
        });
        let result = post(&client(Duration::from_secs(20)), &endpoint).await;
        server.await.expect("the server does not fail");
        result
    }

    fn at(listener: &TcpListener) -> Endpoint {
        let address = listener.local_addr().expect("it is bound");
        Endpoint::parse(&format!("http://{address}/services/T0/B0/token")).expect("an address")
    }

    async fn read_request(stream: &mut TcpStream) {
        let mut seen = Vec::new();
        while !seen.ends_with(b"{\"a\":1}") {
            assert_ne!(stream.read_buf(&mut seen).await.expect("a request"), 0, "cut short");
        }
    }

    async fn post(client: &Client, to: &Endpoint) -> Result<Answer, DeliveryError> {
        let hidden = Secret::new("routing-key");
        let body = r#"{"a":1}"#.to_owned();
        client.post(Post { to, headers: HeaderMap::new(), body, hidden: &[&hidden] }).await
    }

    fn why(error: &DeliveryError) -> &str {
        match error {
            DeliveryError::Later { why, .. }
            | DeliveryError::Refused { why }
            | DeliveryError::Unknown { why } => why,
            _ => "",
        }
    }

    #[tokio::test]
    async fn a_yes_is_delivered_even_if_its_body_breaks_off() {
        let answer = answered(b"HTTP/1.1 202 Accepted\r\ncontent-length: 90\r\n\r\nok").await;
        assert_eq!(answer.expect("202").body, "ok");
    }

    #[tokio::test]
    async fn busy_is_later_with_the_time_asked_for() {
        let error =
            answered(b"HTTP/1.1 429 Slow\r\nretry-after: 30\r\ncontent-length: 4\r\n\r\nbusy")
                .await
                .expect_err("429");
        let after = Some(Duration::from_secs(30));
        assert_eq!(
            error,
            DeliveryError::Later { why: "127.0.0.1 answered 429: busy".to_owned(), after }
        );
        let error =
            answered(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n").await.expect_err("503");
        assert!(matches!(error, DeliveryError::Later { after: None, .. }), "{error}");
    }

    #[tokio::test]
    async fn a_no_is_refused_and_repeats_no_secret() {
        for body in ["no /services/T0/B0/token here", "bad routing-key"] {
            let answer = format!("HTTP/1.1 404 No\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            let error = answered(answer.leak().as_bytes()).await.expect_err("404");
            assert!(matches!(error, DeliveryError::Refused { .. }), "{error}");
            assert!(!why(&error).contains("token") && !why(&error).contains("routing-key"));
        }
    }

    #[tokio::test]
    async fn a_redirect_is_refused() {
        let to =
            b"HTTP/1.1 307 There\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let error = answered(to).await.expect_err("307");
        assert!(matches!(&error, DeliveryError::Refused { why } if why.contains("redirects")));
    }

    #[tokio::test]
    async fn an_endless_answer_is_read_in_part() {
        let mut endless = b"HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n".to_vec();
        endless.resize(endless.len() + 40_000, b'x');
        assert_eq!(answered(endless.leak()).await.expect("200").body.len(), LONGEST_ANSWER);
    }

    #[tokio::test]
    async fn no_connection_is_later_and_names_no_path() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let endpoint = at(&listener);
        drop(listener);
        let error = post(&client(Duration::from_secs(20)), &endpoint).await.expect_err("nobody");
        assert!(matches!(error, DeliveryError::Later { .. }), "{error}");
        assert!(why(&error).contains("refused") && !why(&error).contains("token"), "{error}");
    }

    #[tokio::test]
    async fn a_request_without_an_answer_is_unknown() {
        let error = answered(b"").await.expect_err("hung up");
        assert!(matches!(error, DeliveryError::Unknown { .. }), "{error}");
        assert!(!why(&error).contains("token"), "{error}");
    }

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_unknown() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let endpoint = at(&listener);
        let client = client(Duration::from_millis(200));
        let (result, _held) = tokio::join!(post(&client, &endpoint), listener.accept());
        let error = result.expect_err("it never answers");
        assert!(matches!(error, DeliveryError::Unknown { .. }), "{error}");
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_capped() {
        let now = 784_111_767_000; // Sun, 06 Nov 1994 08:49:27 GMT
        let check = |value, expected| assert_eq!(retry_after(value, now), expected, "{value}");
        check("120", Some(Duration::from_secs(120)));
        check(" 0 ", Some(Duration::ZERO));
        check("99999999999999999999999", Some(LONGEST_WAIT));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(Duration::from_secs(10)));
        check("Sun, 06 Nov 1994 08:00:00 GMT", Some(Duration::ZERO));
        check("Fri, 06 Nov 2094 08:00:00 GMT", None); // That day is a Saturday.
        check("Sat, 06 Nov 2094 08:00:00 GMT", Some(LONGEST_WAIT));
        check("soon", None);
        check("-5", None);
        check("", None);
    }

    #[test]
    fn addresses_are_encrypted_or_of_this_machine() {
        let check = |text, expected| assert_eq!(Endpoint::parse(text).err(), expected, "{text}");
        check("https://hooks.example/services/T0", None);
        check("http://localhost:9/x", None);
        check("http://127.8.0.1/", None);
        check("http://[::1]:80/", None);
        check("http://hooks.example/", Some(EndpointError::Unencrypted));
        check("http://127.0.0.1.example/", Some(EndpointError::Unencrypted));
        check("http://localhost.example/", Some(EndpointError::Unencrypted));
        check("https://name:word@hooks.example/", Some(EndpointError::Credentials));
        check("ftp://hooks.example/", Some(EndpointError::NoAddress));
        check("hooks.example", Some(EndpointError::NoAddress));
    }

    #[test]
    fn an_address_shows_its_host_at_most() {
        let endpoint = Endpoint::parse("https://hooks.example/services/T0?sig=1").expect("fine");
        assert_eq!(format!("{endpoint:?}"), "https://hooks.example/…");
    }
}
