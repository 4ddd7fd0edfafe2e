//! `cargo xtask test`: every check and every test there is, in one command.
//!
//! The steps run in order of how soon they can fail, and the first failure ends the run
//! with what to do about it. The tests come last, so that a person or a program who reads
//! the end of the output reads what the test runner said.
//!
//! [`needs`] says what must be installed and installs what it can, and [`judges`] brings other
//! people's clients to hold ours against; nothing else here touches the network.

pub(crate) mod judges;
mod needs;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::project::Project;
use crate::{codegen, fmt, layers, screenshots, shell, tidy};

/// One step of the run.
struct Step {
    name: &'static str,
    /// What to do when it fails.
    remedy: &'static str,
    run: fn(&Project) -> Result<Outcome>,
}

/// What came of a step that did not fail.
enum Outcome {
    Done,
    /// Not done, and why.
    Skipped(String),
    /// Done by a test runner, whose closing lines these are.
    Tested(Vec<String>),
}

const STEPS: [Step; 10] = [
    Step {
        name: "format",
        remedy: "run `cargo xtask fmt` and look at what it changed",
        run: |project| done(fmt::run(project, fmt::Mode::Check)),
    },
    Step {
        name: "layers",
        remedy: "follow what is said above; the rules stand in ARCHITECTURE.md",
        run: |project| done(layers::run(project)),
    },
    Step {
        name: "tidy",
        remedy: "follow what is said above; the rules stand in CONTRIBUTING.md",
        run: |project| done(tidy::run(project)),
    },
    Step {
        name: "licences and sources",
        remedy: "see what cargo-deny says above; its rules stand in deny.toml",
        run: deny,
    },
    Step {
        name: "lints",
        remedy: "mend what clippy names above; an exception is #[expect(…, reason = \"…\")]",
        run: lints,
    },
    Step {
        name: "generated files",
        remedy: "run `cargo xtask codegen` and commit what it changed",
        run: |project| done(codegen::run(project, codegen::Mode::Check)),
    },
    Step {
        name: "fuzzers' seeds",
        remedy: "see the test runner's message above; the targets lie in fuzz/src",
        run: fuzz_seeds,
    },
    Step {
        name: "examples in the docs",
        remedy: "see the test runner's message above; run one with `cargo test --doc -p CRATE`",
        run: doc_tests,
    },
    Step {
        name: "screenshots",
        remedy: "see which pictures are read wrongly above; they lie in target/screenshots-read",
        run: |project| done(screenshots::run_few(project)),
    },
    Step {
        name: "tests",
        remedy: "see the test runner's message above; run one with `cargo test -p CRATE NAME`",
        run: tests,
    },
];

pub(crate) fn run(project: &Project) -> Result<()> {
    needs::install()?;
    judges::install(project)?;
    let mut report = Report::default();
    for (number, step) in (1..).zip(&STEPS) {
        println!("\n━━ {number}/{} {}", STEPS.len(), step.name);
        let begun = Instant::now();
        match (step.run)(project) {
            Ok(outcome) => report.add(step.name, outcome, begun.elapsed()),
            Err(error) => {
                eprintln!("\n{error:#}");
                bail!("step `{}` failed: {}", step.name, step.remedy);
            }
        }
    }
    print!("{report}");
    Ok(())
}

/// What a whole run says in the end.
#[derive(Default)]
struct Report {
    rows: Vec<(&'static str, Duration, Option<String>)>,
    closing: Vec<String>,
}

impl Report {
    fn add(&mut self, name: &'static str, outcome: Outcome, took: Duration) {
        let remark = match outcome {
            Outcome::Done => None,
            Outcome::Skipped(why) => {
                println!("skipped: {why}");
                Some(format!("skipped: {why}"))
            }
            Outcome::Tested(lines) => {
                self.closing.extend(lines);
                None
            }
        };
        self.rows.push((name, took, remark));
    }
}

impl std::fmt::Display for Report {
    /// The table of steps, then the test runners' closing lines, as they were.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\n━━ done")?;
        for (name, took, remark) in &self.rows {
            let remark = remark.as_deref().unwrap_or("");
            let line = format!("{name:<22}{:>7.1} s  {remark}", took.as_secs_f64());
            writeln!(f, "{}", line.trim_end())?;
        }
        let all: Duration = self.rows.iter().map(|(_, took, _)| *took).sum();
        writeln!(f, "{:<22}{:>7.1} s\n", "all", all.as_secs_f64())?;
        self.closing.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn done(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Done)
}

fn lints(project: &Project) -> Result<Outcome> {
    let mut clippy = shell::cargo(project.root());
    clippy.args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    done(shell::run(&mut clippy))
}

/// Needs every crate of every system on disk; what the build left out is fetched, or the
/// step is passed over when that cannot be.
fn deny(project: &Project) -> Result<Outcome> {
    if !shell::is_there(shell::cargo(project.root()).args(["deny", "--version"])) {
        let how = "cargo-deny is not installed (cargo install cargo-deny --locked)";
        return Ok(Outcome::Skipped(how.to_owned()));
    }
    if !shell::is_there(shell::cargo(project.root()).args(["fetch", "--locked"])) {
        return Ok(Outcome::Skipped("crates of other systems cannot be fetched".to_owned()));
    }
    let mut deny = shell::cargo(project.root());
    deny.args(["deny", "--offline", "check", "licenses", "bans", "sources"]);
    done(shell::run(&mut deny))
}

/// Replays the fuzzers' seeds. The fuzzers themselves need a nightly compiler and run by hand.
fn fuzz_seeds(project: &Project) -> Result<Outcome> {
    let mut test = shell::cargo(project.root());
    test.args(["test", "--manifest-path", "fuzz/Cargo.toml", "--no-default-features"]);
    test.args(["--target-dir", "target"]);
    shell::run_keeping(&mut test, is_closing_line).map(Outcome::Tested)
}

fn doc_tests(project: &Project) -> Result<Outcome> {
    let mut test = shell::cargo(project.root());
    test.args(["test", "--workspace", "--doc"]);
    shell::run_keeping(&mut test, is_closing_line).map(Outcome::Tested)
}

/// One process for each crate's tests, so that what they share is made once: a process for
/// each test, as other runners have it, would compile the detector's knowledge each time.
fn tests(project: &Project) -> Result<Outcome> {
    let mut test = shell::cargo(project.root());
    test.args(["test", "--workspace", "--lib", "--bins", "--tests", "--examples"]);
    test.env(judges::FOLDER, judges::folder(project));
    shell::run_keeping(&mut test, is_closing_line).map(Outcome::Tested)
}

/// Whether a line is one by which the test runner says how many tests passed, of a crate
/// that has any.
fn is_closing_line(line: &str) -> bool {
    line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_known() {
        let check = |line, expected| assert_eq!(is_closing_line(line), expected, "{line}");
        check("test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured", true);
        check("test result: FAILED. 0 passed; 2 failed; 0 ignored", true);
        check("test result: ok. 0 passed; 0 failed; 0 ignored", false);
        check("test signals::urgency::tests::haste_is_seen ... ok", false);
        check("the test result: ok", false);
    }

    #[test]
    fn the_report_ends_with_the_closing_lines() {
        let mut report = Report::default();
        report.add("lints", Outcome::Skipped("no clippy".to_owned()), Duration::from_secs(2));
        report.add("tests", Outcome::Tested(vec!["7 passed".to_owned()]), Duration::from_secs(3));
        let text = report.to_string();
        assert!(text.contains("lints                     2.0 s  skipped: no clippy\n"), "{text}");
        assert!(text.ends_with("all                       5.0 s\n\n7 passed\n"), "{text}");
    }
}
