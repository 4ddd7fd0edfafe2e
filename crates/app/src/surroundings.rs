//! The time, and ids that nobody else makes.

#[cfg(any(test, feature = "fakes"))]
pub mod fake;

use unhook_model::Timestamp;

/// Where time and chance come from, so that a test can say what they are.
pub trait Surroundings: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Bytes that nobody can guess.
    fn random(&self) -> [u8; 16];

    /// The bytes of a UUID of version 7 (RFC 9562, section 5.7): the time now, then chance.
    fn fresh_id(&self) -> [u8; 16] {
        let mut id = self.random();
        let milliseconds = self.now().unix_ms().to_be_bytes();
        id[..6].copy_from_slice(&milliseconds[2..]);
        id[6] = id[6] & 0x0f | 0x70;
        id[8] = id[8] & 0x3f | 0x80;
        id
    }
}
