//! From a row to what is written and counted of it.

use unhook_detect::text::{Text, fingerprint};
use unhook_detect::{Knowledge, assess};
use unhook_messaging::{Row, RowError, RowId};
use unhook_model::{Assessment, Facts, ScamKind, Verdict};

use super::Output;
use super::summary::Counted;
use crate::output::{Place, RowReport};

/// A row, judged or not.
pub(super) struct Judged {
    /// What to write of it, with its line break.
    pub(super) line: Vec<u8>,
    /// What the summary counts of it; nothing where there is no summary.
    pub(super) counted: Option<Counted>,
    /// Why it could not be read.
    pub(super) error: Option<RowError>,
}

/// The header of the table that `csv` writes.
pub(super) const COLUMNS: [&str; 10] = [
    "id",
    "verdict",
    "probability",
    "kind",
    "score",
    "signals",
    "domains",
    "file",
    "line",
    "error",
];

pub(super) fn judge(
    row: Result<Row, RowError>,
    file: &str,
    knowledge: &Knowledge,
    format: Output,
) -> Judged {
    match row {
        Ok(row) => {
            let assessment = assess(&row.message, &Facts::default(), knowledge);
            Judged {
                line: line(&row, &assessment, file, format),
                counted: (format == Output::Summary).then(|| counted(&row, &assessment)),
                error: None,
            }
        }
        Err(error) => {
            let line = match format {
                Output::Jsonl => json_line(&RowReport::of_error(&error, file)),
                Output::Csv => error_record(&error, file),
                Output::Summary => Vec::new(),
            };
            Judged { line, counted: None, error: Some(error) }
        }
    }
}

fn line(row: &Row, assessment: &Assessment, file: &str, format: Output) -> Vec<u8> {
    match format {
        Output::Jsonl => {
            let place = Place::new(row.id.as_ref(), file, row.line);
            json_line(&RowReport::of(assessment, place, &row.unread))
        }
        Output::Csv => record(row, assessment, file),
        Output::Summary => Vec::new(),
    }
}

fn json_line(report: &RowReport<'_>) -> Vec<u8> {
    // Writing to memory cannot fail, nor can these types fail to become JSON.
    let mut line = serde_json::to_vec(report).unwrap_or_default();
    line.push(b'\n');
    line
}

fn counted(row: &Row, assessment: &Assessment) -> Counted {
    let is_lure = assessment.verdict != Verdict::Benign;
    let links = assessment.links.iter().filter(|_| is_lure);
    let mut domains: Vec<String> = links.filter_map(|link| link.registrable.clone()).collect();
    domains.sort_unstable();
    domains.dedup();
    Counted {
        verdict: assessment.verdict,
        kind: assessment.kind,
        domains,
        fingerprint: fingerprint(&Text::read(&row.message.body).words),
        line: row.line,
    }
}

fn record(row: &Row, assessment: &Assessment, file: &str) -> Vec<u8> {
    let signals: Vec<&str> = assessment.evidence.iter().map(|e| e.signal.as_str()).collect();
    let domains: Vec<&str> =
        assessment.links.iter().filter_map(|link| link.registrable.as_deref()).collect();
    csv_line([
        &id(row.id.as_ref(), row.line),
        assessment.verdict.name(),
        &format!("{:.4}", assessment.probability.value()),
        assessment.kind.map_or("", ScamKind::name),
        &format!("{:.2}", assessment.score.nats()),
        &signals.join(" "),
        &domains.join(" "),
        file,
        &row.line.to_string(),
        "",
    ])
}

fn error_record(error: &RowError, file: &str) -> Vec<u8> {
    let (id, line) = (id(error.id.as_ref(), error.line), error.line.to_string());
    csv_line([&id, "", "", "", "", "", "", file, &line, &error.problem.to_string()])
}

fn id(id: Option<&RowId>, line: u64) -> String {
    match id {
        Some(RowId::Text(id) | RowId::Number(id)) => id.clone(),
        None => line.to_string(),
    }
}

fn csv_line(cells: [&str; COLUMNS.len()]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // As above: memory takes everything.
    let _ = writer.write_record(cells.map(inert).iter().map(String::as_str));
    writer.into_inner().unwrap_or_default()
}

/// What a spreadsheet takes for the beginning of a formula, or of a command in one.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet runs (CWE-1236): an apostrophe goes before what it would. A
/// number stays one.
fn inert(cell: &str) -> String {
    let is_formula = cell.trim_start_matches(' ').starts_with(FORMULA);
    let is_number = cell.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+'));
    if is_formula && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expected) in [
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            (" @SUM(1)", "' @SUM(1)"),
            ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
            ("\t=1", "'\t=1"),
            ("-3.25", "-3.25"),
            ("row-7", "row-7"),
            ("", ""),
        ] {
            assert_eq!(inert(cell), expected, "{cell}");
        }
    }
}
