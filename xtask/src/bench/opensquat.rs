//! openSquat, which looks for keywords in lists of newly registered names, as we do.

use std::process::Command;

use anyhow::Result;

use super::input::Input;
use super::measure::speed;
use super::{Job, Outcome, Peer, python};

pub(super) const PEER: Peer =
    Peer { name: "opensquat", what: "two keywords, offline list", compared_with: Job::Names, run };

/// It takes about a millisecond each.
const NAMES: usize = 4000;

fn run(input: &Input) -> Result<Outcome> {
    let Some(programs) = python::programs(input, PEER.name, &["opensquat"])? else {
        return Ok(Outcome::Missing("needs python3-venv and the package index".to_owned()));
    };
    let keywords = input.file("keywords.txt", "cloudpillar\nacmerockets\n")?;
    let look = |count| -> Result<Command> {
        let mut command = Command::new(programs.join("opensquat"));
        command.current_dir(&input.folder).arg("--keywords").arg(&keywords);
        command.arg("--domains").arg(input.names_file(count)?);
        command.args(["--output", "opensquat.txt"]);
        Ok(command)
    };
    let count = NAMES.min(input.names.len());
    speed(&mut look(1)?, &mut look(count)?, count).map(Outcome::Measured)
}
