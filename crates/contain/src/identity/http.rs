//! The one HTTP client of the connectors, and the one judgement of what no answer means.
//!
//! It follows no redirect, since that would carry a credential to where nobody sent it; takes no
//! proxy from the environment; speaks plain HTTP only to this very machine; and reads a bounded
//! answer. It never tries again by itself.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use serde_json::Value;
use unhook_app::{IdentityError, Surroundings};

use super::SettingsError;
use crate::address::{Address, AddressError, client, root};

/// The most bytes read of an answer: a page of two hundred log entries has one MiB.
pub(crate) const LONGEST_ANSWER: usize = 8 * 1024 * 1024;
/// The longest that a provider may make us wait: a session that stays open longer is for a person.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// Until there is a connection, name look-up and handshake included.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// All in all; providers take seconds for a page of a busy log.
const TOTAL_TIME: Duration = Duration::from_secs(20);
/// For how long a connection is kept that nobody uses: the next person's step comes in this time.
const IDLE_TIME: Duration = Duration::from_secs(10);

/// Where a provider is. What lies below it is made by [`Endpoint::at`], so that no id of an answer
/// leads elsewhere.
#[derive(Clone)]
pub(crate) struct Endpoint(Address);

impl Endpoint {
    /// Reads an address.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let address = Address::parse(text)?;
        if address.url().query().is_some() || address.url().fragment().is_some() {
            return Err(AddressError::Query);
        }
        Ok(Self(address))
    }

    /// The address itself.
    pub(crate) fn url(&self) -> Url {
        self.0.url().clone()
    }

    /// What lies below it by these segments, each of them one segment whatever stands in it.
    pub(crate) fn at(&self, segments: &[&str]) -> Url {
        self.0.below(segments).url().clone()
    }

    /// A place that an answer or a cursor names, if it is the same server and below this path.
    pub(crate) fn own(&self, text: &str, path: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let is_own = url.origin() == self.0.url().origin()
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == path;
        is_own.then_some(url)
    }

    pub(crate) fn host(&self) -> &str {
        self.0.host()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/…", self.0.url().scheme(), self.host())
    }
}

/// What is sent with a request.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Nothing,
    Json(Value),
    Form(Vec<(&'static str, String)>),
    /// A text of this media type.
    Text(&'static str, String),
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
    /// Whether it changes anything, so that of one without an answer nobody knows.
    pub(crate) changes: bool,
}

impl Call {
    /// A look at something.
    pub(crate) fn get(url: Url) -> Self {
        let (headers, body) = (Vec::new(), Body::Nothing);
        Self { method: Method::GET, url, headers, body, changes: false }
    }

    /// A change.
    pub(crate) const fn change(method: Method, url: Url, body: Body) -> Self {
        Self { method, url, headers: Vec::new(), body, changes: true }
    }
}

/// An answer, whatever it says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    host: String,
    changes: bool,
    after: Option<Duration>,
}

impl Answer {
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// It, unless it says no.
    pub(crate) fn success(self) -> Result<Self, IdentityError> {
        if self.is_success() { Ok(self) } else { Err(self.error()) }
    }

    /// What its JSON says.
    pub(crate) fn json(&self) -> Result<Value, IdentityError> {
        serde_json::from_slice(&self.body).map_err(|_| IdentityError::Later {
            why: format!("{} answered with something else than JSON", self.host),
            after: None,
        })
    }

    /// What an answer that says no means for what was asked. What went through and was not done is
    /// told from what may have been done half.
    pub(crate) fn error(&self) -> IdentityError {
        let code = self.code().map_or_else(String::new, |code| format!(" ({code})"));
        let why = format!("{} answered {}{code}", self.host, self.status);
        match self.status {
            300..=399 => {
                IdentityError::Refused { why: format!("{why}; redirects are not followed") }
            }
            401 => IdentityError::Later {
                why: format!("{why}: the credential is not accepted; make a new one"),
                after: None,
            },
            403 => IdentityError::Refused {
                why: format!("{why}: the credential may not do this; see docs/identity.md"),
            },
            408 | 425 | 429 | 503 => IdentityError::Later { why, after: self.after },
            500..=599 if self.changes => IdentityError::Unknown { why },
            500..=599 => IdentityError::Later { why, after: self.after },
            _ => IdentityError::Refused { why },
        }
    }

    /// The short code that providers give errors. Their sentences name people, and are not repeated.
    pub(crate) fn code(&self) -> Option<String> {
        const LONGEST_CODE: usize = 64;
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let error = &body["error"];
        let places = [
            &body["errorCode"],
            &error["code"],
            &error["status"],
            error,
            &body["scimType"],
            &body["err"],
        ];
        let code = places.into_iter().find_map(Value::as_str)?;
        let is_code = (1..=LONGEST_CODE).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        is_code.then(|| code.to_owned())
    }
}

/// The client.
#[derive(Clone)]
pub(crate) struct Client {
    inner: reqwest::Client,
    pub(crate) surroundings: Arc<dyn Surroundings>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// A client that trusts these authorities (PEM) and no other, or those of the web.
    pub(crate) fn new(
        authorities: Option<&[u8]>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, SettingsError> {
        let shape = |builder: reqwest::ClientBuilder| {
            builder.redirect(Policy::none()).pool_idle_timeout(IDLE_TIME)
        };
        let made = client(authorities, CONNECT_TIME, TOTAL_TIME, shape);
        let inner = made.map_err(SettingsError::Tls)?;
        Ok(Self { inner, surroundings })
    }

    /// Sends, once.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, IdentityError> {
        let host = call.url.host_str().unwrap_or_default().to_owned();
        let changes = call.changes;
        let mut request = self.inner.request(call.method, call.url);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        request = match call.body {
            Body::Nothing => request,
            Body::Json(body) => request.json(&body),
            Body::Form(fields) => request.form(&fields),
            Body::Text(kind, text) => request.header("content-type", kind).body(text),
        };
        let response = request.send().await.map_err(|error| unanswered(&host, &error, changes))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = after.and_then(|value| retry_after(value, self.surroundings.now().unix_ms()));
        let body = whole(response, &host, changes).await?;
        Ok(Answer { status, headers, body, host, changes, after })
    }
}

/// What no answer means: without a connection nothing was sent, and with one perhaps all.
fn unanswered(host: &str, error: &reqwest::Error, changes: bool) -> IdentityError {
    let why = format!("{host}: {}", root(error));
    if error.is_builder() {
        IdentityError::Refused { why }
    } else if error.is_connect() || !changes {
        IdentityError::Later { why, after: None }
    } else {
        IdentityError::Unknown { why }
    }
}

/// All of a body. Of a change the status is enough, so one that breaks off is no reason to doubt it.
async fn whole(
    mut response: reqwest::Response,
    host: &str,
    changes: bool,
) -> Result<Vec<u8>, IdentityError> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(bytes),
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= LONGEST_ANSWER => {
                bytes.extend_from_slice(&chunk);
            }
            Ok(Some(_)) | Err(_) if changes => return Ok(Vec::new()),
            Ok(Some(_)) => {
                let why = format!("{host} answered with more than {LONGEST_ANSWER} bytes");
                return Err(IdentityError::Refused { why });
            }
            Err(error) => return Err(unanswered(host, &error, changes)),
        }
    }
}

/// `Retry-After`, in either form (RFC 9110, section 10.2.3).
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
    use super::*;

    #[test]
    fn nothing_lies_below_a_query() {
        for text in ["https://acme.example/?a=1", "https://acme.example/#a"] {
            assert_eq!(Endpoint::parse(text).err(), Some(AddressError::Query), "{text}");
        }
    }

    #[test]
    fn an_id_is_one_segment_whatever_stands_in_it() {
        let endpoint = Endpoint::parse("https://acme.example/scim/").unwrap();
        let check = |id, expected: &str| {
            assert_eq!(endpoint.at(&["users", id, "x"]).as_str(), expected);
        };
        check("a", "https://acme.example/scim/users/a/x");
        check("a/../b?c#d", "https://acme.example/scim/users/a%2F..%2Fb%3Fc%23d/x");
        check("..", "https://acme.example/scim/users/x");
        check("sam+x@acme.example", "https://acme.example/scim/users/sam+x@acme.example/x");
    }

    #[test]
    fn only_what_is_its_own_is_followed() {
        let endpoint = Endpoint::parse("https://acme.example").unwrap();
        let check = |text, is_own| {
            assert_eq!(endpoint.own(text, "/api/v1/logs").is_some(), is_own, "{text}");
        };
        check("https://acme.example/api/v1/logs?after=1", true);
        check("https://acme.example:443/api/v1/logs", true);
        check("http://acme.example/api/v1/logs", false);
        check("https://acme.example:8443/api/v1/logs", false);
        check("https://acme.example/api/v1/users", false);
        check("https://acme.example/api/v1/logs/../users", false);
        check("https://acme.example@evil.example/api/v1/logs", false);
        check("https://evil.example/api/v1/logs", false);
        check("//evil.example/api/v1/logs", false);
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_capped() {
        let now = 784_111_767_000; // Sun, 06 Nov 1994 08:49:27 GMT
        let check = |value, expected| assert_eq!(retry_after(value, now), expected, "{value}");
        check("120", Some(Duration::from_secs(120)));
        check("99999999999999999999999", Some(LONGEST_WAIT));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(Duration::from_secs(10)));
        check("soon", None);
        check("-5", None);
    }

    fn answer(status: u16, changes: bool, body: &str) -> Answer {
        let (host, after) = ("idp.example".to_owned(), None);
        let body = body.as_bytes().to_vec();
        Answer { status, headers: HeaderMap::new(), body, host, changes, after }
    }

    #[test]
    fn a_change_that_may_be_done_half_is_unknown() {
        let is_unknown = |status, changes| {
            matches!(answer(status, changes, "").error(), IdentityError::Unknown { .. })
        };
        assert!(is_unknown(500, true) && is_unknown(502, true));
        assert!(!is_unknown(500, false) && !is_unknown(503, true) && !is_unknown(429, true));
    }

    #[test]
    fn of_an_error_only_its_code_is_repeated() {
        let check = |body: &str, expected: &str| {
            assert_eq!(answer(404, false, body).error().to_string(), expected);
        };
        let okta = r#"{"errorCode":"E0000007","errorSummary":"Not found: sam@acme.example"}"#;
        check(okta, "refused: idp.example answered 404 (E0000007)");
        let graph = r#"{"error":{"code":"Request_ResourceNotFound","message":"sam"}}"#;
        check(graph, "refused: idp.example answered 404 (Request_ResourceNotFound)");
        check(
            r#"{"error":"invalid_client"}"#,
            "refused: idp.example answered 404 (invalid_client)",
        );
        check(r#"{"error":"sam at acme"}"#, "refused: idp.example answered 404");
        check("<html>", "refused: idp.example answered 404");
    }
}
