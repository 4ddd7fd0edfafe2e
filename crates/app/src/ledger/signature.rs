//! The sign-in signature of 2022: somebody visits the lure, and within minutes the right password comes
//! from elsewhere.
//!
//! What was typed into the page reached the actor at once, who typed it into the real sign-in from a
//! device of his own behind a VPN, with the one-time code where there was one. Where a key was asked for,
//! he got no further. So three things count, each of which a provider tells: the second factor failed or
//! was refused by its owner, the account was never seen on the device, the network hides who is behind it.
//! None of them alone is proof, since people buy phones and use VPNs: one is enough to say that
//! somebody may have typed their password, two to say that somebody else is in.

use std::net::IpAddr;
use std::time::Duration;

use unhook_engine::response::Rung;
use unhook_model::Timestamp;

use crate::identity::{SignIn, SignInOutcome};

/// How long after the lure a sign-in belongs to it. In 2022 it took seconds; a page that keeps what was
/// typed for later takes longer than an hour, and that is not told from anybody's working day.
pub const SIGN_IN_WITHIN: Duration = Duration::from_secs(60 * 60);

/// How far two clocks may differ: how much before the lure was seen a sign-in still is after it.
pub const CLOCK_SKEW: Duration = Duration::from_secs(2 * 60);

/// How long a session is taken to last that nothing ends: as providers have it by default.
pub const SESSION_LASTS: Duration = Duration::from_secs(12 * 60 * 60);

/// A sign-in of somebody known with the right password and something foreign about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Foreign {
    pub(super) at: Timestamp,
    outcome: SignInOutcome,
    pub(super) address: Option<IpAddr>,
    device: Option<Box<str>>,
    is_new_device: bool,
    is_anonymous: bool,
    pub(super) session: Option<Box<str>>,
}

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

/// A sign-in with the right password and nothing foreign about it, of somebody who was evicted: an actor
/// who added a device comes back as one well known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Familiar {
    pub(super) at: Timestamp,
    address: Option<IpAddr>,
    device: Option<Box<str>>,
}

impl Familiar {
    /// `None` for one with the wrong password.
    pub(super) fn of(sign_in: &SignIn) -> Option<Self> {
        let (address, device) = (sign_in.address, sign_in.device.id.as_deref().map(Box::from));
        sign_in.outcome.knew_password().then_some(Self { at: sign_in.at, address, device })
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place { address: self.address, device: self.device.as_deref() }
    }
}

/// What a sign-in after the lure says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) rung: Rung,
    pub(super) confidence: u8,
    pub(super) evidence: String,
}

impl Foreign {
    /// `None` for one with the wrong password, or with nothing foreign about it.
    pub(super) fn of(sign_in: &SignIn) -> Option<Self> {
        let foreign = Self {
            at: sign_in.at,
            outcome: sign_in.outcome,
            address: sign_in.address,
            device: sign_in.device.id.as_deref().map(Box::from),
            is_new_device: sign_in.device.is_new == Some(true),
            is_anonymous: sign_in.network.is_anonymous == Some(true),
            session: sign_in.session.as_deref().map(Box::from),
        };
        let is_elsewhere = foreign.is_new_device
            || foreign.is_anonymous
            || foreign.outcome == SignInOutcome::SecondFactorDenied;
        (foreign.outcome.knew_password() && is_elsewhere).then_some(foreign)
    }

    /// Whether it belongs to a lure that was seen at a moment.
    pub(super) fn is_after(&self, lure: Timestamp) -> bool {
        self.at >= lure.minus(CLOCK_SKEW) && self.at <= lure.plus(SIGN_IN_WITHIN)
    }

    /// What it says of somebody who visited the lure or says that they typed something into it, so
    /// many minutes before.
    pub(super) fn after_visit(&self, minutes: u64) -> Finding {
        let marks = self.marks();
        let is_in = self.outcome == SignInOutcome::Success;
        let (rung, confidence) = match (is_in, marks) {
            (true, 2..) => (Rung::Session, 90),
            (true, _) => (Rung::Submitted, 50),
            (false, 2..) => (Rung::Submitted, 90),
            (false, _) => (Rung::Submitted, 70),
        };
        Finding { rung, confidence, evidence: self.words(minutes, "was visited") }
    }

    /// What it says of somebody of whom no more is known than that they got the text: a phone that
    /// nothing here sees. `None` when it says too little.
    pub(super) fn after_text(&self, minutes: u64) -> Option<Finding> {
        let evidence = self.words(minutes, "was received");
        (self.marks() >= 2).then_some(Finding { rung: Rung::Submitted, confidence: 50, evidence })
    }

    /// Where it came from and what with.
    pub(super) fn place(&self) -> Place<'_> {
        Place { address: self.address, device: self.device.as_deref() }
    }

    /// Whether it shows somebody else at work without any lure, as once somebody was evicted: a
    /// colleague with a new phone or behind a VPN has one mark, and the owner who says no knows best.
    pub(super) fn is_plainly_foreign(&self) -> bool {
        self.marks() >= 2 || self.outcome == SignInOutcome::SecondFactorDenied
    }

    /// What it says of somebody who was evicted before.
    pub(super) fn after_eviction(&self) -> String {
        format!("{}, after the eviction", self.what())
    }

    fn marks(&self) -> usize {
        let failed = matches!(
            self.outcome,
            SignInOutcome::SecondFactorDenied | SignInOutcome::SecondFactorFailed
        );
        [failed, self.is_new_device, self.is_anonymous].into_iter().filter(|mark| *mark).count()
    }

    fn words(&self, minutes: u64, lure: &str) -> String {
        let after = match minutes {
            0 => "less than a minute".to_owned(),
            1 => "a minute".to_owned(),
            minutes => format!("{minutes} minutes"),
        };
        format!("{}, {after} after the lure {lure}", self.what())
    }

    fn what(&self) -> String {
        let outcome = match self.outcome {
            SignInOutcome::Success => "somebody signed in",
            SignInOutcome::SecondFactorAsked => "the password was right",
            SignInOutcome::SecondFactorPassed => "the password and the second factor were right",
            SignInOutcome::SecondFactorDenied => {
                "the password was right, and its owner refused the second factor"
            }
            _ => "the password was right, and the second factor failed",
        };
        let device = if self.is_new_device { ", on a device never seen before" } else { "" };
        let network =
            if self.is_anonymous { ", through a network that hides who is behind it" } else { "" };
        format!("{outcome}{device}{network}")
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

    #[track_caller]
    fn check(sign_in: &SignIn, expected: Option<(Rung, u8)>) {
        let found = Foreign::of(sign_in).map(|foreign| foreign.after_visit(3));
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
        let words = Foreign::of(&held).unwrap().after_visit(3).evidence;
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
        assert_eq!(Foreign::of(&denied).unwrap().after_text(1), None);
    }

    #[test]
    fn a_sign_in_belongs_to_the_lure_for_an_hour() {
        let foreign = Foreign::of(&sign_in(SignInOutcome::Success, Some(true), None)).unwrap();
        for (minutes_before, belongs) in
            [(0, true), (60, true), (61, false), (-2, true), (-3, false)]
        {
            let lure = Timestamp::from_unix_ms(-minutes_before * 60_000);
            assert_eq!(foreign.is_after(lure), belongs, "{minutes_before}");
        }
    }
}
