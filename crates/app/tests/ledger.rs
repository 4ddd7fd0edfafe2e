//! The exposure ledger: what logs add up to, in whatever order they come.

use std::net::IpAddr;

use proptest::prelude::*;
use unhook_app::identity::{Device, Network, SignIn, SignInOutcome};
use unhook_app::ledger::{
    Access, Accounts, By, Changes, Holder, Lease, Ledger, Observed, Touch, Via, Watched,
};
use unhook_app::resolving::Client;
use unhook_engine::response::{Event, Exposed, Exposure, Rung, State};
use unhook_model::{CampaignId, Hostname, PersonId, Timestamp};

const CAMPAIGN: CampaignId = CampaignId::from_bytes([1; 16]);
const LURE: &str = "acme-okta.example";

struct House;

impl Accounts for House {
    fn person(&self, account: &str) -> Option<PersonId> {
        ["ann", "bob"].iter().position(|known| *known == account).map(person)
    }

    fn mark(&self, client: &Client) -> String {
        format!("mark of {client:?}")
    }
}

fn person(n: usize) -> PersonId {
    PersonId::from_bytes([n as u8 + 1; 16])
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_658_357_340_000 + minute * 60_000)
}

fn address(n: u8) -> IpAddr {
    [192, 0, 2, n].into()
}

fn watched() -> Watched {
    Watched::of([(Hostname::parse(LURE).expect("a name"), CAMPAIGN)])
}

fn looked_up(name: &str, n: u8, minute: i64) -> Observed {
    let by = By::Client(Client::Address(address(n)));
    Observed::Touched(Touch { name: name.into(), by, at: at(minute), via: Via::Resolver })
}

fn leased(n: u8, account: &str, from: i64, until: Option<i64>) -> Observed {
    Observed::Leased(Lease {
        client: Client::Address(address(n)),
        holder: Holder::Account(account.into()),
        from: at(from),
        until: until.map(at),
        key: None,
    })
}

fn signed_in(account: &str, minute: i64, outcome: SignInOutcome) -> Observed {
    Observed::SignedIn(Box::new(SignIn {
        id: "1".to_owned(),
        account: None,
        login: account.to_owned(),
        at: at(minute),
        event: "sign-in".to_owned(),
        outcome,
        address: Some([203, 0, 113, 9].into()),
        network: Network { is_anonymous: Some(true), ..Network::default() },
        device: Device { is_new: Some(true), ..Device::default() },
        session: Some("s1".to_owned()),
    }))
}

/// As Entra and Google tell it: where from and what with, and no opinion of it.
fn untold(account: &str, minute: i64, country: &str, asn: u32, managed: Option<bool>) -> Observed {
    Observed::SignedIn(Box::new(SignIn {
        id: "1".to_owned(),
        account: None,
        login: account.to_owned(),
        at: at(minute),
        event: "sign-in".to_owned(),
        outcome: SignInOutcome::Success,
        address: Some([203, 0, 113, 10].into()),
        network: Network {
            country: Some(country.to_owned()),
            asn: Some(asn),
            ..Network::default()
        },
        device: Device { is_managed: managed, ..Device::default() },
        session: Some("s1".to_owned()),
    }))
}

fn accessed(account: &str, minute: i64, session: &str, object: &str) -> Observed {
    Observed::Accessed(Access {
        account: account.into(),
        at: at(minute),
        address: None,
        session: Some(session.into()),
        application: "console".into(),
        object: Some(object.into()),
    })
}

/// Each rung that somebody is on, with the minute and the confidence.
fn rungs(ledger: &Ledger, who: &Exposed) -> Vec<(Rung, i64, u8)> {
    let all = ledger.exposures();
    let of = all.iter().filter(|exposure| exposure.who == *who);
    of.map(|e| (e.rung, e.at.since(at(0)).as_secs() as i64 / 60, e.confidence)).collect()
}

fn given(observed: impl IntoIterator<Item = Observed>) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.take(observed, &watched(), &House);
    ledger
}

/// The attack of 2022, as logs tell of it.
fn attack() -> Vec<Observed> {
    vec![
        leased(1, "ann", -60, Some(300)),
        looked_up("ann.www.acme-okta.example", 1, 2),
        looked_up(LURE, 1, 3),
        looked_up("news.example", 1, 3),
        signed_in("ann", 5, SignInOutcome::SecondFactorFailed),
        signed_in("ann", 7, SignInOutcome::Success),
        accessed("ann", 9, "s1", "customer 1"),
        accessed("ann", 10, "s1", "customer 2"),
        accessed("ann", 10, "her own", "customer 3"),
        looked_up(LURE, 7, 4),
    ]
}

#[test]
fn the_attack_of_2022_is_seen_rung_by_rung() {
    let ledger = given(attack());
    let ann = Exposed::Person(person(0));
    let expected = [
        (Rung::Visited, 2, 90),
        (Rung::Submitted, 5, 90),
        (Rung::Session, 7, 90),
        (Rung::Data, 9, 85),
    ];
    assert_eq!(rungs(&ledger, &ann), expected);
    let objects: Vec<_> = ledger.objects(CAMPAIGN, person(0)).into_iter().collect();
    let expected = [(("console", "customer 1"), at(9)), (("console", "customer 2"), at(10))];
    assert_eq!(objects, expected);
    assert_eq!(ledger.data_touched().into_iter().collect::<Vec<_>>(), [(CAMPAIGN, person(0))]);
    let nobody = Exposed::Unknown(House.mark(&Client::Address(address(7))));
    assert_eq!(rungs(&ledger, &nobody), [(Rung::Visited, 4, 50)]);
    assert_eq!(ledger.exposures().len(), 5);
}

#[test]
fn a_session_of_another_is_seen_where_no_provider_has_an_opinion() {
    let ann = Exposed::Person(person(0));
    let visit = || [leased(1, "ann", -60, Some(300)), looked_up(LURE, 1, 3)];
    let own = untold("ann", -3_000, "US", 64_500, None);
    let foreign = untold("ann", 5, "RO", 9_009, None);
    let mut ledger = given(visit().into_iter().chain([foreign.clone()]));
    assert_eq!(rungs(&ledger, &ann)[1..], [(Rung::Submitted, 5, 50)], "where they were is unknown");
    // What was theirs before comes late.
    let changes = ledger.take([own.clone()], &watched(), &House);
    assert_eq!(rungs(&ledger, &ann)[1..], [(Rung::Session, 5, 90)]);
    assert_eq!((changes.exposed.len(), changes.withdrawn.len()), (1, 1));
    // The actor's own session does not make the next one theirs, though the lure is visited again.
    let again = [looked_up(LURE, 1, 30), untold("ann", 95, "RO", 64_501, Some(false))];
    let later = [looked_up(LURE, 1, 90), untold("ann", -2_000, "US", 64_500, Some(true))];
    ledger.take(again.into_iter().chain(later), &watched(), &House);
    let sessions = ledger.exposures();
    assert!(sessions.iter().any(|e| e.rung == Rung::Session && e.at == at(5)));
    let alone = [own, looked_up(LURE, 1, 3), leased(1, "ann", -60, Some(300))];
    let alone = given(alone.into_iter().chain([untold("ann", 9, "US", 64_500, None)]));
    assert_eq!(rungs(&alone, &ann).len(), 1, "her own is nobody else's");
}

#[test]
fn nothing_personal_stands_in_the_evidence() {
    for exposure in given(attack()).exposures() {
        let evidence = &exposure.evidence;
        for personal in ["ann", "192.0.2", "203.0.113", "customer", "s1"] {
            assert!(!evidence.contains(personal), "{evidence}");
        }
    }
}

#[test]
fn who_only_signs_in_or_only_visits_is_on_no_higher_rung() {
    let ann = Exposed::Person(person(0));
    let visit = || [leased(1, "ann", -60, Some(300)), looked_up(LURE, 1, 3)];
    assert_eq!(rungs(&given(visit()), &ann), [(Rung::Visited, 3, 90)]);
    let foreign = [signed_in("ann", 5, SignInOutcome::Success)];
    assert_eq!(rungs(&given(foreign), &ann), []);
    let too_late = signed_in("ann", 90, SignInOutcome::Success);
    assert_eq!(rungs(&given(visit().into_iter().chain([too_late])), &ann).len(), 1);
    let another = signed_in("bob", 5, SignInOutcome::Success);
    assert_eq!(
        rungs(&given(visit().into_iter().chain([another])), &Exposed::Person(person(1))),
        []
    );
}

#[test]
fn a_text_that_was_received_on_a_private_phone_is_enough_to_ask() {
    let mut ledger = given([signed_in("bob", 5, SignInOutcome::Success)]);
    let changes = ledger.hear([(CAMPAIGN, person(1), Rung::Received, at(0))]);
    assert_eq!(rungs(&ledger, &Exposed::Person(person(1))), [(Rung::Submitted, 5, 50)]);
    assert_eq!(changes.exposed.len(), 1);
    let changes = ledger.hear([(CAMPAIGN, person(1), Rung::Submitted, at(4))]);
    assert_eq!(rungs(&ledger, &Exposed::Person(person(1))), [(Rung::Session, 5, 90)]);
    assert_eq!((changes.exposed.len(), changes.withdrawn.len()), (1, 1));
}

#[test]
fn a_lease_that_comes_late_says_who_it_was_or_that_nobody_can() {
    let client = Exposed::Unknown(House.mark(&Client::Address(address(1))));
    let ann = Exposed::Person(person(0));
    let mut ledger = given([looked_up(LURE, 1, 3)]);
    assert_eq!(rungs(&ledger, &client).len(), 1);
    let late = [leased(1, "ann", 0, Some(60))];
    let changes = ledger.take(late, &watched(), &House);
    assert_eq!((rungs(&ledger, &client).len(), rungs(&ledger, &ann).len()), (0, 1));
    assert_eq!((changes.exposed.len(), changes.withdrawn.len()), (1, 1));
    // Bob had it as well: nobody can say who it was.
    ledger.take([leased(1, "bob", 0, Some(60))], &watched(), &House);
    assert_eq!((rungs(&ledger, &client).len(), rungs(&ledger, &ann).len()), (1, 0));
}

#[test]
fn the_same_again_changes_nothing() {
    let mut ledger = given(attack());
    let before = ledger.exposures();
    let Changes { exposed, withdrawn, joined, .. } = ledger.take(attack(), &watched(), &House);
    assert_eq!((exposed, withdrawn), (Vec::new(), Vec::new()));
    assert_eq!((joined, ledger.exposures()), (8, before));
}

#[test]
fn what_is_over_a_month_ago_is_forgotten_and_not_withdrawn() {
    let month = 36 * 24 * 60;
    let mut ledger = given(attack());
    assert!(!ledger.objects(CAMPAIGN, person(0)).is_empty());
    let changes = ledger.take([looked_up("news.example", 1, month)], &watched(), &House);
    assert_eq!((changes.exposed, changes.withdrawn), (Vec::new(), Vec::new()));
    assert!(ledger.exposures().is_empty() && ledger.objects(CAMPAIGN, person(0)).is_empty());
    // What comes now is joined; what is too late is counted.
    let now = [leased(1, "ann", month, Some(month + 60)), looked_up(LURE, 1, month + 1)];
    ledger.take(now, &watched(), &House);
    assert_eq!(rungs(&ledger, &Exposed::Person(person(0))), [(Rung::Visited, month + 1, 90)]);
    let before = ledger.left_out();
    let changes = ledger.take(attack(), &watched(), &House);
    assert_eq!((changes.exposed.len(), changes.withdrawn.len()), (0, 0));
    assert!(ledger.left_out() > before);
}

#[test]
fn whoever_signs_in_all_day_is_seen_to_the_end() {
    let ann = Exposed::Person(person(0));
    let many = (0..2_000).map(|minute| untold("ann", minute - 2_000, "US", 64_500, None));
    let attack = [
        leased(1, "ann", -60, Some(300)),
        looked_up(LURE, 1, 3),
        signed_in("ann", 5, SignInOutcome::Success),
    ];
    let ledger = given(many.chain(attack));
    assert_eq!(rungs(&ledger, &ann), [(Rung::Visited, 3, 90), (Rung::Session, 5, 90)]);
    assert!(ledger.left_out() >= 1_500);
}

#[test]
fn what_everybody_touches_all_day_is_bounded_and_the_newest_is_known() {
    let ann = Exposed::Person(person(0));
    let many = (0..30_000).map(|nth| accessed("ann", -30_000 + nth, "her own", &format!("{nth}")));
    let attack = [
        leased(1, "ann", -60, Some(300)),
        looked_up(LURE, 1, 3),
        signed_in("ann", 5, SignInOutcome::Success),
        accessed("ann", 7, "s1", "customer 1"),
    ];
    let ledger = given(many.chain(attack));
    assert_eq!(rungs(&ledger, &ann).last(), Some(&(Rung::Data, 7, 85)));
    assert!(ledger.left_out() >= 40_000, "{}", ledger.left_out());
    assert_eq!(ledger.objects(CAMPAIGN, person(0)).len(), 1);
}

fn line() -> impl Strategy<Value = Observed> {
    let account = prop_oneof![Just("ann"), Just("bob"), Just("eve")];
    let name = prop_oneof![Just(LURE), Just("www.acme-okta.example"), Just("news.example")];
    let outcome = prop_oneof![
        Just(SignInOutcome::Success),
        Just(SignInOutcome::SecondFactorFailed),
        Just(SignInOutcome::SecondFactorDenied),
        Just(SignInOutcome::WrongPassword),
    ];
    prop_oneof![
        4 => (name, 0u8..3, 0i64..200).prop_map(|(name, n, minute)| looked_up(name, n, minute)),
        3 => (0u8..3, account.clone(), -50i64..200, proptest::option::of(1i64..100)).prop_map(
            |(n, account, from, lasts)| leased(n, account, from, lasts.map(|lasts| from + lasts))
        ),
        2 => (account.clone(), 0i64..250, outcome).prop_map(|(a, m, o)| signed_in(a, m, o)),
        2 => (account.clone(), -90i64..250, 0usize..3, proptest::option::of(any::<bool>())).prop_map(
            |(account, minute, from, managed)| {
                let (country, asn) = [("US", 64_500), ("RO", 64_501), ("RO", 9_009)][from];
                untold(account, minute, country, asn, managed)
            }
        ),
        1 => (account.clone(), 0i64..900, any::<bool>()).prop_map(|(account, minute, same)| {
            accessed(account, minute, if same { "s1" } else { "s2" }, "customer")
        }),
        1 => ("[ab]", account, 0i64..200).prop_map(|(device, account, from)| {
            Observed::Leased(Lease {
                client: Client::Device(device.into()),
                holder: Holder::Account(account.into()),
                from: at(from),
                until: None,
                key: None,
            })
        }),
        1 => (0u8..3, "[ab]", 0i64..200).prop_map(|(n, device, from)| {
            Observed::Leased(Lease {
                client: Client::Address(address(n)),
                holder: Holder::Device(device.into()),
                from: at(from),
                until: Some(at(from + 70)),
                key: None,
            })
        }),
    ]
}

/// What the journal adds up to that hears of each change.
fn journaled(batches: &[&[Observed]]) -> (Vec<Exposure>, Vec<Exposure>) {
    let (mut ledger, mut state) = (Ledger::default(), State::default());
    for batch in batches {
        let changes = ledger.take(batch.iter().cloned(), &watched(), &House);
        for gone in changes.withdrawn {
            let Exposure { campaign, who, rung, source, at, .. } = gone;
            state.fold(&Event::Withdrawn { campaign, who, rung, source, at });
        }
        for new in changes.exposed {
            assert!(state.is_news(&new), "{new:?}");
            state.fold(&Event::Exposed(new));
        }
    }
    let mut folded: Vec<_> = state.exposures(&[CAMPAIGN]).cloned().collect();
    folded.sort_unstable();
    (ledger.exposures(), folded)
}

/// Whose data was touched, by whose account, and when first.
fn touched(batches: &[&[Observed]]) -> Vec<(PersonId, String, Timestamp)> {
    let mut ledger = Ledger::default();
    for batch in batches {
        ledger.take(batch.iter().cloned(), &watched(), &House);
    }
    let mut all = Vec::new();
    for (campaign, person) in ledger.data_touched() {
        let objects = ledger.objects(campaign, person).into_iter();
        all.extend(objects.map(|((_, object), at)| (person, object.to_owned(), at)));
    }
    all
}

proptest! {
    #[test]
    fn in_whatever_order_lines_come_the_ledger_is_the_same(
        (lines, shuffled) in proptest::collection::vec(line(), 0..40)
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        size in 1usize..8,
    ) {
        let (at_once, folded) = journaled(&[&lines]);
        prop_assert_eq!(&at_once, &folded);
        let batches: Vec<&[Observed]> = shuffled.chunks(size).collect();
        prop_assert_eq!(touched(&batches), touched(&[&lines]));
        let (piecemeal, folded) = journaled(&batches);
        prop_assert_eq!(&piecemeal, &at_once);
        prop_assert_eq!(&folded, &at_once);
    }
}
