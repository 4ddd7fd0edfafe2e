//! What a person at a terminal sees of a scenario: what happens, and in the end how long each
//! stage took, beside how it went without Unhook.
//!
//! Texts and answers are the scenario's and the service's, so nothing of them reaches the
//! terminal unless it is harmless.

use std::io::Write as _;
use std::time::Duration;

use super::expect::{Chosen, Finding};
use super::measure::{self, Measurements, Visits};
use super::observed::{Observed, SeenBlock, SeenText};
use super::plan::{PlannedRuling, PlannedSignIn, PlannedText, PlannedVisit, Scenario};
use super::receivers::{SentText, ToldAlert};
use crate::render::wrap;
use crate::terminal::{Terminal, harmless};

/// Columns before what happened: those of a time of day.
const MARGIN: usize = 10;

/// Columns of what a stage is called, and of how long it took.
const STAGE: usize = 38;
const TIME: usize = 9;

/// What nobody should take for usual, or for done.
const BOLD: &str = "The playbook of this scenario is its own. As it comes, everything asks until somebody writes another.";
const NOT_YET: &str = "Not part of this release: having pages taken down.";

/// The rungs of the ladder, as the API names them.
const LADDER: [&str; 5] = ["received", "visited", "submitted", "session", "data"];

/// Tells what happens while it does.
#[derive(Clone, Copy)]
pub(crate) enum Narrator {
    /// Says nothing.
    Silent,
    /// To this terminal.
    To(Terminal),
}

impl Narrator {
    pub(super) fn begin(self, scenario: &Scenario) -> anyhow::Result<()> {
        let Self::To(terminal) = self else { return Ok(()) };
        let title = terminal.style("1", &harmless(&scenario.title));
        let what = format!(
            "{} people and a service of their own, on this machine alone; it is thrown away.",
            scenario.people.len()
        );
        print(&format!("{title}\n{}\n", terminal.style("2", &what)))
    }

    /// Somebody texted: of several at once, the first is shown.
    pub(super) fn text(
        self,
        scenario: &Scenario,
        step: usize,
        text: &PlannedText,
        seen: &SeenText,
    ) -> anyhow::Result<()> {
        let Self::To(terminal) = self else { return Ok(()) };
        let Some(count) = first_of(scenario, step) else { return Ok(()) };
        let name = harmless(&scenario.people[text.by].name);
        let who = match (count, text.is_forward) {
            (1, true) => format!("{name} forwards a text:"),
            (1, false) => format!("{name} writes:"),
            (_, true) => {
                format!("{count} people forward texts like this one, beginning with {name}:")
            }
            (_, false) => format!("{count} people write, beginning with {name}:"),
        };
        let clock = terminal.style("2", &clock(scenario, scenario.steps[step].at_ms));
        let mut out = format!("{clock}{}\n", terminal.style("1", &who));
        out += &indented(&format!("“{}”", text.body), terminal, "33");
        let answer = match &seen.answer {
            Some(answer) => format!("{} → “{answer}”", time(Some(milliseconds(seen)))),
            None => format!("{} → (no answer)", time(Some(milliseconds(seen)))),
        };
        out += &indented(&answer, terminal, "36");
        print(out.trim_end_matches('\n'))
    }

    pub(super) fn alert(self, observed: &Observed, alert: &ToldAlert) -> anyhow::Result<()> {
        let Self::To(terminal) = self else { return Ok(()) };
        let sgr = if alert.severity == "critical" { "1;31" } else { "35" };
        let after = measure::latency_of(observed, alert);
        let after = after.map_or(String::new(), |after| format!("{} → ", time(Some(after))));
        let told = format!("{after}on-call is told, {}: {}", alert.severity, alert.title);
        print(indented(&told, terminal, sgr).trim_end_matches('\n'))
    }

    /// People were told otherwise: the first text is shown.
    pub(super) fn correction(self, scenario: &Scenario, text: &SentText) -> anyhow::Result<()> {
        let Self::To(terminal) = self else { return Ok(()) };
        let mut people = scenario.people.iter();
        let name = people.find(|person| person.number.to_string() == text.to);
        let name = name.map_or("somebody", |person| &person.name);
        let told = format!("→ {name} is told otherwise: “{}”", text.body);
        print(indented(&told, terminal, "36").trim_end_matches('\n'))
    }

    /// Laptops look a name up: of several at once, the first is shown.
    pub(super) fn visit(
        self,
        scenario: &Scenario,
        step: usize,
        visit: &PlannedVisit,
        was_there: bool,
    ) -> anyhow::Result<()> {
        let (Self::To(terminal), Some(count)) = (self, first_of(scenario, step)) else {
            return Ok(());
        };
        let name = harmless(&scenario.people[visit.by].name);
        let whose = match count {
            1 => format!("{name}'s laptop looks up {}", visit.name),
            _ => format!("{count} laptops look up {}, beginning with {name}'s", visit.name),
        };
        let clock = terminal.style("2", &clock(scenario, scenario.steps[step].at_ms));
        let mut out = format!("{clock}{}\n", terminal.style("1", &whose));
        let (answer, sgr) =
            if was_there { ("→ an address", "33") } else { ("→ no such name: blocked", "36") };
        out += &indented(answer, terminal, sgr);
        print(out.trim_end_matches('\n'))
    }

    /// Somebody signs in.
    pub(super) fn sign_in(
        self,
        scenario: &Scenario,
        step: usize,
        sign_in: PlannedSignIn,
    ) -> anyhow::Result<()> {
        let Self::To(terminal) = self else { return Ok(()) };
        let name = harmless(&scenario.people[sign_in.by].name);
        let (what, sgr) = if sign_in.is_foreign {
            (format!("Somebody else signs in as {name}, from a device never seen before"), "1;31")
        } else {
            (format!("{name} signs in"), "1")
        };
        let clock = terminal.style("2", &clock(scenario, scenario.steps[step].at_ms));
        print(&format!("{clock}{}", terminal.style(sgr, &what)))
    }

    /// A name no longer resolves.
    pub(super) fn blocked(self, name: &str, seen: SeenBlock) -> anyhow::Result<()> {
        let Self::To(terminal) = self else { return Ok(()) };
        let after = time(Some(seen.took.as_secs_f64() * 1000.0));
        let told = format!("{after} → {name} no longer resolves");
        print(indented(&told, terminal, "1;32").trim_end_matches('\n'))
    }

    /// Somebody's sessions are over.
    pub(super) fn evicted(
        self,
        scenario: &Scenario,
        login: &str,
        took: Duration,
    ) -> anyhow::Result<()> {
        let Self::To(terminal) = self else { return Ok(()) };
        let mut people = scenario.people.iter();
        let name = people.find(|person| person.login.as_deref() == Some(login));
        let name = name.map_or("somebody", |person| &person.name);
        let after = time(Some(took.as_secs_f64() * 1000.0));
        let told = format!("{after} → every session of {name} is over, the password is of no use");
        print(indented(&told, terminal, "1;32").trim_end_matches('\n'))
    }

    pub(super) fn ruling(
        self,
        scenario: &Scenario,
        at_ms: u64,
        planned: &PlannedRuling,
        has_campaign: bool,
    ) -> anyhow::Result<()> {
        let Self::To(terminal) = self else { return Ok(()) };
        let who = if has_campaign {
            format!("An analyst rules the campaign {} (POST /api/v1/rulings)", planned.ruling)
        } else {
            "An analyst finds no campaign to rule".to_owned()
        };
        let clock = terminal.style("2", &clock(scenario, at_ms));
        print(&format!("{clock}{}", terminal.style("1", &who)))
    }
}

/// What it all came to.
pub(crate) fn outcome(
    scenario: &Scenario,
    measured: &Measurements,
    chosen: &Chosen,
    is_detailed: bool,
    terminal: Terminal,
) -> String {
    let mut out = String::from("\n");
    out += &stages(scenario, measured, terminal);
    out.push('\n');
    for line in counts(measured) {
        out += &wrap(&line, terminal.width).join("\n");
        out.push('\n');
    }
    for note in scenario.playbook.iter().map(|_| BOLD).chain([NOT_YET]) {
        out += &terminal.style("2", &wrap(note, terminal.width).join("\n"));
        out.push('\n');
    }
    out += &expectations(&measured.expectations, chosen, is_detailed, terminal);
    out
}

/// The stages, each with its time, beside how it went without Unhook.
fn stages(scenario: &Scenario, measured: &Measurements, terminal: Terminal) -> String {
    let (stages, history) = (&measured.stages, &scenario.history);
    let rows = [
        ("first report → verdict as an answer", stages.answered_ms, &history.answered),
        ("campaign opens → on-call told", stages.opened_ms, &history.opened),
        ("campaign spreads → on-call told", stages.spread_ms, &history.spread),
        ("“I typed my password” → on-call told", stages.submitted_ms, &history.submitted),
        ("first report → name does not resolve", stages.blocked_ms, &history.blocked),
        ("first report → actor signed out", stages.revoked_ms, &history.revoked),
        ("ruled → everyone told otherwise knows", stages.corrected_ms, &history.corrected),
    ];
    let heading = history.heading.as_deref().unwrap_or_default();
    let heads = format!("{:STAGE$}  {:>TIME$}   {}", "", "Unhook", harmless(heading));
    let mut out = format!("{}\n", terminal.style("1", heads.trim_end()));
    for (stage, took, before) in rows.into_iter().filter(|(_, took, _)| took.is_some()) {
        let took = terminal.style("1;32", &format!("{:>TIME$}", time(took)));
        let room = terminal.width.saturating_sub(STAGE + TIME + 5).max(12);
        let lines = wrap(&harmless(before.as_deref().unwrap_or_default()), room);
        let first = lines.first().map_or("", String::as_str);
        out += format!("{stage:STAGE$}  {took}   {first}").trim_end();
        out.push('\n');
        for line in lines.iter().skip(1) {
            out += &format!("{:1$}{line}\n", "", STAGE + TIME + 5);
        }
    }
    out
}

fn counts(measured: &Measurements) -> Vec<String> {
    let answers = &measured.answers;
    let mut lines = vec![format!(
        "{} texts, answered one after the other: the median in {}, the slowest in {}.",
        measured.texts,
        time(Some(answers.median_ms)),
        time(Some(answers.slowest_ms)),
    )];
    if measured.attack > 0 {
        lines.push(format!(
            "{} of {} reports of the attack are one campaign.",
            measured.members, measured.attack
        ));
    }
    if measured.everyday > 0 {
        lines.push(format!(
            "{} of {} everyday texts were answered “nothing found” and closed by themselves.",
            measured.closed, measured.everyday
        ));
    }
    if measured.corrections > 0 {
        let people = measured.corrections;
        lines.push(format!("{people} people were told otherwise by a text of their own."));
    }
    lines.extend(cut_off(measured));
    if measured.unsigned > 0 {
        lines.push(format!("{} requests of the service were not signed.", measured.unsigned));
    }
    lines
}

/// What was done to names and sessions, and how far it had got.
fn cut_off(measured: &Measurements) -> Vec<String> {
    let (visits, reactions) = (&measured.visits, &measured.reactions);
    let mut lines = Vec::new();
    if *visits != (Visits { before_reports: 0, after: 0, stopped: 0 }) {
        lines.push(format!(
            "{} laptops had looked a name up before the first report and {} got an address after; \
             {} got none.",
            visits.before_reports, visits.after, visits.stopped
        ));
    }
    if let Some(blocked) = reactions.blocked_ms {
        let blocked = time(Some(blocked));
        lines.push(format!("The name was cut off {blocked} after the report that gave leave to."));
    }
    if let Some(revoked) = reactions.revoked_ms {
        let revoked = time(Some(revoked));
        lines.push(format!("The slowest eviction was complete {revoked} after the sign-in."));
    }
    if !measured.ladder.is_empty() {
        let rungs = LADDER
            .iter()
            .filter_map(|rung| Some(format!("{} {rung}", measured.ladder.get(*rung)?)));
        lines.push(format!("How far it got, in people: {}.", rungs.collect::<Vec<_>>().join(", ")));
    }
    lines
}

/// What was expected: all of it, or what did not hold.
fn expectations(
    findings: &[Finding],
    chosen: &Chosen,
    is_detailed: bool,
    terminal: Terminal,
) -> String {
    let mut out = String::new();
    for finding in findings.iter().filter(|finding| is_detailed || !finding.held) {
        let of = finding.of.as_ref().map_or(String::new(), |of| format!(" of {}", harmless(of)));
        let (sgr, mark) = match (finding.held, chosen.decides(finding)) {
            (true, _) => ("32", "held   "),
            (false, true) => ("1;31", "FAILED "),
            (false, false) => ("33", "missed "),
        };
        let line = if finding.held && finding.expected == finding.found {
            format!("{}{of}: {}", finding.name, finding.found)
        } else {
            format!("{}{of}: expected {}, found {}", finding.name, finding.expected, finding.found)
        };
        let lines = wrap(&line, terminal.width.saturating_sub(mark.len()));
        out += &format!("{}{}\n", terminal.style(sgr, mark), lines.join("\n       "));
    }
    let held = findings.iter().filter(|finding| finding.held).count();
    let sgr = if chosen.held(findings) { "1;32" } else { "1;31" };
    let sum = format!("{held} of {} expectations held.", findings.len());
    out + &terminal.style(sgr, &sum) + "\n"
}

/// How many steps an event has, for the first of them.
fn first_of(scenario: &Scenario, step: usize) -> Option<usize> {
    let event = scenario.steps[step].event;
    let is_first = scenario.steps[..step].iter().all(|before| before.event != event);
    is_first.then(|| scenario.steps.iter().filter(|step| step.event == event).count())
}

/// Lines after the margin, in a style.
fn indented(text: &str, terminal: Terminal, sgr: &str) -> String {
    let lines = wrap(&harmless(text), terminal.width.saturating_sub(MARGIN + 1));
    let styled = lines.iter().map(|line| format!("{:MARGIN$}{}\n", "", terminal.style(sgr, line)));
    styled.collect()
}

/// The time of day, as wide as the margin.
fn clock(scenario: &Scenario, at_ms: u64) -> String {
    let seconds = (scenario.clock_ms.unwrap_or_default() + at_ms) / 1000;
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}  ", seconds % 60)
}

fn milliseconds(seen: &SeenText) -> f64 {
    seen.took.as_secs_f64() * 1000.0
}

/// A time as people read it.
fn time(milliseconds: Option<f64>) -> String {
    match milliseconds {
        None => "–".to_owned(),
        Some(short) if short < 9.95 => format!("{short:.1} ms"),
        Some(long) if long < 999.5 => format!("{long:.0} ms"),
        Some(longer) => format!("{:.1} s", longer / 1000.0),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_exact_as_they_are_read() {
        let check = |ms, expected: &str| assert_eq!(time(Some(ms)), expected);
        check(0.04, "0.0 ms");
        check(9.94, "9.9 ms");
        check(9.96, "10 ms");
        check(999.4, "999 ms");
        check(1_234.0, "1.2 s");
    }

    #[test]
    fn the_clock_goes_on_past_midnight() {
        let mut scenario = Scenario::built_in().unwrap();
        scenario.clock_ms = Some(23 * 3_600_000);
        assert_eq!(clock(&scenario, 3_661_000), "00:01:01  ");
    }
}
