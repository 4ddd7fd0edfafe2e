//! The first version of what is done about campaigns.

use serde::{Deserialize, Serialize};
use unhook_engine::response::{self as inner, Outcome, Rung};
use unhook_model::{ActionId, CampaignId, PersonId, Timestamp};

use super::records::{Name, Named, named};
use super::v1::{Host, Id, Milliseconds};

named! {
    Outcome {
        Done = "done", Waiting = "waiting", Failed = "failed", Unknown = "unknown",
        ByHand = "by-hand",
    }
    Rung {
        Received = "received", Visited = "visited", Submitted = "submitted", Session = "session",
        Data = "data",
    }
    inner::LetterKind {
        Registrar = "registrar", Host = "host", Carrier = "carrier", Staff = "staff",
    }
    inner::Lift { Undone = "undone", Expired = "expired", Protected = "protected" }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(super) enum Event {
    Proposed {
        action: Id<ActionId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        campaign: Option<Id<CampaignId>>,
        deed: Deed,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Id<PersonId>>,
        reason: String,
        approvals: u8,
        would_run: bool,
        at: Milliseconds,
        lapses_at: Milliseconds,
    },
    Approved {
        action: Id<ActionId>,
        by: Id<PersonId>,
        at: Milliseconds,
    },
    Declined {
        action: Id<ActionId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Id<PersonId>>,
        reason: String,
        at: Milliseconds,
    },
    Begun {
        action: Id<ActionId>,
        step: String,
        at: Milliseconds,
    },
    Ended {
        action: Id<ActionId>,
        step: String,
        outcome: Name<Outcome>,
        note: String,
        at: Milliseconds,
    },
    SeenTo {
        action: Id<ActionId>,
        step: String,
        by: Id<PersonId>,
        at: Milliseconds,
    },
    Undone {
        action: Id<ActionId>,
        by: Id<PersonId>,
        at: Milliseconds,
    },
    Returned {
        action: Id<ActionId>,
        at: Milliseconds,
        evidence: String,
    },
    Blocked {
        name: Host,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        campaign: Option<Id<CampaignId>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<Id<ActionId>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Id<PersonId>>,
        at: Milliseconds,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Milliseconds>,
    },
    Lifted {
        name: Host,
        why: Name<inner::Lift>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Id<PersonId>>,
        at: Milliseconds,
    },
    Listed {
        list: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        added: Vec<Host>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        removed: Vec<Host>,
        count: u64,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Id<PersonId>>,
        at: Milliseconds,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Milliseconds>,
    },
    Exposed {
        campaign: Id<CampaignId>,
        who: Who,
        rung: Name<Rung>,
        source: String,
        at: Milliseconds,
        evidence: String,
        confidence: u8,
    },
    Withdrawn {
        campaign: Id<CampaignId>,
        who: Who,
        rung: Name<Rung>,
        source: String,
        at: Milliseconds,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Who {
    Person(Id<PersonId>),
    Unknown(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(super) enum Deed {
    Block {
        name: Host,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lasts: Option<u64>,
    },
    Evict {
        person: Id<PersonId>,
        suspend: bool,
    },
    Write {
        kind: Name<inner::LetterKind>,
        about: String,
        to: String,
        subject: String,
        body: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
}

/// Whether an event of this kind is one of these.
pub(super) fn is_kind(kind: &str) -> bool {
    const KINDS: [&str; 13] = [
        "proposed",
        "approved",
        "declined",
        "begun",
        "ended",
        "seen-to",
        "undone",
        "returned",
        "blocked",
        "lifted",
        "listed",
        "exposed",
        "withdrawn",
    ];
    KINDS.contains(&kind)
}

impl Event {
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Proposed { .. } => "proposed",
            Self::Approved { .. } => "approved",
            Self::Declined { .. } => "declined",
            Self::Begun { .. } => "begun",
            Self::Ended { .. } => "ended",
            Self::SeenTo { .. } => "seen-to",
            Self::Undone { .. } => "undone",
            Self::Returned { .. } => "returned",
            Self::Blocked { .. } => "blocked",
            Self::Lifted { .. } => "lifted",
            Self::Listed { .. } => "listed",
            Self::Exposed { .. } => "exposed",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }
}

impl From<&inner::Event> for Event {
    fn from(event: &inner::Event) -> Self {
        use inner::Event as Theirs;
        match event.clone() {
            Theirs::Proposed(action) => Self::proposed(action),
            Theirs::Approved { action, by, at } => {
                Self::Approved { action: Id(action), by: Id(by), at: at.unix_ms() }
            }
            Theirs::Declined { action, by, reason, at } => {
                Self::Declined { action: Id(action), by: by.map(Id), reason, at: at.unix_ms() }
            }
            Theirs::Begun { action, step, at } => {
                Self::Begun { action: Id(action), step, at: at.unix_ms() }
            }
            Theirs::Ended { action, step, outcome, note, at } => Self::Ended {
                action: Id(action),
                step,
                outcome: Name(outcome),
                note,
                at: at.unix_ms(),
            },
            Theirs::SeenTo { action, step, by, at } => {
                Self::SeenTo { action: Id(action), step, by: Id(by), at: at.unix_ms() }
            }
            Theirs::Undone { action, by, at } => {
                Self::Undone { action: Id(action), by: Id(by), at: at.unix_ms() }
            }
            Theirs::Returned { action, at, evidence } => {
                Self::Returned { action: Id(action), at: at.unix_ms(), evidence }
            }
            Theirs::Blocked(block) => Self::blocked(block),
            Theirs::Lifted { name, why, by, at } => {
                Self::Lifted { name: Host(name), why: Name(why), by: by.map(Id), at: at.unix_ms() }
            }
            Theirs::Listed(listing) => Self::listed(listing),
            Theirs::Exposed(exposure) => Self::exposed(exposure),
            Theirs::Withdrawn { campaign, who, rung, source, at } => Self::Withdrawn {
                campaign: Id(campaign),
                who: who.into(),
                rung: Name(rung),
                source,
                at: at.unix_ms(),
            },
        }
    }
}

impl Event {
    fn proposed(action: inner::Action) -> Self {
        let inner::Action {
            id,
            campaign,
            deed,
            rule,
            by,
            reason,
            approvals,
            would_run,
            at,
            lapses_at,
        } = action;
        Self::Proposed {
            action: Id(id),
            campaign: campaign.map(Id),
            deed: deed.into(),
            rule,
            by: by.map(Id),
            reason,
            approvals,
            would_run,
            at: at.unix_ms(),
            lapses_at: lapses_at.unix_ms(),
        }
    }

    fn exposed(exposure: inner::Exposure) -> Self {
        let inner::Exposure { campaign, who, rung, source, at, evidence, confidence } = exposure;
        Self::Exposed {
            campaign: Id(campaign),
            who: who.into(),
            rung: Name(rung),
            source,
            at: at.unix_ms(),
            evidence,
            confidence,
        }
    }

    fn blocked(block: inner::Block) -> Self {
        let inner::Block { name, reason, campaign, action, by, at, expires_at } = block;
        Self::Blocked {
            name: Host(name),
            reason,
            campaign: campaign.map(Id),
            action: action.map(Id),
            by: by.map(Id),
            at: at.unix_ms(),
            expires_at: expires_at.map(Timestamp::unix_ms),
        }
    }

    fn listed(listing: inner::Listing) -> Self {
        let inner::Listing { list, added, removed, count, reason, by, at, expires_at } = listing;
        Self::Listed {
            list,
            added: added.into_iter().map(Host).collect(),
            removed: removed.into_iter().map(Host).collect(),
            count,
            reason,
            by: by.map(Id),
            at: at.unix_ms(),
            expires_at: expires_at.map(Timestamp::unix_ms),
        }
    }
}

impl From<Event> for inner::Event {
    fn from(event: Event) -> Self {
        let time = Timestamp::from_unix_ms;
        match event {
            Event::Proposed {
                action,
                campaign,
                deed,
                rule,
                by,
                reason,
                approvals,
                would_run,
                at,
                lapses_at,
            } => Self::Proposed(inner::Action {
                id: action.0,
                campaign: campaign.map(|id| id.0),
                deed: deed.into(),
                rule,
                by: by.map(|id| id.0),
                reason,
                approvals,
                would_run,
                at: time(at),
                lapses_at: time(lapses_at),
            }),
            Event::Approved { action, by, at } => {
                Self::Approved { action: action.0, by: by.0, at: time(at) }
            }
            Event::Declined { action, by, reason, at } => {
                Self::Declined { action: action.0, by: by.map(|id| id.0), reason, at: time(at) }
            }
            Event::Begun { action, step, at } => {
                Self::Begun { action: action.0, step, at: time(at) }
            }
            Event::Ended { action, step, outcome, note, at } => {
                Self::Ended { action: action.0, step, outcome: outcome.0, note, at: time(at) }
            }
            Event::SeenTo { action, step, by, at } => {
                Self::SeenTo { action: action.0, step, by: by.0, at: time(at) }
            }
            Event::Undone { action, by, at } => {
                Self::Undone { action: action.0, by: by.0, at: time(at) }
            }
            Event::Returned { action, at, evidence } => {
                Self::Returned { action: action.0, at: time(at), evidence }
            }
            Event::Blocked { name, reason, campaign, action, by, at, expires_at } => {
                Self::Blocked(inner::Block {
                    name: name.0,
                    reason,
                    campaign: campaign.map(|id| id.0),
                    action: action.map(|id| id.0),
                    by: by.map(|id| id.0),
                    at: time(at),
                    expires_at: expires_at.map(time),
                })
            }
            Event::Lifted { name, why, by, at } => {
                Self::Lifted { name: name.0, why: why.0, by: by.map(|id| id.0), at: time(at) }
            }
            Event::Exposed { campaign, who, rung, source, at, evidence, confidence } => {
                Self::Exposed(inner::Exposure {
                    campaign: campaign.0,
                    who: who.into(),
                    rung: rung.0,
                    source,
                    at: time(at),
                    evidence,
                    confidence,
                })
            }
            Event::Withdrawn { campaign, who, rung, source, at } => Self::Withdrawn {
                campaign: campaign.0,
                who: who.into(),
                rung: rung.0,
                source,
                at: time(at),
            },
            Event::Listed { list, added, removed, count, reason, by, at, expires_at } => {
                Self::Listed(inner::Listing {
                    list,
                    added: added.into_iter().map(|host| host.0).collect(),
                    removed: removed.into_iter().map(|host| host.0).collect(),
                    count,
                    reason,
                    by: by.map(|id| id.0),
                    at: time(at),
                    expires_at: expires_at.map(time),
                })
            }
        }
    }
}

impl From<inner::Exposed> for Who {
    fn from(who: inner::Exposed) -> Self {
        match who {
            inner::Exposed::Person(person) => Self::Person(Id(person)),
            inner::Exposed::Unknown(mark) => Self::Unknown(mark),
        }
    }
}

impl From<Who> for inner::Exposed {
    fn from(who: Who) -> Self {
        match who {
            Who::Person(person) => Self::Person(person.0),
            Who::Unknown(mark) => Self::Unknown(mark),
        }
    }
}

impl From<inner::Deed> for Deed {
    fn from(deed: inner::Deed) -> Self {
        match deed {
            inner::Deed::Block { name, lasts } => Self::Block { name: Host(name), lasts },
            inner::Deed::Evict { person, suspend } => Self::Evict { person: Id(person), suspend },
            inner::Deed::Write(letter) => {
                let inner::Letter { kind, about, to, subject, body, evidence } = letter;
                Self::Write { kind: Name(kind), about, to, subject, body, evidence }
            }
        }
    }
}

impl From<Deed> for inner::Deed {
    fn from(deed: Deed) -> Self {
        match deed {
            Deed::Block { name, lasts } => Self::Block { name: name.0, lasts },
            Deed::Evict { person, suspend } => Self::Evict { person: person.0, suspend },
            Deed::Write { kind, about, to, subject, body, evidence } => {
                let kind = kind.0;
                Self::Write(inner::Letter { kind, about, to, subject, body, evidence })
            }
        }
    }
}
