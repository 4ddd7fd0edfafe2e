//! `unhook export-person`: all that is kept of a person, for that person.

use std::io::Write as _;

use unhook_app::person_export;
use unhook_app::views::Views;
use unhook_store::SqliteViews;

use crate::data_folder::{DataFolder, Whom, now, reason, record};
use crate::failure::{Failure, exit};
use crate::terminal;

#[derive(clap::Args)]
#[command(
    after_help = "Prints one JSON object: who they are, and what they reported, in the clear.\n\n\
Example:\n  unhook export-person --data /var/lib/unhook --phone +12015550123 --reason \"request 17\""
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    whom: Whom,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let vault = arguments.folder.open()?;
    let id = arguments.whom.find(&vault, now())?;
    record(&vault, "person-exported", &id.to_string(), Some(&arguments.reason))?;
    let views = SqliteViews::look(&arguments.folder.data)?;
    if views.is_none() {
        terminal::say("there are no views here, so what they reported is not in it");
    }
    let Some(export) =
        person_export::export(&vault, views.as_ref().map(|views| views as &dyn Views), id)?
    else {
        let message = format!("there is nobody of the id {id}; perhaps they were erased");
        return Err(Failure::new(exit::DATA, message).into());
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &export)?;
    writeln!(out)?;
    Ok(0)
}
