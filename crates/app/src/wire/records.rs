//! The first version of each record that is not the engine's.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unhook_model::{CampaignId, Channel, PersonId, ReportId, Timestamp};

use super::v1::{Id, Milliseconds, Verdict};
use crate::people::{self, Mark, Sealed};
use crate::record::{self, Answered, Outgoing, OutgoingState, Recipient, Telling};
use crate::submission::Way;
use crate::telling::{OutgoingId, Severity};
use crate::views::NameRuling;

/// Sealed bytes, in base 64 without padding (RFC 4648, section 4).
pub(super) struct Bytes(Sealed);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(&self.0.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text).map(|bytes| Self(Sealed(bytes))).map_err(de::Error::custom)
    }
}

/// A value that is written as a short name.
pub(super) struct Name<T>(pub(super) T);

/// What has a short name for ever.
pub(super) trait Named: Copy {
    fn name(self) -> &'static str;
    fn from_name(name: &str) -> Option<Self>;
}

impl<T: Named> Serialize for Name<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<'de, T: Named> Deserialize<'de> for Name<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = || de::Error::custom(format_args!("`{name}` is not known here"));
        T::from_name(&name).map(Self).ok_or_else(unknown)
    }
}

macro_rules! named {
    ($($type:ty { $($variant:ident = $name:literal),* $(,)? })*) => { $(
        impl Named for $type {
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    )* };
}

pub(super) use named;

// Apart from the names in outputs on purpose: those may change, these never.
named! {
    Way { Text = "text", Api = "api", Form = "form", Mail = "mail", Chat = "chat" }
    Severity { Info = "info", Warning = "warning", Critical = "critical" }
    NameRuling { Malicious = "malicious", Benign = "benign", Allow = "allow" }
    OutgoingState {
        Waiting = "waiting", Delivered = "delivered", Failed = "failed", Unknown = "unknown",
    }
}

impl Named for Channel {
    fn name(self) -> &'static str {
        Channel::name(self)
    }

    fn from_name(name: &str) -> Option<Self> {
        Channel::from_name(name)
    }
}

/// A language by its letters.
pub(super) struct Language(people::Language);

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tag = String::deserialize(deserializer)?;
        people::Language::parse(&tag).map(Self).ok_or_else(|| de::Error::custom("no language"))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(super) enum Record {
    Kept {
        report: Id<ReportId>,
        at: Milliseconds,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        way: Name<Way>,
        channel: Name<Channel>,
        owner: Id<PersonId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reporter: Option<Id<PersonId>>,
        language: Language,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took: Option<u64>,
        judged: Judged,
        content: Bytes,
    },
    Added {
        report: Id<ReportId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        content: Bytes,
        at: Milliseconds,
    },
    Judged {
        report: Id<ReportId>,
        judged: Judged,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<Bytes>,
    },
    Answered {
        report: Id<ReportId>,
        verdict: Verdict,
        is_ruled: bool,
        at: Milliseconds,
    },
    Stated {
        person: Id<PersonId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<Id<ReportId>>,
        at: Milliseconds,
    },
    Noticed {
        matter: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<Id<ReportId>>,
        at: Milliseconds,
    },
    Reviewed {
        matter: String,
        by: Id<PersonId>,
        at: Milliseconds,
    },
    Stopped {
        person: Id<PersonId>,
        is_stopped: bool,
        at: Milliseconds,
    },
    NameRuled {
        name: String,
        ruling: Name<NameRuling>,
        at: Milliseconds,
        by: Id<PersonId>,
    },
    Acknowledged {
        campaign: Id<CampaignId>,
        by: Id<PersonId>,
        at: Milliseconds,
    },
    Requested {
        outgoing: Id<OutgoingId>,
        to: To,
        what: What,
        at: Milliseconds,
        due_at: Milliseconds,
    },
    Attempted {
        outgoing: Id<OutgoingId>,
        at: Milliseconds,
    },
    Settled {
        outgoing: Id<OutgoingId>,
        state: Name<OutgoingState>,
        note: String,
        at: Milliseconds,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Judged {
    verdict: Verdict,
    score: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    signals: Vec<String>,
    by: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum To {
    Person(Id<PersonId>),
    Notifier(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(super) enum What {
    Correction {
        report: Id<ReportId>,
        verdict: Verdict,
    },
    Alert {
        kind: String,
        severity: Name<Severity>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        campaign: Option<Id<CampaignId>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<Id<ReportId>>,
    },
    Notice {
        campaign: Id<CampaignId>,
        text: String,
    },
}

/// Whether a kind is one of these.
pub(super) fn is_kind(kind: &str) -> bool {
    const KINDS: [&str; 13] = [
        "kept",
        "added",
        "judged",
        "answered",
        "stated",
        "noticed",
        "reviewed",
        "stopped",
        "name-ruled",
        "acknowledged",
        "requested",
        "attempted",
        "settled",
    ];
    KINDS.contains(&kind)
}

impl Record {
    /// The kind's name, for ever.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Kept { .. } => "kept",
            Self::Added { .. } => "added",
            Self::Judged { .. } => "judged",
            Self::Answered { .. } => "answered",
            Self::Stated { .. } => "stated",
            Self::Noticed { .. } => "noticed",
            Self::Reviewed { .. } => "reviewed",
            Self::Stopped { .. } => "stopped",
            Self::NameRuled { .. } => "name-ruled",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Requested { .. } => "requested",
            Self::Attempted { .. } => "attempted",
            Self::Settled { .. } => "settled",
        }
    }

    /// What is kept of a record; `None` for the engine's, which have a form of their own.
    pub(super) fn of(record: &record::Record) -> Option<Self> {
        use record::Record as Theirs;
        Some(match record.clone() {
            Theirs::Engine(_) | Theirs::Response(_) | Theirs::Notification(_) => return None,
            Theirs::Kept(kept) => Self::Kept {
                report: Id(kept.report),
                at: kept.at.unix_ms(),
                key: kept.key.map(|mark| mark.0),
                way: Name(kept.way),
                channel: Name(kept.channel),
                owner: Id(kept.owner),
                reporter: kept.reporter.map(Id),
                language: Language(kept.language),
                took: kept.took.map(|took| took.as_millis() as u64),
                judged: kept.judged.into(),
                content: Bytes(kept.content),
            },
            Theirs::Added { report, key, content, at } => Self::Added {
                report: Id(report),
                key: key.map(|mark| mark.0),
                content: Bytes(content),
                at: at.unix_ms(),
            },
            Theirs::Judged { report, judged, content } => Self::Judged {
                report: Id(report),
                judged: judged.into(),
                content: content.map(Bytes),
            },
            Theirs::Answered { report, answered } => Self::Answered {
                report: Id(report),
                verdict: answered.verdict.into(),
                is_ruled: answered.is_ruled,
                at: answered.at.unix_ms(),
            },
            Theirs::Stated { person, report, at } => {
                Self::Stated { person: Id(person), report: report.map(Id), at: at.unix_ms() }
            }
            Theirs::Noticed { matter, report, at } => {
                Self::Noticed { matter, report: report.map(Id), at: at.unix_ms() }
            }
            Theirs::Reviewed { matter, by, at } => {
                Self::Reviewed { matter, by: Id(by), at: at.unix_ms() }
            }
            Theirs::Stopped { person, is_stopped, at } => {
                Self::Stopped { person: Id(person), is_stopped, at: at.unix_ms() }
            }
            Theirs::NameRuled { name, ruling, at, by } => {
                Self::NameRuled { name, ruling: Name(ruling), at: at.unix_ms(), by: Id(by) }
            }
            Theirs::Acknowledged { campaign, by, at } => {
                Self::Acknowledged { campaign: Id(campaign), by: Id(by), at: at.unix_ms() }
            }
            Theirs::Requested(outgoing) => Self::Requested {
                outgoing: Id(outgoing.id),
                to: outgoing.to.into(),
                what: outgoing.what.into(),
                at: outgoing.at.unix_ms(),
                due_at: outgoing.due_at.unix_ms(),
            },
            Theirs::Attempted { outgoing, at } => {
                Self::Attempted { outgoing: Id(outgoing), at: at.unix_ms() }
            }
            Theirs::Settled { outgoing, state, note, at } => {
                Self::Settled { outgoing: Id(outgoing), state: Name(state), note, at: at.unix_ms() }
            }
        })
    }
}

impl From<Record> for record::Record {
    fn from(record: Record) -> Self {
        let time = Timestamp::from_unix_ms;
        match record {
            Record::Kept {
                report,
                at,
                key,
                way,
                channel,
                owner,
                reporter,
                language,
                took,
                judged,
                content,
            } => Self::Kept(record::Kept {
                report: report.0,
                at: time(at),
                key: key.map(Mark),
                way: way.0,
                channel: channel.0,
                owner: owner.0,
                reporter: reporter.map(|id| id.0),
                language: language.0,
                took: took.map(Duration::from_millis),
                judged: judged.into(),
                content: content.0,
            }),
            Record::Added { report, key, content, at } => Self::Added {
                report: report.0,
                key: key.map(Mark),
                content: content.0,
                at: time(at),
            },
            Record::Judged { report, judged, content } => Self::Judged {
                report: report.0,
                judged: judged.into(),
                content: content.map(|bytes| bytes.0),
            },
            Record::Answered { report, verdict, is_ruled, at } => {
                let answered = Answered { verdict: verdict.into(), is_ruled, at: time(at) };
                Self::Answered { report: report.0, answered }
            }
            Record::Stated { person, report, at } => {
                Self::Stated { person: person.0, report: report.map(|id| id.0), at: time(at) }
            }
            Record::Noticed { matter, report, at } => {
                Self::Noticed { matter, report: report.map(|id| id.0), at: time(at) }
            }
            Record::Reviewed { matter, by, at } => {
                Self::Reviewed { matter, by: by.0, at: time(at) }
            }
            Record::Stopped { person, is_stopped, at } => {
                Self::Stopped { person: person.0, is_stopped, at: time(at) }
            }
            Record::NameRuled { name, ruling, at, by } => {
                Self::NameRuled { name, ruling: ruling.0, at: time(at), by: by.0 }
            }
            Record::Acknowledged { campaign, by, at } => {
                Self::Acknowledged { campaign: campaign.0, by: by.0, at: time(at) }
            }
            Record::Requested { outgoing, to, what, at, due_at } => Self::Requested(Outgoing {
                id: outgoing.0,
                to: to.into(),
                what: what.into(),
                at: time(at),
                due_at: time(due_at),
            }),
            Record::Attempted { outgoing, at } => {
                Self::Attempted { outgoing: outgoing.0, at: time(at) }
            }
            Record::Settled { outgoing, state, note, at } => {
                Self::Settled { outgoing: outgoing.0, state: state.0, note, at: time(at) }
            }
        }
    }
}

impl From<record::Judged> for Judged {
    fn from(judged: record::Judged) -> Self {
        let record::Judged { verdict, score, kind, signals, by } = judged;
        Self { verdict: verdict.into(), score, kind, signals, by }
    }
}

impl From<Judged> for record::Judged {
    fn from(judged: Judged) -> Self {
        let Judged { verdict, score, kind, signals, by } = judged;
        Self { verdict: verdict.into(), score, kind, signals, by }
    }
}

impl From<Recipient> for To {
    fn from(to: Recipient) -> Self {
        match to {
            Recipient::Person(person) => Self::Person(Id(person)),
            Recipient::Notifier(name) => Self::Notifier(name),
        }
    }
}

impl From<To> for Recipient {
    fn from(to: To) -> Self {
        match to {
            To::Person(person) => Self::Person(person.0),
            To::Notifier(name) => Self::Notifier(name),
        }
    }
}

impl From<Telling> for What {
    fn from(what: Telling) -> Self {
        match what {
            Telling::Correction { report, verdict } => {
                Self::Correction { report: Id(report), verdict: verdict.into() }
            }
            Telling::Alert { kind, severity, campaign, report } => Self::Alert {
                kind,
                severity: Name(severity),
                campaign: campaign.map(Id),
                report: report.map(Id),
            },
            Telling::Notice { campaign, text } => Self::Notice { campaign: Id(campaign), text },
        }
    }
}

impl From<What> for Telling {
    fn from(what: What) -> Self {
        match what {
            What::Correction { report, verdict } => {
                Self::Correction { report: report.0, verdict: verdict.into() }
            }
            What::Alert { kind, severity, campaign, report } => Self::Alert {
                kind,
                severity: severity.0,
                campaign: campaign.map(|id| id.0),
                report: report.map(|id| id.0),
            },
            What::Notice { campaign, text } => Self::Notice { campaign: campaign.0, text },
        }
    }
}
