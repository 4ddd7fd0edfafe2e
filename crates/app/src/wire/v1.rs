//! The first version of each of the engine's events.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unhook_engine as engine;
use unhook_engine::{Similarity, SplitNumber, TextSketch, TieNumber};
use unhook_model::{CampaignId, HostError, Hostname, PersonId, ReportId, Timestamp};

/// An id, as it is written for people.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "T: Display", deserialize = "T: FromStr, T::Err: Display"))]
pub(super) struct Id<T>(
    #[serde(serialize_with = "write_text", deserialize_with = "read_text")] pub(super) T,
);

fn write_text<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn read_text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr,
    T::Err: Display,
    D: Deserializer<'de>,
{
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A sketch, two hexadecimal digits a byte.
pub(super) struct Sketch(TextSketch);

impl Serialize for Sketch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.0.to_bytes();
        // Every report has one of these, so it is written without a string for each byte.
        let mut digits = String::with_capacity(2 * bytes.len());
        for half in bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]) {
            digits.push(char::from(DIGITS[usize::from(half)]));
        }
        serializer.serialize_str(&digits)
    }
}

impl<'de> Deserialize<'de> for Sketch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let pairs = text.as_bytes().chunks(2).map(|pair| {
            std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())
        });
        let bytes: Vec<u8> = pairs
            .collect::<Option<_>>()
            .ok_or_else(|| de::Error::custom("a sketch has hexadecimal digits"))?;
        TextSketch::from_bytes(&bytes).map(Self).map_err(de::Error::custom)
    }
}

/// A host name in its ASCII form.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Host(pub(super) Hostname);

impl TryFrom<String> for Host {
    type Error = HostError;

    fn try_from(text: String) -> Result<Self, HostError> {
        Hostname::parse(&text).map(Self)
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.0.as_str().to_owned()
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(super) type Milliseconds = i64;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(super) enum Event {
    Received {
        report: Id<ReportId>,
        at: Milliseconds,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reporter: Option<Id<PersonId>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sketch: Option<Sketch>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        indicators: Vec<Indicator>,
    },
    Observed {
        report: Id<ReportId>,
        indicators: Vec<Indicator>,
    },
    Assessed {
        report: Id<ReportId>,
        verdict: Verdict,
    },
    Opened {
        campaign: Id<CampaignId>,
        report: Id<ReportId>,
        because: Cause,
    },
    Tied {
        one: Id<ReportId>,
        other: Id<ReportId>,
        because: Reason,
    },
    Cut {
        tie: u32,
        fresh: Id<CampaignId>,
        by: Id<PersonId>,
    },
    Mended {
        tie: u32,
        by: Id<PersonId>,
    },
    Split {
        campaign: Id<CampaignId>,
        reports: Vec<Id<ReportId>>,
        fresh: Id<CampaignId>,
        by: Id<PersonId>,
    },
    Rejoined {
        split: u32,
        by: Id<PersonId>,
    },
    Ruled {
        campaign: Id<CampaignId>,
        ruling: Ruling,
        at: Milliseconds,
        by: Id<PersonId>,
    },
    Contained {
        campaign: Id<CampaignId>,
        at: Milliseconds,
    },
    Reopened {
        campaign: Id<CampaignId>,
        at: Milliseconds,
    },
    StageReached {
        campaign: Id<CampaignId>,
        stage: Stage,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Indicator {
    Domain(Host),
    Sender(String),
    Page(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reason {
    /// Minima that agree, of 256.
    NearText(u16),
    Shared(Indicator),
    Ruled(Id<PersonId>),
    Split(u32),
}

/// Types of the engine that are but names have the same names here.
macro_rules! names {
    ($($name:ident from $theirs:path { $($variant:ident),* })*) => { $(
        #[derive(Clone, Copy, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub(super) enum $name { $($variant),* }

        impl From<$theirs> for $name {
            fn from(theirs: $theirs) -> Self {
                match theirs { $(<$theirs>::$variant => Self::$variant),* }
            }
        }

        impl From<$name> for $theirs {
            fn from(ours: $name) -> Self {
                match ours { $($name::$variant => Self::$variant),* }
            }
        }
    )* };
}

names! {
    Verdict from unhook_model::Verdict { Benign, Suspicious, Malicious }
    Ruling from engine::Ruling { Malicious, Benign }
    Stage from engine::Stage { Emerging, Active, Contained, Closed }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Cause {
    Verdict(Verdict),
    Burst,
}

impl Event {
    /// The kind's name, for ever.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::Observed { .. } => "observed",
            Self::Assessed { .. } => "assessed",
            Self::Opened { .. } => "opened",
            Self::Tied { .. } => "tied",
            Self::Cut { .. } => "cut",
            Self::Mended { .. } => "mended",
            Self::Split { .. } => "split",
            Self::Rejoined { .. } => "rejoined",
            Self::Ruled { .. } => "ruled",
            Self::Contained { .. } => "contained",
            Self::Reopened { .. } => "reopened",
            Self::StageReached { .. } => "stage-reached",
        }
    }
}

impl From<&engine::Event> for Event {
    fn from(event: &engine::Event) -> Self {
        use engine::Event as Theirs;
        match event {
            Theirs::Received(received) => Self::Received {
                report: Id(received.report),
                at: received.at.unix_ms(),
                reporter: received.reporter.map(Id),
                sketch: received.sketch.map(Sketch),
                indicators: received.indicators.iter().map(Into::into).collect(),
            },
            Theirs::Observed { report, indicators } => Self::Observed {
                report: Id(*report),
                indicators: indicators.iter().map(Into::into).collect(),
            },
            Theirs::Assessed { report, verdict } => {
                Self::Assessed { report: Id(*report), verdict: (*verdict).into() }
            }
            Theirs::Opened { campaign, report, because } => Self::Opened {
                campaign: Id(*campaign),
                report: Id(*report),
                because: (*because).into(),
            },
            Theirs::Tied { one, other, because } => {
                Self::Tied { one: Id(*one), other: Id(*other), because: because.into() }
            }
            Theirs::Cut { tie, fresh, by } => {
                Self::Cut { tie: tie.0, fresh: Id(*fresh), by: Id(*by) }
            }
            Theirs::Mended { tie, by } => Self::Mended { tie: tie.0, by: Id(*by) },
            Theirs::Split { campaign, reports, fresh, by } => Self::Split {
                campaign: Id(*campaign),
                reports: reports.iter().copied().map(Id).collect(),
                fresh: Id(*fresh),
                by: Id(*by),
            },
            Theirs::Rejoined { split, by } => Self::Rejoined { split: split.0, by: Id(*by) },
            Theirs::Ruled { campaign, ruling, at, by } => Self::Ruled {
                campaign: Id(*campaign),
                ruling: (*ruling).into(),
                at: at.unix_ms(),
                by: Id(*by),
            },
            Theirs::Contained { campaign, at } => {
                Self::Contained { campaign: Id(*campaign), at: at.unix_ms() }
            }
            Theirs::Reopened { campaign, at } => {
                Self::Reopened { campaign: Id(*campaign), at: at.unix_ms() }
            }
            Theirs::StageReached { campaign, stage } => {
                Self::StageReached { campaign: Id(*campaign), stage: (*stage).into() }
            }
        }
    }
}

impl From<Event> for engine::Event {
    fn from(event: Event) -> Self {
        match event {
            Event::Received { report, at, reporter, sketch, indicators } => {
                Self::Received(engine::Received {
                    report: report.0,
                    at: Timestamp::from_unix_ms(at),
                    reporter: reporter.map(|id| id.0),
                    sketch: sketch.map(|sketch| sketch.0),
                    indicators: indicators.into_iter().map(Into::into).collect(),
                })
            }
            Event::Observed { report, indicators } => Self::Observed {
                report: report.0,
                indicators: indicators.into_iter().map(Into::into).collect(),
            },
            Event::Assessed { report, verdict } => {
                Self::Assessed { report: report.0, verdict: verdict.into() }
            }
            Event::Opened { campaign, report, because } => {
                Self::Opened { campaign: campaign.0, report: report.0, because: because.into() }
            }
            Event::Tied { one, other, because } => {
                Self::Tied { one: one.0, other: other.0, because: because.into() }
            }
            Event::Cut { tie, fresh, by } => {
                Self::Cut { tie: TieNumber(tie), fresh: fresh.0, by: by.0 }
            }
            Event::Mended { tie, by } => Self::Mended { tie: TieNumber(tie), by: by.0 },
            Event::Split { campaign, reports, fresh, by } => Self::Split {
                campaign: campaign.0,
                reports: reports.into_iter().map(|id| id.0).collect(),
                fresh: fresh.0,
                by: by.0,
            },
            Event::Rejoined { split, by } => Self::Rejoined { split: SplitNumber(split), by: by.0 },
            Event::Ruled { campaign, ruling, at, by } => Self::Ruled {
                campaign: campaign.0,
                ruling: ruling.into(),
                at: Timestamp::from_unix_ms(at),
                by: by.0,
            },
            Event::Contained { campaign, at } => {
                Self::Contained { campaign: campaign.0, at: Timestamp::from_unix_ms(at) }
            }
            Event::Reopened { campaign, at } => {
                Self::Reopened { campaign: campaign.0, at: Timestamp::from_unix_ms(at) }
            }
            Event::StageReached { campaign, stage } => {
                Self::StageReached { campaign: campaign.0, stage: stage.into() }
            }
        }
    }
}

impl From<&engine::Indicator> for Indicator {
    fn from(indicator: &engine::Indicator) -> Self {
        match indicator {
            engine::Indicator::Domain(host) => Self::Domain(Host(host.clone())),
            engine::Indicator::Sender(number) => Self::Sender(number.clone()),
            engine::Indicator::Page(fingerprint) => Self::Page(fingerprint.clone()),
        }
    }
}

impl From<Indicator> for engine::Indicator {
    fn from(indicator: Indicator) -> Self {
        match indicator {
            Indicator::Domain(host) => Self::Domain(host.0),
            Indicator::Sender(number) => Self::Sender(number),
            Indicator::Page(fingerprint) => Self::Page(fingerprint),
        }
    }
}

impl From<&engine::Reason> for Reason {
    fn from(reason: &engine::Reason) -> Self {
        match reason {
            engine::Reason::NearText(similarity) => Self::NearText(similarity.to_raw()),
            engine::Reason::Shared(indicator) => Self::Shared(indicator.into()),
            engine::Reason::Ruled(by) => Self::Ruled(Id(*by)),
            engine::Reason::Split(split) => Self::Split(split.0),
        }
    }
}

impl From<Reason> for engine::Reason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::NearText(equal) => Self::NearText(Similarity::from_raw(equal)),
            Reason::Shared(indicator) => Self::Shared(indicator.into()),
            Reason::Ruled(by) => Self::Ruled(by.0),
            Reason::Split(split) => Self::Split(SplitNumber(split)),
        }
    }
}

impl From<engine::Cause> for Cause {
    fn from(cause: engine::Cause) -> Self {
        match cause {
            engine::Cause::Verdict(verdict) => Self::Verdict(verdict.into()),
            engine::Cause::Burst => Self::Burst,
        }
    }
}

impl From<Cause> for engine::Cause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Verdict(verdict) => Self::Verdict(verdict.into()),
            Cause::Burst => Self::Burst,
        }
    }
}
