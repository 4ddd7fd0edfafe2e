//! An assessment as data: the JSON object of `unhook check --json`, of each row of
//! `unhook scan --format jsonl`, and of the API's check.
//!
//! These shapes are a contract; add keys, never change or remove one.

use serde::Serialize;
use unhook_detect::explain;
use unhook_model::{Assessment, Evidence, Hostname, Imitation, Link, ScamKind};
use utoipa::ToSchema;

use crate::words;

/// The version of the shapes in this module.
pub const SCHEMA_VERSION: u32 = 1;

/// One assessment.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Assessment)]
pub struct AssessmentReport<'a> {
    /// The judgement in one word. To a person, `benign` reads "nothing found", never "safe".
    #[schema(schema_with = words::verdict)]
    pub verdict: &'static str,
    /// How likely it is a lure.
    #[schema(minimum = 0, maximum = 1)]
    pub probability: f64,
    /// Of the scam, `promotion` for advertising, null for nothing in particular.
    #[schema(schema_with = words::kind)]
    pub kind: Option<&'static str>,
    /// Log-odds, in nats, to two decimals; the sum of the weights of the evidence.
    pub score: f64,
    /// What was seen, heaviest first.
    pub evidence: Vec<EvidenceReport<'a>>,
    /// What the text asks its reader to use.
    pub links: Vec<LinkReport<'a>>,
    /// Signals that had nothing to look at.
    pub unavailable: Vec<&'static str>,
    /// What a reader of this should know about it.
    pub notes: Vec<String>,
    /// One plain sentence for whoever got the text.
    pub advice: &'static str,
    /// The version of this shape.
    #[schema(minimum = 1)]
    pub schema_version: u32,
}

/// One signal that fired.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub struct EvidenceReport<'a> {
    /// Its id, for ever the same.
    pub signal: &'static str,
    /// In nats, to two decimals.
    pub weight: f64,
    /// What it saw, in a sentence.
    pub reason: &'a str,
    /// Bytes of the original text, from and up to; null for the text as a whole.
    #[schema(schema_with = words::optional_span)]
    pub span: Option<[u32; 2]>,
}

/// Something that a text asks its reader to use.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkReport<'a> {
    /// What it is.
    pub kind: &'static str,
    /// Defanged.
    pub target: String,
    /// The host it leads to.
    pub host: Option<&'a str>,
    /// The host's registrable domain.
    pub registrable: Option<&'a str>,
    /// Bytes of the original text, from and up to.
    #[schema(schema_with = words::span)]
    pub span: [u32; 2],
    /// How it hides.
    pub disguises: Vec<&'static str>,
    /// What its host imitates.
    pub imitates: Option<ImitationReport<'a>>,
}

/// What a host imitates.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Imitation)]
pub struct ImitationReport<'a> {
    /// The brand; null for a name made for sign-in without one.
    pub brand: Option<&'a str>,
    /// By which trick.
    pub kind: &'static str,
    /// How sure.
    pub level: &'static str,
    /// From 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    pub score: u8,
    /// Why, in a sentence.
    pub reason: &'a str,
}

impl<'a> AssessmentReport<'a> {
    /// An assessment as data.
    #[must_use]
    pub fn of(assessment: &'a Assessment) -> Self {
        Self {
            verdict: assessment.verdict.name(),
            probability: (assessment.probability.value() * 1e4).round() / 1e4,
            kind: assessment.kind.map(ScamKind::name),
            score: assessment.score.nats(),
            evidence: assessment.evidence.iter().map(EvidenceReport::of).collect(),
            links: assessment.links.iter().map(LinkReport::of).collect(),
            unavailable: assessment.unavailable.iter().map(|id| id.as_str()).collect(),
            notes: assessment.notes.iter().map(ToString::to_string).collect(),
            advice: explain::advice(assessment),
            schema_version: SCHEMA_VERSION,
        }
    }
}

impl<'a> EvidenceReport<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        Self {
            signal: evidence.signal.as_str(),
            weight: evidence.weight.nats(),
            reason: &evidence.reason,
            span: evidence.span.map(|span| [span.start, span.end]),
        }
    }
}

impl<'a> LinkReport<'a> {
    fn of(link: &'a Link) -> Self {
        Self {
            kind: link.kind.name(),
            target: explain::defang(&link.target),
            host: link.host.as_ref().map(Hostname::as_str),
            registrable: link.registrable.as_deref(),
            span: [link.span.start, link.span.end],
            disguises: link.disguises.iter().map(|disguise| disguise.name()).collect(),
            imitates: link.imitates.as_ref().map(ImitationReport::of),
        }
    }
}

impl<'a> ImitationReport<'a> {
    fn of(imitation: &'a Imitation) -> Self {
        Self {
            brand: imitation.brand.as_deref(),
            kind: imitation.kind.name(),
            level: imitation.level.name(),
            score: imitation.score,
            reason: &imitation.reason,
        }
    }
}
