//! Unhook itself, from file to file, as a user runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::finds::Finds;
use super::input::Input;
use super::measure::speed;
use super::{Job, Measured};
use crate::project::Project;
use crate::shell::{self, Written};

/// How often it goes through the names: once takes too few ticks of the clock.
const ROUNDS: usize = 5;

pub(crate) fn build(project: &Project) -> Result<PathBuf> {
    shell::run(shell::cargo(project.root()).args(["build", "--release", "--package", "unhook"]))?;
    Ok(project.path("target/release/unhook"))
}

pub(super) const fn what(job: Job) -> &'static str {
    match job {
        Job::Texts => "scan --jobs 1 --format jsonl",
        Job::Names => "lookalikes --json --org, all brands",
    }
}

pub(super) fn texts(program: &Path, input: &Input) -> Result<Measured> {
    let scan = |count| {
        let mut command = Command::new(program);
        command.args(["scan", "--jobs", "1", "--format", "jsonl"]).arg(input.texts_file(count)?);
        Ok(command)
    };
    let speed = speed(scan, input.texts.len(), |written| Some(written.out.lines().count()))?;
    Ok(Measured { speed, finds: Finds::default() })
}

pub(super) fn names(program: &Path, input: &Input) -> Result<Measured> {
    let look = |files: &[PathBuf]| {
        let mut command = Command::new(program);
        command.arg("lookalikes").arg("--json").arg("--org").arg(&input.organization).args(files);
        command
    };
    let one = [input.names_file(&input.names[..1])?];
    let all = vec![input.names_file(&input.names)?; ROUNDS];
    let first = |count| Ok(look(if count == 1 { &one } else { &all }));
    let speed = speed(first, input.names.len() * ROUNDS, looked_at)?;
    let flagged = |names: &[String]| {
        let hits = shell::written(&mut look(&[input.names_file(names)?]))?;
        Ok(hits.out.lines().count())
    };
    Ok(Measured { speed, finds: Finds::of(input, flagged)? })
}

/// `400000 names, 5 hits (1 high), 1600000 names/s`
fn looked_at(written: &Written) -> Option<usize> {
    written.err.split_once(" names, ")?.0.parse().ok()
}
