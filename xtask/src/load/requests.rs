//! Requests by number: the same number is the same request, so one that got no answer can
//! be sent again.

use std::rc::Rc;

use super::arguments::Kind;
use super::texts::text;
use super::webhook;

/// What writes requests.
#[derive(Clone)]
pub(crate) struct Requests {
    write: Rc<dyn Fn(u64) -> Vec<u8>>,
}

impl Requests {
    pub(super) fn of(kind: Kind, token: &str) -> Self {
        match kind {
            Kind::Reports => {
                let token = token.to_owned();
                Self::new(move |number| load(number, &token))
            }
            Kind::Webhook => Self::new(webhook::request),
        }
    }

    /// Those that somebody else writes, by their number.
    pub(crate) fn new(write: impl Fn(u64) -> Vec<u8> + 'static) -> Self {
        Self { write: Rc::new(write) }
    }

    /// The request of this number.
    pub(super) fn of_number(&self, number: u64) -> Vec<u8> {
        (self.write)(number)
    }
}

fn load(number: u64, token: &str) -> Vec<u8> {
    // Nothing in these texts has to be escaped.
    let body = format!(r#"{{"text":"{}","sender":"{}"}}"#, text(number), 20_000 + number % 977);
    report(&format!("load-{number}"), &body, token)
}

/// A report, from its JSON; the same key is the same report.
pub(crate) fn report(key: &str, body: &str, token: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A read.
pub(crate) fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}
