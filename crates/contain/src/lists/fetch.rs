//! Getting a published list: once, within bounds of size and time, and from nowhere but encrypted places.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::{Attempt, Policy};

/// The most bytes read: Tranco's million has ten megabytes packed, and twenty-two unpacked.
pub const LONGEST_ANSWER: usize = 32 << 20;
/// Until there is a connection.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// All in all: ten megabytes over a slow line.
const TOTAL_TIME: Duration = Duration::from_secs(180);
/// How often one may be sent on to elsewhere: publishers do so once, to where their files lie.
const MOST_REDIRECTS: usize = 3;

/// Where a list is published: an https address, or one of this very machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

/// Why a text is no address of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
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

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text.trim()).map_err(|_| AddressError::NoAddress)?;
        let host = url.host_str().ok_or(AddressError::NoAddress)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err(AddressError::Unencrypted),
            _ => return Err(AddressError::NoAddress),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        Ok(Self(url))
    }

    /// The list of a warning list below this address.
    #[must_use]
    pub fn of(&self, name: &super::WarningName) -> Self {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([name.0.as_str(), "list.json"]);
        }
        Self(url)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The client cannot be made: the authorities are no certificates.
    #[error("the authorities are no certificates in PEM: {0}")]
    Authorities(String),
    /// It may succeed later.
    #[error("{host}: {why}")]
    Later {
        /// Who was asked.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// It will not succeed until somebody changes something.
    #[error("{host}: {why}")]
    Refused {
        /// Who was asked.
        host: String,
        /// What is wrong.
        why: String,
    },
}

/// What fetches.
#[derive(Debug)]
pub struct Fetcher(reqwest::Client);

impl Fetcher {
    /// One that trusts these authorities (PEM) and no other, or those of the web.
    ///
    /// # Errors
    /// If they are none.
    pub fn new(authorities: Option<&[u8]>) -> Result<Self, FetchError> {
        let unusable = |error: reqwest::Error| FetchError::Authorities(root(&error));
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIME)
            .timeout(TOTAL_TIME)
            .redirect(Policy::custom(redirect))
            .no_proxy()
            .user_agent(concat!("unhook/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = authorities {
            builder = builder.tls_built_in_root_certs(false);
            for certificate in reqwest::Certificate::from_pem_bundle(pem).map_err(unusable)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        Ok(Self(builder.build().map_err(unusable)?))
    }

    /// Fetches, once.
    ///
    /// # Errors
    /// Says why there is nothing.
    pub async fn fetch(&self, address: &Address) -> Result<Vec<u8>, FetchError> {
        let host = address.0.host_str().unwrap_or_default();
        let later = |error: &reqwest::Error| {
            let (host, why) = (host.to_owned(), root(error));
            if error.is_redirect() {
                FetchError::Refused { host, why }
            } else {
                FetchError::Later { host, why }
            }
        };
        let refused = |why: String| FetchError::Refused { host: host.to_owned(), why };
        let answer = self.0.get(address.0.clone()).send().await;
        let mut answer = answer.map_err(|error| later(&error))?;
        match answer.status().as_u16() {
            200 => {}
            status @ (408 | 425 | 429 | 500..=599) => {
                let why = format!("it answered {status}; try again later");
                return Err(FetchError::Later { host: host.to_owned(), why });
            }
            status => return Err(refused(format!("it answered {status}; is the address right?"))),
        }
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
        {
            return Err(refused("it answered with a page for people and no list".to_owned()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| later(&error))? {
            if bytes.len() + chunk.len() > LONGEST_ANSWER {
                return Err(refused(format!("it has more than {} MiB", LONGEST_ANSWER >> 20)));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// Follows only to places to which one could have been sent in the first place, and never from a
/// stranger to this machine.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let began_here = attempt.previous().first().is_some_and(|first| first.scheme() == "http");
    let is_allowed = Address::parse(attempt.url().as_str())
        .is_ok_and(|next| next.0.scheme() == "https" || began_here);
    if attempt.previous().len() > MOST_REDIRECTS {
        attempt.error("it sends on and on to elsewhere")
    } else if is_allowed {
        attempt.follow()
    } else {
        attempt.error("it sends on to a place that is not encrypted")
    }
}

/// The innermost cause, which says what went wrong.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string().chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encrypted_or_of_this_machine() {
        let check = |text, expected| assert_eq!(Address::parse(text).err(), expected, "{text}");
        check(super::super::TRANCO, None);
        check(super::super::WARNING_LISTS, None);
        check(super::super::PUBLIC_SUFFIXES, None);
        check("http://127.0.0.1:8000/list", None);
        check("http://lists.example/", Some(AddressError::Unencrypted));
        check("http://127.0.0.1.example/", Some(AddressError::Unencrypted));
        check("https://a:b@lists.example/", Some(AddressError::Credentials));
        check("file:///etc/passwd", Some(AddressError::NoAddress));
    }

    #[test]
    fn a_warning_list_lies_below_its_address_and_nowhere_else() {
        for base in ["https://lists.example/misp", "https://lists.example/misp/"] {
            let base = Address::parse(base).unwrap();
            let place = base.of(&"bank-website".parse().unwrap()).to_string();
            assert_eq!(place, "https://lists.example/misp/bank-website/list.json");
        }
        for name in ["", "..", "a/b", "a b", "%2e"] {
            assert!(name.parse::<super::super::WarningName>().is_err(), "{name}");
        }
    }
}
