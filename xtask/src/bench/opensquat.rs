//! openSquat, which looks for keywords in lists of newly registered names, as we do.
//!
//! It looks for letters wherever they stand and for labels that are nearly the keyword, one
//! keyword after the other, at its own default of confidence.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::Result;

use super::finds::Finds;
use super::input::{Input, spread};
use super::measure::speed;
use super::{Job, Measured, Outcome, Peer, python};
use crate::shell::{self, Written};

pub(super) const PEER: Peer = Peer {
    name: "opensquat",
    what: "a keyword for each brand, local list",
    compared_with: Job::Names,
    run,
};

/// Names it goes through on the clock: a few milliseconds each.
const NAMES: usize = 1000;

/// Where nobody listens, so that it cannot ask whether there is a newer version of it.
const NO_NETWORK: &str = "http://127.0.0.1:9";

fn run(input: &Input) -> Result<Outcome> {
    let Some(programs) = python::programs(input, PEER.name, &["opensquat"])? else {
        return Ok(Outcome::Missing("needs python3-venv and the package index".to_owned()));
    };
    let keywords = input.file("keywords.txt", &(input.brands.keywords().join("\n") + "\n"))?;
    let hits = input.folder.join("opensquat.txt");
    let look = |names: &[String]| -> Result<Command> {
        let mut command = Command::new(programs.join("opensquat"));
        command.current_dir(&input.folder).env("HTTPS_PROXY", NO_NETWORK).env_remove("NO_PROXY");
        command.arg("--keywords").arg(&keywords).arg("--domains").arg(input.names_file(names)?);
        command.arg("--output").arg(&hits);
        Ok(command)
    };
    let names = spread(&input.sample, NAMES);
    let speed = speed(|count| look(&names[..count]), names.len(), looked_at)?;
    let flagged = |names: &[String]| {
        shell::written(&mut look(names)?)?;
        let hits = fs::read_to_string(&hits)?;
        // A name is listed once for each keyword.
        Ok(hits.lines().filter(|line| !line.is_empty()).collect::<BTreeSet<_>>().len())
    };
    Ok(Outcome::Measured(Measured { speed, finds: Finds::of(input, flagged)? }))
}

/// `[*] Total domains: 4,000`
fn looked_at(written: &Written) -> Option<usize> {
    let (_, rest) = written.out.split_once("Total domains: ")?;
    rest.lines().next()?.replace(',', "").trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_count_is_read() {
        let out = "[*] keywords total: 2\n[*] Total domains: 4,000\n[*] Threshold: high\n";
        assert_eq!(looked_at(&Written { out: out.to_owned(), err: String::new() }), Some(4000));
    }
}
