//! Host names as an eye in a hurry sees them: letters that look alike become one.

/// The longest host folded, in bytes (RFC 1035).
pub(super) const LONGEST: usize = 253;

/// A folded host and the way back, without an allocation.
pub(super) struct Folded {
    bytes: [u8; LONGEST + 1],
    offsets: [u8; LONGEST + 2],
    length: usize,
}

impl Folded {
    /// Folds a lower-case ASCII host; what is longer than a host may be is cut.
    pub(super) fn of(host: &[u8]) -> Self {
        let mut folded = Self { bytes: [0; LONGEST + 1], offsets: [0; LONGEST + 2], length: 0 };
        let host = &host[..host.len().min(LONGEST)];
        let mut at = 0;
        while at < host.len() {
            let (byte, taken) = fold_at(host, at);
            folded.bytes[folded.length] = byte;
            folded.offsets[folded.length] = at as u8;
            folded.length += 1;
            at += taken;
        }
        folded.offsets[folded.length] = host.len() as u8;
        folded
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Where a byte of the folded host, or its end, stands in the host.
    pub(super) fn original(&self, at: usize) -> usize {
        usize::from(self.offsets[at])
    }
}

/// The folded letter at `at`, and how many bytes it takes.
fn fold_at(host: &[u8], at: usize) -> (u8, usize) {
    match (host[at], host.get(at + 1)) {
        (b'r', Some(b'n')) => (b'm', 2),
        (b'v', Some(b'v')) => (b'w', 2),
        (b'i' | b'1' | b'j', _) => (b'l', 1),
        (b'0', _) => (b'o', 1),
        (b'5', _) => (b's', 1),
        (b'3', _) => (b'e', 1),
        (b'q', _) => (b'g', 1),
        (byte, _) => (byte, 1),
    }
}

/// Folds a text of any length, for compiling.
pub(super) fn fold(text: &str) -> String {
    let folded = Folded::of(text.as_bytes());
    String::from_utf8_lossy(folded.bytes()).into_owned()
}
