//! A row as data: the JSON object of each row of `scan --format jsonl`.
//!
//! It is the object of `check --json` ([`AssessmentReport`]) with the row's place before it. A
//! row that could not be read has the same keys as any other, with nothing in them, and says
//! why under `error`: a program that reads `verdict` need not look twice.

use serde::Serialize;
use serde_json::value::RawValue;
use unhook_messaging::{RowError, RowId, Unread};
use unhook_model::Assessment;
use unhook_web::report::{AssessmentReport, EvidenceReport, LinkReport, SCHEMA_VERSION};

/// One row's assessment, or why there is none.
#[derive(Serialize)]
pub(crate) struct RowReport<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    verdict: Option<&'static str>,
    probability: Option<f64>,
    kind: Option<&'static str>,
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

impl<'a> RowReport<'a> {
    pub(crate) fn of(assessment: &'a Assessment, place: Place<'a>, unread: &[Unread]) -> Self {
        let report = AssessmentReport::of(assessment);
        let mut notes = report.notes;
        notes.extend(unread.iter().map(ToString::to_string));
        Self {
            place,
            verdict: Some(report.verdict),
            probability: Some(report.probability),
            kind: report.kind,
            score: Some(report.score),
            evidence: report.evidence,
            links: report.links,
            unavailable: report.unavailable,
            notes,
            advice: Some(report.advice),
            error: None,
            schema_version: report.schema_version,
        }
    }

    pub(crate) fn of_error(error: &'a RowError, file: &'a str) -> Self {
        Self {
            place: Place::new(error.id.as_ref(), file, error.line),
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
