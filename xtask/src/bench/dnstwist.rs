//! dnstwist, which makes the look-alikes of a domain instead of recognising them: what is
//! counted are the names it makes, none of which it looks up here.

use std::process::Command;

use anyhow::Result;

use super::input::Input;
use super::measure::speed;
use super::{Job, Outcome, Peer, python};
use crate::shell;

pub(super) const PEER: Peer = Peer {
    name: "dnstwist",
    what: "names made for one domain, no look-ups",
    compared_with: Job::Names,
    run,
};

/// A long domain, of which it makes many names.
const DOMAIN: &str = "cloudpillar-acmerockets.example.com";

/// A short one, for its start-up.
const SHORT: &str = "a.example.com";

fn run(input: &Input) -> Result<Outcome> {
    let Some(programs) = python::programs(input, PEER.name, &["dnstwist"])? else {
        return Ok(Outcome::Missing("needs python3-venv and the package index".to_owned()));
    };
    let make = |domain: &str| {
        let mut command = Command::new(programs.join("dnstwist"));
        command.args(["--format", "list", domain]);
        command
    };
    let count =
        |domain: &str| Ok::<_, anyhow::Error>(shell::output(&mut make(domain))?.lines().count());
    let more = count(DOMAIN)?.saturating_sub(count(SHORT)?);
    speed(&mut make(SHORT), &mut make(DOMAIN), more + 1).map(Outcome::Measured)
}
