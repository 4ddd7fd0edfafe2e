//! `X-Plivo-Signature-V3`: a keyed hash over the URL that was called, what was sent to it, and a
//! nonce.
//!
//! The parameters of the query stand behind the URL's `?`, sorted, as `name=value` with `&`
//! between them; behind those, and a dot where there is a query, the form's, sorted, names and
//! values without anything between them; then a dot and the nonce. HMAC-SHA256 with the auth
//! token, in Base64; while a token is changed, the header holds two, with a comma between them.
//!
//! Source: Plivo, "Signature validation", and the validator of Plivo's own SDK, which the tests
//! ask for its opinion.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::webhook::{Hmac, Parameters, ProviderError, SignatureProblem};

/// The most signatures that are tried: one by the token before a change, one by that behind it.
const MOST_SIGNATURES: usize = 2;

/// Signs a call.
pub(super) fn sign(key: &Hmac, signed: &str) -> String {
    BASE64_STANDARD.encode(key.sign(signed.as_bytes()))
}

/// Checks the signatures of a call, of which one must be right.
pub(super) fn check(key: &Hmac, signed: &str, signatures: &str) -> Result<(), ProviderError> {
    let mut signatures = signatures.split(',').take(MOST_SIGNATURES);
    let is_right = signatures.any(|signature| {
        let tag = BASE64_STANDARD.decode(signature.trim());
        tag.is_ok_and(|tag| key.check(signed.as_bytes(), &tag).is_ok())
    });
    if is_right { Ok(()) } else { Err(ProviderError::Signature(SignatureProblem::Wrong)) }
}

/// What is signed.
pub(super) fn signed(
    url: &str,
    query: &Parameters,
    parameters: &Parameters,
    nonce: &str,
) -> String {
    let (query, parameters) = (query.sorted(), parameters.sorted());
    let mut text = url.to_owned();
    if !query.is_empty() || !parameters.is_empty() {
        let pairs: Vec<String> =
            query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        text = text + "?" + &pairs.join("&");
    }
    if !query.is_empty() && !parameters.is_empty() {
        text.push('.');
    }
    parameters.into_iter().fold(text, |text, (name, value)| text + name + value) + "." + nonce
}
