//! The words that phrases and brands are made of, so that a disguised one is known again:
//! two letters in the wrong order (`pakcage`), digits whose reading is not plain (`c1ick`).
//!
//! The build script writes the tables, in the form that [`probe`] reads. A word of another
//! language that happens to have the letters of a known one is rare: of the words of chat
//! and genuine notices about one in five hundred.

use super::hashing::{hash, hash_of_letters};

/// Hashes of all known words.
const KNOWN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/known-words.bin"));

/// For the letters of each word in [`WORDS`], where it begins, plus one.
const BY_LETTERS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/words-by-letters.bin"));

/// The words that lures disguise, one a line.
const WORDS: &str = include_str!(concat!(env!("OUT_DIR"), "/words.txt"));

/// Whether a folded word is known.
pub(super) fn is_known(word: &str) -> bool {
    let hash = hash(word);
    probe(KNOWN, hash).any(|entry| entry == hash as u32)
}

/// The letters of the shortest word that is put in order: shorter ones become each other.
const SHORTEST: usize = 5;

/// The known word that `word` becomes when two letters beside each other change places, not
/// the first nor the last, where there is just one, and `word` is none itself.
pub(super) fn unscrambled(word: &str) -> Option<&'static str> {
    let is_plain = word.bytes().all(|b| b.is_ascii_lowercase());
    if word.len() < SHORTEST || !is_plain || is_known(word) {
        return None;
    }
    let letters = hash_of_letters(word)?;
    let mut candidates = probe(BY_LETTERS, letters)
        .filter_map(|entry| WORDS.get(entry as usize - 1..)?.lines().next())
        .filter(|candidate| are_swapped(word, candidate));
    candidates.next().filter(|_| candidates.next().is_none())
}

/// Whether two words differ by two letters beside each other that changed places.
fn are_swapped(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let differs = |(at, (a, b)): (usize, (&u8, &u8))| (a != b).then_some(at);
    let places: Vec<usize> = one.iter().zip(other).enumerate().filter_map(differs).collect();
    one.len() == other.len()
        && matches!(places[..], [first, second] if second == first + 1
            && one[first] == other[second] && one[second] == other[first])
}

/// The entries of an open hash table of four-byte words, a power of two in number, from the
/// place of a hash up to the first that is empty.
fn probe(table: &'static [u8], hash: u64) -> impl Iterator<Item = u32> {
    let (entries, _) = table.as_chunks::<4>();
    let first = (hash >> 32) as usize & (entries.len() - 1);
    let (before, after) = entries.split_at(first);
    after.iter().chain(before).map(|entry| u32::from_le_bytes(*entry)).take_while(|e| *e != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_phrases_and_brands_are_known() {
        for word in ["package", "account", "verifieren", "netflix"] {
            assert!(is_known(word), "{word}");
        }
        assert!(!is_known("pakcage"));
    }

    #[test]
    fn a_word_out_of_order_is_put_in_order() {
        assert_eq!(unscrambled("pakcage"), Some("package"));
        assert_eq!(unscrambled("acocunt"), Some("account"));
        assert_eq!(unscrambled("netlfix"), Some("netflix"));
    }

    #[test]
    fn other_words_are_left_alone() {
        for word in ["package", "form", "apckage", "faudra", "dois", "xyzzy", "", "é", "pac2age"] {
            assert_eq!(unscrambled(word), None, "{word}");
        }
    }
}
