//! Getting a published list: once, within bounds of size and time, and from nowhere but encrypted places.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::{Attempt, Policy};

use crate::address::{Address, client, root};

/// The most bytes read: Tranco's million has ten megabytes packed, and twenty-two unpacked.
pub const LONGEST_ANSWER: usize = 32 << 20;
/// Until there is a connection.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// All in all: ten megabytes over a slow line.
const TOTAL_TIME: Duration = Duration::from_secs(180);
/// How often one may be sent on to elsewhere: publishers do so once, to where their files lie.
const MOST_REDIRECTS: usize = 3;

/// What the library says of a certificate for which nobody vouches who is trusted, or somebody else by
/// the name of one who is.
const UNKNOWN_ISSUER: [&str; 2] = ["UnknownIssuer", "BadSignature"];

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The client cannot be made: the authorities are no certificates.
    #[error("{0}")]
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
        let shape = |builder: reqwest::ClientBuilder| builder.redirect(Policy::custom(redirect));
        let made = client(authorities, CONNECT_TIME, TOTAL_TIME, shape);
        made.map(Self).map_err(FetchError::Authorities)
    }

    /// Fetches, once.
    ///
    /// # Errors
    /// Says why there is nothing.
    pub async fn fetch(&self, address: &Address) -> Result<Vec<u8>, FetchError> {
        let host = address.host();
        let later = |error: &reqwest::Error| {
            let (host, mut why) = (host.to_owned(), root(error));
            if UNKNOWN_ISSUER.iter().any(|known| why.contains(known)) {
                why += "; if it is one of yours, name who vouches for it in `authorities_file`";
            }
            if error.is_redirect() {
                FetchError::Refused { host, why }
            } else {
                FetchError::Later { host, why }
            }
        };
        let refused = |why: String| FetchError::Refused { host: host.to_owned(), why };
        let answer = self.0.get(address.url().clone()).send().await;
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
        .is_ok_and(|next| next.url().scheme() == "https" || began_here);
    if attempt.previous().len() > MOST_REDIRECTS {
        attempt.error("it sends on and on to elsewhere")
    } else if is_allowed {
        attempt.follow()
    } else {
        attempt.error("it sends on to a place that is not encrypted")
    }
}
