//! What tests pass on, and who does.

use serde_json::json;

use crate::http::Request;

/// Somebody who is enrolled, where anybody is.
pub(crate) const ANN: &str = "+12015550123";

/// A lure; its link leads nowhere.
pub(crate) const LURE: &str =
    "Acmecorp: your schedule changed, tap acmecorp-okta.example to sign in now";

/// A report with a key, by which it counts once.
pub(crate) fn report(key: &str) -> Request {
    let text = format!("{LURE} ({key})");
    Request::json("/api/v1/reports", &json!({ "text": text })).header("idempotency-key", key)
}
