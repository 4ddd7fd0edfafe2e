//! The token of a signed webhook: a JSON Web Token (RFC 7519) in compact form, by HMAC-SHA256 and
//! by nothing else, whose `payload_hash` is the SHA-256 of the body.
//!
//! Source: Vonage, "Decoding signed webhooks", and the verification of Vonage's own SDK, which the
//! tests ask for its opinion.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use unhook_model::Timestamp;

use crate::webhook::{Hmac, ProviderError, SignatureProblem, check_time, digest_of, is_digest};

/// The longest token, in bytes; Vonage's have a few hundred.
const LONGEST_TOKEN: usize = 4096;

#[derive(Deserialize)]
struct Header {
    alg: String,
    /// What a reader must understand and we do not (RFC 7515, section 4.1.11).
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    exp: Option<i64>,
    payload_hash: Option<String>,
}

/// A token of this body and moment.
pub(super) fn sign(key: &Hmac, body: &[u8], now: Timestamp) -> String {
    let claims = serde_json::json!({
        "iat": now.unix_ms().div_euclid(1000),
        "payload_hash": digest_of(body),
    });
    let encoded = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
    let header = encoded(br#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", encoded(claims.to_string().as_bytes()));
    format!("{signed}.{}", encoded(&key.sign(signed.as_bytes())))
}

/// Checks that a token is of this body and of about now.
pub(super) fn check(
    key: &Hmac,
    token: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), ProviderError> {
    let problem = ProviderError::Signature;
    let wrong = || problem(SignatureProblem::Wrong);
    if token.len() > LONGEST_TOKEN {
        return Err(wrong());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(wrong)?;
    let (header, claims) = signed.split_once('.').ok_or_else(wrong)?;
    let decoded = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| wrong());
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| wrong())?;
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(problem(SignatureProblem::UnknownAlgorithm));
    }
    key.check(signed.as_bytes(), &decoded(signature)?)?;
    let claims: Claims = serde_json::from_slice(&decoded(claims)?).map_err(|_| wrong())?;
    check_time(claims.iat, now)?;
    if claims.exp.is_some_and(|end| now.unix_ms().div_euclid(1000) >= end) {
        return Err(problem(SignatureProblem::Stale));
    }
    let hash = claims.payload_hash.ok_or(problem(SignatureProblem::NoDigest))?;
    if is_digest(&hash, body) { Ok(()) } else { Err(wrong()) }
}
