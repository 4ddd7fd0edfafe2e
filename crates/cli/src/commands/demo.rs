//! `unhook demo`: the attack of July 2022, against the real service, in ten seconds.

use std::io::IsTerminal as _;

use super::replay;
use crate::scenario::expect::Chosen;
use crate::scenario::{Scenario, Speed, speed};

#[derive(clap::Args)]
#[command(
    after_help = "Needs no set-up and no network: the service, those on call and the provider of texts all run on \
this machine, in a folder that is removed at the end. On a terminal the console opens, already signed in, and \
stays until Ctrl-C. The names are changed. `unhook replay` plays \
scenarios of your own.\n\n\
Exit status: 0 when all went as expected, 1 when not.\n\n\
Example:\n  unhook demo --speed 1"
)]
pub(crate) struct Arguments {
    /// How many times as fast as it was, or `max`; left out, it takes about ten seconds
    #[arg(long, value_name = "TIMES", value_parser = speed::parse)]
    speed: Option<Speed>,
    /// Print the measurements as one JSON object
    #[arg(long)]
    json: bool,
    /// Open the console, and keep it open until Ctrl-C; that is so on a terminal
    #[arg(long, conflicts_with_all = ["json", "no_console"])]
    console: bool,
    /// End when all is played
    #[arg(long)]
    no_console: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let Arguments { speed, json, console, no_console } = arguments;
    let has_guest = !json && !no_console && (console || std::io::stdout().is_terminal());
    let speed = speed.unwrap_or(Speed::Pleasant);
    let way = replay::Way { speed, json, is_detailed: false, has_guest };
    replay::play(&Scenario::built_in()?, way, &Chosen::default())
}
