//! `unhook`: smishing detection from the command line.
//!
//! Reads arguments, wires the detector to files and terminals, and maps what happened to an
//! exit status. It decides nothing: every judgement is the detector's.

mod commands;
mod config;
mod data_folder;
mod dataset;
mod devices;
mod failure;
mod files;
mod house;
mod journal_replay;
mod log;
mod organization_file;
mod output;
mod render;
mod scenario;
mod terminal;
mod ways;

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
    /// Watch an attack of 2022 run into the service, on this machine alone
    Demo(commands::demo::Arguments),
    /// Take one text apart: verdict, reasons, links, advice
    Check(commands::check::Arguments),
    /// Assess many texts from files or standard input
    Scan(commands::scan::Arguments),
    /// Find names that imitate your brands
    Lookalikes(commands::lookalikes::Arguments),
    /// Write a first unhook.toml
    Init(commands::init::Arguments),
    /// Take texts in, answer, and show campaigns
    Serve(commands::serve::Arguments),
    /// Play a scenario against a service of its own, and say what held
    Replay(commands::replay::Arguments),
    /// Make, list and revoke bearer tokens
    Token(commands::token::Arguments),
    /// Invite people to the console, or let them in again
    Console(commands::console::Arguments),
    /// Bring the directory of people in, or list it
    People(commands::people::Arguments),
    /// Hand logs to a service that runs
    Logs(commands::logs::Arguments),
    /// Forget a person
    Erase(commands::erase::Arguments),
    /// Print all that is kept of a person
    ExportPerson(commands::export_person::Arguments),
    /// Copy the data folder
    Backup(commands::backup::Arguments),
    /// Put a backup back
    Restore(commands::restore::Arguments),
    /// Copy or change the master key
    Keys(commands::keys::Arguments),
    /// Make the views again from the journal
    Rebuild(commands::rebuild::Arguments),
    /// Say what would be said today of all that was reported
    Whatif(commands::whatif::Arguments),
    /// Give phones and laptops what they need to ask the DNS firewall
    Dns(commands::dns::Arguments),
    /// See what a playbook would have done
    Playbook(commands::playbook::Arguments),
    /// Fetch lists of names that are never blocked, or say which are in use
    Lists(commands::lists::Arguments),
    /// Write the texts that people ruled on, for training
    Labels(commands::labels::Arguments),
    /// Look whether everything is as the service needs it
    Doctor(commands::doctor::Arguments),
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
        Command::Demo(arguments) => commands::demo::run(arguments),
        Command::Check(arguments) => commands::check::run(arguments),
        Command::Scan(arguments) => commands::scan::run(arguments),
        Command::Lookalikes(arguments) => commands::lookalikes::run(arguments),
        Command::Init(arguments) => commands::init::run(arguments),
        Command::Serve(arguments) => commands::serve::run(arguments),
        Command::Replay(arguments) => commands::replay::run(&arguments),
        Command::Token(arguments) => commands::token::run(arguments),
        Command::Console(arguments) => commands::console::run(arguments),
        Command::People(arguments) => commands::people::run(arguments),
        Command::Logs(arguments) => commands::logs::run(arguments),
        Command::Erase(arguments) => commands::erase::run(arguments),
        Command::ExportPerson(arguments) => commands::export_person::run(arguments),
        Command::Backup(arguments) => commands::backup::run(arguments),
        Command::Restore(arguments) => commands::restore::run(arguments),
        Command::Keys(arguments) => commands::keys::run(arguments),
        Command::Rebuild(arguments) => commands::rebuild::run(arguments),
        Command::Whatif(arguments) => commands::whatif::run(arguments),
        Command::Dns(arguments) => commands::dns::run(&arguments),
        Command::Playbook(arguments) => commands::playbook::run(arguments),
        Command::Lists(arguments) => commands::lists::run(arguments),
        Command::Labels(arguments) => commands::labels::run(arguments),
        Command::Doctor(arguments) => commands::doctor::run(arguments),
        Command::Train(arguments) => commands::train::run(arguments),
        Command::Eval(arguments) => commands::eval::run(arguments),
        Command::Schema(arguments) => commands::schema::run(arguments),
    }
}
