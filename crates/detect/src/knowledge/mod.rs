//! What is known for all messages: brands and who owns which domain, phrases and their
//! meanings, kinds of hosts, the text model, and what the organization says of itself.
//!
//! A [`Knowledge`] is a snapshot: built once, never changed, shared by reference, replaced
//! whole. It holds no facts about one message; those come as [`unhook_model::Facts`].

mod catalogue;
mod hosts;
mod phones;
mod vocabulary;

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use unhook_model::{Brand, Hostname, Organization, PhoneNumber};

use crate::classify::Model;
use crate::lookalike::LookalikeIndex;
use crate::text::host::{registrable, suffix};
use crate::text::phrases::{Matching, PhraseTable};

pub(crate) use catalogue::sector_of_domain;
pub use hosts::HostKind;
pub(crate) use hosts::{is_tenant, is_tenant_host};
pub use vocabulary::Category;

/// A brand within one snapshot of knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BrandId(u16);

/// What a phrase in the common table stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A sign of something.
    Phrase(Category),
    /// A brand's name.
    Brand(BrandId),
}

/// To whom a host belongs, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The organization itself: an owned domain, a vendor's tenant, an identity provider.
    Organization,
    /// Allowed or a partner's, by the organization's word.
    Allowed,
    /// A brand.
    Brand(BrandId),
}

/// A snapshot of what is known for all messages.
#[derive(Debug)]
pub struct Knowledge {
    organization: Organization,
    brands: Vec<Brand>,
    ordinary: Vec<bool>,
    phrases: PhraseTable<Meaning>,
    owners: HashMap<Box<str>, Owner>,
    senders: HashMap<Box<str>, Owner>,
    hosts: hosts::HostLists,
    indicators: HashSet<Box<str>>,
    /// Compiled when the first foreign host comes: most texts have none.
    lookalikes: OnceLock<LookalikeIndex>,
    model: Model,
}

impl Knowledge {
    /// The built-in catalogue of brands, for consumers.
    #[must_use]
    pub fn builtin() -> Self {
        Self::for_organization(&Organization::default())
    }

    /// The built-in catalogue and what an organization says of itself, which goes before.
    #[must_use]
    pub fn for_organization(organization: &Organization) -> Self {
        let mut brands = organization.brands.clone();
        let own: HashSet<String> = brands.iter().map(|brand| brand.name.to_lowercase()).collect();
        brands
            .extend(catalogue::brands().filter(|brand| !own.contains(&brand.name.to_lowercase())));
        let ordinary: Vec<bool> = brands.iter().map(is_ordinary).collect();
        Self {
            phrases: phrase_table(&brands),
            owners: owners(organization, &brands),
            senders: senders(organization, &brands),
            hosts: hosts::HostLists::builtin(),
            indicators: HashSet::new(),
            lookalikes: OnceLock::new(),
            model: Model::embedded(),
            organization: organization.clone(),
            brands,
            ordinary,
        }
    }

    /// The same with another text model, for training and evaluation.
    #[must_use]
    pub fn with_model(mut self, model: Model) -> Self {
        self.model = model;
        self
    }

    /// The same with domains and senders known to be hostile.
    #[must_use]
    pub fn with_indicators<'i>(mut self, indicators: impl IntoIterator<Item = &'i str>) -> Self {
        self.indicators.extend(indicators.into_iter().map(|i| i.to_lowercase().into()));
        self
    }

    /// The organization whose people are protected; empty for consumers.
    #[must_use]
    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    /// The brand of this id.
    #[must_use]
    pub fn brand(&self, id: BrandId) -> &Brand {
        &self.brands[usize::from(id.0)]
    }

    /// Every brand, the organization's own first.
    #[must_use]
    pub fn brands(&self) -> &[Brand] {
        &self.brands
    }

    /// Whether a brand is one of the organization's own.
    #[must_use]
    pub fn is_own(&self, id: BrandId) -> bool {
        usize::from(id.0) < self.organization.brands.len()
    }

    /// Whether a brand's name is an everyday word.
    #[must_use]
    pub fn is_ordinary(&self, id: BrandId) -> bool {
        self.ordinary[usize::from(id.0)]
    }

    /// Phrases and brand names.
    #[must_use]
    pub fn phrases(&self) -> &PhraseTable<Meaning> {
        &self.phrases
    }

    /// To whom a host belongs, by the longest known name it lies within.
    #[must_use]
    pub fn owner_of(&self, host: &Hostname) -> Option<Owner> {
        let mut rest = host.as_str();
        loop {
            if let Some(owner) = self.owners.get(rest) {
                return Some(*owner);
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// To whom a sender id or short code belongs.
    #[must_use]
    pub fn owner_of_sender(&self, sender: &str) -> Option<Owner> {
        let folded = sender.to_lowercase();
        // Indian headers carry a two-letter route before the name and a letter after it.
        let bare = folded.split('-').find(|part| part.len() > 2).unwrap_or(&folded);
        self.senders.get(folded.as_str()).or_else(|| self.senders.get(bare)).copied()
    }

    /// What kind of service a host is, when it is one that lends names to anybody.
    #[must_use]
    pub fn host_kind(&self, host: &Hostname) -> Option<HostKind> {
        self.hosts.kind(host.as_str())
    }

    /// Whether this very name is one below which anybody can have a name or a page.
    #[must_use]
    pub fn lends_names(&self, host: &Hostname) -> bool {
        hosts::is_tenant_host(host.as_str()) || self.hosts.is_listed(host.as_str())
    }

    /// Every name that is somebody's known own: the organization's, what it allows, the brands'.
    pub fn owned_names(&self) -> impl Iterator<Item = &str> {
        self.owners.keys().map(|name| &**name)
    }

    /// Whether a host's suffix is one that lures use far beyond its share.
    #[must_use]
    pub fn has_cheap_suffix(&self, host: &Hostname) -> bool {
        self.hosts.is_cheap(suffix(host.as_str()))
    }

    /// How many words that lures are made of stand in a name without its public suffix, up
    /// to the most that is worth counting.
    #[must_use]
    pub fn lure_words_in(&self, name: &str) -> u8 {
        self.hosts.lure_words_in(name)
    }

    /// The ISO 3166-1 codes of the countries that an international number may come from,
    /// between spaces.
    #[must_use]
    pub fn countries_of(&self, number: &PhoneNumber) -> Option<&'static str> {
        phones::countries(number)
    }

    /// Whether a host, its registrable domain or a sender is known to be hostile.
    #[must_use]
    pub fn is_indicator(&self, value: &str) -> bool {
        !self.indicators.is_empty()
            && (self.indicators.contains(value)
                || registrable(value).is_some_and(|domain| self.indicators.contains(domain)))
    }

    /// The compiled brands.
    #[must_use]
    pub fn lookalikes(&self) -> &LookalikeIndex {
        self.lookalikes.get_or_init(|| {
            let catalogue = &self.brands[self.organization.brands.len()..];
            let builder = LookalikeIndex::builder().organization(&self.organization);
            catalogue.iter().fold(builder, |builder, brand| builder.brand(brand)).build()
        })
    }

    /// The text model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }
}

fn ids(brands: &[Brand]) -> impl Iterator<Item = (BrandId, &Brand)> {
    (0_u16..).map(BrandId).zip(brands)
}

/// A name of up to three letters is taken for a word unless its owner says otherwise.
fn is_ordinary(brand: &Brand) -> bool {
    brand.ordinary_word.unwrap_or(brand.name.chars().count() <= 3)
}

fn phrase_table(brands: &[Brand]) -> PhraseTable<Meaning> {
    let names = ids(brands).flat_map(|(id, brand)| {
        let names = std::iter::once(&brand.name).chain(&brand.aliases);
        // Numbers are masked in texts: a name of digits alone would match any number.
        let names = names.filter(|name| name.contains(char::is_alphabetic));
        names.map(move |name| (name.as_str(), Meaning::Brand(id), Matching::Exact))
    });
    let phrases = catalogue::phrases()
        .map(|(phrase, category, matching)| (phrase, Meaning::Phrase(category), matching));
    PhraseTable::compile(names.chain(phrases))
}

fn owners(organization: &Organization, brands: &[Brand]) -> HashMap<Box<str>, Owner> {
    let mut owners = HashMap::new();
    for (id, brand) in ids(brands).collect::<Vec<_>>().into_iter().rev() {
        let owner = if usize::from(id.0) < organization.brands.len() {
            Owner::Organization
        } else {
            Owner::Brand(id)
        };
        owners.extend(brand.domains.iter().map(|domain| (key(domain), owner)));
    }
    let allowed = organization.allow.iter().chain(&organization.partners);
    owners.extend(allowed.map(|domain| (key(domain), Owner::Allowed)));
    let own = organization
        .owned_domains
        .iter()
        .chain(&organization.vendor_tenants)
        .chain(&organization.identity_providers)
        // Whoever names a whole service vouches for its other customers, too: not meant.
        .filter(|domain| !hosts::is_tenant_host(domain));
    owners.extend(own.map(|domain| (key(domain), Owner::Organization)));
    owners
}

fn senders(organization: &Organization, brands: &[Brand]) -> HashMap<Box<str>, Owner> {
    let mut senders = HashMap::new();
    for (id, brand) in ids(brands).collect::<Vec<_>>().into_iter().rev() {
        senders.extend(brand.senders.iter().map(|sender| (key(sender), Owner::Brand(id))));
    }
    senders.extend(organization.senders.iter().map(|sender| (key(sender), Owner::Organization)));
    senders
}

fn key(name: &str) -> Box<str> {
    name.to_lowercase().into()
}
