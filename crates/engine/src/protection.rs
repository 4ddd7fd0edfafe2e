//! What may be kept from resolving, and what never.
//!
//! A [`Blockable`] is the proof that a name may be blocked. Nothing but [`Protected::permit`] makes
//! one: it has no public field, no `From`, no deserialiser. So whichever door a name came in
//! by (a person, the API, an import, a peer, the journal of another day), it is proven
//! here, and proven again whenever what is known changes.
//!
//! A block holds for a name and all below it. So it is refused for a name that is protected, one
//! that lies below what is ours, and one that has something protected below it.
//!
//! Two built-in lists grow old: that of well-known names, and the Public Suffix List. [`Popular`] holds what
//! newer ones say beside them. They only ever protect more; neither changes how a text is judged.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use unhook_detect::Knowledge;
use unhook_detect::knowledge::Owner;
use unhook_model::Hostname;

/// Well-known names, which nobody's people can do without: a list of our own. What
/// `unhook lists update` brings comes beside it, as [`Popular`].
const WELL_KNOWN: &str = include_str!("../data/well-known.txt");

static BUILT_IN: LazyLock<HashSet<&str>> = LazyLock::new(|| names_in(WELL_KNOWN).collect());

/// A name that may be blocked, with all below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blockable(Hostname);

impl Blockable {
    /// The name.
    #[must_use]
    pub const fn name(&self) -> &Hostname {
        &self.0
    }

    /// The name, no longer proven.
    #[must_use]
    pub fn into_name(self) -> Hostname {
        self.0
    }
}

/// Why a name cannot be blocked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Forbidden {
    /// It is a public suffix (ICANN's or a private one): everybody's names lie below it.
    #[error("`{name}` is a public suffix; block a domain or a host below it")]
    PublicSuffix {
        /// The name.
        name: Hostname,
    },
    /// Anybody can have a name or a page there.
    #[error("`{name}` lends names to anybody; block the one host below it")]
    Shared {
        /// The name.
        name: Hostname,
    },
    /// It is the organization's own, or one it signs in with.
    #[error("`{name}` is the organization's own, or it signs in there")]
    Own {
        /// The name.
        name: Hostname,
    },
    /// The organization allows it, or has a partner there.
    #[error("`{name}` is allowed, or a partner's")]
    Allowed {
        /// The name.
        name: Hostname,
    },
    /// It is a known brand's own.
    #[error("`{name}` is {brand}'s own")]
    Brand {
        /// The name.
        name: Hostname,
        /// Whose.
        brand: String,
    },
    /// Very many use it.
    #[error("`{name}` belongs to `{popular}`, which very many use")]
    Popular {
        /// The name.
        name: Hostname,
        /// The well-known name that it is, or lies below.
        popular: String,
    },
    /// A name that is protected lies below it.
    #[error("`{below}` lies below `{name}` and is protected")]
    Above {
        /// The name.
        name: Hostname,
        /// What lies below it.
        below: String,
    },
}

/// What newer lists than the built-in ones protect: names that very many use, and public suffixes.
#[derive(Clone, Debug, Default)]
pub struct Popular {
    names: HashSet<Box<str>>,
    /// Each name that a popular one lies below, with one such.
    above: HashMap<Box<str>, Box<str>>,
    suffixes: Suffixes,
}

impl Popular {
    /// Reads a list: a name a line, or `rank,name` as Tranco writes; `#` begins a comment. What is
    /// no name is passed over.
    #[must_use]
    pub fn read(list: &str) -> Self {
        let mut popular = Self::default();
        popular.add(list);
        popular
    }

    /// Adds the names of another list.
    pub fn add(&mut self, list: &str) {
        let names = names_in(list).map(|line| line.rsplit(',').next().unwrap_or(line));
        for name in names.filter_map(|name| Hostname::parse(name.trim()).ok()) {
            let mut rest = name.as_str();
            while let Some((_, parent)) = rest.split_once('.')
                && psl::domain_str(parent).is_some()
            {
                self.above.entry(parent.into()).or_insert_with(|| name.as_str().into());
                rest = parent;
            }
            self.names.insert(name.as_str().into());
        }
    }

    /// Adds public suffixes, in the rules that publicsuffix.org writes: `co.uk`, `*.ck`, `!www.ck`. Those
    /// that are built in are known already.
    pub fn add_suffixes(&mut self, rules: &str) {
        names_in(rules).for_each(|rule| self.suffixes.add(rule));
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn contains(&self, name: &str) -> bool {
        self.names.contains(name) || BUILT_IN.contains(name)
    }
}

/// Public suffixes that the built-in list does not know.
#[derive(Clone, Debug, Default)]
struct Suffixes {
    names: HashSet<Box<str>>,
    /// Every name right below one of these is a suffix, but for the exceptions.
    wildcards: HashSet<Box<str>>,
    exceptions: HashSet<Box<str>>,
}

impl Suffixes {
    fn add(&mut self, rule: &str) {
        // A suffix of one label is no host name by itself.
        let read = |name: &str| {
            let below = Hostname::parse(&format!("x.{name}")).ok()?;
            below.as_str().strip_prefix("x.").map(Box::<str>::from)
        };
        if let Some(name) = rule.strip_prefix('!').and_then(read) {
            self.exceptions.insert(name);
        } else if let Some(parent) = rule.strip_prefix("*.").and_then(read) {
            // Above many suffixes, it is everybody's as much as they are.
            self.names.insert(parent.clone());
            self.wildcards.insert(parent);
        } else if let Some(name) = read(rule)
            && psl::domain_str(&name).is_some()
        {
            self.names.insert(name);
        }
    }

    fn contains(&self, name: &str) -> bool {
        if self.names.contains(name) {
            return true;
        }
        let is_below = name.split_once('.').is_some_and(|(_, rest)| self.wildcards.contains(rest));
        is_below && !self.exceptions.contains(name)
    }
}

/// What must go on resolving.
#[derive(Clone, Debug)]
pub struct Protected {
    knowledge: Arc<Knowledge>,
    popular: Arc<Popular>,
    /// Each name that something protected lies below, with one such.
    above: Arc<HashMap<Box<str>, Box<str>>>,
}

impl Protected {
    /// What is known of the organization, and what very many use.
    #[must_use]
    pub fn new(knowledge: Arc<Knowledge>, popular: Arc<Popular>) -> Self {
        let mut above = HashMap::new();
        let organization = knowledge.organization();
        let spoken_for = organization.identity_providers.iter().map(|name| name.to_lowercase());
        for name in knowledge.owned_names().map(str::to_owned).chain(spoken_for) {
            let mut rest = name.as_str();
            while let Some((_, parent)) = rest.split_once('.') {
                above.entry(parent.into()).or_insert_with(|| name.as_str().into());
                rest = parent;
            }
        }
        Self { knowledge, popular, above: Arc::new(above) }
    }

    /// Proves that a name may be blocked.
    ///
    /// # Errors
    /// Says what speaks against it.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use unhook_detect::Knowledge;
    /// use unhook_engine::protection::{Popular, Protected};
    /// use unhook_model::Hostname;
    ///
    /// let protected = Protected::new(Arc::new(Knowledge::builtin()), Arc::new(Popular::default()));
    /// assert!(protected.permit(&Hostname::parse("acme-okta.example").unwrap()).is_ok());
    /// assert!(protected.permit(&Hostname::parse("evil.pages.dev").unwrap()).is_ok());
    /// assert!(protected.permit(&Hostname::parse("pages.dev").unwrap()).is_err());
    /// ```
    pub fn permit(&self, name: &Hostname) -> Result<Blockable, Forbidden> {
        let given = || name.clone();
        let Some(registrable) = psl::domain_str(name.as_str()) else {
            return Err(Forbidden::PublicSuffix { name: given() });
        };
        if self.popular.suffixes.contains(name.as_str()) {
            return Err(Forbidden::PublicSuffix { name: given() });
        }
        let providers = &self.knowledge.organization().identity_providers;
        if providers.iter().any(|provider| name.is_within(&provider.to_lowercase())) {
            return Err(Forbidden::Own { name: given() });
        }
        match self.knowledge.owner_of(name) {
            Some(Owner::Organization) => return Err(Forbidden::Own { name: given() }),
            Some(Owner::Allowed) => return Err(Forbidden::Allowed { name: given() }),
            Some(Owner::Brand(id)) => {
                let brand = self.knowledge.brand(id).name.clone();
                return Err(Forbidden::Brand { name: given(), brand });
            }
            None => {}
        }
        if self.knowledge.lends_names(name) {
            return Err(Forbidden::Shared { name: given() });
        }
        if let Some(popular) = self.popular_of(name, registrable) {
            return Err(Forbidden::Popular { name: given(), popular });
        }
        let below = self.above.get(name.as_str()).or_else(|| self.popular.above.get(name.as_str()));
        if let Some(below) = below {
            return Err(Forbidden::Above { name: given(), below: below.to_string() });
        }
        Ok(Blockable(given()))
    }

    /// The popular name that a name is or lies below, from its registrable domain down. Hosts below
    /// one that lends names, or below a suffix, are each somebody's, however popular it is.
    fn popular_of(&self, name: &Hostname, registrable: &str) -> Option<String> {
        let levels = || name.levels().take_while(|rest| rest.len() >= registrable.len());
        let popular = levels().find(|rest| self.popular.contains(rest))?;
        let is_everybodys = |rest: &str| {
            self.popular.suffixes.contains(rest)
                || Hostname::parse(rest).is_ok_and(|rest| self.knowledge.lends_names(&rest))
        };
        let mut up_to_it = levels().take_while(|rest| rest.len() >= popular.len());
        (!up_to_it.any(is_everybodys)).then(|| popular.to_owned())
    }
}

fn names_in(list: &str) -> impl Iterator<Item = &str> {
    let lines = list.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use unhook_model::Organization;

    use super::*;

    fn protected() -> Protected {
        let organization = Organization {
            name: "Acme".to_owned(),
            owned_domains: vec!["acme.example".to_owned()],
            vendor_tenants: vec!["acme.workday.example".to_owned()],
            identity_providers: vec!["okta.com".to_owned()],
            allow: vec!["fine.test".to_owned()],
            partners: vec!["partner.test".to_owned()],
            ..Organization::default()
        };
        let knowledge = Knowledge::for_organization(&organization);
        let popular = Popular::read("1,much-visited.test\n# a comment\nnews.test\nno name\n");
        Protected::new(Arc::new(knowledge), Arc::new(popular))
    }

    fn check(name: &str) -> Result<Blockable, Forbidden> {
        protected().permit(&Hostname::parse(name).unwrap())
    }

    #[test]
    fn an_attackers_name_may_be_blocked() {
        let names =
            ["acme-okta.test", "acme.workday-example.test", "evil.pages.dev", "evil.github.io"];
        for name in names {
            assert_eq!(check(name).unwrap().name().as_str(), name);
        }
    }

    #[test]
    fn what_must_resolve_is_refused_with_its_reason() {
        type Expected = fn(&Forbidden) -> bool;
        let cases: [(&str, Expected); 15] = [
            ("co.uk", |why| matches!(why, Forbidden::PublicSuffix { .. })),
            ("pages.dev", |why| matches!(why, Forbidden::PublicSuffix { .. })),
            ("github.io", |why| matches!(why, Forbidden::PublicSuffix { .. })),
            ("bit.ly", |why| matches!(why, Forbidden::Shared { .. })),
            ("acme.example", |why| matches!(why, Forbidden::Own { .. })),
            ("sso.acme.example", |why| matches!(why, Forbidden::Own { .. })),
            ("acme.workday.example", |why| matches!(why, Forbidden::Own { .. })),
            ("okta.com", |why| matches!(why, Forbidden::Own { .. })),
            ("acme.okta.com", |why| matches!(why, Forbidden::Own { .. })),
            ("fine.test", |why| matches!(why, Forbidden::Allowed { .. })),
            ("portal.partner.test", |why| matches!(why, Forbidden::Allowed { .. })),
            ("www.paypal.com", |why| matches!(why, Forbidden::Brand { .. })),
            ("much-visited.test", |why| matches!(why, Forbidden::Popular { .. })),
            ("www.news.test", |why| matches!(why, Forbidden::Popular { .. })),
            ("workday.example", |why| matches!(why, Forbidden::Above { .. })),
        ];
        for (name, is_expected) in cases {
            let why = check(name).expect_err(name);
            assert!(is_expected(&why), "{name}: {why}");
        }
    }

    #[test]
    fn a_newer_list_of_suffixes_protects_them_and_not_what_lies_below() {
        let mut popular = Popular::read("hosting.test\ncdn.shop.test\n");
        popular.add_suffixes("com\nhosting.test\n*.region.test\n!www.region.test\n*.zz\n");
        let knowledge = Arc::new(Knowledge::for_organization(&Organization::default()));
        let protected = Protected::new(knowledge, Arc::new(popular));
        let check = |name: &str, is_allowed: bool| {
            let answer = protected.permit(&Hostname::parse(name).unwrap());
            assert_eq!(answer.is_ok(), is_allowed, "{name}: {answer:?}");
        };
        check("hosting.test", false);
        check("evil.hosting.test", true);
        check("login.evil.hosting.test", true);
        check("region.test", false);
        check("north.region.test", false);
        check("evil.north.region.test", true);
        check("www.region.test", true);
        check("city.zz", false);
        check("evil.city.zz", true);
        // What has something protected below it.
        check("shop.test", false);
        check("evil.shop.test", true);
        check("www.cdn.shop.test", false);
    }

    #[test]
    fn well_known_names_are_names() {
        let is_name = |name: &str| Hostname::parse(name).is_ok_and(|read| read.as_str() == name);
        let wrong = names_in(WELL_KNOWN).filter(|n| !is_name(n) || psl::domain_str(n).is_none());
        assert_eq!(wrong.collect::<Vec<_>>(), [""; 0], "no names, or public suffixes");
    }
}
