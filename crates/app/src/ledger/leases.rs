//! Who had which address or device, and when.
//!
//! An address leads to a person at once (a VPN, RADIUS) or by a device (DHCP says which device had the
//! address, MDM whose it is). Two holders at the same moment are nobody: that is a shared address.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use unhook_model::{PersonId, Timestamp};

use super::window::cutoff;
use super::{Accounts, Holder, Lease};
use crate::resolving::Client;

/// The most leases that are remembered: some weeks of a large organization.
pub const MOST_LEASES: usize = 500_000;

/// The most leases of one client: of what flaps, the oldest go.
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
    /// Before when leases had to go.
    since: Option<Timestamp>,
}

/// What became of a lease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Added {
    /// Whether it changes anything.
    pub(super) is_news: bool,
    /// Before when leases of this client had to go for it.
    pub(super) thinned: Option<Timestamp>,
}

impl Leases {
    /// Remembers a lease.
    pub(super) fn add(&mut self, lease: Lease, accounts: &dyn Accounts) -> Added {
        let held = match lease.holder {
            Holder::Device(device) => Held::ByDevice(device),
            Holder::Account(account) => match accounts.person(&account) {
                Some(person) => Held::By(person),
                None => Held::BySomebody(account),
            },
        };
        let client = lease.client;
        let leases = self.of.entry(client.clone()).or_default();
        let had = leases.len();
        let is_news = match lease.key {
            Some(key) => named(leases, (held, Key::Named(key)), lease.from, lease.until),
            None => match lease.until {
                Some(until) => renewed(leases, held, lease.from, until),
                None => opened(leases, held, lease.from),
            },
        };
        self.count = self.count + leases.len() - had;
        let mut thinned = None;
        if leases.len() > MOST_LEASES_OF_CLIENT {
            let before = cutoff(leases.values().map(|span| span.last(&client)).collect());
            self.left_out += drop_before(leases, before, |span| span.last(&client)) as u64;
            thinned = Some(before);
            self.recount();
        }
        if self.count > MOST_LEASES {
            let spans = self
                .of
                .iter()
                .flat_map(|(client, leases)| leases.values().map(move |span| span.last(client)));
            let before = cutoff(spans.collect());
            let gone = self.drop_all(before, Span::last);
            self.left_out += gone as u64;
            self.since = self.since.max(Some(before));
        }
        Added { is_news, thinned }
    }

    /// Forgets leases that were over before a moment; says how many.
    pub(super) fn forget(&mut self, before: Timestamp) -> usize {
        self.drop_all(before, Span::end)
    }

    fn drop_all(&mut self, before: Timestamp, moment: fn(Span, &Client) -> Timestamp) -> usize {
        let had = self.count;
        self.of.retain(|client, leases| {
            drop_before(leases, before, |span| moment(span, client));
            !leases.is_empty()
        });
        self.recount();
        had - self.count
    }

    fn recount(&mut self) {
        self.count = self.of.values().map(BTreeMap::len).sum();
    }

    /// Before when leases had to go, because they were too many.
    pub(super) const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Who it was that had a client at a moment.
    pub(super) fn person(&self, client: &Client, at: Timestamp) -> Option<PersonId> {
        match self.whose(client, at) {
            Whose::Persons(person) => Some(person),
            Whose::Shared | Whose::Nobodys => None,
        }
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
}

/// The leases of one client.
type OfClient = BTreeMap<(Held, Key), Span>;

/// A lease with a name of its own: a later line ends it.
fn named(
    leases: &mut OfClient,
    key: (Held, Key),
    from: Timestamp,
    until: Option<Timestamp>,
) -> bool {
    let span = Span { from, until };
    let joined = leases.get(&key).map_or(span, |known| known.joined(span));
    leases.insert(key, joined) != Some(joined)
}

/// A lease with an end: with those that it meets it is one, as when it is renewed. One without an end that begins in it
/// ends with it.
fn renewed(leases: &mut OfClient, held: Held, from: Timestamp, until: Timestamp) -> bool {
    // One that ends before it begins says that somebody had it then.
    let until = until.max(from.plus(Duration::from_millis(1)));
    let (mut span, mut met) = (Span { from, until: Some(until) }, Vec::new());
    for (key, known) in of_holder(leases, &held) {
        if known.until.is_some_and(|end| known.from <= until && end >= from) {
            span = span.joined(*known);
            met.push(key.clone());
        }
    }
    let begins_in = |known: &Span| known.from >= span.from && Some(known.from) < span.until;
    let open =
        of_holder(leases, &held).filter(|(_, known)| known.until.is_none() && begins_in(known));
    met.extend(open.map(|(key, _)| key.clone()));
    let key = (held, Key::Since(span.from));
    let is_known = met.len() == 1 && leases.get(&key) == Some(&span);
    for gone in &met {
        leases.remove(gone);
    }
    leases.insert(key, span);
    !is_known
}

/// A lease without an end.
fn opened(leases: &mut OfClient, held: Held, from: Timestamp) -> bool {
    let span = Span { from, until: None };
    let covers = |known: &Span| known.from <= from && known.until.is_some_and(|end| from < end);
    if of_holder(leases, &held).any(|(_, known)| covers(known)) {
        return false;
    }
    leases.insert((held, Key::Since(from)), span) != Some(span)
}

/// The leases of one holder that have no name.
fn of_holder<'l>(
    leases: &'l OfClient,
    held: &Held,
) -> impl Iterator<Item = (&'l (Held, Key), &'l Span)> {
    let bound = |ms: i64| (held.clone(), Key::Since(Timestamp::from_unix_ms(ms)));
    leases.range(bound(i64::MIN)..=bound(i64::MAX))
}

fn drop_before(
    leases: &mut OfClient,
    before: Timestamp,
    moment: impl Fn(Span) -> Timestamp,
) -> usize {
    let had = leases.len();
    leases.retain(|_, span| moment(*span) >= before);
    had - leases.len()
}

impl Span {
    /// When it is over at the latest; a device is somebody's until it is another's, so that the last line counts.
    fn end(self, client: &Client) -> Timestamp {
        let open = match client {
            Client::Address(_) => self.from.plus(LONGEST_OPEN_LEASE),
            Client::Device(_) => Timestamp::from_unix_ms(i64::MAX - 1_000),
        };
        self.until.unwrap_or(open)
    }

    /// By which the oldest goes when there are too many: of a device that is somebody's still, when that began.
    fn last(self, client: &Client) -> Timestamp {
        match client {
            Client::Address(_) => self.end(client),
            Client::Device(_) => self.until.unwrap_or(self.from),
        }
    }

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
        assert_eq!(leases.person(&ADDRESS, at(10)), Some(person(0)));
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
        assert!(leases.add(session(Some(30)), &Two).is_news);
        assert!(!leases.add(session(None), &Two).is_news, "that it began says nothing new");
        assert_eq!(leases.whose(&ADDRESS, at(40)), Whose::Nobodys);
    }

    fn lease(from: i64, until: Option<i64>) -> Lease {
        let (from, until) = (at(from), until.map(at));
        Lease { client: ADDRESS, holder: account("ann"), from, until, key: None }
    }

    #[test]
    fn renewals_are_one_lease_in_whatever_order_they_come() {
        let lines = [(0, Some(60)), (30, Some(90)), (90, Some(120)), (45, None), (200, Some(210))];
        for turn in 0..lines.len() {
            let mut leases = Leases::default();
            for (from, until) in lines.iter().cycle().skip(turn).take(lines.len()) {
                leases.add(lease(*from, *until), &Two);
            }
            assert_eq!(leases.count, 2, "{turn}");
            assert_eq!(leases.person(&ADDRESS, at(119)), Some(person(0)));
            assert_eq!(leases.person(&ADDRESS, at(120)), None);
            assert!(!leases.add(lease(10, Some(20)), &Two).is_news, "it is known");
        }
    }

    #[test]
    fn of_what_flaps_the_oldest_go() {
        let mut leases = Leases::default();
        for nth in 0..MOST_LEASES_OF_CLIENT as i64 + 5 {
            leases.add(lease(2 * nth, Some(2 * nth + 1)), &Two);
        }
        assert!(leases.count <= MOST_LEASES_OF_CLIENT && leases.left_out() >= 5);
        let newest = 2 * (MOST_LEASES_OF_CLIENT as i64 + 4);
        assert_eq!(leases.person(&ADDRESS, at(newest)), Some(person(0)));
        assert_eq!(leases.person(&ADDRESS, at(0)), None);
    }

    #[test]
    fn of_lines_about_a_device_the_newest_stay() {
        let (mut leases, device) = (Leases::default(), Client::Device("laptop".into()));
        let newest = MOST_LEASES_OF_CLIENT as i64 + 4;
        for nth in 0..=newest {
            leases.add(Lease { client: device.clone(), ..lease(nth, None) }, &Two);
        }
        assert!(leases.count <= MOST_LEASES_OF_CLIENT && leases.left_out() >= 5);
        assert_eq!(leases.person(&device, at(newest)), Some(person(0)));
        assert_eq!(leases.person(&device, at(0)), None);
    }

    #[test]
    fn what_is_over_is_forgotten_and_whose_a_device_is_stays() {
        let mut leases = Leases::default();
        leases.add(lease(0, Some(60)), &Two);
        let device = Client::Device("laptop".into());
        leases.add(Lease { client: device.clone(), ..lease(0, None) }, &Two);
        assert_eq!(leases.forget(at(60)), 0);
        assert_eq!(leases.forget(at(61)), 1);
        assert_eq!(leases.person(&device, at(100)), Some(person(0)));
    }
}
