//! Pages for everybody, in the language that a browser asks for, under a policy by which nothing
//! runs and nothing is loaded.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// Nothing is loaded and nothing runs; a form goes back to where it came from.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// A text that stands in a page as itself, between tags or in quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A page as an answer. `referrer` is what browsers tell others of its address.
pub(crate) fn respond(
    status: StatusCode,
    page: String,
    language: &'static str,
    referrer: &'static str,
) -> Response {
    let mut response = (status, page).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, referrer),
        (header::CONTENT_LANGUAGE, language),
        (header::VARY, "accept-language"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The most languages looked at of those a browser asks for.
const MOST_WISHES: usize = 16;

/// Which language, of those spoken, a browser asks for most (RFC 9110, section 12.5.4); the first
/// for those who ask for none of them.
pub(crate) fn preferred<T>(
    headers: &HeaderMap,
    all: &'static [T],
    language: impl Fn(&'static T) -> &'static str,
) -> &'static T {
    let wishes = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut best = (&all[0], 0.0);
    for wish in wishes.unwrap_or("").split(',').take(MOST_WISHES) {
        let (tag, quality) = wish.split_once(';').unwrap_or((wish, ""));
        let quality: f32 = match quality.trim().strip_prefix("q=") {
            Some(quality) => quality.parse().unwrap_or(0.0),
            None => 1.0,
        };
        let primary = tag.trim().split('-').next().unwrap_or("");
        let spoken = all.iter().find(|words| language(words).eq_ignore_ascii_case(primary));
        if let Some(words) = spoken.filter(|_| quality > best.1) {
            best = (words, quality);
        }
    }
    best.0
}
