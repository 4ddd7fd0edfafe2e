//! What every answer of the console says to the browser: nothing from elsewhere runs, is loaded or
//! may hold the page, and no other site shares its process or learns its addresses.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::web::Shared;

/// Scripts and styles are files of ours, never text within a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Of what browsers offer, passkeys are all that is used, and only by pages of ours.
const PERMISSIONS: &str = "publickey-credentials-get=(self), publickey-credentials-create=(self), \
    camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), \
    display-capture=(), browsing-topics=()";

/// A year; browsers heed it over TLS only. Never for `localhost`, whose other ports are others'.
const TRANSPORT: &str = "max-age=31536000";

const NAMED: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
];

/// Puts them on every answer. A page that holds a code in its address says so by a stricter
/// `Referrer-Policy` of its own, which stays.
pub(crate) async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    put(response.headers_mut(), shared.console().address.is_public());
    response
}

fn put(headers: &mut HeaderMap, is_public: bool) {
    for (name, value) in NAMED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_public {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT));
    }
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Other sites learn nothing; our own forms need it to say where they come from.
    let own = HeaderValue::from_static("same-origin");
    headers.entry(header::REFERRER_POLICY).or_insert(own);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_runs_and_a_stricter_referrer_policy_stays() {
        assert!(!POLICY.contains("unsafe") && !POLICY.contains('*'), "{POLICY}");
        let mut headers = HeaderMap::new();
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        put(&mut headers, false);
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        put(&mut headers, true);
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(PERMISSIONS.contains("publickey-credentials-get=(self)"));
    }
}
