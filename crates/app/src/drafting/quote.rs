//! What a lure says, as far as it is surely nobody's own.
//!
//! A word stays when texts of at least two people have it: what was written to one alone (their name,
//! their order, a token) is in one text alone. Beside that, whatever is of a name of somebody who got or
//! reported one goes, and every number, address and link but the names that the campaign is about, which are
//! defanged and lose their paths. With one person's texts there is no quote.

use std::collections::{BTreeMap, BTreeSet};

use unhook_detect::explain::defang;
use unhook_detect::text::Text;
use unhook_detect::text::clean::is_invisible;
use unhook_detect::text::links::Found;
use unhook_model::{Hostname, LinkKind, Note, PersonId};

use super::private::{Private, fold, words};

/// What stands where something was left out.
const GAP: &str = "[…]";

/// Fewer words say nothing.
const FEWEST_WORDS: usize = 3;

/// The longest quote, in characters: a text of four parts.
const LONGEST_QUOTE: usize = 600;

/// What the texts say; `None` where that cannot be told apart from what is somebody's own.
pub(super) fn quote(
    texts: &[(PersonId, &str)],
    names: &[&Hostname],
    private: &Private,
) -> Option<String> {
    let shared = shared(texts);
    let count = |body: &str| words(body).filter(|word| shared.contains(&fold(word))).count();
    let (_, most) = texts.iter().rev().max_by_key(|(_, body)| count(body))?;
    let text = Text::read(most);
    // What was passed over may have been a link.
    let is_whole = !text.notes.iter().any(|note| matches!(note, Note::LinksDropped { .. }));
    if !is_whole || count(most) < FEWEST_WORDS {
        return None;
    }
    let read = Reader { shared: &shared, names, private };
    Some(read.written(&text))
}

/// The words that texts of several people have.
fn shared(texts: &[(PersonId, &str)]) -> BTreeSet<String> {
    let mut by: BTreeMap<String, PersonId> = BTreeMap::new();
    let mut shared = BTreeSet::new();
    for (person, body) in texts {
        for word in words(body).map(fold) {
            if *by.entry(word.clone()).or_insert(*person) != *person {
                shared.insert(word);
            }
        }
    }
    shared
}

struct Reader<'a> {
    shared: &'a BTreeSet<String>,
    names: &'a [&'a Hostname],
    private: &'a Private,
}

impl Reader<'_> {
    fn written(&self, text: &Text<'_>) -> String {
        let original = text.clean.original();
        let mut parts: Vec<String> = Vec::new();
        let mut at = 0;
        for found in &text.links {
            let (start, end) = (found.link.span.start as usize, found.link.span.end as usize);
            parts.extend(self.words_of(original.get(at..start).unwrap_or_default()));
            parts.push(self.link(found));
            at = end.max(at);
        }
        parts.extend(self.words_of(original.get(at..).unwrap_or_default()));
        parts.dedup_by(|later, earlier| later == GAP && earlier == GAP);
        parts.join(" ").chars().take(LONGEST_QUOTE).collect()
    }

    fn words_of<'t>(&self, text: &'t str) -> impl Iterator<Item = String> + use<'_, 't> {
        text.split_whitespace().map(|token| self.token(token))
    }

    /// One word with what stands around it. What has a digit, or looks like a part of an address that was
    /// not found to be one, goes.
    fn token(&self, token: &str) -> String {
        let is_plain = |c: char| !c.is_numeric() && !is_invisible(c) && !c.is_control();
        let mut parts = words(token).peekable();
        let is_good =
            |word: &str| self.shared.contains(&fold(word)) && !self.private.has_word(word);
        let inner = token.trim_matches(|c: char| !c.is_alphanumeric());
        let is_address = inner.contains(['.', '@', '/', ':', '\\', '<', '>']);
        if parts.peek().is_none() && token.chars().all(|c| c.is_ascii_punctuation()) {
            return token.to_owned();
        }
        let is_good = parts.all(is_good) && token.chars().all(is_plain) && !is_address;
        if is_good { token.to_owned() } else { GAP.to_owned() }
    }

    fn link(&self, found: &Found) -> String {
        let hidden = match found.link.kind {
            LinkKind::Phone => "[number]",
            LinkKind::Email => "[mail address]",
            LinkKind::ChatHandle => "[chat account]",
            _ => "[link]",
        };
        let of_campaign = self.names.iter().find(|name| {
            let is_host = matches!(found.link.kind, LinkKind::Url | LinkKind::BareHost);
            is_host && found.link.host.as_ref().is_some_and(|host| host.is_within(name.as_str()))
        });
        match of_campaign {
            Some(name) if found.tail.trim_matches('/').is_empty() => defang(name.as_str()),
            Some(name) => format!("{}/{GAP}", defang(name.as_str())),
            None => hidden.to_owned(),
        }
    }
}
