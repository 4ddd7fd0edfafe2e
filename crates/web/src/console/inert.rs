//! Texts of strangers, fit to be shown: nothing in them can be followed, and all of it is seen.
//!
//! Escaping is the templates' part; here the teeth are drawn. Every dot that could be within a name
//! is written `[.]`, schemes become `hxxp`, and characters that cannot be seen, or that would
//! turn the order of others, are written out. What somebody copies from a page is as harmless.

use unhook_detect::text::clean::is_invisible;

/// A text of a stranger, harmless.
pub(crate) fn inert(text: &str) -> String {
    part(text, 0, text.len())
}

/// A part of a text, harmless; what stands around it counts, so that a part that begins or ends
/// within a name is, too. Borders that are none of characters are moved back to one.
pub(crate) fn part(text: &str, from: usize, to: usize) -> String {
    let (from, to) = (text.floor_char_boundary(from), text.floor_char_boundary(to));
    let mut shown = String::with_capacity(to.saturating_sub(from) + 16);
    let Some(within) = text.get(from..to) else { return shown };
    for (at, c) in within.char_indices() {
        let (before, after) = (&text[..from + at], &text[from + at + c.len_utf8()..]);
        match c {
            '.' | '。' | '．' | '｡' if is_within_name(before, after) => shown.push_str("[.]"),
            't' | 'T' if is_scheme(before, after) => shown.push(if c == 't' { 'x' } else { 'X' }),
            '\n' | '\t' => shown.push(c),
            c if c.is_control() || is_invisible(c) => {
                shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// Whether a dot stands between two characters that could both be of a name or an address.
fn is_within_name(before: &str, after: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ']' | '%');
    before.chars().next_back().is_some_and(is_of_name)
        && after.chars().next().is_some_and(is_of_name)
}

/// Whether this is one of the letters in the middle of `http`.
fn is_scheme(before: &str, after: &str) -> bool {
    let ends_with = |end: &str| {
        let start = before.len().checked_sub(end.len());
        start.and_then(|at| before.get(at..)).is_some_and(|b| b.eq_ignore_ascii_case(end))
    };
    let begins_with = |begin: &str| {
        after.get(..begin.len()).is_some_and(|after| after.eq_ignore_ascii_case(begin))
    };
    ends_with("h") && begins_with("tp") || ends_with("ht") && begins_with("p")
}

/// The beginning of a text, harmless, in one line of at most so many characters.
pub(crate) fn excerpt(text: &str, longest: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = inert(&line);
    match shown.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_be_followed() {
        let check = |text, expected| assert_eq!(inert(text), expected);
        check("https://acme-okta.example/a.b", "hxxps://acme-okta[.]example/a[.]b");
        check("HTTP://X.example", "HXXP://X[.]example");
        check("go to acme.example. Now.", "go to acme[.]example. Now.");
        check("203.0.113.7", "203[.]0[.]113[.]7");
        check("it costs 3.50 … and so on.", "it costs 3[.]50 … and so on.");
        check("acme。example", "acme[.]example");
        check("a\u{202e}b\u{200b}", "a⟨U+202E⟩b⟨U+200B⟩");
        check("<b>&\"", "<b>&\"");
        check("", "");
    }

    #[test]
    fn parts_know_what_stands_around_them() {
        let text = "see http://acme.example now";
        let parts = [part(text, 0, 5), part(text, 5, 15), part(text, 15, 16), part(text, 16, 99)];
        assert_eq!(parts.concat(), inert(text));
        assert_eq!(part("ä.b", 1, 3), "ä[.]");
        assert_eq!(part("a", 3, 2), "");
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt(" a\n\nb  c ", 9), "a b c");
        assert_eq!(excerpt("ä.example", 4), "ä[.]…");
    }
}
