//! How sure a hit is.
//!
//! The rules, surest first, with what they find and their price in alerts, are measured in
//! `docs/benchmarks.md`. A brand that is an everyday word, or short, needs better company.

use unhook_model::{LookalikeKind as Kind, LookalikeLevel as Level};

use super::company::{COMMON_TOKENS, Company, IdentityWords};
use super::forms::Form;
use super::{Lookalike, LookalikeIndex};
use crate::text::host::suffix;

/// Endings that read as sign-in or help, so that a brand before one is an attack.
const TELLING_SUFFIXES: [&str; 14] = [
    "support", "help", "services", "id", "work", "team", "login", "careers", "center", "network",
    "systems", "cloud", "tech", "chat",
];

/// A brand this long in letters that only look like it is no accident.
const LONG: usize = 6;

/// Where a brand stands in a host.
struct Place<'h> {
    host: &'h str,
    start: usize,
    end: usize,
    /// The label it stands in.
    label: (usize, usize),
    /// Where the public suffix begins.
    suffix: usize,
    /// Whether its label is the registrable one.
    registrable: bool,
}

impl<'h> Place<'h> {
    fn of(host: &'h str, start: usize, end: usize) -> Option<Self> {
        let bytes = host.as_bytes();
        if bytes[start..end].contains(&b'.') {
            return None;
        }
        let suffix = host.len() - suffix(host).len();
        if end > suffix {
            return None;
        }
        let label_start = bytes[..start].iter().rposition(|b| *b == b'.').map_or(0, |dot| dot + 1);
        let label_end =
            bytes[end..].iter().position(|b| *b == b'.').map_or(host.len(), |dot| end + dot);
        Some(Self {
            host,
            start,
            end,
            label: (label_start, label_end),
            suffix,
            registrable: label_end + 1 >= suffix,
        })
    }

    /// Whether hyphens or borders of the label are on both its sides.
    fn is_token(&self) -> bool {
        let bytes = self.host.as_bytes();
        (self.start == self.label.0 || bytes[self.start - 1] == b'-')
            && (self.end == self.label.1 || bytes[self.end] == b'-')
    }

    fn is_label(&self) -> bool {
        (self.start, self.end) == self.label
    }

    fn company(&self, words: &IdentityWords) -> Company {
        let bytes = self.host.as_bytes();
        words.company(&bytes[self.label.0..self.start], &bytes[self.end..self.label.1])
    }

    /// The label of the registrable domain.
    fn registrable_label(&self) -> &[u8] {
        let rest = &self.host.as_bytes()[..self.suffix.saturating_sub(1)];
        rest.rsplit(|b| *b == b'.').next().unwrap_or(rest)
    }

    fn has_telling_suffix(&self) -> bool {
        TELLING_SUFFIXES.contains(&&self.host[self.suffix..])
    }
}

/// A brand in the host, exactly or in letters that look alike.
pub(super) fn occurrence<'a>(
    index: &'a LookalikeIndex,
    host: &str,
    form: &'a Form,
    start: usize,
    end: usize,
) -> Option<Lookalike<'a>> {
    let place = Place::of(host, start, end)?;
    let exact = host[start..end] == form.text;
    if !exact && (form.ordinary || form.abbreviation || form.text.len() < super::near::SHORTEST) {
        return None;
    }
    let company = place.company(&index.words);
    let (kind, level, score) = if form.abbreviation {
        (Kind::Abbreviation, abbreviation(&place, company)?, 70)
    } else if !exact {
        homoglyph(&place, company)?
    } else if place.registrable {
        registrable(&place, form, company)?
    } else {
        subdomain(&place, form, company, &index.words)?
    };
    Some(Lookalike { brand: Some(index.brand_name(form)), kind, level, score, part: (start, end) })
}

fn abbreviation(place: &Place<'_>, company: Company) -> Option<Level> {
    match company {
        Company::Strong if place.is_token() => Some(Level::High),
        Company::Strong | Company::Weak if place.registrable => Some(Level::Watch),
        _ => None,
    }
}

fn homoglyph(place: &Place<'_>, company: Company) -> Option<(Kind, Level, u8)> {
    let word = &place.host[place.start..place.end];
    if COMMON_TOKENS.contains(word) {
        return None;
    }
    let company_known = company >= Company::Filler;
    match (place.is_token() || company_known, company) {
        (true, Company::Strong | Company::Weak) => Some((Kind::Homoglyph, Level::High, 92)),
        (true, Company::Alone) if word.len() >= LONG => Some((Kind::Homoglyph, Level::High, 85)),
        (true, _) => Some((Kind::Homoglyph, Level::Watch, 55)),
        (false, Company::UnknownAndStrong) => Some((Kind::Homoglyph, Level::Watch, 50)),
        (false, _) => None,
    }
}

/// A brand, exactly, in the registrable label.
fn registrable(place: &Place<'_>, form: &Form, company: Company) -> Option<(Kind, Level, u8)> {
    if place.is_label() {
        return tld_swap(place, form);
    }
    let token = place.is_token();
    let kind = if token { Kind::Combosquat } else { Kind::Joined };
    let short = form.text.len() <= 3;
    let verdict = match (company, token, form.ordinary) {
        (Company::Strong, true, false) => (Level::High, 95),
        (Company::Strong, true, true) => (Level::High, 85),
        (Company::Strong, false, false) => (Level::High, 90),
        (Company::Strong, false, true) if !short => (Level::High, 75),
        (Company::Strong, false, true) => (Level::Watch, 60),
        (Company::Weak, true, false) => (Level::High, 80),
        (Company::Weak, true, true) => (Level::Watch, 55),
        (Company::Weak, false, false) if form.text.len() >= LONG => (Level::High, 70),
        (Company::Weak, false, false) => (Level::Watch, 50),
        (Company::Weak, false, true) => return None,
        (Company::Filler, _, false) => (Level::Watch, 50),
        (Company::UnknownAndStrong, true, false) => (Level::High, 75),
        (Company::UnknownAndStrong, true, true) => (Level::Watch, 45),
        (Company::UnknownAndStrong, false, false) => (Level::Watch, 45),
        (Company::UnknownAndWeak, true, false) => (Level::Watch, 45),
        (Company::Unknown, true, false) => (Level::Watch, 40),
        (Company::Unknown, false, false) if form.text.len() >= 9 => (Level::Watch, 35),
        _ => return None,
    };
    Some((kind, verdict.0, verdict.1))
}

/// The brand's label under another suffix: for a telling one an attack; else a business of
/// the same name as likely as not, so only long names are worth a look.
fn tld_swap(place: &Place<'_>, form: &Form) -> Option<(Kind, Level, u8)> {
    match (place.has_telling_suffix(), form.ordinary) {
        (true, false) => Some((Kind::TldSwap, Level::High, 80)),
        (true, true) => Some((Kind::TldSwap, Level::Watch, 50)),
        (false, false) if form.text.len() >= LONG => Some((Kind::TldSwap, Level::Watch, 45)),
        _ => None,
    }
}

/// A brand, exactly, above a foreign registrable domain.
fn subdomain(
    place: &Place<'_>,
    form: &Form,
    company: Company,
    words: &IdentityWords,
) -> Option<(Kind, Level, u8)> {
    let below = place.registrable_label();
    let kit = words.is_kit(below) || words.company(below, b"") == Company::Strong;
    let own_suffix = place.host[place.end..].starts_with(".com.")
        || place.host[place.end..].starts_with(".net.");
    let token = place.is_token();
    let level = match (kit, form.ordinary) {
        (true, _) if token => (Level::High, 88),
        (_, false) if token && own_suffix => (Level::High, 90),
        (_, false) if token && company >= Company::Weak => (Level::High, 75),
        (_, false) if token && form.text.len() >= super::near::SHORTEST => (Level::Watch, 45),
        (_, true) if token && own_suffix => (Level::Watch, 45),
        _ => return None,
    };
    Some((Kind::Subdomain, level.0, level.1))
}

/// A brand one slip away.
pub(super) fn slip<'a>(
    index: &'a LookalikeIndex,
    host: &str,
    form: &'a Form,
    start: usize,
    end: usize,
) -> Option<Lookalike<'a>> {
    let word = &host[start..end];
    if COMMON_TOKENS.contains(word) || is_harmless(word, &form.text) {
        return None;
    }
    let place = Place::of(host, start, end)?;
    let (level, score) = match place.company(&index.words) {
        Company::Strong | Company::Weak => (Level::High, 80),
        Company::UnknownAndStrong => (Level::Watch, 45),
        Company::Alone | Company::Filler if form.text.len() > LONG => (Level::Watch, 40),
        _ => return None,
    };
    Some(Lookalike {
        brand: Some(index.brand_name(form)),
        kind: Kind::Typo,
        level,
        score,
        part: (start, end),
    })
}

/// Slips that honest names are made of (rules that Chromium's look-alike check arrived at):
/// another first letter, a plural, other digits.
fn is_harmless(word: &str, brand: &str) -> bool {
    let (word, brand) = (word.as_bytes(), brand.as_bytes());
    let plural = word.strip_suffix(b"s") == Some(brand) || brand.strip_suffix(b"s") == Some(word);
    let first = word.len() == brand.len() && word[1..] == brand[1..];
    let digits_only =
        |bytes: &[u8]| bytes.iter().filter(|b| !b.is_ascii_digit()).copied().collect::<Vec<u8>>();
    plural || first || digits_only(word) == digits_only(brand)
}

/// A brand with hyphens set into it.
pub(super) fn hyphenated<'a>(
    index: &'a LookalikeIndex,
    form: &'a Form,
    start: usize,
    end: usize,
) -> Option<Lookalike<'a>> {
    (!form.ordinary && !form.abbreviation && form.text.len() >= LONG).then(|| Lookalike {
        brand: Some(index.brand_name(form)),
        kind: Kind::Hyphenation,
        level: Level::Watch,
        score: 50,
        part: (start, end),
    })
}

/// A name of sign-in words alone.
pub(super) fn kit<'a>(words: &IdentityWords, host: &str) -> Option<Lookalike<'a>> {
    let end = host.len() - suffix(host).len();
    let rest = host[..end].strip_suffix('.')?;
    let start = rest.rfind('.').map_or(0, |dot| dot + 1);
    words.is_kit(&rest.as_bytes()[start..]).then_some(Lookalike {
        brand: None,
        kind: Kind::IdentityKit,
        level: Level::High,
        score: 75,
        part: (start, rest.len()),
    })
}
