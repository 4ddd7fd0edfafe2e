//! Names that imitate a brand.
//!
//! Brands are compiled once into a [`LookalikeIndex`]; a name is then checked against all
//! of them in one pass. The name is folded (letters that look alike become one), an
//! automaton finds brands in it, whole or joined to other words, and an index of slips
//! finds brands mistyped. What stands beside the brand decides how sure a hit is:
//! [`company`] knows sign-in words, [`judge`] has the rules. Names that own a brand, are
//! owned or allowed, and all below them, are never flagged.
//!
//! No registration date, page or reputation is looked at: a name alone is never proof.
//! Start at [`LookalikeIndex::examine`].

mod company;
mod fold;
mod forms;
mod judge;
mod names;
mod near;

use std::collections::HashSet;

use aho_corasick::automaton::{Automaton, OverlappingState};
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, nfa::contiguous::NFA};
use unhook_model::{Brand, Imitation, LookalikeKind, LookalikeLevel, Organization, Span};

use company::IdentityWords;
use fold::Folded;
use forms::{Form, Forms};
use near::NearIndex;

pub use names::host_of_line;

/// Up to this many forms are compiled into the fastest automaton, which grows with the
/// product of forms and letters; beyond it into one that is compiled sooner.
const MOST_FAST_FORMS: usize = 6000;

/// The most occurrences of brands looked at in one name.
const MOST_OCCURRENCES: usize = 24;

/// What a name imitates, and how surely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookalike<'a> {
    /// The brand; `None` for the name of a sign-in kit.
    pub brand: Option<&'a str>,
    /// By which trick.
    pub kind: LookalikeKind,
    /// How sure.
    pub level: LookalikeLevel,
    /// From 0 to 100.
    pub score: u8,
    /// The part of the name that imitates, in bytes of its lower-case ASCII form.
    pub part: (usize, usize),
}

impl Lookalike<'_> {
    /// Why, in a sentence for a person.
    #[must_use]
    pub fn reason(&self) -> String {
        let brand = self.brand.unwrap_or_default();
        match self.kind {
            LookalikeKind::Combosquat => {
                format!("it sets {brand} beside other words in a name that is not {brand}'s")
            }
            LookalikeKind::Joined => {
                format!("it joins {brand} to other words in a name that is not {brand}'s")
            }
            LookalikeKind::TldSwap => format!("it is {brand}'s name under another ending"),
            LookalikeKind::Subdomain => {
                format!("it puts {brand} before a name that is not {brand}'s")
            }
            LookalikeKind::Typo => format!("it is one slip away from {brand}"),
            LookalikeKind::Homoglyph => format!("it looks like {brand} in other letters"),
            LookalikeKind::Hyphenation => format!("it is {brand} with hyphens set into it"),
            LookalikeKind::Abbreviation => {
                format!("it sets a short form of {brand} beside sign-in words")
            }
            LookalikeKind::SoundAlike => format!("it sounds like {brand}"),
            _ => "it is made of sign-in words alone, as the names of sign-in kits are".to_owned(),
        }
    }

    /// The same as plain data.
    #[must_use]
    pub fn to_imitation(&self) -> Imitation {
        Imitation {
            brand: self.brand.map(str::to_owned),
            kind: self.kind,
            level: self.level,
            score: self.score,
            part: Span::new(self.part.0, self.part.1),
            reason: self.reason(),
        }
    }
}

/// Brands compiled for matching.
#[derive(Debug)]
pub struct LookalikeIndex {
    brands: Vec<String>,
    forms: Forms,
    automaton: Option<Searcher>,
    near: NearIndex,
    words: IdentityWords,
    genuine: HashSet<Box<str>>,
    /// Whether names of sign-in kits without a brand are reported.
    kits: bool,
}

#[derive(Debug)]
enum Searcher {
    Fast(DFA),
    Small(NFA),
}

/// Collects brands for a [`LookalikeIndex`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct LookalikeIndexBuilder {
    brands: Vec<Brand>,
    genuine: Vec<String>,
    words: Vec<String>,
}

impl LookalikeIndexBuilder {
    /// Adds a brand; its domains become genuine.
    pub fn brand(mut self, brand: &Brand) -> Self {
        self.genuine.extend(brand.domains.iter().cloned());
        self.brands.push(brand.clone());
        self
    }

    /// Adds an organization: brands, words of its sign-in pages, and all that is its own.
    pub fn organization(mut self, organization: &Organization) -> Self {
        self = organization.brands.iter().fold(self, Self::brand);
        self.words.extend(organization.sign_in_words.iter().cloned());
        let own = [
            &organization.owned_domains,
            &organization.vendor_tenants,
            &organization.identity_providers,
            &organization.allow,
            &organization.partners,
        ];
        self.genuine.extend(own.into_iter().flatten().cloned());
        self
    }

    /// Adds domains that are genuine and never flagged, nor anything below them.
    pub fn genuine(mut self, domains: impl IntoIterator<Item = String>) -> Self {
        self.genuine.extend(domains);
        self
    }

    /// Compiles.
    #[must_use]
    pub fn build(self) -> LookalikeIndex {
        let forms = Forms::of(&self.brands);
        let words = IdentityWords::with(&self.words);
        LookalikeIndex {
            automaton: searcher(&forms, &words),
            near: NearIndex::compile(forms.iter().map(Form::near_key)),
            forms,
            words,
            genuine: self.genuine.iter().map(|domain| domain.to_lowercase().into()).collect(),
            brands: self.brands.into_iter().map(|brand| brand.name).collect(),
            kits: true,
        }
    }
}

/// Forms first, then words of sign-in kits, by number.
fn searcher(forms: &Forms, words: &IdentityWords) -> Option<Searcher> {
    let kits: Vec<String> =
        words.kit_words().map(|word| fold::fold(&String::from_utf8_lossy(word))).collect();
    let patterns: Vec<&str> = forms
        .iter()
        .map(|form| form.folded.as_str())
        .chain(kits.iter().map(String::as_str))
        .collect();
    if patterns.len() <= MOST_FAST_FORMS {
        return DFA::new(&patterns).ok().map(Searcher::Fast);
    }
    NFA::new(&patterns).ok().map(Searcher::Small)
}

impl LookalikeIndex {
    /// Begins to collect brands.
    pub fn builder() -> LookalikeIndexBuilder {
        LookalikeIndexBuilder::default()
    }

    /// What a host imitates. Any text is accepted: Unicode or Punycode, any case, a
    /// trailing dot.
    ///
    /// ```
    /// use unhook_detect::lookalike::LookalikeIndex;
    /// use unhook_model::Brand;
    ///
    /// let acme = Brand { name: "Acme Rockets".into(), domains: vec!["acmerockets.com".into()], ..Brand::default() };
    /// let index = LookalikeIndex::builder().brand(&acme).build();
    /// assert_eq!(index.examine("acmerockets-sso.com").unwrap().brand, Some("Acme Rockets"));
    /// assert!(index.examine("sso.acmerockets.com").is_none());
    /// ```
    #[must_use]
    pub fn examine(&self, host: &str) -> Option<Lookalike<'_>> {
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.len() > fold::LONGEST {
            return None;
        }
        if host.is_ascii()
            && !host.bytes().any(|b| b.is_ascii_uppercase())
            && !is_international(host)
        {
            return self.examine_plain(host, host);
        }
        let ascii = if host.is_ascii() { host.to_ascii_lowercase() } else { idna(host)? };
        if is_international(&ascii) {
            self.examine_international(&ascii)
        } else {
            self.examine_plain(&ascii, &ascii)
        }
    }

    /// A host with Punycode labels: what it shows, with look-alike letters folded.
    fn examine_international(&self, ascii: &str) -> Option<Lookalike<'_>> {
        let (shown, _) = idna::domain_to_unicode(ascii);
        let twin = |c: char| crate::text::confusables::latin_twin(c).unwrap_or(c);
        let folded: String = shown.chars().map(twin).flat_map(without_accent).collect();
        if !folded.is_ascii() {
            return None;
        }
        let mut found = self.examine_plain(&folded, ascii)?;
        if found.kind != LookalikeKind::IdentityKit {
            found.kind = LookalikeKind::Homoglyph;
            found.level = LookalikeLevel::High;
            found.score = found.score.max(90);
        }
        found.part = (0, ascii.len());
        Some(found)
    }

    /// `host` is what is read, `name` whose it is.
    fn examine_plain(&self, host: &str, name: &str) -> Option<Lookalike<'_>> {
        let last_dot = host.rfind('.')?;
        let folded = Folded::of(host.as_bytes());
        let mut best: Option<Lookalike<'_>> = None;
        let mut kit = false;
        self.occurrences(&folded, |pattern, start, end| match self.forms.get(pattern) {
            Some(form) if end <= last_dot => {
                let found = judge::occurrence(self, host, form, start, end);
                best = stronger(best.take(), found);
            }
            None => kit = true,
            Some(_) => {}
        });
        if best.is_none() {
            best = self.slip(host);
        }
        if best.is_none() && kit && self.kits {
            best = judge::kit(&self.words, host);
        }
        best.filter(|_| !self.is_genuine(name))
    }

    /// Calls `each` with the number and place of every form in the host.
    fn occurrences(&self, folded: &Folded, mut each: impl FnMut(usize, usize, usize)) {
        let mut run = |automaton: &dyn Fn(&mut OverlappingState)| {
            let mut state = OverlappingState::start();
            for _ in 0..MOST_OCCURRENCES {
                automaton(&mut state);
                let Some(found) = state.get_match() else { break };
                let (start, end) = (folded.original(found.start()), folded.original(found.end()));
                each(found.pattern().as_usize(), start, end);
            }
        };
        let input = aho_corasick::Input::new(folded.bytes()).anchored(Anchored::No);
        // Neither automaton can fail on an unanchored search.
        match &self.automaton {
            Some(Searcher::Fast(dfa)) => {
                run(&|state| drop(dfa.try_find_overlapping(&input, state)))
            }
            Some(Searcher::Small(nfa)) => {
                run(&|state| drop(nfa.try_find_overlapping(&input, state)))
            }
            None => {}
        }
    }

    /// A brand mistyped in a token of the registrable label, or in the whole of it.
    fn slip(&self, host: &str) -> Option<Lookalike<'_>> {
        let (start, end) = cheap_label(host);
        let label = &host.as_bytes()[start..end];
        let mut at = start;
        let mut best = None;
        for token in label.split(|b| *b == b'-') {
            if let Some(number) = self.near.find(token) {
                let found =
                    judge::slip(self, host, self.forms.get(number as usize)?, at, at + token.len());
                best = stronger(best, found);
            }
            at += token.len() + 1;
        }
        if label.contains(&b'-')
            && label.len() <= 40
            && let Some(found) = self.hyphenated(host, start, end)
        {
            best = stronger(best, Some(found));
        }
        best
    }

    /// A brand with hyphens set into it (`ac-me`).
    fn hyphenated(&self, host: &str, start: usize, end: usize) -> Option<Lookalike<'_>> {
        let joined: Vec<u8> =
            host.as_bytes()[start..end].iter().copied().filter(|b| *b != b'-').collect();
        let form = self.forms.exact(std::str::from_utf8(&joined).ok()?)?;
        judge::hyphenated(self, form, start, end)
    }

    /// Whether a host is a genuine name or below one.
    #[must_use]
    pub fn is_genuine(&self, host: &str) -> bool {
        let mut rest = host;
        loop {
            if self.genuine.contains(rest) {
                return true;
            }
            match rest.split_once('.') {
                Some((_, parent)) => rest = parent,
                None => return false,
            }
        }
    }

    fn brand_name(&self, form: &Form) -> &str {
        &self.brands[form.brand]
    }
}

/// The label before the last dot, or before the last two where the last but one is a short
/// second level (`co.uk`): near enough for a first look, and free of look-ups.
fn cheap_label(host: &str) -> (usize, usize) {
    let Some(last) = host.rfind('.') else { return (0, host.len()) };
    let start = host[..last].rfind('.').map_or(0, |dot| dot + 1);
    if last - start <= 3 && start > 1 && host.len() - last <= 3 {
        let end = start - 1;
        return (host[..end].rfind('.').map_or(0, |dot| dot + 1), end);
    }
    (start, last)
}

fn stronger<'a>(one: Option<Lookalike<'a>>, other: Option<Lookalike<'a>>) -> Option<Lookalike<'a>> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let rank =
                |found: &Lookalike<'_>| (found.level, found.score, found.part.1 - found.part.0);
            Some(if rank(&other) > rank(&one) { other } else { one })
        }
        (one, other) => one.or(other),
    }
}

/// Whether a label is in Punycode.
fn is_international(host: &str) -> bool {
    host.contains("xn--") && host.split('.').any(|label| label.starts_with("xn--"))
}

fn idna(host: &str) -> Option<String> {
    idna::domain_to_ascii(host).ok()
}

/// A letter without its accents.
fn without_accent(c: char) -> impl Iterator<Item = char> {
    let mut base = c;
    unicode_normalization::char::decompose_canonical(c, |part| {
        if !unicode_normalization::char::is_combining_mark(part) {
            base = part;
        }
    });
    std::iter::once(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index() -> LookalikeIndex {
        let brand = |name: &str, domain: &str| Brand {
            name: name.to_owned(),
            domains: vec![domain.to_owned()],
            ..Brand::default()
        };
        let acme = Brand {
            abbreviations: vec!["rktz".to_owned()],
            ..brand("Acme Rockets", "acmerockets.com")
        };
        LookalikeIndex::builder()
            .brand(&acme)
            .brand(&brand("Cloudpillar", "cloudpillar.com"))
            .brand(&brand("Target", "target.com"))
            .brand(&brand("Kite", "kite.com"))
            .genuine(["cloudpillar-sso.com".to_owned()])
            .build()
    }

    fn check(host: &str, expected: Option<(LookalikeKind, LookalikeLevel)>) {
        let index = index();
        let found = index.examine(host).map(|found| (found.kind, found.level));
        assert_eq!(found, expected, "{host}");
    }

    #[test]
    fn every_kind_is_found() {
        use LookalikeKind::{
            Abbreviation, Combosquat, Homoglyph, Hyphenation, IdentityKit, Joined, Subdomain,
            TldSwap, Typo,
        };
        use LookalikeLevel::{High, Watch};
        check("cloudpillar-okta.com", Some((Combosquat, High)));
        check("sso-cloudpillar.net", Some((Combosquat, High)));
        check("cloudpillar-bakery.com", Some((Combosquat, Watch)));
        check("mycloudpillarinternal.com", Some((Joined, High)));
        check("cloudpillar.support", Some((TldSwap, High)));
        check("it.cloudpillar.support", Some((TldSwap, High)));
        check("login.cloudpillar.com.evil-site.com", Some((Subdomain, High)));
        check("cloudpillar.passkeysetup.com", Some((Subdomain, High)));
        check("cloudpilar.com", Some((Typo, Watch)));
        check("cloudpilar-sso.com", Some((Typo, High)));
        check("cloudpiiiar.com", Some((Homoglyph, High)));
        check("cloudpíllar.com", Some((Homoglyph, High)));
        check("сloudpillar.com", Some((Homoglyph, High)));
        check("cloud-pillar.com", Some((Hyphenation, Watch)));
        check("rktz-sso.com", Some((Abbreviation, High)));
        check("registerpasskey.com", Some((IdentityKit, High)));
        check("target-sso.com", Some((Combosquat, High)));
    }

    #[test]
    fn near_misses_and_genuine_names_are_silent() {
        for host in [
            "cloudpillar.com",
            "sso.cloudpillar.com",
            "CLOUDPILLAR.com.",
            "cloudpillar-sso.com",
            "a.cloudpillar-sso.com",
            "targeting.com",
            "retarget.com",
            "kites.com",
            "rktz.com",
            "espresso.com",
            "passkey.com",
            "clouds.com",
            "com",
            "",
        ] {
            check(host, None);
        }
    }

    proptest! {
        #[test]
        fn any_host_has_an_answer(host in ".{0,300}") {
            let _ = index().examine(&host);
        }

        #[test]
        fn case_and_a_trailing_dot_change_nothing(label in "[a-z-]{0,8}(cloudpillar|acmerockets)[a-z-]{0,8}") {
            let index = index();
            let host = format!("{label}.com");
            let plain = index.examine(&host);
            prop_assert_eq!(&index.examine(&host.to_uppercase()), &plain);
            prop_assert_eq!(&index.examine(&format!("{host}.")), &plain);
        }

        #[test]
        fn nothing_below_a_genuine_name_is_flagged(sub in "[a-z0-9.-]{0,30}") {
            let host = format!("{sub}.acmerockets.com");
            prop_assert!(index().examine(&host).is_none());
        }
    }
}
