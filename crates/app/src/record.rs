//! Records: all that the journal holds. The engine's events are some of them; the others say
//! what came in beside what the engine needs, what people were told, and what they said.
//!
//! Folding the engine's events needs none of the others, and none of them has anything
//! personal in the clear: contents are sealed under a person's key, and values that must be
//! recognised are marks.

use std::time::Duration;

use unhook_engine::{Event, notification, response};
use unhook_model::{
    CampaignId, Channel, Message, PersonId, PhoneNumber, ReportId, Sender, Timestamp, Verdict,
};

use crate::people::{Language, Mark, Sealed};
use crate::submission::Way;
use crate::telling::{OutgoingId, Severity};
use crate::views::NameRuling;

/// One thing that the journal holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// What the engine decided.
    Engine(Event),
    /// What is done about a campaign.
    Response(response::Event),
    /// Who must be told of it.
    Notification(notification::Event),
    /// What came in with a report.
    Kept(Kept),
    /// More of a report came in: its sender in a second message, or its second part.
    Added {
        /// To which report.
        report: ReportId,
        /// What makes this the same when it comes again.
        key: Option<Mark>,
        /// All of it, anew.
        content: Sealed,
        /// When.
        at: Timestamp,
    },
    /// The detector judged a report, again perhaps.
    Judged {
        /// Which.
        report: ReportId,
        /// What it says now.
        judged: Judged,
        /// What it saw, with the text: all of the content anew, unless it is as it was.
        content: Option<Sealed>,
    },
    /// The reporter was told.
    Answered {
        /// About which report.
        report: ReportId,
        /// What.
        answered: Answered,
    },
    /// Somebody enrolled said that they had given something away.
    Stated {
        /// Who.
        person: PersonId,
        /// About which report, if it can be told.
        report: Option<ReportId>,
        /// When.
        at: Timestamp,
    },
    /// Something that a person should look at came up, perhaps not for the first time.
    Noticed {
        /// What about, as a short name.
        matter: String,
        /// Which report brought it up.
        report: Option<ReportId>,
        /// When.
        at: Timestamp,
    },
    /// A person looked at it.
    Reviewed {
        /// What about.
        matter: String,
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Somebody asked not to be texted, or to be again.
    Stopped {
        /// Who.
        person: PersonId,
        /// Whether texts are to stop.
        is_stopped: bool,
        /// When.
        at: Timestamp,
    },
    /// Somebody said what a name is.
    NameRuled {
        /// A registrable domain or a host.
        name: String,
        /// What it is.
        ruling: NameRuling,
        /// When.
        at: Timestamp,
        /// Who said so.
        by: PersonId,
    },
    /// Somebody on call has seen a campaign.
    Acknowledged {
        /// Which.
        campaign: CampaignId,
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Something is to be told.
    Requested(Outgoing),
    /// It is being told: from here on it may have been.
    Attempted {
        /// What.
        outgoing: OutgoingId,
        /// When.
        at: Timestamp,
    },
    /// How an attempt went.
    Settled {
        /// What was to be told.
        outgoing: OutgoingId,
        /// How it stands now.
        state: OutgoingState,
        /// What came of it, in a line without anything personal.
        note: String,
        /// When.
        at: Timestamp,
    },
}

impl Record {
    /// What the engine decided, if this is that.
    #[must_use]
    pub fn into_event(self) -> Option<Event> {
        match self {
            Self::Engine(event) => Some(event),
            _ => None,
        }
    }
}

/// What came in with a report, beside what the engine needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Which report.
    pub report: ReportId,
    /// When it came in.
    pub at: Timestamp,
    /// What makes it the same when it comes again.
    pub key: Option<Mark>,
    /// By which way.
    pub way: Way,
    /// How the text itself had travelled.
    pub channel: Channel,
    /// Whose key seals the content.
    pub owner: PersonId,
    /// Who reported it, if it is somebody enrolled.
    pub reporter: Option<PersonId>,
    /// What the reporter reads.
    pub language: Language,
    /// How long it took from coming in to being decided; kept since 0.2.
    pub took: Option<Duration>,
    /// What the detector said.
    pub judged: Judged,
    /// The text and all that was seen in it.
    pub content: Sealed,
}

/// What the detector says, without a word of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// In one word.
    pub verdict: Verdict,
    /// The score, in hundredths of a nat.
    pub score: i32,
    /// What kind of scam, by its name in outputs.
    pub kind: Option<String>,
    /// The signals that fired, heaviest first.
    pub signals: Vec<String>,
    /// What judged: a digest of the code's version, its model and the organization's knowledge.
    pub by: String,
}

/// What a reporter was told, from which the words follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the security team stands behind it.
    pub is_ruled: bool,
    /// When.
    pub at: Timestamp,
}

/// What is sealed of a report. Its JSON is a wire form of its own: keys are added, never
/// changed.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Content {
    /// What it says.
    pub body: String,
    /// Who it says it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The number it was sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// When the phone had received it, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<i64>,
    /// What was seen in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Seen>,
    /// What it asks its reader to use, defanged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// What came with it, as blobs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attached>,
}

/// A blob that came with a text.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Attached {
    /// The blob, in hexadecimal digits.
    pub blob: String,
    /// What its sender calls it.
    pub name: String,
    /// Its media type, as its sender says.
    pub content_type: String,
}

impl Content {
    /// The message that was kept.
    #[must_use]
    pub fn message(&self, channel: Channel) -> Message {
        Message {
            channel,
            sender: self.sender.as_deref().and_then(Sender::parse),
            recipient: self.recipient.as_deref().and_then(PhoneNumber::parse),
            received_at: self.received_at.map(Timestamp::from_unix_ms),
            ..Message::from_body(self.body.clone())
        }
    }
}

/// One signal that fired, as it was explained.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// Its id.
    pub signal: String,
    /// Its weight, in hundredths of a nat.
    pub weight: i32,
    /// What it saw, in words.
    pub reason: String,
    /// Where in the body, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<(u32, u32)>,
}

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id.
    pub id: OutgoingId,
    /// To whom.
    pub to: Recipient,
    /// What.
    pub what: Telling,
    /// When it came up.
    pub at: Timestamp,
    /// Not before this.
    pub due_at: Timestamp,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// One person, by text.
    Person(PersonId),
    /// Those on call, by the notifier of this name.
    Notifier(String),
}

/// What is told. The words follow from it when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Telling {
    /// The verdict on a report has changed.
    Correction {
        /// Which report.
        report: ReportId,
        /// What it is now.
        verdict: Verdict,
    },
    /// Those on call should know.
    Alert {
        /// What happened, as a short name.
        kind: String,
        /// How urgent.
        severity: Severity,
        /// About which campaign.
        campaign: Option<CampaignId>,
        /// About which report.
        report: Option<ReportId>,
    },
    /// A notice to staff, approved by a person.
    Notice {
        /// About which campaign.
        campaign: CampaignId,
        /// What it says, as it was approved.
        text: String,
    },
}

/// How something to be told stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutgoingState {
    /// It is to be told, again perhaps.
    Waiting,
    /// It was told.
    Delivered,
    /// It will not be told.
    Failed,
    /// Nobody knows, and it must not be sent again blindly.
    Unknown,
}

impl OutgoingState {
    /// Its name in outputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}
