//! `cargo xtask`: the project's own tools.
//!
//! One file per command. None of them judges texts or knows what a lure is: they keep the
//! house in order, so that whoever changes the detector does not have to. Start reading at
//! [`test`], the command that runs all the others.

mod bench;
mod campaigns;
mod codegen;
mod fmt;
mod layers;
mod load;
mod names;
mod project;
mod screenshots;
mod shell;
mod signal_pages;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};
use project::Project;

const USAGE: &str = "\
The project's own tools.

Usage: cargo xtask COMMAND

  test              run every check and every test there is (what CI runs)
  fmt [--check]     format every Rust file
  layers            check which crate may depend on which
  tidy              check headers, that examples are inert, that signal ids stay
  codegen [--check] write the generated pages under docs/, or say which are stale
  bench [PEER…]     measure Unhook beside what a user would pick instead
  bench dns         measure the resolver beside Unbound, a million names blocked
  bench evict       measure how long people stay signed in after the decision
  bench console     measure the console, full of reports, and while more come in
  load [OPTIONS]    try how many reports the service bears, and that none is lost
  names [PROGRAM]   count which imitations and honest names `unhook lookalikes` names
  campaigns         count how texts are grouped into campaigns by their wording
  screenshots [few] measure whether texts are judged alike as pictures of a phone
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    let project = Project::find()?;
    match arguments {
        ["test"] => test::run(&project),
        ["fmt"] => fmt::run(&project, fmt::Mode::Write),
        ["fmt", "--check"] => fmt::run(&project, fmt::Mode::Check),
        ["layers"] => layers::run(&project),
        ["tidy"] => tidy::run(&project),
        ["codegen"] => codegen::run(&project, codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(&project, codegen::Mode::Check),
        ["bench", "ledger", options @ ..] => bench::ledger::run(&project, options),
        ["bench", "evict", options @ ..] => bench::evict::run(&project, options),
        ["bench", "dns", options @ ..] => bench::dns::run(&project, options),
        ["bench", "console", options @ ..] => bench::console::run(&project, options),
        ["bench", peers @ ..] => bench::run(&project, peers),
        ["load", options @ ..] => load::run(&project, options),
        ["names"] => names::run(&project, None),
        ["names", program] => names::run(&project, Some(program)),
        ["campaigns"] => campaigns::run(&project),
        ["screenshots"] => screenshots::run(&project),
        ["screenshots", "few"] => screenshots::run_few(&project),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => bail!("unknown command `{}`\n\n{USAGE}", arguments.join(" ")),
    }
}
