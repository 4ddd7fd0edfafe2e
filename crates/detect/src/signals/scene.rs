//! What a signal looks at: the message, read once and looked up once.

use unhook_model::{Facts, Imitation, Link, LinkKind, Message, Note, Span};

use super::Sight;
use crate::knowledge::{BrandId, Category, HostKind, Knowledge, Meaning, Owner};
use crate::text::phrases::Hit;
use crate::text::words::Words;
use crate::text::{Text, clean};

/// A brand named in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Which.
    pub brand: BrandId,
    /// Where in the original.
    pub span: Span,
}

/// A link and whose it is.
#[derive(Clone, Debug)]
pub struct LinkStanding {
    /// The link; `imitates` is filled in.
    pub link: Link,
    /// Port, path, query and fragment.
    pub tail: String,
    /// To whom its host belongs, if anybody known.
    pub owner: Option<Owner>,
    /// The service that lent the name, if one did.
    pub kind: Option<HostKind>,
}

impl LinkStanding {
    /// Whether it opens a page: no number, address or chat.
    #[must_use]
    pub fn is_web(&self) -> bool {
        matches!(self.link.kind, LinkKind::Url | LinkKind::BareHost | LinkKind::IpAddress)
    }

    /// Whether it opens a page that nobody known vouches for.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.is_web() && self.owner.is_none()
    }
}

/// A message, read once for all signals.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The message.
    pub message: &'a Message,
    /// What was looked up for it.
    pub facts: &'a Facts,
    /// What is known for all.
    pub knowledge: &'a Knowledge,
    /// Its links and whose they are.
    pub links: Vec<LinkStanding>,
    /// Brands named in it, by place. Names that are everyday words count only when
    /// written with a capital.
    pub mentions: Vec<Mention>,
    /// To whom its sender id belongs.
    pub sender_owner: Option<Owner>,
    text: Text<'a>,
    phrases: Vec<Hit<Category>>,
    /// Bit per [`Category`], so that a signal can pass on at once.
    categories: u64,
}

impl<'a> Scene<'a> {
    /// Reads a message.
    #[must_use]
    pub fn read(message: &'a Message, facts: &'a Facts, knowledge: &'a Knowledge) -> Self {
        let mut text = Text::read(&message.body);
        let links = std::mem::take(&mut text.links)
            .into_iter()
            .map(|found| standing(found.link, found.tail, knowledge))
            .collect();
        let mut scene = Self {
            message,
            facts,
            knowledge,
            links,
            mentions: Vec::new(),
            sender_owner: message
                .sender
                .as_ref()
                .and_then(|s| knowledge.owner_of_sender(&s.as_text())),
            text,
            phrases: Vec::new(),
            categories: 0,
        };
        scene.read_phrases();
        scene.sort_phrases();
        scene
    }

    fn read_phrases(&mut self) {
        for hit in self.knowledge.phrases().find(&self.text.words) {
            match hit.meaning {
                Meaning::Phrase(category) => {
                    self.categories |= 1 << category as u64;
                    let Hit { span, first, last, .. } = hit;
                    self.phrases.push(Hit { meaning: category, span, first, last });
                }
                Meaning::Brand(brand) => {
                    if !self.knowledge.is_ordinary(brand) || self.is_capitalised(hit.span) {
                        self.mentions.push(Mention { brand, span: hit.span });
                    }
                }
            }
        }
    }

    /// By place, the longest first where several begin together.
    fn sort_phrases(&mut self) {
        self.phrases.sort_by_key(|hit| (hit.span.start, std::cmp::Reverse(hit.span.end)));
    }

    fn is_capitalised(&self, span: Span) -> bool {
        self.message.body[span.range()].starts_with(char::is_uppercase)
    }

    /// Whether a phrase of this category stands in the text.
    #[must_use]
    pub fn has(&self, category: Category) -> bool {
        self.categories >> category as u64 & 1 == 1
    }

    /// Phrases of this category, by place.
    pub fn phrases(&self, category: Category) -> impl Iterator<Item = Span> {
        let hits = if self.has(category) { self.phrases.as_slice() } else { &[] };
        hits.iter().filter(move |hit| hit.meaning == category).map(|hit| hit.span)
    }

    /// The first and the number of phrases of this category that do not overlap.
    #[must_use]
    pub fn count(&self, category: Category) -> Option<(Span, u8)> {
        let mut spans = self.phrases(category);
        let first = spans.next()?;
        let (mut last, mut count) = (first, 1_u8);
        for span in spans {
            if !span.overlaps(last) {
                count = count.saturating_add(1);
                last = span;
            }
        }
        Some((first, count))
    }

    /// What a signal that counts phrases of one category sees, up to `most` steps.
    #[must_use]
    pub fn phrase_sight(&self, category: Category, most: u8, reason: &'static str) -> Sight {
        match self.count(category) {
            Some((span, count)) => Sight::steps(count.min(most), span, reason),
            None => Sight::Nothing,
        }
    }

    /// The words of the text.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.text.words
    }

    /// Unicode disguises that were taken away.
    #[must_use]
    pub fn disguises(&self) -> clean::Disguises {
        self.text.clean.disguises()
    }

    /// What the reader of the assessment should know.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.text.notes
    }

    /// Links that open a page.
    pub fn web_links(&self) -> impl Iterator<Item = &LinkStanding> {
        self.links.iter().filter(|link| link.is_web())
    }

    /// The first link that opens a page nobody known vouches for.
    #[must_use]
    pub fn foreign_link(&self) -> Option<&LinkStanding> {
        self.links.iter().find(|link| link.is_foreign())
    }
}

fn standing(mut link: Link, tail: String, knowledge: &Knowledge) -> LinkStanding {
    let host = link.host.as_ref();
    let owner = host.and_then(|host| knowledge.owner_of(host));
    let kind = host.and_then(|host| knowledge.host_kind(host));
    if owner.is_none() && kind != Some(HostKind::Shortener) && link.kind != LinkKind::ChatHandle {
        link.imitates = host.and_then(|host| imitation(host.as_str(), knowledge));
    }
    LinkStanding { link, tail, owner, kind }
}

fn imitation(host: &str, knowledge: &Knowledge) -> Option<Imitation> {
    knowledge.lookalikes().examine(host).map(|found| found.to_imitation())
}
