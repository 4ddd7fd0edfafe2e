//! Drives the link finder.
//!
//! Holds: links stand apart, in order, on whole characters; their number is bounded and a
//! cut is said; a host is in its plain form and inside its target; the registrable domain is
//! the end of the host; a link that is defanged and read again is the same link.

use unhook_detect::explain::defang;
use unhook_detect::text::Text;
use unhook_detect::text::links::{Found, MOST_LINKS};
use unhook_model::{Hostname, LinkKind, Note};

use crate::marked;

/// The input is the body of a message.
pub fn run(data: &[u8]) {
    let body = String::from_utf8_lossy(data);
    let text = Text::read(&body);
    check_places(&text, &body);
    let dropped = text.notes.iter().any(|note| matches!(note, Note::LinksDropped { .. }));
    assert!(text.links.len() <= MOST_LINKS && (!dropped || text.links.len() == MOST_LINKS));
    for found in &text.links {
        check_host(found);
        check_refanging(found);
    }
}

fn check_places(text: &Text<'_>, body: &str) {
    let (mut last, mut last_span) = (0, 0);
    for found in &text.links {
        let part = text.clean.text().get(found.range.clone());
        assert!(part.is_some_and(|part| !part.is_empty()), "{found:?} in {body:?}");
        assert!(found.range.start >= last, "links overlap: {:?}", text.links);
        marked(body, found.link.span);
        assert!(found.link.span.start >= last_span, "links out of order: {:?}", text.links);
        (last, last_span) = (found.range.end, found.link.span.start);
    }
}

fn check_host(found: &Found) {
    let link = &found.link;
    assert!(!link.target.is_empty() && link.target.ends_with(&found.tail), "{link:?}");
    assert_eq!(
        link.kind == LinkKind::Url,
        link.target.contains("://")
            && link.host.is_some()
            && link.kind != LinkKind::ChatHandle
            && link.kind != LinkKind::BareHost
    );
    let Some(host) = &link.host else {
        assert!(link.registrable.is_none(), "{link:?}");
        return;
    };
    assert_eq!(Hostname::parse(host.as_str()).as_ref(), Ok(host));
    if link.kind != LinkKind::Email {
        assert!(link.target.contains(host.as_str()), "{link:?}");
    }
    if let Some(registrable) = &link.registrable {
        assert!(host.is_within(registrable) && registrable.contains('.'), "{link:?}");
    }
}

/// Only for tails whose every character is surely part of a URL: prose around a defanged
/// link is no different from prose around a live one, and elsewhere tested.
fn check_refanging(found: &Found) {
    let link = &found.link;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_=&".contains(&b);
    if link.kind != LinkKind::Url || !found.tail.bytes().all(plain) {
        return;
    }
    let fanged = defang(&link.target);
    let again = Text::read(&fanged);
    let targets: Vec<&str> = again.links.iter().map(|found| found.link.target.as_str()).collect();
    assert_eq!(targets, [link.target.as_str()], "read {fanged:?}");
    assert_eq!(again.links[0].link.host, link.host, "read {fanged:?}");
}
