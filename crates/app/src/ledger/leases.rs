//! Who had which address or device, and when.
//!
//! An address leads to a person at once (a VPN, RADIUS) or by a device (DHCP says which device had the
//! address, MDM whose it is). Two holders at the same moment are nobody: that is a shared address.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use unhook_model::{PersonId, Timestamp};

use super::{Accounts, Holder, Lease};
use crate::resolving::Client;

/// The most leases that are remembered: some weeks of a large organization.
pub const MOST_LEASES: usize = 500_000;

/// The most leases of one client: what flaps counts no further.
pub const MOST_LEASES_OF_CLIENT: usize = 2_000;

/// How long an address is taken to be somebody's when nothing says until when: a working day with a
/// long evening. A device stays somebody's until it is another's.
pub const LONGEST_OPEN_LEASE: Duration = Duration::from_secs(16 * 3_600);

/// Whose a client was at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// This person's.
    Persons(PersonId),
    /// More than one had it.
    Shared,
    /// Nobody knows.
    Nobodys,
}

/// Who holds something, with the person where the account is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    By(PersonId),
    ByDevice(Arc<str>),
    /// An account that nobody is known to have.
    BySomebody(Box<str>),
}

/// What tells the leases of a client apart: what the log says, or when they began.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Named(Box<str>),
    Since(Timestamp),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from: Timestamp,
    until: Option<Timestamp>,
}

/// All leases.
#[derive(Debug, Default)]
pub(super) struct Leases {
    of: HashMap<Client, BTreeMap<(Held, Key), Span>>,
    count: usize,
    left_out: u64,
}

impl Leases {
    /// Remembers a lease; says whether that changes anything.
    pub(super) fn add(&mut self, lease: Lease, accounts: &dyn Accounts) -> bool {
        let held = match lease.holder {
            Holder::Device(device) => Held::ByDevice(device),
            Holder::Account(account) => match accounts.person(&account) {
                Some(person) => Held::By(person),
                None => Held::BySomebody(account),
            },
        };
        let key = lease.key.map_or(Key::Since(lease.from), Key::Named);
        let span = Span { from: lease.from, until: lease.until };
        let leases = self.of.entry(lease.client).or_default();
        if let Some(known) = leases.get_mut(&(held.clone(), key.clone())) {
            let joined = known.joined(span);
            return std::mem::replace(known, joined) != joined;
        }
        if leases.len() >= MOST_LEASES_OF_CLIENT || self.count >= MOST_LEASES {
            self.left_out += 1;
            return false;
        }
        leases.insert((held, key), span);
        self.count += 1;
        true
    }

    /// How many were left out, beyond the bounds.
    pub(super) const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Whose a client was at a moment.
    pub(super) fn whose(&self, client: &Client, at: Timestamp) -> Whose {
        let mut persons = BTreeSet::new();
        let mut others = 0;
        for held in self.holders(client, at) {
            match held {
                Held::By(person) => _ = persons.insert(*person),
                Held::BySomebody(_) => others += 1,
                Held::ByDevice(device) => {
                    match self.whose_device(&Client::Device(Arc::clone(device)), at) {
                        Whose::Persons(person) => _ = persons.insert(person),
                        Whose::Shared => return Whose::Shared,
                        Whose::Nobodys => others += 1,
                    }
                }
            }
        }
        match (persons.len(), others, persons.first()) {
            (1, 0, Some(person)) => Whose::Persons(*person),
            (0, 0 | 1, _) => Whose::Nobodys,
            _ => Whose::Shared,
        }
    }

    /// Whose a device was; one that is another device's again leads nowhere.
    fn whose_device(&self, device: &Client, at: Timestamp) -> Whose {
        let holders = self.holders(device, at);
        match (holders.len(), holders.first()) {
            (0, _) => Whose::Nobodys,
            (1, Some(Held::By(person))) => Whose::Persons(*person),
            (1, _) => Whose::Nobodys,
            _ => Whose::Shared,
        }
    }

    fn holders(&self, client: &Client, at: Timestamp) -> BTreeSet<&Held> {
        let Some(leases) = self.of.get(client) else { return BTreeSet::new() };
        let is_device = matches!(client, Client::Device(_));
        let covers = |held: &Held, span: &Span| {
            at >= span.from
                && match span.until {
                    Some(until) => at < until,
                    None => {
                        let begun_since = leases
                            .iter()
                            .any(|((h, _), s)| h != held && s.from > span.from && s.from <= at);
                        !begun_since && (is_device || at < span.from.plus(LONGEST_OPEN_LEASE))
                    }
                }
        };
        let covering = leases.iter().filter(|((held, _), span)| covers(held, span));
        covering.map(|((held, _), _)| held).collect()
    }

    /// Who had something in a span: those whom somebody could have seen.
    pub(super) fn people_between(&self, from: Timestamp, to: Timestamp) -> BTreeSet<PersonId> {
        let is_in = |span: &Span| span.from <= to && span.until.is_none_or(|until| until > from);
        let held = self.of.values().flatten().filter(|(_, span)| is_in(span));
        let person = |held: &Held| match held {
            Held::By(person) => Some(*person),
            _ => None,
        };
        held.filter_map(|((held, _), _)| person(held)).collect()
    }
}

impl Span {
    /// Two lines about the same: it began when the earlier says, and ended when one says so.
    fn joined(self, other: Self) -> Self {
        let until = match (self.until, other.until) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
        Self { from: self.from.min(other.from), until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Client = Client::Address(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    struct Two;

    impl Accounts for Two {
        fn person(&self, account: &str) -> Option<PersonId> {
            ["ann", "bob"].iter().position(|known| *known == account).map(person)
        }

        fn mark(&self, client: &Client) -> String {
            format!("{client:?}")
        }
    }

    fn person(n: usize) -> PersonId {
        PersonId::from_bytes([n as u8; 16])
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_unix_ms(minute * 60_000)
    }

    fn account(name: &str) -> Holder {
        Holder::Account(name.into())
    }

    fn leases(all: &[(Client, Holder, i64, Option<i64>)]) -> Leases {
        let mut leases = Leases::default();
        for (client, holder, from, until) in all.iter().cloned() {
            let (from, until) = (at(from), until.map(at));
            leases.add(Lease { client, holder, from, until, key: None }, &Two);
        }
        leases
    }

    #[test]
    fn an_address_is_whose_it_was_then() {
        let all = [
            (ADDRESS, account("ann"), 0, Some(60)),
            (ADDRESS, account("bob"), 60, None),
            (ADDRESS, account("eve"), 120, None),
        ];
        let leases = leases(&all);
        for (minute, expected) in [
            (-1, Whose::Nobodys),
            (0, Whose::Persons(person(0))),
            (59, Whose::Persons(person(0))),
            (60, Whose::Persons(person(1))),
            (119, Whose::Persons(person(1))),
            (120, Whose::Nobodys),
        ] {
            assert_eq!(leases.whose(&ADDRESS, at(minute)), expected, "{minute}");
        }
        assert!(leases.people_between(at(10), at(20)).contains(&person(0)));
        assert!(!leases.people_between(at(60), at(70)).contains(&person(0)));
    }

    #[test]
    fn an_address_of_two_is_nobodys() {
        let both =
            [(ADDRESS, account("ann"), 0, Some(60)), (ADDRESS, account("bob"), 30, Some(90))];
        let both = leases(&both);
        assert_eq!(both.whose(&ADDRESS, at(10)), Whose::Persons(person(0)));
        assert_eq!(both.whose(&ADDRESS, at(45)), Whose::Shared);
        // Somebody unknown had it as well: it need not have been Ann.
        let unknown =
            [(ADDRESS, account("ann"), 0, Some(60)), (ADDRESS, account("eve"), 0, Some(60))];
        assert_eq!(leases(&unknown).whose(&ADDRESS, at(10)), Whose::Shared);
    }

    #[test]
    fn a_device_leads_to_its_owner() {
        let laptop: Arc<str> = "laptop".into();
        let device = Client::Device(Arc::clone(&laptop));
        let all = [
            (ADDRESS, Holder::Device(Arc::clone(&laptop)), 0, Some(60)),
            (device.clone(), account("ann"), -1_000_000, None),
        ];
        assert_eq!(leases(&all).whose(&ADDRESS, at(10)), Whose::Persons(person(0)));
        assert_eq!(leases(&all[..1]).whose(&ADDRESS, at(10)), Whose::Nobodys);
        let own = [(device.clone(), Holder::Device(laptop), 0, None)];
        assert_eq!(leases(&own).whose(&device, at(10)), Whose::Nobodys);
    }

    #[test]
    fn an_open_lease_ends_by_itself() {
        let open = leases(&[(ADDRESS, account("ann"), 0, None)]);
        assert_eq!(open.whose(&ADDRESS, at(15 * 60)), Whose::Persons(person(0)));
        assert_eq!(open.whose(&ADDRESS, at(16 * 60)), Whose::Nobodys);
    }

    #[test]
    fn a_later_line_ends_a_session() {
        let mut leases = Leases::default();
        let session = |until: Option<i64>| Lease {
            client: ADDRESS,
            holder: account("ann"),
            from: at(0),
            until: until.map(at),
            key: Some("s1".into()),
        };
        assert!(leases.add(session(Some(30)), &Two));
        assert!(!leases.add(session(None), &Two), "that it began says nothing new");
        assert_eq!(leases.whose(&ADDRESS, at(40)), Whose::Nobodys);
    }

    #[test]
    fn what_flaps_is_bounded() {
        let mut leases = Leases::default();
        for minute in 0..MOST_LEASES_OF_CLIENT as i64 + 5 {
            let (client, holder) = (ADDRESS, account("ann"));
            let (from, until) = (at(minute), Some(at(minute + 1)));
            leases.add(Lease { client, holder, from, until, key: None }, &Two);
        }
        assert_eq!((leases.count, leases.left_out()), (MOST_LEASES_OF_CLIENT, 5));
    }
}
