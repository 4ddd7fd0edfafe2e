//! Unhook itself, from file to file, as a user runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::Job;
use super::input::Input;
use super::measure::{Speed, speed};
use crate::project::Project;
use crate::shell;

pub(super) fn build(project: &Project) -> Result<PathBuf> {
    shell::run(shell::cargo(project.root()).args(["build", "--release", "--package", "unhook"]))?;
    Ok(project.path("target/release/unhook"))
}

pub(super) const fn what(job: Job) -> &'static str {
    match job {
        Job::Texts => "scan --jobs 1 --format jsonl",
        Job::Names => "lookalikes --json, two brands",
    }
}

pub(super) fn texts(program: &Path, input: &Input) -> Result<Speed> {
    let scan = |count| -> Result<Command> {
        let mut command = Command::new(program);
        command.args(["scan", "--jobs", "1", "--format", "jsonl"]).arg(input.texts_file(count)?);
        Ok(command)
    };
    speed(&mut scan(1)?, &mut scan(input.texts.len())?, input.texts.len())
}

pub(super) fn names(program: &Path, input: &Input) -> Result<Speed> {
    let look = |count| -> Result<Command> {
        let mut command = Command::new(program);
        command.arg("lookalikes").arg("--json").arg("--org").arg(&input.organization);
        command.arg(input.names_file(count)?);
        Ok(command)
    };
    speed(&mut look(1)?, &mut look(input.names.len())?, input.names.len())
}
