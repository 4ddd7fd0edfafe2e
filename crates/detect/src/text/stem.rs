//! One form for the forms of a word, so that a phrase is found however it is inflected:
//! "has been suspended", "have been suspended", "is suspending".
//!
//! Rules of English endings, which serve the plurals of other Latin languages too; phrases
//! and texts go through the same ones, so a wrong stem does no harm but when two words that
//! mean different things share it.

use super::hashing::{hash, hash_of_letters};

/// The fewest letters that an ending leaves.
const SHORTEST: usize = 3;

/// The same for a last `e`, which tells short words apart: "note" is not "not".
const SHORTEST_BEFORE_E: usize = 4;

/// Hash of the stem of a folded ASCII word, the same when inner letters change places.
pub(super) fn hash_of_stem(word: &str) -> u64 {
    let stem = stem(word);
    hash_of_letters(stem).unwrap_or_else(|| hash(stem))
}

/// A folded ASCII word without its commonest endings, and one form for each of the
/// commonest verbs.
fn stem(word: &str) -> &str {
    match word {
        "is" | "are" | "am" | "was" | "were" | "been" | "being" => return "be",
        "has" | "had" | "having" => return "have",
        "does" | "did" | "done" | "doing" => return "do",
        "won" => return "win",
        "sent" => return "send",
        "held" => return "hold",
        "paid" => return "pay",
        "made" => return "make",
        _ => {}
    }
    let word = without_plural(word);
    let word =
        without(word, "ing", SHORTEST).or_else(|| without(word, "ed", SHORTEST)).unwrap_or(word);
    single_ending(without(word, "e", SHORTEST_BEFORE_E).unwrap_or(word))
}

/// The word without an ending; `None` when it has another or too little would be left.
fn without<'w>(word: &'w str, ending: &str, shortest: usize) -> Option<&'w str> {
    word.strip_suffix(ending).filter(|rest| rest.len() >= shortest)
}

fn without_plural(word: &str) -> &str {
    if ["sses", "xes", "ches", "shes"].iter().any(|ending| word.ends_with(ending)) {
        return &word[..word.len() - 2];
    }
    if ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) {
        return word;
    }
    without(word, "s", SHORTEST).unwrap_or(word)
}

/// "cancell", which is left of "cancelled", becomes "cancel".
fn single_ending(word: &str) -> &str {
    let bytes = word.as_bytes();
    match bytes {
        [.., before, last]
            if before == last && last.is_ascii_alphabetic() && bytes.len() > SHORTEST =>
        {
            &word[..word.len() - 1]
        }
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(words: &[&str]) {
        for word in words {
            assert_eq!(stem(word), stem(words[0]), "{word} and {}", words[0]);
        }
    }

    #[test]
    fn forms_of_a_word_are_one() {
        same(&["suspend", "suspends", "suspended", "suspending"]);
        same(&["update", "updates", "updated", "updating"]);
        same(&["cancel", "cancels", "cancelled", "cancelling"]);
        same(&["address", "addresses", "addressed"]);
        same(&["code", "codes"]);
        same(&["fee", "fees"]);
        same(&["be", "is", "was", "been"]);
        same(&["paquete", "paquetes"]);
    }

    #[test]
    fn other_words_are_not() {
        for (one, other) in [("note", "not"), ("wine", "win"), ("care", "car"), ("bus", "bu")] {
            assert_ne!(stem(one), stem(other), "{one} and {other}");
        }
    }

    #[test]
    fn no_word_is_cut_to_nothing() {
        for word in ["", "s", "ss", "ed", "ing", "es", "e", "eee", "sses", "'s", "xes"] {
            assert!(stem(word).len() >= word.len().min(1), "{word}");
        }
    }
}
