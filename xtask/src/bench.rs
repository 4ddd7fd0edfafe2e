//! `cargo xtask bench`: Unhook beside what a user would pick instead.
//!
//! Every tool gets the same input in the same run, on one core, and is charged the
//! processor time it used, start-up apart; so the ratios hold on a machine that has other
//! things to do, where seconds would not. One file per peer; a peer that is not installed is
//! named with how to install it, and the others run.
//!
//! `cargo xtask bench` runs the criterion benchmarks and all peers,
//! `cargo xtask bench dnstwist opensquat` these peers alone.

mod dnstwist;
mod input;
mod measure;
mod opensquat;
mod python;
mod rspamd;
mod scikit_learn;
mod spamassassin;
mod unhook;

use anyhow::{Result, bail};

use crate::project::Project;
use crate::shell;
use input::Input;
use measure::Speed;

/// A tool somebody might use in place of Unhook.
struct Peer {
    name: &'static str,
    /// What is measured, in a few words.
    what: &'static str,
    compared_with: Job,
    run: fn(&Input) -> Result<Outcome>,
}

/// What Unhook is asked to do beside a peer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Job {
    /// Assess texts.
    Texts,
    /// Look for brands in names.
    Names,
}

/// What came of a peer.
enum Outcome {
    Measured(Speed),
    /// It is not there; how to get it.
    Missing(String),
}

const PEERS: [&Peer; 5] =
    [&rspamd::PEER, &spamassassin::PEER, &scikit_learn::PEER, &dnstwist::PEER, &opensquat::PEER];

pub(crate) fn run(project: &Project, names: &[&str]) -> Result<()> {
    let peers = chosen(names)?;
    if names.is_empty() {
        shell::run(shell::cargo(project.root()).args(["bench", "--workspace", "--benches"]))?;
    }
    let input = Input::prepare(project)?;
    let program = unhook::build(project)?;
    let ours = |job| match job {
        Job::Texts => unhook::texts(&program, &input),
        Job::Names => unhook::names(&program, &input),
    };
    println!("\n{}\n", input.describe());
    for job in [Job::Texts, Job::Names] {
        let asked: Vec<&&Peer> = peers.iter().filter(|peer| peer.compared_with == job).collect();
        if asked.is_empty() {
            continue;
        }
        let base = ours(job)?;
        println!("{}", row("unhook", unhook::what(job), &base.to_string(), "1"));
        for peer in asked {
            println!("{}", against(peer, base, (peer.run)(&input)?));
        }
    }
    Ok(())
}

fn chosen(names: &[&str]) -> Result<Vec<&'static Peer>> {
    if names.is_empty() {
        return Ok(PEERS.to_vec());
    }
    let find = |name: &&str| match PEERS.iter().find(|peer| peer.name == *name) {
        Some(peer) => Ok(*peer),
        None => {
            let known: Vec<&str> = PEERS.iter().map(|peer| peer.name).collect();
            bail!("no peer is called `{name}`; there are {}", known.join(", "))
        }
    };
    names.iter().map(find).collect()
}

fn against(peer: &Peer, base: Speed, outcome: Outcome) -> String {
    match outcome {
        Outcome::Measured(speed) => {
            let ratio = format!("1/{:.0}", base.per_second() / speed.per_second());
            row(peer.name, peer.what, &speed.to_string(), &ratio)
        }
        Outcome::Missing(how) => row(peer.name, peer.what, "not installed", &how),
    }
}

fn row(name: &str, what: &str, speed: &str, ratio: &str) -> String {
    format!("| {name:<12} | {what:<36} | {speed:<28} | {ratio} |")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_chosen_by_name() {
        assert_eq!(chosen(&[]).unwrap().len(), PEERS.len());
        assert_eq!(chosen(&["rspamd"]).unwrap()[0].name, "rspamd");
        let error = chosen(&["rspmad"]).map(drop).unwrap_err().to_string();
        assert!(error.contains("there are rspamd, spamassassin"), "{error}");
    }
}
