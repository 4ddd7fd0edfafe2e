//! What was somebody's before: from which countries and networks they signed in, and with what.
//!
//! Providers tell of that in part or not at all, so it is judged here, of whatever logs were given. Only the first and
//! the last time of each value is kept, so the order of lines does not matter. Where nothing
//! earlier is known, nothing is new. What providers write differently is compared with its own kind alone.
//! `hosting.txt` names networks in which nobody sits at a desk.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use unhook_model::Timestamp;

/// The most values of each kind that are remembered of one person: who travels all the time has fewer countries, and
/// fewer networks that last.
pub const MOST_HABITS: usize = 32;

/// A kind of value that is compared with others of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// As `US`, which Entra and Google write.
    CountryCode,
    /// As `United States`, which Okta writes.
    CountryName,
    /// The number of a network.
    Asn,
    /// Whose it is, where there is no number.
    Organization,
    /// The id of a device, with its length: each provider has ids of its own form, and the first at another is no
    /// new device.
    Device(u8),
    /// Whether the organization manages it.
    Managed,
}

/// A value of a kind.
pub(super) type Trait = (Kind, Box<str>);

/// What was somebody's, and when first and last.
#[derive(Debug, Default)]
pub(super) struct Habits(BTreeMap<Kind, BTreeMap<Box<str>, (Timestamp, Timestamp)>>);

impl Habits {
    /// Learns that something was theirs at a moment. Beyond the bound, what was not theirs for longest goes.
    pub(super) fn learn(&mut self, traits: impl IntoIterator<Item = Trait>, at: Timestamp) {
        for (kind, value) in traits {
            let values = self.0.entry(kind).or_default();
            let (first, last) = values.entry(value).or_insert((at, at));
            (*first, *last) = (at.min(*first), at.max(*last));
            if values.len() > MOST_HABITS {
                let oldest = values.iter().min_by_key(|(value, (_, last))| (*last, *value));
                let oldest = oldest.map(|(value, _)| value.clone());
                oldest.map(|value| values.remove(&value));
            }
        }
    }

    /// Forgets what was last theirs before a moment.
    pub(super) fn forget(&mut self, before: Timestamp) {
        self.0.retain(|_, values| {
            values.retain(|_, (_, last)| *last >= before);
            !values.is_empty()
        });
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something was theirs before a moment.
    pub(super) fn had(&self, (kind, value): &Trait, before: Timestamp) -> bool {
        let first = self.0.get(kind).and_then(|values| values.get(value));
        first.is_some_and(|(first, _)| *first < before)
    }

    /// Whether something was not theirs before a moment, where others of its kind were.
    pub(super) fn is_new(&self, new: &Trait, before: Timestamp) -> bool {
        let mut values = self.0.get(&new.0).into_iter().flat_map(BTreeMap::values);
        values.any(|(first, _)| *first < before) && !self.had(new, before)
    }
}

/// What stands for a country.
pub(super) fn country(text: &str) -> Trait {
    let is_code = text.len() == 2;
    (if is_code { Kind::CountryCode } else { Kind::CountryName }, text.to_lowercase().into())
}

/// What stands for a network, by its number where there is one.
pub(super) fn network(asn: Option<u32>, organization: Option<&str>) -> Option<Trait> {
    let by_name = || Some((Kind::Organization, organization?.to_lowercase().into()));
    asn.map(|asn| (Kind::Asn, asn.to_string().into())).or_else(by_name)
}

/// What stands for a device.
pub(super) fn device(id: &str) -> Trait {
    (Kind::Device(id.len().min(255) as u8), id.into())
}

/// What stands for a device being managed or not.
pub(super) fn managed(is_managed: bool) -> Trait {
    (Kind::Managed, if is_managed { "yes" } else { "no" }.into())
}

/// The list of networks that are for rent, as it is in the file.
struct Hosting {
    numbers: Vec<u32>,
    words: Vec<&'static str>,
}

static HOSTING: LazyLock<Hosting> = LazyLock::new(|| {
    let lines = || include_str!("hosting.txt").lines();
    let number = |line: &str| line.strip_prefix("AS")?.split(' ').next()?.parse().ok();
    let words = lines().filter_map(|line| line.strip_prefix("word "));
    Hosting { numbers: lines().filter_map(number).collect(), words: words.collect() }
});

/// Whether a network is for rent.
pub(super) fn is_hosting(asn: Option<u32>, organization: Option<&str>) -> bool {
    let organization = organization.unwrap_or_default().to_lowercase();
    asn.is_some_and(|asn| HOSTING.numbers.contains(&asn))
        || HOSTING.words.iter().any(|word| organization.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_unix_ms(minute * 60_000)
    }

    #[test]
    fn what_was_never_theirs_is_new_where_anything_is_known() {
        let mut habits = Habits::default();
        assert!(!habits.is_new(&country("RO"), at(10)), "nothing is known");
        habits.learn([country("US")], at(5));
        for (value, before, expected) in [
            (country("RO"), 10, true),
            (country("us"), 10, false),
            (country("RO"), 5, false),
            (country("Romania"), 10, false),
            (managed(false), 10, false),
        ] {
            assert_eq!(habits.is_new(&value, at(before)), expected, "{value:?} {before}");
        }
        habits.learn([country("RO")], at(20));
        assert!(habits.is_new(&country("RO"), at(10)), "it was theirs only later");
        habits.learn([country("RO")], at(1));
        assert!(!habits.is_new(&country("RO"), at(10)), "a late line says that it was theirs");
    }

    #[test]
    fn habits_are_bounded_and_the_oldest_goes() {
        let mut habits = Habits::default();
        for n in 0..2 * MOST_HABITS as u32 {
            habits.learn(network(Some(n), None), at(n.into()));
        }
        assert_eq!(habits.0[&Kind::Asn].len(), MOST_HABITS);
        let had = |n| habits.had(&network(Some(n), None).unwrap(), at(1_000));
        assert!(!had(0) && had(2 * MOST_HABITS as u32 - 1));
    }

    #[test]
    fn networks_for_rent_are_known_by_number_or_name() {
        assert!(is_hosting(Some(9_009), None));
        assert!(is_hosting(Some(64_500), Some("Example Hosting Ltd")));
        assert!(!is_hosting(Some(64_500), Some("Example Telecom")) && !is_hosting(None, None));
        assert!(HOSTING.numbers.len() > 20 && HOSTING.words.iter().all(|word| word.len() > 2));
        assert!(!is_hosting(Some(8_075), Some("Microsoft Corporation")));
    }
}
