//! What a message asks its reader to use: links, hosts, numbers, addresses, chat accounts,
//! in the clear and in every disguise that a person would still follow.
//!
//! The work is one walk over the cleaned text that looks closer only where a dot, a scheme
//! or a run of digits is. [`host`] decides what is a host, [`phone`] what is a number,
//! [`disguised`] undoes defanging, spacing and spelling first.

mod disguised;
pub mod host;
mod phone;

use std::ops::Range;

use unhook_model::{Disguise, Hostname, Link, LinkKind};

use super::clean::Clean;
use host::{Authority, HostTarget};

/// The most links looked at in one message: honest texts have one or two, and a text
/// stuffed with more is judged by the first and the last of them.
pub const MOST_LINKS: usize = 24;

/// A link and where it stands in the cleaned text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The link.
    pub link: Link,
    /// Its bytes in the cleaned text.
    pub range: Range<usize>,
    /// What follows its host: port, path, query, fragment.
    pub tail: String,
}

/// Finds the links of a text, in order and apart from each other. The flag says whether
/// there were more than [`MOST_LINKS`].
#[must_use]
pub fn find(clean: &Clean<'_>) -> (Vec<Found>, bool) {
    let text = clean.text();
    let plain = disguised::undo(text);
    let refanged = plain.as_ref().map_or(text, |plain| plain.text.as_str());
    let mut found = Vec::new();
    let mut dropped = false;
    let mut at = 0;
    while let Some(candidate) = next_candidate(refanged, at) {
        at = candidate.end;
        if found.len() == MOST_LINKS {
            // A lure may stand behind a crowd: the first and the last are kept.
            dropped = true;
            found.remove(MOST_LINKS / 2);
        }
        found.push(candidate);
    }
    let found =
        found.into_iter().map(|candidate| candidate.into_found(clean, plain.as_ref())).collect();
    (found, dropped)
}

/// A link in the refanged text.
struct Candidate {
    start: usize,
    end: usize,
    kind: LinkKind,
    target: String,
    tail: String,
    host: Option<Hostname>,
    disguises: Vec<Disguise>,
}

impl Candidate {
    fn into_found(self, clean: &Clean<'_>, plain: Option<&disguised::Plain>) -> Found {
        let mut disguises = self.disguises;
        let range = match plain {
            Some(plain) => {
                disguises.extend(plain.disguises_within(self.start..self.end));
                plain.original(self.start)..plain.original_end(self.end)
            }
            None => self.start..self.end,
        };
        let span = clean.span(range.start, range.end);
        if !clean.text()[range.clone()].is_ascii() || span.range().len() != range.len() {
            disguises.push(Disguise::Unicode);
        }
        disguises.sort_unstable();
        disguises.dedup();
        let registrable = self.host.as_ref().and_then(|host| host::registrable(host.as_str()));
        let registrable = registrable.map(str::to_owned);
        let link = Link {
            span,
            kind: self.kind,
            target: self.target,
            host: self.host,
            registrable,
            disguises,
            imitates: None,
        };
        Found { link, range, tail: self.tail }
    }
}

/// The next link that begins at or after `from`.
fn next_candidate(text: &str, from: usize) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let mut refused = Refused::default();
    let mut at = from;
    while at < bytes.len() {
        let candidate = match bytes[at] {
            b'.' | b'@' => around_dot(text, from, at, &mut refused),
            b':' if bytes[at..].starts_with(b"://") => after_scheme(text, from, at),
            b'0'..=b'9' | b'+' if phone::may_begin(bytes, at) => from_phone(text, at),
            _ => None,
        };
        if candidate.is_some() {
            return candidate;
        }
        // A run of digits was looked at whole; look again only after it.
        at = if bytes[at].is_ascii_digit() { phone::digits_end(bytes, at) } else { at + 1 };
    }
    None
}

/// A URL, from the scheme's colon.
fn after_scheme(text: &str, from: usize, colon: usize) -> Option<Candidate> {
    let start = scheme_start(text, from, colon);
    let authority = Authority::read(text, colon + 3, true)?;
    Some(candidate(text, start, &text[start..colon], authority))
}

fn scheme_start(text: &str, from: usize, colon: usize) -> usize {
    let scheme = text[from..colon].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    colon - scheme.min("hxxps".len())
}

/// What was looked at in vain. A run of dotted words is refused as a whole, so that a text
/// made of dots costs no more than one made of words.
#[derive(Default)]
struct Refused {
    /// The last dot or at-sign, and where what was read around it began.
    dot: Option<usize>,
    start: Option<usize>,
}

impl Refused {
    /// Whether what was said of the last dot holds for this one. An at-sign begins something
    /// new unless it was read over as part of the userinfo.
    fn covers(&self, text: &str, dot: usize) -> bool {
        let (Some(before), Some(start)) = (self.dot, self.start) else { return false };
        (text.as_bytes()[dot] == b'.' || dot - start < host::LONGEST_USERINFO)
            && host::is_same_run(text, before, dot)
    }
}

/// A host without a scheme, or an e-mail address, around a dot or at-sign.
fn around_dot(text: &str, from: usize, dot: usize, refused: &mut Refused) -> Option<Candidate> {
    if refused.covers(text, dot) {
        refused.dot = Some(dot);
        return None;
    }
    let start = host::start_before(text, from, dot);
    if start == dot {
        return None;
    }
    refused.dot = Some(dot);
    if refused.start.replace(start) == Some(start) {
        return None;
    }
    if let Some(address) = host::email_at(text, start) {
        return Some(Candidate {
            start,
            end: address.end,
            kind: LinkKind::Email,
            target: text[start..address.end].to_lowercase(),
            tail: String::new(),
            host: Hostname::parse(&text[address]).ok(),
            disguises: Vec::new(),
        });
    }
    let authority = Authority::read(text, start, false)?;
    Some(candidate(text, start, "", authority))
}

fn candidate(text: &str, start: usize, scheme: &str, authority: Authority) -> Candidate {
    let scheme = if scheme.is_empty() {
        ""
    } else if scheme.ends_with(['s', 'S']) {
        "https://"
    } else {
        "http://"
    };
    let tail = &text[authority.host_range.end..authority.end];
    let mut disguises = authority.disguises;
    let (kind, host, name) = match authority.target {
        HostTarget::Name(host) => {
            let kind = match (host::is_chat(host.as_str()), scheme) {
                (true, _) => LinkKind::ChatHandle,
                (false, "") => LinkKind::BareHost,
                _ => LinkKind::Url,
            };
            if host.as_str().split('.').any(|label| label.starts_with("xn--")) {
                disguises.push(Disguise::Punycode);
            }
            let name = host.as_str().to_owned();
            (kind, Some(host), name)
        }
        HostTarget::Address(address) => (LinkKind::IpAddress, None, address.to_string()),
    };
    Candidate {
        start,
        end: authority.end,
        kind,
        target: format!("{scheme}{name}{tail}"),
        tail: tail.to_owned(),
        host,
        disguises,
    }
}

fn from_phone(text: &str, at: usize) -> Option<Candidate> {
    let number = phone::read(text, at)?;
    Some(Candidate {
        start: number.range.start,
        end: number.range.end,
        kind: LinkKind::Phone,
        target: number.target,
        tail: String::new(),
        host: None,
        disguises: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<Link> {
        find(&Clean::of(text)).0.into_iter().map(|found| found.link).collect()
    }

    /// The hosts (or else targets) found in a text.
    fn check(text: &str, expected: &[&str]) {
        let found = all(text);
        let hosts: Vec<&str> = found
            .iter()
            .map(|l| l.host.as_ref().map_or(l.target.as_str(), |h| h.as_str()))
            .collect();
        assert_eq!(hosts, expected, "{text}");
    }

    #[test]
    fn plain_links() {
        check("see https://www.example.com/a?b=c.", &["www.example.com"]);
        check("tap cloudflare-okta.com to view", &["cloudflare-okta.com"]);
        check("(http://login.example.net:8080/x)", &["login.example.net"]);
        check("two: a.example.com b.example.org/x", &["a.example.com", "b.example.org"]);
        check("点击example.com查看", &["example.com"]);
        check("HTTPS://EXAMPLE.COM/PATH", &["example.com"]);
    }

    #[test]
    fn prose_has_no_links() {
        for text in [
            "ok.so i will be there at 5.30 p.m.",
            "Thanks.We will see you",
            "e.g. this, i.e. that...",
            "Rs.500 debited on 12.03.2024, bal 1.234,56",
            "hello.how are you",
            "version 1.2.3",
            "it was me.in the end",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn disguised_links() {
        check("hxxps://evil[.]example[.]com/x", &["evil.example.com"]);
        check("go to evil(dot)example(dot)com", &["evil.example.com"]);
        check("visit example dot com slash pay", &["example.com"]);
        check("deals .bdo .com .ph", &["deals.bdo.com.ph"]);
        check("usps-track . com", &["usps-track.com"]);
        check("ｈｔｔｐｓ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ．ｃｏｍ", &["evil.example.com"]);
        check("evil。example。com/a", &["evil.example.com"]);
        check("http //evil.example.com/x", &["evil.example.com"]);
        check("https//evil.example.com/x", &["evil.example.com"]);
        check("h t t p s : / / e v i l . e x a m p l e . c o m", &["evil.example.com"]);
    }

    #[test]
    fn userinfo_is_seen_through() {
        let links = all("www.fedex.com@evil.example.com/x and http://usps.com@evil.example.net");
        assert_eq!(links[0].host.as_ref().unwrap().as_str(), "evil.example.com");
        assert_eq!(links[1].host.as_ref().unwrap().as_str(), "evil.example.net");
        assert!(links.iter().all(|l| l.disguises.contains(&Disguise::Userinfo)));
        assert_eq!(all("write to help@example.com")[0].kind, LinkKind::Email);
    }

    #[test]
    fn addresses_in_every_notation() {
        for text in [
            "http://203.0.113.9/a",
            "http://3405803785/a",
            "http://0xcb007109/a",
            "http://0313.0.0161.011/a",
            "203.0.113.9:8080/login",
        ] {
            let links = all(text);
            assert_eq!(links[0].kind, LinkKind::IpAddress, "{text}");
            assert!(links[0].target.contains("203.0.113.9"), "{text}: {}", links[0].target);
        }
    }

    #[test]
    fn lookalike_letters_stay_in_the_name() {
        let links = all("pаypal.com/x");
        assert_eq!(links[0].host.as_ref().unwrap().as_str(), "xn--pypal-4ve.com");
        assert!(links[0].disguises.contains(&Disguise::Punycode));
        check("evil-login.cоm", &["evil-login.com"]);
    }

    #[test]
    fn numbers_and_handles() {
        assert_eq!(all("call +1 201 555 0123 now")[0].target, "+12015550123");
        assert_eq!(all("call 1-800-555-0199")[0].kind, LinkKind::Phone);
        assert_eq!(all("message wa.me/12015550123")[0].kind, LinkKind::ChatHandle);
        assert!(all("ref 123456789012 amount 5000").is_empty());
    }

    #[test]
    fn private_suffixes_count() {
        let link = &all("acme-login.pages.dev/x")[0];
        assert_eq!(link.registrable.as_deref(), Some("acme-login.pages.dev"));
    }

    #[test]
    fn too_many_links_are_cut_off() {
        let text = "a.example.com ".repeat(MOST_LINKS + 1);
        let (found, dropped) = find(&Clean::of(&text));
        assert_eq!((found.len(), dropped), (MOST_LINKS, true));
        let (found, _) = find(&Clean::of(&format!("{text} evil.example")));
        let last = found.last().and_then(|found| found.link.host.as_ref());
        assert_eq!(last.map(|host| host.as_str()), Some("evil.example"));
    }

    #[test]
    fn what_is_refused_hides_no_link_behind_it() {
        check("wait...example.com", &["example.com"]);
        check("a.b.zzzz.example.com/x", &["a.b.zzzz.example.com"]);
        check("é.点bank.com点", &["bank.com"]);
        check("点b.zzzz.网络", &["xn--b-x50c.zzzz.xn--io0a7i"]);
        check("no.zzzz a.b@c.zzzz@evil.example.com/x", &["evil.example.com"]);
        check(&format!("{}@evil.example.com/x", "a.".repeat(200)), &["evil.example.com"]);
        check(&format!("a@{}@evil.example.com/x", "b".repeat(300)), &["evil.example.com"]);
        check(&"a.".repeat(2000), &[]);
        check(&"é.".repeat(1000), &[]);
        check(&"a@".repeat(2000), &[]);
        check(&format!("{}evil.example.com/x", "a@".repeat(1000)), &["evil.example.com"]);
        check("Ok.ẞo", &[]);
    }

    proptest! {
        #[test]
        fn links_stand_apart_on_character_borders(text in "[a-z0-9./@:+ \\[\\]()а-я．]{0,80}") {
            let mut last = 0;
            for link in all(&text) {
                prop_assert!(text.get(link.span.range()).is_some());
                prop_assert!(link.span.start >= last);
                last = link.span.end;
            }
        }

        #[test]
        fn refanging_undoes_defanging(name in "[a-z]{3,9}-[a-z]{3,9}", tld in "com|net|top|co\\.uk") {
            let host = format!("{name}.{tld}");
            let fanged = crate::explain::defang(&format!("https://{host}/x"));
            let link = all(&fanged).remove(0);
            prop_assert_eq!(link.target, format!("https://{host}/x"));
        }
    }
}
