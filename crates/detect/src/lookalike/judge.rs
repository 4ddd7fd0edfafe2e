//! How sure a hit is.
//!
//! The rules, surest first, with what they find and their price in alerts, are measured in
//! `docs/benchmarks.md`. A brand that is an everyday word, or short, needs better company.

use unhook_model::{LookalikeKind as Kind, LookalikeLevel as Level};

use super::company::{Company, Frequency, Grade, frequency};
use super::forms::{Form, Standing};
use super::place::Place;
use super::trade::Trade;
use super::{Lookalike, LookalikeIndex, fold, near};

/// Letters from which a name is long: two honest names seldom share so many.
const LONG: usize = 6;

/// Letters from which a name is so long that it is worth a look wherever it stands.
const VERY_LONG: usize = 9;

/// Unknown letters beside a brand that are no word yet (`wacme-sso`).
const STRAY: usize = 2;

/// What a rule says: level and score.
type Verdict = Option<(Level, u8)>;

const fn high(score: u8) -> Verdict {
    Some((Level::High, score))
}

const fn watch(score: u8) -> Verdict {
    Some((Level::Watch, score))
}

/// How a form stands in the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Letter for letter.
    Exact,
    /// In letters that look alike.
    Looks,
    /// One slip away.
    Slip,
    /// Spelled otherwise, said the same.
    Sounds,
    /// With hyphens set into it.
    Hyphens,
}

/// A form of a brand found in the host between two places.
pub(super) fn sighting<'a>(
    index: &'a LookalikeIndex,
    host: &str,
    form: &'a Form,
    likeness: Likeness,
    (start, end): (usize, usize),
) -> Option<Lookalike<'a>> {
    let word = &host[start..end];
    let likeness = match likeness {
        Likeness::Looks if word == form.text => Likeness::Exact,
        other => other,
    };
    // What is some brand's own name is no slip of another's.
    let is_name = || index.forms.number(word).is_some();
    if likeness != Likeness::Exact && (!may_be_disguised(form, word, likeness) || is_name()) {
        return None;
    }
    let place = Place::of(host, start, end)?;
    let company = place.company(&index.words, form.trade);
    let ((level, score), kind) = match likeness {
        Likeness::Exact if form.standing != Standing::Full => {
            (short_form(&place, form, company)?, Kind::Abbreviation)
        }
        Likeness::Exact if !place.is_registrable() => {
            (subdomain(index, &place, form, company)?, Kind::Subdomain)
        }
        Likeness::Exact if place.is_label() => (tld_swap(&place, form)?, Kind::TldSwap),
        Likeness::Exact if place.is_token() => (token(&place, form, company)?, Kind::Combosquat),
        Likeness::Exact => (joined(&place, form, company)?, Kind::Joined),
        Likeness::Looks => (looks(&place, form, company)?, Kind::Homoglyph),
        Likeness::Slip => (slip(&place, form, word, company)?, Kind::Typo),
        Likeness::Sounds => (sounds(company)?, Kind::SoundAlike),
        Likeness::Hyphens => (hyphens(form, company)?, Kind::Hyphenation),
    };
    let level = if place.is_guarded() { Level::Watch } else { level };
    Some(Lookalike { brand: Some(index.brand_name(form)), kind, level, score, part: (start, end) })
}

/// Words that honest names are made of are no disguise, nor are slips that make one name
/// into another honest one (rules that Chromium's look-alike check arrived at): another
/// first letter or none, a plural, other digits.
fn may_be_disguised(form: &Form, word: &str, likeness: Likeness) -> bool {
    if !form.is_rare() || form.standing != Standing::Full || frequency(word) > Frequency::Rare {
        return false;
    }
    let (brand, word) = (form.text.as_bytes(), word.as_bytes());
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    match likeness {
        Likeness::Looks => 2 * digits <= word.len(),
        Likeness::Slip => {
            let plural =
                word.strip_suffix(b"s") == Some(brand) || brand.strip_suffix(b"s") == Some(word);
            let first = word.len() == brand.len() && word[1..] == brand[1..];
            let letters = |bytes: &[u8]| {
                bytes.iter().filter(|b| !b.is_ascii_digit()).copied().collect::<Vec<u8>>()
            };
            let beheaded = word.len() + 1 == brand.len()
                && word.iter().zip(&form.folded[1..]).all(|(w, b)| fold::letter(*w) == *b);
            !plural && !first && !beheaded && letters(word) != letters(brand)
        }
        _ => true,
    }
}

/// A brand beside other words, hyphens between them.
fn token(place: &Place<'_>, form: &Form, company: Company) -> Verdict {
    use Grade::{Fair, Filler, Strong, Weak};
    let rare = form.is_rare();
    let letters = form.text.len();
    if company.unknown > 0 {
        return match company.grade {
            Some(Strong) if rare || (company.unknown <= STRAY && !form.ordinary) => high(75),
            Some(Strong) if letters > 2 => watch(50),
            Some(Fair) if rare || (company.unknown <= STRAY && letters > 2) => watch(48),
            Some(Weak) if rare && !form.is_word => watch(45),
            _ if rare && !form.is_word => watch(40),
            _ if is_short_name(place, form) => watch(36),
            _ => None,
        };
    }
    match company.grade? {
        Strong if rare => high(95),
        Strong if form.ordinary => high(85),
        Strong => high(90),
        Fair if rare => high(82),
        Fair if !form.ordinary && letters > 2 => high(76),
        Fair if letters > 2 => watch(55),
        Weak if rare && !form.is_word => watch(58),
        Weak if !form.ordinary && letters > 3 => watch(48),
        Filler if rare && !form.is_word => watch(52),
        Weak | Filler if is_short_name(place, form) => watch(36),
        _ => None,
    }
}

/// Whether a short brand of a trade, alone between hyphens, is no chance: beside words that
/// nobody knows under a suffix that costs next to nothing, or four letters of a trade whose
/// lures are mass-made.
fn is_short_name(place: &Place<'_>, form: &Form) -> bool {
    let letters = form.text.len();
    let mass_made = form.trade.is_some_and(Trade::is_mass_made) && letters > 3;
    let cheap = || form.trade.is_some() && letters > 2 && place.has_cheap_suffix();
    !form.ordinary && !form.is_rare() && (mass_made || cheap())
}

/// A brand joined to other words without a hyphen.
fn joined(place: &Place<'_>, form: &Form, company: Company) -> Verdict {
    use Grade::{Fair, Filler, Strong, Weak};
    let rare = form.is_rare();
    let letters = form.text.len();
    let long = rare && letters >= LONG;
    if company.unknown > 0 {
        return match company.grade {
            Some(Strong) if rare => watch(50),
            Some(Fair) if long => watch(42),
            _ if rare && letters >= VERY_LONG && company.unknown <= STRAY => watch(35),
            _ if place.is_at_border() && is_mass_made(place, form) => watch(32),
            _ => None,
        };
    }
    match company.grade? {
        Strong if rare => high(92),
        Strong if !form.ordinary && letters > 2 => high(86),
        Strong if letters > 3 => high(75),
        Strong if letters > 2 => watch(60),
        Fair if rare && !form.is_word && (company.inner || company.filler) => high(72),
        Fair if rare && !form.is_word => watch(56),
        Fair if company.filler && !form.ordinary && letters > 3 => high(70),
        Fair if !form.ordinary && letters > 3 => watch(50),
        Fair if company.filler && letters > 2 => watch(46),
        Weak if rare && !form.is_word => watch(45),
        Filler if long && !form.is_word => watch(44),
        _ if place.is_at_border() && is_mass_made(place, form) => watch(32),
        _ => None,
    }
}

/// Whether a name is one of thousands that a machine made for a brand of the mass-made
/// trades: the brand and whatever was free, under a suffix that costs next to nothing.
fn is_mass_made(place: &Place<'_>, form: &Form) -> bool {
    form.trade.is_some_and(Trade::is_mass_made)
        && !form.ordinary
        && !form.is_word
        && form.text.len() > 3
        && place.has_cheap_suffix()
}

/// A short form is as good as the brand beside a strong word, and nothing without.
fn short_form(place: &Place<'_>, form: &Form, company: Company) -> Verdict {
    if company.unknown > 0 || !place.is_registrable() {
        return None;
    }
    let named = form.standing == Standing::Abbreviation;
    match company.grade? {
        Grade::Strong if place.is_token() && named => high(80),
        Grade::Strong if named || form.is_rare() => high(72),
        Grade::Strong if form.text.len() > 2 => watch(55),
        Grade::Fair if named && place.is_token() => watch(52),
        Grade::Fair if form.is_rare() && place.is_token() => watch(45),
        _ => None,
    }
}

/// The brand's label under another suffix: for a telling one an attack; else a business of
/// the same name as likely as not, so only long names are worth a look.
fn tld_swap(place: &Place<'_>, form: &Form) -> Verdict {
    match place.has_telling_suffix() {
        true if form.is_rare() => high(80),
        true if !form.ordinary && form.text.len() > 2 => high(74),
        true if form.text.len() > 2 => watch(50),
        false if form.is_rare() && !form.is_word && form.text.len() >= VERY_LONG => watch(45),
        false if is_mass_made(place, form) => watch(34),
        _ => None,
    }
}

/// A brand, exactly, above a foreign registrable domain.
fn subdomain(index: &LookalikeIndex, place: &Place<'_>, form: &Form, company: Company) -> Verdict {
    if !place.is_token() {
        return None;
    }
    let domain = place.registrable_label();
    let own = index.begins_with_own_domain(place.rest()) || place.poses_as_domain();
    let kit = index.words.is_kit(domain) || index.words.is_sign_in(domain);
    let below = index.words.company(domain, b"", form.trade);
    let below = below.grade.filter(|_| below.unknown == 0);
    let telling = company.unknown == 0 && company.grade >= Some(Grade::Fair);
    if place.is_at_tenant_host() {
        return if telling && form.is_rare() { watch(40) } else { None };
    }
    match () {
        () if own => high(93),
        () if kit && (form.text.len() > 1) => high(88),
        () if telling && form.is_rare() => high(75),
        () if telling && !form.ordinary => watch(50),
        () if below >= Some(Grade::Strong) && !form.ordinary && form.text.len() > 2 => high(84),
        () if below >= Some(Grade::Fair) && !form.ordinary && form.text.len() > 2 => high(74),
        () if form.is_rare() => watch(45),
        () if is_short_name(place, form) => watch(36),
        () => None,
    }
}

/// A brand in letters that look alike.
fn looks(place: &Place<'_>, form: &Form, company: Company) -> Verdict {
    let clean = company.unknown == 0;
    match company.grade {
        Some(Grade::Strong | Grade::Fair) if clean => high(92),
        Some(Grade::Strong) if place.is_token() => high(78),
        Some(Grade::Weak) if clean && form.text.len() >= LONG => high(80),
        Some(_) if clean => watch(58),
        None if place.is_label() && form.text.len() >= LONG => high(85),
        Some(Grade::Strong) => watch(50),
        _ if place.is_token() => watch(55),
        _ => None,
    }
}

/// A brand one slip away.
fn slip(place: &Place<'_>, form: &Form, word: &str, company: Company) -> Verdict {
    let letters = form.text.len();
    let near = near::is_likely(form.text.as_bytes(), word.as_bytes()) && letters >= LONG;
    let likely = letters >= VERY_LONG || near::is_likely(form.text.as_bytes(), word.as_bytes());
    // Look-alike letters and a slip in one word are no accident.
    let disguised = !near::is_one_slip(form.text.as_bytes(), word.as_bytes());
    match company.grade {
        Some(Grade::Strong) if company.unknown == 0 && (place.is_token() || near) => high(80),
        Some(Grade::Strong) if company.unknown == 0 => watch(50),
        Some(Grade::Fair)
            if company.unknown == 0
                && letters >= LONG
                && likely
                && (company.inner || place.is_token()) =>
        {
            high(72)
        }
        Some(Grade::Fair) if company.unknown == 0 => watch(50),
        Some(Grade::Strong) if place.is_token() && likely => watch(45),
        None if disguised && letters >= VERY_LONG && place.is_label() => high(78),
        Some(Grade::Weak | Grade::Filler) | None
            if company.unknown == 0 && letters > LONG && likely =>
        {
            watch(40)
        }
        _ => None,
    }
}

/// A brand spelled otherwise.
fn sounds(company: Company) -> Verdict {
    match company.grade? {
        _ if company.unknown > 0 => None,
        Grade::Strong => high(74),
        Grade::Fair => watch(48),
        _ => None,
    }
}

/// A brand with hyphens set into it.
fn hyphens(form: &Form, company: Company) -> Verdict {
    match company.grade {
        Some(Grade::Strong | Grade::Fair) if company.unknown == 0 => high(84),
        Some(Grade::Strong) => watch(50),
        _ if form.text.len() >= LONG && company.is_none() => watch(50),
        _ if form.text.len() >= VERY_LONG => watch(40),
        _ => None,
    }
}

/// A name of sign-in words alone.
pub(super) fn kit<'a>(index: &LookalikeIndex, host: &str) -> Option<Lookalike<'a>> {
    let place = Place::of_registrable_label(host)?;
    let found = index.words.is_kit(place.registrable_label()) && !place.is_guarded();
    found.then(|| Lookalike {
        brand: None,
        kind: Kind::IdentityKit,
        level: Level::High,
        score: 75,
        part: place.part(),
    })
}
