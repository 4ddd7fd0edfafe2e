//! What signatures are made of: keyed hashes compared in time that says nothing of the right one,
//! digests of bodies, and the time of signing.

use ring::{digest, hmac};
use unhook_model::Timestamp;

use super::{ProviderError, SignatureProblem};
use unhook_app::Secret;

/// How far the time of a signature may lie from ours, in seconds: as the SDKs of Telnyx and
/// Slack have it. A call that is repeated within it is known by its message's id.
const TOLERANCE: u64 = 300;

/// HMAC-SHA256 with a secret of which the bytes are the key.
pub(crate) struct Hmac(hmac::Key);

impl Hmac {
    /// With a secret as it stands.
    pub(crate) fn new(secret: &Secret) -> Self {
        Self::of_bytes(secret.expose().as_bytes())
    }

    /// With bytes that a secret stands for.
    pub(crate) fn of_bytes(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The tag of what is signed.
    pub(crate) fn sign(&self, signed: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, signed).as_ref().to_vec()
    }

    /// Checks a tag.
    pub(crate) fn check(&self, signed: &[u8], tag: &[u8]) -> Result<(), ProviderError> {
        hmac::verify(&self.0, signed, tag)
            .map_err(|_| ProviderError::Signature(SignatureProblem::Wrong))
    }
}

/// Bytes from lower-case hexadecimal.
pub(crate) fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Lower-case hexadecimal of bytes.
pub(crate) fn hexadecimal_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of a body, as [`is_digest`] reads it.
pub(crate) fn digest_of(body: &[u8]) -> String {
    hexadecimal_of(digest::digest(&digest::SHA256, body).as_ref())
}

/// Seconds since 1970, in digits and nothing else.
pub(crate) fn seconds(text: &str) -> Result<i64, ProviderError> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_plain { text.parse().ok() } else { None };
    seconds.ok_or(ProviderError::Signature(SignatureProblem::Stale))
}

/// Checks that something was signed about now.
pub(crate) fn check_time(seconds: i64, now: Timestamp) -> Result<(), ProviderError> {
    if now.unix_ms().div_euclid(1000).abs_diff(seconds) > TOLERANCE {
        return Err(ProviderError::Signature(SignatureProblem::Stale));
    }
    Ok(())
}

/// Whether a text is the SHA-256 of a body in lower-case hexadecimal. Neither of the two is
/// secret.
pub(crate) fn is_digest(stated: &str, body: &[u8]) -> bool {
    let digest = digest::digest(&digest::SHA256, body);
    stated.len() == 2 * digest.as_ref().len()
        && digest
            .as_ref()
            .iter()
            .zip(stated.as_bytes().chunks_exact(2))
            .all(|(byte, digits)| digits == format!("{byte:02x}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_at_another_time_is_refused() {
        let now = Timestamp::from_unix_ms(1_658_357_340_999);
        let check = |seconds| check_time(seconds, now).is_ok();
        assert!(check(1_658_357_340) && check(1_658_357_040) && check(1_658_357_640));
        assert!(!check(1_658_357_039) && !check(1_658_357_641));
        assert!(!check(0) && !check(i64::MAX) && !check(i64::MIN));
    }

    #[test]
    fn hexadecimal_is_whole_and_lower_case() {
        assert_eq!(hexadecimal("00ff1a"), Some(vec![0, 255, 26]));
        assert_eq!(hexadecimal(""), Some(Vec::new()));
        for text in ["0", "0g", "FF", "é"] {
            assert_eq!(hexadecimal(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_are_digits() {
        assert_eq!(seconds("1658357340").unwrap(), 1_658_357_340);
        for text in ["", "-1", "+1", " 1", "1.0", "1_000", "99999999999999999999", "١"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
