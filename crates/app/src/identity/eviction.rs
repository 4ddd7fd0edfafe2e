//! What there is to see to, to get an actor out of one person's accounts.
//!
//! An ended session is not the end. Whoever was in may have added a factor, a device or a password
//! of an application, sends mail on by a rule, and is signed in to applications that the provider
//! knows nothing of. So the list has all of it, also what nothing here can do: that is for a person,
//! and said. How each item stands is what the action's steps say
//! ([`Outcome`](unhook_engine::response::Outcome)).

use super::{Added, Additions, Step};

/// One thing to see to, in the order in which it is seen to: who is in goes out first, and then
/// what lets them in again goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Sessions at the provider.
    Sessions,
    /// Tokens that applications hold.
    Tokens,
    /// The password.
    Password,
    /// Second factors that were added.
    Factors,
    /// Devices that were added.
    Devices,
    /// Passwords of single applications that were added.
    AppPasswords,
    /// Rules of the mailbox that send mail on or hide it.
    MailRules,
    /// Sessions at applications, which outlive the provider's.
    ApplicationSessions,
}

impl Item {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Sessions,
        Self::Tokens,
        Self::Password,
        Self::Factors,
        Self::Devices,
        Self::AppPasswords,
        Self::MailRules,
        Self::ApplicationSessions,
    ];

    /// Its name in outputs, and in the journal for ever.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Tokens => "tokens",
            Self::Password => "password",
            Self::Factors => "factors",
            Self::Devices => "devices",
            Self::AppPasswords => "app-passwords",
            Self::MailRules => "mail-rules",
            Self::ApplicationSessions => "application-sessions",
        }
    }

    /// The one step that sees to it, where there is one.
    #[must_use]
    pub const fn step(self) -> Option<Step> {
        match self {
            Self::Sessions => Some(Step::EndSessions),
            Self::Tokens => Some(Step::RevokeTokens),
            Self::Password => Some(Step::ExpirePassword),
            _ => None,
        }
    }

    /// Of what was added to an account, what is this; `None` for what is never added, and for what
    /// the provider cannot show.
    #[must_use]
    pub fn added(self, additions: &Additions) -> Option<&[Added]> {
        let added = match self {
            Self::Factors => &additions.factors,
            Self::Devices => &additions.devices,
            Self::AppPasswords => &additions.app_passwords,
            _ => return None,
        };
        added.as_deref()
    }

    /// The step that takes one of this away, by the provider's id of it.
    #[must_use]
    pub fn removal(self, id: &str) -> Option<Step> {
        let id = id.to_owned();
        match self {
            Self::Factors => Some(Step::RemoveFactor(id)),
            Self::Devices => Some(Step::RemoveDevice(id)),
            Self::AppPasswords => Some(Step::RemoveAppPassword(id)),
            _ => None,
        }
    }

    /// What a person is to do where no provider can see to it at all.
    #[must_use]
    pub const fn by_hand(self) -> Option<&'static str> {
        match self {
            Self::MailRules => Some("look for rules that send mail on, and remove them"),
            Self::ApplicationSessions => {
                Some("end the sessions of applications that keep their own")
            }
            _ => None,
        }
    }
}
