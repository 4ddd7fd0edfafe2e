//! Hosts in other scripts, as an eye that reads Latin sees them (UTS #39).

use unicode_security::confusable_detection::skeleton;

/// Stands for letters that look like nothing Latin.
const STRANGER: char = 'q';

/// The plain letters that a host looks like: accents gone, look-alikes of other scripts
/// replaced; a run of letters that look like nothing Latin becomes a word of its own.
pub(super) fn as_seen(shown: &str) -> String {
    let mut seen = String::with_capacity(shown.len());
    let mut stranger_before = false;
    for c in shown.chars() {
        let before = seen.len();
        push_letter(c, &mut seen);
        let stranger = seen.len() == before;
        if seen.ends_with('.') || (stranger_before != stranger && c == '-') {
            stranger_before = false;
            continue;
        }
        let at_border = before == 0 || seen[..before].ends_with(['.', '-']);
        if stranger != stranger_before && !at_border {
            seen.insert(before, '-');
        }
        if stranger && !is_mark(c) {
            seen.push(STRANGER);
        }
        stranger_before = stranger;
    }
    seen
}

/// The Latin letters that one letter looks like; nothing for one that looks like none.
fn push_letter(c: char, seen: &mut String) {
    if c.is_ascii() {
        seen.push(c.to_ascii_lowercase());
        return;
    }
    if let Some(twin) = crate::text::confusables::latin_twin(c) {
        seen.push(twin);
        return;
    }
    let start = seen.len();
    let mut buffer = [0; 4];
    for part in skeleton(c.encode_utf8(&mut buffer)).filter(|part| !is_mark(*part)) {
        if !part.is_ascii_alphanumeric() {
            seen.truncate(start);
            return;
        }
        seen.push(part.to_ascii_lowercase());
    }
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shown: &str, expected: &str) {
        assert_eq!(as_seen(shown), expected, "{shown}");
    }

    #[test]
    fn other_scripts_are_seen_as_latin() {
        check("аcme.com", "acme.com");
        check("àçmé-sso.com", "acme-sso.com");
        check("ɑcmе.com", "acme.com");
        check("ｓｓｏ.com", "sso.com");
        check("acme.com", "acme.com");
    }

    #[test]
    fn what_looks_like_nothing_latin_stands_apart() {
        check("acme用户.com", "acme-qq.com");
        check("用户-acme.com", "qq-acme.com");
    }
}
