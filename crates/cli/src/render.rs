//! An assessment for a person at a terminal, in the manner of a good compiler.

use std::fmt::Write as _;

use unhook_detect::explain;
use unhook_model::{Assessment, Evidence, Link, LogOdds, Span, Verdict};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::terminal::{Terminal, harmless, is_dangerous, is_proper_joiner};

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
    let probability = percent(assessment.probability.value());
    let _ = writeln!(out, "{}{kind} · {probability} likely a lure\n", terminal.style(sgr, words));
}

/// A probability in percent, which never reads as certainty.
fn percent(probability: f64) -> String {
    match probability * 100.0 {
        low if low < 0.1 => "under 0.1 %".to_owned(),
        high if high >= 99.9 => "over 99.9 %".to_owned(),
        between => format!("{between:.1} %"),
    }
}

/// The text, wrapped, with the places that gave evidence marked and numbered below.
fn marked_text(out: &mut String, body: &str, assessment: &Assessment, terminal: Terminal) {
    let marks: Vec<(usize, Span)> = numbered(assessment)
        .into_iter()
        .filter_map(|(number, evidence)| evidence.span.map(|span| (number, span)))
        .collect();
    let gutter = terminal.style("34", "│");
    let lines = lines(body, terminal.width.saturating_sub(4));
    for line in lines.iter().take(MOST_LINES) {
        let text: String = line.iter().map(|cell| cell.shown.as_str()).collect();
        let _ = writeln!(out, "  {gutter} {text}");
        for row in mark_rows(line, &marks) {
            let _ = writeln!(out, "  {gutter} {}", terminal.style("33", &row));
        }
    }
    if body.trim().is_empty() {
        let _ = writeln!(out, "  {gutter} {}", terminal.style("2", "(no words)"));
    }
    if lines.len() > MOST_LINES {
        let _ = writeln!(out, "  {gutter} {}", terminal.style("2", "… the text goes on"));
    }
    out.push('\n');
}

/// Evidence with its number, as both the text and the list show it.
fn numbered(assessment: &Assessment) -> Vec<(usize, &Evidence)> {
    (1..).zip(&assessment.evidence).collect()
}

/// One character as shown, with its place in the text; or several that are shown as one.
struct Cell {
    at: usize,
    end: usize,
    /// The last character of it.
    last: char,
    shown: String,
    width: usize,
}

impl Cell {
    fn new(at: usize, c: char) -> Self {
        let shown = if is_dangerous(c) { harmless(&c.to_string()) } else { c.to_string() };
        let width = shown.width();
        Self { at, end: at + c.len_utf8(), last: c, shown, width }
    }

    /// Whether `c` is shown as part of what stands before it: an accent, the rest of an emoji.
    fn joins(&self, c: char) -> bool {
        if is_dangerous(c) {
            return is_proper_joiner(c, self.last);
        }
        let is_joined = self.last == JOINER && self.shown.ends_with(JOINER);
        is_joined || matches!(c, '\u{1f3fb}'..='\u{1f3ff}') || c.width() == Some(0)
    }

    fn join(&mut self, c: char) {
        self.shown.push(c);
        self.end += c.len_utf8();
        self.last = c;
        self.width = self.shown.width();
    }
}

/// Joins two emoji into one.
const JOINER: char = '\u{200d}';

/// The most characters that are shown as one; the rest of a heap of accents stands beside it.
const MOST_JOINED: usize = 32;

/// The most lines of text shown.
const MOST_LINES: usize = 40;

/// The text in lines of at most `width` columns, broken at spaces where there are some; one
/// line more than is shown when there are more.
fn lines(body: &str, width: usize) -> Vec<Vec<Cell>> {
    let mut lines = vec![Vec::<Cell>::new()];
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
        let Some(line) = lines.last_mut() else { break };
        if let Some(before) = line.last_mut()
            && before.joins(c)
            && before.end - before.at < MOST_JOINED
        {
            used -= before.width;
            before.join(c);
            used += before.width;
            continue;
        }
        let cell = Cell::new(at, c);
        used += cell.width;
        if c == ' ' && used > width {
            // It stands at the end, where nobody sees it.
            line.push(cell);
            lines.push(Vec::new());
            (used, last_space) = (0, None);
            continue;
        }
        if c == ' ' {
            last_space = Some(line.len() + 1);
        }
        line.push(cell);
        if used > width && line.len() > 1 {
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
        let range = span.range();
        let within = |cell: &Cell| cell.at < range.end && range.start < cell.end;
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
    let id_width = longest_id(assessment);
    let indent = 14 + id_width;
    for (number, evidence) in numbered(assessment) {
        let sgr = if evidence.weight < LogOdds::ZERO { "32" } else { "31" };
        let weight = terminal.style(sgr, &format!("{:>7}", evidence.weight.to_string()));
        let id = format!("{:<id_width$}", evidence.signal.as_str());
        let reason =
            wrap(&harmless(&evidence.reason), terminal.width.saturating_sub(indent + 1).max(20));
        let indent = format!("\n{}", " ".repeat(indent));
        let _ = writeln!(
            out,
            "{number:>3} {weight}  {} {}",
            terminal.style("1", &id),
            reason.join(&indent)
        );
    }
    let _ = writeln!(out, "    {:>7}  score: the sum of the above\n", assessment.score.to_string());
}

fn longest_id(assessment: &Assessment) -> usize {
    assessment.evidence.iter().map(|evidence| evidence.signal.as_str().len()).max().unwrap_or(0)
}

fn links(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    for link in &assessment.links {
        let target = harmless(&explain::defang(&link.target));
        let mut said = vec![format!("{target} ({})", describe(link))];
        said.extend(link.imitates.as_ref().map(|imitation| harmless(&imitation.reason)));
        let width = terminal.width.saturating_sub(7);
        let lines: Vec<String> = said.iter().flat_map(|text| wrap(text, width)).collect();
        let _ = writeln!(out, "  {} {}", terminal.style("36", "link"), lines.join("\n       "));
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
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
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
    use proptest::prelude::*;
    use unhook_model::{Probability, ScamKind, SignalId};

    /// Signal, weight in hundredths, place.
    type Found = (&'static str, i32, Option<(usize, usize)>);

    fn assessment(evidence: Vec<Found>) -> Assessment {
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

    #[test]
    fn what_is_shown_as_one_is_marked_as_one() {
        // A family, a flag, an accent of its own and a raised hand: two columns each but one.
        let body = "👨\u{200d}👩\u{200d}👧 e\u{301} 🖐🏽 tap";
        let at = body.find("tap").unwrap();
        let shown = check(body, &assessment(vec![("tap-link", 40, Some((at, at + 3)))]), 80);
        assert!(shown.contains(&format!("│ {body}\n  │         ^^^1")), "{shown}");
        let accent = body.find('\u{301}').unwrap();
        let shown = check(body, &assessment(vec![("x", 40, Some((accent, accent + 2)))]), 80);
        assert!(shown.contains("\n  │    ^1"), "{shown}");
    }

    #[test]
    fn a_long_text_says_that_it_goes_on() {
        let shown = check(&"tap now ".repeat(2000), &assessment(Vec::new()), 80);
        assert!(shown.contains("… the text goes on") && shown.lines().count() < 60, "{shown}");
        let shown = check(&"x".repeat(50_000), &assessment(Vec::new()), 0);
        assert!(shown.contains("… the text goes on"));
        assert!(!check("", &assessment(Vec::new()), 80).contains("goes on"));
    }

    #[test]
    fn no_probability_reads_as_certainty() {
        for (probability, expected) in
            [(0.0, "under 0.1 %"), (0.5, "50.0 %"), (0.99949, "over 99.9 %"), (1.0, "over 99.9 %")]
        {
            assert_eq!(percent(probability), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_shown(body in "\\PC{0,80}|[ -~é包👨\u{200d}\u{301}\n\u{202e}]{0,80}", width in 0_usize..60, from in 0_usize..90, length in 0_usize..20) {
            let found = assessment(vec![("tap-link", 40, Some((from, from + length)))]);
            let shown = check(&body, &found, width);
            let is_tame = shown.contains("+0.40") && !shown.contains('\u{202e}');
            prop_assert!(is_tame, "{shown}");
        }
    }
}
