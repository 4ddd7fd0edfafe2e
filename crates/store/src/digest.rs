//! Digests.

use crate::vault::{hex, sha256};

/// The SHA-256 of bytes, in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}
