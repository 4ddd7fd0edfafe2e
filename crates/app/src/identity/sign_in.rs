//! What an identity provider tells of sign-ins, in one shape for all of them.
//!
//! What a provider does not tell is `None`, never guessed.

use std::net::IpAddr;

use unhook_model::Timestamp;

/// The longest cursor, in bytes; those of providers have some hundred.
pub const LONGEST_CURSOR: usize = 4_096;

/// What became of an attempt to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SignInOutcome {
    /// Somebody is in.
    Success,
    /// The right password, and the second factor is still asked for.
    SecondFactorAsked,
    /// The right password and second factor; whether a session follows is an entry of its own.
    SecondFactorPassed,
    /// The right password, and the owner said no to the second factor.
    SecondFactorDenied,
    /// The right password, and the second factor was wrong or never came.
    SecondFactorFailed,
    /// A wrong password, or one that nobody has.
    WrongPassword,
    /// A rule of the provider let nobody in: place, device, risk, a locked account.
    Blocked,
    /// Something else went wrong.
    Failure,
}

impl SignInOutcome {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::SecondFactorAsked => "second-factor-asked",
            Self::SecondFactorPassed => "second-factor-passed",
            Self::SecondFactorDenied => "second-factor-denied",
            Self::SecondFactorFailed => "second-factor-failed",
            Self::WrongPassword => "wrong-password",
            Self::Blocked => "blocked",
            Self::Failure => "failure",
        }
    }

    /// Whether whoever it was knew the password.
    #[must_use]
    pub const fn knew_password(self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::SecondFactorAsked
                | Self::SecondFactorPassed
                | Self::SecondFactorDenied
                | Self::SecondFactorFailed
        )
    }
}

/// Where an attempt came from, as far as the provider tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The autonomous system.
    pub asn: Option<u32>,
    /// Whose it is.
    pub organization: Option<String>,
    /// Whether it hides who is behind it: a VPN, a proxy, a hoster.
    pub is_anonymous: Option<bool>,
    /// The country, as the provider writes it.
    pub country: Option<String>,
    /// Whether the provider finds the place unusual for this account: never seen there, or too far from where it
    /// was.
    pub is_unusual: Option<bool>,
}

/// What an attempt was made with, as far as the provider tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The provider's id of it.
    pub id: Option<String>,
    /// The user agent, or browser and system.
    pub agent: Option<String>,
    /// Whether this account was never seen on it before.
    pub is_new: Option<bool>,
    /// Whether the organization manages it.
    pub is_managed: Option<bool>,
}

/// One attempt to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The provider's id of this entry, the same whenever it comes.
    pub id: String,
    /// The provider's id of the account; an attempt on a name that nobody has comes without.
    pub account: Option<String>,
    /// What was typed as the name.
    pub login: String,
    /// When.
    pub at: Timestamp,
    /// What the provider calls this kind of event.
    pub event: String,
    /// What became of it.
    pub outcome: SignInOutcome,
    /// From which address.
    pub address: Option<IpAddr>,
    /// From which network.
    pub network: Network,
    /// With what.
    pub device: Device,
    /// The provider's id of the session.
    pub session: Option<String>,
}

/// Where reading goes on: the provider's own matter, to be kept and given back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(String);

/// A text that is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cursor has 1 to {LONGEST_CURSOR} bytes; begin at a moment instead")]
pub struct CursorError;

impl Cursor {
    /// From what [`Cursor::as_str`] gave.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn new(text: impl Into<String>) -> Result<Self, CursorError> {
        let text = text.into();
        if text.is_empty() || text.len() > LONGEST_CURSOR {
            Err(CursorError)
        } else {
            Ok(Self(text))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where to begin.
#[derive(Clone, Copy, Debug)]
pub enum ReadFrom<'a> {
    /// With what happened at this moment or later.
    Moment(Timestamp),
    /// Where a page ended.
    Cursor(&'a Cursor),
}

/// Some sign-ins, in whatever order the provider has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The sign-ins.
    pub sign_ins: Vec<SignIn>,
    /// Entries that could not be read, and are passed over.
    pub passed_over: usize,
    /// Where to go on, now or later.
    pub next: Cursor,
    /// Whether there is nothing more for now.
    pub is_end: bool,
}
