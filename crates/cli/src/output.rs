//! An assessment as data: the JSON object of `check --json` and `scan --format jsonl`.
//!
//! These shapes are a contract; add keys, never change or remove one.

use serde::Serialize;
use unhook_detect::explain;
use unhook_model::{Assessment, Link};

/// The version of the shapes in this module.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// One assessment.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    /// Of the row, as given, or its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<serde_json::Value>,
    verdict: &'static str,
    probability: f64,
    /// Of the scam, `promotion` for advertising, null for nothing in particular.
    kind: Option<&'static str>,
    /// Log-odds, in nats; the sum of the weights of the evidence.
    score: f64,
    evidence: Vec<EvidenceReport<'a>>,
    links: Vec<LinkReport<'a>>,
    unavailable: Vec<&'static str>,
    notes: Vec<String>,
    advice: &'static str,
    schema_version: u32,
}

#[derive(Serialize)]
struct EvidenceReport<'a> {
    signal: &'static str,
    /// In nats.
    weight: f64,
    reason: &'a str,
    /// Bytes of the original text, from and up to; null for the text as a whole.
    span: Option<[u32; 2]>,
}

#[derive(Serialize)]
struct LinkReport<'a> {
    kind: &'static str,
    /// Defanged.
    target: String,
    host: Option<&'a str>,
    registrable: Option<&'a str>,
    span: [u32; 2],
    disguises: Vec<&'static str>,
    imitates: Option<ImitationReport<'a>>,
}

#[derive(Serialize)]
struct ImitationReport<'a> {
    brand: Option<&'a str>,
    kind: &'static str,
    level: &'static str,
    score: u8,
    reason: &'a str,
}

impl<'a> Report<'a> {
    pub(crate) fn of(assessment: &'a Assessment, id: Option<serde_json::Value>) -> Self {
        let evidence = assessment.evidence.iter().map(|evidence| EvidenceReport {
            signal: evidence.signal.as_str(),
            weight: evidence.weight.nats(),
            reason: &evidence.reason,
            span: evidence.span.map(|span| [span.start, span.end]),
        });
        Self {
            id,
            verdict: assessment.verdict.name(),
            probability: (assessment.probability.value() * 1e4).round() / 1e4,
            kind: assessment.kind.map(unhook_model::ScamKind::name),
            score: assessment.score.nats(),
            evidence: evidence.collect(),
            links: assessment.links.iter().map(link_report).collect(),
            unavailable: assessment.unavailable.iter().map(|id| id.as_str()).collect(),
            notes: assessment.notes.iter().map(ToString::to_string).collect(),
            advice: explain::advice(assessment),
            schema_version: SCHEMA_VERSION,
        }
    }
}

fn link_report(link: &Link) -> LinkReport<'_> {
    LinkReport {
        kind: link.kind.name(),
        target: explain::defang(&link.target),
        host: link.host.as_ref().map(unhook_model::Hostname::as_str),
        registrable: link.registrable.as_deref(),
        span: [link.span.start, link.span.end],
        disguises: link.disguises.iter().map(|disguise| disguise.name()).collect(),
        imitates: link.imitates.as_ref().map(|imitation| ImitationReport {
            brand: imitation.brand.as_deref(),
            kind: imitation.kind.name(),
            level: imitation.level.name(),
            score: imitation.score,
            reason: &imitation.reason,
        }),
    }
}
