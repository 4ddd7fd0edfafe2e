//! Host names as an eye in a hurry sees them: letters that look alike become one.
//!
//! [`Folded`] replaces letter by letter, so places stay what they are and it costs one look
//! into a table each. [`Respelt`] also joins the pairs that read as one letter (`rn`, `vv`,
//! `cl`) or takes the hyphens out, and remembers the way back; few names need it.

/// The longest host folded, in bytes (RFC 1035).
pub(super) const LONGEST: usize = 253;

/// Room for the longest host, and for a window past its end.
const ROOM: usize = LONGEST + WINDOW;

/// Bytes read at once by [`Folded::window`].
const WINDOW: usize = 8;

/// Letters and digits that look alike, each group under its first.
const GROUPS: [&[u8]; 8] = [b"li1", b"o0", b"s5", b"e3", b"gq9", b"a4", b"t7", b"b8"];

/// Two letters that read as one.
const PAIRS: [([u8; 2], u8); 3] = [(*b"rn", b'm'), (*b"vv", b'w'), (*b"cl", b'd')];

/// A folded host, letter for letter, without an allocation.
pub(super) struct Folded {
    /// Zeros past the end.
    bytes: [u8; ROOM],
    length: usize,
    has_hyphens: bool,
    has_pairs: bool,
}

impl Folded {
    pub(super) const fn empty() -> Self {
        Self { bytes: [0; ROOM], length: 0, has_hyphens: false, has_pairs: false }
    }

    /// Folds a lower-case ASCII host into an empty place. False when it is longer than a
    /// host may be, or holds anything else: a capital, a letter of another script.
    #[must_use]
    pub(super) fn fill(&mut self, host: &[u8]) -> bool {
        if host.len() > LONGEST {
            return false;
        }
        self.length = host.len();
        let (mut seen, mut pairs, mut before) = (0, 0, 0);
        for (place, byte) in self.bytes.iter_mut().zip(host) {
            let read = READINGS[usize::from(*byte)];
            *place = read as u8;
            seen |= read;
            pairs |= (before >> FIRST_OF_PAIR) & (read >> SECOND_OF_PAIR);
            before = read;
        }
        self.has_hyphens = seen & HYPHEN != 0;
        self.has_pairs = pairs != 0;
        seen & ODD == 0
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(super) fn has_pairs(&self) -> bool {
        self.has_pairs
    }

    pub(super) fn has_hyphens(&self) -> bool {
        self.has_hyphens
    }

    /// Eight bytes from `at`, with zeros past the end.
    #[inline]
    pub(super) fn window(&self, at: usize) -> u64 {
        self.bytes[at..].first_chunk().map_or(0, |window| u64::from_le_bytes(*window))
    }
}

/// What each byte is read as: the letter in the low byte, and what it is above.
static READINGS: [u16; 256] = readings();

/// A byte that no plain host has: a capital, a sign, a letter of another script.
const ODD: u16 = 1 << 8;

const HYPHEN: u16 = 1 << 9;

/// Where the bits begin that say of which pairs a byte is the first, and the second.
const FIRST_OF_PAIR: u32 = 10;
const SECOND_OF_PAIR: u32 = 13;

const fn readings() -> [u16; 256] {
    let mut readings = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let plain = matches!(byte as u8, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | 0);
        let hyphen = matches!(byte as u8, b'-' | b'_');
        let mut reading = letter(byte as u8) as u16;
        reading |= if plain { 0 } else { ODD };
        reading |= if hyphen { HYPHEN } else { 0 };
        let mut pair = 0;
        while pair < PAIRS.len() {
            reading |= ((PAIRS[pair].0[0] == byte as u8) as u16) << (FIRST_OF_PAIR + pair as u32);
            reading |= ((PAIRS[pair].0[1] == byte as u8) as u16) << (SECOND_OF_PAIR + pair as u32);
            pair += 1;
        }
        readings[byte] = reading;
        byte += 1;
    }
    readings
}

const _: () = assert!(PAIRS.len() == (SECOND_OF_PAIR - FIRST_OF_PAIR) as usize);

/// The letter that a byte is read as.
pub(super) const fn letter(byte: u8) -> u8 {
    let mut group = 0;
    while group < GROUPS.len() {
        let mut twin = 1;
        while twin < GROUPS[group].len() {
            if GROUPS[group][twin] == byte {
                return GROUPS[group][0];
            }
            twin += 1;
        }
        group += 1;
    }
    if byte == b'_' { b'-' } else { byte }
}

/// A host folded to another length, and the way back.
pub(super) struct Respelt {
    pub(super) folded: Folded,
    /// Where each letter begins and ends in the host.
    places: [(u8, u8); LONGEST],
}

impl Respelt {
    /// With pairs that read as one letter joined.
    pub(super) fn with_pairs_joined(host: &[u8], folded: &Folded) -> Self {
        Self::of(host, folded, |rest| {
            PAIRS.iter().find(|(pair, _)| rest.starts_with(pair)).map(|(_, letter)| *letter)
        })
    }

    /// Without hyphens.
    pub(super) fn without_hyphens(host: &[u8], folded: &Folded) -> Self {
        let mut respelt = Self::of(host, folded, |_| None);
        let mut kept = 0;
        for at in 0..respelt.folded.length {
            if respelt.folded.bytes[at] != b'-' {
                respelt.folded.bytes[kept] = respelt.folded.bytes[at];
                respelt.places[kept] = respelt.places[at];
                kept += 1;
            }
        }
        respelt.folded.bytes[kept..].fill(0);
        respelt.folded.length = kept;
        respelt
    }

    /// `pair` says of what is left of the host which letter its first two read as.
    fn of(host: &[u8], folded: &Folded, pair: impl Fn(&[u8]) -> Option<u8>) -> Self {
        let mut respelt = Self { folded: Folded::empty(), places: [(0, 0); LONGEST] };
        let mut at = 0;
        while at < host.len() {
            let (letter, width) =
                pair(&host[at..]).map_or((folded.bytes[at], 1), |letter| (letter, 2));
            let length = respelt.folded.length;
            respelt.folded.bytes[length] = letter;
            respelt.places[length] = (at as u8, (at + width) as u8);
            respelt.folded.length += 1;
            at += width;
        }
        respelt
    }

    /// The part of the host that a part of the respelt one stands for.
    pub(super) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        (usize::from(self.places[start].0), usize::from(self.places[end - 1].1))
    }
}

/// A brand's form folded letter for letter, and with its pairs joined where it has any.
pub(super) fn fold(text: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    let plain: Vec<u8> = text.bytes().map(letter).collect();
    let mut folded = Folded::empty();
    let joined = (folded.fill(text.as_bytes()) && folded.has_pairs)
        .then(|| Respelt::with_pairs_joined(text.as_bytes(), &folded))
        .map(|respelt| respelt.folded.bytes().to_vec());
    (plain, joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, plain: &str, joined: Option<&str>) {
        let (found, found_joined) = fold(text);
        assert_eq!(String::from_utf8(found).unwrap(), plain);
        assert_eq!(found_joined.map(|text| String::from_utf8(text).unwrap()).as_deref(), joined);
    }

    fn folded(host: &[u8]) -> Option<Folded> {
        let mut folded = Folded::empty();
        folded.fill(host).then_some(folded)
    }

    #[test]
    fn letters_that_look_alike_are_one() {
        check("mailchimp", "mallchlmp", None);
        check("maiichlmp", "mallchlmp", None);
        check("acrne-cl0ud", "acrne-cloud", Some("acme-doud"));
        check("acrne-c10ud", "acrne-cloud", Some("acme-cloud"));
    }

    #[test]
    fn odd_bytes_and_long_hosts_are_refused() {
        assert!(folded(b"Acme.com").is_none());
        assert!(folded("аcme.com".as_bytes()).is_none());
        assert!(folded(&[b'a'; LONGEST]).is_some());
        assert!(folded(&[b'a'; LONGEST + 1]).is_none());
    }

    #[test]
    fn hyphens_and_pairs_are_seen_at_the_end() {
        let host = |tail: &str| folded(format!("{}{tail}", "x".repeat(95)).as_bytes()).unwrap();
        assert!(host("-").has_hyphens() && !host("x").has_hyphens());
        assert!(host("rn").has_pairs() && host("xcl").has_pairs() && !host("r").has_pairs());
    }

    #[test]
    fn the_way_back_is_kept() {
        let host = b"x-acrne-cloudcl.com";
        let folded = folded(host).unwrap();
        let respelt = Respelt::with_pairs_joined(host, &folded);
        assert_eq!(respelt.original(2, 6), (2, 7), "acrne");
        let respelt = Respelt::without_hyphens(host, &folded);
        assert_eq!(respelt.original(0, 6), (0, 7), "the hyphen after it is not its own");
    }
}
