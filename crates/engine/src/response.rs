//! What is done about a campaign: names that stop resolving, people whose sessions end, and who
//! has to agree.
//!
//! An [`Action`] is proposed once, by a playbook or a person; whether it needs anybody's approval is
//! part of it. What follows are [`Event`]s, which [`State`] adds up. What is done outside this
//! program is done by others, who say how it went.
//!
//! Folding asks nobody whether a block may be: what the journal says is what was decided then. Whoever
//! makes names stop resolving asks [`Protected`](crate::Protected) for a proof, each time.

mod letter;
pub mod playbook;
mod state;

use unhook_model::{ActionId, CampaignId, Hostname, PersonId, Timestamp};

pub use letter::{Letter, LetterKind, LetterState, SENDING};
pub use playbook::{Playbook, Rung};
pub use state::{ActionState, Asked, ListHead, State};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something is to be done, or somebody is asked whether it is.
    Proposed(Action),
    /// Somebody agreed.
    Approved {
        /// To what.
        action: ActionId,
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Somebody said no, or nobody said anything in time.
    Declined {
        /// To what.
        action: ActionId,
        /// Who; nobody when its time was over.
        by: Option<PersonId>,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// A step of an action is being done outside: from here on it may have been.
    Begun {
        /// Of which action.
        action: ActionId,
        /// Which step, as a short name.
        step: String,
        /// When.
        at: Timestamp,
    },
    /// How a step went.
    Ended {
        /// Of which action.
        action: ActionId,
        /// Which step, as a short name.
        step: String,
        /// How it stands.
        outcome: Outcome,
        /// What came of it, in a line without anything personal.
        note: String,
        /// When.
        at: Timestamp,
    },
    /// A person saw to a step that nothing here could do.
    SeenTo {
        /// Of which action.
        action: ActionId,
        /// Which step, as a short name.
        step: String,
        /// Who did.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Somebody took back what an action did outside: whoever was suspended is let in again.
    Undone {
        /// Which action.
        action: ActionId,
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// After somebody was evicted, the actor signed in as them again.
    Returned {
        /// Which eviction.
        action: ActionId,
        /// When they did.
        at: Timestamp,
        /// What was seen, in a line without anything personal.
        evidence: String,
    },
    /// A name stopped resolving.
    Blocked(Block),
    /// It resolves again.
    Lifted {
        /// Which name.
        name: Hostname,
        /// Why.
        why: Lift,
        /// Who did; nobody when it came about by itself.
        by: Option<PersonId>,
        /// When.
        at: Timestamp,
    },
    /// A list of names became another.
    Listed(Listing),
    /// It was seen how far a campaign got with somebody.
    Exposed(Exposure),
    /// It was not: what came later says that it was somebody else, or nobody can say who.
    Withdrawn {
        /// Which campaign.
        campaign: CampaignId,
        /// With whom.
        who: Exposed,
        /// How far.
        rung: Rung,
        /// What seemed to have seen it.
        source: String,
        /// When that became clear.
        at: Timestamp,
    },
}

impl Event {
    /// The same, without the names that became part of a list or left it.
    #[must_use]
    pub fn without_names(&self) -> Self {
        match self {
            Self::Listed(listing) => Self::Listed(Listing {
                list: listing.list.clone(),
                added: Vec::new(),
                removed: Vec::new(),
                reason: listing.reason.clone(),
                ..*listing
            }),
            other => other.clone(),
        }
    }
}

/// A name that stopped resolving, with all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The name.
    pub name: Hostname,
    /// Why, in a line.
    pub reason: String,
    /// Because of which campaign.
    pub campaign: Option<CampaignId>,
    /// By which action.
    pub action: Option<ActionId>,
    /// Who did; nobody for a playbook.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// Until when; until somebody lifts it, if not given.
    pub expires_at: Option<Timestamp>,
}

/// Why a name resolves again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lift {
    /// Somebody said so.
    Undone,
    /// Its time was over.
    Expired,
    /// It must not be blocked, as is known now.
    Protected,
}

impl Lift {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undone => "undone",
            Self::Expired => "expired",
            Self::Protected => "protected",
        }
    }
}

/// What a list of names became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// What it is called.
    pub list: String,
    /// Names that were not in it.
    pub added: Vec<Hostname>,
    /// Names that are no longer in it.
    pub removed: Vec<Hostname>,
    /// How many are in it now.
    pub count: u64,
    /// What it is, in a line.
    pub reason: String,
    /// Who brought it in.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
}

/// How far a campaign got with somebody, as one source saw it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposure {
    /// Which campaign.
    pub campaign: CampaignId,
    /// With whom.
    pub who: Exposed,
    /// How far.
    pub rung: Rung,
    /// What saw it, as a short name: `report`, `statement`, `resolver`, `sign-in`.
    pub source: String,
    /// When it happened.
    pub at: Timestamp,
    /// What was seen, in a line without anything personal.
    pub evidence: String,
    /// How sure it is that it was this person and this campaign, in hundredths.
    pub confidence: u8,
}

/// Whom a campaign got to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposed {
    /// Somebody known.
    Person(PersonId),
    /// Somebody behind an address or a device that nobody is known to have had: its mark.
    Unknown(String),
}

impl Exposure {
    /// Whether this counts rather than another that the same source saw of the same person at
    /// the same rung: the earliest does.
    #[must_use]
    pub fn is_before(&self, other: &Self) -> bool {
        (self.at, &self.evidence, self.confidence) < (other.at, &other.evidence, other.confidence)
    }

    /// Whether an identity provider, or what it guards, saw it: the only thing that evicts anybody
    /// without asking.
    #[must_use]
    pub fn is_seen_by_provider(&self) -> bool {
        self.rung >= Rung::Session
    }
}

/// One thing done about a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its id.
    pub id: ActionId,
    /// About which campaign.
    pub campaign: Option<CampaignId>,
    /// What.
    pub deed: Deed,
    /// Which rule of a playbook proposes it; none when a person does.
    pub rule: Option<String>,
    /// Which person does.
    pub by: Option<PersonId>,
    /// Why, in a line.
    pub reason: String,
    /// How many people have to agree; none for one that is done at once.
    pub approvals: u8,
    /// Whether the rule would have had it done at once, and caution asks.
    pub would_run: bool,
    /// When.
    pub at: Timestamp,
    /// Until when somebody may agree.
    pub lapses_at: Timestamp,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A name stops resolving.
    Block {
        /// Which.
        name: Hostname,
        /// For how long, in milliseconds; until somebody lifts it, if not given.
        lasts: Option<u64>,
    },
    /// Somebody's sessions end and what an actor may have left is removed.
    Evict {
        /// Whose.
        person: PersonId,
        /// Whether the account is suspended, too.
        suspend: bool,
    },
    /// A mail goes out. No playbook does that.
    Write(Letter),
}

impl Deed {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Block { .. } => "block",
            Self::Evict { suspend: false, .. } => "evict",
            Self::Evict { suspend: true, .. } => "suspend",
            Self::Write(_) => "mail",
        }
    }
}

/// How a step outside stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It will be tried again.
    Waiting,
    /// It was refused, and will not be tried again.
    Failed,
    /// Nobody knows.
    Unknown,
    /// There is nothing here that could do it: a person has to.
    ByHand,
}

impl Outcome {
    /// Each with its name in outputs.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Done, "done"),
        (Self::Waiting, "waiting"),
        (Self::Failed, "failed"),
        (Self::Unknown, "unknown"),
        (Self::ByHand, "by-hand"),
    ];

    /// Its name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The outcome of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(outcome, _)| *outcome)
    }
}
