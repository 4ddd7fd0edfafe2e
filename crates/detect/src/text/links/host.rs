//! What counts as a host in running text.

use std::net::Ipv4Addr;
use std::ops::Range;

use unhook_model::{Disguise, Hostname};

use super::super::{confusables, letters};

/// The longest URL read, in bytes; browsers show far less.
const LONGEST_URL: usize = 2048;

/// The longest name looked for around a dot, in characters (RFC 1035).
const LONGEST_HOST: usize = 253;

/// The most bytes searched for the end of userinfo: what [`start_before`] goes back, and the
/// at-sign.
pub(super) const LONGEST_USERINFO: usize = 4 * (LONGEST_HOST + 1);

/// Hosts whose links open a chat with somebody.
const CHAT_HOSTS: [&str; 12] = [
    "wa.me",
    "api.whatsapp.com",
    "chat.whatsapp.com",
    "wa.link",
    "t.me",
    "telegram.me",
    "line.me",
    "lin.ee",
    "m.me",
    "signal.me",
    "zalo.me",
    "open.kakao.com",
];

/// Two-letter and other suffixes that are also words: after a full stop without a space,
/// a word is likelier than a country.
const WORD_SUFFIXES: [&str; 62] = [
    "is", "it", "so", "me", "my", "in", "at", "to", "be", "do", "no", "us", "am", "as", "by", "id",
    "im", "la", "ma", "pa", "ne", "de", "li", "al", "an", "el", "es", "se", "si", "un", "tu", "ya",
    "mi", "va", "ni", "na", "ba", "ga", "ai", "go", "now", "here", "today", "how", "live", "life",
    "love", "cool", "fun", "one", "work", "help", "call", "free", "best", "win", "men", "day",
    "you", "are", "can", "hot",
];

/// What an authority leads to.
pub(super) enum HostTarget {
    Name(Hostname),
    Address(Ipv4Addr),
}

/// The part of a URL from after the scheme to its end.
pub(super) struct Authority {
    pub(super) target: HostTarget,
    pub(super) host_range: Range<usize>,
    pub(super) end: usize,
    pub(super) disguises: Vec<Disguise>,
}

impl Authority {
    /// Reads `[userinfo@]host[:port][/…]` at `start`. Without a scheme before it, what
    /// could as well be prose is refused.
    pub(super) fn read(text: &str, start: usize, after_scheme: bool) -> Option<Self> {
        let mut disguises = Vec::new();
        let mut host_start = start;
        if let Some(at_sign) = userinfo_end(text, start) {
            disguises.push(Disguise::Userinfo);
            host_start = at_sign + 1;
        }
        let host_end = host_end(text, host_start);
        let host_range = host_start..host_end;
        let host = text.get(host_range.clone()).filter(|host| !host.is_empty())?;
        // What follows is read only once there is a host: it may be long.
        let clearly_a_link = || after_scheme || tail_end(text, host_end) > host_end;
        if let Some((address, odd)) = address(host, clearly_a_link) {
            if odd {
                disguises.push(Disguise::OddAddress);
            }
            let end = tail_end(text, host_end);
            return Some(Self { target: HostTarget::Address(address), host_range, end, disguises });
        }
        let (name, trusted) = name(host, after_scheme, &mut disguises)?;
        let end = tail_end(text, host_end);
        let clear = after_scheme || end > host_end || !disguises.is_empty() || trusted;
        if !clear && could_be_prose(host) {
            return None;
        }
        Some(Self { target: HostTarget::Name(name), host_range, end, disguises })
    }
}

/// The registrable domain of a host by the Public Suffix List, private section included;
/// `None` when the host is a suffix itself.
#[must_use]
pub fn registrable(host: &str) -> Option<&str> {
    psl::domain_str(host)
}

/// The public suffix of a host, or its last label where the list knows none.
#[must_use]
pub fn suffix(host: &str) -> &str {
    psl::suffix_str(host).unwrap_or(host)
}

/// Whether a host lies below a suffix that somebody lends names under (`pages.dev`), and not directly
/// below one of a registry.
#[must_use]
pub fn is_lent(host: &str) -> bool {
    psl::suffix(host.as_bytes()).and_then(|suffix| suffix.typ()) == Some(psl::Type::Private)
}

/// Whether links to this host open a chat.
pub(super) fn is_chat(host: &str) -> bool {
    CHAT_HOSTS.contains(&host)
}

/// Endings that no network resolves, kept for documentation, tests and drills (RFC 2606,
/// section 2): a drill's link must be seen as any other.
const RESERVED: [&str; 2] = [".example", ".test"];

fn has_known_suffix(host: &str) -> bool {
    psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known())
        || RESERVED.iter().any(|ending| host.ends_with(ending))
}

/// The name in a host as written; look-alike letters in a suffix that exists only once
/// they are folded are a disguise of the suffix. Behind a scheme any suffix will do. The
/// flag says that nobody would write this in prose.
fn name(host: &str, after_scheme: bool, disguises: &mut Vec<Disguise>) -> Option<(Hostname, bool)> {
    let name = Hostname::parse(host).ok();
    if let Some(name) = name
        && (has_known_suffix(name.as_str()) || (after_scheme && host.is_ascii()))
    {
        let trusted = name.as_str().starts_with("www.") || name.as_str().contains("xn--");
        return Some((name, trusted));
    }
    if host.is_ascii() {
        return None;
    }
    let folded: String = host.chars().map(|c| confusables::latin_twin(c).unwrap_or(c)).collect();
    let name = Hostname::parse(&folded).ok()?;
    if !has_known_suffix(name.as_str()) {
        return None;
    }
    disguises.push(Disguise::Unicode);
    Some((name, true))
}

/// Whether dots between these labels may just end sentences ("ok.so", "Thanks.We").
fn could_be_prose(host: &str) -> bool {
    let Some((before, suffix)) = host.rsplit_once('.') else { return true };
    let lower = suffix.to_lowercase();
    if before.bytes().any(|b| b.is_ascii_digit() || b == b'-') && lower.len() > 1 {
        return before.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    }
    let capitalised = suffix.starts_with(char::is_uppercase) && suffix.contains(char::is_lowercase);
    let shouted = before.bytes().filter(u8::is_ascii_alphabetic).all(|b| b.is_ascii_uppercase());
    before.len() < 2
        || (capitalised && !shouted)
        || (WORD_SUFFIXES.contains(&lower.as_str()) && before.matches('.').count() < 2)
        || before.split('.').any(|label| label.len() < 2) && lower.len() == 2
}

/// Where the host, with userinfo, that holds the dot or at-sign at `dot` may begin, not
/// before `from`; `dot` itself where none can.
pub(super) fn start_before(text: &str, from: usize, dot: usize) -> usize {
    if text[from..dot].ends_with(['.', '@', '+']) {
        return dot;
    }
    let ascii_after = is_ascii_after(text, dot);
    let mut start = dot;
    for (count, (at, c)) in text[from..dot].char_indices().rev().enumerate() {
        let is_part = is_host_part(c, ascii_after) || matches!(c, '.' | '@' | '+');
        // Dots in a row are an ellipsis, and part of no name.
        if !is_part || (c == '.' && text[start..].starts_with('.') && start < dot) {
            break;
        }
        if count == LONGEST_HOST {
            return start_of_overlong(text, start, dot);
        }
        start = from + at;
    }
    start + text[start..dot].len()
        - text[start..dot].trim_start_matches(['.', '-', '@', '+', '_']).len()
}

/// The same where more than a host stands before the dot: userinfo at best.
fn start_of_overlong(text: &str, start: usize, dot: usize) -> usize {
    match text[start..dot].rfind('@') {
        Some(at_sign) => start + at_sign + 1,
        None if text.as_bytes()[dot] == b'@' => start,
        None => dot,
    }
}

/// Whether a dot belongs to the same dotted words as one before it.
pub(super) fn is_same_run(text: &str, before: usize, dot: usize) -> bool {
    let ascii_after = is_ascii_after(text, dot);
    is_ascii_after(text, before) == ascii_after
        && text[before + 1..dot].chars().all(|c| is_host_part(c, ascii_after))
}

fn is_ascii_after(text: &str, dot: usize) -> bool {
    text.as_bytes().get(dot + 1).is_some_and(u8::is_ascii_alphanumeric)
}

/// A character of a label. A name in Latin letters may stand in unspaced Thai or Chinese
/// text.
fn is_host_part(c: char, in_latin: bool) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '-' | '_')
        || (!c.is_ascii() && letters::is_alphanumeric(c) && !(in_latin && is_unspaced(c)))
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..='\u{3ffff}')
}

/// The host part of an e-mail address that begins at `start`.
pub(super) fn email_at(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let local = rest
        .bytes()
        .take(65)
        .take_while(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(b))
        .count();
    if local == 0 || local > 64 || rest.as_bytes().get(local) != Some(&b'@') {
        return None;
    }
    let host_start = start + local + 1;
    let end = host_end(text, host_start);
    let host = &text[host_start..end];
    let looks_like_host = rest[..local].starts_with("www.") || has_path(text, end);
    let dotted = host.contains('.') && has_known_suffix(&host.to_ascii_lowercase());
    (dotted && !looks_like_host).then_some(host_start..end)
}

fn has_path(text: &str, end: usize) -> bool {
    text.as_bytes().get(end) == Some(&b'/')
}

/// The at-sign that ends userinfo, when one stands before any path.
fn userinfo_end(text: &str, start: usize) -> Option<usize> {
    let authority = text[start..]
        .bytes()
        .take(LONGEST_USERINFO)
        .take_while(|b| !b.is_ascii_whitespace() && !b"/?#<>\"".contains(b))
        .count();
    text.as_bytes()[start..][..authority].iter().rposition(|b| *b == b'@').map(|at| start + at)
}

/// Where the host that begins at `start` ends.
fn host_end(text: &str, start: usize) -> usize {
    let mut end = start;
    let ascii = text.as_bytes().get(start).is_some_and(u8::is_ascii);
    for (at, c) in text[start..].char_indices() {
        if !(is_host_part(c, ascii) || c == '.') || at > LONGEST_HOST * 4 {
            break;
        }
        end = start + at + c.len_utf8();
    }
    start + text[start..end].trim_end_matches(['.', '-', '_']).len()
}

/// Where port, path, query and fragment end, without the punctuation of the sentence.
fn tail_end(text: &str, host_end: usize) -> usize {
    let rest = &text[host_end..];
    let mut tail = rest;
    if let Some(port) = rest.strip_prefix(':') {
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        if (2..=5).contains(&digits) {
            tail = &port[digits..];
        }
    }
    let port_end = text.len() - tail.len();
    if !tail.starts_with(['/', '?', '#']) {
        return port_end;
    }
    let mut length = 0;
    for c in tail.chars() {
        if c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | '"' | '|' | '”' | '“')
            || is_unspaced(c)
        {
            break;
        }
        length += c.len_utf8();
        if length >= LONGEST_URL {
            break;
        }
    }
    let kept =
        tail[..length].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '*']);
    port_end + kept.len()
}

/// An IPv4 address in any notation that browsers take (WHATWG URL, IPv4 parser): dotted,
/// one number, octal, hexadecimal. The flag says that it is not in plain dotted form.
fn address(host: &str, clearly_a_link: impl Fn() -> bool) -> Option<(Ipv4Addr, bool)> {
    if !host.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b'x' | b'X'))
        || !clearly_a_link()
    {
        return None;
    }
    if let Ok(address) = host.parse() {
        return Some((address, false));
    }
    let parts: Vec<&str> = host.split('.').take(5).collect();
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || (first.is_empty() && last.len() < 8) {
        return None;
    }
    let mut value = number(last)?;
    if value >= 1_u64 << (8 * (4 - first.len())) {
        return None;
    }
    for (index, part) in first.iter().enumerate() {
        let byte = number(part).filter(|byte| *byte < 256)?;
        value |= byte << (8 * (3 - index));
    }
    Some((Ipv4Addr::from(u32::try_from(value).ok()?), true))
}

/// A number as C writes it.
fn number(text: &str) -> Option<u64> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok();
    }
    if text.len() > 1 && text.starts_with('0') {
        return u64::from_str_radix(text, 8).ok();
    }
    text.parse().ok()
}
