//! Letters by alphabet, in a few comparisons for the blocks that texts are written in, and
//! without case and accents. The tables that know every character cost more than the rest of
//! reading it.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use unicode_script::{Script, UnicodeScript};

/// The alphabet of a letter or digit beyond ASCII, as far as reading texts needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// With accents, or odd.
    Latin,
    /// Chinese, Japanese, Korean or Thai: none of their letters look Latin.
    Eastern,
    /// Any other.
    Other,
}

/// The alphabet of a letter or digit; `None` for what is neither.
pub(super) fn alphabet(c: char) -> Option<Alphabet> {
    match c {
        '\u{c0}'..='\u{d6}'
        | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{24f}'
        | '\u{1e00}'..='\u{1eff}' => Some(Alphabet::Latin),
        '\u{e01}'..='\u{e30}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' => Some(Alphabet::Eastern),
        '\u{391}'..='\u{3a1}'
        | '\u{3a3}'..='\u{3c9}'
        | '\u{400}'..='\u{481}'
        | '\u{48a}'..='\u{52f}'
        | '\u{5d0}'..='\u{5ea}'
        | '\u{620}'..='\u{63f}'
        | '\u{641}'..='\u{64a}'
        | '\u{904}'..='\u{939}' => Some(Alphabet::Other),
        // Punctuation and pictures, the commonest of what is neither.
        '\u{2000}'..='\u{206f}' | '\u{1f000}'..='\u{1f0ff}' | '\u{1f300}'..='\u{1faff}' => None,
        _ if !c.is_alphanumeric() => None,
        _ => Some(by_table(c)),
    }
}

/// Whether `c` is a letter or digit, in ASCII or beyond.
pub(super) fn is_alphanumeric(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { alphabet(c).is_some() }
}

/// Lower case, Latin and Greek letters without their accents. Returns whether it was a Latin
/// letter.
pub(super) fn fold(c: char, out: &mut String) -> bool {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return true;
    }
    let plain = match c {
        'ß' => "ss",
        'ı' | 'İ' => "i",
        'ł' | 'Ł' => "l",
        'ø' | 'Ø' => "o",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'þ' | 'Þ' => "th",
        '’' => "'",
        _ => "",
    };
    if !plain.is_empty() {
        out.push_str(plain);
        return true;
    }
    match alphabet(c) {
        Some(Alphabet::Latin) => {
            out.extend(without_accents(c).to_lowercase());
            true
        }
        // One sigma, at the end of a word as in it.
        _ if is_greek(c) => {
            out.extend(without_accents(c).to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c }));
            false
        }
        // No case.
        Some(Alphabet::Eastern) => {
            out.push(c);
            false
        }
        _ => {
            out.extend(c.to_lowercase());
            false
        }
    }
}

fn is_greek(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')
}

fn without_accents(c: char) -> char {
    let mut base = c;
    decompose_canonical(c, |part| {
        if !is_combining_mark(part) {
            base = part;
        }
    });
    base
}

fn by_table(c: char) -> Alphabet {
    match c.script() {
        Script::Latin => Alphabet::Latin,
        Script::Han | Script::Hangul | Script::Hiragana | Script::Katakana | Script::Thai => {
            Alphabet::Eastern
        }
        _ => Alphabet::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_by_heart_is_what_the_tables_say() {
        for c in (0x80..=0x10_ffff).filter_map(char::from_u32) {
            let expected = c.is_alphanumeric().then(|| by_table(c));
            assert_eq!(alphabet(c), expected, "{c} U+{:04x}", c as u32);
        }
    }
}
