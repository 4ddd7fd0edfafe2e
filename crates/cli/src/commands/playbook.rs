//! `unhook playbook`: what a playbook says, and what it would have done.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use unhook_app::People as _;
use unhook_app::hindsight;
use unhook_detect::Knowledge;
use unhook_engine::response::{Action, Deed, Playbook};

use crate::commands::serve;
use crate::config;
use crate::data_folder::DataFolder;
use crate::house::{self, House};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Go through what was reported, and show what a playbook would have done
    Test(Test),
}

#[derive(clap::Args)]
#[command(
    after_help = "Nothing is changed. The service must not run on the folder meanwhile; a backup will do, with its key.\n\n\
Example:\n  unhook playbook test --data backup --key master.key --org unhook.toml playbook.toml"
)]
struct Test {
    #[command(flatten)]
    folder: DataFolder,
    /// Your organization's unhook.toml
    #[arg(long, value_name = "FILE")]
    org: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// The playbook; the built-in careful one, if not given
    #[arg(value_name = "FILE")]
    playbook: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let Command::Test(arguments) = arguments.command;
    let (mut playbook, break_glass) = match &arguments.playbook {
        Some(file) => {
            let config::playbook::Read { playbook, break_glass } = config::playbook::read(file)?;
            (playbook, break_glass)
        }
        None => (Playbook::careful(), Vec::new()),
    };
    let organization = config::organization(arguments.org.as_deref())?;
    let knowledge = Arc::new(Knowledge::for_organization(&organization));
    arguments.folder.require()?;
    let (playbook, actions) = house::block_on(async {
        let (house, _copy) = House::look(&arguments.folder).await?;
        let partition = house::partition();
        for contact in break_glass {
            playbook.limits.break_glass.extend(house.vault.owner(&contact)?);
        }
        let (journal, popular) = (&house.journal, serve::popular(&arguments.folder.data));
        let played = hindsight::play(journal, &partition, &knowledge, popular, &playbook).await?;
        Ok((playbook, played))
    })?;
    if arguments.json {
        let actions: Vec<_> = actions.iter().map(object).collect();
        let all = json!({ "playbook": playbook.name, "actions": actions });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print!("{}", lines(&playbook, &actions));
    }
    Ok(0)
}

/// Whether it runs, would once it need not ask, or asks.
fn mode(action: &Action) -> &'static str {
    match (action.approvals, action.would_run) {
        (0, _) => "runs",
        (_, true) => "would run",
        _ => "asks",
    }
}

fn target(action: &Action) -> String {
    match &action.deed {
        Deed::Block { name, .. } => unhook_detect::explain::defang(name.as_str()),
        Deed::Evict { person, .. } => person.to_string(),
        Deed::Write(letter) => unhook_detect::explain::defang(&letter.about),
    }
}

fn object(action: &Action) -> serde_json::Value {
    json!({
        "at": jiff::Timestamp::from_millisecond(action.at.unix_ms()).unwrap_or_default().to_string(),
        "campaign": action.campaign.map(|id| id.to_string()),
        "rule": action.rule,
        "what": action.deed.name(),
        "target": target(action),
        "mode": mode(action),
        "approvals": action.approvals,
        "reason": action.reason,
    })
}

fn lines(playbook: &Playbook, actions: &[Action]) -> String {
    let mut lines = String::new();
    for action in actions {
        let at = jiff::Timestamp::from_millisecond(action.at.unix_ms()).unwrap_or_default();
        let rule = action.rule.as_deref().unwrap_or_default();
        let (mode, what, target) = (mode(action), action.deed.name(), target(action));
        lines += &format!(
            "{}  {mode:<9}  {what} {target}  ({rule}: {})\n",
            at.strftime("%Y-%m-%d %H:%M"),
            action.reason
        );
    }
    let count = |wanted: &str| actions.iter().filter(|action| mode(action) == wanted).count();
    lines
        + &format!(
            "`{}`: {} run by themselves, {} would once it need not ask, {} ask\n",
            playbook.name,
            count("runs"),
            count("would run"),
            count("asks")
        )
}
