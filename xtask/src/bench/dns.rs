//! `cargo xtask bench dns`: our resolver beside Unbound with a response policy zone, both with a
//! million names that they block, on the same cores, in one run.
//!
//! Both forward to an Unbound that knows a thousand names and nothing else ([`place`]). `dnsperf`
//! asks one, then the other, several times in turn; what counts is how many answers a server gives for
//! a second of its processor time, since `dnsperf`, and whatever else runs, shares the cores.
//! Then the million names are put in anew while somebody keeps asking ([`prober`]). Nothing is
//! asserted; what is printed is tables as `docs/benchmarks.md` has them.
//!
//! `cargo xtask bench dns [NAMES [SECONDS]]`.

mod place;
mod prober;
mod server;

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::project::Project;
use crate::shell;
use place::{Files, PASSED};
use server::Server;

/// How often each server is asked in turn.
const ROUNDS: usize = 3;

const NAMES: usize = 1_000_000;

const SECONDS: u32 = 5;

/// What a round of questions came to.
struct Round {
    per_second: f64,
    per_cpu_second: f64,
    lost: u64,
}

pub(crate) fn run(project: &Project, arguments: &[&str]) -> Result<()> {
    let number = |place: usize| arguments.get(place).map(|text| text.parse::<u32>()).transpose();
    let usage = "cargo xtask bench dns [NAMES [SECONDS]]";
    let names = number(0).context(usage)?.map_or(NAMES, |count| count as usize);
    let seconds = number(1).context(usage)?.unwrap_or(SECONDS);
    ensure!(arguments.len() <= 2, usage);
    let program = build(project)?;
    let folder = tempfile::tempdir()?;
    let files = Files::write(folder.path(), names)?;
    let _upstream = Server::upstream(&files)?;
    let mut ours = Server::ours(&files, &program)?;
    let mut unbound = Server::unbound(&files)?;
    println!("\n| | unhook | unbound | ratio |\n| --- | --- | --- | --- |");
    let (a, b) = (ours.loaded, unbound.loaded);
    row("load, seconds", a.as_secs_f64(), b.as_secs_f64(), 2);
    for (what, file) in [("blocked", &files.blocked), ("passed, from the cache", &files.passed)] {
        compare(what, file, seconds, &[&ours, &unbound])?;
    }
    let (a, b) = (ours.resident()?, unbound.resident()?);
    row("resident memory, MB", a, b, 0);
    let (a, b) = (ours.load_again()?, unbound.load_again()?);
    row("longest wait for an answer while all is loaded anew, ms", a.wait_ms, b.wait_ms, 1);
    row("loading anew, seconds", a.took.as_secs_f64(), b.took.as_secs_f64(), 2);
    println!("\nunhook says: {}", ours.said()?);
    Ok(())
}

fn build(project: &Project) -> Result<std::path::PathBuf> {
    let mut cargo = shell::cargo(project.root());
    cargo.args(["build", "--release", "--package", "unhook-contain", "--example", "dns_firewall"]);
    shell::run(&mut cargo)?;
    Ok(project.path("target/release/examples/dns_firewall"))
}

/// Asks each in turn, and prints the best of its rounds: what else runs can only take away.
fn compare(what: &str, file: &std::path::Path, seconds: u32, servers: &[&Server; 2]) -> Result<()> {
    let mut best = [(0.0_f64, 0.0_f64, 0); 2];
    for _ in 0..ROUNDS {
        for (server, best) in servers.iter().zip(&mut best) {
            let round = ask(server, file, seconds)?;
            best.0 = best.0.max(round.per_second);
            best.1 = best.1.max(round.per_cpu_second);
            best.2 += round.lost;
        }
    }
    let [ours, theirs] = best;
    row(&format!("{what}, a second"), ours.0, theirs.0, 0);
    row(&format!("{what}, a second of its processor"), ours.1, theirs.1, 0);
    println!("| {what}, lost | {} | {} | |", ours.2, theirs.2);
    Ok(())
}

fn ask(server: &Server, file: &std::path::Path, seconds: u32) -> Result<Round> {
    let before = server.cpu_seconds()?;
    let mut dnsperf = Command::new("dnsperf");
    dnsperf.args(["-s", "127.0.0.1", "-p", &server.port.to_string(), "-d"]).arg(file);
    dnsperf.args(["-l", &seconds.to_string(), "-c", "16", "-T", "1", "-q", "400"]);
    let said = shell::written(&mut dnsperf).context("apt-get install dnsperf")?.out;
    let spent = server.cpu_seconds()? - before;
    let figure = |label: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(label));
        let first = line.and_then(|rest| rest.split_whitespace().next());
        first.and_then(|text| text.parse::<f64>().ok())
    };
    let missing = || format!("dnsperf said:\n{said}");
    let completed = figure("Queries completed:").with_context(missing)?;
    Ok(Round {
        per_second: figure("Queries per second:").with_context(missing)?,
        per_cpu_second: completed / spent.max(0.01),
        lost: figure("Queries lost:").with_context(missing)? as u64,
    })
}

fn row(what: &str, ours: f64, theirs: f64, digits: usize) {
    let ratio = ours / theirs;
    println!("| {what} | {ours:.digits$} | {theirs:.digits$} | {ratio:.2} |");
}

/// How many names pass; they are asked for once before anything is measured.
const _: () = assert!(PASSED > 0);
