//! What the detector says of a message.

use std::borrow::Cow;
use std::ops::{Add, AddAssign};

use crate::link::Link;
use crate::span::Span;

/// The judgement in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing found. To a person this never reads "safe".
    Benign,
    /// Worth a second look.
    Suspicious,
    /// A lure.
    Malicious,
}

impl Verdict {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::Suspicious => "suspicious",
            Self::Malicious => "malicious",
        }
    }
}

/// Log-odds in hundredths of a nat. Whole numbers, so that weights add up exactly
/// whoever adds them, in whatever order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogOdds(i32);

impl LogOdds {
    /// No evidence either way.
    pub const ZERO: Self = Self(0);

    /// From hundredths of a nat.
    #[must_use]
    pub const fn from_hundredths(hundredths: i32) -> Self {
        Self(hundredths)
    }

    /// From nats, rounded to the nearest hundredth and kept within ±1000.
    #[must_use]
    pub fn from_nats(nats: f64) -> Self {
        // A float-to-int cast saturates and maps NaN to zero: both are wanted here.
        #[expect(clippy::cast_possible_truncation, reason = "clamped just before")]
        Self((nats * 100.0).round().clamp(-100_000.0, 100_000.0) as i32)
    }

    /// In hundredths of a nat.
    #[must_use]
    pub const fn hundredths(self) -> i32 {
        self.0
    }

    /// In nats.
    #[must_use]
    pub fn nats(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl Add for LogOdds {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for LogOdds {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for LogOdds {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl std::fmt::Display for LogOdds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let size = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", size / 100, size % 100)
    }
}

/// A probability between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Probability(f64);

impl Probability {
    /// The probability that these log-odds stand for.
    #[must_use]
    pub fn from_log_odds(score: LogOdds) -> Self {
        Self(1.0 / (1.0 + (-score.nats()).exp()))
    }

    /// As a number between 0 and 1.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

/// The stable kebab-case name of a signal (`lookalike-domain`); never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalId(&'static str);

impl SignalId {
    /// An id from the register of signals.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// The id as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// One signal that fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Which signal.
    pub signal: SignalId,
    /// What it adds to the score.
    pub weight: LogOdds,
    /// The part of the original text it saw; `None` when it saw none of it in particular.
    pub span: Option<Span>,
    /// What it saw, in a sentence for a person.
    pub reason: Cow<'static, str>,
}

/// Something about the assessment itself that its reader should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Note {
    /// The text was longer than the bound; only its first part was assessed.
    Truncated {
        /// How many bytes were assessed.
        assessed: usize,
        /// How many there were.
        total: usize,
    },
    /// There were more links than the bound; the rest were passed over.
    LinksDropped {
        /// How many were kept.
        kept: usize,
    },
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Truncated { assessed, total } => {
                write!(f, "only the first {assessed} of {total} bytes were assessed")
            }
            Self::LinksDropped { kept } => {
                write!(f, "only the first {kept} links were looked at")
            }
        }
    }
}

/// What kind of scam, or of harmless message, this looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ScamKind {
    /// No kind in particular.
    #[default]
    Other,
    /// A parcel that cannot be delivered.
    Delivery,
    /// An account of some service that needs attention.
    Account,
    /// A bank or card.
    Bank,
    /// A government office.
    Government,
    /// A toll, parking charge or fine.
    Toll,
    /// A tax office or refund.
    Refund,
    /// The employer's sign-in, schedule, payroll or help desk.
    Workplace,
    /// A relative with a new number.
    Family,
    /// A stranger's "wrong number".
    WrongNumber,
    /// Work from home for wonderful pay.
    Job,
    /// Riches in crypto or stocks.
    Investment,
    /// A prize.
    Prize,
    /// Easy credit.
    Loan,
    /// An app or profile to install.
    Install,
    /// A charge or subscription never ordered.
    Subscription,
    /// A one-time code to pass on.
    CodeTheft,
    /// An inheritance, gift or plea.
    Charity,
    /// Gambling or adult content.
    Gambling,
    /// Threats.
    Extortion,
    /// Money to be sent to a number or account.
    Payment,
    /// Advertising, wanted or not: no scam.
    Promotion,
}

impl ScamKind {
    /// Every kind with its name in outputs and data files.
    pub const ALL: [(Self, &'static str); 22] = [
        (Self::Other, "other"),
        (Self::Delivery, "delivery"),
        (Self::Account, "account"),
        (Self::Bank, "bank"),
        (Self::Government, "government"),
        (Self::Toll, "toll"),
        (Self::Refund, "refund"),
        (Self::Workplace, "workplace"),
        (Self::Family, "family"),
        (Self::WrongNumber, "wrong-number"),
        (Self::Job, "job"),
        (Self::Investment, "investment"),
        (Self::Prize, "prize"),
        (Self::Loan, "loan"),
        (Self::Install, "install"),
        (Self::Subscription, "subscription"),
        (Self::CodeTheft, "code-theft"),
        (Self::Charity, "charity"),
        (Self::Gambling, "gambling"),
        (Self::Extortion, "extortion"),
        (Self::Payment, "payment"),
        (Self::Promotion, "promotion"),
    ];

    /// Its name in outputs and data files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// What the detector says of one message: everything a person or program needs to
/// decide, and to check that decision.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Assessment {
    /// The judgement.
    pub verdict: Verdict,
    /// How likely it is a lure, calibrated.
    pub probability: Probability,
    /// The sum of the evidence's weights and of nothing else.
    pub score: LogOdds,
    /// What kind of scam it looks like; `Promotion` for advertising; `None` when benign
    /// and nothing in particular.
    pub kind: Option<ScamKind>,
    /// What was seen, the base rate among it, heaviest first.
    pub evidence: Vec<Evidence>,
    /// Signals that had nothing to look at because a look-up was unavailable.
    pub unavailable: Vec<SignalId>,
    /// What it asks its reader to use.
    pub links: Vec<Link>,
    /// What the reader of this assessment should know about it.
    pub notes: Vec<Note>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_odds_print_with_their_sign() {
        assert_eq!(LogOdds::from_nats(2.314).to_string(), "+2.31");
        assert_eq!(LogOdds::from_hundredths(-7).to_string(), "-0.07");
        assert_eq!(LogOdds::ZERO.to_string(), "+0.00");
        assert_eq!(LogOdds::from_nats(f64::NAN), LogOdds::ZERO);
    }

    #[test]
    fn kinds_stand_at_their_own_index() {
        for (kind, name) in ScamKind::ALL {
            assert_eq!(kind.name(), name);
            assert_eq!(ScamKind::from_name(name), Some(kind));
        }
    }
}
