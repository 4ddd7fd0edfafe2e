//! Hashes of words: stable across releases, because model files hold them.
//!
//! The build script includes this file too, so that tables made at build time are found by
//! the same hashes.

/// The lengths in bytes of the words whose letters may be swapped: shorter ones have no two
/// inner letters, longer ones are no words.
pub const SWAPPABLE: std::ops::RangeInclusive<usize> = 4..=32;

/// Hash of a folded word (FNV-1a with a final mix).
#[must_use]
pub fn hash(word: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in word.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    mix(hash)
}

/// Hash of an ASCII word that stays the same when letters between the first and the last
/// change places; `None` when its length is not [`SWAPPABLE`].
#[must_use]
pub fn hash_of_letters(word: &str) -> Option<u64> {
    let bytes = word.as_bytes();
    if !SWAPPABLE.contains(&bytes.len()) {
        return None;
    }
    let mut sorted = [0; *SWAPPABLE.end()];
    let sorted = &mut sorted[..bytes.len()];
    sorted.copy_from_slice(bytes);
    sorted[1..bytes.len() - 1].sort_unstable();
    let mut value = 0x2545_f491_4f6c_dd1d;
    for chunk in sorted.chunks(8) {
        let mut eight = [0; 8];
        eight[..chunk.len()].copy_from_slice(chunk);
        value = mix(value ^ u64::from_le_bytes(eight));
    }
    Some(value)
}

/// Spreads the entropy of a value over all its bits (the finaliser of MurmurHash3).
#[must_use]
pub fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}
