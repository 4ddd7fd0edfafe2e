//! Requests by number: the same number is the same request, so one that got no answer can
//! be sent again.

use super::arguments::Kind;
use super::texts::text;
use super::webhook;

/// What writes requests.
#[derive(Clone)]
pub(super) struct Requests {
    kind: Kind,
    token: String,
}

impl Requests {
    pub(super) fn of(kind: Kind, token: &str) -> Self {
        Self { kind, token: token.to_owned() }
    }

    /// The request of this number.
    pub(super) fn of_number(&self, number: u64) -> Vec<u8> {
        match self.kind {
            Kind::Reports => report(number, &self.token),
            Kind::Webhook => webhook::request(number),
        }
    }
}

fn report(number: u64, token: &str) -> Vec<u8> {
    // Nothing in these texts has to be escaped.
    let body = format!(r#"{{"text":"{}","sender":"{}"}}"#, text(number), 20_000 + number % 977);
    let length = body.len();
    format!(
        "POST /api/v1/reports HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: load-{number}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A read.
pub(super) fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}
