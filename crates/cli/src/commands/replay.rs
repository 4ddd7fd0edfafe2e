//! `unhook replay`: a scenario, played against a service that is thrown away afterwards; or
//! the journal of a data folder, folded from its first commit on.

use std::io::Write as _;
use std::path::PathBuf;

use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::journal_replay;
use crate::scenario::expect::Chosen;
use crate::scenario::show::{self, Narrator};
use crate::scenario::{self, BUILT_IN, Scenario, Speed, measure, speed};
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(
    after_help = "docs/scenarios.md says how scenarios are written. Whatever one says of ways in and out is led to \
this machine: nobody is called or texted.\n\n\
Exit status: 0 when what was expected held, 1 when not.\n\n\
Example:\n  unhook replay drill.toml --speed max --expect campaigns,alerts"
)]
pub(crate) struct Arguments {
    /// The scenario's file, or july-2022 for the one that is built in
    #[arg(value_name = "SCENARIO")]
    scenario: Option<PathBuf>,
    /// Fold this data folder's journal instead, and compare with what the service kept of it
    #[arg(long, value_name = "DIR", conflicts_with = "scenario")]
    data: Option<PathBuf>,
    /// The folder's master key, where it is not keys/master.key in it
    #[arg(long, value_name = "FILE", requires = "data")]
    key: Option<PathBuf>,
    /// Which expectations decide, or `all`; left out, all but the one about time
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    expect: Vec<String>,
    /// How many times as fast as it was, or `max`; left out, it takes about ten seconds
    #[arg(long, value_name = "TIMES", value_parser = speed::parse)]
    speed: Option<Speed>,
    /// Print the measurements as one JSON object
    #[arg(long)]
    json: bool,
}

/// How a scenario is played and shown.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    pub(crate) speed: Speed,
    pub(crate) json: bool,
    /// Whether what held is listed as well.
    pub(crate) is_detailed: bool,
    /// Whether somebody looks on in the console, and stays.
    pub(crate) has_guest: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    if let Some(data) = arguments.data.clone() {
        return journal_replay::run(&DataFolder { data, key: arguments.key.clone() });
    }
    let Some(path) = &arguments.scenario else {
        let message = format!(
            "name a scenario's file, or {BUILT_IN} for the one built in; or a folder with --data"
        );
        return Err(Failure::usage(message).into());
    };
    let chosen = Chosen::read(&arguments.expect)?;
    let scenario = Scenario::read(path)?;
    let speed = arguments.speed.unwrap_or(Speed::Pleasant);
    play(
        &scenario,
        Way { speed, json: arguments.json, is_detailed: true, has_guest: false },
        &chosen,
    )
}

/// Plays a scenario, prints what it came to, and says by the exit status whether it held.
pub(crate) fn play(scenario: &Scenario, way: Way, chosen: &Chosen) -> anyhow::Result<u8> {
    let terminal = Terminal::of_stdout();
    let narrator = if way.json { Narrator::Silent } else { Narrator::To(terminal) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut has_held = false;
    let show = |observed: &_| {
        let measured = measure::measurements(scenario, observed, chosen);
        has_held = measured.held;
        let mut out = std::io::stdout().lock();
        if way.json {
            serde_json::to_writer_pretty(&mut out, &measured)?;
            writeln!(out)?;
        } else {
            let shown = show::outcome(scenario, &measured, chosen, way.is_detailed, terminal);
            out.write_all(shown.as_bytes())?;
        }
        Ok(())
    };
    runtime.block_on(scenario::play(scenario, way.speed, narrator, way.has_guest, show))?;
    Ok(u8::from(!has_held))
}
