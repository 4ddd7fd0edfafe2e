//! Links written so that filters pass over them and people do not: defanged (`hxxp`,
//! `[.]`, `(dot)`), set apart (`example . com`, `deals .bdo .com`), spelled ("example dot
//! com"), or with another script's full stop.
//!
//! The text is rewritten once, left to right, only when a cheap look finds a trace of any
//! of these, and keeps the way back.

use std::ops::Range;

use unhook_model::Disguise;

/// A text with its disguised links in the clear.
pub(super) struct Plain {
    pub(super) text: String,
    /// For each byte of `text` and its end, the byte of the cleaned text it came from.
    offsets: Vec<u32>,
    /// Where in `text` something was undone.
    undone: Vec<(usize, Disguise)>,
}

impl Plain {
    pub(super) fn original(&self, at: usize) -> usize {
        self.offsets[at] as usize
    }

    /// One past the original of the last byte before `end`.
    pub(super) fn original_end(&self, end: usize) -> usize {
        self.offsets[end] as usize
    }

    pub(super) fn disguises_within(&self, range: Range<usize>) -> impl Iterator<Item = Disguise> {
        self.undone.iter().filter(move |(at, _)| range.contains(at)).map(|(_, disguise)| *disguise)
    }
}

/// What a disguise is rewritten to.
struct Rewrite {
    /// Bytes of the original it takes.
    length: usize,
    plain: &'static str,
    disguise: Disguise,
}

/// Rewrites the text, or returns `None` when it holds no trace of a disguise.
pub(super) fn undo(text: &str) -> Option<Plain> {
    if !has_trace(text) {
        return None;
    }
    let mut gaps = letters_set_apart(text).into_iter().peekable();
    let mut plain = Plain {
        text: String::with_capacity(text.len()),
        offsets: Vec::with_capacity(text.len() + 1),
        undone: Vec::new(),
    };
    let mut at = 0;
    while at < text.len() {
        // A rewrite may have taken gaps with it.
        while gaps.next_if(|gap| gap.start < at).is_some() {}
        if let Some(gap) = gaps.next_if(|gap| gap.start == at) {
            plain.undone.push((plain.text.len().saturating_sub(1), Disguise::Spaced));
            at = gap.end;
            continue;
        }
        if let Some(rewrite) = rewrite_at(text, at, &plain.text) {
            plain.undone.push((plain.text.len(), rewrite.disguise));
            plain.text.push_str(rewrite.plain);
            plain.offsets.resize(plain.text.len(), at as u32);
            at += rewrite.length;
            continue;
        }
        let c = text[at..].chars().next()?;
        plain.text.push(c);
        plain.offsets.resize(plain.text.len(), at as u32);
        at += c.len_utf8();
    }
    plain.offsets.push(text.len() as u32);
    (!plain.undone.is_empty()).then_some(plain)
}

/// A cheap look for anything [`rewrite_at`] or [`letters_set_apart`] would act on.
fn has_trace(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut before = b' ';
    for (at, byte) in bytes.iter().enumerate() {
        let trace = match byte {
            b'[' | b'(' | b'{' => true,
            b'.' => {
                before == b' '
                    || bytes.get(at + 1) == Some(&b' ') && set_apart_dot(text, at).is_some()
            }
            b'x' | b'X' => before.eq_ignore_ascii_case(&b'h') || before.eq_ignore_ascii_case(&b'x'),
            b'd' | b'D' => before == b' ' && word_at(text, at, "dot"),
            b'/' => {
                before == b' ' || bytes.get(at + 1) == Some(&b'/') && before.is_ascii_alphabetic()
            }
            0xe3 => text[at..].starts_with('。'),
            _ => false,
        };
        if trace {
            return true;
        }
        before = *byte;
    }
    false
}

fn rewrite_at(text: &str, at: usize, before: &str) -> Option<Rewrite> {
    let rest = &text[at..];
    let rewrite = |length, plain, disguise| Some(Rewrite { length, plain, disguise });
    match rest.as_bytes()[0] {
        b'[' | b'(' | b'{' => {
            bracketed(rest).and_then(|(length, plain)| rewrite(length, plain, Disguise::Defanged))
        }
        b'h' | b'H' => scheme(rest, before)
            .and_then(|(length, plain, disguise)| rewrite(length, plain, disguise)),
        b'.' => set_apart_dot(text, at).and_then(|length| rewrite(length, ".", Disguise::Spaced)),
        b' ' => {
            if let Some(length) = space_before_dot(text, at) {
                return rewrite(length, ".", Disguise::Spaced);
            }
            spelled(text, at).and_then(|(length, plain)| rewrite(length, plain, Disguise::Spelled))
        }
        0xe3 if rest.starts_with('。') && between_ascii(text, at, '。'.len_utf8()) => {
            rewrite('。'.len_utf8(), ".", Disguise::Unicode)
        }
        _ => None,
    }
}

/// `[.]`, `(dot)`, `[:]`, `[/]`, `[at]`, with spaces inside the brackets or not.
fn bracketed(rest: &str) -> Option<(usize, &'static str)> {
    let close = rest.bytes().take(10).position(|b| matches!(b, b']' | b')' | b'}'))?;
    let plain = match rest[1..close].trim().to_ascii_lowercase().as_str() {
        "." | "dot" | "punkt" | "punto" | "point" | "ponto" => ".",
        ":" => ":",
        "://" => "://",
        "/" => "/",
        "@" | "at" => "@",
        _ => return None,
    };
    Some((close + 1, plain))
}

/// `hxxp://`, `hxxps://`, and schemes that lost their colon (`https//`, `http //`).
fn scheme(rest: &str, before: &str) -> Option<(usize, &'static str, Disguise)> {
    if before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let (name, plain, defanged) = [
        ("hxxps", "https://", true),
        ("hxxp", "http://", true),
        ("https", "https://", false),
        ("http", "http://", false),
    ]
    .into_iter()
    .find(|(name, ..)| {
        rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let after = &rest[name.len()..];
    let signs = after.bytes().take(6).take_while(|b| b" :/[]".contains(b)).count();
    if !after[..signs].contains("//") || (!defanged && &after[..signs] == "://") {
        return None;
    }
    Some((name.len() + signs, plain, if defanged { Disguise::Defanged } else { Disguise::Spaced }))
}

/// The length of a dot and the spaces after it when a well-known suffix follows
/// (`example. com`).
fn set_apart_dot(text: &str, at: usize) -> Option<usize> {
    let spaces = text[at + 1..].bytes().take(3).take_while(|b| *b == b' ').count();
    if spaces == 0 || !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    plain_suffix(&text[at + 1 + spaces..]).then_some(1 + spaces)
}

/// The length of spaces and a dot before a suffix or a further label (`deals .bdo .com`,
/// `example . com`).
fn space_before_dot(text: &str, at: usize) -> Option<usize> {
    let spaces = text[at..].bytes().take(3).take_while(|b| *b == b' ').count();
    let rest = text[at + spaces..].strip_prefix('.')?;
    if !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let after = rest.bytes().take(3).take_while(|b| *b == b' ').count();
    let next = &rest[after..];
    let label = next.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
    let more = after == 0 && label > 0 && space_before_dot_follows(&next[label..]);
    (plain_suffix(next) || more).then_some(spaces + 1 + after)
}

fn space_before_dot_follows(rest: &str) -> bool {
    let rest = rest.trim_start_matches(' ');
    rest.strip_prefix('.').is_some_and(|rest| plain_suffix(rest.trim_start_matches(' ')))
}

/// Whether the text begins with a suffix that is no ordinary word, and ends there or goes
/// on as a URL would.
fn plain_suffix(text: &str) -> bool {
    const SUFFIXES: [&str; 44] = [
        "com", "net", "org", "info", "biz", "xyz", "top", "online", "icu", "vip", "cc", "tk", "ml",
        "cf", "gq", "cn", "ru", "uk", "ph", "vn", "th", "tw", "hk", "sg", "jp", "kr", "au", "nz",
        "za", "ng", "ke", "br", "mx", "fr", "eu", "pl", "ly", "gd", "gl", "io", "app", "dev",
        "cfd", "sbs",
    ];
    let length = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let follows = text.as_bytes().get(length);
    SUFFIXES.iter().any(|suffix| text[..length].eq_ignore_ascii_case(suffix))
        && !follows.is_some_and(|b| *b == b'\'' || *b == b'-')
}

/// " dot " and " slash " between words that look like parts of an address.
fn spelled(text: &str, at: usize) -> Option<(usize, &'static str)> {
    let rest = &text[at + 1..];
    let before = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
    let word =
        |word: &str| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if before && word("dot ") && plain_suffix(&rest[4..]) {
        return Some((5, "."));
    }
    let last = text[..at].rsplit(' ').next().unwrap_or("");
    if word("slash ") && (plain_suffix(last) || last.contains('.')) {
        return Some((7, "/"));
    }
    None
}

fn word_at(text: &str, at: usize, word: &str) -> bool {
    text.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
}

fn between_ascii(text: &str, at: usize, length: usize) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-');
    part(text[..at].chars().next_back()) && part(text[at + length..].chars().next())
}

/// The gaps in a URL written letter by letter (`h t t p s : / / e v i l . c o m`).
fn letters_set_apart(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut gaps = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let alone = at == 0 || bytes[at - 1] == b' ';
        let end = if alone { run_of_single_characters(bytes, at) } else { at + 1 };
        let run = &bytes[at..end];
        if run.windows(5).any(|w| w == b": / /" || w == b"w . w") {
            gaps.extend((at..end).filter(|at| bytes[*at] == b' ').map(|at| at..at + 1));
        }
        at = end;
    }
    gaps
}

/// Where a run of single ASCII characters with single spaces between them ends.
fn run_of_single_characters(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while end + 1 < bytes.len() && bytes[end].is_ascii_graphic() && bytes[end + 1] == b' ' {
        let next = bytes.get(end + 2).is_some_and(u8::is_ascii_graphic);
        let alone = bytes.get(end + 3).is_none_or(|b| *b == b' ');
        if !(next && alone) {
            break;
        }
        end += 2;
    }
    if end > start { end + 1 } else { start + 1 }.min(bytes.len())
}
