//! `cargo xtask bench`: Unhook beside what a user would pick instead.
//!
//! Every tool gets the same input in the same run, slow ones a part of it, and is charged
//! the processor time it used, start-up apart; so the ratios hold on a machine that has other
//! things to do, where seconds would not. One file per peer. A peer that is not installed is
//! named with how to install it, one that fails with its reason, and the others run; after a
//! failure the command fails too.
//!
//! `cargo xtask bench` runs the criterion benchmarks and all peers,
//! `cargo xtask bench dnstwist opensquat` these peers alone. `cargo xtask bench console` is of its
//! own kind: how fast the console is, beside nobody ([`console`]), and so is
//! `cargo xtask bench dns`: the resolver beside Unbound ([`dns`]), and `cargo xtask bench ledger`: logs
//! joined to campaigns, beside `grep` ([`ledger`]); `cargo xtask bench evict` measures how long people stay
//! signed in after the decision, beside nobody ([`evict`]).

mod brands;
pub(crate) mod console;
pub(crate) mod dns;
mod dnstwist;
pub(crate) mod evict;
mod finds;
mod input;
pub(crate) mod ledger;
mod measure;
mod opensquat;
mod python;
mod rspamd;
mod scikit_learn;
mod spamassassin;
pub(crate) mod unhook;

use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::project::Project;
use crate::shell;
use finds::Finds;
use input::Input;
use measure::Speed;

pub(crate) use measure::own_seconds_so_far;

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
    Measured(Measured),
    /// It is not there; how to get it.
    Missing(String),
}

struct Measured {
    speed: Speed,
    finds: Finds,
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
    println!("\n{}\n", input.describe());
    let mut failed = Vec::new();
    for job in [Job::Texts, Job::Names] {
        let asked: Vec<&Peer> = peers.iter().copied().filter(|p| p.compared_with == job).collect();
        if !asked.is_empty() {
            failed.extend(compare(job, &asked, &program, &input)?);
        }
    }
    ensure!(failed.is_empty(), "no figure for {}", failed.join(", "));
    Ok(())
}

/// Prints the table of one job and returns the names of the peers that failed.
fn compare(job: Job, peers: &[&Peer], program: &Path, input: &Input) -> Result<Vec<&'static str>> {
    let ours = match job {
        Job::Texts => unhook::texts(program, input)?,
        Job::Names => unhook::names(program, input)?,
    };
    println!("{}", row(["tool", "what it does", "per second", "ratio", "finds"]));
    println!("{}", row(["---"; 5]));
    let (speed, finds) = (ours.speed.to_string(), ours.finds.to_string());
    println!("{}", row(["unhook", unhook::what(job), &speed, "1", &finds]));
    let mut failed = Vec::new();
    for peer in peers {
        let outcome = (peer.run)(input);
        if outcome.is_err() {
            failed.push(peer.name);
        }
        println!("{}", against(peer, ours.speed, outcome));
    }
    println!();
    Ok(failed)
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

fn against(peer: &Peer, base: Speed, outcome: Result<Outcome>) -> String {
    let (speed, ratio, finds) = match outcome {
        Ok(Outcome::Measured(Measured { speed, finds })) => {
            (speed.to_string(), ratio(base, speed), finds.to_string())
        }
        Ok(Outcome::Missing(how)) => ("not installed".to_owned(), String::new(), how),
        Err(reason) => ("failed".to_owned(), String::new(), one_line(&format!("{reason:#}"))),
    };
    row([peer.name, peer.what, &speed, &ratio, &finds])
}

/// How many times as fast the base is.
fn ratio(base: Speed, speed: Speed) -> String {
    let times = base.per_second() / speed.per_second();
    if times < 10.0 { format!("1/{times:.1}") } else { format!("1/{times:.0}") }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn row([tool, what, speed, ratio, finds]: [&str; 5]) -> String {
    format!("| {tool:<12} | {what:<36} | {speed:<29} | {ratio:<7} | {finds} |")
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

    #[test]
    fn a_peer_that_fails_says_why_on_one_line() {
        let base = Speed::new(1000, 0.5).unwrap();
        let reason = anyhow::anyhow!("it scanned 0 of 200").context("no rules\nto be found");
        let row = against(&spamassassin::PEER, base, Err(reason));
        assert!(row.contains("| failed "), "{row}");
        assert!(row.contains("no rules to be found: it scanned 0 of 200"), "{row}");
    }

    #[test]
    fn ratios_say_how_many_times() {
        let speed = |count| Speed::new(count, 1.0).unwrap();
        assert_eq!(ratio(speed(9600), speed(100)), "1/96");
        assert_eq!(ratio(speed(250), speed(100)), "1/2.5");
    }
}
