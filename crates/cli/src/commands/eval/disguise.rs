//! Lures judged again as if they were written by a trick.
//!
//! A disguised text is made, judged and forgotten here: only the verdict leaves this file,
//! so that nothing in Unhook writes a better lure than it was given. Links stay as they
//! are, and so do words without four Latin letters.

use unhook_detect::{Knowledge, assess};
use unhook_model::{Facts, Link, Message, Verdict};

/// A way of writing that a person reads through and a filter may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trick {
    /// Cyrillic letters that look Latin.
    Homoglyph,
    /// Letters as wide as Han characters.
    FullWidth,
    /// Spaces without width inside words.
    ZeroWidth,
    /// Digits for letters.
    Leet,
    /// Spaces between letters.
    Spaced,
    /// Two letters in the wrong order.
    Swapped,
}

impl Trick {
    /// Every trick with its name.
    pub(super) const ALL: [(Self, &'static str); 6] = [
        (Self::Homoglyph, "homoglyph"),
        (Self::FullWidth, "full-width"),
        (Self::ZeroWidth, "zero-width"),
        (Self::Leet, "leet"),
        (Self::Spaced, "spaced letters"),
        (Self::Swapped, "swapped letters"),
    ];
}

/// One word in this many is disguised, the first among them.
const ONE_IN: usize = 3;

/// The letters of the shortest word that is disguised.
const SHORTEST: usize = 4;

/// The verdict on a message written by a trick; `None` when the trick finds no word in it.
pub(super) fn verdict(
    message: &Message,
    links: &[Link],
    trick: Trick,
    knowledge: &Knowledge,
) -> Option<Verdict> {
    let body = disguise(&message.body, links, trick)?;
    let message = Message { body, ..message.clone() };
    Some(assess(&message, &Facts::default(), knowledge).verdict)
}

/// The text with every third of the words that the trick can change written by it.
fn disguise(body: &str, links: &[Link], trick: Trick) -> Option<String> {
    let mut disguised = String::with_capacity(body.len() * 2);
    let (mut at, mut changeable) = (0, 0_usize);
    for word in body.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let letters = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let range = at..at + letters.len();
        at += word.len();
        let in_link = links.iter().any(|link| {
            let link = link.span.range();
            range.start < link.end && link.start < range.end
        });
        let written = if in_link { None } else { write(letters, trick) };
        changeable += usize::from(written.is_some());
        match written.filter(|_| changeable % ONE_IN == 1) {
            Some(written) => {
                disguised.push_str(&written);
                disguised.push_str(&word[letters.len()..]);
            }
            None => disguised.push_str(word),
        }
    }
    (changeable > 0).then_some(disguised)
}

/// A word by a trick; `None` where it would stay the same.
fn write(word: &str, trick: Trick) -> Option<String> {
    if word.len() < SHORTEST || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let written: String = match trick {
        Trick::Homoglyph => word.chars().map(look_alike).collect(),
        Trick::FullWidth => word.chars().map(full_width).collect(),
        Trick::ZeroWidth => between(word, '\u{200b}'),
        Trick::Leet => word.chars().map(digit).collect(),
        Trick::Spaced => between(word, ' '),
        Trick::Swapped => swap(word),
    };
    (written != word).then_some(written)
}

fn look_alike(c: char) -> char {
    const LATIN: &str = "aceiopsxyABCEHKMOPTX";
    const CYRILLIC: &str = "асеіорѕхуАВСЕНКМОРТХ";
    twin(c, LATIN, CYRILLIC)
}

fn digit(c: char) -> char {
    twin(c, "aeiostAEIOST", "431057431057")
}

/// What stands in the second list where `c` stands in the first; `c` itself where it does not.
fn twin(c: char, from: &str, to: &str) -> char {
    from.chars().zip(to.chars()).find(|(one, _)| *one == c).map_or(c, |(_, other)| other)
}

fn full_width(c: char) -> char {
    char::from_u32(c as u32 + 0xfee0).unwrap_or(c)
}

fn between(word: &str, separator: char) -> String {
    let mut spaced = String::with_capacity(word.len() * 4);
    for c in word.chars() {
        if !spaced.is_empty() {
            spaced.push(separator);
        }
        spaced.push(c);
    }
    spaced
}

/// The first two inner letters that differ, in the wrong order: readers hardly notice.
fn swap(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if let Some(at) = (1..letters.len() - 2).find(|at| letters[*at] != letters[at + 1]) {
        letters.swap(at, at + 1);
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Please confirm your parcel address today: https://post.example/confirm";

    fn links() -> Vec<Link> {
        assess(&Message::from_body(TEXT), &Facts::default(), &Knowledge::builtin()).links
    }

    fn check(trick: Trick, word: &str, expected: Option<&str>) {
        assert_eq!(write(word, trick).as_deref(), expected, "{trick:?} of {word}");
    }

    #[test]
    fn each_trick_writes_a_word_its_own_way() {
        check(Trick::Homoglyph, "Parcel", Some("Раrсеl"));
        check(Trick::FullWidth, "parcel", Some("ｐａｒｃｅｌ"));
        check(Trick::ZeroWidth, "fees", Some("f\u{200b}e\u{200b}e\u{200b}s"));
        check(Trick::Leet, "Toast", Some("70457"));
        check(Trick::Spaced, "fees", Some("f e e s"));
        check(Trick::Swapped, "parcel", Some("pracel"));
        check(Trick::Swapped, "feed", None);
        check(Trick::Homoglyph, "to", None);
        check(Trick::Leet, "посылка", None);
    }

    #[test]
    fn a_third_of_the_words_changes_and_links_stay() {
        let links = links();
        for (trick, name) in Trick::ALL {
            let disguised = disguise(TEXT, &links, trick).unwrap();
            assert_ne!(disguised, TEXT, "{name}");
            assert!(disguised.ends_with(": https://post.example/confirm"), "{name}: {disguised}");
            assert_eq!(Some(disguised), disguise(TEXT, &links, trick), "{name} is the same again");
        }
        let disguised = disguise(TEXT, &links, Trick::FullWidth).unwrap();
        assert!(disguised.starts_with("Ｐｌｅａｓｅ confirm your ｐａｒｃｅｌ address today"));
    }

    #[test]
    fn a_text_without_such_words_is_left_alone() {
        assert_eq!(disguise("已到达 12345", &[], Trick::Homoglyph), None);
        assert_eq!(disguise("", &[], Trick::Spaced), None);
    }
}
