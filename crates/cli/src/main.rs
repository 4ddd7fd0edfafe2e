//! `unhook`: smishing detection from the command line.
//!
//! Reads arguments, wires the detector to files and terminals, and maps what happened to an
//! exit status. It decides nothing: every judgement is the detector's.

mod commands;
mod config;
mod dataset;
mod failure;
mod files;
mod output;
mod render;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use failure::exit;

/// Finds smishing (SMS phishing) in texts and look-alike names, and says why.
#[derive(Parser)]
#[command(
    version,
    propagate_version = true,
    after_help = "Exit status: 64 and up for errors; what 0 to 2 mean, each command says.\n\n\
Example:\n  unhook check \"USPS: your parcel is held, see usps.com-track.example\""
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take one text apart: verdict, reasons, links, advice
    Check(commands::check::Arguments),
    /// Assess many texts from files or standard input
    Scan(commands::scan::Arguments),
    /// Find names that imitate your brands
    Lookalikes(commands::lookalikes::Arguments),
    /// Write a first unhook.toml
    Init(commands::init::Arguments),
    /// Learn the text model from labelled texts
    Train(commands::train::Arguments),
    /// Measure a model on labelled texts
    Eval(commands::eval::Arguments),
    /// Print the schema or reference of unhook.toml
    #[command(hide = true)]
    Schema(commands::schema::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing can be done about a closed terminal here.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(exit::USAGE)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match run(arguments.command) {
        Ok(status) => ExitCode::from(status),
        Err(error) if failure::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            ExitCode::from(failure::status_of(&error))
        }
    }
}

fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Check(arguments) => commands::check::run(arguments),
        Command::Scan(arguments) => commands::scan::run(arguments),
        Command::Lookalikes(arguments) => commands::lookalikes::run(arguments),
        Command::Init(arguments) => commands::init::run(arguments),
        Command::Train(arguments) => commands::train::run(arguments),
        Command::Eval(arguments) => commands::eval::run(arguments),
        Command::Schema(arguments) => commands::schema::run(arguments),
    }
}
