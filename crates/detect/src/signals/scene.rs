//! What a signal looks at: the message, read once and looked up once.

use unhook_model::{
    Fact, Facts, HostFacts, Hostname, Imitation, LookalikeLevel, Message, Note, Reputation, Span,
    Timestamp,
};

use super::Sight;
use super::standing::LinkStanding;
use crate::knowledge::{BrandId, Category, HostKind, Knowledge, Meaning, Owner};
use crate::text::hashing::hash;
use crate::text::phrases::Hit;
use crate::text::words::{self, Word, Words};
use crate::text::{Text, clean, confusables};

/// A brand named in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Which.
    pub brand: BrandId,
    /// Where in the original.
    pub span: Span,
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
            .map(|found| LinkStanding::of(found.link, found.tail, knowledge))
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
        scene.drop_negated();
        scene.sort_phrases();
        scene.own_short_links();
        scene
    }

    fn read_phrases(&mut self) {
        for hit in self.knowledge.phrases().find(&self.text.words) {
            match hit.meaning {
                Meaning::Phrase(category) => {
                    let Hit { span, first, last, .. } = hit;
                    self.phrases.push(Hit { meaning: category, span, first, last });
                }
                Meaning::Brand(brand) => {
                    if !self.knowledge.is_ordinary(brand) || self.is_name(brand, hit.span) {
                        self.mentions.push(Mention { brand, span: hit.span });
                    }
                }
            }
        }
    }

    /// Drops requests with a negation right before or within them, which the reader is told
    /// not to follow, and notes which categories are left.
    fn drop_negated(&mut self) {
        let of = |category| self.phrases.iter().filter(move |hit| hit.meaning == category);
        let is_condition =
            |not: &Hit<Category>| of(Category::Condition).any(|hit| hit.span.overlaps(not.span));
        let negations = of(Category::Negation).filter(|not| !is_condition(not));
        let negations: Vec<(usize, usize)> = negations.map(|not| (not.first, not.last)).collect();
        let is_negated = |hit: &Hit<Category>| {
            let stands_before = |(first, last): &(usize, usize)| {
                *first != hit.first && (hit.first..=hit.last).contains(&(last + 1))
            };
            hit.meaning.is_request() && negations.iter().any(stands_before)
        };
        self.phrases.retain(|hit| !is_negated(hit));
        self.categories = self.phrases.iter().fold(0, |bits, hit| bits | 1 << hit.meaning as u64);
    }

    /// A short link of a brand that the text names is that brand's.
    fn own_short_links(&mut self) {
        for link in self.links.iter_mut().filter(|l| l.kind == Some(HostKind::Shortener)) {
            let owner = link.link.host.as_ref().and_then(|host| self.knowledge.owner_of(host));
            let is_named = |brand| self.mentions.iter().any(|mention| mention.brand == brand);
            link.owner = owner.filter(|owner| match owner {
                Owner::Brand(brand) => is_named(*brand),
                Owner::Organization | Owner::Allowed => true,
            });
        }
    }

    /// By place, the longest first where several begin together.
    fn sort_phrases(&mut self) {
        self.phrases.sort_by_key(|hit| (hit.span.start, std::cmp::Reverse(hit.span.end)));
    }

    /// Whether a brand's name that is an everyday word is written as the brand writes it, and
    /// not because a sentence begins with it.
    fn is_name(&self, brand: BrandId, span: Span) -> bool {
        let written = &self.message.body[span.range()];
        let brand = self.knowledge.brand(brand);
        let as_named = std::iter::once(&brand.name).chain(&brand.aliases).any(|n| n == written);
        let before = self.message.body[..span.range().start].trim_end();
        let begins = before.is_empty() || before.ends_with(['.', '!', '?', '\n']);
        let rest = self.message.body[span.range().end..].trim_start();
        as_named && (!begins || rest.starts_with([':', ']', '-', '\'']) || written.len() > 3)
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

    /// Hosts that links lead to, chats and mail among them.
    pub fn hosts(&self) -> impl Iterator<Item = (&LinkStanding, &Hostname)> {
        self.links.iter().filter_map(|link| Some((link, link.link.host.as_ref()?)))
    }

    /// Hosts of pages that nobody known vouches for.
    pub fn foreign_hosts(&self) -> impl Iterator<Item = (&LinkStanding, &Hostname)> {
        self.hosts().filter(|(link, _)| link.is_foreign())
    }

    /// Whether a link belongs to a brand that the text names, or to the organization.
    #[must_use]
    pub fn links_to_named_brand(&self) -> bool {
        let named = |brand| self.mentions.iter().any(|mention| mention.brand == brand);
        self.web_links().any(|link| match link.owner {
            Some(Owner::Brand(brand)) => named(brand),
            Some(Owner::Organization | Owner::Allowed) => true,
            None => false,
        })
    }

    /// Whether a link leads to a name that is surely an imitation: beside it, what genuine
    /// notices say counts for nothing.
    #[must_use]
    pub fn has_sure_imitation(&self) -> bool {
        self.imitations().any(|imitation| imitation.level == LookalikeLevel::High)
    }

    /// Whether a link leads to a name that is surely an imitation of the organization's own
    /// brands, and which.
    #[must_use]
    pub fn imitates_organization(&self) -> Option<Span> {
        let is_own = |imitation: &Imitation| {
            let own = &self.knowledge.organization().brands;
            imitation.level == LookalikeLevel::High
                && own.iter().any(|brand| imitation.brand.as_ref() == Some(&brand.name))
        };
        let mut links = self.links.iter().map(|standing| &standing.link);
        links.find(|link| link.imitates.as_ref().is_some_and(is_own)).map(|link| link.span)
    }

    fn imitations(&self) -> impl Iterator<Item = &Imitation> {
        self.links.iter().filter_map(|standing| standing.link.imitates.as_ref())
    }

    /// Whether a brand is named where senders put their own name: within the first words,
    /// or before a colon or a closing bracket.
    #[must_use]
    pub fn is_claim(&self, mention: &Mention) -> bool {
        let rest = self.message.body[mention.span.range().end..].trim_start();
        mention.span.start < FIRST_WORDS || rest.starts_with([':', ']', '】', '：'])
    }

    /// How many different reasons to act the text gives.
    #[must_use]
    pub fn pretexts(&self) -> u8 {
        PRETEXTS.iter().map(|category| u8::from(self.has(*category))).sum()
    }

    /// Where one of these names stands in the text, as whole words in any case.
    #[must_use]
    pub fn find_name(&self, names: &[String]) -> Option<Span> {
        let words = self.words().as_slice();
        names.iter().find_map(|name| {
            let name: Vec<u64> = words::fold(name).split_whitespace().map(hash).collect();
            let stands =
                |run: &[Word]| run.iter().zip(&name).all(|(word, hash)| word.hash == *hash);
            let at =
                words.windows(name.len().max(1)).position(|run| !name.is_empty() && stands(run))?;
            Some(self.text.span_of_words(at, at + name.len() - 1))
        })
    }

    /// What a signal sees that looks for hosts of one kind.
    #[must_use]
    pub fn host_kind_sight(&self, kind: HostKind, reason: &'static str) -> Sight {
        let found = self.links.iter().find(|link| link.is_foreign() && link.kind == Some(kind));
        found.map_or(Sight::Nothing, |found| Sight::seen(found.link.span, reason))
    }

    /// What a signal sees that looks at one fact about the hosts of foreign links: the most
    /// steps and the reason that `judge` gives for any of them. Nothing without such hosts,
    /// unavailable when the fact is so for all of them.
    #[must_use]
    pub fn fact_sight<T>(
        &self,
        fact: impl Fn(&HostFacts) -> &Fact<T>,
        judge: impl Fn(&T) -> Option<(u8, &'static str)>,
    ) -> Sight {
        self.dated_fact_sight(fact, |value, _| judge(value))
    }

    /// As [`Scene::fact_sight`], for facts that are read with the moment they were learned.
    fn dated_fact_sight<T>(
        &self,
        fact: impl Fn(&HostFacts) -> &Fact<T>,
        judge: impl Fn(&T, Timestamp) -> Option<(u8, &'static str)>,
    ) -> Sight {
        let (mut best, mut asked, mut answered) = (None, false, false);
        for (link, host) in self.foreign_hosts() {
            asked = true;
            let Some(fact) = self.facts.host(host).map(&fact).filter(|f| !f.is_unavailable())
            else {
                continue;
            };
            answered = true;
            let seen = fact.present().and_then(|(value, at)| judge(value, at));
            best = best.max(seen.map(|(steps, reason)| (steps, reason, link.link.span)));
        }
        match best {
            Some((steps, reason, span)) => Sight::steps(steps, span, reason),
            None if asked && !answered => Sight::Unavailable,
            None => Sight::Nothing,
        }
    }

    /// What a signal sees that asks how young a host is: four steps below three days, two
    /// below thirty, one below ninety. Its age is counted to when the message was received,
    /// or else to when the fact was learned.
    #[must_use]
    pub fn age_sight(
        &self,
        since: impl Fn(&HostFacts) -> &Fact<Timestamp>,
        reason: &'static str,
    ) -> Sight {
        self.dated_fact_sight(since, |since, at| {
            let days = self.message.received_at.unwrap_or(at).days_since(*since);
            let steps = match days {
                ..3 => 4,
                3..30 => 2,
                30..90 => 1,
                _ => return None,
            };
            Some((steps, reason))
        })
    }

    /// What a signal sees that asks what others say of hosts and sender.
    #[must_use]
    pub fn reputation_sight(&self, wanted: Reputation, reason: &'static str) -> Sight {
        let judge = |said: &Reputation| (*said == wanted).then_some((1, reason));
        match (self.fact_sight(|facts| &facts.reputation, judge), &self.facts.sender_reputation) {
            (seen @ Sight::Seen { .. }, _) => seen,
            (_, Fact::Present { value, .. }) if *value == wanted => Sight::seen(None, reason),
            (other, _) => other,
        }
    }

    /// Whether the letters of the text are mostly Latin.
    #[must_use]
    pub fn is_latin(&self) -> bool {
        confusables::is_mostly_latin(self.text.clean.text())
    }
}

/// Reasons to act that lures give.
const PRETEXTS: [Category; 13] = [
    Category::DeliveryProblem,
    Category::AccountProblem,
    Category::TollOrFine,
    Category::Refund,
    Category::Prize,
    Category::Loan,
    Category::Threat,
    Category::PaymentRequest,
    Category::CredentialRequest,
    Category::SubscriptionCharge,
    Category::Workplace,
    Category::Investment,
    Category::JobOffer,
];

/// A brand that begins within this many bytes of the start is who the text claims to be
/// from: "Dear customer, your Acme parcel …".
const FIRST_WORDS: u32 = 24;
