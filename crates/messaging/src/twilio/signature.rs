//! `X-Twilio-Signature`: a keyed hash over the URL that was called and what was sent to it.
//!
//! Of a form, the parameters are appended to the URL, sorted, names and values without anything
//! between them. Of another body, its SHA-256 stands in the URL as `bodySHA256`. The hash is
//! HMAC-SHA1 with the account's auth token, or what `X-Twilio-Webhooks-Signature-Settings`
//! names; no algorithm that is known to be broken as a MAC is accepted (HMAC-SHA1 is not).
//!
//! Source: Twilio, "Webhooks security", and the validators of Twilio's own SDKs, which the tests
//! ask for their opinion.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;

use crate::webhook::{Parameters, SignatureProblem, is_digest};
use unhook_app::Secret;

/// Which hash a signature is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha1,
    Sha256,
}

impl Algorithm {
    /// From `key=…,algorithm=…`; without it, a signature is the old one by auth token.
    pub(super) fn from_settings(settings: Option<&str>) -> Result<Self, SignatureProblem> {
        let parts = settings.unwrap_or_default().split(',').filter_map(|part| part.split_once('='));
        let named = parts
            .filter(|(name, value)| name.trim() == "algorithm" && !value.trim().is_empty())
            .map(|(_, value)| value.trim().to_ascii_uppercase())
            .next();
        match named.as_deref() {
            None | Some("HMAC_SHA1") => Ok(Self::Sha1),
            Some("HMAC_SHA256") => Ok(Self::Sha256),
            Some(_) => Err(SignatureProblem::UnknownAlgorithm),
        }
    }

    fn key(self, secret: &Secret) -> hmac::Key {
        let algorithm = match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        };
        hmac::Key::new(algorithm, secret.expose().as_bytes())
    }
}

/// Signs a call.
pub(super) fn sign(
    secret: &Secret,
    algorithm: Algorithm,
    url: &str,
    parameters: &Parameters,
) -> String {
    let tag = hmac::sign(&algorithm.key(secret), signed(url, parameters).as_bytes());
    BASE64_STANDARD.encode(tag)
}

/// Checks a signature, in time that says nothing of the right one.
///
/// Twilio itself is not settled on whether the port belongs to the URL, so both are tried, as
/// its own validators do.
pub(super) fn check(
    secret: &Secret,
    algorithm: Algorithm,
    url: &str,
    parameters: &Parameters,
    signature: &str,
) -> Result<(), SignatureProblem> {
    let tag = BASE64_STANDARD.decode(signature.trim()).map_err(|_| SignatureProblem::Wrong)?;
    let key = algorithm.key(secret);
    let is_of = |url: &str| hmac::verify(&key, signed(url, parameters).as_bytes(), &tag).is_ok();
    let (without_port, with_port) = ports(url);
    if is_of(&without_port) || is_of(&with_port) {
        return Ok(());
    }
    Err(SignatureProblem::Wrong)
}

/// Checks the digest of a body against the one in the query, which the signature covers.
pub(super) fn check_digest(query: &str, body: &[u8]) -> Result<(), SignatureProblem> {
    let mut digests = query.split('&').filter_map(|pair| pair.strip_prefix("bodySHA256="));
    let stated = digests.next().ok_or(SignatureProblem::NoDigest)?;
    if is_digest(stated, body) { Ok(()) } else { Err(SignatureProblem::Wrong) }
}

fn signed(url: &str, parameters: &Parameters) -> String {
    let pairs = parameters.signed_order();
    pairs.into_iter().fold(url.to_owned(), |text, (name, value)| text + name + value)
}

/// A URL without its port, and with it: its own, or that of its scheme.
fn ports(url: &str) -> (String, String) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (url.to_owned(), url.to_owned());
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // A colon before the `@` belongs to a password, one before the `]` to an IPv6 address.
    let host_begins = authority.rfind(['@', ']']).map_or(0, |at| at + 1);
    let colon = authority[host_begins..].find(':').map(|at| host_begins + at);
    let without = &authority[..colon.unwrap_or(authority.len())];
    let default = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let port = colon.map_or(default, |at| &authority[at..]);
    (format!("{scheme}://{without}{path}"), format!("{scheme}://{without}{port}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_may_be_there_or_not() {
        let check = |url, without: &str, with: &str| {
            assert_eq!(ports(url), (without.to_owned(), with.to_owned()), "{url}");
        };
        check("https://a.example/x", "https://a.example/x", "https://a.example:443/x");
        check("http://a.example?x", "http://a.example?x", "http://a.example:80?x");
        check("https://a.example:8443/", "https://a.example/", "https://a.example:8443/");
        check("https://u:p@a.example/", "https://u:p@a.example/", "https://u:p@a.example:443/");
        check("https://[::1]:8/", "https://[::1]/", "https://[::1]:8/");
        check("nothing", "nothing", "nothing");
    }

    #[test]
    fn algorithms_are_known_by_name() {
        let check = |settings, expected| assert_eq!(Algorithm::from_settings(settings), expected);
        check(None, Ok(Algorithm::Sha1));
        check(Some("key=k"), Ok(Algorithm::Sha1));
        check(Some("key=k,algorithm="), Ok(Algorithm::Sha1));
        check(Some("key=k, algorithm=hmac_sha256"), Ok(Algorithm::Sha256));
        check(Some("algorithm=none"), Err(SignatureProblem::UnknownAlgorithm));
    }

    #[test]
    fn a_digest_is_that_of_the_body_or_none() {
        // FIPS 180-4's example.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let check = |query: &str, expected| {
            assert_eq!(check_digest(query, b"abc"), expected, "{query}");
        };
        check(&format!("bodySHA256={abc}"), Ok(()));
        check(&format!("a=b&bodySHA256={abc}"), Ok(()));
        check(&format!("bodySHA256={}0", &abc[..63]), Err(SignatureProblem::Wrong));
        check(&format!("bodySHA256={}", &abc[..62]), Err(SignatureProblem::Wrong));
        check("bodySHA256=", Err(SignatureProblem::Wrong));
        check("xbodySHA256=", Err(SignatureProblem::NoDigest));
        check("", Err(SignatureProblem::NoDigest));
    }

    #[test]
    fn a_signature_is_of_one_request_only() {
        let secret = Secret::new("token");
        let parameters: Parameters = [("Body", "a"), ("From", "b")].into_iter().collect();
        let url = "https://a.example/x?y=z";
        let made = sign(&secret, Algorithm::Sha1, url, &parameters);
        let check = |secret: &str, algorithm, url, parameters: &Parameters, signature: &str| {
            check(&Secret::new(secret), algorithm, url, parameters, signature).is_ok()
        };
        assert!(check("token", Algorithm::Sha1, url, &parameters, &made));
        assert!(!check("Token", Algorithm::Sha1, url, &parameters, &made));
        assert!(!check("token", Algorithm::Sha256, url, &parameters, &made));
        assert!(!check("token", Algorithm::Sha1, "https://a.example/x", &parameters, &made));
        assert!(!check("token", Algorithm::Sha1, url, &Parameters::default(), &made));
        assert!(!check("token", Algorithm::Sha1, url, &parameters, &made[1..]));
        assert!(!check("token", Algorithm::Sha1, url, &parameters, ""));
    }
}
