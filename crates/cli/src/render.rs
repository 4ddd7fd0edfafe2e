//! An assessment for a person at a terminal, in the manner of a good compiler.

use std::fmt::Write as _;

use unhook_detect::explain;
use unhook_model::{Assessment, Evidence, Link, LogOdds, Span, Verdict};
use unicode_width::UnicodeWidthChar;

use crate::terminal::{Terminal, harmless, is_dangerous};

/// The whole report on one text.
pub(crate) fn report(body: &str, assessment: &Assessment, terminal: Terminal) -> String {
    let mut out = String::new();
    headline(&mut out, assessment, terminal);
    marked_text(&mut out, body, assessment, terminal);
    evidence(&mut out, assessment, terminal);
    links(&mut out, assessment, terminal);
    remarks(&mut out, assessment, terminal);
    let advice = wrap(explain::advice(assessment), terminal.width.saturating_sub(2));
    let _ = writeln!(out, "{} {}", terminal.style("1", "→"), advice.join("\n  "));
    out
}

fn headline(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    let (sgr, words) = match assessment.verdict {
        Verdict::Malicious => ("1;31", "malicious"),
        Verdict::Suspicious => ("1;33", "suspicious"),
        Verdict::Benign => ("1;32", "nothing found"),
    };
    let kind = assessment.kind.map_or(String::new(), |kind| format!(" · {}", kind.name()));
    let probability = assessment.probability.value() * 100.0;
    let _ =
        writeln!(out, "{}{kind} · {probability:.1} % likely a lure\n", terminal.style(sgr, words));
}

/// The text, wrapped, with the places that gave evidence marked and numbered below.
fn marked_text(out: &mut String, body: &str, assessment: &Assessment, terminal: Terminal) {
    let marks: Vec<(usize, Span)> = numbered(assessment)
        .into_iter()
        .filter_map(|(number, evidence)| evidence.span.map(|span| (number, span)))
        .collect();
    let gutter = terminal.style("34", "│");
    for line in lines(body, terminal.width.saturating_sub(4)) {
        let text: String = line.iter().map(|cell| cell.shown.as_str()).collect();
        let _ = writeln!(out, "  {gutter} {text}");
        for row in mark_rows(&line, &marks) {
            let _ = writeln!(out, "  {gutter} {}", terminal.style("33", &row));
        }
    }
    out.push('\n');
}

/// Evidence with its number, as both the text and the list show it.
fn numbered(assessment: &Assessment) -> Vec<(usize, &Evidence)> {
    (1..).zip(&assessment.evidence).collect()
}

/// One character as shown, with its place in the text.
struct Cell {
    at: usize,
    shown: String,
    width: usize,
}

/// The most lines of text shown; the rest is in `--json`.
const MOST_LINES: usize = 40;

fn lines(body: &str, width: usize) -> Vec<Vec<Cell>> {
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    let mut last_space = None;
    for (at, c) in body.char_indices() {
        if lines.len() > MOST_LINES {
            break;
        }
        if c == '\n' {
            lines.push(Vec::new());
            (used, last_space) = (0, None);
            continue;
        }
        let shown = if is_dangerous(c) { harmless(&c.to_string()) } else { c.to_string() };
        let cell = Cell { at, width: shown.chars().map(|c| c.width().unwrap_or(0)).sum(), shown };
        let Some(line) = lines.last_mut() else { break };
        used += cell.width;
        if c == ' ' {
            last_space = Some(line.len() + 1);
        }
        line.push(cell);
        if used > width {
            let rest = line.split_off(
                last_space.filter(|space| *space < line.len()).unwrap_or(line.len() - 1),
            );
            used = rest.iter().map(|cell| cell.width).sum();
            last_space = None;
            lines.push(rest);
        }
    }
    lines
}

/// Rows of marks under one line: marks that overlap take a row each.
fn mark_rows(line: &[Cell], marks: &[(usize, Span)]) -> Vec<String> {
    let mut rows: Vec<(usize, String)> = Vec::new();
    for (number, span) in marks {
        let within = |cell: &Cell| span.range().contains(&cell.at);
        let Some(first) = line.iter().position(within) else { continue };
        let count = line[first..].iter().take_while(|cell| within(cell)).count();
        let width = |cells: &[Cell]| cells.iter().map(|cell| cell.width).sum::<usize>();
        let (start, length) = (width(&line[..first]), width(&line[first..first + count]).max(1));
        let mark = format!("{}{}", "^".repeat(length), number);
        let end = start + mark.len() + 1;
        match rows.iter_mut().find(|(used, _)| *used <= start) {
            Some((used, row)) => {
                row.push_str(&" ".repeat(start - row.len()));
                row.push_str(&mark);
                *used = end;
            }
            None => rows.push((end, " ".repeat(start) + &mark)),
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

fn evidence(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    for (number, evidence) in numbered(assessment) {
        let sgr = if evidence.weight < LogOdds::ZERO { "32" } else { "31" };
        let weight = terminal.style(sgr, &format!("{:>7}", evidence.weight.to_string()));
        let id = format!("{:<22}", evidence.signal.as_str());
        let reason = wrap(&evidence.reason, terminal.width.saturating_sub(37).max(20));
        let indent = format!("\n{}", " ".repeat(36));
        let _ = writeln!(
            out,
            "{number:>3} {weight}  {} {}",
            terminal.style("1", &id),
            reason.join(&indent)
        );
    }
    let _ = writeln!(out, "    {:>7}  score: the sum of the above\n", assessment.score.to_string());
}

fn links(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    for link in &assessment.links {
        let target = harmless(&explain::defang(&link.target));
        let _ = writeln!(out, "  {} {} ({})", terminal.style("36", "link"), target, describe(link));
        if let Some(imitation) = &link.imitates {
            let _ = writeln!(out, "       {}", harmless(&imitation.reason));
        }
    }
    if !assessment.links.is_empty() {
        out.push('\n');
    }
}

fn describe(link: &Link) -> String {
    let mut parts = vec![link.kind.name().to_owned()];
    if let Some(domain) = &link.registrable {
        parts.push(format!("domain {}", explain::defang(domain)));
    }
    parts.extend(link.disguises.iter().map(|disguise| disguise.name().to_owned()));
    parts.join(", ")
}

fn remarks(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    for note in &assessment.notes {
        let _ = writeln!(out, "{}", terminal.style("33", &format!("note: {note}")));
    }
    if !assessment.unavailable.is_empty() {
        let ids: Vec<&str> = assessment.unavailable.iter().map(|id| id.as_str()).collect();
        for line in wrap(&format!("not looked up: {}", ids.join(", ")), terminal.width) {
            let _ = writeln!(out, "{}", terminal.style("2", &line));
        }
        out.push('\n');
    }
}

/// A sentence in lines of at most `width` columns, broken at spaces.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhook_model::{Probability, ScamKind, SignalId};

    fn assessment(evidence: Vec<(&'static str, i32, Option<(usize, usize)>)>) -> Assessment {
        let evidence: Vec<Evidence> = evidence
            .into_iter()
            .map(|(id, weight, span)| Evidence {
                signal: SignalId::new(id),
                weight: LogOdds::from_hundredths(weight),
                span: span.map(|(start, end)| Span::new(start, end)),
                reason: "because of what it says".into(),
            })
            .collect();
        let score = evidence.iter().map(|e| e.weight).sum();
        Assessment {
            verdict: Verdict::Malicious,
            probability: Probability::from_log_odds(score),
            score,
            kind: Some(ScamKind::Workplace),
            evidence,
            unavailable: vec![SignalId::new("new-domain")],
            links: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn check(body: &str, assessment: &Assessment, width: usize) -> String {
        report(body, assessment, Terminal { colour: false, width })
    }

    #[test]
    fn spans_are_marked_where_they_stand() {
        let body = "ALERT! your schedule changed, tap now";
        let found = assessment(vec![
            ("workplace-lure", 150, Some((7, 28))),
            ("tap-link", 40, Some((30, 33))),
        ]);
        insta::assert_snapshot!(check(body, &found, 80));
        insta::assert_snapshot!(check(body, &found, 40));
    }

    #[test]
    fn nothing_in_a_text_moves_the_terminal() {
        let shown = check("a\u{1b}[2Jb\u{202e}c\u{7}", &assessment(Vec::new()), 80);
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{shown:?}");
        assert!(shown.contains("‹U+001B›") && shown.contains("‹U+202E›"));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let body = "包裹 tap";
        let shown = check(body, &assessment(vec![("tap-link", 40, Some((7, 10)))]), 80);
        assert!(shown.contains("\n  │      ^^^1"), "{shown}");
    }
}
