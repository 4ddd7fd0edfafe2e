//! The sign-in signature of 2022: somebody visits the lure, and within minutes the right password comes
//! from elsewhere.
//!
//! What was typed into the page reached the actor at once, who typed it into the real sign-in from a
//! device of his own behind a VPN, with the one-time code where there was one. Where a key was asked for,
//! he got no further. So four things count, whether a provider tells them or what was theirs before says so
//! (`habits`): the second factor failed or was refused by its owner; the device was never theirs, or is
//! not managed where theirs were; the network hides who is behind it; they were never in the country or the network.
//! None of them alone is proof, since people buy phones, use VPNs and travel: one is enough to say that
//! somebody may have typed their password, two to say that somebody else is in.

use std::net::IpAddr;
use std::time::Duration;

use unhook_engine::response::Rung;
use unhook_model::Timestamp;

use super::habits::{self, Habits, Trait};
use crate::identity::{SignIn, SignInOutcome};

/// How long after the lure a sign-in belongs to it. In 2022 it took seconds; a page that keeps what was
/// typed for later takes longer than an hour, and that is not told from anybody's working day.
pub const SIGN_IN_WITHIN: Duration = Duration::from_secs(60 * 60);

/// How far two clocks may differ: how much before the lure was seen a sign-in still is after it.
pub const CLOCK_SKEW: Duration = Duration::from_secs(2 * 60);

/// How long a session is taken to last that nothing ends: as providers have it by default.
pub const SESSION_LASTS: Duration = Duration::from_secs(12 * 60 * 60);

/// A sign-in of somebody known with the right password.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SignedIn {
    pub(super) at: Timestamp,
    outcome: SignInOutcome,
    pub(super) address: Option<IpAddr>,
    device: Option<Box<str>>,
    is_new_device: Option<bool>,
    is_managed: Option<bool>,
    is_anonymous: bool,
    is_hosting: bool,
    is_unusual: bool,
    country: Option<Trait>,
    network: Option<Trait>,
    pub(super) session: Option<Box<str>>,
}

/// What is foreign about a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// The second factor failed, or its owner refused it.
    factor: bool,
    new_device: bool,
    /// Not managed, where theirs were.
    unmanaged: bool,
    /// The network hides who is behind it.
    hidden: bool,
    new_country: bool,
    new_network: bool,
}

impl Marks {
    /// How many things are foreign. A new phone is one, though it is unmanaged as well; so is a journey, and a VPN at
    /// home, each of which comes with a new network.
    fn count(self) -> usize {
        let is_device = self.new_device || self.unmanaged;
        let is_place = self.new_country || self.new_network && !self.hidden;
        [self.factor, is_device, self.hidden, is_place].into_iter().filter(|mark| *mark).count()
    }
}

/// What was theirs until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before<'h>(pub(super) &'h Habits, pub(super) Timestamp);

/// From where somebody signed in, and with what, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'p> {
    pub(super) address: Option<IpAddr>,
    pub(super) device: Option<&'p str>,
}

impl Place<'_> {
    /// Whether both are the same address or the same device.
    pub(super) fn meets(&self, other: &Place<'_>) -> bool {
        let same_address = self.address.is_some() && self.address == other.address;
        same_address || self.device.is_some() && self.device == other.device
    }
}

/// What a sign-in after the lure says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) rung: Rung,
    pub(super) confidence: u8,
    pub(super) evidence: String,
}

impl SignedIn {
    /// `None` for one with the wrong password.
    pub(super) fn of(sign_in: &SignIn) -> Option<Self> {
        let (network, device) = (&sign_in.network, &sign_in.device);
        let organization = network.organization.as_deref();
        sign_in.outcome.knew_password().then(|| Self {
            at: sign_in.at,
            outcome: sign_in.outcome,
            address: sign_in.address,
            device: device.id.as_deref().map(Box::from),
            is_new_device: device.is_new,
            is_managed: device.is_managed,
            is_anonymous: network.is_anonymous == Some(true),
            is_hosting: habits::is_hosting(network.asn, organization),
            is_unusual: network.is_unusual == Some(true),
            country: network.country.as_deref().map(habits::country),
            network: habits::network(network.asn, organization),
            session: sign_in.session.as_deref().map(Box::from),
        })
    }

    /// What it shows to be theirs: nothing where nobody got in, or a provider finds it foreign.
    pub(super) fn habits(&self) -> impl Iterator<Item = Trait> {
        let is_in =
            matches!(self.outcome, SignInOutcome::Success | SignInOutcome::SecondFactorPassed);
        let is_told = self.is_anonymous || self.is_unusual || self.is_new_device == Some(true);
        let device = self.device.as_deref().map(habits::device);
        let managed = self.is_managed.map(habits::managed);
        let all = [self.country.clone(), self.network.clone(), device, managed];
        all.into_iter().flatten().filter(move |_| is_in && !is_told)
    }

    /// What is foreign about it to somebody of whom this was known before.
    pub(super) fn marks(&self, Before(known, before): Before<'_>) -> Marks {
        let is_new =
            |new: &Option<Trait>| new.as_ref().is_some_and(|new| known.is_new(new, before));
        let device = self.device.as_deref().map(habits::device);
        let is_theirs = self.network.as_ref().is_some_and(|own| known.had(own, before));
        let unmanaged = self.is_managed == Some(false);
        Marks {
            new_device: self.is_new_device.unwrap_or_else(|| is_new(&device)),
            unmanaged: unmanaged && known.is_new(&habits::managed(false), before),
            // An organization may send all of its own through a rented network.
            hidden: self.is_anonymous || self.is_hosting && !is_theirs,
            new_country: self.is_unusual || is_new(&self.country),
            new_network: is_new(&self.network),
            factor: matches!(
                self.outcome,
                SignInOutcome::SecondFactorDenied | SignInOutcome::SecondFactorFailed
            ),
        }
    }

    /// What a provider tells of it, and whether the network is for rent that was not theirs.
    fn told(&self, marks: Marks) -> Marks {
        Marks {
            new_device: self.is_new_device == Some(true),
            unmanaged: false,
            new_country: self.is_unusual,
            new_network: false,
            ..marks
        }
    }

    /// Whether anything is foreign about it: a code that was mistyped on one's own device is not.
    pub(super) fn is_foreign(&self, marks: Marks) -> bool {
        let others = Marks { factor: false, ..marks };
        others.count() > 0 || self.outcome == SignInOutcome::SecondFactorDenied
    }

    /// Whether it belongs to a lure that was seen at a moment.
    pub(super) fn is_after(&self, lure: Timestamp) -> bool {
        self.at >= lure.minus(CLOCK_SKEW) && self.at <= lure.plus(SIGN_IN_WITHIN)
    }

    /// What it says of somebody who visited the lure or says that they typed something into it, so
    /// many minutes before. `None` when nothing is foreign about it.
    pub(super) fn after_visit(&self, marks: Marks, minutes: u64) -> Option<Finding> {
        let is_in = self.outcome == SignInOutcome::Success;
        let (rung, confidence) = match (is_in, marks.count()) {
            (true, 2..) => (Rung::Session, 90),
            (true, _) => (Rung::Submitted, 50),
            (false, 2..) => (Rung::Submitted, 90),
            (false, _) => (Rung::Submitted, 70),
        };
        let evidence = || self.words(marks, minutes, "was visited");
        self.is_foreign(marks).then(|| Finding { rung, confidence, evidence: evidence() })
    }

    /// What it says of somebody of whom no more is known than that they got the text: a phone that
    /// nothing here sees. `None` when it says too little.
    pub(super) fn after_text(&self, marks: Marks, minutes: u64) -> Option<Finding> {
        let evidence = || self.words(marks, minutes, "was received");
        let says_enough = marks.count() >= 2 && self.is_foreign(marks);
        says_enough.then(|| Finding { rung: Rung::Submitted, confidence: 50, evidence: evidence() })
    }

    /// Where it came from and what with.
    pub(super) fn place(&self) -> Place<'_> {
        Place { address: self.address, device: self.device.as_deref() }
    }

    /// Whether it shows somebody else at work without any lure, as once somebody was evicted: a
    /// colleague with a new phone or behind a VPN has one mark, and the owner who says no knows best. What only
    /// their habits say does not count: after an eviction people get new devices, and go home early.
    pub(super) fn is_plainly_foreign(&self, marks: Marks) -> bool {
        self.told(marks).count() >= 2 || self.outcome == SignInOutcome::SecondFactorDenied
    }

    /// What it says of somebody who was evicted before.
    pub(super) fn after_eviction(&self, marks: Marks) -> String {
        format!("{}, after the eviction", self.what(marks))
    }

    fn words(&self, marks: Marks, minutes: u64, lure: &str) -> String {
        let after = match minutes {
            0 => "less than a minute".to_owned(),
            1 => "a minute".to_owned(),
            minutes => format!("{minutes} minutes"),
        };
        format!("{}, {after} after the lure {lure}", self.what(marks))
    }

    fn what(&self, marks: Marks) -> String {
        let outcome = match self.outcome {
            SignInOutcome::Success => "somebody signed in",
            SignInOutcome::SecondFactorAsked => "the password was right",
            SignInOutcome::SecondFactorPassed => "the password and the second factor were right",
            SignInOutcome::SecondFactorDenied => {
                "the password was right, and its owner refused the second factor"
            }
            _ => "the password was right, and the second factor failed",
        };
        let said = [
            (marks.new_device, ", on a device never seen before"),
            (marks.unmanaged, ", on a device that nobody manages"),
            (marks.hidden, ", through a network that hides who is behind it"),
            (marks.new_country, ", from a country or place that was never theirs"),
            (marks.new_network && !marks.hidden, ", from a network that was never theirs"),
        ];
        let said = said.into_iter().filter(|(is_so, _)| *is_so).map(|(_, words)| words);
        std::iter::once(outcome).chain(said).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Device, Network};

    fn sign_in(outcome: SignInOutcome, device: Option<bool>, network: Option<bool>) -> SignIn {
        SignIn {
            id: "1".to_owned(),
            account: None,
            login: "ann".to_owned(),
            at: Timestamp::from_unix_ms(0),
            event: "sign-in".to_owned(),
            outcome,
            address: None,
            network: Network { is_anonymous: network, ..Network::default() },
            device: Device { is_new: device, ..Device::default() },
            session: None,
        }
    }

    /// What it says after a visit, to somebody of whom this was known.
    fn after_visit(sign_in: &SignIn, known: &Habits) -> Option<Finding> {
        let sign_in = SignedIn::of(sign_in)?;
        sign_in.after_visit(sign_in.marks(Before(known, sign_in.at)), 3)
    }

    #[track_caller]
    fn check(sign_in: &SignIn, expected: Option<(Rung, u8)>) {
        let found = after_visit(sign_in, &Habits::default());
        assert_eq!(found.map(|found| (found.rung, found.confidence)), expected, "{sign_in:?}");
    }

    #[test]
    fn the_attacks_of_2022_are_seen() {
        use SignInOutcome::{SecondFactorFailed, Success};
        // Keys held: the password was right, the second factor never came.
        let held = sign_in(SecondFactorFailed, Some(true), Some(true));
        check(&held, Some((Rung::Submitted, 90)));
        // A one-time code was typed as well.
        check(&sign_in(Success, Some(true), Some(true)), Some((Rung::Session, 90)));
        let words = after_visit(&held, &Habits::default()).unwrap().evidence;
        assert_eq!(
            words,
            "the password was right, and the second factor failed, on a device never seen before, \
             through a network that hides who is behind it, 3 minutes after the lure was visited"
        );
    }

    #[test]
    fn what_people_do_every_day_is_no_session_of_another() {
        use SignInOutcome::{SecondFactorAsked, SecondFactorFailed, Success, WrongPassword};
        check(&sign_in(Success, Some(false), Some(false)), None);
        check(&sign_in(Success, None, None), None);
        check(&sign_in(Success, Some(true), Some(false)), Some((Rung::Submitted, 50)));
        check(&sign_in(Success, None, Some(true)), Some((Rung::Submitted, 50)));
        check(&sign_in(SecondFactorFailed, Some(false), None), None);
        check(&sign_in(SecondFactorAsked, Some(true), None), Some((Rung::Submitted, 70)));
        check(&sign_in(WrongPassword, Some(true), Some(true)), None);
    }

    #[test]
    fn an_owner_who_refuses_says_enough() {
        let denied = sign_in(SignInOutcome::SecondFactorDenied, None, None);
        check(&denied, Some((Rung::Submitted, 70)));
        let denied = SignedIn::of(&denied).unwrap();
        let marks = denied.marks(Before(&Habits::default(), denied.at));
        assert_eq!(denied.after_text(marks, 1), None);
    }

    #[test]
    fn a_sign_in_belongs_to_the_lure_for_an_hour() {
        let foreign = SignedIn::of(&sign_in(SignInOutcome::Success, Some(true), None)).unwrap();
        for (minutes_before, belongs) in
            [(0, true), (60, true), (61, false), (-2, true), (-3, false)]
        {
            let lure = Timestamp::from_unix_ms(-minutes_before * 60_000);
            assert_eq!(foreign.is_after(lure), belongs, "{minutes_before}");
        }
    }

    /// Ann, as she signed in before: at home and at work, on a managed laptop.
    fn habits_of_ann() -> Habits {
        let mut known = Habits::default();
        for asn in [64_500, 64_501] {
            let before = from("US", asn, Some("laptop"), Some(true));
            let before = SignedIn::of(&before).unwrap();
            known.learn(before.habits(), Timestamp::from_unix_ms(-3_600_000));
        }
        known
    }

    fn from(country: &str, asn: u32, device: Option<&str>, managed: Option<bool>) -> SignIn {
        let country = Some(country.to_owned());
        let network = Network { country, asn: Some(asn), ..Network::default() };
        let id = device.map(str::to_owned);
        let device = Device { id, is_managed: managed, ..Device::default() };
        SignIn { network, device, ..sign_in(SignInOutcome::Success, None, None) }
    }

    #[test]
    fn what_was_never_theirs_is_judged_where_no_provider_does() {
        let known = habits_of_ann();
        let check = |sign_in: &SignIn, expected: Option<(Rung, u8)>| {
            let found = after_visit(sign_in, &known);
            assert_eq!(found.map(|found| (found.rung, found.confidence)), expected, "{sign_in:?}");
        };
        let (may, is) = (Some((Rung::Submitted, 50)), Some((Rung::Session, 90)));
        check(&from("US", 64_500, Some("laptop"), Some(true)), None);
        check(&from("US", 64_501, None, None), None);
        // A new phone, a journey, a VPN at home: one thing each.
        check(&from("US", 64_500, Some("phone!"), Some(false)), may);
        check(&from("RO", 64_502, Some("laptop"), Some(true)), may);
        check(&from("US", 9_009, None, None), may);
        // As Google tells it, without any device; and as Entra does, without an id.
        check(&from("RO", 9_009, None, None), is);
        check(&from("US", 9_009, None, Some(false)), is);
        check(&from("RO", 64_502, None, Some(false)), is);
        let words = after_visit(&from("RO", 9_009, None, None), &known).unwrap().evidence;
        assert_eq!(
            words,
            "somebody signed in, through a network that hides who is behind it, from a country or \
             place that was never theirs, 3 minutes after the lure was visited"
        );
    }

    #[test]
    fn a_rented_network_that_was_always_theirs_is_no_mark() {
        let mut known = habits_of_ann();
        let rented = from("US", 16_509, None, None);
        assert!(after_visit(&rented, &known).is_some());
        known.learn(SignedIn::of(&rented).unwrap().habits(), Timestamp::from_unix_ms(-1));
        assert_eq!(after_visit(&rented, &known), None);
    }

    #[test]
    fn what_a_provider_finds_foreign_becomes_nobodys_habit() {
        let told = SignedIn::of(&sign_in(SignInOutcome::Success, Some(true), None)).unwrap();
        assert_eq!(told.habits().count(), 0);
        let failed = SignInOutcome::SecondFactorFailed;
        let failed = SignIn { outcome: failed, ..from("RO", 9_009, None, None) };
        assert_eq!(SignedIn::of(&failed).unwrap().habits().count(), 0);
    }
}
