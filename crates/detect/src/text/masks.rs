//! The tags that stand for links and numbers among the words of a text, so that a model
//! learns what a text says and not whose account or address it names.

use unhook_model::LinkKind;

use super::links::Found;

/// The mask of a link: its kind.
pub(super) fn link(found: &Found) -> &'static str {
    match found.link.kind {
        LinkKind::Phone => "P",
        LinkKind::Email => "E",
        LinkKind::ChatHandle => "C",
        _ => "L",
    }
}

/// The mask of a number: its shape, coarse enough that masked digits (`XXXX`, `****`) of
/// anonymised texts read the same as real ones.
pub(super) fn number(number: &str) -> &'static str {
    let digits = number.bytes().filter(|b| b.is_ascii_digit() || b"xX*#".contains(b)).count();
    let has = |c: char| number.contains(c);
    if has(':') {
        "T"
    } else if has('/') || number.matches('-').count() == 2 {
        "D"
    } else if has('%') {
        "R"
    } else if has('.') || has(',') {
        "M"
    } else {
        match digits {
            0..=2 => "N2",
            3..=4 => "N4",
            5..=6 => "N6",
            _ => "N9",
        }
    }
}

/// Digits with their signs, or what anonymisers put in their place (`XXXX`, `****`).
pub(super) fn is_number(word: &str) -> bool {
    let digits = word.bytes().filter(|b| b.is_ascii_digit() || *b == b'*').count();
    let signs = word.bytes().filter(|b| b".,:/-%$".contains(b)).count();
    let masked = word.bytes().filter(|b| matches!(b, b'X' | b'x')).count();
    (digits > 0 && digits + signs == word.len())
        || (masked >= 2 && digits + signs + masked == word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_words() {
        for text in ["12", "1,299.00", "12/03", "10:45", "XX1234", "**99", "5%", "$5"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["4g", "xbox", "a1", "x", ""] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn the_tag_is_the_shape() {
        assert_eq!(
            ["10:45", "12/03", "5%", "1.50", "7", "1234", "XX1234", "55501001"].map(number),
            ["T", "D", "R", "M", "N2", "N4", "N6", "N9"]
        );
    }
}
