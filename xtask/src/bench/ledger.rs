//! `cargo xtask bench ledger`: a resolver's log of a million lines joined to a hundred campaigns, beside
//! what somebody would type in a hurry.
//!
//! Ours reads, joins to people by leases, and remembers what was looked up for the first time; `grep -F`
//! finds lines with one of the names somewhere in them, and `awk` those whose name is one or lies below it.
//! Each is charged the processor time it used, on the same file, in turn, and the least of several
//! runs counts. Nothing is asserted; what is printed is a table as `docs/benchmarks.md` has it.
//!
//! `cargo xtask bench ledger [LINES]`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::measure::{least, seconds};
use crate::project::Project;
use crate::shell;

const LINES: u64 = 1_000_000;

/// Whether a name is one of the campaigns', or lies below one.
const AWK: &str = "NR == FNR { lure[$1]; next } \
    { name = $5; sub(/\\.$/, \"\", name); \
      while (name != \"\") { if (name in lure) { print; break } \
      if (!sub(/^[^.]*\\./, \"\", name)) break } }";

pub(crate) fn run(project: &Project, arguments: &[&str]) -> Result<()> {
    let usage = "cargo xtask bench ledger [LINES]";
    let lines = match arguments {
        [] => LINES,
        [lines] => lines.parse().context(usage)?,
        _ => anyhow::bail!(usage),
    };
    let program = build(project)?;
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    shell::run(Command::new(&program).arg("write").arg(folder).arg(lines.to_string()))?;
    let (log, names) = (folder.join("log"), folder.join("names"));
    println!(
        "\n| {lines} lines, 100 campaigns | lines found | lines a second of a processor | ratio |"
    );
    println!("| --- | --- | --- | --- |");
    let mut grep = Command::new("grep");
    grep.env("LC_ALL", "C").arg("-F").arg("-f").arg(&names).arg(&log);
    let mut awk = Command::new("awk");
    awk.env("LC_ALL", "C").arg(AWK).arg(&names).arg(&log);
    let ours = ours(&program, folder, lines)?;
    row("unhook, joined to people", ours, lines, ours.1);
    row("`grep -F -f names`", found(&mut grep)?, lines, ours.1);
    row("`awk`, by name and all above it", found(&mut awk)?, lines, ours.1);
    Ok(())
}

fn row(what: &str, (found, seconds): (u64, f64), lines: u64, ours: f64) {
    let (speed, ratio) = (lines as f64 / seconds, seconds / ours);
    println!("| {what} | {found} | {speed:.0} | {ratio:.2} |");
}

fn build(project: &Project) -> Result<PathBuf> {
    let arguments = ["build", "--release", "-p", "unhook-contain", "--example", "ledger"];
    shell::run(shell::cargo(project.root()).args(arguments))?;
    Ok(project.root().join("target/release/examples/ledger"))
}

/// How many lines belong to a campaign, and how long it took.
fn ours(program: &Path, folder: &Path, lines: u64) -> Result<(u64, f64)> {
    let mut joined = 0;
    let mut command = Command::new(program);
    command.arg("join").arg(folder);
    let seconds = least(|| {
        let (seconds, written) = seconds(&mut command)?;
        let text = written.out;
        let numbers: Vec<&str> = text.split_whitespace().collect();
        let of = |place: usize| numbers.get(place).and_then(|n| n.parse::<u64>().ok());
        ensure!(of(0) == Some(lines) && of(1) == Some(0), "it did not read all: {text}");
        joined = of(2).context("it says nothing")?;
        Ok(seconds)
    })?;
    Ok((joined, seconds))
}

/// How many lines a program prints, and how long it takes.
fn found(command: &mut Command) -> Result<(u64, f64)> {
    let mut found = 0;
    let seconds = least(|| {
        let (seconds, written) = seconds(command)?;
        found = written.out.lines().count() as u64;
        Ok(seconds)
    })?;
    Ok((found, seconds))
}
