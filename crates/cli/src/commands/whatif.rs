//! `unhook whatif`: what would be said today of everything that was reported.

use std::path::PathBuf;

use serde_json::json;
use unhook_app::hindsight::{self, WhatIf};
use unhook_detect::Knowledge;

use crate::config;
use crate::data_folder::DataFolder;
use crate::house::{self, House};

/// The most changes that are listed for people; `--json` has all.
const MOST_LISTED: usize = 20;

#[derive(clap::Args)]
#[command(
    after_help = "Nothing is changed. The service must not run on the folder meanwhile; a backup will do, with its key.\n\n\
Example:\n  unhook whatif --data backup --key master.key --org unhook.toml"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folder: DataFolder,
    /// Your organization's unhook.toml, as it would be
    #[arg(long, value_name = "FILE")]
    org: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let knowledge = Knowledge::for_organization(&config::organization(arguments.org.as_deref())?);
    arguments.folder.require()?;
    let what_if = house::block_on(async {
        let (house, _copy) = House::look(&arguments.folder).await?;
        let partition = house::partition();
        let looked = hindsight::what_if(&house.journal, &partition, &*house.vault, &knowledge);
        Ok(looked.await?)
    })?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&object(&what_if))?);
    } else {
        print!("{}", lines(&what_if));
    }
    Ok(0)
}

fn object(what_if: &WhatIf) -> serde_json::Value {
    let changes = what_if.changes.iter().map(|(report, then, today)| {
        json!({ "report": report.to_string(), "then": then.name(), "today": today.name() })
    });
    json!({
        "reports": what_if.reports,
        "erased": what_if.erased,
        "changes": changes.collect::<Vec<_>>(),
        "campaigns": what_if.campaigns,
        "campaigns_today": what_if.campaigns_today,
    })
}

fn lines(what_if: &WhatIf) -> String {
    let mut lines = format!(
        "{} reports, {} of erased people passed over\n{} verdicts would change\n",
        what_if.reports,
        what_if.erased,
        what_if.changes.len()
    );
    for (report, then, today) in what_if.changes.iter().take(MOST_LISTED) {
        lines += &format!("  {report}  {} -> {}\n", then.name(), today.name());
    }
    if what_if.changes.len() > MOST_LISTED {
        lines += &format!("  and {} more; --json has all\n", what_if.changes.len() - MOST_LISTED);
    }
    lines += &format!(
        "{} campaigns by then, {} today, rulings left out\n",
        what_if.campaigns, what_if.campaigns_today
    );
    lines
}
