//! A mail about a campaign that leaves the house: to a registrar, a host, a sender's carrier, or to
//! staff.
//!
//! It is an action that a person proposed and agreed to at once, as they read it. Sending it is its one
//! step, [`SENDING`]: the journal says that it begins before it does, so one that a crash ended is
//! [`LetterState::Unknown`] and for a person to say.

use super::state::{ActionState, Asked};
use super::{Deed, Outcome};

/// The one step of a letter.
pub const SENDING: &str = "mail";

/// To whom a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LetterKind {
    /// Where the name was registered.
    Registrar,
    /// Where the page lies.
    Host,
    /// Whose network the sender writes from.
    Carrier,
    /// The organization's own people.
    Staff,
}

impl LetterKind {
    /// Each with its name in outputs.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Registrar, "registrar"),
        (Self::Host, "host"),
        (Self::Carrier, "carrier"),
        (Self::Staff, "staff"),
    ];

    /// Its name in outputs.
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

/// A mail about a campaign, as a person approved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub kind: LetterKind,
    /// What of the campaign it is about: a name or a sender; nothing for staff.
    pub about: String,
    /// Its address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub body: String,
    /// The evidence for machines that goes with it, as JSON.
    pub evidence: Option<String>,
}

impl Letter {
    /// Whether another is the same matter, whatever either says.
    #[must_use]
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        (self.kind, &self.about) == (other.kind, &other.about)
    }
}

/// How a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LetterState {
    /// It is to be sent, again perhaps.
    Waiting,
    /// It was handed over.
    Sent,
    /// It was not, and will not be.
    Refused,
    /// Nobody knows, and it is not sent again.
    Unknown,
}

impl LetterState {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

impl Asked {
    /// The letter, of an action that is one.
    #[must_use]
    pub fn letter(&self) -> Option<&Letter> {
        match &self.action.deed {
            Deed::Write(letter) => Some(letter),
            _ => None,
        }
    }

    /// How the letter stands, of an action that is one and to which a person agreed.
    #[must_use]
    pub fn letter_state(&self) -> Option<LetterState> {
        self.letter()?;
        if self.state() != ActionState::Approved || self.approved_by.is_empty() {
            return None;
        }
        Some(match self.steps.get(SENDING).map(|(outcome, ..)| *outcome) {
            None | Some(Outcome::Waiting) => LetterState::Waiting,
            Some(Outcome::Done) => LetterState::Sent,
            Some(Outcome::Failed) => LetterState::Refused,
            Some(Outcome::Unknown | Outcome::ByHand) => LetterState::Unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use unhook_model::{ActionId, PersonId, Timestamp};

    use super::super::{Action, Event, State};
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_ms(1_700_000_000_000);

    fn letter(kind: LetterKind, about: &str) -> Letter {
        Letter {
            kind,
            about: about.to_owned(),
            to: "abuse@registrar.example".to_owned(),
            subject: "Phishing".to_owned(),
            body: "Please look at it.".to_owned(),
            evidence: None,
        }
    }

    fn events(outcomes: &[Outcome]) -> Vec<Event> {
        let (id, by) = (ActionId::from_bytes([9; 16]), PersonId::from_bytes([1; 16]));
        let action = Action {
            id,
            campaign: None,
            deed: Deed::Write(letter(LetterKind::Registrar, "evil.test")),
            rule: None,
            by: Some(by),
            reason: "Phishing".to_owned(),
            approvals: 1,
            would_run: false,
            at: NOON,
            lapses_at: NOON,
        };
        let mut events =
            vec![Event::Proposed(action), Event::Approved { action: id, by, at: NOON }];
        for outcome in outcomes {
            let (step, note) = (SENDING.to_owned(), String::new());
            events.push(Event::Ended { action: id, step, outcome: *outcome, note, at: NOON });
        }
        events
    }

    #[track_caller]
    fn check(outcomes: &[Outcome], expected: LetterState) {
        let mut state = State::default();
        events(outcomes).iter().for_each(|event| state.fold(event));
        let asked = state.action(ActionId::from_bytes([9; 16])).unwrap();
        assert_eq!(asked.letter_state(), Some(expected), "{outcomes:?}");
    }

    #[test]
    fn how_it_stands_follows_from_its_one_step() {
        check(&[], LetterState::Waiting);
        check(&[Outcome::Waiting], LetterState::Waiting);
        check(&[Outcome::Waiting, Outcome::Done], LetterState::Sent);
        check(&[Outcome::Failed], LetterState::Refused);
        check(&[Outcome::Unknown], LetterState::Unknown);
        check(&[Outcome::Unknown, Outcome::Failed], LetterState::Refused);
    }

    #[test]
    fn before_a_person_agreed_it_stands_nowhere() {
        for approvals in [0, 1] {
            let Event::Proposed(action) = events(&[])[0].clone() else { unreachable!() };
            let mut state = State::default();
            state.fold(&Event::Proposed(Action { approvals, ..action }));
            let asked = state.action(ActionId::from_bytes([9; 16])).unwrap();
            assert_eq!(asked.letter_state(), None, "{approvals}");
        }
    }

    #[test]
    fn kinds_stand_at_their_own_index() {
        for (kind, name) in LetterKind::ALL {
            assert_eq!(kind.name(), name);
            assert_eq!(LetterKind::from_name(name), Some(kind));
        }
    }
}
