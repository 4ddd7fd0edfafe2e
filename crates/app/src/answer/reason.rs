//! Why: the few reasons that a person is given, and which signals they stand for.
//!
//! There are seventy signals and not seventy things to say: one reason stands for all that
//! look the same to somebody who holds a phone. A signal that speaks against a lure is never a
//! reason, and neither is one that means little alone.

use unhook_model::ScamKind;

/// Something that a person can see for themselves once it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is put into words in data/answers/en.toml")]
pub enum Reason {
    Imitation,
    OtherCompany,
    Workplace,
    Page,
    Sender,
    NewSite,
    Known,
    HiddenLink,
    OddLink,
    Disguise,
    Hurry,
    Threat,
    SignIn,
    Code,
    Money,
    Charge,
    Call,
    Reply,
    Secrecy,
    Install,
    Parcel,
    Account,
    Relative,
    Stranger,
    Riches,
    Name,
    Wording,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 27] = [
        Self::Imitation,
        Self::OtherCompany,
        Self::Workplace,
        Self::Page,
        Self::Sender,
        Self::NewSite,
        Self::Known,
        Self::HiddenLink,
        Self::OddLink,
        Self::Disguise,
        Self::Hurry,
        Self::Threat,
        Self::SignIn,
        Self::Code,
        Self::Money,
        Self::Charge,
        Self::Call,
        Self::Reply,
        Self::Secrecy,
        Self::Install,
        Self::Parcel,
        Self::Account,
        Self::Relative,
        Self::Stranger,
        Self::Riches,
        Self::Name,
        Self::Wording,
    ];

    /// What a signal is called to a person. `None` for an id that nobody decided about,
    /// `Some(None)` for one that is deliberately not named.
    #[must_use]
    pub fn of_signal(id: &str) -> Option<Option<Self>> {
        SIGNALS.iter().find(|(known, _)| *known == id).map(|(_, reason)| *reason)
    }

    /// What can be said of a kind of scam where no signal can be named.
    fn of_kind(kind: ScamKind) -> Option<Self> {
        Some(match kind {
            ScamKind::Delivery => Self::Parcel,
            ScamKind::Account | ScamKind::Bank => Self::Account,
            ScamKind::Toll => Self::Charge,
            ScamKind::Workplace => Self::Workplace,
            ScamKind::Family => Self::Relative,
            ScamKind::WrongNumber | ScamKind::Charity => Self::Stranger,
            ScamKind::Job
            | ScamKind::Investment
            | ScamKind::Prize
            | ScamKind::Loan
            | ScamKind::Refund
            | ScamKind::Gambling => Self::Riches,
            ScamKind::Install => Self::Install,
            ScamKind::Subscription => Self::Call,
            ScamKind::CodeTheft => Self::Code,
            ScamKind::Extortion => Self::Threat,
            ScamKind::Payment => Self::Money,
            _ => return None,
        })
    }
}

/// Every signal, and the reason it stands for.
const SIGNALS: &[(&str, Option<Reason>)] = &[
    ("account-problem", Some(Reason::Account)),
    ("app-file-link", Some(Reason::Install)),
    ("bad-reputation", Some(Reason::Known)),
    ("bare-link", Some(Reason::OddLink)),
    ("brand-link-mismatch", Some(Reason::OtherCompany)),
    ("brand-sender-mismatch", Some(Reason::Sender)),
    ("call-back", Some(Reason::Call)),
    ("charity-or-relationship", Some(Reason::Stranger)),
    ("chat-link", Some(Reason::Reply)),
    ("cheap-suffix-link", Some(Reason::OddLink)),
    ("code-request", Some(Reason::Code)),
    ("credential-request", Some(Reason::SignIn)),
    ("deceptive-host", Some(Reason::Imitation)),
    ("delivery-problem", Some(Reason::Parcel)),
    ("disguised-link", Some(Reason::HiddenLink)),
    ("dynamic-dns-link", Some(Reason::OddLink)),
    ("email-sender", Some(Reason::Sender)),
    ("family-impersonation", Some(Reason::Relative)),
    ("foreign-script-host", Some(Reason::Imitation)),
    ("foreign-sender", Some(Reason::Sender)),
    ("free-hosting-link", Some(Reason::OddLink)),
    ("gambling-or-adult", Some(Reason::Riches)),
    ("hidden-characters", Some(Reason::Disguise)),
    ("install-request", Some(Reason::Install)),
    ("investment", Some(Reason::Riches)),
    ("ip-address-link", Some(Reason::HiddenLink)),
    ("job-offer", Some(Reason::Riches)),
    ("known-indicator", Some(Reason::Known)),
    ("leet-words", Some(Reason::Disguise)),
    ("loan", Some(Reason::Riches)),
    ("lookalike-domain", Some(Reason::Imitation)),
    ("lookalike-letters", Some(Reason::Disguise)),
    ("machine-made-host", Some(Reason::OddLink)),
    ("organization-impersonation", Some(Reason::Workplace)),
    ("page-mimicry", Some(Reason::Page)),
    ("payment-request", Some(Reason::Money)),
    ("pretext-link", Some(Reason::OddLink)),
    ("prize", Some(Reason::Riches)),
    ("recipient-name", Some(Reason::Name)),
    ("refund", Some(Reason::Riches)),
    ("reply-hook", Some(Reason::Reply)),
    ("scrambled-letters", Some(Reason::Disguise)),
    ("secrecy", Some(Reason::Secrecy)),
    ("short-link-shape", Some(Reason::HiddenLink)),
    ("spaced-letters", Some(Reason::Disguise)),
    ("styled-letters", Some(Reason::Disguise)),
    ("subscription-charge", Some(Reason::Call)),
    ("telling-host", Some(Reason::OddLink)),
    ("threat", Some(Reason::Threat)),
    ("toll-or-fine", Some(Reason::Charge)),
    ("urgency", Some(Reason::Hurry)),
    ("url-shortener", Some(Reason::HiddenLink)),
    ("userinfo-link", Some(Reason::Imitation)),
    ("workplace-lure", Some(Reason::Workplace)),
    ("wrong-number", Some(Reason::Stranger)),
    ("young-certificate", Some(Reason::NewSite)),
    ("young-domain", Some(Reason::NewSite)),
    // Most honest texts have it too.
    ("tap-link", None),
    ("new-sender", None),
    // They speak against a lure.
    ("appointment-notice", None),
    ("delivery-notice", None),
    ("good-reputation", None),
    ("known-link", None),
    ("known-sender", None),
    ("one-time-code", None),
    ("opt-out", None),
    ("organization-link", None),
    ("personal-chat", None),
    ("scam-warning", None),
    ("transaction-notice", None),
    // They may speak either way, and the id does not say which.
    ("base-rate", None),
    ("promotion-model", None),
    ("text-model", None),
];

/// The reasons that these signals, heaviest first, come to: each once, and at least one.
#[must_use]
pub fn deciding<'s>(
    signals: impl IntoIterator<Item = &'s str>,
    kind: Option<ScamKind>,
    most: usize,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for reason in signals.into_iter().filter_map(Reason::of_signal).flatten() {
        if reasons.len() < most && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        reasons.push(kind.and_then(Reason::of_kind).unwrap_or(Reason::Wording));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_detect::{score, signals};
    use unhook_model::LogOdds;

    /// Signals for a lure that are deliberately not named.
    const UNNAMED: [&str; 2] = ["tap-link", "new-sender"];

    #[test]
    fn every_signal_was_decided_about() {
        for signal in signals::ALL {
            let id = signal.id.as_str();
            let speaks_for = signal.weight > LogOdds::ZERO;
            let is_named = Reason::of_signal(id).unwrap_or_else(|| panic!("{id}: undecided"));
            assert_eq!(is_named.is_some(), speaks_for && !UNNAMED.contains(&id), "{id}");
        }
        for id in [score::BASE_RATE, score::TEXT_MODEL, score::PROMOTION_MODEL] {
            assert_eq!(Reason::of_signal(id.as_str()), Some(None));
        }
        assert_eq!(SIGNALS.len(), signals::ALL.len() + 3, "an id stands twice, or is none");
    }

    #[test]
    fn every_reason_can_be_given() {
        for reason in Reason::ALL {
            let is_of_signal = SIGNALS.iter().any(|(_, named)| *named == Some(reason));
            assert!(is_of_signal || reason == Reason::Wording, "{reason:?}");
        }
    }

    #[test]
    fn the_heaviest_come_first_and_each_once() {
        let signals = ["text-model", "young-domain", "young-certificate", "urgency", "threat"];
        assert_eq!(deciding(signals, None, 2), [Reason::NewSite, Reason::Hurry]);
    }

    #[test]
    fn without_a_signal_to_name_the_kind_speaks() {
        assert_eq!(deciding(["text-model"], Some(ScamKind::Toll), 3), [Reason::Charge]);
        assert_eq!(deciding(["a-later-one"], None, 3), [Reason::Wording]);
    }
}
