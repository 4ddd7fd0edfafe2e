//! `unhook demo`: the attack of July 2022, against the real service, in ten seconds.

use super::replay;
use crate::scenario::expect::Chosen;
use crate::scenario::{Scenario, Speed, speed};

#[derive(clap::Args)]
#[command(
    after_help = "Needs no set-up and no network: the service, those on call and the provider of texts all run on \
this machine, in a folder that is removed at the end. The names are changed. `unhook replay` plays \
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
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let Arguments { speed, json } = arguments;
    let way = replay::Way { speed: speed.unwrap_or(Speed::Pleasant), json, is_detailed: false };
    replay::play(&Scenario::built_in()?, way, &Chosen::default())
}
