//! `cargo xtask bench evict`: how long it takes from the decision until a hundred people are signed out at
//! a stand-in for Okta on loopback.
//!
//! Each has two sessions, three tokens and a factor that was added since the lure. All are approved at once,
//! so each waits for those before them. Nothing is asserted; what is printed is a table as
//! `docs/benchmarks.md` has it.
//!
//! `cargo xtask bench evict [PEOPLE]`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::project::Project;
use crate::shell;

const PEOPLE: u32 = 100;

/// How often it is measured, each time anew; all are printed.
const ROUNDS: usize = 3;

/// What the program prints, in its order.
const WHAT: [&str; 5] = [
    "all approvals are kept",
    "the median person has no session, no token, and an expired password",
    "the last person has",
    "the last factor that was added since the lure is gone",
    "every checklist is kept",
];

pub(crate) fn run(project: &Project, arguments: &[&str]) -> Result<()> {
    let usage = "cargo xtask bench evict [PEOPLE]";
    let people = match arguments {
        [] => PEOPLE,
        [people] => people.parse().context(usage)?,
        _ => anyhow::bail!(usage),
    };
    ensure!(people > 0, usage);
    let program = build(project)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let said = shell::written(Command::new(&program).arg(people.to_string()))?.out;
        let times: Vec<String> = said.split_whitespace().map(str::to_owned).collect();
        ensure!(times.len() == WHAT.len(), "it said: {said}");
        rounds.push(times);
    }
    println!("\n| {people} people, from the first approval until | ms, each of {ROUNDS} runs |");
    println!("| --- | --- |");
    for (place, what) in WHAT.iter().enumerate() {
        let times: Vec<&str> = rounds.iter().map(|round| round[place].as_str()).collect();
        println!("| {what} | {} |", times.join(", "));
    }
    Ok(())
}

fn build(project: &Project) -> Result<PathBuf> {
    let arguments = ["build", "--release", "-p", "unhook-contain", "--example", "evict"];
    shell::run(shell::cargo(project.root()).args(arguments))?;
    Ok(project.path("target/release/examples/evict"))
}
