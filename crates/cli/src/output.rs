//! An assessment as data: the JSON object of `check --json` and `scan --format jsonl`.
//!
//! These shapes are a contract; add keys, never change or remove one. A row that could not
//! be read has the same keys as any other, with nothing in them, and says why under `error`:
//! a program that reads `verdict` need not look twice.

use serde::Serialize;
use serde_json::value::RawValue;
use unhook_detect::explain;
use unhook_messaging::{RowError, RowId, Unread};
use unhook_model::{Assessment, Hostname, Link, ScamKind};

/// The version of the shapes in this module.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// One assessment, or why there is none.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    #[serde(flatten)]
    place: Option<Place<'a>>,
    verdict: Option<&'static str>,
    probability: Option<f64>,
    /// Of the scam, `promotion` for advertising, null for nothing in particular.
    kind: Option<&'static str>,
    /// Log-odds, in nats, to two decimals; the sum of the weights of the evidence.
    score: Option<f64>,
    evidence: Vec<EvidenceReport<'a>>,
    links: Vec<LinkReport<'a>>,
    unavailable: Vec<&'static str>,
    notes: Vec<String>,
    advice: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    schema_version: u32,
}

/// Which row this is.
#[derive(Serialize)]
pub(crate) struct Place<'a> {
    id: Id<'a>,
    file: &'a str,
    line: u64,
}

/// The id of a row in the type it was given in; its line where none was given.
#[derive(Serialize)]
#[serde(untagged)]
enum Id<'a> {
    Text(&'a str),
    Number(Box<RawValue>),
    Line(u64),
}

#[derive(Serialize)]
struct EvidenceReport<'a> {
    signal: &'static str,
    /// In nats, to two decimals.
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

impl<'a> Place<'a> {
    pub(crate) fn new(id: Option<&'a RowId>, file: &'a str, line: u64) -> Self {
        let id = match id {
            Some(RowId::Text(text)) => Id::Text(text),
            // The reader took it for a JSON number, so it is one.
            Some(RowId::Number(digits)) => {
                RawValue::from_string(digits.clone()).map_or(Id::Text(digits), Id::Number)
            }
            None => Id::Line(line),
        };
        Self { id, file, line }
    }
}

impl<'a> Report<'a> {
    pub(crate) fn of(assessment: &'a Assessment) -> Self {
        let evidence = assessment.evidence.iter().map(|evidence| EvidenceReport {
            signal: evidence.signal.as_str(),
            weight: evidence.weight.nats(),
            reason: &evidence.reason,
            span: evidence.span.map(|span| [span.start, span.end]),
        });
        Self {
            place: None,
            verdict: Some(assessment.verdict.name()),
            probability: Some((assessment.probability.value() * 1e4).round() / 1e4),
            kind: assessment.kind.map(ScamKind::name),
            score: Some(assessment.score.nats()),
            evidence: evidence.collect(),
            links: assessment.links.iter().map(link_report).collect(),
            unavailable: assessment.unavailable.iter().map(|id| id.as_str()).collect(),
            notes: assessment.notes.iter().map(ToString::to_string).collect(),
            advice: Some(explain::advice(assessment)),
            error: None,
            schema_version: SCHEMA_VERSION,
        }
    }

    pub(crate) fn of_row(assessment: &'a Assessment, place: Place<'a>, unread: &[Unread]) -> Self {
        let mut report = Self { place: Some(place), ..Self::of(assessment) };
        report.notes.extend(unread.iter().map(ToString::to_string));
        report
    }

    pub(crate) fn of_error(error: &'a RowError, file: &'a str) -> Self {
        Self {
            place: Some(Place::new(error.id.as_ref(), file, error.line)),
            verdict: None,
            probability: None,
            kind: None,
            score: None,
            evidence: Vec::new(),
            links: Vec::new(),
            unavailable: Vec::new(),
            notes: Vec::new(),
            advice: None,
            error: Some(error.problem.to_string()),
            schema_version: SCHEMA_VERSION,
        }
    }
}

fn link_report(link: &Link) -> LinkReport<'_> {
    LinkReport {
        kind: link.kind.name(),
        target: explain::defang(&link.target),
        host: link.host.as_ref().map(Hostname::as_str),
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
