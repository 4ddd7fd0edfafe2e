//! The first version of whom a campaign makes it necessary to tell.

use serde::{Deserialize, Serialize};
use unhook_engine::notification::{self as inner, Touch};
use unhook_model::{CampaignId, PersonId, Timestamp};

use super::v1::{Id, Milliseconds};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(super) enum Event {
    DataSeen {
        campaign: Id<CampaignId>,
        at: Milliseconds,
    },
    CustomerTouched {
        campaign: Id<CampaignId>,
        customer: Id<PersonId>,
        application: String,
        person: Id<PersonId>,
        at: Milliseconds,
        noted_at: Milliseconds,
    },
    BecameAware {
        campaign: Id<CampaignId>,
        at: Milliseconds,
        reason: String,
        by: Id<PersonId>,
        said_at: Milliseconds,
    },
    CustomerOwned {
        campaign: Id<CampaignId>,
        customer: Id<PersonId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Id<PersonId>>,
        by: Id<PersonId>,
        at: Milliseconds,
    },
    NotificationSettled {
        campaign: Id<CampaignId>,
        whom: Whom,
        status: Status,
        by: Id<PersonId>,
        at: Milliseconds,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Whom {
    Customer(Id<PersonId>),
    Regime(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Status {
    Open,
    Informed { at: Milliseconds, how: String },
    NotNeeded { why: String },
}

/// Whether an event of this kind is one of these.
pub(super) fn is_kind(kind: &str) -> bool {
    const KINDS: [&str; 5] =
        ["data-seen", "customer-touched", "became-aware", "customer-owned", "notification-settled"];
    KINDS.contains(&kind)
}

impl Event {
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::DataSeen { .. } => "data-seen",
            Self::CustomerTouched { .. } => "customer-touched",
            Self::BecameAware { .. } => "became-aware",
            Self::CustomerOwned { .. } => "customer-owned",
            Self::NotificationSettled { .. } => "notification-settled",
        }
    }
}

impl From<&inner::Event> for Event {
    fn from(event: &inner::Event) -> Self {
        use inner::Event as Theirs;
        match event.clone() {
            Theirs::Began { campaign, at } => {
                Self::DataSeen { campaign: Id(campaign), at: at.unix_ms() }
            }
            Theirs::Touched(touch) => Self::CustomerTouched {
                campaign: Id(touch.campaign),
                customer: Id(touch.customer),
                application: touch.application,
                person: Id(touch.person),
                at: touch.at.unix_ms(),
                noted_at: touch.noted_at.unix_ms(),
            },
            Theirs::Aware { campaign, at, reason, by, said_at } => Self::BecameAware {
                campaign: Id(campaign),
                at: at.unix_ms(),
                reason,
                by: Id(by),
                said_at: said_at.unix_ms(),
            },
            Theirs::Owned { campaign, customer, owner, by, at } => Self::CustomerOwned {
                campaign: Id(campaign),
                customer: Id(customer),
                owner: owner.map(Id),
                by: Id(by),
                at: at.unix_ms(),
            },
            Theirs::Settled { campaign, whom, status, by, at } => Self::NotificationSettled {
                campaign: Id(campaign),
                whom: whom.into(),
                status: status.into(),
                by: Id(by),
                at: at.unix_ms(),
            },
        }
    }
}

impl From<Event> for inner::Event {
    fn from(event: Event) -> Self {
        let time = Timestamp::from_unix_ms;
        match event {
            Event::DataSeen { campaign, at } => Self::Began { campaign: campaign.0, at: time(at) },
            Event::CustomerTouched { campaign, customer, application, person, at, noted_at } => {
                Self::Touched(Touch {
                    campaign: campaign.0,
                    customer: customer.0,
                    application,
                    person: person.0,
                    at: time(at),
                    noted_at: time(noted_at),
                })
            }
            Event::BecameAware { campaign, at, reason, by, said_at } => Self::Aware {
                campaign: campaign.0,
                at: time(at),
                reason,
                by: by.0,
                said_at: time(said_at),
            },
            Event::CustomerOwned { campaign, customer, owner, by, at } => Self::Owned {
                campaign: campaign.0,
                customer: customer.0,
                owner: owner.map(|id| id.0),
                by: by.0,
                at: time(at),
            },
            Event::NotificationSettled { campaign, whom, status, by, at } => Self::Settled {
                campaign: campaign.0,
                whom: whom.into(),
                status: status.into(),
                by: by.0,
                at: time(at),
            },
        }
    }
}

impl From<inner::Whom> for Whom {
    fn from(whom: inner::Whom) -> Self {
        match whom {
            inner::Whom::Customer(customer) => Self::Customer(Id(customer)),
            inner::Whom::Regime(name) => Self::Regime(name),
        }
    }
}

impl From<Whom> for inner::Whom {
    fn from(whom: Whom) -> Self {
        match whom {
            Whom::Customer(customer) => Self::Customer(customer.0),
            Whom::Regime(name) => Self::Regime(name),
        }
    }
}

impl From<inner::Status> for Status {
    fn from(status: inner::Status) -> Self {
        match status {
            inner::Status::Open => Self::Open,
            inner::Status::Informed { at, how } => Self::Informed { at: at.unix_ms(), how },
            inner::Status::NotNeeded { why } => Self::NotNeeded { why },
        }
    }
}

impl From<Status> for inner::Status {
    fn from(status: Status) -> Self {
        match status {
            Status::Open => Self::Open,
            Status::Informed { at, how } => Self::Informed { at: Timestamp::from_unix_ms(at), how },
            Status::NotNeeded { why } => Self::NotNeeded { why },
        }
    }
}
