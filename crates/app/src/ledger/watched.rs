//! Which campaign a name belongs to.

use std::collections::HashMap;

use unhook_model::{CampaignId, Hostname};

/// The most names that are watched for at once.
pub const MOST_WATCHED: usize = 100_000;

/// Names of campaigns. A name stands for itself and all below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched(HashMap<Box<str>, CampaignId>);

impl Watched {
    /// Of two campaigns with the same name, the one with the smaller id has it.
    #[must_use]
    pub fn of(names: impl IntoIterator<Item = (Hostname, CampaignId)>) -> Self {
        let mut watched: HashMap<Box<str>, CampaignId> = HashMap::new();
        for (name, campaign) in names.into_iter().take(MOST_WATCHED) {
            let known = watched.entry(name.as_str().into()).or_insert(campaign);
            *known = campaign.min(*known);
        }
        Self(watched)
    }

    /// The campaign whose name this is, or lies below; the longest name counts. `name` is in lower
    /// case and without a dot at its end.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<CampaignId> {
        self.claim(name).map(|(_, campaign)| campaign)
    }

    /// The same, with the name that the campaign claims.
    #[must_use]
    pub fn claim<'n>(&self, name: &'n str) -> Option<(&'n str, CampaignId)> {
        if self.0.is_empty() {
            return None;
        }
        let mut rest = name;
        loop {
            if let Some(campaign) = self.0.get(rest) {
                return Some((rest, *campaign));
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// The names that another did not have, or had for another campaign.
    pub fn beyond<'w>(&'w self, other: &'w Self) -> impl Iterator<Item = (&'w str, CampaignId)> {
        let new = self.0.iter().filter(|(name, campaign)| other.0.get(*name) != Some(campaign));
        new.map(|(name, campaign)| (&**name, *campaign))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_all_below_it() {
        let campaign = |n| CampaignId::from_bytes([n; 16]);
        let host = |name| Hostname::parse(name).unwrap();
        let watched = Watched::of([
            (host("acme-okta.example"), campaign(2)),
            (host("sso.acme-okta.example"), campaign(3)),
            (host("acme-okta.example"), campaign(1)),
        ]);
        for (name, expected) in [
            ("acme-okta.example", Some(1)),
            ("www.acme-okta.example", Some(1)),
            ("a.sso.acme-okta.example", Some(3)),
            ("notacme-okta.example", None),
            ("example", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(watched.find(name), expected.map(campaign), "{name}");
        }
        let before = Watched::of([(host("acme-okta.example"), campaign(1))]);
        let new: Vec<_> = watched.beyond(&before).collect();
        assert_eq!(new, [("sso.acme-okta.example", campaign(3))]);
    }
}
