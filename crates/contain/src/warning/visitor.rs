//! Who is taken for a person who opened a page: a browser that goes there because somebody wants it to.
//!
//! What looks ahead, draws previews, fetches parts or tries names out is none. It is better to miss
//! a person here than to write a step into the ledger that nobody took: the look-up stands there anyway.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};

/// What browsers fetch by themselves, and programs ask every host for.
const NOT_OPENED: [&str; 7] = [
    "/.well-known/",
    "/favicon",
    "/apple-touch-icon",
    "/browserconfig.xml",
    "/robots.txt",
    "/sitemap",
    "/generate_204",
];

/// What programs call themselves, in lower case. Browsers begin with `Mozilla/`, and so do many of these.
const PROGRAMS: [&str; 18] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "facebookexternalhit",
    "whatsapp",
    "telegram",
    "skype",
    "headless",
    "phantomjs",
    "scan",
    "monitor",
    "safebrowsing",
    "google-safety",
    "lighthouse",
    "python",
    "curl",
];

/// Headers by which browsers say that nobody asked for a page yet (Fetch, section 3.8; Chrome,
/// Safari and Firefox of before).
const AHEAD: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Whether somebody opened this.
pub(super) fn is_person(request: &Request) -> bool {
    let path = request.uri().path();
    let is_opened = !NOT_OPENED.iter().any(|start| path.starts_with(start));
    *request.method() != Method::HEAD && is_opened && is_browser(request.headers())
}

fn is_browser(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let agent = text(header::USER_AGENT.as_str()).unwrap_or_default().to_ascii_lowercase();
    let accepted = text(header::ACCEPT.as_str()).unwrap_or_default();
    let is_ahead = AHEAD.iter().any(|name| headers.contains_key(*name));
    let is_part = text("sec-fetch-dest").is_some_and(|dest| dest != "document");
    agent.starts_with("mozilla/")
        && !PROGRAMS.iter().any(|program| agent.contains(program))
        && accepted.contains("text/html")
        && !is_ahead
        && !is_part
}
