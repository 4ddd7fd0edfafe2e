//! Names that imitate a brand.
//!
//! Brands are compiled once into a [`LookalikeIndex`]; a name is then checked against all
//! of them in one pass. The name is folded (letters that look alike become one), a table
//! of windows finds brands in it, whole or joined to other words, and an index of slips
//! finds brands mistyped. What stands beside the brand decides how sure a hit is:
//! [`company`] knows sign-in words, [`judge`] has the rules. Names that own a brand, are
//! owned or allowed, and all below them, are never flagged.
//!
//! No registration date, page or reputation is looked at: a name alone is never proof.
//! Start at [`LookalikeIndex::examine`].

mod company;
mod find;
mod fold;
mod forms;
mod international;
mod judge;
mod names;
mod near;
mod place;
mod search;
mod sound;
mod trade;

use std::collections::HashSet;
use std::str::Utf8Error;

use unhook_model::{Brand, Imitation, LookalikeKind, LookalikeLevel, Organization, Span};

use company::IdentityWords;
use find::Finder;
use fold::Folded;
use forms::{Form, Forms};
use near::NearIndex;
use search::Search;
use sound::SoundIndex;

use crate::knowledge::is_tenant_host;

pub use names::host_of_line;

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
    finder: Finder,
    near: NearIndex,
    sounds: SoundIndex,
    words: IdentityWords,
    /// Which short forms there are, by [`short_key`], one bit each.
    shorts: Box<[u64]>,
    genuine: HashSet<Box<str>>,
}

/// Keys of short forms.
const SHORT_KEYS: usize = 1 << 16;

/// Collects brands for a [`LookalikeIndex`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct LookalikeIndexBuilder<'b> {
    brands: Vec<&'b Brand>,
    genuine: Vec<&'b str>,
    words: Vec<&'b str>,
}

impl<'b> LookalikeIndexBuilder<'b> {
    /// Adds a brand; its domains become genuine.
    pub fn brand(mut self, brand: &'b Brand) -> Self {
        self.genuine.extend(brand.domains.iter().map(String::as_str));
        self.brands.push(brand);
        self
    }

    /// Adds an organization: brands, words of its sign-in pages, and all that is its own.
    pub fn organization(mut self, organization: &'b Organization) -> Self {
        self = organization.brands.iter().fold(self, Self::brand);
        self.words.extend(organization.sign_in_words.iter().map(String::as_str));
        let own = [
            &organization.owned_domains,
            &organization.vendor_tenants,
            &organization.identity_providers,
            &organization.allow,
            &organization.partners,
        ];
        let own = own.into_iter().flatten().filter(|domain| !is_tenant_host(domain));
        self.genuine.extend(own.map(String::as_str));
        self
    }

    /// Adds domains that are genuine and never flagged, nor anything below them.
    pub fn genuine(mut self, domains: impl IntoIterator<Item = &'b str>) -> Self {
        self.genuine.extend(domains);
        self
    }

    /// Compiles.
    #[must_use]
    pub fn build(self) -> LookalikeIndex {
        let forms = Forms::of(&self.brands);
        let words = IdentityWords::with(&self.words);
        LookalikeIndex {
            finder: finder(&forms, &words),
            near: NearIndex::compile(forms.iter().map(Form::near_key)),
            sounds: SoundIndex::compile(forms.iter().map(Form::sound)),
            shorts: shorts(&forms),
            forms,
            words,
            genuine: self.genuine.iter().map(|domain| domain.to_lowercase().into()).collect(),
            brands: self.brands.iter().map(|brand| brand.name.clone()).collect(),
        }
    }
}

/// Forms by number, and words of sign-in kits under a number that no form has.
fn finder(forms: &Forms, words: &IdentityWords) -> Finder {
    let kits: Vec<Vec<u8>> =
        words.kit_words().map(|word| fold::fold(&String::from_utf8_lossy(word)).0).collect();
    let spelled = (0..).zip(forms.iter()).flat_map(|(number, form)| {
        let spellings = std::iter::once(&form.folded).chain(&form.joined);
        spellings.map(move |letters| (letters.as_slice(), number))
    });
    Finder::compile(spelled.chain(kits.iter().map(|kit| (kit.as_slice(), forms.len()))))
}

fn shorts(forms: &Forms) -> Box<[u64]> {
    let mut shorts = vec![0; SHORT_KEYS / 64].into_boxed_slice();
    for form in forms.iter().filter(|form| form.text.len() < find::SHORTEST) {
        let key = short_key(form.text.as_bytes());
        shorts[key / 64] |= 1 << (key % 64);
    }
    shorts
}

impl LookalikeIndex {
    /// Begins to collect brands.
    pub fn builder<'b>() -> LookalikeIndexBuilder<'b> {
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
        self.examine_bytes(host.as_bytes()).unwrap_or_default()
    }

    /// The same of bytes out of a list, which need not be text.
    ///
    /// # Errors
    ///
    /// When the host is not UTF-8.
    pub fn examine_bytes(&self, host: &[u8]) -> Result<Option<Lookalike<'_>>, Utf8Error> {
        let host = host.strip_suffix(b".").unwrap_or(host);
        let mut folded = Folded::empty();
        if !folded.fill(host) || (folded.has_hyphens() && is_international(host)) {
            return std::str::from_utf8(host).map(|host| self.examine_odd(host));
        }
        Ok(self.examine_folded(host, &folded, host))
    }

    /// `host` is what is read, `name` whose it is.
    #[inline]
    fn examine_folded(&self, host: &[u8], folded: &Folded, name: &[u8]) -> Option<Lookalike<'_>> {
        Search::run(self, host, folded)
            .filter(|_| !std::str::from_utf8(name).is_ok_and(|name| self.is_genuine(name)))
    }

    /// A host that is not in its plain form: with capitals, other scripts, or Punycode.
    #[cold]
    fn examine_odd(&self, host: &str) -> Option<Lookalike<'_>> {
        // Four bytes of UTF-8 can become one of Punycode; more than this cannot fit.
        if host.len() > 4 * fold::LONGEST {
            return None;
        }
        let ascii = if host.is_ascii() { host.to_ascii_lowercase() } else { idna(host)? };
        if is_international(ascii.as_bytes()) {
            return self.examine_international(&ascii);
        }
        let mut folded = Folded::empty();
        if !folded.fill(ascii.as_bytes()) {
            return None;
        }
        self.examine_folded(ascii.as_bytes(), &folded, ascii.as_bytes())
    }

    /// A host with Punycode labels: what it shows, with look-alike letters folded.
    fn examine_international(&self, ascii: &str) -> Option<Lookalike<'_>> {
        let (shown, _) = idna::domain_to_unicode(ascii);
        let seen = international::as_seen(&shown);
        let mut folded = Folded::empty();
        if !folded.fill(seen.as_bytes()) {
            return None;
        }
        let mut found = self.examine_folded(seen.as_bytes(), &folded, ascii.as_bytes())?;
        let is_disguised = !shown.contains(&seen[found.part.0..found.part.1]);
        if is_disguised && found.kind != LookalikeKind::IdentityKit {
            found.kind = LookalikeKind::Homoglyph;
            found.level = LookalikeLevel::High;
            found.score = found.score.max(90);
        }
        found.part = (0, ascii.len());
        Some(found)
    }

    /// The form of up to three letters that is exactly this word.
    fn short(&self, word: &[u8]) -> Option<u32> {
        let key = short_key(word);
        if self.shorts[key / 64] >> (key % 64) & 1 == 0 {
            return None;
        }
        self.forms.number(std::str::from_utf8(word).ok()?)
    }

    /// Whether a text begins with a domain of one of the brands, as `acme.com.evil.example`
    /// and `acme.com-evil.example` do.
    fn begins_with_own_domain(&self, text: &str) -> bool {
        let ends = text.match_indices(['.', '-']).map(|(at, _)| at);
        ends.take(4).any(|end| self.genuine.contains(&text[..end]))
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

/// Whether a label before the last is in Punycode.
fn is_international(host: &[u8]) -> bool {
    host.rsplit(|b| *b == b'.').skip(1).any(|label| label.starts_with(b"xn--"))
}

/// Five bits for each of up to three letters.
fn short_key(word: &[u8]) -> usize {
    word.iter().take(3).fold(1, |key, byte| key << 5 | usize::from(byte & 31)) & (SHORT_KEYS - 1)
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
    use unhook_model::Sector;

    fn brand(name: &str, domain: &str) -> Brand {
        Brand { name: name.to_owned(), domains: vec![domain.to_owned()], ..Brand::default() }
    }

    fn brands() -> Vec<Brand> {
        let rockets = Brand {
            abbreviations: vec!["rktz".to_owned()],
            ..brand("Acme Rockets", "acmerockets.com")
        };
        vec![
            rockets,
            brand("Cloudpillar", "cloudpillar.com"),
            brand("Target", "target.com"),
            brand("Kite", "kite.com"),
            brand("Quuxon / Zorgel", "quuxon.example"),
            brand("ZQ", "zq.example"),
            brand("Kraaven", "kraaven.com"),
            brand("Modernbank", "modernbank.example"),
            Brand { sector: Some(Sector::Post), ..brand("Qzpo", "qzpo.example") },
            Brand { sector: Some(Sector::Bank), ..brand("Bnqz", "bnqz.example") },
        ]
    }

    fn compiled(brands: &[Brand]) -> LookalikeIndex {
        let builder = brands.iter().fold(LookalikeIndex::builder(), |all, brand| all.brand(brand));
        builder.genuine(["cloudpillar-sso.com"]).build()
    }

    fn check(host: &str, expected: Option<(LookalikeKind, LookalikeLevel)>) {
        let index = compiled(&brands());
        let found = index.examine(host).map(|found| (found.kind, found.level));
        assert_eq!(found, expected, "{host}");
    }

    use LookalikeKind::{
        Abbreviation, Combosquat, Homoglyph, Hyphenation, IdentityKit, Joined, SoundAlike,
        Subdomain, TldSwap, Typo,
    };
    use LookalikeLevel::{High, Watch};

    #[test]
    fn a_brand_beside_other_words() {
        check("cloudpillar-okta.com", Some((Combosquat, High)));
        check("sso-cloudpillar.net", Some((Combosquat, High)));
        check("cloudpillar-support.net", Some((Combosquat, High)));
        check("cloudpillar-bakery.com", Some((Combosquat, Watch)));
        check("target-sso.com", Some((Combosquat, High)));
        check("kite-helpdesk.com", Some((Combosquat, High)));
        check("zq-sso.com", Some((Combosquat, High)));
        check("zorgel-vpn.com", Some((Combosquat, High)));
        check("wcloudpillar-sso.com", Some((Typo, High)));
        check("bakerycloudpillar-sso.com", Some((Joined, Watch)));
    }

    #[test]
    fn a_brand_joined_to_other_words() {
        check("mycloudpillarinternal.com", Some((Joined, High)));
        check("cloudpillarsso.com", Some((Joined, High)));
        check("mykitesso.com", Some((Joined, High)));
        check("kitesupport-okta.com", Some((Joined, High)));
        check("cloudpillarapp.com", Some((Joined, Watch)));
    }

    #[test]
    fn a_brand_under_another_suffix_or_before_another_name() {
        check("cloudpillar.support", Some((TldSwap, High)));
        check("it.cloudpillar.support", Some((TldSwap, High)));
        check("cloudpillar.de", Some((TldSwap, Watch)));
        check("login.cloudpillar.com.evil-site.com", Some((Subdomain, High)));
        check("cloudpillar.com-track.top", Some((Subdomain, High)));
        check("kite.com-track.top", Some((Subdomain, High)));
        check("cloudpillar.passkeysetup.com", Some((Subdomain, High)));
        check("zq.registerpasskey.com", Some((Subdomain, High)));
        check("cloudpillar.harbour.com", Some((Subdomain, Watch)));
        check("cloudpillar.okta.com", None);
    }

    #[test]
    fn a_brand_mistyped() {
        let slips = [
            "cloudpilar.com",   // a letter less
            "cloudppillar.com", // one twice
            "cloudpiwllar.com", // one more
            "cloudpilalr.com",  // two swapped
            "cloudpollar.com",  // a neighbour on the keyboard
            "cloudqillar.com",  // a flipped bit
        ];
        for slip in slips {
            check(slip, Some((Typo, Watch)));
        }
        check("cloudpilar-sso.com", Some((Typo, High)));
        check("mycloudpilarsso.com", Some((Typo, High)));
    }

    #[test]
    fn a_brand_in_letters_that_look_alike() {
        for name in [
            "cloudpiiiar.com",
            "c1oudpi11ar.com",
            "cloudpi1lar-help.com",
            "clouclpillar.com",
            "acrnerockets.com",
            "rnodembank.com",
            "cloudpíllar.com",
            "сloudpillar.com",
            "xn--loudpillar-bwi.com",
            "ｃloudpillaŕ.com",
        ] {
            check(name, Some((Homoglyph, High)));
        }
    }

    #[test]
    fn a_brand_in_other_ways() {
        check("cloud-pillar.com", Some((Hyphenation, Watch)));
        check("cloud-pillar-sso.com", Some((Hyphenation, High)));
        check("rktz-sso.com", Some((Abbreviation, High)));
        check("rktz.com", None);
        check("craaven-sso.com", Some((SoundAlike, High)));
        check("registerpasskey.com", Some((IdentityKit, High)));
        check("add-okta-passkey.net", Some((IdentityKit, High)));
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
            "zq.com",
            "espresso.com",
            "passkey.com",
            "passkeys.example",
            "clouds.com",
            "com",
            "",
        ] {
            check(host, None);
        }
    }

    #[test]
    fn a_brand_beside_words_of_its_trade() {
        check("qzpo-aduanas.example", Some((Combosquat, High)));
        check("qzpo-zollamt.example", Some((Combosquat, High)));
        check("qzporedelivery.example", Some((Joined, High)));
        check("bnqz-tarjeta.example", Some((Combosquat, High)));
        check("bnqz-aduanas.example", None);
        check("cloudpillar-aduanas.example", Some((Combosquat, Watch)));
    }

    #[test]
    fn a_short_brand_of_a_trade_that_sends_lures_by_the_thousand() {
        check("qzpo-xkwv.example", Some((Combosquat, Watch)));
        check("qzpoxkwv.top", Some((Joined, Watch)));
        check("qzpo.top", Some((TldSwap, Watch)));
        check("bnqz-xkwv.top", Some((Combosquat, Watch)));
        for honest in ["qzpoxkwv.example", "bnqz-xkwv.example", "bnqzxkwv.top", "bnqz.top"] {
            check(honest, None);
        }
    }

    #[test]
    fn a_short_brand_before_a_name_that_reads_as_its_own() {
        check("bnqz.secure365.example", Some((Subdomain, High)));
        check("bnqz.ie-verify.example", Some((Subdomain, High)));
        check("bnqz.eu-west.harbour.example", None);
        check("bnqz.harbour.example", None);
    }

    #[test]
    fn joined_to_what_customers_are_shown_it_is_worth_a_look() {
        check("cloudpillarlogin.com", Some((Joined, Watch)));
        check("cloudpillarhr.com", Some((Joined, High)));
        check("mycloudpillarconnect.com", Some((Joined, High)));
        check("cloudpillar-login.com", Some((Combosquat, High)));
    }

    #[test]
    fn an_unlikely_slip_in_the_middle_of_a_word_is_worth_a_look() {
        check("ssocloudpixlar.com", Some((Typo, Watch)));
        check("ssocloudpilar.com", Some((Typo, High)));
        check("cloudpixlar-sso.com", Some((Typo, High)));
    }

    #[test]
    fn another_brands_name_and_a_name_without_its_first_letter_are_no_slips() {
        let twins = [brand("Qzporten", "qzporten.example"), brand("Qzporen", "qzporen.com")];
        let index = compiled(&twins);
        for honest in ["qzporen.example", "zporten.example"] {
            assert_eq!(index.examine(honest), None, "{honest}");
        }
        for slip in ["qzporteen.example", "qqzporten.example"] {
            assert_eq!(index.examine(slip).map(|found| found.kind), Some(Typo), "{slip}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_told_from_names() {
        let index = compiled(&brands());
        assert!(index.examine_bytes(b"cloudpillar-\xff.com").is_err());
        assert_eq!(index.examine_bytes(b"harbour.example"), Ok(None));
        let found = index.examine_bytes(b"cloudpillar-sso.com").unwrap();
        assert_eq!(found, index.examine("cloudpillar-sso.com"));
    }

    #[test]
    fn the_catalogue_knows_the_trade_of_a_brand_that_has_none() {
        let catalogue = crate::knowledge::Knowledge::builtin();
        let known = catalogue.brands().iter().find(|brand| brand.sector == Some(Sector::Post));
        let own = brand("Qzpo", &known.expect("there are post services").domains[0]);
        let found = |brand: &Brand| {
            let index = LookalikeIndex::builder().brand(brand).build();
            index.examine("qzpo-aduanas.example").is_some()
        };
        assert!(found(&own) && !found(&brand("Qzpo", "qzpo.example")));
    }

    #[test]
    fn what_only_a_state_can_register_is_never_high() {
        check("cloudpillar-sso.gov", Some((Combosquat, Watch)));
        check("cloudpillar-sso.gov.uk", Some((Combosquat, Watch)));
    }

    #[test]
    fn odd_brands_are_taken_as_they_are() {
        let odd = [
            brand("", ""),
            brand("Банк", "xn--80ab2al.example"),
            brand("A&B", "ab.example"),
            brand("7-Heaven", "7-heaven.example"),
            brand("Cloudpillar", "other.example"),
            Brand {
                aliases: vec![String::new(), " ".to_owned()],
                ..brand("Zürra", "zurra.example")
            },
            Brand { ordinary_word: Some(true), ..brand("Harbourly", "harbourly.example") },
        ];
        let index = compiled(&[brands(), odd.to_vec()].concat());
        let found = |host| index.examine(host).and_then(|found| found.brand);
        assert_eq!(found("zurra-sso.com"), Some("Zürra"));
        assert_eq!(found("7-heaven-hr.com"), Some("7-Heaven"));
        assert_eq!(found("aandb-sso.com"), Some("A&B"));
        assert_eq!(found("cloudpillar-sso.net"), Some("Cloudpillar"), "the first of two");
        assert_eq!(found("harbourly-bakery.com"), None, "its owner calls it an everyday word");
        assert_eq!(found("harbourly-sso.com"), Some("Harbourly"));
    }

    proptest! {
        #[test]
        fn any_host_has_an_answer(host in ".{0,300}") {
            let index = compiled(&brands());
            if let Some(found) = index.examine(&host) {
                prop_assert!(found.part.0 <= found.part.1 && found.score <= 100);
            }
        }

        #[test]
        fn any_host_of_a_brand_and_others_has_an_answer(
            host in "([a-z0-9а-я_.-]|cloudpillar|kite|sso|xn--|rn|cl){0,40}",
        ) {
            let _ = compiled(&brands()).examine(&host);
        }

        #[test]
        fn case_and_a_trailing_dot_change_nothing(label in "[a-z-]{0,8}(cloudpillar|acmerockets)[a-z-]{0,8}") {
            let index = compiled(&brands());
            let host = format!("{label}.com");
            let plain = index.examine(&host);
            prop_assert_eq!(&index.examine(&host.to_uppercase()), &plain);
            prop_assert_eq!(&index.examine(&format!("{host}.")), &plain);
        }

        #[test]
        fn nothing_below_a_genuine_name_is_flagged(sub in "[a-z0-9.-]{0,30}") {
            let host = format!("{sub}.acmerockets.com");
            prop_assert!(compiled(&brands()).examine(&host).is_none());
        }

        #[test]
        fn allowing_a_name_silences_it_and_nothing_else(label in "[a-z]{1,8}") {
            let brands = brands();
            let (one, other) = (format!("{label}-cloudpillar-sso.com"), "cloudpillar-vpn.com");
            let builder = || brands.iter().fold(LookalikeIndex::builder(), |all, brand| all.brand(brand));
            let (plain, allowing) = (builder().build(), builder().genuine([one.as_str()]).build());
            prop_assert!(plain.examine(&one).is_some() && allowing.examine(&one).is_none());
            prop_assert_eq!(plain.examine(other), allowing.examine(other));
        }
    }
}
